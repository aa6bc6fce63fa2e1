/* store: named, typed arrays in a verified file. The only room that knows HDF5. Floor 1.
 *
 * A file is a 512-byte text header (an HDF5 user block) and behind it a plain HDF5 image, which h5ls, h5dump
 * and h5py read. The header carries the image's length and SHA-256, checked before HDF5 parses a byte.
 * Equal content gives equal bytes: no times, hosts or paths inside. All functions are local. */
#ifndef CONVOY_STORE_H
#define CONVOY_STORE_H

#include <convoy/base.h>

/* ---- SHA-256 ------------------------------------------------------------------------------------- */

enum { DIGEST_BYTES = 32, DIGEST_TEXT = 2 * DIGEST_BYTES + 1 };

struct digest {
	uint8_t byte[DIGEST_BYTES];
};

/* Returns the SHA-256 of `count` bytes. Pure. */
struct digest digest_of(const void *bytes, size_t count);

/* Returns the SHA-256 over a list of parts, each preceded by its length, so that parts cannot run into each other. */
struct digest digest_of_parts(size_t parts, const void *const *bytes, const size_t *counts);

/* Makes the same of parts whose bytes come piece by piece: a call of digester_part with the length, then calls of
 * digester_add. Free with digester_destroy. NULL and `err` on failure. */
struct digester;
struct digester *digester_create(struct err *err);
void digester_part(struct digester *digester, size_t count);
void digester_add(struct digester *digester, const void *bytes, size_t count);
struct digest digester_end(struct digester *digester);
void digester_destroy(struct digester *digester);

/* Gives the SHA-256 of a regular file's content. EX_NOINPUT if it is missing or forbidden, EX_IOERR if it cannot be
 * read, EX_DATAERR if it is no regular file. */
int digest_of_file(const char *path, struct digest *out, struct err *err);

/* Writes a digest as 64 lower-case hexadecimal digits and a NUL. */
void digest_text(const struct digest *digest, char text[DIGEST_TEXT]);

/* Returns bytes as base64 text (RFC 4648), to free with free(). NULL on failure. */
char *text_base64(const uint8_t *bytes, size_t count, struct err *err);

/* ---- Arrays ----------------------------------------------------------------------------------------- */

/* Types of numbers. store_put, store_get and store_find know all but STORE_F16. */
enum store_type {
	STORE_U8, STORE_I32, STORE_I64, STORE_U64, STORE_F32, STORE_F64, STORE_I8, STORE_U16, STORE_I16, STORE_U32,
	STORE_F16, STORE_TYPES
};

/* Return the bytes of a number, and the name of its type: "uint8", "float16" … */
size_t store_type_bytes(enum store_type type);
const char *store_type_name(enum store_type type);

enum { STORE_RANK = 4 }; /* most dimensions an array has */

struct store_array {
	const char *path; /* absolute, e.g. "/layers/01-convolution/kernels"; groups are made as needed */
	enum store_type type;
	size_t rank;             /* 0 … STORE_RANK */
	size_t dims[STORE_RANK]; /* each ≥ 0 */
	const char *labels[STORE_RANK]; /* dimension labels (attribute DIMENSION_LABELS), NULL: none */
	const char *description;        /* attribute "description", NULL: none */
	bool picture; /* store_put marks a uint8 array of rank 2 as an HDF5 image (grey) for viewers; not used elsewhere */
};

struct store; /* an HDF5 file in memory */

/* Makes an empty store to fill. NULL and `err` on failure. Free with store_destroy. */
struct store *store_create(struct err *err);

/* Reads `path`, checks header, length and SHA-256, then opens the image from the memory that was checked. `path` may be
 * a link to a regular file. The step in the header, which the SHA-256 does not cover, must be the attribute "step".
 * NULL and `err` on failure: EX_NOINPUT if the file is missing or forbidden, EX_IOERR if it cannot be read, otherwise
 * EX_DATAERR ("PATH: not a convoy checkpoint", "PATH: damaged: SHA-256 …", "PATH: cut short: …"). */
