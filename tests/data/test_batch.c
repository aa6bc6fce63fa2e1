/* Normalisation and batches against naive loops. */
#include <convoy/data.h>

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint64_t draw(uint64_t stream, uint64_t i, uint64_t n)
{
	return random_below(21, RANDOM_CHECK, stream, i, n);
}

/* A set of random images; map m has bytes 0 … 255 >> m, so that the maps differ in mean and deviation. */
static struct dataset random_set(struct shape shape, size_t count)
{
	struct dataset set = dataset_of(&(struct data_need){.shape = shape, .classes = 10});
	size_t points = shape.rows * shape.columns;
	struct err err = {0};
	set.count = count;
	/* Not rounded up: the sanitizer sees a byte too many. */
	set.array[DATA_INPUTS].bytes = malloc(count * shape.maps * points);
	set.array[DATA_TARGETS].bytes = memory_zeroed(count, 2, &err);
	assert_non_null(set.array[DATA_INPUTS].bytes);
	assert_non_null(set.array[DATA_TARGETS].bytes);
	for (size_t i = 0; i < count * shape.maps * points; i++)
		set.array[DATA_INPUTS].bytes[i] = (uint8_t)(draw(count, i, 256) >> i / points % shape.maps);
	for (size_t n = 0; n < count; n++)
		dataset_classes(&set)[n] = (uint16_t)draw(count + 1, n, 10);
	return set;
}

static void a_normalized_set_has_mean_0_and_variance_1(void **state)
{
	(void)state;
	struct shape shape = {3, 7, 5};
	struct dataset set = random_set(shape, 301);
	struct normalization normalization = {set.shape.maps, (double[4]){0}, (double[4]){0}};
	struct err err = {0};
	assert_int_equal(normalization_measure(&normalization, NORMALIZE_STANDARD, &set, &err), 0);
	assert_int_equal(normalization.maps, 3);

	for (size_t m = 0; m < shape.maps; m++) {
		long double sum = 0, squares = 0, points = 0;
		for (size_t n = 0; n < set.count; n++)
			for (size_t p = 0; p < 35; p++) {
				uint8_t byte = set.array[DATA_INPUTS].bytes[(n * 3 + m) * 35 + p];
				long double x = (byte - (long double)normalization.mean[m]) / (long double)normalization.deviation[m];
				sum += x;
				squares += x * x;
				points += 1;
			}
		assert_true(fabsl(sum / points) < 1e-6L);
		assert_true(fabsl(squares / points - 1) < 1e-6L);
	}
	dataset_free(&set);
}

/* Two bytes a and b, each half of the pixels: mean (a + b) / 2, deviation |a − b| / 2, both exact. */
static void exact_sums_give_exact_results(void **state)
{
	(void)state;
	enum { COUNT = 1000, POINTS = 100 };
	struct dataset set = random_set((struct shape){1, 10, 10}, COUNT);
	struct normalization normalization = {set.shape.maps, (double[4]){0}, (double[4]){0}};
	struct err err = {0};
	for (size_t i = 0; i < COUNT * POINTS; i++)
		set.array[DATA_INPUTS].bytes[i] = i % 2 ? 255 : 250;
	assert_int_equal(normalization_measure(&normalization, NORMALIZE_STANDARD, &set, &err), 0);
	assert_true(normalization.mean[0] == 252.5);
	assert_true(normalization.deviation[0] == 2.5);

	memset(set.array[DATA_INPUTS].bytes, 200, COUNT * POINTS);
	assert_int_equal(normalization_measure(&normalization, NORMALIZE_STANDARD, &set, &err), 0);
	assert_true(normalization.mean[0] == 200);
	assert_true(normalization.deviation[0] == 1); /* no variance */
	dataset_free(&set);
}

static void unit_and_none_are_constants(void **state)
{
	(void)state;
	struct dataset set = random_set((struct shape){2, 3, 3}, 4);
	struct normalization normalization = {set.shape.maps, (double[4]){0}, (double[4]){0}};
	struct err err = {0};
	assert_int_equal(normalization_measure(&normalization, NORMALIZE_UNIT, &set, &err), 0);
	assert_true(normalization.mean[1] == 0 && normalization.deviation[1] == 255);
	assert_int_equal(normalization_measure(&normalization, NORMALIZE_NONE, &set, &err), 0);
	assert_true(normalization.mean[1] == 0 && normalization.deviation[1] == 1);
	dataset_free(&set);
}

