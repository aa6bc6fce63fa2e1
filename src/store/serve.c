/* Finds with HDF5 where the bytes of a file of samples lie, in a process of its own, because a malformed file can crash
 * HDF5. */
#include "content.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SECONDS = 120 };

/* No more memory, time and files than such a task needs. */
static void limits_set(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CPU, &(struct rlimit){SECONDS, SECONDS});
	process_confine();
}

static int array_read(const struct store *store, const char *path, enum absence absence, struct sample_pieces *out,
                      struct err *err)
{
	struct open_array array;
	int status = array_seek(store, path, absence, &array, err);
	if (status == 0 && array.id >= 0) {
		status = number_read(store, &array, &out->number, err);
		if (status == 0 && array.rank == 0)
			status = err_set(err, EX_DATAERR, "is a single number, not an array");
		if (status == 0 && array.count == 0)
			status = err_set(err, EX_DATAERR, "is empty");
		out->rank = array.rank;
		memcpy(out->dims, array.dims, sizeof out->dims);
		if (status == 0)
			status = places_find(store, &array, out, err);
	}
	status = array_close(store, &array, status, err);
	return status != 0 ? store_fail(store, path, err) : 0;
}

/* Tells the way out if the test set is missing as a whole. Always −1. */
static int test_missing(const struct store *store, const char *path, struct err *err)
{
	struct err said = *err, ignored = {0};
	struct open_array array;
	bool whole = array_seek(store, path, ABSENCE_OF_GROUP, &array, &ignored) == 0 && array.id < 0;
	array_close(store, &array, 0, &ignored);
	if (!whole)
		return -1;
	*err = (struct err){0};
	return err_set(err, said.code, "%s; " SAMPLE_SHARE_HINT, said.text);
}

/* The arrays of a part that are wanted. */
static int part_read(const struct store *store, size_t part, enum absence absence, char **path,
                     struct sample_pieces *out, struct err *err)
{
	for (size_t a = 0; a < SAMPLE_ARRAYS; a++) {
		if (path[a][0] == 0)
			continue;
		if (array_read(store, path[a], a == SAMPLE_INPUTS ? absence : ABSENCE_WRONG, &out[a], err) != 0)
			return part == SAMPLE_TEST && a == SAMPLE_INPUTS && absence == ABSENCE_ADVISED
			       ? test_missing(store, path[a], err) : -1;
		if (a == SAMPLE_INPUTS && out[a].rank == 0)
			return 0;
	}
	return 0;
}

/* Reads texts, of fixed or of variable length, into names [count][NAME_BYTES], which holds zeros. Refuses what a
 * job file cannot hold. */
static int names_read(const struct store *store, const struct open_array *array, char *names, struct err *err)
{
	size_t width = H5Tget_size(array->type);
	bool variable = H5Tis_variable_str(array->type) > 0;
	char *fixed = variable ? NULL : memory_zeroed(array->count, width, err);
	char **text = variable ? memory_zeroed(array->count, sizeof *text, err) : NULL;
	hid_t space = H5Dget_space(array->id);
	int status = 0;
	if (space < 0 || (fixed == NULL && text == NULL) ||
	    H5Dread(array->id, array->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, variable ? (void *)text : fixed) < 0)
		status = hdf5_fail(store, "read the names", err);
	for (size_t i = 0; i < array->count && status == 0; i++) {
		const char *from = variable ? text[i] : fixed + i * width;
		size_t length = from == NULL ? 0 : strnlen(from, variable ? NAME_BYTES : width);
		char *name = names + i * NAME_BYTES;
		const char *fault;
		if (length >= NAME_BYTES)
			status = err_set(err, EX_DATAERR, "has a name of %zu bytes or more, the limit is %d", length,
			                 NAME_BYTES - 1);
		else if (length > 0)
			memcpy(name, from, length);
		if (status == 0 && (fault = text_fault(name)) != NULL)
			status = err_set(err, EX_DATAERR, "name %zu %s", i, fault);
	}
	free(fixed);
	free(text); /* what HDF5 allocated ends with this process */
	return hdf5_close(store, space, status, err);
}

