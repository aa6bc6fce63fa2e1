/* CIFAR-10 files: batches in their order, whole records only. */
#include "folder.h"
#include "set.h"

#include <convoy/data.h>

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { PIXELS = 3072, RECORD = 3073, MOST = 3 };

static const struct shape shape = {3, 32, 32};

/* Batch b (1 … 5, 0: the test batch) has b % 3 + 1 records. */
static size_t batch_size(size_t b)
{
	return b % 3 + 1;
}

static const char *batch_name(size_t b)
{
	static const char *const name[] = {"test_batch.bin", "data_batch_1.bin", "data_batch_2.bin",
	                                   "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"};
	return name[b];
}

static void batch_fill(size_t b, uint8_t bytes[MOST * RECORD])
{
	random_fill(b, bytes, MOST * RECORD, 256);
	for (size_t n = 0; n < MOST; n++)
		bytes[n * RECORD] = (uint8_t)((b + n) % 10);
}

static void write_all(const struct folder *folder)
{
	uint8_t bytes[MOST * RECORD];
	for (size_t b = 0; b <= 5; b++) {
		batch_fill(b, bytes);
		folder_write(folder, batch_name(b), bytes, batch_size(b) * RECORD);
	}
}

/* Compares the samples of a set from `first` on with those of a batch; returns the number after them. */
static size_t check_batch(const struct dataset *set, size_t first, size_t b)
{
	uint8_t bytes[MOST * RECORD];
	batch_fill(b, bytes);
	for (size_t n = 0; n < batch_size(b); n++, first++) {
		assert_int_equal(dataset_class(set, first), bytes[n * RECORD]);
		assert_memory_equal(array_sample(&set->array[DATA_INPUTS], first), bytes + n * RECORD + 1, PIXELS);
	}
	return first;
}

static void all_batches_are_read_in_order(void **state)
{
	const struct folder *folder = *state;
	struct dataset set;
	struct err err = {0};
	size_t next = 0;
	write_all(folder);
	assert_int_equal(classes_read(&set, DATA_CIFAR10, folder->path, DATA_TRAIN, shape, 10, &err), 0);
	for (size_t b = 1; b <= 5; b++)
		next = check_batch(&set, next, b);
	assert_int_equal(set.count, next);
	dataset_free(&set);

	assert_int_equal(classes_read(&set, DATA_CIFAR10, folder->path, DATA_TEST, shape, 10, &err), 0);
	assert_int_equal(set.count, check_batch(&set, 0, 0));
	dataset_free(&set);
}

/* Fails with that code and text, in which %s stands for the folder. */
static void refused(const struct folder *folder, struct shape want, size_t classes, int code, const char *before,
                    const char *behind)
{
	struct dataset set;
	struct err err = {0};
	char expected[600];
	snprintf(expected, sizeof expected, "%s%s%s", before, folder->path, behind);
	assert_int_equal(classes_read(&set, DATA_CIFAR10, folder->path, DATA_TRAIN, want, classes, &err), -1);
	assert_string_equal(err.text, expected);
	assert_int_equal(err.code, code);
	assert_null(set.array[DATA_INPUTS].bytes);
}

static void malformed_batches_are_refused(void **state)
{
	const struct folder *folder = *state;
	uint8_t bytes[MOST * RECORD], packed[2 * MOST * RECORD];
	write_all(folder);
	batch_fill(3, bytes);

	folder_write(folder, batch_name(3), bytes, 0);
	refused(folder, shape, 10, EX_DATAERR, "",
	        "/data_batch_3.bin: 0 bytes are no whole number of records of 3073 bytes");
	folder_write(folder, batch_name(3), bytes, RECORD - 1);
	refused(folder, shape, 10, EX_DATAERR, "",
	        "/data_batch_3.bin: 3072 bytes are no whole number of records of 3073 bytes");
	folder_write(folder, batch_name(3), bytes, 2 * RECORD + 1);
	refused(folder, shape, 10, EX_DATAERR, "",
	        "/data_batch_3.bin: 6147 bytes are no whole number of records of 3073 bytes");
	folder_write(folder, batch_name(3), packed, gzip(bytes, RECORD, packed, sizeof packed));
	refused(folder, shape, 10, EX_DATAERR, "", "/data_batch_3.bin: gzip data; unpack it first");
	bytes[RECORD] = 200;
	folder_write(folder, batch_name(3), bytes, 2 * RECORD);
	refused(folder, shape, 10, EX_DATAERR, "", "/data_batch_3.bin: label 200 of sample 1 is not below classes: 10");
	folder_remove(folder, batch_name(3));
	refused(folder, shape, 10, EX_NOINPUT, "data_batch_3.bin: no such file in ", "");
}

static void another_shape_is_refused(void **state)
{
	const struct folder *folder = *state;
	write_all(folder);
	refused(folder, (struct shape){1, 28, 28}, 10, EX_DATAERR, "",
	        ": CIFAR-10 images are 3×32×32, the job file says input: {maps: 1, rows: 28, columns: 28}");
	refused(folder, (struct shape){1, 32, 32}, 10, EX_DATAERR, "",
	        ": CIFAR-10 images are 3×32×32, the job file says input: {maps: 1, rows: 32, columns: 32}");
	refused(folder, shape, 2, EX_DATAERR, "", "/data_batch_1.bin: label 2 of sample 1 is not below classes: 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(all_batches_are_read_in_order),
		IN_FOLDER(malformed_batches_are_refused),
		IN_FOLDER(another_shape_is_refused),
	};
	return cmocka_run_group_tests_name("data: CIFAR-10", tests, NULL, NULL);
}
