/* Inputs of all types: normalisation and blocks are those of the same numbers as bytes, or of naive loops. */
#include "../../src/data/data.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { MOST_MAPS = 4 };

static uint64_t draw(uint64_t stream, uint64_t i, uint64_t n)
{
	return random_below(23, RANDOM_CHECK, stream, i, n);
}

/* A float16 that holds n, 0 … 2048: by IEEE 754, the place of the highest bit, and the ten bits below it. */
static uint16_t half_of(unsigned n)
{
	unsigned high = 0;
	if (n == 0)
		return 0;
	while (n >> (high + 1) != 0)
		high++;
	return (uint16_t)((high + 15) << 10 | (high > 10 ? n >> (high - 10) : n << (10 - high)) % 1024);
}

static void number_put(enum element element, void *at, size_t i, unsigned n)
{
	switch (element) {
	case ELEMENT_U8:
	case ELEMENT_I8:
		((uint8_t *)at)[i] = (uint8_t)n;
		break;
	case ELEMENT_U16:
	case ELEMENT_I16:
		((uint16_t *)at)[i] = (uint16_t)n;
		break;
	case ELEMENT_F16:
		((uint16_t *)at)[i] = half_of(n);
		break;
	case ELEMENT_F32:
	case ELEMENTS:
		((float *)at)[i] = (float)n;
		break;
	}
}

/* A set of random whole numbers below `limit`, the same ones for each type. */
static struct dataset whole_set(enum element element, struct shape shape, size_t count, unsigned limit)
{
	struct dataset set = dataset_of(&(struct data_need){.shape = shape, .classes = 10});
	struct err err = {0};
	set.array[DATA_INPUTS].element = element;
	assert_int_equal(dataset_allocate(&set, count, &err), 0);
	for (size_t i = 0; i < count * shape_size(shape); i++)
		number_put(element, set.array[DATA_INPUTS].bytes, i, (unsigned)draw(count, i, limit) >> i % 3);
	return set;
}

static float *block_of(const struct dataset *set, const struct normalization *normalization, size_t pad)
{
	struct shape s = set->shape;
	struct err err = {0};
	struct batcher batcher;
	uint32_t samples[LANES];
	float *x = memory_zeroed(s.maps * (s.rows + 2 * pad) * (s.columns + 2 * pad) * LANES, sizeof *x, &err);
	assert_non_null(x);
	for (uint32_t lane = 0; lane < LANES; lane++)
		samples[lane] = (uint32_t)draw(1, lane, set->count);
	assert_int_equal(batcher_open(&batcher, set, normalization, pad, &err), 0);
	batcher_fill(&batcher, samples, 13, x, NULL);
	batcher_close(&batcher);
	return x;
}

/* Numbers that bytes hold too give the very bits of the bytes: mean, deviation and all lanes of a block. */
static void whole_numbers_give_the_bits_of_bytes(void **state)
{
	(void)state;
	static const struct shape shapes[] = {{1, 1, 1}, {3, 5, 7}, {2, 16, 8}, {1, 70, 71}, {4, 1, 1}};
	struct err err = {0};
	for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
		for (enum element element = ELEMENT_I8; element < ELEMENTS; element++) {
			unsigned limit = element == ELEMENT_I8 ? 128 : 256;
			struct shape shape = shapes[s];
			size_t pad = s % 3, size = (shape.rows + 2 * pad) * (shape.columns + 2 * pad) * shape.maps * LANES;
			struct dataset bytes = whole_set(ELEMENT_U8, shape, 37, limit), same = whole_set(element, shape, 37, limit);
			double mean[2][MOST_MAPS], deviation[2][MOST_MAPS];
			struct normalization one = {shape.maps, mean[0], deviation[0]}, other = {shape.maps, mean[1], deviation[1]};
			assert_int_equal(normalization_measure(&one, NORMALIZE_STANDARD, &bytes, &err), 0);
			assert_int_equal(normalization_measure(&other, NORMALIZE_STANDARD, &same, &err), 0);
			assert_memory_equal(mean[1], mean[0], shape.maps * sizeof(double));
			assert_memory_equal(deviation[1], deviation[0], shape.maps * sizeof(double));
			float *x = block_of(&bytes, &one, pad), *y = block_of(&same, &other, pad);
			assert_memory_equal(y, x, size * sizeof *x);
			free(x);
			free(y);
			dataset_free(&bytes);
			dataset_free(&same);
		}
}

