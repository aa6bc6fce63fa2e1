/* Checkpoints that carry a good checksum and yet do not fit: refused in one line that names the file. Each is made of
 * a good one with the store room's own functions. */
#include <convoy/train.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "jobs.h"
#include "store/folder.h"

static const char job_all[] = JOB_HEAD("data") LAYERS_ALL TRAIN_ALL;

/* What a doctored copy has in other ways than the good one. */
struct change {
	const char *number; /* this attribute … */
	uint64_t value;     /* … has that value; NO_VALUE: is absent */
	const char *job;    /* another job text */
	const char *path;   /* this array … */
	enum { LEFT_OUT, LONGER, DOUBLES, TRANSPOSED, ENDLESS } how;
	enum { NAMES_KEPT, NAMES_OUT, NAMES_FEWER, NAMES_OTHER } names; /* /classes */
	const char *says; /* behind "PATH: " or, with a job text, "PATH: job:" */
};
#define NO_VALUE UINT64_MAX

static int setup(void **state)
{
	(void)state;
	struct err err = {0};
	struct image image;
	if (folder_open(folder) != 0)
		return -1;
	struct model *model = model_of(job_all);
	model_scramble(model, 2);
	int code = checkpoint_image(model, &image, &err);
	if (code == 0)
		code = file_write(folder, "good.h5", image.bytes, image.count, &err);
	image_destroy(&image);
	model_destroy(model);
	return code;
}

struct copy {
	struct store *from, *to;
	const struct change *change;
};

static int copy_array(void *context, const char *path, struct err *err)
{
	const struct copy *copy = context;
	const struct change *change = copy->change;
	struct store_array array = {.path = path};
	if (store_find(copy->from, &array, err) != 0)
		return -1;
	size_t count = 1;
	for (size_t d = 0; d < array.rank; d++)
		count *= array.dims[d];
	char *data = memory_zeroed(2 * count + 100, 8, err); /* room for one more row, and for doubles */
	int code = data != NULL ? store_get(copy->from, &array, data, err) : -1;
	bool changed = change->path != NULL && strcmp(change->path, path) == 0;
	if (changed && change->how == LONGER)
		array.dims[0]++;
	if (code == 0 && changed && change->how == ENDLESS)
		memcpy(data, &(float){INFINITY}, sizeof(float));
	if (changed && change->how == DOUBLES)
		array.type = STORE_F64;
	if (changed && change->how == TRANSPOSED) {
		array.dims[0] = array.dims[1];
		array.dims[1] = count / array.dims[0];
	}
	if (code == 0 && !(changed && change->how == LEFT_OUT))
		code = store_put(copy->to, &array, data, err);
	free(data);
	return code;
}

static int copy_attributes(const struct copy *copy, uint64_t *step, struct err *err)
{
	static const char *const numbers[] = {"format_version", "numerics", "seed", "epoch", "step", "samples_seen", "window",
	                                      "span"};
	static const char *const texts[] = {"format", "training_data", "test_data", "job"};
	int code = 0;
	for (size_t t = 0; code == 0 && t < sizeof texts / sizeof *texts; t++) {
		char *kept = store_text(copy->from, texts[t], err);
		const char *text = copy->change->job != NULL && strcmp(texts[t], "job") == 0 ? copy->change->job : kept;
		code = kept != NULL ? store_set_text(copy->to, texts[t], text, err) : -1;
		free(kept);
	}
	for (size_t n = 0; code == 0 && n < sizeof numbers / sizeof *numbers; n++) {
		uint64_t number;
		code = store_number(copy->from, numbers[n], &number, err);
		if (copy->change->number != NULL && strcmp(copy->change->number, numbers[n]) == 0)
			number = copy->change->value;
		if (code == 0 && number != NO_VALUE)
			code = store_set_number(copy->to, numbers[n], number, err);
		if (strcmp(numbers[n], "step") == 0)
			*step = number;
	}
	return code;
}

static void copy_names(const struct copy *copy, struct err *err)
{
	size_t count;
	char **names = NULL;
	if (copy->change->names == NAMES_OUT || store_get_names(copy->from, "/classes", &count, &names, err) != 0)
		return;
	const char *name[4] = {names[0], copy->change->names == NAMES_OTHER ? "sits" : names[1], names[2], names[3]};
	store_put_names(copy->to, "/classes", NULL, copy->change->names == NAMES_FEWER ? 3 : 4, name, err);
	free(names);
}

