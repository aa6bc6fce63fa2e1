/* Networks of all kinds of layers, tasks and inputs. */
#include "onnx/networks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "train/jobs.h"

#define NUMBERS "data: {format: hdf5, file: data}\ninput: {maps: 2, rows: 5, columns: 3}\n"
#define ONE_ROW \
	"layers: [{type: convolution, maps: 3, kernel: 2, activation: tanh}, {type: full, units: 3}]\n"
#define FIELD \
	"layers: [{type: convolution, maps: 4, kernel: 3, padding: same, activation: relu}, " \
	"{type: convolution, maps: 3, kernel: 2}]\n"
#define TRAIN "train: {epochs: 1, batch: 48, rate: 0.05}\n"

const struct network networks[] = {
	{ELEMENT_U8, JOB_HEAD("data") LAYERS_ALL "train: {epochs: 1, batch: 48, rate: 0.05, average: 0.9}\n"},

	/* Borders, strides with an odd zero, ragged edges, statistics; three input maps. */
	{ELEMENT_U8, "name: ragged\n"
	"data: {format: idx, directory: data, pad: 2}\n"
	"input: {maps: 3, rows: 15, columns: 13}\noutput: {classes: 4}\n"
	"layers:\n"
	"  - {type: convolution, maps: 5, kernel: 4, stride: 2, padding: same}\n"
	"  - {type: batch-norm, activation: scaled-tanh}\n"
	"  - {type: subsampling, window: 2, ragged: true, activation: sigmoid}\n"
	"  - {type: dropout, rate: 0.5}\n"
	"  - {type: combination, maps: 4, kernel: 2, activation: tanh}\n"
	"  - {type: pooling, method: mean, window: 3, ragged: true}\n"
	"  - {type: combination, maps: 3, kernel: 1, kernels: per-pair}\n"
	"  - {type: full, units: 7}\n"
	"  - {type: batch-norm, statistics: running, activation: tanh}\n"
	"  - {type: dropout, rate: 0.2}\n"
	"  - {type: full, units: 4}\n"
	"  - {type: scale}\n"
	"loss: softmax-cross-entropy\n"
	"train: {epochs: 1, batch: 48, rate: 0.05}\n"},

	/* Outputs; a row of units that becomes maps again; maps at the end. */
	{ELEMENT_U8, "name: outputs\n"
	"data: {format: idx, directory: data, normalize: unit}\n"
	"input: {maps: 1, rows: 11, columns: 12}\noutput: {classes: 4}\n"
	"layers:\n"
	"  - {type: pooling, method: max, window: 5, ragged: true, activation: tanh}\n"
	"  - {type: scale, activation: sigmoid}\n"
	"  - {type: convolution, maps: 6, kernel: 2, stride: 3, connections: [[0], [0], [0], [0], [0], [0]]}\n"
	"  - {type: full, units: 9, activation: scaled-tanh}\n"
	"  - {type: convolution, maps: 4, kernel: 1, connections: [[0, 8], [3], [1, 2, 3], [7]], activation: sigmoid}\n"
	"loss: squared-error\n"
	"train: {epochs: 1, batch: 48, rate: 0.05, momentum: 0.9}\n"},

	/* Branches: a layer called like a value of the graph, a row beside maps, a map read three times, twice by one. */
	{ELEMENT_U8, "name: branches\n"
	"data: {format: idx, directory: data}\n"
	"input: {maps: 1, rows: 5, columns: 5}\noutput: {classes: 4}\n"
	"layers:\n"
	"  - {type: convolution, maps: 3, kernel: 3, padding: same, name: outputs}\n"
	"  - {type: batch-norm, activation: relu}\n"
	"  - {type: add, from: [outputs, -1, -1], activation: tanh}\n"
	"  - {type: concatenate, from: [input, -1, outputs], name: all}\n"
	"  - {type: full, units: 3, activation: sigmoid}\n"
	"  - {type: pooling, method: mean, window: 5, ragged: true, from: all}\n"
	"  - {type: concatenate, from: [-1, -2], activation: relu}\n"
	"  - {type: full, units: 4, name: a}\n"
	"  - {type: full, units: 4, from: -2}\n"
	"  - {type: add, from: [a, -1], activation: scaled-tanh}\n"
	"loss: squared-error\n"
	"train: {epochs: 1, batch: 48, rate: 0.05}\n"},

	/* Activations of several nodes, and with an attribute; tanh between them keeps numbers small. */
	{ELEMENT_U8, "name: activations\n"
	"data: {format: idx, directory: data}\n"
	"input: {maps: 1, rows: 11, columns: 12}\noutput: {classes: 4}\n"
	"layers:\n"
	"  - {type: convolution, maps: 3, kernel: 4, activation: gelu}\n"
	"  - {type: scale, activation: tanh}\n"
	"  - {type: convolution, maps: 3, kernel: 4, activation: leaky-relu, slope: 0.3}\n"
	"  - {type: scale, activation: softplus}\n"
	"  - {type: scale, activation: tanh}\n"
	"  - {type: full, units: 9, activation: elu}\n"
	"  - {type: scale, activation: swish}\n"
	"  - {type: scale, activation: tanh}\n"
	"  - {type: full, units: 4, activation: gelu}\n"
	"loss: squared-error\n"
	"train: {epochs: 1, batch: 48, rate: 0.05}\n"},

	/* Windows: rectangles that overlap, at a ragged edge, with padding, in long steps, of the whole map. */
	{ELEMENT_U8, "name: windows\n"
	"data: {format: idx, directory: data}\n"
	"input: {maps: 1, rows: 11, columns: 12}\noutput: {classes: 4}\n"
	"layers:\n"
	"  - {type: pooling, method: max, window: [3, 2], stride: [2, 1], ragged: true}\n"
	"  - {type: convolution, maps: 4, kernel: 2}\n"
	"  - {type: pooling, method: mean, window: 3, stride: 2, padding: same}\n"
	"  - {type: pooling, method: mean, window: [1, 2], stride: [1, 1]}\n"
	"  - {type: pooling, method: max, window: 1, stride: [1, 3], ragged: true}\n"
	"  - {type: subsampling, window: [1, 2], ragged: true}\n"
	"  - {type: upsampling, factor: [2, 3], activation: tanh}\n"
	"  - {type: pooling, method: max, window: 3, stride: 2, padding: centred}\n"
	"  - {type: convolution, maps: 4, kernel: 3, stride: 2, padding: centred}\n"
	"  - {type: pooling, method: mean, window: all}\n"
	"loss: softmax-cross-entropy\n"
	"train: {epochs: 1, batch: 48, rate: 0.05}\n"},

	{ELEMENT_U8, "name: row\n"
	"data: {format: idx, directory: data}\n"
	"input: {maps: 1, rows: 11, columns: 12}\noutput: {classes: 4, names: [a, 'b c', d, e]}\n"
	"layers: [{type: dropout, rate: 0.1}, {type: full, units: 4, activation: tanh}]\n"
	"loss: squared-error\n"
	"train: {epochs: 1, batch: 48, rate: 0.05, momentum: 0.9}\n"},

	{ELEMENT_F32, "name: classes\n" NUMBERS "output: {classes: 3}\n" ONE_ROW "loss: softmax-cross-entropy\n" TRAIN},
	{ELEMENT_I16, "name: values\n" NUMBERS
	 "output: {values: 3, normalize: standard, names: [a, b, c], units: [K, m, 1]}\n" ONE_ROW
	 "loss: squared-error\n" TRAIN},
	{ELEMENT_F32, "name: huber\n" NUMBERS "output: {values: 3}\n" ONE_ROW "loss: huber\n" TRAIN},
	{ELEMENT_F32, "name: absolute\n" NUMBERS "output: {values: 3, normalize: standard}\n" ONE_ROW
	 "loss: absolute-error\n" TRAIN},
	{ELEMENT_F16, "name: labels\n" NUMBERS "output: {labels: 3, names: [a, b, c]}\n" ONE_ROW
	 "loss: binary-cross-entropy\n" TRAIN},
	{ELEMENT_F32, "name: ends\n" NUMBERS "output: {labels: 3}\n" ONE_ROW "loss: squared-error\n" TRAIN},
	{ELEMENT_F32, "name: maps\n" NUMBERS "output: {classes: 3}\n" FIELD "loss: softmax-cross-entropy\n" TRAIN},
	{ELEMENT_F32, "name: map ends\n" NUMBERS "output: {classes: 3}\n" FIELD "loss: squared-error\n" TRAIN},
	{ELEMENT_F32, "name: fields\n" NUMBERS "output: {values: 3, normalize: standard}\n" FIELD
	 "loss: squared-error\n" TRAIN},

	/* Kernels, steps and distances of two sides; groups, also of lists, one map by itself; combinations with padding. */
	{ELEMENT_U8, "name: geometry\n"
	"data: {format: idx, directory: data}\n"
	"input: {maps: 2, rows: 11, columns: 12}\noutput: {classes: 4}\n"
	"layers:\n"
	"  - {type: convolution, maps: 4, kernel: [1, 5], stride: [1, 2], padding: same, groups: each, activation: tanh}\n"
	"  - {type: convolution, maps: 6, kernel: [3, 2], dilation: [2, 3], padding: same, groups: 2}\n"
	"  - {type: combination, maps: 4, kernel: 3, stride: [2, 1], dilation: 2, padding: same, activation: tanh}\n"
	"  - {type: convolution, maps: 4, kernel: 2, connections: [[0, 1], [0, 1], [2, 3], [2, 3]]}\n"
	"  - {type: combination, maps: 4, kernel: [2, 1], stride: [1, 3], kernels: per-pair, padding: same}\n"
	"  - {type: full, units: 4}\n"
	"loss: softmax-cross-entropy\n"
	"train: {epochs: 1, batch: 48, rate: 0.05}\n"},
};
_Static_assert(sizeof networks / sizeof *networks == NETWORKS, "all of them");

