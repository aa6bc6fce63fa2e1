/* What a layer becomes: the operators of its outline, then its activation. */
#include "graph.h"

#include <string.h>

static void scaled_tanh_add(struct graph *graph, const char *name)
{
	char *slope = graph_scalar(graph, graph_text(graph, "%s/slope", name), (float)(2 / 3.0));
	char *height = graph_scalar(graph, graph_text(graph, "%s/height", name), 1.7159f);
	graph_node(graph, "Mul", graph_text(graph, "%s/inner", name), slope, NULL);
	graph_node(graph, "Tanh", graph_text(graph, "%s/tanh", name), NULL);
	graph_node(graph, "Mul", graph_text(graph, "%s/scaled-tanh", name), height, NULL);
}

/* u · (1 + erf(u / √2)) / 2 */
static void gelu_add(struct graph *graph, const char *name)
{
	char *u = graph->value.name, *one = graph_scalar(graph, graph_text(graph, "%s/one", name), 1);
	char *root = graph_scalar(graph, graph_text(graph, "%s/root", name), 0x1.6a09e6p-1f);
	char *half = graph_scalar(graph, graph_text(graph, "%s/half", name), 0.5f);
	graph_node(graph, "Mul", graph_text(graph, "%s/inner", name), root, NULL);
	graph_node(graph, "Erf", graph_text(graph, "%s/erf", name), NULL);
	graph_node(graph, "Add", graph_text(graph, "%s/raised", name), one, NULL);
	graph_node(graph, "Mul", graph_text(graph, "%s/share", name), half, NULL);
	graph_node(graph, "Mul", graph_text(graph, "%s/gelu", name), u, NULL);
}

static void swish_add(struct graph *graph, const char *name)
{
	char *u = graph->value.name;
	graph_node(graph, "Sigmoid", graph_text(graph, "%s/sigmoid", name), NULL);
	graph_node(graph, "Mul", graph_text(graph, "%s/swish", name), u, NULL);
}

static void activation_add(struct graph *graph, const struct layer *layer, const char *name)
{
	static const char *const operators[ACTIVATIONS] = {
		[ACTIVATION_SIGMOID] = "Sigmoid", [ACTIVATION_TANH] = "Tanh", [ACTIVATION_RELU] = "Relu",
		[ACTIVATION_LEAKY_RELU] = "LeakyRelu", [ACTIVATION_ELU] = "Elu", [ACTIVATION_SOFTPLUS] = "Softplus",
	};
	enum activation f = layer->activation;
	if (f == ACTIVATION_SCALED_TANH)
		scaled_tanh_add(graph, name);
	else if (f == ACTIVATION_GELU)
		gelu_add(graph, name);
	else if (f == ACTIVATION_SWISH)
		swish_add(graph, name);
	if (operators[f] == NULL)
		return;
	Onnx__NodeProto *node =
		graph_node(graph, operators[f], graph_text(graph, "%s/%s", name, activation_name(f)), NULL);
	if (f == ACTIVATION_LEAKY_RELU)
		node_float(graph, node, "alpha", (float)layer->slope);
}

/* What ONNX calls the operators, and what their input must be. */
static const struct {
	const char *name;
	enum { TAKES_ANY, TAKES_MAPS, TAKES_ROW, TAKES_ALL } input; /* ALL: of all sources */
} nodes[] = {
	[OPERATOR_CONVOLVE] = {"Conv", TAKES_MAPS},         [OPERATOR_POOL_MAX] = {"MaxPool", TAKES_MAPS},
	[OPERATOR_POOL_MEAN] = {"AveragePool", TAKES_MAPS}, [OPERATOR_FULL] = {"Gemm", TAKES_ROW},
	[OPERATOR_UPSAMPLE] = {"Resize", TAKES_MAPS},
	[OPERATOR_BATCH_NORM] = {"BatchNormalization", TAKES_ANY},
	[OPERATOR_ADD] = {"Add", TAKES_ALL},                [OPERATOR_CONCATENATE] = {"Concat", TAKES_ALL},
};

/* Geometry of a node that moves a window over maps. */
static void window_set(struct graph *graph, Onnx__NodeProto *node, const struct operation *o)
{
	node_integers(graph, node, "kernel_shape", 2, (const size_t[]){o->side.rows, o->side.columns});
	node_integers(graph, node, "strides", 2, (const size_t[]){o->stride.rows, o->stride.columns});
	node_integers(graph, node, "pads", 4, o->pads);
}

