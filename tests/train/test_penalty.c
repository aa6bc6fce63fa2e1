/* The penalty of section 3.3.1 in a whole run: its gradient reaches the logits, weighted by λ of the step. */
#include <convoy/train.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "run.h"

/* Logits of the combination after `steps` updates. */
static void logits_after(const char *sparsity, uint64_t steps, float c[3][6])
{
	char text[2048], output[32];
	static int runs;
	struct err err = {0};
	snprintf(text, sizeof text, JOB_HEAD("data") "layers:\n"
	         "  - {type: convolution, maps: 6, kernel: 5, activation: tanh}\n"
	         "  - {type: combination, maps: 3, kernel: 3, %s}\n"
	         "  - {type: full, units: 4}\nloss: softmax-cross-entropy\n"
	         "train: {epochs: 2, batch: 48, rate: 0.125, momentum: 0.5, decay: 0.01}\n", sparsity);
	snprintf(output, sizeof output, "run-%d", runs++);
	run_ends(TRAIN_STOPPED, text, (struct train_options){.output = output, .stop_at = steps});
	snprintf(text, sizeof text, "%s/%s/checkpoint-%08d.h5", folder, output, (int)steps);
	struct store *store = store_open(text, &err);
	struct store_array array = {.path = "/layers/02-combination/logits", .type = STORE_F32, .rank = 2, .dims = {3, 6}};
	assert_int_equal(store_get(store, &array, c, &err), 0);
	store_destroy(store);
}

/* The first update with the penalty differs from that without by −η λ ∂Ω/∂c at the initial logits. */
static void penalty_reaches_the_logits(void **state)
{
	(void)state;
	char text[2048];
	float with[3][6], without[3][6], after[3][6];
	snprintf(text, sizeof text, JOB_HEAD("data") "layers:\n"
	         "  - {type: convolution, maps: 6, kernel: 5, activation: tanh}\n"
	         "  - {type: combination, maps: 3, kernel: 3}\n"
	         "  - {type: full, units: 4}\nloss: softmax-cross-entropy\ntrain: {epochs: 1, batch: 1, rate: 1}\n");
	struct model *model = model_of(text);
	const struct tensor *tensor = NULL;
	for (size_t s = 0; s < model->net->layer[1]->tensors; s++)
		if (strcmp(model->net->layer[1]->tensor[s].name, "logits") == 0)
			tensor = &model->net->layer[1]->tensor[s];
	assert_non_null(tensor);
	assert_false(tensor->decays);
	const float *c = model->w + model->net->offset[1] + tensor->offset;

	logits_after("kernels: per-input", 1, without);
	logits_after("sparsity: {penalty: entropy, lambda: 0.5}", 1, with);
	for (size_t j = 0; j < 3; j++) {
		double sum = 0, alpha[6], mean = 0;
		for (size_t i = 0; i < 6; i++)
			sum += exp((double)c[6 * j + i]);
		for (size_t i = 0; i < 6; i++) {
			alpha[i] = exp((double)c[6 * j + i]) / sum;
			mean -= alpha[i] * (log(alpha[i]) + 1);
		}
		for (size_t i = 0; i < 6; i++) {
			double slope = alpha[i] * (-(log(alpha[i]) + 1) - mean), moved = (double)with[j][i] - (double)without[j][i];
			assert_true(fabs(moved + 0.125 * 0.5 * slope) < 1e-7);
			assert_true(fabs(slope) > 1e-5); /* the noise that breaks the symmetry is there */
		}
	}
	model_destroy(model);

	/* With a warm-up the first step's λ is 0, a later one's is not. */
	logits_after("sparsity: {penalty: entropy, lambda: 0.5, warmup: 1}", 1, with);
	assert_memory_equal(with, without, sizeof with);
	logits_after("sparsity: {penalty: entropy, lambda: 0.5, warmup: 1}", 2, with);
	logits_after("kernels: per-input", 2, after);
	assert_memory_not_equal(with, after, sizeof with);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(penalty_reaches_the_logits),
	};
	return cmocka_run_group_tests_name("penalty", tests, runs_open, runs_close);
}
