/* model: a job, its net, and all that training changes; checkpoints; predictions. Floor 5: knows no ranks, so that a
 * program that only predicts needs no MPI. All functions are local. */
#ifndef CONVOY_MODEL_H
#define CONVOY_MODEL_H

#include <convoy/job.h>
#include <convoy/net.h>
#include <convoy/store.h>

/* Raised when a release computes other numbers from the same job. */
enum { NUMERICS = 3, CHECKPOINT_FORMAT = 2 };

/* ---- Model: a job, its net, and all that training changes -------------------------------------------------------- */

/* One finished epoch; a row of metrics.csv and of /history. Errors are fractions, losses means per sample. */
struct record {
	uint64_t epoch, step; /* epochs and steps done */
	double rate, train_loss, train_error, test_loss, test_error;
	double validation_loss, validation_error; /* 0 without a validation set */
};

/* Sums over the samples seen since the epoch began: the loss in fixed point (see loss_fixed), errors, samples. */
struct running {
	int64_t loss, errors, samples;
};

struct model {
	struct job *job; /* owned */
	struct net *net; /* owned */
	struct normalization normalization;
	struct class_names names; /* of all classes: the job's, or the data's, or their numbers */
	char data[DATA_PARTS][DIGEST_TEXT]; /* dataset_digest of the training and the test set, as text; "": not known */
	uint64_t window, span; /* samples of a window and of a chunk of a training set that is streamed; 0: it is not */
	uint64_t step;      /* updates made */
	uint64_t seen;      /* samples trained on */
	float *w;                        /* [net->parameters] parameters */
	float *state[OPTIMIZER_VECTORS]; /* [net->parameters] each: what the optimizer keeps; NULL beyond its vectors */
	float *average;                  /* [net->parameters] running mean of w; NULL where the job asks for none */
	int32_t *exponents; /* [net->tensors] of the exact sum */
	struct running running;
	size_t records, room; /* used and allocated */
	struct record *record;
	uint64_t pruned; /* first records that are of the net this one was pruned from: none of them is its best */
	int64_t *confusion; /* [classes][classes], true class × guess, of the last evaluation */
	char background[BACKGROUND_BYTES]; /* what transparent pixels of its pictures stood on, a colour; "": not known */
};

/* What training changes, a row each: what checkpoints, ranks, digests and pruning walk. `array.path` is the name in a
 * checkpoint. */
enum member_kind {
	MEMBER_TEXT,    /* char [size]: an attribute */
	MEMBER_NUMBER,  /* uint64_t: an attribute */
	MEMBER_NOTE,    /* char [size]: a list of one name, only where it is not "" */
	MEMBER_TENSORS, /* float [net->parameters]: a group of arrays, one for each tensor; part of the digest */
	MEMBER_ARRAY,   /* an array, all of `array` is said */
	MEMBER_HISTORY, /* model->record: a group of columns */
	MEMBER_NAMES,   /* struct class_names */
};
struct member {
	enum member_kind kind;
	struct store_array array;
	void *data;         /* count × size bytes */
	void *owned;        /* where the pointer to it stands, if it is memory of the model's; otherwise NULL */
	size_t count, size;
	bool seldom;        /* of an array: a checkpoint has it only where it is not 0 */
};
enum { MODEL_MEMBERS = 24 };

/* Fills in the rows, in the order of a checkpoint; returns how many. The model needs a job and a net. Who may not
 * change the model does not write to `data`. */
size_t model_members(const struct model *model, struct member out[MODEL_MEMBERS]);

/* Returns the name of the row of that number which is an attribute, MEMBER_TEXT or MEMBER_NUMBER; NULL behind the last.
 * They are the same for all models. */
const char *member_attribute(size_t index, enum member_kind *kind);

/* A new model with initial parameters; takes `job` over also on failure. EX_CONFIG with the place in the job file.
 * NULL on failure; free with model_destroy. */
struct model *model_create(struct job *job, struct err *err);
void model_destroy(struct model *model);

/* Takes the data's names of classes for its own, where the job has none. EX_DATAERR where the job or an earlier run
 * calls a class otherwise: the first difference, with its place in the job file. `place`: of the data. */
