/* Losses of classes: value, guess and ∂E/∂y per lane. */
#ifndef CONVOY_KERNEL_LOSS_H
#define CONVOY_KERNEL_LOSS_H

#include "math.h"

/* Turns the classes' outputs into the verdict's guesses; marks empty lanes. */
static void guess_classes(size_t classes, size_t stride, const float *y, const int32_t label[LANES],
                          struct verdict *out)
{
	for (size_t l = 0; l < LANES; l++) {
		size_t best = 0;
		for (size_t k = 1; k < classes; k++)
			if (y[k * stride * LANES + l] > y[best * stride * LANES + l])
				best = k;
		out->guess[l] = label[l] < 0 ? -1 : (int32_t)best;
	}
}

INLINE ivec labels_load(const int32_t label[LANES], size_t h)
{
	ivec labels;
	memcpy(&labels, label + h, sizeof labels);
	return labels;
}

static void squared_error(size_t classes, size_t stride, const float *y, const int32_t label[LANES], float low,
                          float high, const float factor[LANES], float *dy, struct verdict *out)
{
	for (size_t h = 0; h < LANES; h += W) {
		ivec labels = labels_load(label, h);
		vec times = *(const vec_any *)(factor + h), sum = vec_all(0);
		ivec used = times > 0.0f;
		for (size_t k = 0; k < classes; k++) {
			vec target = vec_select(labels == (int32_t)k, vec_all(high), vec_all(low));
			vec miss = vec_select(used, vec_load(y + k * stride * LANES + h) - target, vec_all(0));
			sum = vec_fma(miss, miss, sum);
			if (dy != NULL)
				vec_store(dy + k * stride * LANES + h, miss * times);
		}
		*(vec_any *)(out->loss + h) = 0.5f * sum * times;
	}
	guess_classes(classes, stride, y, label, out);
}

static void cross_entropy(size_t classes, size_t stride, const float *y, const int32_t label[LANES], float low,
                          float high, const float factor[LANES], float *dy, struct verdict *out)
{
	for (size_t h = 0; h < LANES; h += W) {
		ivec labels = labels_load(label, h);
		vec times = *(const vec_any *)(factor + h);
		ivec used = times > 0.0f;
		vec largest = vec_load(y + h), sum = vec_all(0), chosen = vec_all(0), all = vec_all(0);
		for (size_t k = 1; k < classes; k++) {
			vec value = vec_load(y + k * stride * LANES + h);
			largest = vec_select(value > largest, value, largest);
		}
		for (size_t k = 0; k < classes; k++) {
			vec shifted = vec_load(y + k * stride * LANES + h) - largest;
			chosen = vec_select(labels == (int32_t)k, shifted, chosen);
			all += shifted;
			sum += vec_exp(shifted);
		}
		if (low != 0) /* Σ t_k shifted_k; otherwise it is the chosen one */
			chosen = low * all + (high - low) * chosen;
		*(vec_any *)(out->loss + h) = vec_select(used, (vec_log(sum) - chosen) * times, vec_all(0));
		if (dy == NULL)
			continue;
		for (size_t k = 0; k < classes; k++) {
			vec share = vec_exp(vec_load(y + k * stride * LANES + h) - largest) / sum;
			vec target = vec_select(labels == (int32_t)k, vec_all(high), vec_all(low));
			vec_store(dy + k * stride * LANES + h, vec_select(used, (share - target) * times, vec_all(0)));
		}
	}
	guess_classes(classes, stride, y, label, out);
}

#endif
