/* train: schedules, updates, the step, evaluation, the run and its directory. Floor 6: knows every room but app.
 *
 * The answer does not know how many ranks computed it, and neither does the checkpoint. */
#ifndef CONVOY_TRAIN_H
#define CONVOY_TRAIN_H

#include <convoy/comm.h>
#include <convoy/model.h>

#include <signal.h>

/* ---- Models over ranks ------------------------------------------------------------------------------------------- */

/* Gives every rank the model of rank 0 (on the others *model is created; pass NULL there). Collective. */
int model_broadcast(struct comm *comm, struct model **model, struct err *err);

/* One update of step model->step, `steps` per epoch, by the mean gradient [net->parameters], which is first scaled down
 * to the job's train.clip where its norm is larger; then the running mean of the parameters. Local. */
void model_update(struct model *model, const struct kernels *kernels, size_t steps, float *gradient);

/* ---- Checkpoints of a run (formats) ------------------------------------------------------------------------------ */

enum { CHECKPOINT_NAME = 36 };

/* "checkpoint-SSSSSSSS.h5" of a step. Local. */
void checkpoint_name(uint64_t step, char name[CHECKPOINT_NAME]);

/* The steps of the checkpoints in `directory`, ascending; *steps to free with free(). An absent directory has none.
 * Local. */
int checkpoint_list(const char *directory, size_t *count, uint64_t **steps, struct err *err);

/* Writes the model's checkpoint durably. Local. */
int checkpoint_write(const struct model *model, const char *directory, const struct image *image, struct err *err);

/* Deletes all but the last `keep` ≥ 2 checkpoints up to `step`, whose own is on the disk. Local. */
int checkpoint_retire(const char *directory, uint64_t step, size_t keep, struct err *err);

/* The newest checkpoint in `directory` that is good. skipped(context, text) is told of each damaged one that is newer.
 * *found is NULL where there is none. One that cannot be read, or is foreign, is an error: training afresh would in the
 * end overwrite it. Local. */
int checkpoint_newest(const char *directory, void (*skipped)(void *context, const char *text), void *context,
                      struct model **found, struct err *err);

/* ---- metrics.csv ------------------------------------------------------------------------------------------------- */

/* Makes `directory`/metrics.csv hold exactly the model's records; the times of rows that an earlier file holds are
 * kept, other rows have none. *seconds: the last row's time, or 0. Local. */
int metrics_restore(const char *directory, const struct model *model, double *seconds, struct err *err);

/* Appends one row. Local. */
int metrics_append(const char *directory, const struct record *record, double seconds, double images_per_second,
                   struct err *err);

/* A row of metrics.csv, with that of validation.csv: numbers that are not there are NaN. */
struct metric {
	struct record record;
	double seconds, images_per_second;
};

/* Reads what metrics.csv and validation.csv hold, also while a run writes: whole lines of growing epochs; any others
 * are passed over. Absent files have no rows. *row to free with free(). EX_IOERR, EX_NOINPUT (forbidden). Local. */
int metrics_read(const char *directory, size_t *count, struct metric **row, struct err *err);

/* Writes `directory`/validation.csv, a row per epoch, where the job has a validation set. Local. */
int validation_write(const char *directory, const struct model *model, struct err *err);

/* ---- Rates and losses -------------------------------------------------------------------------------------------- */

/* The learning rate of step `step` (from 0), `steps` per epoch: warm-up, then the schedule. Local, pure. */
double schedule_rate(const struct job *job, uint64_t step, uint64_t steps);

/* How many spans of `span` > 0 epochs are over after `step` steps, `steps` per epoch: ⌊step / (span · steps)⌋, exactly,
 * where span is the decimal that the job file says (0.1, not the float64 next to it); at most 2^64 − 1. Local, pure. */
uint64_t schedule_spans(double span, uint64_t step, uint64_t steps);

/* base^exponent by repeated squaring: the same bits everywhere. Local, pure. */
double schedule_power(double base, uint64_t exponent);

/* λ of a layer's penalty at a step: linear over its warm-up. Local, pure. */
double schedule_lambda(const struct layer *layer, uint64_t step, uint64_t steps);

/* Adds losses of a block to a sum in units of 2^-26; false if one is not finite or ≥ 65,536 (taken for divergence).
 * Sums of up to 2^20 samples cannot overflow, larger ones only with mean losses above 2^36 / samples. Local. */
bool loss_fixed(const float loss[LANES], int64_t *sum);
double loss_mean(int64_t sum, int64_t samples);

/* ---- Evaluation -------------------------------------------------------------------------------------------------- */

struct evaluation {
	size_t samples;
	int64_t errors;
	int64_t loss_sum;   /* see loss_fixed */
	double loss;        /* mean per sample */
	int64_t *confusion; /* [classes][classes]: true class × guess; the caller's memory */
	size_t top;         /* given: also counts … */
	int64_t top_errors; /* … samples whose class is not among the `top` largest outputs; 0: not wanted */
	int64_t *guess;     /* [set->count], the caller's memory, NULL: not wanted; see evaluation_guess */
};

/* What sample i was taken for, and the score of that: its probability with softmax-cross-entropy, otherwise the output.
 * Local. */
size_t evaluation_guess(const struct evaluation *evaluation, size_t i, float *score);

