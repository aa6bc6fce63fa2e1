/* What the files that call HDF5 share. Inner functions put neither file nor path before their error texts; the public
 * ones do, by store_fail. */
#ifndef CONVOY_STORE_CONTENT_H
#define CONVOY_STORE_CONTENT_H

#include <hdf5.h>

#include "store.h"

struct store {
	hid_t file;  /* negative once store_image has closed it */
	char *name;  /* for messages: path of the file that was read, or "checkpoint" */
	size_t size; /* bytes of the image that was read; 0: a store being written */
};

enum {
	PATH_BYTES = 512,      /* longest path of an array, with its NUL */
	WALK_OBJECTS = 1 << 14 /* most groups and arrays a walk passes: links can make a small file a tree without end */
};

/* "NAME: PATH: " before the text of an error that is set (without path: NULL). Always −1. */
int store_fail(const struct store *store, const char *path, struct err *err);

/* "cannot ACTION: the innermost reason HDF5 gives". EX_DATAERR where the store was read, else EX_OSERR. Always −1. To
 * call directly after what failed, since the next call of HDF5 clears the reason. */
int hdf5_fail(const struct store *store, const char *action, struct err *err);

/* Before the first call: HDF5 prints nothing, loads no code, and does not crash at exit. */
void hdf5_calm(void);

/* No file locks, which some file systems of clusters lack. Negative on failure. */
herr_t hdf5_lock_not(hid_t access);

/* By which HDF5 writes a target's temporary file (driver.c). */
struct driver {
	H5FD_t public; /* first: HDF5's own */
	hid_t id;      /* negative: none */
	struct target *target;
	haddr_t allocated, end; /* bytes that HDF5 has given away; that it has written */
};

/* Lets the one file that is made with `access` go to `target`. HDF5 takes every write for good: temporary_check tells.
 * Negative on failure. */
herr_t driver_set(struct driver *driver, struct target *target, hid_t access);

/* To call when HDF5 has closed the file, or never made it. */
void driver_unset(struct driver *driver);

/* Closes any HDF5 identifier but a file; a negative one is none. Gives `status`, or −1 where closing fails: HDF5 may
 * report a failed write there and nowhere else. */
int hdf5_close(const struct store *store, hid_t id, int status, struct err *err);

/* A fixed-length UTF-8 string type of `bytes` bytes with its NUL. Negative on failure. */
hid_t text_type(size_t bytes);

/* Writes an attribute of an object: `count` values, 0 for a scalar. `type` is the type in the file, `memory` of
 * `values`. */
int attribute_write(const struct store *store, hid_t object, const char *name, hid_t type, hid_t memory, size_t count,
                    const void *values, struct err *err);
int attribute_write_text(const struct store *store, hid_t object, const char *name, const char *text, struct err *err);

/* An open array. */
struct open_array {
	hid_t id, type;
	size_t rank, dims[STORE_RANK];
	size_t count, bytes; /* values; count × size of one */
};

/* Opens the array at an absolute path. No component may be a soft or external link. array_open: and its storage is
 * plain bytes within the image. */
int array_find(const struct store *store, const char *path, struct open_array *out, struct err *err);
int array_open(const struct store *store, const char *path, struct open_array *out, struct err *err);
int array_close(const struct store *store, struct open_array *array, int status, struct err *err);

/* Makes an array and the missing groups above it, and writes its values and description. `out` to be closed. */
int array_create(const struct store *store, const struct store_array *array, hid_t type, hid_t memory,
                 const void *data, struct open_array *out, struct err *err);

/* Whether an object stands at `path`, reached through plain links alone. −1: error, 0: no, 1: yes. */
int path_exists(const struct store *store, const char *path, struct err *err);

/* Which of our types an HDF5 type is: an enum store_type, or −1. */
int type_of(hid_t type);

/* "uint8" …; "of another type" for −1. */
const char *type_name(int type);

#endif
