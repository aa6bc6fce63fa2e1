/* kernel: activations that are apart, of every table, against float64 over all exponents of floats; their slopes. */
#include "lanes.h"

#include <math.h>

/* Both signs and every exponent, so many mantissas; as many numbers again where the functions bend. */
enum { MANTISSAS = 1024, ALL = 512 * MANTISSAS, NUMBERS = 2 * ALL, VECTORS = NUMBERS / LANES };

/* Errors of values and slopes (mathematics, Elementary functions): portable, and with fused multiply-add. */
static const struct {
	double value[2], slope[2];
} bounds[ACTIVATIONS] = {
	[ACTIVATION_LEAKY_RELU] = {{0.501, 0.501}, {0.001, 0.001}}, [ACTIVATION_ELU] = {{1, 1}, {0.501, 0.501}},
	[ACTIVATION_SOFTPLUS] = {{3, 3}, {1, 1}},                   [ACTIVATION_GELU] = {{6.5, 5.5}, {6, 5.5}},
	[ACTIVATION_SWISH] = {{3, 3}, {4, 4}},
};
static const float slope = 0.3f;

static double ulp_of(double y)
{
	int exponent;
	frexp(y, &exponent);
	return ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
}

static float *numbers_of(struct shelf *shelf, struct dice *dice)
{
	float *u = shelf_floats(shelf, NUMBERS);
	for (size_t i = 0; i < ALL; i++) {
		uint32_t bits = (uint32_t)(i / MANTISSAS) << 23 | (uint32_t)dice_below(dice, 1 << 23);
		memcpy(&u[i], &bits, sizeof u[i]);
		u[i] = isfinite(u[i]) ? u[i] : 0;
	}
	for (size_t i = ALL; i < NUMBERS; i++)
		u[i] = dice_float(dice) * (i % 3 == 0 ? 120 : i % 3 == 1 ? 15 : 2);
	return u;
}

/* What the error of a slope is measured by: where its two summands cancel, their sizes. */
static double size_of(enum activation f, double u, double want)
{
	double share = 1 / (1 + exp(-u));
	if (f == ACTIVATION_GELU)
		return 0.5 * erfc(-u / sqrt(2)) + fabs(u) * exp(-u * u / 2) / sqrt(2 * acos(-1));
	return f == ACTIVATION_SWISH ? share * (1 + fabs(u) * (1 - share)) : want;
}

/* Fails if an error is above the bound, and tells the largest. */
static void expect_near(const char *what, enum activation f, const char *isa, const float *u, const float *got,
                        const double *want, const double *ulp, double bound)
{
	double largest = 0;
	size_t where = 0;
	for (size_t i = 0; i < NUMBERS; i++) {
		double error = fabs(got[i] - want[i]) / ulp[i];
		if (!(error <= largest)) {
			largest = error;
			where = i;
		}
	}
	if (!(largest <= bound))
		fail_msg("%s: %s of %s at %a is %a, not %a: %.2f ulp off, at most %.2f", isa, what, activation_name(f), u[where],
		         got[where], want[where], largest, bound);
}

static void values_are_accurate(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	for (enum activation f = ACTIVATION_LEAKY_RELU; f < ACTIVATIONS; f++) {
		struct shelf shelf = {0};
		struct dice dice = {.seed = 33};
		float *u = numbers_of(&shelf, &dice), *y[3];
		double *u64 = shelf_widened(&shelf, NUMBERS, u), *want = shelf_doubles(&shelf, NUMBERS);
		double *ulp = shelf_doubles(&shelf, NUMBERS);
		reference_activate(f, slope, NUMBERS, u64, want);
		for (size_t i = 0; i < NUMBERS; i++)
			ulp[i] = ulp_of(want[i]);
		for (size_t t = 0; t < tables; t++) {
			y[t] = shelf_floats(&shelf, NUMBERS);
			table[t]->activate_apart(f, slope, VECTORS, u, y[t]);
			expect_near("f", f, table[t]->isa, u, y[t], want, ulp,
			            bounds[f].value[tables_alike(table[t], table[t])]);
			if (t > 0 && tables_alike(table[t], table[t - 1]))
				expect_same("f(u) of avx2 and avx512", NUMBERS, y[t], y[t - 1]);
		}
		table[0]->activate_apart(f, slope, VECTORS, u, u); /* in place */
		expect_same("f(u) in place", NUMBERS, u, y[0]);
		shelf_clear(&shelf);
	}
}

/* What f′ comes from: u, or y. */
static void from_make(enum activation f, float *from)
{
	if (!activation_keeps_u(f))
		kernels_named("portable")->activate_apart(f, slope, VECTORS, from, from);
}

