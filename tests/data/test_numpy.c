/* Data sets as files of NumPy: all types give the same numbers, whole and window by window; what is wrong is refused in
 * one line that names the file. */
#include "../../src/data/data.h"
#include "folder.h"
#include "npy.h"
#include "set.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

enum { TRAIN = 9, TEST = 4, MAPS = 2, ROWS = 3, COLUMNS = 5, EACH = MAPS * ROWS * COLUMNS, CLASSES = 3 };

static const struct shape shape = {MAPS, ROWS, COLUMNS};
static const size_t counts[2] = {TRAIN, TEST};

static int whole_at(size_t part, size_t i)
{
	return (int)((i * 7 + part * 3) % 100);
}

/* A number in a type of NumPy: "<f4" …. */
static void number_put(const char *type, uint8_t *at, double number)
{
	size_t bytes = (size_t)(type[2] - '0');
	float narrow = (float)number;
	int64_t whole = (int64_t)number;
	uint8_t little[8];
	memcpy(little, type[1] == 'f' ? bytes == 4 ? (const void *)&narrow : (const void *)&number : (const void *)&whole, bytes);
	for (size_t b = 0; b < bytes; b++)
		at[b] = little[type[0] == '>' ? bytes - 1 - b : b];
}

/* How one file is made; 0: as it should be. */
struct form {
	const char *inputs, *targets; /* types; NULL: "<f4", "<i8" */
	const char *order, *name;     /* the name of another type, which the header has */
	int rank;
	size_t dims[4], entries;      /* of the training inputs; training targets */
	double value;                 /* of number 70 of the training inputs; 0: as it is */
	double label;                 /* of training sample 2; 0: as it is */
	const char *missing;          /* this file */
};

static void files_make(const struct folder *folder, const struct form *form)
{
	for (size_t p = 0; p < 2; p++) {
		const char *part = p == 0 ? "train" : "test";
		const char *type = form->inputs != NULL ? form->inputs : "<f4", *label = form->targets != NULL ? form->targets : "<i8";
		uint8_t inputs[TRAIN * EACH * 8], targets[TRAIN * 8];
		char path[512], quoted[32];
		size_t dims[4] = {counts[p], MAPS, ROWS, COLUMNS}, item = (size_t)(type[2] - '0'), each = (size_t)(label[2] - '0');
		size_t entries[1] = {p == 0 && form->entries > 0 ? form->entries : counts[p]};
		bool odd = p == 0 && form->rank > 0;
		for (size_t i = 0; i < counts[p] * EACH; i++)
			number_put(type, inputs + i * item, p == 0 && i == 70 && form->value != 0 ? form->value : whole_at(p, i));
		for (size_t n = 0; n < counts[p]; n++)
			number_put(label, targets + n * each, p == 0 && n == 2 && form->label != 0 ? form->label : (double)(n % CLASSES));
		snprintf(path, sizeof path, "%s/%s-inputs.npy", folder->path, part);
		snprintf(quoted, sizeof quoted, "'%s'", p == 0 && form->name != NULL ? form->name : type);
		assert_int_equal(npy_write(path, quoted, p == 0 && form->order != NULL ? form->order : "False", odd ? form->rank : 4,
		                           odd ? form->dims : dims, inputs, counts[p] * EACH * item), 0);
		snprintf(path, sizeof path, "%s/%s-targets.npy", folder->path, part);
		snprintf(quoted, sizeof quoted, "'%s'", label);
		assert_int_equal(npy_write(path, quoted, "False", 1, entries, targets, entries[0] * each), 0);
	}
	if (form->missing != NULL)
		folder_remove(folder, form->missing);
}

static int part_read(const struct folder *folder, size_t p, struct dataset *set, struct err *err)
{
	return classes_read(set, DATA_NUMPY, folder->path, p == 0 ? DATA_TRAIN : DATA_TEST, shape, CLASSES, err);
}

static void all_types_are_the_same_numbers(void **state)
{
	static const char *const inputs[] = {"|u1", "|i1", "<u2", ">u2", "<i2", ">i4", "<u4", "<i8", ">u8", "<f4", ">f4", "<f8",
	                                     ">f8"};
	static const char *const targets[] = {"|u1", ">i2", "<u8"};
	const struct folder *folder = *state;
	assert_int_equal(dataset_format(folder->path), DATA_IDX);
	for (size_t t = 0; t < sizeof inputs / sizeof *inputs; t++) {
		files_make(folder, &(struct form){.inputs = inputs[t], .targets = targets[t % 3]});
		assert_int_equal(dataset_format(folder->path), DATA_NUMPY);
		for (size_t p = 0; p < 2; p++) {
			struct dataset set;
			struct err err = {0};
			float number[TRAIN * EACH];
			if (part_read(folder, p, &set, &err) != 0)
				fail_msg("%s: %s", inputs[t], err.text);
			assert_int_equal(set.count, counts[p]);
			elements_float(set.array[DATA_INPUTS].element, set.array[DATA_INPUTS].bytes, set.count * EACH, number);
			for (size_t i = 0; i < set.count * EACH; i++)
				assert_true(number[i] == (float)whole_at(p, i));
			for (size_t n = 0; n < set.count; n++)
				assert_int_equal(dataset_class(&set, n), n % CLASSES);
			dataset_free(&set);
		}
	}
}

