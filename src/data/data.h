/* What the files of this room share. */
#ifndef CONVOY_DATA_DATA_H
#define CONVOY_DATA_DATA_H

#include <convoy/data.h>

/* ---- Readers of formats ------------------------------------------------------------------------------------------ */

/* Fill in count and arrays of a set as dataset_of makes it. A sample has 1 … INPUT_LARGEST inputs. On failure
 * dataset_read frees the set. */
int idx_read(struct dataset *set, const struct data_source *source, enum data_part part, struct err *err);
int cifar10_read(struct dataset *set, const struct data_source *source, enum data_part part, struct err *err);
int arrays_read(struct dataset *set, const struct data_source *source, const struct data_need *need,
                enum data_part part, struct err *err);

/* The names of the IDX files of a part, without ".gz" (idx_names.c). */
struct idx_names {
	char images[256], labels[256];
};

/* Finds the files of a part by their names (formats, IDX): MNIST's own, if they are there; otherwise those of the only
 * data set that the directory holds; MNIST's own again, if it holds none. EX_DATAERR if it holds several. */
int idx_names_find(const char *directory, enum data_part part, struct idx_names *out, struct err *err);

/* Opens an IDX file of images without labels at its first image, and tells how many there are. Errors as for
 * inputs_adopt. */
struct input;
struct input *images_adopt(int fd, const char *name, struct shape shape, size_t *count, struct err *err);

/* Gives the classes of a set, from number `first` on, the values of `count` bytes. The bytes can be the last of the
 * memory of these classes. */
void classes_put(struct dataset *set, size_t first, size_t count, const uint8_t *bytes);

/* Moves the names of a file to its set, which then owns them. */
void names_take(struct dataset *set, struct sample_index *index);

/* What becomes of a sample of a training set. */
enum fate { FATE_TRAIN, FATE_VALIDATION, FATE_TEST, FATE_LEFT_OUT, FATES };

/* Takes the samples that lack numbers out of a set: set->left_out of them. The others get the numbers that they have in
 * the file. EX_DATAERR, at `path`, if none is left. */
int dataset_leave_out(struct dataset *set, const bool *lacks, const char *path, struct err *err);

/* Gives samples other fates than FATE_TRAIN, as a split says, and the number of samples of each fate. All choices are
 * equally likely. Samples that are left out stay so, and count for nothing. EX_CONFIG as dataset_split. */
int split_draw(const struct split *split, size_t count, uint8_t *fate, size_t number[FATES], struct err *err);

/* Checks that the samples of each fate have a weight above 0, if there are weights. */
int split_weigh(const struct data_array *weights, const uint8_t *fate, const size_t number[FATES], size_t count,
                struct err *err);

/* Begins the digest of a set (dataset_digest) of `count` samples with one part. Add each array as a further part:
 * part_begin, then part_add for its samples in their order. */
void samples_begin(struct digester *digester, const struct dataset *set, size_t count);
void part_begin(struct digester *digester, const struct dataset *set, size_t array, size_t count);
void part_add(struct digester *digester, const struct dataset *set, size_t array, const uint8_t *bytes, size_t count);

/* Checks that a class is below set->classes. Otherwise EX_DATAERR has the sample's number in the file. */
int class_check(const struct dataset *set, const char *path, size_t sample, size_t class, struct err *err);

/* ---- Numbers in memory (elements.c) ------------------------------------------------------------------------------ */

/* Converts numbers to float. Each finite number of each type has one. */
void elements_float(enum element element, const void *restrict from, size_t count, float *restrict to);

/* ---- Mean and deviation of samples that are seen some at a time (normalize.c, moments.c) ------------------------- */

/* The sums of a map's numbers. Begin with zeros. */
struct moments {
	uint64_t count;
	int64_t sum[EXACT_LIMBS], squares[EXACT_WIDE];
	float least, most; /* of NORMALIZE_RANGE, which has no sums */
};

/* Adds inputs [samples][maps][rows][columns], finite numbers, to the moments of the maps. */
void moments_add(struct moments *moments, enum normalize mode, const struct shape *shape, enum element element,
                 const uint8_t *inputs, size_t samples);

/* Gives mean and deviation of the numbers that were added, at least one for each map, with the same mode. */
void moments_normalize(const struct moments *moments, enum normalize mode, struct normalization *out);

/* Returns whether a mode is measured. */
bool normalize_measures(enum normalize mode);

/* Begin, go on and end what targets_measure does. *moments is NULL if there is nothing to add. targets_end frees it. */
int targets_begin(struct normalization *out, enum normalize mode, struct moments **moments, struct err *err);
void targets_add(struct moments *moments, size_t values, const struct data_array *targets, size_t first, size_t count);
void targets_end(struct moments *moments, struct normalization *out);

/* Gives mean 0 and the mode's constant deviation (standard, range: 1). EX_CONFIG as normalization_measure. */
int normalization_constant(struct normalization *out, enum normalize mode, enum element element, struct err *err);

#endif
