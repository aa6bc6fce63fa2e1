/* IDX files, plain and gzip: what is well-formed is read byte for byte; wrong headers and missing files are named. */
#include "idx_files.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

enum { FILE_MOST = 1 << 16 };

/* Random shapes, plain and gzip, both parts, one map and several. */
static void what_is_written_is_read(void **state)
{
	const struct folder *folder = *state;
	static uint8_t images[FILE_MOST], labels[FILE_MOST], packed[2 * FILE_MOST];
	for (uint64_t trial = 0; trial < 40; trial++) {
		uint8_t size[4];
		random_fill(100 + trial, size, 4, 12);
		uint32_t count = 1 + size[0], maps = trial % 2 ? 1 : 1 + size[3] % 4, rows = 1 + size[1], columns = 1 + size[2];
		size_t pixels = (size_t)count * maps * rows * columns;
		enum data_part part = trial % 4 < 2 ? DATA_TRAIN : DATA_TEST;
		bool gz = trial % 8 < 4;
		char name[64];

		size_t head = maps == 1 ? header(images, 0x803, 3, (uint32_t[]){count, rows, columns})
		                        : header(images, 0x804, 4, (uint32_t[]){count, maps, rows, columns});
		random_fill(200 + trial, images + head, pixels, 256);
		header(labels, 0x801, 1, (uint32_t[]){count});
		random_fill(300 + trial, labels + LABELS_HEADER, count, 10);
		for (int i = 0; i < 2; i++) {
			const uint8_t *bytes = i == 0 ? images : labels;
			size_t length = i == 0 ? head + pixels : LABELS_HEADER + count;
			snprintf(name, sizeof name, "%s-%s-ubyte%s", part == DATA_TRAIN ? "train" : "t10k",
			         i == 0 ? "images-idx3" : "labels-idx1", gz ? ".gz" : "");
			if (gz)
				folder_write(folder, name, packed, gzip(bytes, length, packed, sizeof packed));
			else
				folder_write(folder, name, bytes, length);
		}

		struct dataset set;
		struct err err = {0};
		struct shape shape = {maps, rows, columns};
		assert_int_equal(classes_read(&set, DATA_IDX, folder->path, part, shape, 10, &err), 0);
		assert_int_equal(set.count, count);
		assert_int_equal(set.classes, 10);
		assert_memory_equal(&set.shape, &shape, sizeof shape);
		assert_memory_equal(set.array[DATA_INPUTS].bytes, images + head, pixels);
		for (size_t n = 0; n < count; n++)
			assert_int_equal(dataset_class(&set, n), labels[LABELS_HEADER + n]);
		dataset_free(&set);
		static const char *const left[] = {IMAGES, LABELS, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
		for (size_t i = 0; i < 4; i++) {
			folder_remove(folder, left[i]);
			snprintf(name, sizeof name, "%s.gz", left[i]);
			folder_remove(folder, name);
		}
	}
}

/* gzip is recognised by its content; members that follow one another are one file (RFC 1952, 2.2). */
static void gzip_in_every_form(void **state)
{
	const struct folder *folder = *state;
	struct good good = good_files();
	uint8_t packed[1024];
	write_good(folder, &good);
	accepted(folder, &good);

	folder_write(folder, IMAGES, packed, gzip(good.images, sizeof good.images, packed, sizeof packed));
	accepted(folder, &good);

	size_t size = gzip(good.images, 20, packed, 256);
	size += gzip(good.images + 20, sizeof good.images - 20, packed + size, 256);
	size += gzip(NULL, 0, packed + size, 256);
	folder_write(folder, IMAGES, packed, size);
	accepted(folder, &good);
}

/* Two data sets in one folder, one of them packed: a plain and a packed file are a pair only where one of them is there
 * in both forms, and then those hold the same. */
static void forms_do_not_mix(void **state)
{
	const struct folder *folder = *state;
	struct good good = good_files(), other = good_files();
	uint8_t images[256], labels[256], others[256];
	char text[700];
	size_t images_size = gzip(good.images, sizeof good.images, images, sizeof images);
	size_t labels_size = gzip(good.labels, sizeof good.labels, labels, sizeof labels);
	other.labels[sizeof other.labels - 1] ^= 1;
	size_t others_size = gzip(other.labels, sizeof other.labels, others, sizeof others);

	folder_write(folder, IMAGES, good.images, sizeof good.images);
	folder_write(folder, LABELS ".gz", others, others_size);
	snprintf(text, sizeof text, "stands beside %s/" IMAGES ", one packed and one not, as where two data sets meet; gzip or "
	         "gunzip one of them if they belong together", folder->path);
	refused(folder, EX_DATAERR, LABELS ".gz", text);
	folder_remove(folder, IMAGES);
	folder_remove(folder, LABELS ".gz");
	folder_write(folder, IMAGES ".gz", images, images_size);
	folder_write(folder, LABELS, good.labels, sizeof good.labels);
	snprintf(text, sizeof text, "stands beside %s/" IMAGES ".gz, one packed and one not, as where two data sets meet; "
	         "gzip or gunzip one of them if they belong together", folder->path);
	refused(folder, EX_DATAERR, LABELS, text);

	folder_write(folder, IMAGES, good.images, sizeof good.images); /* as gunzip -k leaves them */
	accepted(folder, &good);
	folder_write(folder, LABELS ".gz", labels, labels_size);
	accepted(folder, &good);
	for (size_t first = 0; first < sizeof good.labels; first++) { /* two members; an empty one first */
		size_t size = gzip(good.labels, first, labels, sizeof labels);
		size += gzip(good.labels + first, sizeof good.labels - first, labels + size, sizeof labels - size);
		folder_write(folder, LABELS ".gz", labels, size);
		accepted(folder, &good);
	}
	snprintf(text, sizeof text, "%s/" LABELS ".gz beside it holds something else: take the wrong one away", folder->path);
	for (size_t first = 1; first < sizeof good.labels; first++) {
		size_t size = gzip(other.labels, first, labels, sizeof labels);
		size += gzip(other.labels + first, sizeof other.labels - first, labels + size, sizeof labels - size);
		folder_write(folder, LABELS ".gz", labels, size);
		refused(folder, EX_DATAERR, LABELS, text);
		size = gzip(good.labels, first, labels, sizeof labels);
		folder_write(folder, LABELS ".gz", labels, size);
		refused(folder, EX_DATAERR, LABELS, text);
	}
	labels_size = gzip(good.labels, sizeof good.labels, labels, sizeof labels);
	folder_write(folder, LABELS ".gz", others, others_size);
	refused(folder, EX_DATAERR, LABELS, text);
	folder_write(folder, LABELS ".gz", "", 0);
	refused(folder, EX_DATAERR, LABELS, text);
	folder_remove(folder, LABELS);
	folder_write(folder, LABELS ".gz", labels, labels_size);
	accepted(folder, &good);
	images[images_size - 8] ^= 1; /* CRC-32 */
	folder_write(folder, IMAGES ".gz", images, images_size);
	snprintf(text, sizeof text, "%s/" IMAGES ".gz beside it holds something else: take the wrong one away", folder->path);
	refused(folder, EX_DATAERR, IMAGES, text);
}

static void malformed_headers_are_refused(void **state)
{
	const struct folder *folder = *state;
	static const struct {
		uint32_t magic;
		const char *text;
	} magics[] = {
		{0x89504e47, "not an IDX file: begins with 0x89504e47, 0x00000803 expected"},
		{0x00000a03, "not an IDX file: begins with 0x00000a03, 0x00000803 expected"},
		{0x01000803, "not an IDX file: begins with 0x01000803, 0x00000803 expected"},
		{0x00000903, "elements are signed bytes (type 0x09), only unsigned bytes (0x08) are read"},
		{0x00000b03, "elements are shorts (type 0x0b), only unsigned bytes (0x08) are read"},
		{0x00000c03, "elements are ints (type 0x0c), only unsigned bytes (0x08) are read"},
		{0x00000d03, "elements are floats (type 0x0d), only unsigned bytes (0x08) are read"},
		{0x00000e03, "elements are doubles (type 0x0e), only unsigned bytes (0x08) are read"},
		{0x00000801, "1-dimensional data (0x00000801), 0x00000803 expected"},
		{0x000008ff, "255-dimensional data (0x000008ff), 0x00000803 expected"},
	};
	struct good good = good_files();
	write_good(folder, &good);
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
		put32(good.images, magics[i].magic);
		folder_write(folder, IMAGES, good.images, sizeof good.images);
		refused(folder, EX_DATAERR, IMAGES, magics[i].text);
	}
	good = good_files();
	write_good(folder, &good);
	put32(good.labels, 0x803);
	folder_write(folder, LABELS, good.labels, sizeof good.labels);
	refused(folder, EX_DATAERR, LABELS, "3-dimensional data (0x00000803), 0x00000801 expected");
}

