/* Reads an ONNX file by the field numbers of onnx.proto. What the import does not use is left out. */
#include "read.h"

#include <stdlib.h>
#include <string.h>

/* Fields of the messages. */
enum { MODEL_PRODUCER = 2, MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_METADATA = 14 };
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2 };
enum { PAIR_KEY = 1, PAIR_VALUE = 2 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_TENSOR = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12, GRAPH_SPARSE = 15 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OPERATOR = 4, NODE_DOMAIN = 7 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2 };
enum { TYPE_TENSOR = 1, TENSOR_TYPE = 1, TENSOR_SHAPE = 2, SHAPE_SIDE = 1, SIDE_VALUE = 1 };

/* A copy of a text among the names, which have room: each takes two bytes more in the file. */
int name_take(struct file *file, const struct proto_field *field, const char **out, struct err *err)
{
	size_t length = proto_left(&field->bytes);
	char *name = file->names + file->used;
	if (field->type != PROTO_BYTES)
		return err_set(err, EX_DATAERR, "a name is no text: not an ONNX file, or a damaged one");
	if (length > FILE_NAME)
		return err_set(err, EX_DATAERR, "a name of %zu bytes, the limit is %d", length, FILE_NAME);
	memcpy(name, field->bytes.at, length);
	const char *fault = length == 0 ? NULL : strlen(name) < length ? "holds a NUL" : text_fault(name);
	if (fault != NULL)
		return err_set(err, EX_DATAERR, "byte %zu: a name %s", (size_t)(field->bytes.at - field->bytes.file), fault);
	file->used += length + 1;
	*out = name;
	return 0;
}

/* Reads a message by giving each of its fields to `take`. */
static int message_read(struct proto message, int (*take)(void *out, struct file *, const struct proto_field *,
                                                         struct err *), void *out, struct file *file, struct err *err)
{
	struct proto_field field;
	int code;
	while ((code = proto_next(&message, &field, err)) > 0)
		if (take(out, file, &field, err) != 0)
			return -1;
	return code;
}

/* ---- Nodes ------------------------------------------------------------------------------------------------------- */

static int node_take(void *out, struct file *file, const struct proto_field *field, struct err *err)
{
	struct file_node *node = out;
	const char *name;
	switch (field->number) {
	case NODE_INPUT:
		if (node->inputs == FILE_INPUTS)
			return err_set(err, EX_DATAERR, "node '%s' (%s) has more than %d inputs", node->name, node->operator,
			               FILE_INPUTS);
		return name_take(file, field, &node->input[node->inputs++], err);
	case NODE_OUTPUT:
		if (name_take(file, field, &name, err) != 0)
			return -1;
		if (node->outputs++ == 0)
			node->output = name;
		return 0;
	case NODE_NAME:
		return name_take(file, field, &node->name, err);
	case NODE_OPERATOR:
		return name_take(file, field, &node->operator, err);
	case NODE_DOMAIN:
		return name_take(file, field, &node->domain, err);
	default:
		return 0;
	}
}

static int node_read(struct file *file, const struct proto_field *field, struct err *err)
{
	struct file_node *node = &file->node[file->nodes++];
	*node = (struct file_node){.name = "", .operator = "", .domain = "", .output = "", .body = field->bytes};
	return message_read(field->bytes, node_take, node, file, err);
}

/* ---- Inputs and outputs ------------------------------------------------------------------------------------------ */

static int side_take(void *out, struct file *file, const struct proto_field *field, struct err *err)
{
	(void)file, (void)err;
	if (field->number == SIDE_VALUE && field->type == PROTO_VARINT)
		*(uint64_t *)out = field->value <= FILE_COUNT ? field->value : 0;
	return 0;
}

static int shape_take(void *out, struct file *file, const struct proto_field *field, struct err *err)
{
	struct file_value *value = out;
	if (field->number != SHAPE_SIDE || field->type != PROTO_BYTES)
		return 0;
	if (value->rank == FILE_RANK)
		return err_set(err, EX_DATAERR, "'%s' has more than %d dimensions", value->name, FILE_RANK);
	return message_read(field->bytes, side_take, &value->dims[value->rank++], file, err);
}

static int of_tensor_take(void *out, struct file *file, const struct proto_field *field, struct err *err)
{
	struct file_value *value = out;
	if (field->number == TENSOR_TYPE && field->type == PROTO_VARINT)
		value->type = field->value;
	if (field->number == TENSOR_SHAPE && field->type == PROTO_BYTES)
		return message_read(field->bytes, shape_take, out, file, err);
	return 0;
}

static int type_take(void *out, struct file *file, const struct proto_field *field, struct err *err)
{
	if (field->number != TYPE_TENSOR || field->type != PROTO_BYTES)
		return 0;
	return message_read(field->bytes, of_tensor_take, out, file, err);
}

static int value_take(void *out, struct file *file, const struct proto_field *field, struct err *err)
{
	struct file_value *value = out;
	if (field->number == VALUE_NAME)
		return name_take(file, field, &value->name, err);
	if (field->number == VALUE_TYPE && field->type == PROTO_BYTES)
		return message_read(field->bytes, type_take, out, file, err);
	return 0;
}

static int value_read(struct file *file, struct file_value *value, const struct proto_field *field, struct err *err)
{
	*value = (struct file_value){.name = ""};
	return message_read(field->bytes, value_take, value, file, err);
}

/* ---- The graph --------------------------------------------------------------------------------------------------- */

