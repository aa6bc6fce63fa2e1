/* Correlation by points in both directions (mathematics, Fewer multiplications): m × m outputs, m = P + 1 − K, from the
 * values of P × P numbers at a grid of P × P points. Stride 1, all pairs of maps connected.
 *
 *   y_j = Aᵀ [Σ_i (G k_ij Gᵀ) ∘ (Bᵀ x_i B)] A      x_i: P × P, k_ij: K × K, y_j: m × m
 *
 * A few tiles at a time: their windows go to the points; at each point the sum over i is a product of two small
 * matrices, of kernels and of windows; the results come back. So the values of a window stay in the second cache. The
 * adjoint to the input is the same correlation, of dy with the kernels turned by half a circle. */
#ifndef CONVOY_KERNEL_GRID_H
#define CONVOY_KERNEL_GRID_H

#include "full.h"
#include "grid_squares.h"

/* One direction: output (u, v) reads `from` at rows u − top …, columns v − left …; what is outside is 0. */
struct grid {
	size_t from_maps, from_rows, from_columns, to_maps, to_rows, to_columns;
	ptrdiff_t top, left;
	size_t across, tiles; /* tiles in a row, and in all */
};

INLINE struct grid grid_tiled(struct grid g)
{
	g.across = (g.to_columns + GRID_OUTPUTS - 1) / GRID_OUTPUTS;
	g.tiles = g.across * ((g.to_rows + GRID_OUTPUTS - 1) / GRID_OUTPUTS);
	return g;
}

static struct grid grid_ahead(const struct correlation *c)
{
	return grid_tiled((struct grid){c->table->in_maps, c->in_rows, c->in_columns, c->table->out_maps, c->out_rows,
	                                c->out_columns, (ptrdiff_t)c->top, (ptrdiff_t)c->left, 0, 0});
}

static struct grid grid_back(const struct correlation *c)
{
	ptrdiff_t edge = GRID_SIDE - 1;
	return grid_tiled((struct grid){c->table->out_maps, c->out_rows, c->out_columns, c->table->in_maps, c->in_rows,
	                                c->in_columns, edge - (ptrdiff_t)c->top, edge - (ptrdiff_t)c->left, 0, 0});
}

/* ---- Forward, and to the input ----------------------------------------------------------------------------------- */

/* Which tiles are at work: `count` from `first` on. */
struct grid_group {
	size_t first, count;
};

INLINE struct grid_group grid_group(const struct grid *g, size_t first)
{
	return (struct grid_group){first, tile_next(g->tiles - first, GRID_TILES)};
}

/* The first output of a group's tile. */
INLINE size_t tile_row(const struct grid *g, struct grid_group group, size_t t)
{
	return (group.first + t) / g->across * GRID_OUTPUTS;
}

INLINE size_t tile_column(const struct grid *g, struct grid_group group, size_t t)
{
	return (group.first + t) % g->across * GRID_OUTPUTS;
}

/* The windows that a group reads. */
INLINE void windows_of_group(const struct grid *g, struct grid_group group, struct grid_window w[GRID_TILES])
{
	for (size_t t = 0; t < group.count; t++)
		w[t] = grid_window((ptrdiff_t)tile_row(g, group, t) - g->top, (ptrdiff_t)tile_column(g, group, t) - g->left,
		                   GRID_POINTS, g->from_rows, g->from_columns);
}

/* values[P][P][from_maps][count][16] of the windows of a group */
static void grid_values(const struct grid *g, struct grid_group group, const float *x, float *values)
{
	size_t plane = grid_plane(g->from_maps * group.count), line = g->from_columns * LANES;
	struct grid_window w[GRID_TILES];
	windows_of_group(g, group, w);
	for (size_t i = 0; i < g->from_maps; i++)
		for (size_t t = 0; t < group.count; t++)
			for (size_t h = 0; h < LANES; h += W) {
				const float *map = x + i * g->from_rows * line + h;
				struct grid_square s = grid_square(&w[t], GRID_POINTS, map, LANES, line);
				square_values(true, s, LANES, plane, values + (i * group.count + t) * LANES + h);
			}
}

/* What becomes of the outputs: y = f(y + b), or, with `below`, y ∘ f′ of it. */
struct grid_end {
	const float *b, *below;
	enum activation f;
};