static void attributes_set(struct graph *graph, Onnx__NodeProto *node, const struct operation *o)
{
	switch (o->operator) {
	case OPERATOR_CONVOLVE:
		window_set(graph, node, o);
		if (o->dilation.rows * o->dilation.columns > 1)
			node_integers(graph, node, "dilations", 2, (const size_t[]){o->dilation.rows, o->dilation.columns});
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
	case OPERATOR_UPSAMPLE:
		node_word(graph, node, "mode", "nearest");
		node_word(graph, node, "coordinate_transformation_mode", "asymmetric");
		node_word(graph, node, "nearest_mode", "floor");
		break;
	case OPERATOR_FULL:
		node_integer(graph, node, "transB", 1);
		break;
	case OPERATOR_BATCH_NORM:
		node_float(graph, node, "epsilon", o->epsilon);
		break;
	case OPERATOR_CONCATENATE:
		node_integer(graph, node, "axis", 1);
		break;
	case OPERATOR_ADD:
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
	size_t first = 0;
	if (o->operator == OPERATOR_UPSAMPLE)
		operand[first++] = graph_text(graph, "%s", ""); /* no region of interest */
	if (nodes[o->operator].input == TAKES_ROW)
		graph_row(graph, graph_text(graph, "%s/row", name));
	else if (nodes[o->operator].input == TAKES_MAPS)
		graph_maps(graph, graph_text(graph, "%s/maps", name), layer->in);
	for (size_t i = 0; i < o->operands; i++)
		operand[first + i] = operand_add(graph, &o->operand[i], name);
	char *result = o->name != NULL ? graph_text(graph, "%s/%s", name, o->name) : name;
	attributes_set(graph, graph_node(graph, nodes[o->operator].name, result, operand[0], operand[1], operand[2],
	                                 operand[3], NULL), o);
}

/* ---- Joins ------------------------------------------------------------------------------------------------------- */

/* The values of all sources: rows if all of them are, otherwise maps. */
static void sources_take(struct graph *graph, const struct net *net, const struct stop *stop, const char *name,
                         char *value[LAYER_SOURCES])
{
	bool rows = true;
	for (size_t i = 0; i < stop->sources; i++)
		rows = rows && graph->map[stop->source[i].map].row;
	for (size_t i = 0; i < stop->sources; i++) {
		graph->value = graph->map[stop->source[i].map];
		if (!rows)
			graph_maps(graph, graph_text(graph, "%s/maps%zu", name, i + 1), net_shape(net, stop->source[i].map));
		value[i] = graph->value.name;
	}
}

/* Two at a time, in the order of the sources. */
static void sums_add(struct graph *graph, size_t inputs, char *const *value, char *name)
{
	graph->value.name = value[0];
	for (size_t i = 1; i < inputs; i++)
		graph_node(graph, "Add", i + 1 < inputs ? graph_text(graph, "%s/sum%zu", name, i) : name, value[i], NULL);
}

static void concatenation_add(struct graph *graph, const struct operation *o, size_t inputs, char *const *value,
                              char *name)
{
	graph->value.name = value[0];
	Onnx__NodeProto *node = graph_node(graph, nodes[o->operator].name, name, NULL);
	for (size_t i = 1; node != NULL && i < inputs; i++)
		node->input[node->n_input++] = value[i]; /* it has room for those of a layer */
	attributes_set(graph, node, o);
}

static void join_add(struct graph *graph, const struct operation *o, const struct net *net, const struct stop *stop,
                     char *name)
{
	char *value[LAYER_SOURCES] = {NULL};
	sources_take(graph, net, stop, name, value);
	if (o->operator == OPERATOR_ADD)
		sums_add(graph, stop->sources, value, name);
	else
		concatenation_add(graph, o, stop->sources, value, name);
}

/* ---- Layers ------------------------------------------------------------------------------------------------------ */

/* That of the checkpoint, unless the graph itself has it. */
static char *node_name(struct graph *graph, const struct stop *stop)
{
	static const char *const own[] = {"border", "inputs", "normalized", "outputs", "scores", "values"};
	char name[LAYER_NAME];
	layer_name(stop->number, stop->layer, name);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strcmp(name, own[i]) == 0)
			return graph_text(graph, "layers/%s", name);
	return graph_text(graph, "%s", name);
}

void layer_export(struct graph *graph, const struct net *net, size_t l, const float *w)
{
	struct outline outline;
	const struct stop *stop = &net->stop[l];
	const struct layer *layer = stop->layer;
	char *name = node_name(graph, stop);
	if (name == NULL || layer_outline(layer, w, &outline, graph->err) != 0)
		return;
	graph->value = graph->map[stop->source->map];
	for (size_t o = 0; o < outline.operations; o++)
		if (nodes[outline.operation[o].operator].input == TAKES_ALL)
			join_add(graph, &outline.operation[o], net, stop, name);
		else
			operation_add(graph, &outline.operation[o], layer, name);
	activation_add(graph, layer, name);
	graph->map[stop->out] = graph->value;
	outline_clear(&outline);
}
