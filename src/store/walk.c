/* A walk over all arrays of numbers in a store. */
#include "content.h"

struct walk {
	struct store *store;
	int (*visit)(void *context, const char *path, struct err *err);
	void *context;
	size_t objects; /* seen so far */
	char path[PATH_BYTES];
};

static int walk_group(struct walk *walk, size_t length, struct err *err);

/* Finds out whether the object at walk->path is a group, an array of numbers, or something to ignore. */
static int walk_object(struct walk *walk, size_t length, struct err *err)
{
	const struct store *store = walk->store;
	if (++walk->objects > WALK_OBJECTS)
		return err_set(err, EX_DATAERR, "%s: has more than %d groups and arrays", store->name, WALK_OBJECTS);
	H5L_info_t link;
	hid_t object = -1;
	if (H5Lget_info(store->file, walk->path, &link, H5P_DEFAULT) >= 0) {
		if (link.type != H5L_TYPE_HARD)
			return err_set(err, EX_DATAERR, "%s: %s is a link to elsewhere, which is not followed", store->name,
			               walk->path);
		object = H5Oopen(store->file, walk->path, H5P_DEFAULT);
	}
	if (object < 0) {
		hdf5_fail(store, "open", err);
		return store_fail(store, walk->path, err);
	}
	H5I_type_t kind = H5Iget_type(object);
	if (hdf5_close(store, object, 0, err) != 0)
		return store_fail(store, walk->path, err);
	if (kind == H5I_GROUP)
		return walk_group(walk, length, err);

	if (kind != H5I_DATASET)
		return 0;
	struct open_array found;
	int status = array_open(store, walk->path, &found, err);
	bool numbers = status == 0 && type_of(found.type) >= 0;
	status = array_close(store, &found, status, err);
	if (status != 0)
		return store_fail(store, walk->path, err);
	if (!numbers)
		return 0;
	return walk->visit(walk->context, walk->path, err);
}

/* The group at the first `length` bytes of walk->path; "/" for none. */
static int walk_group(struct walk *walk, size_t length, struct err *err)
{
	const struct store *store = walk->store;
	int status = -1;
	H5G_info_t info;
	walk->path[length] = 0;
	hid_t group = H5Gopen2(store->file, length == 0 ? "/" : walk->path, H5P_DEFAULT);
	if (group < 0 || H5Gget_info(group, &info) < 0) {
		hdf5_fail(store, "open", err);
		store_fail(store, walk->path, err);
		goto out;
	}
	status = 0;
	for (hsize_t i = 0; i < info.nlinks && status == 0; i++) {
		size_t room = sizeof walk->path - length - 1;
		walk->path[length] = '/';
		ssize_t name = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, walk->path + length + 1, room,
		                                  H5P_DEFAULT);
		if (name < 0) {
			hdf5_fail(store, "list a group", err);
			status = store_fail(store, NULL, err);
		} else if ((size_t)name >= room)
			status = err_set(err, EX_DATAERR, "%s: has a path above %d bytes", store->name, PATH_BYTES - 1);
		else
			status = walk_object(walk, length + 1 + (size_t)name, err);
	}
out:
	return hdf5_close(store, group, status, err);
}

int store_walk(struct store *store, int (*visit)(void *context, const char *path, struct err *err), void *context,
               struct err *err)
{
	struct walk walk = {.store = store, .visit = visit, .context = context};
	return walk_group(&walk, 0, err);
}
