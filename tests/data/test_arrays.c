/* Arrays of others: each type of number in both orders of bytes and in each storage that is read gives the bytes that
 * were written, from the place that the user names. */
#include "../../src/data/pieces.h"
#include "folder.h"

#include <hdf5.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

enum { N = 9, MAPS = 3, ROWS = 5, EACH = MAPS * ROWS, NUMBERS = N * EACH };

enum storage { PLAIN, CHUNKED, SHUFFLED, PACKED, CHECKED, UNLIMITED, STORAGES };

static hid_t file_make(const struct folder *folder, char path[512])
{
	snprintf(path, 512, "%s/arrays.h5", folder->path);
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(file >= 0);
	return file;
}

/* Makes the groups above it too. */
static hid_t array_make(hid_t file, const char *path, hid_t type, enum storage storage, const void *bytes)
{
	const hsize_t dims[3] = {N, MAPS, ROWS}, chunk[3] = {2, 2, 4}, most[3] = {H5S_UNLIMITED, MAPS, H5S_UNLIMITED};
	hid_t create = H5Pcreate(H5P_DATASET_CREATE), link = H5Pcreate(H5P_LINK_CREATE);
	H5Pset_create_intermediate_group(link, 1);
	if (storage != PLAIN)
		H5Pset_chunk(create, 3, chunk);
	if (storage == CHECKED)
		H5Pset_fletcher32(create);
	if (storage >= SHUFFLED)
		H5Pset_shuffle(create);
	if (storage >= PACKED)
		H5Pset_deflate(create, 4);
	if (storage >= UNLIMITED)
		H5Pset_fletcher32(create);
	hid_t space = H5Screate_simple(3, dims, storage == UNLIMITED ? most : NULL);
	hid_t array = H5Dcreate2(file, path, type, space, link, create, H5P_DEFAULT);
	assert_true(array >= 0);
	assert_true(H5Dwrite(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0); /* without conversion */
	H5Sclose(space);
	H5Pclose(create);
	H5Pclose(link);
	return array;
}

static void attribute_put(hid_t object, const char *name, hid_t type, hid_t memory, const void *value)
{
	hid_t space = H5Screate(H5S_SCALAR), id = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(H5Awrite(id, memory, value) >= 0);
	H5Aclose(id);
	H5Sclose(space);
}

static void opened(struct sample_reader *reader, const char *path, const struct sample_request *request)
{
	struct err err = {0};
	if (reader_open(reader, path, request, &err) != 0)
		fail_msg("%s", err.text);
}

static const struct sample_request fields = {.path = {{"fields"}}};

static void array_is(struct sample_reader *r, const void *bytes, size_t item)
{
	static uint8_t found[NUMBERS * 8];
	struct err err = {0};
	const struct sample_pieces *p = &r->index.array[SAMPLE_TRAIN][SAMPLE_INPUTS];
	assert_int_equal(p->rank, 3);
	assert_int_equal(p->dims[0], N);
	for (size_t first = 0; first < N; first += p->each[0])
		if (reader_row(r, SAMPLE_TRAIN, SAMPLE_INPUTS, first, found + first * EACH * item, &err) != 0)
			fail_msg("%s", err.text);
	assert_memory_equal(found, bytes, NUMBERS * item);
}

static void every_type_is_read(void **state)
{
	hid_t half[2];
	for (size_t big = 0; big < 2; big++) {
		half[big] = H5Tcopy(big ? H5T_IEEE_F32BE : H5T_IEEE_F32LE);
		H5Tset_fields(half[big], 15, 10, 5, 0, 10);
		H5Tset_size(half[big], 2);
		H5Tset_ebias(half[big], 15);
	}
	const struct {
		const char *name;
		size_t bytes;
		hid_t type[2]; /* little endian, big endian */
	} rows[] = {
		{"uint8", 1, {H5T_STD_U8LE, H5T_STD_U8BE}},     {"int8", 1, {H5T_STD_I8LE, H5T_STD_I8BE}},
		{"uint16", 2, {H5T_STD_U16LE, H5T_STD_U16BE}},  {"int16", 2, {H5T_STD_I16LE, H5T_STD_I16BE}},
		{"uint32", 4, {H5T_STD_U32LE, H5T_STD_U32BE}},  {"int32", 4, {H5T_STD_I32LE, H5T_STD_I32BE}},
		{"uint64", 8, {H5T_STD_U64LE, H5T_STD_U64BE}},  {"int64", 8, {H5T_STD_I64LE, H5T_STD_I64BE}},
		{"float16", 2, {half[0], half[1]}},             {"float32", 4, {H5T_IEEE_F32LE, H5T_IEEE_F32BE}},
		{"float64", 8, {H5T_IEEE_F64LE, H5T_IEEE_F64BE}}, {"uint8", 1, {H5T_STD_B8LE, H5T_STD_B8BE}},
	};
	static uint8_t bytes[NUMBERS * 8];
	char path[512];
	random_fill(1, bytes, sizeof bytes, 256);
	for (size_t t = 0; t < sizeof rows / sizeof *rows; t++)
		for (size_t big = 0; big < 2; big++)
			for (enum storage storage = PLAIN; storage < STORAGES; storage++) {
				struct sample_reader reader;
				hid_t file = file_make(*state, path);
				H5Dclose(array_make(file, "/fields", rows[t].type[big], storage, bytes));
				H5Fclose(file);
				opened(&reader, path, &fields);
				const struct number_format *number = &reader.index.array[SAMPLE_TRAIN][SAMPLE_INPUTS].number;
				assert_string_equal(store_type_name(number->type), rows[t].name);
				assert_int_equal(store_type_bytes(number->type), rows[t].bytes);
				assert_int_equal(number->swapped, rows[t].bytes > 1 && big == (H5Tget_order(H5T_NATIVE_INT) == H5T_ORDER_LE));
				assert_int_equal(number->fills, 0);
				array_is(&reader, bytes, rows[t].bytes);
				reader_close(&reader);
			}
	H5Tclose(half[0]);
	H5Tclose(half[1]);
}

/* Truth values of h5py and of others are bytes; any other enumeration is the numbers that it stands for. */
static void enumerations_are_numbers(void **state)
{
	static const struct {
		const char *word[2];
		enum store_type type;
	} rows[] = {{{"FALSE", "TRUE"}, STORE_U8}, {{"cold", "hot"}, STORE_I8}};
	static uint8_t bytes[NUMBERS];
	char path[512];
	random_fill(2, bytes, sizeof bytes, 2);
	for (size_t i = 0; i < 2; i++) {
		struct sample_reader reader;
		hid_t file = file_make(*state, path), type = H5Tenum_create(H5T_STD_I8LE);
		for (int8_t value = 0; value < 2; value++)
			H5Tenum_insert(type, rows[i].word[value], &value);
		H5Dclose(array_make(file, "/fields", type, CHUNKED, bytes));
		H5Tclose(type);
		H5Fclose(file);
		opened(&reader, path, &fields);
		assert_int_equal(reader.index.array[SAMPLE_TRAIN][SAMPLE_INPUTS].number.type, rows[i].type);
		array_is(&reader, bytes, 1);
		reader_close(&reader);
	}
}

/* float64 does not tell apart whole numbers of 64 bits: a fill value counts with all its digits. */
static void fill_values_of_64_bits_are_exact(void **state)
{
	const struct {
		hid_t type, attribute, memory;
		uint64_t fill, near; /* `near` is the same number in float64 */
		size_t fills;
	} rows[] = {
		{H5T_STD_I64LE, H5T_STD_I64LE, H5T_NATIVE_INT64, INT64_MAX, INT64_MAX - 1, 1},
		{H5T_STD_I64BE, H5T_STD_I64LE, H5T_NATIVE_INT64, (uint64_t)INT64_MIN, (uint64_t)INT64_MIN + 1, 1},
		{H5T_STD_I64LE, H5T_STD_I16BE, H5T_NATIVE_INT64, (uint64_t)-999, 5, 1},
		{H5T_STD_U64LE, H5T_STD_U64BE, H5T_NATIVE_UINT64, UINT64_MAX, UINT64_MAX - 1, 1},
		{H5T_STD_U64LE, H5T_STD_I64LE, H5T_NATIVE_INT64, (uint64_t)-1, 0, 0}, /* the array can hold no such number */
		{H5T_STD_I64LE, H5T_STD_U64LE, H5T_NATIVE_UINT64, UINT64_MAX, 0, 0},
	};
	char path[512];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		static const uint8_t zeros[NUMBERS * 8];
		struct sample_reader reader;
		hid_t file = file_make(*state, path), array = array_make(file, "/fields", rows[i].type, PLAIN, zeros);
		attribute_put(array, "_FillValue", rows[i].attribute, rows[i].memory, &rows[i].fill);
		H5Dclose(array);
		H5Fclose(file);
		opened(&reader, path, &fields);
		const struct number_format *format = &reader.index.array[SAMPLE_TRAIN][SAMPLE_INPUTS].number;
		uint64_t number[3] = {7, rows[i].near, rows[i].fill};
		for (size_t n = 0; n < 3 && format->swapped; n++)
			number[n] = __builtin_bswap64(number[n]);
		assert_int_equal(format->fills, rows[i].fills);
		assert_int_equal(elements_missing(format, (const uint8_t *)number, 3), rows[i].fills > 0 ? 2 : 3);
		reader_close(&reader);
	}
}

