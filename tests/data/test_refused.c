/* Arrays that are not read: each is refused in one line, which names the file and the array, what is wrong, and mostly
 * the way out. */
#include "../../src/data/pieces.h"
#include "folder.h"

#include <hdf5.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { N = 6, MAPS = 2, ROWS = 5 };

/* ---- Types ------------------------------------------------------------------------------------------------------- */

enum kind {
	NUMBERS, /* float32 */
	TEXT, TEXTS, REFERENCE, REGION, COMPOUND, COMPLEX, OPAQUE, ARRAY, LISTS, INT24, INT12, ENUM24, LONG_DOUBLE, BFLOAT16, VAX,
	BITS16, TIME, INT16
};

static hid_t pair_type(const char *one, const char *other)
{
	hid_t type = H5Tcreate(H5T_COMPOUND, 8);
	H5Tinsert(type, one, 0, H5T_IEEE_F32LE);
	H5Tinsert(type, other, 4, H5T_IEEE_F32LE);
	return type;
}

static hid_t changed(hid_t of, size_t bytes, size_t precision)
{
	hid_t type = H5Tcopy(of);
	H5Tset_precision(type, precision);
	H5Tset_size(type, bytes);
	return type;
}

static hid_t float_type(hid_t of, size_t exponent_bits)
{
	hid_t type = H5Tcopy(of);
	H5Tset_fields(type, 15, 15 - exponent_bits, exponent_bits, 0, 15 - exponent_bits);
	H5Tset_size(type, 2);
	return type;
}

static hid_t enumeration(hid_t base)
{
	hid_t type = H5Tenum_create(base);
	int value[2] = {1, 2};
	H5Tenum_insert(type, "one", &value[0]);
	H5Tenum_insert(type, "two", &value[1]);
	H5Tclose(base);
	return type;
}

static hid_t type_make(enum kind kind)
{
	hid_t type;
	switch (kind) {
	case TEXT:
		type = H5Tcopy(H5T_C_S1);
		H5Tset_size(type, 8);
		return type;
	case TEXTS:
		type = H5Tcopy(H5T_C_S1);
		H5Tset_size(type, H5T_VARIABLE);
		return type;
	case REFERENCE:   return H5Tcopy(H5T_STD_REF_OBJ);
	case REGION:      return H5Tcopy(H5T_STD_REF_DSETREG);
	case COMPOUND:    return pair_type("x", "y");
	case COMPLEX:     return pair_type("r", "i");
	case OPAQUE:      return H5Tcreate(H5T_OPAQUE, 6);
	case ARRAY:       return H5Tarray_create2(H5T_IEEE_F32LE, 1, &(hsize_t){3});
	case LISTS:       return H5Tvlen_create(H5T_IEEE_F32LE);
	case INT24:       return changed(H5T_STD_I32LE, 3, 24);
	case INT12:       return changed(H5T_STD_U16LE, 2, 12);
	case ENUM24:      return enumeration(changed(H5T_STD_I32LE, 3, 24));
	case LONG_DOUBLE: return H5Tcopy(H5T_NATIVE_LDOUBLE);
	case BFLOAT16:    return float_type(H5T_IEEE_F32LE, 8);
	case VAX:         return H5Tcopy(H5T_VAX_F32);
	case BITS16:      return H5Tcopy(H5T_STD_B16LE);
	case INT16:       return H5Tcopy(H5T_STD_I16LE);
	case TIME:        return H5Tcopy(H5T_UNIX_D32LE);
	default:          return H5Tcopy(H5T_IEEE_F32LE);
	}
}

/* ---- Files ------------------------------------------------------------------------------------------------------- */

enum storage {
	PLAIN, CHUNKED, COMPACT, EXTERNAL, VIRTUAL, UNWRITTEN, GROWN, TINY, HUGE, NBIT, SCALED, FIVE, FILTER, MASKED
};
enum extent { SAMPLES, SCALAR, NOTHING, NO_ROWS, NO_COLUMNS, FIVE_DIMENSIONS };

