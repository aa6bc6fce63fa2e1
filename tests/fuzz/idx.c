/* IDX files, plain or gzip: two bytes with the length of the images, then images and labels. */
#include "files.h"

#include <convoy/data.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	if (count < 2)
		return 0;
	size_t images = (size_t)bytes[0] | (size_t)bytes[1] << 8, rest = count - 2;
	images = images < rest ? images : rest;
	files_clear();
	input_put("fuzz/train-images-idx3-ubyte", bytes + 2, images);
	input_put("fuzz/train-labels-idx1-ubyte", bytes + 2 + images, rest - images);

	struct err err = {0};
	struct dataset set = {0};
	struct shape shape = {.maps = 1, .rows = 4, .columns = 4};
	if (dataset_read(&set, &(struct data_source){.format = DATA_IDX, .place = "fuzz"}, DATA_TRAIN, &(struct data_need){.shape = shape, .classes = 4}, &err) == 0) {
		for (size_t i = 0; i < set.count; i++)
			if (dataset_class(&set, i) >= 4)
				__builtin_trap();
	} else if (err.code == 0 || err.code == EX_NOINPUT) {
		__builtin_trap();
	}
	dataset_free(&set);
	return 0;
}
