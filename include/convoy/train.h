/* train: trains a model over ranks. Schedules, updates, the step, evaluation, the run and its directory. Floor 6: knows
 * all rooms below it.
 *
 * Results and checkpoints do not depend on the number of ranks. */
#ifndef CONVOY_TRAIN_H
#define CONVOY_TRAIN_H

#include <convoy/comm.h>
#include <convoy/model.h>

#include <signal.h>

/* ---- Models over ranks ------------------------------------------------------------------------------------------- */

/* Gives every rank the model of rank 0. Creates *model on the other ranks; pass NULL there. Collective. */
int model_broadcast(struct comm *comm, struct model **model, struct err *err);

/* Makes the update of step model->step from the mean gradient [net->parameters], which is 0 for frozen layers; an epoch
 * has `steps` steps. First scales the gradient down to the job's train.clip if its norm is larger. Changes nothing of
 * frozen layers, and may leave anything in the gradient. Then updates the running mean of the parameters. Local. */
void model_update(struct model *model, const struct kernels *kernels, size_t steps, float *gradient);

/* ---- Checkpoints of a run (formats) ------------------------------------------------------------------------------ */

enum { CHECKPOINT_NAME = 36 };

/* Writes the file name of a step, "checkpoint-SSSSSSSS.h5". Local. */
void checkpoint_name(uint64_t step, char name[CHECKPOINT_NAME]);

/* Lists the steps of the checkpoints in `directory`, ascending. Free *steps with free(). A missing directory has none.
 * Local. */
int checkpoint_list(const char *directory, size_t *count, uint64_t **steps, struct err *err);

/* Writes `image`, the model's bytes from checkpoint_image, durably under the name of the model's step. Local. */
int checkpoint_write(const struct model *model, const char *directory, const struct image *image, struct err *err);

/* Keeps other runs out of `directory`, also those on other hosts, until the descriptor *lock is given back or the
 * process ends. EX_USAGE if another run is there. EX_IOERR if the file of the lock cannot be made, or is replaced each
 * time it is opened. On a file system without locks it keeps no run out, or returns EX_USAGE if a lock is `needed`.
 * Removes no file that may be another run's lock. Local. */
int directory_lock(const char *directory, bool needed, int *lock, struct err *err);
void directory_unlock(const char *directory, int lock);

/* Deletes the checkpoints up to `step`, except the last `keep` ≥ 2 of them. The checkpoint of `step` must be on the
 * disk. Local. */
int checkpoint_retire(const char *directory, uint64_t step, size_t keep, struct err *err);

/* Loads the newest good checkpoint in `directory` into *found, or sets it to NULL if there is none. Calls
 * skipped(context, text) for each newer one that is damaged. A checkpoint that cannot be read, or is foreign (see
 * checkpoint_load), is an error, because a new run would overwrite it in the end. Local. */
int checkpoint_newest(const char *directory, void (*skipped)(void *context, const char *text), void *context,
                      struct model **found, struct err *err);

/* ---- metrics.csv ------------------------------------------------------------------------------------------------- */

/* Writes `directory`/metrics.csv with exactly the model's records. Takes the times of rows from an earlier file; rows
 * that it does not have get no times. *seconds becomes the last row's time, or 0. Local. */
int metrics_restore(const char *directory, const struct model *model, double *seconds, struct err *err);

/* Appends one row. Local. */
int metrics_append(const char *directory, const struct record *record, double seconds, double images_per_second,
                   struct err *err);

/* A row of metrics.csv together with that of validation.csv. Missing numbers are NaN. */
struct metric {
	struct record record;
	double seconds, images_per_second;
};

/* Reads metrics.csv and validation.csv, also while a run writes them. Takes whole lines with ascending epochs and skips
 * others. Missing files have no rows. *measure is what their columns name; if they name none, that of classes. Free
 * *row with free(). EX_IOERR; EX_NOINPUT without permission. Local. */
int metrics_read(const char *directory, size_t *count, struct metric **row, const struct measure **measure,
                 struct err *err);

/* Writes `directory`/validation.csv, a row per epoch, if the job has a validation set. Local. */
int validation_write(const char *directory, const struct model *model, struct err *err);

/* ---- Rates and losses -------------------------------------------------------------------------------------------- */

/* Returns the learning rate of step `step` (from 0) with `steps` steps per epoch: warm-up, then the schedule. Local,
 * pure. */
double schedule_rate(const struct job *job, uint64_t step, uint64_t steps);

