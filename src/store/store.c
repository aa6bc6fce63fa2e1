/* A store: an HDF5 file in memory. Made empty, or read from a verified file; turned into the bytes of a file. */
#include "content.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const size_t image_limit = (size_t)1 << 37; /* 128 GiB: no file makes us ask for more memory */

/* What HDF5 says of a failure. */
struct reason {
	const char *first; /* of the call that failed first */
	bool memory;       /* some call had no room */
};

static herr_t reason_note(unsigned number, const H5E_error2_t *entry, void *context)
{
	struct reason *reason = context;
	reason->first = number == 0 ? entry->desc : reason->first;
	reason->memory = reason->memory || entry->maj_num == H5E_RESOURCE;
	return 0;
}

int store_fail(const struct store *store, const char *path, struct err *err)
{
	return path == NULL ? err_prefix(err, "%s", store->name) : err_prefix(err, "%s: %s", store->name, path);
}

int hdf5_fail(const struct store *store, const char *action, struct err *err)
{
	struct reason reason = {.first = "unknown reason"};
	H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, reason_note, &reason);
	if (reason.memory) /* says nothing of the file */
		return err_set(err, EX_OSERR, "cannot %s: not enough memory (HDF5: %s)", action, reason.first);
	return err_set(err, store->size > 0 ? EX_DATAERR : EX_OSERR, "cannot %s: HDF5: %s", action, reason.first);
}

int hdf5_close(const struct store *store, hid_t id, int status, struct err *err)
{
	if (id >= 0 && H5Idec_ref(id) < 0)
		return hdf5_fail(store, "close", err);
	return status;
}

/* Once a process would do, but a call costs nothing and needs no global to remember it. */
void hdf5_calm(void)
{
	H5dont_atexit();                         /* HDF5 1.10 may crash at exit after an error */
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);   /* it prints nothing: errors go to struct err */
	H5PLset_loading_state(0);                /* a file cannot make it load code */
}

herr_t hdf5_lock_not(hid_t access)
{
#if H5_VERSION_GE(1, 10, 7)
	return H5Pset_file_locking(access, 0, 1);
#else
	(void)access;
	return 0;
#endif
}

/* The core driver without a file behind it. With `image`: the file's content. */
static hid_t memory_access(void *image, size_t size)
{
	enum { GROWTH = 1 << 20 };
	hid_t access = H5Pcreate(H5P_FILE_ACCESS);
	if (access >= 0 && H5Pset_fapl_core(access, GROWTH, 0) >= 0 &&
	    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 &&
	    (image == NULL || H5Pset_file_image(access, image, size) >= 0))
		return access;
	if (access >= 0)
		H5Pclose(access);
	return -1;
}

/* Opens the HDF5 file: a new one, or with `image` that one for reading. */
static int store_attach(struct store *store, void *image, struct err *err)
{
	int status = -1;
	char unique[32]; /* HDF5 takes two files in memory with one name for the same file */
	snprintf(unique, sizeof unique, "%p", (void *)store);

	hdf5_calm();
	hid_t access = memory_access(image, store->size), create = H5Pcreate(H5P_FILE_CREATE);
	if (access >= 0 && create >= 0 && H5Pset_obj_track_times(create, 0) >= 0)
		store->file = image == NULL ? H5Fcreate(unique, H5F_ACC_EXCL, create, access)
		                            : H5Fopen(unique, H5F_ACC_RDONLY, access);
	status = store->file < 0 ? hdf5_fail(store, "open the HDF5 image", err) : 0;
	status = hdf5_close(store, create, status, err);
	return hdf5_close(store, access, status, err);
}

static struct store *store_new(const char *name, struct err *err)
{
	struct store *store = memory_zeroed(1, sizeof *store, err);
	if (store == NULL)
		return NULL;
	store->file = -1;
	store->name = memory_text(name, err);
	if (store->name != NULL)
		return store;
	free(store);
	return NULL;
}

struct store *store_create(struct err *err)
{
	struct store *store = store_new("checkpoint", err);
	if (store != NULL && store_attach(store, NULL, err) != 0) {
		store_fail(store, NULL, err);
		store_destroy(store);
		return NULL;
	}
	return store;
}

void store_destroy(struct store *store)
{
	if (store == NULL)
		return;
	if (store->file >= 0)
		H5Fclose(store->file); /* nothing that was written can be lost here: it is memory to be thrown away */
	free(store->name);
	free(store);
}

