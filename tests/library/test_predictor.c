/* libconvoy: predictions of every task from numbers of every type are those of the room below, bit by bit; what a model
 * says of itself; refusals. */
#include <convoy.h>

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "store/folder.h"
#include "train/jobs.h"

enum { SAMPLES = 21, SIZE = 2 * 5 * 3, MOST = 3 * 4 * 2 };

#define HEAD(name) "name: " name "\ndata: {format: memory, pad: 1}\ninput: {maps: 2, rows: 5, columns: 3}\n"
#define ROW "layers: [{type: convolution, maps: 3, kernel: 2, activation: tanh}, {type: full, units: 3}]\n"
#define FIELD "layers: [{type: convolution, maps: 4, kernel: 3, activation: relu}, {type: convolution, maps: 3, kernel: 2}]\n"
#define END "train: {epochs: 1, batch: 48, rate: 0.05}\n"

static const struct {
	enum element inputs;
	const char *job;
	int task;
	size_t rows, columns;
	const char *name, *unit; /* of number 1 */
	int probabilities;
} nets[] = {
	{ELEMENT_U8, HEAD("bytes") "output: {classes: 3, names: [a, b, c]}\n" ROW "loss: softmax-cross-entropy\n" END,
	 CONVOY_CLASSES, 1, 1, "b", NULL, 1},
	{ELEMENT_I8, HEAD("classes") "output: {classes: 3}\n" ROW "loss: squared-error\n" END, CONVOY_CLASSES, 1, 1, "1",
	 NULL, 0},
	{ELEMENT_U16, HEAD("values") "output: {values: 3, normalize: standard, names: [x, y, z], units: [m, K, 1]}\n" ROW
	 "loss: huber\n" END, CONVOY_VALUES, 1, 1, "y", "K", 0},
	{ELEMENT_I16, HEAD("labels") "output: {labels: 3}\n" ROW "loss: binary-cross-entropy\n" END, CONVOY_LABELS, 1, 1,
	 "1", NULL, 1},
	{ELEMENT_F16, HEAD("ends") "output: {labels: 3}\n" ROW "loss: squared-error\n" END, CONVOY_LABELS, 1, 1, "1", NULL, 0},
	{ELEMENT_F32, HEAD("maps") "output: {classes: 3}\n" FIELD "loss: softmax-cross-entropy\n" END, CONVOY_CLASSES, 4, 2,
	 "1", NULL, 1},
	{ELEMENT_F32, HEAD("fields") "output: {values: 3, normalize: standard}\n" FIELD "loss: squared-error\n" END,
	 CONVOY_VALUES, 4, 2, "1", NULL, 0},
};
enum { NETS = sizeof nets / sizeof *nets };

/* The same numbers, of the network's type and as floats; whole ones, so that each type has them. */
static void numbers_draw(enum element element, void *own, float *floats)
{
	for (size_t i = 0; i < (size_t)SAMPLES * SIZE; i++) {
		int number = (int)random_below(4, RANDOM_CHECK, 0, i, 100);
		floats[i] = (float)number;
		if (element == ELEMENT_U8 || element == ELEMENT_I8)
			((uint8_t *)own)[i] = (uint8_t)number;
		else if (element == ELEMENT_U16 || element == ELEMENT_I16)
			((uint16_t *)own)[i] = (uint16_t)number;
		else if (element == ELEMENT_F32)
			((float *)own)[i] = (float)number;
		else
			((uint16_t *)own)[i] = (uint16_t)(number == 0 ? 0 : (15 + ilogb(number)) << 10 |
			                                  (number * 1024 >> ilogb(number) & 1023));
	}
}

/* Makes a network with numbers everywhere and writes its checkpoint. */
static struct model *net_write(size_t n, char path[2 * FOLDER_BYTES])
{
	struct err err = {0};
	struct image image;
	char name[32];
	struct model *model = model_of(nets[n].job);
	model->inputs = nets[n].inputs;
	for (size_t m = 0; m < model->normalization.maps; m++) {
		model->normalization.mean[m] = 40 + 3 * (double)m;
		model->normalization.deviation[m] = 30;
	}
	for (size_t k = 0; k < model->targets.maps; k++) {
		model->targets.mean[k] = 300 - 7 * (double)k;
		model->targets.deviation[k] = 0.5 + (double)k;
	}
	snprintf(name, sizeof name, "%s.h5", model->job->name);
	snprintf(path, 2 * FOLDER_BYTES, "%s/%s", folder, name);
	assert_int_equal(checkpoint_image(model, &image, &err), 0);
	assert_int_equal(file_write(folder, name, image.bytes, image.count, &err), 0);
	image_destroy(&image);
	return model;
}

