/* Predictions for a file: a row for each image, in the order in which they are given. */
#ifndef CONVOY_APP_PREDICTIONS_H
#define CONVOY_APP_PREDICTIONS_H

#include <convoy/model.h>

/* The rows so far, as bytes of the file to be. */
struct predictions {
	const char *path; /* the caller's; NULL: no file is wanted, and nothing below does anything */
	bool numpy;       /* a .npy file; otherwise .csv */
	const struct model *model;
	size_t numbers;   /* of a row */
	size_t count;
	struct memory_stream rows;
};

/* Begins. `path` must end in .csv or .npy, and be one that can be written to: EX_USAGE. */
int predictions_open(struct predictions *out, const char *path, const struct model *model, struct err *err);

/* Adds a row with the scores of an image, [classes, values or labels][positions]. `number` is that in its file;
 * IMAGE_ALONE: no number. Without scores (NULL) the image could not be read: the row has NaN, in .csv nothing. */
void predictions_add(struct predictions *predictions, const char *name, size_t number, const float *score);

/* Writes the file. */
int predictions_write(struct predictions *predictions, struct err *err);

/* Frees the rows. */
void predictions_close(struct predictions *predictions);

#endif
