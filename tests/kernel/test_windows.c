/* kernel: sub-sampling and pooling of every table, over whole and ragged windows. */
#include "lanes.h"

#include <math.h>

/* Windows as they lie side by side, or with any steps and padding. */
static struct windows windows_random(struct dice *dice, bool apart)
{
	struct windows w = {.maps = dice_from(dice, 1, 5)};
	w.side = (struct sides){dice_from(dice, 1, 4), dice_below(dice, 2) == 0 ? dice_from(dice, 1, 5) : w.side.rows};
	w.side.columns = w.side.columns == 0 ? w.side.rows : w.side.columns;
	w.step = apart ? (struct sides){dice_from(dice, 1, 5), dice_from(dice, 1, 5)} : w.side;
	w.top = apart ? dice_below(dice, w.side.rows) : 0;
	w.left = apart ? dice_below(dice, w.side.columns) : 0;
	w.rows = w.side.rows + dice_from(dice, 0, 8);
	w.columns = w.side.columns + dice_from(dice, 0, 8);
	w.out_rows = (w.rows + w.top - 1) / w.step.rows + 1;
	w.out_columns = (w.columns + w.left - 1) / w.step.columns + 1;
	return w;
}

/* One random case of a window function: its geometry, its operands, and what every table makes of them. */
struct scene {
	struct windows w;
	size_t x, y; /* numbers per sample */
	float *beta, *b, *in, *dy;
	double *beta64, *b64, *in64, *dy64, *sizes, *dsizes; /* of one lane; sizes: absolute values */
	const struct kernels *table[3];
	size_t tables;
	struct shelf shelf;
};

static void scene_make(struct scene *s, struct dice *dice, bool apart)
{
	*s = (struct scene){.w = windows_random(dice, apart)};
	s->x = s->w.maps * s->w.rows * s->w.columns;
	s->y = s->w.maps * s->w.out_rows * s->w.out_columns;
	s->beta = shelf_random(&s->shelf, dice, s->w.maps);
	s->b = shelf_random(&s->shelf, dice, s->w.maps);
	s->in = shelf_random(&s->shelf, dice, s->x * LANES);
	s->dy = shelf_random(&s->shelf, dice, s->y * LANES);
	s->beta64 = shelf_widened(&s->shelf, s->w.maps, s->beta);
	s->b64 = shelf_widened(&s->shelf, s->w.maps, s->b);
	s->in64 = shelf_doubles(&s->shelf, s->x);
	s->sizes = shelf_doubles(&s->shelf, s->x);
	s->dy64 = shelf_doubles(&s->shelf, s->y);
	s->dsizes = shelf_doubles(&s->shelf, s->y);
	s->tables = tables_here(s->table);
}

static void scene_lane(struct scene *s, size_t lane)
{
	lane_take(s->x, s->in, lane, s->in64);
	lane_take(s->y, s->dy, lane, s->dy64);
	for (size_t i = 0; i < s->x; i++)
		s->sizes[i] = fabs(s->in64[i]);
	for (size_t i = 0; i < s->y; i++)
		s->dsizes[i] = fabs(s->dy64[i]);
}

static void subsample_check(struct scene *s, const struct kernels *k, const float *d, const float *y)
{
	double *d64 = shelf_doubles(&s->shelf, s->y), *y64 = shelf_doubles(&s->shelf, s->y);
	double *dsize = shelf_doubles(&s->shelf, s->y), *ysize = shelf_doubles(&s->shelf, s->y);
	const double *betas = shelf_sizes(&s->shelf, s->w.maps, s->beta64), *bs = shelf_sizes(&s->shelf, s->w.maps, s->b64);
	for (size_t lane = 0; lane < LANES; lane++) {
		scene_lane(s, lane);
		reference_subsample(&s->w, s->beta64, s->b64, s->in64, d64, y64);
		reference_subsample(&s->w, betas, bs, s->sizes, dsize, ysize);
		expect_close("d", k, s->y, d + lane, LANES, d64, dsize, (double)(s->w.side.rows * s->w.side.columns));
		expect_close("y", k, s->y, y + lane, LANES, y64, ysize, (double)(s->w.side.rows * s->w.side.columns + 2));
	}
}

