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

enum { SECONDS = 120, PLAIN_PIECE = 1 << 20, OUTPUT = 1 };

static const char *const paths[SAMPLE_PARTS][SAMPLE_ARRAYS] = {
	{"/train/images", "/train/labels"}, {"/test/images", "/test/labels"},
};
static const size_t ranks[SAMPLE_ARRAYS] = {4, 1};

/* No more memory, time and files than such a task needs. */
static void limits_set(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CPU, &(struct rlimit){SECONDS, SECONDS});
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0});
#if defined __SANITIZE_ADDRESS__ /* which takes terabytes of addresses */
#elif defined __clang__
#if !__has_feature(address_sanitizer)
#define LIMIT_ADDRESSES
#endif
#else
#define LIMIT_ADDRESSES
#endif
#ifdef LIMIT_ADDRESSES
	setrlimit(RLIMIT_AS, &(struct rlimit){(rlim_t)1 << 32, (rlim_t)1 << 32});
#endif
}

/* The filters that convoy undoes itself. Shuffling moves the bytes of a value: of one byte it moves nothing. */
static int filters_read(const struct store *store, hid_t create, struct sample_pieces *out, struct err *err)
{
	int filters = H5Pget_nfilters(create);
	if (filters < 0)
		return hdf5_fail(store, "read the filters", err);
	for (int i = 0; i < filters; i++) {
		unsigned flags, config;
		size_t values = 0;
		H5Z_filter_t filter = H5Pget_filter2(create, (unsigned)i, &flags, &values, NULL, 0, NULL, &config);
		if (filter < 0)
			return hdf5_fail(store, "read the filters", err);
		if (filter == H5Z_FILTER_SHUFFLE)
			continue;
		if ((filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_FLETCHER32) || out->filters == PIECE_FILTERS)
			return err_set(err, EX_DATAERR, "is stored with filter %d; only deflate (gzip), shuffle and Fletcher-32 "
			               "are read", (int)filter);
		out->filter[out->filters++] = filter == H5Z_FILTER_DEFLATE ? PIECE_DEFLATE : PIECE_FLETCHER32;
	}
	return 0;
}

static int pieces_allocate(struct sample_pieces *out, size_t count, struct err *err)
{
	if (count > PIECES)
		return err_set(err, EX_DATAERR, "is stored in %zu chunks, the limit is %d", count, PIECES);
	out->count = count;
	out->piece = memory_zeroed(count, sizeof *out->piece, err);
	return out->piece != NULL ? 0 : -1;
}

/* Bytes in one run: cut into pieces of whole images. */
static int run_read(const struct store *store, const struct open_array *array, struct sample_pieces *out,
                    struct err *err)
{
	haddr_t offset = H5Dget_offset(array->id);
	size_t rows = out->dims[0], row = array->bytes / rows;
	if (offset == HADDR_UNDEF || H5Dget_storage_size(array->id) != array->bytes)
		return err_set(err, EX_DATAERR, "was never written");
	(void)store;
	memcpy(out->each, out->dims, sizeof out->each);
	out->each[0] = row < PLAIN_PIECE ? PLAIN_PIECE / row : 1;
	if (out->each[0] < (rows + PIECES - 1) / PIECES)
		out->each[0] = (rows + PIECES - 1) / PIECES;
	if (pieces_allocate(out, (rows + out->each[0] - 1) / out->each[0], err) != 0)
		return -1;
	for (size_t i = 0, first = 0; i < out->count; i++, first += out->each[0]) {
		size_t some = rows - first < out->each[0] ? rows - first : out->each[0];
		out->piece[i] = (struct sample_piece){offset + first * row, some * row};
	}
	return 0;
}

/* The chunks in C order, whatever the order in which HDF5 counts them. */
static int chunks_read(const struct store *store, const struct open_array *array, hid_t create,
                       struct sample_pieces *out, struct err *err)
{
	hsize_t each[STORE_RANK] = {0}, chunks = 0;
	size_t grid = 1, along[STORE_RANK];
	if (H5Pget_chunk(create, (int)array->rank, each) != (int)array->rank)
		return hdf5_fail(store, "read the chunks", err);
	for (size_t i = 0; i < array->rank; i++) {
		out->each[i] = each[i];
		along[i] = each[i] == 0 ? 0 : (array->dims[i] - 1) / each[i] + 1;
		if (along[i] == 0 || !size_multiply(grid, along[i], &grid) || grid > PIECES)
			return err_set(err, EX_DATAERR, "is stored in too many chunks, the limit is %d", PIECES);
	}
	if (pieces_allocate(out, grid, err) != 0)
		return -1;
	hid_t space = H5Dget_space(array->id);
	int status = 0;
	if (space < 0 || H5Dget_num_chunks(array->id, space, &chunks) < 0)
		status = hdf5_fail(store, "read the chunks", err);
	if (status == 0 && chunks != grid)
		status = err_set(err, EX_DATAERR, "has %zu chunks, %llu of them written", grid, (unsigned long long)chunks);
	for (hsize_t c = 0; c < chunks && status == 0; c++) {
		hsize_t at[STORE_RANK], size;
		unsigned mask;
		haddr_t offset;
		size_t number = 0;
		if (H5Dget_chunk_info(array->id, space, c, at, &mask, &offset, &size) < 0) {
			status = hdf5_fail(store, "find a chunk", err);
			break;
		}
		for (size_t i = 0; i < array->rank; i++)
			number = number * along[i] + (at[i] / each[i] < along[i] ? at[i] / each[i] : 0);
		if (mask != 0 || offset == HADDR_UNDEF)
			status = err_set(err, EX_DATAERR, "has a chunk that some filter left out, or that was never written");
		out->piece[number] = (struct sample_piece){offset, size};
	}
	return hdf5_close(store, space, status, err);
}

