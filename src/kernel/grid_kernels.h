/* Correlation by points in both directions (grid.h), adjoint to the kernels:
 *
 *   dk_ij = Gᵀ [Σ_samples Σ_tiles (A dy_j Aᵀ) ∘ (Bᵀ x_i B)] G
 *
 * At each point this is a product of two matrices, output maps × (tile, sample) × input maps. Here lanes are input
 * maps: x is transposed first, so that no sum over lanes is needed, and numbers of dy are broadcast. Up to TERM_TILES
 * tiles and their sixteen samples are one running sum; these sums are added in order. */
#ifndef CONVOY_KERNEL_GRID_KERNELS_H
#define CONVOY_KERNEL_GRID_KERNELS_H

#include "grid.h"

#if defined(__AVX512F__)
enum { TERM_MAPS = 8, TERM_VECTORS = 3 };
#else
enum { TERM_MAPS = 4, TERM_VECTORS = 3 };
#endif

/* Calls f(maps, vectors, …) with both as constants. */
#define TERMS_ROW(f, maps, vectors, ...)                                                                               \
	do {                                                                                                           \
		switch (vectors) {                                                                                     \
		case 1: f(maps, 1, __VA_ARGS__); break;                                                                \
		case 2: f(maps, 2, __VA_ARGS__); break;                                                                \
		default: f(maps, 3, __VA_ARGS__); break;                                                               \
		}                                                                                                      \
	} while (0)
#define TERMS(f, maps, vectors, ...)                                                                                   \
	do {                                                                                                           \
		switch (maps) {                                                                                        \
		case 1: TERMS_ROW(f, 1, vectors, __VA_ARGS__); break;                                                  \
		case 2: TERMS_ROW(f, 2, vectors, __VA_ARGS__); break;                                                  \
		case 3: TERMS_ROW(f, 3, vectors, __VA_ARGS__); break;                                                  \
		case 4: TERMS_ROW(f, 4, vectors, __VA_ARGS__); break;                                                  \
		case 5: TERMS_ROW(f, 5, vectors, __VA_ARGS__); break;                                                  \
		case 6: TERMS_ROW(f, 6, vectors, __VA_ARGS__); break;                                                  \
		case 7: TERMS_ROW(f, 7, vectors, __VA_ARGS__); break;                                                  \
		default: TERMS_ROW(f, 8, vectors, __VA_ARGS__); break;                                                 \
		}                                                                                                      \
	} while (0)

/* ---- Maps in the lanes ------------------------------------------------------------------------------------------- */

/* to[⌈maps / W⌉][positions][SIDEWAYS][W maps] of x[maps][positions][16 samples], with zeros for maps that are not
 * there. */
