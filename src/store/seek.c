/* Arrays that a user names: found over links within the file, or told which ones there are. */
#include "content.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NEAR = 4, LOOKED_AT = 4096, COMPARED = 128, LIST_BYTES = 320 };

/* ---- What there is ----------------------------------------------------------------------------------------------- */

struct near_array {
	size_t distance;
	char text[SAMPLE_PATH + 128]; /* path, type and dimensions */
};

struct look {
	const char *wanted;
	size_t links, arrays; /* looked at; found */
	struct near_array near[NEAR]; /* the nearest first */
};

/* Changes of one character that make one path of the other, letters alike in upper and lower case. 0 for what lies
 * below it. */
static size_t path_distance(const char *wanted, const char *path)
{
	size_t cost[COMPARED + 1], wide = strlen(wanted), long_ = strlen(path);
	if (strncmp(path, wanted, wide) == 0 && path[wide] == '/')
		return 0;
	wide = wide < COMPARED ? wide : COMPARED;
	long_ = long_ < COMPARED ? long_ : COMPARED;
	for (size_t j = 0; j <= wide; j++)
		cost[j] = j;
	for (size_t i = 1; i <= long_; i++) {
		size_t before = cost[0]++;
		for (size_t j = 1; j <= wide; j++) {
			size_t change = before + (tolower((unsigned char)path[i - 1]) != tolower((unsigned char)wanted[j - 1]));
			size_t least = (cost[j] < cost[j - 1] ? cost[j] : cost[j - 1]) + 1;
			before = cost[j];
			cost[j] = least < change ? least : change;
		}
	}
	return cost[wide];
}

static void near_insert(struct look *look, const struct near_array *found)
{
	size_t at = NEAR;
	look->arrays++;
	while (at > 0 && (look->near[at - 1].text[0] == 0 || look->near[at - 1].distance > found->distance))
		at--;
	if (at == NEAR)
		return;
	memmove(&look->near[at + 1], &look->near[at], (NEAR - 1 - at) * sizeof look->near[0]);
	look->near[at] = *found;
}

/* One link of the file: an array of numbers is noted, all else is passed over. */
static herr_t link_look(hid_t top, const char *path, const H5L_info_t *link, void *context)
{
	struct look *look = context;
	struct near_array found;
	hsize_t dims[H5S_MAX_RANK];
	if (++look->links > LOOKED_AT)
		return 1;
	hid_t object = link->type == H5L_TYPE_HARD ? H5Oopen(top, path, H5P_DEFAULT) : -1, type = -1, space = -1;
	if (object >= 0 && H5Iget_type(object) == H5I_DATASET) {
		type = H5Dget_type(object);
		space = H5Dget_space(object);
	}
	const char *name = type < 0 || text_fault(path) != NULL ? NULL : number_name(type);
	int rank = space < 0 ? -1 : H5Sget_simple_extent_dims(space, dims, NULL);
	int length = snprintf(found.text, sizeof found.text, "/%s", path);
	if (name != NULL && rank > 0 && (size_t)length < SAMPLE_PATH) {
		found.distance = path_distance(look->wanted, found.text);
		length += snprintf(found.text + length, sizeof found.text - (size_t)length, " (%s ", name);
		for (int i = 0; i < rank && (size_t)length < sizeof found.text; i++)
			length += snprintf(found.text + length, sizeof found.text - (size_t)length, "%s%llu%s", i > 0 ? "×" : "",
			                   (unsigned long long)dims[i], i + 1 == rank ? ")" : "");
		near_insert(look, &found);
	}
	if (space >= 0)
		H5Sclose(space);
	if (type >= 0)
		H5Tclose(type);
	if (object >= 0)
		H5Oclose(object);
	return 0;
}

/* Sets the error WHAT, and which arrays the file has. Always −1. */
static int none_there(const struct store *store, const char *path, const char *what, struct err *err)
{
	struct look look = {.wanted = path};
	char list[LIST_BYTES] = "";
	size_t length = 0, named = 0;
	H5Lvisit(store->file, H5_INDEX_NAME, H5_ITER_INC, link_look, &look); /* as far as it comes */
	for (; named < NEAR && look.near[named].text[0] != 0; named++) {
		size_t more = strlen(look.near[named].text) + 2;
		if (length + more >= sizeof list)
			break;
		length += (size_t)snprintf(list + length, sizeof list - length, "%s%s", named > 0 ? ", " : "",
		                           look.near[named].text);
	}
	if (named == 0)
		return err_set(err, EX_DATAERR, "%s; the file has no array of numbers", what);
	if (named == look.arrays)
		return err_set(err, EX_DATAERR, "%s; the file has %s", what, list);
	return err_set(err, EX_DATAERR, "%s; the file has %s and %zu more", what, list, look.arrays - named);
}

/* ---- Seeking ----------------------------------------------------------------------------------------------------- */

/* The length of the first part of a path that is not there; 0 if all of it is. Soft links are followed as far as they
 * stay in the file. −1 for a link to another file, or one that leads nowhere. */
static int path_follow(const struct store *store, const char *path, size_t *missing, struct err *err)
{
	char prefix[SAMPLE_PATH];
	*missing = 0;
	for (size_t end = 1; path[end - 1] != 0; end++) {
		if (path[end] != '/' && path[end] != 0)
			continue;
		memcpy(prefix, path, end);
		prefix[end] = 0;
		H5L_info_t link;
		htri_t there = H5Lexists(store->file, prefix, H5P_DEFAULT);
		if (there <= 0) { /* negative: the part before is no group */
			*missing = end;
			return 0;
		}
		if (H5Lget_info(store->file, prefix, &link, H5P_DEFAULT) < 0)
			return hdf5_fail(store, "find", err);
		if (link.type != H5L_TYPE_HARD && link.type != H5L_TYPE_SOFT)
			return err_set(err, EX_DATAERR, "%s is a link to another file, which is not followed; copy what it leads "
			               "to (h5copy -f ext)", prefix);
		if (link.type == H5L_TYPE_SOFT && H5Oexists_by_name(store->file, prefix, H5P_DEFAULT) <= 0)
			return err_set(err, EX_DATAERR, "%s is a link that leads to nothing in this file", prefix);
	}
	return 0;
}

int array_seek(const struct store *store, const char *path, enum absence absence, struct open_array *out,
               struct err *err)
{
	size_t missing;
	*out = (struct open_array){.id = -1, .type = -1};
	if (path_follow(store, path, &missing, err) != 0)
		return -1;
	if (missing > 0) {
		size_t parent = (size_t)(strrchr(path, '/') - path);
		bool allowed = absence == ABSENCE_ALLOWED ||
		               (absence == ABSENCE_OF_GROUP && (missing <= parent || parent == 0));
		return allowed ? 0 : none_there(store, path, "no such array", err);
	}
	hid_t object = H5Oopen(store->file, path, H5P_DEFAULT);
	if (object < 0)
		return hdf5_fail(store, "open it", err);
	if (H5Iget_type(object) != H5I_DATASET) {
		bool group = H5Iget_type(object) == H5I_GROUP;
		return hdf5_close(store, object, none_there(store, path, group ? "a group, not an array" : "not an array", err),
		                  err);
	}
	out->id = object;
	out->type = H5Dget_type(object);
	return out->type < 0 ? hdf5_fail(store, "open the array", err) : array_extent(store, out, err);
}
