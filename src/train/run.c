/* The run: epochs of steps, evaluation, checkpoints, and the ways to end. */
#include "train.h"

/* Writes a checkpoint if all ranks hold the same parameters. A disk that fails is noted and training goes on, unless
 * this checkpoint is the last. Collective. */
static int checkpoint(struct training *training, bool best, bool last, struct err *err)
{
	struct trainer *t = &training->trainer;
	struct files *files = &training->files;
	double began = clock_seconds();
	comm_phase(t->comm, PHASE_SAVE, t->model->step);
	if (trainer_check(t, err) != 0)
		return -1;
	trainer_keep(t);
	struct err trouble = {0};
	bool root = comm_rank(t->comm) == 0;
	int code = comm_agree(t->comm, root ? files_write(files, t->model, best, &trouble) : 0, &trouble);
	training->wishes.saving = clock_seconds() - began;
	if (code == 0) {
		files->saved = t->model->step;
		comm_saved(t->comm);
		return 0;
	}
	if (last || trouble.code != EX_IOERR)
		return err_set(err, trouble.code, "%s", trouble.text);
	if (root)
		listener_note(files->listener, trouble.text);
	return 0;
}

/* ---- The end of an epoch ----------------------------------------------------------------------------------------- */

/* Evaluation, a record, a row of metrics. Collective. */
static int epoch_end(struct training *training, double speed, struct err *err)
{
	const struct train_listener *listener = &training->options->listener;
	const struct clock *clock = &training->clock;
	struct comm *comm = training->trainer.comm;
	struct model *model = training->trainer.model;
	if (trainer_record(&training->trainer, err) != 0)
		return -1;
	comm_phase(comm, PHASE_REPORT, model->step);
	if (comm_rank(comm) != 0)
		return 0;
	const struct record *record = &model->record[model->records - 1];
	double seconds = clock->earlier + clock_seconds() - clock->began;
	struct err trouble = {0};
	if (metrics_append(training->files.directory, record, seconds, speed, &trouble) != 0 ||
	    validation_write(training->files.directory, model, &trouble) != 0)
		listener_note(listener, trouble.text);
	if (listener->epoch != NULL)
		listener->epoch(listener->context, model, record, speed);
	return 0;
}

/* ---- Epochs ------------------------------------------------------------------------------------------------------ */

/* Makes steps until the epoch ends or a request to stop comes, and writes checkpoints on request. The caller handles
 * the requests of the last step. Collective. */
static int epoch_run(struct training *training, struct err *err)
{
	struct trainer *t = &training->trainer;
	struct wishes *wishes = &training->wishes;
	struct wish *wish = &wishes->all;
	const struct train_listener *listener = &training->options->listener;
	for (;;) {
		if (trainer_step(t, wishes, err) != STEP_DONE)
			return -1;
		uint64_t step = t->model->step;
		if (comm_rank(t->comm) == 0 && listener->progress != NULL)
			listener->progress(listener->context, t->model, t->steps);
		wish->stop = wish->stop || step == wishes->stop_at;
		if (wish->quit && !wish->stop && training->files.saved > 0 &&
		    wishes_quit(wishes, t->comm, step, training->files.saved, err) != 0)
			return -1;
		wish->stop = wish->stop || wish->quit;
		if (wish->stop || trainer_between(t))
			return 0;
		if (wish->save && checkpoint(training, false, false, err) != 0)
			return -1;
	}
}

/* Runs the epoch, or what is left of it, and returns the samples per second. Collective. */
static int epoch_time(struct training *training, double *speed, struct err *err)
{
	const struct model *model = training->trainer.model;
	double began = clock_seconds();
	uint64_t seen = model->seen;
	int code = epoch_run(training, err);
	*speed = (double)(model->seen - seen) / (clock_seconds() - began);
	return code;
}

static enum train_result epochs_run(struct training *training, struct err *err)
{
	struct trainer *t = &training->trainer;
	const struct model *model = t->model;
	const struct wish *wish = &training->wishes.all;
	uint64_t stop_at = training->wishes.stop_at;
	while (!model_done(model)) {
		double speed;
		if (stop_at > 0 && model->step >= stop_at)
			return TRAIN_STOPPED;
		if (epoch_time(training, &speed, err) != 0)
			return TRAIN_FAILED;
		bool over = trainer_between(t);
		if (over && epoch_end(training, speed, err) != 0)
			return TRAIN_FAILED;
		bool last = model_done(model);
		bool best = over && model_best(model) + 1 == model->records;
		bool due = over && model->records % model->job->checkpoint.epochs == 0;
		bool wanted = wish->stop || wish->save || last || best || due;
		if (over && !wanted && trainer_check(t, err) != 0)
			return TRAIN_FAILED;
		if (wanted && checkpoint(training, best, wish->stop || last, err) != 0)
			return TRAIN_FAILED;
		if (wish->stop && !last)
			return TRAIN_STOPPED;
	}
	return TRAIN_DONE;
}

enum train_result train_run(struct comm *comm, const struct kernels *kernels, struct job *job,
                            const struct train_options *options, struct err *err)
{
	struct training training;
	enum train_result result = TRAIN_FAILED;
	if (training_open(&training, comm, kernels, job, options, err) == 0) {
		const struct model *model = training.trainer.model;
		result = epochs_run(&training, err);
		comm_phase(comm, PHASE_REPORT, model->step);
		if (result != TRAIN_FAILED && comm_rank(comm) == 0 && options->listener.end != NULL)
			options->listener.end(options->listener.context, model, result == TRAIN_STOPPED,
			                      files_best(&training.files, model));
	}
	training_close(&training);
	return result;
}
