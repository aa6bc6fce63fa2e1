/* Imported networks: those that convoy exports predict the same bytes again. */
#include "onnx/build.h"
#include "onnx/networks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { SAMPLES = 5, MOST = 4 * 20 * 20 };

static const struct onnx_wishes none = {.inputs = ELEMENT_F32};

/* The model of a model's file. */
static struct model *model_again(const struct model *model)
{
	struct err err = {0};
	struct onnx onnx;
	assert_int_equal(onnx_make(model, &onnx, &err), 0);
	struct model *again = onnx_model(onnx.bytes, onnx.count, &none, "again", &err);
	assert_string_equal(err.text, "");
	assert_non_null(again);
	free(onnx.bytes);
	return again;
}

static void predict(const struct model *model, const void *inputs, float *scores)
{
	struct err err = {0};
	struct predictor predictor;
	assert_int_equal(predictor_open(&predictor, kernels_choose(&err), model, &err), 0);
	predictor_run(&predictor, SAMPLES, inputs, scores);
	predictor_close(&predictor);
}

static void predicts_the_same_bytes(void **state)
{
	(void)state;
	for (size_t j = 0; j < NETWORKS; j++) {
		static float bytes[SAMPLES * MOST], scores[2][SAMPLES * MOST];
		struct model *model = model_made(j), *again = model_again(model);
		size_t size = shape_size(model->job->input);
		for (size_t i = 0; i < SAMPLES * size; i++)
			number_put(networks[j].inputs, i, random_below(9, RANDOM_CHECK, 2, i, 51 * (1 + i / size)), bytes);
		assert_int_equal(again->inputs, model->inputs);
		predict(model, bytes, scores[0]);
		predict(again, bytes, scores[1]);
		size_t each = model->net->task.count * model->net->task.positions;
		for (size_t i = 0; i < SAMPLES * each; i++)
			if (memcmp(&scores[0][i], &scores[1][i], sizeof scores[0][i]) != 0)
				fail_msg("%s: score %zu is %.9g, was %.9g\n%s", model->job->name, i, (double)scores[1][i],
				         (double)scores[0][i], again->job->text);
		model_destroy(model);
		model_destroy(again);
	}
}

/* What is imported and exported again is the same file but for what is no layer any more. */
static void stays_as_it_is(void **state)
{
	(void)state;
	for (size_t j = 0; j < NETWORKS; j++) {
		struct model *model = model_made(j), *first = model_again(model), *second = model_again(first);
		assert_string_equal(second->job->text, first->job->text);
		assert_string_equal(first->job->name, model->job->name);
		assert_int_equal(first->net->parameters, second->net->parameters);
		assert_memory_equal(first->w, second->w, first->net->parameters * sizeof *first->w);
		model_destroy(model);
		model_destroy(first);
		model_destroy(second);
	}
}

/* Kernels of zeros are pairs that are not connected: as many parameters, and as much work, as before. */
static void brings_connections_back(void **state)
{
	(void)state;
	static const char *const tables[] = {"connections: lenet5", "connections: [[0, 8], [3], [1, 2, 3], [7]]"};
	size_t seen = 0;
	for (size_t j = 0; j < NETWORKS; j++)
		for (size_t t = 0; t < 2; t++) {
			if (strstr(networks[j].text, tables[t]) == NULL)
				continue;
			struct model *model = model_made(j), *again = model_again(model);
			assert_non_null(strstr(again->job->text, t == 0 ? "connections: [[0, 1, 2], [1, 2, 3], " : tables[t]));
			model_destroy(model);
			model_destroy(again);
			seen++;
		}
	assert_true(seen >= 2);
}

#define HEAD "opset 13\ninput x 1 4 4\noutput y\n"
#define LINE "opset 13\ninput x 2 6\noutput y\n"
#define FULL "tensor w 16 3\nnode Flatten x > r\nnode MatMul r,w > m\n"

