/* Writing arrays of an HDF5 file row by row: chunks of whole rows with a checksum each, under a temporary name until it
 * is done. */
#include "content.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_LEAST = 1 << 18, CHUNK_MOST = PIECE_BYTES, CHUNKS = 1 << 12 };

struct rows {
	hid_t array;   /* negative: written, or not made */
	char *path;
	hid_t memory;  /* type of the rows in memory; negative: none */
	size_t rank;
	hsize_t dims[STORE_RANK]; /* the first: rows that fit */
	size_t count;  /* rows that were put */
	size_t each;   /* bytes of one */
	size_t span;   /* rows of a chunk */
	uint8_t *chunk; /* [span] rows, the last count % span not written yet, and room for a checksum */
	bool plain;     /* in the file a chunk has these bytes, and the checksum */
};

struct row_writer {
	struct store store; /* its name is that of the file in the end */
	struct target target;
	struct driver driver;
	char *directory, *name; /* what target points to */
	unsigned deflate;
	size_t arrays;
	struct rows rows[ROW_ARRAYS];
};

/* To call directly after what failed. What the disk said comes before what HDF5 makes of it. Always −1. */
static int write_fail(const struct row_writer *w, struct err *err)
{
	struct err reason = {0};
	hdf5_fail(&w->store, "write", &reason);
	return temporary_check(&w->target, err) != 0 ? -1 : err_set(err, EX_IOERR, "%s: %s", w->store.name, reason.text);
}

static int id_close(struct row_writer *w, hid_t id, int status, struct err *err)
{
	return id >= 0 && H5Idec_ref(id) < 0 ? write_fail(w, err) : status;
}

