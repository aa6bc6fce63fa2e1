/* Sources of imported images. They give one image after the other, training images first. */
#ifndef CONVOY_DATA_SOURCE_H
#define CONVOY_DATA_SOURCE_H

#include <convoy/data.h>
#include <convoy/store.h>

struct source {
	struct shape shape;
	enum photo_number number; /* type of the images */
	size_t classes;
	char **name;   /* [classes] … */
	bool numbered; /* … which are only their numbers */
	size_t values; /* targets of an image, in place of a class; name [values] then */
	const float *value; /* [values]: of the last image */
	size_t count[SAMPLE_PARTS];
	bool skips; /* after an image that cannot be read, the next one may be good */
	const char *path;       /* file of the last image; NULL: a file with many images */
	const char *background; /* as in struct sample_plan */
	/* Reads the next image of a part. EX_DATAERR, EX_NOINPUT, EX_IOERR. */
	int (*next)(struct source *source, size_t part, void *image, uint16_t *label, struct err *err);
	void (*remark)(const struct source *source); /* gives remarks at the end; NULL: there are none */
	void (*close)(struct source *source); /* frees the source itself */
};

/* Open a source. NULL on failure. */
struct source *idx_source(const char *directory, struct err *err);
struct source *cifar10_source(const char *directory, struct err *err);
struct source *cifar100_source(const char *directory, bool coarse, struct err *err);
struct source *folders_source(const struct import_options *options, struct err *err);

/* Returns EX_TEMPFAIL if a signal wants the import to stop. */
int import_goes_on(const struct import_options *options, struct err *err);

/* Handles a bad file. With skip_bad reports it and returns 0; otherwise sets the error and returns −1. */
int import_bad(const struct import_options *options, const struct err *trouble, struct err *err);

/* Prints a remark and gives it to options->remark. */
void import_remark(const struct import_options *options, const char *format, ...) CONVOY_PRINTF(2, 3);

/* ---- Listing (listing.c) ----------------------------------------------------------------------------------------- */

struct listing {
	size_t count;
	char **name; /* sorted by their bytes; without those that begin with a dot, and litter: Thumbs.db … */
	bool *folder; /* whether each is a directory, or a link to one */
	size_t hidden; /* how many begin with a dot, "." and ".." aside */
};

/* Lists a directory. EX_NOINPUT. Free it also after a failure. */
int listing_read(struct listing *out, const char *directory, struct err *err);
void listing_free(struct listing *listing);

/* Returns whether a listing has a name. */
bool listing_has(const struct listing *listing, const char *name);

/* Returns whether a directory holds CIFAR-100's binary files (cifar100.c). */
bool cifar100_holds(const struct listing *listing);

/* Announces a file of records, of which nothing but its size tells how many there are (cifar10.c). EX_DATAERR. */
struct input;
int records_announce(struct input *in, size_t record, size_t *count, struct err *err);

/* Returns whether a directory holds IDX files of training images (idx_names.c). */
bool idx_holds(const struct listing *listing);

/* ---- Arrays (import_arrays.c) ------------------------------------------------------------------------------------ */

/* Returns whether a directory holds NumPy's files. */
bool holds_numpy(const struct listing *listing);

/* Does the work of data_import for such a directory. */
int arrays_import(const struct import_options *options, const struct listing *listing, struct import_result *out,
                  struct err *err);

#endif
