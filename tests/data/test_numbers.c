/* HDF5 files with numbers of all types: read whole and window by window, they are the numbers that were written. */
#include "../../src/data/pieces.h"
#include "../../src/data/data.h"
#include "folder.h"
#include "set.h"

#include <hdf5.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { TRAIN = 229, TEST = 47, MAPS = 2, ROWS = 3, COLUMNS = 5, EACH = MAPS * ROWS * COLUMNS, CLASSES = 4 };

static const size_t counts[2] = {TRAIN, TEST};

struct file {
	hid_t type, label_type; /* 0: uint8 */
	int rank;               /* 0: 4 */
	hsize_t dims[4];        /* behind the count; rank 0: maps, rows, columns */
	hsize_t label_dims;     /* 0: no second dimension */
	hsize_t chunk[2];       /* samples of a chunk, and maps; 0: one run */
	size_t odd;             /* number of the training inputs that is … */
	double value;           /* … this; 0: none */
	size_t odd_label;
	double label;
	const char *attribute;  /* of the training inputs, with */
	double fill;
};

static unsigned whole_at(size_t part, size_t i)
{
	return (unsigned)random_below(31, RANDOM_CHECK, part, i, 128);
}

static void array_put(hid_t file, const char *path, hid_t type, int rank, const hsize_t *dims, const hsize_t chunk[2],
                      const double *values, const struct file *f)
{
	hid_t create = H5Pcreate(H5P_DATASET_CREATE), link = H5Pcreate(H5P_LINK_CREATE);
	hid_t space = H5Screate_simple(rank, dims, NULL);
	H5Pset_create_intermediate_group(link, 1);
	if (chunk != NULL && chunk[0] > 0) {
		const hsize_t sides[4] = {chunk[0], chunk[1], rank > 2 ? dims[2] : 1, rank > 3 ? dims[3] : 1};
		H5Pset_chunk(create, rank, sides);
		H5Pset_shuffle(create);
		H5Pset_deflate(create, 2);
	}
	hid_t array = H5Dcreate2(file, path, type > 0 ? type : H5T_STD_U8LE, space, link, create, H5P_DEFAULT);
	assert_true(array >= 0);
	assert_true(H5Dwrite(array, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
	if (f->attribute != NULL && chunk != NULL) {
		hid_t one = H5Screate(H5S_SCALAR);
		hid_t id = H5Acreate2(array, f->attribute, H5T_IEEE_F64LE, one, H5P_DEFAULT, H5P_DEFAULT);
		assert_true(H5Awrite(id, H5T_NATIVE_DOUBLE, &f->fill) >= 0);
		H5Aclose(id);
		H5Sclose(one);
	}
	H5Dclose(array);
	H5Sclose(space);
	H5Pclose(create);
	H5Pclose(link);
}

/* Inputs are whole_at(part, i), targets i % CLASSES. */
static void file_make(const struct folder *folder, const struct file *f, char path[512])
{
	snprintf(path, 512, "%s/numbers.h5", folder->path);
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(file >= 0);
	for (size_t p = 0; p < 2; p++) {
		double inputs[TRAIN * EACH], labels[2 * TRAIN] = {0};
		hsize_t dims[4] = {counts[p], MAPS, ROWS, COLUMNS}, label_dims[2] = {counts[p], f->label_dims};
		for (int d = 1; d < f->rank; d++)
			dims[d] = f->dims[d - 1];
		for (size_t i = 0; i < counts[p] * EACH; i++)
			inputs[i] = whole_at(p, i);
		for (size_t i = 0; i < counts[p]; i++)
			labels[i] = (double)(i % CLASSES);
		if (p == 0 && f->value != 0)
			inputs[f->odd] = f->value;
		if (p == 0 && f->label != 0)
			labels[f->odd_label] = f->label;
		array_put(file, p == 0 ? "/train/images" : "/test/images", f->type, f->rank > 0 ? f->rank : 4, dims, f->chunk,
		          inputs, f);
		array_put(file, p == 0 ? "/train/labels" : "/test/labels", f->label_type, f->label_dims > 0 ? 2 : 1, label_dims,
		          NULL, labels, f);
	}
	H5Fclose(file);
}

static void is_good(const struct dataset *set, size_t p, enum element element)
{
	float number[TRAIN * EACH];
	assert_int_equal(set->count, counts[p]);
	assert_int_equal(set->array[DATA_INPUTS].element, element);
	elements_float(element, set->array[DATA_INPUTS].bytes, set->count * EACH, number);
	for (size_t i = 0; i < set->count * EACH; i++)
		assert_true(number[i] == (float)whole_at(p, i));
	for (size_t n = 0; n < set->count; n++)
		assert_int_equal(dataset_class(set, n), n % CLASSES);
}

static const struct shape shape = {MAPS, ROWS, COLUMNS};

static void good(const char *path, struct shape want, enum element element)
{
	for (size_t p = 0; p < 2; p++) {
		struct dataset set;
		struct err err = {0};
		classes_read(&set, DATA_HDF5, path, p == 0 ? DATA_TRAIN : DATA_TEST, want, CLASSES, &err);
		assert_string_equal(err.text, "");
		is_good(&set, p, element);
		dataset_free(&set);
	}
}

static hid_t half_make(H5T_order_t order)
{
	hid_t type = H5Tcopy(H5T_IEEE_F32LE);
	H5Tset_fields(type, 15, 10, 5, 0, 10);
	H5Tset_size(type, 2);
	H5Tset_ebias(type, 15);
	H5Tset_order(type, order);
	return type;
}

static void all_types_are_read(void **state)
{
	const hid_t half[2] = {half_make(H5T_ORDER_LE), half_make(H5T_ORDER_BE)};
	const struct {
		hid_t type[2];
		enum element element;
	} rows[] = {
		{{H5T_STD_U8LE, H5T_STD_U8BE}, ELEMENT_U8},       {{H5T_STD_I8LE, H5T_STD_I8BE}, ELEMENT_I8},
		{{H5T_STD_U16LE, H5T_STD_U16BE}, ELEMENT_U16},    {{H5T_STD_I16LE, H5T_STD_I16BE}, ELEMENT_I16},
		{{H5T_STD_U32LE, H5T_STD_U32BE}, ELEMENT_F32},    {{H5T_STD_I32LE, H5T_STD_I32BE}, ELEMENT_F32},
		{{H5T_STD_U64LE, H5T_STD_U64BE}, ELEMENT_F32},    {{H5T_STD_I64LE, H5T_STD_I64BE}, ELEMENT_F32},
		{{half[0], half[1]}, ELEMENT_F16},                {{H5T_IEEE_F32LE, H5T_IEEE_F32BE}, ELEMENT_F32},
		{{H5T_IEEE_F64LE, H5T_IEEE_F64BE}, ELEMENT_F32},
	};
	static const hsize_t chunks[][2] = {{0, 0}, {4, MAPS}, {5, 1}};
	char path[512];
	for (size_t t = 0; t < sizeof rows / sizeof *rows; t++)
		for (size_t big = 0; big < 2; big++)
			for (size_t c = 0; c < 3; c++) {
				struct file file = {.type = rows[t].type[big], .chunk = {chunks[c][0], chunks[c][1]}};
				file.label_type = t < 8 ? rows[(t + 3) % 8].type[big] : 0;
				file_make(*state, &file, path);
				good(path, shape, rows[t].element);
			}
	H5Tclose(half[0]);
	H5Tclose(half[1]);
}

/* Windows, samples held back and digests of a file of floats are those of memory. */
static void windows_hold_the_same_numbers(void **state)
{
	enum { HELD = 5, WINDOW = 8 };
	const hid_t types[] = {H5T_IEEE_F32LE, H5T_IEEE_F64BE, H5T_STD_I16BE};
	for (size_t t = 0; t < 3; t++) {
		char path[512];
		struct err err = {0};
		struct dataset train, test, validation, held, window;
		struct digest digest[DATA_PARTS], same[DATA_PARTS];
		double number[4 * MAPS];
		struct normalization one = {MAPS, number, number + MAPS}, other = {MAPS, number + 2 * MAPS, number + 3 * MAPS};
		bool fits;
		const struct data_need need = {.shape = shape, .classes = CLASSES};
		file_make(*state, &(struct file){.type = types[t], .chunk = {4, MAPS}}, path);
		assert_int_equal(classes_read(&train, DATA_HDF5, path, DATA_TRAIN, shape, CLASSES, &err), 0);
		assert_int_equal(classes_read(&test, DATA_HDF5, path, DATA_TEST, shape, CLASSES, &err), 0);
		assert_int_equal(dataset_digest(&train, NULL, &digest[DATA_TRAIN], &err), 0);
		assert_int_equal(dataset_digest(&test, NULL, &digest[DATA_TEST], &err), 0);
		assert_int_equal(dataset_split(&train, &(struct split){3, 0, HELD}, &validation, NULL, &err), 0);
		assert_int_equal(normalization_measure(&one, NORMALIZE_STANDARD, &train, &err), 0);

		struct stream_plan plan = {{.place = path}, need, {3, 0, HELD}, 1 << 30, 1, NULL, NULL};
		assert_null(stream_open(&plan, &fits, &err));
		assert_true(fits);
		size_t bytes = array_bytes(&train.array[DATA_INPUTS], 1);
		struct stream *s = NULL;
		for (plan.memory = 1024; s == NULL; plan.memory += bytes) {
			err = (struct err){0};
			plan.least = WINDOW;
			s = stream_open(&plan, &fits, &err);
			assert_false(fits);
		}
		held = window = dataset_of(&need);
		held.array[DATA_INPUTS].element = window.array[DATA_INPUTS].element = stream_element(s);
		assert_int_equal(stream_element(s), train.array[DATA_INPUTS].element);
		assert_int_equal(dataset_allocate(&held, HELD, &err), 0);
		assert_int_equal(dataset_allocate(&window, stream_window(s), &err), 0);
		window.number = memory_zeroed(stream_window(s), sizeof(uint32_t), &err);
		assert_int_equal(stream_scan(s, NORMALIZE_STANDARD, &held, &other, same, NULL, NULL, &err), 0);
		assert_memory_equal(other.mean, one.mean, 2 * MAPS * sizeof *number);
		assert_memory_equal(same, digest, sizeof digest);
		for (size_t a = 0; a < DATA_ARRAYS; a++)
			assert_memory_equal(held.array[a].bytes, validation.array[a].bytes, array_bytes(&held.array[a], HELD));
		size_t size = stream_window(s), count = stream_count(s, DATA_TRAIN);
		for (size_t w = 0; w * size < count; w++) {
			assert_int_equal(stream_ask(s, DATA_TRAIN, 0, w, &window, &err), 0);
			assert_int_equal(stream_wait(s, &err), 0);
			for (size_t i = 0; i < size && w * size + i < count; i++) {
				size_t n = 0;
				while (train.number[n] != window.number[i])
					n++;
				for (size_t a = 0; a < DATA_ARRAYS; a++)
					assert_memory_equal(array_sample(&window.array[a], i), array_sample(&train.array[a], n),
					                    array_bytes(&train.array[a], 1));
			}
		}
		assert_int_equal(normalization_measure(&one, NORMALIZE_RANGE, &train, &err), 0);
		held.count = HELD;
		assert_int_equal(stream_scan(s, NORMALIZE_RANGE, &held, &other, same, NULL, NULL, &err), 0);
		assert_memory_equal(other.mean, one.mean, 2 * MAPS * sizeof *number);
		stream_close(s);
		dataset_free(&train);
		dataset_free(&test);
		dataset_free(&validation);
		dataset_free(&held);
		dataset_free(&window);
	}
}

static void shapes_can_leave_out_a_side_of_one(void **state)
{
	static const struct {
		struct shape shape;
		int rank;
		hsize_t dims[4];
	} rows[] = {
		{{1, 6, 5}, 3, {6, 5}}, {{6, 1, 5}, 3, {6, 5}}, {{1, 1, 30}, 2, {30}}, {{30, 1, 1}, 2, {30}},
		{{1, 6, 5}, 4, {1, 6, 5}},
	}, bad[] = {
		{{1, 5, 6}, 3, {6, 5}}, {{1, 6, 5}, 2, {30}}, {{2, 3, 5}, 3, {6, 5}}, {{5, 1, 6}, 3, {6, 5}},
		{{1, 2, 15}, 2, {30}},
	};
	char path[512];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		file_make(*state, &(struct file){.rank = rows[i].rank, .dims = {rows[i].dims[0], rows[i].dims[1], rows[i].dims[2]}},
		          path);
		good(path, rows[i].shape, ELEMENT_U8);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct dataset set;
		struct err err = {0};
		file_make(*state, &(struct file){.rank = bad[i].rank, .dims = {bad[i].dims[0], bad[i].dims[1]}}, path);
		assert_int_equal(classes_read(&set, DATA_HDF5, path, DATA_TRAIN, bad[i].shape, CLASSES, &err), -1);
		assert_non_null(strstr(err.text, bad[i].rank == 2 ? "/train/images: samples are 30, the job file says"
		                                                  : "/train/images: samples are 6×5, the job file says"));
	}
	file_make(*state, &(struct file){.label_dims = 1}, path);
	good(path, shape, ELEMENT_U8);
}

/* [N][rows][columns][maps] in the file is [N][maps][rows][columns] in memory, of types that stay and of others, from
 * whole chunks and from parts; the same for the positions of fields. */
static void channels_can_be_last(void **state)
{
	const hid_t types[] = {H5T_STD_U8LE, H5T_STD_I16BE, H5T_IEEE_F64LE, H5T_IEEE_F32LE};
	static const enum element elements[] = {ELEMENT_U8, ELEMENT_I16, ELEMENT_F32, ELEMENT_F32};
	static const hsize_t chunks[][2] = {{0, 0}, {4, ROWS}, {5, 1}};
	char path[512];
	for (size_t t = 0; t < 4; t++)
		for (size_t c = 0; c < 3; c++) {
			struct file file = {.type = types[t], .rank = 4, .dims = {ROWS, COLUMNS, MAPS},
			                    .chunk = {chunks[c][0], chunks[c][1]}};
			const struct data_source source = {.format = DATA_HDF5, .place = path};
			const struct data_need need = {.shape = shape, .classes = CLASSES, .channels_last = true};
			struct dataset set;
			struct err err = {0};
			float number[TRAIN * EACH];
			file_make(*state, &file, path);
			dataset_read(&set, &source, DATA_TRAIN, &need, &err);
			assert_string_equal(err.text, "");
			assert_int_equal(set.array[DATA_INPUTS].element, elements[t]);
			elements_float(elements[t], set.array[DATA_INPUTS].bytes, TRAIN * EACH, number);
			for (size_t i = 0; i < TRAIN * EACH; i++) {
				size_t n = i / EACH, m = i / (ROWS * COLUMNS) % MAPS, point = i % (ROWS * COLUMNS);
				assert_true(number[i] == (float)whole_at(0, (n * ROWS * COLUMNS + point) * MAPS + m));
			}
			dataset_free(&set);
			assert_int_equal(classes_read(&set, DATA_HDF5, path, DATA_TRAIN, shape, CLASSES, &err), -1);
			assert_non_null(strstr(err.text, "samples are 3×5×2, the job file says input: {maps: 2, rows: 3, columns: 5}, "
			                       "with data.layout: channels-last"));
		}
}

/* By the number of the sample. */
static void missing_and_impossible_numbers_are_refused(void **state)
{
	const hid_t half = half_make(H5T_ORDER_LE);
	const struct {
		struct file file;
		const char *text;
	} rows[] = {
		{{.type = H5T_IEEE_F32LE, .odd = 3 * EACH, .value = NAN}, "sample 3 holds a number that is not finite"},
		{{.type = H5T_IEEE_F32BE, .odd = 4 * EACH - 1, .value = INFINITY}, "sample 3 holds a number that is not finite"},
		{{.type = H5T_IEEE_F64LE, .odd = 228 * EACH + 3, .value = -INFINITY}, "sample 228 holds a number that is not finite"},
		{{.type = half, .odd = 5, .value = INFINITY}, "sample 0 holds a number that is not finite"},
		{{.type = half, .odd = 5 + EACH, .value = NAN}, "sample 1 holds a number that is not finite"},
		{{.type = H5T_IEEE_F64LE, .odd = 7 * EACH, .value = 1e39}, "sample 7 holds 1e+39, more than float32 can hold"},
		{{.type = H5T_IEEE_F64BE, .odd = 7 * EACH, .value = -1e300}, "sample 7 holds -1e+300, more than float32 can hold"},
		{{.type = H5T_IEEE_F32LE, .odd = 9 * EACH + 1, .value = -999, .attribute = "_FillValue", .fill = -999},
		 "sample 9 holds the fill value -999: a number is missing"},
		{{.type = H5T_STD_I16BE, .odd = 9 * EACH + 1, .value = -999, .attribute = "missing_value", .fill = -999},
		 "sample 9 holds the fill value -999: a number is missing"},
		{{.odd = 9 * EACH + 1, .value = 255, .attribute = "_FillValue", .fill = 255},
		 "sample 9 holds the fill value 255: a number is missing"},
		{{.label_type = H5T_STD_I32LE, .odd_label = 6, .label = -1}, "sample 6 holds -1, not a whole number from 0 to 65535"},
		{{.label_type = H5T_STD_I64BE, .odd_label = 6, .label = 65536}, "sample 6 holds 65536, not a whole number from 0"},
		{{.label_type = H5T_STD_U16BE, .odd_label = 6, .label = 4}, "label 4 of sample 6 is not below classes: 4"},
		{{.label_type = H5T_IEEE_F32LE}, "/train/labels: is float32; classes are whole numbers"},
		{{.label_dims = 2}, "/train/labels: has 2 numbers for each sample; the job has 1 (output.classes: 4)"},
	};
	char path[512];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t chunked = 0; chunked < 2; chunked++) {
			struct dataset set;
			struct err err = {0};
			struct file file = rows[i].file;
			if (file.label_dims > 1 && chunked == 0)
				continue;
			file.chunk[0] = chunked ? 5 : 0;
			file.chunk[1] = MAPS;
			file_make(*state, &file, path);
			assert_int_equal(classes_read(&set, DATA_HDF5, path, DATA_TRAIN, shape, CLASSES, &err), -1);
			assert_int_equal(err.code, EX_DATAERR);
			if (strstr(err.text, rows[i].text) == NULL)
				fail_msg("%s", err.text);
		}
	H5Tclose(half);
}

