/* The matrices of a correlation by points (winograd.h), and maps at the points and back. P is the number of points: 6
 * or 8; m = P + 1 − K; p = 0, 1, −1, 2, −2, with 8 points ½, −½, and ∞. */
#ifndef CONVOY_KERNEL_POINTS_H
#define CONVOY_KERNEL_POINTS_H

#include "activation.h"
#include "tile.h"

enum { POINTS_MOST = 8 };

/* ---- The matrices: vectors of P at the points, of K or m in the columns ------------------------------------------ */

/* Bᵀ x */
INLINE void input_values(const size_t P, const vec *x, vec *v)
{
	const vec half = vec_all(0.5f), quarter = vec_all(0.25f), two = vec_all(2), four = vec_all(4), five = vec_all(5);
	if (P == 6) {
		vec even = vec_fma(-four, x[2], x[4]), odd = vec_fma(-four, x[1], x[3]);
		vec even2 = x[4] - x[2], odd2 = x[3] - x[1];
		v[0] = vec_fma(four, x[0], vec_fma(-five, x[2], x[4]));
		v[1] = even + odd;
		v[2] = even - odd;
		v[3] = vec_fma(two, odd2, even2);
		v[4] = vec_fma(-two, odd2, even2);
		v[5] = vec_fma(four, x[1], vec_fma(-five, x[3], x[5]));
		return;
	}
	const vec outer = vec_all(5.25f), inner = vec_all(-4.25f), less = vec_all(-1.25f), part = vec_all(-2.5f);
	vec even = vec_fma(inner, x[4], x[2] + x[6]), odd = vec_fma(inner, x[3], x[1] + x[5]);
	vec even2 = vec_fma(quarter, x[2], vec_fma(less, x[4], x[6]));
	vec odd2 = vec_fma(half, x[1], vec_fma(part, x[3], two * x[5]));
	vec even3 = vec_fma(four, x[2], vec_fma(-five, x[4], x[6]));
	vec odd3 = vec_fma(two, x[1], vec_fma(part, x[3], half * x[5]));
	v[0] = vec_fma(outer, x[4] - x[2], x[0] - x[6]);
	v[1] = even + odd;
	v[2] = even - odd;
	v[3] = even2 + odd2;
	v[4] = even2 - odd2;
	v[5] = even3 + odd3;
	v[6] = even3 - odd3;
	v[7] = vec_fma(outer, x[3] - x[5], x[7] - x[1]);
}

/* B v */
INLINE void input_values_back(const size_t P, const vec *v, vec *x)
{
	const vec half = vec_all(0.5f), quarter = vec_all(0.25f), two = vec_all(2), four = vec_all(4), five = vec_all(5);
	vec sum = v[1] + v[2], sum2 = v[3] + v[4], less = v[1] - v[2], less2 = v[3] - v[4];
	if (P == 6) {
		x[0] = four * v[0];
		x[1] = vec_fma(four, v[5] - less, -two * less2);
		x[2] = -vec_fma(four, sum, vec_fma(five, v[0], sum2));
		x[3] = vec_fma(-five, v[5], vec_fma(two, less2, less));
		x[4] = v[0] + (sum + sum2);
		x[5] = v[5];
		return;
	}
	const vec outer = vec_all(5.25f), inner = vec_all(-4.25f), share = vec_all(-1.25f), part = vec_all(-2.5f);
	vec sum3 = v[5] + v[6], less3 = v[5] - v[6];
	x[0] = v[0];
	x[1] = vec_fma(two, less3, vec_fma(half, less2, less - v[7]));
	x[2] = vec_fma(four, sum3, vec_fma(quarter, sum2, vec_fma(-outer, v[0], sum)));
	x[3] = vec_fma(part, less2 + less3, vec_fma(inner, less, outer * v[7]));
	x[4] = vec_fma(-five, sum3, vec_fma(share, sum2, vec_fma(inner, sum, outer * v[0])));
	x[5] = vec_fma(half, less3, vec_fma(two, less2, vec_fma(-outer, v[7], less)));
	x[6] = (sum + (sum2 + sum3)) - v[0];
	x[7] = v[7];
}

/* Aᵀ v for m outputs */
INLINE void output_of_values(const size_t P, const size_t m, const vec *v, vec *y)
{
	vec sum = v[1] + v[2], sum2 = v[3] + v[4], less = v[1] - v[2], less2 = v[3] - v[4];
	vec sum3 = P == 8 ? v[5] + v[6] : v[0], less3 = P == 8 ? v[5] - v[6] : v[0];
	y[0] = v[0] + (P == 8 ? sum + (sum2 + sum3) : sum + sum2);
	UNROLL for (size_t c = 1; c < m; c++) {
		y[c] = vec_fma(vec_all((float)(1 << c)), c % 2 == 0 ? sum2 : less2, c % 2 == 0 ? sum : less);
		if (P == 8)
			y[c] = vec_fma(vec_all(1 / (float)(1 << c)), c % 2 == 0 ? sum3 : less3, y[c]);
	}
	y[m - 1] += v[P - 1];
}