/* Returns how many spans of `span` > 0 epochs have ended after `step` steps, with `steps` steps per epoch: ⌊step /
 * (span · steps)⌋, at most 2^64 − 1. The result is exact: span is the decimal of the job file (0.1), not the nearest
 * float64. Local, pure. */
uint64_t schedule_spans(double span, uint64_t step, uint64_t steps);

/* Returns base^exponent by repeated squaring, with the same bits everywhere. Local, pure. */
double schedule_power(double base, uint64_t exponent);

/* Returns λ of a layer's penalty at a step: it grows linearly over its warm-up. Local, pure. */
double schedule_lambda(const struct layer *layer, uint64_t step, uint64_t steps);

/* ---- Evaluation -------------------------------------------------------------------------------------------------- */

struct evaluation {
	size_t samples;
	int64_t errors;     /* wrong guesses of classes, of maps at each position */
	struct totals totals;
	double loss;        /* mean per sample */
	struct confusion *confusion; /* input: the caller's, which gets the set's samples added; NULL: not wanted */
	const char *set;    /* input: "test" or "validation", for messages */
	size_t top;         /* input: count top_errors for this many outputs; 0: do not */
	int64_t top_errors; /* samples, or positions of maps, whose class is not among the `top` largest outputs */
	int64_t *guess;     /* [set->count], for values and labels [set->count][K], the caller's memory; NULL: not wanted;
	                     * see evaluation_guess, evaluation_wrong and evaluation_answer */
	struct value_sums *value;      /* [K] of a job of values, the caller's memory; NULL: not wanted */
	struct value_largest *largest; /* [K] with it */
	struct label_sums *label;      /* [K] of a job of labels, the caller's memory; NULL: not wanted */
	int64_t exact;      /* with it: weights of the samples all of whose labels are right, in units of 2^-20 */
	double *auc;        /* [classes], the caller's memory, NULL: not wanted; each class against the rest, see auc() */
};

/* The largest number of scores that areas are computed of where samples are maps: each rank has a share of them, and
 * the keys of one class. */
enum { EVALUATION_SCORES = 1 << 26 };

/* Returns the guess for sample i, which has one class. Gives its score: the probability with softmax-cross-entropy,
 * otherwise the output. Local. */
size_t evaluation_guess(const struct evaluation *evaluation, size_t i, float *score);

/* Returns how many positions of sample i, a map, are guessed wrong. Local. */
size_t evaluation_wrong(const struct evaluation *evaluation, size_t i);

/* Returns number i of the guesses of a job of values or labels, that of value or label i % K of sample i / K: a value
 * in the units of the targets, or the score of a label (see pass_scores). Of a field it is the number at the position
 * with the largest error, of equals the first; *position gets it. Local. */
float evaluation_answer(const struct evaluation *evaluation, size_t i, size_t *position);

/* Evaluates the model on the whole set, shared over the ranks and the threads of each. The numbers are the same
 * for any number of them. EX_SOFTWARE if a loss is not finite. Collective. */
int evaluate(struct comm *comm, const struct kernels *kernels, struct threads *threads, const struct model *model,
             const struct dataset *set, struct evaluation *out, struct err *err);

/* ---- Training ---------------------------------------------------------------------------------------------------- */

/* Functions that a run calls on rank 0. Each may be NULL. */
struct train_listener {
	void *context;
	void (*progress)(void *context, const struct model *model, size_t steps); /* after each step; `steps` per epoch */
	void (*epoch)(void *context, const struct model *model, const struct record *record, double images_per_second);
	/* At the end. stopped: early; best: best.h5 in the run's directory is that of the run's best epoch. */
	void (*end)(void *context, const struct model *model, bool stopped, bool best);
	void (*note)(void *context, const char *text); /* one line: a checkpoint was skipped, could not be written, … */
	void (*say)(void *context, const char *text);  /* one line that is no trouble: what a run starts from */
};

