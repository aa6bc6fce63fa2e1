/* The losses, a row each. */
#include <convoy/task.h>

static void squared_block(const struct kernels *kernels, size_t classes, const float *y,
                          const struct block_targets *targets, struct targets ends, float *dy, struct verdict *out)
{
	kernels->squared_error(classes, y, targets->label, (float)ends.low, (float)ends.high, dy, out);
}

static double squared_sample(size_t classes, const double *y, const struct block_targets *targets, size_t lane,
                             struct targets ends, double *dy)
{
	return reference_squared_error(classes, y, (size_t)targets->label[lane], ends.low, ends.high, dy);
}

static float squared_curve(float dy, float t)
{
	(void)dy;
	(void)t;
	return 1;
}

static void entropy_block(const struct kernels *kernels, size_t classes, const float *y,
                          const struct block_targets *targets, struct targets ends, float *dy, struct verdict *out)
{
	kernels->cross_entropy(classes, y, targets->label, (float)ends.low, (float)ends.high, dy, out);
}

static double entropy_sample(size_t classes, const double *y, const struct block_targets *targets, size_t lane,
                             struct targets ends, double *dy)
{
	return reference_cross_entropy(classes, y, (size_t)targets->label[lane], ends.low, ends.high, dy);
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
			.name = squared_word, .tasks = 1 << TASK_CLASSES, .range_of_outputs = true,
			.block = squared_block, .sample64 = squared_sample, .curve = squared_curve,
		},
		[LOSS_SOFTMAX_CROSS_ENTROPY] = {
			.name = entropy_word, .tasks = 1 << TASK_CLASSES, .last_linear = true, .probabilities = true,
			.block = entropy_block, .sample64 = entropy_sample, .curve = entropy_curve,
		},
	};
	return &types[loss];
}

struct targets loss_targets(const struct task_spec *task, enum activation f)
{
	float least = 0, most = 1;
	if (loss_type(task->loss)->range_of_outputs)
		activation_targets(f, &least, &most);
	double smoothed = task->smoothing * (double)(most - least), spread = smoothed / (double)task->count;
	return (struct targets){(double)least + spread, (double)most - smoothed + spread};
}

void loss_curves(const struct task_spec *task, enum activation f, const struct block_targets *targets, float *dy)
{
	struct targets ends = loss_targets(task, f);
	for (size_t i = 0; i < task->count * LANES; i++) {
		int32_t own = targets->label[i % LANES];
		double t = own == (int32_t)(i / LANES) ? ends.high : ends.low;
		dy[i] = own < 0 ? 0 : loss_type(task->loss)->curve(dy[i], (float)t);
	}
}

void loss_scores(const struct task_spec *task, const float *y, size_t stride, float *score)
{
	for (size_t k = 0; k < task->count; k++)
		score[k] = y[k * stride];
	if (loss_type(task->loss)->probabilities)
		softmax_rows(1, task->count, score, score);
}
