/* Tasks, and the targets of a block. */
#include <convoy/task.h>

#include <math.h>

#include <stdlib.h>

const char *task_name(enum task task)
{
	static const char *const names[TASKS] = {
		[TASK_CLASSES] = "classes", [TASK_VALUES] = "values", [TASK_LABELS] = "labels",
	};
	return names[task];
}

size_t task_numbers(const struct task_spec *task)
{
	return task->task == TASK_CLASSES ? task->positions : task->count * task->positions;
}

/* `classes` is the sum of the class weights at all positions. */
static int64_t divisor(const struct task_spec *task, float weight, double classes)
{
	return (int64_t)floor((double)weight * classes / (double)task->positions * 0x1p20 + 0.5);
}

static bool weighs_classes(const struct task_spec *task)
{
	return task->task == TASK_CLASSES && task->weight != NULL;
}

int64_t sample_divisor(const struct task_spec *task, float weight, const uint16_t *class)
{
	double classes = weighs_classes(task) ? 0 : (double)task->positions;
	for (size_t p = 0; weighs_classes(task) && p < task->positions; p++)
		classes += (double)task->weight[class[p]];
	return divisor(task, weight, classes);
}

int64_t block_divisor(const struct task_spec *task, const struct block_targets *targets)
{
	int64_t sum = 0;
	for (size_t lane = 0; lane < targets->count; lane++) {
		double classes = weighs_classes(task) ? 0 : (double)task->positions;
		for (size_t p = 0; weighs_classes(task) && p < task->positions; p++)
			classes += (double)task->weight[targets->class[p * LANES + lane]];
		sum += divisor(task, targets->weight[lane] - targets->share[lane], classes);
		if (targets->share[lane] > 0)
			sum += divisor(task, targets->share[lane],
			               weighs_classes(task) ? (double)task->weight[targets->other[lane]] : 1);
	}
	return sum;
}

int block_targets_open(struct block_targets *out, const struct task_spec *task, struct err *err)
{
	size_t numbers = task_numbers(task);
	*out = (struct block_targets){0};
	if (task->task != TASK_CLASSES) {
		out->value = memory_zeroed(numbers, LANES * sizeof *out->value, err);
		return out->value != NULL ? 0 : -1;
	}
	out->class = memory_zeroed(numbers, LANES * sizeof *out->class, err);
	for (size_t i = 0; out->class != NULL && i < numbers * LANES; i++)
		out->class[i] = -1;
	return out->class != NULL ? 0 : -1;
}

int block_targets_mix(struct block_targets *targets, const struct task_spec *task, struct err *err)
{
	targets->slope = memory_zeroed(task->count, LANES * sizeof *targets->slope, err);
	return targets->slope != NULL ? 0 : -1;
}

void block_targets_close(struct block_targets *targets)
{
	free(targets->slope);
	free(targets->class);
	free(targets->value);
	*targets = (struct block_targets){0};
}
