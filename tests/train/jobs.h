/* Job texts for tests of training, on the tests' tiny data set. Include after cmocka.h. */
#ifndef TESTS_TRAIN_JOBS_H
#define TESTS_TRAIN_JOBS_H

#include <convoy/train.h>

#include <stdio.h>
#include <stdlib.h>

#define JOB_HEAD(directory) \
	"name: tiny\n" \
	"data: {format: idx, directory: '" directory "'}\n" \
	"input: {maps: 1, rows: 12, columns: 12}\noutput: {classes: 4, names: [lies, stands, falls, rises]}\n"

/* Every type of layer, and every kind of tensor: dense and packed kernels, biases, beta, logits, weights. */
#define LAYERS_ALL \
	"layers:\n" \
	"  - {type: convolution, maps: 6, kernel: 3, padding: same, activation: scaled-tanh}\n" \
	"  - {type: subsampling, window: 2, activation: tanh}\n" \
	"  - {type: convolution, maps: 16, kernel: 3, connections: lenet5, activation: relu}\n" \
	"  - {type: combination, maps: 5, kernel: 2, kernels: per-input, activation: sigmoid}\n" \
	"  - type: combination\n" \
	"    maps: 4\n" \
	"    kernel: 2\n" \
	"    kernels: per-pair\n" \
	"    sparsity: {penalty: entropy, lambda: 0.01, warmup: 1}\n" \
	"  - {type: convolution, maps: 3, kernel: 1, connections: [[0, 1], [2], [1, 3]], activation: tanh}\n" \
	"  - {type: pooling, method: max, window: 2}\n" \
	"  - {type: full, units: 4}\n" \
	"loss: softmax-cross-entropy\n"

#define TRAIN_ALL "train: {epochs: 3, batch: 48, rate: 0.05, momentum: 0.9, nesterov: true, seed: 5}\n"

/* The job of a text; fails the test where it is none. */
static inline struct job *job_of(const char *text)
{
	struct err err = {0};
	struct job *job = job_parse("test", text, &err);
	assert_string_equal(err.text, "");
	assert_non_null(job);
	return job;
}

static inline struct model *model_of(const char *text)
{
	struct err err = {0};
	struct model *model = model_create(job_of(text), &err);
	assert_string_equal(err.text, "");
	assert_non_null(model);
	return model;
}

/* Fills all that training changes with seeded numbers that no other place holds. */
static inline void model_scramble(struct model *model, uint64_t seed)
{
	size_t parameters = model->net->parameters, classes = model->job->output.count;
	struct err err = {0};
	for (size_t i = 0; i < parameters; i++) {
		model->w[i] = (float)(random_uniform(seed, RANDOM_CHECK, 0, i) - 0.5);
		model->state[0][i] = (float)(random_uniform(seed, RANDOM_CHECK, 1, i) - 0.5);
	}
	for (size_t t = 0; t < model->net->tensors; t++)
		model->exponents[t] = (int32_t)random_below(seed, RANDOM_CHECK, 2, t, 100) - 90;
	for (size_t k = 0; model->confusion.cell != NULL && k < classes * classes; k++)
		model->confusion.cell[k] = (int64_t)random_below(seed, RANDOM_CHECK, 3, k, 1000);
	for (size_t m = 0; m < model->job->input.maps; m++) {
		model->normalization.mean[m] = 100 + random_uniform(seed, RANDOM_CHECK, 4, m);
		model->normalization.deviation[m] = 50 + random_uniform(seed, RANDOM_CHECK, 5, m);
	}
	snprintf(model->data[DATA_TRAIN], DIGEST_TEXT, "%064x", 0x1234u);
	snprintf(model->data[DATA_TEST], DIGEST_TEXT, "%064x", 0x5678u);
	model->window = 211;
	model->span = 13;
	model->step = 17;
	model->seen = 17 * 48 - 6;
	model->running = (struct totals){.loss = {[5] = 1 << 20}, .measure = {[5] = 33}, .weight = 96 << 20, .samples = 96};
	for (uint64_t r = 1; r <= 3; r++) {
		struct record record = {r, 5 * r, 0.05 / (double)r, 1.0 / (double)r, 0.3 / (double)r, 1.1 / (double)r, 0.4, 0, 0};
		assert_int_equal(model_record(model, &record, &err), 0);
	}
}

#endif
