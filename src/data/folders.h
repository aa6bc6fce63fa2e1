/* What the files about folders of pictures share. */
#ifndef CONVOY_DATA_FOLDERS_H
#define CONVOY_DATA_FOLDERS_H

#include "source.h"

#include <convoy/picture.h>

struct picture_file {
	char *path;
	uint16_t label;
};

/* Files in the order of their classes and names. */
struct list {
	size_t count, room;
	struct picture_file *file;
};

struct folders {
	struct source source; /* first */
	const struct import_options *options;
	struct colour background;
	char background_text[COLOUR_TEXT];
	struct list part[SAMPLE_PARTS];
	uint32_t *order; /* of the training files */
	size_t next[SAMPLE_PARTS];
	size_t hidden;      /* names left out because they begin with a dot */
	size_t transparent; /* pictures with transparent pixels … */
	char *see_through;  /* … and the first of them */
};

/* Finds the size of the first training picture if no size is given. With skip_bad, reports all bad files and drops them
 * from the lists, before any choice among the files. EX_DATAERR for a class without a good picture. */
int files_sieve(struct folders *folders, struct err *err);

/* Reads the next image of a part, as struct source says. */
int folders_next(struct source *source, size_t part, uint8_t *image, uint16_t *label, struct err *err);

#endif