static void subsample_back_check(struct scene *s, const struct kernels *k, const float *d, const float *dx,
                                 const float *dbeta, const float *db)
{
	size_t maps = s->w.maps;
	double *sum = shelf_bytes(&s->shelf, 4 * maps * sizeof *sum), *part = shelf_doubles(&s->shelf, 2 * maps);
	double *dx64 = shelf_doubles(&s->shelf, s->x), *d64 = shelf_doubles(&s->shelf, s->y);
	for (size_t lane = 0; lane < LANES; lane++) {
		scene_lane(s, lane);
		lane_take(s->y, d, lane, d64);
		reference_subsample_back(&s->w, s->beta64, d64, s->dy64, dx64, part, part + maps);
		for (size_t i = 0; i < 2 * maps; i++)
			sum[i] += part[i];
		expect_close("dx", k, s->x, dx + lane, LANES, dx64, shelf_sizes(&s->shelf, s->x, dx64), 1);
		reference_subsample_back(&s->w, s->beta64, shelf_sizes(&s->shelf, s->y, d64), s->dsizes, NULL, part,
		                         part + maps);
		for (size_t i = 0; i < 2 * maps; i++)
			sum[2 * maps + i] += part[i];
	}
	double terms = (double)(s->y / maps + 6);
	expect_close("dbeta", k, maps, dbeta, 1, sum, sum + 2 * maps, terms);
	expect_close("db", k, maps, db, 1, sum + maps, sum + 3 * maps, terms);
}

static void subsampling_agrees_with_the_reference(void **state)
{
	(void)state;
	struct dice dice = {.seed = 11};
	for (size_t n = 0; n < 100; n++) {
		struct scene s;
		float *d[3], *y[3], *dx[3], *dbeta[3], *db[3];
		scene_make(&s, &dice, false);
		for (size_t t = 0; t < s.tables; t++) {
			d[t] = shelf_floats(&s.shelf, s.y * LANES);
			y[t] = shelf_floats(&s.shelf, s.y * LANES);
			dx[t] = shelf_floats(&s.shelf, s.x * LANES);
			dbeta[t] = shelf_floats(&s.shelf, 2 * s.w.maps);
			db[t] = shelf_floats(&s.shelf, 2 * s.w.maps);
			s.table[t]->subsample(&s.w, s.beta, s.b, ACTIVATION_LINEAR, s.in, d[t], y[t]);
			subsample_check(&s, s.table[t], d[t], y[t]);
			s.table[t]->subsample_back(&s.w, s.beta, d[t], s.dy, ACTIVATION_LINEAR, s.in, dx[t], dbeta[t], db[t]);
			subsample_back_check(&s, s.table[t], d[t], dx[t], dbeta[t], db[t]);
			s.table[t]->subsample_back(&s.w, s.beta, d[t], s.dy, ACTIVATION_LINEAR, s.in, NULL, dbeta[t] + s.w.maps,
			                           db[t] + s.w.maps);
			expect_same("dbeta without dx", s.w.maps, dbeta[t], dbeta[t] + s.w.maps);
			expect_same("db without dx", s.w.maps, db[t], db[t] + s.w.maps);
			if (t == 0 || !tables_alike(s.table[t], s.table[t - 1]))
				continue;
			expect_same("d of avx2 and avx512", s.y * LANES, d[t], d[t - 1]);
			expect_same("y of avx2 and avx512", s.y * LANES, y[t], y[t - 1]);
			expect_same("dx of avx2 and avx512", s.x * LANES, dx[t], dx[t - 1]);
			expect_same("dbeta of avx2 and avx512", s.w.maps, dbeta[t], dbeta[t - 1]);
			expect_same("db of avx2 and avx512", s.w.maps, db[t], db[t - 1]);
		}
		shelf_clear(&s.shelf);
	}
}

/* ⟨y, dy⟩ without b is ⟨x, dx⟩ and ⟨β, dβ⟩. */
static void subsampling_is_adjoint(void **state)
{
	(void)state;
	struct dice dice = {.seed = 12};
	for (size_t n = 0; n < 100; n++) {
		struct scene s;
		scene_make(&s, &dice, false);
		float *d = shelf_floats(&s.shelf, s.y * LANES), *y = shelf_floats(&s.shelf, s.y * LANES);
		float *dx = shelf_floats(&s.shelf, s.x * LANES), *dbeta = shelf_floats(&s.shelf, s.w.maps);
		float *db = shelf_floats(&s.shelf, s.w.maps), *zero = shelf_bytes(&s.shelf, s.w.maps * sizeof *zero);
		for (size_t t = 0; t < s.tables; t++) {
			double sum[3] = {0}, size = 0;
			s.table[t]->subsample(&s.w, s.beta, zero, ACTIVATION_LINEAR, s.in, d, y);
			s.table[t]->subsample_back(&s.w, s.beta, d, s.dy, ACTIVATION_LINEAR, s.in, dx, dbeta, db);
			for (size_t i = 0; i < s.y * LANES; i++)
				sum[0] += (double)y[i] * s.dy[i];
			for (size_t i = 0; i < s.x * LANES; i++) {
				sum[1] += (double)s.in[i] * dx[i];
				size += fabs((double)s.in[i] * dx[i]);
			}
			for (size_t i = 0; i < s.w.maps; i++)
				sum[2] += (double)s.beta[i] * dbeta[i];
			double bound = 2 * (double)(s.y / s.w.maps + 40) * half_ulp * size;
			assert_true(fabs(sum[0] - sum[1]) <= bound && fabs(sum[0] - sum[2]) <= bound);
		}
		shelf_clear(&s.shelf);
	}
}

