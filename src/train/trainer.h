/* What a training run holds in memory, shared by its step (step.c) and its epochs (run.c). */
#ifndef CONVOY_TRAIN_TRAINER_H
#define CONVOY_TRAIN_TRAINER_H

#include <convoy/train.h>

/* Counters that ride in the step's message. */
enum counter { COUNT_LOSS, COUNT_ERRORS, COUNT_BAD, COUNT_STOP, COUNT_SAVE, COUNT_QUIT };

/* A thread's own: its samples, its way through the net and a block's gradient. */
struct worker {
	struct batcher batcher;
	struct pass pass;
	float *gradient; /* [net->parameters] */
	double reading;  /* seconds spent in laying out blocks of samples */
};

/* What is trained on and tested with: samples.c. */
struct samples;

struct trainer {
	struct comm *comm;
	const struct kernels *kernels;
	const struct train_options *options;
	struct model *model;
	struct samples *samples;
	struct sum *sum;
	size_t threads;        /* of this rank */
	struct worker *worker; /* [threads] */
	uint64_t steps;        /* per epoch */
	uint64_t stop_at;      /* rank 0's: all ranks must stop after the same step */
	float *gradient;       /* [net->parameters] the mean of all blocks; the first worker's memory */
	double started;        /* clock at the start of the run */
	double asked;          /* clock when this step's wishes were read; 0: none yet */
	double longest;        /* seconds between two such readings, so far */
	double saving;         /* seconds that the last checkpoint of this run took; 0: none yet */
	uint64_t saved;        /* the last checkpoint's step */
	double earlier;        /* seconds that earlier runs of the job took */
	double epoch_began;    /* clock at the start of this run's part of the epoch */
	uint64_t epoch_seen;   /* samples that this run trained on in the epoch */
	double reducing;       /* seconds spent in the message of the sum, waiting for other ranks included */
	double passing;        /* … in this rank's blocks, laying them out included */
	double waiting;        /* … for the other ranks ahead of the message, where `apart` has them wait there */
	bool apart;            /* bench only: the ranks wait for each other before the message, not in it */
	char *earlier_place;   /* rank 0: where the continued run had its data, if that is elsewhere; NULL */
	int lock;              /* rank 0: descriptor that keeps other runs out of the directory; −1: none */
};

enum step_result { STEP_FAILED = -1, STEP_DONE, STEP_DIVERGED };

/* What ranks asked for during a step: to stop; to stop although there may be no time for a checkpoint; to save. */
struct wishes {
	bool stop, quit, save;
};

/* What this rank wants, read once per step: a repetition must not lose it. Local. */
struct wishes wishes_read(struct trainer *t);

/* Where ranks may be killed at any moment: −1 (EX_TEMPFAIL) if a checkpoint would take too long. Collective. */
int quit_early(struct trainer *t, struct err *err);

/* Returns the samples that the job's optimizer has second derivatives measured on before each epoch; 0: none. Local. */
size_t samples_measured(const struct job *job);

/* Measures the second derivatives, a vector of the optimizer's, on the first samples of an epoch. Collective. */
enum step_result curvature_measure(struct trainer *t, uint64_t epoch, struct err *err);

/* What layers are told of a block of the training set; `number` is room that must outlive it. Local. */
struct layer_context block_context(const struct trainer *t, const uint32_t *samples, size_t count,
                                   uint32_t number[LANES]);

/* Makes one update. Collective. */
enum step_result trainer_step(struct trainer *t, struct wishes *wishes, struct err *err);

/* For the end of an epoch: that all ranks hold the same parameters, since memory and processors fail too, and that
 * these are finite. EX_SOFTWARE. Collective. */
int trainer_check(struct trainer *t, struct err *err);

/* Keeps other runs out of `directory`, also those on other hosts, until the descriptor *lock is given back or the
 * process ends. EX_USAGE where one is there, EX_IOERR where the file for it cannot be made. Where the file system has
 * no locks, none is kept out, or, where a lock is `needed`, EX_USAGE. Local. */
int directory_lock(const char *directory, bool needed, int *lock, struct err *err);
void directory_unlock(const char *directory, int lock);

/* Rank 0's names of classes for all. Collective. */
int names_broadcast(struct comm *comm, struct class_names *names, struct err *err);

/* Opens the samples of the model's job at `place`, a directory or a file: whole in memory, or by windows where they do
 * not fit into data.memory. The model learns of them: normalization, names of classes, background, digests. EX_DATAERR
 * where ranks have different ones, or a checkpoint's run had others: at `earlier` (NULL: not known). NULL on failure.
 * Collective. */
struct samples *samples_open(struct comm *comm, struct model *model, const char *place, const char *earlier,
                             struct err *err);

/* Opens samples over a training set in memory of the caller's, as stepper_open says. NULL on failure. Collective. */
struct samples *samples_over(struct comm *comm, struct model *model, const struct dataset *set, struct err *err);

/* Accepts NULL. Collective. */
void samples_close(struct samples *samples);

/* Returns the training set as samples_take numbers it: `count` samples in an epoch, while pixels, labels and numbers
 * may be those of some windows. Local. */
const struct dataset *samples_training(const struct samples *samples);

/* Returns the samples first … first+count−1 of an epoch, which stay until the next call; at most a mini-batch, or what
 * samples_measured says. NULL on failure. Collective. */
const uint32_t *samples_take(struct samples *samples, uint64_t epoch, size_t first, size_t count, struct err *err);

/* The sets that are held out. */
enum samples_set { SAMPLES_TEST, SAMPLES_VALIDATION };

/* Does what evaluate does with a set that is held out, behind epoch number model->records; 0 samples where there is no
 * such set. out->confusion may be NULL. Collective. */
int samples_evaluate(struct samples *samples, enum samples_set set, const struct kernels *kernels, size_t threads,
                     const struct model *model, struct evaluation *out, struct err *err);

/* Opens what the step needs once the samples are there: sum, pass. Collective. */
int trainer_prepare(struct trainer *t, struct err *err);

/* Finds what to continue and opens everything for t->model, which is of the job to train. Collective. */
int trainer_open(struct trainer *t, struct err *err);
void trainer_close(struct trainer *t);

#endif
