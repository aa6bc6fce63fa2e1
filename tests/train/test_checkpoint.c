/* A checkpoint holds all of a model: what is loaded is what was saved, and is saved as the same bytes again. */
#include <convoy/train.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "jobs.h"
#include "store/folder.h"

static const char job_all[] = JOB_HEAD("data") LAYERS_ALL TRAIN_ALL;

static struct image image_of(const struct model *model)
{
	struct err err = {0};
	struct image image = {0};
	checkpoint_image(model, &image, &err);
	assert_string_equal(err.text, "");
	return image;
}

/* A model with seeded content, its file in the folder, and the file opened. */
static struct model *model_saved(const char *name)
{
	struct err err = {0};
	struct model *model = model_of(job_all);
	model_scramble(model, 1);
	struct image image = image_of(model);
	assert_int_equal(file_write(folder, name, image.bytes, image.count, &err), 0);
	image_destroy(&image);
	return model;
}

static struct store *store_of(const char *name)
{
	struct err err = {0};
	struct store *store = store_open(in_folder(folder, name), &err);
	assert_string_equal(err.text, "");
	return store;
}

static void assert_models_equal(const struct model *a, const struct model *b)
{
	size_t bytes = a->net->parameters * sizeof *a->w, classes = a->job->output.count;
	assert_string_equal(a->job->text, b->job->text);
	assert_int_equal(a->net->parameters, b->net->parameters);
	assert_memory_equal(a->w, b->w, bytes);
	assert_memory_equal(a->state[0], b->state[0], bytes);
	assert_memory_equal(a->exponents, b->exponents, a->net->tensors * sizeof *a->exponents);
	assert_memory_equal(a->confusion.cell, b->confusion.cell, classes * classes * sizeof *a->confusion.cell);
	assert_int_equal(a->normalization.maps, b->normalization.maps);
	size_t numbers = a->normalization.maps * sizeof *a->normalization.mean;
	assert_memory_equal(a->normalization.mean, b->normalization.mean, numbers);
	assert_memory_equal(a->normalization.deviation, b->normalization.deviation, numbers);
	for (size_t k = 0; k < classes; k++)
		assert_string_equal(a->names.name[k], b->names.name[k]);
	assert_string_equal(a->data[DATA_TRAIN], b->data[DATA_TRAIN]);
	assert_string_equal(a->data[DATA_TEST], b->data[DATA_TEST]);
	assert_int_equal(a->window, b->window);
	assert_int_equal(a->span, b->span);
	assert_int_equal(a->step, b->step);
	assert_int_equal(a->seen, b->seen);
	assert_memory_equal(&a->running, &b->running, sizeof a->running);
	assert_int_equal(a->records, b->records);
	assert_memory_equal(a->record, b->record, a->records * sizeof *a->record);
}

static void model_comes_back_whole(void **state)
{
	(void)state;
	struct err err = {0};
	struct model *model = model_saved("a.h5"), *loaded = checkpoint_load(in_folder(folder, "a.h5"), NULL, &err);
	assert_string_equal(err.text, "");
	assert_non_null(loaded);
	assert_models_equal(model, loaded);

	struct image first = image_of(model), again = image_of(loaded);
	assert_int_equal(first.count, again.count);
	assert_memory_equal(first.bytes, again.bytes, first.count);
	struct digest one = model_digest(model), two = model_digest(loaded);
	assert_memory_equal(&one, &two, sizeof one);
	image_destroy(&first);
	image_destroy(&again);
	model_destroy(loaded);
	model_destroy(model);
}

/* A model before its first step and epoch: empty history, and no digit is taken from anywhere else. */
static void fresh_model_comes_back(void **state)
{
	(void)state;
	struct err err = {0};
	struct model *model = model_of(job_all);
	struct image image = image_of(model);
	assert_int_equal(file_write(folder, "fresh.h5", image.bytes, image.count, &err), 0);
	image_destroy(&image);
	struct model *loaded = checkpoint_load(in_folder(folder, "fresh.h5"), NULL, &err);
	assert_string_equal(err.text, "");
	assert_models_equal(model, loaded);
	model_destroy(loaded);
	model_destroy(model);
}

/* Each number of a model reaches its digest. */
static void digest_sees_parameters_and_velocity(void **state)
{
	(void)state;
	struct model *model = model_of(job_all);
	model_scramble(model, 1);
	struct digest whole = model_digest(model);
	float *ends[] = {&model->w[0], &model->w[model->net->parameters - 1], &model->state[0][0],
	                 &model->state[0][model->net->parameters - 1]};
	for (size_t e = 0; e < 4; e++) {
		float kept = *ends[e];
		*ends[e] = nextafterf(kept, 9);
		struct digest other = model_digest(model);
		assert_memory_not_equal(&whole, &other, sizeof whole);
		*ends[e] = kept;
	}
	model_destroy(model);
}

