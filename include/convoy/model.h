/* model: holds a job, its net, and everything that training changes. Makes and reads checkpoints, and predicts. Floor
 * 5: knows no ranks, so a program that only predicts needs no MPI. All functions are local. */
#ifndef CONVOY_MODEL_H
#define CONVOY_MODEL_H

#include <convoy/job.h>
#include <convoy/net.h>
#include <convoy/store.h>

/* A release raises NUMERICS when it computes other numbers from the same job, and CHECKPOINT_FORMAT when checkpoints
 * change (formats, Attributes of /). */
enum { NUMERICS = 3, CHECKPOINT_FORMAT = 3 };

/* ---- Model: a job, its net, and all that training changes -------------------------------------------------------- */

/* One finished epoch: a row of metrics.csv and of /history. Losses are means per sample. Measures are the task's:
 * task_measure. */
struct record {
	uint64_t epoch, step; /* epochs and steps done */
	double rate, train_loss, train_measure, test_loss, test_measure;
	double validation_loss, validation_measure; /* 0 without a validation set */
};

/* Sums over samples: integers, so that those of blocks, threads, ranks and pieces add up to the same in any order. */
struct totals {
	int64_t loss[EXACT_LIMBS];    /* exact sum, times the samples' weights */
	int64_t measure[EXACT_LIMBS]; /* exact sum of block_measure */
	int64_t weight;               /* of the samples, in units of 2^-20 */
	int64_t divisor;              /* of the loss: the sum of sample_divisor, in the same units */
	int64_t samples;
};

/* Sets the totals of a block after pass_loss. Returns false if training diverged: a loss or a measure is not finite, or
 * a loss of classes that have no weights is 65,536 or more. */
bool totals_block(struct totals *out, const struct pass *pass, const struct verdict *verdict);

/* Adds other totals. */
void totals_add(struct totals *to, const struct totals *from);

/* Return the mean loss, and the mean measure of a target's number: for classes the share of wrong guesses. Both are
 * means by weight, and 0 if the weights' sum is 0. */
double totals_loss(const struct totals *totals);
double totals_measure(const struct totals *totals, const struct task_spec *task);

/* A class: its samples, how many of them were found, and how many samples were taken for it, right or wrong. */
struct class_tally {
	int64_t samples, hits, guesses;
};

/* Samples of a class that were taken for another. */
struct confused {
	int64_t is, guess, samples;
};

/* What the samples of a set were taken for. CONFUSION_CLASSES: up to so many, a matrix tells it; of more, the sums of
 * each class and the pairs that are confused most. */
enum { CONFUSION_CLASSES = 256, CONFUSED_PAIRS = 64 };
struct confusion {
	size_t classes;
	int64_t *cell;             /* [classes][classes], true class × guess; NULL for more classes */
	struct class_tally *tally; /* [classes]; NULL for fewer classes, as `pair` */
	struct confused *pair;     /* [CONFUSED_PAIRS] most samples first; unused ones are 0 */
	/* All pairs of many classes that an evaluation has met so far, by class, then by guess; in no checkpoint. */
	size_t pairs;
	struct confused *all;
};

/* Sets all to 0. */
void confusion_clear(struct confusion *confusion);

/* Adds samples, and frees the list of all pairs, once no more are to come. */
int confusion_add(struct confusion *confusion, size_t count, const struct confused *pair, struct err *err);
void confusion_forget(struct confusion *confusion);

/* Returns the sums of a class. */
struct class_tally confusion_tally(const struct confusion *confusion, size_t class);

/* Returns the measures of a class against all others; not its error, NaN, which needs the samples of all classes. */
struct label_measures class_measures(const struct class_tally *tally);

/* Gives the pairs of classes that are confused most, at most `most` and CONFUSED_PAIRS of them; of equal ones the lower
 * class, then the lower guess comes first. Returns how many there are. */
size_t confusion_pairs(const struct confusion *confusion, size_t most, struct confused *out);

