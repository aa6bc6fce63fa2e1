/* What the files of this room share. */
#ifndef CONVOY_MODEL_MODEL_H
#define CONVOY_MODEL_MODEL_H

#include <convoy/model.h>

/* ---- Memory (state.c) -------------------------------------------------------------------------------------------- */

/* Makes the zeroed memory of a model with a job and a net. members_free frees it also after a failure. */
int members_create(struct model *model, struct err *err);
void members_free(struct model *model);

/* ---- Members in a file (member.c) -------------------------------------------------------------------------------- */

/* Writes a member. Does not change the model. */
int member_put(struct store *store, struct model *model, const struct member *m, struct err *err);

/* Reads a member back. EX_DATAERR if the file holds something else in its place. */
int member_get(struct store *store, struct model *model, const struct member *m, struct err *err);

/* ---- Names of classes (names.c) ---------------------------------------------------------------------------------- */

/* Gives the job's names of all its classes, or their numbers. */
int names_of_job(struct class_names *out, const struct job *job, struct err *err);

/* Checks that names are the job's, if it has any. EX_DATAERR otherwise. */
int names_agree(const struct class_names *names, const struct job *job, struct err *err);

/* ---- Pictures (pictures.c) --------------------------------------------------------------------------------------- */

/* Puts kernels and combinations into /pictures as HDF5 images (formats). convoy never reads them. */
int pictures_put(struct store *store, const struct model *model, struct err *err);

#endif
