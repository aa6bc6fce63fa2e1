/* The contents of the library's structures. */
#ifndef CONVOY_LIBRARY_LIBRARY_H
#define CONVOY_LIBRARY_LIBRARY_H

#include <convoy.h>
#include <convoy/model.h>

struct convoy_model {
	struct model *model;
};

/* Copies an error to *error, unless `error` is NULL. Always returns −1. */
int error_give(const struct err *err, struct convoy_error *error);

/* Lets one thread at a time read or make a file of HDF5, which keeps state of its own. Between the two there is work of
 * this process alone: a thread that waits for other ranks would keep those waiting which they wait for. */
void hdf5_begin(void);
void hdf5_end(void);

/* Makes the model of the text of a job file, which messages call "job". Errors as for job_parse and model_create. */
struct model *job_model(const char *text, struct err *err);

/* Makes a data set of the caller's samples, for the job of a model. It has the caller's inputs, values and labels, but
 * classes and weights of its own: free them with samples_forget, also after a failure. `name` is for messages. EX_USAGE
 * if the job needs other arrays; EX_DATAERR. A count that no set can have is left to stepper_open to refuse. Local. */
int samples_take_over(struct dataset *out, const struct model *model, const struct convoy_samples *given,
                      const char *name, struct err *err);
void samples_forget(struct dataset *set);

#endif
