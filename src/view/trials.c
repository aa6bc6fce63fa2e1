/* The runs of a sweep's jobs, as its page needs them: how far they are, their epochs, and which is the best. */
#include "sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

double trial_measure(const struct trials *trials, const struct record *record)
{
	return trials->validation ? record->validation_measure : record->test_measure;
}

/* What --run and the script of an array leave of a job that failed; NULL: nothing. */
static int failure_read(const char *path, char **text, struct err *err)
{
	enum { MOST = 4096 };
	struct err unheard = {0};
	uint8_t *bytes = NULL;
	size_t count;
	*text = NULL;
	if (file_read(path, MOST, &bytes, &count, &unheard) == 0) {
		bytes[strcspn((char *)bytes, "\r\n")] = 0;
		*text = (char *)bytes;
	}
	return unheard.code == EX_OSERR ? err_set(err, EX_OSERR, "%s", unheard.text) : 0;
}

/* Takes over what the page shows of a run. */
static void trial_take(struct trial *trial, struct trials *t, struct run *run)
{
	const struct model *m = run->last;
	const struct metric *best = run_best(run);
	trial->state = model_done(m) ? TRIAL_DONE : TRIAL_BEGUN;
	trial->epochs = m->job->train.epochs;
	trial->rows = run->rows;
	trial->row = run->row;
	run->row = NULL;
	trial->best = best;
	if (best == NULL)
		return;
	trial->measure = task_measure(m->net->task.task);
	t->measure = t->measure != NULL ? t->measure : trial->measure;
	t->several = t->several || trial->measure != t->measure;
	t->validation = t->validation && m->job->data.validation > 0;
}

/* Sets *other to whether a run is of other values than its row says. Makes a note then, and if its job differs from the
 * first one in other keys than those of the table. */
static int trial_check(struct trials *t, size_t j, const struct run *run, bool *other, struct page *page,
                       struct err *err)
{
	const char *text = run->last->job->text;
	struct err reason = {0};
	*other = sweep_agrees(&t->sweep, j, text, &reason) != 0;
	if (!*other && t->first != NULL)
		sweep_alike(&t->sweep, text, t->first_job, t->first, &reason);
	if (reason.code == EX_OSERR)
		return err_set(err, EX_OSERR, "%s", reason.text);
	if (reason.code != 0) {
		err_prefix(&reason, "%s", run->directory);
		page_note(page, reason.text);
	}
	if (*other || t->first != NULL)
		return 0;
	t->first_job = j;
	t->first = memory_text(text, err);
	return t->first != NULL ? 0 : -1;
}

static int trial_open(struct trial *trial, struct trials *t, struct page *page, const char *directory, struct err *err)
{
	const char *name = t->sweep.name[trial->job];
	struct err reason = {0};
	struct stat info;
	struct run run = {0};
	char *path = memory_format(err, "%s%s%s", directory, path_gap(directory), name);
	char *failed = memory_format(err, "%s%s%s.failed", directory, path_gap(directory), name);
	int code = path != NULL && failed != NULL ? failure_read(failed, &trial->trouble, err) : -1;
	trial->state = TRIAL_WAITS;
	if (code == 0 && stat(path, &info) == 0) {
		bool other;
		if (run_open(&run, path, page, &reason) == 0) {
			code = trial_check(t, trial->job, &run, &other, page, err);
			trial->state = TRIAL_OTHER;
			if (code == 0 && !other)
				trial_take(trial, t, &run);
		} else if (reason.code == EX_OSERR) {
			code = err_set(err, reason.code, "%s", reason.text);
		} else {
			/* Without a checkpoint it has hardly begun. */
			trial->state = reason.code == EX_NOINPUT ? TRIAL_BEGUN : TRIAL_UNREAD;
			if (trial->state == TRIAL_UNREAD)
				page_note(page, reason.text);
		}
		run_close(&run);
	}
	if (trial->trouble != NULL && trial->state != TRIAL_DONE)
		trial->state = TRIAL_FAILED;
	free(failed);
	free(path);
	return code;
}

/* Whether one comes before the other. */
static bool trial_before(const struct trials *t, const struct trial *a, const struct trial *b)
{
	bool has[2] = {a->best != NULL && isfinite(trial_measure(t, &a->best->record)),
	               b->best != NULL && isfinite(trial_measure(t, &b->best->record))};
	if (t->several)
		return a->job < b->job;
	if (has[0] && has[1]) {
		if (record_better(&a->best->record, &b->best->record, t->validation))
			return true;
		if (record_better(&b->best->record, &a->best->record, t->validation))
			return false;
	} else if (has[0] != has[1]) {
		return has[0];
	}
	return a->job < b->job;
}

/* The best first. */
static void trials_sort(struct trials *t)
{
	for (size_t i = 1; i < t->sweep.jobs; i++) {
		struct trial one = t->trial[i];
		size_t at = i;
		for (; at > 0 && trial_before(t, &one, &t->trial[at - 1]); at--)
			t->trial[at] = t->trial[at - 1];
		t->trial[at] = one;
	}
	if (t->several)
		t->measure = NULL;
	while (!t->several && t->compared < t->sweep.jobs && t->trial[t->compared].best != NULL &&
	       isfinite(trial_measure(t, &t->trial[t->compared].best->record)))
		t->compared++;
}

int trials_open(struct trials *t, struct page *page, const char *directory, struct err *err)
{
	*t = (struct trials){.validation = true};
	if (sweep_read(directory, &t->sweep, err) != 0)
		return -1;
	t->trial = memory_zeroed(t->sweep.jobs, sizeof *t->trial, err);
	int code = t->trial != NULL ? 0 : -1;
	for (size_t j = 0; code == 0 && j < t->sweep.jobs; j++) {
		t->trial[j].job = j;
		code = trial_open(&t->trial[j], t, page, directory, err);
	}
	if (code == 0)
		trials_sort(t);
	return code;
}

void trials_close(struct trials *t)
{
	for (size_t j = 0; t->trial != NULL && j < t->sweep.jobs; j++) {
		free(t->trial[j].row);
		free(t->trial[j].trouble);
	}
	free(t->trial);
	free(t->first);
	sweep_free(&t->sweep);
}
