/* Batch normalisation of one map, and products of lanes with factors of their own (dropout): products and sums are
 * rounded one by one, so every instruction set has the same bits, portable too. */
#ifndef CONVOY_KERNEL_BATCH_NORM_H
#define CONVOY_KERNEL_BATCH_NORM_H

#include "activation.h"
#include "blocks.h"

/* Sums of that many maps go side by side: an addition of one does not wait for the one before it. */
enum { MOMENT_MAPS = 4 };

/* Of each of `maps` maps: Σ over positions of (x − middle), or of its square; then, in float64 and in their order, over
 * the lanes in use. */
INLINE void moment(const bool squares, const size_t maps, size_t positions, size_t lanes, const float *x,
                   const float *middle, double *sum)
{
	_Alignas(64) float lane[MOMENT_MAPS][LANES];
	double total[MOMENT_MAPS][LANES] = {0};
	size_t block = block_terms(positions), size = positions * LANES;
	for (size_t first = 0; first < positions; first += block) {
		size_t end = smaller(first + block, positions);
		vec part[MOMENT_MAPS][LANES / W];
		UNROLL for (size_t p = 0; p < maps * (LANES / W); p++)
			part[p / (LANES / W)][p % (LANES / W)] = vec_all(0);
		for (size_t i = first * LANES; i < end * LANES; i += LANES)
			UNROLL for (size_t p = 0; p < maps * (LANES / W); p++) {
				size_t j = p / (LANES / W), h = p % (LANES / W);
				vec from = vec_load(x + j * size + i + h * W) - middle[j];
				part[j][h] += squares ? from * from : from;
			}
		UNROLL for (size_t p = 0; p < maps * (LANES / W); p++)
			vec_store(lane[p / (LANES / W)] + p % (LANES / W) * W, part[p / (LANES / W)][p % (LANES / W)]);
		for (size_t j = 0; j < maps; j++)
			blocks_add(LANES, lane[j], total[j]);
	}
	for (size_t j = 0; j < maps; j++) {
		sum[j] = 0;
		for (size_t l = 0; l < lanes; l++)
			sum[j] += total[j][l];
	}
}

INLINE void moments_of(const size_t maps, size_t positions, size_t lanes, const float *x, const float *mid,
                       float *mean, float *variance)
{
	static const float zeros[MOMENT_MAPS] = {0};
	double sum[MOMENT_MAPS], numbers = (double)positions * (double)lanes;
	moment(false, maps, positions, lanes, x, zeros, sum);
	for (size_t j = 0; j < maps; j++)
		mean[j] = (float)(sum[j] / numbers);
	moment(true, maps, positions, lanes, x, mid != NULL ? mid : mean, sum);
	for (size_t j = 0; j < maps; j++)
		variance[j] = (float)(sum[j] / numbers);
}

static void moments(size_t maps, size_t positions, size_t lanes, const float *x, const float *mid, float *mean,
                    float *variance)
{
	size_t j = 0;
	for (; j + MOMENT_MAPS <= maps; j += MOMENT_MAPS)
		moments_of(MOMENT_MAPS, positions, lanes, x + j * positions * LANES, mid != NULL ? mid + j : NULL, mean + j,
		           variance + j);
	for (; j < maps; j++)
		moments_of(1, positions, lanes, x + j * positions * LANES, mid != NULL ? mid + j : NULL, mean + j,
		           variance + j);
}

INLINE void batch_norm_all(enum activation f, size_t positions, float mean, float factor, float b, const float *x,
                           float *y)
{
	for (size_t i = 0; i < positions * LANES; i += W)
		vec_store(y + i, activation_value(f, (vec_load(x + i) - mean) * factor + b));
}

static void batch_norm(size_t positions, float mean, float factor, float b, enum activation f, const float *x,
                       float *y)
{
	BY_ACTIVATION(batch_norm_all, f, positions, mean, factor, b, x, y);
}

static void batch_norm_sums(size_t positions, float mean, const float *x, const float *dy, double *plain,
                            double *product)
{
	_Alignas(64) float lane[LANES], lane_product[LANES];
	double total[LANES] = {0}, total_product[LANES] = {0};
	size_t block = block_terms(positions);
	for (size_t first = 0; first < positions; first += block) {
		size_t end = smaller(first + block, positions);
		vec sum[LANES / W], sum_product[LANES / W];
		UNROLL for (size_t h = 0; h < LANES / W; h++)
			sum[h] = sum_product[h] = vec_all(0);
		for (size_t i = first * LANES; i < end * LANES; i += LANES)
			UNROLL for (size_t h = 0; h < LANES / W; h++) {
				vec d = vec_load(dy + i + h * W);
				sum[h] += d;
				sum_product[h] += d * (vec_load(x + i + h * W) - mean);
			}
		UNROLL for (size_t h = 0; h < LANES / W; h++) {
			vec_store(lane + h * W, sum[h]);
			vec_store(lane_product + h * W, sum_product[h]);
		}
		blocks_add(LANES, lane, total);
		blocks_add(LANES, lane_product, total_product);
	}
	*plain = *product = 0;
	for (size_t l = 0; l < LANES; l++) {
		*plain += total[l];
		*product += total_product[l];
	}
}

static void batch_norm_input(size_t positions, size_t lanes, const struct batch_norm_slopes *s, const float *x,
                             const float *dy, float *dx)
{
	_Alignas(64) float mask[LANES];
	for (size_t l = 0; l < LANES; l++)
		mask[l] = l < lanes;
	for (size_t i = 0; i < positions * LANES; i += LANES)
		UNROLL for (size_t h = 0; h < LANES; h += W) {
			vec shared = s->level + (vec_load(x + i + h) - s->mean) * s->slope;
			vec_store(dx + i + h, s->scale * (vec_load(dy + i + h) - shared * vec_load(mask + h)));
		}
}

static void batch_norm_curve(size_t positions, float mean, float factor, float gamma, const float *x, const float *hy,
                             float *hx, double *plain, double *squares)
{
	const float scale = gamma * factor;
	*plain = *squares = 0;
	for (size_t i = 0; i < positions * LANES; i++) {
		float from = (x[i] - mean) * factor;
		*plain += (double)hy[i];
		*squares += (double)(hy[i] * from * from);
		if (hx != NULL)
			hx[i] = hy[i] * scale * scale;
	}
}

static void multiply(size_t count, const float *x, const float *factor, float *y)
{
	for (size_t i = 0; i < count * LANES; i += W)
		vec_store(y + i, vec_load(x + i) * vec_load(factor + i));
}

INLINE void add_all(enum activation f, size_t count, const float *a, const float *b, float *y)
{
	for (size_t i = 0; i < count * LANES; i += W)
		vec_store(y + i, activation_value(f, vec_load(a + i) + vec_load(b + i)));
}

static void add(size_t count, const float *a, const float *b, enum activation f, float *y)
{
	BY_ACTIVATION(add_all, f, count, a, b, y);
}

#endif
