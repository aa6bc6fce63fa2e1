/* What the files of train share: the parts of a run, each with the functions of its file. Where a part is enough,
 * functions take that and not the whole. */
#ifndef CONVOY_TRAIN_PRIVATE_H
#define CONVOY_TRAIN_PRIVATE_H

#include <convoy/train.h>

/* ---- Samples: samples.c ------------------------------------------------------------------------------------------ */

/* What is trained on and tested with. */
struct samples;

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

/* Adds to count [256] the training samples of each class, those held back left out. Where windows are read, ranks that
 * do not read add none; rank 0 reads. Local. */
void samples_tally(const struct samples *samples, size_t count[256]);

/* Returns the training set as samples_take numbers it: `count` samples in an epoch, while pixels, labels and numbers
 * may be those of some windows. Local. */
const struct dataset *samples_training(const struct samples *samples);

/* Returns the samples first … first+count−1 of an epoch, which stay until the next call; at most a mini-batch, or what
 * curvature_samples says. NULL on failure. Collective. */
const uint32_t *samples_take(struct samples *samples, uint64_t epoch, size_t first, size_t count, struct err *err);

/* The sets that are held out. */
enum samples_set { SAMPLES_TEST, SAMPLES_VALIDATION };

/* Does what evaluate does with a set that is held out, behind epoch number model->records; 0 samples where there is no
 * such set. out->confusion may be NULL. Collective. */
int samples_evaluate(struct samples *samples, enum samples_set set, const struct kernels *kernels, size_t threads,
                     const struct model *model, struct evaluation *out, struct err *err);

/* ---- Workers: workers.c ------------------------------------------------------------------------------------------ */

/* A thread's own: its samples, its way through the net and a block's gradient. */
struct worker {
	struct batcher batcher;
	struct pass pass;
	float *gradient; /* [net->parameters] */
	double reading;  /* seconds spent in laying out blocks of samples, so far */
};

/* The threads of this rank. */
struct workers {
	size_t count;
	struct worker *worker; /* [count] */
};

/* Opens `count` workers for the model's net and job, which read from `set`. What a failure leaves is to be closed too.
 * Local. */
int workers_open(struct workers *out, size_t count, const struct kernels *kernels, const struct model *model,
                 const struct dataset *set, struct err *err);
void workers_close(struct workers *workers);

/* Samples that are worked through together, as samples_take gives them. */
struct batch {
	uint64_t epoch;
	size_t count;
	const uint32_t *sample; /* [count] */
};

/* A block of a batch, as far as its losses: outputs and ∂E/∂y stand in the worker's pass. */
struct batch_block {
	struct worker *worker;
	size_t thread; /* the worker's number */
	size_t count;  /* samples */
	int32_t label[LANES];
	struct verdict verdict;
};

/* Takes the blocks of a batch that are this rank's through the net, forward and through the loss, shared out over the
 * workers; each(context, block) does the rest, on several threads at the same time. Local. */
void workers_run(const struct workers *workers, struct comm *comm, const struct model *model,
                 const struct batch *batch, void (*each)(void *context, const struct batch_block *block),
                 void *context);

/* ---- Sums over tensors: tensors.c -------------------------------------------------------------------------------- */

/* Makes a sum of all tensors of a net, as sum_create does. NULL on failure. Collective. */
struct sum *tensors_sum(struct comm *comm, const struct kernels *kernels, const struct net *net, enum sum_mode mode,
                        size_t blocks, size_t threads, struct err *err);

/* A thread's way into such a sum. */
struct tensors_entry {
	struct sum *sum;
	const struct net *net;
	size_t thread; /* as for sum_add */
};

/* Adds a block's numbers of a layer's tensors to the sum of a struct tensors_entry: a gradient_done. Local. */
void tensors_add(void *entry, size_t layer, const float *of_layer);

/* Gives the means of all tensors, [net->parameters]. Local. */
void tensors_mean(const struct sum *sum, const struct net *net, float *mean);

/* ---- Wishes: wishes.c -------------------------------------------------------------------------------------------- */

/* What is asked for during a step: to stop; to stop although there may be no time for a checkpoint; to save. */
struct wish {
	bool stop, quit, save;
};

/* What signals and a limit of time ask of a run. */
struct wishes {
	const struct train_options *options; /* has what signals set */
	double time_limit; /* seconds; 0: none, as on all ranks but 0 */
	uint64_t stop_at;  /* rank 0's: all ranks must stop after the same step; 0: none */
	double began;      /* clock at the start of the run */
	double asked;      /* clock when they were read last; 0: not yet */
	double longest;    /* seconds between two such readings, so far */
	double saving;     /* seconds that the last checkpoint of this run took; 0: none yet */
	double guess;      /* … and what it is taken for before */
	struct wish all;   /* of all ranks, in the last step */
};

/* `began`: the clock at the start of the run. Collective. */
int wishes_open(struct wishes *out, struct comm *comm, const struct train_options *options, const struct model *model,
                double began, struct err *err);

/* Returns what this rank wants, to be read once per step: a repetition must not lose it. NULL: nobody asks. Local. */
struct wish wishes_read(struct wishes *wishes);

/* Where ranks may be killed at any moment: −1 (EX_TEMPFAIL) if a checkpoint of `step` would take too long; the last is
 * of step `saved`. Collective. */