struct model {
	struct job *job; /* owned */
	struct net *net; /* owned */
	struct normalization normalization;
	struct normalization targets; /* of each value; other tasks: of none */
	struct class_names names; /* of all classes: the job's, or the data's, or their numbers */
	char data[DATA_PARTS][DIGEST_TEXT]; /* dataset_digest of the training and the test set, as text; "": not known */
	uint64_t window, span; /* samples of a window and of a chunk of a streamed training set; 0: not streamed */
	uint64_t step;      /* updates made */
	uint64_t seen;      /* samples trained on */
	float *w;                        /* [net->parameters] parameters */
	float *state[OPTIMIZER_VECTORS]; /* [net->parameters] each: the optimizer's vectors; NULL after its last one */
	float *average;                  /* [net->parameters] running mean of w; NULL if the job has no train.average */
	int32_t *exponents; /* [net->tensors] of the exact sum */
	float *weights; /* in the loss, of classes [K], of labels that are 0 and 1 [K][2]; NULL without output.weights */
	struct totals running; /* of the samples since the start of the epoch */
	size_t records, room; /* used and allocated */
	struct record *record;
	uint64_t pruned; /* number of first records that belong to the net before pruning: none of them is the best */
	struct confusion confusion; /* of the last evaluation */
	char background[BACKGROUND_BYTES]; /* colour behind transparent pixels of its pictures; "": not known */
	uint64_t inputs; /* enum element of the inputs that it was trained on */
	/* Where the run got its initial parameters: the SHA-256 of a file, then the arrays that it took; none: it drew all
	 * itself. */
	struct class_names start;
	/* Steps and epochs done when train.batch last changed, steps when train.optimizer last did; all 0: never. */
	struct changed {
		uint64_t step, epochs, optimizer;
	} changed;
};

/* Returns whether the records count the epochs done. Those of a program that trains without a test set do not: it has
 * none. */
bool model_counts_epochs(const struct model *model);

/* Returns the number that step number `step` would have if all epochs had had `steps` steps, as they have since
 * train.batch last changed. */
uint64_t model_clock(const struct model *model, uint64_t step, uint64_t steps);

/* Gives a new model all that training has changed in an earlier one, whose job has the same layers. If their optimizers
 * differ, the vectors of the new one begin at 0, and so does its count of steps. If their batches differ, counts epochs
 * from here on. EX_CONFIG in the middle of an epoch, if batches differ or second derivatives are measured. Vectors of
 * frozen layers become 0. */
int model_adopt(struct model *model, const struct model *earlier, struct err *err);

/* A row for each thing that training changes. Checkpoints, broadcasts, digests and pruning walk these rows.
 * `array.path` is the name in a checkpoint. */
enum member_kind {
	MEMBER_TEXT,    /* char [size]: an attribute */
	MEMBER_NUMBER,  /* uint64_t: an attribute */
	MEMBER_NOTE,    /* char [size]: a list of one name, absent if it is "" */
	MEMBER_TENSORS, /* float [net->parameters]: a group of arrays, one for each tensor; part of the digest */
	MEMBER_ARRAY,   /* an array, with all members of `array` set */
	MEMBER_HISTORY, /* model->record: a group of columns */
	MEMBER_NAMES,   /* struct class_names */
	MEMBER_LIST,    /* struct class_names: a list of texts, absent if it is empty */
};
struct member {
	enum member_kind kind;
	struct store_array array;
	void *data;         /* count × size bytes */
	void *owned;        /* address of the pointer to it if the model owns the memory; otherwise NULL */
	size_t count, size;
	bool seldom;        /* for an array: a checkpoint has it only if it is not 0 */
};
enum { MODEL_MEMBERS = 26 };

/* Fills in the rows, in the order of a checkpoint, and returns their number. The model needs a job and a net. A caller
 * that must not change the model must not write to `data`. */
size_t model_members(const struct model *model, struct member out[MODEL_MEMBERS]);

/* Returns the name of attribute number `index` (a row of MEMBER_TEXT or MEMBER_NUMBER), or NULL after the last. All
 * models have the same attributes. */
const char *member_attribute(size_t index, enum member_kind *kind);

/* Makes a model with initial parameters. Takes ownership of `job`, also on failure. EX_CONFIG with the place in the job
 * file. NULL on failure. Free with model_destroy. */
