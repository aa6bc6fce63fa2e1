/* Finds where the bytes of a file of samples lie. Another process reads that with HDF5 (serve.c), and this file checks
 * all that it answers. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 600 }; /* seconds for a file, on the slowest of disks */

const struct sample_request sample_request_usual = {
	.path = {{"/train/images", "/train/labels"}, {"/test/images", "/test/labels"}},
};

/* ---- Paths ------------------------------------------------------------------------------------------------------- */

/* Begins with one slash, has one between its parts and none at the end. */
static int path_plain(const char *from, char out[SAMPLE_PATH], struct err *err)
{
	size_t length = 0;
	for (const char *next = from + strspn(from, "/"); *next != 0; next += strspn(next, "/")) {
		size_t part = strcspn(next, "/");
		if ((part == 1 && next[0] == '.') || (part == 2 && memcmp(next, "..", 2) == 0))
			return err_set(err, EX_DATAERR, "'%s': a path in a file has no . and ..", from);
		if (length + 1 + part >= SAMPLE_PATH)
			return err_set(err, EX_DATAERR, "a path of an array has at most %d bytes", SAMPLE_PATH - 1);
		out[length++] = '/';
		memcpy(out + length, next, part);
		length += part;
		next += part;
	}
	out[length] = 0;
	return length > 0 ? 0 : err_set(err, EX_DATAERR, "'%s': names no array", from);
}

static int paths_take(const struct sample_request *request, struct sample_index *out, struct err *err)
{
	for (size_t p = 0; p < SAMPLE_PARTS; p++)
		for (size_t a = 0; a < SAMPLE_ARRAYS; a++)
			if (request->path[p][a] != NULL && path_plain(request->path[p][a], out->array[p][a].path, err) != 0)
				return -1;
	return 0;
}

/* ---- The other process ------------------------------------------------------------------------------------------- */

struct helper {
	int process, pipe;
	double until; /* clock */
};

/* The file is its standard input, the pipe its standard output. */
static int helper_start(struct helper *helper, int file, const char *path, const struct sample_request *request,
                        struct sample_index *index, struct err *err)
{
	int ends[2];
	char program[] = "convoy", word[] = SERVE_WORD, flags[SAMPLE_PARTS + 1] = "", *name = memory_text(path, err);
	char *argv[SERVE_ARGUMENTS + 1] = {program, word, name, flags};
	for (size_t p = 0; p < SAMPLE_PARTS; p++)
		flags[p] = (char)('0' + (request->may_lack[p]   ? ABSENCE_ALLOWED
		                         : request->may_miss[p] ? ABSENCE_OF_GROUP
		                         : request->advises     ? ABSENCE_ADVISED
		                                                : ABSENCE_WRONG));
	for (size_t i = 0; i < SAMPLE_PARTS * SAMPLE_ARRAYS; i++)
		argv[SERVE_PATHS + i] = index->array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS].path;
	if (name == NULL)
		return -1;
	if (pipe(ends) < 0) {
		free(name);
		return err_set(err, EX_OSERR, "%s: cannot make a pipe: %s", path, strerror(errno));
	}
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	int failed = process_start(&helper->process, argv, file, ends[1]);
	free(name);
	close(ends[1]);
	helper->pipe = ends[0];
	helper->until = clock_seconds() + PATIENCE;
	if (failed == 0)
		return 0;
	close(ends[0]);
	return err_set(err, EX_OSERR, "%s: cannot start a process to read it: %s", path, strerror(failed));
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
static int sizes_check(struct sample_pieces *p, struct err *err)
{
	size_t block, grid = 1, all;
	bool good = p->rank >= 1 && p->rank <= STORE_RANK && p->filters <= PIECE_FILTERS && p->number.fills <= FILLS &&
	            (unsigned)p->number.type < STORE_TYPES;
	all = block = good ? store_type_bytes(p->number.type) : 1;
	for (size_t i = 0; good && i < p->rank; i++)
		good = p->dims[i] > 0 && p->each[i] > 0 && size_multiply(block, p->each[i], &block) && block <= PIECE_BYTES &&
		       size_multiply(all, p->dims[i], &all) &&
		       size_multiply(grid, (p->dims[i] - 1) / p->each[i] + 1, &grid) && grid <= PIECES;
	for (size_t i = 0; good && i < p->filters; i++)
		good = p->filter[i] == PIECE_DEFLATE || p->filter[i] == PIECE_FLETCHER32 || p->filter[i] == PIECE_SHUFFLE;
	if (!good || grid != p->count || p->dims[0] > UINT32_MAX)
		return err_set(err, EX_DATAERR, "%s: has more than %u entries, %d chunks, or %d bytes in a chunk", p->path,
		               UINT32_MAX, PIECES, PIECE_BYTES);
	for (size_t i = p->rank; i < STORE_RANK; i++)
		p->dims[i] = p->each[i] = 1;
	return 0;
}

