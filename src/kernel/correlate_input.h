/* Correlation, adjoint to the input: dx_i[r][c] = Σ_{j: i∈M_j} Σ_ab k_ij[a][b] dy_j[(r − a·d)/s][(c − b·e)/t], with
 * stride s × t, dilation d × e, and r and c counted in the padded input. The rows that exist are found by the bounds of
 * a. For the columns dy is copied into rows with zeros between (t) and around (an edge of one less than the kernel's
 * reach). Tiles in these edges are narrow, and leave out the b that meet zeros only. */
#ifndef CONVOY_KERNEL_CORRELATE_INPUT_H
#define CONVOY_KERNEL_CORRELATE_INPUT_H

#include "activation.h"
#include "tile.h"

/* Zeros at either end of a row. */
INLINE size_t spread_edge(const struct correlation *c)
{
	return (c->kernel.columns - 1) * c->dilation.columns;
}

INLINE size_t spread_columns(const struct correlation *c)
{
	return c->columns + spread_edge(c);
}

static void spread(const struct correlation *c, const float *dy, float *scratch)
{
	size_t width = spread_columns(c) * LANES, edge = spread_edge(c) * LANES, line = c->out_columns * LANES;
	for (size_t row = 0; row < c->table->out_maps * c->out_rows; row++, dy += line, scratch += width) {
		if (c->stride.columns == 1) {
			memset(scratch, 0, edge * sizeof *scratch);
			memcpy(scratch + edge, dy, line * sizeof *dy);
			memset(scratch + edge + line, 0, (width - edge - line) * sizeof *scratch);
			continue;
		}
		memset(scratch, 0, width * sizeof *scratch);
		for (size_t v = 0; v < c->out_columns; v++)
			memcpy(scratch + edge + v * c->stride.columns * LANES, dy + v * LANES, LANES * sizeof *dy);
	}
}

/* Where a tile of dx stands: maps from i on, row and column of the padded input, lane h, the b that matter there. */
struct input_at {
	size_t i, row, column, h, first_b, end_b;
};

/* Adds what output map j gives to maps p0 … p1−1 of a tile. */
INLINE void input_add(const size_t p0, const size_t p1, const size_t columns, const struct correlation *c,
                      const float *wide, size_t j, struct input_at at, const float *const weight[4], vec sum[4][6])
{
	size_t width = spread_columns(c), across = c->dilation.columns;
	for (size_t a = 0; a < c->kernel.rows && a * c->dilation.rows <= at.row; a++) {
		size_t row = at.row - a * c->dilation.rows;
		if (c->stride.rows > 1) {
			if (row % c->stride.rows != 0)
				continue;
			row /= c->stride.rows;
		}
		if (row >= c->out_rows)
			continue;
		size_t column = at.column + spread_edge(c) - at.first_b * across;
		const float *from = wide + ((j * c->out_rows + row) * width + column) * LANES + at.h;
		for (size_t b = at.first_b; b < at.end_b; b++, from -= across * LANES) {
			vec in[6];
			UNROLL for (size_t q = 0; q < columns; q++)
				in[q] = vec_hold(from + q * LANES);
			UNROLL for (size_t p = p0; p < p1; p++) {
				vec factor = vec_all(weight[p][a * c->kernel.columns + b]);
				UNROLL for (size_t q = 0; q < columns; q++)
					sum[p][q] = vec_fma(factor, in[q], sum[p][q]);
			}
		}
	}
}

INLINE void input_end(const size_t maps, const size_t columns, const struct correlation *c, struct input_at at,
                      float *dx, vec sum[4][6])
{
	size_t row = at.row - c->top, column = at.column - c->left;
	UNROLL for (size_t p = 0; p < maps; p++)
		UNROLL for (size_t q = 0; q < columns; q++)
			vec_store(dx + (((at.i + p) * c->in_rows + row) * c->in_columns + column + q) * LANES + at.h, sum[p][q]);
}

