/* kernel: sums over maps of up to 1024×1024 positions and over long rows of inputs, against float64: their errors have a
 * bound that does not grow with the map, and the order of additions is every table's. */
#include "lanes.h"

#include <math.h>

/* Long sums (mathematics): what a sum of `terms` may miss of the sum of its terms' sizes. */
static double bound_of(size_t terms)
{
	return terms > 4096 ? 2e-6 : ((double)terms + 4) * 0x1p-25;
}

enum { PERIOD = 65521 }; /* random numbers that are made; a prime, so that no row is like the one above it */

/* One map of side × side and its gradient: constant, or random with both signs. */
struct scene {
	struct shelf shelf;
	size_t side, positions;
	float *x, *dy;
	const struct kernels *table[3];
	size_t tables;
	const char *what;
};

static void scene_make(struct scene *s, struct dice *dice, size_t side, bool constant)
{
	*s = (struct scene){.side = side, .positions = side * side, .what = constant ? "constant" : "random"};
	float cx = 1 + dice_float(dice) / 2, cy = 1 + dice_float(dice) / 2, *some = shelf_random(&s->shelf, dice, PERIOD);
	/* A border of two rows and columns at the end, for correlations of side 3. */
	size_t count = (side + 2) * (side + 2) * LANES;
	s->x = shelf_bytes(&s->shelf, count * sizeof *s->x);
	s->dy = shelf_bytes(&s->shelf, count * sizeof *s->dy);
	for (size_t i = 0; i < count; i++) {
		s->x[i] = constant ? cx : some[i % PERIOD] + 0.5f;
		s->dy[i] = constant ? cy : some[(i + 77) % PERIOD];
	}
	s->tables = tables_here(s->table);
}

/* A number of every table against its terms: Σ over i < count of a[i·step_a] b[i·step_b] (NULL: 1) and of the sizes. */
static void expect_sum(const struct scene *s, const char *name, const float got[3], size_t count, const float *a,
                       size_t step_a, const float *b, size_t step_b, size_t terms)
{
	double want = 0, size = 0;
	for (size_t i = 0; i < count; i++) {
		double term = (double)a[i * step_a] * (b != NULL ? (double)b[i * step_b] : 1);
		want += term;
		size += fabs(term);
	}
	for (size_t t = 0; t < s->tables; t++) {
		double miss = fabs((double)got[t] - want);
		if (!(miss <= bound_of(terms) * size))
			fail_msg("%s: %s over %zu×%zu, %s: %.9g, not %.9g: %.3g of the sizes off, at most %.3g", s->table[t]->isa,
			         name, s->side, s->side, s->what, (double)got[t], want, miss / size, bound_of(terms));
		if (t > 0 && tables_alike(s->table[t], s->table[t - 1]))
			expect_same(name, 1, &got[t], &got[t - 1]);
	}
}

static void batch_norm_check(struct scene *s)
{
	float mean[3], variance[3], plain[3];
	size_t count = s->positions * LANES;
	for (size_t t = 0; t < s->tables; t++) {
		double sum, product;
		s->table[t]->moments(1, s->positions, LANES, s->x, NULL, &mean[t], &variance[t]);
		s->table[t]->batch_norm_sums(s->positions, 0, s->x, s->dy, &sum, &product);
		plain[t] = (float)sum;
		mean[t] *= (float)count; /* Rounds once more. */
		assert_true(s->what[0] == 'r' || variance[t] <= 4e-9f);
	}
	expect_sum(s, "mean", mean, count, s->x, 1, NULL, 0, s->positions);
	expect_sum(s, "Σ dy of batch-norm", plain, count, s->dy, 1, NULL, 0, s->positions);
	for (size_t t = 0; t < s->tables; t++) {
		double sum, product;
		s->table[t]->batch_norm_sums(s->positions, 0, s->x, s->dy, &sum, &product);
		plain[t] = (float)product;
	}
	expect_sum(s, "Σ dy x of batch-norm", plain, count, s->dy, 1, s->x, 1, s->positions);
}

static void windows_check(struct scene *s)
{
	struct sides side = {s->side, s->side}, unit = {1, 1};
	struct windows one = {1, s->side, s->side, 1, 1, side, side, 0, 0};
	struct windows all = {1, s->side, s->side, s->side, s->side, unit, unit, 0, 0};
	float beta = 1, b = 0, d[3][LANES], y[3][LANES], mean[3][LANES], dbeta[3], db[3];
	_Alignas(64) float out[LANES], sums[LANES];
	for (size_t t = 0; t < s->tables; t++) {
		s->table[t]->subsample(&one, &beta, &b, ACTIVATION_LINEAR, s->x, sums, out);
		memcpy(d[t], sums, sizeof sums);
		memcpy(y[t], out, sizeof out);
		s->table[t]->pool_mean(&one, s->x, out);
		memcpy(mean[t], out, sizeof out);
		s->table[t]->subsample_back(&all, &beta, s->x, s->dy, ACTIVATION_LINEAR, s->x, NULL, &dbeta[t], &db[t]);
	}
	for (size_t l = 0; l < LANES; l += 5) {
		float of_sum[3], of_mean[3];
		for (size_t t = 0; t < s->tables; t++) {
			of_sum[t] = d[t][l];
			of_mean[t] = mean[t][l] * (float)s->positions;
			assert_true(y[t][l] == d[t][l]);
		}
		expect_sum(s, "window", of_sum, s->positions, s->x + l, LANES, NULL, 0, s->positions);
		expect_sum(s, "mean of a window", of_mean, s->positions, s->x + l, LANES, NULL, 0, s->positions);
	}
	expect_sum(s, "dbeta", dbeta, s->positions * LANES, s->dy, 1, s->x, 1, s->positions);
	expect_sum(s, "db", db, s->positions * LANES, s->dy, 1, NULL, 0, s->positions);
}