struct train_options {
	const char *output;  /* directory of checkpoints and metrics.csv */
	const char *data;    /* replaces data.directory; NULL: the job file's */
	bool resume;         /* continue from the newest good checkpoint in `output`; without one start afresh */
	const char *from;    /* continue from this checkpoint */
	struct start_options start; /* of a run that starts afresh */
	bool changed;        /* the job may have another optimizer, batch, or frozen layers than the checkpoint */
	uint64_t batch;      /* the train.batch that train.rate was chosen for, if the job has another now; 0: it has not */
	bool others;         /* other runs may start in `output` at the same moment: refuse to run without a lock */
	uint64_t threads;    /* of each rank; 0: the job's train.threads. Not in checkpoints */
	double time_limit;   /* stop with a checkpoint within so many seconds; 0: none */
	uint64_t stop_at;    /* stop with a checkpoint after this step; 0: none */
	const volatile sig_atomic_t *stop; /* set by a signal: stop with a checkpoint; NULL: none */
	const volatile sig_atomic_t *quit; /* the same, but no checkpoint if one takes half a second or more; NULL: none */
	volatile sig_atomic_t *save;       /* set by a signal: write a checkpoint, go on; cleared when seen; NULL: none */
	struct train_listener listener;
};

enum train_result {
	TRAIN_FAILED = -1, /* err says why; EX_SOFTWARE: diverged */
	TRAIN_DONE,        /* all epochs done */
	TRAIN_STOPPED,     /* stopped early; `output` holds the checkpoint of that step */
};

/* Trains the job to its end or an early stop. Takes ownership of `job`. `err` and the result are the same on all ranks.
 * Collective. */
enum train_result train_run(struct comm *comm, const struct kernels *kernels, struct job *job,
                            const struct train_options *options, struct err *err);

/* ---- Step by step ------------------------------------------------------------------------------------------------ */

struct stepper;

/* Prepares to train `model` on the samples of `train`, and to evaluate it after each epoch on those of `test`, if that
 * is not NULL. The model must have the same job and state on all ranks. Takes ownership of it, also on failure. The
 * arrays stay the caller's: they must outlive the stepper, which only reads them; weights are rounded (weights_round).
 * A model of step 0 gets the normalisation of the training samples. EX_DATAERR if a set has no samples, a class is out
 * of range, a number is not finite, ranks have different samples, or a model of a later step was trained on inputs of
 * another type; EX_CONFIG if the job has a validation set. NULL on failure. Collective. */
struct stepper *stepper_open(struct comm *comm, const struct kernels *kernels, struct model *model,
                             const struct dataset *train, const struct dataset *test, struct err *err);

/* Frees the stepper and its model. Accepts NULL. Collective. */
void stepper_close(struct stepper *stepper);

/* Makes one update. Gives loss and measure (task_measure) of the mini-batch before the update. At the end of an epoch
 * with a test set adds a record to the model, as a run does. EX_SOFTWARE if training diverged; at the end of an epoch
 * also if a parameter is not finite or differs between ranks. Collective. */
int stepper_step(struct stepper *stepper, double *loss, double *measure, struct err *err);

/* Return the number of steps of an epoch, and the model, which the stepper owns. Local. */
uint64_t stepper_epoch(const struct stepper *stepper);
const struct model *stepper_model(const struct stepper *stepper);

/* Makes the model ready for checkpoint_image. Local. */
void stepper_keep(struct stepper *stepper);

/* ---- Bench ------------------------------------------------------------------------------------------------------- */

struct bench {
	size_t ranks, threads, batch, steps; /* threads of a rank; steps measured with each sum */
	double images_per_second;    /* of all ranks, with the job's sum; median of rounds, as below */
	double float_images_per_second; /* the same with plain float sums */
	double peak;                 /* floating-point operations per second of a core at its best, mean over the ranks */
	double operations_per_image; /* of a sample in a step: two for each multiply-add forward and adjoint, no padding */
	double fraction_of_peak;
	double reducing, reading;    /* shares of the step for the message of the sum, and for laying out the samples */
	double step_seconds;         /* of a step in which all ranks wait for each other before the message */
	double computing, waiting, communicating; /* shares of step_seconds, means over the ranks; their sum is 1 */
	double block_seconds;        /* one block through the net and into the sum, mean over the blocks */
	double update_seconds;       /* of what a step computes after its blocks: the mean gradient, the update */
	struct layer_time *layer;    /* [net->layers] seconds per block of sixteen; to free with free() */
	double *layer_operations;    /* [net->layers] per sample: forward and adjoints; to free with free() */
};

/* Trains on random samples for about `seconds` seconds, with `threads` threads on each rank (0: the job's). Does not
 * change the model. Collective. */
int bench_run(struct comm *comm, const struct kernels *kernels, const struct model *model, size_t threads,
              double seconds, struct bench *out, struct err *err);

/* Checks that the programs of all ranks were built from the same sources, that their jobs are the same, and that their
 * instruction sets round alike. Collective. */
int train_agree(struct comm *comm, const struct kernels *kernels, const char *job_text, struct err *err);

#endif
