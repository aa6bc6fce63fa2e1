/* Writing a file of samples: chunks of whole images with a checksum each, under a temporary name until it is done. */
#include "content.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_LEAST = 1 << 18, CHUNK_MOST = PIECE_BYTES, CHUNKS = 1 << 12, LABEL_CHUNK = 1 << 18 };

static const char *const part_names[SAMPLE_PARTS] = {[SAMPLE_TRAIN] = "train", [SAMPLE_TEST] = "test"};

struct sample_part {
	hid_t images;
	size_t planned, count; /* images that fit; that were put */
	size_t span;           /* images of a chunk */
	uint8_t *chunk;        /* [span] images: the last count % span are not written yet */
	uint8_t *label;        /* [planned] */
};

struct sample_writer {
	struct store store; /* its name is that of the file in the end */
	struct target target;
	struct driver driver;
	char *directory, *name; /* what target points to */
	size_t each; /* bytes of an image */
	struct sample_part part[SAMPLE_PARTS];
	struct sample_plan plan; /* its names are the caller's until samples_create ends */
};

/* To call directly after what failed. What the disk said comes before what HDF5 makes of it. Always −1. */
static int write_fail(const struct sample_writer *w, struct err *err)
{
	struct err reason = {0};
	hdf5_fail(&w->store, "write", &reason);
	return temporary_check(&w->target, err) != 0 ? -1 : err_set(err, EX_IOERR, "%s: %s", w->store.name, reason.text);
}

static int id_close(struct sample_writer *w, hid_t id, int status, struct err *err)
{
	return id >= 0 && H5Idec_ref(id) < 0 ? write_fail(w, err) : status;
}

