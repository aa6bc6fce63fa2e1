/* The table of what training changes: it has every member of a model, and each goes wherever the table is walked. */
#include <convoy/model.h>

#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "store/folder.h"
#include "train/jobs.h"

/* Classes have no names here: any name may come back. */
static const char job_text[] =
	"name: tiny\ndata: {format: idx, directory: data}\n"
	"input: {maps: 1, rows: 12, columns: 12}\noutput: {classes: 4}\n" LAYERS_ALL
	"train: {epochs: 3, batch: 48, rate: 0.05, optimizer: adam, average: 0.9, seed: 5}\n";

/* Too many classes for a matrix. */
static const char job_many[] =
	"name: many\ndata: {format: idx, directory: data}\n"
	"input: {maps: 1, rows: 2, columns: 2}\noutput: {classes: 300, weights: balanced}\n"
	"layers:\n  - {type: full, units: 300}\nloss: squared-error\n"
	"train: {epochs: 3, batch: 48, rate: 0.05, optimizer: adam, average: 0.9, seed: 5}\n";

static struct model *model_made(const char *text)
{
	struct model *model = model_of(text);
	struct err err = {0};
	model_scramble(model, 3);
	assert_int_equal(class_names_copy(&model->start, 2, (const char *const[]){"0123", "/layers/a/b"}, &err), 0);
	return model;
}

/* Each byte of the structure is a row's, or of what needs none, or between members. */
static void every_member_has_a_row(void **state)
{
	(void)state;
	struct model *model = model_made(job_text), *many = model_made(job_many);
	const struct {
		size_t at, size;
	} none[] = {
		{offsetof(struct model, confusion.classes), sizeof model->confusion.classes},
		{offsetof(struct model, confusion.pairs), sizeof model->confusion.pairs},
		{offsetof(struct model, confusion.all), sizeof model->confusion.all},
		{offsetof(struct model, job), sizeof model->job}, {offsetof(struct model, net), sizeof model->net},
		{offsetof(struct model, normalization.maps), sizeof model->normalization.maps}, /* the job's */
		{offsetof(struct model, targets), sizeof model->targets}, /* of a job with values */
		{offsetof(struct model, records), sizeof model->records}, {offsetof(struct model, room), sizeof model->room},
	};
	bool seen[sizeof(struct model)] = {false};
	struct member member[2 * MODEL_MEMBERS];
	size_t members = model_members(model, member), gap = 0, own = members;
	members += model_members(many, member + members);
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		memset(seen + none[i].at, true, none[i].size);
	for (size_t m = 0; m < members; m++) {
		char *address = member[m].owned != NULL ? member[m].owned : member[m].data;
		size_t at = (size_t)(address - (char *)(m < own ? model : many));
		size_t size = member[m].owned != NULL ? sizeof(void *) : member[m].count * member[m].size;
		assert_true(at + size <= sizeof *model);
		memset(seen + at, true, size);
	}
	for (size_t i = 0; i < sizeof *model; i++) {
		gap = seen[i] ? 0 : gap + 1;
		if (gap == sizeof(void *))
			print_error("byte %zu of struct model is no row's\n", i);
		assert_true(gap < sizeof(void *));
	}
	model_destroy(model);
	model_destroy(many);
}

static struct image image_of(const struct model *model)
{
	struct image image = {0};
	struct err err = {0};
	assert_int_equal(checkpoint_image(model, &image, &err), 0);
	return image;
}

/* What a checkpoint of the model gives back; *changed: its bytes are others than `whole`. */
static struct model *model_again(const struct model *model, const struct image *whole, bool *changed)
{
	struct err err = {0};
	struct image image = image_of(model);
	*changed = image.count != whole->count || memcmp(image.bytes, whole->bytes, image.count) != 0;
	assert_int_equal(file_write(folder, "a.h5", image.bytes, image.count, &err), 0);
	struct model *again = checkpoint_load(in_folder(folder, "a.h5"), NULL, &err);
	assert_string_equal(err.text, "");
	assert_non_null(again);
	image_destroy(&image);
	return again;
}

static bool listed(const struct member *m)
{
	return m->kind == MEMBER_NAMES || m->kind == MEMBER_LIST;
}

