/* The steps of the exact sum: repetition, verdicts, counters, several tensors, limits. */
#include "one.h"

static void growth_beyond_the_headroom_repeats_the_step(void **state)
{
	(void)state;
	struct sum *sum = make(SUM_EXACT, 4, 3);
	float g[3] = {1.5f, -0.25f, 0}, mean[3];
	assert_int_equal(*sum_exponents(sum), SUM_EXPONENT_LOWEST);
	assert_int_equal(step(sum, 1, 3, g), SUM_REDO); /* the first step, once */
	assert_int_equal(*sum_exponents(sum), 1 + SUM_HEADROOM);
	assert_int_equal(step(sum, 1, 3, g), SUM_DONE);
	assert_int_equal(*sum_exponents(sum), 1 + SUM_HEADROOM);

	g[1] = -0x1.fffffep8f; /* the largest that fits */
	assert_int_equal(step(sum, 1, 3, g), SUM_DONE);
	assert_int_equal(*sum_exponents(sum), 9 + SUM_HEADROOM);
	g[1] = -0x1p17f; /* the smallest that does not */
	assert_int_equal(step(sum, 1, 3, g), SUM_REDO);
	assert_int_equal(*sum_exponents(sum), 18 + SUM_HEADROOM);
	assert_int_equal(step(sum, 1, 3, g), SUM_DONE);

	/* Exponents fall as well; the mean is of this step's, not of the next one's. */
	float tiny[3] = {0x1.234p-30f, 0, 0};
	assert_int_equal(step(sum, 1, 3, tiny), SUM_DONE);
	assert_int_equal(*sum_exponents(sum), -29 + SUM_HEADROOM);
	sum_mean(sum, 0, mean);
	assert_true(mean[0] == 0x1p-25f * 0); /* 26 − 51: below half of the unit 2^−25 */
	assert_int_equal(step(sum, 1, 3, tiny), SUM_DONE);
	sum_mean(sum, 0, mean);
	assert_true(mean[0] == tiny[0]);

	/* Zeros say nothing: the exponent stays, and the next step needs no repetition. */
	float zero[3] = {0, -0.0f, 0};
	assert_int_equal(step(sum, 1, 3, zero), SUM_DONE);
	assert_int_equal(*sum_exponents(sum), -29 + SUM_HEADROOM);
	assert_int_equal(step(sum, 0, 3, NULL), SUM_DONE); /* a rank without blocks */
	assert_int_equal(*sum_exponents(sum), -29 + SUM_HEADROOM);

	/* The ends of the range. */
	float end[3] = {float_of(FLOAT_INFINITE - 1), 0, float_of(1)};
	assert_int_equal(step(sum, 1, 3, end), SUM_REDO);
	assert_int_equal(step(sum, 1, 3, end), SUM_DONE);
	assert_int_equal(*sum_exponents(sum), SUM_EXPONENT_HIGHEST);
	sum_mean(sum, 0, mean);
	assert_int_equal(bits_of(mean[0]), FLOAT_INFINITE - 1);
	sum_set_exponents(sum, &(int32_t){INT32_MIN});
	assert_int_equal(*sum_exponents(sum), SUM_EXPONENT_LOWEST);
	float denormal[3] = {0, float_of(1), -float_of(1)};
	assert_int_equal(step(sum, 1, 3, denormal), SUM_DONE);
	sum_mean(sum, 0, mean);
	assert_memory_equal(mean, denormal, sizeof mean);
	sum_set_exponents(sum, &(int32_t){INT32_MAX});
	assert_int_equal(*sum_exponents(sum), SUM_EXPONENT_HIGHEST);
	sum_destroy(sum);
}

static void what_is_not_finite_is_seen(void **state)
{
	(void)state;
	for (int mode = SUM_EXACT; mode <= SUM_FLOAT; mode++) {
		struct sum *sum = make((enum sum_mode)mode, 4, 3);
		struct err err = {0};
		float g[3] = {1, 2, 3};
		step(sum, 1, 3, g);
		int32_t before = *sum_exponents(sum);
		const float bad[] = {INFINITY, -INFINITY, NAN, -NAN, float_of(0x7f800001), float_of(UINT32_MAX)};
		for (size_t i = 0; i < 6; i++) {
			g[i % 3] = bad[i];
			sum_begin(sum);
			sum_add(sum, 0, 0, (float[3]){1, 2, 3});
			sum_add(sum, 0, 0, g);
			sum_add(sum, 0, 0, (float[3]){3e38f, 2, 3}); /* also too large: NaN is the graver news */
			sum_count(sum, 0, 2, -5);
			assert_int_equal(sum_reduce(sum, 1, &err), SUM_NOT_FINITE);
			assert_int_equal(sum_counter(sum, 2), -5);
			assert_int_equal(*sum_exponents(sum), before);
			g[i % 3] = 1;
		}
		assert_int_equal(step_over(2, sum, 1, 3, g), SUM_DONE); /* no trace of it in the next step */
		float mean[3];
		sum_mean(sum, 0, mean);
		assert_true(mean[0] == 0.5f && mean[1] == 0.5f && mean[2] == 0.5f);
		sum_destroy(sum);
	}
}

