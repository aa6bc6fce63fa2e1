/* Images that a command is given: files, directories, standard input. */
#ifndef CONVOY_APP_IMAGES_H
#define CONVOY_APP_IMAGES_H

#include <convoy/layer.h>
#include <convoy/picture.h>

#define IMAGE_ALONE SIZE_MAX /* the number of an image that is a file of its own */

/* An image on its way. */
struct image_given {
	const char *name;
	size_t number;         /* in its file */
	const uint8_t *pixels; /* [maps][rows][columns] */
	bool even;             /* all pixels are alike */
	bool transparent;      /* some pixels were, before the background stood behind them */
};

/* Where images go. Those of other sizes are scaled and cropped to `shape`, but for IDX files, whose images must have
 * it. */
struct image_sink {
	void *context;
	struct shape shape;
	struct colour background; /* what transparent pixels stand on */
	bool invert; /* light and dark change places */
	void (*take)(void *context, const struct image_given *image);
	void (*bad)(void *context, const char *name, const struct err *err); /* the next one follows */
	void (*remark)(void *context, const char *text);                     /* one line: what was left out */
};

/* Gives every image of PATH to the sink: a PNG, PGM, PPM or IDX file (plain or gzip), a directory with such files at
 * any depth, in the order of their names, or "-", standard input. Of a directory only files that are named like one are
 * read, and a remark tells how many are not. Formats of pictures that are not read are refused by their names. */
void images_give(const struct image_sink *sink, const char *path);

#endif
