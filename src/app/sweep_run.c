/* The jobs of a sweep, one after another. */
#include <config.h>
#include "child.h"
#include "sweeping.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- A process --------------------------------------------------------------------------------------------------- */

enum { WORDS = 64 };

/* The words that start a training. `text` holds those of the launcher. */
struct words {
	char *text, *program, *job, *output;
	char *word[WORDS + 8];
};

static void words_free(struct words *w)
{
	free(w->text);
	free(w->program);
	free(w->job);
	free(w->output);
}

/* The path of this program, which a launcher gives to other processes. */
static char *program_path(struct err *err)
{
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
	if (length <= 0) {
		err_set(err, EX_OSERR, "/proc/self/exe: cannot be read: %s", strerror(errno));
		return NULL;
	}
	path[length] = 0;
	return memory_text(path, err);
}

static int words_make(struct words *w, const char *directory, const struct sweep *sweep, size_t j, const char *launch,
                      struct err *err)
{
	static char train[] = "train", output[] = "--output", resume[] = "--resume";
	*w = (struct words){0};
	w->text = memory_text(launch != NULL ? launch : "", err);
	w->program = program_path(err);
	w->job = sweep_path(directory, sweep, j, ".yaml", err);
	w->output = sweep_path(directory, sweep, j, "", err);
	if (w->text == NULL || w->program == NULL || w->job == NULL || w->output == NULL)
		return -1;
	size_t count = 0;
	char *rest = NULL;
	for (char *word = strtok_r(w->text, " \t\n", &rest); word != NULL; word = strtok_r(NULL, " \t\n", &rest)) {
		if (count == WORDS)
			return err_set(err, EX_USAGE, "--launch: more than %d words", WORDS);
		w->word[count++] = word;
	}
	char *const own[] = {w->program, train, w->job, output, w->output, resume};
	memcpy(&w->word[count], own, sizeof own);
	return 0;
}

/* ---- The jobs ---------------------------------------------------------------------------------------------------- */

/* Returns whether the run of a job is complete: its newest checkpoint is of this very job, and at its end. */
static bool job_done(const struct words *w)
{
	struct err unheard = {0};
	struct model *model = NULL;
	struct job *job = app_job_read(w->job, &(struct edits){0}, &unheard);
	bool done = job != NULL && checkpoint_newest(w->output, NULL, NULL, &model, &unheard) == 0 && model != NULL &&
	            strcmp(model->job->text, job->text) == 0 && model_done(model);
	model_destroy(model);
	job_destroy(job);
	return done;
}

/* What the lines and a report say of a job must hold for its file. One that is no job is for its training to refuse. */
static int jobs_check(const char *directory, const struct sweep *sweep, struct err *err)
{
	struct job *first = NULL;
	size_t which = 0;
	int code = 0;
	for (size_t j = 0; code == 0 && j < sweep->jobs; j++) {
		struct err unheard = {0};
		char *path = sweep_path(directory, sweep, j, ".yaml", err);
		struct job *job = path != NULL ? app_job_read(path, &(struct edits){0}, &unheard) : NULL;
		code = path != NULL ? 0 : -1;
		if (job != NULL)
			code = sweep_agrees(sweep, j, job->text, err);
		if (job != NULL && code == 0 && first != NULL)
			code = sweep_alike(sweep, job->text, which, first->text, err);
		if (job != NULL && code != 0)
			err_prefix(err, "%s", path);
		if (job != NULL && first == NULL) {
			first = job;
			which = j;
		} else {
			job_destroy(job);
		}
		free(path);
	}
	job_destroy(first);
	return code;
}

/* How far a sweep has come. */
struct course {
	size_t done, failed;
	int status;  /* of the first job that failed; 0: none has */
	bool stopped;
	char *trouble; /* a line for each that failed */
};

