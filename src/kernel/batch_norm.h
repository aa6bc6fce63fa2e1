/* Batch normalisation of one map, and products of lanes with factors of their own (dropout): products and sums are
 * rounded one by one, so every instruction set has the same bits, portable too. */
#ifndef CONVOY_KERNEL_BATCH_NORM_H
#define CONVOY_KERNEL_BATCH_NORM_H

#include "blocks.h"

/* Σ over positions of (x − middle), or of its square; then, in float64 and in their order, over the lanes in use. */
INLINE double moment(const bool squares, size_t positions, size_t lanes, const float *x, float middle)
{
	_Alignas(64) float lane[LANES];
	double total[LANES] = {0}, sum = 0;
	size_t block = block_terms(positions);
	for (size_t first = 0; first < positions; first += block) {
		size_t end = smaller(first + block, positions);
		for (size_t h = 0; h < LANES; h += W) {
			vec part = vec_all(0);
			for (size_t i = first * LANES + h; i < end * LANES; i += LANES) {
				vec from = vec_load(x + i) - middle;
				part += squares ? from * from : from;
			}
			vec_store(lane + h, part);
		}
		blocks_add(LANES, lane, total);
	}
	for (size_t l = 0; l < lanes; l++)
		sum += total[l];
	return sum;
}

static void moments(size_t positions, size_t lanes, const float *x, const float *about, float *mean,
                    float *variance)
{
	double numbers = (double)positions * (double)lanes;
	*mean = (float)(moment(false, positions, lanes, x, 0) / numbers);
	*variance = (float)(moment(true, positions, lanes, x, about != NULL ? *about : *mean) / numbers);
}

static void batch_norm(size_t positions, float mean, float factor, float b, const float *x, float *y)
{
	for (size_t i = 0; i < positions * LANES; i += W)
		vec_store(y + i, (vec_load(x + i) - mean) * factor + b);
}

static void batch_norm_sums(size_t positions, float mean, const float *x, const float *dy, double *plain,
                            double *product)
{
	_Alignas(64) float lane[LANES], lane_product[LANES];
	double total[LANES] = {0}, total_product[LANES] = {0};
	size_t block = block_terms(positions);
	for (size_t first = 0; first < positions; first += block) {
		size_t end = smaller(first + block, positions);
		for (size_t h = 0; h < LANES; h += W) {
			vec sum = vec_all(0), sum_product = vec_all(0);
			for (size_t i = first * LANES + h; i < end * LANES; i += LANES) {
				vec d = vec_load(dy + i);
				sum += d;
				sum_product += d * (vec_load(x + i) - mean);
			}
			vec_store(lane + h, sum);
			vec_store(lane_product + h, sum_product);
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

static void add(size_t count, const float *x, float *y)
{
	for (size_t i = 0; i < count * LANES; i += W)
		vec_store(y + i, vec_load(y + i) + vec_load(x + i));
}

#endif
