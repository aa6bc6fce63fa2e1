/* A step tells the sum which layers are done, once, behind its last block: so their sums can start on their way. The
 * linker puts functions of this test before sum_add and sum_done (-Wl,--wrap). */
#include <convoy/train.h>

#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "run.h"

#define JOB \
	JOB_HEAD("data") \
	"layers:\n" \
	"  - {type: convolution, maps: 4, kernel: 3}\n" \
	"  - {type: pooling, method: max, window: 2}\n" \
	"  - {type: convolution, maps: 4, kernel: 3, frozen: true}\n" \
	"  - {type: batch-norm, activation: relu}\n" \
	"  - {type: full, units: 4}\n" \
	"loss: softmax-cross-entropy\n" \
	"train: {epochs: 1, batch: 48, rate: 0.01, seed: 1}\n"

static struct {
	size_t added, done, lowest; /* calls; the tensor of the last sum_done, 0 before the first */
} seen;

void __real_sum_add(struct sum *sum, size_t thread, size_t tensor, const float *g);
void __real_sum_done(struct sum *sum, size_t tensor);
void __wrap_sum_add(struct sum *sum, size_t thread, size_t tensor, const float *g);
void __wrap_sum_done(struct sum *sum, size_t tensor);

void __wrap_sum_add(struct sum *sum, size_t thread, size_t tensor, const float *g)
{
	seen.added++;
	__real_sum_add(sum, thread, tensor, g);
}

void __wrap_sum_done(struct sum *sum, size_t tensor)
{
	assert_true(seen.lowest == 0 || tensor < seen.lowest); /* downwards, in each step */
	seen.done++;
	seen.lowest = tensor;
	__real_sum_done(sum, tensor);
}

static void layers_are_done_once_a_step(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof seen);
	run_ends(TRAIN_DONE, JOB, (struct train_options){.output = "run"});
	struct model *model = run_model("run/best.h5");
	size_t learning = 0, tensors = 0;
	for (size_t l = 0; l < model->net->layers; l++)
		learning += model->net->layer[l]->tensors > 0 && !model->net->layer[l]->frozen;
	for (size_t t = 0; t < model->net->tensors; t++)
		tensors += !model->net->layer[model->net->tensor[t].layer]->frozen;
	size_t passes = model->step + 1, blocks = (DATA_TRAIN_COUNT + LANES - 1) / LANES; /* the first step is done twice */
	assert_int_equal(learning, 3);
	assert_int_equal(seen.done, passes * learning);
	assert_int_equal(seen.added, (blocks + 3) * tensors);
	assert_int_equal(seen.lowest, 0);
	model_destroy(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(layers_are_done_once_a_step, folder_setup, folder_teardown),
	};
	return cmocka_run_group_tests_name("done", tests, runs_open, runs_close);
}
