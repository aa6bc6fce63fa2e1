/* Evaluation: a set's losses, errors, confusion, sums of values and labels, and scores, as integers summed over the
 * ranks. */
#include "train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The integers of an evaluation: bad blocks, classes not among the largest outputs, wrong guesses, samples of which all
 * labels are right, those of a struct totals. Then, as far as they are wanted, those of the task: the confusion matrix,
 * a struct value_sums for each value, or a struct label_sums for each label. Of maps each position counts. */
enum { BAD, BEHIND, WRONG, EXACT, TOTALS, TASK_SUMS = TOTALS + sizeof(struct totals) / sizeof(int64_t) };

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

float evaluation_answer(const struct evaluation *evaluation, size_t i, size_t *position)
{
	float answer;
	*position = evaluation_guess(evaluation, i, &answer);
	return answer;
}

size_t evaluation_wrong(const struct evaluation *evaluation, size_t i)
{
	return (size_t)(evaluation->guess[i] >> 32);
}

/* Returns how many outputs at a position come before that of class `own`: larger ones, and equal ones of classes before
 * it. */
static size_t rank_of(const struct task_spec *task, const float *y, size_t position, size_t lane, size_t own)
{
	size_t before = 0;
	float mine = y[(own * task->positions + position) * LANES + lane];
	for (size_t k = 0; k < task->count; k++) {
		float other = y[(k * task->positions + position) * LANES + lane];
		before += other > mine || (other == mine && k < own);
	}
	return before;
}

