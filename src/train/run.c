/* The run: epochs of steps, evaluation, checkpoints, and the ways to end. */
#include "trainer.h"

#include <stdlib.h>

static void note(struct trainer *t, const char *text)
{
	const struct train_listener *listener = &t->options->listener;
	if (comm_rank(t->comm) == 0 && listener->note != NULL)
		listener->note(listener->context, text);
}

/* Rank 0 writes the model's checkpoint, then best.h5 where the last record is the best. A run that dies between the two
 * makes up for it when it is resumed (files_begin). */
static int files_write(struct trainer *t, bool best, struct err *err)
{
	const char *directory = t->options->output;
	struct image image = {0};
	struct err trouble = {0};
	if (checkpoint_image(t->model, &image, err) != 0)
		return -1;
	int code = checkpoint_write(t->model, directory, &image, err);
	if (code == 0 && best)
		code = file_write(directory, "best.h5", image.bytes, image.count, err);
	image_destroy(&image);
	/* What cannot be deleted takes room, and no more. */
	if (code == 0 && checkpoint_retire(directory, t->model->step, t->model->job->checkpoint.keep, &trouble) != 0)
		note(t, trouble.text);
	return code;
}

/* Writes a checkpoint if all ranks hold the same parameters. A disk that fails is noted and training goes on, unless
 * this checkpoint is the last. Collective. */
static int checkpoint(struct trainer *t, bool best, bool last, struct err *err)
{
	double began = clock_seconds();
	comm_phase(t->comm, PHASE_SAVE, t->model->step);
	if (trainer_check(t, err) != 0)
		return -1;
	const int32_t *exponents = sum_exponents(t->sum);
	for (size_t i = 0; i < t->model->net->tensors; i++)
		t->model->exponents[i] = exponents[i];
	struct err trouble = {0};
	int code = comm_rank(t->comm) == 0 ? files_write(t, best, &trouble) : 0;
	code = comm_agree(t->comm, code, &trouble);
	t->saving = clock_seconds() - began;
	if (code == 0) {
		t->saved = t->model->step;
		comm_saved(t->comm);
		return 0;
	}
	if (last || trouble.code != EX_IOERR)
		return err_set(err, trouble.code, "%s", trouble.text);
	note(t, trouble.text);
	return 0;
}

/* The end of an epoch: evaluation, a record, a row of metrics. Collective. */
static int epoch_end(struct trainer *t, double speed, struct err *err)
{
	struct model *model = t->model;
	struct evaluation validation = {0}, test = {.confusion = model->confusion};
	if (samples_evaluate(t->samples, SAMPLES_VALIDATION, t->kernels, t->threads, model, &validation, err) != 0 ||
	    samples_evaluate(t->samples, SAMPLES_TEST, t->kernels, t->threads, model, &test, err) != 0)
		return -1;
	struct record record = {
		.epoch = model->records + 1,
		.step = model->step,
		.rate = schedule_rate(model->job, model->step - 1, t->steps),
		.train_loss = loss_mean(model->running.loss, model->running.samples),
		.train_error = (double)model->running.errors / (double)model->running.samples,
		.test_loss = test.loss,
		.test_error = test.samples > 0 ? (double)test.errors / (double)test.samples : 0,
		.validation_loss = validation.loss,
		.validation_error = validation.samples > 0 ? (double)validation.errors / (double)validation.samples : 0,
	};
	model->running = (struct running){0};
	struct err trouble = {0};
	int code = model_record(model, &record, err);
	if (comm_agree(t->comm, code, err) != 0)
		return -1;
	comm_phase(t->comm, PHASE_REPORT, model->step);
	if (comm_rank(t->comm) != 0)
		return 0;
	double seconds = t->earlier + clock_seconds() - t->started;
	if (metrics_append(t->options->output, &record, seconds, speed, &trouble) != 0 ||
	    validation_write(t->options->output, model, &trouble) != 0)
		note(t, trouble.text);
	if (t->options->listener.epoch != NULL)
		t->options->listener.epoch(t->options->listener.context, model, &record, speed);
	return 0;
}

/* Steps until the epoch is over or a stop is asked for; checkpoints on request. *wishes: those of the last step,
 * which are left to the caller. Collective. */
