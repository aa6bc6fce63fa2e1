/* Sub-sampling (section 3.2) and pooling over windows. */
#ifndef CONVOY_KERNEL_WINDOW_H
#define CONVOY_KERNEL_WINDOW_H

#include "activation.h"
#include "blocks.h"
#include "lanes.h"

INLINE vec window_run(const float *map, size_t columns, struct window at)
{
	vec sum = vec_all(0);
	for (size_t r = 0; r < at.rows; r++)
		for (size_t c = 0; c < at.columns; c++)
			sum += vec_load(map + ((at.row + r) * columns + at.column + c) * LANES);
	return sum;
}

static vec window_blocks(const float *map, size_t columns, struct window at)
{
	struct block b = {0};
	double total[W] = {0};
	float out[W];
	while (block_next(at.rows, at.columns, &b)) {
		vec part = window_run(map, columns, (struct window){at.row + b.row, at.column + b.column, b.rows, b.columns});
		blocks_add(W, (const float *)&part, total);
	}
	blocks_end(W, total, out);
	return *(const vec_any *)out;
}

INLINE vec window_sum(const float *map, size_t columns, struct window at)
{
	bool run = at.rows * at.columns <= RUN_TERMS;
	return run ? window_run(map, columns, at) : window_blocks(map, columns, at);
}

/* Adds `value` to each number, or replaces it. */
INLINE void window_put(const bool add, float *map, size_t columns, struct window at, vec value)
{
	for (size_t r = 0; r < at.rows; r++)
		for (size_t c = 0; c < at.columns; c++) {
			float *to = map + ((at.row + r) * columns + at.column + c) * LANES;
			vec_store(to, add ? vec_load(to) + value : value);
		}
}

/* Whether each number is in one window. */
INLINE bool windows_tile(const struct windows *w)
{
	return w->side.rows == w->step.rows && w->side.columns == w->step.columns;
}

/* Whether all windows have the usual 2×2 numbers, for which there are loops of their own. */
INLINE bool windows_halve(const struct windows *w)
{
	return w->side.rows == 2 && w->side.columns == 2 && w->rows % 2 == 0 && w->columns % 2 == 0 && windows_tile(w);
}

/* One row of outputs; n: the side of all windows, or 0 where it differs. */
INLINE void subsample_row(const size_t n, const struct windows *w, float beta, float b, size_t u, const float *map,
                          float *d, float *y)
{
	for (size_t v = 0; v < w->out_columns; v++)
		for (size_t h = 0; h < LANES; h += W) {
			struct window at = window_at(w, u, v);
			if (n != 0)
				at.rows = at.columns = n;
			vec sum = window_sum(map + h, w->columns, at);
			vec_store(d + v * LANES + h, sum);
			vec_store(y + v * LANES + h, vec_fma(vec_all(beta), sum, vec_all(b)));
		}
}

static void subsample(const struct windows *w, const float *beta, const float *b, enum activation f, const float *x,
                      float *d, float *y)
{
	size_t size = w->rows * w->columns * LANES, line = w->out_columns * LANES;
	for (size_t j = 0; j < w->maps; j++, x += size)
		for (size_t u = 0; u < w->out_rows; u++, d += line, y += line) {
			if (windows_halve(w))
				subsample_row(2, w, beta[j], b[j], u, x, d, y);
			else
				subsample_row(0, w, beta[j], b[j], u, x, d, y);
			activate(f, w->out_columns, y);
		}
}

/* The gradients of β and b of one map. */
INLINE void subsample_sums(size_t positions, const float *d, const float *dy, float *dbeta, float *db)
{
	_Alignas(64) float lanes_b[LANES], lanes_beta[LANES];
	double total_b = 0, total_beta = 0;
	size_t block = block_terms(positions);
	for (size_t first = 0; first < positions; first += block) {
		size_t end = smaller(first + block, positions);
		for (size_t h = 0; h < LANES; h += W) {
			vec sum = vec_all(0), sum_d = vec_all(0);
			for (size_t i = first * LANES + h; i < end * LANES; i += LANES) {
				vec g = vec_load(dy + i);
				sum += g;
				sum_d = vec_fma(g, vec_load(d + i), sum_d);
			}
			vec_store(lanes_b + h, sum);
			vec_store(lanes_beta + h, sum_d);
		}
		total_b += (double)row_sum(lanes_b);
		total_beta += (double)row_sum(lanes_beta);
	}
	*db = (float)total_b;
	*dbeta = (float)total_beta;
}

/* dx of one map; n: the side of all windows, or 0 where it differs. */
INLINE void subsample_input(const size_t n, const enum activation f, const struct windows *w, float beta,
                            const float *dy, const float *x, float *dx)
{
	for (size_t u = 0; u < w->out_rows; u++)
		for (size_t v = 0; v < w->out_columns; v++, dy += LANES) {
			struct window at = window_at(w, u, v);
			size_t rows = n != 0 ? n : at.rows, columns = n != 0 ? n : at.columns;
			for (size_t h = 0; h < LANES; h += W) {
				vec value = beta * vec_load(dy + h);
				for (size_t r = 0; r < rows; r++)
					for (size_t c = 0; c < columns; c++) {
						size_t to = ((at.row + r) * w->columns + at.column + c) * LANES + h;
						vec_store(dx + to, value * activation_slope(f, vec_load(x + to)));
					}
			}
		}
}