static void what_contradicts_the_job_file_is_refused(void **state)
{
	const struct folder *folder = *state;
	static const struct {
		uint32_t rank, dims[3];
		const char *are;
	} others[] = {
		{3, {4, 4}, "4×4"}, {3, {3, 3}, "3×3"}, {3, {4, 3}, "4×3"}, {4, {3, 3, 4}, "3×3×4"}, {4, {3, 2, 2}, "3×2×2"},
	};
	char text[200];
	struct good good = good_files();
	write_good(folder, &good);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		uint8_t bytes[200] = {0};
		const uint32_t *d = others[i].dims;
		header(bytes, 0x800 + others[i].rank, others[i].rank, (uint32_t[]){5, d[0], d[1], d[2]});
		folder_write(folder, IMAGES, bytes, sizeof bytes);
		snprintf(text, sizeof text, "images are %s, the job file says input: {maps: 1, rows: 3, columns: 4}",
		         others[i].are);
		refused(folder, EX_DATAERR, IMAGES, text);
	}

	good = good_files();
	put32(good.images + 4, 0);
	write_good(folder, &good);
	refused(folder, EX_DATAERR, IMAGES, "holds no images");

	good = good_files();
	put32(good.labels + 4, 4);
	write_good(folder, &good);
	refused(folder, EX_DATAERR, LABELS, "4 labels for 5 images");

	good = good_files();
	good.labels[LABELS_HEADER + 3] = 10;
	write_good(folder, &good);
	refused(folder, EX_DATAERR, LABELS, "label 10 of sample 3 is not below classes: 10");

	struct dataset set;
	struct err err = {0};
	assert_int_equal(classes_read(&set, DATA_IDX, folder->path, DATA_TRAIN, (struct shape){1, 0, 4}, 10, &err), -1);
	assert_int_equal(err.code, EX_DATAERR);
	assert_non_null(strstr(err.text, ": no image has 1×0×4 pixels; an image has 1 pixel to 64 GiB"));
}

