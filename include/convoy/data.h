/* data: readers, normalisation, order, shards, batches. Floor 3: knows base, kernel, layer (shapes). All local. */
#ifndef CONVOY_DATA_H
#define CONVOY_DATA_H

#include <convoy/layer.h>

enum data_format {
	DATA_IDX,     /* LeCun's IDX: {train,t10k}-{images-idx3,labels-idx1}-ubyte, plain or .gz */
	DATA_CIFAR10, /* CIFAR-10 binary: data_batch_{1..5}.bin, test_batch.bin */
};

enum data_part { DATA_TRAIN, DATA_TEST };

enum normalize {
	NORMALIZE_STANDARD, /* zero mean, unit variance over the training set, per input map */
	NORMALIZE_UNIT,     /* 0 … 1 */
	NORMALIZE_NONE,     /* 0 … 255 */
};

/* Images as bytes, [count][maps][rows][columns], and a class for each. */
struct dataset {
	struct shape shape; /* before padding */
	size_t classes, count;
	uint8_t *pixels;
	uint8_t *labels; /* [count], each < classes */
	bool borrowed;   /* pixels and labels are somebody else's memory */
};

/* Reads one part of a data set. `shape` and `classes` are what the job file expects; a difference is EX_DATAERR with
 * both named. EX_NOINPUT where a file is missing (plain name, then .gz), EX_DATAERR where it is malformed: wrong
 * magic, wrong element type, cut short, more bytes than the header says, counts of images and labels that differ, a
 * label out of range, damaged gzip. Nothing is allocated before the header's product is checked. */
int dataset_read(struct dataset *out, enum data_format format, const char *directory, enum data_part part,
                 struct shape shape, size_t classes, struct err *err);
void dataset_free(struct dataset *set);

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
 * both keep the order of the file. */
int dataset_split(struct dataset *train, uint64_t seed, size_t held, struct dataset *validation, struct err *err);

/* The run of `blocks` blocks that `rank` of `ranks` computes (possibly none); sizes differ by one at most. */
struct shard {
	size_t first, count;
};
struct shard shard_of(size_t blocks, size_t rank, size_t ranks);

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
