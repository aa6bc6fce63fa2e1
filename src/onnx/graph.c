/* Nodes, tensors and the memory that they lie in. */
#include "graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS = LAYER_SOURCES, ATTRIBUTES = 8 };

struct piece {
	struct piece *before;
	max_align_t bytes[];
};

void *graph_take(struct graph *graph, size_t count, size_t size)
{
	size_t bytes;
	if (graph->err->code != 0)
		return NULL;
	if (!size_multiply(count, size, &bytes) || bytes > SIZE_MAX - sizeof(struct piece)) {
		err_memory(graph->err, SIZE_MAX);
		return NULL;
	}
	struct piece *piece = memory_zeroed(1, sizeof *piece + bytes, graph->err);
	if (piece == NULL)
		return NULL;
	piece->before = graph->memory;
	graph->memory = piece;
	return piece->bytes;
}

char *graph_text(struct graph *graph, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	char *text = graph_take(graph, (size_t)length + 1, 1);
	if (text == NULL)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)length + 1, format, args);
	va_end(args);
	return text;
}

int graph_open(struct graph *out, size_t layers, struct err *err)
{
	*out = (struct graph){.err = err, .proto = ONNX__GRAPH_PROTO__INIT};
	out->room_nodes = GRAPH_NODES * (layers + 1);
	out->room_tensors = GRAPH_TENSORS * (layers + 1);
	out->proto.node = graph_take(out, out->room_nodes, sizeof *out->proto.node);
	out->map = graph_take(out, layers + 1, sizeof *out->map);
	out->proto.initializer = graph_take(out, out->room_tensors, sizeof *out->proto.initializer);
	return err->code == 0 ? 0 : -1;
}

void graph_close(struct graph *graph)
{
	while (graph->memory != NULL) {
		struct piece *before = graph->memory->before;
		free(graph->memory);
		graph->memory = before;
	}
}

/* ---- Tensors ----------------------------------------------------------------------------------------------------- */

static Onnx__TensorProto *tensor_add(struct graph *graph, char *name, size_t rank, const size_t *dims, int32_t type)
{
	Onnx__TensorProto *tensor = graph_take(graph, 1, sizeof *tensor);
	int64_t *sides = graph_take(graph, rank, sizeof *sides);
	if (tensor == NULL || sides == NULL)
		return NULL;
	if (graph->proto.n_initializer == graph->room_tensors) {
		err_set(graph->err, EX_SOFTWARE, "%s: more tensors than a layer may have", name);
		return NULL;
	}
	onnx__tensor_proto__init(tensor);
	for (size_t d = 0; d < rank; d++)
		sides[d] = (int64_t)dims[d];
	tensor->name = name;
	tensor->n_dims = rank;
	tensor->dims = sides;
	tensor->has_data_type = 1;
	tensor->data_type = type;
	graph->proto.initializer[graph->proto.n_initializer++] = tensor;
	return tensor;
}

