/* Evaluation: a set's losses, errors, confusion and scores, as integers summed over the ranks. */
#include "train.h"

#include <stdlib.h>
#include <string.h>

/* The integers of an evaluation: bad blocks, classes not among the largest outputs, wrong guesses, those of a struct
 * totals, and the confusion matrix if there is one. */
enum { BAD, BEHIND, WRONG, TOTALS, CONFUSION = TOTALS + sizeof(struct totals) / sizeof(int64_t) };

/* A guess in the upper half of an integer, the bits of its score in the lower: sums over ranks, all but one of which
 * have 0, leave both as they are. */
static int64_t guess_pack(int32_t guess, float score)
{
	uint32_t bits;
	memcpy(&bits, &score, sizeof bits);
	return (int64_t)guess << 32 | bits;
}

size_t evaluation_guess(const struct evaluation *evaluation, size_t i, float *score)
{
	uint32_t bits = (uint32_t)evaluation->guess[i];
	memcpy(score, &bits, sizeof bits);
	return (size_t)(evaluation->guess[i] >> 32);
}

/* Returns how many outputs come before that of `label`: larger ones, and equal ones of classes before it. */
static size_t rank_of(const struct net *net, const float *y, size_t lane, int32_t label)
{
	size_t before = 0, own = (size_t)label;
	for (size_t k = 0; k < net->task.count; k++) {
		float other = y[k * LANES + lane], mine = y[own * LANES + lane];
		before += other > mine || (other == mine && k < own);
	}
	return before;
}

/* A rank's blocks, shared out over its threads. */
struct part {
	struct comm *comm;
	struct shard shard;
	size_t threads, counts;
	const struct kernels *kernels;
	const struct model *model;
	const struct dataset *set;
	const struct evaluation *wanted;
	int64_t *count;  /* [threads][counts] */
	float *score;    /* [blocks of the shard][LANES][classes], NULL: not wanted */
	struct err *err; /* [threads] */
};

/* Adds the totals that `count` holds; adds totals to them. */
static void totals_from(struct totals *to, const int64_t *count)
{
	struct totals from;
	memcpy(&from, count, sizeof from);
	totals_add(to, &from);
}

static void totals_into(const struct totals *totals, int64_t *count)
{
	struct totals sum = *totals;
	totals_from(&sum, count);
	memcpy(count, &sum, sizeof sum);
}

/* The blocks of a shard, added into `count`. */
static int shard_count(const struct part *part, struct shard shard, int64_t *count, struct err *err)
{
	const struct model *model = part->model;
	const struct dataset *set = part->set;
	const struct evaluation *wanted = part->wanted;
	struct batcher batcher = {0};
	struct pass pass = {0};
	int code = -1;
	float *score = memory_zeroed(set->classes, sizeof *score, err);
	if (score == NULL || model_batcher(&batcher, model, set, err) != 0 ||
	    pass_open(&pass, model->net, part->kernels, err) != 0)
		goto out;
	pass_prepare(&pass, model_outcome(model));
	for (size_t b = shard.first; b < shard.first + shard.count; b++) {
		uint32_t sample[LANES];
		const int32_t *label = pass.targets.label;
		struct verdict verdict;
		struct totals totals;
		size_t first = b * LANES, used = set->count - first < LANES ? set->count - first : LANES;
		for (size_t l = 0; l < used; l++)
			sample[l] = (uint32_t)(first + l);
		comm_progress(part->comm);
		batcher_fill(&batcher, sample, used, pass.map[0], &pass.targets);
		pass_forward(&pass, model_outcome(model));
		pass_loss(&pass, false, &verdict);
		count[BAD] += !totals_block(&totals, &pass, &verdict);
		totals_into(&totals, count + TOTALS);
		const float *y = pass.map[model->net->layers];
		for (size_t l = 0; l < used; l++) {
			count[WRONG] += label[l] != verdict.guess[l];
			if (wanted->confusion != NULL && wanted->confusion->cell != NULL)
				count[CONFUSION + (size_t)label[l] * set->classes + (size_t)verdict.guess[l]]++;
			if (wanted->top > 0)
				count[BEHIND] += rank_of(model->net, y, l, label[l]) >= wanted->top;
			if (wanted->guess != NULL || part->score != NULL)
				pass_scores(&pass, l, score);
			if (part->score != NULL)
				memcpy(part->score + (first - part->shard.first * LANES + l) * set->classes, score,
				       set->classes * sizeof *score);
			if (wanted->guess != NULL)
				wanted->guess[first + l] = guess_pack(verdict.guess[l], score[verdict.guess[l]]);
		}
	}
	code = 0;
out:
	free(score);
	pass_close(&pass);
	batcher_close(&batcher);
	return code;
}

