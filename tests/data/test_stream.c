/* Streams: every sample once in an epoch, in an order that only seed, epoch and file decide; what is held back is what
 * would be held back in memory; the first pass measures what is measured in memory. */
#include "folder.h"
#include "set.h"

#include <convoy/data.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

enum { SIDE = 24, EACH = SIDE * SIDE, TRAIN = 3001, TEST = 1009, CLASSES = 5, HELD = 101, SEED = 3, MOST = 1 << 12 };

static const struct shape shape = {1, SIDE, SIDE};
static uint8_t *images[2], labels[2][TRAIN];
static const size_t counts[2] = {TRAIN, TEST};
static char path[512];

static int setup(void **state)
{
	static const char *const names[CLASSES] = {"a", "b", "c", "d", "e"};
	struct err err = {0};
	if (folder_setup(state) != 0)
		return -1;
	const struct folder *folder = *state;
	snprintf(path, sizeof path, "%s/set.h5", folder->path);
	const struct sample_plan plan = {.count = {TRAIN, TEST}, .maps = 1, .rows = SIDE, .columns = SIDE,
	                                 .classes = CLASSES, .name = names, .deflate = 1, .background = "#0a0b0c",
	                                 .type = STORE_U8};
	struct sample_writer *writer = samples_create(folder->path, "set.h5", &plan, &err);
	for (size_t p = 0; p < 2; p++) {
		images[p] = malloc(counts[p] * EACH);
		random_fill(p, images[p], counts[p] * EACH, 256);
		random_fill(2 + p, labels[p], counts[p], CLASSES);
		for (size_t n = 0; n < counts[p]; n++)
			assert_int_equal(samples_put(writer, p, images[p] + n * EACH, labels[p][n], &err), 0);
	}
	assert_int_equal(samples_finish(writer, &err), 0);
	samples_destroy(writer);
	return 0;
}

static int teardown(void **state)
{
	free(images[0]);
	free(images[1]);
	return folder_teardown(state);
}

static struct stream *opened(size_t held, size_t memory, uint64_t seed)
{
	struct err err = {0};
	bool fits;
	struct stream *s = stream_open(&(struct stream_plan){{.place = path}, {.shape = shape, .classes = CLASSES},
	                                                    {seed, 0, held}, memory, 100, NULL, NULL}, &fits, &err);
	assert_non_null(s);
	assert_false(fits);
	assert_string_equal(stream_background(s), "#0a0b0c");
	return s;
}

static int set_read(struct dataset *set, enum data_part part, struct err *err)
{
	return classes_read(set, DATA_HDF5, path, part, shape, CLASSES, err);
}

static struct dataset room_make(size_t window)
{
	struct dataset room = dataset_of(&(struct data_need){.shape = shape, .classes = CLASSES});
	room.array[DATA_INPUTS].bytes = malloc(window * EACH);
	room.array[DATA_TARGETS].bytes = malloc(2 * window);
	room.number = malloc(window * sizeof *room.number);
	return room;
}

static void room_free(struct dataset *room)
{
	free((void *)room->number);
	free(room->array[DATA_INPUTS].bytes);
	free(room->array[DATA_TARGETS].bytes);
}

/* The numbers of an epoch's samples in their order, checked against what was written. */
static size_t epoch_read(struct stream *s, enum data_part part, uint64_t epoch, uint32_t *number)
{
	struct err err = {0};
	size_t window = stream_window(s), count = stream_count(s, part), p = part == DATA_TRAIN ? 0 : 1;
	struct dataset room = room_make(window);
	for (size_t w = 0, first = 0; first < count; w++, first += window) {
		size_t some = count - first < window ? count - first : window;
		assert_int_equal(stream_ask(s, part, epoch, w, &room, &err), 0);
		assert_int_equal(stream_wait(s, &err), 0);
		for (size_t i = 0; i < some; i++) {
			uint32_t n = number[first + i] = room.number[i];
			assert_true(n < counts[p]);
			assert_int_equal(dataset_class(&room, i), labels[p][n]);
			assert_memory_equal(array_sample(&room.array[DATA_INPUTS], i), images[p] + n * EACH, EACH);
		}
	}
	room_free(&room);
	return count;
}

static void every_sample_comes_once_in_an_epoch(void **state)
{
	(void)state;
	static uint32_t number[MOST], other[MOST];
	struct stream *s = opened(HELD, 1500000, SEED);
	assert_true(stream_window(s) > 100 && stream_window(s) < TRAIN / 3);
	for (uint64_t epoch = 0; epoch < 3; epoch++) {
		static uint8_t seen[TRAIN];
		memset(seen, 0, sizeof seen);
		assert_int_equal(epoch_read(s, DATA_TRAIN, epoch, number), TRAIN - HELD);
		for (size_t i = 0; i < TRAIN - HELD; i++)
			assert_int_equal(seen[number[i]]++, 0);
		if (epoch > 0)
			assert_memory_not_equal(number, other, sizeof number);
		memcpy(other, number, sizeof number);
	}
	assert_int_equal(epoch_read(s, DATA_TEST, 0, number), TEST);
	for (size_t i = 0; i < TEST; i++)
		assert_int_equal(number[i], i);
	stream_close(s);
}