/* Maxima are exact: values, and which of equals is chosen (few values, so that there are many equals). */
static void maxima_are_the_first_largest(void **state)
{
	(void)state;
	struct dice dice = {.seed = 13};
	for (size_t n = 0; n < 100; n++) {
		struct scene s;
		scene_make(&s, &dice, n % 2 == 0);
		for (size_t i = 0; i < s.x * LANES; i++)
			s.in[i] = (float)dice_below(&dice, 4) - 2;
		float *y = shelf_floats(&s.shelf, s.y * LANES), *dx = shelf_floats(&s.shelf, s.x * LANES);
		double *y64 = shelf_doubles(&s.shelf, s.y), *dx64 = shelf_doubles(&s.shelf, s.x);
		double *dxsize = shelf_doubles(&s.shelf, s.x);
		int32_t *choice = shelf_bytes(&s.shelf, s.y * LANES * sizeof *choice);
		for (size_t t = 0; t < s.tables; t++) {
			memset(choice, 0x55, s.y * LANES * sizeof *choice);
			s.table[t]->pool_max(&s.w, s.in, y, choice);
			s.table[t]->pool_max_back(&s.w, choice, s.dy, dx);
			for (size_t lane = 0; lane < LANES; lane++) {
				scene_lane(&s, lane);
				reference_pool_max(&s.w, s.in64, y64);
				reference_pool_max_back(&s.w, s.in64, s.dy64, dx64);
				expect_close("maximum", s.table[t], s.y, y + lane, LANES, y64, y64, 0);
				reference_pool_max_back(&s.w, s.in64, s.dsizes, dxsize);
				expect_close("gradient of the maximum", s.table[t], s.x, dx + lane, LANES, dx64, dxsize,
				             n % 2 == 0 ? 25 : 0);
			}
		}
		shelf_clear(&s.shelf);
	}
}

/* A NaN at any place of a window is what comes of it, so that divergence is seen. */
static void maxima_pass_nan_on(void **state)
{
	(void)state;
	struct dice dice = {.seed = 15};
	for (size_t n = 0; n < 100; n++) {
		struct scene s;
		scene_make(&s, &dice, false);
		float *y = shelf_floats(&s.shelf, s.y * LANES);
		double *y64 = shelf_doubles(&s.shelf, s.y);
		int32_t *choice = shelf_bytes(&s.shelf, s.y * LANES * sizeof *choice);
		s.in[dice_below(&dice, s.x * LANES)] = NAN;
		for (size_t t = 0; t < s.tables; t++) {
			s.table[t]->pool_max(&s.w, s.in, y, choice);
			size_t found = 0, wanted = 0;
			for (size_t lane = 0; lane < LANES; lane++) {
				scene_lane(&s, lane);
				reference_pool_max(&s.w, s.in64, y64);
				for (size_t i = 0; i < s.y; i++) {
					found += isnan(y[i * LANES + lane]) != 0;
					wanted += isnan(y64[i]) != 0;
				}
			}
			assert_int_equal(found, 1);
			assert_int_equal(wanted, 1);
		}
		shelf_clear(&s.shelf);
	}
}

