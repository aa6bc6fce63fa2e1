/* task: what a net is trained for: tasks and the targets of a block; the losses and the optimizers, a row each;
 * measures of scores. The row of a loss has its name, its tasks, its value and slope on lanes and in float64, its
 * second derivative, its scores, and its condition on the last layer. The row of an optimizer has its word, the vectors
 * that it keeps, its keys and its rule. Floor 2: knows base and kernel. All functions are local. */
#ifndef CONVOY_TASK_H
#define CONVOY_TASK_H

#include <convoy/kernel.h>

/* ---- Tasks ------------------------------------------------------------------------------------------------------- */

/* What the targets of samples are. */
enum task {
	TASK_CLASSES, /* one of K classes */
	TASK_VALUES,  /* K numbers */
	TASK_LABELS,  /* K labels, each of which holds or not */
	TASKS
};

enum loss {
	LOSS_SQUARED_ERROR,         /* E = ½ Σ_k (t_k − y_k)², for classes one-of-c targets (section 2.1) */
	LOSS_SOFTMAX_CROSS_ENTROPY, /* E = −Σ_k t_k ln softmax(y)_k; −ln softmax(y)_class with targets 0 and 1 */
	LOSS_ABSOLUTE_ERROR,        /* E = Σ_k |t_k − y_k| */
	LOSS_HUBER,                 /* E = Σ_k of ½ (t_k − y_k)², or δ (|t_k − y_k| − ½ δ) beyond δ */
	LOSS_BINARY_CROSS_ENTROPY,  /* E = Σ_k ln(1 + e^y_k) − t_k y_k */
	LOSSES
};

/* What the targets of a net are, and the loss that compares its outputs with them. */
struct task_spec {
	enum task task;
	size_t count;        /* K: of classes, values or labels */
	enum loss loss;
	double smoothing;    /* share of the targets that training spreads (mathematics, Label smoothing); not of values */
	double delta;        /* of LOSS_HUBER */
	const float *weight; /* in the loss: of classes [K], of labels [K][2] that are 0 and 1; NULL: all 1. The caller's */
	size_t positions;    /* rows × columns of the last layer's K maps, each of which has a target; 1: K outputs.
	                      * net_create sets it */
	const double *unit;  /* of values [K]: how many of the user's units a 1 is; NULL: 1. The caller's */
};

/* Returns the numbers of a sample's target: for classes one at each position, otherwise K. */
size_t task_numbers(const struct task_spec *task);

/* Returns the word of a task, that of its targets: "classes", "values", "labels". */
const char *task_name(enum task task);

/* The targets of a block, as the batcher lays them out. A sample of weight 0 counts as an empty lane. */
struct block_targets {
	size_t count;        /* samples; the lanes from there on are empty */
	float weight[LANES]; /* of each sample; 0 in empty lanes */
	int32_t *class;      /* classes: [positions][LANES], −1 in empty lanes; otherwise NULL */
	float *value;        /* values, labels (0 and 1): [K][positions][LANES]; otherwise NULL */
	float share[LANES];   /* of the weight, what belongs to another class than `class`; 0 without mixup */
	int32_t other[LANES]; /* that class, where share is not 0 */
	float *slope;         /* for the slopes of that class: [K][LANES]; NULL: there are no shares */
};

/* Allocates the targets of a block, empty lanes all. */
int block_targets_open(struct block_targets *out, const struct task_spec *task, struct err *err);
void block_targets_close(struct block_targets *targets);

/* Gives targets of one class a sample the memory that shares need. */
int block_targets_mix(struct block_targets *targets, const struct task_spec *task, struct err *err);

/* Return what a sample, or a block of them, counts in the divisor of mean losses and gradients, in units of 2^-20: its
 * weight, for classes times the weight of its class, of a map the mean of those of its positions: class [positions],
 * NULL if classes have no weights. */
int64_t sample_divisor(const struct task_spec *task, float weight, const uint16_t *class);
int64_t block_divisor(const struct task_spec *task, const struct block_targets *targets);

/* ---- Losses ------------------------------------------------------------------------------------------------------ */

/* The targets of classes and labels: `high` for the sample's own class, or a label that holds; `low` for the others. */
struct targets {
	double low, high;
};