/* A change of one number or letter of a row shows in the checkpoint, comes back from it, and shows in the digest where
 * it is one of a parameter. */
static void rows_are_walked(const char *text)
{
	struct model *model = model_made(text);
	struct member member[MODEL_MEMBERS], back[MODEL_MEMBERS];
	size_t members = model_members(model, member);
	struct image whole = image_of(model);
	struct digest before = model_digest(model);
	for (size_t m = 0; m < members; m++) {
		char *data = member[m].kind == MEMBER_HISTORY ? (char *)model->record
		             : listed(&member[m]) ? ((struct class_names *)member[m].data)->name[0] : member[m].data;
		char kept = data[0];
		/* A letter, or the low byte of a number, but where it may only be small. */
		data[0] = member[m].data == &model->pruned ? 1 : kept == 'x' ? 'y' : 'x';
		if (member[m].data == model->background)
			strcpy(model->background, "white"); /* no letter is a colour */
		bool changed;
		struct model *again = model_again(model, &whole, &changed);
		struct digest after = model_digest(model), loaded = model_digest(again);
		assert_true(changed);
		assert_int_equal(memcmp(&before, &after, sizeof after) != 0, member[m].kind == MEMBER_TENSORS);
		assert_memory_equal(&after, &loaded, sizeof after);
		assert_int_equal(model_members(again, back), members);
		for (size_t i = 0; i < members; i++)
			if (member[i].kind != MEMBER_HISTORY && !listed(&member[i]))
				assert_memory_equal(member[i].data, back[i].data, member[i].count * member[i].size);
		assert_memory_equal(model->record, again->record, model->records * sizeof *model->record);
		assert_int_equal(class_names_differ(&model->names, &again->names), model->names.count);
		assert_int_equal(class_names_differ(&model->start, &again->start), model->start.count);
		assert_int_equal(model->start.count, again->start.count);
		model_destroy(again);
		data[0] = kept;
		if (member[m].data == model->background)
			memset(model->background, 0, sizeof model->background);
	}
	image_destroy(&whole);
	model_destroy(model);
}

static void every_row_is_walked(void **state)
{
	(void)state;
	rows_are_walked(job_text);
	rows_are_walked(job_many);
}

/* Labels have a weight where they are 0 and one where they are 1: of the job's list, or by how many samples are so. */
static void labels_have_pairs_of_weights(void **state)
{
	(void)state;
	static const char text[] = "name: tiny\ndata: {format: idx, directory: data}\n"
		"input: {maps: 1, rows: 2, columns: 2}\noutput: {labels: 3, weights: %s}\n"
		"layers:\n  - {type: full, units: 3, activation: linear}\nloss: binary-cross-entropy\n"
		"train: {epochs: 3, batch: 48, rate: 0.05}\n";
	static const struct {
		const char *word;
		float weight[6];
	} cases[] = {
		{"[[0.5, 4], 3, 0]", {0.5f, 4, 1, 3, 1, 0}},
		{"balanced", {1, 1, 1, 1, 1, 1}},
	};
	struct err err = {0};
	struct model *model = NULL;
	for (size_t i = 0; i < 2; i++) {
		char job[512];
		model_destroy(model);
		snprintf(job, sizeof job, text, cases[i].word);
		model = model_of(job);
		assert_int_equal(model_weights(model), 6);
		assert_memory_equal(model->weights, cases[i].weight, sizeof cases[i].weight);
		assert_ptr_equal(model->net->task.weight, model->weights);
	}
	/* n / (2 n_k); 1 where no sample is so. */
	assert_int_equal(model_balance(model, (const size_t[]){15, 5, 10, 10, 20, 0}, &err), 0);
	assert_memory_equal(model->weights, ((const float[]){20.f / 30, 2, 1, 1, 0.5f, 1}), 6 * sizeof(float));
	assert_int_equal(model_balance(model, (const size_t[]){1, 1, 1, 1, 9999, 1}, &err), -1);
	assert_string_equal(err.text, "output.weights: balanced: label 2 = 1 has 1 of 10000 training samples, so its weight "
	                    "would be 5000, more than 1024; give a list of weights");
	model_destroy(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_member_has_a_row),
		cmocka_unit_test(every_row_is_walked),
		cmocka_unit_test(labels_have_pairs_of_weights),
	};
	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