/* A run that was stopped asks for windows in the midst; what is asked for may be given up. */
static void a_window_does_not_know_what_was_read_before(void **state)
{
	(void)state;
	static uint32_t number[MOST];
	struct err err = {0};
	struct stream *s = opened(HELD, 1500000, SEED), *again = opened(HELD, 1500000, SEED);
	size_t window = stream_window(s);
	struct dataset room = room_make(window);
	epoch_read(s, DATA_TRAIN, 5, number);
	for (size_t w = 3; w-- > 0;) {
		assert_int_equal(stream_ask(again, DATA_TEST, 0, 0, &room, &err), 0);
		assert_int_equal(stream_ask(again, DATA_TRAIN, 5, w, &room, &err), 0);
		assert_int_equal(stream_wait(again, &err), 0);
		assert_memory_equal(room.number, number + w * window, window * sizeof *number);
	}
	room_free(&room);
	stream_close(again);
	stream_close(s);
}

static void the_first_pass_finds_what_memory_would(void **state)
{
	(void)state;
	struct err err = {0};
	for (size_t held = 0; held <= HELD; held += HELD) {
		struct dataset train, validation, test;
		double number[4];
		struct normalization wanted = {1, number, number + 1}, got = {1, number + 2, number + 3};
		struct digest digest[DATA_PARTS], same[DATA_PARTS], other[DATA_PARTS];
		static uint8_t inputs[HELD * EACH];
		uint16_t label[HELD];
		struct dataset kept = dataset_of(&(struct data_need){.shape = shape, .classes = CLASSES});
		kept.array[DATA_INPUTS].bytes = inputs;
		kept.array[DATA_TARGETS].bytes = (uint8_t *)label;
		assert_int_equal(set_read(&train, DATA_TRAIN, &err), 0);
		assert_string_equal(train.background, "#0a0b0c");
		assert_int_equal(set_read(&test, DATA_TEST, &err), 0);
		assert_int_equal(dataset_digest(&train, NULL, &same[DATA_TRAIN], &err), 0);
		assert_int_equal(dataset_split(&train, &(struct split){SEED, 0, held}, &validation, NULL, &err), 0);
		assert_int_equal(dataset_digest(&train, (const struct dataset *[]){&validation, NULL}, &other[DATA_TRAIN], &err), 0);
		assert_memory_equal(&same[DATA_TRAIN], &other[DATA_TRAIN], sizeof *same); /* as if nothing were held back */
		assert_int_equal(normalization_measure(&wanted, NORMALIZE_STANDARD, &train, &err), 0);

		struct stream *s = opened(held, 1500000, SEED);
		assert_int_equal(stream_scan(s, NORMALIZE_STANDARD, &kept, &got, digest, NULL, NULL, &err), 0);
		assert_memory_equal(number + 2, number, 2 * sizeof *number);
		assert_int_equal(kept.count, held);
		assert_memory_equal(inputs, validation.array[DATA_INPUTS].bytes, held * EACH);
		assert_memory_equal(label, validation.array[DATA_TARGETS].bytes, held * sizeof *label);
		assert_int_equal(stream_scan(s, NORMALIZE_UNIT, &kept, &got, same, NULL, NULL, &err), 0);
		assert_memory_equal(&same, &digest, sizeof same);
		stream_close(s);

		/* Of the samples, whatever the windows: the same as in memory. */
		s = opened(held, 1400000, SEED);
		assert_int_equal(stream_scan(s, NORMALIZE_NONE, &kept, &got, other, NULL, NULL, &err), 0);
		assert_memory_equal(&other, &digest, sizeof other);
		stream_close(s);
		assert_int_equal(dataset_digest(&train, (const struct dataset *[]){&validation, NULL}, &other[DATA_TRAIN], &err), 0);
		assert_int_equal(dataset_digest(&test, NULL, &other[DATA_TEST], &err), 0);
		assert_memory_equal(&other, &digest, sizeof other);
		dataset_free(&train);
		dataset_free(&validation);
		dataset_free(&test);
	}
}

