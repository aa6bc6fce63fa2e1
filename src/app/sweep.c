/* convoy sweep JOB.yaml: a directory of jobs that differ in some values, to be trained by a batch system or here. */
#include "app.h"
#include "sweeping.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *path, *output, *launch;
	struct space space;
	struct edits edits;
	uint64_t random, seed; /* random 0: all combinations */
	bool seeded, run;
};

enum { OUTPUT = 'o', GRID = 'g', RANDOM = 'r', SEED = 's', SET = 'S', RUN = 256, LAUNCH };

static const struct argp_option options[] = {
	{"grid", GRID, "KEY=VALUES", 0, "Try these values of a key of the job file: 0.01,0.03 or a range 0.001..0.1", 0},
	{"random", RANDOM, "N", 0, "Draw N combinations (default: all of them)", 0},
	{"seed", SEED, "N", 0, "Seed of what is drawn (default: 1)", 0},
	{"set", SET, "KEY=VALUE", 0, "Set any scalar of the job file, in all jobs", 0},
	{"output", OUTPUT, "DIR", 0, "Where the jobs go, and later their runs", 0},
	{"run", RUN, NULL, 0, "Train the jobs here, one after another", 0},
	{"launch", LAUNCH, "WORDS", 0, "Start each training with WORDS, such as 'mpirun -n 4'", 0},
	{0},
};

static bool is_directory(const char *path)
{
	struct stat file;
	return stat(path, &file) == 0 && S_ISDIR(file.st_mode);
}

static int arguments_check(const struct arguments *a, struct err *err)
{
	bool making = a->space.keys > 0 || a->random > 0 || a->seeded || a->output != NULL || a->edits.count > 0;
	if (operand_check("sweep", "job file, or directory of a sweep", a->path, err) != 0)
		return -1;
	if (a->launch != NULL && !a->run)
		return err_set(err, EX_USAGE, "sweep: --launch needs --run");
	if (a->seeded && a->random == 0)
		return err_set(err, EX_USAGE, "sweep: --seed needs --random N");
	if (!is_directory(a->path)) {
		if (a->space.keys == 0)
			return err_set(err, EX_USAGE, "sweep: which values? --grid KEY=VALUE,VALUE… (convoy sweep --help)");
		if (a->output == NULL)
			return err_set(err, EX_USAGE, "sweep: where to? --output DIR is needed (convoy sweep --help)");
	} else if (making) {
		return err_set(err, EX_USAGE, "sweep: %s is a directory: give the job file, or --run alone, which trains the "
		               "jobs of a sweep", a->path);
	} else if (!a->run) {
		return err_set(err, EX_USAGE, "sweep: %s is a directory: --run trains the jobs in it, and convoy report "
		               "--sweep compares them", a->path);
	}
	return 0;
}

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	int code = 0;
	switch (key) {
	case GRID:
		code = space_add(&a->space, value, &a->err);
		break;
	case RANDOM:
		code = app_number("--random", value, 1, SWEEP_JOBS, &a->random, &a->err);
		break;
	case SEED:
		a->seeded = true;
		code = app_number("--seed", value, 0, UINT64_MAX, &a->seed, &a->err);
		break;
	case SET:
		code = edits_add(&a->edits, NULL, value, &a->err);
		break;
	case OUTPUT:
		a->output = value;
		break;
	case RUN:
		a->run = true;
		break;
	case LAUNCH:
		a->launch = value;
		break;
	case ARGP_KEY_ARG:
		code = operand_take("sweep", "job file", value, &a->path, &a->err);
		break;
	case ARGP_KEY_END:
		code = arguments_check(a, &a->err);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return code == 0 ? 0 : EINVAL;
}

/* ---- The jobs ---------------------------------------------------------------------------------------------------- */

char *sweep_path(const char *directory, const struct sweep *sweep, size_t job, const char *ending, struct err *err)
{
	return memory_format(err, "%s%s%s%s", directory, path_gap(directory), sweep->name[job], ending);
}

/* The job file with the edits of all jobs and the values of one. */
static struct job *job_of(const struct arguments *a, const struct sweep *sweep, size_t j, struct err *err)
{
	struct edits edits = {0};
	struct job *job = NULL;
	int code = 0;
	for (size_t e = 0; code == 0 && e < a->edits.count; e++)
		code = edits_add(&edits, NULL, a->edits.text[e], err);
	for (size_t k = 0; code == 0 && k < sweep->keys; k++)
		code = edits_add(&edits, sweep->key[k], sweep->value[j * sweep->keys + k], err);
	if (code == 0)
		job = app_job_read(a->path, &edits, err);
	edits_free(&edits);
	return job;
}

/* What convoy show would refuse is refused before anything is written. */
static int jobs_check(const struct arguments *a, const struct sweep *sweep, struct err *err)
{
	for (size_t j = 0; j < sweep->jobs; j++) {
		char text[SWEEP_TEXT];
		struct job *job = job_of(a, sweep, j, err);
		struct model *model = job != NULL ? model_create(job, err) : NULL;
		if (model == NULL)
			return err_prefix(err, "job %s (%s)", sweep->name[j], sweep_text(sweep, j, text));
		model_destroy(model);
	}
	return 0;
}

