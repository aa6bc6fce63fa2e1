/* What the files of this room share. Nothing here is seen outside src/store. */
#ifndef CONVOY_STORE_PRIVATE_H
#define CONVOY_STORE_PRIVATE_H

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

/* ---- Files that appear whole (write.c) --------------------------------------------------------------------------- */

struct target {
	const char *directory, *name;
	int folder;          /* descriptor of the directory; −1: none */
	char temporary[256]; /* name within it */
	int file;            /* descriptor of the temporary file; −1: none */
	int error;           /* errno of the first write that failed; 0: none */
};

/* Opens the directory of a file to write. EX_IOERR, also where `name` is a device or pipe. */
int target_open(struct target *target, const char *directory, const char *name, struct err *err);

/* Makes the temporary file. EX_IOERR. */
int temporary_open(struct target *target, struct err *err);

/* Writes `count` bytes from byte `offset` on, or sets the file's size. The first failure is remembered, and nothing is
 * written from then on: for those who cannot be told of it, as HDF5 (driver.c). temporary_check tells. */
void temporary_put(struct target *target, uint64_t offset, const void *bytes, size_t count);
void temporary_cut(struct target *target, uint64_t size);

/* EX_IOERR where a write has failed. */
int temporary_check(const struct target *target, struct err *err);

/* Flushes the temporary file and closes it, whatever happens; with status 0 and all writes good gives it its name,
 * otherwise removes it. *lost (may be NULL): the disk did not confirm it. Does nothing where there is none. */
int temporary_close(struct target *target, int status, bool *lost, struct err *err);

/* With status 0 flushes the directory; closes it. */
int target_close(struct target *target, int status, struct err *err);

/* ---- What the process that asks HDF5 about a file of samples answers (serve.c to index.c) ------------------------ */

#define SERVE_WORD "serve-sample-index"
enum { REPLY_MAGIC = 0x43564958, NAMES = 256, NAME_BYTES = 1024 }; /* most names; bytes of one with its NUL */

/* Behind it the pieces of all arrays, then names × NAME_BYTES bytes. */
struct reply {
	uint32_t magic;
	int code; /* and text, where there is an error: nothing follows */
	char text[sizeof((struct err *)0)->text];
	struct sample_pieces array[SAMPLE_PARTS][SAMPLE_ARRAYS]; /* their pointers mean nothing */
	size_t names;
	char background[BACKGROUND_BYTES];
};

#endif
