/* Finds where the bytes of a file of samples lie. Another process reads that with HDF5 (serve.c), and this file checks
 * all that it answers. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 600 }; /* seconds for a file, on the slowest of disks */
enum { INPUT, OUTPUT, TROUBLE }; /* its standard descriptors */

extern char **environ;

/* ---- The other process ------------------------------------------------------------------------------------------- */

struct helper {
	pid_t pid;
	int pipe;
	double until; /* clock */
};

/* The file is its standard input, the pipe its standard output; what libraries print goes nowhere. */
static int helper_start(struct helper *helper, int file, const char *path, struct err *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int ends[2], failed;
	char program[] = "convoy", word[] = SERVE_WORD, *name = memory_text(path, err);
	char *const argv[] = {program, word, name, NULL};
	if (name == NULL)
		return -1;
	if (pipe(ends) < 0) {
		free(name);
		return err_set(err, EX_OSERR, "%s: cannot make a pipe: %s", path, strerror(errno));
	}
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	failed = posix_spawn_file_actions_adddup2(&actions, file, INPUT);
	if (failed == 0)
		failed = posix_spawn_file_actions_adddup2(&actions, ends[1], OUTPUT);
	if (failed == 0)
		failed = posix_spawn_file_actions_addopen(&actions, TROUBLE, "/dev/null", O_WRONLY, 0);
	if (failed == 0)
		failed = posix_spawn(&helper->pid, "/proc/self/exe", &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	free(name);
	close(ends[1]);
	helper->pipe = ends[0];
	helper->until = clock_seconds() + PATIENCE;
	if (failed == 0)
		return 0;
	close(ends[0]);
	return err_set(err, EX_OSERR, "%s: cannot start a process to read it: %s", path, strerror(failed));
}

/* Exactly `count` bytes; false where it ends or takes too long before. */
static bool helper_read(struct helper *helper, void *bytes, size_t count)
{
	uint8_t *next = bytes;
	while (count > 0) {
		double left = helper->until - clock_seconds();
		struct pollfd ready = {.fd = helper->pipe, .events = POLLIN};
		int some = left > 0 ? poll(&ready, 1, (int)(left * 1000) + 1) : 0;
		if (some < 0 && errno == EINTR)
			continue;
		ssize_t got = some > 0 ? read(helper->pipe, next, count) : 0;
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		next += got;
		count -= (size_t)got;
	}
	return true;
}

/* Ends it; how it ended, as waitpid tells. One that has already died keeps its own signal. */
static int helper_end(struct helper *helper, bool kill_it)
{
	int how = 0;
	close(helper->pipe);
	if (kill_it)
		kill(helper->pid, SIGKILL);
	while (waitpid(helper->pid, &how, 0) < 0 && errno == EINTR)
		continue;
	return how;
}

static int helper_failed(const char *path, int how, struct err *err)
{
	if (WIFSIGNALED(how) && (WTERMSIG(how) == SIGXCPU || WTERMSIG(how) == SIGKILL))
		return err_set(err, EX_DATAERR, "%s: HDF5 takes too long to read it: damaged, or stored in very many chunks",
		               path);
	if (WIFSIGNALED(how))
		return err_set(err, EX_DATAERR, "%s: damaged: HDF5 cannot read it and ends with signal %d", path,
		               WTERMSIG(how));
	return err_set(err, EX_DATAERR, "%s: damaged: HDF5 cannot read it", path);
}

/* ---- Checks ------------------------------------------------------------------------------------------------------ */

/* The sizes of an array, before memory is taken for its pieces. Dimensions beyond the rank become 1. */
static int sizes_check(struct sample_pieces *p, size_t rank, struct err *err)
{
	size_t block = 1, grid = 1;
	bool good = p->rank == rank && p->filters <= PIECE_FILTERS;
	for (size_t i = 0; i < rank && good; i++)
		good = p->dims[i] > 0 && p->each[i] > 0 && size_multiply(block, p->each[i], &block) && block <= PIECE_BYTES &&
		       size_multiply(grid, (p->dims[i] - 1) / p->each[i] + 1, &grid) && grid <= PIECES;
	for (size_t i = 0; i < p->filters && good; i++)
		good = p->filter[i] == PIECE_DEFLATE || p->filter[i] == PIECE_FLETCHER32;
	if (!good || grid != p->count || p->dims[0] > UINT32_MAX)
		return err_set(err, EX_DATAERR, "has more than %u entries, %d chunks, or %d bytes in a chunk", UINT32_MAX,
		               PIECES, PIECE_BYTES);
	for (size_t i = rank; i < STORE_RANK; i++)
		p->dims[i] = p->each[i] = 1;
	return 0;
}

/* Checks that each piece lies within the file and can hold what it should. */
static int places_check(const struct sample_pieces *p, size_t size, struct err *err)
{
	size_t behind = 1, row = 1;
	for (size_t i = 1; i < p->rank; i++) {
		behind *= (p->dims[i] - 1) / p->each[i] + 1;
		row *= p->each[i];
	}
	for (size_t n = 0; n < p->count; n++) {
		const struct sample_piece *piece = &p->piece[n];
		size_t left = p->dims[0] - n / behind * p->each[0], rows = left < p->each[0] ? left : p->each[0];
		if (piece->size > size || piece->offset > size - piece->size || piece->size == 0 ||
		    (p->filters == 0 && (piece->size < rows * row || piece->size > p->each[0] * row)))
			return err_set(err, EX_DATAERR, "chunk %zu is said to be %llu bytes from byte %llu, the file has %zu", n,
			               (unsigned long long)piece->size, (unsigned long long)piece->offset, size);
	}
	return 0;
}

/* Checks that there are as many labels as images, and that all images have one size. */
static int parts_check(const struct sample_index *index, const char *path, struct err *err)
{
	const struct sample_pieces *train = index->array[SAMPLE_TRAIN], *test = index->array[SAMPLE_TEST];
	for (size_t p = 0; p < SAMPLE_PARTS; p++) {
		const struct sample_pieces *part = index->array[p];
		if (part[SAMPLE_IMAGES].dims[0] != part[SAMPLE_LABELS].dims[0])
			return err_set(err, EX_DATAERR, "%s: /%s has %zu labels for %zu images", path, p == 0 ? "train" : "test",
			               part[SAMPLE_LABELS].dims[0], part[SAMPLE_IMAGES].dims[0]);
	}
	for (size_t i = 1; i < train->rank; i++)
		if (train->dims[i] != test->dims[i])
			return err_set(err, EX_DATAERR, "%s: images are %zu×%zu×%zu in /train and %zu×%zu×%zu in /test", path,
			               train->dims[1], train->dims[2], train->dims[3], test->dims[1], test->dims[2], test->dims[3]);
	return 0;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* Pieces and names. false where the other process has not sent them all. */
static int body_read(struct helper *helper, const struct reply *reply, struct sample_index *out, bool *whole,
                     struct err *err)
{
	static const size_t ranks[SAMPLE_ARRAYS] = {4, 1};
	for (size_t i = 0; i < SAMPLE_PARTS * SAMPLE_ARRAYS; i++) {
		struct sample_pieces *p = &out->array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS];
		*p = reply->array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS];
		p->piece = NULL;
		if (sizes_check(p, ranks[i % SAMPLE_ARRAYS], err) != 0)
			return -1;
		p->piece = memory_zeroed(p->count, sizeof *p->piece, err);
		if (p->piece == NULL)
			return -1;
		*whole = helper_read(helper, p->piece, p->count * sizeof *p->piece);
		if (!*whole)
			return -1;
	}
	memcpy(out->background, reply->background, BACKGROUND_BYTES - 1);
	if (reply->names == 0)
		return 0;
	if (reply->names > NAMES)
		return err_set(err, EX_DATAERR, "/classes has more than %d names", NAMES);
	out->name = memory_zeroed(reply->names, sizeof *out->name + NAME_BYTES + 1, err);
	if (out->name == NULL)
		return -1;
	out->classes = reply->names;
	char *texts = (char *)(out->name + out->classes);
	*whole = helper_read(helper, texts, out->classes * NAME_BYTES);
	for (size_t i = 0; i < out->classes; i++) {
		out->name[i] = texts + i * NAME_BYTES;
		out->name[i][NAME_BYTES - 1] = 0;
	}
	return *whole ? 0 : -1;
}

