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

/* A data set that is read window by window (feed.c). */
struct feed;

struct trainer {
	struct comm *comm;
	const struct kernels *kernels;
	const struct train_options *options;
	struct model *model;
	struct dataset train, test, validation; /* validation: empty unless the job asks for one */
	struct shared *memory; /* theirs, where the ranks of a node share it; NULL: their own */
	struct feed *feed;     /* where they do not fit: train has two windows of pixels then, test none; NULL: they fit */
	struct sum *sum;
	size_t threads;        /* of this rank */
	struct worker *worker; /* [threads] */
	uint64_t steps;        /* per epoch */
	uint64_t stop_at;      /* rank 0's: all ranks must stop after the same step */
	uint64_t ordered;      /* the epoch that `order` is for, plus one; 0: none */
	uint32_t *order;       /* [train.count] NULL with a feed */
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

/* Reads the data, measures the normalization; that all ranks have the same, and a checkpoint's run had them too.
 * Collective. */
int data_open(struct trainer *t, struct err *err);
void data_close(struct trainer *t);

/* Rank 0's names of classes for all. Collective. */
int names_broadcast(struct comm *comm, struct class_names *names, struct err *err);

/* Whether all ranks name the same directory or file of data: only then can one read for others. Collective. */
bool data_is_common(const struct trainer *t);
const char *data_place(const struct trainer *t);

/* What tells the data of a run from others: digests of their parts, and in what pieces they are streamed (0: not). */
struct data_facts {
	struct digest part[DATA_PARTS];
	uint64_t window, span;
};

/* With data.memory: opens the feed where the data do not fit; otherwise t->feed stays NULL. Measures the normalization
 * and gives the data's facts. Collective. */
int feed_open(struct trainer *t, struct data_facts *facts, struct err *err);
void feed_close(struct trainer *t);

/* The samples first … first+count−1 of the epoch, as t->train numbers them; they stay until the next call. NULL on
 * failure. Collective where there is a feed, otherwise local. */
const uint32_t *samples_take(struct trainer *t, uint64_t epoch, size_t first, size_t count, struct err *err);

/* evaluate the test set, window by window where there is a feed. Collective. */
int test_evaluate(struct trainer *t, struct evaluation *out, struct err *err);

/* Opens what the step needs once the data are there: sum, pass, order. Collective. */
int trainer_prepare(struct trainer *t, struct err *err);

/* Finds what to continue and opens everything for t->model, which is of the job to train. Collective. */
int trainer_open(struct trainer *t, struct err *err);
void trainer_close(struct trainer *t);

#endif