/* y of maps j … j+maps−1 from their values[P][P][maps][count][16]. */
static void grid_outputs(const struct grid *g, struct grid_group group, size_t j, size_t maps, const float *values,
                         const struct grid_end *end, float *y)
{
	size_t plane = grid_plane(maps * group.count), line = g->to_columns * LANES;
	for (size_t n = 0; n < maps; n++) {
		float b = end->b != NULL ? end->b[j + n] : 0;
		for (size_t t = 0; t < group.count; t++) {
			size_t row = tile_row(g, group, t), column = tile_column(g, group, t);
			size_t rows = smaller(g->to_rows - row, GRID_OUTPUTS);
			size_t columns = smaller(g->to_columns - column, GRID_OUTPUTS);
			size_t at = ((j + n) * g->to_rows + row) * line + column * LANES;
			for (size_t h = 0; h < LANES; h += W)
				square_outputs(rows, columns, values + (n * group.count + t) * LANES + h, plane, b, line, y + at + h);
			for (size_t r = 0; r < rows && end->f != ACTIVATION_LINEAR; r++, at += line) {
				if (end->below != NULL)
					activate_back(end->f, columns, end->below + at, y + at);
				else
					activate(end->f, columns, y + at);
			}
		}
	}
}

/* weights: those of one point begin `plane` floats behind those of the one before. */
static void grid_run(const struct grid *g, const float *weights, size_t plane, const struct grid_end *end,
                     const float *x, float *y, float *scratch)
{
	struct grid_group group = {0};
	for (; group.first < g->tiles; group.first += group.count) {
		group = grid_group(g, group.first);
		size_t from = grid_plane(g->from_maps * group.count), maps;
		float *sums = scratch + GRID_VALUES * from;
		grid_values(g, group, x, scratch);
		for (size_t j = 0; j < g->to_maps; j += maps) {
			maps = smaller(g->to_maps - j, GRID_MAPS);
			size_t to = grid_plane(maps * group.count);
			for (size_t p = 0; p < GRID_VALUES; p++)
				product(maps, g->from_maps, group.count, g->from_maps, 1,
				        weights + p * plane + j * g->from_maps, NULL, scratch + p * from, sums + p * to);
			grid_outputs(g, group, j, maps, sums, end, y);
		}
	}
}

/* ---- Kernels at the points --------------------------------------------------------------------------------------- */

/* Floats of the kernels of one point. */
INLINE size_t weights_plane(const struct correlation *c)
{
	return grid_plane((c->table->count + LANES - 1) / LANES);
}

/* weights[P][P] of [rows][columns] kernels that lie `down` and `right` floats apart, turned by half a circle or not. */
static void weights_make(size_t rows, size_t columns, size_t down, size_t right, bool turned, size_t plane,
                         const float *k, float *weights)
{
	enum { KK = GRID_SIDE * GRID_SIDE };
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < columns; c += W) {
			vec all[KK], values[GRID_VALUES];
			size_t wide = smaller(columns - c, W), first = r * down + c * right;
			float *to = weights + r * columns + c;
			kernels_load(wide, KK, right, rows * columns * KK - first, k + first, all);
			if (turned)
				square_of_kernels(all, true, values);
			else
				square_of_kernels(all, false, values);
			UNROLL for (size_t p = 0; p < GRID_VALUES; p++, to += plane)
				if (wide == W)
					*(vec_any *)to = values[p];
				else
					memcpy(to, &values[p], wide * sizeof *to);
		}
}

static void grid_prepare(const struct correlation *c, const float *k, float *weights)
{
	size_t in = c->table->in_maps, out = c->table->out_maps, kk = GRID_SIDE * GRID_SIDE;
	weights_make(out, in, in * kk, kk, false, weights_plane(c), k, weights);
	weights_make(in, out, kk, in * kk, true, weights_plane(c), k, weights + grid_weights(c) / 2);
}

static void grid(const struct correlation *c, const float *weights, const float *b, enum activation f, const float *x,
                 float *y, float *scratch)
{
	struct grid g = grid_ahead(c);
	grid_run(&g, weights, weights_plane(c), &(struct grid_end){b, NULL, f}, x, y, scratch);
}

static void grid_input(const struct correlation *c, const float *weights, const float *dy, enum activation f,
                       const float *x, float *dx, float *scratch)
{
	struct grid g = grid_back(c);
	grid_run(&g, weights + grid_weights(c) / 2, weights_plane(c), &(struct grid_end){NULL, x, f}, dy, dx, scratch);
}

#endif
