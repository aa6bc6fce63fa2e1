/* The losses, a row each. */
#include <convoy/task.h>

/* A row's way to one of the kernels. */
#define KERNEL(type, member)                                                                                           \
	static type *member##_of(const struct kernels *kernels)                                                            \
	{                                                                                                                  \
		return kernels->member;                                                                                        \
	}
KERNEL(class_loss, squared_error)
KERNEL(class_loss, cross_entropy)
KERNEL(number_loss, squared_numbers)
KERNEL(number_loss, absolute_numbers)
KERNEL(number_loss, huber_numbers)
KERNEL(number_loss, binary_entropy)

static float squared_curve(float dy, float t, float delta)
{
	(void)dy;
	(void)t;
	(void)delta;
	return 1;
}

/* p (1 − p), since ∂E/∂y is p − t. Rounding may leave p outside 0 … 1. */
static float entropy_curve(float dy, float t, float delta)
{
	(void)delta;
	float p = dy + t, curve = p * (1 - p);
	return curve < 0 ? 0 : curve;
}

static float huber_curve(float dy, float t, float delta)
{
	(void)t;
	return dy > -delta && dy < delta ? 1 : 0;
}

static const char squared_word[] = "squared-error", softmax_word[] = "softmax-cross-entropy",
	absolute_word[] = "absolute-error", huber_word[] = "huber", binary_word[] = "binary-cross-entropy";
const struct key_word loss_words[] = {
	{squared_word, LOSS_SQUARED_ERROR}, {softmax_word, LOSS_SOFTMAX_CROSS_ENTROPY},
	{absolute_word, LOSS_ABSOLUTE_ERROR}, {huber_word, LOSS_HUBER}, {binary_word, LOSS_BINARY_CROSS_ENTROPY}, {0},
};

enum { CLASSES = 1 << TASK_CLASSES, VALUES = 1 << TASK_VALUES, LABELS = 1 << TASK_LABELS };

const struct loss_type *loss_type(enum loss loss)
{
	static const struct loss_type types[LOSSES] = {
		[LOSS_SQUARED_ERROR] = {
			.name = squared_word, .tasks = CLASSES | VALUES | LABELS, .range_of_outputs = true,
			.classes = squared_error_of, .classes64 = reference_squared_error,
			.numbers = squared_numbers_of, .number64 = reference_squared_number, .curve = squared_curve,
		},
		[LOSS_SOFTMAX_CROSS_ENTROPY] = {
			.name = softmax_word, .tasks = CLASSES, .last_linear = true, .probabilities = true,
			.classes = cross_entropy_of, .classes64 = reference_cross_entropy, .curve = entropy_curve,
		},
		[LOSS_ABSOLUTE_ERROR] = {
			.name = absolute_word, .tasks = VALUES,
			.numbers = absolute_numbers_of, .number64 = reference_absolute_number,
		},
		[LOSS_HUBER] = {
			.name = huber_word, .tasks = VALUES,
			.numbers = huber_numbers_of, .number64 = reference_huber_number, .curve = huber_curve,
		},
		[LOSS_BINARY_CROSS_ENTROPY] = {
			.name = binary_word, .tasks = LABELS, .last_linear = true, .probabilities = true,
			.numbers = binary_entropy_of, .number64 = reference_binary_entropy, .curve = entropy_curve,
		},
	};
	return &types[loss];
}

struct targets loss_targets(const struct task_spec *task, enum activation f)
{
	float least = 0, most = 1;
	if (task->task == TASK_VALUES)
		return (struct targets){0, 1};
	if (loss_type(task->loss)->range_of_outputs)
		activation_targets(f, &least, &most);
	size_t answers = task->task == TASK_LABELS ? 2 : task->count;
	double smoothed = task->smoothing * (double)(most - least), spread = smoothed / (double)answers;
	return (struct targets){(double)least + spread, (double)most - smoothed + spread};
}

/* The softmax over the classes at each position. */
static void scores_softmax(const struct task_spec *task, const float *y, size_t stride, float *score)
{
	for (size_t p = 0; p < task->positions; p++) {
		double largest = y[p * stride], sum = 0;
		for (size_t k = 1; k < task->count; k++) {
			double value = y[(k * task->positions + p) * stride];
			largest = value > largest ? value : largest;
		}
		for (size_t k = 0; k < task->count; k++)
			sum += scalar_exp(y[(k * task->positions + p) * stride] - largest);
		for (size_t k = 0; k < task->count; k++)
			score[k * task->positions + p] =
				(float)(scalar_exp(y[(k * task->positions + p) * stride] - largest) / sum);
	}
}

void loss_scores(const struct task_spec *task, const float *y, size_t stride, float *score)
{
	bool probabilities = loss_type(task->loss)->probabilities;
	if (probabilities && task->task == TASK_CLASSES) {
		scores_softmax(task, y, stride, score);
		return;
	}
	for (size_t i = 0; i < task->count * task->positions; i++)
		score[i] = probabilities ? (float)(1 / (1 + scalar_exp(-(double)y[i * stride]))) : y[i * stride];
}