/* How /train/fields is made, and what is asked for. */
struct fault {
	enum kind kind;
	enum storage storage;
	enum extent extent;
	int filter; /* registered number of a filter, where storage is FILTER */
	const char *filter_name;
	const char *attribute; /* of so many values */
	enum kind attribute_kind;
	size_t values;
	float value[2];
	const char *inputs, *targets, *weights; /* asked for; NULL: /train/fields, none, none */
};

static size_t filter_nothing(unsigned flags, size_t count, const unsigned values[], size_t bytes, size_t *room, void **at)
{
	(void)flags, (void)count, (void)values, (void)room, (void)at;
	return bytes;
}

/* Registered here only: the process that reads has no such filter. */
static void filter_put(hid_t create, int number, const char *name)
{
	const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, number, 1, 1, name, NULL, NULL, filter_nothing};
	assert_true(H5Zregister(&filter) >= 0);
	assert_true(H5Pset_filter(create, number, 0, 0, NULL) >= 0);
}

static hid_t storage_make(const struct fault *fault, hid_t space)
{
	const hsize_t each[3] = {2, 2, 2}, one[3] = {1, 1, 1}, huge[3] = {1 << 27, 1, 1};
	hid_t create = H5Pcreate(H5P_DATASET_CREATE);
	switch (fault->storage) {
	case PLAIN:
	case UNWRITTEN:
		return create;
	case COMPACT:
		H5Pset_layout(create, H5D_COMPACT);
		return create;
	case EXTERNAL:
		H5Pset_external(create, "/dev/zero", 0, H5F_UNLIMITED);
		return create;
	case VIRTUAL:
		H5Pset_virtual(create, space, "other.h5", "/x", space);
		return create;
	default:
		H5Pset_chunk(create, 3, fault->storage == TINY ? one : fault->storage == HUGE ? huge : each);
	}
	if (fault->storage == NBIT)
		H5Pset_nbit(create);
	if (fault->storage == SCALED)
		H5Pset_scaleoffset(create, H5Z_SO_FLOAT_DSCALE, 2);
	for (size_t i = 0; i < 5 && fault->storage == FIVE; i++)
		H5Pset_deflate(create, 1);
	if (fault->storage == FILTER)
		filter_put(create, fault->filter, fault->filter_name);
	if (fault->storage == MASKED || fault->storage == HUGE)
		H5Pset_deflate(create, 1);
	return create;
}

static hid_t space_make(const struct fault *fault)
{
	static const hsize_t many = H5S_UNLIMITED;
	hsize_t dims[5] = {N, MAPS, ROWS, 1, 1}, most[3] = {many, many, many};
	if (fault->extent == SCALAR || fault->extent == NOTHING)
		return H5Screate(fault->extent == SCALAR ? H5S_SCALAR : H5S_NULL);
	if (fault->extent == NO_ROWS)
		dims[0] = 0;
	if (fault->extent == NO_COLUMNS)
		dims[2] = 0;
	if (fault->storage == TINY)
		dims[1] = 20000;
	return H5Screate_simple(fault->extent == FIVE_DIMENSIONS ? 5 : 3, dims,
	                        fault->storage == GROWN || fault->storage == HUGE ? most : NULL);
}

static void fields_write(hid_t array, hid_t type, const struct fault *fault)
{
	static const float zeros[N * 20000 * ROWS];
	if (fault->storage == MASKED)
		for (hsize_t row = 0; row < N; row += 2)
			for (hsize_t column = 0; column < ROWS; column += 2)
				assert_true(H5Dwrite_chunk(array, H5P_DEFAULT, 1, (hsize_t[]){row, 0, column}, 32, zeros) >= 0);
	else if (fault->storage == HUGE)
		for (hsize_t i = 0; i < MAPS * ROWS; i++)
			assert_true(H5Dwrite_chunk(array, H5P_DEFAULT, 0, (hsize_t[]){0, i / ROWS, i % ROWS}, 32, zeros) >= 0);
	else if (fault->storage == GROWN) /* what was there before is written, what it grew by is not */
		assert_true(H5Dwrite(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros) >= 0 &&
		            H5Dset_extent(array, (hsize_t[]){N + 4, MAPS, ROWS}) >= 0);
	else if (fault->kind == NUMBERS && fault->storage != UNWRITTEN && fault->storage != VIRTUAL)
		assert_true(H5Dwrite(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros) >= 0 || fault->storage == EXTERNAL);
}