struct model *model_made(size_t job)
{
	struct model *model = model_of(networks[job].text);
	const struct net *net = model->net;
	model->inputs = networks[job].inputs;
	for (size_t m = 0; m < model->job->input.maps; m++) {
		model->normalization.mean[m] = (const double[]){100, 90, 20}[m];
		model->normalization.deviation[m] = (const double[]){60, 50, 70}[m];
	}
	for (size_t k = 0; k < model->targets.maps; k++) {
		bool standard = model->job->output.normalize == NORMALIZE_STANDARD;
		model->targets.mean[k] = standard ? (const double[]){300.1, -2, 0.26}[k] : 0;
		model->targets.deviation[k] = standard ? (const double[]){20.3, 0.7, 100.1}[k] : 1; /* no floats */
	}
	for (size_t i = 0; i < net->parameters; i++) {
		model->w[i] = 2 * model->w[i] + 0.3f * (float)(random_uniform(3, RANDOM_CHECK, 0, i) - 0.5);
		if (model->average != NULL)
			model->average[i] = 2 * model->average[i] + 0.3f * (float)(random_uniform(3, RANDOM_CHECK, 1, i) - 0.5);
	}
	for (size_t t = 0; t < net->tensors; t++)
		for (size_t i = 0; strcmp(net->tensor[t].own->name, "variance") == 0 && i < net->tensor[t].count; i++)
			model->w[net->tensor[t].offset + i] = 0.1f + 0.2f * (float)random_uniform(3, RANDOM_CHECK, 2, i);
	return model;
}

float number_put(enum element element, size_t at, uint64_t number, void *bytes)
{
	switch (element) {
	case ELEMENT_U8:
		((uint8_t *)bytes)[at] = (uint8_t)number;
		return (float)number;
	case ELEMENT_I16:
		((int16_t *)bytes)[at] = (int16_t)(5 * (int)number - 300);
		return (float)(5 * (int)number - 300);
	case ELEMENT_F16:
		((uint16_t *)bytes)[at] = (uint16_t)(0x5800 + number); /* from 128 on, steps of 1/8 */
		return 128 + (float)number / 8;
	default:
		((float *)bytes)[at] = 0.7f * (float)number - 1.5f;
		return ((float *)bytes)[at];
	}
}
