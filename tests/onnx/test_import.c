/* Imported networks: those that convoy exports predict the same bytes again. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(predicts_the_same_bytes),
		cmocka_unit_test(stays_as_it_is),
	};
	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
