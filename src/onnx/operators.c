/* The operators that the import knows, and the walk over the nodes. */
#include "import.h"

#include <string.h>

static const struct {
	const char *name;
	int (*take)(struct import *in, const struct file_node *node);
} operators[] = {
	{"Conv", take_conv},
	{"MaxPool", take_pool}, {"AveragePool", take_pool}, {"GlobalAveragePool", take_global_pool},
	{"GlobalMaxPool", take_global_pool}, {"ReduceMean", take_reduce_mean}, {"Resize", take_resize},
	{"Upsample", take_resize},
	{"Gemm", take_gemm}, {"MatMul", take_matmul}, {"BatchNormalization", take_batch_norm},
	{"Add", take_arithmetic}, {"Sum", take_arithmetic}, {"Sub", take_arithmetic}, {"Mul", take_arithmetic},
	{"Div", take_arithmetic}, {"Concat", take_concat},
	{"Relu", take_activation}, {"Sigmoid", take_activation}, {"Tanh", take_activation},
	{"LeakyRelu", take_activation}, {"Elu", take_activation}, {"Softplus", take_activation}, {"Gelu", take_activation},
	{"Transpose", take_transpose}, {"Flatten", take_flatten}, {"Reshape", take_reshape}, {"Squeeze", take_squeeze},
	{"Unsqueeze", take_squeeze}, {"Pad", take_pad}, {"Dropout", take_dropout}, {"Identity", take_same},
};
enum { OPERATORS = sizeof operators / sizeof *operators };

static int constant_take(struct import *in, const struct file_node *node)
{
	struct file_attribute attribute;
	struct value *value = value_named(in, node->output);
	int there = node_attribute(node, "value", &attribute, in->err);
	if (there <= 0 || !attribute.has_tensor)
		return err_set(in->err, EX_DATAERR, "is no tensor; convoy takes the attribute value");
	value->kind = VALUE_TENSOR;
	value->tensor = attribute.tensor;
	value->tensor.name = node->output;
	return 0;
}

static int node_take(struct import *in, const struct file_node *node)
{
	if (node->domain[0] != 0 && strcmp(node->domain, "ai.onnx") != 0)
		return err_set(in->err, EX_DATAERR, "is an operator of %s; convoy takes those of ONNX itself", node->domain);
	if (strcmp(node->operator, "Constant") == 0)
		return constant_take(in, node);
	int whole = wholes_take(in, node);
	if (whole != 0)
		return whole > 0 ? 0 : -1;
	for (size_t o = 0; o < OPERATORS; o++)
		if (strcmp(operators[o].name, node->operator) == 0)
			return operators[o].take(in, node);
	if (strcmp(node->operator, "Softmax") == 0)
		return err_set(in->err, EX_DATAERR, "convoy has it at the end alone, as the loss: the output must be it");
	return err_set(in->err, EX_DATAERR, "convoy has no layer for this operator; man convoy-import-onnx lists those "
	               "that it takes");
}

/* Constants first: an activation of several nodes looks ahead. */
int nodes_take(struct import *in)
{
	for (size_t i = 0; i < 2 * in->file->nodes; i++) {
		size_t n = i % in->file->nodes;
		const struct file_node *node = &in->file->node[n];
		if (in->done[n] || (i < in->file->nodes && strcmp(node->operator, "Constant") != 0))
			continue;
		in->done[n] = true;
		if (node_take(in, node) != 0 || in->err->code != 0)
			return err_prefix(in->err, "node '%s' (%s)", node->name[0] != 0 ? node->name : node->output,
			                  node->operator);
	}
	return 0;
}
