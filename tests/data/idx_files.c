/* IDX files for tests. */
#include "idx_files.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

void put32(uint8_t *at, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

size_t header(uint8_t *bytes, uint32_t magic, size_t rank, const uint32_t *dims)
{
	put32(bytes, magic);
	for (size_t d = 0; d < rank; d++)
		put32(bytes + 4 + 4 * d, dims[d]);
	return 4 + 4 * rank;
}

struct good good_files(void)
{
	struct good good;
	header(good.images, 0x803, 3, (uint32_t[]){5, 3, 4});
	random_fill(1, good.images + IMAGES_HEADER, 60, 256);
	header(good.labels, 0x801, 1, (uint32_t[]){5});
	random_fill(2, good.labels + LABELS_HEADER, 5, 10);
	return good;
}

void write_good(const struct folder *folder, const struct good *good)
{
	folder_write(folder, IMAGES, good->images, sizeof good->images);
	folder_write(folder, LABELS, good->labels, sizeof good->labels);
}

void refused(const struct folder *folder, int code, const char *file, const char *text)
{
	struct dataset set;
	struct err err = {0};
	char expected[600];
	snprintf(expected, sizeof expected, "%s/%s: %s", folder->path, file, text);
	assert_int_equal(classes_read(&set, DATA_IDX, folder->path, DATA_TRAIN, (struct shape){1, 3, 4}, 10, &err), -1);
	assert_string_equal(err.text, expected);
	assert_int_equal(err.code, code);
	for (size_t a = 0; a < DATA_ARRAYS; a++)
		assert_null(set.array[a].bytes);
}

void accepted(const struct folder *folder, const struct good *good)
{
	struct dataset set;
	struct err err = {0};
	int result = classes_read(&set, DATA_IDX, folder->path, DATA_TRAIN, (struct shape){1, 3, 4}, 10, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(result, 0);
	assert_int_equal(set.count, 5);
	assert_memory_equal(set.array[DATA_INPUTS].bytes, good->images + IMAGES_HEADER, 60);
	for (size_t n = 0; n < 5; n++)
		assert_int_equal(dataset_class(&set, n), good->labels[LABELS_HEADER + n]);
	dataset_free(&set);
}