struct store *store_open(const char *path, struct err *err);

/* Returns whether a file begins as checkpoints do, and is meant to be one. */
bool store_begins(const char *path);

/* Frees a store. Accepts NULL. */
void store_destroy(struct store *store);

/* Set and get attributes of "/": text (UTF-8) and unsigned 64-bit numbers. Set each one once. Getting gives EX_DATAERR
 * if the attribute is missing or of another type. Free the result of store_text with free(). HDF5 limits attributes to
 * 64 KiB, so store_set_text writes a text of 60,000 bytes or more as the only entry of the list of names "/NAME".
 * store_text finds it there. */
int store_set_text(struct store *store, const char *name, const char *text, struct err *err);
int store_set_number(struct store *store, const char *name, uint64_t number, struct err *err);
char *store_text(struct store *store, const char *name, struct err *err);
int store_number(struct store *store, const char *name, uint64_t *number, struct err *err);

/* Writes an array (little-endian in the file, `data` in native order, C order). */
int store_put(struct store *store, const struct store_array *array, const void *data, struct err *err);

/* Reads an array whose path, type, rank and dims must match exactly: EX_DATAERR, "FILE: PATH: is float32 [2][3], not
 * float64 [2][3]". Here as everywhere: a soft or external link on the way, chunks, filters and storage outside the
 * image are refused. */
int store_get(struct store *store, const struct store_array *array, void *data, struct err *err);

/* Finds an array of numbers by its path, and fills in type, rank and dims. EX_DATAERR if there is none. Its bytes
 * (product of dims × type) were compared with the file's size, so the product does not overflow. */
int store_find(struct store *store, struct store_array *array, struct err *err);

/* Returns name and version of the HDF5 library, one line. */
const char *store_library(void);

/* Returns whether an array, of numbers or names, stands at `path`. */
bool store_has(struct store *store, const char *path);

/* Writes a list of fixed-length strings as a one-dimensional array ("/classes"). */
int store_put_names(struct store *store, const char *path, const char *description, size_t count,
                    const char *const *names, struct err *err);
/* Reads such a list. *names is one allocation, to free with free(). */
int store_get_names(struct store *store, const char *path, size_t *count, char ***names, struct err *err);

/* Calls `visit` for the path of every array of numbers below "/", in the order of their names; stops at −1. For
 * comparing files. */
int store_walk(struct store *store, int (*visit)(void *context, const char *path, struct err *err), void *context,
               struct err *err);

/* ---- Arrays row by row ---------------------------------------------------------------------------------------------
 * An HDF5 file whose arrays are longer than memory. They lie in chunks of whole rows, each with a checksum. Equal
 * content gives equal bytes. */

struct row_writer;
enum { ROW_ARRAYS = 8 }; /* most arrays of a file */
#define ROWS_ROOT SIZE_MAX /* stands for "/" */

/* Begins `directory`/`name` under a temporary name. deflate: 1 … 9, how much to compress; 0: not. NULL on failure:
 * EX_IOERR. */
struct row_writer *rows_create(const char *directory, const char *name, unsigned deflate, struct err *err);

/* Returns the path of the file, for messages. */
const char *rows_name(const struct row_writer *writer);

/* Makes a group, which must exist before arrays in it do. */
int rows_group(struct row_writer *writer, const char *path, struct err *err);

/* Adds an array, whose number is how many were added before. dims[0] ≥ 1 is the most rows that it can get. `labels` and
 * `picture` do not count. EX_DATAERR for rows that no file has; EX_IOERR. */
int rows_add(struct row_writer *writer, const struct store_array *array, struct err *err);

/* Writes a list of names as a one-dimensional array of fixed-length strings, at once. */
int rows_names(struct row_writer *writer, const char *path, size_t count, const char *const *name, struct err *err);

