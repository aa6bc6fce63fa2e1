/* Reads a file of samples piece by piece, without HDF5. */
#ifndef CONVOY_DATA_PIECES_H
#define CONVOY_DATA_PIECES_H

#include <convoy/data.h>

struct sample_file {
	int descriptor;          /* −1: none */
	bool absent;             /* there is no file of that name */
	size_t size;             /* bytes */
	struct timespec written; /* time of the last write when it was opened */
};

struct sample_reader {
	char *path[SAMPLE_PARTS]; /* of the file that holds a part's arrays, or of the directory of their files */
	struct sample_file part[SAMPLE_PARTS], each[SAMPLE_PARTS][SAMPLE_ARRAYS]; /* of a part, or of each array */
	struct sample_index index;
	uint8_t *raw, *block; /* a piece as it is stored, and unpacked */
	size_t room;          /* bytes of each */
	uint8_t *row;         /* of numbers_view: entries that it converts */
	size_t row_room;
	bool *lacks[SAMPLE_PARTS]; /* [samples] those that numbers are missing of; NULL: this is refused */
	bool advises; /* as in struct sample_request */
	size_t channels[SAMPLE_ARRAYS]; /* that are last in the file and become first in memory; 0: none */
};

/* Opens a reader of the arrays that are asked for. Close it also after a failure. EX_NOINPUT if the file is missing;
 * other errors as for samples_index. */
int reader_open(struct sample_reader *out, const char *path, const struct sample_request *request, struct err *err);

/* The same for files of NumPy: the paths are relative to `directory` (numpy.c). */
int numpy_open(struct sample_reader *out, const char *directory, const struct sample_request *request,
               struct err *err);

/* The same for one file of NumPy, which becomes an array of a part. */
int numpy_open_one(struct sample_reader *out, const char *path, size_t part, size_t array, struct err *err);

/* Opens a reader of the arrays of a data set, DATA_NUMPY or DATA_HDF5. Close it also after a failure. Errors as for
 * reader_open. */
int source_open(struct sample_reader *out, const struct data_source *source, struct err *err);
void reader_close(struct sample_reader *reader);

/* Reads the entries first … first+count−1 of an array of a part into `out`, numbers as the file has them: `first` is a
 * multiple of what a piece of that array holds, and count is no more than it. EX_IOERR; EX_DATAERR where a checksum
 * differs, or the file was written to since it was opened. */
int reader_row(struct sample_reader *reader, size_t part, size_t array, size_t first, uint8_t *out, struct err *err);

/* Does the same and returns the place of the entries: `room`, or memory of the reader that stays until its next call.
 * NULL on failure. */
uint8_t *reader_view(struct sample_reader *reader, size_t part, size_t array, size_t first, uint8_t *room,
                     struct err *err);

/* Parts of the two ways to open: a reader without files; a regular file for reading, `path` for messages, `what` if it
 * is a directory; memory for the pieces of the index. Errors as for reader_open. */
int reader_begin(struct sample_reader *out, const char *path, struct err *err);
int reader_file(struct sample_file *out, const char *path, const char *what, struct err *err);
int reader_buffers(struct sample_reader *reader, struct err *err);

/* Returns the bytes of a whole piece. */
size_t block_bytes(const struct sample_pieces *pieces);

/* ---- Numbers (convert.c) ----------------------------------------------------------------------------------------- */

/* Returns the type of a file's numbers in memory: their own if they have one or two bytes, otherwise float32. */
enum element element_of(enum store_type type);

/* Returns whether numbers in memory have the bytes that they have in the file. */
bool numbers_stay(const struct number_format *format, enum element element);

/* Converts numbers of a file to their type in memory, or to float32, or whole numbers to uint8 or uint16. Returns
 * count, or the place of the first number that the type cannot hold. Each number is rounded once. */
size_t elements_convert(const struct number_format *format, const uint8_t *from, size_t count, enum element to,
                        uint8_t *out);

/* Returns the place of the first number that is not finite or is a fill value; otherwise count. */
size_t elements_missing(const struct number_format *format, const uint8_t *from, size_t count);

/* Returns number `at`, rounded to float64; not a number if it is an infinite float16. */
double number_value(const struct number_format *format, const uint8_t *from, size_t at);

/* ---- Samples (hdf5.c) -------------------------------------------------------------------------------------------- */

/* Checks that inputs and targets of both parts are as needed, and that the file names no more classes. Sets the type of
 * the inputs of `set`, which is as dataset_of gives it. Otherwise EX_DATAERR has both values. */
int samples_suit(struct sample_reader *reader, const struct data_need *need, struct dataset *set,
                 struct err *err);

/* Checks that inputs have the shape that is needed; `path` for messages. EX_DATAERR has both. */
int inputs_check(const char *path, const struct sample_pieces *inputs, const struct data_need *need, struct err *err);

/* Returns the bytes of a row of entries in the file, if it must be converted for numbers_view; otherwise 0. */
size_t row_bytes(const struct sample_reader *reader, size_t part, size_t array, enum element element);

/* Reads entries as reader_view does and converts them to a type in memory: `room` has room for that. EX_DATAERR has the
 * number of the sample that holds a missing number, or one that the type cannot hold. With reader->lacks samples with a
 * missing number are marked there, and become 0. */
uint8_t *numbers_view(struct sample_reader *reader, size_t part, size_t array, size_t first, enum element element,
                      uint8_t *room, struct err *err);

/* Reads all targets and weights of a part, for as many samples as the set has. `limits` knows how many classes there
 * can be, and their names. */
int targets_fetch(struct sample_reader *reader, size_t part, const struct dataset *limits, struct dataset *set,
                  struct err *err);

#endif
