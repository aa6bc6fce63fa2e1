/* Predictions: a sample's scores are those of the evaluated parameters, whatever the samples beside it. */
#include <convoy/model.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "train/jobs.h"

enum { SIDE = 12, SIZE = SIDE * SIDE, CLASSES = 4, IMAGES = 37 };

#define TRAIN_AVERAGE "train: {epochs: 3, batch: 48, rate: 0.05, momentum: 0.9, average: 0.9, seed: 5}\n"

static struct model *model_made(const char *text)
{
	struct model *model = model_of(text);
	model_scramble(model, 3);
	model->normalization.mean[0] = 100;
	model->normalization.deviation[0] = 60;
	return model;
}

static void pixels_draw(uint8_t *pixels)
{
	for (size_t i = 0; i < (size_t)IMAGES * SIZE; i++)
		pixels[i] = (uint8_t)random_below(8, RANDOM_CHECK, 2, i, 256);
}

static void scores_of(const struct model *model, size_t count, const uint8_t *pixels, float *scores)
{
	struct err err = {0};
	struct predictor predictor;
	const struct kernels *kernels = kernels_choose(&err);
	assert_non_null(kernels);
	assert_int_equal(predictor_open(&predictor, kernels, model, &err), 0);
	predictor_run(&predictor, count, pixels, scores);
	predictor_close(&predictor);
}

/* One after the other, in blocks, and in blocks that begin elsewhere. */
static void neighbours_do_not_matter(void **state)
{
	(void)state;
	static uint8_t pixels[IMAGES * SIZE];
	float all[IMAGES][CLASSES], one[CLASSES], rest[IMAGES][CLASSES];
	struct model *model = model_made(JOB_HEAD("data") LAYERS_ALL TRAIN_ALL);
	pixels_draw(pixels);
	scores_of(model, IMAGES, pixels, all[0]);
	for (size_t i = 0; i < IMAGES; i++) {
		float sum = 0;
		scores_of(model, 1, pixels + i * SIZE, one);
		assert_memory_equal(one, all[i], sizeof one);
		for (size_t k = 0; k < CLASSES; k++)
			sum += one[k];
		assert_true(fabsf(sum - 1) < 1e-5f); /* probabilities */
	}
	scores_of(model, IMAGES - 5, pixels + 5 * SIZE, rest[0]);
	assert_memory_equal(rest, all[5], (IMAGES - 5) * sizeof *rest);
	assert_memory_not_equal(all[0], all[1], sizeof *all);
	model_destroy(model);
}

/* The averaged parameters count where there are some: with them in the place of the others nothing changes. */
static void averages_are_used(void **state)
{
	(void)state;
	static uint8_t pixels[IMAGES * SIZE];
	float averaged[CLASSES], plain[CLASSES], other[CLASSES];
	struct model *model = model_made(JOB_HEAD("data") LAYERS_ALL TRAIN_AVERAGE);
	struct model *swapped = model_made(JOB_HEAD("data") LAYERS_ALL TRAIN_ALL);
	pixels_draw(pixels);
	scores_of(model, 1, pixels, averaged);
	scores_of(swapped, 1, pixels, plain);
	memcpy(swapped->w, model->average, model->net->parameters * sizeof *model->w);
	scores_of(swapped, 1, pixels, other);
	assert_memory_equal(averaged, other, sizeof other);
	assert_memory_not_equal(averaged, plain, sizeof plain);
	model_destroy(model);
	model_destroy(swapped);
}

static void ranks_by_score(void **state)
{
	(void)state;
	const float scores[] = {1, 3, NAN, -2, 3, 7};
	size_t order[6] = {0}, seen[6] = {0};
	predictor_rank(2, scores, 2, order);
	assert_int_equal(order[0], 1);
	assert_int_equal(order[1], 0);
	predictor_rank(6, scores, 6, order);
	for (size_t i = 0; i < 6; i++)
		seen[order[i]]++;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(seen[i], 1);
	predictor_rank(3, scores + 3, 3, order);
	assert_int_equal(order[0], 2);
	assert_int_equal(order[1], 1);
	const float equal[] = {2, 5, 5, 2};
	predictor_rank(4, equal, 4, order);
	const size_t expected[] = {1, 2, 0, 3};
	assert_memory_equal(order, expected, sizeof expected);
}

/* x = v · scale + offset, each step rounded to float32, for each map its own. */
static void units_enter_the_network(void **state)
{
	(void)state;
	struct model *model = model_of("name: units\ndata: {format: idx, directory: data, normalize: none, scale: [0.3, 7e-4], "
	                               "offset: [-7.25, 273.15]}\ninput: {maps: 2, rows: 1, columns: 128}\noutput: {classes: 4}\n"
	                               "layers: [{type: full, units: 4}]\nloss: softmax-cross-entropy\n"
	                               "train: {epochs: 1, batch: 1, rate: 1}\n");
	const struct data_need need = model_need(model);
	struct dataset set = dataset_of(&need);
	struct batcher batcher;
	struct err err = {0};
	static float x[2 * 128 * LANES];
	const uint32_t sample = 0;
	assert_int_equal(dataset_allocate(&set, 1, &err), 0);
	for (size_t i = 0; i < 256; i++)
		set.array[DATA_INPUTS].bytes[i] = (uint8_t)i;
	model_units(model);
	assert_int_equal(model_batcher(&batcher, model, &set, &err), 0);
	batcher_fill(&batcher, &sample, 1, x, NULL);
	for (size_t i = 0; i < 256; i++) {
		volatile float scaled = (float)i * (i < 128 ? 0.3f : 7e-4f);
		assert_true(x[i * LANES] == scaled + (i < 128 ? -7.25f : 273.15f));
	}
	batcher_close(&batcher);
	dataset_free(&set);
	model_destroy(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_do_not_matter),
		cmocka_unit_test(averages_are_used),
		cmocka_unit_test(ranks_by_score),
		cmocka_unit_test(units_enter_the_network),
	};
	return cmocka_run_group_tests_name("predict", tests, NULL, NULL);
}
