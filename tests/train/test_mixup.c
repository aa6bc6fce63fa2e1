/* train: what mixup draws: shares of the distribution that they should have, partners that are a permutation. */
#include "../../src/train/train.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

enum { DRAWS = 20000, BATCH = 50 };

/* Of λ from Beta(α, α), (2λ − 1)² has the mean 1 / (2α + 1), and of its square 3 / ((2α + 1) (2α + 3)). */
static void shares_have_their_moments(void **state)
{
	(void)state;
	static const double alphas[] = {0.01, 0.2, 1, 4, 100};
	for (size_t a = 0; a < sizeof alphas / sizeof *alphas; a++) {
		double alpha = alphas[a], mean = 0, want = 1 / (2 * alpha + 1);
		for (uint32_t n = 0; n < DRAWS; n++) {
			double share = mixup_share(alpha, 7, 3, n), away = 1 - 2 * share;
			assert_true(share >= 0 && share <= 0.5 && share * 0x1p20 == floor(share * 0x1p20));
			mean += away * away / DRAWS;
		}
		double deviation = sqrt((3 / ((2 * alpha + 1) * (2 * alpha + 3)) - want * want) / DRAWS);
		if (!(fabs(mean - want) < 4 * deviation))
			fail_msg("Beta(%g, %g): mean of (2λ − 1)² is %g, not %g", alpha, alpha, mean, want);
	}
}

static int ascending(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return left < right ? -1 : left > right;
}

/* Beta(1, 1) is uniform, so the smaller of λ and 1 − λ is uniform up to ½ (Kolmogorov–Smirnov). */
static void shares_of_one_are_uniform(void **state)
{
	(void)state;
	static double share[DRAWS];
	for (uint32_t n = 0; n < DRAWS; n++)
		share[n] = 2 * mixup_share(1, 1, 0, n);
	qsort(share, DRAWS, sizeof *share, ascending);
	for (size_t n = 0; n < DRAWS; n++)
		assert_true(fabs(share[n] - (double)n / DRAWS) < 1.95 / sqrt(DRAWS));
}

static void shares_are_of_seed_epoch_and_sample(void **state)
{
	(void)state;
	float share = mixup_share(0.3, 1, 2, 3);
	assert_true(share == mixup_share(0.3, 1, 2, 3));
	assert_true(share != mixup_share(0.3, 2, 2, 3) && share != mixup_share(0.3, 1, 3, 3) &&
	            share != mixup_share(0.3, 1, 2, 4) && share != mixup_share(0.5, 1, 2, 3));
}

/* Each sample is the partner of one; each place is as likely as any other. */
static void partners_are_a_permutation(void **state)
{
	(void)state;
	uint32_t sample[BATCH], partner[BATCH], other[BATCH];
	size_t at[BATCH] = {0};
	for (uint32_t i = 0; i < BATCH; i++)
		sample[i] = 1000 + 3 * i;
	for (uint64_t epoch = 0; epoch < DRAWS / 10; epoch++) {
		bool seen[BATCH] = {false};
		mixup_partners(5, epoch, 100, BATCH, sample, partner);
		for (size_t i = 0; i < BATCH; i++) {
			size_t j = (partner[i] - 1000) / 3;
			assert_true(partner[i] == 1000 + 3 * j && j < BATCH && !seen[j]);
			seen[j] = true;
			at[i] += j == 17;
		}
	}
	for (size_t i = 0; i < BATCH; i++)
		assert_true(fabs((double)at[i] - DRAWS / 10 / BATCH) < 5 * sqrt(DRAWS / 10 / BATCH));
	mixup_partners(5, 0, 100, BATCH, sample, partner);
	mixup_partners(5, 0, 150, BATCH, sample, other);
	assert_memory_not_equal(partner, other, sizeof other); /* the next batch */
	mixup_partners(5, 0, 0, 1, sample, partner);
	assert_int_equal(partner[0], sample[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_have_their_moments),
		cmocka_unit_test(shares_of_one_are_uniform),
		cmocka_unit_test(shares_are_of_seed_epoch_and_sample),
		cmocka_unit_test(partners_are_a_permutation),
	};
	return cmocka_run_group_tests_name("mixup", tests, NULL, NULL);
}
