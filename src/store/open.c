/* Arrays in HDF5: found by fixed paths, opened only where their storage is plain, made with all that goes with them. */
#include "content.h"

#include <string.h>

/* "/a/b": absolute, no empty component, neither "." nor "..". */
static bool path_is_plain(const char *path)
{
	if (path[0] != '/' || strlen(path) >= PATH_BYTES)
		return false;
	for (const char *part = path; *part != 0;) {
		size_t length = strcspn(++part, "/");
		if (length == 0 || (length == 1 && part[0] == '.') || (length == 2 && memcmp(part, "..", 2) == 0))
			return false;
		part += length;
	}
	return true;
}

int path_exists(const struct store *store, const char *path, struct err *err)
{
	char prefix[PATH_BYTES];
	if (!path_is_plain(path))
		return err_set(err, EX_DATAERR, "is not a path as it should be");
	for (size_t end = 1; path[end - 1] != 0; end++) {
		if (path[end] != '/' && path[end] != 0)
			continue;
		memcpy(prefix, path, end);
		prefix[end] = 0;
		htri_t there = H5Lexists(store->file, prefix, H5P_DEFAULT);
		H5L_info_t link;
		if (there == 0)
			return 0;
		if (there < 0 || H5Lget_info(store->file, prefix, &link, H5P_DEFAULT) < 0)
			return hdf5_fail(store, "find", err);
		if (link.type != H5L_TYPE_HARD)
			return err_set(err, EX_DATAERR, "%s is a link to elsewhere, which is not followed", prefix);
	}
	return 1;
}

/* Makes the groups above `path`, without times: equal content shall give equal bytes. */
static int groups_make(const struct store *store, const char *path, struct err *err)
{
	char prefix[PATH_BYTES];
	int status = 0;
	hid_t create = H5Pcreate(H5P_GROUP_CREATE);
	if (create < 0 || H5Pset_obj_track_times(create, 0) < 0)
		status = hdf5_fail(store, "make a group", err);
	for (const char *slash = strchr(path + 1, '/'); slash != NULL && status == 0; slash = strchr(slash + 1, '/')) {
		memcpy(prefix, path, (size_t)(slash - path));
		prefix[slash - path] = 0;
		int there = path_exists(store, prefix, err);
		if (there != 0) {
			status = there < 0 ? -1 : 0;
			continue;
		}
		hid_t group = H5Gcreate2(store->file, prefix, H5P_DEFAULT, create, H5P_DEFAULT);
		if (group < 0)
			status = hdf5_fail(store, "make a group", err);
		status = hdf5_close(store, group, status, err);
	}
	return hdf5_close(store, create, status, err);
}

/* Plain bytes that stand where they should: contiguous, in this file, not filtered, within the image. */
static int storage_check(const struct store *store, const struct open_array *array, struct err *err)
{
	int status = 0;
	hid_t create = H5Dget_create_plist(array->id);
	if (create < 0)
		return hdf5_fail(store, "read the layout", err);
	if (H5Pget_layout(create) != H5D_CONTIGUOUS || H5Pget_external_count(create) != 0 || H5Pget_nfilters(create) != 0)
		status = err_set(err, EX_DATAERR, "is not stored as plain bytes in one piece");
	else if (store->size > 0 && array->count > 0) {
		haddr_t offset = H5Dget_offset(array->id); /* none: HADDR_UNDEF, the largest there is */
		if (array->bytes > store->size || offset > store->size - array->bytes ||
		    H5Dget_storage_size(array->id) != array->bytes)
			status = err_set(err, EX_DATAERR, "has %zu bytes, which do not lie within the file", array->bytes);
	}
	return hdf5_close(store, create, status, err);
}

int array_extent(const struct store *store, struct open_array *out, struct err *err)
{
	int status = 0;
	hsize_t dims[STORE_RANK] = {0};
	hid_t space = H5Dget_space(out->id);
	int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
	H5S_class_t extent = rank < 0 ? H5S_NO_CLASS : H5Sget_simple_extent_type(space);
	if (rank < 0)
		status = hdf5_fail(store, "read the dimensions", err);
	else if (rank > STORE_RANK)
		status = err_set(err, EX_DATAERR, "has %d dimensions, the limit is %d", rank, STORE_RANK);
	else if (extent != H5S_SCALAR && extent != H5S_SIMPLE)
		status = err_set(err, EX_DATAERR, "is empty");
	else if (extent == H5S_SIMPLE && H5Sget_simple_extent_dims(space, dims, NULL) < 0)
		status = hdf5_fail(store, "read the dimensions", err);

	out->rank = status == 0 ? (size_t)rank : 0;
	out->count = 1;
	for (size_t i = 0; i < out->rank; i++) {
		out->dims[i] = dims[i];
		if (status == 0 && !size_multiply(out->count, dims[i], &out->count))
			status = err_set(err, EX_DATAERR, "has dimensions whose product is above 2^64");
	}
	if (status == 0 && !size_multiply(out->count, H5Tget_size(out->type), &out->bytes))
		status = err_set(err, EX_DATAERR, "has dimensions whose product is above 2^64");
	return hdf5_close(store, space, status, err);
}

int array_find(const struct store *store, const char *path, struct open_array *out, struct err *err)
{
	*out = (struct open_array){.id = -1, .type = -1};
	int there = path_exists(store, path, err);
	if (there <= 0)
		return there < 0 ? -1 : err_set(err, EX_DATAERR, "no such array");
	out->id = H5Dopen2(store->file, path, H5P_DEFAULT);
	if (out->id >= 0)
		out->type = H5Dget_type(out->id);
	if (out->type < 0)
		return hdf5_fail(store, "open the array", err);
	return array_extent(store, out, err);
}

int array_open(const struct store *store, const char *path, struct open_array *out, struct err *err)
{
	return array_find(store, path, out, err) != 0 ? -1 : storage_check(store, out, err);
}

int array_close(const struct store *store, struct open_array *array, int status, struct err *err)
{
	status = hdf5_close(store, array->type, status, err);
	status = hdf5_close(store, array->id, status, err);
	array->id = array->type = -1;
	return status;
}

int array_create(const struct store *store, const struct store_array *array, hid_t type, hid_t memory,
                 const void *data, struct open_array *out, struct err *err)
{
	int status = -1;
	hsize_t dims[STORE_RANK];
	hid_t space = -1, create = -1;
	*out = (struct open_array){.id = -1, .type = -1};
	int there = path_exists(store, array->path, err);
	if (there != 0)
		return there < 0 ? -1 : err_set(err, EX_SOFTWARE, "stands there already");
	if (groups_make(store, array->path, err) != 0)
		return -1;

	out->count = 1;
	for (size_t i = 0; i < array->rank; i++) {
		dims[i] = array->dims[i];
		if (!size_multiply(out->count, array->dims[i], &out->count))
			return err_set(err, EX_DATAERR, "has dimensions whose product is above 2^64");
	}
	space = array->rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple((int)array->rank, dims, NULL);
	if (space >= 0)
		create = H5Pcreate(H5P_DATASET_CREATE);
	if (create >= 0 && H5Pset_obj_track_times(create, 0) >= 0 && H5Pset_layout(create, H5D_CONTIGUOUS) >= 0)
		out->id = H5Dcreate2(store->file, array->path, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
	if (out->id >= 0 && (out->count == 0 || H5Dwrite(out->id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0))
		status = 0;
	else
		hdf5_fail(store, "write the array", err);
	if (status == 0 && array->description != NULL)
		status = attribute_write_text(store, out->id, "description", array->description, err);
	status = hdf5_close(store, create, status, err);
	return hdf5_close(store, space, status, err);
}
