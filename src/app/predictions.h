/* Predictions as a file: a row for each sample, in the order in which they are given. */
#ifndef CONVOY_APP_PREDICTIONS_H
#define CONVOY_APP_PREDICTIONS_H

#include "given.h"

enum predictions_form { PREDICTIONS_NONE, PREDICTIONS_CSV, PREDICTIONS_NUMPY, PREDICTIONS_HDF5 };

struct predictions {
	const char *path; /* the caller's; NULL: no file is wanted */
	enum predictions_form form;
	const struct model *model;
	bool guesses;     /* the class with the largest score instead of the scores */
	size_t numbers, positions, guess_bytes; /* scores and guesses of a row; bytes of a guess, 0: none is written */
	size_t row;       /* bytes of a row on its way to rank 0; 0: text */
	/* On the rank that writes: */
	size_t planned, count; /* rows: at most, so far */
	uint64_t at;           /* where the next one stands */
	struct file_writer *file;
	struct row_writer *rows;
	uint32_t *number;      /* of the file of each given */
};

/* Returns the form that a name stands for, by its end. */
enum predictions_form predictions_form(const char *path);

/* Opens the form of rows. EX_USAGE if `path`, which may be NULL, ends in none of .csv, .npy and .h5, or if guesses are
 * asked for where the file has them or has no room for them. Close it also after a failure. */
int predictions_open(struct predictions *out, const char *path, bool guesses, const struct model *model,
                     struct err *err);
void predictions_close(struct predictions *predictions);

/* Writes the row of a sample into `to`: bytes for predictions_take. score: [classes, values or labels][positions];
 * `given` is the number of its file, `number` its own in that file, IMAGE_ALONE: none. Without scores (NULL) the image
 * could not be read: the row has NaN and class −1, in .csv nothing. */
void predictions_row(const struct predictions *predictions, FILE *to, size_t given, const char *name, size_t number,
                     const float *score);

/* On one rank: begin the file, add rows as predictions_row makes them, and give it its name. With a status that is not
 * 0, predictions_end removes it and returns −1. EX_USAGE if there must not be a file of this name; EX_IOERR. */
int predictions_begin(struct predictions *predictions, const struct givens *givens, struct err *err);
int predictions_take(struct predictions *predictions, const uint8_t *bytes, size_t count, struct err *err);
int predictions_end(struct predictions *predictions, int status, struct err *err);

#endif
