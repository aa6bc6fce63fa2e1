/* The losses, a row each. */
#include <convoy/task.h>

static void squared_block(const struct kernels *kernels, size_t classes, const float *y, const int32_t label[LANES],
                          struct targets targets, float *dy, struct verdict *out)
{
	kernels->squared_error(classes, y, label, (float)targets.low, (float)targets.high, dy, out);
}

static double squared_sample(size_t classes, const double *y, size_t label, struct targets targets, double *dy)
{
	return reference_squared_error(classes, y, label, targets.low, targets.high, dy);
}

static float squared_curve(float dy, float t)
{
	(void)dy;
	(void)t;
	return 1;
}

static void entropy_block(const struct kernels *kernels, size_t classes, const float *y, const int32_t label[LANES],
                          struct targets targets, float *dy, struct verdict *out)
{
	kernels->cross_entropy(classes, y, label, (float)targets.low, (float)targets.high, dy, out);
}

static double entropy_sample(size_t classes, const double *y, size_t label, struct targets targets, double *dy)
{
	return reference_cross_entropy(classes, y, label, targets.low, targets.high, dy);
}

/* p (1 − p), since ∂E/∂y is p − t. Rounding may leave p outside 0 … 1. */
static float entropy_curve(float dy, float t)
{
	float p = dy + t, curve = p * (1 - p);
	return curve < 0 ? 0 : curve;
}

static const char squared_word[] = "squared-error", entropy_word[] = "softmax-cross-entropy";
const struct key_word loss_words[] = {
	{squared_word, LOSS_SQUARED_ERROR}, {entropy_word, LOSS_SOFTMAX_CROSS_ENTROPY}, {0},
};

const struct loss_type *loss_type(enum loss loss)
{
	static const struct loss_type types[LOSSES] = {
		[LOSS_SQUARED_ERROR] = {
			.name = squared_word, .range_of_outputs = true,
			.block = squared_block, .sample64 = squared_sample, .curve = squared_curve,
		},
		[LOSS_SOFTMAX_CROSS_ENTROPY] = {
			.name = entropy_word, .last_linear = true, .probabilities = true,
			.block = entropy_block, .sample64 = entropy_sample, .curve = entropy_curve,
		},
	};
	return &types[loss];
}

struct targets loss_targets(enum loss loss, enum activation f, size_t classes, double smoothing)
{
	float least = 0, most = 1;
	if (loss_type(loss)->range_of_outputs)
		activation_targets(f, &least, &most);
	double spread = smoothing * (double)(most - least) / (double)classes;
	return (struct targets){(double)least + spread, (double)most - smoothing * (double)(most - least) + spread};
}

void loss_scores(enum loss loss, size_t classes, const float *y, size_t stride, float *score)
{
	for (size_t k = 0; k < classes; k++)
		score[k] = y[k * stride];
	if (loss_type(loss)->probabilities)
		softmax_rows(1, classes, score, score);
}
