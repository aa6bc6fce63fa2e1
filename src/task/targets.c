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

int block_targets_open(struct block_targets *out, struct err *err)
{
	*out = (struct block_targets){.label = memory_zeroed(LANES, sizeof *out->label, err)};
	for (size_t lane = 0; out->label != NULL && lane < LANES; lane++)
		out->label[lane] = -1;
	return out->label != NULL ? 0 : -1;
}

void block_targets_close(struct block_targets *targets)
{
	free(targets->label);
	*targets = (struct block_targets){0};
}
