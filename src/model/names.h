/* Names of a model's classes. Private to the room model. */
#ifndef CONVOY_MODEL_NAMES_H
#define CONVOY_MODEL_NAMES_H

#include <convoy/model.h>

/* The job's names of all its classes, or their numbers. */
int names_of_job(struct class_names *out, const struct job *job, struct err *err);

/* That names are the job's, where it has any: EX_DATAERR. */
int names_agree(const struct class_names *names, const struct job *job, struct err *err);

#endif
