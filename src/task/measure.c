/* The measure of each task by which epochs and runs are compared. */
#include <convoy/task.h>

#include <math.h>
#include <stdio.h>

static const struct measure wrong = {"error", "error", true, "share of ", " guessed wrong"};
static const struct measure absolute = {"mae", "MAE", false, "mean absolute error of ", ""};

const struct measure *task_measure(enum task task)
{
	return task == TASK_VALUES ? &absolute : &wrong;
}

const struct measure *measure_at(size_t index)
{
	static const struct measure *const all[] = {&wrong, &absolute};
	return index < sizeof all / sizeof *all ? all[index] : NULL;
}

const char *measure_text(const struct measure *measure, double value, char text[MEASURE_TEXT])
{
	snprintf(text, MEASURE_TEXT, measure->share ? "%.2f%%" : "%.4g", measure->share ? 100 * value : value);
	return text;
}

/* Returns the class with the largest output at a position of a lane, of equals the first. */
static int32_t guess_at(const struct task_spec *task, const float *y, size_t position, size_t lane)
{
	size_t best = 0, pitch = task->positions * LANES, at = position * LANES + lane;
	for (size_t k = 1; k < task->count; k++)
		if (y[k * pitch + at] > y[best * pitch + at])
			best = k;
	return (int32_t)best;
}

/* Returns what one number of a target adds to its sample's measure. */
static double number_measure(const struct task_spec *task, double threshold, const float *y,
                             const struct block_targets *targets, size_t i, size_t lane)
{
	size_t at = i * LANES + lane;
	switch (task->task) {
	case TASK_CLASSES:
		return guess_at(task, y, i, lane) != targets->label[at];
	case TASK_VALUES:
		return fabs((double)y[at] - (double)targets->value[at]);
	default:
		return (y[at] > threshold) != (targets->value[at] > 0.5f);
	}
}

void block_measure(const struct task_spec *task, enum activation f, const float *y,
                   const struct block_targets *targets, double measure[LANES])
{
	struct task_spec plain = *task;
	plain.smoothing = 0;
	const struct targets ends = loss_targets(&plain, f);
	double threshold = task->loss == LOSS_BINARY_CROSS_ENTROPY ? 0 : (ends.low + ends.high) / 2;
	for (size_t lane = 0; lane < LANES; lane++) {
		measure[lane] = 0;
		for (size_t i = 0; targets->weight[lane] > 0 && i < task_numbers(task); i++)
			measure[lane] += number_measure(task, threshold, y, targets, i, lane);
		measure[lane] *= (double)targets->weight[lane];
	}
}
