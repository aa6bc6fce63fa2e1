/* JPEG files for tests, by libjpeg. */
#ifndef TESTS_PICTURE_JPEG_FILES_H
#define TESTS_PICTURE_JPEG_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jpeg_file {
	unsigned char *byte; /* to be freed */
	unsigned long count;
};

/* A picture of four quarters, the same in each of 1, 3 or 4 components, with `marker` as EXIF, if it has bytes. */
struct jpeg_file jpeg_make(const uint8_t quarter[4], int components, size_t rows, size_t columns, const uint8_t *marker,
                           unsigned bytes, bool progressive);

#endif
