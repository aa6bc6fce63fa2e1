/* What a layer becomes: the operators of its outline, then its activation. */
#include "graph.h"

#include <string.h>

static void activation_add(struct graph *graph, enum activation f, const char *name)
{
	static const char *const operators[ACTIVATIONS] = {
		[ACTIVATION_SIGMOID] = "Sigmoid", [ACTIVATION_TANH] = "Tanh", [ACTIVATION_RELU] = "Relu",
	};
	if (f == ACTIVATION_SCALED_TANH) {
		char *slope = graph_scalar(graph, graph_text(graph, "%s/slope", name), (float)(2 / 3.0));
		char *height = graph_scalar(graph, graph_text(graph, "%s/height", name), 1.7159f);
		graph_node(graph, "Mul", graph_text(graph, "%s/inner", name), slope, NULL);
		graph_node(graph, "Tanh", graph_text(graph, "%s/tanh", name), NULL);
		graph_node(graph, "Mul", graph_text(graph, "%s/scaled-tanh", name), height, NULL);
	} else if (operators[f] != NULL) {
		graph_node(graph, operators[f], graph_text(graph, "%s/%s", name, activation_name(f)), NULL);
	}
}

/* What ONNX calls the operators, and what their input must be. */
static const struct {
	const char *name;
	enum { TAKES_ANY, TAKES_MAPS, TAKES_ROW } input;
} nodes[] = {
	[OPERATOR_CONVOLVE] = {"Conv", TAKES_MAPS},         [OPERATOR_POOL_MAX] = {"MaxPool", TAKES_MAPS},
	[OPERATOR_POOL_MEAN] = {"AveragePool", TAKES_MAPS}, [OPERATOR_FULL] = {"Gemm", TAKES_ROW},
	[OPERATOR_BATCH_NORM] = {"BatchNormalization", TAKES_ANY},
};

/* Geometry of a node that moves a square window over maps. */
static void window_set(struct graph *graph, Onnx__NodeProto *node, const struct operation *o)
{
	node_integers(graph, node, "kernel_shape", 2, (const size_t[]){o->side, o->side});
	node_integers(graph, node, "strides", 2, (const size_t[]){o->stride, o->stride});
	node_integers(graph, node, "pads", 4, o->pads);
}

static void attributes_set(struct graph *graph, Onnx__NodeProto *node, const struct operation *o)
{
	switch (o->operator) {
	case OPERATOR_CONVOLVE:
		window_set(graph, node, o);
		if (o->groups > 1)
			node_integer(graph, node, "group", (int64_t)o->groups);
		break;
	case OPERATOR_POOL_MAX:
		window_set(graph, node, o);
		break;
	case OPERATOR_POOL_MEAN:
		window_set(graph, node, o);
		node_integer(graph, node, "count_include_pad", 0);
		break;
	case OPERATOR_FULL:
		node_integer(graph, node, "transB", 1);
		break;
	case OPERATOR_BATCH_NORM:
		node_float(graph, node, "epsilon", o->epsilon);
		break;
	}
}

/* A copy of an operand, as a tensor. */
static char *operand_add(struct graph *graph, const struct operand *operand, const char *layer)
{
	size_t count = 1;
	for (size_t d = 0; d < operand->rank; d++)
		count *= operand->dims[d];
	float *data = graph_take(graph, count, sizeof *data);
	if (data == NULL)
		return NULL;
	memcpy(data, operand->value, count * sizeof *data);
	return graph_floats(graph, graph_text(graph, "%s/%s", layer, operand->name), operand->rank, operand->dims, data);
}

static void operation_add(struct graph *graph, const struct operation *o, const struct layer *layer, char *name)
{
	char *operand[OUTLINE_OPERANDS + 1] = {NULL};
	if (nodes[o->operator].input == TAKES_ROW)
		graph_row(graph, graph_text(graph, "%s/row", name));
	else if (nodes[o->operator].input == TAKES_MAPS)
		graph_maps(graph, graph_text(graph, "%s/maps", name), layer->in);
	for (size_t i = 0; i < o->operands; i++)
		operand[i] = operand_add(graph, &o->operand[i], name);
	char *result = o->name != NULL ? graph_text(graph, "%s/%s", name, o->name) : name;
	attributes_set(graph, graph_node(graph, nodes[o->operator].name, result, operand[0], operand[1], operand[2],
	                                 operand[3], NULL), o);
}

void layer_export(struct graph *graph, size_t number, const struct layer *layer, const float *w)
{
	struct outline outline;
	char own[LAYER_NAME], *name = graph_text(graph, "%s", layer_name(number, layer, own));
	if (name == NULL || layer_outline(layer, w, &outline, graph->err) != 0)
		return;
	for (size_t o = 0; o < outline.operations; o++)
		operation_add(graph, &outline.operation[o], layer, name);
	activation_add(graph, layer->activation, name);
	outline_clear(&outline);
}