/* Reads the image behind a header that has been checked, and checks it against the header's length and digest. */
static uint8_t *image_read(int file, const char *path, size_t size, const struct header *header, struct err *err)
{
	size_t behind = size - HEADER_BYTES;
	uint8_t *image = NULL;
	if (behind > image_limit) {
		err_set(err, EX_DATAERR, "%s: has %zu bytes, more than the limit of %zu", path, size, image_limit);
		return NULL;
	}
	if (header->length != behind) {
		if (header->length > behind)
			err_set(err, EX_DATAERR, "%s: cut short: %zu bytes behind the header, which says %llu", path, behind,
			        (unsigned long long)header->length);
		else
			err_set(err, EX_DATAERR, "%s: damaged: %zu bytes behind the header, which says %llu", path, behind,
			        (unsigned long long)header->length);
		return NULL;
	}
	image = memory_zeroed(behind, 1, err);
	if (image == NULL || regular_read(file, path, image, behind, err) != 0)
		goto fail;
	struct digest digest = digest_of(image, behind);
	if (memcmp(&digest, &header->digest, sizeof digest) != 0) {
		char is[2 * DIGEST_BYTES + 1], said[2 * DIGEST_BYTES + 1];
		digest_text(&digest, is);
		digest_text(&header->digest, said);
		is[16] = said[16] = 0; /* enough to tell them apart */
		err_set(err, EX_DATAERR, "%s: damaged: SHA-256 is %s…, the header says %s…", path, is, said);
		goto fail;
	}
	return image;
fail:
	free(image);
	return NULL;
}

/* The digest covers the image alone, so the header's step must be the one in the image. */
static int step_check(struct store *store, uint64_t said, struct err *err)
{
	uint64_t step;
	if (store_number(store, "step", &step, err) != 0)
		return -1;
	if (step != said)
		return err_set(err, EX_DATAERR, "%s: damaged: the header says step %llu, the content step %llu", store->name,
		               (unsigned long long)said, (unsigned long long)step);
	return 0;
}

struct store *store_open(const char *path, struct err *err)
{
	struct store *store = NULL;
	uint8_t *image = NULL, first[HEADER_BYTES];
	size_t size;
	struct header header;
	int status = -1, file = regular_open(path, &size, err);
	if (file < 0 || regular_read(file, path, first, size < HEADER_BYTES ? size : HEADER_BYTES, err) != 0)
		goto out;
	if (header_parse(&header, first, size, err) != 0) {
		err_prefix(err, "%s", path);
		goto out;
	}
	image = image_read(file, path, size, &header, err);
	store = image == NULL ? NULL : store_new(path, err);
	if (store == NULL)
		goto out;
	store->size = header.length;
	status = store_attach(store, image, err); /* the very bytes that were hashed */
	if (status != 0)
		store_fail(store, NULL, err);
	else
		status = step_check(store, header.step, err);
out:
	if (status != 0) {
		store_destroy(store);
		store = NULL;
	}
	free(image);
	if (file >= 0)
		close(file);
	return store;
}

/* The step stands in the image too: as the caller set it, which must agree, or set now. */
static int step_put(struct store *store, uint64_t step, struct err *err)
{
	uint64_t set;
	if (step > INT64_MAX)
		return err_set(err, EX_DATAERR, "%s: step %llu is above 2^63 - 1", store->name, (unsigned long long)step);
	htri_t there = H5Aexists(store->file, "step");
	if (there < 0) {
		hdf5_fail(store, "read the step", err);
		return store_fail(store, NULL, err);
	}
	if (there == 0)
		return store_set_number(store, "step", step, err);
	if (store_number(store, "step", &set, err) != 0)
		return -1;
	if (set != step)
		return err_set(err, EX_SOFTWARE, "%s: attribute step is %llu, not %llu", store->name, (unsigned long long)set,
		               (unsigned long long)step);
	return 0;
}

int store_image(struct store *store, uint64_t step, struct image *out, struct err *err)
{
	int status = -1;
	uint8_t *bytes = NULL;
	ssize_t length = -1;
	if (step_put(store, step, err) != 0)
		return -1;
	if (H5Fflush(store->file, H5F_SCOPE_GLOBAL) >= 0)
		length = H5Fget_file_image(store->file, NULL, 0);
	if (length <= 0) {
		hdf5_fail(store, "finish the image", err);
		goto out;
	}
	bytes = memory_zeroed((size_t)length + HEADER_BYTES, 1, err);
	if (bytes == NULL)
		goto out;
	if (H5Fget_file_image(store->file, bytes + HEADER_BYTES, (size_t)length) != length) {
		hdf5_fail(store, "copy the image", err);
		goto out;
	}
	status = 0;
out:
	if (H5Fclose(store->file) < 0)
		status = hdf5_fail(store, "close the image", err);
	store->file = -1;
	if (status != 0) {
		free(bytes);
		return store_fail(store, NULL, err);
	}
	struct header header = {step, (uint64_t)length, digest_of(bytes + HEADER_BYTES, (size_t)length)};
	header_format(&header, bytes);
	*out = (struct image){bytes, (size_t)length + HEADER_BYTES};
	return 0;
}

void image_destroy(struct image *image)
{
	free(image->bytes);
	*image = (struct image){0};
}

const char *store_library(void)
{
	return H5_VERS_INFO;
}
