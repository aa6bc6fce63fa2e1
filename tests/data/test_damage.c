/* Files that break off, go on, are damaged or promise too much: each is refused with its reason, at no cost. */
#include "idx_files.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

static void every_cut_is_refused(void **state)
{
	const struct folder *folder = *state;
	struct good good = good_files();
	uint8_t packed[1024];
	char text[200];
	write_good(folder, &good);
	for (size_t size = 0; size < sizeof good.images; size++) {
		folder_write(folder, IMAGES, good.images, size);
		if (size < IMAGES_HEADER)
			snprintf(text, sizeof text, "cut short in its header: %zu bytes there", size);
		else
			snprintf(text, sizeof text, "cut short: 76 bytes announced, %zu there", size);
		refused(folder, EX_DATAERR, IMAGES, text);
	}
	write_good(folder, &good);
	for (size_t size = 0; size < sizeof good.labels; size++) {
		folder_write(folder, LABELS, good.labels, size);
		if (size < LABELS_HEADER)
			snprintf(text, sizeof text, "cut short in its header: %zu bytes there", size);
		else
			snprintf(text, sizeof text, "cut short: 13 bytes announced, %zu there", size);
		refused(folder, EX_DATAERR, LABELS, text);
	}

	write_good(folder, &good);
	size_t whole = gzip(good.images, sizeof good.images, packed, sizeof packed);
	for (size_t size = 0; size < whole; size++) {
		struct dataset set;
		struct err err = {0};
		folder_write(folder, IMAGES, packed, size);
		assert_int_equal(classes_read(&set, DATA_IDX, folder->path, DATA_TRAIN, (struct shape){1, 3, 4}, 10, &err), -1);
		assert_int_equal(err.code, EX_DATAERR);
		assert_non_null(strstr(err.text, "/" IMAGES ": cut short"));
	}
	folder_write(folder, IMAGES, packed, whole - 1);
	refused(folder, EX_DATAERR, IMAGES, "cut short: the end of its gzip data is missing");
	folder_write(folder, IMAGES, packed, gzip(good.images, 50, packed, sizeof packed));
	refused(folder, EX_DATAERR, IMAGES, "cut short: 76 bytes announced, 50 there");
}

static void what_is_too_long_is_refused(void **state)
{
	const struct folder *folder = *state;
	struct good good = good_files();
	uint8_t longer[sizeof good.images + 1] = {0}, packed[1024];
	memcpy(longer, good.images, sizeof good.images);
	write_good(folder, &good);
	folder_write(folder, IMAGES, longer, sizeof longer);
	refused(folder, EX_DATAERR, IMAGES, "too long: 76 bytes announced, 77 there");

	folder_write(folder, IMAGES, packed, gzip(longer, sizeof longer, packed, sizeof packed));
	refused(folder, EX_DATAERR, IMAGES, "too long: 76 bytes announced, more there");

	uint8_t labels[sizeof good.labels + 1] = {0};
	memcpy(labels, good.labels, sizeof good.labels);
	write_good(folder, &good);
	folder_write(folder, LABELS, packed, gzip(labels, sizeof labels, packed, sizeof packed));
	refused(folder, EX_DATAERR, LABELS, "too long: 13 bytes announced, more there");
	write_good(folder, &good);

	size_t size = gzip(good.images, sizeof good.images, packed, sizeof packed);
	memcpy(packed + size, "abc", 3);
	folder_write(folder, IMAGES, packed, size + 3);
	refused(folder, EX_DATAERR, IMAGES, "too long: 3 bytes behind the end of its gzip data");
}

