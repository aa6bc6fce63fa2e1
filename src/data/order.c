/* Which samples in which order, and which rank computes them: functions of seed, epoch and numbers alone. */
#include "data.h"

void order_permute(uint64_t seed, uint64_t epoch, size_t count, uint32_t *order)
{
	for (size_t i = 0; i < count; i++)
		order[i] = (uint32_t)i;
	for (size_t i = count; i-- > 1;) {
		size_t j = (size_t)random_below(seed, RANDOM_ORDER, epoch, i, i + 1);
		uint32_t swap = order[i];
		order[i] = order[j];
		order[j] = swap;
	}
}

struct shard shard_of(size_t blocks, size_t rank, size_t ranks)
{
	size_t all = blocks / ranks, more = blocks % ranks; /* the first `more` ranks take one block more */
	return (struct shard){
		.first = rank * all + (rank < more ? rank : more),
		.count = all + (rank < more ? 1 : 0),
	};
}