static void sideways(size_t maps, size_t positions, const float *x, float *to)
{
	for (size_t i = 0; i < maps; i += W)
		for (size_t n = 0; n < positions; n++, to += SIDEWAYS * W)
			for (size_t h = 0; h < LANES; h += W) {
				vec r[W];
				UNROLL for (size_t l = 0; l < W; l++)
					r[l] = i + l < maps ? vec_load(x + ((i + l) * positions + n) * LANES + h) : vec_all(0);
				transpose(r);
				UNROLL for (size_t l = 0; l < W; l++)
					vec_store(to + (h + l) * W, r[l]);
			}
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

/* The work can be divided by the points of the rows. */
enum { GRID_PARTS = GRID_POINTS / GRID_PART };

/* Values of one part, or of all. */
INLINE void part_values(const bool input, size_t part, size_t parts, struct grid_square s, const size_t step,
                        size_t plane, float *values)
{
	if (parts == GRID_PARTS)
		square_values(input, s, step, plane, values);
	else if (part == 0)
		square_some_values(input, 0, s, step, plane, values);
	else
		square_some_values(input, GRID_PART, s, step, plane, values);
}

/* Floats of one point's values of x in a group: [vectors][count][16 samples][W maps] */
INLINE size_t sideways_plane(size_t maps, size_t count)
{
	return ((maps + W - 1) / W * count * LANES | 1) * W;
}

/* Values of x, which lies sideways, for some parts and a group. */
static void terms_of_x(const struct grid *g, struct grid_group group, size_t part, size_t parts, const float *x,
                       float *values)
{
	size_t vectors = (g->from_maps + W - 1) / W, plane = sideways_plane(g->from_maps, group.count);
	const size_t step = SIDEWAYS * W;
	size_t line = g->from_columns * step;
	struct grid_window w[GRID_TILES];
	windows_of_group(g, group, w);
	for (size_t v = 0; v < vectors; v++)
		for (size_t t = 0; t < group.count; t++)
			for (size_t s = 0; s < LANES; s++) {
				const float *map = x + v * g->from_rows * line + s * W;
				struct grid_square square = grid_square(&w[t], GRID_POINTS, map, step, line);
				part_values(true, part, parts, square, step, plane, values + ((v * group.count + t) * LANES + s) * W);
			}
}

/* Values [points][out maps][count][16] of dy. */
static void terms_of_dy(const struct grid *g, struct grid_group group, size_t part, size_t parts, const float *dy,
                        float *values)
{
	size_t plane = grid_plane(g->to_maps * group.count), line = g->to_columns * LANES;
	struct grid_window w[GRID_TILES];
	for (size_t t = 0; t < group.count; t++)
		w[t] = grid_window((ptrdiff_t)tile_row(g, group, t), (ptrdiff_t)tile_column(g, group, t), GRID_OUTPUTS,
		                   g->to_rows, g->to_columns);
	for (size_t j = 0; j < g->to_maps; j++)
		for (size_t t = 0; t < group.count; t++)
			for (size_t h = 0; h < LANES; h += W) {
				const float *map = dy + j * g->to_rows * line + h;
				struct grid_square square = grid_square(&w[t], GRID_OUTPUTS, map, LANES, line);
				part_values(false, part, parts, square, LANES, plane, values + (j * group.count + t) * LANES + h);
			}
}

/* ---- Sums -------------------------------------------------------------------------------------------------------- */

/* sums[maps][across][W] = Σ_n d[maps][terms] x[vectors][terms][W]; with `more` this sum is added to what is there. */
INLINE void terms_tile(const size_t maps, const size_t vectors, size_t terms, size_t across, const float *d,
                       const float *x, float *sums, bool more)
{
	vec sum[8][3];
	UNROLL for (size_t p = 0; p < maps; p++)
		UNROLL for (size_t q = 0; q < vectors; q++)
			sum[p][q] = vec_all(0);
	for (size_t n = 0; n < terms; n++) {
		vec in[3];
		UNROLL for (size_t q = 0; q < vectors; q++)
			in[q] = vec_hold(x + (q * terms + n) * W);
		UNROLL for (size_t p = 0; p < maps; p++) {
			vec factor = vec_all(d[p * terms + n]);
			UNROLL for (size_t q = 0; q < vectors; q++)
				sum[p][q] = vec_fma(factor, in[q], sum[p][q]);
		}
	}
	UNROLL for (size_t p = 0; p < maps; p++)
		UNROLL for (size_t q = 0; q < vectors; q++) {
			float *to = sums + (p * across + q) * W;
			vec_store(to, more ? vec_load(to) + sum[p][q] : sum[p][q]);
		}
}

static void terms_sum(size_t maps, size_t vectors, size_t terms, const float *d, const float *x, float *sums, bool more)
{
	size_t tall, wide;
	for (size_t m = 0; m < maps; m += tall) {
		tall = tile_next(maps - m, TERM_MAPS);
		for (size_t q = 0; q < vectors; q += wide) {
			wide = tile_next(vectors - q, TERM_VECTORS);
			TERMS(terms_tile, tall, wide, terms, vectors, d + m * terms, x + q * terms * W,
			      sums + (m * vectors + q) * W, more);
		}
	}
}

/* Floats of the sums of one point: [out maps][vectors][W] */
INLINE size_t sums_plane(const struct grid *g)
{
	return (g->to_maps * ((g->from_maps + W - 1) / W) | 1) * W;
}

/* dk[out maps][in maps][K][K] of sums[P][P][…]. */
static void grid_kernels_end(const struct grid *g, const float *sums, float *dk)
{
	enum { KK = GRID_SIDE * GRID_SIDE };
	for (size_t j = 0; j < g->to_maps; j++)
		for (size_t i = 0; i < g->from_maps; i += W, sums += W) {
			vec all[KK];
			kernels_of_square(sums, sums_plane(g), all);
			kernels_store(smaller(g->from_maps - i, W), KK, all, dk + (j * g->from_maps + i) * KK);
		}
}

/* Sums that do not stay in the second cache are made part by part, each over all tiles. */
enum { GRID_SUMS = 1 << 16 }; /* floats */

static void grid_kernels(const struct correlation *c, const float *x, const float *dy, float *dk, float *db,
                         float *scratch)
{
	struct grid g = grid_ahead(c);
	size_t vectors = (g.from_maps + W - 1) / W, plane = sums_plane(&g);
	float *sums = scratch, *side = sums + GRID_VALUES * plane;
	float *of_x = side + vectors * g.from_rows * g.from_columns * SIDEWAYS * W;
	sideways(g.from_maps, g.from_rows * g.from_columns, x, side);
	size_t parts = GRID_VALUES * plane > GRID_SUMS ? 1 : GRID_PARTS;
	for (size_t part = 0; part < GRID_PARTS; part += parts)
		for (struct grid_group group = {0}; group.first < g.tiles; group.first += group.count) {
			group.count = tile_next(g.tiles - group.first, TERM_TILES);
			size_t from = sideways_plane(g.from_maps, group.count), to = grid_plane(g.to_maps * group.count);
			size_t first = part * GRID_PART * GRID_POINTS, end = (part + parts) * GRID_PART * GRID_POINTS;
			float *of_dy = of_x + ((end - first) * from + LANES - 1) / LANES * LANES;
			terms_of_x(&g, group, part, parts, side, of_x);
			terms_of_dy(&g, group, part, parts, dy, of_dy);
			for (size_t p = first; p < end; p++)
				terms_sum(g.to_maps, vectors, group.count * LANES, of_dy + (p - first) * to, of_x + (p - first) * from,
				          sums + p * plane, group.first > 0);
		}
	grid_kernels_end(&g, sums, dk);
	if (db != NULL)
		bias_sums(g.to_maps, g.to_rows * g.to_columns, dy, db);
}

#endif
