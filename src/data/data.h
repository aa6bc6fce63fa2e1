/* What the files of this room share. */
#ifndef CONVOY_DATA_PRIVATE_H
#define CONVOY_DATA_PRIVATE_H

#include <convoy/data.h>

/* ---- Readers of formats ------------------------------------------------------------------------------------------ */

/* Fill in count and arrays of a set as dataset_of makes it. An image has 1 … INPUT_LARGEST pixels. On failure
 * dataset_read frees the set. */
int idx_read(struct dataset *set, const char *directory, enum data_part part, struct err *err);
int cifar10_read(struct dataset *set, const char *directory, enum data_part part, struct err *err);
int hdf5_read(struct dataset *set, const char *path, enum data_part part, struct err *err);

/* Gives the classes of a set, from number `first` on, the values of `count` bytes. The bytes can be the last of the
 * memory of these classes. */
void dataset_label(struct dataset *set, size_t first, size_t count, const uint8_t *labels);

/* Moves the names of a file to its set, which then owns them. */
void names_take(struct dataset *set, struct sample_index *index);

/* Returns whether sample i is held back, if `left` of the samples from i on still have to be. All choices are equally
 * likely. */
bool split_holds(uint64_t seed, size_t i, size_t count, size_t left);

/* Begins the digest of a set (dataset_digest) of `count` samples with one part. Add each array as a further part:
 * part_begin, then part_add for its samples in their order. */
void samples_begin(struct digester *digester, const struct dataset *set, size_t count);
void part_begin(struct digester *digester, const struct dataset *set, size_t array, size_t count);
void part_add(struct digester *digester, const struct dataset *set, size_t array, const uint8_t *bytes, size_t count);

/* Checks that a label is below set->classes. Otherwise EX_DATAERR has the sample's number in the file. */
int label_check(const struct dataset *set, const char *path, size_t sample, size_t label, struct err *err);

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
