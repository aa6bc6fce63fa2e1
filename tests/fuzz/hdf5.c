/* Files of samples in HDF5: what the process that asks HDF5 answers, made of the input as if that process were the
 * enemy's, and then the bytes of the file. */
#include "files.h"
#include "data/pieces.h"
#include "store/store.h"

#include <convoy/data.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

enum { ANSWER = 1 << 16, PLACES = 64, ROW_MOST = 1 << 24 };

/* What is left of the input; behind its end all is 0. */
static const uint8_t *next;
static size_t left;

static uint8_t take(void)
{
	if (left == 0)
		return 0;
	left--;
	return *next++;
}

/* Mostly a small number. */
static uint64_t take_number(uint64_t usual)
{
	uint8_t change = take();
	uint64_t number = 0;
	if (change < 128)
		return usual;
	if (change < 224)
		return take();
	for (int b = 0; b < 8; b++)
		number = number << 8 | take();
	return number;
}

static void array_make(struct sample_pieces *p, size_t rank)
{
	static const size_t dims[STORE_RANK] = {6, 1, 4, 4};
	p->rank = take_number(rank);
	p->number.type = (enum store_type)(take() < 128 ? STORE_U8 : take() % (STORE_TYPES + 1));
	p->number.swapped = take() % 2;
	p->number.fills = take_number(0);
	p->number.fill[0] = take();
	p->count = 1;
	for (size_t d = 0; d < rank; d++) {
		p->dims[d] = take_number(dims[d]);
		p->each[d] = take_number(d == 0 ? 3 : dims[d]);
		if (p->each[d] > 0 && p->dims[d] > 0)
			p->count *= (p->dims[d] - 1) / p->each[d] + 1;
	}
	p->filters = take_number(take() % 3);
	for (size_t f = 0; f < PIECE_FILTERS; f++)
		p->filter[f] = take() % 2 == 0 ? PIECE_SHUFFLE : (enum piece_filter)take_number(PIECE_DEFLATE);
	p->count = take_number(p->count);
}

/* What a piece without filters should have, where sizes are small. */
static size_t piece_bytes(const struct sample_pieces *p, size_t n)
{
	size_t bytes = p->number.type < STORE_TYPES ? store_type_bytes(p->number.type) : 1;
	size_t left = p->dims[0] - n * p->each[0];
	for (size_t d = 1; d < STORE_RANK; d++)
		bytes *= p->each[d] > 0 ? p->each[d] : 1;
	return bytes * (left < p->each[0] ? left : p->each[0]);
}

/* All arrays that are said to be there, of any type, a row of pieces at a time: into memory that ends where the row
 * does. */
static void rows_read(const struct reply *reply)
{
	struct sample_request request = {
		.path = {{"/train/images", "/train/labels", "/train/weights"}, {"/test/images", "/test/labels", "/test/weights"}},
		.may_miss = {true, true},
	};
	for (size_t p = 0; p < SAMPLE_PARTS; p++)
		for (size_t a = SAMPLE_TARGETS; a < SAMPLE_ARRAYS; a++)
			if (reply->array[p][a].rank == 0)
				request.path[p][a] = NULL;
	struct sample_reader reader;
	struct err err = {0};
	process_expect();
	int code = reader_open(&reader, "fuzz/data.h5", &request, &err);
	if ((code == 0) != (err.code == 0))
		__builtin_trap();
	for (size_t i = 0; i < SAMPLE_PARTS * SAMPLE_ARRAYS && code == 0; i++) {
		const struct sample_pieces *p = &reader.index.array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS];
		size_t entry = p->rank > 0 ? store_type_bytes(p->number.type) * p->dims[1] * p->dims[2] * p->dims[3] : 0;
		for (size_t first = 0; p->rank > 0 && entry < ROW_MOST / p->each[0] && first < p->dims[0]; first += p->each[0]) {
			size_t left = p->dims[0] - first, rows = left < p->each[0] ? left : p->each[0];
			uint8_t *room = malloc(rows * entry);
			code = room == NULL ? -1 : reader_row(&reader, i / SAMPLE_ARRAYS, i % SAMPLE_ARRAYS, first, room, &err);
			free(room);
			if (code != 0)
				break;
		}
	}
	reader_close(&reader);
}

/* A part of the data set, for any task: what is read is what the task takes. */
static void set_read(enum data_part part, enum task task, bool weighted)
{
	const struct sample_request request = {
		.path = {{"/train/images", "/train/labels", weighted ? "/train/weights" : NULL},
		         {"/test/images", "/test/labels", weighted ? "/test/weights" : NULL}},
	};
	const struct data_source source = {.format = DATA_HDF5, .place = "fuzz/data.h5", .request = &request};
	const struct data_need need = {
		.shape = {.maps = 1, .rows = 4, .columns = 4}, .classes = task == TASK_CLASSES ? 4 : 1, .task = task,
		.weighted = weighted,
	};
	struct err err = {0};
	struct dataset set = {0};
	process_expect();
	if ((dataset_read(&set, &source, part, &need, &err) == 0) != (err.code == 0))
		__builtin_trap();
	for (size_t i = 0; i < set.count; i++) {
		const uint8_t *target = array_sample(&set.array[DATA_TARGETS], i);
		float value = 0, weight = 0;
		if (task == TASK_VALUES)
			memcpy(&value, target, sizeof value);
		if (weighted)
			memcpy(&weight, array_sample(&set.array[DATA_WEIGHTS], i), sizeof weight);
		if (task == TASK_CLASSES ? dataset_class(&set, i) >= 4 : task == TASK_LABELS ? *target > 1 : !isfinite(value))
			__builtin_trap();
		if (!(weight >= 0 && weight <= 1024))
			__builtin_trap();
	}
	dataset_free(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	static uint8_t answer[ANSWER];
	static struct reply reply;
	uint8_t tail = count > 0 ? bytes[count - 1] : 0;
	size_t size = sizeof reply;
	next = bytes;
	left = count;
	memset(&reply, 0, sizeof reply);
	reply.magic = REPLY_MAGIC;
	reply.code = take() == 255 ? EX_DATAERR : 0;
	for (size_t i = 0; i < SAMPLE_PARTS * SAMPLE_ARRAYS; i++) {
		struct sample_pieces *p = &reply.array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS];
		if (i % SAMPLE_ARRAYS == SAMPLE_WEIGHTS && take() < 128)
			continue;
		array_make(p, i % SAMPLE_ARRAYS == SAMPLE_INPUTS ? 4 : 1);
		for (size_t n = 0; n < p->count && n < PLACES; n++) {
			struct sample_piece piece = {take_number(0), take_number(piece_bytes(p, n))};
			memcpy(answer + size, &piece, sizeof piece);
			size += sizeof piece;
		}
	}
	reply.names = take_number(0);
	memcpy(answer, &reply, sizeof reply);

	files_clear();
	input_put("fuzz/answer", answer, size);
	input_put("fuzz/data.h5", next, left);
	for (enum data_part part = DATA_TRAIN; part <= DATA_TEST; part++)
		set_read(part, (enum task)(tail % TASKS), tail >= 128);
	rows_read(&reply);
	return 0;
}