/* A fill value is what the array itself can hold: -999.9 is another number in float32 than in float64. */
static void fill_values_are_those_of_the_array(void **state)
{
	const struct {
		hid_t type, attribute;
		double fill, missing, found[2];
		size_t fills;
	} rows[] = {
		{H5T_IEEE_F32LE, H5T_IEEE_F64LE, -999.9, 1e20, {-999.9f, 1e20f}, 2},
		{H5T_IEEE_F32BE, H5T_IEEE_F32BE, -999.9, 0, {-999.9f}, 1},
		{H5T_IEEE_F64LE, H5T_IEEE_F64LE, -999.9, 1e300, {-999.9, 1e300}, 2},
		{H5T_STD_I16LE, H5T_STD_I16BE, -32768, 9999, {-32768, 9999}, 2},
		{H5T_STD_U8LE, H5T_STD_I32LE, 255, 0, {255}, 1},
	};
	static const uint8_t bytes[NUMBERS * 8];
	char path[512];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sample_reader reader;
		hid_t file = file_make(*state, path), array = array_make(file, "/fields", rows[i].type, PLAIN, bytes);
		attribute_put(array, "_FillValue", rows[i].attribute, H5T_NATIVE_DOUBLE, &rows[i].fill);
		if (rows[i].fills > 1)
			attribute_put(array, "missing_value", rows[i].attribute, H5T_NATIVE_DOUBLE, &rows[i].missing);
		attribute_put(array, "scale_factor", H5T_IEEE_F32LE, H5T_NATIVE_DOUBLE, &(double){1}); /* changes nothing */
		attribute_put(array, "add_offset", H5T_IEEE_F32LE, H5T_NATIVE_DOUBLE, &(double){0});
		H5Dclose(array);
		H5Fclose(file);
		opened(&reader, path, &fields);
		const struct number_format *number = &reader.index.array[SAMPLE_TRAIN][SAMPLE_INPUTS].number;
		assert_int_equal(number->fills, rows[i].fills);
		for (size_t f = 0; f < number->fills; f++)
			assert_true(number->fill[f] == rows[i].found[f]);
		reader_close(&reader);
	}
}

