/* The loss of a block: factors of samples and numbers, value, slopes, second derivatives; and of one sample in
 * float64. */
#include <convoy/task.h>

/* What the loss and the slopes of a number of a sample are multiplied by; 0 in empty lanes. `i` counts the numbers of a
 * target. */
static double factor_of(const struct task_spec *task, const struct block_targets *targets, size_t lane, size_t i)
{
	double factor = targets->weight[lane];
	const float *weight = task->weight;
	if (task->task == TASK_CLASSES) {
		int32_t class = targets->class[i * LANES + lane];
		factor -= targets->share[lane];
		return class < 0 ? 0 : factor * (weight != NULL ? weight[class] : 1) / (double)task->positions;
	}
	if (weight != NULL && task->task == TASK_LABELS)
		factor *= weight[2 * i + (targets->value[i * LANES + lane] > 0.5f)];
	return factor;
}

/* The same for the share that belongs to another class. */
static float other_factor(const struct task_spec *task, const struct block_targets *targets, size_t lane)
{
	float share = targets->share[lane];
	return share > 0 && task->weight != NULL ? share * task->weight[targets->other[lane]] : share;
}

/* The factors of a block at one number; `plain`: 1 for every sample. */
static void factors_fill(const struct task_spec *task, const struct block_targets *targets, size_t i, bool plain,
                         float factor[LANES])
{
	for (size_t lane = 0; lane < LANES; lane++) {
		double own = factor_of(task, targets, lane, i);
		factor[lane] = plain && own > 0 ? 1 : (float)own;
	}
}

static void classes_block(const struct task_spec *task, struct targets ends, const struct kernels *kernels,
                          const float *y, const struct block_targets *targets, bool plain, float *dy,
                          struct verdict *out)
{
	class_loss *loss = loss_type(task->loss)->classes(kernels);
	double sum[LANES] = {0};
	for (size_t p = 0; p < task->positions; p++) {
		float factor[LANES];
		factors_fill(task, targets, p, plain, factor);
		loss(task->count, task->positions, y + p * LANES, targets->class + p * LANES, (float)ends.low,
		     (float)ends.high, factor, dy != NULL ? dy + p * LANES : NULL, out);
		for (size_t lane = 0; lane < LANES; lane++)
			sum[lane] += (double)out->loss[lane];
	}
	for (size_t lane = 0; lane < LANES; lane++) {
		out->loss[lane] = (float)sum[lane];
		out->guess[lane] = task->positions == 1 ? out->guess[lane] : -1;
	}
}

/* Adds the loss and the slopes of what belongs to another class. */
static void shares_block(const struct task_spec *task, struct targets ends, const struct kernels *kernels,
                         const float *y, const struct block_targets *targets, float *dy, struct verdict *out)
{
	float factor[LANES];
	struct verdict of_other;
	for (size_t lane = 0; lane < LANES; lane++)
		factor[lane] = other_factor(task, targets, lane);
	loss_type(task->loss)->classes(kernels)(task->count, 1, y, targets->other, (float)ends.low, (float)ends.high,
	                                        factor, dy != NULL ? targets->slope : NULL, &of_other);
	for (size_t lane = 0; lane < LANES; lane++)
		out->loss[lane] += of_other.loss[lane];
	for (size_t i = 0; dy != NULL && i < task->count * LANES; i++)
		dy[i] += targets->slope[i];
}

static void numbers_block(const struct task_spec *task, struct targets ends, const struct kernels *kernels,
                          const float *y, const struct block_targets *targets, bool plain, float *dy,
                          struct verdict *out)
{
	const struct comparison how = {(float)ends.low, (float)(ends.high - ends.low), (float)task->delta,
	                               task->task == TASK_LABELS && !plain ? task->weight : NULL};
	float factor[LANES];
	for (size_t lane = 0; lane < LANES; lane++) {
		factor[lane] = plain && targets->weight[lane] > 0 ? 1 : targets->weight[lane];
		out->guess[lane] = -1;
	}
	loss_type(task->loss)->numbers(kernels)(task_numbers(task), &how, y, targets->value, factor, dy, out->loss);
}

void loss_block(const struct task_spec *task, enum activation f, const struct kernels *kernels, const float *y,
                const struct block_targets *targets, float *dy, struct verdict *out)
{
	const struct targets ends = loss_targets(task, f);
	(task->task == TASK_CLASSES ? classes_block : numbers_block)(task, ends, kernels, y, targets, false, dy, out);
	if (targets->slope != NULL)
		shares_block(task, ends, kernels, y, targets, dy, out);
}

void loss_curves(const struct task_spec *task, enum activation f, const struct kernels *kernels, const float *y,
                 const struct block_targets *targets, float *h)
{
	const struct loss_type *loss = loss_type(task->loss);
	const struct targets ends = loss_targets(task, f);
	struct verdict verdict;
	(task->task == TASK_CLASSES ? classes_block : numbers_block)(task, ends, kernels, y, targets, true, h, &verdict);
	for (size_t i = 0; i < task->count * task->positions; i++)
		for (size_t lane = 0; lane < LANES; lane++) {
			size_t number = task->task == TASK_CLASSES ? i % task->positions : i;
			size_t at = number * LANES + lane;
			double factor = factor_of(task, targets, lane, number), t;
			if (task->task == TASK_CLASSES)
				t = targets->class[at] == (int32_t)(i / task->positions) ? ends.high : ends.low;
			else
				t = ends.low + (ends.high - ends.low) * targets->value[at];
			float curve = loss->curve != NULL ? loss->curve(h[i * LANES + lane], (float)t, (float)task->delta) : 0;
			h[i * LANES + lane] = factor > 0 ? (float)(factor * curve) : 0;
		}
}

double loss_sample64(const struct task_spec *task, enum activation f, const double *y,
                     const struct block_targets *targets, size_t lane, double *dy)
{
	const struct loss_type *loss = loss_type(task->loss);
	const struct targets ends = loss_targets(task, f);
	double sum = 0;
	for (size_t i = 0; i < task_numbers(task); i++) {
		double factor = factor_of(task, targets, lane, i);
		size_t at = i * LANES + lane;
		if (task->task != TASK_CLASSES) {
			double t = ends.low + (ends.high - ends.low) * targets->value[at];
			sum += factor * loss->number64(y[i], t, task->delta, dy + i);
			dy[i] *= factor;
			continue;
		}
		sum += factor * loss->classes64(task->count, task->positions, y + i, (size_t)targets->class[at], ends.low,
		                                ends.high, dy + i);
		for (size_t k = 0; k < task->count; k++)
			dy[k * task->positions + i] *= factor;
	}
	return sum;
}
