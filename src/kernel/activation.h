/* Activations over whole maps; f′ from y = f(u). */
#ifndef CONVOY_KERNEL_ACTIVATION_H
#define CONVOY_KERNEL_ACTIVATION_H

#include "math.h"

static const double scaled_a = 1.7159, scaled_s = 2 / 3.0; /* LeCun's f(u) = 1.7159 tanh(2u/3) */

INLINE vec activation_value(enum activation f, vec u)
{
	switch (f) {
	case ACTIVATION_SIGMOID:
		return vec_sigmoid(u);
	case ACTIVATION_TANH:
		return vec_tanh(u);
	case ACTIVATION_SCALED_TANH:
		return vec_scaled_tanh(scaled_a, scaled_s, 0x1.79f962p+3f, u);
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
		return (float)scaled_s * ((float)scaled_a - y * y * (1 / (float)scaled_a));
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

/* Calls call(f, …) with f as a constant: the switch stands outside the loops, each case has loops of its own. */
#define BY_ACTIVATION(call, f, ...)                                                                                    \
	do {                                                                                                           \
		switch (f) {                                                                                           \
		case ACTIVATION_SIGMOID: call(ACTIVATION_SIGMOID, __VA_ARGS__); break;                                 \
		case ACTIVATION_TANH: call(ACTIVATION_TANH, __VA_ARGS__); break;                                       \
		case ACTIVATION_SCALED_TANH: call(ACTIVATION_SCALED_TANH, __VA_ARGS__); break;                         \
		case ACTIVATION_RELU: call(ACTIVATION_RELU, __VA_ARGS__); break;                                       \
		default: call(ACTIVATION_LINEAR, __VA_ARGS__); break;                                                  \
		}                                                                                                      \
	} while (0)

static void activate(enum activation f, size_t count, float *y)
{
	if (f != ACTIVATION_LINEAR)
		BY_ACTIVATION(activate_all, f, count, y);
}

static void activate_back(enum activation f, size_t count, const float *y, float *dy)
{
	if (f != ACTIVATION_LINEAR)
		BY_ACTIVATION(activate_back_all, f, count, y, dy);
}

#endif