struct loss_type {
	const char *name;      /* the word of the job file */
	unsigned tasks;        /* that it is for: bit 1 << TASK_… of each */
	bool last_linear;      /* the last layer must have activation: linear */
	bool probabilities;    /* scores are probabilities: softmax(y) of classes, sigmoid(y) of labels */
	bool range_of_outputs; /* targets are the ends of the last activation's range (section 2.1), otherwise 0 and 1 */

	/* Return its kernels, and compute a sample in float64. `classes` is NULL if it is not for classes, `numbers` if it
	 * is for no other task. */
	class_loss *(*classes)(const struct kernels *kernels);
	double (*classes64)(size_t classes, size_t stride, const double *y, size_t label, double low, double high,
	                    double *dy);
	number_loss *(*numbers)(const struct kernels *kernels);
	double (*number64)(double y, double t, double delta, double *dy);

	/* Returns ∂²E/∂y_k² ≥ 0 where ∂E/∂y_k is dy and the target t (mathematics, Per-weight learning rates). NULL: it is
	 * 0 almost everywhere. */
	float (*curve)(float dy, float t, float delta);
};

/* The words of the job file for the losses. */
extern const struct key_word loss_words[];

/* Returns the row of a loss. */
const struct loss_type *loss_type(enum loss loss);

/* Returns the targets of the task's loss above a last layer with activation f. task->smoothing of them is spread evenly
 * over all classes, or over both answers of a label: a target t becomes (1 − smoothing) t + smoothing · mean of the
 * targets (mathematics, Label smoothing). For values: 0 and 1, so that t stays t. */
struct targets loss_targets(const struct task_spec *task, enum activation f);

/* Gives loss, guess and ∂E/∂y of a block: y [K][positions][LANES], from a last layer with activation f; dy likewise, or
 * NULL. The loss is the mean over the positions of classes, and the sum over values and labels; it is multiplied by the
 * weights. Loss and dy are exactly 0 in empty lanes. The guess is −1 in empty lanes, and if a sample's target is not
 * one class. */
void loss_block(const struct task_spec *task, enum activation f, const struct kernels *kernels, const float *y,
                const struct block_targets *targets, float *dy, struct verdict *out);

/* Returns the same loss of the sample y [K][positions] of a lane in float64; dy gets ∂E/∂y. Of targets without shares.
 */
double loss_sample64(const struct task_spec *task, enum activation f, const double *y,
                     const struct block_targets *targets, size_t lane, double *dy);

/* Gives the first measure of each lane, times the sample's weight; 0 in empty lanes. Classes: the number of wrong
 * positions. Values: Σ |y − t| over the target's numbers, in the user's units. Labels: the number of wrong ones; the
 * guess is that a label holds if y is nearer to the target of 1 than to that of 0 (binary-cross-entropy: y > 0). */
void block_measure(const struct task_spec *task, enum activation f, const float *y,
                   const struct block_targets *targets, double measure[LANES]);

/* Gives the class with the largest output at a position of each lane, of equals the first. */
void class_guesses(const struct task_spec *task, const float *y, size_t position, int32_t guess[LANES]);

/* Gives the second derivatives ∂²E/∂y² ≥ 0 of a block, h [K][positions][LANES] (mathematics, Per-weight learning
 * rates). They are 0 in empty lanes. */
void loss_curves(const struct task_spec *task, enum activation f, const struct kernels *kernels, const float *y,
                 const struct block_targets *targets, float *h);

/* Gives the scores [K][positions] for outputs y[i · stride]: probabilities or the outputs themselves, as the loss's row
 * says. */
void loss_scores(const struct task_spec *task, const float *y, size_t stride, float *score);

/* ---- Measures ---------------------------------------------------------------------------------------------------- */

/* Returns the area under the receiver operating characteristic of `count` scores, at most 2^32, each the auc_key of a
 * sample: the share of pairs of a positive and a negative sample in which the positive one has the larger score. A pair
 * of equal scores counts half (Hanley and McNeil 1982). Pairs are counted as integers, so any order of the samples
 * gives the same bits. NaN without positive or without negative samples. Sorts the keys. */
double auc(size_t count, uint64_t *key);
uint64_t auc_key(float score, bool positive);

/* ---- Optimizers (mathematics, Updates) -------------------------------------------------------------------------- */

