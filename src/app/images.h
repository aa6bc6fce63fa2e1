/* Images for a command: from files, directories, standard input. */
#ifndef CONVOY_APP_IMAGES_H
#define CONVOY_APP_IMAGES_H

#include <convoy/layer.h>
#include <convoy/picture.h>

#define IMAGE_ALONE SIZE_MAX /* the number of an image that is alone in its file */

/* An image for the sink. */
struct image_given {
	const char *name;
	size_t number;         /* in its file */
	const uint8_t *pixels; /* [maps][rows][columns] */
	bool even;             /* all pixels are alike */
	bool transparent;      /* some pixels were, before they were mixed with the background */
};

/* Receives images. Pictures of other sizes are scaled and cropped to `shape`. Images of IDX files must have this
 * shape. */
struct image_sink {
	void *context;
	struct shape shape;
	struct colour background; /* colour behind transparent pixels */
	bool invert; /* swap light and dark */
	void (*take)(void *context, const struct image_given *image);
	void (*bad)(void *context, const char *name, const struct err *err); /* then the next image follows */
	void (*remark)(void *context, const char *text);                     /* one line: what was left out */
};

/* Gives all images of `path` to the sink. `path` is a PNG, PGM, PPM or IDX file (plain or gzip), a directory with such
 * files at any depth, or "-" for standard input. A directory is read in the order of names, and only files with the
 * names of such files; a remark counts the others. The error for another format of pictures has its name. */
void images_give(const struct image_sink *sink, const char *path);

#endif
