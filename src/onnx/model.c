/* The model around the graph: input, normalisation, the layers, scores, and what a reader wants to know. */
#include <config.h>
#include "graph.h"

#include <stdio.h>
#include <stdlib.h>

enum { OPSET = 13, TEXTS = 4 };

/* A float tensor [N][…] as input or output. */
static Onnx__ValueInfoProto *value_of(struct graph *graph, const char *name, size_t rank, const size_t *dims)
{
	Onnx__ValueInfoProto *value = graph_take(graph, 1, sizeof *value);
	Onnx__TypeProto *type = graph_take(graph, 1, sizeof *type);
	Onnx__TypeProto__Tensor *tensor = graph_take(graph, 1, sizeof *tensor);
	Onnx__TensorShapeProto *shape = graph_take(graph, 1, sizeof *shape);
	Onnx__TensorShapeProto__Dimension **dim = graph_take(graph, rank + 1, sizeof *dim);
	Onnx__TensorShapeProto__Dimension *dims_memory = graph_take(graph, rank + 1, sizeof *dims_memory);
	char *text = graph_text(graph, "%s", name), *count = graph_text(graph, "N");
	if (graph->err->code != 0)
		return NULL;
	onnx__value_info_proto__init(value);
	onnx__type_proto__init(type);
	onnx__type_proto__tensor__init(tensor);
	onnx__tensor_shape_proto__init(shape);
	for (size_t d = 0; d <= rank; d++) {
		dim[d] = &dims_memory[d];
		onnx__tensor_shape_proto__dimension__init(dim[d]);
		dim[d]->value_case = d == 0 ? ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM
		                            : ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
		if (d == 0)
			dim[d]->dim_param = count;
		else
			dim[d]->dim_value = (int64_t)dims[d - 1];
	}
	shape->n_dim = rank + 1;
	shape->dim = dim;
	tensor->has_elem_type = 1;
	tensor->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
	tensor->shape = shape;
	type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
	type->tensor_type = tensor;
	value->name = text;
	value->type = type;
	return value;
}

/* The border of byte 0, then x = byte · scale + offset, in the two roundings of the batcher. */
static void input_add(struct graph *graph, const struct model *model)
{
	const struct normalization *n = &model->normalization;
	size_t maps = model->job->input.maps;
	int64_t pad = (int64_t)model->job->data.pad;
	const size_t dims[] = {1, maps, 1, 1};
	float *scale = graph_take(graph, maps, sizeof *scale), *offset = graph_take(graph, maps, sizeof *offset);
	for (size_t m = 0; scale != NULL && offset != NULL && m < maps; m++) {
		scale[m] = (float)(1 / n->deviation[m]);
		offset[m] = (float)((0 - n->mean[m]) / n->deviation[m]);
	}
	graph->value = graph_text(graph, "pixels");
	if (pad > 0) {
		const int64_t pads[] = {0, 0, pad, pad, 0, 0, pad, pad};
		graph_node(graph, "Pad", graph_text(graph, "border"),
		           graph_integers(graph, graph_text(graph, "border/pads"), 8, pads), NULL);
	}
	graph_node(graph, "Mul", graph_text(graph, "input/scaled"),
	           graph_floats(graph, graph_text(graph, "input/scale"), 4, dims, scale), NULL);
	graph_node(graph, "Add", graph_text(graph, "input"),
	           graph_floats(graph, graph_text(graph, "input/offset"), 4, dims, offset), NULL);
}

static void scores_add(struct graph *graph, const struct model *model)
{
	char *name = graph_text(graph, "scores");
	const struct task_spec *task = &model->net->task;
	if (loss_type(task->loss)->probabilities) {
		graph_row(graph, graph_text(graph, "outputs"));
		if (task->task == TASK_CLASSES)
			node_integer(graph, graph_node(graph, "Softmax", name, NULL), "axis", 1);
		else
			graph_node(graph, "Sigmoid", name, NULL);
	} else if (!graph->row) {
		graph_row(graph, name);
	} else {
		graph_node(graph, "Identity", name, NULL);
	}
}

