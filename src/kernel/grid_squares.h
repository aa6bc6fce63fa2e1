/* Squares of a map at a grid of points, and back (grid.h): windows, outputs, kernels. */
#ifndef CONVOY_KERNEL_GRID_SQUARES_H
#define CONVOY_KERNEL_GRID_SQUARES_H

#include "grid_shape.h"
#include "lanes.h"
#include "points.h"

enum {
	GRID_PART = 3,        /* points of the rows that are worked on together */
	SIDEWAYS = LANES + 1, /* vectors of a position (grid_kernels.h): odd, as in grid_plane */
};

/* Floats from the values of one point to those of the next: an odd number of vectors of sixteen, so that the stores of
 * a window do not meet in a few sets of the caches. */
INLINE size_t grid_plane(size_t vectors)
{
	return (vectors | 1) * LANES;
}

/* ---- Windows ----------------------------------------------------------------------------------------------------- */

/* A square of a map: its side's numbers from (row, column) on, of which those in the ranges are inside. */
struct grid_window {
	ptrdiff_t row, column;
	size_t row0, row1, column0, column1;
};

/* The first and the end of `side` numbers from `at` on that lie in 0 … length−1. */
INLINE void range_inside(ptrdiff_t at, size_t side, size_t length, size_t *first, size_t *end)
{
	*first = at < 0 ? smaller((size_t)-at, side) : 0;
	*end = at < (ptrdiff_t)length ? smaller((size_t)((ptrdiff_t)length - at), side) : 0;
	*first = smaller(*first, *end);
}

INLINE struct grid_window grid_window(ptrdiff_t row, ptrdiff_t column, size_t side, size_t rows, size_t columns)
{
	struct grid_window w = {.row = row, .column = column};
	range_inside(row, side, rows, &w.row0, &w.row1);
	range_inside(column, side, columns, &w.column0, &w.column1);
	return w;
}

/* A window in a map: its rows, those outside as rows of zeros, and which of the columns are inside; row[r] begins with
 * column `first`. Vectors are `step` floats apart. */
struct grid_square {
	const float *row[GRID_POINTS];
	size_t first, end;
};

static const _Alignas(64) float grid_zeros[GRID_POINTS * SIDEWAYS * LANES];

INLINE struct grid_square grid_square(const struct grid_window *w, const size_t side, const float *map,
                                      const size_t step, size_t line)
{
	struct grid_square s = {.first = w->column0, .end = w->column1};
	UNROLL for (size_t r = 0; r < side; r++)
		s.row[r] = r >= w->row0 && r < w->row1 && w->column0 < w->column1
			? map + (size_t)(w->row + (ptrdiff_t)r) * line + (size_t)(w->column + (ptrdiff_t)w->column0) * step
			: grid_zeros;
	return s;
}

/* Values of a square for points first … first+2 of the rows and all of the columns: of an input (P × P, by Bᵀ x B) or
 * of outputs (m × m, by A y Aᵀ). The value at points (f, g) goes to values + ((f − first)·P + g)·plane. All points at
 * once would not fit into the registers. */
INLINE void square_some_values(const bool input, const size_t first, struct grid_square s, const size_t step,
                               size_t plane, float *values)
{
	const size_t P = GRID_POINTS, m = GRID_OUTPUTS, side = input ? P : m;
	vec half[GRID_PART][GRID_POINTS], in[GRID_POINTS], v[GRID_POINTS];
	UNROLL for (size_t c = 0; c < side; c++) {
		if (c >= s.first && c < s.end) {
			UNROLL for (size_t r = 0; r < side; r++)
				in[r] = vec_load(s.row[r] + (c * step - s.first * step));
			if (input)
				input_values(P, in, v);
			else
				output_values(P, m, in, v);
			UNROLL for (size_t f = 0; f < GRID_PART; f++)
				half[f][c] = v[first + f];
		} else {
			UNROLL for (size_t f = 0; f < GRID_PART; f++)
				half[f][c] = vec_all(0);
		}
	}
	UNROLL for (size_t f = 0; f < GRID_PART; f++) {
		if (input)
			input_values(P, half[f], v);
		else
			output_values(P, m, half[f], v);
		UNROLL for (size_t g = 0; g < P; g++)
			vec_store(values + (f * P + g) * plane, v[g]);
	}
}

/* Values of a square for all points. */
INLINE void square_values(const bool input, struct grid_square s, const size_t step, size_t plane, float *values)
{
	square_some_values(input, 0, s, step, plane, values);
	square_some_values(input, GRID_PART, s, step, plane, values + GRID_PART * GRID_POINTS * plane);
}