/* Gives an array, or ROWS_ROOT, an attribute: a list of `count` texts; a single text, not a list, if count is 0. */
int rows_attribute(struct row_writer *writer, size_t array, const char *name, size_t count, const char *const *text,
                   struct err *err);

/* Adds rows to the end of an array, in native order of bytes. EX_IOERR. */
int rows_put(struct row_writer *writer, size_t array, size_t count, const void *rows, struct err *err);

/* Returns the rows that an array has. */
size_t rows_count(const struct row_writer *writer, size_t array);

/* Ends an array at the rows that it has. EX_IOERR. */
int rows_end(struct row_writer *writer, size_t array, struct err *err);

/* Ends all arrays, flushes, and gives the file its name: as file_write does, but in one attempt. If status is not 0,
 * removes it and returns −1. Call it once. EX_IOERR. */
int rows_finish(struct row_writer *writer, int status, struct err *err);

/* Frees a writer, and removes a file that is not finished. Accepts NULL. */
void rows_destroy(struct row_writer *writer);

/* ---- Files of samples ---------------------------------------------------------------------------------------------
 * The images and labels of a data set in an HDF5 file (formats, HDF5). Equal samples give equal bytes. */

enum { SAMPLE_TRAIN, SAMPLE_TEST, SAMPLE_PARTS };

/* What a new file will hold. */
struct sample_plan {
	size_t count[SAMPLE_PARTS]; /* most images of each part */
	size_t maps, rows, columns;
	size_t classes;          /* 0: targets are values */
	const char *const *name; /* [classes] */
	unsigned deflate;        /* 1 … 9: how much to compress; 0: not */
	const char *background;  /* colour behind transparent pixels, as text; NULL: there is none */
	enum store_type type;    /* of the images' numbers */
	size_t values;           /* float32 for each image, if there are no classes */
};

struct sample_writer;

/* Begins `directory`/`name` under a temporary name. NULL on failure: EX_IOERR, or EX_DATAERR for sizes that no file
 * has. */
struct sample_writer *samples_create(const char *directory, const char *name, const struct sample_plan *plan,
                                     struct err *err);

/* Adds an image [maps][rows][columns] of plan->type to a part. EX_IOERR. */
int samples_put(struct sample_writer *writer, size_t part, const void *image, uint16_t label, struct err *err);

/* Adds an image with its targets, value [plan->values]. EX_IOERR. */
int samples_put_values(struct sample_writer *writer, size_t part, const void *image, const float *value,
                       struct err *err);

/* Writes what is left, flushes, and gives the file its name: as file_write does, but in one attempt. EX_IOERR. */
int samples_finish(struct sample_writer *writer, struct err *err);

/* Frees a writer, and removes a file that is not finished. Accepts NULL. */
void samples_destroy(struct sample_writer *writer);

/* The arrays of a file of samples, and where their bytes lie. HDF5 can crash on a crafted file, so a separate process
 * finds the places with HDF5, and convoy checks them. Reading the bytes then needs no HDF5. */
enum sample_array { SAMPLE_INPUTS, SAMPLE_TARGETS, SAMPLE_WEIGHTS, SAMPLE_ARRAYS };
enum piece_filter { PIECE_DEFLATE = 1, PIECE_FLETCHER32, PIECE_SHUFFLE };
enum { PIECE_FILTERS = 4, PIECES = 1 << 14, PIECE_BYTES = 1 << 28 }; /* the largest number of each; bytes of a piece */

enum { BACKGROUND_BYTES = 16, SAMPLE_PATH = 512 };

/* Which arrays of a file are wanted. A path need not begin with a slash. */
struct sample_request {
	const char *path[SAMPLE_PARTS][SAMPLE_ARRAYS]; /* NULL: no such array is wanted */
	bool may_miss[SAMPLE_PARTS]; /* if the file has no inputs of this part: no error, the part has no arrays */
	bool may_lack[SAMPLE_PARTS]; /* the same, also if the group of the inputs is there without them */
	bool advises; /* errors name the keys of the job that help: there is a job that can change */
};