int wishes_quit(const struct wishes *wishes, struct comm *comm, uint64_t step, uint64_t saved, struct err *err);

/* ---- Trainer: trainer.c, step.c, curvature.c --------------------------------------------------------------------- */

/* Counters that ride in the step's message. */
enum counter { COUNT_LOSS, COUNT_ERRORS, COUNT_BAD, COUNT_STOP, COUNT_SAVE, COUNT_QUIT };

/* Seconds that steps took: where their time goes. */
struct timing {
	double reducing; /* in the message of the sum, waiting for other ranks included */
	double passing;  /* in this rank's blocks, laying them out included */
	double waiting;  /* for the other ranks ahead of the message, where `apart` has them wait there */
	bool apart;      /* bench only: the ranks wait for each other before the message, not in it */
};

/* All that makes an update of a model. */
struct trainer {
	struct comm *comm;
	const struct kernels *kernels;
	struct model *model;     /* owned, as all that follows */
	struct samples *samples;
	struct workers workers;
	struct sum *sum;
	uint64_t steps;          /* per epoch */
	struct timing timing;
};

enum step_result { STEP_FAILED = -1, STEP_DONE, STEP_DIVERGED };

/* Opens workers and sum for the other members, which are there; `threads` of each rank, 0: the job's. What a failure
 * leaves is to be closed too. Collective. */
int trainer_open(struct trainer *t, size_t threads, struct err *err);
void trainer_close(struct trainer *t);

/* Makes one update. wishes->all becomes what the ranks want; NULL: nobody asks. Collective. */
enum step_result trainer_step(struct trainer *t, struct wishes *wishes, struct err *err);

/* For the end of an epoch: that all ranks hold the same parameters, since memory and processors fail too, and that
 * these are finite. EX_SOFTWARE. Collective. */
int trainer_check(struct trainer *t, struct err *err);

/* Makes the model ready for checkpoint_image: the sum's exponents become part of it. Local. */
void trainer_keep(struct trainer *t);

/* Returns the samples that the job's optimizer has second derivatives measured on before each epoch; 0: none. Local. */
size_t curvature_samples(const struct job *job);

/* Measures the second derivatives, a vector of the optimizer's, on the first samples of an epoch. Collective. */
enum step_result curvature_measure(struct trainer *t, uint64_t epoch, struct err *err);

/* ---- Files: files.c, directory.c --------------------------------------------------------------------------------- */

/* A run's directory. */
struct files {
	const char *directory;
	const struct train_listener *listener; /* is told what goes wrong and is no failure */
	int lock;       /* rank 0: descriptor that keeps other runs out of the directory; −1: none */
	uint64_t saved; /* the last checkpoint's step; 0: none */
	uint64_t best;  /* rank 0: the step of the best.h5 that this run has written; 0: none yet */
};

/* Rank 0 makes and locks the directory and loads the checkpoint to continue, if any; NULL: none. Local. */
int files_open(struct files *files, const struct train_options *options, struct model **earlier, struct err *err);
void files_close(struct files *files);

/* Rank 0 brings the directory in order before the first step. `from`: the named checkpoint that is continued, or NULL.
 * *seconds: what earlier runs took. Local. */
int files_begin(struct files *files, const char *from, const struct model *model, double *seconds, struct err *err);

/* Rank 0 writes the model's checkpoint, and best.h5 where the last record is the best. Local. */
int files_write(struct files *files, const struct model *model, bool best, struct err *err);

/* Whether best.h5 is of the epoch that has the lowest error: it stayed elsewhere where an earlier run had that epoch.
 * Rank 0 only. Local. */
bool files_best(const struct files *files, const struct model *model);

/* Keeps other runs out of `directory`, also those on other hosts, until the descriptor *lock is given back or the
 * process ends. EX_USAGE where one is there, EX_IOERR where the file for it cannot be made, or is another one each of a
 * hundred times. Where the file system has no locks, none is kept out, or, where a lock is `needed`, EX_USAGE. Takes no
 * file away that may be another run's lock. Local. */
int directory_lock(const char *directory, bool needed, int *lock, struct err *err);
void directory_unlock(const char *directory, int lock);

/* Tells a listener one line, if it listens. Rank 0 only. Local. */
void listener_note(const struct train_listener *listener, const char *text);

/* ---- A run: open.c, doubts.c, run.c ------------------------------------------------------------------------------ */

/* Tells a listener what may be a mistake in the data. Rank 0 only. Local. */
void doubts_tell(const struct train_listener *listener, const struct trainer *t);

struct clock {
	double began;   /* reading at the start of the run */
	double earlier; /* seconds that earlier runs of the job took */
};

struct training {
	const struct train_options *options;
	struct trainer trainer;
	struct clock clock;
	struct wishes wishes;
	struct files files;
};

/* Opens a run of the job, which it takes over also on failure, from the beginning or where an earlier one stopped. What
 * a failure leaves is to be closed too. Collective. */
int training_open(struct training *out, struct comm *comm, const struct kernels *kernels, struct job *job,
                  const struct train_options *options, struct err *err);
void training_close(struct training *training);

/* Rank 0's names of classes for all. Collective. */
int names_broadcast(struct comm *comm, struct class_names *names, struct err *err);

#endif
