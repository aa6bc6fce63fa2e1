/* Opening files of samples: one for all arrays, one for each part, or one for each array. */
#include "pieces.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes of the largest piece on its way. A packed one needs room for a whole one; of what is not packed the file says
 * how much it is: an array that lies in one run may be shorter than the piece that it is counted as. */
static size_t largest_bytes(const struct sample_pieces *p)
{
	size_t largest = 0;
	if (p->filters > 0)
		return block_bytes(p);
	for (size_t n = 0; n < p->count; n++)
		largest = p->piece[n].size > largest ? p->piece[n].size : largest;
	return largest;
}

/* Memory for the largest piece of all arrays. Packed data are a little longer than what does not get shorter. */
int reader_buffers(struct sample_reader *r, struct err *err)
{
	for (size_t part = 0; part < SAMPLE_PARTS; part++)
		for (size_t a = 0; a < SAMPLE_ARRAYS; a++) {
			size_t block = r->index.array[part][a].rank == 0 ? 0 : largest_bytes(&r->index.array[part][a]);
			r->room = block > r->room ? block : r->room;
		}
	r->room += r->room / 8 + 4096;
	r->raw = memory_zeroed(r->room, 1, err);
	r->block = memory_zeroed(r->room, 1, err);
	return r->raw != NULL && r->block != NULL ? 0 : -1;
}

int reader_begin(struct sample_reader *out, const char *path, struct err *err)
{
	int code = 0;
	*out = (struct sample_reader){0};
	for (size_t p = 0; p < SAMPLE_PARTS; p++) {
		out->part[p].descriptor = -1;
		for (size_t a = 0; a < SAMPLE_ARRAYS; a++)
			out->each[p][a].descriptor = -1;
	}
	for (size_t p = 0; p < SAMPLE_PARTS && code == 0; p++)
		code = (out->path[p] = memory_text(path, err)) != NULL ? 0 : -1;
	return code;
}

int reader_file(struct sample_file *out, const char *path, const char *what, struct err *err)
{
	struct stat status;
	out->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a pipe must not make open wait */
	out->absent = out->descriptor < 0 && errno == ENOENT;
	if (out->descriptor < 0 || fstat(out->descriptor, &status) != 0)
		return err_set(err, EX_NOINPUT, "%s: %s", path, errno == ENOENT ? "no such file" : strerror(errno));
	if (S_ISDIR(status.st_mode))
		return err_set(err, EX_NOINPUT, "%s: a directory, not %s", path, what);
	if (!S_ISREG(status.st_mode))
		return err_set(err, EX_NOINPUT, "%s: not a regular file", path);
	out->size = (size_t)status.st_size;
	out->written = status.st_mtim;
	return 0;
}

static const char hdf5_name[] = "an HDF5 file (convoy import makes one)";

int reader_open(struct sample_reader *out, const char *path, const struct sample_request *request, struct err *err)
{
	struct sample_file *file = out->part;
	if (reader_begin(out, path, err) != 0 || reader_file(&file[SAMPLE_TRAIN], path, hdf5_name, err) != 0 ||
	    samples_index(file[SAMPLE_TRAIN].descriptor, path, file[SAMPLE_TRAIN].size, request, &out->index, err) != 0)
		return -1;
	file[SAMPLE_TEST] = file[SAMPLE_TRAIN];
	file[SAMPLE_TEST].descriptor = fcntl(file[SAMPLE_TRAIN].descriptor, F_DUPFD_CLOEXEC, 0);
	if (file[SAMPLE_TEST].descriptor < 0)
		return err_set(err, EX_OSERR, "%s: %s", path, strerror(errno));
	return reader_buffers(out, err);
}

/* ---- A file for each part ---------------------------------------------------------------------------------------- */

