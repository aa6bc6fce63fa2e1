/* store: files of NumPy are read as NumPy writes them, and refused in one line where they are not. */
#include <convoy/store.h>

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "store/folder.h"

enum { ROOM = 1 << 17 };

/* A file with a header of some version, and `numbers` bytes after it; its size. The length that the header says is
 * `more` above what it is. */
static size_t file_make(FILE *file, unsigned version, const char *dictionary, size_t numbers, int more)
{
	static uint8_t bytes[ROOM];
	size_t at = 8, length = strlen(dictionary), said = length + (size_t)more;
	memcpy(bytes, "\x93NUMPY", 6);
	bytes[6] = (uint8_t)version;
	bytes[7] = 0;
	for (size_t b = 0; b < (version == 1 ? 2 : 4); b++)
		bytes[at++] = (uint8_t)(said >> 8 * b);
	memcpy(bytes + at, dictionary, length);
	for (size_t i = 0; i < numbers; i++)
		bytes[at + length + i] = (uint8_t)(i * 7 + 1);
	rewind(file);
	assert_int_equal(ftruncate(fileno(file), 0), 0);
	assert_int_equal(fwrite(bytes, 1, at + length + numbers, file), at + length + numbers);
	fflush(file);
	return at + length + numbers;
}

static void headers_are_read(void **state)
{
	static const struct {
		const char *dictionary;
		enum store_type type;
		bool swapped; /* on a machine whose order is little endian */
		size_t rank, dims[STORE_RANK], bytes;
	} rows[] = {
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, 5), }   \n", STORE_F32, false, 3, {3, 2, 5, 1}, 120},
		{"{'descr': '>f4', 'fortran_order': False, 'shape': (3, 2, 5), }\n", STORE_F32, true, 3, {3, 2, 5, 1}, 120},
		{"{\"shape\": (4L, 2L), \"fortran_order\": False, \"descr\": \"|u1\"}", STORE_U8, false, 2, {4, 2, 1, 1}, 8},
		{"{'descr':'|b1','fortran_order':False,'shape':(7,)}", STORE_U8, false, 1, {7, 1, 1, 1}, 7},
		{"{'descr': '|i1', 'fortran_order': True, 'shape': (7,), }\n", STORE_I8, false, 1, {7, 1, 1, 1}, 7},
		{"{'descr': '>i2', 'fortran_order': False, 'shape': (2, 3, 1, 2), }", STORE_I16, true, 4, {2, 3, 1, 2}, 24},
		{"{'descr': '<u2', 'fortran_order': False, 'shape': (1,), }", STORE_U16, false, 1, {1, 1, 1, 1}, 2},
		{"{'descr': '>u4', 'fortran_order': False, 'shape': (2,), }", STORE_U32, true, 1, {2, 1, 1, 1}, 8},
		{"{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", STORE_I32, false, 1, {2, 1, 1, 1}, 8},
		{"{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", STORE_I64, false, 1, {2, 1, 1, 1}, 16},
		{"{'descr': '=u8', 'fortran_order': False, 'shape': (2,), }", STORE_U64, false, 1, {2, 1, 1, 1}, 16},
		{"{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }", STORE_F16, false, 1, {2, 1, 1, 1}, 4},
		{"{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }", STORE_F64, true, 1, {2, 1, 1, 1}, 16},
		{"{'descr': '<u1', 'fortran_order': False, 'shape': (2,), }", STORE_U8, false, 1, {2, 1, 1, 1}, 2},
	};
	FILE *file = tmpfile();
	(void)state;
	assert_non_null(file);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (unsigned version = 1; version <= 3; version++) {
			struct sample_pieces found = {.rank = 9};
			struct err err = {0};
			size_t size = file_make(file, version, rows[i].dictionary, rows[i].bytes, 0);
			if (numpy_index(fileno(file), size, &found, &err) != 0)
				fail_msg("row %zu: %s", i, err.text);
			assert_int_equal(found.number.type, rows[i].type);
			assert_int_equal(found.number.swapped, rows[i].swapped);
			assert_int_equal(found.number.fills, 0);
			assert_int_equal(found.filters, 0);
			assert_int_equal(found.rank, rows[i].rank);
			assert_memory_equal(found.dims, rows[i].dims, sizeof found.dims);
			assert_memory_equal(found.each + 1, rows[i].dims + 1, 3 * sizeof found.each[0]);
			assert_int_equal(found.count, 1);
			assert_int_equal(found.piece[0].size, rows[i].bytes);
			assert_int_equal(found.piece[0].offset, size - rows[i].bytes);
			free(found.piece);
		}
	fclose(file);
}

