/* Each sample exactly once per epoch: the arithmetic of order, mini-batches, blocks and shards, for many sizes. */
#include <convoy/train.h>

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Counts how often each sample is computed in one epoch, on all ranks together, as the step shares them out. */
static size_t epoch_count(size_t samples, size_t batch, size_t ranks, const uint32_t *order, uint8_t *times)
{
	size_t steps = (samples + batch - 1) / batch, seen = 0;
	for (size_t step = 0; step < steps; step++) {
		size_t first = step * batch, left = samples - first, count = left < batch ? left : batch;
		size_t blocks = (count + LANES - 1) / LANES, next = 0;
		for (size_t rank = 0; rank < ranks; rank++) {
			struct shard shard = shard_of(blocks, rank, ranks);
			assert_int_equal(shard.first, next); /* rank by rank, without a gap */
			assert_in_range(shard.count, blocks / ranks, (blocks + ranks - 1) / ranks);
			next += shard.count;
			for (size_t b = shard.first; b < next; b++)
				for (size_t lane = 0; lane < LANES && b * LANES + lane < count; lane++) {
					times[order[first + b * LANES + lane]]++;
					seen++;
				}
		}
		assert_int_equal(next, blocks);
	}
	return seen;
}

static void each_sample_once(void **state)
{
	(void)state;
	static const size_t samples[] = {1, 2, 15, 16, 17, 57, 203, 1000}, batches[] = {1, 7, 16, 17, 48, 100, 5000};
	static const size_t ranks[] = {1, 2, 3, 5, 8, 64};
	for (size_t n = 0; n < sizeof samples / sizeof *samples; n++)
		for (uint64_t epoch = 0; epoch < 3; epoch++) {
			uint32_t order[1000];
			order_permute(9, epoch, samples[n], order);
			for (size_t i = 0; i < 7 * 6; i++) {
				uint8_t times[1000] = {0}, once[1000];
				memset(once, 1, samples[n]);
				assert_int_equal(epoch_count(samples[n], batches[i / 6], ranks[i % 6], order, times), samples[n]);
				assert_memory_equal(times, once, samples[n]);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sample_once),
	};
	return cmocka_run_group_tests_name("samples", tests, NULL, NULL);
}