/* A y */
INLINE void output_values(const size_t P, const size_t m, const vec *y, vec *v)
{
	vec even = y[0], even2 = y[0], even3 = y[0], odd = vec_all(0), odd2 = odd, odd3 = odd;
	UNROLL for (size_t c = 1; c < m; c++) {
		vec twice = vec_all((float)(1 << c)), half = vec_all(1 / (float)(1 << c));
		if (c % 2 == 0) {
			even += y[c];
			even2 = vec_fma(twice, y[c], even2);
			even3 = vec_fma(half, y[c], even3);
		} else {
			odd += y[c];
			odd2 = vec_fma(twice, y[c], odd2);
			odd3 = vec_fma(half, y[c], odd3);
		}
	}
	v[0] = y[0];
	v[1] = even + odd;
	v[2] = even - odd;
	v[3] = even2 + odd2;
	v[4] = even2 - odd2;
	if (P == 8) {
		v[5] = even3 + odd3;
		v[6] = even3 - odd3;
	}
	v[P - 1] = y[m - 1];
}

/* 1/N for 6 points and for 8; that of ∞ is 1. */
static const float points_share[2][POINTS_MOST] = {
	{1 / 4.0f, -1 / 6.0f, -1 / 6.0f, 1 / 24.0f, 1 / 24.0f},
	{1, -2 / 9.0f, -2 / 9.0f, 1 / 90.0f, 1 / 90.0f, 32 / 45.0f, 32 / 45.0f},
};

/* 2^n, n < 0 too */
INLINE float points_power(const int n)
{
	return n >= 0 ? (float)(1 << n) : 1 / (float)(1 << -n);
}

/* G k; the exponents of the points: 2^0, 2^1, 2^−1 */
INLINE void kernel_values(const size_t P, const size_t K, const vec *k, vec *v)
{
	const float *share = points_share[P == 8];
	UNROLL for (int pair = 0; 2 * pair + 2 < (int)P; pair++) {
		vec even = k[0], odd = vec_all(0);
		UNROLL for (int b = 1; b < (int)K; b++) {
			vec scaled = vec_all(points_power(pair < 2 ? pair * b : -b)) * k[b];
			even = b % 2 == 0 ? even + scaled : even;
			odd = b % 2 == 0 ? odd : odd + scaled;
		}
		v[2 * pair + 1] = (even + odd) * vec_all(share[2 * pair + 1]);
		v[2 * pair + 2] = (even - odd) * vec_all(share[2 * pair + 2]);
	}
	v[0] = k[0] * vec_all(share[0]);
	v[P - 1] = k[K - 1];
}

/* Gᵀ v */
INLINE void kernel_values_back(const size_t P, const size_t K, const vec *v, vec *k)
{
	const float *share = points_share[P == 8];
	UNROLL for (size_t n = 0; n < K; n++)
		k[n] = vec_all(0);
	UNROLL for (int pair = 0; 2 * pair + 2 < (int)P; pair++) {
		vec a = v[2 * pair + 1] * vec_all(share[2 * pair + 1]), b = v[2 * pair + 2] * vec_all(share[2 * pair + 2]);
		UNROLL for (int n = 0; n < (int)K; n++)
			k[n] += vec_all(points_power(pair < 2 ? pair * n : -n)) * (n % 2 == 0 ? a + b : a - b);
	}
	k[0] += v[0] * vec_all(share[0]);
	k[K - 1] += v[P - 1];
}

/* Lines of kernels k[lines][K] to values[P][lines] … */
INLINE void values_of_kernels(const size_t P, const size_t K, size_t lines, const float *k, float *values)
{
	float some[POINTS_MOST][W] = {{0}};
	for (size_t n = 0, wide; n < lines; n += wide) {
		vec in[POINTS_MOST], v[POINTS_MOST];
		wide = smaller(lines - n, W);
		for (size_t i = 0; i < wide; i++)
			for (size_t b = 0; b < K; b++)
				some[b][i] = k[(n + i) * K + b];
		memcpy(in, some, K * sizeof *in);
		kernel_values(P, K, in, v);
		for (size_t p = 0; p < P; p++)
			memcpy(values + p * lines + n, &v[p], wide * sizeof *values);
	}
}