/* y + b of the values of one map and tile: rows × columns of its m × m outputs. */
INLINE void square_outputs(size_t rows, size_t columns, const float *values, size_t plane, float b, size_t line,
                           float *y)
{
	const size_t P = GRID_POINTS, m = GRID_OUTPUTS;
	vec half[GRID_POINTS][GRID_OUTPUTS], v[GRID_POINTS], out[GRID_OUTPUTS];
	UNROLL for (size_t f = 0; f < P; f++) {
		UNROLL for (size_t g = 0; g < P; g++)
			v[g] = vec_load(values + (f * P + g) * plane);
		output_of_values(P, m, v, half[f]);
	}
	UNROLL for (size_t c = 0; c < m; c++) {
		if (c >= columns)
			break;
		UNROLL for (size_t f = 0; f < P; f++)
			v[f] = half[f][c];
		output_of_values(P, m, v, out);
		UNROLL for (size_t r = 0; r < m; r++)
			if (r < rows)
				vec_store(y + r * line + c * LANES, out[r] + b);
	}
}

/* ---- Kernels: one in each lane ----------------------------------------------------------------------------------- */

/* One step of a transposition: lane bits move down by one, the lowest becomes bit `bit` of the vector's number, whose
 * bit becomes the highest of the lane. */
INLINE void transpose_step(const size_t bit, vec r[W])
{
	UNROLL for (size_t i = 0; i < W; i++)
		if ((i & bit) == 0) {
			vec a = r[i], b = r[i + bit];
			r[i] = __builtin_shufflevector(a, b, LOW1);
			r[i + bit] = __builtin_shufflevector(a, b, HIGH1);
		}
}

/* r[i][l] ↔ r[l][i] */
INLINE void transpose(vec r[W])
{
	transpose_step(1, r);
	transpose_step(2, r);
	if (W > 4)
		transpose_step(4 % W, r);
	if (W > 8)
		transpose_step(8 % W, r);
}

/* numbers[n] = numbers n of `wide` kernels, a kernel in each lane. Kernels have `size` numbers and begin `right` floats
 * apart; `there` floats can be read from k on. */
INLINE void kernels_load(size_t wide, const size_t size, size_t right, size_t there, const float *k, vec *numbers)
{
	bool inside = wide == W && (W - 1) * right + (size + W - 1) / W * W <= there;
	UNROLL for (size_t n = 0; n < size; n += W) {
		const size_t some = size - n < W ? size - n : W;
		vec r[W] = {{0}};
		if (inside) { /* what is read behind a kernel is not used */
			UNROLL for (size_t l = 0; l < W; l++)
				r[l] = *(const vec_any *)(k + l * right + n);
		} else {
			UNROLL for (size_t l = 0; l < W; l++)
				if (l < wide)
					memcpy(&r[l], k + l * right + n, some * sizeof *k);
		}
		transpose(r);
		UNROLL for (size_t l = 0; l < some; l++)
			numbers[n + l] = r[l];
	}
}

/* And back, kernels one behind the other. */
INLINE void kernels_store(size_t wide, const size_t size, const vec *numbers, float *k)
{
	UNROLL for (size_t n = 0; n < size; n += W) {
		const size_t some = size - n < W ? size - n : W;
		vec r[W];
		UNROLL for (size_t l = 0; l < W; l++)
			r[l] = l < some ? numbers[n + l] : vec_all(0);
		transpose(r);
		UNROLL for (size_t l = 0; l < W; l++)
			if (l < wide)
				memcpy(k + l * size + n, &r[l], some * sizeof *k);
	}
}

/* G k Gᵀ: [P][P] of [K][K], or of k turned by half a circle. */
INLINE void square_of_kernels(const vec *k, const bool turned, vec values[GRID_VALUES])
{
	enum { P = GRID_POINTS, K = GRID_SIDE };
	vec in[K], v[P], half[P][K];
	UNROLL for (size_t b = 0; b < K; b++) {
		UNROLL for (size_t a = 0; a < K; a++)
			in[a] = k[turned ? K * K - 1 - (a * K + b) : a * K + b];
		kernel_values(P, K, in, v);
		UNROLL for (size_t f = 0; f < P; f++)
			half[f][b] = v[f];
	}
	UNROLL for (size_t f = 0; f < P; f++)
		kernel_values(P, K, half[f], values + f * P);
}

/* Gᵀ v G: [K][K] of the values [P][P], `plane` floats apart. */
INLINE void kernels_of_square(const float *values, size_t plane, vec *k)
{
	enum { P = GRID_POINTS, K = GRID_SIDE };
	vec v[P], half[K][P], some[K];
	UNROLL for (size_t g = 0; g < P; g++) {
		UNROLL for (size_t f = 0; f < P; f++)
			v[f] = vec_load(values + (f * P + g) * plane);
		kernel_values_back(P, K, v, some);
		UNROLL for (size_t a = 0; a < K; a++)
			half[a][g] = some[a];
	}
	UNROLL for (size_t a = 0; a < K; a++)
		kernel_values_back(P, K, half[a], k + a * K);
}

#endif
