/* The samples of a run, of any kind. Checks that they are the same on all ranks, and those of the continued run. Takes
 * samples, and evaluates held-out sets. */
#include <config.h>
#include "samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- For the kinds ----------------------------------------------------------------------------------------------- */

struct samples *samples_alloc(const struct samples_type *type, struct comm *comm, const struct job *job,
                              struct err *err)
{
	struct samples *s = memory_zeroed(1, type->bytes, err);
	if (comm_agree(comm, s != NULL ? 0 : -1, err) != 0) {
		free(s);
		return NULL;
	}
	s->type = type;
	s->comm = comm;
	s->seed = job->train.seed;
	s->epochs = job->train.epochs;
	return s;
}

int order_open(struct samples *s, struct err *err)
{
	s->order = memory_zeroed(s->train.count, sizeof *s->order, err);
	return s->order != NULL ? 0 : -1;
}

const uint32_t *order_take(struct samples *s, uint64_t epoch, size_t first, size_t count, struct err *err)
{
	(void)count; /* all of the order is there, */
	(void)err;   /* always */
	if (s->ordered != epoch + 1)
		order_permute(s->seed, epoch, s->train.count, s->order);
	s->ordered = epoch + 1;
	return s->order + first;
}

struct readers readers_of(struct comm *comm, const char *place)
{
	if (comm_ranks(comm) == comm_nodes(comm))
		return (struct readers){.own = true};
	struct err different = {0};
	const char *named = place != NULL ? place : ""; /* DATA_MEMORY, which reading refuses */
	char *real = realpath(named, NULL);
	const char *text = real != NULL ? real : named;
	struct digest digest = digest_of(text, strlen(text));
	free(real);
	bool share = comm_same(comm, "the directory", &digest, EX_DATAERR, &different) == 0;
	return (struct readers){.share = share, .own = !share || comm_node_rank(comm) == 0};
}

size_t part_bytes(size_t bytes)
{
	enum { LINE = 64 };
	return (bytes + LINE - 1) / LINE * LINE;
}

uint8_t *part_take(uint8_t **at, size_t bytes)
{
	uint8_t *part = *at;
	*at += part_bytes(bytes);
	return part;
}

size_t arrays_bytes(const struct dataset *set, size_t count)
{
	size_t bytes = 0;
	for (size_t a = 0; a < DATA_ARRAYS; a++)
		bytes += part_bytes(array_bytes(&set->array[a], count));
	return bytes;
}

void arrays_place(struct dataset *set, uint8_t **at, size_t count)
{
	for (size_t a = 0; a < DATA_ARRAYS; a++) {
		size_t bytes = array_bytes(&set->array[a], count);
		uint8_t *part = part_take(at, bytes);
		set->array[a].bytes = set->array[a].each > 0 ? part : NULL;
	}
}

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

/* Checks that a checkpoint's run had the same data, in the same order, and keeps their digests in the model. */
static int facts_continue(struct model *model, const struct samples_facts *facts, const char *place,
                          const char *earlier, struct err *err)
{
	static const char *const names[DATA_PARTS] = {"training", "test"};
	for (size_t p = 0; p < DATA_PARTS; p++) {
		char text[DIGEST_TEXT] = "";
		if (p == DATA_TRAIN || facts->tested != 0)
			digest_text(&facts->part[p], text);
		/* A program that has no test set leaves none in its checkpoints. */
		if (model->step > 0 && model->data[p][0] != 0 && strcmp(text, model->data[p]) != 0)
			return err_set(err, EX_DATAERR, "%s: not the data that the checkpoint was trained on: the %s set is "
			               "another%s%s", place, names[p], earlier != NULL ? "; its run had " : "",
			               earlier != NULL ? earlier : "");
		memcpy(model->data[p], text, sizeof text);
	}
	if (model->step > 0 && (model->window != facts->window || model->span != facts->span))
		return err_set(err, EX_DATAERR, "%s: comes in windows of %llu samples and chunks of %llu, the checkpoint's run "
		               "had %llu and %llu: the order would be another", place, (unsigned long long)facts->window,
		               (unsigned long long)facts->span, (unsigned long long)model->window,
		               (unsigned long long)model->span);
	model->window = facts->window;
	model->span = facts->span;
	return 0;
}

/* What rank 0 has found in the files becomes every rank's: not every rank has read them. */
static int finds_broadcast(struct comm *comm, struct model *model, struct err *err)
{
	if (names_broadcast(comm, &model->names, err) != 0)
		return -1;
	return comm_broadcast(comm, model->background, sizeof model->background, err);
}

int weights_balance(struct comm *comm, struct model *model, const struct samples *samples, struct err *err)
{
	size_t weights = model_weights(model);
	if (model->job->output.weights.word != OUTPUT_BALANCED || model->step > 0)
		return 0;
	size_t *count = memory_zeroed(weights, sizeof *count, err);
	int code = count != NULL ? 0 : -1;
	if (code == 0 && comm_rank(comm) == 0) {
		samples_tally(samples, count);
		code = model_balance(model, count, err);
	}
	free(count);
	if (comm_agree(comm, code, err) != 0)
		return -1;
	return comm_broadcast(comm, model->weights, weights * sizeof *model->weights, err);
}

/* Opens the samples, whole or in windows, and measures them. */
static struct samples *samples_read(struct comm *comm, struct model *model, const char *place,
                                    struct samples_facts *facts, struct err *err)
{
	struct samples *s = NULL;
	bool fits = true;
	if (model->job->data.memory > 0)
		s = streamed_open(comm, model, place, &fits, facts, err);
	return s != NULL || !fits ? s : whole_open(comm, model, place, facts, err);
}

