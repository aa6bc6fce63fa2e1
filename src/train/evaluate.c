/* Evaluation: a set's losses, errors and confusion, as integers summed over the ranks. */
#include <convoy/train.h>

#include <stdlib.h>

/* The integers of an evaluation: loss, bad blocks, and the confusion matrix behind them. */
enum { LOSS, BAD, CONFUSION };

/* This rank's blocks, added into `count`. */
static int shard_count(struct comm *comm, const struct kernels *kernels, const struct model *model,
                       const struct dataset *set, int64_t *count, struct err *err)
{
	struct batcher batcher = {0};
	struct pass pass = {0};
	struct shard shard = shard_of((set->count + LANES - 1) / LANES, comm_rank(comm), comm_ranks(comm));
	int code = -1;
	if (batcher_open(&batcher, set, &model->normalization, model->job->data.pad, err) != 0 ||
	    pass_open(&pass, model->net, kernels, err) != 0)
		goto out;
	pass_prepare(&pass, model_outcome(model));
	for (size_t b = shard.first; b < shard.first + shard.count; b++) {
		uint32_t sample[LANES];
		int32_t label[LANES];
		struct verdict verdict;
		size_t first = b * LANES, used = set->count - first < LANES ? set->count - first : LANES;
		for (size_t l = 0; l < used; l++)
			sample[l] = (uint32_t)(first + l);
		comm_progress(comm);
		batcher_fill(&batcher, sample, used, pass.map[0], label);
		pass_forward(&pass, model_outcome(model));
		pass_loss(&pass, label, false, &verdict);
		count[BAD] += !loss_fixed(verdict.loss, &count[LOSS]);
		for (size_t l = 0; l < used; l++)
			count[CONFUSION + (size_t)label[l] * set->classes + (size_t)verdict.guess[l]]++;
	}
	code = 0;
out:
	pass_close(&pass);
	batcher_close(&batcher);
	return code;
}

int evaluate(struct comm *comm, const struct kernels *kernels, const struct model *model, const struct dataset *set,
             struct evaluation *out, struct err *err)
{
	size_t classes = set->classes, counts = CONFUSION + classes * classes;
	comm_phase(comm, PHASE_EVALUATE, model->step);
	int64_t *count = memory_zeroed(counts, sizeof *count, err);
	int code = -1;
	if (count != NULL)
		code = shard_count(comm, kernels, model, set, count, err);
	if (comm_agree(comm, code, err) != 0 || comm_sum(comm, counts, count, err) != 0) {
		free(count);
		return -1;
	}
	if (count[BAD] > 0) {
		free(count);
		return err_set(err, EX_SOFTWARE, "diverged: the loss on the test set is not finite after step %llu "
		               "(a lower train.rate may help)", (unsigned long long)model->step);
	}
	out->samples = set->count;
	out->loss = loss_mean(count[LOSS], (int64_t)set->count);
	out->errors = (int64_t)set->count;
	for (size_t k = 0; k < classes * classes; k++)
		out->confusion[k] = count[CONFUSION + k];
	for (size_t k = 0; k < classes; k++)
		out->errors -= out->confusion[k * classes + k];
	free(count);
	return 0;
}