static void means_agree_with_the_reference(void **state)
{
	(void)state;
	struct dice dice = {.seed = 14};
	for (size_t n = 0; n < 100; n++) {
		struct scene s;
		scene_make(&s, &dice, n % 2 == 0);
		float *y[3], *dx[3];
		double *y64 = shelf_doubles(&s.shelf, s.y), *size = shelf_doubles(&s.shelf, s.y);
		double *dx64 = shelf_doubles(&s.shelf, s.x), *dxsize = shelf_doubles(&s.shelf, s.x);
		for (size_t t = 0; t < s.tables; t++) {
			y[t] = shelf_floats(&s.shelf, s.y * LANES);
			dx[t] = shelf_floats(&s.shelf, s.x * LANES);
			s.table[t]->pool_mean(&s.w, s.in, y[t]);
			s.table[t]->pool_mean_back(&s.w, s.dy, dx[t]);
			for (size_t lane = 0; lane < LANES; lane++) {
				scene_lane(&s, lane);
				reference_pool_mean(&s.w, s.in64, y64);
				reference_pool_mean(&s.w, s.sizes, size);
				expect_close("mean", s.table[t], s.y, y[t] + lane, LANES, y64, size, (double)(s.w.side.rows * s.w.side.columns + 2));
				reference_pool_mean_back(&s.w, s.dy64, dx64);
				reference_pool_mean_back(&s.w, s.dsizes, dxsize);
				expect_close("gradient of the mean", s.table[t], s.x, dx[t] + lane, LANES, dx64, dxsize,
				             n % 2 == 0 ? 25 : 2);
			}
			if (t == 0 || !tables_alike(s.table[t], s.table[t - 1]))
				continue;
			expect_same("means of avx2 and avx512", s.y * LANES, y[t], y[t - 1]);
			expect_same("gradients of avx2 and avx512", s.x * LANES, dx[t], dx[t - 1]);
		}
		shelf_clear(&s.shelf);
	}
}

/* Garbage in fifteen lanes does not reach the sixteenth. */
static void lanes_of_windows_are_apart(void **state)
{
	(void)state;
	struct dice dice = {.seed = 15};
	for (size_t n = 0; n < 60; n++) {
		struct scene s;
		scene_make(&s, &dice, false);
		size_t lane = dice_from(&dice, 0, LANES - 1);
		float *clean[3], *dirty[3]; /* outputs of sub-sampling, maximum, mean; then gradients behind them */
		int32_t *choice = shelf_bytes(&s.shelf, s.y * LANES * sizeof *choice);
		float *d = shelf_floats(&s.shelf, s.y * LANES), *sums = shelf_floats(&s.shelf, 2 * s.w.maps);
		for (size_t f = 0; f < 3; f++) {
			clean[f] = shelf_floats(&s.shelf, (s.x + s.y) * LANES);
			dirty[f] = shelf_floats(&s.shelf, (s.x + s.y) * LANES);
		}
		for (size_t t = 0; t < s.tables; t++) {
			const struct kernels *k = s.table[t];
			for (size_t pass = 0; pass < 2; pass++) {
				float **out = pass == 0 ? clean : dirty;
				for (size_t i = 0; pass == 1 && i < (s.x > s.y ? s.x : s.y) * LANES; i++)
					if (i % LANES != lane) {
						if (i < s.x * LANES)
							s.in[i] = dice_garbage(&dice);
						if (i < s.y * LANES)
							s.dy[i] = dice_garbage(&dice);
					}
				k->subsample(&s.w, s.beta, s.b, ACTIVATION_LINEAR, s.in, d, out[0]);
				k->subsample_back(&s.w, s.beta, d, s.dy, ACTIVATION_LINEAR, s.in, out[0] + s.y * LANES, sums,
				                  sums + s.w.maps);
				k->pool_max(&s.w, s.in, out[1], choice);
				k->pool_max_back(&s.w, choice, s.dy, out[1] + s.y * LANES);
				k->pool_mean(&s.w, s.in, out[2]);
				k->pool_mean_back(&s.w, s.dy, out[2] + s.y * LANES);
			}
			for (size_t f = 0; f < 3; f++)
				for (size_t i = 0; i < s.x + s.y; i++)
					expect_same("windows among garbage", 1, clean[f] + i * LANES + lane, dirty[f] + i * LANES + lane);
			for (size_t i = 0; i < s.x * LANES; i++)
				s.in[i] = i % LANES == lane ? s.in[i] : dice_float(&dice);
			for (size_t i = 0; i < s.y * LANES; i++)
				s.dy[i] = i % LANES == lane ? s.dy[i] : dice_float(&dice);
		}
		shelf_clear(&s.shelf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subsampling_agrees_with_the_reference),
		cmocka_unit_test(subsampling_is_adjoint),
		cmocka_unit_test(maxima_are_the_first_largest),
		cmocka_unit_test(maxima_pass_nan_on),
		cmocka_unit_test(means_agree_with_the_reference),
		cmocka_unit_test(lanes_of_windows_are_apart),
	};
	return cmocka_run_group_tests_name("windows", tests, NULL, NULL);
}
