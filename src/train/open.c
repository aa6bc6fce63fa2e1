/* Opening a run: what it starts from, its data and its files; that all ranks have the same of each. */
#include "train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the data of a run are; NULL: a program holds them. */
static const char *data_place(const struct train_options *options, const struct job *job)
{
	return options->data != NULL ? options->data : job->data.directory;
}

/* Takes over what training has changed in an earlier model of another optimizer or batch. */
static int earlier_change(struct training *training, const struct model *earlier, const struct job_changes *changes,
                          struct err *err)
{
	struct model *model = training->trainer.model;
	const struct train_listener *listener = &training->options->listener;
	const struct job *job = model->job, *old = earlier->job;
	char line[CHANGES_TEXT + 128];
	if (model_adopt(model, earlier, err) != 0)
		return -1;
	snprintf(line, sizeof line, "changed: %s%s", changes->text, model->changed.optimizer == model->step
	         ? "; the optimizer's vectors begin at 0" : "");
	listener_say(listener, line);
	if (job->train.rate == old->train.rate && job->train.optimizer.kind == old->train.optimizer.kind)
		training->batch_before = old->train.batch;
	return 0;
}

/* Takes over from an earlier model all but its job, which may ask for more epochs or another rate. *elsewhere: where
 * that had its data, if it is another place; to free with free(). */
static int earlier_adopt(struct training *training, struct model *earlier, char **elsewhere, struct err *err)
{
	struct model *model = training->trainer.model;
	struct job_changes changes = {0};
	bool may = training->options->changed;
	if (job_continues(model->job, earlier->job, may ? &changes : NULL, err) != 0 ||
	    model_names_continue(earlier, model->job, err) != 0)
		return -1;
	if (earlier->step > 0)
		training->epochs_before = earlier->job->train.epochs;
	const char *place = earlier->job->data.directory, *own = data_place(training->options, model->job);
	if (place != NULL && own != NULL && strcmp(place, own) != 0 && (*elsewhere = memory_text(place, err)) == NULL)
		return -1;
	if (changes.count > 0) {
		int code = earlier_change(training, earlier, &changes, err);
		if (code == 0)
			model_destroy(earlier);
		return code;
	}
	struct job *swap = earlier->job;
	earlier->job = model->job;
	model->job = swap;
	earlier->net->task.smoothing = earlier->job->train.smoothing; /* all else that a net has of its job is the same */
	training->trainer.model = earlier;
	model_destroy(model);
	return 0;
}

/* Gives a new run the parameters of a file. One that continues has its own. Rank 0 only. */
static int start_take(struct training *training, bool continues, struct err *err)
{
	const struct train_options *o = training->options;
	struct start_report report;
	if (o->start.file == NULL)
		return 0;
	if (continues) {
		listener_say(&o->listener, "start: the run continues with its own parameters; --start-from is not read");
		return 0;
	}
	if (model_start(training->trainer.model, &o->start, &report, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof report.line / sizeof *report.line; i++)
		if (report.line[i][0] != 0)
			listener_say(&o->listener, report.line[i]);
	return 0;
}

/* Finds out on rank 0 whether there is something to continue; then all ranks have the same model. Collective. */
static int model_open(struct training *training, char **elsewhere, struct err *err)
{
	struct trainer *t = &training->trainer;
	struct model *earlier = NULL;
	int code = 0;
	if (comm_rank(t->comm) == 0) {
		code = files_open(&training->files, training->options, &earlier, err);
		training->batch_before = earlier == NULL ? training->options->batch : 0;
		if (code == 0 && earlier != NULL)
			code = earlier_adopt(training, earlier, elsewhere, err);
		if (code != 0 && earlier != t->model)
			model_destroy(earlier);
		if (code == 0)
			code = start_take(training, earlier != NULL, err);
	}
	if (comm_agree(t->comm, code, err) != 0)
		return -1;
	if (comm_rank(t->comm) != 0) {
		model_destroy(t->model);
		t->model = NULL;
	}
	return model_broadcast(t->comm, &t->model, err);
}

/* Puts another place of the data into the job. */
static int place_change(struct model *model, const char *place, struct err *err)
{
	struct job *job = model->job;
	bool one = job->data.format == DATA_HDF5 && job->data.part[DATA_TRAIN].file == NULL;
	const char *key = one ? "data.file" : "data.directory";
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
static int place_remember(struct model *model, const char *given, struct err *err)
{
	const char *own = model->job->data.directory;
	char *real = given != NULL ? realpath(given, NULL) : NULL;
	const char *place = real != NULL ? real : given;
	int code = place == NULL || (own != NULL && strcmp(place, own) == 0) ? 0 : place_change(model, place, err);
	free(real);
	return code;
}

/* `elsewhere`: see earlier_adopt. Collective. */
static int data_open(struct training *training, const char *elsewhere, struct err *err)
{
	struct trainer *t = &training->trainer;
	const struct train_options *o = training->options;
	struct model *model = t->model;
	t->samples = samples_open(t->comm, model, data_place(o, model->job), elsewhere, err);
	if (t->samples == NULL)
		return -1;
	if (comm_rank(t->comm) == 0)
		doubts_tell(&o->listener, t);
	if (comm_rank(t->comm) == 0 && training->batch_before > 0)
		scaling_tell(&o->listener, t, training->batch_before);
	if (comm_rank(t->comm) == 0 && training->epochs_before > 0)
		schedule_tell(&o->listener, t, training->epochs_before);
	return comm_agree(t->comm, place_remember(model, o->data, err), err);
}

/* Collective. */
static int files_ready(struct training *training, struct err *err)
{
	const struct trainer *t = &training->trainer;
	struct files *files = &training->files;
	int code = 0;
	if (comm_rank(t->comm) == 0)
		code = files_begin(files, training->options->from, t->model, &training->clock.earlier, err);
	if (comm_agree(t->comm, code, err) != 0)
		return -1;
	if (t->model->step > 0)
		comm_saved(t->comm);
	files->saved = t->model->step;
	return 0;
}

int training_open(struct training *out, struct comm *comm, const struct kernels *kernels, struct job *job,
                  const struct train_options *options, struct err *err)
{
	*out = (struct training){
		.options = options,
		.trainer = {.comm = comm, .kernels = kernels},
		.clock = {.began = clock_seconds()},
		.files = {.directory = options->output, .listener = &options->listener, .lock = -1},
	};
	struct trainer *t = &out->trainer;
	char *elsewhere = NULL;
	t->model = model_create(job, err);
	int code = comm_agree(comm, t->model != NULL ? 0 : -1, err);
	if (code == 0)
		code = model_open(out, &elsewhere, err);
	if (code == 0)
		code = data_open(out, elsewhere, err);
	free(elsewhere);
	if (code != 0 || trainer_open(t, options->threads, err) != 0 ||
	    wishes_open(&out->wishes, comm, options, t->model, out->clock.began, err) != 0)
		return -1;
	return files_ready(out, err);
}

void training_close(struct training *training)
{
	trainer_close(&training->trainer);
	files_close(&training->files);
}