enum optimizer {
	OPTIMIZER_SGD, OPTIMIZER_ADAGRAD, OPTIMIZER_RMSPROP, OPTIMIZER_ADAM, OPTIMIZER_ADAMW, OPTIMIZER_SDLM,
	OPTIMIZER_LARS, OPTIMIZER_LAMB,
	OPTIMIZERS
};

/* What a job file says of the optimizer: its numbers, of which each optimizer takes some. */
struct optimizer_spec {
	enum optimizer kind;
	double momentum;
	bool nesterov;
	double beta1, beta2, epsilon; /* of the optimizers with running means */
	double trust;     /* lars: coefficient of the trust ratio */
	double damping;   /* sdlm: added to the second derivatives */
	size_t curvature; /* sdlm: samples of an epoch that second derivatives are measured on */
};

/* The rows of its keys, for the mapping that fills `structure`, in which it is `member`. */
#define OPTIMIZER_ROWS(structure, member) \
	{.name = "optimizer", .type = KEY_WORD, KEY_AT(structure, member.kind), .same = true, .changes = true, \
	 .words = optimizer_words, .help = "the rule of the update"}, \
	{.name = "momentum", .type = KEY_REAL, KEY_AT(structure, member.momentum), .most = 1, .below = true, \
	 .single = true, .help = "sgd, rmsprop, sdlm, lars: share of the last steps that goes on"}, \
	{.name = "nesterov", .type = KEY_TRUTH, KEY_AT(structure, member.nesterov), \
	 .help = "sgd, lars: Nesterov's form of momentum"}, \
	{.name = "beta1", .type = KEY_REAL, KEY_AT(structure, member.beta1), .preset = 0.9, .most = 1, .above = true, \
	 .below = true, .single = true, .help = "adam, adamw, lamb: memory of the mean gradient"}, \
	{.name = "beta2", .type = KEY_REAL, KEY_AT(structure, member.beta2), .preset = 0.999, .most = 1, .above = true, \
	 .below = true, .single = true, .help = "adam, adamw, lamb, rmsprop (there 0.99): memory of the mean square"}, \
	{.name = "epsilon", .type = KEY_REAL, KEY_AT(structure, member.epsilon), .preset = 1e-8, .most = 1, \
	 .above = true, .single = true, \
	 .help = "adagrad, rmsprop, adam, adamw, lars, lamb (1e-6): added to the divisor"}, \
	{.name = "trust", .type = KEY_REAL, KEY_AT(structure, member.trust), .preset = 0.001, .most = 1, .above = true, \
	 .single = true, .help = "lars: how far a step of rate 1 moves a tensor, as a share of its norm", \
	 .aliases = (const struct key_alias[]){{"trust_coefficient", "trust", ""}, {0}}}, \
	{.name = "damping", .type = KEY_REAL, KEY_AT(structure, member.damping), .preset = 0.02, .most = 1e6, \
	 .above = true, .single = true, .help = "sdlm: added to the second derivatives, so that no rate is too large"}, \
	{.name = "curvature", .type = KEY_WHOLE, KEY_AT(structure, member.curvature), .preset = 500, .least = 1, \
	 .most = 1e9, .help = "sdlm: samples of each epoch that they are measured on"}

/* The largest number of vectors that an optimizer keeps, and of keys that it takes. */
enum { OPTIMIZER_VECTORS = 2, OPTIMIZER_KEYS = 4 };

/* A vector with the parameters' shape that an optimizer keeps from step to step. */
struct optimizer_vector {
	const char *group; /* its group in a checkpoint; NULL: no vector */
	bool squares;      /* scales with the square of a parameter's scale: g² or ∂²E/∂w² */
	bool measured;     /* the rule only reads it: second derivatives, measured before each epoch */
};

struct optimizer_type {
	struct optimizer_vector vector[OPTIMIZER_VECTORS];
	const char *keys[OPTIMIZER_KEYS]; /* keys of `train` that it takes and not every optimizer takes; NULL: none */
	double beta2, epsilon; /* its defaults for these keys; 0: the key's own default */
	bool coupled;  /* decay is added to the gradient (update.decay); otherwise it acts on w directly (update.fade) */
	/* The power of the batch by which the rate is usually scaled with it (mathematics, Large batches): 1, ½; 0: none is
	 * usual. */
	double scaling;
	bool trusts;   /* tensors that decay have a trust ratio (update.trusted) */
	bool unbiased; /* the means begin at 0, and update.rate and update.root correct for it */

