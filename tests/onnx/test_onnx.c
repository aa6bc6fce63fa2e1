/* Exported networks: read from their bytes and computed by the operators' specification, they give convoy's scores. */
#include <convoy/onnx.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "onnx/operators.h"
#include "train/jobs.h"

enum { IMAGES = 5, MOST = 4 * 20 * 20 };

static const char *const jobs[] = {
	JOB_HEAD("data") LAYERS_ALL "train: {epochs: 1, batch: 48, rate: 0.05, average: 0.9}\n",

	/* Borders, strides with an odd zero, ragged edges, statistics; three input maps. */
	"name: ragged\n"
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
	"  - {type: batch-norm, activation: tanh}\n"
	"  - {type: dropout, rate: 0.2}\n"
	"  - {type: full, units: 4}\n"
	"  - {type: scale}\n"
	"loss: softmax-cross-entropy\n"
	"train: {epochs: 1, batch: 48, rate: 0.05}\n",

	/* Outputs; a row of units that becomes maps again; maps at the end. */
	"name: outputs\n"
	"data: {format: idx, directory: data, normalize: unit}\n"
	"input: {maps: 1, rows: 11, columns: 12}\noutput: {classes: 4}\n"
	"layers:\n"
	"  - {type: pooling, method: max, window: 5, ragged: true, activation: tanh}\n"
	"  - {type: scale, activation: sigmoid}\n"
	"  - {type: convolution, maps: 6, kernel: 2, stride: 3, connections: [[0], [0], [0], [0], [0], [0]]}\n"
	"  - {type: full, units: 9, activation: scaled-tanh}\n"
	"  - {type: convolution, maps: 4, kernel: 1, connections: [[0, 8], [3], [1, 2, 3], [7]], activation: sigmoid}\n"
	"loss: squared-error\n"
	"train: {epochs: 1, batch: 48, rate: 0.05, momentum: 0.9}\n",

	"name: row\n"
	"data: {format: idx, directory: data}\n"
	"input: {maps: 1, rows: 11, columns: 12}\noutput: {classes: 4, names: [a, 'b c', d, e]}\n"
	"layers: [{type: dropout, rate: 0.1}, {type: full, units: 4, activation: tanh}]\n"
	"loss: squared-error\n"
	"train: {epochs: 1, batch: 48, rate: 0.05, momentum: 0.9}\n",
};
enum { JOBS = sizeof jobs / sizeof *jobs };

