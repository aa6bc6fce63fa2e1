/* Loss sums in fixed point; which record is the best. */
#include <convoy/train.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "jobs.h"

/* Sixteen losses: `loss` in one lane, 0 in the others. */
static bool add_one(float loss, size_t lane, int64_t *sum)
{
	float lanes[LANES] = {0};
	lanes[lane] = loss;
	return loss_fixed(lanes, sum);
}

static void losses_are_cut_to_the_unit(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 10000; i++) {
		/* From 2^-40 to 2^16. */
		float loss = ldexpf((float)(1 + random_uniform(3, RANDOM_CHECK, 0, i)), (int)(i % 56) - 40);
		if (loss >= 65536)
			continue;
		int64_t sum = 0;
		assert_true(add_one(loss, i % LANES, &sum));
		double error = (double)loss - (double)sum * 0x1p-26;
		assert_true(error >= 0 && error < 0x1p-26);
		/* A float of 1/8 or more is a multiple of the unit. */
		assert_true(loss < 0.125 || error == 0);
	}
}

static void order_leaves_no_trace(void **state)
{
	(void)state;
	enum { BLOCKS = 100 };
	float loss[BLOCKS * LANES], turned[BLOCKS * LANES];
	double plain = 0;
	for (size_t i = 0; i < BLOCKS * LANES; i++) {
		loss[i] = (float)(4 * random_uniform(4, RANDOM_CHECK, 0, i));
		turned[BLOCKS * LANES - 1 - i] = loss[i];
		plain += (double)loss[i];
	}
	int64_t forth = 7, back = 7;
	for (size_t b = 0; b < BLOCKS; b++) {
		assert_true(loss_fixed(loss + b * LANES, &forth));
		assert_true(loss_fixed(turned + b * LANES, &back));
	}
	assert_true(forth == back);
	double mean = loss_mean(forth - 7, BLOCKS * LANES);
	assert_true(fabs(mean - plain / (BLOCKS * LANES)) < 0x1p-26);
	assert_true(loss_mean((int64_t)3 << 26, 4) == 0.75);
	assert_true(loss_mean(0, 0) == 0);
}

static void endless_losses_are_divergence(void **state)
{
	(void)state;
	int64_t sum = 0;
	for (size_t lane = 0; lane < LANES; lane++) {
		assert_false(add_one(NAN, lane, &sum));
		assert_false(add_one(INFINITY, lane, &sum));
		assert_false(add_one(-INFINITY, lane, &sum));
		assert_false(add_one(65536, lane, &sum));
		assert_false(add_one(-65536, lane, &sum));
	}
	sum = 0;
	assert_true(add_one(nextafterf(65536, 0), 3, &sum));
	assert_true(sum == ((int64_t)65536 << 26) - ((int64_t)1 << 18));
	/* 2^20 samples of the largest loss fit: no overflow. */
	assert_true(sum <= INT64_MAX >> 20);
}

static size_t best_of(size_t count, const double (*errors)[2])
{
	struct record record[8] = {0};
	for (size_t r = 0; r < count; r++) {
		record[r].test_measure = errors[r][0];
		record[r].test_loss = errors[r][1];
	}
	struct job job = {0};
	size_t best = model_best(&(struct model){.job = &job, .records = count, .record = record});
	/* The same numbers of the validation set count instead, where there is one. */
	for (size_t r = 0; r < count; r++) {
		record[r] = (struct record){.validation_measure = errors[r][0], .validation_loss = errors[r][1]};
		record[r].test_measure = (double)r == (double)best;
	}
	job.data.validation = 1;
	assert_int_equal(model_best(&(struct model){.job = &job, .records = count, .record = record}), best);
	return best;
}

/* Three epochs without a lower error than the second's end the run, or the last epoch does. The loss, which falls all
 * the time, is not asked: best.h5 may be of a later epoch. */
static void patience_has_an_end(void **state)
{
	(void)state;
	static const double errors[] = {0.4, 0.2, 0.3, 0.2, 0.3, 0.1};
	struct record record[6] = {{0}};
	struct job job = {.data.validation = 1, .train = {.epochs = 9}};
	for (size_t r = 0; r < 6; r++)
		record[r] = (struct record){.validation_measure = errors[r], .validation_loss = 1 - 0.1 * (double)r};
	assert_int_equal(model_best(&(struct model){.job = &job, .records = 5, .record = record}), 3);
	for (size_t r = 0; r <= 6; r++) {
		struct model model = {.job = &job, .records = r, .record = record};
		job.train.patience = 3;
		assert_int_equal(model_done(&model), r == 5);
		job.train.patience = 0;
		assert_false(model_done(&model));
		job.train.epochs = 6;
		assert_int_equal(model_done(&model), r == 6);
		job.train.epochs = 9;
	}
}

static void best_is_least_error_then_least_loss_then_first(void **state)
{
	(void)state;
	struct job job = {0};
	assert_int_equal(model_best(&(struct model){.job = &job}), 0);
	assert_int_equal(best_of(1, (const double[][2]){{0.5, 1}}), 0);
	assert_int_equal(best_of(4, (const double[][2]){{0.5, 1}, {0.2, 9}, {0.3, 0}, {0.25, 0}}), 1);
	assert_int_equal(best_of(4, (const double[][2]){{0.2, 9}, {0.2, 8}, {0.3, 0}, {0.2, 8.5}}), 1);
	assert_int_equal(best_of(4, (const double[][2]){{0.3, 0}, {0.2, 8}, {0.2, 8}, {0.2, 8}}), 1);
	assert_int_equal(best_of(3, (const double[][2]){{0.2, 8}, {0.2, 8}, {0.2, 7}}), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_are_cut_to_the_unit),
		cmocka_unit_test(order_leaves_no_trace),
		cmocka_unit_test(endless_losses_are_divergence),
		cmocka_unit_test(patience_has_an_end),
		cmocka_unit_test(best_is_least_error_then_least_loss_then_first),
	};
	return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
