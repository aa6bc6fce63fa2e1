/* Runs that go on with another optimizer, batch, or frozen layers. */
#include <convoy/train.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "run.h"

enum { BATCH = 48, STEPS = (DATA_TRAIN_COUNT + BATCH - 1) / BATCH };

#define JOB(frozen, train) \
	JOB_HEAD("data") "layers:\n" \
	"  - {type: convolution, maps: 4, kernel: 3, activation: relu, frozen: " frozen "}\n" \
	"  - {type: pooling, method: max, window: 2}\n" \
	"  - {type: full, units: 4}\nloss: softmax-cross-entropy\n" \
	"train: {seed: 3, " train "}\n"

static const char begun[] = JOB("false", "epochs: 2, batch: 48, rate: 0.05, momentum: 0.5");

static struct train_options go_on(bool changed, uint64_t stop_at)
{
	return (struct train_options){.output = "run", .resume = true, .changed = changed, .stop_at = stop_at};
}

static struct model *newest(void)
{
	char path[2 * FOLDER_BYTES];
	struct err err = {0};
	struct model *model;
	snprintf(path, sizeof path, "%s/run", folder);
	assert_int_equal(checkpoint_newest(path, NULL, NULL, &model, &err), 0);
	assert_non_null(model);
	return model;
}

static void without_a_word_nothing_changes(void **state)
{
	(void)state;
	static const char *const other[] = {
		JOB("false", "epochs: 3, batch: 24, rate: 0.05, momentum: 0.5"),
		JOB("false", "epochs: 3, batch: 48, rate: 0.05, optimizer: adam"),
		JOB("true", "epochs: 3, batch: 48, rate: 0.05, momentum: 0.5"),
	};
	run_ends(TRAIN_DONE, begun, (struct train_options){.output = "run"});
	for (size_t i = 0; i < 3; i++) {
		struct err err = {0};
		assert_int_equal(run_job(other[i], go_on(false, 0), &err), TRAIN_FAILED);
		assert_int_equal(err.code, EX_CONFIG);
		assert_non_null(strstr(err.text, "(--changed allows it)"));
	}
	struct err err = {0};
	const char seed[] = JOB("false", "epochs: 3, batch: 48, rate: 0.05, sum: float");
	assert_int_equal(run_job(seed, go_on(true, 0), &err), TRAIN_FAILED);
	assert_non_null(strstr(err.text, "train.sum is float, the checkpoint was trained with exact"));
	assert_null(strstr(err.text, "--changed"));
}

/* Every epoch has every sample, the rate goes by epochs; a stop within such an epoch does not matter. */
static void batches_count_epochs_on(void **state)
{
	(void)state;
	const char again[] = JOB("false", "epochs: 4, batch: 20, rate: 0.05, momentum: 0.5, schedule: exponential, factor: 0.5");
	const uint64_t steps = (DATA_TRAIN_COUNT + 19) / 20, first = 2 * STEPS;
	struct digest digest[2];
	for (size_t way = 0; way < 2; way++) {
		run_ends(TRAIN_DONE, begun, (struct train_options){.output = "run"});
		if (way == 1) {
			run_ends(TRAIN_STOPPED, again, go_on(true, first + 3));
			run_ends(TRAIN_STOPPED, again, go_on(false, first + steps));
		}
		run_ends(TRAIN_DONE, again, go_on(way == 0, 0));
		struct model *model = newest();
		assert_int_equal(model->records, 4);
		assert_int_equal(model->step, first + 2 * steps);
		assert_int_equal(model->seen, 4 * DATA_TRAIN_COUNT);
		assert_int_equal(model->record[2].step, first + steps);
		assert_true(model->record[1].rate == 0.05 && model->record[2].rate == 0.05 * 0.25);
		assert_true(model->record[3].rate == 0.05 * 0.125);
		assert_true(model->changed.step == first && model->changed.epochs == 2 && model->changed.optimizer == 0);
		assert_int_equal(model_clock(model, model->step, steps), 4 * steps);
		digest[way] = model_digest(model);
		model_destroy(model);
		folder_teardown(NULL);
		folder_setup(NULL);
	}
	assert_memory_equal(&digest[0], &digest[1], sizeof digest[0]);
}

