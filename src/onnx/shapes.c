/* Operators that change the shape of values, or nothing. */
#include "windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int take_same(struct import *in, const struct file_node *node)
{
	struct value *x = node_maps(in, node, 0);
	return x != NULL ? output_alias(in, node, x, x->row) : -1;
}

/* A constant of two dimensions, as some write the weights of a product. */
int take_transpose(struct import *in, const struct file_node *node)
{
	struct file_attribute attribute;
	const struct file_tensor *tensor = node_tensor(in, node, 0);
	if (tensor == NULL)
		return -1;
	int there = node_attribute(node, "perm", &attribute, in->err);
	bool turns = there == 0 || (attribute.count == 2 && attribute.number[0] == 1 && attribute.number[1] == 0);
	if (there < 0 || tensor->rank != 2 || !turns)
		return err_set(in->err, EX_DATAERR, "turns '%s' of %zu dimensions; convoy takes constants of 2", tensor->name,
		               tensor->rank);
	struct value *value = value_named(in, node->output);
	value->kind = VALUE_TENSOR;
	value->tensor = *tensor;
	value->tensor.dims[0] = tensor->dims[1];
	value->tensor.dims[1] = tensor->dims[0];
	value->tensor.turned = !tensor->turned;
	return 0;
}

int take_flatten(struct import *in, const struct file_node *node)
{
	struct value *x = node_maps(in, node, 0);
	int64_t axis = attribute_integer(in, node, "axis", 1);
	if (x == NULL)
		return -1;
	if (axis != 1)
		return err_set(in->err, EX_DATAERR, "axis %lld: convoy flattens each sample, axis 1", (long long)axis);
	return output_alias(in, node, x, true);
}

/* A map of one row and column loses or gets these; of one row, the rows. */
int take_squeeze(struct import *in, const struct file_node *node)
{
	struct value *x = node_maps(in, node, 0);
	bool squeeze = strcmp(node->operator, "Squeeze") == 0;
	int64_t axis[FILE_NUMBERS];
	size_t count = 0;
	if (x == NULL || node_wholes(in, node, 1, "axes", axis, &count) != 0)
		return -1;
	struct shape shape = map_shape(in, x->map);
	int64_t before = x->row ? 2 : x->line ? 3 : 4, after = squeeze ? before - (int64_t)count : before + (int64_t)count;
	bool fits = count > 0 && after >= 2 && after <= 4, one = shape.columns == 1;
	if (before == 2 && after == 3 && shape.maps == 1 && (axis[0] == 1 || axis[0] == -2)) { /* a row as a map of it */
		axis[0] = 2;
		one = true;
	}
	for (size_t i = 0; i < count && fits; i++)
		fits = axis[i] == 2 + (int64_t)i || axis[i] == 2 + (int64_t)i - (squeeze ? before : after);
	if (!fits || shape.rows != 1 || (!one && (before == 2 || after == 2)))
		return err_set(in->err, EX_DATAERR, "convoy can drop or add rows, or rows and columns, of 1 alone: axes [2], "
		               "[2, 3]");
	output_alias(in, node, x, after == 2);
	value_named(in, node->output)->line = after == 3;
	return 0;
}

/* [samples][all numbers], or [samples][maps][rows][columns] as the value already is, the rows left out or not if there
 * is one. */