int samples_index(int file, const char *path, size_t size, struct sample_index *out, struct err *err)
{
	struct helper helper;
	*out = (struct sample_index){0};
	struct reply *reply = memory_zeroed(1, sizeof *reply, err);
	if (reply == NULL || helper_start(&helper, file, path, err) != 0) {
		free(reply);
		return -1;
	}
	struct err trouble = {0};
	bool whole = helper_read(&helper, reply, sizeof *reply) && reply->magic == REPLY_MAGIC;
	int status = whole ? 0 : -1;
	reply->text[sizeof reply->text - 1] = 0;
	if (whole && reply->code != 0)
		status = err_set(&trouble, reply->code, "%s", reply->text);
	else if (whole)
		status = body_read(&helper, reply, out, &whole, &trouble);
	int how = helper_end(&helper, !whole);
	free(reply);
	for (size_t i = 0; i < SAMPLE_PARTS * SAMPLE_ARRAYS && status == 0; i++)
		status = places_check(&out->array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS], size, &trouble);
	if (status == 0 && parts_check(out, path, &trouble) != 0)
		status = -1;
	if (status == 0)
		return 0;
	sample_index_free(out);
	if (!whole)
		return helper_failed(path, how, err);
	if (strncmp(trouble.text, path, strlen(path)) != 0)
		err_prefix(&trouble, "%s", path);
	return err_set(err, trouble.code, "%s", trouble.text);
}

void sample_index_free(struct sample_index *index)
{
	for (size_t i = 0; i < SAMPLE_PARTS * SAMPLE_ARRAYS; i++)
		free(index->array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS].piece);
	free(index->name);
	*index = (struct sample_index){0};
}