/* … and back. */
INLINE void kernels_of_values(const size_t P, const size_t K, size_t lines, const float *values, float *k)
{
	float some[POINTS_MOST][W] = {{0}};
	for (size_t n = 0, wide; n < lines; n += wide) {
		vec out[POINTS_MOST], v[POINTS_MOST];
		wide = smaller(lines - n, W);
		for (size_t p = 0; p < P; p++)
			memcpy(some[p], values + p * lines + n, wide * sizeof *values);
		memcpy(v, some, P * sizeof *v);
		kernel_values_back(P, K, v, out);
		memcpy(some, out, K * sizeof *out);
		for (size_t i = 0; i < wide; i++)
			for (size_t b = 0; b < K; b++)
				k[(n + i) * K + b] = some[b][i];
	}
}

/* ---- Maps to planes and back ------------------------------------------------------------------------------------- */

/* Lines of x, `columns` long, to planes of `tiles` positions a line; plane p begins at values + p·plane. */
INLINE void planes_of_input(const size_t P, const size_t K, size_t lines, size_t columns, size_t tiles, const float *x,
                            size_t plane, float *values)
{
	const size_t m = P + 1 - K;
	for (size_t line = 0; line < lines; line++, x += columns * LANES)
		for (size_t t = 0; t < tiles; t++, values += LANES)
			for (size_t h = 0; h < LANES; h += W) {
				const float *from = x + t * m * LANES + h;
				size_t there = columns - t * m;
				vec in[POINTS_MOST], v[POINTS_MOST];
				UNROLL for (size_t n = 0; n < P; n++)
					in[n] = n < there ? vec_load(from + n * LANES) : vec_all(0);
				input_values(P, in, v);
				UNROLL for (size_t p = 0; p < P; p++)
					vec_store(values + p * plane + h, v[p]);
			}
}

INLINE void planes_of_output(const size_t P, const size_t K, size_t lines, size_t columns, size_t tiles, const float *y,
                             size_t plane, float *values)
{
	const size_t m = P + 1 - K;
	for (size_t line = 0; line < lines; line++, y += columns * LANES)
		for (size_t t = 0; t < tiles; t++, values += LANES)
			for (size_t h = 0; h < LANES; h += W) {
				const float *from = y + t * m * LANES + h;
				size_t there = columns - t * m;
				vec in[POINTS_MOST], v[POINTS_MOST];
				UNROLL for (size_t n = 0; n < m; n++)
					in[n] = n < there ? vec_load(from + n * LANES) : vec_all(0);
				output_values(P, m, in, v);
				UNROLL for (size_t p = 0; p < P; p++)
					vec_store(values + p * plane + h, v[p]);
			}
}

/* One map's lines of y from its planes. */
INLINE void output_of_planes(const size_t P, const size_t K, size_t lines, size_t columns, size_t tiles,
                             const float *values, size_t plane, float b, enum activation f, float *y)
{
	const size_t m = P + 1 - K;
	for (size_t line = 0; line < lines; line++, y += columns * LANES) {
		for (size_t t = 0; t < tiles; t++, values += LANES)
			for (size_t h = 0; h < LANES; h += W) {
				float *to = y + t * m * LANES + h;
				size_t there = columns - t * m;
				vec v[POINTS_MOST], out[POINTS_MOST];
				UNROLL for (size_t p = 0; p < P; p++)
					v[p] = vec_load(values + p * plane + h);
				output_of_values(P, m, v, out);
				UNROLL for (size_t n = 0; n < m; n++)
					if (n < there)
						vec_store(to + n * LANES, out[n] + b);
			}
		activate(f, columns, y);
	}
}

/* One line of dx, columns left … left+columns−1 of what the planes hold. Neighbouring tiles share K − 1 columns: what a
 * tile gives to the next one's waits in `over`. */
INLINE void input_of_planes(const size_t P, const size_t K, size_t left, size_t columns, size_t tiles,
                            const float *values, size_t plane, float *dx)
{
	const size_t m = P + 1 - K;
	for (size_t h = 0; h < LANES; h += W) {
		vec over[POINTS_MOST], v[POINTS_MOST], in[POINTS_MOST];
		UNROLL for (size_t n = 0; n < P; n++)
			over[n] = vec_all(0);
		for (size_t t = 0; t < tiles; t++) {
			UNROLL for (size_t p = 0; p < P; p++)
				v[p] = vec_load(values + p * plane + t * LANES + h);
			input_values_back(P, v, in);
			UNROLL for (size_t n = 0; n + 1 < K; n++)
				in[n] += over[n];
			UNROLL for (size_t n = 0; n < m; n++)
				if (t * m + n - left < columns)
					vec_store(dx + (t * m + n - left) * LANES + h, in[n]);
			UNROLL for (size_t n = 0; n + 1 < K; n++)
				over[n] = in[m + n];
		}
		UNROLL for (size_t n = 0; n + 1 < K; n++)
			if (tiles * m + n - left < columns)
				vec_store(dx + (tiles * m + n - left) * LANES + h, over[n]);
	}
}

#endif
