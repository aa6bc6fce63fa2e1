/* Correlation (section 3): forward, adjoint to the input, adjoint to the kernels. Register tiles: up to MAPS maps
 * that share their partner maps, times up to COLUMNS neighbouring positions, live in registers while the loops run
 * over partner maps and kernel offsets. Whatever the tile, one output adds its products in the order (map, kernel
 * row, kernel column). */
#ifndef CONVOY_KERNEL_CORRELATION_H
#define CONVOY_KERNEL_CORRELATION_H

#include "lanes.h"

/* Tile sizes by the number of vector registers: maps × columns of outputs, maps × offsets of kernels. Sums that are
 * too few wait for each other, too many do not fit the registers. */
#if defined(__AVX512F__)
enum { TILE_MAPS = 4, TILE_COLUMNS = 6, KERNEL_MAPS = 4, KERNEL_OFFSETS = 5 };
#else
enum { TILE_MAPS = 4, TILE_COLUMNS = 3, KERNEL_MAPS = 2, KERNEL_OFFSETS = 5 };
#endif
enum { EDGE_COLUMNS = 2 }; /* tiles at the border of the adjoint to the input are narrower */

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

/* ---- Groups of maps ---------------------------------------------------------------------------------------------
 * A tile's maps are neighbours. Where their partners are the same, all of them pass over each partner together; where they
 * are not, two neighbours walk their lists in step and meet on the partners they share. */

/* The size of the next tile of maps: those from m on with the same partners as m, shared out evenly over tiles.
 * first/partner is either half of a table. */
static size_t alike(const uint32_t *first, const uint32_t *partner, size_t maps, size_t m)
{
	size_t count = first[m + 1] - first[m], n = 1;
	while (m + n < maps && first[m + n + 1] - first[m + n] == count &&
	       memcmp(partner + first[m], partner + first[m + n], count * sizeof *partner) == 0)
		n++;
	return tile_next(n, TILE_MAPS);
}

/* Two lists of partners walked in step. */
struct pair_walk {
	const uint32_t *first, *partner; /* the half of the table */
	size_t at[2], end[2];            /* places in `partner` of the two maps */
};

INLINE struct pair_walk pair_begin(const uint32_t *first, const uint32_t *partner, size_t m)
{
	return (struct pair_walk){first, partner, {first[m], first[m + 1]}, {first[m + 1], first[m + 2]}};
}

enum pair_step { PAIR_END, PAIR_LEFT, PAIR_RIGHT, PAIR_BOTH };

/* Whose turn the next partner is; the walk's `at` is at it and the caller moves it on. */
INLINE enum pair_step pair_next(const struct pair_walk *walk)
{
	bool left = walk->at[0] < walk->end[0], right = walk->at[1] < walk->end[1];
	if (!left || !right)
		return left ? PAIR_LEFT : right ? PAIR_RIGHT : PAIR_END;
	uint32_t l = walk->partner[walk->at[0]], r = walk->partner[walk->at[1]];
	return l == r ? PAIR_BOTH : l < r ? PAIR_LEFT : PAIR_RIGHT;
}

/* ---- Forward ------------------------------------------------------------------------------------------------ */

/* Where a tile stands: output row u, column v, lane h of maps from j on. */
struct forward_at {
	size_t j, u, v, h;
};

