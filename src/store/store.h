/* What the files of this room share. Private to the room store. */
#ifndef CONVOY_STORE_STORE_H
#define CONVOY_STORE_STORE_H

#include <convoy/store.h>

/* ---- Header (header.c) ------------------------------------------------------------------------------------------- */

enum { HEADER_BYTES = 512 }; /* the smallest user block of HDF5, which looks for its signature after it */

struct header {
	uint64_t step, length; /* length: bytes of the HDF5 image */
	struct digest digest;  /* of the image */
};

/* Formats all HEADER_BYTES bytes, without a NUL at the end. */
void header_format(const struct header *header, uint8_t *bytes);

/* Parses a header, the first HEADER_BYTES of `count` bytes. Every byte must be as header_format writes it. EX_DATAERR;
 * the caller puts the file's name before the text. */
int header_parse(struct header *out, const uint8_t *bytes, size_t count, struct err *err);

/* ---- Regular files (read.c) -------------------------------------------------------------------------------------- */

/* Opens a regular file, or one at the end of a link, for reading, and gives its size. Returns a descriptor, or −1:
 * EX_NOINPUT if the file is missing or forbidden, EX_DATAERR if it is not a regular file, otherwise EX_IOERR. */
int regular_open(const char *path, size_t *size, struct err *err);

/* Reads exactly `count` bytes. EX_IOERR, also if the file has become shorter. */
int regular_read(int file, const char *path, void *bytes, size_t count, struct err *err);

/* ---- Files that appear whole (write.c) --------------------------------------------------------------------------- */

struct target {
	const char *directory, *name;
	int folder;          /* descriptor of the directory; −1: none */
	char temporary[256]; /* name within it */
	int file;            /* descriptor of the temporary file; −1: none */
	int error;           /* errno of the first write that failed; 0: none */
};

/* Opens the directory of a file to write. EX_IOERR, also if `name` is a device or pipe. */
int target_open(struct target *target, const char *directory, const char *name, struct err *err);

/* Makes the temporary file. EX_IOERR. */
int temporary_open(struct target *target, struct err *err);

/* Write `count` bytes from byte `offset` on, or set the file's size. They remember the first failure and then write no
 * more, because HDF5 cannot handle a failure (driver.c). temporary_check reports it. */
void temporary_put(struct target *target, uint64_t offset, const void *bytes, size_t count);
void temporary_cut(struct target *target, uint64_t size);

/* Returns EX_IOERR if a write has failed. */
int temporary_check(const struct target *target, struct err *err);

/* Flushes and closes the temporary file in any case. Gives it its name if status is 0 and all writes were good,
 * otherwise removes it. Sets *lost (may be NULL) if the disk did not confirm the file. Does nothing without a temporary
 * file. */
int temporary_close(struct target *target, int status, bool *lost, struct err *err);

/* Closes the directory, and flushes it first if status is 0. */
int target_close(struct target *target, int status, struct err *err);

/* ---- Where the bytes of samples lie ------------------------------------------------------------------------------ */

/* Allocates out->piece [count]. EX_DATAERR for more than PIECES. */
int pieces_allocate(struct sample_pieces *out, size_t count, struct err *err);

/* Fills in the pieces of an array that is not empty, of out->rank, dims and number, and lies in C order from a byte on
 * (run.c). The file has all those bytes. A piece has up to `bytes` of them, or a whole entry, or as many as PIECES
 * pieces need. */
int run_cut(struct sample_pieces *out, uint64_t offset, size_t bytes, struct err *err);

/* ---- The process that runs HDF5 on a file of samples (serve.c, for index.c) -------------------------------------- */

/* Whether an array may be missing: no; with the group that should hold it; yes; no, and the error says what to do. */
enum absence { ABSENCE_WRONG, ABSENCE_OF_GROUP, ABSENCE_ALLOWED, ABSENCE_ADVISED };

/* Its arguments: the word, the file's name for messages, a digit for each part (enum absence), and a path for each
 * array, "" where none is wanted. */
#define SERVE_WORD "serve-sample-index"
enum { SERVE_FLAGS = 3, SERVE_PATHS, SERVE_ARGUMENTS = SERVE_PATHS + SAMPLE_PARTS * SAMPLE_ARRAYS };
enum { REPLY_MAGIC = 0x43564959, NAMES = 65536, NAME_BYTES = 1024 }; /* most names; bytes of each with its NUL */

/* What it answers. The pieces of all arrays follow, then names × NAME_BYTES bytes. */
struct reply {
	uint32_t magic;
	int code; /* code and text of an error; nothing follows then */
	char text[sizeof((struct err *)0)->text];
	struct sample_pieces array[SAMPLE_PARTS][SAMPLE_ARRAYS]; /* without their pointers and paths */
	size_t names;
	char background[BACKGROUND_BYTES];
};

#endif
