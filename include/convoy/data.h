/* data: readers, import, normalisation, order, shards, batches. Floor 3: knows base, kernel, store, picture, layer
 * (shapes). All local. */
#ifndef CONVOY_DATA_H
#define CONVOY_DATA_H

#include <convoy/layer.h>
#include <convoy/picture.h>
#include <convoy/store.h>

#include <signal.h>

enum data_format {
	DATA_IDX,     /* LeCun's IDX: {train,t10k}-{images-idx3,labels-idx1}-ubyte, plain or .gz */
	DATA_CIFAR10, /* CIFAR-10 binary: data_batch_{1..5}.bin, test_batch.bin */
	DATA_HDF5,    /* one HDF5 file, as data_import writes it */
	DATA_MEMORY,  /* no files: a program holds them, see library */
};

enum data_part { DATA_TRAIN, DATA_TEST, DATA_PARTS };

enum normalize {
	NORMALIZE_STANDARD, /* zero mean, unit variance over the training set, per input map */
	NORMALIZE_UNIT,     /* 0 … 1 */
	NORMALIZE_NONE,     /* 0 … 255 */
};

/* Names of classes, in the order of their numbers. */
struct class_names {
	size_t count;
	char **name; /* [count], one allocation */
};

/* Whether they say no more than their numbers: "0", "1", "2" …; also where there are none. */
bool class_names_are_numbers(const struct class_names *names);

/* The first number at which two lists that are both long enough differ; otherwise the shorter one's length. */
size_t class_names_differ(const struct class_names *one, const struct class_names *other);

/* The number of the class of that name; names->count where there is none, or more than one. */
size_t class_names_find(const struct class_names *names, const char *name);

/* Whether two classes have the same name: *class becomes the number of the second. */
bool class_names_twice(const struct class_names *names, size_t *class);

/* Whether a file's names count beside `own`. Those of a file without names never do. Where the names of one side are no
 * more than numbers, they do if the file calls a class what `own` calls another one. */
bool class_names_count(const struct class_names *file, const struct class_names *own);

/* A copy to free with class_names_free, which leaves none. */
int class_names_copy(struct class_names *out, size_t count, const char *const *name, struct err *err);
void class_names_free(struct class_names *names);

/* Images as bytes, [count][maps][rows][columns], and a class for each. */
struct dataset {
	struct shape shape; /* before padding */
	size_t classes, count;
	char background[BACKGROUND_BYTES]; /* what transparent pixels stood on, as in struct sample_index */
	uint8_t *pixels;
	uint8_t *labels; /* [count], each < classes */
	const uint32_t *number; /* [count] the samples' numbers in the whole set; NULL: 0, 1, 2 … */
	bool borrowed;   /* pixels, labels and numbers are somebody else's memory */
	struct class_names names; /* what the file calls its classes; see class_names_count */
};

/* Reads one part of a data set from a directory (DATA_HDF5: from a file, see samples_index; DATA_MEMORY: EX_CONFIG, as
 * there is none). `shape` and `classes` are what the job file expects; a difference is EX_DATAERR with both named.
 * EX_NOINPUT where a file is missing (plain name, then .gz), EX_DATAERR where it is malformed: wrong magic, wrong
 * element type, cut short, more bytes than the header says, counts of images and labels that differ, a label out of
 * range or without a name in a file that has names, damaged gzip, a wrong checksum. Nothing is allocated before the
 * header's product is checked. */
int dataset_read(struct dataset *out, enum data_format format, const char *directory, enum data_part part,
                 struct shape shape, size_t classes, struct err *err);
void dataset_free(struct dataset *set);

/* SHA-256 of shape, count, pixels and labels in the order of the file, whatever its format. `held` (may be NULL): what
 * dataset_split has moved out of the set with that seed, which counts as if it were still there. */
int dataset_digest(const struct dataset *set, const struct dataset *held, uint64_t seed, struct digest *out,
                   struct err *err);

/* Reads an IDX file of images without labels, plain or gzip, from a descriptor of a regular file, which stays open;
 * `name` stands in messages. Errors as for dataset_read; labels are 0. */
int images_read(struct dataset *out, int fd, const char *name, struct shape shape, struct err *err);

enum { NORMALIZATION_MAPS = 256 };

/* x = (pixel − mean[map]) / deviation[map]. */
struct normalization {
	size_t maps;
	double mean[NORMALIZATION_MAPS], deviation[NORMALIZATION_MAPS];
};

