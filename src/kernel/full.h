/* Products with a dense matrix: full layers (positions = 1), and mixes of maps, position by position. A tile of
 * rows × positions is kept in registers while the loop runs over the other side of the matrix, in ascending order. */
#ifndef CONVOY_KERNEL_FULL_H
#define CONVOY_KERNEL_FULL_H

#include "activation.h"
#include "correlate_kernels.h"

/* y[o][p] = b[o] + Σ_r w[o·along_out + r·along_sum] x[r][p] for a tile of outputs and positions, whose first w, b, x
 * and y are given; `line`: positions from an output to the next in y. */
INLINE void product_tile(const size_t outs, const size_t wide, size_t sums, size_t positions, size_t along_out,
                         size_t along_sum, const float *w, const float *b, const float *x, float *y, size_t line)
{
	for (size_t h = 0; h < LANES; h += W) {
		vec sum[16][6];
		UNROLL for (size_t m = 0; m < outs; m++)
			UNROLL for (size_t p = 0; p < wide; p++)
				sum[m][p] = vec_all(b != NULL ? b[m] : 0);
		const float *weight = w, *from = x + h;
		for (size_t r = 0; r < sums; r++, weight += along_sum, from += positions * LANES) {
			vec in[6];
			UNROLL for (size_t p = 0; p < wide; p++)
				in[p] = vec_hold(from + p * LANES);
			UNROLL for (size_t m = 0; m < outs; m++) {
				vec factor = vec_all(weight[m * along_out]);
				UNROLL for (size_t p = 0; p < wide; p++)
					sum[m][p] = vec_fma(factor, in[p], sum[m][p]);
			}
		}
		UNROLL for (size_t m = 0; m < outs; m++)
			UNROLL for (size_t p = 0; p < wide; p++)
				vec_store(y + (m * line + p) * LANES + h, sum[m][p]);
	}
}

enum { TALL = 12 }; /* outputs of a tile of one point */

static void product_run(size_t outs, size_t wide, size_t sums, size_t positions, size_t along_out, size_t along_sum,
                        const float *w, const float *b, const float *x, float *y, size_t line)
{
	if (outs == TALL)
		product_tile(TALL, 1, sums, positions, along_out, along_sum, w, b, x, y, line);
	else
		TILE(product_tile, outs, wide, sums, positions, along_out, along_sum, w, b, x, y, line);
}

/* A tile, in blocks where its sums are long. */
static void product_some(size_t outs, size_t wide, size_t sums, size_t positions, size_t along_out, size_t along_sum,
                         const float *w, const float *b, const float *x, float *y)
{
	if (sums <= RUN_TERMS) {
		product_run(outs, wide, sums, positions, along_out, along_sum, w, b, x, y, positions);
		return;
	}
	_Alignas(64) float part[4 * 6 * LANES];
	double total[4 * 6 * LANES] = {0};
	for (size_t r = 0; r < sums; r += BLOCK_TERMS) {
		product_run(outs, wide, smaller(BLOCK_TERMS, sums - r), positions, along_out, along_sum, w + r * along_sum,
		            r == 0 ? b : NULL, x + r * positions * LANES, part, wide);
		blocks_add(outs * wide * LANES, part, total);
	}
	for (size_t m = 0; m < outs; m++)
		blocks_end(wide * LANES, total + m * wide * LANES, y + m * positions * LANES);
}

static void product(size_t outs, size_t sums, size_t positions, size_t along_out, size_t along_sum, const float *w,
                    const float *b, const float *x, float *y)
{
	size_t tall, wide;
	for (size_t o = 0; o < outs; o += tall) {
		if (positions == 1) /* tall tiles only */
			tall = o + TALL <= outs ? TALL : o + 4 <= outs ? 4 : 1;
		else
			tall = tile_next(outs - o, TILE_MAPS);
		for (size_t p = 0; p < positions; p += wide) {
			wide = tile_next(positions - p, TILE_COLUMNS);
			product_some(tall, wide, sums, positions, along_out, along_sum, w + o * along_out, b != NULL ? b + o : NULL,
			             x + p * LANES, y + (o * positions + p) * LANES);
		}
	}
}

static void full(size_t units, size_t inputs, size_t positions, const float *w, const float *b, enum activation f,
                 const float *x, float *y)
{
	product(units, inputs, positions, inputs, 1, w, b, x, y);
	activate(f, units * positions, y);
}