/* Adds what one input map gives to maps p0 … p1−1 of a tile. */
INLINE void forward_add(const size_t p0, const size_t p1, const size_t columns, const struct correlation *c,
                        const float *x, size_t input, struct forward_at at, const float *const weight[4], vec sum[4][6])
{
	const float *from = x + ((input * c->rows + at.u * c->stride) * c->columns + at.v * c->stride) * LANES + at.h;
	size_t step = c->stride * LANES, down = (c->columns - c->kernel) * LANES, n = 0;
	for (size_t a = 0; a < c->kernel; a++, from += down)
		for (size_t b = 0; b < c->kernel; b++, from += LANES, n++) {
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

INLINE void forward_begin(const size_t maps, const size_t columns, const float *b, size_t j, vec sum[4][6])
{
	UNROLL for (size_t p = 0; p < maps; p++)
		UNROLL for (size_t q = 0; q < columns; q++)
			sum[p][q] = vec_all(b != NULL ? b[j + p] : 0);
}

INLINE void forward_end(const size_t maps, const size_t columns, const struct correlation *c, struct forward_at at,
                        float *y, vec sum[4][6])
{
	UNROLL for (size_t p = 0; p < maps; p++)
		UNROLL for (size_t q = 0; q < columns; q++)
			vec_store(y + (((at.j + p) * c->out_rows + at.u) * c->out_columns + at.v + q) * LANES + at.h, sum[p][q]);
}

INLINE void forward_tile(const size_t maps, const size_t columns, const struct correlation *c, const float *k,
                         const float *b, const float *x, float *y, struct forward_at at)
{
	const struct connections *t = c->table;
	size_t inputs = t->first[at.j + 1] - t->first[at.j], kk = c->kernel * c->kernel;
	for (at.h = 0; at.h < LANES; at.h += W) {
		vec sum[4][6];
		forward_begin(maps, columns, b, at.j, sum);
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
	size_t kk = c->kernel * c->kernel;
	for (at.h = 0; at.h < LANES; at.h += W) {
		vec sum[4][6];
		forward_begin(maps, columns, b, at.j, sum);
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

static void correlate(const struct correlation *c, const float *k, const float *b, const float *x, float *y)
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
		}
	}
}

/* ---- Adjoint to the input ---------------------------------------------------------------------------------------
 * dx_i[r][c] = Σ_{j: i∈M_j} Σ_ab k_ij[a][b] dy_j[(r−a)/stride][(c−b)/stride], r and c counted in the padded input. The rows
 * that exist are found by the bounds of a. For the columns dy is copied into rows with zeros between (stride) and around
 * (kernel − 1); tiles in the first and last kernel − 1 columns are narrow and leave out the b that meet zeros only. */

INLINE size_t spread_columns(const struct correlation *c)
{
	return c->columns + c->kernel - 1;
}

static void spread(const struct correlation *c, const float *dy, float *scratch)
{
	size_t width = spread_columns(c) * LANES, edge = (c->kernel - 1) * LANES, line = c->out_columns * LANES;
	for (size_t row = 0; row < c->table->out_maps * c->out_rows; row++, dy += line, scratch += width) {
		if (c->stride == 1) {
			memset(scratch, 0, edge * sizeof *scratch);
			memcpy(scratch + edge, dy, line * sizeof *dy);
			memset(scratch + edge + line, 0, (width - edge - line) * sizeof *scratch);
			continue;
		}
		memset(scratch, 0, width * sizeof *scratch);
		for (size_t v = 0; v < c->out_columns; v++)
			memcpy(scratch + edge + v * c->stride * LANES, dy + v * LANES, LANES * sizeof *dy);
	}
}

/* Where a tile of dx stands: maps from i on, row and column of the padded input, lane h, and the b that matter there. */
struct input_at {
	size_t i, row, column, h, first_b, end_b;
};

/* Adds what output map j gives to maps p0 … p1−1 of a tile. */
INLINE void input_add(const size_t p0, const size_t p1, const size_t columns, const struct correlation *c,
                      const float *wide, size_t j, struct input_at at, const float *const weight[4], vec sum[4][6])
{
	size_t width = spread_columns(c);
	for (size_t a = 0; a < c->kernel && a <= at.row; a++) {
		size_t row = at.row - a;
		if (c->stride > 1) {
			if (row % c->stride != 0)
				continue;
			row /= c->stride;
		}
		if (row >= c->out_rows)
			continue;
		const float *from = wide + ((j * c->out_rows + row) * width + at.column + c->kernel - 1 - at.first_b) * LANES + at.h;
		for (size_t b = at.first_b; b < at.end_b; b++, from -= LANES) {
			vec in[6];
			UNROLL for (size_t q = 0; q < columns; q++)
				in[q] = vec_hold(from + q * LANES);
			UNROLL for (size_t p = p0; p < p1; p++) {
				vec factor = vec_all(weight[p][a * c->kernel + b]);
				UNROLL for (size_t q = 0; q < columns; q++)
					sum[p][q] = vec_fma(factor, in[q], sum[p][q]);
			}
		}
	}
}

INLINE void input_end(const size_t maps, const size_t columns, const struct correlation *c, struct input_at at, float *dx,
                      vec sum[4][6])
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
	size_t outputs = t->back[at.i + 1] - t->back[at.i], kk = c->kernel * c->kernel;
	for (at.h = 0; at.h < LANES; at.h += W) {
		vec sum[4][6];
		forward_begin(maps, columns, NULL, 0, sum);
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
	size_t kk = c->kernel * c->kernel;
	for (at.h = 0; at.h < LANES; at.h += W) {
		vec sum[4][6];
		forward_begin(maps, columns, NULL, 0, sum);
		struct pair_walk walk = pair_begin(t->back, t->back_out, at.i);
		for (enum pair_step step; (step = pair_next(&walk)) != PAIR_END;) {
			size_t left = walk.at[0] < t->count ? walk.at[0] : 0, right = walk.at[1] < t->count ? walk.at[1] : 0;
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
	size_t reach = (c->out_columns - 1) * c->stride + 1, columns;
	if (v + 1 < c->kernel)
		columns = smaller(c->kernel - 1 - v, EDGE_COLUMNS);
	else if (v < reach)
		columns = tile_next(smaller(reach, end) - v, TILE_COLUMNS);
	else
		columns = EDGE_COLUMNS;
	columns = smaller(columns, end - v);
	at->column = v;
	at->first_b = v + 1 > reach ? v + 1 - reach : 0;
	at->end_b = smaller(c->kernel, v + columns);
	return columns;
}

static void correlate_input(const struct correlation *c, const float *k, const float *dy, float *dx, float *scratch)
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
		}
	}
}

/* ---- Adjoint to the kernels -------------------------------------------------------------------------------------
 * dk_ij[a][b] = Σ_lanes Σ_uv dy_j[u][v] x_i[u·stride+a][v·stride+b]: a tile is up to KERNEL_MAPS outputs of one input map
 * (any ones: their dy need not be neighbours) times up to KERNEL_OFFSETS kernel columns. The rows u are walked in bands, so
 * that the dy of a band stay in the first cache while all kernel offsets pass over them; between two bands the sums of each
 * lane wait in memory, [maps][kernel][kernel][16], which changes no bit of them. */

enum { BAND_VECTORS = 256 }; /* 16 KiB of dy */

/* Rows first … end of the output pass over the offsets (a, d … d+offsets−1): sums[p·kk + …][16] += … */
INLINE void kernels_tile(const size_t maps, const size_t offsets, const struct correlation *c, const float *x,
                         const float *dy, float *sums, size_t i, size_t at, size_t a, size_t d, size_t first, size_t end)
{
	const struct connections *t = c->table;
	size_t size = c->out_rows * c->out_columns * LANES, step = c->stride * LANES, kk = c->kernel * c->kernel;
	for (size_t h = 0; h < LANES; h += W) {
		const float *g[4];
		UNROLL for (size_t p = 0; p < maps; p++)
			g[p] = dy + t->back_out[at + p] * size + first * c->out_columns * LANES + h;
		float *kept = sums + (a * c->kernel + d) * LANES + h;
		vec sum[4][6];
		UNROLL for (size_t p = 0; p < maps; p++)
			UNROLL for (size_t q = 0; q < offsets; q++)
				sum[p][q] = vec_load(kept + (p * kk + q) * LANES);
		size_t row = 0;
		for (size_t u = first; u < end; u++) {
			const float *from = x + ((i * c->rows + u * c->stride + a) * c->columns + d) * LANES + h;
			for (size_t v = 0; v < c->out_columns; v++, from += step, row += LANES) {
				vec in[6];
				UNROLL for (size_t q = 0; q < offsets; q++)
					in[q] = vec_hold(from + q * LANES);
				UNROLL for (size_t p = 0; p < maps; p++) {
					vec factor = vec_load(g[p] + row);
					UNROLL for (size_t q = 0; q < offsets; q++)
						sum[p][q] = vec_fma(factor, in[q], sum[p][q]);
				}
			}
		}
		UNROLL for (size_t p = 0; p < maps; p++)
			UNROLL for (size_t q = 0; q < offsets; q++)
				vec_store(kept + (p * kk + q) * LANES, sum[p][q]);
	}
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
		db[m] = row_sum(lane);
	}
}