/* The normalization that the run began with stays, whatever the samples have. */
static struct samples *samples_keep(struct comm *comm, struct model *model, const char *place,
                                    struct samples_facts *facts, struct err *err)
{
	struct normalization *own = &model->normalization;
	double *mean = memory_zeroed(own->maps, 2 * sizeof *mean, err);
	if (comm_agree(comm, mean != NULL ? 0 : -1, err) != 0) {
		free(mean);
		return NULL;
	}
	memcpy(mean, own->mean, own->maps * sizeof *mean);
	memcpy(mean + own->maps, own->deviation, own->maps * sizeof *mean);
	struct samples *s = samples_read(comm, model, place, facts, err);
	memcpy(own->mean, mean, own->maps * sizeof *mean);
	memcpy(own->deviation, mean + own->maps, own->maps * sizeof *mean);
	free(mean);
	return s;
}

struct samples *samples_open(struct comm *comm, struct model *model, const char *place, const char *earlier,
                             struct err *err)
{
	struct samples_facts facts = {0};
	bool kept = model_started_with(model, "/normalization/mean");
	struct samples *s = (kept ? samples_keep : samples_read)(comm, model, place, &facts, err);
	if (s == NULL)
		return NULL;
	model_units(model);
	facts.tested = s->pieces > 0;
	model->inputs = s->train.array[DATA_INPUTS].element;
	struct digest all = digest_of(&facts, sizeof facts);
	if (comm_same(comm, "the data", &all, EX_DATAERR, err) == 0 && finds_broadcast(comm, model, err) == 0 &&
	    comm_agree(comm, facts_continue(model, &facts, place, earlier, err), err) == 0 &&
	    weights_balance(comm, model, s, err) == 0)
		return s;
	samples_close(s);
	return NULL;
}

void samples_close(struct samples *samples)
{
	if (samples == NULL)
		return;
	samples->type->close(samples);
	free(samples->order);
	free(samples);
}

/* ---- Use --------------------------------------------------------------------------------------------------------- */

const struct dataset *samples_training(const struct samples *samples)
{
	return &samples->train;
}

void samples_tally(const struct samples *samples, size_t *count)
{
	const struct dataset *train = &samples->train;
	if (samples->type->tally != NULL) {
		samples->type->tally(samples, count);
		return;
	}
	for (size_t i = 0; i < train->count; i++)
		dataset_tally(train, i, count);
}

bool samples_tested(const struct samples *samples)
{
	return samples->pieces > 0;
}

size_t samples_left_out(const struct samples *samples, enum data_part part)
{
	return samples->left_out[part];
}

const uint32_t *samples_take(struct samples *samples, uint64_t epoch, size_t first, size_t count, struct err *err)
{
	return samples->type->take(samples, epoch, first, count, err);
}

double batch_weight(const struct samples *samples, const struct task_spec *task, const struct batch *batch)
{
	const struct dataset *train = &samples->train;
	const struct data_array *weights = &train->array[DATA_WEIGHTS];
	bool classes = task->task == TASK_CLASSES && task->weight != NULL;
	int64_t units = 0; /* of 2^-20: their sum is the same in any order */
	if (weights->bytes == NULL && !classes)
		return (double)batch->count;
	for (size_t i = 0; i < batch->count; i++) {
		size_t sample = batch->sample[i];
		float weight = 1, share = batch->share != NULL ? batch->share[i] : 0;
		if (weights->bytes != NULL)
			memcpy(&weight, array_sample(weights, sample), sizeof weight);
		const uint16_t *class = classes ? dataset_classes(train) : NULL;
		units += sample_divisor(task, weight - share, classes ? class + sample * task->positions : NULL);
		if (share > 0)
			units += sample_divisor(task, share, classes ? class + batch->partner[i] : NULL);
	}
	return units > 0 ? ldexp((double)units, -DATA_WEIGHT_BITS) : 1;
}

/* Whole numbers, so that the pieces cannot be seen in their sum. */
static void evaluation_add(struct evaluation *out, const struct evaluation *piece)
{
	out->samples += piece->samples;
	out->errors += piece->errors;
	totals_add(&out->totals, &piece->totals);
	out->loss = totals_loss(&out->totals);
}

int samples_evaluate(struct samples *samples, enum samples_set set, const struct kernels *kernels,
                     struct threads *threads, const struct model *model, struct evaluation *out, struct err *err)
{
	size_t pieces = set == SAMPLES_TEST ? samples->pieces : samples->validation.count > 0;
	struct evaluation part = {.confusion = out->confusion, .set = set == SAMPLES_TEST ? "test" : "validation"};
	*out = (struct evaluation){.confusion = out->confusion};
	if (out->confusion != NULL)
		confusion_clear(out->confusion);
	int code = 0;
	for (size_t p = 0; code == 0 && p < pieces; p++) {
		const struct dataset *piece = &samples->validation;
		if (set == SAMPLES_TEST)
			piece = samples->type->test(samples, model->records, p, err);
		code = piece != NULL ? evaluate(samples->comm, kernels, threads, model, piece, &part, err) : -1;
		if (code == 0)
			evaluation_add(out, &part);
	}
	if (out->confusion != NULL)
		confusion_forget(out->confusion);
	return code;
}
