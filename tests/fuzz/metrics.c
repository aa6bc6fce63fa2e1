/* metrics.csv and validation.csv of a run: two bytes with the length of the first, then both. */
#include "files.h"

#include <convoy/train.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	if (count < 2)
		return 0;
	size_t first = (size_t)bytes[0] | (size_t)bytes[1] << 8, rest = count - 2;
	first = first < rest ? first : rest;
	files_clear();
	input_put("fuzz/metrics.csv", bytes + 2, first);
	input_put("fuzz/validation.csv", bytes + 2 + first, rest - first);

	struct err err = {0};
	struct metric *row = NULL;
	const struct measure *measure;
	size_t rows = 0;
	if (metrics_read("fuzz", &rows, &row, &measure, &err) != 0)
		__builtin_trap();
	for (size_t r = 1; r < rows; r++)
		if (row[r].record.epoch <= row[r - 1].record.epoch)
			__builtin_trap();
	free(row);
	return 0;
}
