/* Tasks, and the targets of a block. */
#include <convoy/task.h>

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

int block_targets_open(struct block_targets *out, const struct task_spec *task, struct err *err)
{
	size_t numbers = task_numbers(task);
	*out = (struct block_targets){0};
	if (task->task != TASK_CLASSES) {
		out->value = memory_zeroed(numbers, LANES * sizeof *out->value, err);
		return out->value != NULL ? 0 : -1;
	}
	out->label = memory_zeroed(numbers, LANES * sizeof *out->label, err);
	for (size_t i = 0; out->label != NULL && i < numbers * LANES; i++)
		out->label[i] = -1;
	return out->label != NULL ? 0 : -1;
}

void block_targets_close(struct block_targets *targets)
{
	free(targets->label);
	free(targets->value);
	*targets = (struct block_targets){0};
}
