/* Which samples in which order, and which rank computes them: functions of seed, epoch and numbers alone. */
#include "data.h"

#include <string.h>

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

/* Sample `from` of one set becomes sample `to` of the other. */
static void sample_copy(const struct dataset *source, size_t from, struct dataset *target, size_t to)
{
	if (source == target && from == to)
		return;
	for (size_t a = 0; a < DATA_ARRAYS; a++)
		if (source->array[a].bytes != NULL)
			memcpy(array_sample(&target->array[a], to), array_sample(&source->array[a], from),
			       array_bytes(&source->array[a], 1));
}

/* Of the samples that are left, each is held back with the probability held / left. */
bool split_holds(uint64_t seed, size_t i, size_t count, size_t left)
{
	return left > 0 && random_below(seed, RANDOM_SPLIT, 0, i, count - i) < left;
}

int dataset_split(struct dataset *train, uint64_t seed, size_t held, struct dataset *validation, struct err *err)
{
	*validation = (struct dataset){.shape = train->shape, .classes = train->classes};
	memcpy(validation->array, train->array, sizeof train->array);
	for (size_t a = 0; a < DATA_ARRAYS; a++)
		validation->array[a].bytes = NULL;
	if (held >= train->count)
		return err_set(err, EX_CONFIG, "data.validation is %zu, the training set has only %zu samples", held,
		               train->count);
	if (dataset_allocate(validation, held, err) != 0)
		return -1;
	uint32_t *number = memory_zeroed(train->count - held, sizeof *number, err);
	if (number == NULL)
		return -1;
	train->number = number;
	size_t kept = 0, out = 0;
	for (size_t i = 0; i < train->count; i++) {
		if (split_holds(seed, i, train->count, held - out)) {
			sample_copy(train, i, validation, out++);
		} else {
			number[kept] = (uint32_t)i;
			sample_copy(train, i, train, kept++);
		}
	}
	train->count = kept;
	return 0;
}
