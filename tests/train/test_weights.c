/* Weights of samples in training: equal weights change nothing, a sample of weight 0 is not there, and a batch without
 * any weight teaches nothing. */
#include <convoy/train.h>

#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "run.h"

/* The last layers know the samples of their block. */
static const char text[] = JOB_HEAD("data") "layers:\n"
	"  - {type: convolution, maps: 3, kernel: 5, activation: tanh}\n"
	"  - {type: batch-norm, activation: tanh}\n"
	"  - {type: full, units: 4}\nloss: softmax-cross-entropy\n"
	"train: {epochs: 2, batch: 48, rate: 0.125, momentum: 0.5, seed: 4}\n";

static const char plain_text[] = JOB_HEAD("data") "layers:\n"
	"  - {type: convolution, maps: 3, kernel: 5, activation: tanh}\n"
	"  - {type: full, units: 4}\nloss: softmax-cross-entropy\n"
	"train: {epochs: 2, batch: 48, rate: 0.125, momentum: 0.5, seed: 4}\n";

/* Trains for `steps` steps and gives the model, which the stepper owns. weight [samples]; NULL: none. */
static struct stepper *steps_make(const char *job, struct dataset *set, const float *weight, size_t steps, double *loss,
                                  double *wrong)
{
	struct err err = {0};
	struct model *model = model_of(job);
	const struct data_need need = model_need(model);
	const struct data_source source = {.format = DATA_IDX, .place = data};
	if (set->count == 0)
		assert_int_equal(dataset_read(set, &source, DATA_TRAIN, &need, &err), 0);
	set->array[DATA_WEIGHTS] = (struct data_array){ELEMENT_F32, weight != NULL, (uint8_t *)weight};
	struct stepper *stepper = stepper_open(comm, kernels, model, set, NULL, &err);
	assert_string_equal(err.text, "");
	for (size_t n = 0; n < steps; n++)
		assert_int_equal(stepper_step(stepper, loss, wrong, &err), 0);
	return stepper;
}

static void set_free(struct dataset *set)
{
	set->array[DATA_WEIGHTS] = (struct data_array){0}; /* the test's */
	dataset_free(set);
}

static void expect_parameters(const struct stepper *a, const struct stepper *b, bool same)
{
	const struct model *one = stepper_model(a), *other = stepper_model(b);
	size_t bytes = one->net->parameters * sizeof *one->w;
	assert_int_equal(memcmp(one->w, other->w, bytes) == 0, same);
}

/* A weight of a power of two only moves the exponents of gradients. */
static void equal_weights_change_nothing(void **state)
{
	(void)state;
	static float weight[DATA_TRAIN_COUNT];
	struct dataset set = {.count = 0};
	double loss[3], wrong[3];
	struct stepper *none = steps_make(text, &set, NULL, 7, &loss[0], &wrong[0]);
	for (size_t w = 1; w < 3; w++) {
		for (size_t i = 0; i < DATA_TRAIN_COUNT; i++)
			weight[i] = w == 1 ? 1 : 0.125f;
		struct stepper *equal = steps_make(text, &set, weight, 7, &loss[w], &wrong[w]);
		expect_parameters(none, equal, true);
		assert_true(loss[w] == loss[0] && wrong[w] == wrong[0]);
		stepper_close(equal);
	}
	for (size_t i = 0; i < DATA_TRAIN_COUNT; i += 3)
		weight[i] = 2;
	struct stepper *other = steps_make(text, &set, weight, 7, &loss[1], &wrong[1]);
	expect_parameters(none, other, false);
	stepper_close(other);
	stepper_close(none);
	set_free(&set);
}

/* Whatever a sample of weight 0 shows and is called: but the normalisation of the data is measured on it too. */
static void samples_without_weight_are_not_there(void **state)
{
	(void)state;
	static float weight[DATA_TRAIN_COUNT];
	struct dataset set = {.count = 0};
	double loss[2], wrong[2];
	for (size_t i = 0; i < DATA_TRAIN_COUNT; i++)
		weight[i] = (float)(i % 5) / 4;
	struct stepper *with = steps_make(plain_text, &set, weight, 7, &loss[0], &wrong[0]);
	for (size_t i = 0; i < DATA_TRAIN_COUNT; i += 5) { /* turned over: the same mean and deviation */
		size_t size = shape_size(set.shape);
		uint8_t *image = array_sample(&set.array[DATA_INPUTS], i);
		for (size_t p = 0; p < size / 2; p++) {
			uint8_t pixel = image[p];
			image[p] = image[size - 1 - p];
			image[size - 1 - p] = pixel;
		}
		dataset_classes(&set)[i] = (uint16_t)((dataset_class(&set, i) + 1) % 4);
	}
	struct stepper *turned = steps_make(plain_text, &set, weight, 7, &loss[1], &wrong[1]);
	expect_parameters(with, turned, true);
	assert_true(loss[0] == loss[1] && wrong[0] == wrong[1]);
	stepper_close(with);
	stepper_close(turned);
	set_free(&set);
}

static void no_weight_at_all_teaches_nothing(void **state)
{
	(void)state;
	static const float weight[DATA_TRAIN_COUNT];
	struct dataset set = {.count = 0};
	double loss = 1, wrong = 1;
	struct model *model = model_of(plain_text);
	struct stepper *stepper = steps_make(plain_text, &set, weight, 6, &loss, &wrong);
	const struct model *after = stepper_model(stepper);
	assert_memory_equal(after->w, model->w, model->net->parameters * sizeof *model->w);
	assert_true(loss == 0 && wrong == 0);
	stepper_close(stepper);
	model_destroy(model);
	set_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(equal_weights_change_nothing),
		IN_FOLDER(samples_without_weight_are_not_there),
		IN_FOLDER(no_weight_at_all_teaches_nothing),
	};
	return cmocka_run_group_tests_name("weights", tests, runs_open, runs_close);
}
