/* What the files of train share: the parts of a run, each with the functions of its file. A function takes only the
 * part that it needs. */
#ifndef CONVOY_TRAIN_TRAIN_H
#define CONVOY_TRAIN_TRAIN_H

#include <convoy/train.h>

/* ---- Samples: samples.c ------------------------------------------------------------------------------------------ */

/* The samples to train on and to test with. */
struct samples;

/* Opens the samples of the model's job at `place`, a directory or a file: whole in memory, or in windows if they do not
 * fit into data.memory. Sets the model's normalization (unless the run began with another), names of classes,
 * background and digests. NULL on failure. EX_DATAERR if ranks have different samples, or if the run of the checkpoint
 * had others, at `earlier` (NULL: not known). Collective. */
struct samples *samples_open(struct comm *comm, struct model *model, const char *place, const char *earlier,
                             struct err *err);

/* Opens samples over a training set and a test set (NULL: none) in memory of the caller's, as stepper_open says. NULL
 * on failure. Collective. */
struct samples *samples_over(struct comm *comm, struct model *model, const struct dataset *train,
                             const struct dataset *test, struct err *err);

/* Frees samples. Accepts NULL. Collective. */
void samples_close(struct samples *samples);

/* Does what dataset_tally does for all training samples that are not held back. Where windows are read, ranks that do
 * not read add none; rank 0 reads. Local. */
void samples_tally(const struct samples *samples, size_t *count);

/* Returns the training set, numbered as samples_take numbers it. `count` is that of an epoch; arrays and numbers
 * can be those of some windows only. Local. */
const struct dataset *samples_training(const struct samples *samples);

/* Returns whether there is a test set. Local. */
bool samples_tested(const struct samples *samples);

/* Returns how many samples of a part of the data were left out because numbers of them are missing. Local; rank 0. */
size_t samples_left_out(const struct samples *samples, enum data_part part);

/* Returns the samples first … first+count−1 of an epoch, which stay until the next call. `count` is at most a
 * mini-batch, or curvature_samples. NULL on failure. Collective. */
const uint32_t *samples_take(struct samples *samples, uint64_t epoch, size_t first, size_t count, struct err *err);

/* The held-out sets. */
enum samples_set { SAMPLES_TEST, SAMPLES_VALIDATION };

/* Does the same as evaluate with a held-out set, after epoch number model->records. Gives 0 samples if there is no such
 * set. Sets out->confusion, which may be NULL. Collective. */
int samples_evaluate(struct samples *samples, enum samples_set set, const struct kernels *kernels,
                     struct threads *threads, const struct model *model, struct evaluation *out, struct err *err);

/* Gives area [classes]: of each class against the rest, or of each label, see auc(). This rank has the scores [LANES of
 * each block][classes][positions] of the blocks of its shard. A rank sorts the scores of every ranks-th class.
 * Collective. */
int areas_sum(struct comm *comm, struct shard shard, const float *score, const struct dataset *set,
              const struct task_spec *task, double *area, struct err *err);

/* ---- Workers: workers.c ------------------------------------------------------------------------------------------ */

/* The memory of a thread: its samples, its way through the net, and a block's gradient. */
struct worker {
	struct batcher batcher;
	struct pass pass;
	float *gradient; /* [net->parameters] */
	float *partner;  /* with train.mixup: a block of inputs; otherwise NULL */
	double reading;  /* seconds spent in laying out blocks of samples, so far */
};

/* The threads of this rank. */
struct workers {
	struct threads *threads;
	size_t count; /* of threads */
	struct worker *worker; /* [count] */
};

/* Opens `count` workers for the model's net and job, which read from `set`. Close them also after a failure. Local. */
int workers_open(struct workers *out, size_t count, const struct kernels *kernels, const struct model *model,
                 const struct dataset *set, struct err *err);
void workers_close(struct workers *workers);

/* Samples that are worked through together, as samples_take gives them. */
struct batch {
	uint64_t epoch;
	size_t count;
	const uint32_t *sample; /* [count] */
	const uint32_t *partner; /* [count] of mixup; NULL: none */
	const float *share;      /* [count] of the partner in each sample; NULL: none */
	double weight; /* batch_weight */
};

/* Returns what the mean over a batch divides by: the sum of sample_divisor. It is the number of samples if there are no
 * weights, and 1 if all weights are 0, so that the mean is 0. Call it before the batch's sum is reduced: afterwards
 * other ranks may read the next window over this one. Local. */
double batch_weight(const struct samples *samples, const struct task_spec *task, const struct batch *batch);

/* A block of a batch, as far as its losses: targets, outputs and ∂E/∂y stand in the worker's pass. */
struct batch_block {
	struct worker *worker;
	size_t thread; /* the worker's number */
	bool last;     /* of this worker's blocks of the batch */
	struct verdict verdict;
};

/* Takes the blocks of a batch that are this rank's through the net, forward and through the loss, shared out over the
 * workers; each(context, block) does the rest, on several threads at the same time. Local. */
void workers_run(const struct workers *workers, struct comm *comm, const struct model *model,
                 const struct batch *batch, void (*each)(void *context, const struct batch_block *block),
                 void *context);