static int graph_fill(struct graph *graph, const struct model *model)
{
	const struct job *job = model->job;
	const struct net *net = model->net;
	const size_t in[] = {job->input.maps, job->input.rows, job->input.columns};
	input_add(graph, model);
	for (size_t l = 0; l < net->layers; l++)
		layer_export(graph, l, net->layer[l], model_outcome(model) + net->offset[l]);
	scores_add(graph, model);

	Onnx__ValueInfoProto **values = graph_take(graph, 2, sizeof *values);
	if (values == NULL)
		return -1;
	values[0] = value_of(graph, "pixels", 3, in);
	values[1] = value_of(graph, "scores", 1, &job->output.count);
	graph->proto.n_input = graph->proto.n_output = 1;
	graph->proto.input = &values[0];
	graph->proto.output = &values[1];
	graph->proto.name = graph_text(graph, "%s", job->name);
	return graph->err->code == 0 ? 0 : -1;
}

/* The names of the classes, one a line. */
static char *classes_text(struct graph *graph, const struct class_names *names)
{
	char *text = graph_text(graph, "%s", names->name[0]);
	for (size_t k = 1; k < names->count && text != NULL; k++)
		text = graph_text(graph, "%s\n%s", text, names->name[k]);
	return text;
}

static int texts_fill(struct graph *graph, const struct model *model, Onnx__ModelProto *proto)
{
	bool soft = loss_type(model->job->loss)->probabilities;
	char *const pairs[TEXTS][2] = {
		{graph_text(graph, "classes"), classes_text(graph, &model->names)},
		{graph_text(graph, "scores"), graph_text(graph, "%s", soft ? "probabilities" : "outputs")},
		{graph_text(graph, "epoch"), graph_text(graph, "%zu", model->records)},
		{graph_text(graph, "step"), graph_text(graph, "%llu", (unsigned long long)model->step)},
	};
	Onnx__StringStringEntryProto *entry = graph_take(graph, TEXTS, sizeof *entry);
	Onnx__StringStringEntryProto **list = graph_take(graph, TEXTS, sizeof *list);
	if (graph->err->code != 0)
		return -1;
	for (size_t i = 0; i < TEXTS; i++) {
		onnx__string_string_entry_proto__init(&entry[i]);
		entry[i].key = pairs[i][0];
		entry[i].value = pairs[i][1];
		list[i] = &entry[i];
	}
	proto->n_metadata_props = TEXTS;
	proto->metadata_props = list;
	proto->producer_name = graph_text(graph, "convoy");
	proto->producer_version = graph_text(graph, "%s", PACKAGE_VERSION);
	proto->doc_string = graph_text(graph, "pixels: bytes 0 to 255, normalised within; scores: %s of the classes",
	                               soft ? "probabilities" : "outputs");
	return graph->err->code == 0 ? 0 : -1;
}

static int model_pack(const Onnx__ModelProto *proto, struct onnx *out, struct err *err)
{
	out->nodes = proto->graph->n_node;
	out->count = onnx__model_proto__get_packed_size(proto);
	if (out->count > INT32_MAX)
		return err_set(err, EX_DATAERR, "the network takes %zu bytes as ONNX, whose files have at most %d", out->count,
		               INT32_MAX);
	out->bytes = memory_zeroed(out->count, 1, err);
	if (out->bytes == NULL)
		return -1;
	onnx__model_proto__pack(proto, out->bytes);
	return 0;
}

int onnx_make(const struct model *model, struct onnx *out, struct err *err)
{
	struct graph graph;
	Onnx__ModelProto proto = ONNX__MODEL_PROTO__INIT;
	Onnx__OperatorSetIdProto opset = ONNX__OPERATOR_SET_ID_PROTO__INIT, *opsets = &opset;
	int code = -1;
	*out = (struct onnx){0};
	if (model->job->output.task == TASK_VALUES && model->job->output.normalize == NORMALIZE_STANDARD)
		return err_set(err, EX_DATAERR, "the network gives normalised values (output.normalize: standard), which an "
		               "ONNX file cannot hold yet");
	if (model_takes_bytes(model, err) != 0 || model_gives_row(model, "an ONNX file", err) != 0)
		return -1;
	opset.has_version = 1;
	opset.version = OPSET;
	opset.domain = (char *)"";
	proto.has_ir_version = 1;
	proto.ir_version = ONNX__VERSION__IR_VERSION_2020_5_8;
	proto.n_opset_import = 1;
	proto.opset_import = &opsets;
	proto.graph = &graph.proto;
	if (graph_open(&graph, model->net->layers, err) == 0 && graph_fill(&graph, model) == 0 &&
	    texts_fill(&graph, model, &proto) == 0)
		code = model_pack(&proto, out, err);
	graph_close(&graph);
	return code;
}
