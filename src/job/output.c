/* What the key `output` says: the task of a job, and what other keys must say to it. */
#include "job.h"

#include <string.h>

/* The three keys of which a job has one: the number of what the outputs stand for. */
static const struct {
	enum task task;
	const char *path;
	size_t at; /* of a size_t in struct job */
} counts[] = {
	{TASK_CLASSES, "output.classes", offsetof(struct job, output.classes)},
	{TASK_VALUES, "output.values", offsetof(struct job, output.values)},
	{TASK_LABELS, "output.labels", offsetof(struct job, output.labels)},
};
enum { COUNTS = sizeof counts / sizeof *counts };

static int task_read(struct job *job, const struct tree *tree, struct err *err)
{
	const char *given = NULL;
	for (size_t i = 0; i < COUNTS; i++) {
		const yaml_node_t *node = tree_find(tree, counts[i].path);
		if (node != NULL && given != NULL)
			return tree_error(tree, node, err, "%s and %s: a job has one of output.classes, output.values, "
			                  "output.labels", given, counts[i].path);
		if (node == NULL)
			continue;
		given = counts[i].path;
		job->output.task = counts[i].task;
		memcpy(&job->output.count, (const char *)job + counts[i].at, sizeof job->output.count);
	}
	if (given == NULL)
		return tree_error(tree, tree_find(tree, "output"), err, "output lacks the key 'classes' (or 'values', or "
		                  "'labels')");
	return 0;
}

/* A list of texts has one for each output, or is not there. */
static int list_check(const struct job *job, const struct tree *tree, const char *path, size_t length, struct err *err)
{
	if (length == 0 || length == job->output.count)
		return 0;
	return tree_error(tree, tree_find(tree, path), err, "%s has %zu %s, output.%s is %zu", path, length,
	                  strchr(path, '.') + 1, task_name(job->output.task), job->output.count);
}

static int names_check(const struct job *job, const struct tree *tree, struct err *err)
{
	size_t second;
	char path[64];
	if (list_check(job, tree, "output.names", job->output.named, err) != 0 ||
	    list_check(job, tree, "output.units", job->output.united, err) != 0)
		return -1;
	if (!class_names_twice(&(struct class_names){job->output.named, job->output.names}, &second))
		return 0;
	snprintf(path, sizeof path, "output.names[%zu]", second);
	return tree_error(tree, tree_find(tree, path), err, "%s is '%s', the name of another %s", path,
	                  job->output.names[second], job->output.task == TASK_CLASSES ? "class" : "output");
}

/* Keys of `output` and others that only some tasks and losses use. */
static int uses_check(const struct job *job, const struct tree *tree, struct err *err)
{
	static const char *const only_values[] = {"output.units", "output.normalize"};
	const char *name = task_name(job->output.task), *loss = loss_type(job->loss)->name;
	for (size_t i = 0; i < sizeof only_values / sizeof *only_values; i++) {
		const yaml_node_t *node = tree_find(tree, only_values[i]);
		if (node != NULL && job->output.task != TASK_VALUES)
			return tree_error(tree, node, err, "%s is for output.values, the job has output.%s", only_values[i], name);
	}
	if ((loss_type(job->loss)->tasks & 1u << job->output.task) == 0)
		return tree_error(tree, tree_find(tree, "loss"), err, "loss: %s is not for output.%s", loss, name);
	if (tree_find(tree, "output.delta") != NULL && job->loss != LOSS_HUBER)
		return tree_error(tree, tree_find(tree, "output.delta"), err, "output.delta is not used by loss: %s", loss);
	if (job->output.task == TASK_VALUES && job->train.smoothing > 0)
		return tree_error(tree, tree_find(tree, "train.smoothing"), err, "train.smoothing is not used by "
		                  "output.values");
	if (job->train.optimizer.kind == OPTIMIZER_SDLM && loss_type(job->loss)->curve == NULL)
		return tree_error(tree, tree_find(tree, "train.optimizer"), err, "optimizer: sdlm needs second derivatives; "
		                  "those of loss: %s are 0 (huber has some)", loss);
	return 0;
}

/* The weights of an entry; adds them to *all. */
static int weight_check(const struct job *job, const struct tree *tree, size_t k, double *all, struct err *err)
{
	const struct real_entry *entry = &job->output.weights.entry[k];
	const char *what = job->output.task == TASK_CLASSES ? "class" : "label";
	char path[64];
	snprintf(path, sizeof path, "output.weights[%zu]", k);
	if (entry->numbers != 1 && job->output.task == TASK_CLASSES)
		return tree_error(tree, tree_find(tree, path), err, "%s is a pair of numbers; a class has one weight", path);
	for (size_t i = 0; i < entry->numbers; i++) {
		if (entry->number[i] > 0 && entry->number[i] < 1e-6) /* means divide by multiples of 2^-20 */
			return tree_error(tree, tree_find(tree, "output.weights"), err, "output.weights: %s %zu has %g: a weight "
			                  "is 0 or at least 1e-6", what, k, entry->number[i]);
		*all += entry->number[i];
	}
	if (entry->numbers == 1 && job->output.task == TASK_LABELS)
		*all += 1; /* of the answer that it does not hold */
	return 0;
}

static int weights_check(const struct job *job, const struct tree *tree, struct err *err)
{
	const struct reals *weights = &job->output.weights;
	const yaml_node_t *node = tree_find(tree, "output.weights");
	double all = 0;
	if (node != NULL && job->output.task == TASK_VALUES)
		return tree_error(tree, node, err, "output.weights is for output.classes and output.labels, the job has "
		                  "output.values");
	if (list_check(job, tree, "output.weights", weights->count, err) != 0)
		return -1;
	for (size_t k = 0; k < weights->count; k++)
		if (weight_check(job, tree, k, &all, err) != 0)
			return -1;
	if (weights->count == 0 || all > 0)
		return 0;
	return tree_error(tree, node, err, "output.weights are all 0: nothing would be learned");
}

int output_check(struct job *job, const struct tree *tree, struct err *err)
{
	if (task_read(job, tree, err) != 0 || names_check(job, tree, err) != 0)
		return -1;
	return weights_check(job, tree, err) != 0 ? -1 : uses_check(job, tree, err);
}

struct task_spec job_task(const struct job *job)
{
	return (struct task_spec){.task = job->output.task, .count = job->output.count, .loss = job->loss,
	                          .smoothing = job->train.smoothing, .delta = job->output.delta};
}