char *graph_floats(struct graph *graph, char *name, size_t rank, const size_t *dims, float *data)
{
	Onnx__TensorProto *tensor = tensor_add(graph, name, rank, dims, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
	if (tensor == NULL)
		return NULL;
	tensor->n_float_data = 1;
	for (size_t d = 0; d < rank; d++)
		tensor->n_float_data *= dims[d];
	tensor->float_data = data;
	return name;
}

char *graph_integers(struct graph *graph, char *name, size_t count, const int64_t *values)
{
	Onnx__TensorProto *tensor = tensor_add(graph, name, 1, &count, ONNX__TENSOR_PROTO__DATA_TYPE__INT64);
	int64_t *data = graph_take(graph, count, sizeof *data);
	if (tensor == NULL || data == NULL)
		return NULL;
	memcpy(data, values, count * sizeof *data);
	tensor->n_int64_data = count;
	tensor->int64_data = data;
	return name;
}

char *graph_scalar(struct graph *graph, char *name, float value)
{
	float *data = graph_take(graph, 1, sizeof *data);
	if (data == NULL)
		return NULL;
	*data = value;
	return graph_floats(graph, name, 0, NULL, data);
}

/* ---- Nodes ------------------------------------------------------------------------------------------------------- */

Onnx__NodeProto *graph_node(struct graph *graph, const char *operator, char *name, ...)
{
	Onnx__NodeProto *node = graph_take(graph, 1, sizeof *node);
	char **input = graph_take(graph, INPUTS, sizeof *input), **output = graph_take(graph, 1, sizeof *output);
	Onnx__AttributeProto **attribute = graph_take(graph, ATTRIBUTES, sizeof *attribute);
	char *type = graph_text(graph, "%s", operator);
	if (graph->err->code != 0)
		return NULL;
	if (graph->proto.n_node == graph->room_nodes) {
		err_set(graph->err, EX_SOFTWARE, "%s: more nodes than a layer may have", name);
		return NULL;
	}
	onnx__node_proto__init(node);
	node->name = output[0] = name;
	node->op_type = type;
	node->n_output = 1;
	node->output = output;
	node->input = input;
	node->attribute = attribute;
	node->input[node->n_input++] = graph->value.name;
	va_list args;
	va_start(args, name);
	for (char *more = va_arg(args, char *); more != NULL && node->n_input < INPUTS; more = va_arg(args, char *))
		node->input[node->n_input++] = more;
	va_end(args);
	graph->proto.node[graph->proto.n_node++] = node;
	graph->value.name = name;
	return node;
}

static Onnx__AttributeProto *attribute_add(struct graph *graph, Onnx__NodeProto *node, const char *name,
                                           Onnx__AttributeProto__AttributeType type)
{
	Onnx__AttributeProto *attribute = graph_take(graph, 1, sizeof *attribute);
	char *text = graph_text(graph, "%s", name);
	if (attribute == NULL || text == NULL || node == NULL || node->n_attribute == ATTRIBUTES)
		return NULL;
	onnx__attribute_proto__init(attribute);
	attribute->name = text;
	attribute->has_type = 1;
	attribute->type = type;
	node->attribute[node->n_attribute++] = attribute;
	return attribute;
}

void node_integers(struct graph *graph, Onnx__NodeProto *node, const char *name, size_t count, const size_t *values)
{
	Onnx__AttributeProto *attribute = attribute_add(graph, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
	int64_t *data = graph_take(graph, count, sizeof *data);
	if (attribute == NULL || data == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		data[i] = (int64_t)values[i];
	attribute->n_ints = count;
	attribute->ints = data;
}

void node_integer(struct graph *graph, Onnx__NodeProto *node, const char *name, int64_t value)
{
	Onnx__AttributeProto *attribute = attribute_add(graph, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
	if (attribute == NULL)
		return;
	attribute->has_i = 1;
	attribute->i = value;
}

void node_word(struct graph *graph, Onnx__NodeProto *node, const char *name, const char *word)
{
	Onnx__AttributeProto *attribute = attribute_add(graph, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);
	char *text = graph_text(graph, "%s", word);
	if (attribute == NULL || text == NULL)
		return;
	attribute->has_s = 1;
	attribute->s = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
}

void node_float(struct graph *graph, Onnx__NodeProto *node, const char *name, float value)
{
	Onnx__AttributeProto *attribute = attribute_add(graph, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
	if (attribute == NULL)
		return;
	attribute->has_f = 1;
	attribute->f = value;
}

void graph_row(struct graph *graph, char *name)
{
	if (graph->value.row)
		return;
	node_integer(graph, graph_node(graph, "Flatten", name, NULL), "axis", 1);
	graph->value.row = true;
}

void graph_maps(struct graph *graph, char *name, struct shape shape)
{
	const int64_t sides[] = {0, (int64_t)shape.maps, (int64_t)shape.rows, (int64_t)shape.columns}; /* 0: as it is */
	if (!graph->value.row)
		return;
	graph_node(graph, "Reshape", name, graph_integers(graph, graph_text(graph, "%s/shape", name), 4, sides), NULL);
	graph->value.row = false;
}