/* *names [*count][NAME_BYTES] is the caller's. */
static int classes_read(const struct store *store, size_t *count, char **names, struct err *err)
{
	struct open_array array = {.id = -1, .type = -1};
	int there = path_exists(store, "/classes", err);
	int status = there <= 0 ? there : array_find(store, "/classes", &array, err);
	if (there > 0 && status == 0) {
		if (H5Tget_class(array.type) != H5T_STRING || array.rank != 1 || array.count == 0 || array.count > NAMES)
			status = err_set(err, EX_DATAERR, "is no list of 1 to %d names", NAMES);
		else if ((*names = memory_zeroed(array.count, NAME_BYTES, err)) == NULL)
			status = -1;
		else
			status = names_read(store, &array, *names, err);
		*count = array.count;
	}
	status = array_close(store, &array, status, err);
	return status != 0 ? store_fail(store, "/classes", err) : 0;
}

static int file_open(struct store *store, struct err *err)
{
	hdf5_calm();
	H5Lunregister(H5L_TYPE_EXTERNAL); /* no link leads to another file */
	hid_t access = H5Pcreate(H5P_FILE_ACCESS);
	if (access >= 0 && hdf5_lock_not(access) >= 0)
		store->file = H5Fopen("/proc/self/fd/0", H5F_ACC_RDONLY, access);
	if (store->file >= 0)
		return 0;
	hdf5_fail(store, "open it as HDF5", err);
	return store_fail(store, NULL, err);
}

/* The one text of the array "/background". */
static char *ground_read(const struct store *store, struct err *err)
{
	struct open_array array = {.id = -1, .type = -1};
	char *text = memory_zeroed(NAME_BYTES, 1, err);
	int status = text == NULL ? -1 : array_find(store, "/background", &array, err);
	if (status == 0 && (H5Tget_class(array.type) != H5T_STRING || array.count != 1))
		status = err_set(err, EX_DATAERR, "is not one text");
	if (status == 0)
		status = names_read(store, &array, text, err);
	if (array_close(store, &array, status, err) == 0)
		return text;
	free(text);
	store_fail(store, "/background", err);
	return NULL;
}

/* What transparent pixels stand on; nothing where neither attribute nor array is there. Of a text that is too long, a
 * part. */
static int background_read(const struct store *store, char background[BACKGROUND_BYTES], struct err *err)
{
	bool attribute = H5Aexists(store->file, "background") > 0;
	int there = attribute ? 1 : path_exists(store, "/background", err);
	if (there <= 0)
		return there;
	char *text = attribute ? attribute_text(store, "background", true, err) : ground_read(store, err);
	if (text == NULL)
		return -1;
	size_t length = strlen(text);
	if (length >= BACKGROUND_BYTES)
		length = text_whole(text, BACKGROUND_BYTES - 1);
	memcpy(background, length > 0 ? text : " ", length > 0 ? length : 1);
	free(text);
	return 0;
}

bool samples_serve(int argc, char **argv, int *status)
{
	if (argc != SERVE_ARGUMENTS || strcmp(argv[1], SERVE_WORD) != 0 || strlen(argv[SERVE_FLAGS]) != SAMPLE_PARTS)
		return false;
	struct store store = {.file = -1, .name = argv[2], .size = 1};
	struct err err = {0};
	struct reply *reply = memory_zeroed(1, sizeof *reply, &err);
	char *names = NULL;
	*status = EX_OSERR;
	if (reply == NULL)
		return true;
	limits_set();
	int code = file_open(&store, &err);
	for (size_t p = 0; p < SAMPLE_PARTS && code == 0; p++)
		code = part_read(&store, p, (enum absence)(argv[SERVE_FLAGS][p] - '0'), argv + SERVE_PATHS + p * SAMPLE_ARRAYS,
		                 reply->array[p], &err);
	if (code == 0)
		code = classes_read(&store, &reply->names, &names, &err);
	if (code == 0)
		code = background_read(&store, reply->background, &err);
	reply->magic = REPLY_MAGIC;
	reply->code = err.code;
	memcpy(reply->text, err.text, sizeof reply->text);
	bool good = process_give(reply, sizeof *reply);
	for (size_t i = 0; i < SAMPLE_PARTS * SAMPLE_ARRAYS && code == 0 && good; i++) {
		const struct sample_pieces *pieces = &reply->array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS];
		good = process_give(pieces->piece, pieces->count * sizeof *pieces->piece);
	}
	if (code == 0 && good)
		good = reply->names == 0 || process_give(names, reply->names * NAME_BYTES);
	*status = good ? 0 : EX_IOERR;
	return true; /* the process ends, and with it all that is open */
}
