/* IDX files for tests: a small good pair, and what reading a spoiled one must say. */
#ifndef TESTS_DATA_IDX_FILES_H
#define TESTS_DATA_IDX_FILES_H

#include "folder.h"
#include "set.h"

#define IMAGES "train-images-idx3-ubyte"
#define LABELS "train-labels-idx1-ubyte"

enum { IMAGES_HEADER = 16, LABELS_HEADER = 8 };

/* A big-endian number. */
void put32(uint8_t *at, uint32_t value);

/* A header of `rank` dimensions; returns its size. */
size_t header(uint8_t *bytes, uint32_t magic, size_t rank, const uint32_t *dims);

/* The files of 5 images of 3×4 pixels, labels 0 … 9, that most tests spoil. */
struct good {
	uint8_t images[IMAGES_HEADER + 60], labels[LABELS_HEADER + 5];
};
struct good good_files(void);
void write_good(const struct folder *folder, const struct good *good);

/* Reads what should be 5 images of 3×4 pixels; expects failure with that code, and "FOLDER/FILE: TEXT". */
void refused(const struct folder *folder, int code, const char *file, const char *text);

/* … expects success, and the content of `good`. */
void accepted(const struct folder *folder, const struct good *good);

#endif