static enum train_result epoch_run(struct trainer *t, struct wishes *wishes, struct err *err)
{
	struct model *model = t->model;
	const struct train_listener *listener = &t->options->listener;
	for (;;) {
		if (trainer_step(t, wishes, err) != STEP_DONE)
			return TRAIN_FAILED;
		if (comm_rank(t->comm) == 0 && listener->progress != NULL)
			listener->progress(listener->context, model, t->steps);
		wishes->stop = wishes->stop || model->step == t->stop_at;
		if (wishes->quit && !wishes->stop && t->saved > 0 && quit_early(t, err) != 0)
			return TRAIN_FAILED;
		wishes->stop = wishes->stop || wishes->quit;
		if (wishes->stop || model->step % t->steps == 0)
			return TRAIN_DONE;
		if (wishes->save && checkpoint(t, false, false, err) != 0)
			return TRAIN_FAILED;
	}
}

static enum train_result epochs_run(struct trainer *t, struct err *err)
{
	struct model *model = t->model;
	while (!model_done(model)) {
		struct wishes wishes;
		if (t->stop_at > 0 && model->step >= t->stop_at)
			return TRAIN_STOPPED;
		t->epoch_began = clock_seconds();
		t->epoch_seen = 0;
		if (epoch_run(t, &wishes, err) != TRAIN_DONE)
			return TRAIN_FAILED;
		double speed = (double)t->epoch_seen / (clock_seconds() - t->epoch_began);
		bool over = model->step % t->steps == 0;
		if (over && epoch_end(t, speed, err) != 0)
			return TRAIN_FAILED;
		bool last = model_done(model);
		bool best = over && model_best(model) + 1 == model->records;
		bool due = over && model->records % model->job->checkpoint.epochs == 0;
		bool wanted = wishes.stop || wishes.save || last || best || due;
		if (over && !wanted && trainer_check(t, err) != 0)
			return TRAIN_FAILED;
		if (wanted && checkpoint(t, best, wishes.stop || last, err) != 0)
			return TRAIN_FAILED;
		if (wishes.stop && !last)
			return TRAIN_STOPPED;
	}
	return TRAIN_DONE;
}

/* The step of `directory`/best.h5; 0 where there is none or it is damaged. */
static uint64_t best_step(const char *directory)
{
	struct err absent = {0};
	uint64_t step = 0;
	char *path = memory_format(&absent, "%s%sbest.h5", directory, path_gap(directory));
	struct store *store = path != NULL ? store_open(path, &absent) : NULL;
	if (store != NULL && store_number(store, "step", &step, &absent) != 0)
		step = 0;
	store_destroy(store);
	free(path);
	return step;
}

/* A continued run's directory must hold what it continues: the named checkpoint, and best.h5 where a run died before it
 * wrote that. */
static int files_begin(struct trainer *t, struct err *err)
{
	const struct model *model = t->model;
	const struct train_options *o = t->options;
	bool best = model->records > 0 && model->running.samples == 0 && model_best(model) + 1 == model->records;
	if (o->from != NULL)
		return files_write(t, best, err);
	return best && best_step(o->output) < model->step ? files_write(t, true, err) : 0;
}

/* Rank 0 brings the directory in order before the first step. */
static int directory_open(struct trainer *t, struct err *err)
{
	if (directory_sweep(t->options->output, err) != 0 ||
	    metrics_restore(t->options->output, t->model, &t->earlier, err) != 0 ||
	    validation_write(t->options->output, t->model, err) != 0)
		return -1;
	return files_begin(t, err);
}

enum train_result train_run(struct comm *comm, const struct kernels *kernels, struct job *job,
                            const struct train_options *options, struct err *err)
{
	struct trainer t = {.comm = comm, .kernels = kernels, .options = options, .stop_at = options->stop_at,
	                    .started = clock_seconds(), .lock = -1};
	enum train_result result = TRAIN_FAILED;
	t.model = model_create(job, err);
	if (comm_agree(comm, t.model != NULL ? 0 : -1, err) != 0 ||
	    comm_broadcast(comm, &t.stop_at, sizeof t.stop_at, err) != 0 || trainer_open(&t, err) != 0)
		goto out;
	int code = comm_rank(comm) == 0 ? directory_open(&t, err) : 0;
	if (comm_agree(comm, code, err) != 0)
		goto out;
	if (t.model->step > 0)
		comm_saved(comm);
	t.saved = t.model->step;
	result = epochs_run(&t, err);
	comm_phase(comm, PHASE_REPORT, t.model->step);
	if (result != TRAIN_FAILED && comm_rank(comm) == 0 && options->listener.end != NULL)
		options->listener.end(options->listener.context, t.model, result == TRAIN_STOPPED);
out:
	trainer_close(&t);
	return result;
}
