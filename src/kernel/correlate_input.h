/* Correlation, adjoint to the input: dx_i[r][c] = Σ_{j: i∈M_j} Σ_ab k_ij[a][b] dy_j[(r − a·d)/s][(c − b·e)/t], with
 * stride s × t, dilation d × e, and r and c counted in the padded input. The rows that exist are found by the bounds of
 * a. The columns c = f + n·t of a phase f < t meet every g-th b alone, from a first one on, and dy at n less a shift
 * that grows by a constant. So no product is with zeros between strided columns. dy is copied into rows with zeros
 * around (an edge of the largest shift). Tiles in these edges are narrow, and leave out the b that meet zeros only. */
#ifndef CONVOY_KERNEL_CORRELATE_INPUT_H
#define CONVOY_KERNEL_CORRELATE_INPUT_H

#include "activation.h"
#include "spread_shape.h"
#include "tile.h"

static void spread(const struct correlation *c, const float *dy, float *scratch)
{
	size_t width = spread_columns(c) * LANES, edge = spread_edge(c) * LANES, line = c->out_columns * LANES;
	for (size_t row = 0; row < c->table->out_maps * c->out_rows; row++, dy += line, scratch += width) {
		memset(scratch, 0, edge * sizeof *scratch);
		memcpy(scratch + edge, dy, line * sizeof *dy);
		memset(scratch + edge + line, 0, (width - edge - line) * sizeof *scratch);
	}
}

/* The b that the columns of a phase meet: first + q·step, q < count, at a shift of shift + q·by. */
struct phase {
	size_t first, step, count, shift, by;
};

static struct phase phase_of(const struct correlation *c, size_t phase)
{
	size_t t = c->stride.columns, e = c->dilation.columns, common = t;
	for (size_t rest = e; rest > 0;) { /* Euclid */
		size_t next = common % rest;
		common = rest;
		rest = next;
	}
	struct phase p = {.step = t / common, .by = e / common};
	while (p.first < p.step && p.first < c->kernel.columns && p.first * e % t != phase)
		p.first++;
	if (p.first < p.step && p.first < c->kernel.columns) {
		p.count = (c->kernel.columns - 1 - p.first) / p.step + 1;
		p.shift = p.first * e / t;
	}
	return p;
}

/* Where a tile of dx stands: maps from i on, row and column of the padded input, place n of the column in its phase,
 * lane h, the q that matter there. */
struct input_at {
	struct phase phase;
	size_t i, row, column, n, h, first, end;
};

/* Adds what output map j gives to maps p0 … p1−1 of a tile. */
INLINE void input_add(const size_t p0, const size_t p1, const size_t columns, const struct correlation *c,
                      const float *wide, size_t j, struct input_at at, const float *const weight[4], vec sum[4][6])
{
	size_t width = spread_columns(c), by = at.phase.by * LANES;
	for (size_t a = 0; a < c->kernel.rows && a * c->dilation.rows <= at.row; a++) {
		size_t row = at.row - a * c->dilation.rows;
		if (c->stride.rows > 1) {
			if (row % c->stride.rows != 0)
				continue;
			row /= c->stride.rows;
		}
		if (row >= c->out_rows)
			continue;
		size_t column = at.n + spread_edge(c) - at.phase.shift - at.first * at.phase.by;
		const float *from = wide + ((j * c->out_rows + row) * width + column) * LANES + at.h;
		size_t k = a * c->kernel.columns + at.phase.first + at.first * at.phase.step;
		for (size_t b = at.first; b < at.end; b++, from -= by, k += at.phase.step) {
			vec in[6];
			UNROLL for (size_t q = 0; q < columns; q++)
				in[q] = vec_hold(from + q * LANES);
			UNROLL for (size_t p = p0; p < p1; p++) {
				vec factor = vec_all(weight[p][k]);
				UNROLL for (size_t q = 0; q < columns; q++)
					sum[p][q] = vec_fma(factor, in[q], sum[p][q]);
			}
		}
	}
}

INLINE void input_end(const size_t maps, const size_t columns, const struct correlation *c, struct input_at at,
                      float *dx, vec sum[4][6])
{
	size_t row = at.row - c->top, step = c->stride.columns, column = at.column - c->left;
	UNROLL for (size_t p = 0; p < maps; p++)
		UNROLL for (size_t q = 0; q < columns; q++)
			vec_store(dx + (((at.i + p) * c->in_rows + row) * c->in_columns + column + q * step) * LANES + at.h,
			          sum[p][q]);
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

/* The width of the tile that begins at place n of a phase, and its range of q. */
INLINE size_t input_columns(const struct correlation *c, size_t n, size_t end, struct input_at *at)
{
	const struct phase *p = &at->phase;
	size_t reach = c->out_columns, edge = p->count > 0 ? p->shift + (p->count - 1) * p->by : 0, columns;
	if (n < edge)
		columns = smaller(edge - n, EDGE_COLUMNS);
	else if (n < reach)
		columns = tile_next(smaller(reach, end) - n, TILE_COLUMNS);
	else
		columns = EDGE_COLUMNS;
	columns = smaller(columns, end - n);
	size_t last = n + columns - 1;
	at->n = n; /* q from the first that meets dy before its end, to the last that meets it behind its beginning */
	at->first = n + 1 > reach + p->shift ? smaller(p->count, (n - reach - p->shift + p->by) / p->by) : 0;
	at->end = last < p->shift ? 0 : smaller(p->count, (last - p->shift) / p->by + 1);
	if (at->first >= at->end) /* zeros alone: no address is made of them */
		at->first = at->end = 0;
	return columns;
}

/* The columns of a phase in a row of maps i …: end is the number of its places. */
static void input_phase(const struct correlation *c, const float *k, const float *wide, float *dx, size_t maps,
                        bool pair, struct input_at at)
{
	size_t t = c->stride.columns, first = at.column % t, columns, n = at.column / t;
	size_t end = (c->left + c->in_columns - first + t - 1) / t;
	for (; n < end; n += columns) {
		columns = input_columns(c, n, end, &at);
		at.column = first + n * t;
		if (pair)
			TILE_ROW(input_pair, 2, columns, c, k, wide, dx, at);
		else
			TILE(input_tile, maps, columns, c, k, wide, dx, at);
	}
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
			for (size_t v = c->left; v < c->left + smaller(c->stride.columns, c->in_columns); v++) {
				struct input_at at = {.phase = phase_of(c, v % c->stride.columns), .i = i, .row = r, .column = v};
				input_phase(c, k, scratch, dx, maps, pair, at);
			}
			for (size_t m = i; m < i + maps; m++) {
				size_t line = (m * c->in_rows + r - c->top) * c->in_columns * LANES;
				activate_back(f, c->in_columns, x + line, dx + line);
			}
		}
	}
}

#endif
