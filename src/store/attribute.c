/* Attributes: of "/", and the writing of any. */
#include "content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 60000 }; /* HDF5's default format holds no attribute of 64 KiB and more */

hid_t text_type(size_t bytes)
{
	hid_t type = H5Tcopy(H5T_C_S1);
	if (type >= 0 && H5Tset_size(type, bytes) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
		return type;
	if (type >= 0)
		H5Tclose(type);
	return -1;
}

int attribute_write(const struct store *store, hid_t object, const char *name, hid_t type, hid_t memory, size_t count,
                    const void *values, struct err *err)
{
	int status = -1;
	hsize_t extent = count;
	hid_t attribute = -1, space = count == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, NULL);
	if (space >= 0)
		attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
	if (attribute >= 0 && H5Awrite(attribute, memory, values) >= 0)
		status = 0;
	else
		hdf5_fail(store, "write an attribute", err);
	status = hdf5_close(store, attribute, status, err);
	return hdf5_close(store, space, status, err);
}

int attribute_write_text(const struct store *store, hid_t object, const char *name, const char *text, struct err *err)
{
	hid_t type = text_type(strlen(text) + 1);
	if (type < 0)
		return hdf5_fail(store, "write an attribute", err);
	int status = attribute_write(store, object, name, type, type, 0, text, err);
	return hdf5_close(store, type, status, err);
}

int store_set_number(struct store *store, const char *name, uint64_t number, struct err *err)
{
	int status = attribute_write(store, store->file, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, 0, &number, err);
	return status != 0 ? store_fail(store, name, err) : 0;
}

int store_set_text(struct store *store, const char *name, const char *text, struct err *err)
{
	if (strlen(text) >= TEXT_BYTES) {
		char path[PATH_BYTES];
		if ((size_t)snprintf(path, sizeof path, "/%s", name) < sizeof path)
			return store_put_names(store, path, NULL, 1, &text, err);
	}
	int status = attribute_write_text(store, store->file, name, text, err);
	return status != 0 ? store_fail(store, name, err) : 0;
}

/* An open attribute of "/" that is a scalar. */
struct attribute {
	hid_t id, type;
};

static int attribute_open(const struct store *store, const char *name, struct attribute *out, struct err *err)
{
	*out = (struct attribute){-1, -1};
	htri_t there = H5Aexists(store->file, name);
	if (there == 0)
		return err_set(err, EX_DATAERR, "no such attribute");
	if (there > 0 && (out->id = H5Aopen(store->file, name, H5P_DEFAULT)) >= 0)
		out->type = H5Aget_type(out->id);
	hid_t space = out->type < 0 ? -1 : H5Aget_space(out->id);
	if (space < 0)
		return hdf5_fail(store, "read the attribute", err);
	int status = H5Sget_simple_extent_type(space) == H5S_SCALAR
	             ? 0 : err_set(err, EX_DATAERR, "is an attribute of more than one value");
	return hdf5_close(store, space, status, err);
}

static int attribute_close(const struct store *store, struct attribute *attribute, int status, struct err *err)
{
	status = hdf5_close(store, attribute->type, status, err);
	return hdf5_close(store, attribute->id, status, err);
}

int store_number(struct store *store, const char *name, uint64_t *number, struct err *err)
{
	struct attribute attribute;
	int status = attribute_open(store, name, &attribute, err);
	if (status == 0 && type_of(attribute.type) != STORE_U64)
		status = err_set(err, EX_DATAERR, "is not an attribute of type uint64");
	if (status == 0 && H5Aread(attribute.id, H5T_NATIVE_UINT64, number) < 0)
		status = hdf5_fail(store, "read the attribute", err);
	status = attribute_close(store, &attribute, status, err);
	return status != 0 ? store_fail(store, name, err) : 0;
}

/* A text too long for an attribute stands in the list of names "/NAME". */
static char *text_long(struct store *store, const char *path, struct err *err)
{
	size_t count;
	char **names, *text = NULL;
	if (store_get_names(store, path, &count, &names, err) != 0)
		return NULL;
	if (count == 1)
		text = memory_text(names[0], err);
	else
		err_set(err, EX_DATAERR, "%s: %s: is not one text", store->name, path);
	free(names);
	return text;
}

/* The text of an attribute of variable length; NULL on failure. */
static char *text_variable(const struct store *store, const struct attribute *attribute, struct err *err)
{
	char *text = NULL, *copy = NULL;
	if (H5Aread(attribute->id, attribute->type, &text) < 0)
		hdf5_fail(store, "read the attribute", err);
	else
		copy = memory_text(text != NULL ? text : "", err);
	H5free_memory(text);
	return copy;
}

static char *text_fixed(const struct store *store, const struct attribute *attribute, struct err *err)
{
	char *text = memory_zeroed(H5Tget_size(attribute->type) + 1, 1, err);
	if (text == NULL || H5Aread(attribute->id, attribute->type, text) >= 0)
		return text;
	hdf5_fail(store, "read the attribute", err);
	free(text);
	return NULL;
}

char *attribute_text(const struct store *store, const char *name, bool variable, struct err *err)
{
	char *text = NULL;
	struct attribute attribute;
	int status = attribute_open(store, name, &attribute, err);
	bool varies = status == 0 && H5Tis_variable_str(attribute.type) != 0;
	if (status == 0 && (H5Tget_class(attribute.type) != H5T_STRING || (varies && !variable)))
		status = err_set(err, EX_DATAERR, "is not an attribute of %stext", variable ? "" : "fixed-length ");
	if (status == 0) {
		text = varies ? text_variable(store, &attribute, err) : text_fixed(store, &attribute, err);
		status = text == NULL ? -1 : 0;
	}
	if (attribute_close(store, &attribute, status, err) == 0)
		return text;
	free(text);
	store_fail(store, name, err);
	return NULL;
}

char *store_text(struct store *store, const char *name, struct err *err)
{
	char path[PATH_BYTES];
	bool fits = (size_t)snprintf(path, sizeof path, "/%s", name) < sizeof path;
	if (fits && H5Aexists(store->file, name) == 0 && store_has(store, path))
		return text_long(store, path, err);
	return attribute_text(store, name, false, err);
}