static void missing_and_unreadable_files_are_named(void **state)
{
	const struct folder *folder = *state;
	struct good good = good_files();
	struct dataset set;
	struct err err = {0};
	char path[300], expected[600];
	struct shape shape = {1, 3, 4};

	assert_int_equal(classes_read(&set, DATA_IDX, folder->path, DATA_TEST, shape, 10, &err), -1);
	snprintf(expected, sizeof expected,
	         "t10k-images-idx3-ubyte: no such file (nor t10k-images-idx3-ubyte.gz) in %s", folder->path);
	assert_int_equal(err.code, EX_NOINPUT);
	assert_string_equal(err.text, expected);

	err = (struct err){0};
	snprintf(path, sizeof path, "%s/none", folder->path);
	snprintf(expected, sizeof expected, "%s: no such directory", path);
	assert_int_equal(classes_read(&set, DATA_IDX, path, DATA_TRAIN, shape, 10, &err), -1);
	assert_int_equal(err.code, EX_NOINPUT);
	assert_string_equal(err.text, expected);

	err = (struct err){0};
	write_good(folder, &good);
	snprintf(path, sizeof path, "%s/" LABELS, folder->path);
	snprintf(expected, sizeof expected, "%s: not a directory", path);
	assert_int_equal(classes_read(&set, DATA_IDX, path, DATA_TRAIN, shape, 10, &err), -1);
	assert_int_equal(err.code, EX_NOINPUT);
	assert_string_equal(err.text, expected);

	/* Unreadable for root, too: a link to itself. The plain name is tried first, and failing on it is an error. */
	folder_remove(folder, LABELS);
	assert_int_equal(symlink(LABELS, path), 0);
	refused(folder, EX_NOINPUT, LABELS, "Too many levels of symbolic links");
	folder_remove(folder, LABELS);
	assert_int_equal(mkfifo(path, 0600), 0);
	refused(folder, EX_NOINPUT, LABELS, "not a regular file");

	/* A directory written with its slash. */
	folder_remove(folder, LABELS);
	folder_write(folder, LABELS, "", 0);
	err = (struct err){0};
	snprintf(path, sizeof path, "%s/", folder->path);
	snprintf(expected, sizeof expected, "%s" LABELS ": cut short in its header: 0 bytes there", path);
	assert_int_equal(classes_read(&set, DATA_IDX, path, DATA_TRAIN, shape, 10, &err), -1);
	assert_string_equal(err.text, expected);
}

