/* A run's directory as a report needs it. */
#include "view.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void skipped(void *context, const char *text)
{
	page_note(context, text);
}

/* Opens best.h5 if there is one, and makes a note if it is damaged or another run's. */
static int best_open(struct run *run, struct page *page, struct err *err)
{
	struct err reason = {0};
	char *path = memory_format(err, "%s%sbest.h5", run->directory, path_gap(run->directory));
	if (path == NULL)
		return -1;
	run->best = checkpoint_load(path, NULL, &reason);
	int code = 0;
	if (reason.code == EX_OSERR) /* no memory: that says nothing about the file */
		code = err_set(err, reason.code, "%s", reason.text);
	else if (run->best == NULL && access(path, F_OK) == 0)
		page_note(page, reason.text);
	bool same = true;
	if (code == 0 && run->best != NULL && run->last != NULL)
		code = model_same_run(run->best, run->last, &same, err);
	if (!same && code == 0) {
		err_set(&reason, EX_DATAERR, "%s: is not shown, it is of another run than the newest checkpoint (job, data or "
		        "history are others)", path);
		page_note(page, reason.text);
		model_destroy(run->best);
		run->best = NULL;
	}
	free(path);
	return code;
}

/* The checkpoint's records, and what metrics.csv knows beside and beyond them. */
static int rows_open(struct run *run, struct page *page, struct err *err)
{
	const struct model *model = run->last;
	struct err reason = {0};
	const struct measure *measure; /* the model's */
	struct metric *read = NULL;
	size_t count = 0, r = 0;
	if (metrics_read(run->directory, &count, &read, &measure, &reason) != 0) {
		if (reason.code == EX_OSERR)
			return err_set(err, reason.code, "%s", reason.text);
		page_note(page, reason.text);
	}
	run->row = memory_zeroed(model->records + count, sizeof *run->row, err);
	for (; run->row != NULL && run->rows < model->records; run->rows++) {
		struct metric *row = &run->row[run->rows];
		*row = (struct metric){model->record[run->rows], NAN, NAN};
		while (r < count && read[r].record.epoch < row->record.epoch)
			r++;
		if (r < count && read[r].record.step == row->record.step) {
			row->seconds = read[r].seconds;
			row->images_per_second = read[r].images_per_second;
		}
		if (model->job->data.validation == 0)
			row->record.validation_loss = row->record.validation_measure = NAN;
	}
	for (r = 0; run->row != NULL && r < count; r++)
		if (read[r].record.epoch > model->records)
			run->row[run->rows++] = read[r];
	free(read);
	return run->row != NULL ? 0 : -1;
}

int run_open(struct run *out, const char *directory, struct page *page, struct err *err)
{
	struct stat info;
	*out = (struct run){.directory = directory};
	if (stat(directory, &info) != 0)
		return err_set(err, EX_NOINPUT, "%s: %s", directory,
		               errno == ENOENT || errno == ENOTDIR ? "no such directory" : strerror(errno));
	if (!S_ISDIR(info.st_mode))
		return err_set(err, EX_NOINPUT, "%s: is not a directory; give the directory of a run", directory);
	if (checkpoint_newest(directory, skipped, page, &out->last, err) != 0 || best_open(out, page, err) != 0)
		return -1;
	if (out->last == NULL && out->best == NULL)
		return err_set(err, EX_NOINPUT, "%s: holds no good checkpoint (a run writes its first after %s)", directory,
		               "checkpoint.epochs epochs, 1 by default");
	if (out->last == NULL) {
		char *note = memory_format(err, "%s: holds best.h5 alone, no other good checkpoint", directory);
		if (note == NULL)
			return -1;
		page_note(page, note);
		free(note);
		out->last = out->best;
		out->best = NULL;
	}
	return rows_open(out, page, err);
}

void run_close(struct run *run)
{
	model_destroy(run->last);
	model_destroy(run->best);
	free(run->row);
	*run = (struct run){0};
}

const struct model *run_shown(const struct run *run)
{
	return run->best != NULL ? run->best : run->last;
}

const struct metric *run_best(const struct run *run)
{
	size_t best = model_best(run->last);
	return best < run->last->records ? &run->row[best] : NULL;
}

/* By what runs are ordered: NaN without an epoch. */
static double run_rank(const struct run *run, bool validated)
{
	const struct metric *best = run_best(run);
	return best == NULL ? NAN : validated ? best->record.validation_measure : best->record.test_measure;
}

const char *runs_order(size_t runs, struct run *run)
{
	bool validated = true, tested = true;
	for (size_t i = 0; i < runs; i++) {
		const struct model *m = run[i].last;
		if (task_measure(m->net->task.task) != task_measure(run->last->net->task.task))
			return "In the order of the command: the runs have different measures.";
		validated = validated && m->job->data.validation > 0;
		tested = tested && m->data[DATA_TEST][0] != 0;
	}
	if (!validated && !tested)
		return "In the order of the command.";
	for (size_t i = 1; i < runs; i++) {
		struct run moved = run[i];
		double rank = run_rank(&moved, validated);
		size_t place = i;
		for (; place > 0; place--) {
			double before = run_rank(&run[place - 1], validated);
			if (isnan(rank) || before <= rank)
				break;
			run[place] = run[place - 1];
		}
		run[place] = moved;
	}
	return validated ? "The best first, by the validation set." : "The best first, by the test set.";
}
