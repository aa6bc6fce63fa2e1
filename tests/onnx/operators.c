/* ONNX operators as plain loops. */
#include "operators.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A tensor of four sides at most; a row has rows = columns = 1. */
struct value {
	size_t rank, n, maps, rows, columns;
	double *x;
};

static size_t size_of(const struct value *v)
{
	return v->n * v->maps * v->rows * v->columns;
}

static struct value value_new(size_t rank, size_t n, size_t maps, size_t rows, size_t columns)
{
	struct value v = {rank, n, maps, rows, columns, NULL};
	v.x = calloc(size_of(&v) + 1, sizeof *v.x);
	return v;
}

static const struct wire_tensor *tensor_named(const struct wire_model *model, const char *name)
{
	for (size_t t = 0; t < model->tensors; t++)
		if (strcmp(model->tensor[t].name, name) == 0)
			return &model->tensor[t];
	fail_msg("no tensor %s", name);
	return NULL;
}

/* Input number `i` ≥ 1 of a node, whose value is in the file. */
static const struct wire_tensor *constant(const struct wire_model *model, const struct wire_node *node, size_t i)
{
	assert_true(i < node->inputs);
	return tensor_named(model, node->input[i]);
}

struct window {
	size_t side[2], stride[2], dilation[2], before[2], out[2];
};

static struct window window_of(const struct wire_node *node, const struct value *v)
{
	const struct wire_attribute *shape = wire_attribute(node, "kernel_shape");
	const struct wire_attribute *strides = wire_attribute(node, "strides"), *pads = wire_attribute(node, "pads");
	const struct wire_attribute *dilations = wire_attribute(node, "dilations");
	struct window w;
	assert_true(shape->count == 2 && strides->count == 2 && pads->count == 4);
	for (size_t d = 0; d < 2; d++) {
		size_t in = d == 0 ? v->rows : v->columns;
		w.side[d] = (size_t)shape->ints[d];
		w.stride[d] = (size_t)strides->ints[d];
		w.before[d] = (size_t)pads->ints[d];
		w.dilation[d] = dilations != NULL ? (size_t)dilations->ints[d] : 1;
		size_t reach = (w.side[d] - 1) * w.dilation[d] + 1;
		assert_true(w.before[d] < reach && (size_t)pads->ints[d + 2] < reach);
		w.out[d] = (in + w.before[d] + (size_t)pads->ints[d + 2] - reach) / w.stride[d] + 1;
	}
	return w;
}

/* x at (row, column) of the padded map, counted without the padding; *there: whether it is no padding. */
static double at(const struct value *v, size_t n, size_t map, size_t row, size_t column, const struct window *w,
                 bool *there)
{
	*there = row >= w->before[0] && column >= w->before[1] && row - w->before[0] < v->rows &&
	         column - w->before[1] < v->columns;
	return *there ? v->x[((n * v->maps + map) * v->rows + row - w->before[0]) * v->columns + column - w->before[1]] : 0;
}

static struct value convolve(const struct wire_model *model, const struct wire_node *node, const struct value *v)
{
	const struct wire_tensor *k = constant(model, node, 1), *b = node->inputs > 2 ? constant(model, node, 2) : NULL;
	const struct wire_attribute *groups = wire_attribute(node, "group");
	size_t group = groups != NULL ? (size_t)groups->i : 1;
	struct window w = window_of(node, v);
	assert_true(k->rank == 4 && k->dims[1] * group == v->maps && k->dims[0] % group == 0);
	assert_true(k->dims[2] == w.side[0] && k->dims[3] == w.side[1] && (b == NULL || b->count == k->dims[0]));
	struct value y = value_new(4, v->n, k->dims[0], w.out[0], w.out[1]);
	for (size_t i = 0; i < size_of(&y); i++) {
		size_t c = i % y.columns, r = i / y.columns % y.rows, j = i / y.columns / y.rows % y.maps;
		size_t n = i / y.columns / y.rows / y.maps, first = j / (y.maps / group) * k->dims[1];
		double sum = b != NULL ? b->number[j] : 0;
		bool there;
		for (size_t e = 0; e < k->dims[1] * w.side[0] * w.side[1]; e++) {
			size_t q = e % w.side[1], p = e / w.side[1] % w.side[0], map = first + e / w.side[1] / w.side[0];
			sum += k->number[j * k->dims[1] * w.side[0] * w.side[1] + e] *
			       at(v, n, map, r * w.stride[0] + p * w.dilation[0], c * w.stride[1] + q * w.dilation[1], &w, &there);
		}
		y.x[i] = sum;
	}
	return y;
}