/* What NumPy makes of the same numbers: bytes that follow its own header, in pieces. */
static void files_of_numpy_are_read(void **state)
{
	static const struct {
		const char *expression;
		enum store_type type;
		bool swapped;
	} rows[] = {
		{"x.astype('<f2')", STORE_F16, false}, {"x.astype('>f2')", STORE_F16, true},  {"x.astype('>f8')", STORE_F64, true},
		{"x.astype('i1')", STORE_I8, false},   {"x.astype('>i4')", STORE_I32, true},  {"x % 3 == 0", STORE_U8, false},
		{"x.astype('<u2')", STORE_U16, false}, {"x.astype('f4')[::2]", STORE_F32, false},
	};
	char line[2048];
	const char *npy = in_folder(folder, "x.npy"), *raw = in_folder(folder, "raw");
	(void)state;
	if (system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0)
		skip();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (unsigned version = 1; version <= 3; version++) {
			static uint8_t should[ROOM * 8], is[ROOM * 8];
			struct sample_pieces found;
			struct err err = {0};
			snprintf(line, sizeof line, "/usr/bin/python3 -W ignore -c \"import numpy\n"
			         "x = numpy.arange(60000).reshape(200, 3, 100)\n"
			         "x = numpy.ascontiguousarray(%s)\n"
			         "numpy.lib.format.write_array(open('%s', 'wb'), x, version=(%u, 0))\n"
			         "open('%s', 'wb').write(x.tobytes())\"", rows[i].expression, npy, version, raw);
			assert_int_equal(system(line), 0);
			FILE *file = fopen(npy, "rb"), *bytes = fopen(raw, "rb");
			size_t count = fread(should, 1, sizeof should, bytes), at = 0;
			fseek(file, 0, SEEK_END);
			if (numpy_index(fileno(file), (size_t)ftell(file), &found, &err) != 0)
				fail_msg("%s", err.text);
			assert_int_equal(found.number.type, rows[i].type);
			assert_int_equal(found.number.swapped, rows[i].swapped);
			for (size_t n = 0; n < found.count; n++) {
				assert_true(at + found.piece[n].size <= sizeof is);
				assert_int_equal(pread(fileno(file), is + at, found.piece[n].size, (off_t)found.piece[n].offset),
				                 found.piece[n].size);
				at += found.piece[n].size;
			}
			assert_int_equal(at, count);
			assert_memory_equal(is, should, count);
			free(found.piece);
			fclose(file);
			fclose(bytes);
		}
}

#define SHAPED(shape) "{'descr': '<f4', 'fortran_order': False, 'shape': " shape ", }\n"
#define TYPED(type) "{'descr': " type ", 'fortran_order': False, 'shape': (2, 3), }\n"

