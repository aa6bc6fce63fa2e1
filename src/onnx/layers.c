/* What each type of layer becomes. */
#include "graph.h"

#include <string.h>

/* One layer: its plan, its parameters, and the name that its tensors and nodes begin with, "03-convolution". */
struct part {
	const struct layer_spec *spec;
	const struct layer *layer;
	const float *w;
	char *name;
};

/* Slice number s in its dense shape, as a tensor. */
static char *slice_tensor(struct graph *graph, const struct part *part, size_t s)
{
	const struct slice *slice = &part->layer->slice[s];
	float *dense = graph_take(graph, slice_dense_count(slice), sizeof *dense);
	if (dense == NULL)
		return NULL;
	slice_expand(slice, part->w + slice->offset, dense);
	return graph_floats(graph, graph_text(graph, "%s/%s", part->name, slice->name), slice->rank, slice->dims, dense);
}

static void activation_add(struct graph *graph, const struct part *part)
{
	static const char *const operators[ACTIVATIONS] = {
		[ACTIVATION_SIGMOID] = "Sigmoid", [ACTIVATION_TANH] = "Tanh", [ACTIVATION_RELU] = "Relu",
	};
	enum activation f = part->layer->activation;
	if (f == ACTIVATION_SCALED_TANH) {
		char *slope = graph_scalar(graph, graph_text(graph, "%s/slope", part->name), (float)(2 / 3.0));
		char *height = graph_scalar(graph, graph_text(graph, "%s/height", part->name), 1.7159f);
		graph_node(graph, "Mul", graph_text(graph, "%s/inner", part->name), slope, NULL);
		graph_node(graph, "Tanh", graph_text(graph, "%s/tanh", part->name), NULL);
		graph_node(graph, "Mul", graph_text(graph, "%s/scaled-tanh", part->name), height, NULL);
	} else if (operators[f] != NULL) {
		graph_node(graph, operators[f], graph_text(graph, "%s/%s", part->name, activation_name(f)), NULL);
	}
}

/* Geometry of a node that moves a square window over maps. Zeros in front and behind: rows, columns, rows, columns. */
static void window_set(struct graph *graph, Onnx__NodeProto *node, size_t side, size_t stride, const size_t pads[4])
{
	node_integers(graph, node, "kernel_shape", 2, (const size_t[]){side, side});
	node_integers(graph, node, "strides", 2, (const size_t[]){stride, stride});
	node_integers(graph, node, "pads", 4, pads);
}

/* What a row of windows reaches beyond the maps. */
static size_t beyond(size_t in, size_t out, size_t side, size_t stride)
{
	size_t reach = (out - 1) * stride + side;
	return reach > in ? reach - in : 0;
}

static const size_t no_pads[4];

/* The zeros of `padding: same` are divided between both ends, the odd one behind. */
static void convolution_add(struct graph *graph, const struct part *part)
{
	const struct layer *layer = part->layer;
	size_t stride = part->spec->stride > 0 ? part->spec->stride : 1, side = part->spec->kernel;
	size_t rows = beyond(layer->in.rows, layer->out.rows, side, stride);
	size_t columns = beyond(layer->in.columns, layer->out.columns, side, stride);
	size_t pads[] = {rows / 2, columns / 2, rows - rows / 2, columns - columns / 2};
	char *kernels = slice_tensor(graph, part, 0), *biases = slice_tensor(graph, part, 1);
	window_set(graph, graph_node(graph, "Conv", part->name, kernels, biases, NULL), side, stride, pads);
}

/* A convolution of each map by itself with kernels of equal numbers β: sums over windows, smaller ones at a ragged
 * edge, where zeros are added. */
static void subsampling_add(struct graph *graph, const struct part *part)
{
	const struct layer *layer = part->layer;
	size_t n = part->spec->window, maps = layer->in.maps;
	const size_t dims[] = {maps, 1, n, n};
	const size_t pads[] = {0, 0, beyond(layer->in.rows, layer->out.rows, n, n),
	                       beyond(layer->in.columns, layer->out.columns, n, n)};
	float *beta = graph_take(graph, maps * n * n, sizeof *beta);
	for (size_t i = 0; beta != NULL && i < maps * n * n; i++)
		beta[i] = part->w[layer->slice[0].offset + i / (n * n)];
	char *kernels = graph_floats(graph, graph_text(graph, "%s/beta", part->name), 4, dims, beta);
	Onnx__NodeProto *node = graph_node(graph, "Conv", part->name, kernels, slice_tensor(graph, part, 1), NULL);
	window_set(graph, node, n, n, pads);
	node_integer(graph, node, "group", (int64_t)maps);
}

/* With a kernel for each input map: a convolution of each map by itself, then the shares α as a convolution of 1 × 1.
 * With one for each pair: a convolution with the kernels α k. */