static int storage_read(const struct store *store, const struct open_array *array, struct sample_pieces *out,
                        struct err *err)
{
	hid_t create = H5Dget_create_plist(array->id);
	if (create < 0)
		return hdf5_fail(store, "read the layout", err);
	H5D_layout_t layout = H5Pget_layout(create);
	int status;
	if (H5Pget_external_count(create) != 0 || (layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED))
		status = err_set(err, EX_DATAERR, "is stored neither in chunks nor in one piece within the file");
	else if (layout == H5D_CONTIGUOUS)
		status = run_read(store, array, out, err);
	else if ((status = filters_read(store, create, out, err)) == 0)
		status = chunks_read(store, array, create, out, err);
	return hdf5_close(store, create, status, err);
}

static int array_read(const struct store *store, const char *path, size_t rank, struct sample_pieces *out,
                      struct err *err)
{
	struct open_array array;
	int status = array_find(store, path, &array, err);
	if (status == 0 && (H5Tequal(array.type, H5T_STD_U8LE) <= 0 || array.rank != rank)) {
		const char *what = type_name(type_of(array.type));
		status = err_set(err, EX_DATAERR, "is %s of %zu dimensions, not uint8 of %zu%s", what, array.rank, rank,
		                 rank == 4 ? " (images, maps, rows, columns)" : "");
	}
	if (status == 0 && array.count == 0)
		status = err_set(err, EX_DATAERR, "is empty");
	if (status == 0) {
		out->rank = rank;
		memcpy(out->dims, array.dims, sizeof out->dims);
		status = storage_read(store, &array, out, err);
	}
	status = array_close(store, &array, status, err);
	return status != 0 ? store_fail(store, path, err) : 0;
}

/* Reads texts, of fixed or of variable length, into names [count][NAME_BYTES], which holds zeros. Refuses what a
 * job file cannot hold. */
static int names_read(const struct store *store, const struct open_array *array, char *names, struct err *err)
{
	size_t width = H5Tget_size(array->type);
	bool variable = H5Tis_variable_str(array->type) > 0;
	char *fixed = variable ? NULL : memory_zeroed(array->count, width, err), *text[NAMES] = {0};
	hid_t space = H5Dget_space(array->id);
	int status = 0;
	if (space < 0 || (!variable && fixed == NULL) ||
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
	free(fixed); /* what HDF5 allocated ends with this process */
	return hdf5_close(store, space, status, err);
}

static int classes_read(const struct store *store, size_t *count, char *names, struct err *err)
{
	struct open_array array = {.id = -1, .type = -1};
	int there = path_exists(store, "/classes", err);
	int status = there <= 0 ? there : array_find(store, "/classes", &array, err);
	if (there > 0 && status == 0) {
		if (H5Tget_class(array.type) != H5T_STRING || array.rank != 1 || array.count == 0 || array.count > NAMES)
			status = err_set(err, EX_DATAERR, "is no list of 1 to %d names", NAMES);
		else
			status = names_read(store, &array, names, err);
		*count = array.count;
	}
	status = array_close(store, &array, status, err);
	return status != 0 ? store_fail(store, "/classes", err) : 0;
}

static int file_open(struct store *store, struct err *err)
{
	hdf5_calm();
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

static bool pipe_write(const void *bytes, size_t count)
{
	const char *next = bytes;
	while (count > 0) {
		ssize_t put = write(OUTPUT, next, count);
		if (put <= 0)
			return false;
		next += put;
		count -= (size_t)put;
	}
	return true;
}

bool samples_serve(int argc, char **argv, int *status)
{
	if (argc != 3 || strcmp(argv[1], SERVE_WORD) != 0)
		return false;
	struct store store = {.file = -1, .name = argv[2], .size = 1};
	struct err err = {0};
	struct reply *reply = memory_zeroed(1, sizeof *reply, &err);
	char *names = memory_zeroed(NAMES, NAME_BYTES, &err);
	*status = EX_OSERR;
	if (reply == NULL || names == NULL)
		return true;
	limits_set();
	int code = file_open(&store, &err);
	for (size_t p = 0; p < SAMPLE_PARTS; p++)
		for (size_t a = 0; a < SAMPLE_ARRAYS && code == 0; a++)
			code = array_read(&store, paths[p][a], ranks[a], &reply->array[p][a], &err);
	if (code == 0)
		code = classes_read(&store, &reply->names, names, &err);
	if (code == 0)
		code = background_read(&store, reply->background, &err);
	reply->magic = REPLY_MAGIC;
	reply->code = err.code;
	memcpy(reply->text, err.text, sizeof reply->text);
	bool good = pipe_write(reply, sizeof *reply);
	for (size_t i = 0; i < SAMPLE_PARTS * SAMPLE_ARRAYS && code == 0 && good; i++) {
		const struct sample_pieces *pieces = &reply->array[i / SAMPLE_ARRAYS][i % SAMPLE_ARRAYS];
		good = pipe_write(pieces->piece, pieces->count * sizeof *pieces->piece);
	}
	if (code == 0 && good)
		good = pipe_write(names, reply->names * NAME_BYTES);
	*status = good ? 0 : EX_IOERR;
	return true; /* the process ends, and with it all that is open */
}
