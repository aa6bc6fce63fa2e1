/* What the files of this room share. */
#ifndef CONVOY_MODEL_PRIVATE_H
#define CONVOY_MODEL_PRIVATE_H

#include <convoy/model.h>

/* ---- Memory (state.c) -------------------------------------------------------------------------------------------- */

/* Makes the memory that a model with a job and a net owns, zeroed. What there is at a failure is members_free's. */
int members_create(struct model *model, struct err *err);
void members_free(struct model *model);

/* ---- Names of classes (names.c) ---------------------------------------------------------------------------------- */

/* The job's names of all its classes, or their numbers. */
int names_of_job(struct class_names *out, const struct job *job, struct err *err);

/* That names are the job's, where it has any: EX_DATAERR. */
int names_agree(const struct class_names *names, const struct job *job, struct err *err);

/* ---- Pictures (pictures.c) --------------------------------------------------------------------------------------- */

/* Puts kernels and combinations into /pictures as HDF5 images (formats): never read back. */
int pictures_put(struct store *store, const struct model *model, struct err *err);

#endif
