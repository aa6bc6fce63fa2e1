/* The measure of each task by which epochs and runs are compared. */
#include <convoy/task.h>

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
