/* kernel: batch normalisation of a map and products lane by lane, against the plain formulas; the same bits in every
 * table, portable too, and nothing of the lanes that are not in use. */
#include "lanes.h"

#include <math.h>

/* A random map whose lanes `lanes` … 15 hold garbage in x and 0 in dy; the numbers in use also one after the other. */
struct scene {
	struct shelf shelf;
	size_t positions, lanes, count;
	float *x, *dy;
	double *x64, *dy64;
	const struct kernels *table[3];
	size_t tables;
};

static void scene_make(struct scene *s, struct dice *dice)
{
	*s = (struct scene){.positions = dice_from(dice, 1, 150), .lanes = dice_from(dice, 1, LANES)};
	float middle = 4 * dice_float(dice), spread = dice_float(dice);
	s->count = s->positions * s->lanes;
	s->x = shelf_floats(&s->shelf, s->positions * LANES);
	s->dy = shelf_floats(&s->shelf, s->positions * LANES);
	s->x64 = shelf_doubles(&s->shelf, s->count);
	s->dy64 = shelf_doubles(&s->shelf, s->count);
	for (size_t i = 0, n = 0; i < s->positions * LANES; i++) {
		bool used = i % LANES < s->lanes;
		s->x[i] = used ? middle + spread * dice_float(dice) : dice_from(dice, 0, 9) > 0 ? dice_float(dice) : 1e30f;
		s->dy[i] = used ? dice_float(dice) : 0;
		if (used) {
			s->x64[n] = s->x[i];
			s->dy64[n++] = s->dy[i];
		}
	}
	s->tables = tables_here(s->table);
}

/* Numbers of the lanes in use, one after the other. */
static float *used(struct scene *s, const float *y)
{
	float *out = shelf_floats(&s->shelf, s->count);
	for (size_t i = 0, n = 0; i < s->positions * LANES; i++)
		if (i % LANES < s->lanes)
			out[n++] = y[i];
	return out;
}

static double *constant(struct scene *s, double value)
{
	double *out = shelf_doubles(&s->shelf, s->count);
	for (size_t i = 0; i < s->count; i++)
		out[i] = value;
	return out;
}

static void moments_are_their_formulas(void **state)
{
	(void)state;
	struct dice dice = {.seed = 21};
	for (size_t n = 0; n < 100; n++) {
		struct scene s;
		double mean64, variance64, size, ignored;
		float mean[3], variance[3];
		scene_make(&s, &dice);
		reference_moments(s.count, shelf_sizes(&s.shelf, s.count, s.x64), &size, &ignored);
		for (size_t t = 0; t < s.tables; t++) {
			s.table[t]->moments(1, s.positions, s.lanes, s.x, NULL, &mean[t], &variance[t]);
			reference_moments(s.count, s.x64, &mean64, &variance64);
			expect_close("mean", s.table[t], 1, &mean[t], 1, &mean64, &size, (double)s.positions + 1);
			/* About the rounded mean: larger by the square of its error. */
			double about = variance64 + ((double)mean[t] - mean64) * ((double)mean[t] - mean64);
			expect_close("variance", s.table[t], 1, &variance[t], 1, &about, &about, (double)s.positions + 5);
			expect_same("mean of every table", 1, &mean[t], &mean[0]);
			expect_same("variance of every table", 1, &variance[t], &variance[0]);
		}
		shelf_clear(&s.shelf);
	}
}

/* About the mean itself they are the same bits; about another number μ the second is variance + (mean − μ)². */
static void moments_about_a_number_are_their_formulas(void **state)
{
	(void)state;
	struct dice dice = {.seed = 26};
	for (size_t n = 0; n < 100; n++) {
		struct scene s;
		double mean64, variance64;
		float mean, variance, plain[2], square[3], about = 2 * dice_float(&dice);
		scene_make(&s, &dice);
		reference_moments(s.count, s.x64, &mean64, &variance64);
		double want = variance64 + (mean64 - (double)about) * (mean64 - (double)about);
		for (size_t t = 0; t < s.tables; t++) {
			s.table[t]->moments(1, s.positions, s.lanes, s.x, NULL, &plain[0], &plain[1]);
			s.table[t]->moments(1, s.positions, s.lanes, s.x, &plain[0], &mean, &variance);
			assert_true(mean == plain[0] && variance == plain[1]);
			s.table[t]->moments(1, s.positions, s.lanes, s.x, &about, &mean, &square[t]);
			assert_true(mean == plain[0]);
			expect_close("square", s.table[t], 1, &square[t], 1, &want, &want, (double)s.positions + 5);
			expect_same("square of every table", 1, &square[t], &square[0]);
		}
		shelf_clear(&s.shelf);
	}
}

