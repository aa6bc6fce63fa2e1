/* What the files of this room share. */
#ifndef CONVOY_DATA_PRIVATE_H
#define CONVOY_DATA_PRIVATE_H

#include <convoy/data.h>

/* ---- Readers of formats ------------------------------------------------------------------------------------------ */

/* A reader fills count, pixels and labels of a set whose shape and classes say what is expected; `each` is the number
 * of pixels of an image, not 0 and not beyond INPUT_LARGEST. On failure dataset_read frees what is there. */
int idx_read(struct dataset *set, const char *directory, enum data_part part, size_t each, struct err *err);
int cifar10_read(struct dataset *set, const char *directory, enum data_part part, size_t each, struct err *err);
int hdf5_read(struct dataset *set, const char *path, enum data_part part, size_t each, struct err *err);

/* Memory for `count` images of `each` pixels and their labels. */
int dataset_allocate(struct dataset *set, size_t count, size_t each, struct err *err);

/* Gives a set the names of its file, which are then its own. */
void names_take(struct dataset *set, struct sample_index *index);

/* Whether sample i is held back where `left` of the samples from i on are still to be: each choice is as likely. */
bool split_holds(uint64_t seed, size_t i, size_t count, size_t left);

/* Begins the digest of a set (dataset_digest): one part. All pixels, then all labels follow, a part each. */
void samples_begin(struct digester *digester, const struct shape *shape, size_t count);

/* EX_DATAERR where a label is not below set->classes, naming the sample, counted within the file. */
int label_check(const struct dataset *set, const char *path, size_t sample, uint8_t label, struct err *err);

/* ---- Mean and deviation of images that are seen some at a time (normalize.c) ------------------------------------- */

/* How often each byte occurs in a map: all that mean and variance depend on. In several tables by turns, since runs of
 * equal bytes, as a background has, would make each count wait for the last. */
enum { LEVELS = 256, TABLES = 4 };
struct histogram {
	uint64_t times[TABLES][LEVELS];
};

/* Adds images [images][maps][rows][columns] to those of each map. */
void histograms_add(struct histogram *histogram, const struct shape *shape, const uint8_t *pixels, size_t images);

/* Mean and deviation of what was added, at least one image. */
void histograms_normalize(struct histogram *histogram, size_t maps, struct normalization *out);

/* What is not measured: mean 0, and the deviation of the mode (standard: 1). EX_DATAERR as normalization_measure. */
int normalization_constant(struct normalization *out, enum normalize mode, size_t maps, struct err *err);

#endif