static struct value pool(const struct wire_node *node, const struct value *v)
{
	bool most = strcmp(node->type, "MaxPool") == 0;
	struct window w = window_of(node, v);
	struct value y = value_new(4, v->n, v->maps, w.out[0], w.out[1]);
	assert_true(most || wire_attribute(node, "count_include_pad")->i == 0);
	for (size_t i = 0; i < size_of(&y); i++) {
		size_t c = i % y.columns, r = i / y.columns % y.rows, j = i / y.columns / y.rows % y.maps, count = 0;
		double largest = -INFINITY, sum = 0;
		for (size_t e = 0; e < w.side[0] * w.side[1]; e++) {
			bool there;
			double x = at(v, i / y.columns / y.rows / y.maps, j, r * w.stride[0] + e / w.side[1],
			              c * w.stride[1] + e % w.side[1], &w, &there);
			count += there;
			sum += x;
			largest = there ? fmax(largest, x) : largest;
		}
		y.x[i] = most ? largest : sum / (double)count;
	}
	return y;
}

static struct value multiply(const struct wire_model *model, const struct wire_node *node, const struct value *v)
{
	const struct wire_tensor *w = constant(model, node, 1), *b = constant(model, node, 2);
	assert_true(v->rank == 2 && wire_attribute(node, "transB")->i == 1 && w->rank == 2 && w->dims[1] == v->maps);
	assert_true(b->rank == 1 && b->count == w->dims[0]);
	struct value y = value_new(2, v->n, w->dims[0], 1, 1);
	for (size_t i = 0; i < size_of(&y); i++) {
		y.x[i] = b->number[i % y.maps];
		for (size_t m = 0; m < v->maps; m++)
			y.x[i] += w->number[i % y.maps * v->maps + m] * v->x[i / y.maps * v->maps + m];
	}
	return y;
}

static struct value reshape(const struct wire_model *model, const struct wire_node *node, const struct value *v)
{
	size_t numbers = v->maps * v->rows * v->columns;
	if (strcmp(node->type, "Flatten") == 0) {
		assert_int_equal(wire_attribute(node, "axis")->i, 1);
		return value_new(2, v->n, numbers, 1, 1);
	}
	const struct wire_tensor *to = constant(model, node, 1);
	assert_true(to->count == 4 && to->number[0] == 0);
	struct value y = value_new(4, v->n, (size_t)to->number[1], (size_t)to->number[2], (size_t)to->number[3]);
	assert_int_equal(size_of(&y), size_of(v));
	return y;
}

static struct value border(const struct wire_model *model, const struct wire_node *node, const struct value *v)
{
	const struct wire_tensor *pads = constant(model, node, 1);
	assert_true(pads->count == 8 && pads->number[0] + pads->number[1] + pads->number[4] + pads->number[5] == 0);
	struct window w = {.before = {(size_t)pads->number[2], (size_t)pads->number[3]}};
	struct value y = value_new(4, v->n, v->maps, v->rows + w.before[0] + (size_t)pads->number[6],
	                           v->columns + w.before[1] + (size_t)pads->number[7]);
	bool there;
	for (size_t i = 0; i < size_of(&y); i++)
		y.x[i] = at(v, i / y.columns / y.rows / y.maps, i / y.columns / y.rows % y.maps, i / y.columns % y.rows,
		            i % y.columns, &w, &there);
	return y;
}

