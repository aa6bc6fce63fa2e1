/* Correlation where each output map has one input map (depthwise), kernels of 3 or 5 columns, and columns in steps of 1
 * or 2 (single_pays). There are no partners to share what is loaded. So a tile is a run of columns of one map, each
 * number of a row is loaded once for all kernel columns, and maps are read as they are: where a kernel reaches over the
 * edge, zeros are loaded. The order of the additions is that of correlate.h, correlate_input.h and
 * correlate_kernels.h. */
#ifndef CONVOY_KERNEL_SINGLE_H
#define CONVOY_KERNEL_SINGLE_H

#include "activation.h"
#include "correlate_kernels.h"

enum { SINGLE_COLUMNS = 8, SINGLE_TERMS = 4 };
#define UNROLL_WIDE _Pragma("GCC unroll 24")

/* Calls f(Q, K, S, …) with the columns of a tile, of the kernel and of a step as constants. */
#define SINGLE_STEP(f, Q, K, step, ...)                                                                                \
	do {                                                                                                           \
		if ((step) == 1)                                                                                       \
			f(Q, K, 1, __VA_ARGS__);                                                                       \
		else                                                                                                   \
			f(Q, K, 2, __VA_ARGS__);                                                                       \
	} while (0)
#define SINGLE(f, Q, c, ...)                                                                                           \
	do {                                                                                                           \
		if ((c)->kernel.columns == 3)                                                                          \
			SINGLE_STEP(f, Q, 3, (c)->stride.columns, __VA_ARGS__);                                        \
		else                                                                                                   \
			SINGLE_STEP(f, Q, 5, (c)->stride.columns, __VA_ARGS__);                                        \
	} while (0)
#define SINGLE_WIDE(f, wide, c, ...)                                                                                   \
	do {                                                                                                           \
		switch (wide) {                                                                                        \
		case 1: case 2: case 3: case 4: SINGLE(f, 4, c, __VA_ARGS__); break;                                   \
		case 5: case 6: SINGLE(f, 6, c, __VA_ARGS__); break;                                                   \
		case 7: SINGLE(f, 7, c, __VA_ARGS__); break;                                                           \
		default: SINGLE(f, 8, c, __VA_ARGS__); break;                                                          \
		}                                                                                                      \
	} while (0)

/* Column n of a line, or zeros. */
INLINE vec single_load(const float *line, size_t n, size_t columns)
{
	static const _Alignas(64) float zeros[W];
	return vec_hold(n < columns ? line + n * LANES : zeros);
}

INLINE void single_weights(const size_t K, const float *k, vec *weight)
{
	UNROLL for (size_t b = 0; b < K; b++) {
		weight[b] = vec_all(k[b]);
		vec_keep(&weight[b]);
	}
}

/* ---- Forward ----------------------------------------------------------------------------------------------------- */

/* Row u of an output map, y, from its input map x. */
INLINE void single_row(const size_t Q, const size_t K, const size_t S, const struct correlation *c, const float *k,
                       float b, const float *x, float *y, size_t u)
{
	for (size_t h = 0; h < LANES; h += W)
		for (size_t v = 0; v < c->out_columns; v += Q) {
			vec sum[SINGLE_COLUMNS], weight[5];
			UNROLL for (size_t q = 0; q < Q; q++)
				sum[q] = vec_all(b);
			for (size_t a = 0; a < c->kernel.rows; a++) {
				size_t row = u * c->stride.rows + a - c->top, first = v * S - c->left;
				if (row >= c->in_rows)
					continue;
				const float *line = x + row * c->in_columns * LANES + h;
				single_weights(K, k + a * K, weight);
				UNROLL_WIDE for (size_t n = 0; n < (Q - 1) * S + K; n++) {
					vec in = single_load(line, first + n, c->in_columns);
					UNROLL for (size_t d = 0; d < K; d++)
						if (n >= d && (n - d) % S == 0 && (n - d) / S < Q)
							sum[(n - d) / S] = vec_fma(weight[d], in, sum[(n - d) / S]);
				}
			}
			UNROLL for (size_t q = 0; q < Q; q++)
				if (v + q < c->out_columns)
					vec_store(y + (v + q) * LANES + h, sum[q]);
		}
}