static void batches_change_between_epochs_only(void **state)
{
	(void)state;
	struct err err = {0};
	run_ends(TRAIN_STOPPED, begun, (struct train_options){.output = "run", .stop_at = 3});
	assert_int_equal(run_job(JOB("false", "epochs: 2, batch: 24, rate: 0.05"), go_on(true, 0), &err), TRAIN_FAILED);
	assert_int_equal(err.code, EX_CONFIG);
	assert_non_null(strstr(err.text, "train.batch can change only between epochs, and the checkpoint of step 3 is in the"));
	err = (struct err){0};
	assert_int_equal(run_job(JOB("false", "epochs: 2, batch: 48, rate: 0.05, optimizer: sdlm"), go_on(true, 0), &err),
	                 TRAIN_FAILED);
	assert_non_null(strstr(err.text, "(sdlm) can change only between epochs"));
	run_ends(TRAIN_DONE, begun, go_on(true, 0));
}

/* A first step of Adam: m = (1 − β₁) g, s = (1 − β₂) g², and each parameter moves by the rate, whatever its gradient; so
 * neither what sgd kept nor its steps count. */
static void optimizers_begin_anew(void **state)
{
	(void)state;
	const char adam[] = JOB("false", "epochs: 3, batch: 48, rate: 0.001, optimizer: adam, beta1: 0.5, beta2: 0.75, epsilon: 1e-12");
	run_ends(TRAIN_STOPPED, begun, (struct train_options){.output = "run", .stop_at = STEPS + 2});
	struct model *before = newest();
	run_ends(TRAIN_STOPPED, adam, go_on(true, STEPS + 3));
	struct model *after = newest();
	size_t moved = 0;
	for (size_t i = 0; i < after->net->parameters; i++) {
		double m = (double)after->state[0][i], s = (double)after->state[1][i], g = m / 0.5;
		assert_true(fabs(s - 0.25 * g * g) <= 1e-6 * s + 1e-30);
		if (fabs(g) < 1e-6)
			continue;
		double away = (double)before->w[i] - (double)after->w[i];
		assert_true(fabs(away - copysign(0.001, g)) < 1e-6);
		moved++;
	}
	assert_true(moved > 100);
	assert_int_equal(after->changed.optimizer, STEPS + 2);
	assert_int_equal(after->changed.step, 0);
	/* Rest of the epoch's sums went along. */
	assert_int_equal(after->running.samples, 3 * BATCH);
	model_destroy(before);
	model_destroy(after);
	/* The steps of the new optimizer are counted on after a stop. */
	run_ends(TRAIN_DONE, adam, go_on(false, 0));
	struct model *done = newest();
	assert_int_equal(done->changed.optimizer, STEPS + 2);
	assert_int_equal(done->records, 3);
	assert_true(model_best(done) < 3);
	model_destroy(done);
	/* And back, from a run that has kept nothing of sgd. */
	run_ends(TRAIN_DONE, JOB("false", "epochs: 4, batch: 48, rate: 0.05, momentum: 0.5"), go_on(true, 0));
}

/* Layers can freeze and thaw; what the optimizer kept of them is gone. */
static void layers_freeze_and_thaw(void **state)
{
	(void)state;
	run_ends(TRAIN_DONE, begun, (struct train_options){.output = "run"});
	struct model *before = newest();
	run_ends(TRAIN_DONE, JOB("true", "epochs: 3, batch: 48, rate: 0.05, momentum: 0.5"), go_on(true, 0));
	struct model *cold = newest();
	size_t count = before->net->offset[1];
	assert_memory_equal(before->w, cold->w, count * sizeof *cold->w);
	for (size_t i = 0; i < count; i++)
		assert_true(before->state[0][i] != 0 && cold->state[0][i] == 0);
	assert_memory_not_equal(before->w + count, cold->w + count, sizeof *cold->w);
	run_ends(TRAIN_DONE, JOB("false", "epochs: 4, batch: 48, rate: 0.05, momentum: 0.5"), go_on(true, 0));
	struct model *warm = newest();
	assert_memory_not_equal(cold->w, warm->w, count * sizeof *cold->w);
	assert_int_equal(warm->changed.step, 0);
	bool same = false;
	struct err err = {0};
	assert_int_equal(model_same_run(before, warm, &same, &err), 0);
	assert_true(same);
	model_destroy(before);
	model_destroy(cold);
	model_destroy(warm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(without_a_word_nothing_changes),
		IN_FOLDER(batches_count_epochs_on),
		IN_FOLDER(batches_change_between_epochs_only),
		IN_FOLDER(optimizers_begin_anew),
		IN_FOLDER(layers_freeze_and_thaw),
	};
	return cmocka_run_group_tests_name("changed", tests, runs_open, runs_close);
}