/* A data set as it is distributed, with mean and deviation computed in another way (Welford's, in long double). */
static void fashion_mnist_is_read(void **state)
{
	static const char where[] = "/usr/share/datasets/fashion-mnist";
	(void)state;
	struct dataset set;
	struct err err = {0};
	struct shape shape = {1, 28, 28};
	if (access(where, F_OK) != 0)
		skip();

	assert_int_equal(classes_read(&set, DATA_IDX, where, DATA_TEST, shape, 10, &err), 0);
	assert_int_equal(set.count, 10000);
	dataset_free(&set);

	assert_int_equal(classes_read(&set, DATA_IDX, where, DATA_TRAIN, shape, 10, &err), 0);
	assert_int_equal(set.count, 60000);
	size_t seen[10] = {0};
	for (size_t n = 0; n < set.count; n++)
		seen[dataset_class(&set, n)]++;
	for (size_t k = 0; k < 10; k++)
		assert_int_equal(seen[k], 6000);

	struct normalization normalization = {1, (double[1]){0}, (double[1]){0}};
	assert_int_equal(normalization_measure(&normalization, NORMALIZE_STANDARD, &set, &err), 0);
	long double mean = 0, spread = 0;
	size_t count = 60000 * 784;
	for (size_t i = 0; i < count; i++) {
		long double step = set.array[DATA_INPUTS].bytes[i] - mean;
		mean += step / (long double)(i + 1);
		spread += step * (set.array[DATA_INPUTS].bytes[i] - mean);
	}
	assert_true(fabsl(mean - normalization.mean[0]) < 1e-9L);
	assert_true(fabsl(sqrtl(spread / (long double)count) - normalization.deviation[0]) < 1e-9L);
	dataset_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(what_is_written_is_read),
		IN_FOLDER(gzip_in_every_form),
		IN_FOLDER(forms_do_not_mix),
		IN_FOLDER(malformed_headers_are_refused),
		IN_FOLDER(what_contradicts_the_job_file_is_refused),
		IN_FOLDER(missing_and_unreadable_files_are_named),
		cmocka_unit_test(fashion_mnist_is_read),
	};
	return cmocka_run_group_tests_name("data: IDX", tests, NULL, NULL);
}
