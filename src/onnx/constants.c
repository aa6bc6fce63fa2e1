/* Operators that combine values with constants: the normalisation of the inputs, biases, factors of maps. */
#include "import.h"

#include <stdlib.h>
#include <string.h>

/* A constant for each map, or one for all: [maps] of a row, [maps][1][1] of maps, [maps][1] of a line, with more sides
 * of 1 in front. */
static float *constant_get(struct import *in, const struct file_node *node, size_t i, const struct value *x)
{
	const struct file_tensor *tensor = node_tensor(in, node, i);
	struct shape shape = map_shape(in, x->map);
	size_t behind = x->row ? 1 : x->line ? 2 : 3;
	if (tensor == NULL)
		return NULL;
	if (shape.maps > LAYER_MAPS) { /* memory must go by what is in the file */
		err_set(in->err, EX_DATAERR, "a constant for %zu maps, the limit is %d", shape.maps, LAYER_MAPS);
		return NULL;
	}
	bool each = tensor->rank >= behind && tensor->dims[tensor->rank - behind] == tensor->count &&
	            tensor->count == shape.maps && (!x->row || shape.rows * shape.columns == 1);
	if (tensor->count != 1 && !each) {
		err_set(in->err, EX_DATAERR, "constant '%s' of %zu numbers: convoy takes one, or one for each of %zu maps",
		        tensor->name, tensor->count, shape.maps);
		return NULL;
	}
	float *number = node_floats(in, node, i, tensor->count);
	float *all = number != NULL ? memory_zeroed(shape.maps, sizeof *all, in->err) : NULL;
	for (size_t m = 0; all != NULL && m < shape.maps; m++)
		all[m] = number[tensor->count == 1 ? 0 : m];
	free(number);
	return all;
}

/* x · factor + bias for the operator and its constant; behind: the constant is the second input. */
static int constant_read(struct import *in, const struct file_node *node, bool behind, float constant, double *factor,
                         double *bias)
{
	const char *type = node->operator;
	double c = (double)constant;
	*factor = 1;
	*bias = 0;
	if (strcmp(type, "Mul") == 0)
		*factor = c;
	else if (strcmp(type, "Add") == 0 || strcmp(type, "Sum") == 0)
		*bias = c;
	else if (strcmp(type, "Sub") == 0) {
		*factor = behind ? 1 : -1;
		*bias = behind ? -c : c;
	} else if (behind && constant != 0)
		*factor = 1 / c;
	else
		return err_set(in->err, EX_DATAERR, "divides a constant by values, or values by 0");
	return 0;
}

/* The layer that takes the constants: one before that nothing else reads, or a new one with factor 1 and bias 0. */
static struct part *affine_part(struct import *in, const struct file_node *node, const struct value *x, bool biases)
{
	struct part *part = part_open(in, x);
	if (part != NULL && (part->affine || (part->bare && biases))) {
		output_set(in, node, x->map, x->row)->line = x->line;
		return part;
	}
	struct shape shape = map_shape(in, x->map);
	part = part_append(in, node, "scale", x, shape, x->row);
	if (part == NULL || part_fill(in, part, shape.maps, 1) != 0 || part_fill(in, part, shape.maps, 0) != 0)
		return NULL;
	part->affine = true;
	return part;
}

static int constants_take(struct import *in, const struct file_node *node, const struct value *x, bool behind)
{
	float *constant = constant_get(in, node, behind ? 1 : 0, x);
	struct shape shape = map_shape(in, x->map);
	bool input = x->map == 0 && x->sole && x->readers == 1;
	bool biases = strcmp(node->operator, "Mul") != 0 && strcmp(node->operator, "Div") != 0 &&
	              (behind || strcmp(node->operator, "Sub") != 0);
	struct part *part = constant == NULL || input ? NULL : affine_part(in, node, x, biases);
	int code = constant != NULL && (input || part != NULL) ? 0 : -1;
	for (size_t m = 0; m < shape.maps && code == 0; m++) {
		double factor, bias;
		code = constant_read(in, node, behind, constant[m], &factor, &bias);
		if (code == 0 && input) {
			in->scale[m] *= factor;
			in->offset[m] = in->offset[m] * factor + bias;
		} else if (code == 0) {
			float *last = part->tensor[part->tensors - 1].number;
			if (part->affine)
				part->tensor[0].number[m] = (float)((double)part->tensor[0].number[m] * factor);
			last[m] = (float)((double)last[m] * factor + bias);
		}
	}
	in->touched = in->touched || input;
	if (code == 0 && input)
		output_alias(in, node, x, x->row);
	if (code == 0 && part != NULL && !part->affine)
		part->bare = false;
	free(constant);
	return code;
}

int take_arithmetic(struct import *in, const struct file_node *node)
{
	bool sum = strcmp(node->operator, "Add") == 0 || strcmp(node->operator, "Sum") == 0;
	if (node->inputs != 2)
		return err_set(in->err, EX_DATAERR, "has %zu inputs; convoy takes 2", node->inputs);
	bool first = node_has_tensor(in, node, 0), second = node_has_tensor(in, node, 1);
	if (sum && !first && !second)
		return values_join(in, node);
	struct value *x = node_maps(in, node, first ? 1 : 0);
	if (x == NULL)
		return -1;
	int taken = pattern_take(in, node, x);
	if (taken != 0)
		return taken > 0 ? 0 : -1;
	if (!first && !second)
		return err_set(in->err, EX_DATAERR, "combines two values that the network computes; of these convoy has sums "
		               "alone");
	return constants_take(in, node, x, second);
}
