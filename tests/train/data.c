/* A tiny data set that can be learned: lines in four directions. */
#include "data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIXELS = DATA_SIDE * DATA_SIDE, MARGIN = 2, NOISE = 100, INK = 156 };

uint8_t data_image(uint64_t seed, size_t index, uint8_t pixels[PIXELS])
{
	for (size_t p = 0; p < PIXELS; p++)
		pixels[p] = (uint8_t)random_below(seed, RANDOM_CHECK, index, p, NOISE);
	uint8_t class = (uint8_t)random_below(seed, RANDOM_CHECK, index, PIXELS, DATA_CLASSES);
	int at = MARGIN + (int)random_below(seed, RANDOM_CHECK, index, PIXELS + 1, DATA_SIDE - 2 * MARGIN);
	int shift = at - DATA_SIDE / 2;
	for (int i = 0; i < DATA_SIDE; i++) {
		int row[DATA_CLASSES] = {at, i, i + shift, DATA_SIDE - 1 - i + shift}, column = class == 1 ? at : i;
		if (row[class] >= 0 && row[class] < DATA_SIDE)
			pixels[row[class] * DATA_SIDE + column] = (uint8_t)(pixels[row[class] * DATA_SIDE + column] + INK - 1);
	}
	return class;
}

static size_t header(uint8_t *bytes, uint8_t rank, const size_t *dims)
{
	memcpy(bytes, (uint8_t[]){0, 0, 8, rank}, 4);
	for (size_t d = 0; d < rank; d++)
		for (size_t b = 0; b < 4; b++)
			bytes[4 + 4 * d + b] = (uint8_t)(dims[d] >> (24 - 8 * b));
	return 4 + 4 * (size_t)rank;
}

static int write_one(const char *directory, const char *name, const uint8_t *bytes, size_t count, struct err *err)
{
	char *path = memory_format(err, "%s/%s", directory, name);
	if (path == NULL)
		return -1;
	FILE *file = fopen(path, "wb");
	bool written = file != NULL && fwrite(bytes, 1, count, file) == count;
	if ((file != NULL && fclose(file) != 0) || !written)
		err_set(err, EX_IOERR, "%s: cannot write: %s", path, strerror(errno));
	free(path);
	return err->code == 0 ? 0 : -1;
}

/* One part of the set: `count` samples from number `first` on. */
static int write_part(const char *directory, const char *part, uint64_t seed, size_t first, size_t count,
                      struct err *err)
{
	char name[64];
	uint8_t *images = memory_zeroed(16 + count * PIXELS, 1, err), *labels = memory_zeroed(8 + count, 1, err);
	int code = -1;
	if (images == NULL || labels == NULL)
		goto out;
	uint8_t *pixels = images + header(images, 3, (size_t[]){count, DATA_SIDE, DATA_SIDE});
	uint8_t *classes = labels + header(labels, 1, &count);
	for (size_t i = 0; i < count; i++)
		classes[i] = data_image(seed, first + i, pixels + i * PIXELS);
	snprintf(name, sizeof name, "%s-images-idx3-ubyte", part);
	code = write_one(directory, name, images, 16 + count * PIXELS, err);
	snprintf(name, sizeof name, "%s-labels-idx1-ubyte", part);
	if (code == 0)
		code = write_one(directory, name, labels, 8 + count, err);
out:
	free(images);
	free(labels);
	return code;
}

int data_write(const char *directory, uint64_t seed, size_t train, size_t test, struct err *err)
{
	if (write_part(directory, "train", seed, 0, train, err) != 0)
		return -1;
	return write_part(directory, "t10k", seed, train, test, err);
}