static int part_take(void *out, struct file *file, const struct proto_field *field, struct err *err)
{
	(void)out;
	bool message = field->type == PROTO_BYTES;
	switch (field->number) {
	case GRAPH_NODE:
		return message ? node_read(file, field, err) : 0;
	case GRAPH_TENSOR:
		return message ? tensor_read(file, field->bytes, &file->tensor[file->tensors++], err) : 0;
	case GRAPH_INPUT:
		return message ? value_read(file, &file->input[file->inputs++], field, err) : 0;
	case GRAPH_OUTPUT:
		return message ? value_read(file, &file->output[file->outputs++], field, err) : 0;
	case GRAPH_NAME:
		return name_take(file, field, &file->graph, err);
	case GRAPH_SPARSE:
		return err_set(err, EX_DATAERR, "the graph has sparse tensors, which convoy does not read: export the model "
		               "with dense ones");
	default:
		return 0;
	}
}

/* How many of each the graph has, so that memory goes by what is in the file. */
static int graph_count(struct proto graph, size_t count[GRAPH_OUTPUT + 1], struct err *err)
{
	static const struct {
		uint32_t number;
		size_t most;
		const char *name;
	} limits[] = {{GRAPH_NODE, FILE_NODES, "nodes"}, {GRAPH_TENSOR, FILE_TENSORS, "tensors"},
	              {GRAPH_INPUT, FILE_TENSORS, "inputs"}, {GRAPH_OUTPUT, FILE_TENSORS, "outputs"}};
	struct proto_field field;
	int code;
	while ((code = proto_next(&graph, &field, err)) > 0)
		if (field.number <= GRAPH_OUTPUT)
			count[field.number]++;
	for (size_t i = 0; code == 0 && i < sizeof limits / sizeof *limits; i++)
		if (count[limits[i].number] > limits[i].most)
			return err_set(err, EX_DATAERR, "the graph has %zu %s, the limit is %zu", count[limits[i].number],
			               limits[i].name, limits[i].most);
	return code;
}

static int graph_read(struct file *file, struct proto graph, struct err *err)
{
	size_t count[GRAPH_OUTPUT + 1] = {0};
	if (file->node != NULL)
		return err_set(err, EX_DATAERR, "the file has two graphs");
	if (graph_count(graph, count, err) != 0)
		return -1;
	file->node = memory_zeroed(count[GRAPH_NODE], sizeof *file->node, err);
	file->tensor = memory_zeroed(count[GRAPH_TENSOR], sizeof *file->tensor, err);
	file->input = memory_zeroed(count[GRAPH_INPUT], sizeof *file->input, err);
	file->output = memory_zeroed(count[GRAPH_OUTPUT], sizeof *file->output, err);
	if (file->node == NULL || file->tensor == NULL || file->input == NULL || file->output == NULL)
		return -1;
	return message_read(graph, part_take, NULL, file, err);
}

/* ---- The model --------------------------------------------------------------------------------------------------- */

struct opset {
	const char *domain;
	uint64_t version;
};

static int opset_take(void *out, struct file *file, const struct proto_field *field, struct err *err)
{
	struct opset *opset = out;
	if (field->number == OPSET_VERSION && field->type == PROTO_VARINT)
		opset->version = field->value;
	return field->number == OPSET_DOMAIN ? name_take(file, field, &opset->domain, err) : 0;
}

static int pair_take(void *out, struct file *file, const struct proto_field *field, struct err *err)
{
	struct file_pair *pair = out;
	(void)file, (void)err;
	if (field->type == PROTO_BYTES && field->number == PAIR_KEY)
		pair->key = field->bytes;
	if (field->type == PROTO_BYTES && field->number == PAIR_VALUE)
		pair->value = field->bytes;
	return 0;
}

static int model_take(void *out, struct file *file, const struct proto_field *field, struct err *err)
{
	(void)out;
	struct opset opset = {.domain = ""};
	if (field->type != PROTO_BYTES)
		return 0;
	switch (field->number) {
	case MODEL_PRODUCER:
		return name_take(file, field, &file->producer, err);
	case MODEL_GRAPH:
		return graph_read(file, field->bytes, err);
	case MODEL_OPSET:
		if (message_read(field->bytes, opset_take, &opset, file, err) != 0)
			return -1;
		if (opset.domain[0] == 0 || strcmp(opset.domain, "ai.onnx") == 0)
			file->opset = opset.version;
		return 0;
	case MODEL_METADATA:
		return file->pairs == FILE_PAIRS ? 0 : message_read(field->bytes, pair_take, &file->pair[file->pairs++], file,
		                                                    err);
	default:
		return 0;
	}
}

int file_parse(struct file *out, const uint8_t *bytes, size_t count, struct err *err)
{
	*out = (struct file){.producer = "", .graph = ""};
	if (count == 0)
		return err_set(err, EX_DATAERR, "is empty");
	out->names = memory_zeroed(count, 1, err);
	if (out->names == NULL)
		return -1;
	if (message_read((struct proto){bytes, bytes, bytes + count}, model_take, NULL, out, err) != 0)
		return -1;
	return out->node != NULL ? 0 : err_set(err, EX_DATAERR, "holds no graph: not an ONNX file");
}

void file_clear(struct file *file)
{
	free(file->names);
	free(file->node);
	free(file->tensor);
	free(file->input);
	free(file->output);
	*file = (struct file){0};
}

const char *file_metadata(const struct file *file, const char *key, size_t *length)
{
	for (size_t i = 0; i < file->pairs; i++) {
		const struct file_pair *pair = &file->pair[i];
		if (pair->value.at == NULL || proto_left(&pair->key) != strlen(key) ||
		    memcmp(pair->key.at, key, strlen(key)) != 0)
			continue;
		*length = proto_left(&pair->value);
		return (const char *)pair->value.at;
	}
	return NULL;
}
