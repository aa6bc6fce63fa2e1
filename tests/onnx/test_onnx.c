/* Exported networks: read from their bytes and computed by the operators' specification, they give convoy's scores. */
#include <convoy/onnx.h>

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "onnx/networks.h"
#include "onnx/operators.h"

enum { SAMPLES = 5, MOST = 4 * 20 * 20 };

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
	for (size_t j = 0; j < NETWORKS; j++) {
		static float bytes[SAMPLES * MOST], inputs[SAMPLES * MOST], scores[SAMPLES * MOST];
		struct err err = {0};
		struct predictor predictor;
		size_t numbers;
		double spread = 0;
		struct model *model = model_made(j);
		const struct normalization *targets = &model->targets;
		struct onnx onnx = onnx_of(model);
		struct wire_model *wire = wire_read(onnx.bytes, onnx.count);
		size_t size = shape_size(model->job->input), positions = model->net->task.positions;
		size_t each = model->net->task.count * positions;
		for (size_t i = 0; i < SAMPLES * size; i++) /* brighter from sample to sample */
			inputs[i] = number_put(networks[j].inputs, i, random_below(8, RANDOM_CHECK, 2, i, 51 * (1 + i / size)), bytes);
		assert_int_equal(predictor_open(&predictor, kernels_choose(&err), model, &err), 0);
		predictor_run(&predictor, SAMPLES, bytes, scores);
		double *other = operators_run(wire, SAMPLES, inputs, &numbers);
		assert_int_equal(numbers, SAMPLES * each);
		for (size_t i = 0; i < numbers; i++) {
			size_t k = i % each / positions;
			double size_of = targets->maps > 0 ? fabs(targets->mean[k]) + targets->deviation[k] : 1;
			if (!(fabs(other[i] - (double)scores[i]) < 1e-5 * size_of))
				fail_msg("%s: score %zu is %g, not %g", model->job->name, i, other[i], (double)scores[i]);
		}
		for (size_t k = 0; k < each; k++)
			spread = fmax(spread, fabs(other[k] - other[(SAMPLES - 1) * each + k]));
		if (!(spread > 1e-3))
			fail_msg("%s: samples make no difference: %g", model->job->name, spread);
		predictor_close(&predictor);
		free(other);
		wire_free(wire);
		free(onnx.bytes);
		model_destroy(model);
	}
}

/* Whether a tensor has that name; if it is not empty, otherwise an earlier node must, or the input of the graph. */
static bool is_tensor(const struct wire_model *m, size_t node, const char *name)
{
	for (size_t t = 0; t < m->tensors; t++)
		if (strcmp(m->tensor[t].name, name) == 0)
			return true;
	if (name[0] == 0) /* an input that is left out */
		return false;
	size_t n = 0;
	while (n < node && strcmp(m->node[n].output, name) != 0)
		n++;
	assert_true(n < node || strcmp(name, m->input[0].name) == 0);
	return false;
}

static bool is_read(const struct wire_model *m, const char *name)
{
	bool read = strcmp(name, m->output[0].name) == 0;
	for (size_t n = 0; n < m->nodes; n++)
		for (size_t i = 0; i < m->node[n].inputs; i++)
			read = read || strcmp(m->node[n].input[i], name) == 0;
	return read;
}