int model_names_adopt(struct model *model, const struct class_names *names, const char *place, struct err *err);

/* That a job calls no class otherwise than the run that it continues, which has names: EX_CONFIG. The job's names, if
 * any, become the model's. */
int model_names_continue(struct model *model, const struct job *job, struct err *err);

/* Appends a record. */
int model_record(struct model *model, const struct record *record, struct err *err);

/* Whether parameters (batch normalisation's running means with them), the optimizer's vectors and the averages are
 * finite numbers: otherwise −1 and EX_SOFTWARE, naming the first that is not. */
int model_finite(const struct model *model, struct err *err);

/* The parameters to evaluate and predict with: the averaged ones where the job keeps them. */
const float *model_outcome(const struct model *model);

/* SHA-256 of all MEMBER_TENSORS: parameters, the optimizer's vectors, the averaged parameters. */
struct digest model_digest(const struct model *model);

/* Whether `a` has a lower error than `b`, or the same and a lower loss: on the validation set, or on the test set. */
bool record_better(const struct record *a, const struct record *b, bool validation);

/* The number of the epoch's record with the lowest validation error, or test error where the job has no validation set
 * (the lowest loss among equals, the first among those), those of before convoy prune left out; records where there is
 * none. */
size_t model_best(const struct model *model);

/* Whether all epochs are done, or so many without a lower validation error that the job's patience is over: the loss,
 * which chooses among equals for model_best, does not count. */
bool model_done(const struct model *model);

/* ---- Checkpoints (formats) --------------------------------------------------------------------------------------- */

/* The bytes of a checkpoint. EX_SOFTWARE where the model is not finite. */
int checkpoint_image(const struct model *model, struct image *out, struct err *err);

/* Reads and checks one: EX_NOINPUT, EX_IOERR, EX_DATAERR. *foreign (may be NULL): whether it is whole, but written by a
 * release that computes or writes otherwise. NULL on failure. */
struct model *checkpoint_load(const char *path, bool *foreign, struct err *err);

/* ---- Test sets --------------------------------------------------------------------------------------------------- */

/* A test set that a model is looked at with. */
struct test_set {
	struct dataset set;       /* labels are the model's classes, whatever their numbers in the file */
	const char *place;        /* where it was read: the caller's, or the job's */
	char digest[DIGEST_TEXT]; /* of the file's, as in struct model */
	bool own;                 /* the run's, sample by sample */
	char remark[512];         /* what the reader is to know if it is not; "" if it is */
};

/* Reads the test set at `place` (NULL: where the job's is). Classes that both sides name are matched by their names.
 * EX_DATAERR where the file has a name that the model does not know, or more than once; otherwise as dataset_read. */
int test_set_read(struct test_set *out, const struct model *model, const char *place, struct err *err);
void test_set_free(struct test_set *test);

/* ---- Predictions ------------------------------------------------------------------------------------------------- */

/* Runs images through a model with the parameters that it is evaluated with. One thread at a time; several may share a
 * model that nobody changes. */
struct predictor {
	const struct model *model; /* the caller's; outlives the predictor */
	struct dataset block;      /* the images that the batcher reads: memory of the caller of predictor_run */
	struct batcher batcher;
	struct pass pass;
	uint8_t labels[LANES];
};

/* Prepares for the model's parameters as they are now. EX_DATAERR as for batcher_open. */
int predictor_open(struct predictor *out, const struct kernels *kernels, const struct model *model, struct err *err);
void predictor_close(struct predictor *predictor);

/* pixels [count][maps][rows][columns], bytes as in a data set, of the job's input size; scores [count][classes]:
 * probabilities (softmax) where the loss is softmax-cross-entropy, the outputs otherwise. An image's scores are the
 * same bits whatever the others are. */
void predictor_run(struct predictor *predictor, size_t count, const uint8_t *pixels, float *scores);

/* The numbers of the classes by falling score, the first of equals first: order [classes]. */
void predictor_rank(size_t classes, const float *scores, size_t *order);

#endif