/* ---- Mixup: mixup.c (mathematics, Mixup) ------------------------------------------------------------------------- */

/* What is drawn for a batch. */
struct mixup {
	double alpha; /* train.mixup; 0: off */
	uint64_t seed;
	uint32_t *partner; /* [train.batch], and share; NULL if it is off */
	float *share;
};

/* Opens the mixup that the job asks for. EX_CONFIG if the training samples have weights. Close it also after a failure.
 * Local. */
int mixup_open(struct mixup *out, const struct job *job, const struct dataset *set, struct err *err);
void mixup_close(struct mixup *mixup);

/* Gives a batch, whose first sample is number `first` of its epoch, partners and shares until the next call. Does
 * nothing if mixup is off. Local. */
void mixup_draw(const struct mixup *mixup, const struct dataset *set, size_t first, struct batch *batch);

/* What it draws. The partners are the batch in a random order. A share is 1 − λ, rounded to 2^-20, with the larger λ of
 * the two that a draw from Beta(alpha, alpha) gives; it is at most 1/2. Local, pure. */
void mixup_partners(uint64_t seed, uint64_t epoch, size_t first, size_t count, const uint32_t *sample,
                    uint32_t *partner);
float mixup_share(double alpha, uint64_t seed, uint64_t epoch, uint32_t number);

/* Mixes the block of inputs in a worker's pass, and its targets, with those of its partners. Local. */
void mixup_block(struct worker *worker, const uint32_t *partner, const float *share);

/* ---- Sums over tensors: tensors.c -------------------------------------------------------------------------------- */

/* Makes a sum of all tensors of a net, as sum_create does; those of frozen layers have no numbers in it. NULL on
 * failure. Collective. */
struct sum *tensors_sum(struct comm *comm, const struct kernels *kernels, const struct net *net, enum sum_mode mode,
                        size_t blocks, struct threads *threads, struct err *err);

/* A thread's way into such a sum. */
struct tensors_entry {
	struct sum *sum;
	const struct net *net;
	size_t thread; /* as for sum_add */
	bool last;     /* this is the thread's last block: a layer that is added is done */
};

/* Adds a block's numbers of a layer's tensors to the sum of a struct tensors_entry: a gradient_done. Local. */
void tensors_add(void *entry, size_t layer, const float *of_layer);

/* Gives the means of all tensors, [net->parameters], and leaves the places of frozen layers as they are. Local. */
void tensors_mean(const struct sum *sum, const struct net *net, float *mean);

/* ---- Wishes: wishes.c -------------------------------------------------------------------------------------------- */

/* Requests during a step: to stop; to stop even if there is no time for a checkpoint; to save. */
struct wish {
	bool stop, quit, save;
};

/* Requests to a run, from signals and a time limit. */
struct wishes {
	const struct train_options *options; /* has the flags of signals */
	double time_limit; /* seconds; 0: none, as on all ranks but 0 */
	uint64_t stop_at;  /* rank 0's: all ranks must stop after the same step; 0: none */
	double began;      /* clock at the start of the run */
	double asked;      /* clock when the requests were last read; 0: not yet */
	double longest;    /* seconds between two such readings, so far */
	double saving;     /* seconds that the last checkpoint of this run took; 0: none yet */
	double guess;      /* … and the guess for it before the first one */
	struct wish all;   /* of all ranks, in the last step */
};

/* Opens the wishes of a run. `began` is the clock at its start. Collective. */
int wishes_open(struct wishes *out, struct comm *comm, const struct train_options *options, const struct model *model,
                double began, struct err *err);

/* Returns the requests to this rank; with NULL there are none. Call it once per step, so that a repetition of the step
 * does not lose them. Local. */
struct wish wishes_read(struct wishes *wishes);

/* Decides whether there is time for a checkpoint of `step`, if ranks may be killed at any moment. Returns −1 and
 * EX_TEMPFAIL if it would take too long. `saved` is the step of the last checkpoint. Collective. */
int wishes_quit(const struct wishes *wishes, struct comm *comm, uint64_t step, uint64_t saved, struct err *err);

/* ---- Trainer: trainer.c, step.c, curvature.c --------------------------------------------------------------------- */

/* Counters that ride in the step's message. */
enum counter {
	COUNT_TOTALS, /* the integers of a struct totals */
	COUNT_BAD = COUNT_TOTALS + sizeof(struct totals) / sizeof(int64_t),
	COUNT_STOP, COUNT_SAVE, COUNT_QUIT, COUNTERS
};
_Static_assert((size_t)COUNTERS <= (size_t)SUM_COUNTERS, "all counters ride in the message");

/* Seconds that steps took: where their time goes. */
struct timing {
	double reducing; /* in the message of the sum, waiting for other ranks included */
	double passing;  /* in this rank's blocks, laying them out included */
	double waiting;  /* for the other ranks before the message, if `apart` */
	bool apart;      /* bench only: the ranks wait for each other before the message, not in it */
};

