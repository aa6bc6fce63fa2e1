/* Areas under receiver operating characteristics, from scores that the ranks hold. */
#include "train.h"

#include <stdlib.h>
#include <string.h>

/* Whether a sample is of class k, or has label k. */
static bool positive(const struct dataset *set, size_t sample, size_t k)
{
	return dataset_has_classes(set) ? dataset_class(set, sample) == k
	                                : array_sample(&set->array[DATA_TARGETS], sample)[k] != 0;
}

int areas_sum(struct comm *comm, struct shard shard, const float *score, const struct dataset *set, double *area,
              struct err *err)
{
	size_t classes = set->classes, count = set->count, first = shard.first * LANES;
	size_t end = first + shard.count * LANES;
	int64_t *sum = memory_zeroed(count > classes ? count : classes, sizeof *sum, err);
	int code = comm_agree(comm, sum != NULL ? 0 : -1, err);
	for (size_t k = 0; k < classes && code == 0; k++) {
		for (size_t i = 0; i < count; i++)
			sum[i] = i < first || i >= end ? 0 : (int64_t)auc_key(score[(i - first) * classes + k],
			                                                      positive(set, i, k));
		code = comm_sum(comm, count, sum, err);
		if (code == 0)
			area[k] = k % comm_ranks(comm) == comm_rank(comm) ? auc(count, (uint64_t *)sum) : 0;
	}
	/* A rank has the areas of every ranks-th class, and zeros for the others. */
	if (code == 0) {
		memcpy(sum, area, classes * sizeof *area);
		code = comm_sum(comm, classes, sum, err);
		memcpy(area, sum, classes * sizeof *area);
	}
	free(sum);
	return code;
}