/* Two values, or two labels, for each sample. */
static void targets_of_other_tasks_are_read(void **state)
{
	static const struct {
		enum task task;
		const char *type;
	} rows[] = {{TASK_VALUES, ">f8"}, {TASK_VALUES, "<f4"}, {TASK_VALUES, ">i2"}, {TASK_LABELS, "|b1"}, {TASK_LABELS, "<i4"}};
	const struct folder *folder = *state;
	for (size_t t = 0; t < sizeof rows / sizeof *rows; t++) {
		bool labels = rows[t].task == TASK_LABELS;
		const struct data_need need = {.shape = shape, .classes = 2, .task = rows[t].task};
		const struct data_source source = {.format = DATA_NUMPY, .place = folder->path};
		struct dataset set;
		struct err err = {0};
		size_t item = (size_t)(rows[t].type[2] - '0');
		files_make(folder, &(struct form){0});
		for (size_t p = 0; p < 2; p++) {
			const size_t dims[2] = {counts[p], 2};
			uint8_t targets[2 * TRAIN * 8];
			char path[512], quoted[32];
			for (size_t i = 0; i < 2 * counts[p]; i++)
				number_put(rows[t].type, targets + i * item, labels ? (double)(i % 3 == 0) : (double)i - 5);
			snprintf(path, sizeof path, "%s/%s-targets.npy", folder->path, p == 0 ? "train" : "test");
			snprintf(quoted, sizeof quoted, "'%s'", rows[t].type);
			assert_int_equal(npy_write(path, quoted, "False", 2, dims, targets, 2 * counts[p] * item), 0);
		}
		if (dataset_read(&set, &source, DATA_TRAIN, &need, &err) != 0)
			fail_msg("%s", err.text);
		const float *value = (const float *)(const void *)set.array[DATA_TARGETS].bytes;
		for (size_t i = 0; i < 2 * TRAIN; i++)
			assert_true(labels ? set.array[DATA_TARGETS].bytes[i] == (i % 3 == 0) : value[i] == (float)i - 5);
		dataset_free(&set);
	}
}

static void what_is_wrong_is_named_with_its_file(void **state)
{
	const struct {
		struct form form;
		int code;
		const char *says;
	} rows[] = {
		{{.missing = "train-inputs.npy"}, EX_NOINPUT, "/train-inputs.npy: no such file"},
		{{.missing = "test-targets.npy"}, EX_NOINPUT, "/test-targets.npy: no such file"},
		{{.order = "True"}, EX_DATAERR, "/train-inputs.npy: is in Fortran order; np.save(file, np.ascontiguousarray(a)) "
		                                "stores it in C order"},
		{{.name = "<U1"}, EX_DATAERR, "/train-inputs.npy: holds texts; store numbers"},
		{{.name = "|O"}, EX_DATAERR, "/train-inputs.npy: holds Python objects"},
		{{.name = "<f8"}, EX_DATAERR, "/train-inputs.npy: has 1080 bytes after its header, which says 2160"},
		{{.entries = TRAIN - 1}, EX_DATAERR, ": train-targets.npy has 8 entries, train-inputs.npy has 9"},
		{{.rank = 4, .dims = {TRAIN, ROWS, MAPS, COLUMNS}}, EX_DATAERR, ": train-inputs.npy: samples are 3×2×5, the job "
		 "file says input: {maps: 2, rows: 3, columns: 5}"},
		{{.rank = 2, .dims = {TRAIN, EACH}}, EX_DATAERR, ": train-inputs.npy: samples are 30, the job file says input:"},
		{{.value = NAN}, EX_DATAERR, ": train-inputs.npy: sample 2 holds a number that is not finite"},
		{{.value = -INFINITY}, EX_DATAERR, ": train-inputs.npy: sample 2 holds a number that is not finite"},
		{{.inputs = "<f8", .value = 1e300}, EX_DATAERR, ": train-inputs.npy: sample 2 holds 1e+300, more than float32"},
		{{.label = CLASSES}, EX_DATAERR, ": label 3 of sample 2 is not below classes: 3"},
		{{.label = -1}, EX_DATAERR, ": train-targets.npy: sample 2 holds -1, not a whole number from 0 to 65535"},
		{{.targets = "<f4"}, EX_DATAERR, ": train-targets.npy: is float32; classes are whole numbers: store integers"},
	};
	const struct folder *folder = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct dataset set;
		struct err err = {0};
		files_make(folder, &rows[i].form);
		assert_int_equal(part_read(folder, 0, &set, &err), -1);
		if (err.code != rows[i].code || strncmp(err.text, folder->path, strlen(folder->path)) != 0 ||
		    strncmp(err.text + strlen(folder->path), rows[i].says, strlen(rows[i].says)) != 0 || strchr(err.text, '\n') != NULL)
			fail_msg("row %zu: '%s' is not '%s'", i, err.text, rows[i].says);
	}
}

