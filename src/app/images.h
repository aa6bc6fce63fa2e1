/* Images for a command, from files that are open. */
#ifndef CONVOY_APP_IMAGES_H
#define CONVOY_APP_IMAGES_H

#include <convoy/model.h>
#include <convoy/picture.h>

#include <stdio.h>

#define IMAGE_ALONE SIZE_MAX /* the number of an image that is alone in its file */
enum { IMAGE_BYTES = 1 << 30 }; /* most bytes of a picture's file, and of standard input */

/* An image for the sink. */
struct image_given {
	const char *name;
	size_t number;         /* in its file */
	const uint8_t *pixels; /* [maps][rows][columns] numbers of the model's type */
	bool even;             /* all pixels are alike */
	bool transparent;      /* some pixels were, before they were mixed with the background */
};

/* Receives images. Pictures of other sizes are scaled and cropped to `shape`. Images of IDX files must have this
 * shape. Of a model that was not trained on grey or coloured bytes pictures must have its bands and its type. */
struct image_sink {
	void *context;
	const struct model *model;
	struct shape shape; /* of its inputs */
	struct colour background; /* colour behind transparent pixels */
	bool invert; /* swap light and dark */
	void (*take)(void *context, const struct image_given *image);
};

/* Returns whether a model takes the bands of pictures as they are in their files, not grey or coloured bytes. */
bool images_are_bands(const struct model *model);

/* Opens a file for reading. Returns a descriptor, or −1 and EX_NOINPUT. */
int images_open(const char *path, struct err *err);

/* Returns a file without a name that holds these bytes, for reading. NULL and EX_IOERR on failure. */
FILE *images_spool(const uint8_t *bytes, size_t count, struct err *err);

/* Tells what a file holds by its first bytes: a picture, or *many: *count images, in an IDX file (plain or gzip) whose
 * images have that shape. EX_NOINPUT if it is no regular file; EX_DATAERR if it is neither: the error for another
 * format of pictures has its name. */
int images_probe(int file, const char *name, struct shape shape, bool *many, size_t *count, struct err *err);

/* Reads a picture, and gives it to the sink. */
int picture_give(const struct image_sink *sink, int file, const char *name, struct err *err);

/* Gives images [count][maps][rows][columns] of an IDX file to the sink; the first is number `first` in the file.
 * Changes them if the sink inverts. */
void images_give(const struct image_sink *sink, uint8_t *images, const char *name, size_t first, size_t count);

#endif
