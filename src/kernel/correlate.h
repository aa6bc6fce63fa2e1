/* Correlation (section 3), forward: tiles of output maps × columns pass over input maps and kernel offsets, in the
 * order (input map, kernel row, kernel column). */
#ifndef CONVOY_KERNEL_CORRELATE_H
#define CONVOY_KERNEL_CORRELATE_H

#include "activation.h"
#include "tile.h"

/* Where a tile stands: output row u, column v, lane h of maps from j on. */
struct forward_at {
	size_t j, u, v, h;
};

/* Adds what one input map gives to maps p0 … p1−1 of a tile. */
INLINE void forward_add(const size_t p0, const size_t p1, const size_t columns, const struct correlation *c,
                        const float *x, size_t input, struct forward_at at, const float *const weight[4], vec sum[4][6])
{
	size_t row = input * c->rows + at.u * c->stride.rows, step = c->stride.columns * LANES;
	const float *line = x + (row * c->columns + at.v * c->stride.columns) * LANES + at.h;
	size_t across = c->dilation.columns * LANES, down = c->dilation.rows * c->columns * LANES, n = 0;
	for (size_t a = 0; a < c->kernel.rows; a++, line += down) {
		const float *from = line;
		for (size_t b = 0; b < c->kernel.columns; b++, from += across, n++) {
			vec in[6];
			UNROLL for (size_t q = 0; q < columns; q++)
				in[q] = vec_hold(from + q * step);
			UNROLL for (size_t p = p0; p < p1; p++) {
				vec factor = vec_all(weight[p][n]);
				UNROLL for (size_t q = 0; q < columns; q++)
					sum[p][q] = vec_fma(factor, in[q], sum[p][q]);
			}
		}
	}
}

INLINE void forward_end(const size_t maps, const size_t columns, const struct correlation *c, struct forward_at at,
                        float *y, vec sum[4][6])
{
	UNROLL for (size_t p = 0; p < maps; p++)
		UNROLL for (size_t q = 0; q < columns; q++)
			vec_store(y + (((at.j + p) * c->out_rows + at.u) * c->out_columns + at.v + q) * LANES + at.h,
			          sum[p][q]);
}

INLINE void forward_tile(const size_t maps, const size_t columns, const struct correlation *c, const float *k,
                         const float *b, const float *x, float *y, struct forward_at at)
{
	const struct connections *t = c->table;
	size_t inputs = t->first[at.j + 1] - t->first[at.j], kk = kernel_size(c);
	for (at.h = 0; at.h < LANES; at.h += W) {
		vec sum[4][6];
		sums_begin(maps, columns, b != NULL ? b + at.j : NULL, sum);
		for (size_t i = 0; i < inputs; i++) {
			const float *weight[4];
			UNROLL for (size_t p = 0; p < maps; p++)
				weight[p] = k + (t->first[at.j + p] + i) * kk;
			forward_add(0, maps, columns, c, x, t->input[t->first[at.j] + i], at, weight, sum);
		}
		forward_end(maps, columns, c, at, y, sum);
	}
}

INLINE void forward_pair(const size_t maps, const size_t columns, const struct correlation *c, const float *k,
                         const float *b, const float *x, float *y, struct forward_at at)
{
	size_t kk = kernel_size(c);
	for (at.h = 0; at.h < LANES; at.h += W) {
		vec sum[4][6];
		sums_begin(maps, columns, b != NULL ? b + at.j : NULL, sum);
		struct pair_walk walk = pair_begin(c->table->first, c->table->input, at.j);
		for (enum pair_step step; (step = pair_next(&walk)) != PAIR_END;) {
			const float *const weight[4] = {k + walk.at[0] * kk, k + walk.at[1] * kk};
			if (step == PAIR_BOTH)
				forward_add(0, 2, columns, c, x, c->table->input[walk.at[0]], at, weight, sum);
			else if (step == PAIR_LEFT)
				forward_add(0, 1, columns, c, x, c->table->input[walk.at[0]], at, weight, sum);
			else
				forward_add(1, 2, columns, c, x, c->table->input[walk.at[1]], at, weight, sum);
			walk.at[0] += step != PAIR_RIGHT;
			walk.at[1] += step != PAIR_LEFT;
		}
		forward_end(maps, columns, c, at, y, sum);
	}
}

static void correlate(const struct correlation *c, const float *k, const float *b, enum activation f, const float *x,
                      float *y)
{
	size_t maps;
	for (size_t j = 0; j < c->table->out_maps; j += maps) {
		maps = alike(c->table->first, c->table->input, c->table->out_maps, j);
		bool pair = maps == 1 && j + 1 < c->table->out_maps;
		maps = pair ? 2 : maps;
		for (size_t u = 0; u < c->out_rows; u++) {
			size_t columns;
			for (size_t v = 0; v < c->out_columns; v += columns) {
				struct forward_at at = {.j = j, .u = u, .v = v};
				columns = tile_next(c->out_columns - v, TILE_COLUMNS);
				if (pair)
					TILE_ROW(forward_pair, 2, columns, c, k, b, x, y, at);
				else
					TILE(forward_tile, maps, columns, c, k, b, x, y, at);
			}
			for (size_t m = j; m < j + maps; m++) /* while the row is in the first cache */
				activate(f, c->out_columns, y + (m * c->out_rows + u) * c->out_columns * LANES);
		}
	}
}

#endif
