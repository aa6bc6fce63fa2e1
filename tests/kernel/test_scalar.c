/* kernel: the scalars against libm, the softmax and its Jacobian, the choice of a table. */
#include "lanes.h"

#include <math.h>
#include <stdio.h>

enum { NUMBERS = 300000 };

static double double_of(uint64_t bits)
{
	double x;
	memcpy(&x, &bits, sizeof x);
	return x;
}

static double ulp_of(double y)
{
	int exponent;
	frexp(y, &exponent);
	return ldexp(1, (exponent < -1021 ? -1021 : exponent) - 53);
}

static void expect_ulps(const char *what, double x, double got, double want)
{
	if (!(fabs(got - want) < 4 * ulp_of(want)))
		fail_msg("%s(%a) is %a, not %a: %.2f ulp", what, x, got, want, fabs(got - want) / ulp_of(want));
}

static void exp_is_accurate(void **state)
{
	(void)state;
	struct dice dice = {.seed = 61};
	static const double at[] = {0, -0.0, 1, -1, 709.78, 709.78271289338397, 709.7, -708.4, -745.1, -744.5, 0x1p-1074,
	                            1e-300};
	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		expect_ulps("exp", at[i], scalar_exp(at[i]), exp(at[i]));
	for (size_t i = 0; i < NUMBERS; i++) {
		double x = dice_float(&dice) * (i % 3 == 0 ? 745.1 : i % 3 == 1 ? 1 : 1e-8);
		if (x < 709.78)
			expect_ulps("exp", x, scalar_exp(x), exp(x));
	}
	assert_true(scalar_exp(0) == 1);
	assert_true(scalar_exp(709.79) == INFINITY && scalar_exp(1e300) == INFINITY && scalar_exp(INFINITY) == INFINITY);
	assert_true(scalar_exp(-745.2) == 0 && scalar_exp(-1e300) == 0 && scalar_exp(-INFINITY) == 0);
	assert_true(isnan(scalar_exp(NAN)));
}

static void log_is_accurate(void **state)
{
	(void)state;
	struct dice dice = {.seed = 62};
	for (size_t i = 0; i < NUMBERS; i++) {
		/* Any positive number, denormal ones too; and close to 1. */
		double x = double_of(dice_below(&dice, 0x7ff0000000000000 - 1) + 1);
		if (i % 2 == 0)
			x = 1 + dice_float(&dice) * (i % 4 == 0 ? 0.5 : 1e-9);
		expect_ulps("log", x, scalar_log(x), log(x));
	}
	expect_ulps("log", 0x1p-1074, scalar_log(0x1p-1074), log(0x1p-1074));
	expect_ulps("log", 0x1.fffffffffffffp1023, scalar_log(0x1.fffffffffffffp1023), log(0x1.fffffffffffffp1023));
	assert_true(scalar_log(1) == 0);
	assert_true(isnan(scalar_log(NAN)));
	assert_true(scalar_log(INFINITY) == INFINITY && scalar_log(0) == -INFINITY && isnan(scalar_log(-1)));
}

/* cos(πx) by libm with long doubles, as a sine around its zero. */
static double cospi(double x)
{
	const long double pi = 3.14159265358979323846264338327950288L;
	return (double)(x > 0.25 && x < 0.75 ? sinl(pi * (0.5L - x)) : x <= 0.25 ? cosl(pi * x) : -cosl(pi * (1 - x)));
}

static void cospi_is_accurate(void **state)
{
	(void)state;
	struct dice dice = {.seed = 63};
	for (size_t i = 0; i < NUMBERS; i++) {
		double x = 0.5 + 0.5 * dice_float(&dice) * (i % 3 == 0 ? 1e-8 : 1);
		if (i % 3 == 1)
			x = random_uniform(64, RANDOM_CHECK, 0, i);
		expect_ulps("cospi", x, scalar_cospi(x), cospi(x));
		assert_true(scalar_cospi(x) == -scalar_cospi(1 - x) || 1 - (1 - x) != x);
	}
	assert_true(scalar_cospi(0) == 1 && scalar_cospi(0.5) == 0 && scalar_cospi(1) == -1);
}

/* ---- Softmax ----------------------------------------------------------------------------------------------------- */

static void softmax64(size_t columns, const double *c, double *alpha)
{
	double largest = c[0], sum = 0;
	for (size_t i = 1; i < columns; i++)
		largest = fmax(largest, c[i]);
	for (size_t i = 0; i < columns; i++)
		sum += exp(c[i] - largest);
	for (size_t i = 0; i < columns; i++)
		alpha[i] = exp(c[i] - largest) / sum;
}