struct model *model_create(struct job *job, struct err *err);
void model_destroy(struct model *model);

/* Returns what a data set must be for the model's job. */
struct data_need model_need(const struct model *model);

/* Opens a batcher for a set, with the model's normalization of inputs and targets. EX_DATAERR as for batcher_open. */
int model_batcher(struct batcher *out, const struct model *model, const struct dataset *set, struct err *err);

/* Gives the model the data's names of classes if the job has none. EX_DATAERR if the job or an earlier run has another
 * name for a class; the text has the first difference and its place in the job file. `place` is that of the data. */
int model_names_adopt(struct model *model, const struct class_names *names, const char *place, struct err *err);

/* Checks that a job has the same names of classes as the run that it continues, if that run has names; otherwise
 * EX_CONFIG. The job's names, if any, become the model's. */
int model_names_continue(struct model *model, const struct job *job, struct err *err);

/* Sets the normalization of inputs to data.scale and data.offset, if the job has them (mathematics, Normalisation). */
void model_units(struct model *model);

/* Returns the number of weights of classes or labels: K, or 2 K. */
size_t model_weights(const struct model *model);

/* Sets the weights that are balanced (output.weights): n / (K n_k) for a class with n_k of n training samples,
 * n / (2 n_k) for a label that is 0, or 1, in n_k of n; 1 without samples. EX_DATAERR if a weight is larger than
 * OUTPUT_WEIGHT. `count` as of dataset_tally. */
int model_balance(struct model *model, const size_t *count, struct err *err);

/* Appends a record. */
int model_record(struct model *model, const struct record *record, struct err *err);

/* Checks that the parameters (running means of batch normalisation included), the optimizer's vectors and the averages
 * are finite. Otherwise EX_SOFTWARE names the first number that is not. */
int model_finite(const struct model *model, struct err *err);

/* Returns the parameters to evaluate and predict with: the averaged ones if the job keeps them. */
const float *model_outcome(const struct model *model);

/* Returns the SHA-256 of all MEMBER_TENSORS: parameters, the optimizer's vectors, the averaged parameters. */
struct digest model_digest(const struct model *model);

/* Returns whether `a` has a lower measure than `b`, or the same measure and a lower loss. They are those on the
 * validation set if `validation`, otherwise on the test set. */
bool record_better(const struct record *a, const struct record *b, bool validation);

/* Returns the index of the best record since convoy prune: the one with the lowest validation error, or test error if
 * the job has no validation set. Among equals it is the one with the lowest loss, then the first. Returns
 * model->records if there is none. */
size_t model_best(const struct model *model);

/* Returns whether training has ended: all epochs are done, or train.patience epochs have passed without a lower
 * validation error. An equal error with a lower loss is not lower. */
bool model_done(const struct model *model);

/* *same: whether two models can be of one run: the job of either continues the other's, training and test set are the
 * same, and as far as both have records these are the same. EX_OSERR if there is no memory to tell. */
int model_same_run(const struct model *one, const struct model *other, bool *same, struct err *err);

/* ---- Parameters from elsewhere (start.c) ------------------------------------------------------------------------- */

/* What a new run takes from a file. */
struct start_options {
	const char *file;         /* a checkpoint of any job, or an HDF5 file with arrays of the same names; NULL: none */
	const char *layers;       /* names of the layers to take, with commas between; NULL: all that match */
	bool normalization;       /* take that of the inputs too */
};

/* What it took, in lines for the user; the second may be "". */
enum { START_LINE = 512 };
struct start_report {
	char line[2][START_LINE];
};

/* Gives a new model the parameters of a file: of the averaged ones where it has them, otherwise of its layers, each
 * array that has the name and the shape of one of the job's. All others stay as they were drawn. Notes in model->start
 * what it took. EX_USAGE for a layer that the job does not have. EX_DATAERR if nothing matches, if a layer that is
 * named does not match as a whole, or if the normalization is wanted and not there. Errors of reading as for
 * checkpoint_load and dataset_read. */
