/* What a command was given to look at: pictures, files of images, arrays; found once, by one rank. */
#ifndef CONVOY_APP_GIVEN_H
#define CONVOY_APP_GIVEN_H

#include <convoy/model.h>

enum given_kind {
	GIVEN_PICTURE, /* a file with one picture */
	GIVEN_IMAGES,  /* an IDX file */
	GIVEN_ARRAY,   /* an array in an HDF5 file, or a file of NumPy */
	GIVEN_BAD,     /* cannot be read: the text says why */
	GIVEN_REMARK,  /* a line for the user */
};

struct given {
	enum given_kind kind;
	bool piped;   /* it is standard input */
	int code;      /* of an error */
	char *name, *text;
	size_t count;  /* samples; of what cannot be read 1, of a remark 0 */
	size_t span;   /* samples of an array that lie together in the file */
};

/* All of them, in their order. */
struct givens {
	size_t count, room;
	struct given *one;
	size_t samples;  /* of all */
	uint8_t *input;  /* what standard input held; NULL: nothing was read from it */
	size_t input_bytes;
};

/* What decides how a file is read. */
struct given_ask {
	const struct model *model;
	const char *array; /* path of the array in an HDF5 file */
	const char *other; /* of the one that a file without it may have, for a message; NULL: none */
	bool pictures;     /* an option was given that means nothing to arrays */
};

/* Looks at each of the paths: a picture or IDX file (plain or gzip), an HDF5 or NumPy file, a directory
 * with pictures and IDX files at any depth, or "-" for standard input. A directory is read in the order of names, and
 * only files with the names of such files; a remark counts the others and names the first. What cannot be read becomes
 * GIVEN_BAD. Of pictures only the names are looked at in directories. −1 without memory. */
int givens_find(struct givens *out, const struct given_ask *ask, size_t count, char *const *path, struct err *err);

/* Packs all into bytes for other ranks; NULL on failure. givens_unpack makes the same of them. */
uint8_t *givens_pack(const struct givens *givens, size_t *bytes, struct err *err);
int givens_unpack(struct givens *out, const uint8_t *bytes, struct err *err);

void givens_free(struct givens *givens);

/* A part of the work: some givens of one sample each, or some samples of one given. */
struct unit {
	size_t given, givens;
	size_t first, count; /* samples; count 0: all of them */
};

/* Divides the work into parts that do not depend on the ranks: *units of them, to be freed. A part has about `most`
 * samples, or sixteen if that is less, or some hundred if it is more. NULL without memory. */
struct unit *givens_divide(const struct givens *givens, size_t most, size_t *units, struct err *err);

#endif
