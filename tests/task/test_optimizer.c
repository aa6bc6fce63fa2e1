/* task: every optimizer's row is whole, and says of its rule what the rule does. */
#include "kernel/lanes.h"

#include <convoy/task.h>

#include <stdlib.h>
#include <string.h>

enum { COUNT = 40 };

/* What a rule makes of the same random numbers. */
struct made {
	float w[COUNT], kept[OPTIMIZER_VECTORS][COUNT];
};

static struct made make(const struct optimizer_type *type, struct update u, bool slope)
{
	struct dice dice = {.seed = 61};
	struct made made;
	float g[COUNT], *kept[OPTIMIZER_VECTORS];
	for (size_t i = 0; i < COUNT; i++) {
		made.w[i] = 1 + dice_float(&dice) / 4;
		g[i] = slope ? 1 + dice_float(&dice) / 4 : 0;
		for (size_t s = 0; s < OPTIMIZER_VECTORS; s++)
			made.kept[s][i] = 0;
	}
	for (size_t s = 0; s < OPTIMIZER_VECTORS; s++)
		kept[s] = type->vector[s].group != NULL ? made.kept[s] : NULL; /* a vector that no row names is no memory */
	type->update(kernels_named("portable"), COUNT, made.w, kept, g, &u);
	return made;
}

static const struct update usual = {
	.rate = 0.1f, .beta1 = 0.9, .beta2 = 0.9, .epsilon = 1e-3f, .damping = 1, .root = 1, .lift = 1,
	.trust = 0.5, .trusted = true,
};

static bool same(const float *a, const float *b)
{
	return memcmp(a, b, COUNT * sizeof *a) == 0;
}

/* A row that was forgotten has no word, no rule, no vector. */
static void rows_are_whole(void **state)
{
	(void)state;
	size_t words = 0;
	while (optimizer_words[words].name != NULL)
		words++;
	assert_int_equal(words, OPTIMIZERS);
	for (size_t o = 0; o < OPTIMIZERS; o++) {
		const struct optimizer_type *type = optimizer_type((enum optimizer)o);
		assert_string_not_equal(key_word_name(optimizer_words, (unsigned)o), "");
		assert_true(type->update != NULL);
		assert_true(type->beta2 >= 0 && type->beta2 < 1 && type->epsilon >= 0 && type->epsilon < 1);
		assert_true(type->scaling == 0 || type->scaling == 0.5 || type->scaling == 1);
		assert_true(type->vector[0].group != NULL);
		for (size_t s = 0, measured = 0; s < OPTIMIZER_VECTORS; s++) {
			const struct optimizer_vector *v = &type->vector[s];
			assert_true(v->group != NULL || (!v->squares && !v->measured));
			assert_true(v->group == NULL || s == 0 || type->vector[s - 1].group != NULL);
			for (size_t before = 0; v->group != NULL && before < s; before++)
				assert_string_not_equal(v->group, type->vector[before].group);
			measured += v->measured;
			assert_true(measured <= 1);
		}
		size_t at = optimizer_measured((enum optimizer)o);
		assert_true(at == OPTIMIZER_VECTORS || type->vector[at].measured);
		assert_int_equal(optimizer_takes((enum optimizer)o, "curvature"), at < OPTIMIZER_VECTORS);
	}
}

/* A rule moves the parameters and all that it keeps, but what is measured for it. */
static void rules_move_what_their_rows_name(void **state)
{
	(void)state;
	static const float none[COUNT];
	for (size_t o = 0; o < OPTIMIZERS; o++) {
		const struct optimizer_type *type = optimizer_type((enum optimizer)o);
		struct made made = make(type, usual, true), still = make(type, usual, false);
		assert_false(same(made.w, still.w));
		for (size_t s = 0; s < OPTIMIZER_VECTORS; s++)
			assert_int_equal(!same(made.kept[s], none), type->vector[s].group != NULL && !type->vector[s].measured);
	}
}

/* The decay comes to a rule by the member that its row says, and each key that it takes has a part in it. */
static void rules_take_what_their_rows_say(void **state)
{
	(void)state;
	for (size_t o = 0; o < OPTIMIZERS; o++) {
		const struct optimizer_type *type = optimizer_type((enum optimizer)o);
		struct update decays = usual, faster = usual;
		*(type->coupled ? &decays.decay : &decays.fade) = 0.1f;
		assert_false(same(make(type, usual, false).w, make(type, decays, false).w));
		faster.nesterov = true;
		faster.momentum = 0.5f;
		assert_int_equal(!same(make(type, usual, true).w, make(type, faster, true).w),
		                 optimizer_takes((enum optimizer)o, "nesterov"));
		struct {
			const char *key;
			struct update u;
		} rows[] = {{"beta1", usual}, {"beta2", usual}, {"epsilon", usual}, {"damping", usual}, {"trust", usual}};
		rows[0].u.beta1 = rows[1].u.beta2 = 0.5;
		rows[2].u.epsilon = rows[3].u.damping = 2;
		rows[4].u.trust = 0.25;
		for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
			assert_int_equal(!same(make(type, usual, true).w, make(type, rows[r].u, true).w),
			                 optimizer_takes((enum optimizer)o, rows[r].key));
	}
}

/* A tensor without a trust ratio has a plain rule: that of another row, bit for bit. */
static void some_tensors_have_no_trust_ratio(void **state)
{
	(void)state;
	static const enum optimizer plain[OPTIMIZERS] = {[OPTIMIZER_LARS] = OPTIMIZER_SGD, [OPTIMIZER_LAMB] = OPTIMIZER_ADAM};
	struct update exempt = usual;
	exempt.trusted = false;
	exempt.momentum = 0.5f;
	for (size_t o = 0; o < OPTIMIZERS; o++) {
		const struct optimizer_type *type = optimizer_type((enum optimizer)o);
		struct update trusted = exempt;
		trusted.trusted = true;
		struct made made = make(type, exempt, true), other = make(optimizer_type(plain[o]), exempt, true);
		assert_int_equal(!same(made.w, make(type, trusted, true).w), type->trusts);
		for (size_t s = 0; type->trusts && s < OPTIMIZER_VECTORS; s++)
			assert_true(same(made.w, other.w) && same(made.kept[s], other.kept[s]));
	}
}

/* Equal rules may differ in where the decay goes; two rows that agree in all are one optimizer twice. */
static void rows_differ(void **state)
{
	(void)state;
	for (size_t a = 0; a < OPTIMIZERS; a++)
		for (size_t b = 0; b < a; b++) {
			const struct optimizer_type *x = optimizer_type((enum optimizer)a), *y = optimizer_type((enum optimizer)b);
			assert_true(x->update != y->update || x->coupled != y->coupled);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(rules_move_what_their_rows_name),
		cmocka_unit_test(rules_take_what_their_rows_say),
		cmocka_unit_test(some_tensors_have_no_trust_ratio),
		cmocka_unit_test(rows_differ),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
