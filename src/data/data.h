/* What the files of this room share. */
#ifndef CONVOY_DATA_PRIVATE_H
#define CONVOY_DATA_PRIVATE_H

#include <convoy/data.h>

/* ---- Readers of formats ------------------------------------------------------------------------------------------ */

/* Fill in count, pixels and labels of a set with the given shape and classes. `each` is the number of pixels of an
 * image, 1 … INPUT_LARGEST. On failure dataset_read frees the set. */
int idx_read(struct dataset *set, const char *directory, enum data_part part, size_t each, struct err *err);
int cifar10_read(struct dataset *set, const char *directory, enum data_part part, size_t each, struct err *err);
int hdf5_read(struct dataset *set, const char *path, enum data_part part, size_t each, struct err *err);

/* Allocates memory for `count` images of `each` pixels and their labels. */
int dataset_allocate(struct dataset *set, size_t count, size_t each, struct err *err);

/* Moves the names of a file to its set, which then owns them. */
void names_take(struct dataset *set, struct sample_index *index);

/* Returns whether sample i is held back, if `left` of the samples from i on still have to be. All choices are equally
 * likely. */
bool split_holds(uint64_t seed, size_t i, size_t count, size_t left);

/* Begins the digest of a set (dataset_digest) with one part. Add all pixels as a second part, all labels as a third. */
void samples_begin(struct digester *digester, const struct shape *shape, size_t count);

/* Checks that a label is below set->classes. Otherwise EX_DATAERR has the sample's number in the file. */
int label_check(const struct dataset *set, const char *path, size_t sample, uint8_t label, struct err *err);

/* ---- Mean and deviation of images that are seen some at a time (normalize.c) ------------------------------------- */

/* Counts of each byte value in a map. Mean and variance depend on them alone. Pixels take turns with several tables:
 * with one table, equal bytes in a row (a background) would make each count wait for the one before. */
enum { LEVELS = 256, TABLES = 4 };
struct histogram {
	uint64_t times[TABLES][LEVELS];
};

/* Adds images [images][maps][rows][columns] to the histograms of the maps. */
void histograms_add(struct histogram *histogram, const struct shape *shape, const uint8_t *pixels, size_t images);

/* Gives mean and deviation of the images that were added, at least one. */
void histograms_normalize(struct histogram *histogram, size_t maps, struct normalization *out);

/* Gives mean 0 and the mode's constant deviation (standard: 1). EX_DATAERR as normalization_measure. */
int normalization_constant(struct normalization *out, enum normalize mode, size_t maps, struct err *err);

#endif
