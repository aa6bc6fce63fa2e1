/* kernel: the vectors' elementary functions against libm in double, over the whole range of floats. */
#include "lanes.h"
#include "vectors.h"

#include <config.h>
#include <math.h>

/* Every exponent, both signs, so many random mantissas: about a million numbers. */
enum { MANTISSAS = 2048, NUMBERS = 512 * MANTISSAS };

static size_t vectors_here(const struct vectors *set[3])
{
	size_t count = 0;
	set[count++] = &vectors_portable;
#ifdef HAVE_NEON
	set[count++] = &vectors_neon;
#endif
#ifdef HAVE_AVX2
	if (kernels_named("avx2") != NULL)
		set[count++] = &vectors_avx2;
#endif
#ifdef HAVE_AVX512
	if (kernels_named("avx512") != NULL)
		set[count++] = &vectors_avx512;
#endif
	return count;
}

static float float_of(uint32_t bits)
{
	float x;
	memcpy(&x, &bits, sizeof x);
	return x;
}

/* All kinds of floats, then numbers spread evenly where the functions bend. */
static void numbers_fill(float *x)
{
	struct dice dice = {.seed = 21};
	for (size_t i = 0; i < NUMBERS; i++)
		x[i] = float_of((uint32_t)(i / MANTISSAS) << 23 | (i % MANTISSAS < 2 ? (uint32_t)(i % MANTISSAS) * 0x7fffff
		                                                                     : (uint32_t)dice_below(&dice, 1 << 23)));
	for (size_t i = NUMBERS; i < 2 * NUMBERS; i++)
		x[i] = 110 * dice_float(&dice) * (i % 4 == 0 ? 1 : i % 4 == 1 ? 0.1f : 0.01f);
}

/* The distance of neighbouring floats around y. */
static double ulp_of(double y)
{
	int exponent;
	frexp(y, &exponent);
	return ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
}

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

/* What is right where the reference is not a finite float. */
static bool beyond_float(double want, float got, bool *good)
{
	float rounded = (float)want;
	if (want == want && !isinf(rounded))
		return false;
	bool close = fabs(want) < 0x1.000002p128 && fabsf(got) == 0x1.fffffep127f;
	*good = want != want ? got != got : got == rounded || close;
	return true;
}

/* Errors in ulp of f over the numbers between low and high; bounds: portable, and with fused multiply-add. */
static void expect_accurate(size_t offset, double (*want)(double), double low, double high, const double bounds[2])
{
	const struct vectors *set[3];
	size_t sets = vectors_here(set);
	struct shelf shelf = {0};
	float *x = shelf_floats(&shelf, 2 * NUMBERS), *y[3];
	double *right = shelf_doubles(&shelf, 2 * NUMBERS);
	numbers_fill(x);
	for (size_t i = 0; i < 2 * NUMBERS; i++)
		right[i] = want(x[i]);
	for (size_t s = 0; s < sets; s++) {
		void (*f)(size_t, float *);
		memcpy(&f, (const char *)set[s] + offset, sizeof f);
		y[s] = shelf_floats(&shelf, 2 * NUMBERS);
		memcpy(y[s], x, 2 * NUMBERS * sizeof *x);
		f(2 * NUMBERS, y[s]);
		double bound = bounds[strcmp(set[s]->isa, "portable") != 0];
		for (size_t i = 0; i < 2 * NUMBERS; i++) {
			bool good;
			double error = 0;
			if (beyond_float(right[i], y[s][i], &good))
				error = good ? 0 : INFINITY;
			else if (x[i] >= low && x[i] <= high)
				error = fabs(y[s][i] - right[i]) / ulp_of(right[i]);
			if (!(error < bound))
				fail_msg("%s: f(%a) is %a, not %a: %.2f ulp off, at most %.2f", set[s]->isa, x[i], y[s][i], right[i],
				         error, bound);
		}
		if (s == 2) /* a NaN's sign and payload may be any */
			for (size_t i = 0; i < 2 * NUMBERS; i++)
				if (y[1][i] == y[1][i] || y[2][i] == y[2][i])
					expect_same("f of avx2 and avx512", 1, y[1] + i, y[2] + i);
	}
	shelf_clear(&shelf);
}

static void exp_is_accurate(void **state)
{
	(void)state;
	expect_accurate(offsetof(struct vectors, exp), exp, -INFINITY, INFINITY, (double[]){1.5, 1.5});
}

static void log_is_accurate(void **state)
{
	(void)state;
	/* Denormal numbers, zero and negative ones are not for it: only x ≥ 2^−126 counts. */
	const struct vectors *set[3];
	size_t sets = vectors_here(set);
	struct shelf shelf = {0};
	struct dice dice = {.seed = 22};
	float *x = shelf_floats(&shelf, NUMBERS), *y = shelf_floats(&shelf, NUMBERS);
	for (size_t i = 0; i < NUMBERS; i++)
		x[i] = i % 2 == 0 ? float_of((uint32_t)dice_from(&dice, 0x00800000, 0x7f7fffff)) : 1 + 0.5f * dice_float(&dice);
	x[0] = INFINITY;
	x[1] = NAN;
	x[2] = 1;
	for (size_t s = 0; s < sets; s++) {
		memcpy(y, x, NUMBERS * sizeof *x);
		set[s]->log(NUMBERS, y);
		assert_true(y[0] == INFINITY && y[1] != y[1] && y[2] == 0);
		for (size_t i = 2; i < NUMBERS; i++) {
			double right = log(x[i]);
			if (!(fabs(y[i] - right) <= 2 * ulp_of(right)))
				fail_msg("%s: ln %a is %a, not %a", set[s]->isa, x[i], y[i], right);
		}
	}
	shelf_clear(&shelf);
}