/* Everything that updates a model. */
struct trainer {
	struct comm *comm;
	const struct kernels *kernels;
	struct model *model;     /* owned, as all that follows */
	struct samples *samples;
	struct workers workers;
	struct mixup mixup;
	struct sum *sum;
	uint64_t steps;          /* per epoch */
	struct totals last;      /* of the last step's samples */
	struct timing timing;
};

enum step_result { STEP_FAILED = -1, STEP_DONE, STEP_DIVERGED };

/* Opens workers and sum. The other members must be set. `threads` is that of each rank; 0: the job's. Close the trainer
 * also after a failure. Collective. */
int trainer_open(struct trainer *t, size_t threads, struct err *err);
void trainer_close(struct trainer *t);

/* Makes one update. Sets wishes->all to the requests of all ranks; `wishes` may be NULL. Collective. */
enum step_result trainer_step(struct trainer *t, struct wishes *wishes, struct err *err);

/* The digest of convoy's sources, as text; the build writes it. */
extern const char sources_digest[];

/* Returns whether no epoch is under way. Local. */
bool trainer_between(const struct trainer *t);

/* Checks that all ranks have the same parameters, because memory and processors can fail, and that these are finite.
 * EX_SOFTWARE otherwise. Call it at the end of each epoch. Collective. */
int trainer_check(struct trainer *t, struct err *err);

/* Ends an epoch: evaluates the held-out sets, and adds a record to the model. Collective. */
int trainer_record(struct trainer *t, struct err *err);

/* Makes the model ready for checkpoint_image: copies the sum's exponents to it. Local. */
void trainer_keep(struct trainer *t);

/* Returns the number of samples on which second derivatives are measured before each epoch; 0: the optimizer needs
 * none. Local. */
size_t curvature_samples(const struct job *job);

/* Measures the second derivatives, a vector of the optimizer's, on the first samples of an epoch. Collective. */
enum step_result curvature_measure(struct trainer *t, uint64_t epoch, struct err *err);

/* ---- Files: files.c, directory.c --------------------------------------------------------------------------------- */

/* A run's directory. */
struct files {
	const char *directory;
	const struct train_listener *listener; /* receives notes on what goes wrong without a failure */
	int lock;       /* rank 0: descriptor that keeps other runs out of the directory; −1: none */
	uint64_t saved; /* the last checkpoint's step; 0: none */
	uint64_t best;  /* rank 0: the step of the best.h5 that this run has written; 0: none yet */
	bool unlinked;  /* rank 0: latest.h5 could not be made, and the listener knows */
};

/* Makes and locks the directory on rank 0, and loads the checkpoint to continue; *earlier is NULL if there is none.
 * Local. */
int files_open(struct files *files, const struct train_options *options, struct model **earlier, struct err *err);
void files_close(struct files *files);

/* Puts the directory in order on rank 0 before the first step. `from` is the named checkpoint to continue, or NULL.
 * *seconds becomes the time of earlier runs. Local. */
int files_begin(struct files *files, const char *from, const struct model *model, double *seconds, struct err *err);

/* Writes the model's checkpoint on rank 0, and best.h5 if `best`: the last record is the best. Local. */
int files_write(struct files *files, const struct model *model, bool best, struct err *err);

/* Returns whether best.h5 is of the epoch that has the lowest error: if an earlier run had that epoch, its file
 * is elsewhere. Without memory to tell, makes a note and returns true. Rank 0 only. Local. */
bool files_best(const struct files *files, const struct model *model);

/* Gives one line to a listener that has a function `note`. Call it on rank 0 only. Local. */
void listener_note(const struct train_listener *listener, const char *text);

/* Does the same with the function `say`. */
void listener_say(const struct train_listener *listener, const char *text);

/* ---- A run: open.c, doubts.c, run.c ------------------------------------------------------------------------------ */

/* Tells a listener what may be a mistake in the data. Rank 0 only. Local. */
void doubts_tell(const struct train_listener *listener, const struct trainer *t);

/* Tells a listener what the rate would be if it were scaled from a batch of `before` samples to the job's (mathematics,
 * Large batches). Says nothing if the optimizer has no usual rule, or if the steps have as many samples as before. Rank
 * 0 only. Local. */
void scaling_tell(const struct train_listener *listener, const struct trainer *t, size_t before);

/* Tells a listener how the rate of a run that continues jumps, if its schedule ends with the run and the run had
 * `before` epochs. Says nothing if the rate is what it would have been. Rank 0 only. Local. */
void schedule_tell(const struct train_listener *listener, const struct trainer *t, size_t before);

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
	size_t batch_before; /* rank 0: that train.rate was chosen for, if train.batch is another now; 0: it is not */
	size_t epochs_before; /* rank 0: train.epochs of the run that is continued; 0: a new run */
};

/* Opens a run of the job, from the start or from the point where an earlier run stopped. Takes ownership of the job,
 * also on failure. Close the run also after a failure. Collective. */
int training_open(struct training *out, struct comm *comm, const struct kernels *kernels, struct job *job,
                  const struct train_options *options, struct err *err);
void training_close(struct training *training);

/* Copies rank 0's list of names to all ranks. Collective. */
int names_broadcast(struct comm *comm, struct class_names *names, struct err *err);

#endif
