/* layer: penalties on α, and folding a combination into a convolution (section 3.3.1). */
#include "layers.h"

#include <math.h>

static struct layer *combination(struct dice *dice, enum penalty penalty, struct layer_spec *spec)
{
	*spec = (struct layer_spec){.type = "combination",
	                            .maps = dice_from(dice, 1, 6),
	                            .kernel = dice_from(dice, 1, 3),
	                            .kernels = dice_below(dice, 2) == 0 ? KERNELS_PER_INPUT : KERNELS_PER_PAIR,
	                            .penalty = penalty,
	                            .lambda = 0.25,
	                            .warmup = 3,
	                            .activation = ACTIVATION_TANH};
	struct shape in = {dice_from(dice, 1, 7), dice_from(dice, 3, 7), dice_from(dice, 3, 7)};
	struct layer *layer = layer_must(spec, in);
	assert_true(layer->penalty == penalty && layer->lambda == 0.25 && layer->warmup == 3);
	return layer;
}

/* −Σ α ln α, or Σ |α|, of one row of c, by libm. */
static double omega64(enum penalty penalty, size_t inputs, const double *c)
{
	double total = 0, omega = 0;
	for (size_t i = 0; i < inputs; i++)
		total += exp(c[i]);
	for (size_t i = 0; i < inputs; i++) {
		double alpha = exp(c[i]) / total;
		omega += penalty == PENALTY_L1 ? fabs(alpha) : -alpha * log(alpha);
	}
	return omega;
}

static void penalties_are_their_formulas(void **state)
{
	(void)state;
	static const double step = 1e-4;
	struct dice dice = {.seed = 101};
	for (size_t n = 0; n < 120; n++) {
		enum penalty penalty = n % 2 == 0 ? PENALTY_ENTROPY : PENALTY_L1;
		struct shelf shelf = {0};
		struct layer_spec spec;
		struct layer *layer = combination(&dice, penalty, &spec);
		size_t inputs = layer->in.maps, logits = layer->slice[2].offset;
		float *w = shelf_random(&shelf, &dice, layer->parameters), *g = shelf_bytes(&shelf, layer->parameters * sizeof *g);
		for (size_t i = logits; i < layer->parameters; i++)
			w[i] *= 3;
		double lambda = 0.5 + fabs(dice_float(&dice)), omega = 0;
		double got = layer->type->regularize(layer, lambda, w, g);
		for (size_t i = 0; i < logits; i++)
			assert_true(g[i] == 0);
		for (size_t j = 0; j < layer->out.maps; j++) {
			double c[8];
			for (size_t i = 0; i < inputs; i++)
				c[i] = w[logits + j * inputs + i];
			omega += omega64(penalty, inputs, c);
			for (size_t i = 0; i < inputs; i++) {
				double was = c[i], slope = 0;
				static const double at[4] = {-2, -1, 1, 2}, factor[4] = {1, -8, 8, -1};
				for (size_t k = 0; k < 4; k++) {
					c[i] = was + at[k] * step;
					slope += factor[k] * omega64(penalty, inputs, c) / (12 * step);
				}
				c[i] = was;
				float gradient = g[logits + j * inputs + i];
				assert_true(fabs(gradient - lambda * slope) <= 2e-7 * lambda);
				/* The flaw of the source's penalty: under the softmax it is constant. */
				if (penalty == PENALTY_L1)
					assert_true(fabs(gradient) <= 3e-8 * lambda);
			}
		}
		assert_true(fabs(got - lambda * omega) <= 1e-12 * lambda * (omega + 1));
		if (penalty == PENALTY_L1)
			assert_true(fabs(got - lambda * (double)layer->out.maps) <= 1e-12 * lambda * (double)layer->out.maps);
		layer_destroy(layer);
		shelf_clear(&shelf);
	}
}

