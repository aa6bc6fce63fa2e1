/* libconvoy-mpi: what is saved and continued is what was never interrupted; errors are texts. One rank;
 * tests/library/installed.sh has more. */
#include <convoy.h>
#include <convoy/model.h>

#include <math.h>
#include <mpi.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <cmocka.h>

#include "store/folder.h"

enum { IMAGES = 100, SIZE = 36, STEPS = 15 };

#define HEAD "name: steps\ndata: {format: memory}\n"
#define LAYERS \
	"input: {maps: 1, rows: 6, columns: 6}\noutput: {classes: 3}\n" \
	"layers:\n" \
	"  - {type: convolution, maps: 3, kernel: 3, activation: tanh}\n" \
	"  - {type: dropout, rate: 0.2}\n" \
	"  - {type: full, units: 3}\n" \
	"loss: softmax-cross-entropy\n"
static const char job[] = HEAD LAYERS "train: {epochs: 4, batch: 32, rate: 0.1, optimizer: adam, average: 0.9}\n";

static uint8_t pixels[IMAGES * SIZE];
static int32_t classes[IMAGES];
static const struct convoy_samples samples = {
	.count = IMAGES, .type = CONVOY_UINT8, .inputs = pixels, .classes = classes,
};

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		classes[i] = (int32_t)(i % 3);
		for (size_t p = 0; p < SIZE; p++)
			pixels[i * SIZE + p] = (uint8_t)((i * 131 + p * p * 17) % 97 + ((int32_t)p / 12 == classes[i] ? 120 : 0));
	}
	return folder_open(folder);
}

static int world(void)
{
	return (int)MPI_Comm_c2f(MPI_COMM_WORLD);
}

static void steps_make(struct convoy_trainer *trainer, int count)
{
	struct convoy_error error;
	double loss, wrong;
	for (int s = 0; s < count; s++) {
		assert_int_equal(convoy_trainer_step(trainer, &loss, &wrong, &error), 0);
		assert_true(loss > 0 && loss < 10 && wrong >= 0 && wrong <= 1);
	}
}

static void scores_get(const struct convoy_model *model, float scores[IMAGES * 3])
{
	struct convoy_predictor *predictor = convoy_predictor_create(model, NULL);
	assert_non_null(predictor);
	assert_int_equal(convoy_predict(predictor, IMAGES, pixels, scores, NULL), 0);
	convoy_predictor_free(predictor);
}

static void continues_where_it_was(void **state)
{
	(void)state;
	static float straight[IMAGES * 3], continued[IMAGES * 3], begun[IMAGES * 3];
	struct convoy_error error = {0};
	char path[sizeof folder + 16];
	snprintf(path, sizeof path, "%s/net.h5", folder);
	struct convoy_trainer *trainer = convoy_trainer_create(world(), job, &samples, NULL, &error);
	assert_string_equal(error.text, "");
	assert_int_equal(convoy_trainer_epoch(trainer), 4);
	assert_int_equal(convoy_trainer_steps(trainer), 16);
	for (int part = 0; part < 2; part++) {
		steps_make(trainer, part == 0 ? 6 : STEPS - 6); /* in the middle of an epoch */
		assert_int_equal(convoy_trainer_done(trainer), part == 0 ? 6 : STEPS);
		if (part == 0)
			assert_int_equal(convoy_trainer_save(trainer, path, &error), 0);
		scores_get(convoy_trainer_model(trainer), part == 0 ? begun : straight);
	}
	convoy_trainer_free(trainer);
	assert_memory_not_equal(begun, straight, sizeof begun);

	struct convoy_model *model = convoy_model_load(path, &error);
	assert_non_null(model);
	assert_string_equal(convoy_model_name(model, 2), "2");
	assert_null(convoy_model_name(model, 3));
	assert_int_equal(convoy_model_probabilities(model), 1);
	scores_get(model, continued);
	assert_memory_equal(begun, continued, sizeof begun);
	convoy_model_free(model);

	trainer = convoy_trainer_continue(world(), path, &samples, NULL, &error);
	assert_non_null(trainer);
	assert_int_equal(convoy_trainer_done(trainer), 6);
	steps_make(trainer, STEPS - 6);
	scores_get(convoy_trainer_model(trainer), continued);
	assert_memory_equal(straight, continued, sizeof straight);
	convoy_trainer_free(trainer);
}

