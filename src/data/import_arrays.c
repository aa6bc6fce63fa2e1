/* Import of NumPy's files: each array becomes one of HDF5, of the same numbers. */
#include "pieces.h"
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const part_names[SAMPLE_PARTS] = {[SAMPLE_TRAIN] = "train", [SAMPLE_TEST] = "test"};
static const char *const array_names[SAMPLE_ARRAYS] = {
	[SAMPLE_INPUTS] = "inputs", [SAMPLE_TARGETS] = "targets", [SAMPLE_WEIGHTS] = "weights",
};

struct passage {
	const struct import_options *options;
	struct sample_reader reader;
	struct row_writer *rows;
	size_t array;      /* number of the next one in the file */
	size_t done, all;  /* samples, of all arrays */
	double most;       /* largest number of the targets */
	uint8_t *native;   /* a row of pieces in this machine's order of bytes */
	size_t room;
};

/* Puts the bytes of numbers into this machine's order. */
static void bytes_swap(uint8_t *bytes, size_t count, size_t each)
{
	for (size_t i = 0; i < count; i++, bytes += each)
		for (size_t b = 0; b < each / 2; b++) {
			uint8_t byte = bytes[b];
			bytes[b] = bytes[each - 1 - b];
			bytes[each - 1 - b] = byte;
		}
}

/* Moves a row of pieces. */
static int row_move(struct passage *p, size_t part, size_t array, size_t first, size_t count, struct err *err)
{
	const struct sample_pieces *pieces = &p->reader.index.array[part][array];
	size_t bytes = store_type_bytes(pieces->number.type), numbers = count * pieces->dims[1] * pieces->dims[2] *
	               pieces->dims[3];
	if (numbers * bytes > p->room) {
		free(p->native);
		p->native = memory_zeroed(numbers, bytes, err);
		p->room = p->native != NULL ? numbers * bytes : 0;
		if (p->native == NULL)
			return -1;
	}
	const uint8_t *from = reader_view(&p->reader, part, array, first, p->native, err);
	if (from == NULL)
		return -1;
	if (array == SAMPLE_TARGETS)
		for (size_t i = 0; i < numbers; i++) {
			double number = number_value(&pieces->number, from, i);
			p->most = number > p->most ? number : p->most;
		}
	if (from != p->native)
		memcpy(p->native, from, numbers * bytes);
	if (pieces->number.swapped)
		bytes_swap(p->native, numbers, bytes);
	return rows_put(p->rows, p->array, count, p->native, err);
}

static int array_move(struct passage *p, size_t part, size_t array, struct err *err)
{
	const struct sample_pieces *pieces = &p->reader.index.array[part][array];
	char path[32];
	if (pieces->rank == 0)
		return 0;
	snprintf(path, sizeof path, "/%s/%s", part_names[part], array_names[array]);
	struct store_array to = {.path = path, .type = pieces->number.type, .rank = pieces->rank};
	memcpy(to.dims, pieces->dims, sizeof to.dims);
	int code = rows_add(p->rows, &to, err);
	for (size_t first = 0, count; code == 0 && first < pieces->dims[0]; first += count) {
		count = pieces->dims[0] - first < pieces->each[0] ? pieces->dims[0] - first : pieces->each[0];
		code = row_move(p, part, array, first, count, err);
		p->done += count;
		if (p->options->progress != NULL)
			p->options->progress(p->options->context, p->done, p->all);
		if (code == 0)
			code = import_goes_on(p->options, err);
	}
	p->array++;
	return code;
}

/* What a job would say of these arrays. */
static void result_of(const struct passage *p, struct import_result *out)
{
	const struct sample_pieces *inputs = &p->reader.index.array[SAMPLE_TRAIN][SAMPLE_INPUTS];
	const struct sample_pieces *targets = &p->reader.index.array[SAMPLE_TRAIN][SAMPLE_TARGETS];
	enum store_type type = targets->number.type;
	bool whole = type != STORE_F16 && type != STORE_F32 && type != STORE_F64;
	const size_t *d = inputs->dims;
	out->shape = inputs->rank == 4 ? (struct shape){d[1], d[2], d[3]} :
	             inputs->rank == 3 ? (struct shape){1, d[1], d[2]} : (struct shape){1, 1, d[1]};
	out->arrays = true;
	out->train = d[0];
	out->test = p->reader.index.array[SAMPLE_TEST][SAMPLE_INPUTS].dims[0];
	out->weighted = p->reader.index.array[SAMPLE_TRAIN][SAMPLE_WEIGHTS].rank > 0;
	if (whole && (targets->rank > 2 || targets->dims[1] == 1)) {
		out->task = TASK_CLASSES;
		out->classes = p->most < 1 ? 2 : (size_t)p->most + 1;
	} else {
		out->task = whole && p->most <= 1 ? TASK_LABELS : TASK_VALUES;
		out->classes = targets->rank == 3 ? 1 : targets->dims[1];
	}
}

bool holds_numpy(const struct listing *listing)
{
	return listing_has(listing, "train-inputs.npy");
}

int arrays_import(const struct import_options *o, const struct listing *listing, struct import_result *out,
                  struct err *err)
{
	struct passage p = {.options = o};
	struct sample_request request = *request_usual(DATA_NUMPY);
	bool weights = listing_has(listing, "train-weights.npy");
	request.path[SAMPLE_TRAIN][SAMPLE_WEIGHTS] = weights ? "train-weights.npy" : NULL;
	request.path[SAMPLE_TEST][SAMPLE_WEIGHTS] = weights ? "test-weights.npy" : NULL;
	request.may_miss[SAMPLE_TEST] = true;
	int code = numpy_open(&p.reader, o->source, &request, err);
	if (code == 0)
		code = (p.rows = rows_create(o->directory, o->name, o->deflate, err)) != NULL ? 0 : -1;
	for (size_t i = 0; i < SAMPLE_PARTS * SAMPLE_ARRAYS; i++)
		p.all += p.reader.index.array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS].dims[0];
	for (size_t part = 0; part < SAMPLE_PARTS && code == 0; part++) {
		char path[32];
		snprintf(path, sizeof path, "/%s", part_names[part]);
		if (p.reader.index.array[part][SAMPLE_INPUTS].rank > 0)
			code = rows_group(p.rows, path, err);
		for (size_t a = 0; a < SAMPLE_ARRAYS && code == 0; a++)
			code = array_move(&p, part, a, err);
	}
	if (code == 0)
		code = rows_finish(p.rows, 0, err);
	if (code == 0)
		result_of(&p, out);
	rows_destroy(p.rows);
	free(p.native);
	reader_close(&p.reader);
	return code;
}