/* Names, types and shapes; no name twice, nothing used before it is there, nothing unused. */
static void is_well_formed(void **state)
{
	(void)state;
	for (size_t j = 0; j < NETWORKS; j++) {
		struct model *model = model_made(j);
		struct onnx onnx = onnx_of(model);
		struct wire_model *m = wire_read(onnx.bytes, onnx.count);
		size_t used = 0;
		assert_true(m->ir == 7 && m->opset == 13 && m->inputs == 1 && m->outputs == 1 && m->nodes == onnx.nodes);
		assert_string_equal(m->input[0].name, "inputs");
		assert_string_equal(m->output[0].name, model->job->output.task == TASK_VALUES ? "values" : "scores");
		assert_true(m->input[0].type == 1 && m->input[0].rank == 4 && m->input[0].dims[0] == 0);
		assert_true(m->output[0].type == 1 && m->output[0].dims[0] == 0);
		assert_int_equal(m->output[0].rank, model->net->task.positions > 1 ? 4 : 2);
		assert_int_equal(m->output[0].dims[1], model->job->output.count);
		if (m->output[0].rank == 4) /* of the last kernel of 2 × 2 */
			assert_true(m->output[0].dims[2] == 4 && m->output[0].dims[3] == 2);
		for (size_t n = 0; n < m->nodes; n++) {
			assert_string_equal(m->node[n].name, m->node[n].output);
			assert_true(is_read(m, m->node[n].output));
			for (size_t i = 0; i < m->node[n].inputs; i++)
				used += is_tensor(m, n, m->node[n].input[i]);
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

static const char *pair_of(const struct wire_model *m, const char *key)
{
	for (size_t i = 0; i < m->pairs; i++)
		if (strcmp(m->pair[i].key, key) == 0)
			return m->pair[i].value;
	return "";
}

static void names_layers_and_classes(void **state)
{
	(void)state;
	static const struct {
		const char *name, *type;
	} nodes[] = {{"01-convolution", "Conv"}, {"02-subsampling", "Conv"}, {"04-combination", "Conv"},
	             {"07-pooling", "MaxPool"}, {"08-full", "Gemm"}, {"scores", "Softmax"}};
	struct model *model = model_made(0);
	struct onnx onnx = onnx_of(model);
	struct wire_model *m = wire_read(onnx.bytes, onnx.count);
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		size_t n = 0;
		while (n < m->nodes && strcmp(m->node[n].name, nodes[i].name) != 0)
			n++;
		assert_true(n < m->nodes);
		assert_string_equal(m->node[n].type, nodes[i].type);
	}
	assert_int_equal(m->pairs, 5);
	assert_string_equal(m->pair[0].key, "classes");
	assert_string_equal(m->pair[0].value, "lies\nstands\nfalls\nrises");
	assert_string_equal(pair_of(m, "scores"), "probabilities");
	assert_string_equal(pair_of(m, "inputs"), "uint8");
	wire_free(m);
	free(onnx.bytes);
	model_destroy(model);
}

static void equal_models_give_equal_bytes(void **state)
{
	(void)state;
	for (size_t j = 0; j < NETWORKS; j++) {
		struct model *model = model_made(j), *again = model_made(j);
		struct onnx one = onnx_of(model), other = onnx_of(again);
		assert_int_equal(one.count, other.count);
		assert_memory_equal(one.bytes, other.bytes, one.count);
		free(one.bytes);
		free(other.bytes);
		model_destroy(model);
		model_destroy(again);
	}
}

static void says_what_values_and_labels_are(void **state)
{
	(void)state;
	static const struct {
		const char *name, *key, *names, *units, *scores, *inputs;
	} want[] = {
		{"values", "values", "a\nb\nc", "K\nm\n1", "", "int16"},
		{"huber", "values", "0\n1\n2", "", "", "float32"},
		{"labels", "labels", "a\nb\nc", "", "probabilities", "float16"},
		{"ends", "labels", "0\n1\n2", "", "outputs", "float32"},
	};
	size_t seen = 0;
	for (size_t j = 0; j < NETWORKS; j++) {
		struct model *model = model_made(j);
		struct onnx onnx = onnx_of(model);
		struct wire_model *m = wire_read(onnx.bytes, onnx.count);
		for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
			if (strcmp(model->job->name, want[i].name) != 0)
				continue;
			seen++;
			assert_string_equal(pair_of(m, want[i].key), want[i].names);
			assert_string_equal(pair_of(m, "units"), want[i].units);
			assert_string_equal(pair_of(m, "scores"), want[i].scores);
			assert_string_equal(pair_of(m, "inputs"), want[i].inputs);
		}
		wire_free(m);
		free(onnx.bytes);
		model_destroy(model);
	}
	assert_int_equal(seen, sizeof want / sizeof *want);
}

static void refuses_what_the_file_cannot_say(void **state)
{
	(void)state;
	size_t j = 0;
	while (strstr(networks[j].text, "name: values") == NULL)
		j++;
	struct err small = {0}, unknown = {0};
	struct onnx onnx;
	struct model *model = model_made(j);
	model->targets.deviation[1] = 1e-40;
	assert_int_equal(onnx_make(model, &onnx, &small), -1);
	assert_int_equal(small.code, EX_DATAERR);
	assert_non_null(strstr(small.text, "value 1 has mean -2, deviation 1e-40"));
	model->inputs = ELEMENTS;
	assert_int_equal(onnx_make(model, &onnx, &unknown), -1);
	assert_int_equal(unknown.code, EX_DATAERR);
	model_destroy(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_same_scores),
		cmocka_unit_test(is_well_formed),
		cmocka_unit_test(names_layers_and_classes),
		cmocka_unit_test(says_what_values_and_labels_are),
		cmocka_unit_test(equal_models_give_equal_bytes),
		cmocka_unit_test(refuses_what_the_file_cannot_say),
	};
	return cmocka_run_group_tests_name("onnx", tests, NULL, NULL);
}
