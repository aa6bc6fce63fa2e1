/* What the files that call HDF5 share. Inner functions do not put the file or path before their error texts. Public
 * functions do so with store_fail. */
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
	WALK_OBJECTS = 1 << 14 /* most groups and arrays in a walk: with links a small file can be an endless tree */
};

/* Puts "NAME: PATH: " before the text of an error that is set, or "NAME: " if path is NULL. Always returns −1. */
int store_fail(const struct store *store, const char *path, struct err *err);

/* Sets the error "cannot ACTION: the innermost reason of HDF5": EX_DATAERR if the store was read, otherwise EX_OSERR.
 * Always returns −1. Call it directly after the failed call, because the next call of HDF5 clears the reason. */
int hdf5_fail(const struct store *store, const char *action, struct err *err);

/* Makes HDF5 print nothing, load no plugins, and not crash at exit. Call it before other functions of HDF5. */
void hdf5_calm(void);

/* Turns file locks off, because some file systems of clusters have none. Negative on failure. */
herr_t hdf5_lock_not(hid_t access);

/* A driver with which HDF5 writes a target's temporary file (driver.c). */
struct driver {
	H5FD_t public; /* first: HDF5's own */
	hid_t id;      /* negative: none */
	struct target *target;
	haddr_t allocated, end; /* bytes that HDF5 has allocated, and has written */
};

/* Sends the one file that is made with `access` to `target`. Every write looks good to HDF5; call temporary_check to
 * see if one failed. Negative on failure. */
herr_t driver_set(struct driver *driver, struct target *target, hid_t access);

/* Frees a driver. Call it when HDF5 has closed the file, or has not made it. */
void driver_unset(struct driver *driver);

/* Closes an HDF5 identifier, but not a file; does nothing for a negative one. Returns `status`, or −1 if closing fails:
 * HDF5 may report a failed write only there. */
int hdf5_close(const struct store *store, hid_t id, int status, struct err *err);

/* Returns a fixed-length UTF-8 string type of `bytes` bytes with its NUL. Negative on failure. */
hid_t text_type(size_t bytes);

/* Writes an attribute of an object: `count` values, 0 for a scalar. `type` is the type in the file, `memory` of
 * `values`. */
int attribute_write(const struct store *store, hid_t object, const char *name, hid_t type, hid_t memory, size_t count,
                    const void *values, struct err *err);
int attribute_write_text(const struct store *store, hid_t object, const char *name, const char *text, struct err *err);

/* Returns the text of an attribute of "/", to be freed. `variable`: it may have variable length. HDF5 1.10 is not safe
 * when it reads that from a crafted file, so only a process of its own may ask for it. EX_DATAERR; NULL on failure. */
char *attribute_text(const struct store *store, const char *name, bool variable, struct err *err);

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

/* Reads rank, dimensions and sizes of an array whose id and type are open. EX_DATAERR for more dimensions than
 * STORE_RANK, or none. */
int array_extent(const struct store *store, struct open_array *out, struct err *err);

/* Makes an array and the missing groups above it, and writes its values and description. `out` to be closed. */
int array_create(const struct store *store, const struct store_array *array, hid_t type, hid_t memory,
                 const void *data, struct open_array *out, struct err *err);

/* Returns 1 if there is an object at `path`, reached through hard links only; 0 if not; −1 on failure. */
int path_exists(const struct store *store, const char *path, struct err *err);

/* Return HDF5's type of a number in a file (little-endian) and in memory. Not for STORE_F16. */
hid_t file_type(enum store_type type);
hid_t memory_type(enum store_type type);

/* Returns the enum store_type of an HDF5 type as convoy writes it, or −1. */
int type_of(hid_t type);

/* ---- Files of samples that others wrote ------------------------------------------------------------------- */

/* Opens the array that is wanted at `path`, over hard and soft links within the file. EX_DATAERR if it is not there:
 * the text has the paths of arrays that are (seek.c). With ABSENCE_OF_GROUP that is no error if the
 * group that should hold the array is not there either, with ABSENCE_ALLOWED never; out->id is then negative. */
int array_seek(const struct store *store, const char *path, enum absence absence, struct open_array *out,
               struct err *err);

/* Reads how the numbers of an array are stored: their type, and the fill values that attributes name. EX_DATAERR for
 * what is no number, or a number that is not read, by its name (number.c). */
int number_read(const struct store *store, const struct open_array *array, struct number_format *out, struct err *err);

/* Returns "uint8" … "float64" for a type of numbers that is read, in either order of bytes; NULL for all else. */
const char *number_name(hid_t type);

/* Finds the bytes of an array that is not empty: fills in filters and pieces; the other members are there. EX_DATAERR
 * if convoy does not read such storage (places.c). */
int places_find(const struct store *store, const struct open_array *array, struct sample_pieces *out, struct err *err);

#endif