/* What stands in the job, by the meaning of the operators in ONNX. */
static const struct {
	const char *text, *job;
	struct onnx_wishes wishes;
} lines[] = {
	{HEAD FULL "node Identity m > y\n", "output: {values: 3}\nlayers:\n  - {type: full, units: 3}\nloss: squared-error",
	 {0}},
	{HEAD FULL "node Identity m > y\n", "output: {classes: 3}\nlayers:\n  - {type: full, units: 3}\nloss: softmax",
	 {.tasked = true, .task = TASK_CLASSES}},
	{HEAD FULL "node Identity m > y\n", "output: {labels: 3}\nlayers:\n  - {type: full, units: 3}\nloss: binary",
	 {.tasked = true, .task = TASK_LABELS}},
	{HEAD FULL "node Softmax m > y axis:i=1\n",
	 "output: {classes: 3}\nlayers:\n  - {type: full, units: 3}\nloss: softmax", {0}},
	{HEAD FULL "node Sigmoid m > y\n", "output: {labels: 3}\nlayers:\n  - {type: full, units: 3}\nloss: binary", {0}},
	{HEAD FULL "meta values a\nnode Sigmoid m > y\n",
	 "{type: full, units: 3, activation: sigmoid}\nloss: squared-error", {0}},
	{HEAD FULL "tensor b 3\nnode Add b,m > y\n", "layers:\n  - {type: full, units: 3}\nloss", {0}},
	{HEAD FULL "tensor b 1\nnode Mul m,b > h\nnode Tanh h > y\n",
	 "{type: full, units: 3}\n  - {type: scale, activation: tanh}\nloss", {0}},
	/* The tensor is 0.5: (2 x − 0.5) 0.5 + 0.5 */
	{HEAD FULL "tensor a 1\nnode Div x,a > b\nnode Sub b,a > c\nnode Mul c,a > d\nnode Add d,a > e\n"
	 "tensor k 1 1 4 4\nnode Conv e,k > y name=last\n",
	 "normalize: none, scale: 1, offset: 0.25}\ninput: {maps: 1, rows: 4, columns: 4}\n", {0}},
	{HEAD "whole a 2 -1\nnode ReduceMean x,a > y\n", "{type: pooling, method: mean, window: all}\n", {0}},
	{HEAD "whole p 0 0 2 2 0 0 2 2\nnode Pad x,p > z\ntensor k 1 1 3 3\nnode Conv z,k > y name=last\n",
	 "{format: memory, pad: 2, normalize: none}\ninput: {maps: 1, rows: 4, columns: 4}", {0}},
	{HEAD "whole p 0 0 1 1 0 0 1 1\nzeros v 1\nnode Pad x,p,v > z\ntensor k 1 1 3 3\nnode Conv z,k > y name=last\n",
	 "{format: memory, pad: 1, normalize: none}\ninput: {maps: 1, rows: 4, columns: 4}", {0}},
	/* x.view(x.size(0), -1), x.view(x.size(0), x.size(2) * x.size(3)), and a border as PyTorch computes it */
	{HEAD "tensor w 16 3\nnode Shape x > s\nwhole i 0\nnode Gather s,i > n\nwhole m -1\nnode Concat n,m > t axis:i=0\n"
	 "node Reshape x,t > r\nnode MatMul r,w > y\n", "layers:\n  - {type: full, units: 3}\nloss", {0}},
	{HEAD "tensor w 16 3\nnode Shape x > s\nwhole i 0\nwhole j -2\nwhole k 3\nnode Gather s,i > n\nnode Gather s,j > a\n"
	 "node Gather s,k > b\nnode Mul a,b > m\nnode Concat n,m > t axis:i=0\nnode Reshape x,t > r\nnode MatMul r,w > y\n",
	 "layers:\n  - {type: full, units: 3}\nloss", {0}},
	{HEAD "whole a 2 2 2 2\nwhole o 0 0 0 0\nnode Concat a,o > l axis:i=0\nwhole two -1 2\nnode Reshape l,two > t\n"
	 "whole b -1\nwhole e -9223372036854775807\nwhole c 0\nnode Slice t,b,e,c,b > u\nnode Transpose u > v perm:l=1,0\n"
	 "node Reshape v,b > w\nnode Cast w > p to:i=7\nnode Pad x,p > z\ntensor k 1 1 3 3\nnode Conv z,k > y name=last\n",
	 "{format: memory, pad: 2, normalize: none}\ninput: {maps: 1, rows: 4, columns: 4}", {0}},
	/* A start before the beginning is the beginning, also from the last to the first: -1 for the numbers of a row */
	{HEAD "tensor w 16 3\nwhole a -1 7\nwhole b -9\nwhole e -9223372036854775807\nwhole c 0\nwhole d -1\n"
	 "node Slice a,b,e,c,d > t\nwhole z 0\nnode Concat z,t > q axis:i=0\nnode Reshape x,q > r\nnode MatMul r,w > y\n",
	 "layers:\n  - {type: full, units: 3}\nloss", {0}},
	/* A shape reads no map: the input keeps what stands before it */
	{HEAD "tensor a 1\nnode Shape x > s\nnode Mul x,a > z\nnode Reshape z,s > q\ntensor k 1 1 3 3\nnode Conv q,k > y name=l\n",
	 "normalize: none, scale: 0.5, offset: 0}", {0}},
	{HEAD "tensor k 2 1 3 3\nnode Conv x,k > y name=last strides:l=2,2 pads:l=1,1,1,1\n",
	 "{type: convolution, name: last, maps: 2, kernel: 3, stride: 2, padding: centred}\n", {0}},
	{HEAD "node MaxPool x > y kernel_shape:l=3,3 strides:l=2,2 pads:l=1,1,1,1\n",
	 "{type: pooling, method: max, window: [3, 3], stride: [2, 2], padding: centred}\n", {0}},
	{HEAD "node MaxPool x > y kernel_shape:l=3,3 strides:l=2,2 pads:l=0,0,1,1\n",
	 "{type: pooling, method: max, window: [3, 3], stride: [2, 2], padding: same}\n", {0}},
	/* Signals: of three dimensions, out of rows, in and out of maps of one row */
	{LINE "tensor k 3 2 3\ntensor b 3\nnode Conv x,k,b > y name=last pads:l=1,1\n",
	 "input: {maps: 2, rows: 1, columns: 6}\noutput: {values: 3}\nlayers:\n"
	 "  - {type: convolution, name: last, maps: 3, kernel: [1, 3], padding: same}\n", {0}},
	{LINE "tensor k 2 1 3\nnode Conv x,k > y name=last group:i=2 strides:l=2 pads:l=1,1 dilations:l=1\n",
	 "{type: convolution, name: last, maps: 2, kernel: [1, 3], stride: [1, 2], padding: centred, groups: 2}\n", {0}},
	{LINE "whole two 2\nnode Unsqueeze x,two > a\nnode AveragePool a > b kernel_shape:l=1,2 "
	 "strides:l=1,2\nnode Squeeze b,two > c\nnode MaxPool c > d kernel_shape:l=3\nwhole s 0 2 1 1\n"
	 "node Reshape d,s > e\nwhole z 2 3\nnode Squeeze e,z > f\ntensor w 2 3\nnode Gemm f,w > y\n",
	 "window: [1, 2]}\n  - {type: pooling, method: max, window: [1, 3], stride: [1, 1]}\n  - {type: full, units: 3}", {0}},
	{LINE "node ReduceMean x > m axes:l=-1 keepdims:i=0\ntensor w 2 3\nnode Gemm m,w > y\n",
	 "{type: pooling, method: mean, window: all}\n  - {type: full, units: 3}\n", {0}},
	{LINE "node Shape x > s\nnode Reshape x,s > r\ntensor a 2 1\nnode Add r,a > b\nnode Concat b,r > c axis:i=-2\n"
	 "node GlobalAveragePool c > g\nwhole two 2\nnode Squeeze g,two > q\ntensor w 4 3\nnode Gemm q,w > y\n",
	 "{type: concatenate, from: [-1, input]}\n  - {type: pooling, method: mean, window: all}\n  - {type: full", {0}},
	{"opset 13\ninput x 6\noutput y\nwhole one 1\nnode Unsqueeze x,one > a\ntensor k 2 1 3\nnode Conv a,k > y\n",
	 "input: {maps: 1, rows: 1, columns: 6}\noutput: {values: 2}\nlayers:\n  - {type: convolution", {0}},
	{HEAD "tensor k 2 1 3 3\nnode Conv x,k > y name=Last auto_pad:s=SAME_UPPER\n",
	 "{type: convolution, maps: 2, kernel: 3, padding: same}\n", {0}},
	{HEAD "tensor net.0.weight 2 1 3 1\nnode Conv x,net.0.weight > y name=Conv_0\n",
	 "{type: convolution, name: net-0, maps: 2, kernel: [3, 1]}\n", {0}},
	{HEAD "tensor k 1 1 1 1\nnode Conv x,k > y name=c\n", "  - {type: scale, name: c}\n", {0}},
	{HEAD "tensor c/kernels 1 1 1 1\nnode Conv x,c/kernels > y name=c\n",
	 "  - {type: convolution, name: c, maps: 1, kernel: 1}\n", {0}},
	{HEAD "node MaxPool x > y kernel_shape:l=3,3 strides:l=2,2 ceil_mode:i=1\n",
	 "{type: pooling, method: max, window: [3, 3], stride: [2, 2], ragged: true}\n", {0}},
	{HEAD "node Dropout x > d ratio:f=0.25\nnode Relu d > y\n",
	 "{type: dropout, rate: 0.25}\n  - {type: pooling, method: max, window: 1, activation: relu}\n", {0}},
	{HEAD "tensor k 2 1 3 3\nnode Conv x,k > c\nnode Relu c > a\nnode Add c,a > y\n",
	 "  - {type: pooling, method: max, window: 1, activation: relu}\n  - {type: add, from: [-2, -1]}\n", {0}},
};

