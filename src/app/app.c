/* Errors, files and the team of a command. */
#include "app.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE = sizeof((struct err *)0)->text + 128 };

/* What a user, or who wrote a file, named something must neither break the line nor talk to the terminal. */
static void controls_hide(char *text)
{
	for (; *text != 0; text++)
		for (size_t bytes = text_control(text); bytes > 0; bytes--)
			text[bytes - 1] = '?';
}

static void line_make(const char *text, char line[LINE])
{
	snprintf(line, LINE - 1, "convoy: %s", text);
	controls_hide(line);
	strcat(line, "\n");
}

const char *app_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

void app_print(const char *format, ...)
{
	char text[8192];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	controls_hide(text);
	puts(text);
}

void app_say(const char *text)
{
	char line[LINE];
	line_make(text, line);
	fputs(line, stderr); /* at once: a launcher mixes what its ranks write in pieces */
}

void app_drop(const char *text, int status)
{
	/* Do not wait: a hanging thread may hold the lock of stdio, and a pipe may be full. */
	struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
	char line[LINE];
	if (text != NULL && poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT)) {
		line_make(text, line);
		ssize_t put = write(STDERR_FILENO, line, strlen(line));
		(void)put; /* nobody is left to be told */
	}
	_exit(status);
}

int app_fail(const struct err *err)
{
	app_say(err->text);
	return err->code != 0 ? err->code : EX_SOFTWARE;
}

int app_fail_early(const struct err *err)
{
	enum { PATIENCE = 3 }; /* seconds in which a launcher ends all tasks once the first has failed */
	if (comm_announced().task > 0)
		sleep(PATIENCE);
	return app_fail(err);
}

int app_flush(int status)
{
	struct err err = {0};
	bool good = fflush(stdout) == 0 && !ferror(stdout);
	/* Network file systems report a failed write here, and nothing more is printed. */
	good = (close(STDOUT_FILENO) == 0 || errno == EINTR) && good;
	if (good || status != 0)
		return status;
	err_set(&err, EX_IOERR, "standard output: cannot write");
	return app_fail(&err);
}

/* Says that tasks which should be the ranks of one run are a run each, because the launcher is not that of the MPI
 * library. */
static void apart_say(const struct announced *a)
{
	char text[LINE];
	snprintf(text, sizeof text, "%s is %zu, but MPI (%s) does not join these tasks, and each does all the work: "
	         "launch with that library's own mpirun, or with srun --mpi=TYPE (srun --mpi=list shows the types); "
	         "for runs that are meant to be separate, give each its own --output", a->by, a->tasks, comm_library());
	app_say(text);
}

int team_open(struct team *team, int *argc, char ***argv, struct err *err)
{
	struct announced announced = comm_announced();
	int code = 0;
	team->comm = comm_open(argc, argv, err);
	if (team->comm == NULL)
		return -1;
	team->apart = comm_ranks(team->comm) == 1 && announced.tasks > 1;
	if (team->apart && announced.task == 0)
		apart_say(&announced);
	if (comm_rank(team->comm) > 0 && freopen("/dev/null", "w", stdout) == NULL)
		code = err_set(err, EX_OSERR, "/dev/null: cannot open: %s", strerror(errno));
	team->kernels = kernels_choose(err);
	return comm_agree(team->comm, team->kernels != NULL ? code : -1, err);
}

int team_fail(const struct team *team, const struct err *err)
{
	if (team->comm == NULL)
		return app_fail_early(err);
	if (comm_rank(team->comm) == 0)
		return app_fail(err);
	return err->code != 0 ? err->code : EX_SOFTWARE;
}

size_t team_rank(const struct team *team)
{
	return team->comm != NULL ? comm_rank(team->comm) : 0;
}

size_t team_ranks(const struct team *team)
{
	return team->comm != NULL ? comm_ranks(team->comm) : 1;
}

int team_agree(const struct team *team, int code, struct err *err)
{
	return team->comm != NULL ? comm_agree(team->comm, code, err) : code;
}

int team_model(const struct team *team, const char *path, struct model **model, struct err *err)
{
	bool first = team_rank(team) == 0;
	*model = first ? checkpoint_load(path, NULL, err) : NULL;
	int code = team_agree(team, first && *model == NULL ? -1 : 0, err);
	return code == 0 && team->comm != NULL ? model_broadcast(team->comm, model, err) : code;
}

void team_close(struct team *team)
{
	comm_close(team->comm);
}

const char *app_meant(const struct suggestion *suggestion, const char *dashes, char text[MEANT])
{
	text[0] = 0;
	if (suggestion->word != NULL)
		snprintf(text, MEANT, "; did you mean '%s%s'?", dashes, suggestion->word);
	return text;
}

/* The first bytes of every checkpoint. */
static const char magic[] = "convoy-checkpoint";

bool app_is_checkpoint(const char *path)
{
	size_t length = strlen(path);
	return store_begins(path) || (length > 3 && strcmp(path + length - 3, ".h5") == 0);
}

int edits_add(struct edits *edits, const char *key, const char *value, struct err *err)
{
	if (edits->count == EDITS)
		return err_set(err, EX_USAGE, "more than %d values are set", EDITS);
	char *text = key != NULL ? memory_format(err, "%s=%s", key, value) : memory_text(value, err);
	if (text == NULL)
		return -1;
	edits->text[edits->count++] = text;
	return 0;
}

void edits_free(struct edits *edits)
{
	for (size_t e = 0; e < edits->count; e++)
		free(edits->text[e]);
	edits->count = 0;
}

struct job *app_job_read(const char *path, const struct edits *edits, struct err *err)
{
	struct stat file;
	bool there = stat(path, &file) == 0;
	if (there && !S_ISREG(file.st_mode))
		err_set(err, EX_NOINPUT, "%s: is %s, not a job file", path,
		        S_ISDIR(file.st_mode) ? "a directory" : "no regular file");
	else if (there && app_is_checkpoint(path))
		err_set(err, EX_CONFIG, "%s: is a checkpoint, not a job file (convoy show --job prints the one in it)", path);
	else
		return job_read(path, edits->count, (const char *const *)edits->text, err);
	return NULL;
}

int app_may_write(const char *path, bool checkpoint, struct err *err)
{
	char *directory = NULL, *name = NULL;
	int code = path_split(path, &directory, &name, err);
	free(directory);
	free(name);
	struct stat file;
	if (code == 0 && stat(path, &file) == 0 && S_ISDIR(file.st_mode))
		code = err_set(err, EX_USAGE, "%s: is a directory, not a file to write", path);
	if (code == 0 && !checkpoint && store_begins(path))
		code = err_set(err, EX_USAGE, "%s: is a checkpoint and must not be overwritten", path);
	return code;
}

int app_is_new(const char *path, const char *option, bool force, struct err *err)
{
	struct stat file;
	if (force || lstat(path, &file) != 0)
		return 0;
	return err_set(err, EX_USAGE, "%s exists: --force replaces it, --%s names another file", path, option);
}

int app_write(const char *path, const void *bytes, size_t count, struct err *err)
{
	char *directory = NULL, *name = NULL;
	bool checkpoint = count >= sizeof magic - 1 && memcmp(bytes, magic, sizeof magic - 1) == 0;
	if (app_may_write(path, checkpoint, err) != 0)
		return -1;
	int code = path_split(path, &directory, &name, err);
	if (code == 0)
		code = file_write(directory, name, bytes, count, err);
	free(directory);
	free(name);
	return code;
}
