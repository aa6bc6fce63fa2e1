/* layer: penalties on α (section 3.3.1). */
#include "layers.h"

#include <math.h>

/* −Σ α ln α, or Σ |α|, of one row of c, by libm. */
static double omega64(const char *penalty, size_t inputs, const double *c)
{
	double total = 0, omega = 0;
	for (size_t i = 0; i < inputs; i++)
		total += exp(c[i]);
	for (size_t i = 0; i < inputs; i++) {
		double alpha = exp(c[i]) / total;
		omega += word_is(penalty, "l1") ? fabs(alpha) : -alpha * log(alpha);
	}
	return omega;
}

static void penalties_are_their_formulas(void **state)
{
	(void)state;
	static const double step = 1e-4;
	struct dice dice = {.seed = 101};
	for (size_t n = 0; n < 120; n++) {
		const char *penalty = n % 2 == 0 ? "entropy" : "l1";
		struct shelf shelf = {0};
		struct layer_keys spec;
		struct layer *layer = combination_random(&dice, penalty, &spec);
		size_t inputs = layer->in.maps, logits = layer->tensor[2].offset;
		float *w = shelf_random(&shelf, &dice, layer->parameters);
		float *g = shelf_bytes(&shelf, layer->parameters * sizeof *g);
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
				if (word_is(penalty, "l1"))
					assert_true(fabs(gradient) <= 3e-8 * lambda);
			}
		}
		assert_true(fabs(got - lambda * omega) <= 1e-12 * lambda * (omega + 1));
		if (word_is(penalty, "l1"))
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
		struct layer_keys spec;
		struct layer *layer = combination_random(&dice, n % 3 == 0 ? NULL : "entropy", &spec);
		size_t inputs = layer->in.maps, logits = layer->tensor[2].offset;
		float *w = shelf_random(&shelf, &dice, layer->parameters), *g = shelf_random(&shelf, &dice, layer->parameters);
		float *before = shelf_floats(&shelf, layer->parameters);
		float *alone = shelf_bytes(&shelf, layer->parameters * sizeof *g);
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
		struct shape in = layer->in;
		layer_destroy(layer);
		spec.penalty = "entropy";
		layer = layer_must(&spec, in);
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
	struct layer_keys spec;
	struct layer *layer = combination_random(&dice, NULL, &spec);
	size_t pairs = layer->out.maps * layer->in.maps;
	float *w = shelf_random(&shelf, &dice, layer->parameters), *alpha = shelf_floats(&shelf, pairs);
	float *want = shelf_floats(&shelf, pairs);
	assert_true(layer_shares(layer, w, alpha));
	softmax_rows(layer->out.maps, layer->in.maps, w + layer->tensor[2].offset, want);
	expect_same("alpha", pairs, alpha, want);
	layer_destroy(layer);
	layer = layer_must(&(struct layer_keys){.type = "full", .units = 2}, (struct shape){1, 2, 2});
	assert_false(layer_shares(layer, w, alpha));
	layer_destroy(layer);
	shelf_clear(&shelf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(penalties_are_their_formulas),
		cmocka_unit_test(penalties_are_added),
		cmocka_unit_test(alpha_is_the_softmax_of_the_logits),
	};
	return cmocka_run_group_tests_name("sparsity", tests, NULL, NULL);
}
