/* Reads a file of samples piece by piece, without HDF5. */
#ifndef CONVOY_DATA_PIECES_H
#define CONVOY_DATA_PIECES_H

#include <convoy/data.h>

struct sample_reader {
	char *path;
	int file;
	struct timespec written; /* time of the last write to the file when it was opened */
	struct sample_index index;
	uint8_t *raw, *block; /* a piece as it is stored, and unpacked */
	size_t room;          /* bytes of each */
};

/* Opens a reader of the arrays that are asked for. Close it also after a failure. EX_NOINPUT if the file is missing;
 * other errors as for samples_index. */
int reader_open(struct sample_reader *out, const char *path, const struct sample_request *request, struct err *err);
void reader_close(struct sample_reader *reader);

/* Checks that the file has uint8 images of that shape, uint8 labels, and no more classes. Otherwise EX_DATAERR has both
 * values (hdf5.c). */
int samples_suit(const struct sample_reader *reader, const struct shape *want, size_t classes, struct err *err);

/* Reads all labels of a part, as many as the set has samples, into the set's classes (hdf5.c). */
int labels_fetch(struct sample_reader *reader, size_t part, struct dataset *set, struct err *err);

/* Reads the entries first … first+count−1 of an array of a part into `out`, numbers as the file has them: `first` is a
 * multiple of what a piece of that array holds, and count is no more than it. EX_IOERR; EX_DATAERR where a checksum
 * differs, or the file was written to since it was opened. */
int reader_row(struct sample_reader *reader, size_t part, size_t array, size_t first, uint8_t *out, struct err *err);

/* Does the same and returns the place of the entries: `room`, or memory of the reader that stays until its next call.
 * NULL on failure. */
uint8_t *reader_view(struct sample_reader *reader, size_t part, size_t array, size_t first, uint8_t *room,
                     struct err *err);

#endif
