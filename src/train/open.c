/* Opening a run: what to start from, the memory; and that all ranks have the same of each. */
#include <config.h>
#include "trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void skipped(void *context, const char *text)
{
	const struct train_listener *listener = context;
	char note[640];
	snprintf(note, sizeof note, "skipped %s", text);
	if (listener->note != NULL)
		listener->note(listener->context, note);
}

/* Whether `directory` already holds a run's files: *newest is the step of its newest checkpoint, or 0. */
static int directory_holds(const char *directory, bool *holds, uint64_t *newest, struct err *err)
{
	size_t count;
	uint64_t *steps;
	char *best = memory_format(err, "%s%sbest.h5", directory, path_gap(directory));
	if (best == NULL || checkpoint_list(directory, &count, &steps, err) != 0) {
		free(best);
		return -1;
	}
	*holds = count > 0 || access(best, F_OK) == 0;
	*newest = count > 0 ? steps[count - 1] : 0;
	free(best);
	free(steps);
	return 0;
}

/* Whether a run may begin in `output` with the named checkpoint, or (NULL) from nothing: it must not leave files of
 * another run there that a later --resume would take for its own. */
static int directory_suits(const struct train_options *o, const struct model *named, struct err *err)
{
	bool holds;
	uint64_t newest;
	char name[CHECKPOINT_NAME];
	if (directory_holds(o->output, &holds, &newest, err) != 0)
		return -1;
	if (named == NULL && holds)
		return err_set(err, EX_USAGE, "%s already holds checkpoints: --resume continues them, --output names another "
		               "directory", o->output);
	checkpoint_name(newest, name);
	if (named != NULL && newest > named->step)
		return err_set(err, EX_USAGE, "%s holds %s, newer than step %llu of %s: --output names another directory",
		               o->output, name, (unsigned long long)named->step, o->from);
	return 0;
}

/* Rank 0's part: the directory, and the checkpoint to continue, if any. */
static int earlier_find(struct trainer *t, struct model **earlier, struct err *err)
{
	const struct train_options *o = t->options;
	*earlier = NULL;
	if (o->from != NULL && (*earlier = checkpoint_load(o->from, NULL, err)) == NULL)
		return -1;
	if (directory_make(o->output, err) != 0 || directory_lock(o->output, o->others, &t->lock, err) != 0)
		return -1;
	if (o->resume && o->from == NULL)
		return checkpoint_newest(o->output, skipped, (void *)&o->listener, earlier, err);
	return directory_suits(o, *earlier, err);
}

static const char *data_place(const struct trainer *t)
{
	return t->options->data != NULL ? t->options->data : t->model->job->data.directory;
}

/* Takes over from an earlier model all but its job, which may ask for more epochs or another rate. */
static int earlier_adopt(struct trainer *t, struct model *earlier, struct err *err)
{
	struct model *model = t->model;
	if (job_continues(model->job, earlier->job, err) != 0 || model_names_continue(earlier, model->job, err) != 0)
		return -1;
	const char *place = earlier->job->data.directory, *own = data_place(t); /* NULL: a program holds the data */
	if (place != NULL && own != NULL && strcmp(place, own) != 0 &&
	    (t->earlier_place = memory_text(place, err)) == NULL)
		return -1;
	struct job *swap = earlier->job;
	earlier->job = model->job;
	model->job = swap;
	earlier->net->smoothing = earlier->job->train.smoothing; /* all else that a net has of its job is the same */
	t->model = earlier;
	model_destroy(model);
	return 0;
}

/* Finds out on rank 0 whether there is something to continue; then all ranks have the same model. */
static int model_open(struct trainer *t, struct err *err)
{
	struct model *earlier = NULL;
	int code = 0;
	if (comm_rank(t->comm) == 0) {
		code = earlier_find(t, &earlier, err);
		if (code == 0 && earlier != NULL)
			code = earlier_adopt(t, earlier, err);
		if (code != 0 && earlier != t->model)
			model_destroy(earlier);
	}
	if (comm_agree(t->comm, code, err) != 0)
		return -1;
	struct model *shared = t->model;
	if (comm_rank(t->comm) != 0) {
		model_destroy(t->model);
		t->model = shared = NULL;
	}
	code = model_broadcast(t->comm, &shared, err);
	t->model = shared;
	return code;
}

static uint64_t steps_per_epoch(const struct job *job, size_t samples)
{
	return (samples + job->train.batch - 1) / job->train.batch;
}

