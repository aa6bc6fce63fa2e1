/* Areas under receiver operating characteristics, from scores that the ranks hold. */
#include "train.h"

#include <stdlib.h>
#include <string.h>

/* The scores of this rank, of samples `first` … `end`−1: [K][positions] of each. */
struct scores {
	size_t first, end;
	const float *score;
};

/* Gives the keys of class or label k: for each position of each sample in order, 0 if it is another rank's. */
static void keys_fill(const struct scores *own, const struct dataset *set, const struct task_spec *task, size_t k,
                      int64_t *key)
{
	const struct data_array *targets = &set->array[DATA_TARGETS];
	for (size_t i = 0; i < set->count; i++)
		for (size_t p = 0; p < task->positions; p++, key++) {
			*key = 0;
			if (i < own->first || i >= own->end)
				continue;
			bool positive = task->task == TASK_CLASSES ? dataset_classes(set)[i * task->positions + p] == k
			                                           : array_sample(targets, i)[k] != 0;
			*key = (int64_t)auc_key(own->score[((i - own->first) * task->count + k) * task->positions + p], positive);
		}
}

int areas_sum(struct comm *comm, struct shard shard, const float *score, const struct dataset *set,
              const struct task_spec *task, double *area, struct err *err)
{
	size_t classes = task->count, count = set->count * task->positions;
	const struct scores own = {shard.first * LANES, (shard.first + shard.count) * LANES, score};
	int64_t *sum = memory_zeroed(count > classes ? count : classes, sizeof *sum, err);
	int code = comm_agree(comm, sum != NULL ? 0 : -1, err);
	for (size_t k = 0; k < classes && code == 0; k++) {
		keys_fill(&own, set, task, k, sum);
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