/* With or without a slash in front, over links within the file; a part may miss as a whole. */
static void arrays_are_where_the_user_says(void **state)
{
	static uint8_t bytes[NUMBERS];
	static const char *const paths[] = {"/runs/one/fields", "runs//one/fields/", "short", "/way/fields"};
	char path[512];
	random_fill(3, bytes, sizeof bytes, 256);
	hid_t file = file_make(*state, path);
	H5Dclose(array_make(file, "/runs/one/fields", H5T_STD_U8LE, CHUNKED, bytes));
	H5Dclose(array_make(file, "/runs/one/targets", H5T_STD_U8LE, PLAIN, bytes));
	H5Dclose(array_make(file, "/runs/one/weights", H5T_STD_U8LE, PLAIN, bytes));
	H5Lcreate_soft("runs/one/fields", file, "short", H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_soft("/runs/one", file, "way", H5P_DEFAULT, H5P_DEFAULT);
	H5Fclose(file);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		const struct sample_request request = {.path = {{paths[i], "way/targets", "way/weights"}, {"/test/fields", "/test/t"}},
		                                       .may_miss = {false, true}};
		struct sample_reader reader;
		opened(&reader, path, &request);
		array_is(&reader, bytes, 1);
		const struct sample_pieces *test = reader.index.array[SAMPLE_TEST];
		assert_string_equal(reader.index.array[SAMPLE_TRAIN][SAMPLE_INPUTS].path, i < 2 ? paths[0] : i == 2 ? "/short" : paths[3]);
		assert_int_equal(reader.index.array[SAMPLE_TRAIN][SAMPLE_WEIGHTS].dims[0], N);
		for (size_t a = 0; a < SAMPLE_ARRAYS; a++)
			assert_true(test[a].rank == 0 && test[a].count == 0 && test[a].piece == NULL);
		reader_close(&reader);
	}
}