/* A fill value that no number has changes nothing. */
static void fill_values_that_are_not_there_do_not_matter(void **state)
{
	char path[512];
	file_make(*state, &(struct file){.type = H5T_IEEE_F32LE, .attribute = "_FillValue", .fill = -999}, path);
	good(path, shape, ELEMENT_F32);
	file_make(*state, &(struct file){.attribute = "missing_value", .fill = 200}, path);
	good(path, shape, ELEMENT_U8);
}

/* Each number is rounded once, to the nearest float: C's own conversion. */
static void wide_numbers_are_rounded_once(void **state)
{
	(void)state;
	static const int64_t whole[] = {0, -1, 16777217, 16777219, INT64_MIN, INT64_MAX, (INT64_C(1) << 54) + (1 << 30) + 1};
	static const double real[] = {0.1, -1e-46, 3.4e38, 1 + 0x1p-24, 1 + 0x1.8p-24};
	const struct number_format whole_format = {.type = STORE_I64}, real_format = {.type = STORE_F64};
	float to[7];
	assert_int_equal(elements_convert(&whole_format, (const uint8_t *)whole, 7, ELEMENT_F32, (uint8_t *)to), 7);
	for (size_t i = 0; i < 7; i++)
		assert_true(to[i] == (float)whole[i]);
	assert_int_equal(elements_convert(&real_format, (const uint8_t *)real, 5, ELEMENT_F32, (uint8_t *)to), 5);
	for (size_t i = 0; i < 5; i++)
		assert_true(to[i] == (float)real[i]);
}

int main(int argc, char **argv)
{
	int status;
	if (samples_serve(argc, argv, &status))
		return status;
	const struct CMUnitTest tests[] = {
		IN_FOLDER(all_types_are_read),
		IN_FOLDER(windows_hold_the_same_numbers),
		IN_FOLDER(shapes_can_leave_out_a_side_of_one),
		IN_FOLDER(channels_can_be_last),
		IN_FOLDER(missing_and_impossible_numbers_are_refused),
		IN_FOLDER(fill_values_that_are_not_there_do_not_matter),
		cmocka_unit_test(wide_numbers_are_rounded_once),
	};
	return cmocka_run_group_tests_name("data: numbers of files", tests, NULL, NULL);
}