/* What is keyed by a sample's number (distortion, dropout) is the same for a sample wherever its neighbours are. */
static void a_sample_has_the_number_of_the_file_in_memory_too(void **state)
{
	(void)state;
	struct err err = {0};
	struct dataset train, validation;
	struct stream *s = opened(HELD, 1500000, SEED);
	struct dataset room = room_make(stream_window(s));
	struct normalization plain = {.maps = 1, .mean = (double[]){0}, .deviation = (double[]){1}};
	const struct distortion ask = {.shift = 5, .rotation = 20, .erase = 0.5};
	const struct kernels *kernels = kernels_choose(&err);
	struct batcher whole, windows;
	assert_non_null(kernels);
	assert_int_equal(set_read(&train, DATA_TRAIN, &err), 0);
	assert_null(train.number);
	assert_int_equal(dataset_split(&train, &(struct split){SEED, 0, HELD}, &validation, NULL, &err), 0);
	assert_non_null(train.number);
	for (uint32_t i = 0; i < train.count; i++) {
		assert_true(train.number[i] < TRAIN && (i == 0 || train.number[i] > train.number[i - 1]));
		assert_memory_equal(array_sample(&train.array[DATA_INPUTS], i), images[0] + train.number[i] * EACH, EACH);
	}
	assert_int_equal(batcher_open(&whole, &train, &plain, 0, &err), 0);
	assert_int_equal(batcher_open(&windows, &room, &plain, 0, &err), 0);
	assert_int_equal(batcher_distort(&whole, &ask, SEED, kernels, &err), 0);
	assert_int_equal(batcher_distort(&windows, &ask, SEED, kernels, &err), 0);
	assert_int_equal(stream_ask(s, DATA_TRAIN, 2, 1, &room, &err), 0);
	assert_int_equal(stream_wait(s, &err), 0);
	whole.epoch = windows.epoch = 2;
	for (uint32_t i = 0; i < stream_window(s); i += 97) {
		static float x[EACH * LANES], y[EACH * LANES];
		uint32_t at = 0;
		while (at < train.count && train.number[at] != room.number[i])
			at++;
		assert_true(at < train.count);
		batcher_fill(&whole, &at, 1, x, NULL);
		batcher_fill(&windows, &i, 1, y, NULL);
		assert_memory_equal(x, y, sizeof x);
	}
	batcher_close(&whole);
	batcher_close(&windows);
	room_free(&room);
	stream_close(s);
	dataset_free(&train);
	dataset_free(&validation);
}

static void orders_are_permutations_of_their_own(void **state)
{
	(void)state;
	uint32_t one[100], two[100];
	uint8_t seen[100] = {0};
	stream_order(SEED, 1, 0, 100, one);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(seen[one[i]]++, 0);
	stream_order(SEED, 1, 100, 100, two);
	assert_memory_not_equal(one, two, sizeof one);
	stream_order(SEED, 2, 0, 100, two);
	assert_memory_not_equal(one, two, sizeof one);
	stream_order(SEED + 1, 1, 0, 100, two);
	assert_memory_not_equal(one, two, sizeof one);
	stream_order(SEED, 1, 0, 100, two);
	assert_memory_equal(one, two, sizeof one);
}

static void memory_that_is_too_small_or_enough_is_told(void **state)
{
	(void)state;
	struct err err = {0};
	bool fits = true;
	struct stream_plan plan = {{.place = path}, {.shape = shape, .classes = CLASSES}, {SEED, 0, HELD}, 900000, 100, NULL, NULL};
	assert_null(stream_open(&plan, &fits, &err));
	assert_false(fits);
	assert_int_equal(err.code, EX_CONFIG);
	assert_non_null(strstr(err.text, "1 MiB at least (two windows of 100 images, 101 held back"));
	plan.memory = (TRAIN + TEST) * EACH;
	err = (struct err){0};
	assert_null(stream_open(&plan, &fits, &err));
	assert_true(fits);
	assert_int_equal(err.code, 0);
}

static void a_file_that_is_written_to_is_refused(void **state)
{
	(void)state;
	const struct timespec times[2] = {{0, UTIME_OMIT}, {1, 0}};
	struct err err = {0};
	struct stream *s = opened(HELD, 1500000, SEED);
	struct dataset room = room_make(stream_window(s));
	assert_int_equal(stream_ask(s, DATA_TRAIN, 0, 0, &room, &err), 0);
	assert_int_equal(stream_wait(s, &err), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	int code = stream_ask(s, DATA_TRAIN, 0, 1, &room, &err);
	assert_int_equal(code == 0 ? stream_wait(s, &err) : code, -1);
	assert_int_equal(err.code, EX_DATAERR);
	assert_non_null(strstr(err.text, "was written to while it was read"));
	room_free(&room);
	stream_close(s);
	stream_close(opened(HELD, 1500000, SEED));
}

int main(int argc, char **argv)
{
	int status;
	if (samples_serve(argc, argv, &status))
		return status;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_comes_once_in_an_epoch),
		cmocka_unit_test(a_window_does_not_know_what_was_read_before),
		cmocka_unit_test(the_first_pass_finds_what_memory_would),
		cmocka_unit_test(a_sample_has_the_number_of_the_file_in_memory_too),
		cmocka_unit_test(orders_are_permutations_of_their_own),
		cmocka_unit_test(memory_that_is_too_small_or_enough_is_told),
		cmocka_unit_test(a_file_that_is_written_to_is_refused),
	};
	return cmocka_run_group_tests_name("data/stream", tests, setup, teardown);
}
