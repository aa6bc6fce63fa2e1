/* Activations over whole maps; f′ from y = f(u). */
#ifndef CONVOY_KERNEL_ACTIVATION_H
#define CONVOY_KERNEL_ACTIVATION_H

#include "math.h"

static const float scaled_a = 1.7159f, scaled_s = 2 / 3.0f; /* LeCun's f(u) = 1.7159 tanh(2u/3) */

INLINE vec activation_value(enum activation f, vec u)
{
	switch (f) {
	case ACTIVATION_SIGMOID:
		return vec_sigmoid(u);
	case ACTIVATION_TANH:
		return vec_tanh(u);
	case ACTIVATION_SCALED_TANH:
		return scaled_a * vec_tanh(u * scaled_s);
	case ACTIVATION_RELU:
		return vec_most(vec_all(0), u);
	default:
		return u;
	}
}

INLINE vec activation_slope(enum activation f, vec y)
{
	switch (f) {
	case ACTIVATION_SIGMOID:
		return y * (1.0f - y);
	case ACTIVATION_TANH:
		return 1.0f - y * y;
	case ACTIVATION_SCALED_TANH:
		return scaled_s * (scaled_a - y * y * (1 / scaled_a));
	case ACTIVATION_RELU:
		return vec_select(y > 0.0f, vec_all(1), vec_all(0));
	default:
		return vec_all(1);
	}
}

INLINE void activate_all(enum activation f, size_t count, float *y)
{
	for (size_t i = 0; i < count * LANES; i += W)
		vec_store(y + i, activation_value(f, vec_load(y + i)));
}

INLINE void activate_back_all(enum activation f, size_t count, const float *y, float *dy)
{
	for (size_t i = 0; i < count * LANES; i += W)
		vec_store(dy + i, vec_load(dy + i) * activation_slope(f, vec_load(y + i)));
}

/* The switch stands outside the loops: each case is a loop of its own. */
static void activate(enum activation f, size_t count, float *y)
{
	switch (f) {
	case ACTIVATION_SIGMOID:
		activate_all(ACTIVATION_SIGMOID, count, y);
		break;
	case ACTIVATION_TANH:
		activate_all(ACTIVATION_TANH, count, y);
		break;
	case ACTIVATION_SCALED_TANH:
		activate_all(ACTIVATION_SCALED_TANH, count, y);
		break;
	case ACTIVATION_RELU:
		activate_all(ACTIVATION_RELU, count, y);
		break;
	default:
		break;
	}
}

static void activate_back(enum activation f, size_t count, const float *y, float *dy)
{
	switch (f) {
	case ACTIVATION_SIGMOID:
		activate_back_all(ACTIVATION_SIGMOID, count, y, dy);
		break;
	case ACTIVATION_TANH:
		activate_back_all(ACTIVATION_TANH, count, y, dy);
		break;
	case ACTIVATION_SCALED_TANH:
		activate_back_all(ACTIVATION_SCALED_TANH, count, y, dy);
		break;
	case ACTIVATION_RELU:
		activate_back_all(ACTIVATION_RELU, count, y, dy);
		break;
	default:
		break;
	}
}

#endif