/* By IEEE 754 and two's complement: ends, signs, the least numbers, both zeros. */
static void numbers_become_the_floats_that_they_are(void **state)
{
	(void)state;
	static const uint16_t half[] = {0x0000, 0x8000, 0x0001, 0x8001, 0x03ff, 0x0400, 0x3555, 0x3c00, 0xc000, 0x7bff};
	static const float halves[] = {0, -0.0f, 0x1p-24f, -0x1p-24f, 0x1.ff8p-15f, 0x1p-14f, 0x1.554p-2f, 1, -2, 65504};
	float to[10];
	elements_float(ELEMENT_F16, half, 10, to);
	assert_memory_equal(to, halves, sizeof halves);

	static const struct {
		enum element element;
		int64_t least, most;
	} rows[] = {
		{ELEMENT_U8, 0, 255}, {ELEMENT_I8, -128, 127}, {ELEMENT_U16, 0, 65535}, {ELEMENT_I16, -32768, 32767},
	};
	for (size_t r = 0; r < 4; r++)
		for (int64_t n = rows[r].least; n <= rows[r].most; n++) {
			uint16_t two = (uint16_t)n;
			uint8_t one = (uint8_t)n;
			elements_float(rows[r].element, element_bytes(rows[r].element) == 1 ? (void *)&one : (void *)&two, 1, to);
			assert_true(to[0] == (float)n);
		}
}

/* x against the naive formula in float64, and the border against number 0. */
static void blocks_of_floats_equal_the_naive_loop(void **state)
{
	(void)state;
	enum { PAD = 2, COUNT = 19, USED = 13 };
	struct shape s = {2, 5, 9};
	struct dataset set = dataset_of(&(struct data_need){.shape = s, .classes = 10});
	struct err err = {0};
	double mean[2], deviation[2];
	struct normalization normalization = {2, mean, deviation};
	size_t high = s.rows + 2 * PAD, wide = s.columns + 2 * PAD;
	set.array[DATA_INPUTS].element = ELEMENT_F32;
	assert_int_equal(dataset_allocate(&set, COUNT, &err), 0);
	float *number = (float *)(void *)set.array[DATA_INPUTS].bytes;
	for (size_t i = 0; i < COUNT * shape_size(s); i++)
		number[i] = (float)(random_uniform(4, RANDOM_CHECK, 0, i) - 0.7) * (i / 45 % 2 == 0 ? 1e-3f : 1e6f);
	assert_int_equal(normalization_measure(&normalization, NORMALIZE_STANDARD, &set, &err), 0);
	float *x = block_of(&set, &normalization, PAD);
	for (size_t at = 0; at < s.maps * high * wide * LANES; at++) {
		size_t lane = at % LANES, c = at / LANES % wide, r = at / LANES / wide % high, m = at / LANES / wide / high;
		bool inside = r >= PAD && r < PAD + s.rows && c >= PAD && c < PAD + s.columns;
		size_t sample = (size_t)draw(1, lane, COUNT);
		double n = inside ? (double)number[((sample * 2 + m) * s.rows + r - PAD) * s.columns + c - PAD] : 0;
		double expected = lane < USED ? (n - mean[m]) / deviation[m] : 0;
		double scale = (fabs(n) + fabs(mean[m])) / deviation[m];
		assert_true(fabs((double)x[at] - expected) <= 2 * 0x1p-23 * scale);
	}
	free(x);
	dataset_free(&set);
}

/* 2^40, 1, −2^40, 1 by turns: float64 sums would lose the ones. Alone, in rows of a few and of many. */
static void sums_of_floats_are_exact(void **state)
{
	(void)state;
	enum { COUNT = 8192 };
	static const size_t columns[] = {1, 16, 100, 4096, COUNT};
	float *number = malloc(COUNT * sizeof *number);
	assert_non_null(number);
	for (size_t i = 0; i < COUNT; i++)
		number[i] = i % 2 != 0 ? 1 : i % 4 == 0 ? 0x1p40f : -0x1p40f;
	for (size_t k = 0; k < 5; k++) {
		struct moments moments = {0};
		double mean, deviation;
		size_t samples = COUNT / columns[k];
		moments_add(&moments, NORMALIZE_STANDARD, &(struct shape){1, 1, columns[k]}, ELEMENT_F32, (uint8_t *)number, samples);
		for (size_t i = samples * columns[k]; i < COUNT; i++) /* the rest of 100s */
			moments_add(&moments, NORMALIZE_STANDARD, &(struct shape){1, 1, 1}, ELEMENT_F32, (uint8_t *)&number[i], 1);
		moments_normalize(&moments, NORMALIZE_STANDARD, &(struct normalization){1, &mean, &deviation});
		assert_true(mean == 0.5);
		assert_true(deviation == sqrt(0x1p79 + 0.25));
	}

	/* The ends of float: the least number, and the largest. */
	for (size_t i = 0; i < COUNT; i++)
		number[i] = i % 2 != 0 ? 0x1p-149f : 0;
	double mean, deviation;
	struct moments small = {0};
	moments_add(&small, NORMALIZE_STANDARD, &(struct shape){1, 1, COUNT}, ELEMENT_F32, (uint8_t *)number, 1);
	moments_normalize(&small, NORMALIZE_STANDARD, &(struct normalization){1, &mean, &deviation});
	assert_true(mean == 0x1p-150 && deviation == 0x1p-150);
	for (size_t i = 0; i < COUNT; i++)
		number[i] = i % 2 != 0 ? 0x1.fffffep127f : -0x1.fffffep127f;
	struct moments large = {0};
	moments_add(&large, NORMALIZE_STANDARD, &(struct shape){1, 1, COUNT}, ELEMENT_F32, (uint8_t *)number, 1);
	moments_normalize(&large, NORMALIZE_STANDARD, &(struct normalization){1, &mean, &deviation});
	assert_true(mean == 0 && deviation == 0x1.fffffep127);
	free(number);
}