static void counters_are_exact(void **state)
{
	(void)state;
	static const int64_t values[8] = {
		0, 1, -1, 0x3fffffffffffffff, -0x3fffffffffffffff, 0x123456789abcdef, -0xffff, 1 << 16};
	for (int mode = SUM_EXACT; mode <= SUM_FLOAT; mode++) {
		struct sum *sum = make((enum sum_mode)mode, 4, 1);
		struct err err = {0};
		for (int twice = 0; twice < 2; twice++) {
			sum_begin(sum);
			for (size_t i = 0; i < SUM_COUNTERS; i++) {
				sum_count(sum, 0, i, values[i % 8] / (int64_t)(1 + i / 8));
				sum_count(sum, 0, i, -7);
			}
			assert_int_equal(sum_reduce(sum, 1, &err), SUM_DONE);
			for (size_t i = 0; i < SUM_COUNTERS; i++)
				assert_true(sum_counter(sum, i) == values[i % 8] / (int64_t)(1 + i / 8) - 7);
		}
		sum_destroy(sum);
	}
}

static void tensors_do_not_touch_each_other(void **state)
{
	(void)state;
	static const size_t counts[5] = {1, 0, 5, 16, 3};
	for (int mode = SUM_EXACT; mode <= SUM_FLOAT; mode++) {
		for (size_t chunk = 1; chunk <= 64; chunk *= 4) { /* messages of more values than one call takes */
			struct err err = {0};
			size_t usual = comm->chunk;
			comm->chunk = chunk;
			struct sum *sum = sum_create(comm, &plain_kernels, (enum sum_mode)mode, 16, NULL, 5, counts, &err);
			assert_non_null(sum);
			float g[5][16], mean[16];
			enum sum_result result = SUM_REDO;
			for (int tries = 0; result == SUM_REDO && tries < 2; tries++) {
				sum_begin(sum);
				for (size_t t = 5; t-- > 0;) {
					for (size_t i = 0; i < 16; i++)
						g[t][i] = ldexpf((float)(1 + t * 16 + i), (int)t * 20 - 50);
					sum_add(sum, 0, t, g[t]);
					sum_add(sum, 0, t, g[t]);
				}
				sum_count(sum, 0, 7, 99);
				result = sum_reduce(sum, 2, &err);
			}
			assert_int_equal(result, SUM_DONE);
			assert_int_equal(sum_counter(sum, 7), 99);
			for (size_t t = 0; t < 5; t++) {
				sum_mean(sum, t, mean);
				assert_memory_equal(mean, g[t], counts[t] * sizeof(float));
				if (mode == SUM_FLOAT || counts[t] == 0)
					continue;
				float largest = g[t][counts[t] - 1];
				assert_int_equal(sum_exponents(sum)[t], exponent_of(bits_of(largest)) + SUM_HEADROOM);
			}
			sum_destroy(sum);
			comm->chunk = usual;
		}
	}
}

static void limits_are_named(void **state)
{
	(void)state;
	struct err err = {0};
	size_t count = 1, huge[2] = {SIZE_MAX - 5, 4}, large = SIZE_MAX / 2;
	assert_null(sum_create(comm, &plain_kernels, SUM_EXACT32, (1 << 18) + 1, NULL, 1, &count, &err));
	assert_int_equal(err.code, EX_CONFIG);
	assert_non_null(strstr(err.text, "262145 blocks"));
	for (int mode = SUM_EXACT; mode <= SUM_FLOAT; mode++) {
		err = (struct err){0};
		assert_null(sum_create(comm, &plain_kernels, (enum sum_mode)mode, 4, NULL, 2, huge, &err));
		assert_int_equal(err.code, EX_OSERR);
		err = (struct err){0};
		assert_null(sum_create(comm, &plain_kernels, (enum sum_mode)mode, 4, NULL, 1, &large, &err));
		assert_int_equal(err.code, EX_OSERR);
	}
	sum_destroy(NULL);
	sum_destroy(make(SUM_EXACT32, 1 << 18, 1));
	sum_destroy(make(SUM_EXACT, 1 << 30, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(growth_beyond_the_headroom_repeats_the_step),
		cmocka_unit_test(what_is_not_finite_is_seen),
		cmocka_unit_test(counters_are_exact),
		cmocka_unit_test(tensors_do_not_touch_each_other),
		cmocka_unit_test(limits_are_named),
	};
	return cmocka_run_group_tests_name("sum", tests, open_comm, close_comm);
}