static void what_cannot_be_normalized_is_refused(void **state)
{
	(void)state;
	struct dataset set = random_set((struct shape){2, 3, 3}, 4);
	double mean[2] = {0, 0}, deviation[2] = {1, 1};
	struct normalization normalization = {1, mean, deviation};
	struct batcher batcher;
	struct err err = {0};
	assert_int_equal(batcher_open(&batcher, &set, &normalization, 0, &err), -1);
	assert_int_equal(err.code, EX_DATAERR);
	assert_string_equal(err.text, "normalization is for 1 maps, the images have 2");

	static const double bad[] = {0, INFINITY, NAN, -1};
	for (size_t i = 0; i < 4; i++) {
		err = (struct err){0};
		normalization.maps = 2;
		deviation[1] = bad[i];
		assert_int_equal(batcher_open(&batcher, &set, &normalization, 0, &err), -1);
		assert_int_equal(err.code, EX_DATAERR);
		assert_non_null(strstr(err.text, "normalization of map 1: mean 0, deviation "));
		if (isfinite(bad[i]))
			continue;
		err = (struct err){0};
		mean[1] = bad[i];
		deviation[1] = 1;
		assert_int_equal(batcher_open(&batcher, &set, &normalization, 0, &err), -1);
		mean[1] = 0;
	}

	/* float32 has no 1e-39 with all its bits, and no 1e40. */
	static const double pair[][2] = {{0, 1e39}, {0, 1e-40}, {1e30, 1e-10}};
	for (size_t i = 0; i < 3; i++) {
		err = (struct err){0};
		mean[1] = pair[i][0];
		deviation[1] = pair[i][1];
		assert_int_equal(batcher_open(&batcher, &set, &normalization, 0, &err), -1);
		assert_int_equal(err.code, EX_DATAERR);
		assert_non_null(strstr(err.text, "float32 cannot hold what it gives: scale the inputs"));
	}
	dataset_free(&set);
}

/* Every place of a block, border and empty lanes included; and nothing beside it. */
static void check_block(const struct dataset *set, const struct normalization *normalization, size_t pad, size_t count)
{
	struct shape s = set->shape;
	size_t rows = s.rows + 2 * pad, columns = s.columns + 2 * pad, size = s.maps * rows * columns * LANES;
	struct batcher batcher;
	struct err err = {0};
	uint32_t samples[LANES];
	int32_t label[LANES];
	struct block_targets targets = {.class = label};
	float *x = memory_zeroed(size + LANES, sizeof *x, &err);
	assert_non_null(x);
	for (size_t i = 0; i < size + LANES; i++)
		x[i] = NAN;
	for (size_t lane = 0; lane < count; lane++)
		samples[lane] = (uint32_t)draw(pad + 100 * count, lane, set->count);

	assert_int_equal(batcher_open(&batcher, set, normalization, pad, &err), 0);
	batcher_fill(&batcher, samples, count, x, &targets);
	batcher_close(&batcher);

	const float *next = x;
	for (size_t m = 0; m < s.maps; m++)
		for (size_t r = 0; r < rows; r++)
			for (size_t c = 0; c < columns; c++)
				for (size_t lane = 0; lane < LANES; lane++, next++) {
					bool inside = r >= pad && r < pad + s.rows && c >= pad && c < pad + s.columns;
					if (lane >= count) {
						assert_true(*next == 0 && !signbit(*next));
						continue;
					}
					size_t at = ((samples[lane] * s.maps + m) * s.rows + r - pad) * s.columns + c - pad;
					double byte = inside ? set->array[DATA_INPUTS].bytes[at] : 0;
					double expected = (byte - normalization->mean[m]) / normalization->deviation[m];
					/* Two roundings to float, of numbers up to the larger of byte and mean. */
					double scale = (byte + normalization->mean[m]) / normalization->deviation[m];
					assert_true(fabs(*next - expected) <= scale * 0x1p-22);
					assert_false(*next == 0 && signbit(*next));
				}
	for (size_t i = 0; i < LANES; i++)
		assert_true(isnan(x[size + i]));
	for (size_t lane = 0; lane < LANES; lane++) {
		assert_true(targets.weight[lane] == (lane < count));
		assert_int_equal(label[lane], lane < count ? (int32_t)dataset_class(set, samples[lane]) : -1);
	}
	free(x);
}