static void damaged_gzip_is_refused(void **state)
{
	const struct folder *folder = *state;
	struct good good = good_files();
	uint8_t packed[1024];
	char text[200];
	write_good(folder, &good);
	size_t size = gzip(good.images, sizeof good.images, packed, sizeof packed);
	packed[size - 8] ^= 1;
	folder_write(folder, IMAGES, packed, size);
	snprintf(text, sizeof text, "damaged gzip data before byte %zu: incorrect data check", size - 4);
	refused(folder, EX_DATAERR, IMAGES, text);
	packed[size - 8] ^= 1;
	packed[size - 4] ^= 1;
	folder_write(folder, IMAGES, packed, size);
	snprintf(text, sizeof text, "damaged gzip data before byte %zu: incorrect length check", size);
	refused(folder, EX_DATAERR, IMAGES, text);

	/* A bit anywhere: never an answer that is not the original. (Some header bits mean nothing: time, system.) */
	packed[size - 4] ^= 1;
	for (size_t bit = 0; bit < 8 * size; bit++) {
		struct dataset set;
		struct err err = {0};
		packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		folder_write(folder, IMAGES, packed, size);
		if (classes_read(&set, DATA_IDX, folder->path, DATA_TRAIN, (struct shape){1, 3, 4}, 10, &err) == 0)
			assert_memory_equal(set.array[DATA_INPUTS].bytes, good.images + IMAGES_HEADER, 60);
		else
			assert_int_equal(err.code, EX_DATAERR);
		dataset_free(&set);
		packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

/* Most memory this process has ever held, in bytes. */
static size_t memory_peak(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (size_t)usage.ru_maxrss * 1024;
}

/* Small files that announce much, or hold much, cost no memory. */
static void bombs_are_refused(void **state)
{
	const struct folder *folder = *state;
	enum { ROOM = 1 << 20, MUCH = 128 << 20 };
	struct good good = good_files();
	uint8_t packed[1024];
	write_good(folder, &good);
	size_t before = memory_peak();

	put32(good.images + 4, 1u << 26); /* 768 MiB */
	size_t size = gzip(good.images, sizeof good.images, packed, sizeof packed);
	folder_write(folder, IMAGES, good.images, sizeof good.images);
	refused(folder, EX_DATAERR, IMAGES, "cut short: 805306384 bytes announced, 76 there");
	folder_write(folder, IMAGES, packed, size);
	folder_write(folder, LABELS, (put32(good.labels + 4, 1u << 26), good.labels), sizeof good.labels);
	char text[200];
	snprintf(text, sizeof text, "cut short: 805306384 bytes announced, %zu bytes of gzip data cannot hold them", size);
	refused(folder, EX_DATAERR, IMAGES, text);

	/* 5 images announced, 128 MiB of zeros behind them: not even inflated. */
	good = good_files();
	write_good(folder, &good);
	uint8_t *zeros = calloc(1, ROOM), *bomb = malloc(ROOM);
	assert_non_null(zeros);
	assert_non_null(bomb);
	size = gzip(good.images, sizeof good.images, bomb, ROOM);
	for (size_t i = 0; i < MUCH / ROOM; i++)
		size += gzip(zeros, ROOM, bomb + size, ROOM - size);
	folder_write(folder, IMAGES, bomb, size);
	refused(folder, EX_DATAERR, IMAGES, "too long: 76 bytes announced, more there");
	free(zeros);
	free(bomb);
	assert_true(memory_peak() - before < MUCH / 2);
}

/* Products beyond the limit, beyond 64 bits, and those that 64 bits would make small. */
static void products_beyond_the_limit_are_refused(void **state)
{
	const struct folder *folder = *state;
	static const struct {
		uint32_t count, maps, rows, columns;
	} large[] = {
		{1u << 30, 1, 1u << 5, 2},         {UINT32_MAX, 1, 17, 1},         {UINT32_MAX, 1, UINT32_MAX, 16},
		{1u << 30, 1, 1u << 17, 1u << 17}, {1u << 31, 8, 1u << 15, 1u << 15}, {1, 1, 1u << 19, 1u << 19},
	};
	for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
		uint32_t count = large[i].count, maps = large[i].maps, rows = large[i].rows, columns = large[i].columns;
		uint8_t bytes[20];
		size_t head = maps == 1 ? header(bytes, 0x803, 3, (uint32_t[]){count, rows, columns})
		                        : header(bytes, 0x804, 4, (uint32_t[]){count, maps, rows, columns});
		folder_write(folder, IMAGES, bytes, head);

		struct dataset set;
		struct shape shape = {maps, rows, columns};
		struct err err = {0};
		char text[600];
		snprintf(text, sizeof text, "%s/%s: more than 64 GiB announced, which is the limit", folder->path, IMAGES);
		if (i == 0) /* just the limit */
			snprintf(text, sizeof text, "%s/%s: cut short: 68719476752 bytes announced, 16 there", folder->path, IMAGES);
		if (i == 5) /* a single image is too large */
			snprintf(text, sizeof text, "%s: no image has 1×524288×524288 pixels; an image has 1 pixel to 64 GiB",
			         folder->path);
		assert_int_equal(classes_read(&set, DATA_IDX, folder->path, DATA_TRAIN, shape, 10, &err), -1);
		assert_string_equal(err.text, text);
		assert_int_equal(err.code, EX_DATAERR);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(every_cut_is_refused),
		IN_FOLDER(what_is_too_long_is_refused),
		IN_FOLDER(damaged_gzip_is_refused),
		IN_FOLDER(bombs_are_refused),
		IN_FOLDER(products_beyond_the_limit_are_refused),
	};
	return cmocka_run_group_tests_name("data: damage", tests, NULL, NULL);
}