/* All kernel offsets of a tile of maps. */
static void kernels_of_maps(const struct correlation *c, size_t maps, const float *x, const float *dy, float *sums,
                            size_t i, size_t at)
{
	size_t rows = BAND_VECTORS / (maps * c->out_columns), band;
	rows = rows > 0 ? rows : 1;
	memset(sums, 0, maps * c->kernel * c->kernel * LANES * sizeof *sums);
	for (size_t first = 0; first < c->out_rows; first += band) {
		band = tile_next(c->out_rows - first, rows);
		for (size_t a = 0; a < c->kernel; a++) {
			size_t offsets;
			for (size_t d = 0; d < c->kernel; d += offsets) {
				offsets = tile_next(c->kernel - d, KERNEL_OFFSETS);
				TILE(kernels_tile, maps, offsets, c, x, dy, sums, i, at, a, d, first, first + band);
			}
		}
	}
}

static void correlate_kernels(const struct correlation *c, const float *x, const float *dy, float *dk, float *db,
                              float *scratch)
{
	const struct connections *t = c->table;
	size_t kk = c->kernel * c->kernel;
	for (size_t i = 0; i < t->in_maps; i++) {
		size_t maps;
		for (size_t at = t->back[i]; at < t->back[i + 1]; at += maps) {
			maps = tile_next(t->back[i + 1] - at, KERNEL_MAPS);
			kernels_of_maps(c, maps, x, dy, scratch, i, at);
			for (size_t p = 0; p < maps; p++)
				lanes_sums(kk, scratch + p * kk * LANES, dk + t->back_at[at + p] * kk);
		}
	}
	if (db != NULL)
		bias_sums(t->out_maps, c->out_rows * c->out_columns, dy, db);
}

#endif
