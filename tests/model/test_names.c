/* Names of classes in messages: a long one is cut behind a whole character. */
#include <convoy/model.h>

#include "../../src/model/model.h"

#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "store/folder.h"
#include "train/jobs.h"

enum { CLASSES = 4, SIDE = 12, LONG = 1 + 2 * 200 };

#define JOB(output) \
	"name: tiny\ndata: {format: hdf5, file: none.h5}\ninput: {maps: 1, rows: 12, columns: 12}\n" \
	"output: {classes: 4" output "}\nlayers:\n  - {type: full, units: 4}\nloss: softmax-cross-entropy\n" TRAIN_ALL

/* FIRST and then only "é", a character of two bytes, so that an even number of bytes ends within one. */
static const char *long_name(char first, char name[LONG + 1])
{
	name[0] = first;
	for (size_t i = 1; i < LONG; i += 2)
		memcpy(name + i, "é", 2);
	name[LONG] = 0;
	return name;
}

/* A message holds `text`, and is UTF-8. */
static void says(const struct err *err, const char *text)
{
	assert_null(text_fault(err->text));
	if (strstr(err->text, text) == NULL)
		assert_string_equal(err->text, text);
}

/* Shortens a long name as messages do. */
static const char *shown(const char *name, char text[LONG])
{
	size_t bytes = text_head(name, 80);
	memcpy(text, name, bytes);
	text[bytes] = 0;
	return text;
}

static void what_the_data_call_classes(void **state)
{
	(void)state;
	char one[LONG + 1], other[LONG + 1], cut[2][LONG], text[1024];
	const char *ours[CLASSES] = {"lies", long_name('a', one), "falls", "rises"};
	const char *theirs[CLASSES] = {"lies", long_name('b', other), "falls", "rises"};
	const char *twice[CLASSES] = {"lies", one, "falls", one};
	struct class_names names[3];
	struct err err[6] = {{0}};
	shown(one, cut[0]);
	shown(other, cut[1]);
	assert_int_equal(class_names_copy(&names[0], CLASSES, ours, err), 0);
	assert_int_equal(class_names_copy(&names[1], CLASSES, theirs, err), 0);
	assert_int_equal(class_names_copy(&names[2], CLASSES, twice, err), 0);
	struct model *model = model_of(JOB("")), *named = model_of(JOB(", names: [lies, stands, falls, rises]"));

	assert_int_equal(names_agree(&names[0], named->job, &err[0]), -1);
	snprintf(text, sizeof text, "/classes calls class 1 '%s', the job 'stands'", cut[0]);
	says(&err[0], text);
	assert_int_equal(model_names_adopt(model, &names[2], "data.h5", &err[1]), -1);
	snprintf(text, sizeof text, "data.h5: class 3 is called '%s', as another class is", cut[0]);
	says(&err[1], text);
	assert_int_equal(model_names_adopt(named, &names[0], "data.h5", &err[2]), -1);
	snprintf(text, sizeof text, "class 1 is 'stands' in the job file, '%s' in data.h5", cut[0]);
	says(&err[2], text);

	assert_int_equal(model_names_adopt(model, &names[0], "data.h5", &err[3]), 0);
	assert_int_equal(model_names_adopt(model, &names[1], "data.h5", &err[3]), -1);
	snprintf(text, sizeof text, "class 1 is '%s' in the checkpoint, '%s' in data.h5", cut[0], cut[1]);
	says(&err[3], text);
	assert_int_equal(model_names_continue(model, named->job, &err[4]), -1);
	snprintf(text, sizeof text, "class 1 is 'stands', in the checkpoint '%s'", cut[0]);
	says(&err[4], text);

	for (size_t i = 0; i < 3; i++)
		class_names_free(&names[i]);
	model_destroy(model);
	model_destroy(named);
}

static void a_class_of_the_test_set(void **state)
{
	(void)state;
	static const uint8_t image[SIDE * SIDE];
	char one[LONG + 1], cut[LONG], text[1024];
	const char *names[CLASSES] = {"lies", long_name('a', one), "falls", "rises"};
	const struct sample_plan plan = {.count = {1, 1}, .maps = 1, .rows = SIDE, .columns = SIDE, .classes = CLASSES,
	                                 .name = names, .type = STORE_U8};
	struct err err = {0};
	struct test_set set;
	struct sample_writer *writer = samples_create(folder, "data.h5", &plan, &err);
	assert_non_null(writer);
	for (size_t p = 0; p < 2; p++)
		assert_int_equal(samples_put(writer, p, image, 0, &err), 0);
	assert_int_equal(samples_finish(writer, &err), 0);
	samples_destroy(writer);

	struct model *model = model_of(JOB(", names: [lies, stands, falls, rises]"));
	assert_int_equal(test_set_read(&set, model, in_folder(folder, "data.h5"), &err), -1);
	snprintf(text, sizeof text, ": class 1 is '%s', which the checkpoint does not know", shown(one, cut));
	says(&err, text);
	model_destroy(model);
}

int main(int argc, char **argv)
{
	int status;
	if (samples_serve(argc, argv, &status))
		return status;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_data_call_classes),
		IN_FOLDER(a_class_of_the_test_set),
	};
	return cmocka_run_group_tests_name("model/names", tests, NULL, NULL);
}