static void combination_add(struct graph *graph, const struct part *part)
{
	const struct layer *layer = part->layer;
	size_t maps = layer->out.maps, inputs = layer->in.maps, side = part->spec->kernel, kk = side * side;
	bool shared = part->spec->kernels == KERNELS_PER_INPUT;
	const float *k = part->w + layer->slice[0].offset;
	float *alpha = graph_take(graph, maps * inputs, sizeof *alpha);
	float *kernels = graph_take(graph, shared ? inputs * kk : maps * inputs * kk, sizeof *kernels);
	if (alpha == NULL || kernels == NULL)
		return;
	combination_alpha(layer, part->w, alpha);
	for (size_t i = 0; i < (shared ? inputs : maps * inputs) * kk; i++)
		kernels[i] = shared ? k[i] : alpha[i / kk] * k[i];
	const size_t dims[] = {shared ? inputs : maps, shared ? 1 : inputs, side, side}, mix[] = {maps, inputs, 1, 1};
	char *name = graph_floats(graph, graph_text(graph, "%s/kernels", part->name), 4, dims, kernels);
	char *biases = slice_tensor(graph, part, 1);
	if (!shared) {
		window_set(graph, graph_node(graph, "Conv", part->name, name, biases, NULL), side, 1, no_pads);
		return;
	}
	Onnx__NodeProto *node = graph_node(graph, "Conv", graph_text(graph, "%s/single", part->name), name, NULL);
	window_set(graph, node, side, 1, no_pads);
	node_integer(graph, node, "group", (int64_t)inputs);
	name = graph_floats(graph, graph_text(graph, "%s/alpha", part->name), 4, mix, alpha);
	window_set(graph, graph_node(graph, "Conv", part->name, name, biases, NULL), 1, 1, no_pads);
}

/* Smaller windows at a ragged edge: what is added there is −∞, or not counted. */
static void pooling_add(struct graph *graph, const struct part *part)
{
	const struct layer *layer = part->layer;
	size_t n = part->spec->window;
	bool most = part->spec->method == POOL_MAX;
	const size_t pads[] = {0, 0, beyond(layer->in.rows, layer->out.rows, n, n),
	                       beyond(layer->in.columns, layer->out.columns, n, n)};
	Onnx__NodeProto *node = graph_node(graph, most ? "MaxPool" : "AveragePool", part->name, NULL);
	window_set(graph, node, n, n, pads);
	if (!most)
		node_integer(graph, node, "count_include_pad", 0);
}

static void full_add(struct graph *graph, const struct part *part)
{
	graph_row(graph, graph_text(graph, "%s/row", part->name));
	char *weights = slice_tensor(graph, part, 0), *biases = slice_tensor(graph, part, 1);
	node_integer(graph, graph_node(graph, "Gemm", part->name, weights, biases, NULL), "transB", 1);
}

/* Nothing is dropped, nor made larger, once the network is trained. */
static void dropout_add(struct graph *graph, const struct part *part)
{
	(void)graph, (void)part;
}

static void normalization_add(struct graph *graph, const struct part *part)
{
	char *tensor[4];
	for (size_t s = 0; s < 4; s++)
		tensor[s] = slice_tensor(graph, part, s); /* γ, b, mean, variance, as ONNX has them */
	node_float(graph, graph_node(graph, "BatchNormalization", part->name, tensor[0], tensor[1], tensor[2], tensor[3],
	                             NULL), "epsilon", normalization_epsilon);
}

static const struct export {
	const char *type;
	bool maps; /* needs its input as maps */
	void (*add)(struct graph *graph, const struct part *part);
} exports[] = {
	{"convolution", true, convolution_add}, {"subsampling", true, subsampling_add},
	{"combination", true, combination_add}, {"pooling", true, pooling_add},
	{"full", false, full_add},              {"dropout", false, dropout_add},
	{"batch-norm", false, normalization_add},
};

void layer_export(struct graph *graph, size_t number, const struct layer_spec *spec, const struct layer *layer,
                  const float *w)
{
	const char *type = layer->type->name;
	struct part part = {spec, layer, w, graph_text(graph, "%02zu-%s", number + 1, type)};
	size_t e = 0;
	while (e < sizeof exports / sizeof *exports && strcmp(exports[e].type, type) != 0)
		e++;
	if (e == sizeof exports / sizeof *exports) {
		err_set(graph->err, EX_SOFTWARE, "layer %zu: ONNX has no %s", number + 1, type);
		return;
	}
	if (exports[e].maps)
		graph_maps(graph, graph_text(graph, "%s/maps", part.name), layer->in);
	exports[e].add(graph, &part);
	activation_add(graph, &part);
}
