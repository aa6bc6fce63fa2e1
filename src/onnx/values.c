/* The names of an ONNX file, and what they stand for. */
#include "import.h"

#include <stdlib.h>
#include <string.h>

static size_t slot_of(const struct import *in, const char *name)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */
	for (const char *c = name; *c != 0; c++)
		hash = (hash ^ (uint8_t)*c) * 1099511628211u;
	size_t slot = (size_t)hash & (in->slots - 1);
	while (in->slot[slot] != SIZE_MAX && strcmp(in->value[in->slot[slot]].name, name) != 0)
		slot = (slot + 1) & (in->slots - 1);
	return slot;
}

struct value *value_named(const struct import *in, const char *name)
{
	size_t number = in->slot[slot_of(in, name)];
	return number == SIZE_MAX ? NULL : &in->value[number];
}

static struct value *value_add(struct import *in, const char *name)
{
	size_t slot = slot_of(in, name);
	if (in->slot[slot] != SIZE_MAX) {
		err_set(in->err, EX_DATAERR, "two values are called '%s'", name);
		return NULL;
	}
	in->slot[slot] = in->values;
	struct value *value = &in->value[in->values++];
	value->name = name;
	return value;
}

static int table_open(struct import *in)
{
	const struct file *file = in->file;
	size_t most = file->nodes + file->tensors + file->inputs;
	for (in->slots = 16; in->slots < 2 * most + 2;)
		in->slots *= 2;
	in->slot = memory_zeroed(in->slots, sizeof *in->slot, in->err);
	in->value = memory_zeroed(most + 1, sizeof *in->value, in->err);
	in->done = memory_zeroed(file->nodes + 1, sizeof *in->done, in->err);
	if (in->slot == NULL || in->value == NULL || in->done == NULL)
		return -1;
	for (size_t i = 0; i < in->slots; i++)
		in->slot[i] = SIZE_MAX;
	return 0;
}

static int names_list(struct import *in)
{
	const struct file *file = in->file;
	for (size_t t = 0; t < file->tensors; t++) {
		struct value *value = value_add(in, file->tensor[t].name);
		if (value == NULL)
			return -1;
		value->kind = VALUE_TENSOR;
		value->tensor = file->tensor[t];
	}
	for (size_t i = 0; i < file->inputs; i++) /* older files list tensors here too */
		if (value_named(in, file->input[i].name) == NULL && value_add(in, file->input[i].name) == NULL)
			return -1;
	for (size_t n = 0; n < file->nodes; n++)
		if (file->node[n].output[0] != 0 && value_add(in, file->node[n].output) == NULL)
			return -1;
	return 0;
}

/* Reads a shape, and not what is in it. */
static bool shape_alone(const struct file_node *node)
{
	return strcmp(node->operator, "Shape") == 0;
}

/* From the output back. */
static void needs_mark(struct import *in)
{
	const struct file *file = in->file;
	for (size_t n = file->nodes; n-- > 0;) {
		const struct file_node *node = &file->node[n];
		struct value *out = node->output[0] != 0 ? value_named(in, node->output) : NULL;
		in->done[n] = out == NULL || !out->needed;
		for (size_t i = 0; !in->done[n] && i < node->inputs; i++) {
			struct value *value = value_named(in, node->input[i]);
			if (value == NULL)
				continue;
			value->needed = true;
			value->readers += !shape_alone(node);
		}
	}
}

int values_open(struct import *in)
{
	if (table_open(in) != 0 || names_list(in) != 0)
		return -1;
	struct value *output = in->file->outputs == 1 ? value_named(in, in->file->output[0].name) : NULL;
	if (in->file->outputs != 1)
		return err_set(in->err, EX_DATAERR, "the graph has %zu outputs, convoy's networks have one: export the model "
		               "with one", in->file->outputs);
	if (output == NULL)
		return err_set(in->err, EX_DATAERR, "output '%s' is given by no node", in->file->output[0].name);
	output->needed = true;
	output->readers++;
	needs_mark(in);
	return 0;
}

void values_close(struct import *in)
{
	free(in->slot);
	free(in->value);
	free(in->done);
	in->slot = NULL;
	in->value = NULL;
	in->done = NULL;
}

/* ---- Inputs of nodes --------------------------------------------------------------------------------------------- */

bool node_has(const struct file_node *node, size_t i)
{
	return i < node->inputs && node->input[i][0] != 0;
}