/* An independent writer. */
static void arrays_of_h5py_are_read(void **state)
{
	static const struct {
		const char *expression;
		enum store_type type;
		bool swapped;
	} rows[] = {
		{"x % 2 == 1", STORE_U8, false},
		{"x.astype('<f2')", STORE_F16, false},
		{"x.astype('>f2')", STORE_F16, true},
		{"x.astype('>f8')", STORE_F64, true},
		{"x.astype('<i2')", STORE_I16, false},
		{"x.astype('>u4')", STORE_U32, true},
	};
	const struct folder *folder = *state;
	char line[2048], path[512], raw[512];
	if (system("/usr/bin/python3 -c 'import h5py' 2>/dev/null") != 0)
		skip();
	snprintf(path, sizeof path, "%s/arrays.h5", folder->path);
	snprintf(raw, sizeof raw, "%s/raw", folder->path);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		static uint8_t bytes[NUMBERS * 8];
		struct sample_reader reader;
		snprintf(line, sizeof line, "/usr/bin/python3 -c \"import h5py, numpy\n"
		         "x = numpy.arange(%d).reshape(%d, %d, %d) - 40\n"
		         "x = %s\n"
		         "h5py.File('%s', 'w').create_dataset('fields', data=x, chunks=(4, 3, 2), maxshape=(None, 3, 5),\n"
		         "    shuffle=True, compression='gzip', fletcher32=True)\n"
		         "open('%s', 'wb').write(x.tobytes())\"", NUMBERS, N, MAPS, ROWS, rows[i].expression, path, raw);
		assert_int_equal(system(line), 0);
		FILE *file = fopen(raw, "rb");
		size_t item = store_type_bytes(rows[i].type);
		assert_non_null(file);
		assert_int_equal(fread(bytes, item, NUMBERS, file), NUMBERS);
		fclose(file);
		opened(&reader, path, &fields);
		assert_int_equal(reader.index.array[SAMPLE_TRAIN][SAMPLE_INPUTS].number.type, rows[i].type);
		assert_int_equal(reader.index.array[SAMPLE_TRAIN][SAMPLE_INPUTS].number.swapped, rows[i].swapped);
		array_is(&reader, bytes, item);
		reader_close(&reader);
	}
}

int main(int argc, char **argv)
{
	int status;
	if (samples_serve(argc, argv, &status))
		return status;
	const struct CMUnitTest tests[] = {
		IN_FOLDER(every_type_is_read),
		IN_FOLDER(enumerations_are_numbers),
		IN_FOLDER(fill_values_are_those_of_the_array),
		IN_FOLDER(fill_values_of_64_bits_are_exact),
		IN_FOLDER(arrays_are_where_the_user_says),
		IN_FOLDER(arrays_of_h5py_are_read),
	};
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	return cmocka_run_group_tests_name("data/arrays", tests, NULL, NULL);
}
