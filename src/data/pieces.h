/* Reading a file of samples by the pieces in which its bytes lie, without HDF5. */
#ifndef CONVOY_DATA_PIECES_H
#define CONVOY_DATA_PIECES_H

#include <convoy/data.h>

struct sample_reader {
	char *path;
	int file;
	struct timespec written; /* the file, when it was opened */
	struct sample_index index;
	uint8_t *raw, *block; /* a piece as it is stored, and as it was */
	size_t room;          /* bytes of each */
};

/* EX_NOINPUT where the file is missing, otherwise as samples_index. `out` is to be closed also after a failure. */
int reader_open(struct sample_reader *out, const char *path, struct err *err);
void reader_close(struct sample_reader *reader);

/* Whether the file has images of that shape, and not more classes: EX_DATAERR, naming both (hdf5.c). */
int samples_suit(const struct sample_reader *reader, const struct shape *want, size_t classes, struct err *err);

/* Reads the entries first … first+count−1 of a part's images or labels into `out`: `first` is a multiple of what a
 * piece of that array holds, and count is no more than it. EX_IOERR; EX_DATAERR where a checksum differs, or the file
 * was written to since it was opened. */
int reader_row(struct sample_reader *reader, size_t part, size_t array, size_t first, uint8_t *out, struct err *err);

/* The same; where they lie: in `room`, or in memory of the reader's until its next call. NULL on failure. */
uint8_t *reader_view(struct sample_reader *reader, size_t part, size_t array, size_t first, uint8_t *room,
                     struct err *err);

#endif