/* Makes a chunked array with checksums; negative on failure. */
static hid_t array_make(struct sample_writer *w, const char *path, hid_t type, size_t rank, const hsize_t *dims,
                        size_t span, struct err *err)
{
	hsize_t chunk[STORE_RANK];
	memcpy(chunk, dims, rank * sizeof *chunk);
	chunk[0] = span;
	hid_t array = -1, space = H5Screate_simple((int)rank, dims, NULL), create = H5Pcreate(H5P_DATASET_CREATE);
	int status = -1;
	if (space >= 0 && create >= 0 && H5Pset_obj_track_times(create, 0) >= 0 &&
	    H5Pset_chunk(create, (int)rank, chunk) >= 0 &&
	    (w->plan.deflate == 0 || H5Pset_deflate(create, w->plan.deflate) >= 0) && H5Pset_fletcher32(create) >= 0) {
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

/* Writes a small array as a whole. */
static int array_put(struct sample_writer *w, const char *path, hid_t type, size_t count, size_t span,
                     const void *values, struct err *err)
{
	const hsize_t dims[1] = {count};
	hid_t array = array_make(w, path, type, 1, dims, span, err);
	if (array < 0)
		return -1;
	int status = H5Dwrite(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0 ? write_fail(w, err) : 0;
	return id_close(w, array, status, err);
}

static int classes_put(struct sample_writer *w, struct err *err)
{
	size_t width = 1, count = w->plan.classes;
	for (size_t i = 0; i < count; i++)
		if (strlen(w->plan.name[i]) + 1 > width)
			width = strlen(w->plan.name[i]) + 1;
	char *all = memory_zeroed(count, width, err);
	hid_t type = all == NULL ? -1 : text_type(width);
	int status = all == NULL ? -1 : type < 0 ? write_fail(w, err) : 0;
	for (size_t i = 0; i < count && status == 0; i++)
		strcpy(all + i * width, w->plan.name[i]);
	if (status == 0)
		status = array_put(w, "/classes", type, count, count, all, err);
	free(all);
	return id_close(w, type, status, err);
}

static int background_put(struct sample_writer *w, struct err *err)
{
	if (w->plan.background == NULL)
		return 0;
	struct err reason = {0};
	return attribute_write_text(&w->store, w->store.file, "background", w->plan.background, &reason) != 0
	       ? write_fail(w, err) : 0;
}

static int group_make(struct sample_writer *w, const char *path, struct err *err)
{
	hid_t group = -1, create = H5Pcreate(H5P_GROUP_CREATE);
	if (create >= 0 && H5Pset_obj_track_times(create, 0) >= 0)
		group = H5Gcreate2(w->store.file, path, H5P_DEFAULT, create, H5P_DEFAULT);
	int status = group < 0 ? write_fail(w, err) : 0;
	status = id_close(w, create, status, err);
	return id_close(w, group, status, err);
}

static int part_open(struct sample_writer *w, size_t p, struct err *err)
{
	struct sample_part *part = &w->part[p];
	const struct sample_plan *plan = &w->plan;
	char path[32];
	size_t all, wanted;
	part->planned = plan->count[p];
	if (!size_multiply(part->planned, w->each, &all) || part->planned == 0 || part->planned > UINT32_MAX)
		return err_set(err, EX_DATAERR, "%s: %zu %s images, there must be 1 to %u", w->store.name, part->planned,
		               part_names[p], UINT32_MAX);
	wanted = all / CHUNKS < CHUNK_LEAST ? CHUNK_LEAST : all / CHUNKS > CHUNK_MOST ? CHUNK_MOST : all / CHUNKS;
	part->span = wanted < w->each ? 1 : wanted / w->each;
	part->span = part->span < part->planned ? part->span : part->planned;
	part->chunk = memory_zeroed(part->span, w->each, err);
	part->label = memory_zeroed(part->planned, 1, err);
	if (part->chunk == NULL || part->label == NULL)
		return -1;
	snprintf(path, sizeof path, "/%s", part_names[p]);
	if (group_make(w, path, err) != 0)
		return -1;
	const hsize_t dims[4] = {part->planned, plan->maps, plan->rows, plan->columns};
	snprintf(path, sizeof path, "/%s/images", part_names[p]);
	part->images = array_make(w, path, H5T_STD_U8LE, 4, dims, part->span, err);
	return part->images < 0 ? -1 : 0;
}

/* Metadata of version 1.10 has checksums too. */
static int file_create(struct sample_writer *w, struct err *err)
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

struct sample_writer *samples_create(const char *directory, const char *name, const struct sample_plan *plan,
                                     struct err *err)
{
	struct sample_writer *w = memory_zeroed(1, sizeof *w, err);
	if (w == NULL)
		return NULL;
	*w = (struct sample_writer){.store.file = -1, .driver.id = -1, .target = {.folder = -1, .file = -1}, .plan = *plan,
	                            .part = {{.images = -1}, {.images = -1}}};
	w->directory = memory_text(directory, err);
	w->name = memory_text(name, err);
	w->store.name = memory_format(err, "%s%s%s", directory, path_gap(directory), name);
	bool fits = size_multiply(plan->maps, plan->rows, &w->each) && size_multiply(w->each, plan->columns, &w->each);
	if (w->directory == NULL || w->name == NULL || w->store.name == NULL)
		goto fail;
	if (!fits || w->each == 0 || w->each > PIECE_BYTES || plan->classes == 0) {
		err_set(err, EX_DATAERR, "%s: images of %zu×%zu×%zu in %zu classes: 1 to %d bytes, 1 class or more",
		        w->store.name, plan->maps, plan->rows, plan->columns, plan->classes, PIECE_BYTES);
		goto fail;
	}
	if (target_open(&w->target, w->directory, w->name, err) != 0 || temporary_open(&w->target, err) != 0 ||
	    file_create(w, err) != 0)
		goto fail;
	for (size_t p = 0; p < SAMPLE_PARTS; p++)
		if (part_open(w, p, err) != 0)
			goto fail;
	if (classes_put(w, err) == 0 && background_put(w, err) == 0 && temporary_check(&w->target, err) == 0)
		return w;
fail:
	samples_destroy(w);
	return NULL;
}

/* Writes the images that the chunk holds. */
static int chunk_write(struct sample_writer *w, struct sample_part *part, size_t images, struct err *err)
{
	const struct sample_plan *plan = &w->plan;
	const hsize_t start[4] = {part->count - images}, count[4] = {images, plan->maps, plan->rows, plan->columns};
	hid_t memory = H5Screate_simple(4, count, NULL), space = H5Dget_space(part->images);
	int status = -1;
	if (memory >= 0 && space >= 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
	    H5Dwrite(part->images, H5T_NATIVE_UINT8, memory, space, H5P_DEFAULT, part->chunk) >= 0)
		status = 0;
	if (status != 0)
		write_fail(w, err);
	status = id_close(w, memory, status, err);
	status = id_close(w, space, status, err);
	return status != 0 ? -1 : temporary_check(&w->target, err);
}

int samples_put(struct sample_writer *w, size_t p, const uint8_t *image, uint8_t label, struct err *err)
{
	struct sample_part *part = &w->part[p];
	if (part->count == part->planned)
		return err_set(err, EX_SOFTWARE, "%s: more than %zu images", w->store.name, part->planned);
	memcpy(part->chunk + part->count % part->span * w->each, image, w->each);
	part->label[part->count++] = label;
	return part->count % part->span == 0 ? chunk_write(w, part, part->span, err) : 0;
}

static int part_finish(struct sample_writer *w, size_t p, struct err *err)
{
	struct sample_part *part = &w->part[p];
	const struct sample_plan *plan = &w->plan;
	size_t left = part->count % part->span;
	const hsize_t dims[4] = {part->count, plan->maps, plan->rows, plan->columns};
	char path[32];
	if (part->count == 0)
		return err_set(err, EX_DATAERR, "%s: no %s image", w->store.name, part_names[p]);
	/* Before the last chunk is written: of one that is not whole HDF5 would read what it must blank. */
	if (part->count < part->planned && H5Dset_extent(part->images, dims) < 0)
		return write_fail(w, err);
	if (left > 0 && chunk_write(w, part, left, err) != 0)
		return -1;
	hid_t images = part->images;
	part->images = -1;
	if (id_close(w, images, 0, err) != 0)
		return -1;
	snprintf(path, sizeof path, "/%s/labels", part_names[p]);
	return array_put(w, path, H5T_STD_U8LE, part->count, part->count < LABEL_CHUNK ? part->count : LABEL_CHUNK,
	                 part->label, err);
}

int samples_finish(struct sample_writer *w, struct err *err)
{
	int status = 0;
	for (size_t p = 0; p < SAMPLE_PARTS && status == 0; p++)
		status = part_finish(w, p, err);
	hid_t file = w->store.file;
	w->store.file = -1;
	if (H5Fclose(file) < 0)
		status = write_fail(w, err);
	status = temporary_close(&w->target, status, NULL, err);
	return target_close(&w->target, status, err);
}

void samples_destroy(struct sample_writer *w)
{
	struct err ignored = {.code = EX_IOERR};
	if (w == NULL)
		return;
	if (w->target.error == 0)
		w->target.error = ECANCELED; /* what HDF5 still holds goes nowhere */
	for (size_t p = 0; p < SAMPLE_PARTS; p++) {
		id_close(w, w->part[p].images, 0, &ignored);
		free(w->part[p].chunk);
		free(w->part[p].label);
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