static void attributes_say_what_it_is(void **state)
{
	(void)state;
	struct err err = {0};
	struct model *model = model_saved("a.h5");
	struct store *store = store_of("a.h5");
	const struct {
		const char *name;
		uint64_t number;
	} rows[] = {{"format_version", CHECKPOINT_FORMAT}, {"numerics", NUMERICS}, {"seed", 5}, {"epoch", 3}, {"step", 17},
	            {"samples_seen", 17 * 48 - 6}, {"window", 211}, {"span", 13}};
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		uint64_t number = 0;
		assert_int_equal(store_number(store, rows[r].name, &number, &err), 0);
		assert_int_equal(number, rows[r].number);
	}
	char *format = store_text(store, "format", &err), *job = store_text(store, "job", &err);
	assert_string_equal(format, "convoy-checkpoint");
	assert_string_equal(job, job_all);
	free(format);
	free(job);

	size_t count;
	char **names;
	assert_int_equal(store_get_names(store, "/classes", &count, &names, &err), 0);
	assert_int_equal(count, 4);
	assert_string_equal(names[0], "lies");
	assert_string_equal(names[3], "rises");
	free(names);
	store_destroy(store);
	model_destroy(model);
}

static void get(struct store *store, const char *path, enum store_type type, size_t rank, const size_t *dims,
                void *data)
{
	struct err err = {0};
	struct store_array array = {.path = path, .type = type, .rank = rank};
	memcpy(array.dims, dims, rank * sizeof *dims);
	store_get(store, &array, data, &err);
	assert_string_equal(err.text, "");
}

/* LeCun et al. 1998, Table I, written out by hand: columns are the 16 output maps. */
static const char *const table1[6] = {
	"1000111001111011", "1100011100111101", "1110001110010111",
	"0111001111001011", "0011100111101101", "0001110011110111",
};

/* Where a pair is not connected, its kernel in the file is 0; the others stand in the order of the table. */
static void assert_packed(struct store *store, const struct model *model, const char *group, const float *vector)
{
	char path[64];
	float dense[16][6][3][3];
	uint8_t connected[16][6];
	snprintf(path, sizeof path, "/%s/03-convolution/kernels", group);
	get(store, path, STORE_F32, 4, (size_t[]){16, 6, 3, 3}, dense);
	get(store, "/layers/03-convolution/connections", STORE_U8, 2, (size_t[]){16, 6}, connected);
	const float *packed = vector + model->net->offset[2];
	size_t pairs = 0;
	for (size_t j = 0; j < 16; j++)
		for (size_t i = 0; i < 6; i++) {
			bool joined = table1[i][j] == '1';
			assert_int_equal(connected[j][i], joined);
			for (size_t a = 0; a < 9; a++)
				assert_true(dense[j][i][a / 3][a % 3] == (joined ? packed[9 * pairs + a] : 0));
			pairs += joined;
		}
	assert_int_equal(pairs, 60);
}

static void unconnected_kernels_are_zero(void **state)
{
	(void)state;
	struct model *model = model_saved("a.h5");
	struct store *store = store_of("a.h5");
	assert_packed(store, model, "layers", model->w);
	assert_packed(store, model, "optimizer", model->state[0]);

	/* [[0, 1], [2], [1, 3]] */
	uint8_t connected[3][4];
	const uint8_t expected[3][4] = {{1, 1, 0, 0}, {0, 0, 1, 0}, {0, 1, 0, 1}};
	get(store, "/layers/06-convolution/connections", STORE_U8, 2, (size_t[]){3, 4}, connected);
	assert_memory_equal(connected, expected, sizeof expected);
	/* Full tables are written as well, combinations have α instead. */
	assert_true(store_has(store, "/layers/01-convolution/connections"));
	assert_false(store_has(store, "/layers/04-combination/connections"));
	assert_false(store_has(store, "/layers/08-full/connections"));
	store_destroy(store);
	model_destroy(model);
}

/* α in the file is the softmax of the logits in the file. */
static void alpha_is_the_softmax_of_the_logits(void **state)
{
	(void)state;
	static const struct {
		const char *logits, *alpha;
		size_t maps, inputs;
	} rows[] = {{"/layers/04-combination/logits", "/layers/04-combination/alpha", 5, 16},
	            {"/layers/05-combination/logits", "/layers/05-combination/alpha", 4, 5}};
	struct model *model = model_saved("a.h5");
	struct store *store = store_of("a.h5");
	for (size_t r = 0; r < 2; r++) {
		float c[80], alpha[80];
		get(store, rows[r].logits, STORE_F32, 2, (size_t[]){rows[r].maps, rows[r].inputs}, c);
		get(store, rows[r].alpha, STORE_F32, 2, (size_t[]){rows[r].maps, rows[r].inputs}, alpha);
		for (size_t j = 0; j < rows[r].maps; j++) {
			double sum = 0;
			for (size_t i = 0; i < rows[r].inputs; i++)
				sum += exp((double)c[j * rows[r].inputs + i]);
			for (size_t i = 0; i < rows[r].inputs; i++) {
				size_t at = j * rows[r].inputs + i;
				assert_true(fabs((double)alpha[at] - exp((double)c[at]) / sum) < 1e-6);
			}
		}
	}
	store_destroy(store);
	model_destroy(model);
}