/* Maps side by side do not see each other. */
static void moments_of_many_maps_are_those_of_each(void **state)
{
	(void)state;
	enum { MAPS = 11, MOST = 150 };
	struct dice dice = {.seed = 27};
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	for (size_t n = 0; n < 30; n++) {
		struct shelf shelf = {0};
		size_t maps = dice_from(&dice, 1, MAPS), positions = dice_from(&dice, 1, MOST), lanes = dice_from(&dice, 1, LANES);
		float *x = shelf_random(&shelf, &dice, maps * positions * LANES), *about = shelf_random(&shelf, &dice, maps);
		for (size_t t = 0; t < tables; t++)
			for (size_t a = 0; a < 2; a++) {
				float mean[MAPS], square[MAPS], own_mean[MAPS], own_square[MAPS];
				table[t]->moments(maps, positions, lanes, x, a == 1 ? about : NULL, mean, square);
				for (size_t j = 0; j < maps; j++)
					table[t]->moments(1, positions, lanes, x + j * positions * LANES, a == 1 ? &about[j] : NULL,
					                  &own_mean[j], &own_square[j]);
				expect_same("means", maps, mean, own_mean);
				expect_same("squares", maps, square, own_square);
			}
		shelf_clear(&shelf);
	}
}

static void batch_norm_is_its_formula(void **state)
{
	(void)state;
	struct dice dice = {.seed = 22};
	for (size_t n = 0; n < 100; n++) {
		struct scene s;
		scene_make(&s, &dice);
		float mean = s.x[0] + dice_float(&dice), factor = dice_float(&dice), b = dice_float(&dice), *y[3];
		double *y64 = shelf_doubles(&s.shelf, s.count), *size = constant(&s, 0);
		float *first = shelf_floats(&s.shelf, s.positions * LANES);
		reference_batch_norm(s.count, mean, factor, b, s.x64, y64);
		for (size_t i = 0; i < s.count; i++)
			size[i] = fabs(s.x64[i] - (double)mean) * fabs((double)factor) + fabs((double)b);
		for (size_t t = 0; t < s.tables; t++) {
			y[t] = shelf_floats(&s.shelf, s.positions * LANES);
			s.table[t]->batch_norm(s.positions, mean, factor, b, ACTIVATION_LINEAR, s.x, y[t]);
			if (t == 0)
				memcpy(first, y[0], s.positions * LANES * sizeof *first);
			expect_close("y", s.table[t], s.count, used(&s, y[t]), 1, y64, size, 4);
			expect_same("y of every table", s.positions * LANES, y[t], first);
			float *through = shelf_floats(&s.shelf, s.positions * LANES);
			s.table[t]->batch_norm(s.positions, mean, factor, b, ACTIVATION_TANH, s.x, through);
			s.table[t]->activate(ACTIVATION_TANH, s.positions, y[t]);
			expect_same("through f", s.positions * LANES, through, y[t]);
		}
		shelf_clear(&s.shelf);
	}
}

static void the_way_back_is_its_formula(void **state)
{
	(void)state;
	struct dice dice = {.seed = 23};
	for (size_t n = 0; n < 100; n++) {
		struct scene s;
		scene_make(&s, &dice);
		struct batch_norm_slopes p = {s.x[0], dice_float(&dice), dice_float(&dice), dice_float(&dice)};
		double want[2], sum[3][2], *dx64 = shelf_doubles(&s.shelf, s.count), *size = constant(&s, 0), sizes[2] = {0};
		reference_batch_norm_sums(s.count, p.mean, s.x64, s.dy64, &want[0], &want[1]);
		reference_batch_norm_input(s.count, p.mean, p.scale, p.level, p.slope, s.x64, s.dy64, dx64);
		for (size_t i = 0; i < s.count; i++) {
			double from = fabs(s.x64[i] - (double)p.mean);
			sizes[0] += fabs(s.dy64[i]);
			sizes[1] += fabs(s.dy64[i]) * from;
			size[i] = fabs((double)p.scale) * (fabs(s.dy64[i]) + fabs((double)p.level) + from * fabs((double)p.slope));
		}
		for (size_t t = 0; t < s.tables; t++) {
			float *dx = shelf_floats(&s.shelf, s.positions * LANES), got[2];
			s.table[t]->batch_norm_sums(s.positions, p.mean, s.x, s.dy, &sum[t][0], &sum[t][1]);
			s.table[t]->batch_norm_input(s.positions, s.lanes, &p, s.x, s.dy, dx);
			got[0] = (float)sum[t][0], got[1] = (float)sum[t][1];
			expect_close("sums", s.table[t], 2, got, 1, want, sizes, (double)s.positions + 4);
			expect_close("dx", s.table[t], s.count, used(&s, dx), 1, dx64, size, 7);
			assert_memory_equal(sum[t], sum[0], sizeof sum[0]);
			float *over = shelf_floats(&s.shelf, s.positions * LANES);
			memcpy(over, s.dy, s.positions * LANES * sizeof *over);
			s.table[t]->batch_norm_input(s.positions, s.lanes, &p, s.x, over, over);
			expect_same("dx in place of dy", s.positions * LANES, over, dx);
			for (size_t i = 0; i < s.positions * LANES; i++)
				assert_true(i % LANES < s.lanes || dx[i] == 0);
		}
		shelf_clear(&s.shelf);
	}
}