/* A model with numbers everywhere, but variances above 0. */
static struct model *model_made(const char *text)
{
	struct model *model = model_of(text);
	const struct net *net = model->net;
	for (size_t m = 0; m < model->job->input.maps; m++) {
		model->normalization.mean[m] = (const double[]){100, 90, 20}[m];
		model->normalization.deviation[m] = (const double[]){60, 50, 70}[m];
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

static struct onnx onnx_of(const struct model *model)
{
	struct err err = {0};
	struct onnx onnx;
	assert_int_equal(onnx_make(model, &onnx, &err), 0);
	return onnx;
}

static void gives_the_same_scores(void **state)
{
	(void)state;
	for (size_t j = 0; j < JOBS; j++) {
		static uint8_t pixels[IMAGES * MOST];
		float scores[IMAGES][4];
		struct err err = {0};
		struct predictor predictor;
		size_t numbers;
		double spread = 0;
		struct model *model = model_made(jobs[j]);
		struct onnx onnx = onnx_of(model);
		struct wire_model *wire = wire_read(onnx.bytes, onnx.count);
		size_t size = shape_size(model->job->input);
		for (size_t i = 0; i < IMAGES * size; i++) /* brighter from image to image */
			pixels[i] = (uint8_t)random_below(8, RANDOM_CHECK, 2, i, 51 * (1 + i / size));
		assert_int_equal(predictor_open(&predictor, kernels_choose(&err), model, &err), 0);
		predictor_run(&predictor, IMAGES, pixels, scores[0]);
		double *other = operators_run(wire, IMAGES, pixels, &numbers);
		assert_int_equal(numbers, IMAGES * 4);
		for (size_t i = 0; i < numbers; i++)
			if (!(fabs(other[i] - (double)scores[i / 4][i % 4]) < 1e-5))
				fail_msg("%s: score %zu is %g, not %g", model->job->name, i, other[i], (double)scores[i / 4][i % 4]);
		for (size_t k = 0; k < 4; k++)
			spread = fmax(spread, fabs(other[k] - other[(IMAGES - 1) * 4 + k]));
		if (!(spread > 1e-3))
			fail_msg("%s: images make no difference: %g", model->job->name, spread);
		predictor_close(&predictor);
		free(other);
		wire_free(wire);
		free(onnx.bytes);
		model_destroy(model);
	}
}

/* Names, types and shapes; no name twice, nothing used before it is there, nothing unused. */
static void is_well_formed(void **state)
{
	(void)state;
	for (size_t j = 0; j < JOBS; j++) {
		struct model *model = model_made(jobs[j]);
		struct onnx onnx = onnx_of(model);
		struct wire_model *m = wire_read(onnx.bytes, onnx.count);
		size_t used = 0;
		assert_true(m->ir == 7 && m->opset == 13 && m->inputs == 1 && m->outputs == 1 && m->nodes == onnx.nodes);
		assert_string_equal(m->input[0].name, "pixels");
		assert_string_equal(m->output[0].name, "scores");
		assert_true(m->input[0].type == 1 && m->input[0].rank == 4 && m->input[0].dims[0] == 0);
		assert_true(m->output[0].type == 1 && m->output[0].rank == 2 && m->output[0].dims[1] == 4);
		for (size_t n = 0; n < m->nodes; n++) {
			assert_string_equal(m->node[n].name, m->node[n].output);
			used += m->node[n].inputs - 1;
			for (size_t o = 0; o < n; o++)
				assert_string_not_equal(m->node[n].output, m->node[o].output);
			for (size_t t = 0; t < m->tensors; t++)
				assert_string_not_equal(m->node[n].output, m->tensor[t].name);
		}
		for (size_t t = 0; t < m->tensors; t++)
			for (size_t o = 0; o < t; o++)
				assert_string_not_equal(m->tensor[t].name, m->tensor[o].name);
		assert_int_equal(used, m->tensors);
		wire_free(m);
		free(onnx.bytes);
		model_destroy(model);
	}
}

static void names_layers_and_classes(void **state)
{
	(void)state;
	static const struct {
		const char *name, *type;
	} nodes[] = {{"01-convolution", "Conv"}, {"02-subsampling", "Conv"}, {"04-combination", "Conv"},
	             {"07-pooling", "MaxPool"}, {"08-full", "Gemm"}, {"scores", "Softmax"}};
	struct model *model = model_made(jobs[0]);
	struct onnx onnx = onnx_of(model);
	struct wire_model *m = wire_read(onnx.bytes, onnx.count);
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		size_t n = 0;
		while (n < m->nodes && strcmp(m->node[n].name, nodes[i].name) != 0)
			n++;
		assert_true(n < m->nodes);
		assert_string_equal(m->node[n].type, nodes[i].type);
	}
	assert_int_equal(m->pairs, 4);
	assert_string_equal(m->pair[0].key, "classes");
	assert_string_equal(m->pair[0].value, "lies\nstands\nfalls\nrises");
	assert_string_equal(m->pair[1].value, "probabilities");
	wire_free(m);
	free(onnx.bytes);
	model_destroy(model);
}

static void equal_models_give_equal_bytes(void **state)
{
	(void)state;
	for (size_t j = 0; j < JOBS; j++) {
		struct model *model = model_made(jobs[j]), *again = model_made(jobs[j]);
		struct onnx one = onnx_of(model), other = onnx_of(again);
		assert_int_equal(one.count, other.count);
		assert_memory_equal(one.bytes, other.bytes, one.count);
		free(one.bytes);
		free(other.bytes);
		model_destroy(model);
		model_destroy(again);
	}
}

/* Their files would be read as if they took bytes, or gave one row. */
static void refuses_what_the_file_cannot_say(void **state)
{
	(void)state;
	static const char fields[] =
		"name: fields\ndata: {format: hdf5, file: data}\ninput: {maps: 1, rows: 4, columns: 3}\noutput: {values: 2}\n"
		"layers: [{type: convolution, maps: 2, kernel: 1}]\nloss: squared-error\n"
		"train: {epochs: 1, batch: 48, rate: 0.05}\n";
	struct err bytes = {0}, positions = {0};
	struct onnx onnx;
	struct model *model = model_made(jobs[0]), *field = model_made(fields);
	model->inputs = ELEMENT_F32;
	assert_int_equal(onnx_make(model, &onnx, &bytes), -1);
	assert_int_equal(bytes.code, EX_DATAERR);
	assert_non_null(strstr(bytes.text, "float32"));
	assert_int_equal(onnx_make(field, &onnx, &positions), -1);
	assert_int_equal(positions.code, EX_DATAERR);
	assert_string_equal(positions.text, "the network has outputs for each of 12 positions, which an ONNX file cannot "
	                    "hold yet");
	model_destroy(model);
	model_destroy(field);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_same_scores),
		cmocka_unit_test(is_well_formed),
		cmocka_unit_test(names_layers_and_classes),
		cmocka_unit_test(equal_models_give_equal_bytes),
		cmocka_unit_test(refuses_what_the_file_cannot_say),
	};
	return cmocka_run_group_tests_name("onnx", tests, NULL, NULL);
}
