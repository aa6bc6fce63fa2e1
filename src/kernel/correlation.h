/* Correlation (section 3): forward, adjoint to the input, adjoint to the kernels. Register tiles: up to MAPS maps that
 * share their partner maps, times up to COLUMNS neighbouring positions, live in registers while the loops run over
 * partner maps and kernel offsets. Whatever the tile, one output adds its products in the order (map, kernel row,
 * kernel column). */
#ifndef CONVOY_KERNEL_CORRELATION_H
#define CONVOY_KERNEL_CORRELATION_H

#include "vector.h"

/* Tile sizes by the number of vector registers. */
#if defined(__AVX512F__)
enum { TILE_MAPS = 4, TILE_COLUMNS = 6, TILE_OFFSETS = 5 };
#else
enum { TILE_MAPS = 2, TILE_COLUMNS = 5, TILE_OFFSETS = 5 };
#endif

/* Calls f(maps, columns, …) with both numbers as constants, so that the tile's loops unroll. */
#define TILE_ROW(f, maps, columns, ...)                                                                                \
	do {                                                                                                           \
		switch (columns) {                                                                                     \
		case 1: f(maps, 1, __VA_ARGS__); break;                                                                \
		case 2: f(maps, 2, __VA_ARGS__); break;                                                                \
		case 3: f(maps, 3, __VA_ARGS__); break;                                                                \
		case 4: f(maps, 4, __VA_ARGS__); break;                                                                \
		case 5: f(maps, 5, __VA_ARGS__); break;                                                                \
		default: f(maps, 6, __VA_ARGS__); break;                                                               \
		}                                                                                                      \
	} while (0)
#define TILE(f, maps, columns, ...)                                                                                    \
	do {                                                                                                           \
		switch (maps) {                                                                                        \
		case 1: TILE_ROW(f, 1, columns, __VA_ARGS__); break;                                                   \
		case 2: TILE_ROW(f, 2, columns, __VA_ARGS__); break;                                                   \
		case 3: TILE_ROW(f, 3, columns, __VA_ARGS__); break;                                                   \
		default: TILE_ROW(f, 4, columns, __VA_ARGS__); break;                                                  \
		}                                                                                                      \
	} while (0)

INLINE size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The size of the next tile where `left` things are to be shared out evenly over tiles of at most `most`. */
INLINE size_t tile_next(size_t left, size_t most)
{
	size_t tiles = (left + most - 1) / most;
	return (left + tiles - 1) / tiles;
}

/* How many maps from m on (at most TILE_MAPS) have the same partners as m: first/partner is either half of a table. */
static size_t alike(const uint32_t *first, const uint32_t *partner, size_t maps, size_t m)
{
	size_t count = first[m + 1] - first[m], n = 1;
	while (n < TILE_MAPS && m + n < maps && first[m + n + 1] - first[m + n] == count &&
	       memcmp(partner + first[m], partner + first[m + n], count * sizeof *partner) == 0)
		n++;
	return n;
}

/* ---- Forward ------------------------------------------------------------------------------------------------ */

INLINE void forward_tile(const size_t maps, const size_t columns, const struct correlation *c, const float *k,
                         const float *b, const float *x, float *y, size_t j, size_t u, size_t v)
{
	const struct connections *t = c->table;
	size_t inputs = t->first[j + 1] - t->first[j], kk = c->kernel * c->kernel, stride = c->stride;
	const uint32_t *input = t->input + t->first[j];
	for (size_t h = 0; h < LANES; h += W) {
		vec sum[4][6];
		UNROLL for (size_t p = 0; p < maps; p++)
			UNROLL for (size_t q = 0; q < columns; q++)
				sum[p][q] = vec_all(b != NULL ? b[j + p] : 0);
		for (size_t i = 0; i < inputs; i++)
			for (size_t a = 0; a < c->kernel; a++) {
				const float *from = x + ((input[i] * c->rows + u * stride + a) * c->columns + v * stride) * LANES + h;
				const float *weight = k + (t->first[j] + i) * kk + a * c->kernel;
				for (size_t d = 0; d < c->kernel; d++, from += LANES, weight++) {
					vec in[6];
					UNROLL for (size_t q = 0; q < columns; q++)
						in[q] = vec_load(from + q * stride * LANES);
					UNROLL for (size_t p = 0; p < maps; p++) {
						vec factor = vec_all(weight[p * inputs * kk]);
						UNROLL for (size_t q = 0; q < columns; q++)
							sum[p][q] = vec_fma(factor, in[q], sum[p][q]);
					}
				}
			}
		UNROLL for (size_t p = 0; p < maps; p++)
			UNROLL for (size_t q = 0; q < columns; q++)
				vec_store(y + (((j + p) * c->out_rows + u) * c->out_columns + v + q) * LANES + h, sum[p][q]);
	}
}

