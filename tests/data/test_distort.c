/* Distortion: exact where nothing is between pixels, close to the plain bilinear formula elsewhere, keyed by seed, epoch
 * and sample, the same bytes with every instruction set; and the split of a validation set. */
#include "../../src/data/distort.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char *const isas[] = {"portable", "avx2", "avx512"};
static const struct shape shapes[] = {{1, 28, 28}, {3, 5, 9}, {1, 1, 1}, {2, 16, 33}, {1, 3, 1100}, {1, 40, 2}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static uint64_t draw(uint64_t stream, uint64_t i, uint64_t n)
{
	return random_below(22, RANDOM_CHECK, stream, i, n);
}

static uint8_t *image_make(struct shape shape, uint64_t least, uint64_t most)
{
	uint8_t *image = malloc(shape_size(shape)); /* not rounded up: the sanitizer sees a byte too many */
	assert_non_null(image);
	for (size_t i = 0; i < shape_size(shape); i++)
		image[i] = (uint8_t)(least + draw(shape.columns, i, most - least + 1));
	return image;
}

/* The byte at a place of a map; 0 outside. */
static double at(const uint8_t *image, struct shape s, size_t m, long r, long c)
{
	bool inside = r >= 0 && c >= 0 && r < (long)s.rows && c < (long)s.columns;
	return inside ? image[(m * s.rows + (size_t)r) * s.columns + (size_t)c] : 0;
}

static double bilinear(const uint8_t *image, struct shape s, size_t m, double r, double c)
{
	long up = (long)floor(r), left = (long)floor(c);
	double down = r - (double)up, right = c - (double)left;
	return (1 - down) * ((1 - right) * at(image, s, m, up, left) + right * at(image, s, m, up, left + 1)) +
	       down * ((1 - right) * at(image, s, m, up + 1, left) + right * at(image, s, m, up + 1, left + 1));
}

/* The image moved by each instruction set that runs here, which must agree. */
static uint8_t *moved(const uint8_t *image, struct shape s, const float map[6])
{
	struct warp warp = {.rows = s.rows, .columns = s.columns, .pitch = (s.columns + LANES - 1) / LANES * LANES};
	size_t wide = s.columns + 3, size = shape_size(s);
	uint8_t *frame = calloc(s.maps * (s.rows + 3) * wide, 1), *out = malloc(size), *other = malloc(size);
	assert_non_null(frame);
	for (size_t m = 0; m < s.maps; m++)
		for (size_t r = 0; r < s.rows; r++)
			memcpy(frame + (m * (s.rows + 3) + r + 1) * wide + 1, image + (m * s.rows + r) * s.columns, s.columns);
	for (size_t i = 0; i < 3; i++) {
		const struct kernels *kernels = kernels_named(isas[i]);
		if (kernels == NULL)
			continue;
		kernels->warp_image(&warp, map, NULL, s.maps, frame, i == 0 ? out : other);
		if (i > 0)
			assert_memory_equal(out, other, size);
	}
	free(frame);
	free(other);
	return out;
}

static const struct movement still = {.scale_row = 1, .scale_column = 1};

/* Every pixel of the moved image is the image's at (row, column), a linear function of its place. */
static void expect(struct movement movement, struct shape s, const long from[6])
{
	float map[6];
	uint8_t *image = image_make(s, 0, 255);
	distortion_map(&movement, s, map);
	uint8_t *out = moved(image, s, map);
	for (size_t m = 0; m < s.maps; m++)
		for (long r = 0; r < (long)s.rows; r++)
			for (long c = 0; c < (long)s.columns; c++)
				assert_true(at(out, s, m, r, c) == at(image, s, m, from[0] * r + from[1] * c + from[2],
				                                      from[3] * r + from[4] * c + from[5]));
	free(image);
	free(out);
}

static void whole_pixels_move_exactly(void **state)
{
	(void)state;
	for (size_t i = 0; i < SHAPES; i++) {
		struct shape s = shapes[i];
		long rows = (long)s.rows - 1, columns = (long)s.columns - 1;
		expect(still, s, (const long[6]){1, 0, 0, 0, 1, 0});
		for (long down = -3; down <= 3; down++)
			for (long right = -2; right <= 2; right += 2) {
				struct movement m = still;
				m.shift_row = (double)down;
				m.shift_column = (double)right;
				expect(m, s, (const long[6]){1, 0, -down, 0, 1, -right});
				m.flip = true;
				expect(m, s, (const long[6]){1, 0, -down, 0, -1, columns + right});
			}
		struct movement turned = still;
		turned.rotation = 180;
		expect(turned, s, (const long[6]){-1, 0, rows, 0, -1, columns});
		struct movement far = still;
		far.shift_row = 5000;
		expect(far, s, (const long[6]){1, 0, -5000, 0, 1, 0});
	}
	for (size_t side = 1; side <= 33; side += 4) {
		struct shape square = {2, side, side};
		struct movement turned = still;
		turned.rotation = 90; /* what was on the right is on top */
		expect(turned, square, (const long[6]){0, 1, 0, -1, 0, (long)side - 1});
		turned.rotation = -90;
		expect(turned, square, (const long[6]){0, -1, (long)side - 1, 1, 0, 0});
	}
}

/* Places are known to 1/512 of a pixel, bytes to a half. */
static void between_pixels_it_is_bilinear(void **state)
{
	(void)state;
	for (size_t i = 0; i < 60; i++) {
		struct shape s = shapes[i % SHAPES];
		struct movement m = {.shift_row = (double)draw(1, i, 7) - 3.25, .shift_column = (double)draw(2, i, 5) - 2.4,
		                     .scale_row = 0.7 + 0.01 * (double)draw(3, i, 60), .flip = i % 3 == 0,
		                     .scale_column = 0.7 + 0.01 * (double)draw(4, i, 60),
		                     .rotation = (double)draw(5, i, 360) - 180, .shear = 0.01 * (double)draw(6, i, 50)};
		float map[6];
		uint8_t *image = image_make(s, 0, 255);
		distortion_map(&m, s, map);
		uint8_t *out = moved(image, s, map);
		double turn = m.rotation * 3.14159265358979323846 / 180;
		double middle_row = (double)(s.rows - 1) / 2, middle_column = (double)(s.columns - 1) / 2;
		for (size_t k = 0; k < shape_size(s); k++) {
			double r = (double)(k / s.columns % s.rows) - middle_row - m.shift_row;
			double c = (double)(k % s.columns) - middle_column - m.shift_column;
			double back_row = cos(turn) * r + sin(turn) * c, back_column = cos(turn) * c - sin(turn) * r;
			back_column = (back_column + m.shear * back_row) / m.scale_column;
			double expected = bilinear(image, s, k / s.columns / s.rows, middle_row + back_row / m.scale_row,
			                           middle_column + (m.flip ? -back_column : back_column));
			assert_true(fabs(out[k] - expected) <= 0.5 + 255 * 2.0 / 500);
		}
		free(image);
		free(out);
	}
}

static const struct distortion all = {.shift = 2, .scale = 0.2, .rotation = 30, .shear = 0.2,
                                      .elastic = {.alpha = 30, .sigma = 4}, .flip = true, .erase = 0.5};

static void distorted(const struct distortion *ask, struct shape s, uint64_t seed, const char *isa, uint64_t epoch,
                      uint32_t sample, const uint8_t *image, uint8_t *out)
{
	struct err err = {0};
	struct distorter *d = distorter_create(ask, s, ELEMENT_U8, 0, seed, kernels_named(isa), &err);
	assert_non_null(d);
	distorter_inputs(d, epoch + 1, sample, image, out); /* what was before leaves no trace */
	distorter_inputs(d, epoch, sample, image, out);
	distorter_destroy(d);
}

static void images_are_keyed(void **state)
{
	(void)state;
	for (size_t i = 0; i < SHAPES; i++) {
		struct shape s = shapes[i];
		size_t size = shape_size(s);
		uint8_t *image = image_make(s, 1, 255), *out = malloc(size), *other = malloc(size);
		distorted(&all, s, 1, "portable", 3, 17, image, out);
		for (size_t k = 1; k < 3; k++)
			if (kernels_named(isas[k]) != NULL) {
				distorted(&all, s, 1, isas[k], 3, 17, image, other);
				assert_memory_equal(out, other, size);
			}
		if (size > 100) {
			distorted(&all, s, 2, "portable", 3, 17, image, other);
			assert_memory_not_equal(out, other, size);
			distorted(&all, s, 1, "portable", 4, 17, image, other);
			assert_memory_not_equal(out, other, size);
			distorted(&all, s, 1, "portable", 3, 18, image, other);
			assert_memory_not_equal(out, other, size);
		}
		free(image);
		free(out);
		free(other);
	}
}

static void pixels_stay_in_their_range(void **state)
{
	(void)state;
	struct shape s = {2, 20, 31};
	struct distortion bent = all;
	bent.erase = 0;
	bent.elastic.alpha = 300;
	uint8_t *image = image_make(s, 90, 110), *out = malloc(shape_size(s));
	size_t inner = 0;
	for (uint32_t n = 0; n < 50; n++) {
		distorted(&bent, s, 1, "portable", n, n, image, out);
		for (size_t i = 0; i < shape_size(s); i++) {
			assert_true(out[i] <= 110);
			inner += out[i] >= 90;
		}
	}
	assert_true(inner > 50 * shape_size(s) / 4);
	free(image);
	free(out);
}

/* A ramp shows by how much its pixels are displaced. White noise of variance 1/3, smoothed by a Gaussian, has the
 * variance 1 / (12 π σ²). */
static void fields_have_the_size_of_smoothed_noise(void **state)
{
	(void)state;
	struct shape s = {1, 28, 28};
	static const double sigmas[] = {1, 3.5, 8};
	for (size_t k = 0; k < 3; k++) {
		struct distortion bent = {.elastic = {.alpha = 5 * sigmas[k], .sigma = sigmas[k]}};
		uint8_t ramp[28 * 28], out[28 * 28];
		double squares = 0, sum = 0, count = 0;
		for (size_t i = 0; i < 784; i++)
			ramp[i] = (uint8_t)(9 * (k % 2 ? i / 28 : i % 28));
		for (uint32_t n = 0; n < 400; n++) {
			distorted(&bent, s, 7, "portable", 0, n, ramp, out);
			for (size_t r = 7; r < 21; r++)
				for (size_t c = 7; c < 21; c++) {
					double d = out[r * 28 + c] / 9.0 - (double)(k % 2 ? r : c);
					sum += d;
					squares += d * d;
					count++;
				}
		}
		double expected = 5 / sqrt(12 * 3.14159265358979323846);
		assert_true(fabs(sqrt(squares / count) / expected - 1) < 0.05);
		assert_true(fabs(sum / count) < 0.15 * expected);
	}
}

static void a_part_is_erased(void **state)
{
	(void)state;
	struct shape s = {3, 16, 24};
	struct distortion ask = {.erase = 0.25};
	uint8_t image[3 * 16 * 24] = {0}, out[3 * 16 * 24];
	size_t erased = 0;
	for (uint32_t n = 0; n < 1000; n++) {
		size_t top = 99, left = 99, bottom = 0, right = 0, filled = 0;
		distorted(&ask, s, 1, "portable", 0, n, image, out);
		for (size_t i = 0; i < sizeof out; i++) {
			size_t r = i / 24 % 16, c = i % 24;
			if (out[i] == 0)
				continue;
			filled++;
			top = r < top ? r : top;
			left = c < left ? c : left;
			bottom = r > bottom ? r : bottom;
			right = c > right ? c : right;
		}
		if (filled == 0)
			continue;
		erased++;
		assert_true(bottom - top < 8 && right - left < 12);
		/* One in 256 random bytes is 0. */
		assert_true(10 * filled > 9 * 3 * (bottom - top + 1) * (right - left + 1));
	}
	assert_true(erased > 190 && erased < 310);
}

/* ---- Other types, and targets ------------------------------------------------------------------------------------ */

static const enum element types[] = {ELEMENT_I8, ELEMENT_U16, ELEMENT_I16, ELEMENT_F16, ELEMENT_F32};
enum { TYPES = sizeof types / sizeof *types };

/* The bytes as numbers of another type, all of which hold 0 … 127; of float16 by their bits. */
static void *typed_make(enum element type, const uint8_t *bytes, size_t count)
{
	struct err err = {0};
	uint8_t *out = memory_zeroed(count, sizeof(float), &err);
	assert_non_null(out);
	for (size_t i = 0; i < count; i++) {
		float number = bytes[i];
		int exponent;
		double part = frexp(bytes[i], &exponent); /* 0, or 0.5 … 1 */
		uint16_t half = bytes[i] == 0 ? 0 : (uint16_t)((exponent + 14) * 1024 + (int)((2 * part - 1) * 1024));
		uint16_t two = type == ELEMENT_F16 ? half : bytes[i];
		if (type == ELEMENT_F32)
			memcpy(out + 4 * i, &number, 4);
		else if (element_bytes(type) == 2)
			memcpy(out + 2 * i, &two, 2);
		else
			out[i] = bytes[i];
	}
	return out;
}

static void typed(const struct distortion *ask, struct shape s, enum element type, const char *isa, uint32_t sample,
                  const void *inputs, float *out)
{
	struct err err = {0};
	struct distorter *d = distorter_create(ask, s, type, 0, 1, kernels_named(isa), &err);
	assert_non_null(d);
	distorter_inputs(d, 3, sample + 1, inputs, out);
	distorter_inputs(d, 3, sample, inputs, out);
	distorter_destroy(d);
}

/* Between bytes a float holds what is rounded for a byte: 8 bits and two times 8 of the place. */
static void other_types_are_not_rounded(void **state)
{
	(void)state;
	struct distortion ask = all;
	ask.erase = 0;
	ask.crop = 1;
	size_t whole = 0, parts = 0;
	for (size_t i = 0; i < SHAPES * TYPES; i++) {
		struct shape s = shapes[i % SHAPES];
		size_t size = shape_size(s);
		uint8_t *image = image_make(s, 0, 127), *bytes = malloc(size);
		void *inputs = typed_make(types[i / SHAPES], image, size);
		float *out = malloc(size * sizeof *out), *other = malloc(size * sizeof *out);
		distorted(&ask, s, 1, "portable", 3, 17, image, bytes);
		typed(&ask, s, types[i / SHAPES], "portable", 17, inputs, out);
		for (size_t n = 0; n < size; n++) {
			assert_true(floor((double)out[n] + 0.5) == bytes[n]);
			whole += out[n] == floorf(out[n]);
			parts += out[n] != floorf(out[n]);
		}
		for (size_t k = 1; k < 3; k++)
			if (kernels_named(isas[k]) != NULL) {
				typed(&ask, s, types[i / SHAPES], isas[k], 17, inputs, other);
				assert_memory_equal(out, other, size * sizeof *out);
			}
		free(image);
		free(bytes);
		free(inputs);
		free(out);
		free(other);
	}
	assert_true(parts > 1000 && whole > 1000);
}

/* Equal numbers, and 0 outside, mix to nothing larger; where no 0 is near, they stay what they are to the last bit, and
 * numbers that are not whole stay between their least and largest. */
static void floats_stay_in_their_range(void **state)
{
	(void)state;
	struct shape s = {2, 20, 31};
	struct distortion ask = {.scale = 0.3, .rotation = 90};
	size_t size = shape_size(s), inner = 0;
	float *inputs = malloc(size * sizeof *inputs), *out = malloc(size * sizeof *out);
	for (size_t i = 0; i < size; i++) /* the first map is even */
		inputs[i] = i < size / 2 ? 0.1f : 0.25f + (float)draw(3, i, 1000) * 7e-5f;
	for (uint32_t n = 0; n < 20; n++) {
		typed(&ask, s, ELEMENT_F32, "portable", n, inputs, out);
		for (size_t i = 0; i < size / 2; i++) {
			float even = out[i], other = out[size / 2 + i];
			assert_true(even >= 0 && even <= 0.1f && other >= 0 && other < 0.32f);
			assert_true(even < 0.1f || other > 0.2499f);
			inner += even == 0.1f;
		}
	}
	assert_true(inner > 20 * size / 2 / 3);
	free(inputs);
	free(out);
}

/* Noise lies between the least and the largest number of its map, which differ from map to map. */
static void floats_are_erased_within_their_range(void **state)
{
	(void)state;
	struct shape s = {2, 16, 24};
	struct distortion ask = {.erase = 1};
	float inputs[2 * 16 * 24], out[2 * 16 * 24];
	double sum[2] = {0}, squares[2] = {0}, count[2] = {0};
	for (size_t i = 0; i < 2 * 16 * 24; i++)
		inputs[i] = i < 16 * 24 ? -1e-3f * (float)(1 + i % 7) : 300 + (float)(i % 5);
	for (uint32_t n = 0; n < 300; n++) {
		typed(&ask, s, ELEMENT_F32, "portable", n, inputs, out);
		for (size_t i = 0; i < 2 * 16 * 24; i++) {
			size_t m = i / (16 * 24);
			double least = m == 0 ? (double)-7e-3f : 300, most = m == 0 ? (double)-1e-3f : 304;
			double at = ((double)out[i] - least) / (most - least);
			assert_true(at >= -1e-6 && at <= 1 + 1e-6);
			if (out[i] == inputs[i])
				continue;
			sum[m] += at;
			squares[m] += at * at;
			count[m]++;
		}
	}
	for (size_t m = 0; m < 2; m++) { /* about a tenth of the area: uniform noise */
		assert_true(count[m] > 0.05 * 300 * 16 * 24 && count[m] < 0.16 * 300 * 16 * 24);
		assert_true(fabs(sum[m] / count[m] - 0.5) < 0.01);
		assert_true(fabs(squares[m] / count[m] - 1.0 / 3) < 0.01);
	}
}

/* Padding by zeros and cutting out at any place: each of the (2·2 + 1)² places about as often as the others. */
static void crops_are_windows_of_the_padded_sample(void **state)
{
	(void)state;
	struct shape s = {1, 9, 7};
	enum { PAD = 2, PLACES = (2 * PAD + 1) * (2 * PAD + 1), DRAWS = 5000 };
	uint8_t *image = image_make(s, 1, 255), out[9 * 7];
	size_t seen[PLACES] = {0};
	for (uint32_t n = 0; n < DRAWS; n++) {
		size_t found = 0, place = 0;
		distorted(&(struct distortion){.crop = PAD}, s, 1, "portable", 0, n, image, out);
		for (size_t p = 0; p < PLACES; p++) {
			long down = (long)(p / (2 * PAD + 1)) - PAD, right = (long)(p % (2 * PAD + 1)) - PAD;
			bool same = true;
			for (long i = 0; same && i < 9 * 7; i++)
				same = at(out, s, 0, i / 7, i % 7) == at(image, s, 0, i / 7 + down, i % 7 + right);
			found += same;
			place = same ? p : place;
		}
		assert_int_equal(found, 1);
		seen[place]++;
	}
	for (size_t p = 0; p < PLACES; p++)
		assert_true(seen[p] > 140 && seen[p] < 260); /* 200, deviation 13.9 */
	free(image);
}

/* Where the four neighbours of a place lie inside, its class is that of a position within half a step of it in rows and
 * columns: a ramp of these shows the place. Outside it is 0. `class`: 1 + the number of the position it comes from. */
static void expect_nearest(struct distorter *d, struct shape s, const uint16_t *class, bool whole)
{
	size_t points = s.rows * s.columns;
	float *from = malloc(3 * points * sizeof *from), *to = malloc(3 * points * sizeof *to);
	for (size_t k = 0; k < points; k++) {
		from[k] = 1;
		from[points + k] = (float)(k / s.columns);
		from[2 * points + k] = (float)(k % s.columns);
	}
	distorter_values(d, 3, from, to);
	for (size_t k = 0; k < points; k++) {
		assert_true(class[k] == 0 ? to[k] <= 0.5f : to[k] >= 0.25f);
		for (size_t axis = 1; axis < 3 && to[k] == 1; axis++) {
			float off = from[axis * points + class[k] - 1] - to[axis * points + k];
			assert_true(fabsf(off) <= (whole ? 0 : 0.501f));
		}
	}
	free(from);
	free(to);
}

/* Values move as inputs of the same numbers do, classes to the nearest. */
static void targets_move_along(void **state)
{
	(void)state;
	struct err err = {0};
	for (size_t i = 0; i < SHAPES * 6; i++) {
		struct shape s = shapes[i % SHAPES];
		bool whole = i < SHAPES; /* only the mirror and whole steps */
		struct distortion ask = whole ? (struct distortion){.crop = 2, .flip = true} : all;
		size_t size = shape_size(s), points = s.rows * s.columns;
		size_t bytes = size * sizeof(float);
		float *numbers = malloc(bytes), *out = malloc(bytes), *to = malloc(bytes);
		uint16_t *class = malloc(points * sizeof *class), *moved_class[3] = {NULL, NULL, NULL};
		ask.erase = 0;
		for (size_t n = 0; n < size; n++)
			numbers[n] = (float)draw(9, n, 1000) - 500;
		for (size_t n = 0; n < points; n++)
			class[n] = (uint16_t)(1 + n);
		for (size_t k = 0; k < 3; k++) {
			const struct kernels *kernels = kernels_named(isas[k]);
			if (kernels == NULL)
				continue;
			struct distorter *d = distorter_create(&ask, s, ELEMENT_F32, s.maps > 3 ? s.maps : 3, 1, kernels, &err);
			assert_non_null(d);
			moved_class[k] = malloc(points * sizeof *class);
			distorter_inputs(d, 1, (uint32_t)i, (const uint8_t *)numbers, out);
			distorter_values(d, s.maps, numbers, to);
			assert_memory_equal(out, to, bytes);
			distorter_classes(d, class, moved_class[k]);
			assert_memory_equal(moved_class[k], moved_class[0], points * sizeof *class);
			expect_nearest(d, s, moved_class[k], whole);
			distorter_destroy(d);
		}
		for (size_t k = 0; k < 3; k++)
			free(moved_class[k]);
		free(numbers);
		free(out);
		free(to);
		free(class);
	}
}

/* A batch holds what the distorter makes, and without a wish for it the images themselves. */
static void batches_are_distorted(void **state)
{
	(void)state;
	struct shape s = {2, 9, 11};
	struct err err = {0};
	struct dataset set = dataset_of(&(struct data_need){.shape = s, .classes = 2});
	uint16_t labels[20] = {0};
	uint8_t out[2 * 9 * 11];
	struct shape whole = {20 * s.maps, s.rows, s.columns};
	struct normalization none = {.maps = 2, .mean = (double[]){0, 0}, .deviation = (double[]){1, 1}};
	uint32_t samples[LANES];
	float *x = memory_zeroed(shape_size(s) * LANES, sizeof *x, &err);
	set.array[DATA_INPUTS].bytes = image_make(whole, 0, 255);
	set.array[DATA_TARGETS].bytes = (uint8_t *)labels;
	set.count = 20;
	for (uint32_t l = 0; l < LANES; l++)
		samples[l] = (l * 7) % 20;
	for (size_t k = 0; k < 2; k++) {
		struct batcher batcher;
		assert_int_equal(batcher_open(&batcher, &set, &none, 0, &err), 0);
		assert_int_equal(batcher_distort(&batcher, k == 0 ? &(struct distortion){0} : &all, 5,
		                                 kernels_named("portable"), &err), 0);
		batcher.epoch = 6;
		batcher_fill(&batcher, samples, 13, x, NULL);
		batcher_close(&batcher);
		for (size_t l = 0; l < LANES; l++) {
			const uint8_t *image = array_sample(&set.array[DATA_INPUTS], samples[l]);
			if (k == 1) {
				distorted(&all, s, 5, "portable", 6, samples[l], image, out);
				image = out;
			}
			for (size_t i = 0; i < shape_size(s); i++)
				assert_true(x[i * LANES + l] == (l < 13 ? image[i] : 0));
		}
	}
	free(set.array[DATA_INPUTS].bytes);
	free(x);
}

static struct dataset numbered_set(size_t count)
{
	struct err err = {0};
	struct dataset set = dataset_of(&(struct data_need){.shape = {1, 1, 2}, .classes = 256});
	assert_int_equal(dataset_allocate(&set, count, &err), 0);
	uint8_t *pixels = set.array[DATA_INPUTS].bytes;
	for (size_t i = 0; i < count; i++) {
		pixels[2 * i] = (uint8_t)i;
		pixels[2 * i + 1] = (uint8_t)(i >> 8);
		dataset_classes(&set)[i] = (uint8_t)(i * 5);
	}
	return set;
}

static size_t number_of(const struct dataset *set, size_t sample)
{
	const uint8_t *pixels = array_sample(&set->array[DATA_INPUTS], sample);
	size_t number = pixels[0] + 256u * pixels[1];
	assert_int_equal(dataset_class(set, sample), (uint8_t)(number * 5));
	return number;
}

static void a_set_is_split(void **state)
{
	(void)state;
	enum { COUNT = 1000, HELD = 300 };
	uint8_t side[2][COUNT] = {{0}};
	struct err err = {0};
	for (size_t seed = 0; seed < 2; seed++) {
		struct dataset train = numbered_set(COUNT), held;
		assert_int_equal(dataset_split(&train, &(struct split){seed, 0, HELD}, &held, NULL, &err), 0);
		assert_int_equal(train.count, COUNT - HELD);
		assert_int_equal(held.count, HELD);
		for (size_t i = 0; i < HELD; i++) {
			side[seed][number_of(&held, i)]++;
			assert_true(i == 0 || number_of(&held, i) > number_of(&held, i - 1));
		}
		for (size_t i = 0; i < COUNT - HELD; i++) {
			assert_int_equal(side[seed][number_of(&train, i)], 0);
			assert_true(i == 0 || number_of(&train, i) > number_of(&train, i - 1));
		}
		dataset_free(&train);
		dataset_free(&held);
	}
	size_t both = 0;
	for (size_t i = 0; i < COUNT; i++)
		both += side[0][i] & side[1][i];
	assert_true(both > 50 && both < 130); /* 90 expected */

	struct dataset train = numbered_set(5), held;
	assert_int_equal(dataset_split(&train, &(struct split){1, 0, 5}, &held, NULL, &err), -1);
	assert_int_equal(err.code, EX_CONFIG);
	assert_string_equal(err.text, "data.validation is 5, the training set has only 5 samples");
	dataset_free(&train);
	dataset_free(&held);
}

static void too_large_images_are_refused(void **state)
{
	(void)state;
	struct err err = {0};
	const struct kernels *kernels = kernels_named("portable");
	assert_null(distorter_create(&all, (struct shape){1, 4097, 1}, ELEMENT_U8, 0, 1, kernels, &err));
	assert_int_equal(err.code, EX_CONFIG);
	err.code = 0;
	assert_null(distorter_create(&all, (struct shape){1, 4096, 4096}, ELEMENT_F32, 5, 1, kernels, &err));
	assert_int_equal(err.code, EX_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_pixels_move_exactly),
		cmocka_unit_test(between_pixels_it_is_bilinear),
		cmocka_unit_test(images_are_keyed),
		cmocka_unit_test(pixels_stay_in_their_range),
		cmocka_unit_test(fields_have_the_size_of_smoothed_noise),
		cmocka_unit_test(a_part_is_erased),
		cmocka_unit_test(other_types_are_not_rounded),
		cmocka_unit_test(floats_stay_in_their_range),
		cmocka_unit_test(floats_are_erased_within_their_range),
		cmocka_unit_test(crops_are_windows_of_the_padded_sample),
		cmocka_unit_test(targets_move_along),
		cmocka_unit_test(batches_are_distorted),
		cmocka_unit_test(a_set_is_split),
		cmocka_unit_test(too_large_images_are_refused),
	};
	return cmocka_run_group_tests_name("data: distort", tests, NULL, NULL);
}