/* Mean and deviation over the training set by exact integer sums (unpadded pixels); for unit and none, constants. A map
 * without variance gets deviation 1. EX_DATAERR for more than NORMALIZATION_MAPS maps. */
int normalization_measure(struct normalization *out, enum normalize mode, const struct dataset *train, struct err *err);

/* The order of an epoch: a permutation of 0 … count−1 keyed by (seed, epoch), count < 2^32 (Fisher–Yates). */
void order_permute(uint64_t seed, uint64_t epoch, size_t count, uint32_t *order);

/* Moves `held` < train->count samples, drawn by the seed, from the training set into a set of their own (validation);
 * both keep the order of the file. The training set, which had no numbers, remembers those of the file. */
int dataset_split(struct dataset *train, uint64_t seed, size_t held, struct dataset *validation, struct err *err);

/* The run of `blocks` blocks that `rank` of `ranks` computes (possibly none); sizes differ by one at most. */
struct shard {
	size_t first, count;
};
struct shard shard_of(size_t blocks, size_t rank, size_t ranks);

/* ---- Streams (mathematics, Order) -------------------------------------------------------------------------------- */

/* A data set that does not fit into memory, in windows of S samples: S entries in the order of an epoch. The order of
 * the training set: the chunks of the file by order_permute, within each window of S samples of that row by
 * stream_order. The test set stays in the order of the file. One file, of DATA_HDF5. */
struct stream;

struct stream_plan {
	const char *path;
	struct shape shape;
	size_t classes;
	uint64_t seed;
	size_t held;   /* samples of the training set held back, the same as by dataset_split */
	size_t memory; /* bytes for images: of two windows, of those held back, and of chunks on their way */
	size_t least;  /* fewest samples of a window */
};

/* Opens the file and reads its labels. *fits: all images have room in the memory; NULL is then no error. EX_CONFIG
 * where the memory is too small, telling what is needed; otherwise as dataset_read. */
struct stream *stream_open(const struct stream_plan *plan, bool *fits, struct err *err);
void stream_close(struct stream *stream);

/* What the file calls its classes, as in struct dataset; the stream's. */
const struct class_names *stream_names(const struct stream *stream);

/* Samples of a part, without those held back; S; images that lie together in the file. */
size_t stream_count(const struct stream *stream, enum data_part part);
size_t stream_window(const struct stream *stream);
size_t stream_span(const struct stream *stream);

/* What transparent pixels of its images stood on, as in struct sample_index; the stream's. */
const char *stream_background(const struct stream *stream);

/* Reads all of it once: copies those held back into `held` (memory of the caller's), measures the normalization of the
 * others, and gives the digests of both parts, the same as dataset_digest's. progress(context), may be NULL: from time
 * to time. */
int stream_scan(struct stream *stream, enum normalize mode, struct dataset *held, struct normalization *normalization,
                struct digest digest[DATA_PARTS], void (*progress)(void *context), void *context, struct err *err);

/* Starts to read window `window` of an epoch into pixels, labels and numbers of `into`, each for S samples, which the
 * caller leaves alone until stream_wait; gives up what was asked before. */
int stream_ask(struct stream *stream, enum data_part part, uint64_t epoch, size_t window, const struct dataset *into,
               struct err *err);

/* Until it is there. */
int stream_wait(struct stream *stream, struct err *err);

/* The order in a window whose first sample is number `first` of the epoch: a permutation of 0 … count−1. Pure. */
void stream_order(uint64_t seed, uint64_t epoch, size_t first, size_t count, uint32_t *order);

/* ---- Import (formats, convoy import) ----------------------------------------------------------------------------- */

struct import_options {
	const char *source;           /* directory: IDX files, CIFAR-10's, or a folder of pictures for each class */
	const char *directory, *name; /* of the HDF5 file to write */
	/* For pictures: */
	size_t rows, columns; /* what they are scaled and cropped to; 0: they must all have the size of the first */
	size_t maps;          /* 1 grey, 3 colour; 0: colour */
	const struct colour *background; /* what transparent pixels stand on; NULL: white, and a remark if there are any */
	double test;          /* share of each class for the test, where there are no folders train and test; < 0: 0.1 */
	uint64_t seed;        /* of that choice, and of the order in which training images are written */
	bool skip_bad;        /* pass over files that are no good pictures */
	unsigned deflate;     /* 0 … 9 */
	const volatile sig_atomic_t *stop; /* set by a signal: end with EX_TEMPFAIL; NULL: none */
	void *context;        /* of these three, which may be NULL: */
	void (*progress)(void *context, size_t done, size_t all); /* images */
	void (*skipped)(void *context, const char *text);         /* a bad file, one line */
	void (*remark)(void *context, const char *text);          /* in the end: what else is to be known, one line each */
};

