/* What a checkpoint holds for eyes alone. */
#ifndef CONVOY_TRAIN_PICTURES_H
#define CONVOY_TRAIN_PICTURES_H

#include <convoy/train.h>

/* Puts kernels and combinations into /pictures as HDF5 images (formats): never read back. Local. */
int pictures_put(struct store *store, const struct model *model, struct err *err);

#endif
