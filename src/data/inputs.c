/* Inputs without targets, from an array of HDF5 or NumPy or an IDX file, some samples at a time. */
#include "data.h"
#include "input.h"
#include "pieces.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAGIC_ROOM = 8 };

/* Whether a file has some bytes at a place. */
static bool begins_with(int file, off_t at, const char *magic)
{
	char begin[MAGIC_ROOM];
	size_t length = strlen(magic);
	return pread(file, begin, length, at) == (ssize_t)length && memcmp(begin, magic, length) == 0;
}

/* DATA_HDF5 or DATA_NUMPY by the first bytes, otherwise DATA_MEMORY. */
static enum data_format arrays_format(const char *path)
{
	enum { USER_BLOCK = 512 };
	enum data_format found = DATA_MEMORY;
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a pipe must not make open wait */
	if (file < 0)
		return found;
	if (begins_with(file, 0, "\x93NUMPY"))
		found = DATA_NUMPY;
	/* The signature stands at 0, or behind a block of the user's. */
	for (off_t at = 0; at <= 4 * USER_BLOCK && found == DATA_MEMORY; at = at == 0 ? USER_BLOCK : 2 * at)
		if (begins_with(file, at, "\x89HDF\r\n\x1a\n"))
			found = DATA_HDF5;
	close(file);
	return found;
}

bool holds_arrays(const char *path)
{
	return arrays_format(path) != DATA_MEMORY;
}

struct inputs {
	size_t count, span;        /* samples; of a row */
	struct data_array numbers; /* a row: the room for it */
	/* Of an array: */
	struct sample_reader reader;
	size_t row;                /* number of the row that is in memory; SIZE_MAX: none */
	uint8_t *at;               /* its samples */
	/* Of an IDX file: */
	struct input *images;      /* NULL: an array */
	size_t next;               /* the image that comes next */
};

struct inputs *inputs_open(const char *path, const char *array, const char *other, const struct data_need *need,
                           enum element element, struct err *err)
{
	const struct sample_request request = {.path[SAMPLE_TRAIN][SAMPLE_INPUTS] = array,
	                                       .may_lack[SAMPLE_TRAIN] = other != NULL};
	struct inputs *in = memory_zeroed(1, sizeof *in, err);
	if (in == NULL)
		return NULL;
	const struct sample_pieces *p = &in->reader.index.array[SAMPLE_TRAIN][SAMPLE_INPUTS];
	in->numbers = (struct data_array){element, shape_size(need->shape), NULL};
	in->row = SIZE_MAX;
	int code = arrays_format(path) == DATA_NUMPY ? numpy_open_one(&in->reader, path, SAMPLE_TRAIN, SAMPLE_INPUTS, err)
	                                             : reader_open(&in->reader, path, &request, err);
	if (code == 0 && p->rank == 0)
		code = err_set(err, EX_DATAERR, "%s: %s: no such array; the run's test set was a share of its training "
		               "samples: --inputs=%s predicts from all of them", path, array, other);
	if (code == 0)
		code = inputs_check(path, p, need, err);
	if (need->channels_last && need->shape.maps > 1)
		in->reader.channels[SAMPLE_INPUTS] = need->shape.maps;
	if (code == 0 && element_of(p->number.type) != element)
		code = err_set(err, EX_DATAERR, "%s: %s: is %s, the network was trained on %s: convert the numbers", path,
		               p->path, store_type_name(p->number.type), element_name(element));
	if (code == 0) {
		in->count = p->dims[0];
		in->span = p->each[0] < p->dims[0] ? p->each[0] : p->dims[0];
		in->numbers.bytes = memory_zeroed(in->span, array_bytes(&in->numbers, 1), err);
		code = in->numbers.bytes != NULL ? 0 : -1;
	}
	if (code == 0)
		return in;
	inputs_close(in);
	return NULL;
}

struct inputs *inputs_adopt(int fd, const char *name, struct shape shape, struct err *err)
{
	struct inputs *in = memory_zeroed(1, sizeof *in, err);
	if (in == NULL)
		return NULL;
	in->span = 1;
	in->numbers = (struct data_array){ELEMENT_U8, shape_size(shape), NULL};
	if ((in->images = images_adopt(fd, name, shape, &in->count, err)) != NULL &&
	    (in->numbers.bytes = memory_zeroed(1, in->numbers.each, err)) != NULL)
		return in;
	inputs_close(in);
	return NULL;
}

void inputs_close(struct inputs *in)
{
	if (in == NULL)
		return;
	if (in->images != NULL)
		input_close(in->images);
	else
		reader_close(&in->reader);
	free(in->numbers.bytes);
	free(in);
}

size_t inputs_count(const struct inputs *in)
{
	return in->count;
}

size_t inputs_span(const struct inputs *in)
{
	return in->span;
}

/* Passes over the images before the first. */
static int images_get(struct inputs *in, size_t first, size_t count, void *out, struct err *err)
{
	for (; in->next < first; in->next++)
		if (input_read(in->images, in->numbers.bytes, in->numbers.each, err) != 0)
			return -1;
	if (input_read(in->images, out, array_bytes(&in->numbers, count), err) != 0)
		return -1;
	in->next += count;
	return in->next == in->count ? input_end(in->images, err) : 0;
}

int inputs_get(struct inputs *in, size_t first, size_t count, void *out, struct err *err)
{
	size_t span = in->span;
	uint8_t *to = out;
	if (in->images != NULL)
		return images_get(in, first, count, out, err);
	while (count > 0) {
		size_t row = first / span, within = first % span, some = span - within < count ? span - within : count;
		if (row != in->row) {
			in->row = SIZE_MAX;
			in->at = numbers_view(&in->reader, SAMPLE_TRAIN, SAMPLE_INPUTS, row * span, in->numbers.element,
			                      in->numbers.bytes, err);
			if (in->at == NULL)
				return -1;
			in->row = row;
		}
		memcpy(to, in->at + array_bytes(&in->numbers, within), array_bytes(&in->numbers, some));
		to += array_bytes(&in->numbers, some);
		first += some;
		count -= some;
	}
	return 0;
}