/* Nearest, asymmetric, rounded down: whole factors repeat each number. */
static struct value resize(const struct wire_model *model, const struct wire_node *node, const struct value *v)
{
	const struct wire_tensor *scales = constant(model, node, 2);
	assert_true(node->inputs == 3 && node->input[1][0] == 0 && v->rank == 4);
	assert_true(scales->count == 4 && scales->number[0] == 1 && scales->number[1] == 1);
	assert_string_equal(wire_attribute(node, "mode")->word, "nearest");
	assert_string_equal(wire_attribute(node, "coordinate_transformation_mode")->word, "asymmetric");
	assert_string_equal(wire_attribute(node, "nearest_mode")->word, "floor");
	struct value y = value_new(4, v->n, v->maps, (size_t)floor((double)v->rows * scales->number[2]),
	                           (size_t)floor((double)v->columns * scales->number[3]));
	for (size_t i = 0; i < size_of(&y); i++) {
		size_t r = (size_t)floor((double)(i / y.columns % y.rows) / scales->number[2]);
		size_t c = (size_t)floor((double)(i % y.columns) / scales->number[3]);
		y.x[i] = v->x[(i / y.columns / y.rows * v->rows + r) * v->columns + c];
	}
	return y;
}

/* Operators on each number by itself; the tensors of Mul and Add have one number, or one for each map. */
static double apply(const struct wire_model *model, const struct wire_node *node, const struct value *v, size_t i)
{
	size_t map = i / (v->rows * v->columns) % v->maps;
	const char *type = node->type;
	double x = v->x[i];
	if (strcmp(type, "Relu") == 0)
		return fmax(x, 0);
	if (strcmp(type, "Sigmoid") == 0)
		return 1 / (1 + exp(-x));
	if (strcmp(type, "Tanh") == 0)
		return tanh(x);
	if (strcmp(type, "LeakyRelu") == 0)
		return x >= 0 ? x : (double)wire_attribute(node, "alpha")->f * x;
	if (strcmp(type, "Elu") == 0)
		return x >= 0 ? x : exp(x) - 1; /* alpha is 1 unless it is given */
	if (strcmp(type, "Softplus") == 0)
		return log(exp(x) + 1);
	if (strcmp(type, "Erf") == 0)
		return erf(x);
	if (strcmp(type, "Mul") == 0 || strcmp(type, "Add") == 0) {
		const struct wire_tensor *t = constant(model, node, 1);
		assert_true(t->count == 1 || (t->rank == v->rank && t->dims[1] == v->maps && t->count == v->maps));
		double other = t->number[t->count == 1 ? 0 : map];
		return *type == 'M' ? x * other : x + other;
	}
	if (strcmp(type, "BatchNormalization") == 0) {
		double gamma = constant(model, node, 1)->number[map], b = constant(model, node, 2)->number[map];
		double mean = constant(model, node, 3)->number[map], variance = constant(model, node, 4)->number[map];
		return (x - mean) / sqrt(variance + (double)wire_attribute(node, "epsilon")->f) * gamma + b;
	}
	assert_string_equal(type, "Identity");
	return x;
}

static void softmax(const struct wire_node *node, struct value *y)
{
	size_t points = y->rows * y->columns;
	assert_int_equal(wire_attribute(node, "axis")->i, 1);
	for (size_t i = 0; i < y->n * points; i++) {
		double sum = 0, *x = y->x + i / points * y->maps * points + i % points;
		for (size_t k = 0; k < y->maps; k++)
			sum += exp(x[k * points]);
		for (size_t k = 0; k < y->maps; k++)
			x[k * points] = exp(x[k * points]) / sum;
	}
}