/* What to tell the user if a file has no test set. */
#define SAMPLE_SHARE_HINT "a share of the training samples can be the test set: data.test: 0.1"

/* The paths that convoy import writes: images and labels of /train and /test. */
extern const struct sample_request sample_request_usual;

/* How a file stores numbers. */
enum { FILLS = 2 };
struct number_format {
	enum store_type type;
	bool swapped; /* its order of bytes is not this machine's */
	size_t fills;
	double fill[FILLS];    /* stand for missing values: attributes _FillValue, missing_value … */
	uint64_t whole[FILLS]; /* … of STORE_I64 and STORE_U64, which float64 does not tell apart: as these have it */
};

struct sample_piece {
	uint64_t offset, size; /* bytes of the file: within it */
};
struct sample_pieces {
	char path[SAMPLE_PATH]; /* in the file, absolute */
	struct number_format number;
	size_t rank, dims[STORE_RANK]; /* 1 beyond the rank, in `each` too. Rank 0: there is no such array */
	size_t each[STORE_RANK]; /* sides of a piece; the last one reaches beyond the array if they do not divide it */
	size_t filters;
	enum piece_filter filter[PIECE_FILTERS]; /* in the order of writing. Without filters, bytes can be missing after the
	                                          * end */
	size_t count;
	struct sample_piece *piece; /* [count], in C order */
};
struct sample_index {
	/* Inputs of rank 1 … 4; where they are, as many targets and weights: at least one. */
	struct sample_pieces array[SAMPLE_PARTS][SAMPLE_ARRAYS];
	size_t classes;
	char **name; /* [classes], one allocation; NULL: the file names none */
	char background[BACKGROUND_BYTES]; /* as in sample_plan, cut, perhaps not a colour; "": the file has none */
};

/* Finds the arrays in `file`, which is open for reading and has `size` bytes. `path` is for messages. EX_DATAERR if an
 * array is not there, or not as in formats, HDF5; EX_OSERR if no process can be started. The program must call
 * samples_serve first. */
int samples_index(int file, const char *path, size_t size, const struct sample_request *request,
                  struct sample_index *out, struct err *err);
void sample_index_free(struct sample_index *index);

/* Checks that each part of an index has the arrays that were asked for, or none, and as many entries in each. Otherwise
 * EX_DATAERR names the arrays, without the name of the file. samples_index has checked its own. */
int sample_index_check(const struct sample_index *index, const struct sample_request *request, struct err *err);

/* Fills in all members of `out` but its path, from the header of a file of NumPy (.npy, versions 1 to 3) that is open
 * for reading and has `size` bytes. out->piece is to be freed. EX_DATAERR says what is wrong, without the name of the
 * file: a malformed header, another order than C, a type that is no number, more than STORE_RANK dimensions, an array
 * that is empty, bytes that are missing or too many. */
int numpy_index(int file, size_t size, struct sample_pieces *out, struct err *err);

/* Does the work of the separate process and returns true, if samples_index has started this process. The program must
 * then end with *status. */
bool samples_serve(int argc, char **argv, int *status);

/* ---- Files ------------------------------------------------------------------------------------------ */

/* The finished bytes of a store: header and image. */
struct image {
	uint8_t *bytes; /* owned: image_destroy frees it */
	size_t count;
};

/* Closes the store's content into an image whose header says `step` (< 2^63). Sets the attribute "step" unless the
 * caller has, who must then have set it to the same (EX_SOFTWARE). The store can be neither written nor read any
 * more. */
int store_image(struct store *store, uint64_t step, struct image *out, struct err *err);
void image_destroy(struct image *image);

/* Writes `directory`/`name` atomically and durably: a temporary name in the same directory (".NAME.<16 hex
 * digits>.tmp", O_EXCL), space reserved, written, fsync, rename, fsync of the directory. After a failure an older file
 * of that name is unchanged, and there is no new file. One exception: if the last of these steps fails, the new file is
 * there already. If the fsync of the content fails, writes it once more to a new file. Always EX_IOERR:
 * "DIRECTORY/NAME: cannot write: No space left on device". Does not replace a device, pipe or socket of that name, or
 * at the end of a link of that name. The program must ignore SIGXFSZ (limits of file sizes). */