static void malformed_headers_are_refused_in_one_line(void **state)
{
	static const struct {
		const char *dictionary, *says;
		size_t numbers;
		unsigned version;
		int more;
	} rows[] = {
		{TYPED("'|O'"), "holds Python objects; np.save(file, np.stack(a).astype('f4')) stores numbers", 24, 1, 0},
		{TYPED("'|S5'"), "holds texts; store numbers (of classes: 0, 1, 2 …)", 24, 1, 0},
		{TYPED("'<U7'"), "holds texts; store numbers", 24, 1, 0},
		{TYPED("'|V8'"), "holds records; store each member as an array of its own", 24, 1, 0},
		{TYPED("[('x', '<f4'), ('y', '<f4', (2, 2))]"), "holds records; store each member", 24, 1, 0},
		{TYPED("'<c8'"), "holds complex numbers; store real and imaginary parts as channels", 24, 1, 0},
		{TYPED("'<M8[ns]'"), "holds dates or times; store numbers", 24, 1, 0},
		{TYPED("'<f16'"), "has type '<f16'; bool, int8 … int64, uint8 … uint64, float16, float32 and float64 are read", 0, 1, 0},
		{TYPED("'|f4'"), "has type '|f4'; bool, int8", 0, 1, 0},
		{TYPED("'f4'"), "has type 'f4'; bool, int8", 0, 1, 0},
		{TYPED("''"), "has type '?'; bool, int8", 0, 1, 0},
		{TYPED("'<f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4'"), "has type '<f4f4f4f4", 0, 1, 0},
		{TYPED("'\xff'"), "has type '?'; bool, int8", 0, 1, 0},
		{TYPED("7"), "its header is not as NumPy writes it, at or after 'descr'", 0, 1, 0},
		{"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n",
		 "is in Fortran order; np.save(file, np.ascontiguousarray(a)) stores it in C order", 24, 1, 0},
		{"{'descr': '<f4', 'fortran_order': 1, 'shape': (2, 3), }\n", "its header is not as NumPy writes it, at or "
		 "after 'fortran_order'", 0, 1, 0},
		{"{'descr': '<f4', 'shape': (2, 3), }\n", "its header has no 'fortran_order'", 0, 1, 0},
		{"{'fortran_order': False, 'shape': (2, 3), }\n", "its header has no 'descr'", 0, 1, 0},
		{"{'descr': '<f4', 'fortran_order': False}\n", "its header has no 'shape'", 0, 1, 0},
		{"{}\n", "its header has no 'descr'", 0, 1, 0},
		{"", "its header is not as NumPy writes it", 0, 1, 0},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1}", "its header is not as NumPy writes it, at or "
		 "after 'more'", 0, 1, 0},
		{"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}", "its header is not as NumPy writes "
		 "it, at or after 'descr'", 0, 1, 0},
		{SHAPED("(2, 3)") "x", "its header is not as NumPy writes it, at or after 'shape'", 24, 1, 0},
		{SHAPED("(2, -3)"), "its header is not as NumPy writes it, at or after 'shape'", 0, 1, 0},
		{SHAPED("(2, 3"), "its header is not as NumPy writes it, at or after 'shape'", 0, 1, 0},
		{SHAPED("[2, 3]"), "its header is not as NumPy writes it, at or after 'shape'", 0, 1, 0},
		{SHAPED("(2, 3.0)"), "its header is not as NumPy writes it, at or after 'shape'", 0, 1, 0},
		{SHAPED("(2,, 3)"), "its header is not as NumPy writes it, at or after 'shape'", 0, 1, 0},
		{SHAPED("(2, 99999999999999999999)"), "its header is not as NumPy writes it, at or after 'shape'", 0, 1, 0},
		{SHAPED("(4294967296, 4294967296)"), "its header says more numbers than a file can hold", 0, 1, 0},
		{SHAPED("()"), "is a single number, not an array", 4, 1, 0},
		{SHAPED("(0, 3)"), "is empty", 0, 1, 0},
		{SHAPED("(3, 0)"), "is empty", 0, 1, 0},
		{SHAPED("(1, 2, 3, 1, 1)"), "has 5 dimensions, the limit is 4", 24, 1, 0},
		{SHAPED("(2, 3)"), "has 23 bytes after its header, which says 24", 23, 1, 0},
		{SHAPED("(2, 3)"), "has 25 bytes after its header, which says 24", 25, 1, 0},
		{SHAPED("(2, 3)"), "ends within its header", 24, 1, 60},
		{SHAPED("(2, 3)"), "has a header of 70072 bytes, the limit is 65536", 24, 2, 70000},
		{SHAPED("(2, 3)"), "has version 4.0 of NumPy's format; 1.0, 2.0 and 3.0 are read", 24, 4, 0},
		{SHAPED("(2, 3)"), "has version 0.0 of NumPy's format", 24, 0, 0},
	};
	FILE *file = tmpfile();
	(void)state;
	assert_non_null(file);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sample_pieces found;
		struct err err = {0};
		size_t size = file_make(file, rows[i].version, rows[i].dictionary, rows[i].numbers, rows[i].more);
		assert_int_equal(numpy_index(fileno(file), size, &found, &err), -1);
		if (err.code != EX_DATAERR || strncmp(err.text, rows[i].says, strlen(rows[i].says)) != 0 ||
		    strchr(err.text, '\n') != NULL)
			fail_msg("row %zu: '%s' is not '%s'", i, err.text, rows[i].says);
	}
	fclose(file);
}

static void other_files_are_named(void **state)
{
	static const struct {
		const char *bytes;
		size_t count;
		const char *says;
	} rows[] = {
		{"PK\3\4 and more", 13, "is an archive (.npz); store each array with np.save(file, a)"},
		{"\211HDF\r\n\032\n", 8, "is an HDF5 file; write data: {format: hdf5, file: …}"},
		{"\x1f\x8b\x08", 3, "is compressed (gzip); unpack it"},
		{"text", 4, "is no NumPy file; np.save(file, a) writes one"},
		{"", 0, "is no NumPy file"},
		{"\x93NUMPY\1", 7, "is no NumPy file"},
		{"\x93NUMPY\1\0\x10", 9, "ends within its header"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sample_pieces found;
		struct err err = {0};
		FILE *file = tmpfile();
		assert_non_null(file);
		assert_int_equal(fwrite(rows[i].bytes, 1, rows[i].count, file), rows[i].count);
		fflush(file);
		assert_int_equal(numpy_index(fileno(file), rows[i].count, &found, &err), -1);
		assert_int_equal(err.code, EX_DATAERR);
		if (strncmp(err.text, rows[i].says, strlen(rows[i].says)) != 0)
			fail_msg("row %zu: '%s' is not '%s'", i, err.text, rows[i].says);
		fclose(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_read),
		IN_FOLDER(files_of_numpy_are_read),
		cmocka_unit_test(malformed_headers_are_refused_in_one_line),
		cmocka_unit_test(other_files_are_named),
	};
	return cmocka_run_group_tests_name("store/numpy", tests, NULL, NULL);
}