static void penalties_are_added(void **state)
{
	(void)state;
	struct dice dice = {.seed = 102};
	for (size_t n = 0; n < 30; n++) {
		struct shelf shelf = {0};
		struct layer_spec spec;
		struct layer *layer = combination(&dice, n % 3 == 0 ? PENALTY_NONE : PENALTY_ENTROPY, &spec);
		size_t inputs = layer->in.maps, logits = layer->slice[2].offset;
		float *w = shelf_random(&shelf, &dice, layer->parameters), *g = shelf_random(&shelf, &dice, layer->parameters);
		float *before = shelf_floats(&shelf, layer->parameters), *alone = shelf_bytes(&shelf, layer->parameters * sizeof *g);
		memcpy(before, g, layer->parameters * sizeof *g);
		double omega = layer->type->regularize(layer, 2, w, g);
		layer->type->regularize(layer, 2, w, alone);
		for (size_t i = 0; i < layer->parameters; i++)
			assert_true(g[i] == before[i] + alone[i]);
		if (n % 3 == 0) {
			assert_true(omega == 0);
			expect_same("gradient without penalty", layer->parameters, g, before);
		}

		/* Uniform α: the entropy is ln I in every row. One α near 1: the entropy is near 0, and nothing overflows. */
		layer->penalty = PENALTY_ENTROPY;
		for (size_t i = logits; i < layer->parameters; i++)
			w[i] = 0.75f;
		omega = layer->type->regularize(layer, 2, w, g);
		assert_true(fabs(omega - 2 * (double)layer->out.maps * log((double)inputs)) <= 1e-12 * (1 + omega));
		for (size_t i = logits; i < layer->parameters; i++)
			w[i] = (i - logits) % inputs == 0 ? 300.0f : -300.0f;
		memset(g, 0, layer->parameters * sizeof *g);
		omega = layer->type->regularize(layer, 2, w, g);
		assert_true(omega >= 0 && omega < 1e-100);
		for (size_t i = 0; i < layer->parameters; i++)
			assert_true(fabsf(g[i]) < 1e-30f);
		layer_destroy(layer);
		shelf_clear(&shelf);
	}
}

static void alpha_is_the_softmax_of_the_logits(void **state)
{
	(void)state;
	struct dice dice = {.seed = 103};
	struct shelf shelf = {0};
	struct layer_spec spec;
	struct layer *layer = combination(&dice, PENALTY_NONE, &spec);
	size_t pairs = layer->out.maps * layer->in.maps;
	float *w = shelf_random(&shelf, &dice, layer->parameters), *alpha = shelf_floats(&shelf, pairs);
	float *want = shelf_floats(&shelf, pairs);
	assert_true(combination_alpha(layer, w, alpha));
	softmax_rows(layer->out.maps, layer->in.maps, w + layer->slice[2].offset, want);
	expect_same("alpha", pairs, alpha, want);
	layer_destroy(layer);
	layer = layer_must(&(struct layer_spec){.type = "full", .units = 2}, (struct shape){1, 2, 2});
	assert_false(combination_alpha(layer, w, alpha));
	layer_destroy(layer);
	shelf_clear(&shelf);
}

/* ---- Folding ----------------------------------------------------------------------------------------------------- */

/* The outputs of both in float64, largest difference. */
static double outputs_differ(const struct layer *a, const float *wa, const struct layer *b, const float *wb,
                             struct dice *dice)
{
	struct shelf shelf = {0};
	size_t size = shape_size(a->out);
	double *x = shelf_widened(&shelf, shape_size(a->in), shelf_random(&shelf, dice, shape_size(a->in)));
	double *ya = shelf_doubles(&shelf, size), *yb = shelf_doubles(&shelf, size), worst = 0;
	assert_memory_equal(&a->out, &b->out, sizeof a->out);
	a->type->forward64(a, shelf_widened(&shelf, a->parameters, wa), x, ya, shelf_doubles(&shelf, a->scratch64));
	b->type->forward64(b, shelf_widened(&shelf, b->parameters, wb), x, yb, shelf_doubles(&shelf, b->scratch64));
	for (size_t i = 0; i < size; i++)
		worst = fmax(worst, fabs(ya[i] - yb[i]));
	shelf_clear(&shelf);
	return worst;
}

