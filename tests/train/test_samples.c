/* Each sample exactly once per epoch: the arithmetic of order, mini-batches, blocks and shards, for many sizes; and what
 * each kind of samples gives. */
#include "../../src/train/train.h"

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "run.h"

/* Counts how often each sample is computed in one epoch, on all ranks together, as the step shares them out. */
static size_t epoch_count(size_t samples, size_t batch, size_t ranks, const uint32_t *order, uint8_t *times)
{
	size_t steps = (samples + batch - 1) / batch, seen = 0;
	for (size_t step = 0; step < steps; step++) {
		size_t first = step * batch, left = samples - first, count = left < batch ? left : batch;
		size_t blocks = (count + LANES - 1) / LANES, next = 0;
		for (size_t rank = 0; rank < ranks; rank++) {
			struct shard shard = shard_of(blocks, rank, ranks);
			assert_int_equal(shard.first, next); /* rank by rank, without a gap */
			assert_in_range(shard.count, blocks / ranks, (blocks + ranks - 1) / ranks);
			next += shard.count;
			for (size_t b = shard.first; b < next; b++)
				for (size_t lane = 0; lane < LANES && b * LANES + lane < count; lane++) {
					times[order[first + b * LANES + lane]]++;
					seen++;
				}
		}
		assert_int_equal(next, blocks);
	}
	return seen;
}

static void each_sample_once(void **state)
{
	(void)state;
	static const size_t samples[] = {1, 2, 15, 16, 17, 57, 203, 1000}, batches[] = {1, 7, 16, 17, 48, 100, 5000};
	static const size_t ranks[] = {1, 2, 3, 5, 8, 64};
	for (size_t n = 0; n < sizeof samples / sizeof *samples; n++)
		for (uint64_t epoch = 0; epoch < 3; epoch++) {
			uint32_t order[1000];
			order_permute(9, epoch, samples[n], order);
			for (size_t i = 0; i < 7 * 6; i++) {
				uint8_t times[1000] = {0}, once[1000];
				memset(once, 1, samples[n]);
				assert_int_equal(epoch_count(samples[n], batches[i / 6], ranks[i % 6], order, times), samples[n]);
				assert_memory_equal(times, once, samples[n]);
			}
		}
}

/* ---- The kinds --------------------------------------------------------------------------------------------------- */

enum { TRAIN = 7000, TEST = 3000, HELD = 100, BATCH = 93, SIZE = DATA_SIDE * DATA_SIDE };

/* A model whose data are more than the MiB that `keys` may allow. */
static struct model *model_on(const char *keys)
{
	char text[1024];
	snprintf(text, sizeof text, "name: kinds\ndata: {%s}\ninput: {maps: 1, rows: 12, columns: 12}\n"
	         "output: {classes: 4}\nlayers:\n  - {type: full, units: 4}\nloss: softmax-cross-entropy\n"
	         "train: {epochs: 9, batch: %d, rate: 0.1, seed: 3}\n", keys, BATCH);
	return model_of(text);
}

static int large_setup(void **state)
{
	struct err err = {0};
	struct import_result result;
	const struct import_options options = {.source = folder, .directory = folder, .name = "large.h5", .test = -1};
	if (folder_setup(state) != 0 || data_write(folder, 1, TRAIN, TEST, &err) != 0 ||
	    data_import(&options, &result, &err) != 0)
		return -1;
	import_result_free(&result);
	return 0;
}

/* An epoch's samples: each number once, with the image and the class of that number; `held` marks those of no epoch. */
static void epoch_takes(struct samples *s, uint64_t epoch, bool held[TRAIN])
{
	const struct dataset *set = samples_training(s);
	struct err err = {0};
	memset(held, 1, TRAIN * sizeof *held);
	for (size_t first = 0; first < set->count; first += BATCH) {
		size_t left = set->count - first, count = left < BATCH ? left : BATCH;
		const uint32_t *sample = samples_take(s, epoch, first, count, &err);
		assert_non_null(sample);
		for (size_t i = 0; i < count; i++) {
			uint32_t number = set->number != NULL ? set->number[sample[i]] : sample[i];
			uint8_t pixels[SIZE];
			assert_true(number < TRAIN && held[number]);
			held[number] = false;
			assert_int_equal(dataset_class(set, sample[i]), data_image(1, number, pixels));
			assert_memory_equal(array_sample(&set->array[DATA_INPUTS], sample[i]), pixels, SIZE);
		}
	}
}

static void evaluations_get(struct samples *s, const struct model *model, struct evaluation out[2])
{
	struct err err = {0};
	for (size_t set = 0; set < 2; set++)
		assert_int_equal(samples_evaluate(s, set == 0 ? SAMPLES_TEST : SAMPLES_VALIDATION, kernels, NULL, model, &out[set],
		                                  &err), 0);
}

