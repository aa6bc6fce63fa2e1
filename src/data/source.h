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
	const char *path;       /* where the last image came from; NULL: from a file of many */
	const char *background; /* as in struct sample_plan */
	/* Reads the next image of a part. EX_DATAERR, EX_NOINPUT, EX_IOERR. */
	int (*next)(struct source *source, size_t part, uint8_t *image, uint8_t *label, struct err *err);
	void (*remark)(const struct source *source); /* in the end, by the options; NULL: there is nothing to say */
	void (*close)(struct source *source); /* frees the source itself */
};

/* Each gives NULL on failure. */
struct source *idx_source(const char *directory, struct err *err);
struct source *cifar10_source(const char *directory, struct err *err);
struct source *folders_source(const struct import_options *options, struct err *err);

/* EX_TEMPFAIL where a signal has asked to stop. */
int import_goes_on(const struct import_options *options, struct err *err);

/* What is to become of a file that is no good: an error, or with skip_bad told and passed over (0). */
int import_bad(const struct import_options *options, const struct err *trouble, struct err *err);

/* Gives a remark, of printf's form, to the one who asked for the import. */
void import_remark(const struct import_options *options, const char *format, ...) CONVOY_PRINTF(2, 3);

/* ---- Listing (listing.c) ----------------------------------------------------------------------------------------- */

struct listing {
	size_t count;
	char **name; /* sorted by their bytes; without those that begin with a dot */
	bool *folder; /* whether each is a directory, or a link to one */
	size_t hidden; /* how many begin with a dot, "." and ".." aside */
};

/* What a directory holds. EX_NOINPUT. To be freed also after a failure. */
int listing_read(struct listing *out, const char *directory, struct err *err);
void listing_free(struct listing *listing);

/* Whether a name stands in it. */
bool listing_has(const struct listing *listing, const char *name);

#endif