INLINE void subsample_input_by(const enum activation f, const struct windows *w, float beta, const float *dy,
                               const float *x, float *dx)
{
	if (windows_halve(w))
		subsample_input(2, f, w, beta, dy, x, dx);
	else
		subsample_input(0, f, w, beta, dy, x, dx);
}

static void subsample_back(const struct windows *w, const float *beta, const float *d, const float *dy,
                           enum activation f, const float *x, float *dx, float *dbeta, float *db)
{
	size_t size = w->rows * w->columns * LANES, out = w->out_rows * w->out_columns;
	for (size_t j = 0; j < w->maps; j++, d += out * LANES, dy += out * LANES) {
		if (dbeta != NULL)
			subsample_sums(out, d, dy, dbeta + j, db + j);
		if (dx != NULL)
			BY_ACTIVATION(subsample_input_by, f, w, beta[j], dy, x + j * size, dx + j * size);
	}
}

static void pool_max(const struct windows *w, const float *x, float *y, int32_t *choice)
{
	size_t size = w->rows * w->columns * LANES, out_size = w->out_rows * w->out_columns * LANES;
	for (size_t j = 0; j < w->maps; j++)
		for (size_t u = 0; u < w->out_rows; u++)
			for (size_t v = 0; v < w->out_columns; v++) {
				struct window at = window_at(w, u, v);
				for (size_t h = 0; h < LANES; h += W) {
					const float *from = x + j * size + (at.row * w->columns + at.column) * LANES + h;
					size_t to = j * out_size + (u * w->out_columns + v) * LANES + h;
					vec best = vec_load(from);
					ivec where = {0};
					int32_t number = 0;
					for (size_t r = 0; r < at.rows; r++)
						for (size_t c = 0; c < at.columns; c++, number++) {
							vec value = vec_load(from + (r * w->columns + c) * LANES);
							ivec larger = (value > best) | (value != value); /* NaN goes on, to be found */
							best = vec_select(larger, value, best);
							where = (where & ~larger) | (((ivec){0} + number) & larger);
						}
					vec_store(y + to, best);
					memcpy(choice + to, &where, sizeof where);
				}
			}
}

/* Gives the gradient of a window's maximum to its choice, and 0 to the others. */
INLINE void pool_max_give(const bool add, float *into, size_t columns, struct window at, ivec where, vec g)
{
	int32_t number = 0;
	for (size_t r = 0; r < at.rows; r++)
		for (size_t c = 0; c < at.columns; c++, number++) {
			float *to = into + ((at.row + r) * columns + at.column + c) * LANES;
			vec value = vec_select(where == number, g, vec_all(0));
			vec_store(to, add ? vec_load(to) + value : value);
		}
}

INLINE void pool_max_back_by(const bool add, const struct windows *w, const int32_t *choice, const float *dy, float *dx)
{
	size_t size = w->rows * w->columns * LANES, out_size = w->out_rows * w->out_columns * LANES;
	for (size_t j = 0; j < w->maps; j++)
		for (size_t u = 0; u < w->out_rows; u++)
			for (size_t v = 0; v < w->out_columns; v++) {
				struct window at = window_at(w, u, v);
				for (size_t h = 0; h < LANES; h += W) {
					size_t from = j * out_size + (u * w->out_columns + v) * LANES + h;
					ivec where;
					memcpy(&where, choice + from, sizeof where);
					pool_max_give(add, dx + j * size + h, w->columns, at, where, vec_load(dy + from));
				}
			}
}

static void pool_max_back(const struct windows *w, const int32_t *choice, const float *dy, float *dx)
{
	if (windows_tile(w)) {
		pool_max_back_by(false, w, choice, dy, dx);
		return;
	}
	memset(dx, 0, w->maps * w->rows * w->columns * LANES * sizeof *dx);
	pool_max_back_by(true, w, choice, dy, dx);
}

static void pool_mean(const struct windows *w, const float *x, float *y)
{
	size_t size = w->rows * w->columns * LANES, out_size = w->out_rows * w->out_columns * LANES;
	for (size_t j = 0; j < w->maps; j++)
		for (size_t u = 0; u < w->out_rows; u++)
			for (size_t v = 0; v < w->out_columns; v++) {
				struct window at = window_at(w, u, v);
				float share = 1.0f / (float)(at.rows * at.columns);
				for (size_t h = 0; h < LANES; h += W)
					vec_store(y + j * out_size + (u * w->out_columns + v) * LANES + h,
					          share * window_sum(x + j * size + h, w->columns, at));
			}
}

INLINE void pool_mean_back_by(const bool add, const struct windows *w, const float *dy, float *dx)
{
	size_t size = w->rows * w->columns * LANES, out_size = w->out_rows * w->out_columns * LANES;
	for (size_t j = 0; j < w->maps; j++)
		for (size_t u = 0; u < w->out_rows; u++)
			for (size_t v = 0; v < w->out_columns; v++) {
				struct window at = window_at(w, u, v);
				float share = 1.0f / (float)(at.rows * at.columns);
				for (size_t h = 0; h < LANES; h += W) {
					const float *g = dy + j * out_size + (u * w->out_columns + v) * LANES + h;
					window_put(add, dx + j * size + h, w->columns, at, share * vec_load(g));
				}
			}
}

static void pool_mean_back(const struct windows *w, const float *dy, float *dx)
{
	if (windows_tile(w)) {
		pool_mean_back_by(false, w, dy, dx);
		return;
	}
	memset(dx, 0, w->maps * w->rows * w->columns * LANES * sizeof *dx);
	pool_mean_back_by(true, w, dy, dx);
}

#endif