int file_write(const char *directory, const char *name, const void *bytes, size_t count, struct err *err);

/* Writes a file that is longer than memory, piece by piece: as file_write does, but in one attempt. file_begin makes
 * the temporary file; NULL and EX_IOERR on failure. file_put writes bytes from `offset` on; EX_IOERR. file_end gives
 * the file its name, or if status is not 0 removes it and returns −1; call it once. file_drop frees a writer, and
 * removes a file that has no name yet; accepts NULL. */
struct file_writer;
struct file_writer *file_begin(const char *directory, const char *name, struct err *err);
int file_put(struct file_writer *writer, uint64_t offset, const void *bytes, size_t count, struct err *err);
int file_end(struct file_writer *writer, int status, struct err *err);
void file_drop(struct file_writer *writer);

/* Makes `directory`/`name` a symbolic link to `to`, atomically and durably, or leaves one that is. Replaces a link, and
 * nothing else. After a failure no link to anything else is left there, if it can be removed. EX_IOERR. */
int link_write(const char *directory, const char *name, const char *to, struct err *err);

/* Adds bytes to the end of `directory`/`name`, made where it is missing: all of them or none, but not flushed to the
 * disk. EX_IOERR. One process at a time. */
int file_append(const char *directory, const char *name, const void *bytes, size_t count, struct err *err);

/* Splits a path into its directory ("." if it names none) and its last component, as file_write takes them. Free both
 * with free(). EX_USAGE if the path ends with a slash. */
int path_split(const char *path, char **directory, char **name, struct err *err);

/* Reads a whole regular file of at most `limit` bytes into fresh memory (one NUL behind it, not counted).
 * EX_NOINPUT, EX_IOERR, EX_DATAERR (too large, or not a regular file). */
int file_read(const char *path, size_t limit, uint8_t **bytes, size_t *count, struct err *err);

/* Returns the checksum that HDF5's filter Fletcher-32 puts behind a chunk, the least significant byte first. Pure. */
enum { CHECKSUM = 4 }; /* bytes */
uint32_t checksum_of(const uint8_t *bytes, size_t count);

/* Makes `directory` and its missing parents (mode 0777 & ~umask). EX_IOERR. */
int directory_make(const char *directory, struct err *err);

/* Removes temporary files that writers killed in `directory` left behind (regular files and links with names
 * as file_write and link_write make them, and no others). EX_IOERR. */
int directory_sweep(const char *directory, struct err *err);

/* ---- Tables as text with commas (CSV, RFC 4180) ------------------------------------------------------------------ */

enum { CSV_BYTES = 1 << 28, CSV_COLUMNS = 64 };

struct csv {
	const char *path; /* the caller's */
	char *bytes;      /* fields lie here */
	char *next;       /* what is not read yet */
	size_t line;      /* of it, from 1 on */
};

/* Reads a file of at most CSV_BYTES; a byte order mark is passed over. Free it also after a failure. EX_NOINPUT,
 * EX_IOERR; EX_DATAERR, also for a NUL byte. */
int csv_open(struct csv *csv, const char *path, struct err *err);
void csv_free(struct csv *csv);

/* Gives the fields of the next line that is not empty, and its number; *count is 0 at the end. Fields stay until
 * csv_free. EX_DATAERR for more than CSV_COLUMNS, and for a quote without its end. */
int csv_line(struct csv *csv, char *field[CSV_COLUMNS], size_t *count, size_t *line, struct err *err);

/* Sets the error "PATH:LINE: …", EX_DATAERR. Always −1. */
int csv_fault(const struct csv *csv, size_t line, struct err *err, const char *format, ...) CONVOY_PRINTF(4, 5);

#endif