/* Keeps what is told of a job that failed, for the end and in DIR/NAME.failed for reports. */
static void failure_note(struct course *c, const char *directory, const struct sweep *sweep, size_t j, int status,
                         const char *line)
{
	struct err err = {0};
	char text[SWEEP_TEXT];
	char *path = sweep_path(directory, sweep, j, ".failed", &err);
	char *told = memory_format(&err, "status %d%s%s\n", status, line[0] != 0 ? ": " : "", line);
	char *trouble = memory_format(&err, "%s%s%s%s (%s): %s", c->trouble != NULL ? c->trouble : "", directory,
	                              path_gap(directory), sweep->name[j], sweep_text(sweep, j, text),
	                              told != NULL ? told : "\n");
	if (path == NULL || told == NULL || trouble == NULL || app_write(path, told, strlen(told), &err) != 0)
		app_say(err.text);
	if (trouble != NULL) {
		free(c->trouble);
		c->trouble = trouble;
	}
	free(told);
	free(path);
	c->status = c->failed++ == 0 ? status : c->status;
}

/* What was told of it holds no longer. */
static void failure_forget(const char *directory, const struct sweep *sweep, size_t j)
{
	struct err err = {0};
	char *path = sweep_path(directory, sweep, j, ".failed", &err);
	if (path != NULL)
		unlink(path);
	free(path);
}

/* Trains a job that is not done yet. */
static int job_train(struct course *c, const char *directory, const struct sweep *sweep, size_t j,
                     const struct words *w, const struct signals *s, struct err *err)
{
	char last[CHILD_LINE];
	int status;
	if (child_run(w->word, s, &status, last, err) != 0)
		return -1;
	/* Some launchers end with 0 although they have lost ranks, or were told to stop. */
	bool done = status == 0 && job_done(w);
	c->stopped = signals_stop(s) || status == EX_TEMPFAIL;
	c->done += done;
	if (done)
		failure_forget(directory, sweep, j);
	if (status == 0 && !done && !c->stopped)
		failure_note(c, directory, sweep, j, EX_SOFTWARE, "the launcher ended with 0, but the run is not complete");
	else if (status != 0 && !c->stopped)
		failure_note(c, directory, sweep, j, status, last);
	return 0;
}

/* What came of it: a line for each job that failed, and the exit status. */
static int course_end(const struct course *c, const char *directory, const struct sweep *sweep)
{
	bool stopped = c->stopped && c->done + c->failed < sweep->jobs;
	for (char *line = c->trouble; line != NULL && *line != 0;) {
		size_t length = strcspn(line, "\n");
		line[length] = 0;
		app_say(line);
		line += length + 1;
	}
	app_print("%s: %zu of %zu jobs done%s", directory, c->done, sweep->jobs,
	          stopped ? ", stopped: the same command goes on" : "");
	return stopped ? EX_TEMPFAIL : c->status;
}

int sweep_run(const char *directory, const struct sweep *sweep, const char *launch, int *status, struct err *err)
{
	struct course course = {0};
	struct signals signals;
	int code = 0, lock;
	if (comm_announced().tasks > 1)
		return err_set(err, EX_USAGE, "sweep: --run starts the trainings itself: start it once, with --launch 'mpirun "
		               "-n RANKS'");
	if (jobs_check(directory, sweep, err) != 0)
		return -1;
	if (directory_lock(directory, false, &lock, err) != 0) /* two would take each other's trainings for failed */
		return -1;
	signals_hold(&signals);
	for (size_t j = 0; code == 0 && j < sweep->jobs && !course.stopped; j++) {
		struct words words;
		char text[SWEEP_TEXT];
		code = words_make(&words, directory, sweep, j, launch, err);
		bool done = code == 0 && job_done(&words);
		course.done += done;
		course.stopped = signals_stop(&signals);
		if (code == 0 && (done || !course.stopped))
			app_print("job %s of %zu: %s%s", sweep->name[j], sweep->jobs, sweep_text(sweep, j, text),
			          done ? ": done" : "");
		fflush(stdout); /* before the job's own lines */
		if (code == 0 && !done && !course.stopped)
			code = job_train(&course, directory, sweep, j, &words, &signals, err);
		words_free(&words);
	}
	if (code == 0)
		*status = course_end(&course, directory, sweep);
	free(course.trouble);
	directory_unlock(directory, lock);
	return code;
}