static void gives_what_the_model_says(void **state)
{
	(void)state;
	for (size_t n = 0; n < NETS; n++) {
		static float own[SAMPLES * SIZE], floats[SAMPLES * SIZE], want[SAMPLES * MOST], got[SAMPLES * MOST];
		char path[2 * FOLDER_BYTES];
		struct err err = {0};
		struct convoy_error error = {0};
		struct predictor below;
		struct model *net = net_write(n, path);
		struct convoy_model *model = convoy_model_load(path, &error);
		struct convoy_predictor *predictor = convoy_predictor_create(model, &error);
		size_t numbers = SAMPLES * 3 * nets[n].rows * nets[n].columns;
		numbers_draw(nets[n].inputs, own, floats);
		assert_int_equal(predictor_open(&below, kernels_choose(&err), net, &err), 0);
		predictor_run(&below, SAMPLES, own, want);
		assert_memory_not_equal(want, want + numbers / SAMPLES, numbers / SAMPLES * sizeof *want);
		assert_int_equal(convoy_predict_floats(predictor, SAMPLES, floats, got, &error), 0);
		assert_memory_equal(got, want, numbers * sizeof *want);
		if (nets[n].inputs == ELEMENT_U8) {
			memset(got, 0, sizeof got);
			assert_int_equal(convoy_predict(predictor, SAMPLES, (const uint8_t *)own, got, &error), 0);
			assert_memory_equal(got, want, numbers * sizeof *want);
			assert_int_equal(convoy_predict_floats(predictor, SAMPLES, floats, got, NULL), 0);
			assert_memory_equal(got, want, numbers * sizeof *want);
		}
		predictor_close(&below);
		convoy_predictor_free(predictor);
		convoy_model_free(model);
		model_destroy(net);
	}
}

static void tells_what_it_is(void **state)
{
	(void)state;
	static const int types[NETS] = {CONVOY_UINT8, CONVOY_INT8, CONVOY_UINT16, CONVOY_INT16, CONVOY_FLOAT16,
	                                CONVOY_FLOAT32, CONVOY_FLOAT32};
	for (size_t n = 0; n < NETS; n++) {
		char path[2 * FOLDER_BYTES];
		struct convoy_error error = {0};
		struct model *net = net_write(n, path);
		struct convoy_model *model = convoy_model_load(path, &error);
		assert_string_equal(error.text, "");
		assert_true(convoy_model_maps(model) == 2 && convoy_model_rows(model) == 5 && convoy_model_columns(model) == 3);
		assert_int_equal(convoy_model_type(model), types[n]);
		assert_int_equal(convoy_model_task(model), nets[n].task);
		assert_int_equal(convoy_model_outputs(model), 3);
		assert_int_equal(convoy_model_output_rows(model), nets[n].rows);
		assert_int_equal(convoy_model_output_columns(model), nets[n].columns);
		assert_int_equal(convoy_model_probabilities(model), nets[n].probabilities);
		assert_string_equal(convoy_model_name(model, 1), nets[n].name);
		assert_null(convoy_model_name(model, 3));
		if (nets[n].unit != NULL)
			assert_string_equal(convoy_model_unit(model, 1), nets[n].unit);
		else
			assert_null(convoy_model_unit(model, 1));
		assert_null(convoy_model_unit(model, 3));
		convoy_model_free(model);
		model_destroy(net);
	}
}

static void tells_of_a_job(void **state)
{
	(void)state;
	struct convoy_error error = {0};
	for (size_t n = 0; n < NETS; n++) {
		struct convoy_model *model = convoy_model_create(nets[n].job, &error);
		assert_string_equal(error.text, "");
		assert_true(convoy_model_maps(model) == 2 && convoy_model_rows(model) == 5 && convoy_model_columns(model) == 3);
		assert_int_equal(convoy_model_task(model), nets[n].task);
		assert_int_equal(convoy_model_outputs(model), 3);
		assert_int_equal(convoy_model_output_rows(model), nets[n].rows);
		assert_int_equal(convoy_model_output_columns(model), nets[n].columns);
		assert_string_equal(convoy_model_name(model, 1), nets[n].name);
		assert_int_equal(convoy_model_epochs(model), 0);
		convoy_model_free(model);
	}
	assert_null(convoy_model_create(HEAD("bad") "output: {classes: 3}\nlayers: [{type: full, units: 4}]\n"
	                                "loss: squared-error\n" END, &error));
	assert_int_equal(error.code, EX_CONFIG);
	assert_non_null(strstr(error.text, "job:5:10: "));
	assert_null(convoy_model_create("", NULL));
}