static void part_count(void *context, size_t thread)
{
	const struct part *part = context;
	struct shard own = shard_of(part->shard.count, thread, part->threads);
	own.first += part->shard.first;
	shard_count(part, own, part->count + thread * part->counts, &part->err[thread]);
}

/* This rank's sums, in count[0 … counts−1]. */
static int rank_count(struct part *part, struct err *err)
{
	part->err = memory_zeroed(part->threads, sizeof *part->err, err);
	if (part->err == NULL)
		return -1;
	threads_run(part->threads, part_count, part);
	for (size_t i = 0; i < part->threads; i++) {
		if (part->err[i].code != 0)
			err_set(err, part->err[i].code, "%s", part->err[i].text);
		for (size_t k = 0; i > 0 && k < part->counts; k++)
			part->count[k] += part->count[i * part->counts + k];
	}
	free(part->err);
	return err->code == 0 ? 0 : -1;
}

/* Adds the confusion of many classes, from the guesses: there are far fewer of them than cells of a matrix. */
static int guesses_add(struct confusion *confusion, const struct dataset *set, const struct evaluation *e,
                       struct err *err)
{
	struct confused *pair = memory_zeroed(set->count, sizeof *pair, err);
	for (size_t i = 0; pair != NULL && i < set->count; i++) {
		float score;
		pair[i] = (struct confused){(int64_t)dataset_class(set, i), (int64_t)evaluation_guess(e, i, &score), 1};
	}
	int code = pair != NULL ? confusion_add(confusion, set->count, pair, err) : -1;
	free(pair);
	return code;
}

/* Adds the cells of a matrix. */
static void cells_add(struct confusion *confusion, const int64_t *cell)
{
	for (size_t k = 0; k < confusion->classes * confusion->classes; k++)
		confusion->cell[k] += cell[k];
}

int evaluate(struct comm *comm, const struct kernels *kernels, size_t threads, const struct model *model,
             const struct dataset *set, struct evaluation *out, struct err *err)
{
	bool matrix = out->confusion != NULL && out->confusion->cell != NULL;
	bool many = out->confusion != NULL && !matrix;
	size_t counts = CONFUSION + (matrix ? set->classes * set->classes : 0);
	size_t blocks = (set->count + LANES - 1) / LANES;
	struct evaluation wanted = *out;
	comm_phase(comm, PHASE_EVALUATE, model->step);
	int64_t *count = memory_zeroed(threads, counts * sizeof *count, err);
	int64_t *own = many && out->guess == NULL ? memory_zeroed(set->count, sizeof *own, err) : NULL;
	int code = -1;
	struct part part = {comm, shard_of(blocks, comm_rank(comm), comm_ranks(comm)), threads, counts, kernels, model,
	                    set, &wanted, count, NULL, NULL};
	if (out->auc != NULL)
		part.score = memory_zeroed(part.shard.count * LANES * set->classes + 1, sizeof *part.score, err);
	wanted.guess = own != NULL ? own : out->guess;
	for (size_t i = 0; wanted.guess != NULL && i < set->count; i++)
		wanted.guess[i] = 0;
	if (count != NULL && (!many || wanted.guess != NULL) && (out->auc == NULL || part.score != NULL))
		code = rank_count(&part, err);
	if (comm_agree(comm, code, err) != 0 || comm_sum(comm, counts, count, err) != 0 ||
	    (wanted.guess != NULL && comm_sum(comm, set->count, wanted.guess, err) != 0))
		code = -1;
	if (code == 0 && count[BAD] > 0)
		code = err_set(err, EX_SOFTWARE, "diverged: the loss on the %s set is not finite after step %llu (a "
		               "lower train.rate may help)", out->set, (unsigned long long)model->step);
	if (code == 0 && matrix)
		cells_add(out->confusion, count + CONFUSION);
	if (code == 0 && many)
		code = guesses_add(out->confusion, set, &wanted, err);
	if (code == 0) {
		out->samples = set->count;
		out->top_errors = count[BEHIND];
		out->totals = (struct totals){0};
		totals_from(&out->totals, count + TOTALS);
		out->loss = totals_loss(&out->totals);
		out->errors = count[WRONG];
	}
	if (many)
		code = comm_agree(comm, code, err);
	if (code == 0 && out->auc != NULL)
		code = areas_sum(comm, part.shard, part.score, set, out->auc, err);
	free(count);
	free(own);
	free(part.score);
	return code;
}
