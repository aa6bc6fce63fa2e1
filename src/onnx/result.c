/* What the network is for: its task and loss, by what the file says and by its last nodes. */
#include "import.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool metadata_is(const struct import *in, const char *key, const char *text)
{
	size_t length;
	const char *value = file_metadata(in->file, key, &length);
	return value != NULL && length == strlen(text) && memcmp(value, text, length) == 0;
}

const char *line_next(const char **text, size_t *left, size_t *length)
{
	const char *line = *text;
	if (line == NULL)
		return NULL;
	const char *end = memchr(line, '\n', *left);
	*length = end != NULL ? (size_t)(end - line) : *left;
	*left -= *length + (end != NULL ? 1 : 0);
	*text = end != NULL ? end + 1 : NULL;
	return line;
}

static const struct file_node *node_giving(const struct import *in, const char *name)
{
	for (size_t n = 0; n < in->file->nodes; n++)
		if (strcmp(in->file->node[n].output, name) == 0)
			return &in->file->node[n];
	return NULL;
}

static enum task task_find(const struct import *in, const char *last)
{
	size_t length;
	if (in->wishes->tasked)
		return in->wishes->task;
	for (enum task t = 0; t < TASKS; t++)
		if (file_metadata(in->file, task_name(t), &length) != NULL)
			return t;
	return strcmp(last, "Softmax") == 0 ? TASK_CLASSES : strcmp(last, "Sigmoid") == 0 ? TASK_LABELS : TASK_VALUES;
}

int result_find(struct import *in)
{
	const struct file_node *last = node_giving(in, in->file->output[0].name);
	const char *operator = last != NULL ? last->operator : "";
	bool outputs = metadata_is(in, "scores", "outputs"), logistic = strcmp(operator, "Sigmoid") == 0;
	in->result = in->file->output[0].name;
	in->task = task_find(in, operator);
	in->softmax = strcmp(operator, "Softmax") == 0;
	if (in->softmax && in->task != TASK_CLASSES)
		return err_set(in->err, EX_DATAERR, "node '%s' (Softmax) is the output: a network of classes, not of %s",
		               last->name, task_name(in->task));
	if (in->task == TASK_CLASSES)
		in->loss = in->softmax || !outputs ? LOSS_SOFTMAX_CROSS_ENTROPY : LOSS_SQUARED_ERROR;
	else if (in->task == TASK_LABELS)
		in->loss = outputs ? LOSS_SQUARED_ERROR : LOSS_BINARY_CROSS_ENTROPY;
	else
		in->loss = LOSS_SQUARED_ERROR;
	if (!in->softmax && !(logistic && in->loss == LOSS_BINARY_CROSS_ENTROPY))
		return 0;
	if (in->softmax)
		in->axis = attribute_integer(in, last, "axis", in->file->opset < 13 ? 1 : -1);
	node_done(in, last);
	if (!node_has(last, 0))
		return err_set(in->err, EX_DATAERR, "node '%s' (%s) has no input", last->name, operator);
	in->result = last->input[0];
	return in->err->code == 0 ? 0 : -1;
}

/* Factors and offsets of values at the end give them their units. */
static void units_take(struct import *in)
{
	struct part *last = &in->layer[in->layers - 1];
	bool fits = in->task == TASK_VALUES && last->affine && last->activation[0] == 0 && in->layers > 1 &&
	            last->source[0] == in->layers - 1;
	for (size_t k = 0; fits && k < last->out.maps; k++)
		fits = last->tensor[0].number[k] > 0 && isnormal(last->tensor[0].number[k]);
	if (!fits)
		return;
	in->units = last;
	in->layers--;
}

int result_check(struct import *in)
{
	const struct value *value = value_named(in, in->result);
	if (value == NULL || value->kind != VALUE_MAPS)
		return err_set(in->err, EX_DATAERR, "output '%s' does not depend on the input", in->file->output[0].name);
	if (value->map == 0)
		return err_set(in->err, EX_DATAERR, "the graph has no layers");
	if (value->map != in->layers)
		return err_set(in->err, EX_SOFTWARE, "the output is not the last layer's");
	struct shape out = map_shape(in, value->map);
	bool field = out.rows * out.columns > 1;
	if (value->row && field)
		return err_set(in->err, EX_DATAERR, "output '%s' is a flattened map of %zu×%zu×%zu; convoy's answers of maps "
		               "stay maps: leave out the last Flatten", in->file->output[0].name, out.maps, out.rows,
		               out.columns);
	if (in->softmax && in->axis != 1 && in->axis != (value->row ? -1 : value->line ? -2 : -3))
		return err_set(in->err, EX_DATAERR, "Softmax over axis %lld; convoy's classes are axis 1", (long long)in->axis);
	if (in->softmax && !value->row && in->file->opset < 13)
		return err_set(in->err, EX_DATAERR, "Softmax of opset %llu over all numbers of maps; export with opset 13",
		               (unsigned long long)in->file->opset);
	units_take(in);
	return 0;
}