/* A head of its own, on a body that was trained: which stays as it is, if the job says so. */
static void begins_with_other_parameters(void **state)
{
	(void)state;
	static const char other[] =
		HEAD "input: {maps: 1, rows: 6, columns: 6}\noutput: {classes: 3}\n"
		"layers:\n"
		"  - {type: convolution, maps: 3, kernel: 3, activation: tanh, frozen: true}\n"
		"  - {type: full, units: 5, activation: tanh}\n"
		"  - {type: full, units: 3}\n"
		"loss: softmax-cross-entropy\ntrain: {epochs: 4, batch: 32, rate: 0.1, seed: 9}\n";
	struct convoy_error error = {0};
	char path[sizeof folder + 16], begun[sizeof folder + 16];
	snprintf(path, sizeof path, "%s/net.h5", folder);
	snprintf(begun, sizeof begun, "%s/begun.h5", folder);
	struct convoy_trainer *trainer = convoy_trainer_start(world(), other, path, "01-convolution", 0, &samples, NULL, &error);
	assert_string_equal(error.text, "");
	steps_make(trainer, 3);
	assert_int_equal(convoy_trainer_save(trainer, begun, &error), 0);
	convoy_trainer_free(trainer);
	struct err err = {0};
	struct model *from = checkpoint_load(path, NULL, &err), *to = checkpoint_load(begun, NULL, &err);
	assert_true(from != NULL && to != NULL);
	size_t kernels = from->net->layer[0]->parameters;
	assert_memory_equal(from->average, to->w, kernels * sizeof *to->w); /* evaluated parameters */
	assert_true(model_started_with(to, "/layers/01-convolution/kernels"));
	assert_int_equal(to->start.count, 3);
	model_destroy(from);
	model_destroy(to);
	assert_null(convoy_trainer_start(world(), other, path, "03-full", 0, &samples, NULL, &error));
	assert_int_equal(error.code, EX_DATAERR);
	assert_null(convoy_trainer_start(world(), other, path, "head", 0, &samples, NULL, &error));
	assert_int_equal(error.code, EX_USAGE);
}

static void fails(int code, const char *text, const char *with, const char *path, size_t count)
{
	struct convoy_error error = {0};
	struct convoy_samples some = samples;
	some.count = count;
	struct convoy_trainer *trainer = path != NULL ? convoy_trainer_continue(world(), path, &some, NULL, &error)
	                                              : convoy_trainer_create(world(), with, &some, NULL, &error);
	assert_null(trainer);
	assert_int_equal(error.code, code);
	if (strstr(error.text, text) == NULL)
		fail_msg("'%s' is not in '%s'", text, error.text);
}

static void errors_are_texts(void **state)
{
	(void)state;
	struct convoy_error error = {0};
	fails(EX_CONFIG, "job:", "name: [", NULL, IMAGES);
	fails(EX_CONFIG, "data.validation", "name: steps\ndata: {format: idx, directory: none, validation: 9}\n" LAYERS
	      "train: {epochs: 4, batch: 32, rate: 0.1}\n", NULL, IMAGES);
	fails(EX_NOINPUT, "/nowhere", NULL, "/nowhere", IMAGES);
	fails(EX_DATAERR, "training samples: 0 samples", job, NULL, 0);
	classes[7] = 3;
	fails(EX_DATAERR, "training samples: class 3 of sample 7 is not 0 … 2", job, NULL, IMAGES);
	classes[7] = 1;
	assert_null(convoy_trainer_start(world(), job, "/nowhere", NULL, 0, &samples, NULL, &error));
	assert_int_equal(error.code, EX_NOINPUT);
	error = (struct convoy_error){0};
	assert_null(convoy_trainer_start(world(), job, NULL, NULL, 0, &samples, NULL, &error));
	assert_int_equal(error.code, EX_NOINPUT);
	error = (struct convoy_error){0};
	assert_null(convoy_trainer_continue(world(), NULL, &samples, NULL, &error));
	assert_int_equal(error.code, EX_NOINPUT);
	assert_null(convoy_trainer_create((int)MPI_Comm_c2f(MPI_COMM_NULL), job, &samples, NULL, &error));
	assert_int_equal(error.code, EX_SOFTWARE);
	assert_null(convoy_model_load("/nowhere", NULL));
	struct convoy_trainer *trainer = convoy_trainer_create(world(), job, &samples, NULL, &error);
	assert_int_equal(convoy_trainer_save(trainer, "/nowhere/at/all.h5", &error), -1);
	assert_int_equal(error.code, EX_IOERR);
	assert_int_equal(convoy_trainer_step(trainer, NULL, NULL, NULL), 0);
	convoy_trainer_free(trainer);
	convoy_trainer_free(NULL);
	convoy_model_free(NULL);
	convoy_predictor_free(NULL);
}