INLINE void single_map(const size_t Q, const size_t K, const size_t S, const struct correlation *c, const float *k,
                       float b, enum activation f, const float *x, float *y)
{
	for (size_t u = 0; u < c->out_rows; u++, y += c->out_columns * LANES) {
		single_row(Q, K, S, c, k, b, x, y, u);
		activate(f, c->out_columns, y);
	}
}

static void single(const struct correlation *c, const float *k, const float *b, enum activation f, const float *x,
                   float *y)
{
	size_t wide = tile_next(c->out_columns, SINGLE_COLUMNS), size = c->out_rows * c->out_columns * LANES;
	for (size_t j = 0; j < c->table->out_maps; j++)
		SINGLE_WIDE(single_map, wide, c, c, k + j * kernel_size(c), b != NULL ? b[j] : 0, f,
		            x + c->table->input[j] * c->in_rows * c->in_columns * LANES, y + j * size);
}

/* ---- Adjoint to the input ---------------------------------------------------------------------------------------- */

/* Adds what an output map gives to Q columns of row `row` of dx, from `column` on, a multiple of S; both are counted in
 * the padded input. */
INLINE void single_input_add(const size_t Q, const size_t K, const size_t S, const struct correlation *c,
                             const float *k, const float *dy, size_t row, size_t column, vec *sum)
{
	const size_t back = (K - 1) / S, ahead = (Q - 1) / S;
	for (size_t a = 0; a < c->kernel.rows && a <= row; a++) {
		size_t u = row - a;
		if (c->stride.rows > 1) {
			if (u % c->stride.rows != 0)
				continue;
			u /= c->stride.rows;
		}
		if (u >= c->out_rows)
			continue;
		const float *line = dy + u * c->out_columns * LANES;
		vec weight[5];
		single_weights(K, k + a * K, weight);
		UNROLL_WIDE for (size_t i = 0; i <= back + ahead; i++) { /* from the last on: then b rises */
			vec in = single_load(line, column / S + ahead - i, c->out_columns);
			UNROLL for (size_t b = 0; b < K; b++) {
				const size_t at = (back + ahead - i) * S + b; /* q + back·S */
				if (at >= back * S && at - back * S < Q)
					sum[at - back * S] = vec_fma(weight[b], in, sum[at - back * S]);
			}
		}
	}
}

INLINE void single_input_map(const size_t Q, const size_t K, const size_t S, const struct correlation *c,
                             const float *k, const float *dy, enum activation f, const float *x, float *dx, size_t i)
{
	const struct connections *t = c->table;
	size_t size = c->out_rows * c->out_columns * LANES, line = c->in_columns * LANES;
	for (size_t row = c->top; row < c->top + c->in_rows; row++, x += line, dx += line) {
		for (size_t h = 0; h < LANES; h += W)
			for (size_t column = c->left / S * S; column < c->left + c->in_columns; column += Q) {
				vec sum[SINGLE_COLUMNS];
				UNROLL for (size_t q = 0; q < Q; q++)
					sum[q] = vec_all(0);
				for (size_t e = t->back[i]; e < t->back[i + 1]; e++)
					single_input_add(Q, K, S, c, k + t->back_at[e] * kernel_size(c), dy + t->back_out[e] * size + h,
					                 row, column, sum);
				UNROLL for (size_t q = 0; q < Q; q++)
					if (column + q - c->left < c->in_columns)
						vec_store(dx + (column + q - c->left) * LANES + h, sum[q]);
			}
		activate_back(f, c->in_columns, x, dx);
	}
}

static void single_input(const struct correlation *c, const float *k, const float *dy, enum activation f,
                         const float *x, float *dx, float *scratch)
{
	(void)scratch;
	size_t step = c->stride.columns, wide = tile_next(c->left % step + c->in_columns, SINGLE_COLUMNS);
	wide += step == 2 ? wide % 2 : 0;
	for (size_t i = 0; i < c->table->in_maps; i++) {
		size_t at = i * c->in_rows * c->in_columns * LANES;
		SINGLE_WIDE(single_input_map, wide, c, c, k, dy, f, f != ACTIVATION_LINEAR ? x + at : dx + at, dx + at, i);
	}
}