static void becomes_these_layers(void **state)
{
	(void)state;
	static struct built file;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct err err = {0};
		onnx_build(lines[i].text, &file);
		struct model *model = onnx_model(file.bytes, file.count, &lines[i].wishes, "job", &err);
		if (model == NULL || strstr(model->job->text, lines[i].job) == NULL)
			fail_msg("%s\n%s%s\nhas no %s", lines[i].text, err.text, model != NULL ? model->job->text : "",
			         lines[i].job);
		model_destroy(model);
	}
}

/* Metadata that do not fit the graph change nothing. */
static void believes_no_metadata_that_do_not_fit(void **state)
{
	(void)state;
	static struct built file;
	struct err err = {0};
	onnx_build(HEAD FULL "tensor a 1\nnode Mul m,a > s\nnode Add s,a > y\nmeta target_means 7\nmeta inputs int99\n"
	           "meta target_deviations 0.50000000001\nmeta values a\n", &file);
	struct model *model = onnx_model(file.bytes, file.count, &none, "job", &err);
	assert_string_equal(err.text, "");
	assert_non_null(strstr(model->job->text, "output: {values: 3, normalize: standard}\n"));
	assert_int_equal(model->inputs, ELEMENT_F32);
	assert_true(model->targets.mean[0] == 0.5 && model->targets.deviation[0] == 0.50000000001);
	assert_true(model->targets.mean[1] == 0.5 && model->targets.deviation[1] == 0.5);
	model_destroy(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(predicts_the_same_bytes),
		cmocka_unit_test(stays_as_it_is),
		cmocka_unit_test(brings_connections_back),
		cmocka_unit_test(becomes_these_layers),
		cmocka_unit_test(believes_no_metadata_that_do_not_fit),
	};
	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
