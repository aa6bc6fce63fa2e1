/* Full layers, batch normalisation, joins. */
#include "import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row [N][numbers] for input 1 of a node. */
static struct value *row_get(struct import *in, const struct file_node *node)
{
	struct value *x = node_maps(in, node, 0);
	if (x == NULL || x->row)
		return x;
	err_set(in->err, EX_DATAERR, "its input '%s' has rows and columns, convoy takes [N][numbers] there; Flatten makes "
	        "it so", x->name);
	return NULL;
}

/* ---- Full layers ------------------------------------------------------------------------------------------------- */

static void transpose(const float *from, size_t rows, size_t columns, float factor, float *to)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < columns; j++)
			to[j * rows + i] = factor * from[i * columns + j];
}

/* Weights [units][inputs] of a tensor, which has them transposed unless `plain`. */
static float *weights_get(struct import *in, const struct file_node *node, bool plain, float factor, size_t inputs,
                          size_t *units)
{
	const struct file_tensor *tensor = node_tensor(in, node, 1);
	if (tensor == NULL)
		return NULL;
	if (tensor->rank != 2 || tensor->dims[plain ? 1 : 0] != inputs || tensor->count == 0) {
		err_set(in->err, EX_DATAERR, "weights '%s' of %zu dimensions do not fit %zu inputs", tensor->name, tensor->rank,
		        inputs);
		return NULL;
	}
	*units = tensor->dims[plain ? 0 : 1];
	float *number = node_floats(in, node, 1, tensor->count);
	float *turned = number != NULL ? memory_zeroed(tensor->count, sizeof *turned, in->err) : NULL;
	if (turned != NULL && !plain)
		transpose(number, inputs, *units, factor, turned);
	for (size_t i = 0; turned != NULL && plain && i < tensor->count; i++)
		turned[i] = factor * number[i];
	free(number);
	return turned;
}

static struct part *full_add(struct import *in, const struct file_node *node, bool plain, float factor)
{
	struct value *x = row_get(in, node);
	size_t units;
	if (x == NULL)
		return NULL;
	float *weights = weights_get(in, node, plain, factor, shape_size(map_shape(in, x->map)), &units);
	struct part *part = weights == NULL ? NULL
	                    : part_append(in, node, "full", x, (struct shape){units, 1, 1}, true);
	if (part == NULL) {
		free(weights);
		return NULL;
	}
	snprintf(part->keys, PART_KEYS, "units: %zu", units);
	part_tensor(part, units * shape_size(map_shape(in, x->map)), weights);
	return part;
}

int take_gemm(struct import *in, const struct file_node *node)
{
	if (attribute_integer(in, node, "transA", 0) != 0)
		return err_set(in->err, EX_DATAERR, "transA: convoy does not transpose what the network computes");
	struct part *part = full_add(in, node, attribute_integer(in, node, "transB", 0) != 0,
	                             attribute_real(in, node, "alpha", 1));
	float beta = attribute_real(in, node, "beta", 1);
	if (part == NULL || in->err->code != 0)
		return -1;
	part->bare = !node_has(node, 2);
	if (part->bare)
		return part_fill(in, part, part->out.maps, 0);
	const struct file_tensor *bias = node_tensor(in, node, 2);
	if (bias == NULL)
		return -1;
	float *number = node_floats(in, node, 2, bias->count == 1 ? 1 : part->out.maps);
	if (number == NULL)
		return -1;
	int code = part_fill(in, part, part->out.maps, 0);
	for (size_t k = 0; code == 0 && k < part->out.maps; k++)
		part->tensor[1].number[k] = beta * number[bias->count == 1 ? 0 : k];
	free(number);
	return code;
}

int take_matmul(struct import *in, const struct file_node *node)
{
	struct part *part = full_add(in, node, false, 1);
	if (part == NULL)
		return -1;
	part->bare = true;
	return part_fill(in, part, part->out.maps, 0);
}

/* ---- Batch normalisation ----------------------------------------------------------------------------------------- */

/* Convoy's own ε is a constant: what another one says goes into the variance; below 0 into factors and biases. */
static int statistics_add(struct import *in, struct part *part, float *number[4], float epsilon)
{
	size_t maps = part->out.maps;
	bool scale = false;
	for (size_t j = 0; j < maps; j++) {
		if (number[3][j] < 0)
			return err_set(in->err, EX_DATAERR, "variance %zu is %g, below 0", j, (double)number[3][j]);
		if (epsilon != LAYER_EPSILON)
			number[3][j] = (float)((double)number[3][j] + (double)epsilon - (double)LAYER_EPSILON);
		scale = scale || number[3][j] < 0;
	}
	for (size_t j = 0; scale && j < maps; j++) {
		double factor = (double)number[0][j] / sqrt((double)number[3][j] + (double)LAYER_EPSILON);
		number[1][j] = (float)((double)number[1][j] - (double)number[2][j] * factor);
		number[0][j] = (float)factor;
	}
	if (scale)
		part->type = "scale";
	for (size_t i = 0; i < (scale ? 2 : 4); i++) {
		part_tensor(part, maps, number[i]);
		number[i] = NULL;
	}
	return 0;
}