/* Writes a copy of good.h5 with the change as bad.h5. */
static void doctor(const struct change *change)
{
	struct err err = {0};
	struct image image = {0};
	uint64_t step = 0;
	struct copy copy = {store_open(in_folder(folder, "good.h5"), &err), store_create(&err), change};
	copy_attributes(&copy, &step, &err);
	store_walk(copy.from, copy_array, &copy, &err);
	copy_names(&copy, &err);
	store_image(copy.to, step, &image, &err);
	file_write(folder, "bad.h5", image.bytes, image.count, &err);
	assert_string_equal(err.text, "");
	image_destroy(&image);
	store_destroy(copy.from);
	store_destroy(copy.to);
}

#define ALL_BUT(layers) JOB_HEAD("data") layers TRAIN_ALL

static const struct change changes[] = {
	{.number = "format_version", .value = 1, .says = " format_version is 1, this convoy reads 3"},
	{.number = "format_version", .value = NO_VALUE, .says = ""},
	{.number = "numerics", .value = 1, .says = " numerics is 1, this convoy reads 3"},
	{.number = "numerics", .value = NO_VALUE, .says = ""},
	{.number = "epoch", .value = 2, .says = " /history has 3 records, epoch is 2"},
	{.number = "epoch", .value = UINT64_MAX - 1, .says = " /history has 3 records, epoch is 18446744073709551614"},
	{.number = "epoch", .value = NO_VALUE, .says = ""},
	{.number = "samples_seen", .value = NO_VALUE, .says = ""},
	{.number = "window", .value = NO_VALUE, .says = ""},
	{.number = "span", .value = NO_VALUE, .says = ""},
	{.names = NAMES_OUT, .says = " /classes: no such array"},
	{.names = NAMES_FEWER, .says = " /classes has 3 names, there are 4 classes"},
	{.names = NAMES_OTHER, .says = " /classes calls class 1 'sits', the job 'stands'"},
	{.job = "name: [", .says = "2:1:"},
	{.job = "", .says = ""},
	{.job = "name: tiny\n", .says = "1:1: the job lacks the key 'input'"},
	/* A good job of another net: its arrays are others. */
	{.job = ALL_BUT("layers:\n  - {type: full, units: 4}\nloss: softmax-cross-entropy\n"),
	 .says = " /layers/01-full/weights"},
	{.job = ALL_BUT("layers:\n  - {type: convolution, maps: 6, kernel: 5, activation: tanh}\n"
	                "  - {type: full, units: 4}\nloss: squared-error\n"),
	 .says = " /layers/01-convolution/kernels: is float32 [6][1][3][3], not float32 [6][1][5][5]"},
	/* A job whose net cannot be: the geometry is looked at later than the words. */
	{.job = ALL_BUT("layers:\n  - {type: convolution, maps: 6, kernel: 13, activation: tanh}\n"
	                "  - {type: full, units: 4}\nloss: squared-error\n"), .says = "6:"},
	{.path = "/layers/01-convolution/biases", .how = LEFT_OUT, .says = " /layers/01-convolution/biases"},
	{.path = "/layers/01-convolution/biases", .how = LONGER,
	 .says = " /layers/01-convolution/biases: is float32 [7], not float32 [6]"},
	{.path = "/layers/01-convolution/biases", .how = ENDLESS,
	 .says = " diverged: after step 17, number 0 of /layers/01-convolution/biases is inf"},
	{.path = "/optimizer/08-full/weights", .how = ENDLESS,
	 .says = " diverged: after step 17, number 0 of /optimizer/08-full/weights is inf"},
	{.path = "/layers/04-combination/logits", .how = TRANSPOSED,
	 .says = " /layers/04-combination/logits: is float32 [16][5], not float32 [5][16]"},
	{.path = "/optimizer/08-full/weights", .how = DOUBLES,
	 .says = " /optimizer/08-full/weights: is float64 [4][3], not float32 [4][3]"},
	{.path = "/optimizer/08-full/weights", .how = LEFT_OUT, .says = " /optimizer/08-full/weights"},
	{.path = "/sum/exponents", .how = LONGER, .says = " /sum/exponents: is int32 [17], not int32 [16]"},
	{.path = "/sum/exponents", .how = LEFT_OUT, .says = " /sum/exponents"},
	{.path = "/normalization/mean", .how = LONGER, .says = " /normalization/mean: is float64 [2], not float64 [1]"},
	{.path = "/normalization/deviation", .how = LEFT_OUT, .says = " /normalization/deviation"},
	{.path = "/running", .how = LEFT_OUT, .says = " /running"},
	{.path = "/running", .how = LONGER, .says = " /running: is int64 [24], not int64 [23]"},
	{.path = "/confusion", .how = LONGER, .says = " /confusion: is int64 [5][4], not int64 [4][4]"},
	{.path = "/history/epoch", .how = LEFT_OUT, .says = " /history/epoch"},
	{.path = "/history/epoch", .how = LONGER, .says = " /history has 4 records, epoch is 3"},
	{.path = "/history/test_loss", .how = LONGER, .says = " /history/test_loss: is float64 [4], not float64 [3]"},
	{.path = "/history/step", .how = DOUBLES, .says = " /history/step: is float64 [3], not uint64 [3]"},
};