/* ---- Adjoint to the kernels -------------------------------------------------------------------------------------- */

/* sums[a … a+R−1][K][16] of an output map dy and its input map x, over a part of the output. */
INLINE void single_kernel_rows(const size_t R, const size_t K, const size_t S, const struct correlation *c,
                               const float *x, const float *dy, float *sums, size_t a, const struct block *part)
{
	size_t end = part->column + part->columns;
	for (size_t h = 0; h < LANES; h += W) {
		vec sum[3][5];
		UNROLL for (size_t r = 0; r < R; r++)
			UNROLL for (size_t b = 0; b < K; b++)
				sum[r][b] = vec_all(0);
		for (size_t u = part->row; u < part->row + part->rows; u++)
			for (size_t v = part->column; v < end; v += SINGLE_TERMS) {
				vec g[SINGLE_TERMS];
				UNROLL for (size_t q = 0; q < SINGLE_TERMS; q++)
					g[q] = single_load(dy + u * c->out_columns * LANES + h, v + q, end);
				UNROLL for (size_t r = 0; r < R; r++) {
					size_t row = u * c->stride.rows + a + r - c->top, first = v * S - c->left;
					if (row >= c->in_rows)
						continue;
					const float *line = x + row * c->in_columns * LANES + h;
					UNROLL_WIDE for (size_t n = 0; n < (SINGLE_TERMS - 1) * S + K; n++) {
						vec in = single_load(line, first + n, c->in_columns);
						UNROLL for (size_t b = 0; b < K; b++)
							if (n >= b && (n - b) % S == 0 && (n - b) / S < SINGLE_TERMS)
								sum[r][b] = vec_fma(g[(n - b) / S], in, sum[r][b]);
					}
				}
			}
		UNROLL for (size_t r = 0; r < R; r++)
			UNROLL for (size_t b = 0; b < K; b++)
				vec_store(sums + ((a + r) * K + b) * LANES + h, sum[r][b]);
	}
}

INLINE void single_kernel_part(const size_t few, const size_t K, const size_t S, const struct correlation *c,
                               const float *x, const float *dy, float *sums, const struct block *part)
{
	size_t rows;
	for (size_t a = 0; a < c->kernel.rows; a += rows) {
		rows = smaller(c->kernel.rows - a, few);
		if (few == 3 && rows == 3)
			single_kernel_rows(few, K, S, c, x, dy, sums, a, part);
		else if (rows == 2)
			single_kernel_rows(2, K, S, c, x, dy, sums, a, part);
		else
			single_kernel_rows(1, K, S, c, x, dy, sums, a, part);
	}
}

/* dk of an output map: few sums, so that they stay in sixteen registers. */
static void single_kernel(const struct correlation *c, const float *x, const float *dy, float *sums, float *dk)
{
	size_t count = kernel_size(c);
	bool whole = c->out_rows * c->out_columns <= RUN_TERMS;
	double *total = (double *)(void *)(sums + count * LANES);
	struct block part = {0};
	for (size_t n = 0; n < count; n++)
		total[n] = 0;
	while (block_next(c->out_rows, c->out_columns, &part)) {
		if (c->kernel.columns == 3)
			SINGLE_STEP(single_kernel_part, 3, 3, c->stride.columns, c, x, dy, sums, &part);
		else
			SINGLE_STEP(single_kernel_part, 2, 5, c->stride.columns, c, x, dy, sums, &part);
		lanes_sums(count, sums, dk);
		if (!whole)
			blocks_add(count, dk, total);
	}
	if (!whole)
		blocks_end(count, total, dk);
}

static void single_kernels(const struct correlation *c, const float *x, const float *dy, float *dk, float *db,
                           float *scratch)
{
	size_t positions = c->out_rows * c->out_columns, size = c->in_rows * c->in_columns * LANES;
	for (size_t j = 0; j < c->table->out_maps; j++, dy += positions * LANES, dk += kernel_size(c)) {
		single_kernel(c, x + c->table->input[j] * size, dy, scratch, dk);
		if (db != NULL)
			bias_sums(1, positions, dy, db + j);
	}
}

#endif