/* Samples that lack what the job asks for, have more, or hold numbers that cannot be. */
static const char values_job[] =
	HEAD "input: {maps: 1, rows: 6, columns: 6}\noutput: {values: 2, normalize: standard}\n"
	"layers: [{type: full, units: 2}]\nloss: squared-error\ntrain: {epochs: 2, batch: 25, rate: 0.01}\n";
static const char labels_job[] =
	HEAD "input: {maps: 1, rows: 6, columns: 6}\noutput: {labels: 2}\n"
	"layers: [{type: full, units: 2}]\nloss: binary-cross-entropy\ntrain: {epochs: 2, batch: 25, rate: 0.01}\n";
static float floats[IMAGES * SIZE], values[IMAGES * 2], weights[IMAGES];
static uint8_t labels[IMAGES * 2];
static const struct convoy_samples measured = {
	.count = IMAGES, .type = CONVOY_FLOAT32, .inputs = floats, .values = values, .weights = weights,
};

static int numbers_make(void **state)
{
	(void)state;
	for (size_t i = 0; i < (size_t)IMAGES * SIZE; i++)
		floats[i] = 0.5f * (float)pixels[i];
	for (size_t i = 0; i < IMAGES; i++) {
		values[2 * i] = 300 + floats[i * SIZE];
		values[2 * i + 1] = 1e-3f * floats[i * SIZE + 1];
		labels[2 * i] = i % 3 == 0;
		weights[i] = (float)(i % 5);
	}
	return 0;
}

static void refuses(int code, const char *text, const char *with, const struct convoy_samples *train,
                    const struct convoy_samples *test)
{
	struct convoy_error error = {0};
	assert_null(convoy_trainer_create(world(), with, train, test, &error));
	assert_int_equal(error.code, code);
	assert_string_equal(error.text, text);
}

static void refuses_other_samples(void **state)
{
	(void)state;
	struct convoy_samples s = measured, test = measured, labelled = {IMAGES, CONVOY_FLOAT32, floats, .labels = labels};
	refuses(EX_USAGE, "training samples: there are none", values_job, NULL, &test);
	s.type = 0;
	refuses(EX_USAGE, "training samples: inputs of type 0: no enum convoy_type", values_job, &s, NULL);
	s.type = CONVOY_FLOAT32 + 1;
	refuses(EX_USAGE, "training samples: inputs of type 7: no enum convoy_type", values_job, &s, NULL);
	s = measured;
	s.inputs = NULL;
	refuses(EX_USAGE, "training samples: there are no inputs", values_job, &s, NULL);
	s = measured;
	s.values = NULL;
	refuses(EX_USAGE, "training samples: the job has output.values, but the samples lack values", values_job, &s, NULL);
	s = measured;
	s.classes = classes;
	refuses(EX_USAGE, "training samples: the job has output.values, but the samples have classes", values_job, &s, NULL);
	test.labels = labels;
	refuses(EX_USAGE, "test samples: the job has output.values, but the samples have labels", values_job, &measured, &test);
	test = measured;
	test.weights = NULL;
	refuses(EX_USAGE, "training and test samples: both have weights, or none has", values_job, &measured, &test);
	labels[9] = 2;
	refuses(EX_DATAERR, "training samples: sample 4 has the label 2; labels are 0 or 1", labels_job, &labelled, NULL);
	labels[9] = 0;
	classes[1] = -1;
	refuses(EX_DATAERR, "training samples: class -1 of sample 1 is not 0 … 2", job, &samples, NULL);
	classes[1] = 65536 + 1;
	refuses(EX_DATAERR, "training samples: class 65537 of sample 1 is not 0 … 2", job, &samples, NULL);
	classes[1] = 1;
}

static void refuses_numbers_that_cannot_be(void **state)
{
	(void)state;
	static float none[IMAGES];
	const float was = floats[3 * SIZE + 1], value = values[7];
	struct convoy_samples s = measured;
	floats[3 * SIZE + 1] = NAN;
	refuses(EX_DATAERR, "training samples: an input of sample 3 is not finite", values_job, &measured, NULL);
	floats[3 * SIZE + 1] = was;
	values[7] = INFINITY;
	refuses(EX_DATAERR, "training samples: a value of sample 3 is not finite", values_job, &measured, NULL);
	values[7] = value;
	weights[2] = -1;
	refuses(EX_DATAERR, "training samples: sample 2 has weight -1; weights are 0 … 1024", values_job, &measured, NULL);
	weights[2] = 2;
	s.weights = none;
	refuses(EX_DATAERR, "training samples: all weights are 0, or less than 2^-21 and rounded to 0; scale them up",
	        values_job, &s, NULL);
	s = measured;
	s.count = 0;
	refuses(EX_DATAERR, "test samples: 0 samples: there can be 1 to 4294967295", values_job, &measured, &s);
}