static void blocks_equal_the_naive_loop(void **state)
{
	(void)state;
	static const struct shape shapes[] = {
		{1, 1, 1}, {1, 28, 28}, {3, 5, 7}, {2, 16, 1}, {1, 1, 16}, {2, 1, 40}, {4, 3, 11}, {1, 33, 2},
	};
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		struct dataset set = random_set(shapes[i], 23);
		struct normalization normalization = {set.shape.maps, (double[4]){0}, (double[4]){0}};
		struct err err = {0};
		enum normalize mode = i % 2 ? NORMALIZE_STANDARD : NORMALIZE_UNIT;
		assert_int_equal(normalization_measure(&normalization, mode, &set, &err), 0);
		for (size_t pad = 0; pad <= 3; pad++)
			for (size_t count = 0; count <= LANES; count++)
				check_block(&set, &normalization, pad, count);
		dataset_free(&set);
	}
}

/* normalize: none keeps the bytes, bit for bit. */
static void bytes_pass_unchanged_without_normalization(void **state)
{
	(void)state;
	struct dataset set = random_set((struct shape){1, 16, 16}, LANES);
	struct normalization normalization = {set.shape.maps, (double[4]){0}, (double[4]){0}};
	struct batcher batcher;
	struct err err = {0};
	uint32_t samples[LANES];
	for (size_t i = 0; i < LANES * 256; i++)
		set.array[DATA_INPUTS].bytes[i] = (uint8_t)(i + i / 256);
	for (uint32_t lane = 0; lane < LANES; lane++)
		samples[lane] = lane;
	float *x = memory_zeroed(256 * LANES, sizeof *x, &err);
	assert_non_null(x);
	assert_int_equal(normalization_measure(&normalization, NORMALIZE_NONE, &set, &err), 0);
	assert_int_equal(batcher_open(&batcher, &set, &normalization, 0, &err), 0);
	batcher_fill(&batcher, samples, LANES, x, NULL);
	for (size_t p = 0; p < 256; p++)
		for (size_t lane = 0; lane < LANES; lane++)
			assert_true(x[p * LANES + lane] == (float)(uint8_t)(p + lane));
	batcher_close(&batcher);
	dataset_free(&set);
	free(x);
}

/* A sample's values depend neither on its lane nor on its neighbours. */
static void a_sample_is_the_same_in_every_lane(void **state)
{
	(void)state;
	enum { POINTS = 81 };
	struct dataset set = random_set((struct shape){1, 9, 9}, 40);
	struct normalization normalization = {set.shape.maps, (double[4]){0}, (double[4]){0}};
	struct batcher batcher;
	struct err err = {0};
	float *x = memory_zeroed(POINTS * LANES, sizeof *x, &err), first[POINTS];
	assert_non_null(x);
	assert_int_equal(normalization_measure(&normalization, NORMALIZE_STANDARD, &set, &err), 0);
	assert_int_equal(batcher_open(&batcher, &set, &normalization, 0, &err), 0);
	for (size_t lane = 0; lane < LANES; lane++) {
		uint32_t samples[LANES];
		for (size_t l = 0; l < LANES; l++)
			samples[l] = l == lane ? 39 : (uint32_t)draw(lane, l, 40);
		batcher_fill(&batcher, samples, lane + 1, x, NULL);
		for (size_t p = 0; p < POINTS; p++) {
			if (lane == 0)
				first[p] = x[p * LANES];
			assert_true(x[p * LANES + lane] == first[p]);
		}
	}
	batcher_close(&batcher);
	dataset_free(&set);
	free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_normalized_set_has_mean_0_and_variance_1),
		cmocka_unit_test(exact_sums_give_exact_results),
		cmocka_unit_test(unit_and_none_are_constants),
		cmocka_unit_test(what_cannot_be_normalized_is_refused),
		cmocka_unit_test(blocks_equal_the_naive_loop),
		cmocka_unit_test(bytes_pass_unchanged_without_normalization),
		cmocka_unit_test(a_sample_is_the_same_in_every_lane),
	};
	return cmocka_run_group_tests_name("data: batch", tests, NULL, NULL);
}