static void log1p_is_accurate(void **state)
{
	(void)state;
	const struct vectors *set[3];
	size_t sets = vectors_here(set);
	struct shelf shelf = {0};
	struct dice dice = {.seed = 24};
	float *x = shelf_floats(&shelf, NUMBERS), *y = shelf_floats(&shelf, NUMBERS);
	for (size_t i = 0; i < NUMBERS; i++) /* denormal numbers too */
		x[i] = i % 2 == 0 ? float_of((uint32_t)dice_from(&dice, 0, 0x3f800000)) : 0.5f + 0.5f * dice_float(&dice);
	x[0] = NAN;
	x[1] = 0;
	x[2] = 1;
	for (size_t s = 0; s < sets; s++) {
		memcpy(y, x, NUMBERS * sizeof *x);
		set[s]->log1p(NUMBERS, y);
		assert_true(y[0] != y[0] && y[1] == 0);
		for (size_t i = 1; i < NUMBERS; i++) {
			double right = log1p(x[i]);
			if (!(fabs(y[i] - right) <= 2 * ulp_of(right)))
				fail_msg("%s: ln(1 + %a) is %a, not %a", set[s]->isa, x[i], y[i], right);
		}
	}
	shelf_clear(&shelf);
}

static void tanh_is_accurate(void **state)
{
	(void)state;
	expect_accurate(offsetof(struct vectors, tanh), tanh, -INFINITY, INFINITY, (double[]){7, 5});
}

static void sigmoid_is_accurate(void **state)
{
	(void)state;
	/* Where the result is no normal number, it is small: checked below. */
	expect_accurate(offsetof(struct vectors, sigmoid), sigmoid, -87.3, INFINITY, (double[]){2.5, 2.5});
}

static void ends_are_exact(void **state)
{
	(void)state;
	const struct vectors *set[3];
	size_t sets = vectors_here(set);
	struct shelf shelf = {0};
	float *x = shelf_floats(&shelf, NUMBERS), *y = shelf_floats(&shelf, NUMBERS), *z = shelf_floats(&shelf, NUMBERS);
	struct dice dice = {.seed = 23};
	for (size_t i = 0; i < NUMBERS; i++)
		x[i] = i % 2 == 0 ? 10 * dice_float(&dice) : float_of((uint32_t)dice_below(&dice, 1ull << 32));
	for (size_t s = 0; s < sets; s++) {
		float end[LANES] = {INFINITY, -INFINITY, NAN, 0, -0.0f, 0x1p-149f, -0x1p-149f, 8.5f, -8.5f, 0x1.fffffep127f};
		_Alignas(64) float to[LANES];
		memcpy(to, end, sizeof to);
		set[s]->tanh(LANES, to);
		assert_true(to[0] == 1 && to[1] == -1 && to[2] != to[2] && to[3] == 0 && to[4] == 0 && to[5] == 0x1p-149f);
		assert_true(to[6] == -0x1p-149f && to[7] == 1 && to[8] == -1 && to[9] == 1);
		memcpy(to, end, sizeof to);
		set[s]->sigmoid(LANES, to);
		assert_true(to[0] == 1 && to[1] == 0 && to[2] != to[2] && to[3] == 0.5f && to[4] == 0.5f && to[9] == 1);
		memcpy(to, end, sizeof to);
		set[s]->exp(LANES, to);
		assert_true(to[0] == INFINITY && to[1] == 0 && to[2] != to[2] && to[3] == 1 && to[9] == INFINITY);

		/* tanh is odd and at most 1; sigmoid is never below 0, and close to 0 where its result would be denormal. */
		memcpy(y, x, NUMBERS * sizeof *x);
		set[s]->tanh(NUMBERS, y);
		for (size_t i = 0; i < NUMBERS; i++)
			z[i] = -x[i];
		set[s]->tanh(NUMBERS, z);
		for (size_t i = 0; i < NUMBERS; i++)
			assert_true(x[i] != x[i] ? y[i] != y[i] : y[i] == -z[i] && fabsf(y[i]) <= 1);
		memcpy(y, x, NUMBERS * sizeof *x);
		set[s]->sigmoid(NUMBERS, y);
		for (size_t i = 0; i < NUMBERS; i++)
			assert_true(x[i] != x[i] || (y[i] >= 0 && y[i] <= 1 && (x[i] > -87.3f || y[i] < 0x1.1p-126f)));
	}
	shelf_clear(&shelf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exp_is_accurate),
		cmocka_unit_test(log_is_accurate),
		cmocka_unit_test(log1p_is_accurate),
		cmocka_unit_test(tanh_is_accurate),
		cmocka_unit_test(sigmoid_is_accurate),
		cmocka_unit_test(ends_are_exact),
	};
	return cmocka_run_group_tests_name("math", tests, NULL, NULL);
}