static void second_derivatives_are_their_formulas(void **state)
{
	(void)state;
	struct dice dice = {.seed = 24};
	for (size_t n = 0; n < 100; n++) {
		struct scene s;
		scene_make(&s, &dice);
		float mean = s.x[0] + dice_float(&dice), factor = dice_float(&dice), gamma = dice_float(&dice), *hx[3];
		double want[2], sum[3][2], *hx64 = shelf_doubles(&s.shelf, s.count);
		for (size_t i = 0; i < s.positions * LANES; i++)
			s.dy[i] = fabsf(s.dy[i]);
		for (size_t i = 0; i < s.count; i++)
			s.dy64[i] = fabs(s.dy64[i]);
		reference_batch_norm_curve(s.count, mean, factor, gamma, s.x64, s.dy64, hx64, &want[0], &want[1]);
		for (size_t t = 0; t < s.tables; t++) {
			float got[2], none[2];
			double without[2];
			hx[t] = shelf_floats(&s.shelf, s.positions * LANES);
			s.table[t]->batch_norm_curve(s.positions, mean, factor, gamma, s.x, s.dy, hx[t], &sum[t][0], &sum[t][1]);
			s.table[t]->batch_norm_curve(s.positions, mean, factor, gamma, s.x, s.dy, NULL, &without[0], &without[1]);
			for (size_t i = 0; i < 2; i++)
				got[i] = (float)sum[t][i], none[i] = (float)without[i];
			expect_close("sums", s.table[t], 2, got, 1, want, want, 7);
			expect_same("sums without hx", 2, got, none);
			expect_close("hx", s.table[t], s.count, used(&s, hx[t]), 1, hx64, hx64, 5);
			expect_same("hx of every table", s.positions * LANES, hx[t], hx[0]);
			assert_memory_equal(sum[t], sum[0], sizeof sum[0]);
		}
		shelf_clear(&s.shelf);
	}
}

static void products_and_sums_are_rounded_once(void **state)
{
	(void)state;
	struct dice dice = {.seed = 25};
	for (size_t n = 0; n < 50; n++) {
		struct scene s;
		scene_make(&s, &dice);
		size_t count = s.positions * LANES;
		double *y64 = shelf_doubles(&s.shelf, count);
		double *x64 = shelf_widened(&s.shelf, count, s.x), *sum64 = shelf_widened(&s.shelf, count, s.dy);
		reference_multiply(count, x64, sum64, y64);
		reference_add(count, x64, sum64);
		for (size_t t = 0; t < s.tables; t++) {
			float *y = shelf_floats(&s.shelf, count), *own = shelf_floats(&s.shelf, count);
			s.table[t]->multiply(s.positions, s.x, s.dy, y);
			for (size_t i = 0; i < count; i++)
				assert_true(y[i] == (float)y64[i]);
			memcpy(own, s.x, count * sizeof *own);
			s.table[t]->multiply(s.positions, own, s.dy, own);
			expect_same("in place", count, own, y);
			s.table[t]->add(s.positions, s.x, s.dy, ACTIVATION_LINEAR, y);
			for (size_t i = 0; i < count; i++)
				assert_true(y[i] == (float)sum64[i]);
			memcpy(own, s.x, count * sizeof *own);
			s.table[t]->add(s.positions, own, s.dy, ACTIVATION_LINEAR, own);
			expect_same("in place of the first", count, own, y);
			memcpy(own, s.dy, count * sizeof *own);
			s.table[t]->add(s.positions, s.x, own, ACTIVATION_TANH, own);
			s.table[t]->activate(ACTIVATION_TANH, s.positions, y);
			expect_same("in place of the second, through f", count, own, y);
		}
		shelf_clear(&s.shelf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_are_their_formulas),
		cmocka_unit_test(moments_about_a_number_are_their_formulas),
		cmocka_unit_test(moments_of_many_maps_are_those_of_each),
		cmocka_unit_test(batch_norm_is_its_formula),
		cmocka_unit_test(the_way_back_is_its_formula),
		cmocka_unit_test(second_derivatives_are_their_formulas),
		cmocka_unit_test(products_and_sums_are_rounded_once),
	};
	return cmocka_run_group_tests_name("kernel: batch normalisation", tests, NULL, NULL);
}