/* A rank's blocks, shared out over its threads. */
struct part {
	struct comm *comm;
	struct shard shard;
	struct threads *threads;
	size_t lots, counts; /* lots: one for each thread */
	const struct kernels *kernels;
	const struct model *model;
	const struct dataset *set;
	const struct evaluation *wanted;
	int64_t *count;  /* [lots][counts] */
	struct value_largest *largest; /* [lots][K]; NULL: not wanted */
	float *score;    /* [blocks of the shard][LANES][classes][positions], NULL: not wanted */
	struct err *err; /* [lots] */
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

/* Counts the guesses of a block whose samples begin with `first`. `score` is memory for those of a sample. */
static void classes_count(const struct part *part, const struct pass *pass, const struct verdict *verdict,
                          size_t first, float *score, int64_t *count)
{
	const struct evaluation *wanted = part->wanted;
	const struct task_spec *task = &pass->net->task;
	const float *y = pass->map[pass->net->layers];
	bool matrix = wanted->confusion != NULL && wanted->confusion->cell != NULL;
	int32_t wrong[LANES] = {0};
	for (size_t p = 0; p < task->positions; p++) {
		int32_t guess[LANES];
		class_guesses(task, y, p, guess);
		for (size_t l = 0; l < pass->targets.count; l++) {
			size_t is = (size_t)pass->targets.class[p * LANES + l];
			wrong[l] += is != (size_t)guess[l];
			if (wanted->top > 0)
				count[BEHIND] += rank_of(task, y, p, l, is) >= wanted->top;
			if (matrix)
				count[TASK_SUMS + is * task->count + (size_t)guess[l]]++;
		}
	}
	for (size_t l = 0; l < pass->targets.count; l++) {
		count[WRONG] += wrong[l];
		if (wanted->guess != NULL && task->positions > 1) {
			wanted->guess[first + l] = guess_pack(wrong[l], 0);
		} else if (wanted->guess != NULL) {
			pass_scores(pass, l, score);
			wanted->guess[first + l] = guess_pack(verdict->guess[l], score[verdict->guess[l]]);
		}
	}
}

/* Keeps what the net says of each value or label, of a field where it is most wrong. `score` is memory for a sample. */
static void answers_keep(const struct part *part, const struct pass *pass, const uint32_t sample[LANES], float *score)
{
	const struct task_spec *task = &pass->net->task;
	for (size_t l = 0; l < pass->targets.count; l++) {
		pass_scores(pass, l, score);
		for (size_t k = 0; k < task->count; k++) {
			size_t worst = 0;
			float most = -1;
			for (size_t p = 0; p < task->positions; p++) {
				size_t at = k * task->positions + p;
				float error = fabsf(score[at] - pass->targets.value[at * LANES + l]);
				worst = error > most ? p : worst;
				most = fmaxf(most, error);
			}
			float says = score[k * task->positions + worst];
			says = task->task == TASK_VALUES ? model_value(part->model, k, says) : says;
			part->wanted->guess[sample[l] * task->count + k] = guess_pack((int32_t)worst, says);
		}
	}
}

/* Counts a block of any task. `sample`: the numbers of its samples. */
static void block_count(const struct part *part, const struct pass *pass, const struct verdict *verdict,
                        const uint32_t sample[LANES], size_t thread, float *score, int64_t *count)
{
	const struct task_spec *task = &pass->net->task;
	const struct stop *last = &pass->net->stop[pass->net->layers - 1];
	const float *y = pass->map[last->out];
	struct totals totals;
	bool good = totals_block(&totals, pass, verdict);
	totals_into(&totals, count + TOTALS);
	count[BAD] += !good;
	if (!good)
		return;
	for (size_t l = 0; part->score != NULL && l < pass->targets.count; l++)
		pass_scores(pass, l, part->score + (sample[l] - part->shard.first * LANES) * task->count * task->positions);
	if (task->task != TASK_CLASSES && part->wanted->guess != NULL)
		answers_keep(part, pass, sample, score);
	if (task->task == TASK_CLASSES)
		classes_count(part, pass, verdict, sample[0], score, count);
	else if (task->task == TASK_VALUES && part->wanted->value != NULL)
		values_add(task, y, &pass->targets, sample, (struct value_sums *)(count + TASK_SUMS),
		           part->largest + thread * task->count);
	else if (task->task == TASK_LABELS && part->wanted->label != NULL)
		labels_add(task, last->layer->activation, y, &pass->targets, (struct label_sums *)(count + TASK_SUMS),
		           &count[EXACT]);
}

/* The blocks of a shard, added into `count`. */
static int shard_count(const struct part *part, struct shard shard, size_t thread, int64_t *count, struct err *err)
{
	const struct model *model = part->model;
	const struct dataset *set = part->set;
	struct batcher batcher = {0};
	struct pass pass = {0};
	int code = -1;
	float *score = memory_zeroed(model->net->task.count * model->net->task.positions, sizeof *score, err);
	if (score == NULL || model_batcher(&batcher, model, set, err) != 0 ||
	    pass_open(&pass, model->net, PASS_EVALUATE, part->kernels, err) != 0)
		goto out;
	pass_prepare(&pass, model_outcome(model));
	for (size_t b = shard.first; b < shard.first + shard.count; b++) {
		uint32_t sample[LANES];
		struct verdict verdict;
		size_t first = b * LANES, used = set->count - first < LANES ? set->count - first : LANES;
		for (size_t l = 0; l < used; l++)
			sample[l] = (uint32_t)(first + l);
		comm_progress(part->comm);
		batcher_fill(&batcher, sample, used, pass.map[0], &pass.targets);
		pass_forward(&pass, model_outcome(model));
		pass_loss(&pass, false, &verdict);
		block_count(part, &pass, &verdict, sample, thread, score, count);
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
	struct shard own = shard_of(part->shard.count, thread, part->lots);
	own.first += part->shard.first;
	shard_count(part, own, thread, part->count + thread * part->counts, &part->err[thread]);
}

/* This rank's sums, in count[0 … counts−1]. */
static int rank_count(struct part *part, struct err *err)
{
	part->err = memory_zeroed(part->lots, sizeof *part->err, err);
	if (part->err == NULL)
		return -1;
	threads_run(part->threads, part_count, part);
	for (size_t i = 0; i < part->lots; i++) {
		if (part->err[i].code != 0)
			err_set(err, part->err[i].code, "%s", part->err[i].text);
		for (size_t k = 0; i > 0 && k < part->counts; k++)
			part->count[k] += part->count[i * part->counts + k];
		for (size_t k = 0; i > 0 && part->largest != NULL && k < part->model->net->task.count; k++)
			largest_add(&part->largest[k], &part->largest[i * part->model->net->task.count + k]);
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

/* Gives the largest errors over the ranks: each writes its own into a place of its own. Collective. */
static int largest_reduce(struct comm *comm, size_t values, const struct value_largest *own, struct value_largest *all,
                          struct err *err)
{
	size_t ranks = comm_ranks(comm), each = 2 * values;
	int64_t *sum = memory_zeroed(ranks, each * sizeof *sum, err);
	int code = comm_agree(comm, sum != NULL ? 0 : -1, err);
	for (size_t k = 0; code == 0 && k < values; k++) {
		int64_t *place = sum + comm_rank(comm) * each + 2 * k;
		memcpy(place, &own[k].error, sizeof *place);
		place[1] = (int64_t)own[k].sample;
	}
	if (code == 0)
		code = comm_sum(comm, ranks * each, sum, err);
	for (size_t i = 0; code == 0 && i < ranks * values; i++) {
		struct value_largest one = {.sample = (size_t)sum[2 * i + 1]};
		memcpy(&one.error, sum + 2 * i, sizeof one.error);
		if (i < values)
			all[i] = one;
		else
			largest_add(&all[i % values], &one);
	}
	free(sum);
	return code;
}

/* The integers of the task's own sums. */
static size_t task_sums(const struct task_spec *task, const struct evaluation *wanted)
{
	switch (task->task) {
	case TASK_CLASSES:
		return wanted->confusion != NULL && wanted->confusion->cell != NULL ? task->count * task->count : 0;
	case TASK_VALUES:
		return wanted->value != NULL ? task->count * sizeof *wanted->value / sizeof(int64_t) : 0;
	default:
		return wanted->label != NULL ? task->count * sizeof *wanted->label / sizeof(int64_t) : 0;
	}
}

/* What is counted becomes the evaluation's. */
static void counts_take(const struct task_spec *task, size_t samples, const int64_t *count, struct evaluation *out)
{
	out->samples = samples;
	out->top_errors = count[BEHIND];
	out->totals = (struct totals){0};
	totals_from(&out->totals, count + TOTALS);
	out->loss = totals_loss(&out->totals);
	out->errors = count[WRONG];
	out->exact = count[EXACT];
	if (task->task == TASK_VALUES && out->value != NULL)
		memcpy(out->value, count + TASK_SUMS, task->count * sizeof *out->value);
	if (task->task == TASK_LABELS && out->label != NULL)
		memcpy(out->label, count + TASK_SUMS, task->count * sizeof *out->label);
	if (task->task == TASK_CLASSES && out->confusion != NULL && out->confusion->cell != NULL)
		cells_add(out->confusion, count + TASK_SUMS);
}

int evaluate(struct comm *comm, const struct kernels *kernels, struct threads *threads, const struct model *model,
             const struct dataset *set, struct evaluation *out, struct err *err)
{
	const struct task_spec *task = &model->net->task;
	bool many = task->task == TASK_CLASSES && out->confusion != NULL && out->confusion->cell == NULL;
	bool largest = task->task == TASK_VALUES && out->value != NULL;
	size_t lots = threads_count(threads), counts = TASK_SUMS + task_sums(task, out);
	size_t blocks = (set->count + LANES - 1) / LANES;
	size_t guesses = set->count * (task->task == TASK_CLASSES ? 1 : task->count);
	struct evaluation wanted = *out;
	comm_phase(comm, PHASE_EVALUATE, model->step);
	int64_t *count = memory_zeroed(lots, counts * sizeof *count, err);
	int64_t *own = many && out->guess == NULL ? memory_zeroed(set->count, sizeof *own, err) : NULL;
	int code = -1;
	struct part part = {comm, shard_of(blocks, comm_rank(comm), comm_ranks(comm)), threads, lots, counts, kernels,
	                    model, set, &wanted, count, NULL, NULL, NULL};
	if (largest)
		part.largest = memory_zeroed(lots, task->count * sizeof *part.largest, err);
	for (size_t i = 0; part.largest != NULL && i < lots * task->count; i++)
		part.largest[i].error = -1;
	if (out->auc != NULL)
		part.score = memory_zeroed(part.shard.count * LANES * task->count * task->positions + 1, sizeof *part.score,
		                           err);
	wanted.guess = own != NULL ? own : out->guess;
	for (size_t i = 0; wanted.guess != NULL && i < guesses; i++)
		wanted.guess[i] = 0;
	if (count != NULL && (!many || wanted.guess != NULL) && (out->auc == NULL || part.score != NULL) &&
	    (!largest || part.largest != NULL))
		code = rank_count(&part, err);
	if (comm_agree(comm, code, err) != 0 || comm_sum(comm, counts, count, err) != 0 ||
	    (wanted.guess != NULL && comm_sum(comm, guesses, wanted.guess, err) != 0))
		code = -1;
	if (code == 0 && count[BAD] > 0)
		code = err_set(err, EX_SOFTWARE, "diverged: the loss on the %s set is not finite after step %llu (a "
		               "lower train.rate may help)", out->set, (unsigned long long)model->step);
	if (code == 0 && many)
		code = guesses_add(out->confusion, set, &wanted, err);
	if (code == 0)
		counts_take(task, set->count, count, out);
	if (many)
		code = comm_agree(comm, code, err);
	if (code == 0 && out->auc != NULL)
		code = areas_sum(comm, part.shard, part.score, set, task, out->auc, err);
	if (code == 0 && largest)
		code = largest_reduce(comm, task->count, part.largest, out->largest, err);
	free(count);
	free(part.largest);
	free(own);
	free(part.score);
	return code;
}