static void full_check(struct scene *s)
{
	float dw[3], db[3], y[3], dx[3], none = 0, *w = shelf_floats(&s->shelf, s->positions);
	_Alignas(64) float out[LANES];
	for (size_t i = 0; i < s->positions; i++)
		w[i] = s->dy[i * LANES];
	for (size_t t = 0; t < s->tables; t++) {
		/* A mix of one map with one; then a full layer of long rows, and its adjoint of long columns. */
		if (s->positions > 1)
			s->table[t]->full_weights(1, 1, s->positions, s->x, s->dy, &dw[t], &db[t], NULL);
		s->table[t]->full(1, s->positions, 1, w, &none, ACTIVATION_LINEAR, s->x, out);
		y[t] = out[3];
		s->table[t]->full_input(s->positions, 1, 1, w, s->x, ACTIVATION_LINEAR, NULL, out);
		dx[t] = out[3];
	}
	if (s->positions > 1) {
		expect_sum(s, "weights of a mix", dw, s->positions * LANES, s->dy, 1, s->x, 1, s->positions);
		expect_sum(s, "bias of a mix", db, s->positions * LANES, s->dy, 1, NULL, 0, s->positions);
	}
	expect_sum(s, "full layer", y, s->positions, s->x + 3, LANES, w, 1, s->positions);
	expect_sum(s, "input of a full layer", dx, s->positions, s->x + 3, LANES, w, 1, s->positions);
}

/* x and dy of one correlation, its kernels' sums at (row, column) against float64. */
static void expect_kernels(const struct scene *s, const struct correlation *c, const char *name, float dk[3][9],
                           size_t terms)
{
	for (size_t n = 0; n < kernel_size(c); n++) {
		double want = 0, size = 0;
		for (size_t u = 0; u < c->out_rows; u++)
			for (size_t i = 0; i < c->out_columns * LANES; i++) {
				size_t row = u + n / c->kernel.columns, column = n % c->kernel.columns;
				double term = (double)s->dy[u * c->out_columns * LANES + i] *
				              (double)s->x[(row * c->columns + column) * LANES + i];
				want += term;
				size += fabs(term);
			}
		for (size_t t = 0; t < s->tables; t++) {
			double miss = fabs((double)dk[t][n] - want) / size;
			if (!(miss <= bound_of(terms)))
				fail_msg("%s: %s %zu over %zu×%zu, %s: %.3g of the sizes off, at most %.3g", s->table[t]->isa, name, n,
				         s->side, s->side, s->what, miss, bound_of(terms));
			if (t > 0 && tables_alike(s->table[t], s->table[t - 1]))
				expect_same(name, 1, &dk[t][n], &dk[t - 1][n]);
		}
	}
}

static void correlations_check(struct scene *s, size_t kernel, size_t points)
{
	static const unsigned char connected = 1;
	struct connections *table = table_make(&s->shelf, 1, 1, &connected);
	size_t side = s->side + kernel - 1;
	struct correlation c = {table, side, side, s->side, s->side, {kernel, kernel}, {1, 1}, {1, 1}, 0, 0, side, side,
	                        points};
	float dk[3][9], db[3];
	for (size_t t = 0; t < s->tables; t++) {
		if (points == 0) {
			float *scratch = shelf_floats(&s->shelf, correlate_scratch(&c));
			s->table[t]->correlate_kernels(&c, s->x, s->dy, dk[t], &db[t], scratch);
			continue;
		}
		float *values = shelf_floats(&s->shelf, winograd_values(&c)), *in = shelf_floats(&s->shelf, winograd_in(&c));
		float *out = shelf_floats(&s->shelf, winograd_out(&c)), *y = shelf_floats(&s->shelf, s->positions * LANES);
		float *scratch = shelf_floats(&s->shelf, winograd_scratch(&c)), k[9] = {0};
		s->table[t]->winograd_prepare(&c, k, values);
		s->table[t]->winograd(&c, values, NULL, ACTIVATION_LINEAR, s->x, y, in, scratch);
		s->table[t]->winograd_delta(&c, s->dy, &db[t], out);
		s->table[t]->winograd_kernels(&c, in, out, dk[t], scratch);
	}
	expect_kernels(s, &c, points > 0 ? "kernels by points" : "kernels", dk, s->positions);
	expect_sum(s, "bias", db, s->positions * LANES, s->dy, 1, NULL, 0, s->positions);
}

static void sums_check(size_t side, bool constant)
{
	struct dice dice = {.seed = side};
	struct scene s;
	scene_make(&s, &dice, side, constant);
	batch_norm_check(&s);
	windows_check(&s);
	full_check(&s);
	correlations_check(&s, 1, 0);
	correlations_check(&s, 3, 0);
	correlations_check(&s, 3, 6);
	shelf_clear(&s.shelf);
}

static const size_t sides[] = {1, 8, 31, 64, 65, 130, 1024};

static void constant_maps_keep_their_sums(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
		sums_check(sides[i], true);
}

static void random_maps_keep_their_sums(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
		sums_check(sides[i], false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constant_maps_keep_their_sums),
		cmocka_unit_test(random_maps_keep_their_sums),
	};
	return cmocka_run_group_tests_name("kernel: long sums", tests, NULL, NULL);
}
