/* The model around the graph: inputs, normalisation, the layers, scores or values, and what a reader wants to know. */
#include <config.h>
#include "graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPSET = 13, TEXTS = 8 };

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

/* value · scale + offset, of each a number for each map, as the nodes NAME/scaled and NAME. */
static void affine_add(struct graph *graph, const char *name, size_t maps, float *scale, float *offset)
{
	const size_t dims[] = {1, maps, 1, 1}, rank = graph->value.row ? 2 : 4;
	graph_node(graph, "Mul", graph_text(graph, "%s/scaled", name),
	           graph_floats(graph, graph_text(graph, "%s/scale", name), rank, dims, scale), NULL);
	graph_node(graph, "Add", graph_text(graph, "%s", name),
	           graph_floats(graph, graph_text(graph, "%s/offset", name), rank, dims, offset), NULL);
}

/* The border of number 0, then x = number · scale + offset, in the two roundings of the batcher. */
static void inputs_add(struct graph *graph, const struct model *model)
{
	const struct normalization *n = &model->normalization;
	size_t maps = model->job->input.maps;
	int64_t pad = (int64_t)model->job->data.pad;
	float *scale = graph_take(graph, maps, sizeof *scale), *offset = graph_take(graph, maps, sizeof *offset);
	for (size_t m = 0; scale != NULL && offset != NULL && m < maps; m++) {
		scale[m] = (float)(1 / n->deviation[m]);
		offset[m] = (float)((0 - n->mean[m]) / n->deviation[m]);
	}
	graph->value.name = graph_text(graph, "inputs");
	if (pad > 0) {
		const int64_t pads[] = {0, 0, pad, pad, 0, 0, pad, pad};
		graph_node(graph, "Pad", graph_text(graph, "border"),
		           graph_integers(graph, graph_text(graph, "border/pads"), 8, pads), NULL);
	}
	affine_add(graph, "normalized", maps, scale, offset);
}

/* Values get the units of the targets back. */
static void units_add(struct graph *graph, const char *name, const struct normalization *n)
{
	float *scale = graph_take(graph, n->maps, sizeof *scale), *offset = graph_take(graph, n->maps, sizeof *offset);
	for (size_t k = 0; scale != NULL && offset != NULL && k < n->maps; k++) {
		scale[k] = (float)n->deviation[k];
		offset[k] = (float)n->mean[k];
		if (!isnormal(scale[k]) || !isfinite(offset[k]))
			err_set(graph->err, EX_DATAERR, "targets: value %zu has mean %g, deviation %g, which the floats of an ONNX "
			        "file cannot hold", k, n->mean[k], n->deviation[k]);
	}
	affine_add(graph, name, n->maps, scale, offset);
}

/* What loss_scores and the predictor make of the last layer's outputs. */
static void outputs_add(struct graph *graph, const struct model *model, const char *name)
{
	const struct task_spec *task = &model->net->task;
	bool probabilities = loss_type(task->loss)->probabilities;
	if (task->positions == 1)
		graph_row(graph, graph_text(graph, "outputs"));
	if (model->targets.maps > 0 && model->job->output.normalize == NORMALIZE_STANDARD)
		units_add(graph, name, &model->targets);
	else if (probabilities && task->task == TASK_CLASSES)
		node_integer(graph, graph_node(graph, "Softmax", graph_text(graph, "%s", name), NULL), "axis", 1);
	else
		graph_node(graph, probabilities ? "Sigmoid" : "Identity", graph_text(graph, "%s", name), NULL);
}

const char *onnx_output(const struct model *model)
{
	return model->job->output.task == TASK_VALUES ? "values" : "scores";
}

