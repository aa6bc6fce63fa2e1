/* Warnings at the start of a run: they show long names of classes, cut behind a whole character. */
#include "../../src/train/samples.h"

#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "jobs.h"

enum { CLASSES = 4, LONG = 1 + 2 * 200 };

static char notes[2][1024];
static size_t noted;

static void note(void *context, const char *text)
{
	(void)context;
	assert_true(noted < 2);
	snprintf(notes[noted++], sizeof *notes, "%s", text);
}

/* No sample at all. */
static void tally_none(const struct samples *samples, size_t *count)
{
	(void)samples, (void)count;
}

/* FIRST and then only "é", as one character or with its accent as another. */
static const char *long_name(char first, const char *accented, char name[2 * LONG])
{
	strcpy(name, (char[2]){first, 0});
	for (size_t i = 0; i < 100; i++)
		strcat(name, accented);
	return name;
}

static void long_names_are_cut_behind_a_character(void **state)
{
	(void)state;
	char name[CLASSES][2 * LONG];
	const char *names[CLASSES] = {
		long_name('a', "é", name[0]), long_name('b', "€", name[1]),
		long_name('c', "🦆", name[2]), long_name('a', "e\xcc\x81", name[3]),
	};
	const struct samples_type type = {.tally = tally_none};
	struct samples samples = {.type = &type, .pieces = 1, .train = {
		.classes = CLASSES, .array[DATA_TARGETS] = {.element = ELEMENT_U16, .each = 1}}};
	const struct train_listener listener = {.note = note};
	struct err err = {0};
	struct model *model = model_of(JOB_HEAD("data") LAYERS_ALL TRAIN_ALL);
	class_names_free(&model->names);
	assert_int_equal(class_names_copy(&model->names, CLASSES, names, &err), 0);
	strcpy(model->data[DATA_TRAIN], "one");
	strcpy(model->data[DATA_TEST], "other");
	const struct trainer trainer = {.model = model, .samples = &samples};
	doubts_tell(&listener, &trainer);
	assert_int_equal(noted, 2);
	for (size_t n = 0; n < 2; n++)
		assert_null(text_fault(notes[n]));
	/* No name hides another, nor what is said of it. */
	assert_non_null(strstr(notes[0], "of classes 0 'aéé"));
	assert_non_null(strstr(notes[0], "é', 1 'b€€"));
	assert_non_null(strstr(notes[0], "€', 2 'c🦆"));
	assert_non_null(strstr(notes[0], "🦆', 3 'ae\xcc\x81"));
	assert_non_null(strstr(notes[0], ": they cannot be learned"));
	assert_non_null(strstr(notes[1], "classes 0 and 3, 'aéé"));
	assert_non_null(strstr(notes[1], "é', may look alike"));
	model_destroy(model);
}

/* One of each class. */
static void tally_each(const struct samples *samples, size_t *count)
{
	for (size_t k = 0; k < samples->train.classes; k++)
		count[k]++;
}

/* A mean of 1e8 and a deviation of 1: floats near it are 8 apart. */
static void few_digits_are_told(void **state)
{
	(void)state;
	const struct samples_type type = {.tally = tally_each};
	struct samples samples = {.type = &type, .pieces = 1, .train = {.classes = CLASSES}};
	const struct train_listener listener = {.note = note};
	struct model *model = model_of(JOB_HEAD("data") LAYERS_ALL TRAIN_ALL);
	const struct trainer trainer = {.model = model, .samples = &samples};
	const struct {
		enum element inputs;
		double mean, deviation;
		size_t notes;
	} cases[] = {
		{ELEMENT_F32, 1e8, 1, 1}, {ELEMENT_F32, -1e8, 1, 1}, {ELEMENT_U8, 1e8, 1, 0}, {ELEMENT_F32, 7, 1, 0},
		{ELEMENT_F32, 101325, 1000, 0}, {ELEMENT_F32, 0, 1e-30, 0},
	};
	model->job->data.normalize = NORMALIZE_STANDARD;
	strcpy(model->data[DATA_TRAIN], "one");
	strcpy(model->data[DATA_TEST], "other");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		model->inputs = cases[i].inputs;
		for (size_t m = 0; m < model->normalization.maps; m++) {
			model->normalization.mean[m] = cases[i].mean;
			model->normalization.deviation[m] = cases[i].deviation;
		}
		noted = 0;
		doubts_tell(&listener, &trainer);
		assert_int_equal(noted, cases[i].notes);
		if (noted > 0)
			assert_non_null(strstr(notes[0], "inputs: map 0 has numbers near "));
	}
	model_destroy(model);
}

static void say(void *context, const char *text)
{
	snprintf(context, 256, "%s", text);
}

/* The rate goes with the batch, or with its root; steps of the whole set do not grow. */
static void scaling_is_told(void **state)
{
	(void)state;
	const struct samples_type type = {.tally = tally_none};
	struct samples samples = {.type = &type, .pieces = 1, .train = {.count = 1000}};
	char said[256];
	const struct train_listener listener = {.context = said, .say = say};
	const struct {
		const char *words;
		size_t before;
		const char *said;
	} cases[] = {
		{"batch: 512, rate: 0.1", 128, "rate: 0.1, as for batch 128; linear scaling to batch 512 would be --rate 0.4"},
		{"batch: 32, rate: 0.1", 128, "rate: 0.1, as for batch 128; linear scaling to batch 32 would be --rate 0.025"},
		{"batch: 512, rate: 0.001, optimizer: adam", 128,
		 "rate: 0.001, as for batch 128; square-root scaling to batch 512 would be --rate 0.002"},
		{"batch: 4096, rate: 0.01, optimizer: lamb", 250,
		 "rate: 0.01, as for batch 250; square-root scaling to batch 4096 would be --rate 0.02"},
		{"batch: 512, rate: 1, optimizer: lars", 128, ""}, {"batch: 512, rate: 1, optimizer: sdlm", 128, ""},
		{"batch: 512, rate: 1, optimizer: adagrad", 128, ""},
		{"batch: 4096, rate: 0.1", 1000, ""}, {"batch: 1000, rate: 0.1", 9999, ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[4096];
		snprintf(text, sizeof text, JOB_HEAD("data") LAYERS_ALL "train: {epochs: 3, %s}\n", cases[i].words);
		struct model *model = model_of(text);
		const struct trainer trainer = {.model = model, .samples = &samples};
		said[0] = 0;
		scaling_tell(&listener, &trainer, cases[i].before);
		assert_string_equal(said, cases[i].said);
		model_destroy(model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_names_are_cut_behind_a_character), cmocka_unit_test(few_digits_are_told),
		cmocka_unit_test(scaling_is_told),
	};
	return cmocka_run_group_tests_name("train/doubts", tests, NULL, NULL);
}
