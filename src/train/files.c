/* The files in a run's directory: the checkpoint to continue, new ones, best.h5, latest.h5. Rank 0 does this work. */
#include "train.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void listener_note(const struct train_listener *listener, const char *text)
{
	if (listener->note != NULL)
		listener->note(listener->context, text);
}

void listener_say(const struct train_listener *listener, const char *text)
{
	if (listener->say != NULL)
		listener->say(listener->context, text);
}

static void skipped(void *context, const char *text)
{
	char note[640];
	snprintf(note, sizeof note, "skipped %s", text);
	listener_note(context, note);
}

/* ---- Before a run ------------------------------------------------------------------------------------------------ */

static char *best_path(const char *directory, struct err *err)
{
	return memory_format(err, "%s%sbest.h5", directory, path_gap(directory));
}

/* Finds out whether `directory` holds a run's files: *newest becomes the step of its newest checkpoint, or 0. */
static int directory_holds(const char *directory, bool *holds, uint64_t *newest, struct err *err)
{
	size_t count;
	uint64_t *steps;
	char *best = best_path(directory, err);
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

/* Checks that a run can start in `output` with the named checkpoint, or with none (NULL). There must be no files of
 * another run that a later --resume would use. */
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

/* *best: the directory's best.h5; NULL where there is none that can be read. EX_OSERR if there is no memory to tell. */
static int best_load(const char *directory, struct model **best, struct err *err)
{
	struct err reason = {0};
	char *path = best_path(directory, err);
	*best = path != NULL ? checkpoint_load(path, NULL, &reason) : NULL;
	int code = path != NULL ? 0 : -1;
	if (reason.code == EX_OSERR)
		code = err_set(err, EX_OSERR, "%s", reason.text);
	free(path);
	return code;
}

/* The newest good checkpoint of `output`, or none: then best.h5 must not be an earlier run's, which would be lost. */
static int newest_find(const struct files *files, const struct train_options *o, struct model **earlier,
                       struct err *err)
{
	bool holds;
	uint64_t newest;
	if (checkpoint_newest(o->output, skipped, (void *)files->listener, earlier, err) != 0 ||
	    directory_holds(o->output, &holds, &newest, err) != 0)
		return -1;
	struct model *best = NULL;
	if (*earlier == NULL && newest > 0 && best_load(files->directory, &best, err) != 0)
		return -1;
	bool alone = best != NULL || (holds && newest == 0);
	model_destroy(best);
	if (*earlier == NULL && alone)
		return err_set(err, EX_USAGE, "%s holds best.h5 of an earlier run, and no good checkpoint to continue: "
		               "--resume=%s%sbest.h5 continues that one, --output names another directory", o->output,
		               o->output, path_gap(o->output));
	return 0;
}

int files_open(struct files *files, const struct train_options *options, struct model **earlier, struct err *err)
{
	const char *directory = files->directory;
	*earlier = NULL;
	if (options->from != NULL && (*earlier = checkpoint_load(options->from, NULL, err)) == NULL)
		return -1;
	if (directory_make(directory, err) != 0 || directory_lock(directory, options->others, &files->lock, err) != 0)
		return -1;
	if (options->resume && options->from == NULL)
		return newest_find(files, options, earlier, err);
	return directory_suits(options, *earlier, err);
}

void files_close(struct files *files)
{
	if (files->lock >= 0)
		directory_unlock(files->directory, files->lock);
}

/* The step of the directory's best.h5; 0 where there is none, or it is damaged or another run's. */
static int best_step(const struct files *files, const struct model *model, uint64_t *step, struct err *err)
{
	struct model *best;
	*step = files->best;
	if (files->best > 0)
		return 0;
	if (best_load(files->directory, &best, err) != 0)
		return -1;
	bool same = false;
	int code = best != NULL ? model_same_run(best, model, &same, err) : 0;
	*step = same ? best->step : 0;
	model_destroy(best);
	return code;
}

bool files_best(const struct files *files, const struct model *model)
{
	struct err trouble = {0};
	size_t best = model_best(model);
	uint64_t step;
	if (best_step(files, model, &step, &trouble) != 0) {
		listener_note(files->listener, trouble.text);
		return true;
	}
	return best < model->records && step == model->record[best].step;
}

/* Leads latest.h5 to the checkpoint of `step`. Scripts read it, convoy does not: where there are no links, nothing is
 * lost. */
static void latest_keep(struct files *files, uint64_t step)
{
	struct err trouble = {0};
	char name[CHECKPOINT_NAME];
	checkpoint_name(step, name);
	if (link_write(files->directory, "latest.h5", name, &trouble) == 0 || files->unlinked)
		return;
	files->unlinked = true;
	listener_note(files->listener, trouble.text);
}

int files_begin(struct files *files, const char *from, const struct model *model, double *seconds, struct err *err)
{
	if (directory_sweep(files->directory, err) != 0 ||
	    metrics_restore(files->directory, model, seconds, err) != 0 ||
	    validation_write(files->directory, model, err) != 0)
		return -1;
	/* What is continued must lie there: the named checkpoint, and best.h5 where a run died before it wrote that. */
	bool best = model->records > 0 && model->running.samples == 0 && model_best(model) + 1 == model->records;
	if (from != NULL)
		return files_write(files, model, best, err);
	if (model->step > 0)
		latest_keep(files, model->step);
	uint64_t step = model->step;
	if (best && best_step(files, model, &step, err) != 0)
		return -1;
	return step < model->step ? files_write(files, model, true, err) : 0;
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

/* A run that dies between checkpoint and best.h5 makes up for it when it is resumed (files_begin). */
int files_write(struct files *files, const struct model *model, bool best, struct err *err)
{
	struct image image = {0};
	struct err trouble = {0};
	if (checkpoint_image(model, &image, err) != 0)
		return -1;
	int code = checkpoint_write(model, files->directory, &image, err);
	if (code == 0 && best && (code = file_write(files->directory, "best.h5", image.bytes, image.count, err)) == 0)
		files->best = model->step;
	image_destroy(&image);
	if (code == 0)
		latest_keep(files, model->step);
	/* What cannot be deleted takes room, and no more. */
	if (code == 0 && checkpoint_retire(files->directory, model->step, model->job->checkpoint.keep, &trouble) != 0)
		listener_note(files->listener, trouble.text);
	return code;
}
