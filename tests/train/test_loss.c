/* Which record is the best; when a run is done. */
#include <convoy/train.h>

#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "jobs.h"

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
		cmocka_unit_test(patience_has_an_end),
		cmocka_unit_test(best_is_least_error_then_least_loss_then_first),
	};
	return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
