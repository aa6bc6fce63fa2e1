/* Files of samples in HDF5: what the process that asks HDF5 answers, made of the input as if that process were the
 * enemy's, and then the bytes of the file. */
#include "files.h"
#include "store/store.h"

#include <convoy/data.h>

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

enum { ANSWER = 1 << 16, PLACES = 64 };

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
	p->number.type = (enum store_type)(take() < 200 ? STORE_U8 : take() % (STORE_TYPES + 1));
	p->count = 1;
	for (size_t d = 0; d < rank; d++) {
		p->dims[d] = take_number(dims[d]);
		p->each[d] = take_number(d == 0 ? 3 : dims[d]);
		if (p->each[d] > 0 && p->dims[d] > 0)
			p->count *= (p->dims[d] - 1) / p->each[d] + 1;
	}
	p->filters = take_number(take() % 3);
	for (size_t f = 0; f < PIECE_FILTERS; f++)
		p->filter[f] = take() % 2 == 0 ? PIECE_FLETCHER32 : (enum piece_filter)take_number(PIECE_DEFLATE);
	p->count = take_number(p->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	static uint8_t answer[ANSWER];
	static struct reply reply;
	size_t size = sizeof reply;
	next = bytes;
	left = count;
	memset(&reply, 0, sizeof reply);
	reply.magic = REPLY_MAGIC;
	reply.code = take() == 255 ? EX_DATAERR : 0;
	for (size_t i = 0; i < SAMPLE_PARTS * SAMPLE_ARRAYS; i++) {
		struct sample_pieces *p = &reply.array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS];
		if (i % SAMPLE_ARRAYS == SAMPLE_WEIGHTS)
			continue;
		array_make(p, i % SAMPLE_ARRAYS == SAMPLE_INPUTS ? 4 : 1);
		for (size_t n = 0; n < p->count && n < PLACES; n++) {
			struct sample_piece piece = {take_number(n), take_number(16)};
			memcpy(answer + size, &piece, sizeof piece);
			size += sizeof piece;
		}
	}
	reply.names = take_number(0);
	memcpy(answer, &reply, sizeof reply);

	files_clear();
	file_put("fuzz/answer", answer, size);
	file_put("fuzz/data.h5", next, left);
	for (enum data_part part = DATA_TRAIN; part <= DATA_TEST; part++) {
		struct err err = {0};
		struct dataset set = {0};
		struct shape shape = {.maps = 1, .rows = 4, .columns = 4};
		process_expect();
		if (dataset_read(&set, &(struct data_source){DATA_HDF5, "fuzz/data.h5"}, part, &(struct data_need){shape, 4},
		                 &err) == 0) {
			for (size_t i = 0; i < set.count; i++)
				if (dataset_class(&set, i) >= 4)
					__builtin_trap();
		} else if (err.code == 0) {
			__builtin_trap();
		}
		dataset_free(&set);
	}
	return 0;
}
