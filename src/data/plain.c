/* Single arrays of numbers in HDF5 files of other programs, such as parameters that were trained elsewhere. */
#include "pieces.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Converts all numbers of the array that the reader has. */
static int numbers_read(struct sample_reader *r, double *out, struct err *err)
{
	const struct sample_pieces *p = &r->index.array[SAMPLE_TRAIN][SAMPLE_INPUTS];
	size_t each = 1, most;
	bool fits = true;
	for (size_t d = 1; d < p->rank; d++)
		fits = fits && size_multiply(each, p->dims[d], &each);
	if (!fits || !size_multiply(p->each[0], each, &most))
		return err_set(err, EX_DATAERR, "%s: %s: has too many numbers", r->path[SAMPLE_TRAIN], p->path);
	uint8_t *row = memory_zeroed(most, store_type_bytes(p->number.type), err);
	int code = row != NULL ? 0 : -1;
	for (size_t first = 0; code == 0 && first < p->dims[0]; first += p->each[0]) {
		size_t left = p->dims[0] - first, count = (left < p->each[0] ? left : p->each[0]) * each;
		code = reader_row(r, SAMPLE_TRAIN, SAMPLE_INPUTS, first, row, err);
		for (size_t i = 0; code == 0 && i < count; i++) {
			double number = number_value(&p->number, row, i);
			if (!isfinite(number))
				code = err_set(err, EX_DATAERR, "%s: %s: number %zu is not finite", r->path[SAMPLE_TRAIN], p->path,
				               first * each + i);
			out[first * each + i] = number;
		}
	}
	free(row);
	return code;
}

int array_plain(const char *file, struct store_array *array, double *out, struct err *err)
{
	const struct sample_request request = {.path[SAMPLE_TRAIN][SAMPLE_INPUTS] = array->path,
	                                       .may_lack[SAMPLE_TRAIN] = true};
	struct sample_reader reader;
	int code = reader_open(&reader, file, &request, err);
	const struct sample_pieces *p = &reader.index.array[SAMPLE_TRAIN][SAMPLE_INPUTS];
	bool fits = code == 0 && p->rank == array->rank;
	for (size_t d = 0; fits && d < p->rank; d++)
		fits = p->dims[d] == array->dims[d];
	if (fits && p->rank > 0)
		code = numbers_read(&reader, out, err);
	if (code == 0) {
		array->rank = p->rank;
		memcpy(array->dims, p->dims, sizeof array->dims);
	}
	reader_close(&reader);
	return code;
}
