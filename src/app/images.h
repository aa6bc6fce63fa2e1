/* Images that a command is given: files, directories, standard input. */
#ifndef CONVOY_APP_IMAGES_H
#define CONVOY_APP_IMAGES_H

#include <convoy/layer.h>
#include <convoy/picture.h>

#define IMAGE_ALONE SIZE_MAX /* the number of an image that is a file of its own */

/* Where images go. Those of other sizes are scaled and cropped to `shape`, but for IDX files, whose images must have
 * it. */
struct image_sink {
	void *context;
	struct shape shape;
	struct colour background; /* what transparent pixels stand on */
	bool invert; /* light and dark change places */
	void (*take)(void *context, const char *name, size_t number, const uint8_t *pixels); /* [maps][rows][columns] */
	void (*bad)(void *context, const char *name, const struct err *err);                 /* the next one follows */
};

/* Gives every image of PATH to the sink: a PNG, PGM, PPM or IDX file (plain or gzip), a directory with such files at
 * any depth, in the order of their names, or "-", standard input. Of a directory only files that are named like one are
 * read. */
void images_give(const struct image_sink *sink, const char *path);

#endif
