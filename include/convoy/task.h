/* task: what a net is trained for. A row for each loss owns its name, its targets, its value and slope on lanes and in
 * float64, its second derivative, its scores, and what it asks of the last layer. Floor 2: knows base and kernel. All
 * functions are local. */
#ifndef CONVOY_TASK_H
#define CONVOY_TASK_H

#include <convoy/kernel.h>

enum loss {
	LOSS_SQUARED_ERROR,         /* E = ½ Σ_k (t_k − y_k)², one-of-c targets (section 2.1) */
	LOSS_SOFTMAX_CROSS_ENTROPY, /* E = −Σ_k t_k ln softmax(y)_k; −ln softmax(y)_class with targets 0 and 1 */
	LOSSES
};

/* One-of-c targets: of the sample's own class, and of the other classes. */
struct targets {
	double low, high;
};

struct loss_type {
	const char *name;      /* the word of the job file */
	bool last_linear;      /* the last layer must have activation: linear */
	bool probabilities;    /* scores are probabilities: softmax(y) */
	bool range_of_outputs; /* targets are the ends of the last activation's range (section 2.1), otherwise 0 and 1 */

	/* Gives loss, guess and ∂E/∂y of a block: y [classes][LANES], label −1 in empty lanes (loss and dy are 0 there), dy
	 * [classes][LANES] or NULL. */
	void (*block)(const struct kernels *kernels, size_t classes, const float *y, const int32_t label[LANES],
	              struct targets targets, float *dy, struct verdict *out);

	/* Returns the loss of one sample y [classes] in float64; dy [classes] or NULL gets ∂E/∂y. */
	double (*sample64)(size_t classes, const double *y, size_t label, struct targets targets, double *dy);

	/* Returns ∂²E/∂y_k² ≥ 0 where ∂E/∂y_k is dy and the target t (mathematics, Per-weight learning rates). */
	float (*curve)(float dy, float t);
};

/* The words of the job file for the losses. */
extern const struct key_word loss_words[];

/* Returns the row of a loss. */
const struct loss_type *loss_type(enum loss loss);

/* Returns the targets of a loss above a last layer with activation f. `smoothing` of them is spread evenly over all
 * classes: a target t becomes (1 − smoothing) t + smoothing · mean of the targets (mathematics, Label smoothing). */
struct targets loss_targets(enum loss loss, enum activation f, size_t classes, double smoothing);

/* Gives the scores of the classes [classes] for outputs y[k · stride]: probabilities or the outputs themselves, as the
 * loss's row says. */
void loss_scores(enum loss loss, size_t classes, const float *y, size_t stride, float *score);

#endif