struct import_result {
	struct shape shape;
	size_t classes, train, test;
	char **name; /* [classes]; NULL where the source does not name them */
};

/* Reads a data set image by image and writes it as one HDF5 file, which is there whole or not at all; the same bytes
 * for the same source and options. With skip_bad pictures are read twice: which ones are good is known before the test
 * is drawn. EX_USAGE for options that the source does not know; EX_NOINPUT, EX_DATAERR for what
 * is wrong with it, naming the file; EX_IOERR. */
int data_import(const struct import_options *options, struct import_result *out, struct err *err);
void import_result_free(struct import_result *result);

/* ---- Distortion (mathematics, Distortion) ------------------------------------------------------------------------ */

/* How far training images are distorted; 0 or false: not at all. Each is drawn uniformly between the two ends. */
struct distortion {
	size_t shift;    /* whole pixels, each way */
	double scale;    /* rows and columns each times 1 − scale … 1 + scale; < 1 */
	double rotation; /* degrees, either way; at most 180 */
	double shear;    /* pixels sideways per row, either way */
	struct {
		double alpha, sigma; /* Simard et al. (2003): noise of ±1 per pixel, smoothed with σ ≥ 1, times α */
	} elastic;
	bool flip;       /* mirror every other image, left and right */
	double erase;    /* probability that a rectangle becomes noise */
};

/* Whether anything is asked for. */
bool distortion_any(const struct distortion *distortion);

/* What is drawn for an image, and the map from its pixels to those of the undistorted one (struct kernels,
 * warp_image), around the image's centre: mirrored, scaled, sheared, turned counter-clockwise by `rotation` degrees
 * (−180 … 180), then shifted down and right. */
struct movement {
	double shift_row, shift_column, scale_row, scale_column, rotation, shear;
	bool flip;
};
void distortion_map(const struct movement *movement, struct shape shape, float map[6]);

/* Distorts images of one shape, one at a time. NULL and `err` for memory, or (EX_CONFIG) images that are too large. */
struct distorter;
struct distorter *distorter_create(const struct distortion *ask, struct shape shape, uint64_t seed,
                                   const struct kernels *kernels, struct err *err);
void distorter_destroy(struct distorter *distorter);

/* out = the image [maps][rows][columns] as this epoch sees it: a function of seed, epoch, sample and image alone, the
 * same bytes with every instruction set. Background is byte 0. */
void distorter_image(struct distorter *distorter, uint64_t epoch, uint32_t sample, const uint8_t *image,
                     uint8_t *out);

/* ---- Batches ---------------------------------------------------------------------------------------------------- */

/* Reads blocks out of a data set: padded by `pad` pixels of byte 0 (the background) on each side, normalised,
 * transposed into lanes. x = byte · scale[map] + offset[map] in float, two roundings: the same bits everywhere. */
struct batcher {
	const struct dataset *set; /* the caller's; outlives the batcher */
	size_t pad;
	float *scale, *offset; /* [maps]: 1 / deviation, −mean / deviation */
	struct distorter *distorter; /* NULL: none */
	uint8_t *distorted;          /* [16] images */
	uint64_t epoch;              /* the caller sets it for the distortion */
};
/* EX_DATAERR where the normalization has other maps than the set, or a deviation that cannot divide. */
int batcher_open(struct batcher *out, const struct dataset *set, const struct normalization *normalization, size_t pad,
                 struct err *err);
/* Distorts what is read from now on, before it is padded and normalised, if anything is asked for. A batcher then
 * serves one thread. EX_CONFIG as for distorter_create. */
int batcher_distort(struct batcher *batcher, const struct distortion *ask, uint64_t seed,
                    const struct kernels *kernels, struct err *err);
void batcher_close(struct batcher *batcher);

/* Fills one block: x [maps][rows+2pad][columns+2pad][16] and label[16] from samples[0 … count−1], count ≤ 16; empty
 * lanes get zeros, in the border too, and label −1. */
void batcher_fill(const struct batcher *batcher, const uint32_t *samples, size_t count, float *x,
                  int32_t label[LANES]);

#endif