static void refuses_other_numbers(void **state)
{
	(void)state;
	static float floats[SAMPLES * SIZE], outputs[SAMPLES * MOST];
	for (size_t n = 0; n < NETS; n++) {
		char path[2 * FOLDER_BYTES];
		struct convoy_error error = {0};
		struct model *net = net_write(n, path);
		struct convoy_model *model = convoy_model_load(path, &error);
		struct convoy_predictor *predictor = convoy_predictor_create(model, &error);
		outputs[0] = 77;
		if (nets[n].inputs != ELEMENT_U8) {
			assert_int_equal(convoy_predict(predictor, 1, (const uint8_t *)floats, outputs, &error), -1);
			assert_int_equal(error.code, EX_DATAERR);
			assert_non_null(strstr(error.text, element_name(nets[n].inputs)));
			assert_int_equal(convoy_predict(predictor, 1, (const uint8_t *)floats, outputs, NULL), -1);
		}
		floats[(SAMPLES - 2) * SIZE + 3] = n % 2 == 0 ? NAN : -INFINITY;
		assert_int_equal(convoy_predict_floats(predictor, SAMPLES, floats, outputs, &error), -1);
		assert_int_equal(error.code, EX_DATAERR);
		assert_string_equal(error.text, "inputs: sample 19 holds a number that is not finite");
		assert_true(outputs[0] == 77);
		assert_int_equal(convoy_predict_floats(predictor, SAMPLES - 2, floats, outputs, &error), 0);
		convoy_predictor_free(predictor);
		convoy_model_free(model);
		model_destroy(net);
	}
}

/* Threads with a predictor each, over one model. */
struct threaded {
	const struct convoy_model *model;
	const float *floats;
	float got[SAMPLES * MOST];
	int code;
};

static void *thread_predicts(void *context)
{
	enum { ROUNDS = 20 };
	struct threaded *t = context;
	struct convoy_predictor *predictor = convoy_predictor_create(t->model, NULL);
	for (int round = 0; predictor != NULL && round < ROUNDS; round++)
		t->code |= convoy_predict_floats(predictor, SAMPLES, t->floats, t->got, NULL);
	t->code |= predictor == NULL;
	convoy_predictor_free(predictor);
	return NULL;
}

static void serves_several_threads(void **state)
{
	(void)state;
	enum { THREADS = 3 };
	for (size_t n = 0; n < NETS; n++) {
		static float own[SAMPLES * SIZE], floats[SAMPLES * SIZE];
		static struct threaded one[THREADS];
		char path[2 * FOLDER_BYTES];
		pthread_t thread[THREADS];
		struct model *net = net_write(n, path);
		struct convoy_model *model = convoy_model_load(path, NULL);
		numbers_draw(nets[n].inputs, own, floats);
		for (size_t t = 0; t < THREADS; t++) {
			one[t] = (struct threaded){.model = model, .floats = floats};
			assert_int_equal(pthread_create(&thread[t], NULL, thread_predicts, &one[t]), 0);
		}
		for (size_t t = 0; t < THREADS; t++) {
			assert_int_equal(pthread_join(thread[t], NULL), 0);
			assert_int_equal(one[t].code, 0);
			assert_memory_equal(one[t].got, one[0].got, sizeof one[t].got);
		}
		convoy_model_free(model);
		model_destroy(net);
	}
}

static int setup(void **state)
{
	(void)state;
	return folder_open(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_what_the_model_says),
		cmocka_unit_test(tells_what_it_is),
		cmocka_unit_test(tells_of_a_job),
		cmocka_unit_test(refuses_other_numbers),
		cmocka_unit_test(serves_several_threads),
	};
	return cmocka_run_group_tests_name("predictor", tests, setup, folder_teardown);
}