int take_reshape(struct import *in, const struct file_node *node)
{
	struct value *x = node_maps(in, node, 0);
	int64_t side[FILE_NUMBERS];
	size_t sides;
	if (x == NULL || node_wholes(in, node, 1, "shape", side, &sides) != 0)
		return -1;
	struct shape shape = map_shape(in, x->map);
	const size_t row[] = {0, shape_size(shape)}, line[] = {0, shape.maps, shape.columns};
	const size_t maps[] = {0, shape.maps, shape.rows, shape.columns};
	const size_t *want = sides == 2 ? row : sides == 3 ? line : maps, present = x->row ? 2 : x->line ? 3 : 4;
	size_t open = 0;
	bool zeros = attribute_integer(in, node, "allowzero", 0) != 0;
	bool fits = sides == 2 || sides == 4 || (sides == 3 && shape.rows == 1);
	for (size_t i = 0; i < sides && fits; i++) {
		bool copied = side[i] == 0 && (i == 0 || (present == sides && !zeros));
		bool samples = i == 0 && (side[i] == WHOLE_SAMPLES || (in->batch > 0 && side[i] == (int64_t)in->batch));
		open += side[i] == -1;
		fits = copied || samples || side[i] == -1 || (i > 0 && side[i] == (int64_t)want[i]);
	}
	if (!fits || open > 1)
		return err_set(in->err, EX_DATAERR, "gives each sample another shape; convoy flattens it to %zu numbers, or "
		               "leaves it as %zu×%zu×%zu", shape_size(shape), shape.maps, shape.rows, shape.columns);
	output_alias(in, node, x, sides == 2);
	value_named(in, node->output)->line = sides == 3;
	return 0;
}

/* Lengths before and behind each dimension: of the input a border that is as wide everywhere, otherwise 0. */
int take_pad(struct import *in, const struct file_node *node)
{
	struct value *x = maps_get(in, node);
	int64_t pad[FILE_NUMBERS] = {0};
	size_t count = 0;
	if (x == NULL || node_wholes(in, node, 1, "pads", pad, &count) != 0)
		return -1;
	size_t sides = x->row ? 2 : x->line ? 3 : 4;
	bool none = true, border = sides == 4 && pad[2] > 0 && pad[2] <= LAYER_SIDE;
	for (size_t i = 0; i < 2 * sides; i++) {
		none = none && pad[i] == 0;
		border = border && pad[i] == (i % 4 < 2 ? 0 : pad[2]);
	}
	if (count != 2 * sides)
		return err_set(in->err, EX_DATAERR, "has %zu pads, not %zu", count, 2 * sides);
	if (none)
		return output_alias(in, node, x, false);
	if (word_check(in, node, "mode", "constant", "constant", "pads with zeros") != 0)
		return -1;
	float *value = node_has(node, 2) ? node_floats(in, node, 2, 1) : NULL;
	bool zeros = value != NULL ? *value == 0 : !node_has(node, 2) && attribute_real(in, node, "value", 0) == 0;
	free(value);
	bool first = x->map == 0 && x->sole && x->readers == 1 && in->pad == 0 && !in->touched;
	if (!zeros || node_has(node, 3) || !border || !first)
		return err_set(in->err, EX_DATAERR, "convoy pads the input alone, by as many zeros on each side; let the "
		               "convolution pad");
	in->pad = (size_t)pad[2];
	in->input.rows += 2 * in->pad;
	in->input.columns += 2 * in->pad;
	return output_alias(in, node, x, false);
}

int take_dropout(struct import *in, const struct file_node *node)
{
	struct value *x = node_maps(in, node, 0);
	float rate = attribute_real(in, node, "ratio", 0.5f);
	if (x == NULL || in->err->code != 0)
		return -1;
	if (node_has(node, 1)) {
		const struct file_tensor *tensor = node_tensor(in, node, 1);
		if (tensor == NULL || tensor->count != 1)
			return err_set(in->err, EX_DATAERR, "its ratio must be one number");
		if (tensor_floats(tensor, &rate, in->err) != 0)
			return -1;
	}
	if (!(rate >= 0 && rate < 1))
		return err_set(in->err, EX_DATAERR, "drops a share of %g; convoy takes 0 … < 1", (double)rate);
	struct part *part = part_append(in, node, "dropout", x, map_shape(in, x->map), x->row);
	if (part == NULL)
		return -1;
	part->closed = true;
	snprintf(part->keys, PART_KEYS, "rate: %.9g", (double)rate);
	return 0;
}