/* Makes a chunked array with checksums; negative on failure. */
static hid_t array_make(struct row_writer *w, const char *path, hid_t type, size_t rank, const hsize_t *dims,
                        size_t span, struct err *err)
{
	hsize_t chunk[STORE_RANK];
	memcpy(chunk, dims, rank * sizeof *chunk);
	chunk[0] = span;
	hid_t array = -1, space = H5Screate_simple((int)rank, dims, NULL), create = H5Pcreate(H5P_DATASET_CREATE);
	int status = -1;
	if (space >= 0 && create >= 0 && H5Pset_obj_track_times(create, 0) >= 0 &&
	    H5Pset_chunk(create, (int)rank, chunk) >= 0 &&
	    (w->deflate == 0 || H5Pset_deflate(create, w->deflate) >= 0) && H5Pset_fletcher32(create) >= 0) {
		array = H5Dcreate2(w->store.file, path, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
		status = array < 0 ? -1 : 0;
	}
	if (status != 0)
		write_fail(w, err);
	status = id_close(w, create, status, err);
	status = id_close(w, space, status, err);
	if (status == 0)
		return array;
	id_close(w, array, status, err);
	return -1;
}

/* Names as text of one width, each with a NUL. NULL without memory. */
static char *names_pack(size_t count, const char *const *name, size_t *width, struct err *err)
{
	*width = 1;
	for (size_t i = 0; i < count; i++)
		if (strlen(name[i]) + 1 > *width)
			*width = strlen(name[i]) + 1;
	char *all = memory_zeroed(count, *width, err);
	for (size_t i = 0; all != NULL && i < count; i++)
		strcpy(all + i * *width, name[i]);
	return all;
}

int rows_names(struct row_writer *w, const char *path, size_t count, const char *const *name, struct err *err)
{
	size_t width;
	const hsize_t dims[1] = {count};
	char *all = names_pack(count, name, &width, err);
	hid_t type = all == NULL ? -1 : text_type(width), array = -1;
	int status = all == NULL ? -1 : type < 0 ? write_fail(w, err) : 0;
	if (status == 0 && (array = array_make(w, path, type, 1, dims, count, err)) < 0)
		status = -1;
	if (status == 0 && H5Dwrite(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, all) < 0)
		status = write_fail(w, err);
	free(all);
	status = id_close(w, array, status, err);
	return id_close(w, type, status, err);
}

int rows_attribute(struct row_writer *w, size_t array, const char *name, size_t count, const char *const *text,
                   struct err *err)
{
	struct err reason = {0};
	size_t width;
	char *all = names_pack(count == 0 ? 1 : count, text, &width, err);
	hid_t object = array == ROWS_ROOT ? w->store.file : w->rows[array].array;
	hid_t type = all == NULL ? -1 : text_type(width);
	int status = all == NULL ? -1 : type < 0 ? write_fail(w, err) : 0;
	if (status == 0 && attribute_write(&w->store, object, name, type, type, count, all, &reason) != 0)
		status = write_fail(w, err);
	free(all);
	return id_close(w, type, status, err);
}

int rows_group(struct row_writer *w, const char *path, struct err *err)
{
	hid_t group = -1, create = H5Pcreate(H5P_GROUP_CREATE);
	if (create >= 0 && H5Pset_obj_track_times(create, 0) >= 0)
		group = H5Gcreate2(w->store.file, path, H5P_DEFAULT, create, H5P_DEFAULT);
	int status = group < 0 ? write_fail(w, err) : 0;
	status = id_close(w, create, status, err);
	return id_close(w, group, status, err);
}

/* IEEE 754's binary16, little-endian, as NumPy and h5py have it. */
static hid_t half_type(void)
{
	hid_t type = H5Tcopy(H5T_IEEE_F32LE);
	if (type >= 0 && (H5Tset_fields(type, 15, 10, 5, 0, 10) < 0 || H5Tset_size(type, 2) < 0 ||
	                  H5Tset_ebias(type, 15) < 0)) {
		H5Tclose(type);
		return -1;
	}
	return type;
}

int rows_add(struct row_writer *w, const struct store_array *array, struct err *err)
{
	struct rows *rows = &w->rows[w->arrays];
	size_t all, wanted;
	if (w->arrays == ROW_ARRAYS)
		return err_set(err, EX_SOFTWARE, "%s: more than %d arrays", w->store.name, ROW_ARRAYS);
	*rows = (struct rows){.array = -1, .memory = -1, .rank = array->rank, .each = store_type_bytes(array->type)};
	bool fits = true;
	for (size_t i = 0; i < array->rank; i++) {
		rows->dims[i] = array->dims[i];
		fits = fits && array->dims[i] > 0 && (i == 0 || size_multiply(rows->each, array->dims[i], &rows->each));
	}
	if (!fits || rows->each > PIECE_BYTES || !size_multiply(array->dims[0], rows->each, &all))
		return err_set(err, EX_DATAERR, "%s: %s: rows of 1 to %d bytes can be written", w->store.name, array->path,
		               PIECE_BYTES);
	wanted = all / CHUNKS < CHUNK_LEAST ? CHUNK_LEAST : all / CHUNKS > CHUNK_MOST ? CHUNK_MOST : all / CHUNKS;
	rows->span = wanted < rows->each ? 1 : wanted / rows->each;
	rows->span = rows->span < array->dims[0] ? rows->span : array->dims[0];
	rows->chunk = memory_zeroed(rows->span * rows->each + CHECKSUM, 1, err);
	rows->path = memory_text(array->path, err);
	w->arrays++;
	if (rows->chunk == NULL || rows->path == NULL)
		return -1;
	bool half = array->type == STORE_F16;
	rows->memory = half ? half_type() : H5Tcopy(memory_type(array->type));
	if (rows->memory < 0)
		return write_fail(w, err);
	hid_t type = half ? rows->memory : file_type(array->type);
	rows->plain = w->deflate == 0 && H5Tequal(type, rows->memory) > 0;
	rows->array = array_make(w, array->path, type, array->rank, rows->dims, rows->span, err);
	if (rows->array < 0 || array->description == NULL)
		return rows->array < 0 ? -1 : 0;
	return rows_attribute(w, w->arrays - 1, "description", 0, &array->description, err);
}

/* Metadata of version 1.10 has checksums too. */
static int file_create(struct row_writer *w, struct err *err)
{
	int status = -1;
	hdf5_calm();
	hid_t access = H5Pcreate(H5P_FILE_ACCESS), create = H5Pcreate(H5P_FILE_CREATE);
	if (access >= 0 && create >= 0 && H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110) >= 0 &&
	    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 && driver_set(&w->driver, &w->target, access) >= 0 &&
	    H5Pset_obj_track_times(create, 0) >= 0) {
		w->store.file = H5Fcreate(w->target.temporary, H5F_ACC_TRUNC, create, access);
		status = w->store.file < 0 ? -1 : 0;
	}
	if (status != 0)
		write_fail(w, err);
	status = id_close(w, create, status, err);
	return id_close(w, access, status, err);
}

struct row_writer *rows_create(const char *directory, const char *name, unsigned deflate, struct err *err)
{
	struct row_writer *w = memory_zeroed(1, sizeof *w, err);
	if (w == NULL)
		return NULL;
	*w = (struct row_writer){.store.file = -1, .driver.id = -1, .target = {.folder = -1, .file = -1},
	                         .deflate = deflate};
	w->directory = memory_text(directory, err);
	w->name = memory_text(name, err);
	w->store.name = memory_format(err, "%s%s%s", directory, path_gap(directory), name);
	if (w->directory != NULL && w->name != NULL && w->store.name != NULL &&
	    target_open(&w->target, w->directory, w->name, err) == 0 && temporary_open(&w->target, err) == 0 &&
	    file_create(w, err) == 0)
		return w;
	rows_destroy(w);
	return NULL;
}