/* All but the sum. */
static int memory_prepare(struct trainer *t, size_t **counts, struct err *err)
{
	const struct job *job = t->model->job;
	const struct net *net = t->model->net;
	const struct dataset *set = samples_training(t->samples);
	*counts = memory_zeroed(net->tensors, sizeof **counts, err);
	t->worker = memory_zeroed(t->threads, sizeof *t->worker, err);
	if (*counts == NULL || t->worker == NULL)
		return -1;
	for (size_t i = 0; i < t->threads; i++) {
		struct worker *worker = &t->worker[i];
		worker->gradient = memory_zeroed(net->parameters, sizeof *worker->gradient, err);
		if (worker->gradient == NULL || pass_open(&worker->pass, net, t->kernels, err) != 0 ||
		    batcher_open(&worker->batcher, set, &t->model->normalization, job->data.pad, err) != 0 ||
		    batcher_distort(&worker->batcher, &job->data.distort, job->train.seed, t->kernels, err) != 0)
			return -1;
	}
	t->gradient = t->worker[0].gradient;
	for (size_t i = 0; i < net->tensors; i++)
		(*counts)[i] = net->tensor[i].count;
	return 0;
}

int trainer_prepare(struct trainer *t, struct err *err)
{
	const struct job *job = t->model->job;
	const struct net *net = t->model->net;
	size_t samples = samples_training(t->samples)->count, *counts;
	size_t batch = job->train.batch < samples ? job->train.batch : samples;
	size_t blocks = (batch + LANES - 1) / LANES;
	t->threads = t->options->threads > 0 ? t->options->threads : job->train.threads;
	if (comm_agree(t->comm, memory_prepare(t, &counts, err), err) == 0)
		t->sum = sum_create(t->comm, t->kernels, job->train.sum, blocks, t->threads, net->tensors, counts, err);
	free(counts);
	if (t->sum == NULL)
		return -1;
	if (t->model->step > 0)
		sum_set_exponents(t->sum, t->model->exponents);
	t->steps = steps_per_epoch(job, samples);
	return 0;
}

/* Puts another place of the data into the job. */
static int place_change(struct model *model, const char *place, struct err *err)
{
	struct job *job = model->job;
	const char *key = job->data.format == DATA_HDF5 ? "data.file" : "data.directory";
	char *text = job_edit(job->source, job->text, key, place, err);
	struct job *placed = text != NULL ? job_parse(job->source, text, err) : NULL;
	free(text);
	if (placed == NULL)
		return -1;
	placed->edited = job->edited;
	job_destroy(job);
	model->job = placed;
	return 0;
}

/* The job in checkpoints tells where the data were, as an absolute path. One that the job has already stays as it is
 * written there, so that the bytes are those of a run without --data. */
static int place_remember(struct trainer *t, struct err *err)
{
	const char *given = t->options->data, *own = t->model->job->data.directory;
	char *real = given != NULL ? realpath(given, NULL) : NULL;
	const char *place = real != NULL ? real : given;
	int code = place == NULL || (own != NULL && strcmp(place, own) == 0) ? 0 : place_change(t->model, place, err);
	free(real);
	return code;
}

/* Collective. */
static int data_open(struct trainer *t, struct err *err)
{
	struct model *model = t->model;
	const struct train_listener *listener = &t->options->listener;
	t->samples = samples_open(t->comm, model, data_place(t), t->earlier_place, err);
	if (t->samples == NULL)
		return -1;
	if (strcmp(model->data[DATA_TRAIN], model->data[DATA_TEST]) == 0 && comm_rank(t->comm) == 0 &&
	    listener->note != NULL)
		listener->note(listener->context, "the test set is the training set: its error tells nothing of other images");
	return comm_agree(t->comm, place_remember(t, err), err);
}

int trainer_open(struct trainer *t, struct err *err)
{
	if (model_open(t, err) != 0 || data_open(t, err) != 0)
		return -1;
	return trainer_prepare(t, err);
}

void trainer_close(struct trainer *t)
{
	model_destroy(t->model);
	samples_close(t->samples);
	sum_destroy(t->sum);
	for (size_t i = 0; t->worker != NULL && i < t->threads; i++) {
		pass_close(&t->worker[i].pass);
		batcher_close(&t->worker[i].batcher);
		free(t->worker[i].gradient);
	}
	free(t->worker);
	free(t->earlier_place);
	if (t->lock >= 0)
		directory_unlock(t->options->output, t->lock);
}

int train_agree(struct comm *comm, const struct kernels *kernels, const char *job_text, struct err *err)
{
	/* The program file itself where the system shows it; otherwise its version speaks for it. */
	struct digest program = digest_of(PACKAGE_VERSION, sizeof PACKAGE_VERSION);
	struct err absent = {0};
	digest_of_file("/proc/self/exe", &program, &absent);
	bool fused = strcmp(kernels->isa, "portable") != 0;
	struct digest rounding = digest_of(&fused, sizeof fused), job = digest_of(job_text, strlen(job_text));
	if (comm_same(comm, "the program", &program, EX_OSERR, err) != 0 ||
	    comm_same(comm, "the rounding of the instruction sets (portable or not)", &rounding, EX_OSERR, err) != 0)
		return -1;
	return comm_same(comm, "the job", &job, EX_CONFIG, err);
}
