/* Sums over the sixteen lanes, always as the same tree: 8 + 8, 4 + 4, 2 + 2, 1 + 1. Whole vectors are folded
 * together, so that W sums cost little more than W additions. */
#ifndef CONVOY_KERNEL_LANES_H
#define CONVOY_KERNEL_LANES_H

#include "vector.h"

/* FOLD(a, b, h): in every run of 2h elements of a, then of b, the first h plus the last h. */
#define FOLD(a, b, low, high) (__builtin_shufflevector(a, b, low) + __builtin_shufflevector(a, b, high))

#if defined(__AVX512F__)
#define LOW8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define HIGH8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define LOW4 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27
#define HIGH4 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31
#define LOW2 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29
#define HIGH2 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31
#define LOW1 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define HIGH1 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#elif defined(__AVX2__) && defined(__FMA__)
#define LOW4 0, 1, 2, 3, 8, 9, 10, 11
#define HIGH4 4, 5, 6, 7, 12, 13, 14, 15
#define LOW2 0, 1, 4, 5, 8, 9, 12, 13
#define HIGH2 2, 3, 6, 7, 10, 11, 14, 15
#define LOW1 0, 2, 4, 6, 8, 10, 12, 14
#define HIGH1 1, 3, 5, 7, 9, 11, 13, 15
#else
#define LOW2 0, 1, 4, 5
#define HIGH2 2, 3, 6, 7
#define LOW1 0, 2, 4, 6
#define HIGH1 1, 3, 5, 7
#endif

/* The tree's first levels: a row's sixteen lanes as one vector, whole (16), as 8 sums, or as 4. */
INLINE vec row_fold(const float *row)
{
#if defined(__AVX512F__)
	return vec_load(row);
#elif defined(__AVX2__) && defined(__FMA__)
	return vec_load(row) + vec_load(row + 8);
#else
	return (vec_load(row) + vec_load(row + 8)) + (vec_load(row + 4) + vec_load(row + 12));
#endif
}

/* Sums of W rows of sixteen lanes, or of the first `count`. */
INLINE vec rows_sum(size_t count, const float *rows)
{
	vec r[W];
	UNROLL for (size_t i = 0; i < W; i++)
		r[i] = i < count ? row_fold(rows + i * LANES) : vec_all(0);
#if defined(__AVX512F__)
	UNROLL for (size_t i = 0; i < 8; i++)
		r[i] = FOLD(r[2 * i], r[2 * i + 1], LOW8, HIGH8);
#endif
#if defined(LOW4)
	UNROLL for (size_t i = 0; i < 4; i++)
		r[i] = FOLD(r[2 * i], r[2 * i + 1], LOW4, HIGH4);
#endif
	UNROLL for (size_t i = 0; i < 2; i++)
		r[i] = FOLD(r[2 * i], r[2 * i + 1], LOW2, HIGH2);
	return FOLD(r[0], r[1], LOW1, HIGH1);
}

INLINE float row_sum(const float *row)
{
	float s[8];
	for (int l = 0; l < 8; l++)
		s[l] = row[l] + row[l + 8];
	for (int l = 0; l < 4; l++)
		s[l] = s[l] + s[l + 4];
	return (s[0] + s[2]) + (s[1] + s[3]);
}

/* out[i] = Σ_lanes rows[i][16], any number of rows. */
static void lanes_sums(size_t count, const float *rows, float *out)
{
	size_t i = 0;
	for (; i + W <= count; i += W)
		*(vec_any *)(out + i) = rows_sum(W, rows + i * LANES);
	if (i < count) {
		vec rest = rows_sum(count - i, rows + i * LANES);
		memcpy(out + i, &rest, (count - i) * sizeof *out);
	}
}

#endif