static void softmax_is_a_distribution(void **state)
{
	(void)state;
	struct dice dice = {.seed = 65};
	for (size_t n = 0; n < 300; n++) {
		size_t rows = dice_from(&dice, 1, 6), columns = dice_from(&dice, 1, 20);
		struct shelf shelf = {0};
		float *c = shelf_floats(&shelf, rows * columns), *alpha = shelf_floats(&shelf, rows * columns);
		float *shifted = shelf_floats(&shelf, rows * columns), *again = shelf_floats(&shelf, rows * columns);
		double want[20], c64[20];
		for (size_t i = 0; i < rows * columns; i++) {
			/* Multiples of 2^−10, so that a whole number is added exactly. */
			c[i] = ((float)dice_below(&dice, 20001) - 10000) / (n % 2 == 0 ? 1024 : 16);
			shifted[i] = c[i] + (float)(i / columns * 100 + 7);
		}
		softmax_rows(rows, columns, c, alpha);
		softmax_rows(rows, columns, shifted, again);
		expect_same("alpha after a shift", rows * columns, alpha, again);
		for (size_t j = 0; j < rows; j++) {
			double sum = 0;
			for (size_t i = 0; i < columns; i++)
				c64[i] = c[j * columns + i];
			softmax64(columns, c64, want);
			for (size_t i = 0; i < columns; i++) {
				float a = alpha[j * columns + i];
				sum += a;
				assert_true(fabs(a - want[i]) <= 1.01 * half_ulp * want[i] + 0x1p-150);
			}
			assert_true(fabs(sum - 1) <= (double)columns * half_ulp);
		}
		shelf_clear(&shelf);
	}
	float huge[3] = {3e38f, -3e38f, 3e38f}, alpha[3];
	softmax_rows(1, 3, huge, alpha);
	assert_true(alpha[0] == 0.5f && alpha[1] == 0 && alpha[2] == 0.5f);
}

/* dc = Jᵀ dα, J by differences; dc in place of dα gives the same. */
static void softmax_gradient_is_its_jacobian(void **state)
{
	(void)state;
	static const double step = 1e-5;
	struct dice dice = {.seed = 66};
	for (size_t n = 0; n < 200; n++) {
		enum { ROWS = 3 };
		size_t columns = dice_from(&dice, 1, 12);
		float c[ROWS * 12], alpha[ROWS * 12], dalpha[ROWS * 12], dc[ROWS * 12];
		dice_fill(&dice, ROWS * columns, c);
		dice_fill(&dice, ROWS * columns, dalpha);
		softmax_rows(ROWS, columns, c, alpha);
		softmax_rows_back(ROWS, columns, alpha, dalpha, dc);
		for (size_t p = 0; p < ROWS * columns; p++) {
			size_t row = p / columns * columns;
			double c64[12], above[12], below[12], want = 0;
			for (size_t i = 0; i < columns; i++)
				c64[i] = c[row + i];
			c64[p - row] = c[p] + step;
			softmax64(columns, c64, above);
			c64[p - row] = c[p] - step;
			softmax64(columns, c64, below);
			for (size_t i = 0; i < columns; i++)
				want += dalpha[row + i] * (above[i] - below[i]) / (2 * step);
			assert_true(fabs(dc[p] - want) < 3e-7);
		}
		softmax_rows_back(ROWS, columns, alpha, dalpha, dalpha);
		expect_same("dc in place", ROWS * columns, dc, dalpha);
	}
}

/* ---- The choice of a table --------------------------------------------------------------------------------------- */

static void tables_are_chosen_by_name(void **state)
{
	(void)state;
	static const char *const names[] = {"portable", "neon", "avx2", "avx512"};
	const struct kernels *best = NULL;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct err err = {0};
		const struct kernels *named = kernels_named(names[i]);
		best = named != NULL ? named : best;
		setenv("CONVOY_ISA", names[i], 1);
		assert_ptr_equal(kernels_choose(&err), named);
		if (named != NULL) {
			assert_string_equal(named->isa, names[i]);
			assert_int_equal(err.code, 0);
		} else {
			assert_int_equal(err.code, EX_USAGE);
		}
	}
	assert_non_null(kernels_named("portable"));
	struct err err = {0};
	unsetenv("CONVOY_ISA");
	assert_ptr_equal(kernels_choose(&err), best);
	setenv("CONVOY_ISA", "", 1);
	assert_ptr_equal(kernels_choose(&err), best);
	assert_int_equal(err.code, 0);
}

static void unknown_names_are_refused(void **state)
{
	(void)state;
	static const char *const names[] = {"sse9", "avx", "AVX2", "portable "};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct err err = {0};
		char text[200];
		snprintf(text, sizeof text, "CONVOY_ISA=%s: this program and processor have no such instruction set "
		         "(portable, avx2, avx512, neon)", names[i]);
		setenv("CONVOY_ISA", names[i], 1);
		assert_null(kernels_named(names[i]));
		assert_null(kernels_choose(&err));
		assert_int_equal(err.code, EX_USAGE);
		assert_string_equal(err.text, text);
	}
	unsetenv("CONVOY_ISA");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exp_is_accurate),
		cmocka_unit_test(log_is_accurate),
		cmocka_unit_test(cospi_is_accurate),
		cmocka_unit_test(softmax_is_a_distribution),
		cmocka_unit_test(softmax_gradient_is_its_jacobian),
		cmocka_unit_test(tables_are_chosen_by_name),
		cmocka_unit_test(unknown_names_are_refused),
	};
	return cmocka_run_group_tests_name("scalar", tests, NULL, NULL);
}
