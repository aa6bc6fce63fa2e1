/* Lists of names: one-dimensional arrays of fixed-length strings. */
#include "content.h"

#include <stdlib.h>
#include <string.h>

int store_put_names(struct store *store, const char *path, const char *description, size_t count,
                    const char *const *names, struct err *err)
{
	size_t width = 1, length;
	for (size_t i = 0; i < count; i++)
		if ((length = strlen(names[i]) + 1) > width)
			width = length;

	struct open_array made = {.id = -1, .type = -1};
	int status = -1;
	hid_t type = text_type(width);
	char *all = memory_zeroed(count, width, err);
	if (type < 0)
		hdf5_fail(store, "write the names", err);
	if (type < 0 || all == NULL)
		goto out;
	for (size_t i = 0; i < count; i++)
		strcpy(all + i * width, names[i]);
	struct store_array array = {.path = path, .rank = 1, .dims = {count}, .description = description};
	status = array_create(store, &array, type, type, all, &made, err);
out:
	status = array_close(store, &made, status, err);
	status = hdf5_close(store, type, status, err);
	free(all);
	return status != 0 ? store_fail(store, path, err) : 0;
}

/* One allocation: `count` pointers and behind them the texts, each with room for a NUL that the file need not have. */
static char **names_read(const struct store *store, const struct open_array *from, struct err *err)
{
	size_t width = H5Tget_size(from->type), one = sizeof(char *) + width + 1;
	char *packed = memory_zeroed(from->bytes, 1, err);
	char **names = packed == NULL ? NULL : memory_zeroed(from->count, one, err);
	if (names != NULL && from->count > 0 &&
	    H5Dread(from->id, from->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, packed) < 0) {
		hdf5_fail(store, "read the names", err);
		free(names);
		names = NULL;
	}
	for (size_t i = 0; names != NULL && i < from->count; i++) {
		names[i] = (char *)(names + from->count) + i * (width + 1);
		memcpy(names[i], packed + i * width, width);
	}
	free(packed);
	return names;
}

int store_get_names(struct store *store, const char *path, size_t *count, char ***names, struct err *err)
{
	struct open_array found;
	char **all = NULL;
	int status = array_open(store, path, &found, err);
	if (status == 0 &&
	    (H5Tget_class(found.type) != H5T_STRING || H5Tis_variable_str(found.type) != 0 || found.rank != 1))
		status = err_set(err, EX_DATAERR, "is no list of names");
	if (status == 0 && (all = names_read(store, &found, err)) == NULL)
		status = -1;
	if (status == 0)
		*count = found.count;
	status = array_close(store, &found, status, err);
	if (status != 0) {
		free(all);
		return store_fail(store, path, err);
	}
	*names = all;
	return 0;
}
