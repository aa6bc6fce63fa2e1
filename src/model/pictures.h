/* What a checkpoint holds for eyes alone. */
#ifndef CONVOY_MODEL_PICTURES_H
#define CONVOY_MODEL_PICTURES_H

#include <convoy/model.h>

/* Puts kernels and combinations into /pictures as HDF5 images (formats): never read back. */
int pictures_put(struct store *store, const struct model *model, struct err *err);

#endif
