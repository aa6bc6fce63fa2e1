/* Correlation, adjoint to the kernels: dk_ij[a][b] = Σ_lanes Σ_uv dy_j[u][v] x_i[u·s + a·d][v·t + b·e], with stride
 * s × t and dilation d × e. A tile is up to KERNEL_MAPS outputs of one input map (any ones: their dy need not be
 * neighbours) times up to KERNEL_OFFSETS kernel columns; of one output it is some kernel rows times columns. The loop
 * over rows u is cut into bands. So the dy of a band stay in the first cache for all kernel offsets. Between two bands
 * the sums of each lane are stored in memory, [maps][rows][columns][16]; that does not change their bits. In a large
 * map the blocks of long sums (blocks.h) serve as bands. */
#ifndef CONVOY_KERNEL_CORRELATE_KERNELS_H
#define CONVOY_KERNEL_CORRELATE_KERNELS_H

#include "lanes.h"
#include "tile.h"

enum { BAND_VECTORS = 400 }; /* 25 KiB of dy */

/* A part of the output passes over the offsets (a, d … d+offsets−1): sums[p·kk + …][16] = …, or += … where there is a
 * part before it. */
INLINE void kernels_tile(const size_t maps, const size_t offsets, const struct correlation *c, const float *x,
                         const float *dy, float *sums, size_t i, size_t at, size_t a, size_t d,
                         const struct block *part, bool more)
{
	const struct connections *t = c->table;
	size_t size = c->out_rows * c->out_columns * LANES, step = c->stride.columns * LANES, kk = kernel_size(c);
	size_t across = c->dilation.columns * LANES;
	for (size_t h = 0; h < LANES; h += W) {
		const float *g[4];
		UNROLL for (size_t p = 0; p < maps; p++)
			g[p] = dy + t->back_out[at + p] * size + (part->row * c->out_columns + part->column) * LANES + h;
		float *kept = sums + (a * c->kernel.columns + d) * LANES + h;
		vec sum[4][6];
		UNROLL for (size_t p = 0; p < maps; p++)
			UNROLL for (size_t q = 0; q < offsets; q++)
				sum[p][q] = more ? vec_load(kept + (p * kk + q) * LANES) : vec_all(0);
		size_t row = 0, skip = (c->out_columns - part->columns) * LANES;
		for (size_t u = part->row; u < part->row + part->rows; u++, row += skip) {
			size_t column = part->column * c->stride.columns + d * c->dilation.columns;
			size_t line = i * c->rows + u * c->stride.rows + a * c->dilation.rows;
			const float *from = x + (line * c->columns + column) * LANES + h;
			for (size_t v = 0; v < part->columns; v++, from += step, row += LANES) {
				vec in[6];
				UNROLL for (size_t q = 0; q < offsets; q++)
					in[q] = vec_hold(from + q * across);
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

/* The same for one output map over the offsets (a … a+rows−1, d … d+offsets−1). With so few sums for each number of dy,
 * several kernel rows keep the multipliers busy. */
INLINE void kernels_rows_tile(const size_t rows, const size_t offsets, const struct correlation *c, const float *x,
                              const float *dy, float *sums, size_t i, size_t j, size_t a, size_t d,
                              const struct block *part, bool more)
{
	size_t step = c->stride.columns * LANES, across = c->dilation.columns * LANES;
	size_t down = c->dilation.rows * c->columns * LANES, kept_row = c->kernel.columns * LANES;
	for (size_t h = 0; h < LANES; h += W) {
		float *kept = sums + (a * c->kernel.columns + d) * LANES + h;
		vec sum[4][6];
		UNROLL for (size_t p = 0; p < rows; p++)
			UNROLL for (size_t q = 0; q < offsets; q++)
				sum[p][q] = more ? vec_load(kept + p * kept_row + q * LANES) : vec_all(0);
		for (size_t u = part->row; u < part->row + part->rows; u++) {
			size_t column = part->column * c->stride.columns + d * c->dilation.columns;
			size_t line = i * c->rows + u * c->stride.rows + a * c->dilation.rows;
			const float *from = x + (line * c->columns + column) * LANES + h;
			const float *g = dy + ((j * c->out_rows + u) * c->out_columns + part->column) * LANES + h;
			for (size_t v = 0; v < part->columns; v++, from += step, g += LANES) {
				vec factor = vec_hold(g);
				UNROLL for (size_t p = 0; p < rows; p++)
					UNROLL for (size_t q = 0; q < offsets; q++)
						sum[p][q] = vec_fma(factor, vec_load(from + p * down + q * across), sum[p][q]);
			}
		}
		UNROLL for (size_t p = 0; p < rows; p++)
			UNROLL for (size_t q = 0; q < offsets; q++)
				vec_store(kept + p * kept_row + q * LANES, sum[p][q]);
	}
}

/* db_m = Σ_lanes Σ_positions dy_m. */
static void bias_sums(size_t maps, size_t positions, const float *dy, float *db)
{
	size_t block = block_terms(positions);
	for (size_t m = 0; m < maps; m++, dy += positions * LANES) {
		double total = 0;
		for (size_t first = 0; first < positions; first += block) {
			size_t end = smaller(first + block, positions);
			_Alignas(64) float lane[LANES];
			for (size_t h = 0; h < LANES; h += W) {
				vec sum = vec_all(0);
				for (size_t i = first; i < end; i++)
					sum += vec_load(dy + i * LANES + h);
				vec_store(lane + h, sum);
			}
			total += (double)row_sum(lane);
		}
		db[m] = (float)total;
	}
}

/* All kernel offsets of a tile of maps, over a part of the output. */
static void kernels_of_part(const struct correlation *c, size_t maps, const float *x, const float *dy, float *sums,
                            size_t i, size_t at, const struct block *part, bool more)
{
	size_t offsets, rows, few = tile_next(c->kernel.columns, KERNEL_OFFSETS) <= 3 ? 4 : KERNEL_MAPS;
	for (size_t a = 0; a < c->kernel.rows; a += rows) {
		rows = maps == 1 ? tile_next(c->kernel.rows - a, few) : 1;
		for (size_t d = 0; d < c->kernel.columns; d += offsets) {
			offsets = tile_next(c->kernel.columns - d, KERNEL_OFFSETS);
			if (rows > 1)
				TILE(kernels_rows_tile, rows, offsets, c, x, dy, sums, i, c->table->back_out[at], a, d, part, more);
			else
				TILE(kernels_tile, maps, offsets, c, x, dy, sums, i, at, a, d, part, more);
		}
	}
}

/* dk [maps][rows][columns] of a tile of maps, in bands. */
static void kernels_by_bands(const struct correlation *c, size_t maps, const float *x, const float *dy, float *sums,
                             size_t i, size_t at, float *dk)
{
	size_t rows = BAND_VECTORS / (maps * c->out_columns);
	struct block band = {.columns = c->out_columns};
	for (rows = rows > 0 ? rows : 1; band.row < c->out_rows; band.row += band.rows) {
		band.rows = tile_next(c->out_rows - band.row, rows);
		kernels_of_part(c, maps, x, dy, sums, i, at, &band, band.row > 0);
	}
	lanes_sums(maps * kernel_size(c), sums, dk);
}

/* The same in blocks; total, dk: behind the sums. */
static void kernels_by_blocks(const struct correlation *c, size_t maps, const float *x, const float *dy, float *sums,
                              size_t i, size_t at, double *total, float *dk)
{
	size_t count = maps * kernel_size(c);
	struct block block = {0};
	for (size_t n = 0; n < count; n++)
		total[n] = 0;
	while (block_next(c->out_rows, c->out_columns, &block)) {
		kernels_of_part(c, maps, x, dy, sums, i, at, &block, false);
		lanes_sums(count, sums, dk);
		blocks_add(count, dk, total);
	}
	blocks_end(count, total, dk);
}

static void correlate_kernels(const struct correlation *c, const float *x, const float *dy, float *dk, float *db,
                              float *scratch)
{
	const struct connections *t = c->table;
	size_t kk = kernel_size(c);
	for (size_t i = 0; i < t->in_maps; i++) {
		size_t maps;
		for (size_t at = t->back[i]; at < t->back[i + 1]; at += maps) {
			maps = tile_next(t->back[i + 1] - at, KERNEL_MAPS);
			double *total = (double *)(void *)(scratch + maps * kk * LANES);
			float *tile = (float *)(total + maps * kk);
			if (c->out_rows * c->out_columns > RUN_TERMS)
				kernels_by_blocks(c, maps, x, dy, scratch, i, at, total, tile);
			else
				kernels_by_bands(c, maps, x, dy, scratch, i, at, tile);
			for (size_t p = 0; p < maps; p++)
				memcpy(dk + t->back_at[at + p] * kk, tile + p * kk, kk * sizeof *dk);
		}
	}
	if (db != NULL)
		bias_sums(t->out_maps, c->out_rows * c->out_columns, dy, db);
}

#endif
