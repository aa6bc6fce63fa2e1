/* What the files of this room share. Nothing here is seen outside src/store. */
#ifndef CONVOY_STORE_INSIDE_H
#define CONVOY_STORE_INSIDE_H

#include <convoy/store.h>

/* ---- Header (header.c) ------------------------------------------------------------------------------------------- */

enum { HEADER_BYTES = 512 }; /* the smallest user block HDF5 knows; it looks for its signature behind it */

struct header {
	uint64_t step, length; /* length: bytes of the HDF5 image */
	struct digest digest;  /* of the image */
};

/* Formats all HEADER_BYTES bytes, without a NUL behind them. */
void header_format(const struct header *header, uint8_t *bytes);

/* The one inverse of header_format: every byte must be as header_format would write it. `count`: bytes there are, of
 * which the header takes the first HEADER_BYTES. EX_DATAERR; the caller puts the file's name before the text. */
int header_parse(struct header *out, const uint8_t *bytes, size_t count, struct err *err);

/* ---- Regular files (read.c) -------------------------------------------------------------------------------------- */

/* Opens a regular file for reading, with further open `flags`, and gives its size. A descriptor, or -1: EX_NOINPUT
 * where it is missing or forbidden, EX_DATAERR where it is no regular file, EX_IOERR otherwise. */
int regular_open(const char *path, int flags, size_t *size, struct err *err);

/* Reads exactly `count` bytes. EX_IOERR, also where the file has become shorter meanwhile. */
int regular_read(int file, const char *path, void *bytes, size_t count, struct err *err);

#endif