static int graph_fill(struct graph *graph, const struct model *model)
{
	const struct job *job = model->job;
	const struct net *net = model->net;
	const struct shape *last = &net->layer[net->layers - 1]->out;
	const size_t in[] = {job->input.maps, job->input.rows, job->input.columns};
	const size_t out[] = {job->output.count, last->rows, last->columns};
	inputs_add(graph, model);
	if (graph->map == NULL)
		return -1;
	graph->map[0] = graph->value;
	for (size_t l = 0; l < net->layers; l++)
		layer_export(graph, net, l, model_outcome(model) + net->offset[l]);
	outputs_add(graph, model, onnx_output(model));

	Onnx__ValueInfoProto **values = graph_take(graph, 2, sizeof *values);
	if (values == NULL)
		return -1;
	values[0] = value_of(graph, "inputs", 3, in);
	values[1] = value_of(graph, onnx_output(model), net->task.positions > 1 ? 3 : 1, out);
	graph->proto.n_input = graph->proto.n_output = 1;
	graph->proto.input = &values[0];
	graph->proto.output = &values[1];
	graph->proto.name = graph_text(graph, "%s", job->name);
	return graph->err->code == 0 ? 0 : -1;
}

/* ---- What a reader wants to know --------------------------------------------------------------------------------- */

/* Texts, one a line. */
static char *lines_text(struct graph *graph, size_t count, char *const *text)
{
	size_t bytes = 1, used = 0;
	for (size_t k = 0; k < count; k++)
		bytes += strlen(text[k]) + 1;
	char *lines = graph_take(graph, bytes, 1);
	for (size_t k = 0; lines != NULL && k < count; k++)
		used += (size_t)snprintf(lines + used, bytes - used, "%s%s", k > 0 ? "\n" : "", text[k]);
	return lines;
}

/* Numbers, one a line, as they were before they became floats. */
static char *numbers_text(struct graph *graph, size_t count, const double *number)
{
	enum { DIGITS = 26 };
	size_t used = 0;
	char *lines = graph_take(graph, count * DIGITS, 1);
	for (size_t k = 0; lines != NULL && k < count; k++)
		used += (size_t)snprintf(lines + used, DIGITS, "%s%.17g", k > 0 ? "\n" : "", number[k]);
	return lines;
}

/* A pair of metadata; none without a value. */
static void text_add(struct graph *graph, Onnx__ModelProto *proto, const char *key, char *value)
{
	Onnx__StringStringEntryProto *entry = value != NULL ? graph_take(graph, 1, sizeof *entry) : NULL;
	if (entry == NULL)
		return;
	onnx__string_string_entry_proto__init(entry);
	entry->key = graph_text(graph, "%s", key);
	entry->value = value;
	proto->metadata_props[proto->n_metadata_props++] = entry;
}

static int texts_fill(struct graph *graph, const struct model *model, Onnx__ModelProto *proto)
{
	const struct job *job = model->job;
	const char *task = task_name(job->output.task), *type = element_name((enum element)model->inputs);
	const char *scores = loss_type(job->loss)->probabilities ? "probabilities" : "outputs";
	bool values = job->output.task == TASK_VALUES;
	proto->metadata_props = graph_take(graph, TEXTS, sizeof *proto->metadata_props);
	if (proto->metadata_props == NULL)
		return -1;
	text_add(graph, proto, task, lines_text(graph, model->names.count, model->names.name));
	if (job->output.united > 0)
		text_add(graph, proto, "units", lines_text(graph, job->output.united, job->output.units));
	if (values && job->output.normalize == NORMALIZE_STANDARD) {
		text_add(graph, proto, "target_means", numbers_text(graph, model->targets.maps, model->targets.mean));
		text_add(graph, proto, "target_deviations", numbers_text(graph, model->targets.maps, model->targets.deviation));
	}
	if (!values)
		text_add(graph, proto, "scores", graph_text(graph, "%s", scores));
	text_add(graph, proto, "inputs", graph_text(graph, "%s", type));
	text_add(graph, proto, "epoch", graph_text(graph, "%zu", model->records));
	text_add(graph, proto, "step", graph_text(graph, "%llu", (unsigned long long)model->step));
	proto->producer_name = graph_text(graph, "convoy");
	proto->producer_version = graph_text(graph, "%s", PACKAGE_VERSION);
	proto->doc_string = values ? graph_text(graph, "inputs: %s numbers, normalised within; values: in the units of the "
	                                        "targets", type)
	                           : graph_text(graph, "inputs: %s numbers, normalised within; scores: %s of the %s", type,
	                                        scores, task);
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
	if (model_inputs_check(model, err) != 0)
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