static void full_input(size_t units, size_t inputs, size_t positions, const float *w, const float *dy,
                       enum activation f, const float *x, float *dx)
{
	product(inputs, units, positions, 1, inputs, w, NULL, dy, dx);
	activate_back(f, inputs * positions, x, dx);
}

/* ---- Adjoint to the weights ------------------------------------------------------------------------------------ */

/* dW[m][k] = Σ_lanes dy[m] x[k] for one position: x is transposed into scratch [16][width], so that neighbouring k are
 * neighbouring lanes and the sum runs over the sixteen samples in order. */
INLINE void outer_tile(const size_t rows, size_t inputs, size_t width, const float *xt, const float *dy, float *dw,
                       size_t m, size_t k)
{
	vec sum[4];
	UNROLL for (size_t p = 0; p < rows; p++)
		sum[p] = vec_all(0);
	UNROLL for (size_t n = 0; n < LANES; n++) {
		vec in = vec_load(xt + n * width + k);
		UNROLL for (size_t p = 0; p < rows; p++)
			sum[p] = vec_fma(vec_all(dy[(m + p) * LANES + n]), in, sum[p]);
	}
	size_t there = smaller(W, inputs - k);
	UNROLL for (size_t p = 0; p < rows; p++) {
		float *to = dw + (m + p) * inputs + k;
		if (there == W)
			*(vec_any *)to = sum[p];
		else
			memcpy(to, &sum[p], there * sizeof *to);
	}
}

static void outer_one(size_t units, size_t inputs, const float *x, const float *dy, float *dw, float *scratch)
{
	size_t width = (inputs + LANES - 1) / LANES * LANES;
	for (size_t n = 0; n < LANES; n++) {
		for (size_t k = 0; k < inputs; k++)
			scratch[n * width + k] = x[k * LANES + n];
		for (size_t k = inputs; k < width; k++)
			scratch[n * width + k] = 0;
	}
	for (size_t k = 0; k < inputs; k += W) {
		size_t m = 0;
		for (; m + 4 <= units; m += 4)
			outer_tile(4, inputs, width, scratch, dy, dw, m, k);
		for (; m < units; m++)
			outer_tile(1, inputs, width, scratch, dy, dw, m, k);
	}
}

/* dW[m][k] = Σ_lanes Σ_positions dy[m][p] x[k][p]: the positions in order, block by block, then the tree over the
 * lanes. */
INLINE void positions_tile(const size_t rows, const size_t wide, size_t inputs, size_t positions, const float *x,
                           const float *dy, float *dw, size_t m, size_t k)
{
	_Alignas(64) float lane[4 * 6 * LANES], sums[4 * 6];
	double total[4 * 6] = {0};
	size_t block = block_terms(positions);
	for (size_t first = 0; first < positions; first += block) {
		size_t end = smaller(first + block, positions);
		for (size_t h = 0; h < LANES; h += W) {
			vec sum[4][6];
			sums_begin(rows, wide, NULL, sum);
			for (size_t i = first; i < end; i++) {
				vec in[6];
				UNROLL for (size_t q = 0; q < wide; q++)
					in[q] = vec_hold(x + ((k + q) * positions + i) * LANES + h);
				UNROLL for (size_t p = 0; p < rows; p++) {
					vec factor = vec_load(dy + ((m + p) * positions + i) * LANES + h);
					UNROLL for (size_t q = 0; q < wide; q++)
						sum[p][q] = vec_fma(factor, in[q], sum[p][q]);
				}
			}
			UNROLL for (size_t p = 0; p < rows; p++)
				UNROLL for (size_t q = 0; q < wide; q++)
					vec_store(lane + (p * wide + q) * LANES + h, sum[p][q]);
		}
		lanes_sums(rows * wide, lane, sums);
		blocks_add(rows * wide, sums, total);
	}
	for (size_t p = 0; p < rows; p++)
		blocks_end(wide, total + p * wide, dw + (m + p) * inputs + k);
}

static void full_weights(size_t units, size_t inputs, size_t positions, const float *x, const float *dy, float *dw,
                         float *db, float *scratch)
{
	if (positions == 1) {
		outer_one(units, inputs, x, dy, dw, scratch);
	} else {
		size_t rows, wide;
		for (size_t m = 0; m < units; m += rows) {
			rows = tile_next(units - m, TILE_MAPS);
			for (size_t k = 0; k < inputs; k += wide) {
				wide = tile_next(inputs - k, TILE_COLUMNS);
				TILE(positions_tile, rows, wide, inputs, positions, x, dy, dw, m, k);
			}
		}
	}
	if (db != NULL)
		bias_sums(units, positions, dy, db);
}

#endif