static void correlate(const struct correlation *c, const float *k, const float *b, const float *x, float *y)
{
	size_t maps;
	for (size_t j = 0; j < c->table->out_maps; j += maps) {
		maps = alike(c->table->first, c->table->input, c->table->out_maps, j);
		for (size_t u = 0; u < c->out_rows; u++) {
			size_t columns;
			for (size_t v = 0; v < c->out_columns; v += columns) {
				columns = tile_next(c->out_columns - v, TILE_COLUMNS);
				TILE(forward_tile, maps, columns, c, k, b, x, y, j, u, v);
			}
		}
	}
}

/* ---- Adjoint to the input --------------------------------------------------------------------------------------
 * dx_i[r][c] = Σ_{j: i∈M_j} Σ_ab k_ij[a][b] dy_j[(r−a)/stride][(c−b)/stride]. The rows that exist are found by the
 * bounds of a; for the columns dy is copied into rows with zeros between (stride) and around (kernel − 1). */

INLINE size_t spread_columns(const struct correlation *c)
{
	return c->columns + c->kernel - 1;
}

static void spread(const struct correlation *c, const float *dy, float *scratch)
{
	size_t width = spread_columns(c);
	memset(scratch, 0, c->table->out_maps * c->out_rows * width * LANES * sizeof *scratch);
	for (size_t row = 0; row < c->table->out_maps * c->out_rows; row++)
		for (size_t v = 0; v < c->out_columns; v++)
			memcpy(scratch + (row * width + c->kernel - 1 + v * c->stride) * LANES,
			       dy + (row * c->out_columns + v) * LANES, LANES * sizeof *dy);
}

INLINE void input_tile(const size_t maps, const size_t columns, const struct correlation *c, const float *k,
                       const float *wide, float *dx, size_t i, size_t r, size_t v)
{
	const struct connections *t = c->table;
	size_t outputs = t->back[i + 1] - t->back[i], kk = c->kernel * c->kernel, width = spread_columns(c);
	for (size_t h = 0; h < LANES; h += W) {
		vec sum[4][6];
		UNROLL for (size_t p = 0; p < maps; p++)
			UNROLL for (size_t q = 0; q < columns; q++)
				sum[p][q] = vec_all(0);
		for (size_t e = 0; e < outputs; e++) {
			const float *weight[4];
			UNROLL for (size_t p = 0; p < maps; p++)
				weight[p] = k + t->back_at[t->back[i + p] + e] * kk;
			size_t j = t->back_out[t->back[i] + e];
			for (size_t a = 0; a < c->kernel && a <= r; a++) {
				if ((r - a) % c->stride != 0 || (r - a) / c->stride >= c->out_rows)
					continue;
				size_t row = j * c->out_rows + (r - a) / c->stride;
				const float *from = wide + (row * width + v + c->kernel - 1) * LANES + h;
				for (size_t d = 0; d < c->kernel; d++, from -= LANES) {
					vec in[6];
					UNROLL for (size_t q = 0; q < columns; q++)
						in[q] = vec_load(from + q * LANES);
					UNROLL for (size_t p = 0; p < maps; p++) {
						vec factor = vec_all(weight[p][a * c->kernel + d]);
						UNROLL for (size_t q = 0; q < columns; q++)
							sum[p][q] = vec_fma(factor, in[q], sum[p][q]);
					}
				}
			}
		}
		UNROLL for (size_t p = 0; p < maps; p++)
			UNROLL for (size_t q = 0; q < columns; q++)
				vec_store(dx + (((i + p) * c->rows + r) * c->columns + v + q) * LANES + h, sum[p][q]);
	}
}