int take_batch_norm(struct import *in, const struct file_node *node)
{
	struct value *x = node_maps(in, node, 0);
	float *number[4] = {NULL}, epsilon = attribute_real(in, node, "epsilon", 1e-5f);
	int code = -1;
	if (x == NULL)
		return -1;
	struct shape shape = map_shape(in, x->map);
	if (x->row && shape.rows * shape.columns > 1)
		return err_set(in->err, EX_DATAERR, "normalises each number of flattened maps; convoy normalises maps: put it "
		               "before Flatten, or behind a full layer");
	if (attribute_integer(in, node, "training_mode", 0) != 0 || attribute_integer(in, node, "spatial", 1) != 1)
		return err_set(in->err, EX_DATAERR, "is in training mode, or not spatial: export the model after model.eval()");
	for (size_t i = 0; i < 4; i++)
		if ((number[i] = node_floats(in, node, i + 1, shape.maps)) == NULL)
			goto out;
	if (!(epsilon >= 0) || in->err->code != 0) {
		err_set(in->err, EX_DATAERR, "epsilon is below 0");
		goto out;
	}
	struct part *part = part_append(in, node, "batch-norm", x, shape, x->row);
	if (part != NULL)
		code = statistics_add(in, part, number, epsilon);
out:
	for (size_t i = 0; i < 4; i++)
		free(number[i]);
	return code;
}

/* ---- Joins ------------------------------------------------------------------------------------------------------- */

int values_join(struct import *in, const struct file_node *node)
{
	struct value *a = node_maps(in, node, 0), *b = a != NULL ? node_maps(in, node, 1) : NULL;
	if (b == NULL)
		return -1;
	struct shape one = map_shape(in, a->map), other = map_shape(in, b->map);
	if (memcmp(&one, &other, sizeof one) != 0 || a->row != b->row || a->line != b->line)
		return err_set(in->err, EX_DATAERR, "adds maps of %zu×%zu×%zu and %zu×%zu×%zu; convoy adds equal shapes",
		               one.maps, one.rows, one.columns, other.maps, other.rows, other.columns);
	struct part *sum = part_open(in, a);
	if (sum != NULL && sum->sum && sum->sources < LAYER_SOURCES && a->map == in->layers && b->map != a->map) {
		sum->source[sum->sources++] = b->map;
		output_set(in, node, a->map, a->row)->line = a->line;
		part_rename(in, node, sum);
		return 0;
	}
	struct part *part = part_append(in, node, "add", a, one, a->row);
	if (part == NULL)
		return -1;
	part->join = part->sum = true;
	part->source[part->sources++] = b->map;
	return 0;
}

int take_concat(struct import *in, const struct file_node *node)
{
	struct value *first = node_maps(in, node, 0);
	int64_t axis = attribute_integer(in, node, "axis", 1);
	if (first == NULL)
		return -1;
	if (axis != 1 && axis != (first->row ? -1 : first->line ? -2 : -3))
		return err_set(in->err, EX_DATAERR, "axis %lld: convoy joins maps, axis 1", (long long)axis);
	if (node->inputs > LAYER_SOURCES)
		return err_set(in->err, EX_DATAERR, "joins %zu values, the limit of convoy is %d", node->inputs, LAYER_SOURCES);
	struct shape out = map_shape(in, first->map);
	for (size_t i = 0; i < node->inputs; i++) {
		struct value *x = node_maps(in, node, i);
		if (x == NULL)
			return -1;
		struct shape own = map_shape(in, x->map);
		if (own.rows != out.rows || own.columns != out.columns || x->row != first->row ||
		    x->line != first->line ||
		    (x->row && own.rows * own.columns > 1))
			return err_set(in->err, EX_DATAERR, "joins '%s' of %zu×%zu%s with others of %zu×%zu; convoy joins maps of "
			               "one size, before they are flattened", x->name, own.rows, own.columns,
			               x->row ? ", flattened," : "", out.rows, out.columns);
		out.maps += i > 0 ? own.maps : 0;
	}
	struct part *part = part_append(in, node, "concatenate", first, out, first->row);
	if (part == NULL)
		return -1;
	part->join = true;
	for (size_t i = 1; i < node->inputs; i++)
		part->source[part->sources++] = node_maps(in, node, i)->map;
	return 0;
}