/* Takes over the arrays of a part, and what the file says of all: the names of classes of both files must agree. */
static int index_take(struct sample_reader *r, size_t part, struct sample_index *from, struct err *err)
{
	struct sample_index *to = &r->index;
	const struct class_names here = {from->classes, from->name}, there = {to->classes, to->name};
	size_t k = class_names_differ(&here, &there);
	int code = 0;
	memcpy(to->array[part], from->array[part], sizeof to->array[part]);
	memset(from->array[part], 0, sizeof from->array[part]);
	if (to->background[0] == 0)
		memcpy(to->background, from->background, sizeof to->background);
	if (here.count > 0 && there.count > 0 && (k < here.count || k < there.count))
		code = err_set(err, EX_DATAERR, "%s: class %zu of /classes is not named as in %s: both files must name the "
		               "same classes", r->path[part], k, r->path[SAMPLE_TRAIN]);
	if (there.count == 0) {
		to->classes = from->classes;
		to->name = from->name;
		from->classes = 0;
		from->name = NULL;
	}
	sample_index_free(from);
	return code;
}

void request_leave(struct sample_request *request, size_t part)
{
	memset(request->path[part], 0, sizeof request->path[part]);
}

static int part_open(struct sample_reader *r, size_t part, const struct data_source *source,
                     const struct sample_request *request, struct err *err)
{
	struct sample_request own = *request;
	struct sample_index index;
	const char *name = source->file[part];
	struct sample_file *file = &r->part[part];
	request_leave(&own, 1 - part);
	free(r->path[part]);
	bool alone = name[0] == '/' || strcmp(source->place, ".") == 0;
	r->path[part] = alone ? memory_text(name, err)
	                      : memory_format(err, "%s%s%s", source->place, path_gap(source->place), name);
	if (r->path[part] == NULL || reader_file(file, r->path[part], hdf5_name, err) != 0 ||
	    samples_index(file->descriptor, r->path[part], file->size, &own, &index, err) != 0)
		return -1;
	return index_take(r, part, &index, err);
}

static bool is_directory(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int files_open(struct sample_reader *out, const struct data_source *source, struct err *err)
{
	const struct sample_request *request = source->request != NULL ? source->request : request_usual(source->format);
	if (source->format == DATA_NUMPY)
		return numpy_open(out, source->place, request, err);
	if (source->file[SAMPLE_TRAIN] == NULL || !is_directory(source->place))
		return reader_open(out, source->place, request, err);
	int code = reader_begin(out, source->place, err);
	for (size_t p = 0; p < SAMPLE_PARTS && code == 0; p++)
		if (request->path[p][SAMPLE_INPUTS] != NULL && source->file[p] != NULL)
			code = part_open(out, p, source, request, err);
	return code == 0 ? reader_buffers(out, err) : -1;
}

int source_open(struct sample_reader *out, const struct data_source *source, struct err *err)
{
	int code = files_open(out, source, err);
	out->advises = source->request != NULL && source->request->advises;
	for (size_t p = 0; p < SAMPLE_PARTS && code == 0 && source->skip; p++) {
		const struct sample_pieces *inputs = &out->index.array[p][SAMPLE_INPUTS];
		out->lacks[p] = memory_zeroed(inputs->rank > 0 ? inputs->dims[0] : 0, sizeof *out->lacks[p], err);
		code = out->lacks[p] != NULL ? 0 : -1;
	}
	return code;
}

/* ---- Closing ----------------------------------------------------------------------------------------------------- */

static void file_close(struct sample_file *file)
{
	if (file->descriptor >= 0)
		close(file->descriptor);
	file->descriptor = -1;
}

void reader_close(struct sample_reader *r)
{
	for (size_t p = 0; p < SAMPLE_PARTS; p++) {
		file_close(&r->part[p]);
		for (size_t a = 0; a < SAMPLE_ARRAYS; a++)
			file_close(&r->each[p][a]);
		free(r->path[p]);
		free(r->lacks[p]);
		r->path[p] = NULL;
		r->lacks[p] = NULL;
	}
	sample_index_free(&r->index);
	free(r->raw);
	free(r->block);
	free(r->row);
	r->raw = r->block = r->row = NULL;
	r->room = r->row_room = 0;
}