static struct value *node_value(struct import *in, const struct file_node *node, size_t i)
{
	struct value *value = node_has(node, i) ? value_named(in, node->input[i]) : NULL;
	if (value != NULL && value->kind != VALUE_UNKNOWN)
		return value;
	if (!node_has(node, i))
		err_set(in->err, EX_DATAERR, "lacks input %zu", i + 1);
	else
		err_set(in->err, EX_DATAERR, "reads '%s', which no earlier node gives as its first output", node->input[i]);
	return NULL;
}

struct value *node_maps(struct import *in, const struct file_node *node, size_t i)
{
	struct value *value = node_value(in, node, i);
	if (value == NULL || value->kind == VALUE_MAPS)
		return value;
	err_set(in->err, EX_DATAERR, "input '%s' is a constant%s; convoy takes what depends on the network's input there",
	        value->name, value->kind == VALUE_WHOLES ? ", or computed of shapes" : "");
	return NULL;
}

bool node_has_tensor(const struct import *in, const struct file_node *node, size_t i)
{
	const struct value *value = node_has(node, i) ? value_named(in, node->input[i]) : NULL;
	return value != NULL && value->kind == VALUE_TENSOR;
}

const struct file_tensor *node_tensor(struct import *in, const struct file_node *node, size_t i)
{
	struct value *value = node_value(in, node, i);
	if (value == NULL || value->kind == VALUE_TENSOR)
		return value == NULL ? NULL : &value->tensor;
	err_set(in->err, EX_DATAERR, "input '%s' must be a constant of the file", value->name);
	return NULL;
}

int node_wholes(struct import *in, const struct file_node *node, size_t i, const char *attribute,
                int64_t out[FILE_NUMBERS], size_t *count)
{
	struct file_attribute found = {0};
	*count = 0;
	struct wholes wholes;
	if (node_has(node, i)) {
		if (wholes_get(in, node, i, &wholes) != 0)
			return -1;
		*count = wholes.count;
		memcpy(out, wholes.number, sizeof wholes.number);
		return 0;
	}
	if (node_attribute(node, attribute, &found, in->err) < 0)
		return -1;
	*count = found.count;
	memcpy(out, found.number, sizeof found.number);
	return 0;
}

float *node_floats(struct import *in, const struct file_node *node, size_t i, size_t count)
{
	const struct file_tensor *tensor = node_tensor(in, node, i);
	if (tensor == NULL)
		return NULL;
	if (tensor->count != count) {
		err_set(in->err, EX_DATAERR, "tensor '%s' has %zu numbers, not %zu", tensor->name, tensor->count, count);
		return NULL;
	}
	if (tensor_floats(tensor, NULL, in->err) != 0)
		return NULL;
	float *number = memory_zeroed(count, sizeof *number, in->err);
	if (number != NULL && tensor_floats(tensor, number, in->err) == 0)
		return number;
	free(number);
	return NULL;
}

int64_t attribute_integer(struct import *in, const struct file_node *node, const char *name, int64_t absent)
{
	struct file_attribute attribute;
	return node_attribute(node, name, &attribute, in->err) > 0 ? attribute.integer : absent;
}

float attribute_real(struct import *in, const struct file_node *node, const char *name, float absent)
{
	struct file_attribute attribute;
	return node_attribute(node, name, &attribute, in->err) > 0 ? attribute.real : absent;
}

/* ---- Outputs of nodes -------------------------------------------------------------------------------------------- */

struct value *output_set(struct import *in, const struct file_node *node, size_t map, bool row)
{
	struct value *value = value_named(in, node->output);
	value->kind = VALUE_MAPS;
	value->map = map;
	value->row = row;
	value->line = false;
	value->sole = true;
	return value;
}

int output_alias(struct import *in, const struct file_node *node, const struct value *of, bool row)
{
	bool sole = of->sole && of->readers == 1;
	struct value *value = output_set(in, node, of->map, row);
	value->line = of->line && !row;
	value->sole = sole;
	return 0;
}

struct shape map_shape(const struct import *in, size_t map)
{
	return map == 0 ? in->input : in->layer[map - 1].out;
}

const struct file_node *node_behind(const struct import *in, const struct value *value)
{
	for (size_t n = 0; value->readers == 1 && n < in->file->nodes; n++)
		for (size_t i = 0; !in->done[n] && !shape_alone(&in->file->node[n]) && i < in->file->node[n].inputs; i++)
			if (strcmp(in->file->node[n].input[i], value->name) == 0)
				return &in->file->node[n];
	return NULL;
}

void node_done(struct import *in, const struct file_node *node)
{
	in->done[node - in->file->node] = true;
}