/* Sets *same to whether the file holds that text; false too if it is not there. EX_USAGE if it holds another one. */
static int file_compare(const char *path, const char *text, bool *same, struct err *err)
{
	struct stat file;
	uint8_t *bytes = NULL;
	size_t count = 0;
	*same = false;
	if (lstat(path, &file) != 0 && errno == ENOENT)
		return 0;
	if (file_read(path, (size_t)16 * JOB_BYTES, &bytes, &count, err) != 0)
		return -1;
	*same = count == strlen(text) && memcmp(bytes, text, count) == 0;
	free(bytes);
	if (*same)
		return 0;
	return err_set(err, EX_USAGE, "%s exists and is of another sweep: --output names another directory", path);
}

static bool directory_is_empty(const char *path)
{
	DIR *directory = opendir(path);
	size_t entries = 0; /* "." and ".." among them */
	while (directory != NULL && entries < 3 && readdir(directory) != NULL)
		entries++;
	if (directory != NULL)
		closedir(directory);
	return entries == 2;
}

/* Returns whether a sweep may be made there, as far as the table does not say so. */
static int directory_check(const char *output, bool same, struct err *err)
{
	struct stat file;
	if (stat(output, &file) != 0)
		return 0;
	if (!S_ISDIR(file.st_mode))
		return err_set(err, EX_USAGE, "%s is a file: --output names a directory", output);
	if (!same && !directory_is_empty(output))
		return err_set(err, EX_USAGE, "%s exists and is no sweep: --output names another directory", output);
	return 0;
}

/* Makes the directory and the table in it. One that is there must be empty, or this sweep's. */
static int table_write(const char *output, const struct sweep *sweep, struct err *err)
{
	char *path = memory_format(err, "%s%ssweep.csv", output, path_gap(output)), *table = sweep_table(sweep, err);
	bool same = true;
	int code = path != NULL && table != NULL ? directory_check(output, true, err) : -1;
	if (code == 0)
		code = file_compare(path, table, &same, err);
	if (code == 0)
		code = directory_check(output, same, err);
	if (code == 0)
		code = directory_make(output, err);
	if (code == 0 && !same)
		code = app_write(path, table, strlen(table), err);
	free(table);
	free(path);
	return code;
}

static int job_write(const struct arguments *a, const struct sweep *sweep, size_t j, struct err *err)
{
	char *path = sweep_path(a->output, sweep, j, ".yaml", err);
	struct job *job = path != NULL ? job_of(a, sweep, j, err) : NULL;
	bool same;
	int code = job != NULL ? file_compare(path, job->text, &same, err) : -1;
	if (code == 0 && !same)
		code = app_write(path, job->text, strlen(job->text), err);
	job_destroy(job);
	free(path);
	return code;
}

static int sweep_make(const struct arguments *a, struct sweep *sweep, struct err *err)
{
	int code = a->random > 0 ? space_draw(&a->space, a->random, a->seed, sweep, err)
	                         : space_product(&a->space, sweep, err);
	if (code == 0)
		code = jobs_check(a, sweep, err);
	if (code == 0)
		code = table_write(a->output, sweep, err);
	for (size_t j = 0; code == 0 && j < sweep->jobs; j++)
		code = job_write(a, sweep, j, err);
	return code;
}

/* ---- The command ------------------------------------------------------------------------------------------------- */

/* A path as a shell reads it back. */
static void path_print(const char *path)
{
	if (path[strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+-")] == 0) {
		fputs(path, stdout);
		return;
	}
	putchar('\'');
	for (; *path != 0; path++)
		if (*path == '\'')
			fputs("'\\''", stdout);
		else
			putchar(text_control(path) > 0 ? '?' : *path);
	putchar('\'');
}

/* What there is, and the line that trains it. */
static void made_print(const char *output, const struct sweep *sweep)
{
	printf("%zu job%s: ", sweep->jobs, app_plural(sweep->jobs));
	path_print(output);
	printf("%s%s.yaml", path_gap(output), sweep->name[0]);
	if (sweep->jobs > 1)
		printf(" … %s.yaml", sweep->name[sweep->jobs - 1]);
	puts("; sweep.csv lists them");
	printf("under Slurm: sbatch --array=1-%zu slurm-array.sbatch ", sweep->jobs);
	path_print(output);
	printf("\nhere:        convoy sweep ");
	path_print(output);
	puts(" --run");
}

static int sweep(const struct arguments *a, int *status, struct err *err)
{
	struct sweep sweep = {0};
	bool making = !is_directory(a->path);
	const char *directory = making ? a->output : a->path;
	int code = making ? sweep_make(a, &sweep, err) : sweep_read(directory, &sweep, err);
	if (code == 0 && a->run)
		code = sweep_run(directory, &sweep, a->launch, status, err);
	else if (code == 0)
		made_print(directory, &sweep);
	sweep_free(&sweep);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "JOB.yaml|DIR",
		"Writes a directory of jobs that differ in some values, and prints the line that trains them as an array of "
		"Slurm; or trains them here, one after another. convoy report compares them.", NULL, NULL, NULL};
	struct arguments a = {.seed = 1};
	int status = 0;
	int code = app_parse(&argp, argc, argv, &a, &a.err) == 0 ? sweep(&a, &status, &a.err) : -1;
	space_free(&a.space);
	edits_free(&a.edits);
	return code == 0 ? status : app_fail(&a.err);
}

const struct command sweep_command = {"sweep", "writes jobs that differ in some values, or trains them", run};