/* Values of several nodes: their sum, their product, or their maps one behind the other. */
static struct value join(const struct wire_node *node, size_t inputs, const struct value *const *v)
{
	bool product = strcmp(node->type, "Mul") == 0, sum = strcmp(node->type, "Add") == 0 || product;
	size_t maps = 0, points = v[0]->rows * v[0]->columns;
	for (size_t i = 0; i < inputs; i++) {
		assert_true(v[i]->rank == v[0]->rank && v[i]->rows == v[0]->rows && v[i]->columns == v[0]->columns);
		assert_true(!sum || v[i]->maps == v[0]->maps);
		maps = sum ? v[i]->maps : maps + v[i]->maps;
	}
	assert_true(sum ? inputs == 2 : wire_attribute(node, "axis")->i == 1);
	struct value y = value_new(v[0]->rank, v[0]->n, maps, v[0]->rows, v[0]->columns);
	for (size_t i = 0, first = 0; i < inputs; i++) {
		size_t own = v[i]->maps * points;
		for (size_t p = 0; p < y.n * own; p++)
			y.x[p / own * maps * points + first + p % own] += product && i > 0 ? y.x[p] * (v[i]->x[p] - 1) : v[i]->x[p];
		first += sum ? 0 : own;
	}
	return y;
}

static struct value node_run(const struct wire_model *model, const struct wire_node *node, const struct value *v)
{
	const char *type = node->type;
	if (strcmp(type, "Conv") == 0)
		return convolve(model, node, v);
	if (strcmp(type, "MaxPool") == 0 || strcmp(type, "AveragePool") == 0)
		return pool(node, v);
	if (strcmp(type, "Gemm") == 0)
		return multiply(model, node, v);
	if (strcmp(type, "Resize") == 0)
		return resize(model, node, v);
	if (strcmp(type, "Pad") == 0)
		return border(model, node, v);
	bool other = strcmp(type, "Flatten") == 0 || strcmp(type, "Reshape") == 0, soft = strcmp(type, "Softmax") == 0;
	struct value y = other ? reshape(model, node, v) : value_new(v->rank, v->n, v->maps, v->rows, v->columns);
	for (size_t i = 0; i < size_of(&y); i++)
		y.x[i] = other || soft ? v->x[i] : apply(model, node, v, i);
	if (soft)
		softmax(node, &y);
	return y;
}

/* The value of that name among the inputs and the first `nodes` nodes; NULL: a tensor has it. */
static const struct value *value_named(const struct wire_model *model, size_t nodes, const struct value *value,
                                       const char *name)
{
	if (strcmp(model->input[0].name, name) == 0)
		return &value[0];
	for (size_t n = 0; n < nodes; n++)
		if (strcmp(model->node[n].output, name) == 0)
			return &value[n + 1];
	return NULL;
}

double *operators_run(const struct wire_model *model, size_t count, const float *inputs, size_t *numbers)
{
	const struct wire_tensor *input = &model->input[0];
	struct value value[WIRE_MOST + 1];
	value[0] = value_new(4, count, input->dims[1], input->dims[2], input->dims[3]);
	for (size_t i = 0; i < size_of(&value[0]); i++)
		value[0].x[i] = (double)inputs[i];
	for (size_t n = 0; n < model->nodes; n++) {
		const struct wire_node *node = &model->node[n];
		const struct value *v[WIRE_INPUTS];
		size_t values = 0;
		for (size_t i = 0; i < node->inputs; i++)
			if ((v[values] = value_named(model, n, value, node->input[i])) != NULL)
				values++;
		assert_true(values >= 1 && value_named(model, n, value, node->input[0]) == v[0]);
		value[n + 1] = values > 1 || strcmp(node->type, "Concat") == 0 ? join(node, values, v)
		                                                               : node_run(model, node, v[0]);
	}
	assert_string_equal(model->node[model->nodes - 1].output, model->output[0].name);
	for (size_t n = 0; n < model->nodes; n++)
		free(value[n].x);
	*numbers = size_of(&value[model->nodes]);
	return value[model->nodes].x;
}