static void unit_is_for_whole_numbers(void **state)
{
	(void)state;
	static const double largest[ELEMENTS] = {255, 128, 65535, 32768};
	for (enum element element = 0; element < ELEMENTS; element++) {
		double mean, deviation;
		struct err err = {0};
		int code = normalization_constant(&(struct normalization){1, &mean, &deviation}, NORMALIZE_UNIT, element, &err);
		assert_int_equal(code, largest[element] > 0 ? 0 : -1);
		if (code == 0)
			assert_true(mean == 0 && deviation == largest[element]);
		else
			assert_int_equal(err.code, EX_CONFIG);
	}
}

/* The least number of each map becomes 0, the largest 1, whatever the type; a map of one number keeps its distances. */
static void a_range_becomes_0_to_1(void **state)
{
	(void)state;
	struct shape s = {2, 3, 5};
	struct err err = {0};
	for (enum element element = 0; element < ELEMENTS; element++) {
		struct dataset set = whole_set(element, s, 21, 100);
		size_t points = s.rows * s.columns;
		for (size_t n = 0; n < set.count; n++) /* map 1 is 7 everywhere */
			for (size_t p = 0; p < points; p++)
				number_put(element, set.array[DATA_INPUTS].bytes, (n * 2 + 1) * points + p, 7);
		number_put(element, set.array[DATA_INPUTS].bytes, 4 * points + 3, 127);
		number_put(element, set.array[DATA_INPUTS].bytes, 8 * points + 1, 0);
		double mean[2], deviation[2];
		struct normalization range = {2, mean, deviation};
		assert_int_equal(normalization_measure(&range, NORMALIZE_RANGE, &set, &err), 0);
		assert_true(mean[0] == 0 && deviation[0] == 127 && mean[1] == 7 && deviation[1] == 1);
		dataset_free(&set);
	}
	struct dataset set = whole_set(ELEMENT_F32, (struct shape){1, 1, 2}, 2, 2);
	const float numbers[4] = {-3, -1, -2, -1.5f};
	double mean, deviation;
	memcpy(set.array[DATA_INPUTS].bytes, numbers, sizeof numbers);
	assert_int_equal(normalization_measure(&(struct normalization){1, &mean, &deviation}, NORMALIZE_RANGE, &set, &err), 0);
	assert_true(mean == -3 && deviation == 2);
	dataset_free(&set);
}

/* Whole steps and the mirror leave nothing to round: all types give what the same numbers as bytes give. */
static void all_types_are_distorted(void **state)
{
	(void)state;
	const struct distortion ask = {.shift = 1, .crop = 1, .flip = true};
	const struct normalization none = {2, (double[]){3, 4}, (double[]){2, 5}};
	const struct shape shape = {2, 5, 6};
	struct err err = {0};
	const struct kernels *kernels = kernels_choose(&err);
	const uint32_t samples[] = {4, 1, 3};
	float *x[2];
	assert_non_null(kernels);
	for (size_t k = 0; k < 2; k++)
		x[k] = memory_zeroed(shape_size(shape), LANES * sizeof(float), &err);
	for (enum element type = ELEMENT_U8; type < ELEMENTS; type++) {
		struct dataset set = whole_set(type, shape, 5, 100);
		struct batcher batcher;
		assert_int_equal(batcher_open(&batcher, &set, &none, 0, &err), 0);
		assert_int_equal(batcher_distort(&batcher, &ask, 1, kernels, &err), 0);
		batcher.epoch = 2;
		batcher_fill(&batcher, samples, 3, x[type > ELEMENT_U8], NULL);
		batcher_close(&batcher);
		if (type > ELEMENT_U8)
			assert_memory_equal(x[0], x[1], shape_size(shape) * LANES * sizeof(float));
		dataset_free(&set);
	}
	for (size_t k = 0; k < 2; k++)
		free(x[k]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_give_the_bits_of_bytes),
		cmocka_unit_test(numbers_become_the_floats_that_they_are),
		cmocka_unit_test(blocks_of_floats_equal_the_naive_loop),
		cmocka_unit_test(sums_of_floats_are_exact),
		cmocka_unit_test(unit_is_for_whole_numbers),
		cmocka_unit_test(a_range_becomes_0_to_1),
		cmocka_unit_test(all_types_are_distorted),
	};
	return cmocka_run_group_tests_name("data: elements", tests, NULL, NULL);
}