const char *rows_name(const struct row_writer *w)
{
	return w->store.name;
}

size_t rows_count(const struct row_writer *w, size_t array)
{
	return w->rows[array].count;
}

/* Writes the rows that the chunk holds as they are: HDF5 would copy them twice first. */
static int plain_write(struct row_writer *w, struct rows *rows, size_t some, struct err *err)
{
	const hsize_t start[STORE_RANK] = {rows->count - some};
	size_t held = some * rows->each, all = rows->span * rows->each;
	memset(rows->chunk + held, 0, all - held);
	uint32_t sum = checksum_of(rows->chunk, all);
	for (size_t i = 0; i < CHECKSUM; i++)
		rows->chunk[all + i] = (uint8_t)(sum >> 8 * i);
	if (H5Dwrite_chunk(rows->array, H5P_DEFAULT, 0, start, all + CHECKSUM, rows->chunk) < 0)
		return write_fail(w, err);
	return temporary_check(&w->target, err);
}

/* Writes the rows that the chunk holds. */
static int chunk_write(struct row_writer *w, struct rows *rows, size_t some, struct err *err)
{
	if (rows->plain)
		return plain_write(w, rows, some, err);
	hsize_t start[STORE_RANK] = {rows->count - some}, count[STORE_RANK];
	memcpy(count, rows->dims, sizeof count);
	count[0] = some;
	hid_t memory = H5Screate_simple((int)rows->rank, count, NULL), space = H5Dget_space(rows->array);
	int status = -1;
	if (memory >= 0 && space >= 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
	    H5Dwrite(rows->array, rows->memory, memory, space, H5P_DEFAULT, rows->chunk) >= 0)
		status = 0;
	if (status != 0)
		write_fail(w, err);
	status = id_close(w, memory, status, err);
	status = id_close(w, space, status, err);
	return status != 0 ? -1 : temporary_check(&w->target, err);
}

int rows_put(struct row_writer *w, size_t array, size_t count, const void *values, struct err *err)
{
	struct rows *rows = &w->rows[array];
	const uint8_t *from = values;
	if (count > rows->dims[0] - rows->count)
		return err_set(err, EX_SOFTWARE, "%s: %s: more than %zu rows", w->store.name, rows->path,
		               (size_t)rows->dims[0]);
	while (count > 0) {
		size_t at = rows->count % rows->span, some = rows->span - at < count ? rows->span - at : count;
		memcpy(rows->chunk + at * rows->each, from, some * rows->each);
		rows->count += some;
		from += some * rows->each;
		count -= some;
		if (rows->count % rows->span == 0 && chunk_write(w, rows, rows->span, err) != 0)
			return -1;
	}
	return 0;
}

int rows_end(struct row_writer *w, size_t array, struct err *err)
{
	struct rows *rows = &w->rows[array];
	size_t left = rows->count % rows->span;
	hsize_t dims[STORE_RANK];
	memcpy(dims, rows->dims, sizeof dims);
	dims[0] = rows->count;
	/* Before the last chunk is written: of one that is not whole HDF5 would read what it must blank. */
	if (rows->count < rows->dims[0] && H5Dset_extent(rows->array, dims) < 0)
		return write_fail(w, err);
	if (left > 0 && chunk_write(w, rows, left, err) != 0)
		return -1;
	hid_t ended = rows->array;
	rows->array = -1;
	return id_close(w, ended, 0, err);
}

int rows_finish(struct row_writer *w, int status, struct err *err)
{
	for (size_t a = 0; a < w->arrays && status == 0; a++)
		if (w->rows[a].array >= 0)
			status = rows_end(w, a, err);
	hid_t file = w->store.file;
	w->store.file = -1;
	if (H5Fclose(file) < 0)
		status = write_fail(w, err);
	status = temporary_close(&w->target, status, NULL, err);
	return target_close(&w->target, status, err);
}

void rows_destroy(struct row_writer *w)
{
	struct err ignored = {.code = EX_IOERR};
	if (w == NULL)
		return;
	if (w->target.error == 0)
		w->target.error = ECANCELED; /* what HDF5 still holds goes nowhere */
	for (size_t a = 0; a < w->arrays; a++) {
		id_close(w, w->rows[a].array, 0, &ignored);
		id_close(w, w->rows[a].memory, 0, &ignored);
		free(w->rows[a].chunk);
		free(w->rows[a].path);
	}
	if (w->store.file >= 0)
		H5Fclose(w->store.file);
	driver_unset(&w->driver);
	temporary_close(&w->target, -1, NULL, &ignored);
	target_close(&w->target, -1, &ignored);
	free(w->store.name);
	free(w->directory);
	free(w->name);
	free(w);
}
