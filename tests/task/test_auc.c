/* task: areas against pairs counted one by one, and against scikit-learn; any order; infinite, equal, ±0 scores. */
#include "kernel/lanes.h"

#include <convoy/task.h>

#include <math.h>

enum { MOST = 400 };

/* The area from its definition. */
static double pairs(size_t count, const float *score, const bool *positive)
{
	double right = 0, all = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++)
			if (positive[i] && !positive[k]) {
				right += score[i] > score[k] ? 1 : score[i] == score[k] ? 0.5 : 0;
				all++;
			}
	return right / all;
}

static double area(size_t count, const float *score, const bool *positive)
{
	uint64_t key[MOST];
	for (size_t i = 0; i < count; i++)
		key[i] = auc_key(score[i], positive[i]);
	return auc(count, key);
}

static void pairs_are_counted(void **state)
{
	(void)state;
	struct dice dice = {.seed = 7};
	for (size_t count = 2; count < MOST; count += 7) {
		float score[MOST];
		bool positive[MOST];
		/* Few levels make many ties; both signs, and zeros of both. */
		for (size_t i = 0; i < count; i++) {
			score[i] = (float)((int)dice_below(&dice, 21) - 10) * (dice_below(&dice, 2) ? 0.1f : -0.1f);
			positive[i] = i == 0 || (i > 1 && dice_below(&dice, 3) == 0);
		}
		assert_true(fabs(area(count, score, positive) - pairs(count, score, positive)) < 1e-14);
		double before = area(count, score, positive);
		for (size_t i = count - 1; i > 0; i--) {
			size_t k = (size_t)dice_below(&dice, i + 1);
			float s = score[i];
			bool p = positive[i];
			score[i] = score[k], positive[i] = positive[k];
			score[k] = s, positive[k] = p;
		}
		assert_true(area(count, score, positive) == before);
	}
}

/* sklearn.metrics.roc_auc_score of scikit-learn 1.2.1 for these numbers. */
static void scikit_learn_agrees(void **state)
{
	(void)state;
	static const float score[] = {0.1f, 0.4f, 0.35f, 0.8f, 0.4f, 0.65f, 0.9f, 0.2f, 0.4f, 0.7f};
	static const bool positive[][10] = {{0, 0, 1, 1, 1, 0, 1, 0, 0, 1}, {1, 1, 0, 0, 0, 0, 0, 1, 1, 0},
	                                    {0, 1, 0, 1, 0, 1, 0, 1, 0, 1}};
	static const double wanted[] = {0.8, 0.125, 0.64};
	for (size_t i = 0; i < 3; i++)
		assert_true(fabs(area(10, score, positive[i]) - wanted[i]) < 1e-15);
}

static void ends_are_scores_too(void **state)
{
	(void)state;
	static const float score[] = {-INFINITY, -1e38f, -0.0f, 0.0f, 1e-45f, 1e38f, INFINITY};
	static const bool up[] = {0, 0, 0, 1, 1, 1, 1}, none[7] = {0}, all[] = {1, 1, 1, 1, 1, 1, 1};
	assert_true(area(7, score, up) == 11.5 / 12); /* −0 = 0 */
	assert_true(isnan(area(7, score, none)) && isnan(area(7, score, all)) && isnan(area(0, score, all)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_are_counted),
		cmocka_unit_test(scikit_learn_agrees),
		cmocka_unit_test(ends_are_scores_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