/* More than memory holds: each sample once, with its numbers, and the digest of the whole set. */
static void windows_have_each_sample_once(void **state)
{
	enum { MANY = 3000, FEW = 50, SIDE = 32, SAMPLE = SIDE * SIDE };
	const struct folder *folder = *state;
	const struct data_need need = {.shape = {1, SIDE, SIDE}, .classes = CLASSES};
	const struct stream_plan plan = {{.format = DATA_NUMPY, .place = folder->path}, need, {.seed = 5}, 8 << 20, 100, NULL, NULL};
	static float numbers[MANY * SAMPLE];
	static uint8_t labels[MANY], seen[MANY];
	struct err err = {0};
	struct dataset whole, held = {0};
	struct digest digest, digests[DATA_PARTS];
	double mean, deviation;
	struct normalization normalization = {1, &mean, &deviation};
	char path[512];
	bool fits;
	for (size_t i = 0; i < MANY * SAMPLE; i++)
		numbers[i] = (float)i / 3;
	for (size_t n = 0; n < MANY; n++)
		labels[n] = (uint8_t)(n * n % CLASSES);
	for (size_t p = 0; p < 2; p++) {
		const size_t dims[3] = {p == 0 ? MANY : FEW, SIDE, SIDE};
		snprintf(path, sizeof path, "%s/%s-inputs.npy", folder->path, p == 0 ? "train" : "test");
		assert_int_equal(npy_write(path, "'<f4'", "False", 3, dims, numbers, dims[0] * SAMPLE * sizeof *numbers), 0);
		snprintf(path, sizeof path, "%s/%s-targets.npy", folder->path, p == 0 ? "train" : "test");
		assert_int_equal(npy_write(path, "'|u1'", "False", 1, dims, labels, dims[0]), 0);
	}
	struct stream *s = stream_open(&plan, &fits, &err);
	if (s == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(stream_scan(s, NORMALIZE_STANDARD, &held, &normalization, digests, NULL, NULL, &err), 0);
	assert_int_equal(classes_read(&whole, DATA_NUMPY, folder->path, DATA_TRAIN, need.shape, CLASSES, &err), 0);
	assert_int_equal(dataset_digest(&whole, NULL, &digest, &err), 0);
	assert_memory_equal(&digest, &digests[DATA_TRAIN], sizeof digest);
	assert_memory_equal(whole.array[DATA_INPUTS].bytes, numbers, sizeof numbers);
	dataset_free(&whole);

	size_t window = stream_window(s);
	struct dataset into = dataset_of(&need);
	uint32_t *number = calloc(window, sizeof *number);
	into.array[DATA_INPUTS].element = stream_element(s);
	assert_true(window < MANY);
	assert_int_equal(dataset_allocate(&into, window, &err), 0);
	into.number = number;
	for (size_t w = 0; w * window < MANY; w++) {
		size_t left = MANY - w * window, count = left < window ? left : window;
		assert_int_equal(stream_ask(s, DATA_TRAIN, 0, w, &into, &err), 0);
		if (stream_wait(s, &err) != 0)
			fail_msg("%s", err.text);
		for (size_t i = 0; i < count; i++) {
			assert_true(number[i] < MANY && seen[number[i]]++ == 0);
			assert_memory_equal(array_sample(&into.array[DATA_INPUTS], i), numbers + number[i] * SAMPLE, SAMPLE * 4);
			assert_int_equal(dataset_class(&into, i), labels[number[i]]);
		}
	}
	dataset_free(&into);
	stream_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(all_types_are_the_same_numbers),
		IN_FOLDER(targets_of_other_tasks_are_read),
		IN_FOLDER(what_is_wrong_is_named_with_its_file),
		IN_FOLDER(windows_have_each_sample_once),
	};
	return cmocka_run_group_tests_name("data/numpy", tests, NULL, NULL);
}
