/* Losses of numbers: value and ∂E/∂y per lane. */
#ifndef CONVOY_KERNEL_LOSS_NUMBERS_H
#define CONVOY_KERNEL_LOSS_NUMBERS_H

#include "math.h"

/* A loss of numbers y with targets t; *dy becomes its slope. NaN in y gives NaN in both. */
typedef vec number_rule(vec y, vec t, vec delta, vec *dy);

INLINE vec squared_rule(vec y, vec t, vec delta, vec *dy)
{
	(void)delta;
	*dy = y - t;
	return 0.5f * *dy * *dy;
}

INLINE vec absolute_rule(vec y, vec t, vec delta, vec *dy)
{
	(void)delta;
	vec miss = y - t;
	*dy = vec_select(miss > 0.0f, vec_all(1), vec_select(miss < 0.0f, vec_all(-1), miss * 0.0f));
	return vec_most(miss, -miss);
}

/* With c = min(|y − t|, δ) both pieces are c (|y − t| − c/2). */
INLINE vec huber_rule(vec y, vec t, vec delta, vec *dy)
{
	vec miss = y - t, size = vec_most(miss, -miss);
	*dy = vec_most(-delta, vec_least(delta, miss));
	vec cut = vec_least(delta, size);
	return cut * (size - 0.5f * cut);
}

/* ln(1 + e^y) − t y, from z = e^−|y| ≤ 1: neither overflows, and small losses keep their digits. */
INLINE vec entropy_rule(vec y, vec t, vec delta, vec *dy)
{
	(void)delta;
	vec z = vec_exp(-vec_most(y, -y));
	*dy = vec_select(y > 0.0f, vec_all(1), z) / (1.0f + z) - t;
	return vec_fma(-t, y, vec_most(vec_all(0), y)) + vec_log1p(z);
}

/* Numbers first … first+count−1 of W samples: the sum of their losses. */
INLINE vec numbers_run(number_rule *rule, size_t first, size_t count, const struct comparison *how, const float *y,
                       const float *t, vec times, float *dy)
{
	vec sum = vec_all(0);
	ivec used = times > 0.0f;
	for (size_t i = first; i < first + count; i++) {
		vec target = vec_load(t + i * LANES), factor = times, slope;
		vec loss = rule(vec_load(y + i * LANES), vec_fma(target, vec_all(how->range), vec_all(how->low)),
		                vec_all(how->delta), &slope);
		if (how->weight != NULL)
			factor *= vec_select(target > 0.5f, vec_all(how->weight[2 * i + 1]), vec_all(how->weight[2 * i]));
		sum += vec_select(used, loss * factor, vec_all(0));
		if (dy != NULL)
			vec_store(dy + i * LANES, vec_select(used, slope * factor, vec_all(0)));
	}
	return sum;
}

/* Long sums as in blocks.h: more than RUN_TERMS terms in blocks, which are added in float64. */
INLINE void numbers_all(number_rule *rule, size_t count, const struct comparison *how, const float *y, const float *t,
                        const float factor[LANES], float *dy, float loss[LANES])
{
	size_t most = count <= RUN_TERMS ? count : BLOCK_TERMS;
	for (size_t h = 0; h < LANES; h += W) {
		vec times = *(const vec_any *)(factor + h);
		double sum[W] = {0};
		for (size_t first = 0; first < count; first += most) {
			vec run = numbers_run(rule, first, count - first < most ? count - first : most, how, y + h, t + h, times,
			                      dy != NULL ? dy + h : NULL);
			for (size_t l = 0; l < W; l++)
				sum[l] += (double)run[l];
		}
		for (size_t l = 0; l < W; l++)
			loss[h + l] = (float)sum[l];
	}
}

static void squared_numbers(size_t count, const struct comparison *how, const float *y, const float *t,
                            const float factor[LANES], float *dy, float loss[LANES])
{
	numbers_all(squared_rule, count, how, y, t, factor, dy, loss);
}

static void absolute_numbers(size_t count, const struct comparison *how, const float *y, const float *t,
                             const float factor[LANES], float *dy, float loss[LANES])
{
	numbers_all(absolute_rule, count, how, y, t, factor, dy, loss);
}

static void huber_numbers(size_t count, const struct comparison *how, const float *y, const float *t,
                          const float factor[LANES], float *dy, float loss[LANES])
{
	numbers_all(huber_rule, count, how, y, t, factor, dy, loss);
}

static void binary_entropy(size_t count, const struct comparison *how, const float *y, const float *t,
                           const float factor[LANES], float *dy, float loss[LANES])
{
	numbers_all(entropy_rule, count, how, y, t, factor, dy, loss);
}

#endif
