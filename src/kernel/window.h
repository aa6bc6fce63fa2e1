/* Sub-sampling (section 3.2) and pooling: windows of n×n, smaller at a ragged edge. */
#ifndef CONVOY_KERNEL_WINDOW_H
#define CONVOY_KERNEL_WINDOW_H

#include "lanes.h"

/* Rows and columns of the window whose output is (u, v). */
struct window {
	size_t row, column, rows, columns;
};

INLINE struct window window_at(const struct windows *w, size_t u, size_t v)
{
	struct window at = {u * w->n, v * w->n, w->n, w->n};
	if (at.row + at.rows > w->rows)
		at.rows = w->rows - at.row;
	if (at.column + at.columns > w->columns)
		at.columns = w->columns - at.column;
	return at;
}

INLINE vec window_sum(const float *map, size_t columns, struct window at)
{
	vec sum = vec_all(0);
	for (size_t r = 0; r < at.rows; r++)
		for (size_t c = 0; c < at.columns; c++)
			sum += vec_load(map + ((at.row + r) * columns + at.column + c) * LANES);
	return sum;
}

INLINE void window_fill(float *map, size_t columns, struct window at, vec value)
{
	for (size_t r = 0; r < at.rows; r++)
		for (size_t c = 0; c < at.columns; c++)
			vec_store(map + ((at.row + r) * columns + at.column + c) * LANES, value);
}

static void subsample(const struct windows *w, const float *beta, const float *b, const float *x, float *d, float *y)
{
	size_t size = w->rows * w->columns * LANES, out_size = w->out_rows * w->out_columns * LANES;
	for (size_t j = 0; j < w->maps; j++)
		for (size_t u = 0; u < w->out_rows; u++)
			for (size_t v = 0; v < w->out_columns; v++)
				for (size_t h = 0; h < LANES; h += W) {
					size_t to = j * out_size + (u * w->out_columns + v) * LANES + h;
					vec sum = window_sum(x + j * size + h, w->columns, window_at(w, u, v));
					vec_store(d + to, sum);
					vec_store(y + to, vec_fma(vec_all(beta[j]), sum, vec_all(b[j])));
				}
}

static void subsample_back(const struct windows *w, const float *beta, const float *d, const float *dy, float *dx,
                           float *dbeta, float *db)
{
	size_t size = w->rows * w->columns * LANES, out_size = w->out_rows * w->out_columns * LANES;
	for (size_t j = 0; j < w->maps; j++) {
		_Alignas(64) float lanes_b[LANES], lanes_beta[LANES];
		for (size_t h = 0; h < LANES; h += W) {
			vec sum = vec_all(0), sum_d = vec_all(0);
			for (size_t i = j * out_size; i < (j + 1) * out_size; i += LANES) {
				vec g = vec_load(dy + i + h);
				sum += g;
				sum_d = vec_fma(g, vec_load(d + i + h), sum_d);
			}
			vec_store(lanes_b + h, sum);
			vec_store(lanes_beta + h, sum_d);
		}
		db[j] = row_sum(lanes_b);
		dbeta[j] = row_sum(lanes_beta);
		if (dx == NULL)
			continue;
		for (size_t u = 0; u < w->out_rows; u++)
			for (size_t v = 0; v < w->out_columns; v++)
				for (size_t h = 0; h < LANES; h += W) {
					const float *g = dy + j * out_size + (u * w->out_columns + v) * LANES + h;
					window_fill(dx + j * size + h, w->columns, window_at(w, u, v), beta[j] * vec_load(g));
				}
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
							ivec larger = value > best;
							best = vec_select(larger, value, best);
							where = (where & ~larger) | (((ivec){0} + number) & larger);
						}
					vec_store(y + to, best);
					memcpy(choice + to, &where, sizeof where);
				}
			}
}

static void pool_max_back(const struct windows *w, const int32_t *choice, const float *dy, float *dx)
{
	size_t size = w->rows * w->columns * LANES, out_size = w->out_rows * w->out_columns * LANES;
	for (size_t j = 0; j < w->maps; j++)
		for (size_t u = 0; u < w->out_rows; u++)
			for (size_t v = 0; v < w->out_columns; v++) {
				struct window at = window_at(w, u, v);
				for (size_t h = 0; h < LANES; h += W) {
					float *into = dx + j * size + (at.row * w->columns + at.column) * LANES + h;
					size_t from = j * out_size + (u * w->out_columns + v) * LANES + h;
					vec g = vec_load(dy + from);
					ivec where;
					memcpy(&where, choice + from, sizeof where);
					int32_t number = 0;
					for (size_t r = 0; r < at.rows; r++)
						for (size_t c = 0; c < at.columns; c++, number++)
							vec_store(into + (r * w->columns + c) * LANES,
							          vec_select(where == number, g, vec_all(0)));
				}
			}
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

static void pool_mean_back(const struct windows *w, const float *dy, float *dx)
{
	size_t size = w->rows * w->columns * LANES, out_size = w->out_rows * w->out_columns * LANES;
	for (size_t j = 0; j < w->maps; j++)
		for (size_t u = 0; u < w->out_rows; u++)
			for (size_t v = 0; v < w->out_columns; v++) {
				struct window at = window_at(w, u, v);
				float share = 1.0f / (float)(at.rows * at.columns);
				for (size_t h = 0; h < LANES; h += W) {
					const float *g = dy + j * out_size + (u * w->out_columns + v) * LANES + h;
					window_fill(dx + j * size + h, w->columns, at, share * vec_load(g));
				}
			}
}

#endif
