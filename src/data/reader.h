/* What the readers of the data formats share. */
#ifndef CONVOY_DATA_READER_H
#define CONVOY_DATA_READER_H

#include <convoy/data.h>

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

#endif