/* Each row of the folded layer against α: who stays, and with which kernel. */
static void expect_folded(const struct layer *layer, const float *w, double below, const struct layer_spec *spec,
                          const float *folded, enum sharing sharing)
{
	size_t inputs = layer->in.maps, kk = spec->kernel * spec->kernel, entry = 0;
	float *alpha = calloc(layer->out.maps * inputs, sizeof *alpha), *a = alpha;
	assert_non_null(alpha);
	combination_alpha(layer, w, alpha);
	for (size_t j = 0; j < layer->out.maps; j++, a += inputs) {
		size_t largest = 0;
		double sum = 0, total = 0;
		for (size_t i = 0; i < inputs; i++)
			largest = a[i] > a[largest] ? i : largest;
		for (size_t i = 0; i < inputs; i++)
			sum += a[i] >= below || i == largest ? a[i] : 0;
		assert_int_equal(spec->list.first[j], entry);
		for (size_t i = 0; i < inputs; i++) {
			if (!(a[i] >= below || i == largest))
				continue;
			const float *k = w + (sharing == KERNELS_PER_INPUT ? i : j * inputs + i) * kk;
			assert_int_equal(spec->list.input[entry], i);
			for (size_t p = 0; p < kk; p++)
				assert_true(fabs(folded[entry * kk + p] - a[i] / sum * k[p]) <= 1.01 * half_ulp * fabs(k[p]));
			total += a[i] / sum;
			entry++;
		}
		assert_true(fabs(total - 1) <= 1e-12);
		assert_true(entry > spec->list.first[j]);
	}
	assert_int_equal(spec->list.first[layer->out.maps], entry);
	for (size_t j = 0; j < layer->out.maps; j++)
		assert_true(folded[entry * kk + j] == w[layer->slice[1].offset + j]);
	free(alpha);
}

static void folding_keeps_what_matters(void **state)
{
	(void)state;
	struct dice dice = {.seed = 104};
	for (size_t n = 0; n < 120; n++) {
		static const double thresholds[] = {0, 0.05, 0.2, 0.5, 2};
		double below = thresholds[n % 5];
		struct shelf shelf = {0};
		struct err err = {0};
		struct layer_spec spec, folded_spec;
		struct layer *layer = combination(&dice, PENALTY_ENTROPY, &spec);
		float *w = shelf_random(&shelf, &dice, layer->parameters), *folded = NULL;
		for (size_t i = layer->slice[2].offset; i < layer->parameters; i++)
			w[i] *= 2;
		assert_int_equal(combination_fold(layer, w, below, &folded_spec, &folded, &err), 0);
		assert_string_equal(folded_spec.type, "convolution");
		assert_int_equal(folded_spec.activation, ACTIVATION_TANH);
		assert_int_equal(folded_spec.penalty, PENALTY_NONE);
		expect_folded(layer, w, below, &folded_spec, folded, spec.kernels);
		struct layer *convolution = layer_must(&folded_spec, layer->in);
		assert_int_equal(convolution->parameters,
		                 folded_spec.list.first[layer->out.maps] * spec.kernel * spec.kernel + layer->out.maps);
		if (below == 0)
			assert_true(outputs_differ(layer, w, convolution, folded, &dice) <= 1e-6);
		if (below > 1)
			assert_int_equal(convolution->connections, layer->out.maps);
		layer_destroy(convolution);
		layer_destroy(layer);
		connection_list_free(&folded_spec.list);
		free(folded);
		shelf_clear(&shelf);
	}
}

static void only_combinations_fold(void **state)
{
	(void)state;
	struct err err = {0};
	struct layer_spec spec;
	float *folded = NULL, w[10] = {0};
	struct layer *layer = layer_must(&(struct layer_spec){.type = "full", .units = 2}, (struct shape){1, 2, 2});
	assert_int_equal(combination_fold(layer, w, 0, &spec, &folded, &err), -1);
	assert_int_equal(err.code, EX_DATAERR);
	assert_string_equal(err.text, "a layer of type full has no learned combination");
	layer_destroy(layer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(penalties_are_their_formulas),
		cmocka_unit_test(penalties_are_added),
		cmocka_unit_test(alpha_is_the_softmax_of_the_logits),
		cmocka_unit_test(folding_keeps_what_matters),
		cmocka_unit_test(only_combinations_fold),
	};
	return cmocka_run_group_tests_name("sparsity", tests, NULL, NULL);
}