INLINE void input_tile(const size_t maps, const size_t columns, const struct correlation *c, const float *k,
                       const float *wide, float *dx, struct input_at at)
{
	const struct connections *t = c->table;
	size_t outputs = t->back[at.i + 1] - t->back[at.i], kk = kernel_size(c);
	for (at.h = 0; at.h < LANES; at.h += W) {
		vec sum[4][6];
		sums_begin(maps, columns, NULL, sum);
		for (size_t e = 0; e < outputs; e++) {
			const float *weight[4];
			UNROLL for (size_t p = 0; p < maps; p++)
				weight[p] = k + t->back_at[t->back[at.i + p] + e] * kk;
			input_add(0, maps, columns, c, wide, t->back_out[t->back[at.i] + e], at, weight, sum);
		}
		input_end(maps, columns, c, at, dx, sum);
	}
}

INLINE void input_pair(const size_t maps, const size_t columns, const struct correlation *c, const float *k,
                       const float *wide, float *dx, struct input_at at)
{
	const struct connections *t = c->table;
	size_t kk = kernel_size(c);
	for (at.h = 0; at.h < LANES; at.h += W) {
		vec sum[4][6];
		sums_begin(maps, columns, NULL, sum);
		struct pair_walk walk = pair_begin(t->back, t->back_out, at.i);
		for (enum pair_step step; (step = pair_next(&walk)) != PAIR_END;) {
			/* A list that is at its end may stand behind the last entry. */
			size_t left = walk.at[0] < t->count ? walk.at[0] : 0;
			size_t right = walk.at[1] < t->count ? walk.at[1] : 0;
			const float *const weight[4] = {k + t->back_at[left] * kk, k + t->back_at[right] * kk};
			if (step == PAIR_BOTH)
				input_add(0, 2, columns, c, wide, t->back_out[left], at, weight, sum);
			else if (step == PAIR_LEFT)
				input_add(0, 1, columns, c, wide, t->back_out[left], at, weight, sum);
			else
				input_add(1, 2, columns, c, wide, t->back_out[right], at, weight, sum);
			walk.at[0] += step != PAIR_RIGHT;
			walk.at[1] += step != PAIR_LEFT;
		}
		input_end(maps, columns, c, at, dx, sum);
	}
}

/* The width of the tile that begins at column v of the padded input, and its range of b. dy reaches over `reach`
 * columns. */
INLINE size_t input_columns(const struct correlation *c, size_t v, size_t end, struct input_at *at)
{
	size_t reach = (c->out_columns - 1) * c->stride.columns + 1, edge = spread_edge(c), across = c->dilation.columns;
	size_t columns;
	if (v < edge)
		columns = smaller(edge - v, EDGE_COLUMNS);
	else if (v < reach)
		columns = tile_next(smaller(reach, end) - v, TILE_COLUMNS);
	else
		columns = EDGE_COLUMNS;
	columns = smaller(columns, end - v);
	at->column = v;
	at->first_b = v + 1 > reach ? (v - reach + across) / across : 0;
	at->end_b = smaller(c->kernel.columns, (v + columns - 1) / across + 1);
	return columns;
}

static void correlate_input(const struct correlation *c, const float *k, const float *dy, enum activation f,
                            const float *x, float *dx, float *scratch)
{
	spread(c, dy, scratch);
	size_t maps;
	for (size_t i = 0; i < c->table->in_maps; i += maps) {
		maps = alike(c->table->back, c->table->back_out, c->table->in_maps, i);
		bool pair = maps == 1 && i + 1 < c->table->in_maps;
		maps = pair ? 2 : maps;
		for (size_t r = c->top; r < c->top + c->in_rows; r++) {
			size_t columns, end = c->left + c->in_columns;
			for (size_t v = c->left; v < end; v += columns) {
				struct input_at at = {.i = i, .row = r};
				columns = input_columns(c, v, end, &at);
				if (pair)
					TILE_ROW(input_pair, 2, columns, c, k, scratch, dx, at);
				else
					TILE(input_tile, maps, columns, c, k, scratch, dx, at);
			}
			for (size_t m = i; m < i + maps; m++) {
				size_t line = (m * c->in_rows + r - c->top) * c->in_columns * LANES;
				activate_back(f, c->in_columns, x + line, dx + line);
			}
		}
	}
}

#endif