/* Runs the whole set through the model, shared out over the ranks and `threads` threads of each; the same numbers for
 * any number of them.
 * EX_SOFTWARE where a loss is not finite. Collective. */
int evaluate(struct comm *comm, const struct kernels *kernels, size_t threads, const struct model *model,
             const struct dataset *set, struct evaluation *out, struct err *err);

/* ---- Training ---------------------------------------------------------------------------------------------------- */

/* What a run tells its caller, on rank 0 only; each may be NULL. */
struct train_listener {
	void *context;
	void (*progress)(void *context, const struct model *model, size_t steps); /* after each step; steps per epoch */
	void (*epoch)(void *context, const struct model *model, const struct record *record, double images_per_second);
	void (*end)(void *context, const struct model *model, bool stopped); /* all epochs done, or stopped early */
	void (*note)(void *context, const char *text); /* one line: a checkpoint was skipped, could not be written, … */
};

struct train_options {
	const char *output;  /* directory of checkpoints and metrics.csv */
	const char *data;    /* replaces data.directory; NULL: the job file's */
	bool resume;         /* continue from the newest good checkpoint in `output`, start afresh without one */
	const char *from;    /* continue from this checkpoint */
	bool others;         /* other runs may begin in `output` at the same moment: only with a lock, then */
	uint64_t threads;    /* of each rank; 0: the job's train.threads. Leaves no trace in checkpoints */
	double time_limit;   /* seconds within which to have stopped with a checkpoint; 0: none */
	uint64_t stop_at;    /* stop with a checkpoint after this step; 0: none */
	const volatile sig_atomic_t *stop; /* set by a signal: stop with a checkpoint; NULL: none */
	const volatile sig_atomic_t *quit; /* the same, but without one if the last took half a second; NULL: none */
	volatile sig_atomic_t *save;       /* set by a signal: write one and go on; cleared when seen; NULL: none */
	struct train_listener listener;
};

enum train_result {
	TRAIN_FAILED = -1, /* err says why; EX_SOFTWARE: diverged */
	TRAIN_DONE,        /* all epochs done */
	TRAIN_STOPPED,     /* stopped early; `output` holds the checkpoint of that step */
};

/* Trains the job to its end or an early stop; takes `job` over. Equal err and result on all ranks. Collective. */
enum train_result train_run(struct comm *comm, const struct kernels *kernels, struct job *job,
                            const struct train_options *options, struct err *err);

/* ---- Step by step ------------------------------------------------------------------------------------------------ */

struct stepper;

/* Trains `model` (of the same job, and the same state, on all ranks), which it takes over also on failure, on the
 * images of `set`, whose pixels and labels stay the caller's, outlive it and are only read. A model of step 0 is
 * normalised for them. EX_DATAERR where there are none, labels are out of range, or ranks have others; EX_CONFIG where
 * the job wants a validation set. NULL on failure. Collective. */
struct stepper *stepper_open(struct comm *comm, const struct kernels *kernels, struct model *model,
                             const struct dataset *set, struct err *err);

/* Local. */
void stepper_close(struct stepper *stepper);

/* One update; the mini-batch's mean loss before it, and the share guessed wrong. EX_SOFTWARE where it diverged; at the
 * end of an epoch also where a parameter is not finite, or ranks differ in one. Collective. */
int stepper_step(struct stepper *stepper, double *loss, double *wrong, struct err *err);

/* Steps of an epoch; the model, the stepper's. Local. */
uint64_t stepper_epoch(const struct stepper *stepper);
const struct model *stepper_model(const struct stepper *stepper);

/* Makes the model ready for checkpoint_image. Local. */
void stepper_keep(struct stepper *stepper);

/* ---- Bench ------------------------------------------------------------------------------------------------------- */

struct bench {
	size_t ranks, threads, batch, steps; /* threads: of a rank; steps: measured with each sum */
	double images_per_second;    /* all ranks, the job's sum; medians of several rounds, as all that follows */
	double float_images_per_second; /* the same with plain float sums */
	double peak;                 /* floating-point operations per second of a core at its best, mean over the ranks */
	double operations_per_image; /* of a step: two for each multiply-add of forward pass and adjoints, no padding */
	double fraction_of_peak;
	double reducing, reading;    /* shares of the step: the message of the sum, and laying out the samples */
	double step_seconds;         /* of a step whose ranks wait for each other ahead of the message; with its parts: */
	double computing, waiting, communicating; /* shares of it, means over the ranks: they add up to 1 */
	double block_seconds;        /* one block through the net and into the sum, mean over the blocks */
	double update_seconds;       /* what else a step computes: the mean gradient, the update */
	struct layer_time *layer;    /* [net->layers] seconds per block of sixteen; to free with free() */
	double *layer_operations;    /* [net->layers] per image: forward and adjoints; to free with free() */
};

/* Trains on random samples for about `seconds` seconds, with `threads` threads on each rank (0: the job's); the model
 * is only looked at. Collective. */
int bench_run(struct comm *comm, const struct kernels *kernels, const struct model *model, size_t threads,
              double seconds, struct bench *out, struct err *err);

/* Compares over the ranks what must be equal before they work together: program, instruction set's rounding, job.
 * Collective. */
int train_agree(struct comm *comm, const struct kernels *kernels, const char *job_text, struct err *err);

#endif