static void attribute_put(hid_t array, const struct fault *fault)
{
	hid_t type = type_make(fault->attribute_kind);
	hid_t space = H5Screate_simple(1, (hsize_t[]){fault->values}, NULL);
	hid_t id = H5Acreate2(array, fault->attribute, type, space, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(id >= 0);
	if (fault->attribute_kind == NUMBERS)
		assert_true(H5Awrite(id, type, fault->value) >= 0);
	H5Aclose(id);
	H5Sclose(space);
	H5Tclose(type);
}

static void numbers_make(hid_t file, const char *path, hsize_t count)
{
	static const float zeros[2 * N];
	hid_t space = H5Screate_simple(1, &count, NULL);
	hid_t array = H5Dcreate2(file, path, H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(H5Dwrite(array, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros) >= 0);
	H5Dclose(array);
	H5Sclose(space);
}

/* What stands beside /train/fields. */
static void others_make(hid_t file, const char *path)
{
	numbers_make(file, "/train/few", N - 1);
	numbers_make(file, "/train/many", N + 1);
	numbers_make(file, "/train/temperature", N);
	numbers_make(file, "/test/few", N - 1);
	H5Lcreate_soft("/train/gone", file, "/lost", H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_soft("/loop", file, "/loop", H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_external(path, "/train", file, "/abroad", H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_soft("/abroad/temperature", file, "/over", H5P_DEFAULT, H5P_DEFAULT);
	hid_t type = H5Tcopy(H5T_IEEE_F32LE);
	H5Tcommit2(file, "/type", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	H5Tclose(type);
}

static void file_make(const char *path, const struct fault *fault)
{
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	H5Gclose(H5Gcreate2(file, "/train", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
	H5Gclose(H5Gcreate2(file, "/test", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
	hid_t type = type_make(fault->kind), space = space_make(fault), create = storage_make(fault, space);
	hid_t array = H5Dcreate2(file, "/train/fields", type, space, H5P_DEFAULT, create, H5P_DEFAULT);
	assert_true(array >= 0);
	fields_write(array, type, fault);
	if (fault->attribute != NULL)
		attribute_put(array, fault);
	H5Dclose(array);
	H5Pclose(create);
	H5Sclose(space);
	H5Tclose(type);
	others_make(file, path);
	assert_true(H5Fclose(file) >= 0);
	if (fault->storage == FILTER)
		H5Zunregister(fault->filter);
}

/* ---- Refusals ---------------------------------------------------------------------------------------------------- */

static const struct {
	struct fault fault;
	const char *says;
} rows[] = {
	/* types */
	{{.kind = TEXT}, "/train/fields: holds texts of 8 bytes; store numbers (of classes: 0, 1, 2 …)"},
	{{.kind = TEXTS}, "/train/fields: holds texts of variable length; store numbers"},
	{{.kind = REFERENCE}, "/train/fields: holds references to other objects (as a cell array of MATLAB does); name an array"},
	{{.kind = REGION}, "/train/fields: holds references to other objects"},
	{{.kind = COMPOUND}, "/train/fields: holds compounds of 2 members; store each as an array of its own"},
	{{.kind = COMPLEX}, "/train/fields: holds complex numbers; store real and imaginary parts as channels"},
	{{.kind = OPAQUE}, "/train/fields: holds opaque items of 6 bytes; store numbers"},
	{{.kind = ARRAY}, "/train/fields: holds items that are arrays themselves; store them as further dimensions"},
	{{.kind = LISTS}, "/train/fields: holds lists of variable length; store an array with all of one length"},
	{{.kind = INT24}, "/train/fields: holds integers of 24 bits in 3 bytes; int8 … int64 and uint8 … uint64 are read"},
	{{.kind = INT12}, "/train/fields: holds integers of 12 bits in 2 bytes; int8 … int64"},
	{{.kind = ENUM24}, "/train/fields: holds integers of 24 bits in 3 bytes; int8 … int64"},
	{{.kind = BITS16}, "/train/fields: holds integers of 16 bits in 2 bytes; int8 … int64"},
	{{.kind = LONG_DOUBLE}, "bytes; IEEE float16, float32 and float64 are read"},
	{{.kind = BFLOAT16}, "/train/fields: holds floats of 16 bits in 2 bytes; IEEE float16, float32 and float64"},
	{{.kind = VAX}, "/train/fields: holds floats of 32 bits in 4 bytes; IEEE float16"},
	{{.kind = TIME}, "/train/fields: holds no numbers"},
	/* dimensions */
	{{.extent = SCALAR}, "/train/fields: is a single number, not an array"},
	{{.extent = NOTHING}, "/train/fields: is empty"},
	{{.extent = NO_ROWS}, "/train/fields: is empty"},
	{{.extent = NO_COLUMNS}, "/train/fields: is empty"},
	{{.extent = FIVE_DIMENSIONS}, "/train/fields: has 5 dimensions, the limit is 4"},
	/* numbers of entries */
	{{.targets = "/train/few"}, "/train/few has 5 entries, /train/fields has 6: there must be as many"},
	{{.targets = "/train/many"}, "/train/many has 7 entries, /train/fields has 6: there must be as many"},
	{{.targets = "train/temperature", .weights = "train/few"}, "/train/few has 5 entries, /train/fields has 6"},
	/* paths */
	{{.inputs = "/train/field"}, "/train/field: no such array; the file has /train/fields (float32 6×2×5), "},
	{{.inputs = "train/Temperatur"}, "/train/Temperatur: no such array; the file has /train/temperature (float32 6)"},
	{{.inputs = "/train"}, "/train: a group, not an array; the file has /train/fe"},
	{{.inputs = "/type"}, "/type: not an array; the file has /test/few (float32 5)"},
	{{.inputs = "/train/fields/deeper"}, "/train/fields/deeper: no such array; the file has /train/fields"},
	{{.inputs = "/"}, "'/': names no array"},
	{{.inputs = ""}, "'': names no array"},
	{{.inputs = "/train/../test/few"}, "'/train/../test/few': a path in a file has no . and .."},
	{{.inputs = "./train/fields"}, "'./train/fields': a path in a file has no . and .."},
	{{.inputs = "/lost"}, "/lost: /lost is a link that leads to nothing in this file"},
	{{.inputs = "/loop"}, "/loop: /loop is a link that leads to nothing in this file"},
	{{.inputs = "/abroad/fields"}, "/abroad/fields: /abroad is a link to another file, which is not followed; copy what it"},
	{{.inputs = "/over"}, "/over: /over is a link that leads to nothing in this file"},
	{{.targets = "train/target"}, "/train/target: no such array; the file has "},
	{{.targets = "train/temperature", .weights = "train/weight"}, "/train/weight: no such array; the file has "},
	/* storage */
	{{.storage = COMPACT}, "/train/fields: is stored within its header (compact); h5repack -l CONTI IN OUT rewrites it"},
	{{.storage = EXTERNAL}, "/train/fields: lies in other files (external storage); h5repack -l CONTI IN OUT takes it into"},
	{{.storage = VIRTUAL}, "/train/fields: lies in other files (a virtual array); h5repack -l CONTI IN OUT takes it into one"},
	{{.storage = UNWRITTEN}, "/train/fields: was never written"},
	{{.storage = GROWN}, "/train/fields: has 15 chunks, 9 of them written; write all its numbers"},
	{{.storage = TINY}, "/train/fields: is stored in too many chunks, the limit is 16384; h5repack -l CHUNK=… IN OUT makes"},
	{{.storage = HUGE}, "/train/fields: has more than 4294967295 entries, 16384 chunks, or 268435456 bytes in a chunk"},
	{{.storage = MASKED}, "/train/fields: has a chunk that some filter left out, or that was never written"},
	{{.storage = FIVE}, "/train/fields: is stored with more than 4 filters"},
	/* filters */
	{{.storage = NBIT}, "is stored with filter nbit (5), which convoy does not read; h5repack -f GZIP=4 IN OUT rewrites it"},
	{{.storage = SCALED}, "is stored with filter scaleoffset (6), which convoy does not read; h5repack -f GZIP=4 IN OUT"},
	{{.storage = FILTER, .filter = 32000, .filter_name = "lzf"}, "is stored with filter lzf (32000), which convoy does not "
	 "read; write it with compression gzip, or use h5repack -f GZIP=4 IN OUT where HDF5 has a plugin for it"},
	{{.storage = FILTER, .filter = 32001, .filter_name = "x"}, "filter blosc (32001), which"},
	{{.storage = FILTER, .filter = 32004, .filter_name = "x"}, "filter lz4 (32004), which"},
	{{.storage = FILTER, .filter = 32008, .filter_name = "x"}, "filter bitshuffle (32008), which"},
	{{.storage = FILTER, .filter = 32013, .filter_name = "x"}, "filter zfp (32013), which"},
	{{.storage = FILTER, .filter = 32015, .filter_name = "x"}, "filter zstd (32015), which"},
	{{.storage = FILTER, .filter = 32026, .filter_name = "x"}, "filter blosc2 (32026), which"},
	{{.storage = FILTER, .filter = 307, .filter_name = "x"}, "filter bzip2 (307), which"},
	{{.storage = FILTER, .filter = 40000, .filter_name = "ours"}, "filter ours (40000), which"},
	{{.storage = FILTER, .filter = 40000, .filter_name = "o\nrs"}, "filter unknown (40000), which"},
	/* attributes */
	{{.attribute = "_FillValue", .attribute_kind = TEXT, .values = 1}, "/train/fields: attribute _FillValue is not one number"},
	{{.attribute = "missing_value", .values = 2}, "/train/fields: attribute missing_value is not one number"},
	{{.attribute = "missing_value", .attribute_kind = COMPOUND, .values = 1}, "attribute missing_value is not one number"},
	{{.attribute = "scale_factor", .values = 1, .value = {0.5}}, "attribute scale_factor is 0.5, which convoy does not apply; "
	 "store the numbers themselves (ncpdq -U IN OUT)"},
	{{.attribute = "add_offset", .values = 1, .value = {-273}}, "attribute add_offset is -273, which convoy does not apply"},
	{{.kind = INT16, .attribute = "_Unsigned", .attribute_kind = TEXT, .values = 1}, "attribute _Unsigned says that its signed"},
	{{.attribute = "scale_factor", .attribute_kind = TEXT, .values = 1}, "attribute scale_factor is not one number"},
};

static void what_is_not_read_is_refused_in_one_line(void **state)
{
	const struct folder *folder = *state;
	char path[512];
	snprintf(path, sizeof path, "%s/refused.h5", folder->path);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct fault *fault = &rows[i].fault;
		const struct sample_request request = {
			.path = {{fault->inputs != NULL ? fault->inputs : "train/fields", fault->targets, fault->weights}},
		};
		struct sample_reader reader;
		struct err err = {0};
		file_make(path, fault);
		if (reader_open(&reader, path, &request, &err) == 0)
			fail_msg("row %zu is read, not refused: %s", i, rows[i].says);
		reader_close(&reader);
		if (err.code != EX_DATAERR || strncmp(err.text, path, strlen(path)) != 0 || strchr(err.text, '\n') != NULL ||
		    strstr(err.text, rows[i].says) == NULL)
			fail_msg("row %zu: '%s' lacks '%s'", i, err.text, rows[i].says);
	}
}

static void a_good_array_is_read(void **state)
{
	const struct folder *folder = *state;
	const struct sample_request request = {.path = {{"train/fields", "train/temperature"}}};
	static const enum storage storages[] = {PLAIN, CHUNKED};
	char path[512];
	snprintf(path, sizeof path, "%s/refused.h5", folder->path);
	for (size_t i = 0; i < 2; i++) {
		struct sample_reader reader;
		struct err err = {0};
		file_make(path, &(struct fault){.storage = storages[i]});
		if (reader_open(&reader, path, &request, &err) != 0)
			fail_msg("%s", err.text);
		reader_close(&reader);
	}
}

int main(int argc, char **argv)
{
	int status;
	if (samples_serve(argc, argv, &status))
		return status;
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_good_array_is_read),
		IN_FOLDER(what_is_not_read_is_refused_in_one_line),
	};
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	return cmocka_run_group_tests_name("data/refused", tests, NULL, NULL);
}