/* Each epoch leaves its figures; the checkpoint has them too, and goes on with inputs of its type only. */
static void tells_of_each_epoch(void **state)
{
	(void)state;
	char path[sizeof folder + 16];
	double first[CONVOY_FIGURES], second[CONVOY_FIGURES], again[CONVOY_FIGURES], loss, measure, sum = 0;
	struct convoy_error error = {0};
	struct convoy_samples test = measured, bytes = measured;
	test.count = 60;
	snprintf(path, sizeof path, "%s/values.h5", folder);
	struct convoy_trainer *trainer = convoy_trainer_create(world(), values_job, &measured, &test, &error);
	assert_string_equal(error.text, "");
	const struct convoy_model *model = convoy_trainer_model(trainer);
	assert_int_equal(convoy_model_epoch(model, 0, first), -1);
	for (int s = 0; s < 8; s++) {
		assert_int_equal(convoy_model_epochs(model), s / 4);
		assert_int_equal(convoy_trainer_step(trainer, &loss, &measure, &error), 0);
		sum += s < 4 ? loss : 0; /* of batches that weigh the same: 25 samples, weights 0 … 4 by turns */
	}
	assert_int_equal(convoy_model_epochs(model), 2);
	assert_int_equal(convoy_model_epoch(model, 0, first), 0);
	assert_int_equal(convoy_model_epoch(model, 1, second), 0);
	assert_int_equal(convoy_model_epoch(model, 2, second), -1);
	assert_true(second[CONVOY_TEST_LOSS] < first[CONVOY_TEST_LOSS]);
	assert_true(second[CONVOY_TRAIN_LOSS] < first[CONVOY_TRAIN_LOSS]);
	assert_true(sum > 0 && first[CONVOY_TRAIN_LOSS] < 10 * sum);
	assert_int_equal(convoy_trainer_save(trainer, path, &error), 0);

	/* The mean absolute error again, from predictions in the user's units. */
	static float said[IMAGES * 2];
	struct convoy_predictor *predictor = convoy_predictor_create(model, &error);
	assert_int_equal(convoy_predict_floats(predictor, test.count, floats, said, &error), 0);
	double errors = 0, all = 0;
	for (size_t i = 0; i < 2 * test.count; i++) {
		errors += (double)weights[i / 2] * fabs((double)said[i] - (double)values[i]);
		all += (double)weights[i / 2];
	}
	assert_true(fabs(errors / all - second[CONVOY_TEST_MEASURE]) < 1e-5 * second[CONVOY_TEST_MEASURE]);
	convoy_predictor_free(predictor);
	convoy_trainer_free(trainer);

	struct convoy_model *read = convoy_model_load(path, &error);
	assert_int_equal(convoy_model_epochs(read), 2);
	assert_int_equal(convoy_model_epoch(read, 1, again), 0);
	assert_memory_equal(again, second, sizeof again);
	convoy_model_free(read);
	bytes.type = CONVOY_UINT8;
	bytes.inputs = pixels;
	assert_null(convoy_trainer_continue(world(), path, &bytes, NULL, &error));
	assert_int_equal(error.code, EX_DATAERR);
	assert_string_equal(error.text, "the network was trained on float32 inputs, these are uint8");
	trainer = convoy_trainer_continue(world(), path, &measured, NULL, &error);
	assert_non_null(trainer);
	assert_int_equal(convoy_trainer_step(trainer, NULL, NULL, NULL), 0);
	convoy_trainer_free(trainer);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(continues_where_it_was),
		cmocka_unit_test(begins_with_other_parameters),
		cmocka_unit_test(errors_are_texts),
		cmocka_unit_test_setup(refuses_other_samples, numbers_make),
		cmocka_unit_test_setup(refuses_numbers_that_cannot_be, numbers_make),
		cmocka_unit_test_setup(tells_of_each_epoch, numbers_make),
	};
	MPI_Init(&argc, &argv);
	int failed = cmocka_run_group_tests_name("trainer", tests, setup, folder_teardown);
	MPI_Finalize();
	return failed;
}
