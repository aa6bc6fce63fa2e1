/* Activations apart: those that no other kernel contains, loops of their own over whole maps. */
#ifndef CONVOY_KERNEL_APART_H
#define CONVOY_KERNEL_APART_H

#include "math.h"

INLINE vec vec_size(vec x)
{
	return (vec)((ivec)x & 0x7fffffff);
}

/* ---- Swish: u σ(u) ----------------------------------------------------------------------------------------------- */

/* Beyond that e^−|u|, times u too, is 0 beside 1 and as a float. */
static const float swish_most = 125;

INLINE vec swish_value(vec u)
{
	vec low = vec_most(vec_all(-swish_most), u);
	struct vec_power e = vec_power(-vec_least(vec_all(swish_most), vec_size(u)), vec_all(0));
	vec share = 1.0f / (1.0f + vec_power_times(e, vec_all(1)));
	return vec_select(u < 0.0f, vec_power_times(e, low * share), u * share);
}

/* σ(u) (1 + u σ(−u)) */
INLINE vec swish_slope(vec u)
{
	vec bounded = vec_most(vec_all(-swish_most), vec_least(vec_all(swish_most), u));
	struct vec_power e = vec_power(-vec_size(bounded), vec_all(0));
	vec small = vec_power_times(e, vec_all(1)), share = 1.0f / (1.0f + small);
	vec below = vec_power_times(e, share * vec_fma(bounded, share, vec_all(1)));
	return vec_select(u < 0.0f, below, share * vec_fma(bounded, small * share, vec_all(1)));
}

/* ---- Gelu: u Φ(u) ------------------------------------------------------------------------------------------------ */

/* Φ(−t) = e^(−t²/2) R(t) for 0 ≤ t ≤ 15: R is the ratio of Mills, but for a factor. (t + 4) R(t) is a polynomial in
 * (t − 4) / (t + 4), with an error of 9e-9 (a fit of least largest error). t²/2 is cut into a part with no rounding and
 * its rest: at t = 13 a rounding of it would be 40 ulp of the result. */
struct gelu_tail {
	vec ratio; /* R */
	struct vec_power e;
};

static const float gelu_most = 15; /* beyond that, t Φ(−t) is 0 as a float */

INLINE struct gelu_tail gelu_tail(vec t)
{
	vec r = 1.0f / (t + 4.0f), q = (t - 4.0f) * r;
	vec p = vec_all(-0x1.196eb4p-13f);
	p = vec_fma(p, q, vec_all(0x1.6e4868p-13f));
	p = vec_fma(p, q, vec_all(0x1.9b2618p-10f));
	p = vec_fma(p, q, vec_all(-0x1.cc1716p-9f));
	p = vec_fma(p, q, vec_all(-0x1.ed17d8p-8f));
	p = vec_fma(p, q, vec_all(0x1.eed34cp-5f));
	p = vec_fma(p, q, vec_all(-0x1.7e001ep-3f));
	p = vec_fma(p, q, vec_all(0x1.8c6d9ep-2f));
	p = vec_fma(p, q, vec_all(-0x1.373e38p-1f));
	p = vec_fma(p, q, vec_all(0x1.82b4bcp-1f));
	vec whole = (vec)((ivec)t & (int32_t)0xfffff000);
	return (struct gelu_tail){p * r, vec_power(-0.5f * whole * whole, 0.5f * (t - whole) * (t + whole))};
}

INLINE vec gelu_value(vec u)
{
	vec bounded = vec_most(vec_all(-gelu_most), vec_least(vec_all(gelu_most), u));
	struct gelu_tail tail = gelu_tail(vec_size(bounded));
	vec part = vec_power_times(tail.e, bounded * tail.ratio); /* u Φ(−|u|) */
	return vec_select(u < 0.0f, part, u - part);
}

/* Φ(u) + u φ(u), and Φ(−t) − t φ(t) = e^(−t²/2) (R(t) − t / √(2π)). */
INLINE vec gelu_slope(vec u)
{
	vec t = vec_least(vec_all(gelu_most), vec_size(u));
	struct gelu_tail tail = gelu_tail(t);
	vec part = vec_power_times(tail.e, vec_fma(t, vec_all(-0x1.988454p-2f), tail.ratio));
	return vec_select(u < 0.0f, part, 1.0f - part);
}

/* ---- All --------------------------------------------------------------------------------------------------------- */

INLINE vec apart_value(enum activation f, vec slope, vec u)
{
	switch (f) {
	case ACTIVATION_LEAKY_RELU:
		return vec_select(u > 0.0f, u, slope * u);
	case ACTIVATION_ELU:
		return vec_select(u > 0.0f, u, vec_expm1(vec_least(vec_all(0), u)));
	case ACTIVATION_SOFTPLUS:
		return vec_most(vec_all(0), u) + vec_log1p(vec_exp(-vec_size(u)));
	case ACTIVATION_GELU:
		return gelu_value(u);
	default:
		return swish_value(u);
	}
}

/* f′ from u if activation_keeps_u(f), otherwise from y. */
INLINE vec apart_slope(enum activation f, vec slope, vec from)
{
	switch (f) {
	case ACTIVATION_LEAKY_RELU:
		return vec_select(from > 0.0f, vec_all(1), slope);
	case ACTIVATION_ELU:
		return vec_select(from > 0.0f, vec_all(1), from + 1.0f);
	case ACTIVATION_SOFTPLUS:
		return -vec_expm1(-from);
	case ACTIVATION_GELU:
		return gelu_slope(from);
	default:
		return swish_slope(from);
	}
}

INLINE void apart_all(enum activation f, float slope, size_t count, const float *u, float *y)
{
	for (size_t i = 0; i < count * LANES; i += W)
		vec_store(y + i, apart_value(f, vec_all(slope), vec_load(u + i)));
}

INLINE void apart_back_all(enum activation f, float slope, size_t count, const float *from, float *dy)
{
	for (size_t i = 0; i < count * LANES; i += W)
		vec_store(dy + i, vec_load(dy + i) * apart_slope(f, vec_all(slope), vec_load(from + i)));
}

/* Calls call(f, …) with f as a constant. */
#define BY_APART(call, f, ...)                                                                                         \
	do {                                                                                                           \
		switch (f) {                                                                                           \
		case ACTIVATION_LEAKY_RELU: call(ACTIVATION_LEAKY_RELU, __VA_ARGS__); break;                           \
		case ACTIVATION_ELU: call(ACTIVATION_ELU, __VA_ARGS__); break;                                         \
		case ACTIVATION_SOFTPLUS: call(ACTIVATION_SOFTPLUS, __VA_ARGS__); break;                               \
		case ACTIVATION_GELU: call(ACTIVATION_GELU, __VA_ARGS__); break;                                       \
		default: call(ACTIVATION_SWISH, __VA_ARGS__); break;                                                   \
		}                                                                                                      \
	} while (0)

static void activate_apart(enum activation f, float slope, size_t count, const float *u, float *y)
{
	BY_APART(apart_all, f, slope, count, u, y);
}

static void activate_apart_back(enum activation f, float slope, size_t count, const float *from, float *dy)
{
	BY_APART(apart_back_all, f, slope, count, from, dy);
}

#endif
