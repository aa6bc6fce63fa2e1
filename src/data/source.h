/* Where imported images come from, one after the other: training images first. */
#ifndef CONVOY_DATA_SOURCE_H
#define CONVOY_DATA_SOURCE_H

#include <convoy/data.h>
#include <convoy/store.h>

struct source {
	struct shape shape;
	size_t classes;
	char **name;   /* [classes] … */
	bool numbered; /* … which say no more than their numbers */
	size_t count[SAMPLE_PARTS];
	bool skips; /* an image that cannot be read says nothing of the next */
	/* Reads the next image of a part. EX_DATAERR, EX_NOINPUT, EX_IOERR. */
	int (*next)(struct source *source, size_t part, uint8_t *image, uint8_t *label, struct err *err);
	void (*close)(struct source *source); /* frees the source itself */
};

/* Each gives NULL on failure. */
struct source *idx_source(const char *directory, struct err *err);
struct source *cifar10_source(const char *directory, struct err *err);
struct source *folders_source(const struct import_options *options, struct err *err);

/* ---- Listing (listing.c) ----------------------------------------------------------------------------------------- */

struct listing {
	size_t count;
	char **name; /* sorted by their bytes; without those that begin with a dot */
	bool *folder; /* whether each is a directory, or a link to one */
};

/* What a directory holds. EX_NOINPUT. To be freed also after a failure. */
int listing_read(struct listing *out, const char *directory, struct err *err);
void listing_free(struct listing *listing);

/* Whether a name stands in it. */
bool listing_has(const struct listing *listing, const char *name);

#endif
