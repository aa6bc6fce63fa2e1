/* Arrays of numbers. */
#include "content.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	size_t bytes;
} types[STORE_TYPES] = {
	[STORE_U8] = {"uint8", 1},     [STORE_I32] = {"int32", 4},    [STORE_I64] = {"int64", 8},
	[STORE_U64] = {"uint64", 8},   [STORE_F32] = {"float32", 4},  [STORE_F64] = {"float64", 8},
	[STORE_I8] = {"int8", 1},      [STORE_U16] = {"uint16", 2},   [STORE_I16] = {"int16", 2},
	[STORE_U32] = {"uint32", 4},   [STORE_F16] = {"float16", 2},
};

size_t store_type_bytes(enum store_type type)
{
	return types[type].bytes;
}

const char *store_type_name(enum store_type type)
{
	return types[type].name;
}

enum { TYPES = STORE_F16 }; /* those that stores have */

/* HDF5's names of types are calls, so these cannot be tables. */
hid_t file_type(enum store_type type)
{
	const hid_t in_files[TYPES] = {
		[STORE_U8] = H5T_STD_U8LE,   [STORE_I32] = H5T_STD_I32LE,  [STORE_I64] = H5T_STD_I64LE,
		[STORE_U64] = H5T_STD_U64LE, [STORE_F32] = H5T_IEEE_F32LE, [STORE_F64] = H5T_IEEE_F64LE,
		[STORE_I8] = H5T_STD_I8LE,   [STORE_U16] = H5T_STD_U16LE,  [STORE_I16] = H5T_STD_I16LE,
		[STORE_U32] = H5T_STD_U32LE,
	};
	return in_files[type];
}

hid_t memory_type(enum store_type type)
{
	const hid_t in_memory[TYPES] = {
		[STORE_U8] = H5T_NATIVE_UINT8,   [STORE_I32] = H5T_NATIVE_INT32,  [STORE_I64] = H5T_NATIVE_INT64,
		[STORE_U64] = H5T_NATIVE_UINT64, [STORE_F32] = H5T_NATIVE_FLOAT,  [STORE_F64] = H5T_NATIVE_DOUBLE,
		[STORE_I8] = H5T_NATIVE_INT8,    [STORE_U16] = H5T_NATIVE_UINT16, [STORE_I16] = H5T_NATIVE_INT16,
		[STORE_U32] = H5T_NATIVE_UINT32,
	};
	return in_memory[type];
}

int type_of(hid_t type)
{
	for (int i = 0; i < TYPES; i++)
		if (H5Tequal(type, file_type((enum store_type)i)) > 0)
			return i;
	return -1;
}

/* "float32 [6][1][5][5]"; a scalar is the bare type. */
static void shape_text(enum store_type type, size_t rank, const size_t *dims, char *text, size_t bytes)
{
	int length = snprintf(text, bytes, "%s%s", types[type].name, rank == 0 ? "" : " ");
	for (size_t i = 0; i < rank && (size_t)length < bytes; i++)
		length += snprintf(text + length, bytes - (size_t)length, "[%zu]", dims[i]);
}

/* DIMENSION_LABELS as HDF5's dimension scales define it (what H5DSset_label writes): a string of variable length for
 * each dimension. h5py shows them; convoy itself never reads them. */
static int labels_write(const struct store *store, hid_t id, const struct store_array *array, struct err *err)
{
	bool any = false;
	for (size_t i = 0; i < array->rank; i++)
		any = any || array->labels[i] != NULL;
	if (!any)
		return 0;
	hid_t type = H5Tcopy(H5T_C_S1);
	int status = type < 0 || H5Tset_size(type, H5T_VARIABLE) < 0 ? hdf5_fail(store, "write the labels", err) : 0;
	if (status == 0)
		status = attribute_write(store, id, "DIMENSION_LABELS", type, type, array->rank, array->labels, err);
	return hdf5_close(store, type, status, err);
}

/* The attributes by which viewers know a picture (HDF5 Image and Palette Specification 1.2). */
static int picture_mark(const struct store *store, hid_t id, struct err *err)
{
	const uint8_t no = 0;
	return attribute_write_text(store, id, "CLASS", "IMAGE", err) != 0 ||
	       attribute_write_text(store, id, "IMAGE_VERSION", "1.2", err) != 0 ||
	       attribute_write_text(store, id, "IMAGE_SUBCLASS", "IMAGE_GRAYSCALE", err) != 0 ||
	       attribute_write(store, id, "IMAGE_WHITE_IS_ZERO", H5T_STD_U8LE, H5T_NATIVE_UINT8, 0, &no, err) != 0 ? -1 : 0;
}

int store_put(struct store *store, const struct store_array *array, const void *data, struct err *err)
{
	struct open_array made;
	int status = array_create(store, array, file_type(array->type), memory_type(array->type), data, &made, err);
	if (status == 0)
		status = labels_write(store, made.id, array, err);
	if (status == 0 && array->picture)
		status = picture_mark(store, made.id, err);
	status = array_close(store, &made, status, err);
	return status != 0 ? store_fail(store, array->path, err) : 0;
}

static int numbers_open(const struct store *store, const char *path, struct open_array *out, enum store_type *type,
                        struct err *err)
{
	if (array_open(store, path, out, err) != 0)
		return -1;
	int known = type_of(out->type);
	if (known < 0)
		return err_set(err, EX_DATAERR, "is no array of numbers of a type convoy writes");
	*type = (enum store_type)known;
	return 0;
}

int store_get(struct store *store, const struct store_array *array, void *data, struct err *err)
{
	struct open_array found;
	enum store_type type = array->type;
	int status = numbers_open(store, array->path, &found, &type, err);
	if (status == 0 && (type != array->type || found.rank != array->rank ||
	                    memcmp(found.dims, array->dims, found.rank * sizeof found.dims[0]) != 0)) {
		char is[128], wanted[128];
		shape_text(type, found.rank, found.dims, is, sizeof is);
		shape_text(array->type, array->rank, array->dims, wanted, sizeof wanted);
		status = err_set(err, EX_DATAERR, "is %s, not %s", is, wanted);
	}
	if (status == 0 && found.count > 0 &&
	    H5Dread(found.id, memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
		status = hdf5_fail(store, "read the array", err);
	status = array_close(store, &found, status, err);
	return status != 0 ? store_fail(store, array->path, err) : 0;
}

int store_find(struct store *store, struct store_array *array, struct err *err)
{
	struct open_array found;
	enum store_type type = STORE_U8;
	int status = numbers_open(store, array->path, &found, &type, err);
	if (status == 0) {
		array->type = type;
		array->rank = found.rank;
		memcpy(array->dims, found.dims, sizeof array->dims);
	}
	status = array_close(store, &found, status, err);
	return status != 0 ? store_fail(store, array->path, err) : 0;
}

bool store_has(struct store *store, const char *path)
{
	struct err ignored = {0};
	struct open_array found;
	int status = array_open(store, path, &found, &ignored);
	return array_close(store, &found, status, &ignored) == 0;
}