/* Checks that each piece lies within the file and can hold what it should. */
static int places_check(const struct sample_pieces *p, size_t size, struct err *err)
{
	size_t behind = 1, row = store_type_bytes(p->number.type);
	for (size_t i = 1; i < p->rank; i++) {
		behind *= (p->dims[i] - 1) / p->each[i] + 1;
		row *= p->each[i];
	}
	for (size_t n = 0; n < p->count; n++) {
		const struct sample_piece *piece = &p->piece[n];
		size_t left = p->dims[0] - n / behind * p->each[0], rows = left < p->each[0] ? left : p->each[0];
		if (piece->size > size || piece->offset > size - piece->size || piece->size == 0 ||
		    (p->filters == 0 && (piece->size < rows * row || piece->size > p->each[0] * row)))
			return err_set(err, EX_DATAERR, "%s: chunk %zu is said to be %llu bytes from byte %llu, the file has %zu",
			               p->path, n, (unsigned long long)piece->size, (unsigned long long)piece->offset, size);
	}
	return 0;
}

int sample_index_check(const struct sample_index *index, const struct sample_request *request, struct err *err)
{
	for (size_t p = 0; p < SAMPLE_PARTS; p++) {
		const struct sample_pieces *part = index->array[p], *inputs = &part[SAMPLE_INPUTS];
		bool may = request->may_miss[p] || request->may_lack[p];
		bool none = may && request->path[p][SAMPLE_INPUTS] != NULL && inputs->rank == 0;
		for (size_t a = 0; a < SAMPLE_ARRAYS; a++) {
			if ((part[a].rank > 0) != (request->path[p][a] != NULL && !none))
				return err_set(err, EX_DATAERR, "%s: is not as asked for", part[a].path);
			if (part[a].rank > 0 && inputs->rank > 0 && part[a].dims[0] != inputs->dims[0])
				return err_set(err, EX_DATAERR, "%s has %zu entries, %s has %zu: there must be as many", part[a].path,
				               part[a].dims[0], inputs->path, inputs->dims[0]);
		}
	}
	return 0;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* Pieces and names. false where the other process has not sent them all. */
static int body_read(struct helper *helper, struct reply *reply, struct sample_index *out, bool *whole,
                     struct err *err)
{
	for (size_t i = 0; i < SAMPLE_PARTS * SAMPLE_ARRAYS; i++) {
		struct sample_pieces *p = &out->array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS];
		struct sample_pieces *said = &reply->array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS];
		if (said->rank == 0)
			continue;
		memcpy(said->path, p->path, sizeof said->path);
		*p = *said;
		p->piece = NULL;
		if (sizes_check(p, err) != 0) {
			p->count = 0;
			return -1;
		}
		p->piece = memory_zeroed(p->count, sizeof *p->piece, err);
		if (p->piece == NULL)
			return -1;
		*whole = process_take(helper->pipe, helper->until, p->piece, p->count * sizeof *p->piece);
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
	*whole = process_take(helper->pipe, helper->until, texts, out->classes * NAME_BYTES);
	for (size_t i = 0; i < out->classes; i++) {
		out->name[i] = texts + i * NAME_BYTES;
		out->name[i][NAME_BYTES - 1] = 0;
	}
	return *whole ? 0 : -1;
}

int samples_index(int file, const char *path, size_t size, const struct sample_request *request,
                  struct sample_index *out, struct err *err)
{
	struct helper helper;
	*out = (struct sample_index){0};
	if (paths_take(request, out, err) != 0)
		return err_prefix(err, "%s", path);
	struct reply *reply = memory_zeroed(1, sizeof *reply, err);
	if (reply == NULL || helper_start(&helper, file, path, request, out, err) != 0) {
		free(reply);
		return -1;
	}
	struct err trouble = {0};
	bool whole = process_take(helper.pipe, helper.until, reply, sizeof *reply) && reply->magic == REPLY_MAGIC;
	int status = whole ? 0 : -1;
	reply->text[sizeof reply->text - 1] = 0;
	if (whole && reply->code != 0)
		status = err_set(&trouble, reply->code, "%s", reply->text);
	else if (whole)
		status = body_read(&helper, reply, out, &whole, &trouble);
	close(helper.pipe);
	int how = process_end(helper.process, !whole);
	free(reply);
	for (size_t i = 0; i < SAMPLE_PARTS * SAMPLE_ARRAYS && status == 0; i++)
		status = places_check(&out->array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS], size, &trouble);
	if (status == 0)
		status = sample_index_check(out, request, &trouble);
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
