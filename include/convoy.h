/* libconvoy: networks that convoy trained, inside your own program.
 *
 *   libconvoy      load a checkpoint and predict; needs no MPI          pkg-config convoy
 *   libconvoy-mpi  all of that, and train over your communicator        pkg-config convoy-mpi
 *
 * A program links one of the two. The library never prints, exits or changes signals. Functions that can fail return
 * NULL or -1 and set *error; error may be NULL. What a function returns as a pointer to a structure belongs to the
 * caller, who frees it with the function named; NULL is accepted there. Texts and arrays that are passed in stay the
 * caller's, and are not needed after the call, but where it says so.
 *
 * Threads: a loaded model never changes, and any number of threads may use it at the same time. A predictor or a
 * trainer serves one thread at a time. Load and save in one thread at a time, and not while another one uses HDF5: that
 * library keeps state of its own. Loading turns off what HDF5 prints about errors, and its plugins, in this process.
 *
 * Versions: functions stay, new ones may come. Checkpoints are read as the convoy of the same release reads them. */
#ifndef CONVOY_H
#define CONVOY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __GNUC__
#define CONVOY_API __attribute__((visibility("default")))
#else
#define CONVOY_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct convoy_error {
	int code;       /* 0: none; otherwise one of sysexits.h, as convoy exits with */
	char text[512]; /* one line: place, thing, value, limit */
};

struct convoy_model;
struct convoy_predictor;
struct convoy_trainer;

/* "0.1.0" */
CONVOY_API const char *convoy_version(void);

/* ---- Models ------------------------------------------------------------------------------------------------------ */

/* Reads a checkpoint and checks every byte of it. Free with convoy_model_free, after its predictors. */
CONVOY_API struct convoy_model *convoy_model_load(const char *path, struct convoy_error *error);
CONVOY_API void convoy_model_free(struct convoy_model *model);

/* The size of the images that it takes, and the number of classes. */
CONVOY_API size_t convoy_model_maps(const struct convoy_model *model);
CONVOY_API size_t convoy_model_rows(const struct convoy_model *model);
CONVOY_API size_t convoy_model_columns(const struct convoy_model *model);
CONVOY_API size_t convoy_model_classes(const struct convoy_model *model);

/* The name of a class, or its number where neither the job nor the data name it; NULL where there is no such
 * class. The model's. */
CONVOY_API const char *convoy_model_class(const struct convoy_model *model, size_t number);

/* 1 where scores are probabilities (softmax-cross-entropy), 0 where they are outputs. */
CONVOY_API int convoy_model_probabilities(const struct convoy_model *model);

/* ---- Predictions ------------------------------------------------------------------------------------------------- */

/* The memory of predictions with a model, which must outlive it. Free with convoy_predictor_free. */
CONVOY_API struct convoy_predictor *convoy_predictor_create(const struct convoy_model *model,
                                                            struct convoy_error *error);
CONVOY_API void convoy_predictor_free(struct convoy_predictor *predictor);

/* Scores [count][classes] of images [count][maps][rows][columns], bytes from 0 to 255, which it pads and normalises as
 * in training. Sixteen at a time take little more time than one; scores do not depend on the other images. */
CONVOY_API void convoy_predict(struct convoy_predictor *predictor, size_t count, const uint8_t *pixels, float *scores);

/* ---- Training (libconvoy-mpi) ------------------------------------------------------------------------------------ */

/* Makes the network of a job (the text of a job file) for training on images [count][maps][rows][columns] of bytes and
 * labels [count], which must be the same on all ranks and outlive the trainer. The job needs no data: of it only pad,
 * normalize and distort count. communicator: MPI_Comm_c2f(comm) of yours, which is duplicated; MPI is running, with
 * MPI_THREAD_FUNNELED if train.threads is above 1. Free with convoy_trainer_free. Collective, as all that follows but
 * for the questions: called by all ranks in the same order, and with the same outcome on all. */
CONVOY_API struct convoy_trainer *convoy_trainer_create(int communicator, const char *job, size_t count,
                                                        const uint8_t *pixels, const uint8_t *labels,
                                                        struct convoy_error *error);

/* The same from a checkpoint that rank 0 reads: it goes on from there with the checkpoint's job and normalisation. */
CONVOY_API struct convoy_trainer *convoy_trainer_continue(int communicator, const char *path, size_t count,
                                                          const uint8_t *pixels, const uint8_t *labels,
                                                          struct convoy_error *error);
CONVOY_API void convoy_trainer_free(struct convoy_trainer *trainer);

/* One mini-batch; the ranks share its blocks of sixteen images. *loss: its mean loss before the update; *wrong: the
 * share guessed wrong; both may be NULL. The order of the images is another in every epoch. The same bytes for any
 * number of ranks. -1 where it diverged (code 70; a parameter that is not finite is found at the end of an epoch) or
 * MPI failed. */
CONVOY_API int convoy_trainer_step(struct convoy_trainer *trainer, double *loss, double *wrong,
                                   struct convoy_error *error);

/* Steps made so far; steps of an epoch; steps of all of the job's epochs. Schedules are made for these, but any number
 * may be made. */
CONVOY_API uint64_t convoy_trainer_done(const struct convoy_trainer *trainer);
CONVOY_API uint64_t convoy_trainer_epoch(const struct convoy_trainer *trainer);
CONVOY_API uint64_t convoy_trainer_steps(const struct convoy_trainer *trainer);

/* The network as it is now, on every rank. The trainer's; a step ends the use of its predictors: make new ones. */
CONVOY_API const struct convoy_model *convoy_trainer_model(const struct convoy_trainer *trainer);

/* Rank 0 writes a checkpoint, atomically and durably, which convoy's commands read. An existing file is replaced. A
 * limit on file sizes kills the program unless it ignores SIGXFSZ. */
CONVOY_API int convoy_trainer_save(struct convoy_trainer *trainer, const char *path, struct convoy_error *error);

#ifdef __cplusplus
}
#endif

#endif