static void evaluations_equal(const struct evaluation *a, const struct evaluation *b, size_t samples)
{
	assert_int_equal(a->samples, samples);
	assert_int_equal(b->samples, samples);
	assert_int_equal(a->errors, b->errors);
	assert_memory_equal(&a->totals, &b->totals, sizeof a->totals);
	assert_true(a->loss == b->loss);
}

/* Read by windows or whole: other orders of the same samples, the same held back, and the same evaluations. */
static void windows_cannot_be_seen(void **state)
{
	(void)state;
	struct err err = {0};
	int64_t cell[2][16] = {0};
	struct confusion confusion[2] = {{.classes = 4, .cell = cell[0]}, {.classes = 4, .cell = cell[1]}};
	bool held[2][TRAIN];
	struct evaluation out[2][2] = {{{.confusion = &confusion[0]}}, {{.confusion = &confusion[1]}}};
	const char *path = in_folder(folder, "large.h5");
	for (size_t k = 0; k < 2; k++) {
		struct model *model = model_on(k == 0 ? "format: hdf5, file: x, validation: 100"
		                                      : "format: hdf5, file: x, validation: 100, memory: 1");
		struct samples *s = samples_open(comm, model, path, NULL, &err);
		assert_string_equal(err.text, "");
		assert_non_null(s);
		assert_int_equal(model->window > 0, k == 1); /* they were read as they ought to be */
		assert_int_equal(samples_training(s)->count, TRAIN - HELD);
		epoch_takes(s, 0, held[k]);
		evaluations_get(s, model, out[k]);
		epoch_takes(s, 2, held[k]); /* … and not in order */
		samples_close(s);
		model_destroy(model);
	}
	assert_memory_equal(held[0], held[1], sizeof held[0]);
	evaluations_equal(&out[0][0], &out[1][0], TEST);
	evaluations_equal(&out[0][1], &out[1][1], HELD);
	assert_memory_equal(cell[0], cell[1], sizeof cell[0]);
}

/* Numbers that are no longer finite: the message says on which set they were met. */
static void a_loss_that_is_not_finite_names_its_set(void **state)
{
	(void)state;
	static const char *const says[] = {
		[SAMPLES_TEST] = "diverged: the loss on the test set is not finite after step 7 ",
		[SAMPLES_VALIDATION] = "diverged: the loss on the validation set is not finite after step 7 ",
	};
	struct err err = {0};
	struct evaluation out = {0};
	struct model *model = model_on("format: idx, directory: x, validation: 100");
	struct samples *s = samples_open(comm, model, folder, NULL, &err);
	assert_non_null(s);
	model->w[0] = INFINITY;
	model->step = 7;
	for (size_t set = 0; set < 2; set++) {
		err = (struct err){0};
		assert_int_equal(samples_evaluate(s, (enum samples_set)set, kernels, NULL, model, &out, &err), -1);
		assert_int_equal(err.code, EX_SOFTWARE);
		assert_memory_equal(err.text, says[set], strlen(says[set]));
	}
	samples_close(s);
	model_destroy(model);
}

/* A program's arrays: the same order as of files that lie whole in memory, and nothing to be tested with. */
static void arrays_are_whole(void **state)
{
	(void)state;
	struct err err = {0};
	bool held[TRAIN];
	struct evaluation out[2] = {0};
	struct dataset read;
	struct model *model = model_on("format: memory"), *other = model_on("format: idx, directory: x");
	assert_int_equal(dataset_read(&read, &(struct data_source){.format = DATA_IDX, .place = folder}, DATA_TRAIN,
	                              &(struct data_need){.shape = model->job->input, .classes = 4}, &err), 0);
	struct samples *arrays = samples_over(comm, model, &read, NULL, &err);
	struct samples *whole = samples_open(comm, other, folder, NULL, &err);
	assert_string_equal(err.text, "");
	assert_non_null(arrays);
	assert_non_null(whole);
	epoch_takes(arrays, 1, held);
	assert_memory_equal(samples_take(arrays, 1, 0, BATCH, &err), samples_take(whole, 1, 0, BATCH, &err),
	                    BATCH * sizeof(uint32_t));
	evaluations_get(arrays, model, out);
	assert_int_equal(out[0].samples + out[1].samples, 0);
	samples_close(arrays);
	samples_close(whole);
	model_destroy(model);
	model_destroy(other);
	dataset_free(&read);
}

int main(int argc, char **argv)
{
	int status;
	if (samples_serve(argc, argv, &status))
		return status;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sample_once),
		cmocka_unit_test_setup_teardown(windows_cannot_be_seen, large_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(a_loss_that_is_not_finite_names_its_set, large_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(arrays_are_whole, large_setup, folder_teardown),
	};
	return cmocka_run_group_tests_name("samples", tests, runs_open, runs_close);
}
