/* Order and shards: permutations keyed by seed and epoch, uniform; every block computed by exactly one rank. */
#include <convoy/data.h>

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void an_order_is_a_permutation(void **state)
{
	(void)state;
	static const size_t counts[] = {0, 1, 2, 3, 16, 17, 1000, 60000};
	for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
		size_t count = counts[c];
		uint32_t *order = malloc((count + 1) * sizeof *order);
		bool *seen = calloc(count + 1, sizeof *seen);
		assert_non_null(order);
		assert_non_null(seen);
		order[count] = 0xdeadbeef;
		order_permute(5, 3, count, order);
		assert_int_equal(order[count], 0xdeadbeef);
		for (size_t i = 0; i < count; i++) {
			assert_true(order[i] < count);
			assert_false(seen[order[i]]);
			seen[order[i]] = true;
		}
		free(order);
		free(seen);
	}
}

/* How many positions hold the same sample in two orders: about 1 where they are independent. */
static size_t agreement(uint64_t seed_a, uint64_t epoch_a, uint64_t seed_b, uint64_t epoch_b)
{
	enum { COUNT = 1000 };
	uint32_t a[COUNT], b[COUNT];
	size_t equal = 0;
	order_permute(seed_a, epoch_a, COUNT, a);
	order_permute(seed_b, epoch_b, COUNT, b);
	for (size_t i = 0; i < COUNT; i++)
		equal += a[i] == b[i];
	return equal;
}

static void an_order_depends_on_seed_and_epoch(void **state)
{
	(void)state;
	assert_int_equal(agreement(1, 0, 1, 0), 1000);
	/* More than 9 agreements have probability 1e-7 where they are Poisson with mean 1. */
	assert_true(agreement(1, 0, 1, 1) < 10);
	assert_true(agreement(1, 0, 2, 0) < 10);
	assert_true(agreement(1, 2, 2, 1) < 10);
	assert_true(agreement(1, 0, 1 + (1ull << 32), 0) < 10);
	assert_true(agreement(1, 0, 1, 1ull << 32) < 10);
}

/* Computed by a program of its own in another language, from the paper's definition of Philox 4x32-10. */
static void an_order_stays_what_it_was(void **state)
{
	(void)state;
	static const uint32_t golden[2][12] = {
		{0, 3, 8, 10, 5, 9, 4, 1, 2, 6, 11, 7},
		{3, 9, 6, 1, 11, 7, 10, 2, 4, 5, 0, 8},
	};
	uint32_t order[12];
	order_permute(1, 0, 12, order);
	assert_memory_equal(order, golden[0], sizeof order);
	order_permute(0x123456789abcdef0, 7, 12, order);
	assert_memory_equal(order, golden[1], sizeof order);
}

/* Over many epochs each sample is equally often at each position, the first included. Chi-square with 19 degrees of
 * freedom exceeds 60 with probability 3.9e-6 (one of 20 positions: 8e-5); the seed is fixed, so nothing flickers. */
static void positions_are_uniform(void **state)
{
	(void)state;
	enum { COUNT = 20, EPOCHS = 20000 };
	static unsigned seen[COUNT][COUNT];
	memset(seen, 0, sizeof seen);
	for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
		uint32_t order[COUNT];
		order_permute(9, epoch, COUNT, order);
		for (size_t i = 0; i < COUNT; i++)
			seen[i][order[i]]++;
	}
	for (size_t i = 0; i < COUNT; i++) {
		double expected = (double)EPOCHS / COUNT, chi = 0;
		for (size_t s = 0; s < COUNT; s++)
			chi += (seen[i][s] - expected) * (seen[i][s] - expected) / expected;
		assert_true(chi < 60.0);
		assert_true(chi > 2.0); /* below with probability 3.6e-7: too even to be random */
	}
}

static void shards_cover_each_block_once(void **state)
{
	(void)state;
	for (size_t blocks = 0; blocks <= 40; blocks++)
		for (size_t ranks = 1; ranks <= 12; ranks++) {
			size_t next = 0, least = SIZE_MAX, most = 0;
			for (size_t rank = 0; rank < ranks; rank++) {
				struct shard shard = shard_of(blocks, rank, ranks);
				assert_int_equal(shard.first, next);
				next += shard.count;
				least = shard.count < least ? shard.count : least;
				most = shard.count > most ? shard.count : most;
			}
			assert_int_equal(next, blocks);
			assert_true(most - least <= 1);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_is_a_permutation),
		cmocka_unit_test(an_order_depends_on_seed_and_epoch),
		cmocka_unit_test(an_order_stays_what_it_was),
		cmocka_unit_test(positions_are_uniform),
		cmocka_unit_test(shards_cover_each_block_once),
	};
	return cmocka_run_group_tests_name("data: order", tests, NULL, NULL);
}