/* Pictures: a tile a pair, grey by the kernel's value; α by its share. */
static void pictures_show_kernels_and_alpha(void **state)
{
	(void)state;
	enum { TALL = 16 * 4 + 1, WIDE = 6 * 4 + 1 };
	struct model *model = model_saved("a.h5");
	struct store *store = store_of("a.h5");
	static float dense[16][6][3][3];
	static uint8_t byte[TALL][WIDE], one[4 * 3 + 1][5 * 3 + 1], share[5][16];
	float most = 0, alpha[5][16];
	get(store, "/layers/03-convolution/kernels", STORE_F32, 4, (size_t[]){16, 6, 3, 3}, dense);
	get(store, "/pictures/03-convolution-kernels", STORE_U8, 2, (size_t[]){TALL, WIDE}, byte);
	for (size_t i = 0; i < 16 * 6 * 9; i++)
		most = fmaxf(most, fabsf((&dense[0][0][0][0])[i]));
	for (size_t r = 0; r < TALL; r++)
		for (size_t c = 0; c < WIDE; c++) {
			size_t j = r / 4, i = c / 4;
			if (r % 4 == 0 || c % 4 == 0 || table1[i][j] == '0')
				assert_int_equal(byte[r][c], 0);
			else
				assert_true(fabsf(128 + 127 * dense[j][i][r % 4 - 1][c % 4 - 1] / most - byte[r][c]) < 0.51f);
		}
	get(store, "/layers/04-combination/alpha", STORE_F32, 2, (size_t[]){5, 16}, alpha);
	get(store, "/pictures/04-combination-alpha", STORE_U8, 2, (size_t[]){5, 16}, share);
	for (size_t p = 0; p < 80; p++)
		assert_true(fabsf(255 * (&alpha[0][0])[p] - (&share[0][0])[p]) < 0.51f);
	assert_true(store_has(store, "/pictures/04-combination-kernels"));
	get(store, "/pictures/05-combination-kernels", STORE_U8, 2, (size_t[]){4 * 3 + 1, 5 * 3 + 1}, one);
	assert_false(store_has(store, "/pictures/08-full-kernels"));
	store_destroy(store);
	model_destroy(model);
}

/* Every tensor stands where formats says, with its dense shape: all are found, and none besides. */
static void tensors_have_their_places(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		size_t rank, dims[4];
	} rows[] = {
		{"01-convolution/kernels", 4, {6, 1, 3, 3}}, {"01-convolution/biases", 1, {6}},
		{"02-subsampling/beta", 1, {6}}, {"02-subsampling/biases", 1, {6}},
		{"03-convolution/kernels", 4, {16, 6, 3, 3}}, {"03-convolution/biases", 1, {16}},
		{"04-combination/kernels", 3, {16, 2, 2}}, {"04-combination/logits", 2, {5, 16}},
		{"04-combination/biases", 1, {5}},
		{"05-combination/kernels", 4, {4, 5, 2, 2}}, {"05-combination/logits", 2, {4, 5}},
		{"05-combination/biases", 1, {4}},
		{"06-convolution/kernels", 4, {3, 4, 1, 1}}, {"06-convolution/biases", 1, {3}},
		{"08-full/weights", 2, {4, 3}}, {"08-full/biases", 1, {4}},
	};
	struct err err = {0};
	struct model *model = model_saved("a.h5");
	struct store *store = store_of("a.h5");
	assert_int_equal(model->net->tensors, sizeof rows / sizeof *rows);
	for (size_t r = 0; r < 2 * model->net->tensors; r++) {
		char path[64];
		size_t at = r / 2;
		snprintf(path, sizeof path, "/%s/%s", r % 2 == 0 ? "layers" : "optimizer", rows[at].path);
		struct store_array array = {.path = path};
		store_find(store, &array, &err);
		assert_string_equal(err.text, "");
		assert_int_equal(array.type, STORE_F32);
		assert_int_equal(array.rank, rows[at].rank);
		for (size_t d = 0; d < array.rank; d++)
			assert_int_equal(array.dims[d], rows[at].dims[d]);
	}
	store_destroy(store);
	model_destroy(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(model_comes_back_whole),
		cmocka_unit_test(fresh_model_comes_back),
		cmocka_unit_test(digest_sees_parameters_and_velocity),
		cmocka_unit_test(attributes_say_what_it_is),
		cmocka_unit_test(unconnected_kernels_are_zero),
		cmocka_unit_test(alpha_is_the_softmax_of_the_logits),
		cmocka_unit_test(pictures_show_kernels_and_alpha),
		cmocka_unit_test(tensors_have_their_places),
	};
	return cmocka_run_group_tests_name("checkpoint", tests, folder_setup, folder_teardown);
}