static void slopes_are_accurate(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	for (enum activation f = ACTIVATION_LEAKY_RELU; f < ACTIVATIONS; f++) {
		struct shelf shelf = {0};
		struct dice dice = {.seed = 34};
		float *from = numbers_of(&shelf, &dice), *got[3];
		from_make(f, from);
		double *from64 = shelf_widened(&shelf, NUMBERS, from), *want = shelf_doubles(&shelf, NUMBERS);
		double *ulp = shelf_doubles(&shelf, NUMBERS);
		for (size_t i = 0; i < NUMBERS; i++)
			want[i] = 1;
		reference_activate_back(f, slope, NUMBERS, from64, want);
		for (size_t i = 0; i < NUMBERS; i++)
			ulp[i] = ulp_of(size_of(f, from64[i], want[i]));
		for (size_t t = 0; t < tables; t++) {
			got[t] = shelf_floats(&shelf, NUMBERS);
			for (size_t i = 0; i < NUMBERS; i++)
				got[t][i] = 1;
			table[t]->activate_apart_back(f, slope, VECTORS, from, got[t]);
			expect_near("f'", f, table[t]->isa, from, got[t], want, ulp,
			            bounds[f].slope[tables_alike(table[t], table[t])]);
			if (t > 0 && tables_alike(table[t], table[t - 1]))
				expect_same("f' of avx2 and avx512", NUMBERS, got[t], got[t - 1]);
		}
		shelf_clear(&shelf);
	}
}

/* f′ of the reference by differences of its values: no formula of a derivative on that side. */
static void slopes_are_the_derivatives(void **state)
{
	(void)state;
	static const double step = 1e-5;
	struct dice dice = {.seed = 35};
	for (enum activation f = ACTIVATION_LEAKY_RELU; f < ACTIVATIONS; f++)
		for (size_t i = 0; i < 5000; i++) {
			double u = 6 * dice_float(&dice), y, at[2], got = 1;
			u = fabs(u) < 2 * step ? 1 : u; /* corners */
			reference_activate(f, slope, 1, &u, &y);
			reference_activate(f, slope, 2, (double[]){u - step, u + step}, at);
			reference_activate_back(f, slope, 1, activation_keeps_u(f) ? &u : &y, &got);
			if (!(fabs(got - (at[1] - at[0]) / (2 * step)) < 1e-9))
				fail_msg("%s: slope at %g is %g", activation_name(f), u, got);
		}
}

/* PyTorch 1.13 in float64, by torch.nn.functional: leaky_relu(u, 0.3), elu, softplus, gelu, silu. */
static void values_are_those_of_pytorch(void **state)
{
	(void)state;
	static const double u[4] = {-3, -0.7517915, 0.5, 2};
	static const double want[ACTIVATIONS][4] = {
		[ACTIVATION_LEAKY_RELU] = {-0.89999999999999991, -0.22553744999999997, 0.5, 2},
		[ACTIVATION_ELU] = {-0.95021293163213605, -0.5284789343670131, 0.5, 2},
		[ACTIVATION_SOFTPLUS] = {0.048587351573742062, 0.38629660434358415, 0.97407698418010669, 2.1269280110429727},
		[ACTIVATION_GELU] = {-0.0040496940948903104, -0.16997120747990355, 0.34573123063700656, 1.9544997361036416},
		[ACTIVATION_SWISH] = {-0.14227761953270035, -0.24089735274114932, 0.3112296656009273, 1.7615941559557646},
	};
	for (enum activation f = ACTIVATION_LEAKY_RELU; f < ACTIVATIONS; f++) {
		double y[4];
		reference_activate(f, 0.3, 4, u, y);
		for (size_t i = 0; i < 4; i++)
			if (!(fabs(y[i] - want[f][i]) <= 1e-15 * (1 + fabs(y[i]))))
				fail_msg("%s(%g) is %.17g, not %.17g", activation_name(f), u[i], y[i], want[f][i]);
	}
}

static void ends_are_exact(void **state)
{
	(void)state;
	/* f(−∞), f(0), and f′ at −∞, ∞. */
	static const float end[ACTIVATIONS][4] = {
		[ACTIVATION_LEAKY_RELU] = {-INFINITY, 0, 0.3f, 1}, [ACTIVATION_ELU] = {-1, 0, 0, 1},
		[ACTIVATION_SOFTPLUS] = {0, 0x1.62e43p-1f, 0, 1},  [ACTIVATION_GELU] = {0, 0, 0, 1},
		[ACTIVATION_SWISH] = {0, 0, 0, 1},
	};
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	for (size_t t = 0; t < tables; t++)
		for (enum activation f = ACTIVATION_LEAKY_RELU; f < ACTIVATIONS; f++) {
			_Alignas(64) float u[LANES] = {-INFINITY, 0, INFINITY, NAN, -NAN}, y[LANES], dy[LANES];
			table[t]->activate_apart(f, slope, 1, u, y);
			assert_true(y[0] == end[f][0] && y[1] == end[f][1] && y[2] == INFINITY);
			assert_true(y[3] != y[3] && y[4] != y[4]);
			for (size_t l = 0; l < LANES; l++)
				dy[l] = 1;
			table[t]->activate_apart_back(f, slope, 1, activation_keeps_u(f) ? u : y, dy);
			assert_true(dy[0] == end[f][2] && dy[2] == end[f][3]);
			memset(dy, 0, sizeof dy);
			u[0] = u[2] = u[3] = u[4] = -0.75f;
			table[t]->activate_apart_back(f, slope, 1, u, dy);
			for (size_t l = 0; l < LANES; l++)
				assert_true(dy[l] == 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_accurate),
		cmocka_unit_test(slopes_are_accurate),
		cmocka_unit_test(slopes_are_the_derivatives),
		cmocka_unit_test(values_are_those_of_pytorch),
		cmocka_unit_test(ends_are_exact),
	};
	return cmocka_run_group_tests_name("apart", tests, NULL, NULL);
}