static void correlate_input(const struct correlation *c, const float *k, const float *dy, float *dx, float *scratch)
{
	spread(c, dy, scratch);
	size_t maps;
	for (size_t i = 0; i < c->table->in_maps; i += maps) {
		maps = alike(c->table->back, c->table->back_out, c->table->in_maps, i);
		for (size_t r = 0; r < c->rows; r++) {
			size_t columns;
			for (size_t v = 0; v < c->columns; v += columns) {
				columns = tile_next(c->columns - v, TILE_COLUMNS);
				TILE(input_tile, maps, columns, c, k, scratch, dx, i, r, v);
			}
		}
	}
}

/* ---- Adjoint to the kernels -------------------------------------------------------------------------------------
 * dk_ij[a][b] = Σ_lanes Σ_uv dy_j[u][v] x_i[u·stride+a][v·stride+b]: a tile is up to TILE_MAPS outputs of one input map
 * (any ones: their dy need not be neighbours) times up to TILE_OFFSETS kernel columns. */

INLINE void kernels_tile(const size_t maps, const size_t offsets, const struct correlation *c, const float *x,
                         const float *dy, float *dk, size_t i, size_t at, size_t a, size_t d)
{
	const struct connections *t = c->table;
	size_t size = c->out_rows * c->out_columns * LANES, step = c->stride * LANES;
	_Alignas(64) float lane[4][6][LANES];
	for (size_t h = 0; h < LANES; h += W) {
		const float *g[4];
		UNROLL for (size_t p = 0; p < maps; p++)
			g[p] = dy + t->back_out[at + p] * size + h;
		vec sum[4][6];
		UNROLL for (size_t p = 0; p < maps; p++)
			UNROLL for (size_t q = 0; q < offsets; q++)
				sum[p][q] = vec_all(0);
		for (size_t u = 0; u < c->out_rows; u++) {
			const float *from = x + ((i * c->rows + u * c->stride + a) * c->columns + d) * LANES + h;
			size_t row = u * c->out_columns * LANES;
			for (size_t v = 0; v < c->out_columns; v++, from += step, row += LANES) {
				vec in[6];
				UNROLL for (size_t q = 0; q < offsets; q++)
					in[q] = vec_load(from + q * LANES);
				UNROLL for (size_t p = 0; p < maps; p++) {
					vec factor = vec_load(g[p] + row);
					UNROLL for (size_t q = 0; q < offsets; q++)
						sum[p][q] = vec_fma(factor, in[q], sum[p][q]);
				}
			}
		}
		UNROLL for (size_t p = 0; p < maps; p++)
			UNROLL for (size_t q = 0; q < offsets; q++)
				vec_store(lane[p][q] + h, sum[p][q]);
	}
	for (size_t p = 0; p < maps; p++)
		for (size_t q = 0; q < offsets; q++)
			dk[(t->back_at[at + p] * c->kernel + a) * c->kernel + d + q] = lanes_sum(lane[p][q]);
}

/* db_m = Σ_lanes Σ_positions dy_m. */
static void bias_sums(size_t maps, size_t positions, const float *dy, float *db)
{
	for (size_t m = 0; m < maps; m++) {
		_Alignas(64) float lane[LANES];
		for (size_t h = 0; h < LANES; h += W) {
			vec sum = vec_all(0);
			for (size_t i = 0; i < positions; i++)
				sum += vec_load(dy + (m * positions + i) * LANES + h);
			vec_store(lane + h, sum);
		}
		db[m] = lanes_sum(lane);
	}
}

static void correlate_kernels(const struct correlation *c, const float *x, const float *dy, float *dk, float *db)
{
	const struct connections *t = c->table;
	for (size_t i = 0; i < t->in_maps; i++) {
		size_t maps;
		for (size_t at = t->back[i]; at < t->back[i + 1]; at += maps) {
			maps = tile_next(t->back[i + 1] - at, TILE_MAPS);
			for (size_t a = 0; a < c->kernel; a++) {
				size_t offsets;
				for (size_t d = 0; d < c->kernel; d += offsets) {
					offsets = tile_next(c->kernel - d, TILE_OFFSETS);
					TILE(kernels_tile, maps, offsets, c, x, dy, dk, i, at, a, d);
				}
			}
		}
	}
	if (db != NULL)
		bias_sums(t->out_maps, c->out_rows * c->out_columns, dy, db);
}

#endif
