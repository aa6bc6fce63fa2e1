/* Targets of all tasks: from a file to the lanes of a block, whole and window by window. */
#include <convoy/data.h>
#include "folder.h"

#include <hdf5.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { TRAIN = 803, TEST = 31, ROWS = 3, COLUMNS = 4, EACH = ROWS * COLUMNS, MOST = 24 };

static const size_t counts[2] = {TRAIN, TEST};

static double number_at(size_t part, size_t i)
{
	return random_uniform(41, RANDOM_CHECK, part, i) * 100 - 30;
}

static const struct sample_request numbers = {
	.path = {{"/train/inputs", "/train/targets"}, {"/test/inputs", "/test/targets"}},
};

static void array_put(hid_t file, const char *path, hid_t type, int rank, const hsize_t *dims, const double *values)
{
	hid_t link = H5Pcreate(H5P_LINK_CREATE), space = H5Screate_simple(rank, dims, NULL);
	hid_t create = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_create_intermediate_group(link, 1);
	H5Pset_chunk(create, rank, (const hsize_t[]){16, dims[1], dims[2], dims[3]});
	hid_t array = H5Dcreate2(file, path, type, space, link, create, H5P_DEFAULT);
	assert_true(array >= 0);
	assert_true(H5Dwrite(array, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
	H5Dclose(array);
	H5Sclose(space);
	H5Pclose(create);
	H5Pclose(link);
}

/* A file with inputs of float32 and targets: number_at, or where `limit` > 0 whole numbers below it. Target number `odd`
 * of the training set is `value`, if that is not 0. */
struct file {
	const char *names[2];
	hid_t type;
	int rank;
	hsize_t dims[3]; /* of a sample's targets; rank − 1 of them */
	size_t limit, odd;
	double value;
	double weight;   /* of training sample 9, of an array of weights; 0: there is none */
};

/* A weight that becomes 0: all samples have it. */
#define TINY 0x1p-22

/* Weights in the file; in memory they are multiples of 2^-20. */
static double weight_at(const struct file *f, size_t part, size_t n)
{
	return f->weight == TINY || (part == 0 && n == 9) ? f->weight : random_uniform(44, RANDOM_CHECK, part, n) * 3;
}

static size_t each_of(const struct file *f)
{
	size_t each = 1;
	for (int d = 0; d + 1 < f->rank; d++)
		each *= f->dims[d];
	return each;
}

static double target_at(const struct file *f, size_t part, size_t i)
{
	if (part == 0 && f->value != 0 && i == f->odd)
		return f->value;
	return f->limit > 0 ? (double)random_below(43, RANDOM_CHECK, part, i, f->limit) : number_at(part + 2, i);
}

static void file_make(const struct folder *folder, const struct file *f, char path[512])
{
	snprintf(path, 512, "%s/targets.h5", folder->path);
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(file >= 0);
	for (size_t p = 0; p < 2; p++) {
		static double inputs[TRAIN * EACH], targets[TRAIN * MOST];
		const hsize_t dims[4] = {counts[p], f->dims[0], f->dims[1], f->dims[2]}, sides[4] = {counts[p], ROWS, COLUMNS};
		char name[2][64];
		for (size_t a = 0; a < 2; a++)
			snprintf(name[a], sizeof name[a], "/%s/%s", p == 0 ? "train" : "test", f->names[a]);
		for (size_t i = 0; i < counts[p] * EACH; i++)
			inputs[i] = number_at(p, i);
		for (size_t i = 0; i < counts[p] * each_of(f); i++)
			targets[i] = target_at(f, p, i);
		array_put(file, name[0], H5T_IEEE_F32LE, 3, sides, inputs);
		array_put(file, name[1], f->type, f->rank, dims, targets);
		double weights[TRAIN];
		for (size_t n = 0; n < counts[p]; n++)
			weights[n] = weight_at(f, p, n);
		if (f->weight != 0)
			array_put(file, p == 0 ? "/train/weights" : "/test/weights", H5T_IEEE_F64BE, 1, dims, weights);
	}
	H5Fclose(file);
}

/* A set's targets, converted, are those of the file. */
static void are_of(const struct dataset *set, const struct file *f, size_t p)
{
	const struct data_array *array = &set->array[DATA_TARGETS];
	assert_int_equal(array->each, each_of(f));
	assert_int_equal(set->count, counts[p]);
	for (size_t i = 0; i < set->count * array->each; i++) {
		float value;
		double wanted = target_at(f, p, i);
		memcpy(&value, array->bytes + 4 * (array->element == ELEMENT_F32 ? i : 0), sizeof value);
		assert_true(array->element == ELEMENT_F32   ? value == (float)wanted
		            : array->element == ELEMENT_U16 ? dataset_classes(set)[i] == (uint16_t)wanted
		                                            : array->bytes[i] == (uint8_t)wanted);
	}
}

/* All lanes of a block against the set. */
static void blocks_are_of(const struct dataset *set, const struct normalization *targets)
{
	const struct data_array *array = &set->array[DATA_TARGETS];
	const struct normalization none = {1, (double[]){0}, (double[]){1}};
	struct err err = {0};
	struct batcher batcher;
	static float x[EACH * LANES], value[MOST * LANES];
	int32_t label[MOST * LANES];
	struct block_targets block = {.class = label, .value = value};
	const uint32_t samples[LANES] = {5, 0, 202, 5, 17, 100, 99, 98, 1, 2, 3};
	assert_int_equal(batcher_open(&batcher, set, &none, 0, &err), 0);
	batcher.targets = targets;
	batcher_fill(&batcher, samples, 11, x, &block);
	assert_int_equal(block.count, 11);
	for (size_t i = 0; i < array->each * LANES; i++) {
		size_t lane = i % LANES, at = samples[lane] * array->each + i / LANES, k = 0;
		assert_true(block.weight[lane] == (lane < 11));
		if (array->element == ELEMENT_U16) {
			assert_int_equal(label[i], lane < 11 ? dataset_classes(set)[at] : -1);
			continue;
		}
		float t = array->bytes[at];
		if (array->element == ELEMENT_F32)
			memcpy(&t, array->bytes + at * sizeof t, sizeof t);
		if (targets != NULL)
			k = i / LANES / (array->each / targets->maps);
		double wanted = targets != NULL ? ((double)t - targets->mean[k]) / targets->deviation[k] : (double)t;
		assert_true(value[i] == (lane < 11 ? (float)wanted : 0));
	}
	batcher_close(&batcher);
}

static void targets_of_all_tasks_are_read(void **state)
{
	const struct {
		struct data_need need;
		struct file file;
		enum element element;
	} rows[] = {
		{{.classes = 3, .task = TASK_VALUES}, {.type = H5T_IEEE_F64BE, .rank = 2, .dims = {3}}, ELEMENT_F32},
		{{.classes = 1, .task = TASK_VALUES}, {.type = H5T_IEEE_F32LE, .rank = 1}, ELEMENT_F32},
		{{.classes = 1, .task = TASK_VALUES}, {.type = H5T_STD_I16BE, .rank = 2, .dims = {1}, .limit = 300}, ELEMENT_F32},
		{{.classes = 2, .task = TASK_VALUES, .rows = 3, .columns = 4},
		 {.type = H5T_IEEE_F32BE, .rank = 4, .dims = {2, 3, 4}}, ELEMENT_F32},
		{{.classes = 1, .task = TASK_VALUES, .rows = 3, .columns = 4},
		 {.type = H5T_IEEE_F32LE, .rank = 3, .dims = {3, 4}}, ELEMENT_F32},
		{{.classes = 5, .task = TASK_LABELS}, {.type = H5T_STD_I32LE, .rank = 2, .dims = {5}, .limit = 2}, ELEMENT_U8},
		{{.classes = 5, .task = TASK_LABELS}, {.type = H5T_STD_U8LE, .rank = 2, .dims = {5}, .limit = 2}, ELEMENT_U8},
		{{.classes = 1, .task = TASK_LABELS}, {.type = H5T_IEEE_F32LE, .rank = 1, .limit = 2}, ELEMENT_U8},
		{{.classes = 6, .task = TASK_CLASSES, .rows = 3, .columns = 4},
		 {.type = H5T_STD_U8LE, .rank = 3, .dims = {3, 4}, .limit = 6}, ELEMENT_U16},
		{{.classes = 6, .task = TASK_CLASSES, .rows = 3, .columns = 4},
		 {.type = H5T_STD_U8LE, .rank = 4, .dims = {1, 3, 4}, .limit = 6}, ELEMENT_U16},
		{{.classes = 6, .task = TASK_CLASSES, .rows = 3, .columns = 4, .channels_last = true},
		 {.type = H5T_STD_I16BE, .rank = 4, .dims = {3, 4, 1}, .limit = 6}, ELEMENT_U16},
		{{.classes = 6, .task = TASK_CLASSES, .rows = 3, .columns = 4, .channels_last = true},
		 {.type = H5T_STD_U8LE, .rank = 3, .dims = {3, 4}, .limit = 6}, ELEMENT_U16},
		{{.classes = 70, .task = TASK_CLASSES, .rows = 1, .columns = 12},
		 {.type = H5T_STD_I64LE, .rank = 2, .dims = {12}, .limit = 70}, ELEMENT_U16},
	};
	char path[512];
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		struct file file = rows[r].file;
		struct data_need need = rows[r].need;
		const struct sample_request request = {.path = {
			{r % 2 == 0 ? "train/inputs" : "/train/fields", r % 2 == 0 ? "/train/targets" : "/train/temperature"},
			{r % 2 == 0 ? "/test/inputs" : "test/fields", r % 2 == 0 ? "/test/targets" : "/test/temperature"},
		}};
		const struct data_source source = {.format = DATA_HDF5, .place = path, .request = &request};
		struct err err = {0};
		file.names[0] = r % 2 == 0 ? "inputs" : "fields";
		file.names[1] = r % 2 == 0 ? "targets" : "temperature";
		need.shape = (struct shape){1, ROWS, COLUMNS};
		file_make(*state, &file, path);
		for (size_t p = 0; p < 2; p++) {
			struct dataset set;
			dataset_read(&set, &source, p == 0 ? DATA_TRAIN : DATA_TEST, &need, &err);
			assert_string_equal(err.text, "");
			assert_int_equal(set.array[DATA_TARGETS].element, rows[r].element);
			assert_false(dataset_has_classes(&set));
			are_of(&set, &file, p);
			if (p == 0)
				blocks_are_of(&set, NULL);
			dataset_free(&set);
		}
	}
}

static void values_of_fields_can_be_last(void **state)
{
	enum { K = 2, POINTS = ROWS * COLUMNS };
	struct file file = {.names = {"inputs", "targets"}, .type = H5T_IEEE_F64LE, .rank = 4, .dims = {ROWS, COLUMNS, K}};
	struct data_need need = {.shape = {1, ROWS, COLUMNS}, .classes = K, .task = TASK_VALUES, .rows = ROWS,
	                         .columns = COLUMNS, .channels_last = true};
	struct dataset set;
	struct err err = {0};
	char path[512];
	file_make(*state, &file, path);
	const struct data_source source = {.format = DATA_HDF5, .place = path, .request = &numbers};
	dataset_read(&set, &source, DATA_TEST, &need, &err);
	assert_string_equal(err.text, "");
	for (size_t i = 0; i < TEST * K * POINTS; i++) {
		size_t n = i / (K * POINTS), k = i / POINTS % K, point = i % POINTS;
		float value;
		memcpy(&value, set.array[DATA_TARGETS].bytes + i * sizeof value, sizeof value);
		assert_true(value == (float)target_at(&file, 1, (n * POINTS + point) * K + k));
	}
	dataset_free(&set);
	need.channels_last = false;
	assert_int_equal(dataset_read(&set, &source, DATA_TEST, &need, &err), -1);
	assert_non_null(strstr(err.text, "/train/targets: targets are 3×4×2; those of the last layer's maps (output.values: 2) are "
	                                 "2×3×4 (values×rows×columns), with data.layout: channels-last"));
}

/* Against long double; a constant value keeps its size. In windows the same bits, without the samples held back. */
static void values_are_normalised(void **state)
{
	enum { HELD = 40, K = 3 };
	struct file file = {.names = {"inputs", "targets"}, .type = H5T_IEEE_F64LE, .rank = 2, .dims = {K}};
	const struct data_need need = {.shape = {1, ROWS, COLUMNS}, .classes = K, .task = TASK_VALUES};
	double mean[2][K], deviation[2][K];
	struct normalization whole = {K, mean[0], deviation[0]}, windows = {K, mean[1], deviation[1]};
	struct dataset train, validation;
	struct err err = {0};
	char path[512];
	bool fits;
	file_make(*state, &file, path);
	const struct data_source source = {.format = DATA_HDF5, .place = path, .request = &numbers};
	assert_int_equal(dataset_read(&train, &source, DATA_TRAIN, &need, &err), 0);
	assert_int_equal(dataset_split(&train, &(struct split){9, 0, HELD}, &validation, NULL, &err), 0);
	assert_int_equal(targets_measure(&whole, NORMALIZE_STANDARD, &train, &err), 0);
	const float *value = (const float *)(const void *)train.array[DATA_TARGETS].bytes;
	for (size_t k = 0; k < K; k++) {
		long double sum = 0, squares = 0, n = (long double)train.count;
		for (size_t i = 0; i < train.count; i++) {
			sum += (long double)value[i * K + k];
			squares += (long double)value[i * K + k] * (long double)value[i * K + k];
		}
		assert_true(fabsl((long double)mean[0][k] - sum / n) < 1e-13L);
		assert_true(fabsl((long double)deviation[0][k] - sqrtl(squares / n - sum / n * sum / n)) < 1e-12L);
	}

	struct stream *s = NULL;
	for (size_t memory = 1024; s == NULL; memory += 512) {
		err = (struct err){0};
		s = stream_open(&(struct stream_plan){source, need, {9, 0, HELD}, memory, 8, NULL, NULL}, &fits, &err);
		assert_false(fits);
	}
	assert_int_equal(stream_targets(s, NORMALIZE_STANDARD, &windows, &err), 0);
	assert_memory_equal(mean[1], mean[0], sizeof *mean);
	assert_memory_equal(deviation[1], deviation[0], sizeof *deviation);
	assert_int_equal(stream_targets(s, NORMALIZE_NONE, &windows, &err), 0);
	assert_true(mean[1][2] == 0 && deviation[1][2] == 1);
	stream_close(s);

	struct dataset all;
	assert_int_equal(dataset_read(&all, &source, DATA_TRAIN, &need, &err), 0);
	blocks_are_of(&all, &whole);
	dataset_free(&all);
	dataset_free(&train);
	dataset_free(&validation);
}

static const struct sample_request with_weights = {
	.path = {{"/train/inputs", "/train/targets", "/train/weights"}, {"/test/inputs", "/test/targets", "/test/weights"}},
};

/* From the file to the lanes, also of samples held back and of windows; they are part of the digest. */
static void samples_have_weights(void **state)
{
	enum { HELD = 40, K = 3 };
	struct file file = {.names = {"inputs", "targets"}, .type = H5T_IEEE_F32LE, .rank = 2, .dims = {K}, .weight = 1024};
	struct data_need need = {.shape = {1, ROWS, COLUMNS}, .classes = K, .task = TASK_VALUES};
	const struct normalization none = {1, (double[]){0}, (double[]){1}};
	struct dataset all, train, validation, held, plain;
	struct digest digest[DATA_PARTS], same, without;
	struct err err = {0};
	struct batcher batcher;
	struct block_targets block = {.value = (float[K * LANES]){0}};
	float x[EACH * LANES];
	char path[512];
	bool fits;
	file_make(*state, &file, path);
	const struct data_source source = {.format = DATA_HDF5, .place = path, .request = &with_weights};
	assert_int_equal(dataset_read(&plain, &source, DATA_TRAIN, &need, &err), 0);
	assert_null(plain.array[DATA_WEIGHTS].bytes);
	assert_int_equal(dataset_digest(&plain, NULL, &without, &err), 0);
	need.weighted = true;
	assert_int_equal(dataset_read(&all, &source, DATA_TRAIN, &need, &err), 0);
	assert_int_equal(dataset_digest(&all, NULL, &same, &err), 0);
	assert_memory_not_equal(&same, &without, sizeof same);
	assert_int_equal(batcher_open(&batcher, &all, &none, 0, &err), 0);
	for (uint32_t n = 0; n < TRAIN; n++) {
		batcher_fill(&batcher, &n, 1, x, &block);
		double wanted = weight_at(&file, 0, n);
		assert_true(fabs((double)block.weight[0] - wanted) <= 0x1p-21 + 0x1p-23);
		assert_true(ldexp((double)block.weight[0], 20) == floor(ldexp((double)block.weight[0], 20)));
		assert_true(block.weight[1] == 0);
	}
	batcher_close(&batcher);

	assert_int_equal(dataset_read(&train, &source, DATA_TRAIN, &need, &err), 0);
	assert_int_equal(dataset_split(&train, &(struct split){9, 0, HELD}, &validation, NULL, &err), 0);
	for (size_t i = 0; i < train.count; i++)
		assert_memory_equal(array_sample(&train.array[DATA_WEIGHTS], i),
		                    array_sample(&all.array[DATA_WEIGHTS], train.number[i]), sizeof(float));
	struct stream *s = NULL;
	for (size_t memory = 1024; s == NULL; memory += 512) {
		err = (struct err){0};
		s = stream_open(&(struct stream_plan){source, need, {9, 0, HELD}, memory, 8, NULL, NULL}, &fits, &err);
		assert_false(fits);
	}
	held = dataset_of(&need);
	held.array[DATA_INPUTS].element = ELEMENT_F32;
	struct dataset window = held;
	struct normalization scanned = {1, (double[1]){0}, (double[1]){0}};
	assert_int_equal(dataset_allocate(&held, HELD, &err), 0);
	assert_int_equal(dataset_allocate(&window, stream_window(s), &err), 0);
	window.number = memory_zeroed(stream_window(s), sizeof(uint32_t), &err);
	assert_int_equal(stream_scan(s, NORMALIZE_NONE, &held, &scanned, digest, NULL, NULL, &err), 0);
	assert_memory_equal(&digest[DATA_TRAIN], &same, sizeof same);
	assert_memory_equal(held.array[DATA_WEIGHTS].bytes, validation.array[DATA_WEIGHTS].bytes, HELD * sizeof(float));
	assert_int_equal(stream_ask(s, DATA_TRAIN, 0, 0, &window, &err), 0);
	assert_int_equal(stream_wait(s, &err), 0);
	for (size_t i = 0; i < stream_window(s); i++)
		assert_memory_equal(array_sample(&window.array[DATA_WEIGHTS], i),
		                    array_sample(&all.array[DATA_WEIGHTS], window.number[i]), sizeof(float));
	stream_close(s);
	dataset_free(&plain);
	dataset_free(&all);
	dataset_free(&train);
	dataset_free(&validation);
	dataset_free(&held);
	dataset_free(&window);

	static const double bad[] = {-1, 1024.5, NAN};
	for (size_t i = 0; i < 3; i++) {
		err = (struct err){0};
		file.weight = bad[i];
		file_make(*state, &file, path);
		assert_int_equal(dataset_read(&all, &source, DATA_TRAIN, &need, &err), -1);
		assert_non_null(strstr(err.text, i < 2 ? "/train/weights: sample 9 has weight "
		                                       : "/train/weights: sample 9 holds a number that is not finite"));
	}
	err = (struct err){0};
	file.weight = TINY;
	file_make(*state, &file, path);
	assert_int_equal(dataset_read(&all, &source, DATA_TRAIN, &need, &err), -1);
	assert_non_null(strstr(err.text, "/train/weights: all weights are 0, or less than 2^-21 and rounded to 0; scale them"));
}

static void wrong_targets_are_named(void **state)
{
	const struct {
		struct data_need need;
		struct file file;
		const char *text;
	} rows[] = {
		{{.classes = 3, .task = TASK_VALUES}, {.type = H5T_IEEE_F64BE, .rank = 2, .dims = {2}},
		 "/train/targets: has 2 numbers for each sample; the job has 3 (output.values: 3)"},
		{{.classes = 3, .task = TASK_VALUES}, {.type = H5T_IEEE_F64BE, .rank = 1},
		 "/train/targets: has 1 number for each sample; the job has 3 (output.values: 3)"},
		{{.classes = 2, .task = TASK_VALUES, .rows = 3, .columns = 4}, {.type = H5T_IEEE_F64BE, .rank = 4, .dims = {2, 4, 3}},
		 "/train/targets: targets are 2×4×3; those of the last layer's maps (output.values: 2) are 2×3×4 (values×rows×columns)"},
		{{.classes = 6, .task = TASK_CLASSES, .rows = 3, .columns = 4},
		 {.type = H5T_STD_U8LE, .rank = 3, .dims = {4, 3}, .limit = 6},
		 "/train/targets: targets are 4×3; those of the last layer's maps (output.classes: 6) are 3×4 (rows×columns)"},
		{{.classes = 6, .task = TASK_CLASSES, .rows = 3, .columns = 4}, {.type = H5T_STD_U8LE, .rank = 1, .limit = 6},
		 "/train/targets: targets are single numbers; those of the last layer's maps (output.classes: 6) are 3×4 "
		 "(rows×columns); for one class of a sample end with a layer of 6 outputs"},
		{{.classes = 2, .task = TASK_CLASSES, .rows = 3, .columns = 4},
		 {.type = H5T_STD_U8LE, .rank = 4, .dims = {2, 3, 4}, .limit = 2},
		 "/train/targets: targets are 2×3×4; those of the last layer's maps (output.classes: 2) are 3×4 (rows×columns); "
		 "store the number of the class at each position, not a number for each class"},
		{{.classes = 6, .task = TASK_CLASSES}, {.type = H5T_STD_U8LE, .rank = 3, .dims = {3, 4}, .limit = 6},
		 "/train/targets: has 12 numbers for each sample; the job has 1 (output.classes: 6); for a class at each position "
		 "the last layer has a map of that size for each class"},
		{{.classes = 3, .task = TASK_VALUES}, {.type = H5T_IEEE_F64BE, .rank = 2, .dims = {3}, .odd = 7, .value = 1e39},
		 "/train/targets: sample 2 holds 1e+39, more than float32 can hold"},
		{{.classes = 3, .task = TASK_VALUES}, {.type = H5T_IEEE_F32LE, .rank = 2, .dims = {3}, .odd = 7, .value = NAN},
		 "/train/targets: sample 2 holds a number that is not finite"},
		{{.classes = 5, .task = TASK_LABELS}, {.type = H5T_STD_I32LE, .rank = 2, .dims = {5}, .limit = 2, .odd = 11, .value = 2},
		 "sample 2 has the label 2; labels are 0 or 1"},
		{{.classes = 5, .task = TASK_LABELS}, {.type = H5T_STD_I8LE, .rank = 2, .dims = {5}, .limit = 2, .odd = 11, .value = -1},
		 "/train/targets: sample 2 holds -1; labels are 0 or 1"},
		{{.classes = 5, .task = TASK_LABELS}, {.type = H5T_IEEE_F32LE, .rank = 2, .dims = {5}, .limit = 2, .odd = 11,
		 .value = 0.5}, "/train/targets: sample 2 holds 0.5; labels are 0 or 1"},
		{{.classes = 6, .task = TASK_CLASSES, .rows = 3, .columns = 4},
		 {.type = H5T_STD_U8LE, .rank = 3, .dims = {3, 4}, .limit = 6, .odd = 37, .value = 6},
		 "label 6 of sample 3 is not below classes: 6"},
	};
	char path[512];
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		struct file file = rows[r].file;
		struct data_need need = rows[r].need;
		struct dataset set;
		struct err err = {0};
		need.shape = (struct shape){1, ROWS, COLUMNS};
		file.names[0] = "inputs";
		file.names[1] = "targets";
		file_make(*state, &file, path);
		const struct data_source source = {.format = DATA_HDF5, .place = path, .request = &numbers};
		assert_int_equal(dataset_read(&set, &source, DATA_TRAIN, &need, &err), -1);
		assert_int_equal(err.code, EX_DATAERR);
		if (strstr(err.text, rows[r].text) == NULL)
			fail_msg("%s", err.text);
	}
}

static void pictures_have_classes(void **state)
{
	const struct folder *folder = *state;
	struct dataset set;
	struct err err = {0};
	const struct data_source source = {.format = DATA_IDX, .place = folder->path};
	const struct data_need need = {.shape = {1, 3, 4}, .classes = 2, .task = TASK_VALUES};
	assert_int_equal(dataset_read(&set, &source, DATA_TRAIN, &need, &err), -1);
	assert_int_equal(err.code, EX_CONFIG);
	assert_non_null(strstr(err.text, ": IDX and CIFAR-10 files have a class for each image; for values write data: {format: "
	                       "hdf5}"));
}

int main(int argc, char **argv)
{
	int status;
	if (samples_serve(argc, argv, &status))
		return status;
	const struct CMUnitTest tests[] = {
		IN_FOLDER(targets_of_all_tasks_are_read),
		IN_FOLDER(values_of_fields_can_be_last),
		IN_FOLDER(values_are_normalised),
		IN_FOLDER(samples_have_weights),
		IN_FOLDER(wrong_targets_are_named),
		IN_FOLDER(pictures_have_classes),
	};
	return cmocka_run_group_tests_name("data: targets", tests, NULL, NULL);
}