	/* Updates `count` parameters w, and what is kept of them, from their mean gradient g, in
	 * which it may leave anything. */
	void (*update)(const struct kernels *kernels, size_t count, float *w, float *const kept[OPTIMIZER_VECTORS],
	               float *g, const struct update *u);
};

/* The words of the job file for the optimizers. */
extern const struct key_word optimizer_words[];

/* Returns the word of an optimizer: "sgd", "adagrad" … */
const char *optimizer_name(enum optimizer optimizer);

/* Returns the row of an optimizer. */
const struct optimizer_type *optimizer_type(enum optimizer optimizer);

/* Returns whether an optimizer takes that key of `train`. */
bool optimizer_takes(enum optimizer optimizer, const char *key);

/* Returns the number of the vector that is measured before each epoch; OPTIMIZER_VECTORS: none is. */
size_t optimizer_measured(enum optimizer optimizer);

/* ---- Measures ---------------------------------------------------------------------------------------------------- */

/* What a task measures first: by this epochs are compared, and less is better. */
struct measure {
	const char *name;  /* in columns: train_NAME, test_NAME */
	const char *title; /* for people */
	bool share;        /* of samples, written as percent; otherwise in the units of the values */
	const char *before, *after; /* what stands around the name of a set in a sentence that describes it */
};

/* Returns the measure of a task: the share of wrong guesses, or the mean absolute error. */
const struct measure *task_measure(enum task task);

/* Returns measure number `index` of those that there are, or NULL after the last. */
const struct measure *measure_at(size_t index);

/* Writes a measure for people: "12.34%", "0.05213", "none" if it is not a number. Returns `text`. */
enum { MEASURE_TEXT = 24 };
const char *measure_text(const struct measure *measure, double value, char text[MEASURE_TEXT]);

/* Writes a loss for people, beside that measure: four digits behind the point, or where the measure has the user's
 * units, so that a loss can be of any size, four digits in all. "none" likewise. Returns `text`. */
const char *loss_text(const struct measure *measure, double loss, char text[MEASURE_TEXT]);

/* Sums over samples of one value, and of all positions if it is a field. They are integers alone, and those of blocks,
 * threads and ranks add up. All terms are multiplied by the sample's weight in units of 2^-20. */
struct value_sums {
	int64_t error[EXACT_LIMBS], squares[EXACT_WIDE];         /* Σ |y − t|, Σ (y − t)² */
	int64_t target[EXACT_LIMBS], target_squares[EXACT_WIDE]; /* Σ t, Σ t² */
	int64_t weight;
};

/* The largest error of a value, and the sample that has it: of equals the first. −1 before the first. */
struct value_largest {
	double error;
	size_t sample;
};

/* Adds a block to the sums [K] of its values, and its errors to the largest ones [K]. sample [LANES]: their numbers. */
void values_add(const struct task_spec *task, const float *y, const struct block_targets *targets,
                const uint32_t *sample, struct value_sums *sums, struct value_largest *largest);

/* Makes `largest` that of both. */
void largest_add(struct value_largest *largest, const struct value_largest *other);

/* What they say: mean absolute error and root mean square error in the user's unit, of which `unit` are a 1 of the
 * sums; R², the share of the targets' variance that the net explains. R² of equal targets is 1 if there is no error,
 * otherwise 0. NaN without samples. */
struct value_measures {
	double mae, rmse, r2;
};
struct value_measures value_measures(const struct value_sums *sums, double unit);

/* Weights of samples by what a label is and what the net says, in units of 2^-20. */
struct label_sums {
	int64_t true_positive, false_positive, true_negative, false_negative;
};

/* Adds a block to the sums [K] of its labels, and to *exact the weights of samples of which all labels are right. f is
 * the last layer's activation. */
void labels_add(const struct task_spec *task, enum activation f, const float *y, const struct block_targets *targets,
                struct label_sums *sums, int64_t *exact);

/* What they say; NaN: of nothing. iou: the intersection of what is and what the net says over their union. */
struct label_measures {
	double error, precision, recall, f1, iou;
};
struct label_measures label_measures(const struct label_sums *sums);

#endif
