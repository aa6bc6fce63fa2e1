/* Frozen layers in whole runs: their bytes stay, whatever the optimizer; and learning rates of layers. */
#include <convoy/train.h>

#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "run.h"

#define LAYERS(frozen, rate) \
	"layers:\n" \
	"  - {type: convolution, maps: 4, kernel: 3, frozen: " frozen "}\n" \
	"  - {type: batch-norm, activation: relu, frozen: " frozen "}\n" \
	"  - {type: combination, maps: 3, kernel: 3, sparsity: {penalty: entropy, lambda: 0.1}, rate: " rate "}\n" \
	"  - {type: subsampling, window: 2, activation: tanh, frozen: " frozen "}\n" \
	"  - {type: full, units: 4, rate: " rate "}\n" \
	"loss: softmax-cross-entropy\n"

static const char *const optimizers[] = {
	"optimizer: sgd, momentum: 0.9, nesterov: true", "optimizer: adagrad", "optimizer: rmsprop, momentum: 0.5",
	"optimizer: adam", "optimizer: adamw", "optimizer: sdlm, momentum: 0.5",
	"optimizer: lars, momentum: 0.9", "optimizer: lamb",
};
enum { RULES = sizeof optimizers / sizeof *optimizers };

static void job_write(char text[2048], const char *layers, const char *optimizer, const char *rate)
{
	snprintf(text, 2048, "%s%strain: {epochs: 2, batch: 48, seed: 9, decay: 0.01, average: 0.5, clip: 1, rate: %s, %s}\n",
	         JOB_HEAD("data"), layers, rate, optimizer);
}

/* Whether layer l has the same bytes in two vectors. */
static bool same(const struct net *net, size_t l, const float *a, const float *b)
{
	size_t at = net->offset[l];
	return memcmp(a + at, b + at, (net->offset[l + 1] - at) * sizeof *a) == 0;
}

static void frozen_layers_keep_their_bytes(void **state)
{
	(void)state;
	for (size_t r = 0; r < RULES; r++) {
		char text[2048];
		job_write(text, LAYERS("true", "1"), optimizers[r], "0.02");
		struct model *begun = model_of(text);
		const struct net *net = begun->net;
		float *zero = calloc(net->parameters, sizeof *zero);
		assert_non_null(zero);
		run_ends(TRAIN_DONE, text, (struct train_options){.output = "run"});
		struct model *done = run_model("run/best.h5");
		for (size_t l = 0; l < net->layers; l++) {
			bool frozen = net->layer[l]->frozen;
			assert_int_equal(frozen, l == 0 || l == 1 || l == 3);
			assert_int_equal(same(net, l, begun->w, done->w), frozen);
			assert_int_equal(same(net, l, begun->average, done->average), frozen);
			for (size_t s = 0; s < OPTIMIZER_VECTORS && done->state[s] != NULL; s++)
				assert_true(same(net, l, zero, done->state[s]) == frozen);
		}
		for (size_t t = 0; t < net->tensors; t++)
			assert_true((done->exponents[t] == SUM_EXPONENT_LOWEST) == net->layer[net->tensor[t].layer]->frozen);
		free(zero);
		model_destroy(begun);
		model_destroy(done);
		folder_teardown(NULL);
		folder_setup(NULL);
	}
}

/* A stop in the middle of an epoch does not matter. */
static void a_stop_does_not_matter(void **state)
{
	(void)state;
	char text[2048];
	job_write(text, LAYERS("true", "0.25"), optimizers[5], "0.02");
	run_ends(TRAIN_DONE, text, (struct train_options){.output = "whole"});
	run_ends(TRAIN_STOPPED, text, (struct train_options){.output = "parts", .stop_at = 7});
	run_ends(TRAIN_DONE, text, (struct train_options){.output = "parts", .resume = true});
	struct model *whole = run_model("whole/best.h5"), *parts = run_model("parts/best.h5");
	struct digest a = model_digest(whole), b = model_digest(parts);
	assert_memory_equal(&a, &b, sizeof a);
	model_destroy(whole);
	model_destroy(parts);
}

/* Halved in all layers and doubled in `train`, a rate is the same: both factors are exact. */
static void rates_are_factors(void **state)
{
	(void)state;
	for (size_t r = 0; r < RULES; r++) {
		char text[2048];
		static const char *const layers[] = {
			LAYERS("true", "1"), LAYERS("true", "0.5"), LAYERS("true", "2"),
		};
		static const char *const rates[] = {"0.03125", "0.0625", "0.03125"};
		struct digest digest[3];
		for (size_t way = 0; way < 3; way++) {
			job_write(text, layers[way], optimizers[r], rates[way]);
			run_ends(TRAIN_DONE, text, (struct train_options){.output = "run"});
			struct model *model = run_model("run/best.h5");
			digest[way] = model_digest(model);
			model_destroy(model);
			folder_teardown(NULL);
			folder_setup(NULL);
		}
		assert_memory_equal(&digest[0], &digest[1], sizeof digest[0]);
		assert_memory_not_equal(&digest[0], &digest[2], sizeof digest[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(frozen_layers_keep_their_bytes),
		IN_FOLDER(a_stop_does_not_matter),
		IN_FOLDER(rates_are_factors),
	};
	return cmocka_run_group_tests_name("frozen", tests, runs_open, runs_close);
}
