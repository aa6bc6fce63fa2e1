/* kernel: activations that other kernels contain, of every table, against float64, and their slopes. */
#include "lanes.h"

#include <math.h>

enum { VECTORS = 5000, NUMBERS = VECTORS * LANES };

/* Errors in ulp of the value: portable, and with fused multiply-add. */
static const double bounds[ACTIVATIONS][2] = {
	[ACTIVATION_LINEAR] = {0.001, 0.001}, [ACTIVATION_SIGMOID] = {3, 3}, [ACTIVATION_TANH] = {7, 5},
	[ACTIVATION_SCALED_TANH] = {9, 7}, [ACTIVATION_RELU] = {0.001, 0.001},
};

static double ulp_of(double y)
{
	int exponent;
	frexp(y, &exponent);
	return ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
}

static void activations_agree_with_the_reference(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct shelf shelf = {0};
	struct dice dice = {.seed = 31};
	float *u = shelf_random(&shelf, &dice, NUMBERS);
	for (size_t i = 0; i < NUMBERS; i++)
		u[i] *= i % 3 == 0 ? 80 : i % 3 == 1 ? 4 : 0.1f;
	for (enum activation f = 0; !activation_apart(f); f++) {
		float *y[3];
		double *want = shelf_widened(&shelf, NUMBERS, u);
		reference_activate(f, 0, NUMBERS, want, want);
		for (size_t t = 0; t < tables; t++) {
			double bound = bounds[f][tables_alike(table[t], table[t])];
			y[t] = shelf_floats(&shelf, NUMBERS);
			memcpy(y[t], u, NUMBERS * sizeof *u);
			table[t]->activate(f, VECTORS, y[t]);
			for (size_t i = 0; i < NUMBERS; i++)
				if (!(fabs(y[t][i] - want[i]) <= bound * ulp_of(want[i])))
					fail_msg("%s: %s(%a) is %a, not %a", table[t]->isa, activation_name(f), u[i], y[t][i], want[i]);
			if (t > 0 && tables_alike(table[t], table[t - 1]))
				expect_same("f(u) of avx2 and avx512", NUMBERS, y[t], y[t - 1]);
		}
	}
	shelf_clear(&shelf);
}

/* dy ∘ f′(u), with f′ by differences of libm's functions: no formula of ours on that side. */
static void slopes_are_the_derivatives(void **state)
{
	(void)state;
	static const double step = 1e-5;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct shelf shelf = {0};
	struct dice dice = {.seed = 32};
	for (enum activation f = 0; !activation_apart(f); f++) {
		float *dy = shelf_random(&shelf, &dice, NUMBERS), *y = shelf_floats(&shelf, NUMBERS), *got[3];
		double *u = shelf_doubles(&shelf, NUMBERS), *above = shelf_doubles(&shelf, NUMBERS);
		double *below = shelf_doubles(&shelf, NUMBERS), *at = shelf_doubles(&shelf, NUMBERS);
		double *want = shelf_widened(&shelf, NUMBERS, dy);
		for (size_t i = 0; i < NUMBERS; i++) {
			u[i] = 6 * dice_float(&dice);
			if (fabs(u[i]) < 2 * step) /* the corner of relu */
				u[i] = 1;
			at[i] = u[i];
			above[i] = u[i] + step;
			below[i] = u[i] - step;
		}
		reference_activate(f, 0, NUMBERS, at, at);
		reference_activate(f, 0, NUMBERS, above, above);
		reference_activate(f, 0, NUMBERS, below, below);
		reference_activate_back(f, 0, NUMBERS, at, want);
		for (size_t i = 0; i < NUMBERS; i++) {
			y[i] = (float)at[i];
			assert_true(fabs(want[i] - dy[i] * (above[i] - below[i]) / (2 * step)) < 1e-9);
		}
		for (size_t t = 0; t < tables; t++) {
			got[t] = shelf_floats(&shelf, NUMBERS);
			memcpy(got[t], dy, NUMBERS * sizeof *dy);
			table[t]->activate_back(f, VECTORS, y, got[t]);
			for (size_t i = 0; i < NUMBERS; i++)
				if (!(fabs(got[t][i] - want[i]) <= 4e-7 * fabs(dy[i])))
					fail_msg("%s: %s: slope at %a is %a, not %a", table[t]->isa, activation_name(f), u[i],
					         (double)got[t][i] / dy[i], want[i] / dy[i]);
			if (t > 0 && tables_alike(table[t], table[t - 1]))
				expect_same("dy f' of avx2 and avx512", NUMBERS, got[t], got[t - 1]);
		}
	}
	shelf_clear(&shelf);
}

static void ends_are_exact(void **state)
{
	(void)state;
	/* f(∞), f(−∞), f(0). */
	static const float end[ACTIVATIONS][3] = {
		[ACTIVATION_LINEAR] = {INFINITY, -INFINITY, 0}, [ACTIVATION_SIGMOID] = {1, 0, 0.5f},
		[ACTIVATION_TANH] = {1, -1, 0},                 [ACTIVATION_SCALED_TANH] = {1.7159f, -1.7159f, 0},
		[ACTIVATION_RELU] = {INFINITY, 0, 0},
	};
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	for (size_t t = 0; t < tables; t++)
		for (enum activation f = 0; !activation_apart(f); f++) {
			_Alignas(64) float y[LANES] = {INFINITY, -INFINITY, 0, NAN, -NAN}, dy[LANES];
			table[t]->activate(f, 1, y);
			assert_true(y[0] == end[f][0] && y[1] == end[f][1] && y[2] == end[f][2]);
			assert_true(y[3] != y[3] && y[4] != y[4]);
			for (size_t l = 0; l < LANES; l++)
				dy[l] = NAN;
			table[t]->activate_back(f, 1, y, dy);
			for (size_t l = 0; l < LANES; l++)
				assert_true(dy[l] != dy[l]);
			for (size_t l = 0; l < LANES; l++)
				y[l] = l % 2 == 0 ? 0.75f : -0.75f;
			for (size_t l = 0; l < LANES; l++)
				dy[l] = 0;
			table[t]->activate_back(f, 1, y, dy);
			for (size_t l = 0; l < LANES; l++)
				assert_true(dy[l] == 0);
		}
}

static void names_and_targets(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		float low, high;
	} want[ACTIVATIONS] = {{"linear", 0, 1}, {"sigmoid", 0, 1}, {"tanh", -1, 1}, {"scaled-tanh", -1, 1},
	                       {"relu", 0, 1}, {"leaky-relu", 0, 1}, {"elu", 0, 1}, {"softplus", 0, 1},
	                       {"gelu", 0, 1}, {"swish", 0, 1}};
	for (enum activation f = 0; f < ACTIVATIONS; f++) {
		float low, high;
		activation_targets(f, &low, &high);
		assert_string_equal(activation_name(f), want[f].name);
		assert_true(low == want[f].low && high == want[f].high);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(activations_agree_with_the_reference),
		cmocka_unit_test(slopes_are_the_derivatives),
		cmocka_unit_test(ends_are_exact),
		cmocka_unit_test(names_and_targets),
	};
	return cmocka_run_group_tests_name("activation", tests, NULL, NULL);
}