int model_start(struct model *model, const struct start_options *options, struct start_report *report,
                struct err *err);

/* Returns whether the run took an array; a tensor's array. */
bool model_started_with(const struct model *model, const char *path);
bool model_tensor_started(const struct model *model, const struct net_tensor *tensor);

/* ---- Checkpoints (formats) --------------------------------------------------------------------------------------- */

/* Makes the bytes of a checkpoint. EX_SOFTWARE if the model is not finite. */
int checkpoint_image(const struct model *model, struct image *out, struct err *err);

/* Reads and checks a checkpoint: EX_NOINPUT, EX_IOERR, EX_DATAERR. Sets *foreign (may be NULL) if the file is whole,
 * but has other NUMERICS or another CHECKPOINT_FORMAT. NULL on failure. */
struct model *checkpoint_load(const char *path, bool *foreign, struct err *err);

/* ---- Test sets --------------------------------------------------------------------------------------------------- */

/* A test set for a model from a checkpoint. */
struct test_set {
	struct dataset set;       /* classes are the model's, also if the file numbers them otherwise */
	const char *place;        /* where it was read: the caller's place, or the job's */
	char digest[DIGEST_TEXT]; /* of the set in the file, as in struct model */
	bool own;                 /* it is the run's test set, sample by sample */
	char remark[512];         /* what to tell the user if it is not; "" if it is */
};

/* Reads the test set at `place` (NULL: at the job's place), in the job's format. If a program held the data, reads it
 * in the format that the place looks like (dataset_format); EX_USAGE then if there is no place. Matches classes by name
 * if both sides have names. EX_DATAERR if the file has a name that the model does not have, or has more than once.
 * Other errors as for dataset_read. */
int test_set_read(struct test_set *out, const struct model *model, const char *place, struct err *err);
void test_set_free(struct test_set *test);

/* ---- Predictions ------------------------------------------------------------------------------------------------- */

/* Runs inputs through a model with the parameters of model_outcome. A predictor serves one thread at a time. Several
 * predictors can share a model that does not change. */
struct predictor {
	const struct model *model; /* the caller's; outlives the predictor */
	struct dataset block;      /* the inputs that the batcher reads: memory of predictor_run's caller */
	struct batcher batcher;
	struct pass pass;
};

/* Opens a predictor for the model's parameters as they are now. EX_DATAERR as for batcher_open, and if the model was
 * trained on numbers of a type that this program does not know. */
int predictor_open(struct predictor *out, const struct kernels *kernels, const struct model *model, struct err *err);
void predictor_close(struct predictor *predictor);

/* Returns 0 if the model was trained on inputs of a type that this program knows; otherwise EX_DATAERR. */
int model_inputs_check(const struct model *model, struct err *err);

/* Returns 0 if the model was trained on bytes; otherwise EX_DATAERR. Pictures mean nothing to other models. */
int model_takes_bytes(const struct model *model, struct err *err);

/* Gives the scores [count][K][positions] of inputs [count][maps][rows][columns] of the job's input size, numbers of the
 * type model->inputs as in a data set. Scores are probabilities if the loss's row says so, otherwise outputs; values
 * are in the units of the targets. The bits of a sample's scores do not depend on the other samples. */
void predictor_run(struct predictor *predictor, size_t count, const void *inputs, float *scores);

/* Does the same with numbers of another type, from which the same numbers give the same bits. */
void predictor_run_as(struct predictor *predictor, enum element element, size_t count, const void *inputs,
                      float *scores);

/* Returns value k in the units of the targets, of which the net gives y. */
float model_value(const struct model *model, size_t k, float y);

/* Returns the scores that labels are trained to have: one that does not hold, and one that does. */
struct targets model_label_scores(const struct model *model);

/* Returns the class with the largest of a sample's scores [classes][positions] at one position, of equals the first. */
size_t predictor_guess(size_t classes, size_t positions, const float *scores, size_t position);

/* Gives the numbers of the `most` classes with the largest scores, of equals the lower number first: order [most],
 * most ≤ classes. */
void predictor_rank(size_t classes, const float *scores, size_t most, size_t *order);

#endif
