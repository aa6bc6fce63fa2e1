/* libconvoy-mpi: what is saved and continued is what was never interrupted; errors are texts. One rank;
 * tests/library/installed.sh has more. */
#include <convoy.h>

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

static uint8_t pixels[IMAGES * SIZE], labels[IMAGES];

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		labels[i] = (uint8_t)(i % 3);
		for (size_t p = 0; p < SIZE; p++)
			pixels[i * SIZE + p] = (uint8_t)((i * 131 + p * p * 17) % 97 + (p / 12 == labels[i] ? 120 : 0));
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
	struct convoy_trainer *trainer = convoy_trainer_create(world(), job, IMAGES, pixels, labels, &error);
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

	trainer = convoy_trainer_continue(world(), path, IMAGES, pixels, labels, &error);
	assert_non_null(trainer);
	assert_int_equal(convoy_trainer_done(trainer), 6);
	steps_make(trainer, STEPS - 6);
	scores_get(convoy_trainer_model(trainer), continued);
	assert_memory_equal(straight, continued, sizeof straight);
	convoy_trainer_free(trainer);
}

static void fails(int code, const char *text, const char *with, const char *path, size_t count)
{
	struct convoy_error error = {0};
	struct convoy_trainer *trainer = path != NULL
		? convoy_trainer_continue(world(), path, count, pixels, labels, &error)
		: convoy_trainer_create(world(), with, count, pixels, labels, &error);
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
	fails(EX_DATAERR, "0 images", job, NULL, 0);
	labels[7] = 3;
	fails(EX_DATAERR, "label 3 of image 7", job, NULL, IMAGES);
	labels[7] = 1;
	assert_null(convoy_trainer_create((int)MPI_Comm_c2f(MPI_COMM_NULL), job, IMAGES, pixels, labels, &error));
	assert_int_equal(error.code, EX_SOFTWARE);
	assert_null(convoy_model_load("/nowhere", NULL));
	struct convoy_trainer *trainer = convoy_trainer_create(world(), job, IMAGES, pixels, labels, &error);
	assert_int_equal(convoy_trainer_save(trainer, "/nowhere/at/all.h5", &error), -1);
	assert_int_equal(error.code, EX_IOERR);
	assert_int_equal(convoy_trainer_step(trainer, NULL, NULL, NULL), 0);
	convoy_trainer_free(trainer);
	convoy_trainer_free(NULL);
	convoy_model_free(NULL);
	convoy_predictor_free(NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(continues_where_it_was),
		cmocka_unit_test(errors_are_texts),
	};
	MPI_Init(&argc, &argv);
	int failed = cmocka_run_group_tests_name("trainer", tests, setup, folder_teardown);
	MPI_Finalize();
	return failed;
}