static void assert_begins(const char *text, const char *prefix)
{
	if (strncmp(text, prefix, strlen(prefix)) != 0)
		assert_string_equal(text, prefix);
}

static void unchanged_copy_loads(void **state)
{
	(void)state;
	struct err err = {0};
	doctor(&(struct change){0});
	struct model *model = checkpoint_load(in_folder(folder, "bad.h5"), NULL, &err);
	assert_string_equal(err.text, "");
	assert_non_null(model);
	model_destroy(model);
}

/* A change is bad data, never a bad job file: the user wrote none. */
static void changed_copies_are_refused(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof changes / sizeof *changes; c++) {
		struct err err = {0};
		char expected[600];
		const char *path = in_folder(folder, "bad.h5");
		doctor(&changes[c]);
		assert_null(checkpoint_load(path, NULL, &err));
		assert_int_equal(err.code, EX_DATAERR);
		bool of_job = changes[c].job != NULL && changes[c].says[0] != ' ';
		snprintf(expected, sizeof expected, "%s:%s%s", path, of_job ? " job:" : "", changes[c].says);
		assert_begins(err.text, expected);
		assert_null(strchr(err.text, '\n'));
		assert_null(strstr(strstr(err.text, path) + 1, path)); /* named once */
	}
}

static void a_background_is_a_colour(void **state)
{
	(void)state;
	static const char *const grounds[] = {"grey", "#12345", " white"};
	struct model *model = model_of(job_all);
	model_scramble(model, 2);
	for (size_t i = 0; i < sizeof grounds / sizeof *grounds; i++) {
		struct err err = {0}, refusal = {0};
		struct image image;
		char expected[600];
		strcpy(model->background, grounds[i]);
		assert_int_equal(checkpoint_image(model, &image, &err), 0);
		assert_int_equal(file_write(folder, "bad.h5", image.bytes, image.count, &err), 0);
		image_destroy(&image);
		const char *path = in_folder(folder, "bad.h5");
		assert_null(checkpoint_load(path, NULL, &refusal));
		assert_int_equal(refusal.code, EX_DATAERR);
		snprintf(expected, sizeof expected, "%s: /background is '%s', not white, black, #rgb or #rrggbb", path, grounds[i]);
		assert_begins(refusal.text, expected);
	}
	model_destroy(model);
}

static void absent_and_damaged_files_are_refused(void **state)
{
	(void)state;
	struct err absent = {0}, cut = {0}, flipped = {0}, err = {0};
	uint8_t *bytes;
	size_t count;
	assert_null(checkpoint_load(in_folder(folder, "absent.h5"), NULL, &absent));
	assert_int_equal(absent.code, EX_NOINPUT);
	assert_begins(absent.text, in_folder(folder, "absent.h5"));

	assert_int_equal(file_read(in_folder(folder, "good.h5"), 1 << 24, &bytes, &count, &err), 0);
	assert_int_equal(file_write(folder, "cut.h5", bytes, count / 2, &err), 0);
	bytes[count - 1] ^= 1;
	assert_int_equal(file_write(folder, "flipped.h5", bytes, count, &err), 0);
	free(bytes);
	assert_null(checkpoint_load(in_folder(folder, "cut.h5"), NULL, &cut));
	assert_int_equal(cut.code, EX_DATAERR);
	assert_begins(cut.text, in_folder(folder, "cut.h5"));
	assert_null(checkpoint_load(in_folder(folder, "flipped.h5"), NULL, &flipped));
	assert_int_equal(flipped.code, EX_DATAERR);
	assert_non_null(strstr(flipped.text, "SHA-256"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unchanged_copy_loads),
		cmocka_unit_test(changed_copies_are_refused),
		cmocka_unit_test(a_background_is_a_colour),
		cmocka_unit_test(absent_and_damaged_files_are_refused),
	};
	return cmocka_run_group_tests_name("load", tests, setup, folder_teardown);
}
