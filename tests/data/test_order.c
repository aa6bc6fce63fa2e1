/* Order, shards and splits: permutations keyed by seed and epoch, uniform; every block computed by exactly one rank. */
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

/* ---- Splits ------------------------------------------------------------------------------------------------------ */

enum { SAMPLES = 1000 };

/* A set whose inputs tell which sample each is. */
static struct dataset numbered(float weight)
{
	const struct data_need need = {.shape = {1, 1, 2}, .classes = 2, .weighted = weight >= 0};
	struct dataset set = dataset_of(&need);
	struct err err = {0};
	assert_int_equal(dataset_allocate(&set, SAMPLES, &err), 0);
	for (size_t i = 0; i < SAMPLES; i++) {
		array_sample(&set.array[DATA_INPUTS], i)[0] = (uint8_t)(i >> 8);
		array_sample(&set.array[DATA_INPUTS], i)[1] = (uint8_t)i;
		if (weight >= 0)
			memcpy(array_sample(&set.array[DATA_WEIGHTS], i), &weight, sizeof weight);
	}
	return set;
}

/* Marks the samples of a set, which are in order and know their numbers. */
static void mark(const struct dataset *set, unsigned char of, unsigned char seen[SAMPLES])
{
	for (size_t i = 0; i < set->count; i++) {
		const uint8_t *input = array_sample(&set->array[DATA_INPUTS], i);
		size_t number = (size_t)input[0] << 8 | input[1];
		assert_int_equal(set->number[i], number);
		assert_true(i == 0 || set->number[i] > set->number[i - 1]);
		assert_int_equal(seen[number], 0);
		seen[number] = of;
	}
}

static void parted(uint64_t seed, double share, size_t held, unsigned char seen[SAMPLES])
{
	struct dataset train = numbered(-1), validation = {0}, test = {0};
	struct err err = {0};
	struct digest whole, again;
	memset(seen, 0, SAMPLES);
	assert_int_equal(dataset_digest(&train, NULL, &whole, &err), 0);
	assert_int_equal(dataset_split(&train, &(struct split){seed, share, held}, &validation, &test, &err), 0);
	assert_int_equal(dataset_digest(&train, (const struct dataset *[]){&validation, &test, NULL}, &again, &err), 0);
	assert_memory_equal(&again, &whole, sizeof whole);
	assert_int_equal(test.count, (size_t)(share * SAMPLES + 0.5));
	assert_int_equal(validation.count, held);
	assert_int_equal(train.count + test.count + validation.count, SAMPLES);
	mark(&train, 1, seen);
	mark(&validation, 2, seen);
	mark(&test, 3, seen);
	dataset_free(&train);
	dataset_free(&validation);
	dataset_free(&test);
}

static void each_sample_is_in_one_set(void **state)
{
	(void)state;
	static unsigned char seen[SAMPLES], other[SAMPLES];
	parted(7, 0.1, 150, seen);
	parted(7, 0.1, 400, other);
	for (size_t i = 0; i < SAMPLES; i++) /* the test set does not depend on the validation set */
		assert_int_equal(seen[i] == 3, other[i] == 3);
	parted(8, 0.1, 150, other);
	size_t same = 0;
	for (size_t i = 0; i < SAMPLES; i++)
		same += seen[i] == 3 && other[i] == 3;
	assert_true(same < 25); /* of 100; ten are expected */
	parted(7, 0, 100, seen);
	parted(7, 0.1, 0, other); /* what is drawn for the test is not what would be drawn for validation */
	for (size_t i = same = 0; i < SAMPLES; i++)
		same += seen[i] == 2 && other[i] == 3;
	assert_true(same < 25);
}

static void split_fails(struct dataset *train, struct split split, int code, const char *text)
{
	struct dataset validation = {0}, test = {0};
	struct err err = {0};
	assert_int_equal(dataset_split(train, &split, &validation, &test, &err), -1);
	assert_int_equal(err.code, code);
	assert_string_equal(err.text, text);
	dataset_free(train);
	dataset_free(&validation);
	dataset_free(&test);
}

static void splits_leave_samples_of_weight(void **state)
{
	(void)state;
	struct dataset train = numbered(-1);
	train.count = 1;
	split_fails(&train, (struct split){1, 0.1, 0}, EX_CONFIG, "data.test is 0.1, the training set has only 1 sample");
	train = numbered(-1);
	split_fails(&train, (struct split){1, 0.5, 500}, EX_CONFIG, "data.validation is 500, the training set has only 500 "
	            "samples besides those of data.test");
	const char *const texts[] = {
		"all training samples that are not held back (800) have weight 0; hold back fewer, or others by another train.seed",
		"data.validation: all samples held back (100) have weight 0; hold back more, or others by another train.seed",
		"data.test: all samples held back (100) have weight 0; hold back more, or others by another train.seed",
	};
	static unsigned char seen[SAMPLES];
	parted(5, 0.1, 100, seen);
	for (unsigned char of = 1; of <= 3; of++) {
		train = numbered(1);
		for (size_t i = 0; i < SAMPLES; i++)
			if (seen[i] == of)
				memset(array_sample(&train.array[DATA_WEIGHTS], i), 0, sizeof(float));
		split_fails(&train, (struct split){5, 0.1, 100}, EX_DATAERR, texts[of - 1]);
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
		cmocka_unit_test(each_sample_is_in_one_set),
		cmocka_unit_test(splits_leave_samples_of_weight),
	};
	return cmocka_run_group_tests_name("data: order", tests, NULL, NULL);
}
