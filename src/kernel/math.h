/* Elementary functions on vectors: our own polynomials, because those of libm differ between machines. */
#ifndef CONVOY_KERNEL_MATH_H
#define CONVOY_KERNEL_MATH_H

#include "vector.h"

/* e^(x − rest) = (1 + part) · 2^half · 2^other. The powers of two are apart so that results may be denormal. */
struct vec_power {
	vec part, half, other;
};

/* −125 ≤ x ≤ 89, |rest| ≤ 0.1: x − rest = n ln 2 + r, |r| ≤ ½ ln 2; e^r − 1 by its Taylor polynomial of degree 7. */
INLINE struct vec_power vec_power(vec x, vec rest)
{
	const float shift = 0x1.8p23f; /* adding it rounds to an integer */
	vec n = vec_fma(x - rest, vec_all(0x1.715476p+0f), vec_all(shift)) - shift;
	vec r = vec_fma(n, vec_all(-0x1.62e4p-1f), x) - rest;
	r = vec_fma(n, vec_all(-0x1.7f7d1cp-20f), r);

	vec p = vec_all(1 / 5040.0f);
	p = vec_fma(p, r, vec_all(1 / 720.0f));
	p = vec_fma(p, r, vec_all(1 / 120.0f));
	p = vec_fma(p, r, vec_all(1 / 24.0f));
	p = vec_fma(p, r, vec_all(1 / 6.0f));
	p = vec_fma(p, r, vec_all(0.5f));

	ivec whole = __builtin_convertvector(n, ivec);
	ivec half = whole >> 1;
	return (struct vec_power){vec_fma(p * r, r, r), (vec)((half + 127) << 23), (vec)((whole - half + 127) << 23)};
}

/* factor · e^x, rounded as a product of normal numbers before it may become denormal. */
INLINE vec vec_power_times(struct vec_power e, vec factor)
{
	return factor * (e.part + 1.0f) * e.half * e.other;
}

/* e^x. Below −103.97 it is 0, above 88.72 infinite. NaN stays NaN. Error below 1.5 ulp, of denormal results too. */
INLINE vec vec_exp(vec x)
{
	vec bounded = vec_most(vec_all(-104.0f), vec_least(vec_all(89.0f), x));
	return vec_power_times(vec_power(bounded, vec_all(0)), vec_all(1));
}

/* e^x − 1 for x ≤ 0. NaN stays NaN. Error below 1.5 ulp. */
INLINE vec vec_expm1(vec x)
{
	struct vec_power e = vec_power(vec_most(vec_all(-25.0f), x), vec_all(0));
	vec scale = e.half * e.other;
	return vec_fma(scale, e.part, scale - 1.0f);
}

/* ln x for normal x > 0: x = 2^n m, √½ ≤ m < √2; ln m = 2 artanh(s), s = (m − 1) / (m + 1), by its series. Infinity and
 * NaN stay what they are. Error below 2 ulp. */
INLINE vec vec_log(vec x)
{
	ivec bits = (ivec)x - 0x3f3504f3; /* bits of √½ */
	ivec n = bits >> 23;
	vec m = (vec)((bits & 0x7fffff) + 0x3f3504f3);
	vec s = (m - 1.0f) / (m + 1.0f), square = s * s;
	vec p = vec_all(2 / 9.0f);
	p = vec_fma(p, square, vec_all(2 / 7.0f));
	p = vec_fma(p, square, vec_all(2 / 5.0f));
	p = vec_fma(p, square, vec_all(2 / 3.0f));
	vec whole = __builtin_convertvector(n, vec);
	vec tail = vec_fma(p * square, s, whole * -0x1.05c61p-29f);
	vec value = vec_fma(whole, vec_all(0x1.62e43p-1f), vec_fma(s, vec_all(2.0f), tail));
	return vec_select(x < __builtin_inff(), value, x);
}

/* ln(1 + x) for 0 ≤ x ≤ 1: 2 artanh(s), s = x / (2 + x) ≤ 1/3, by its series. NaN stays NaN. Error below 2 ulp. */
INLINE vec vec_log1p(vec x)
{
	vec s = x / (2.0f + x), square = s * s;
	vec p = vec_all(2 / 15.0f);
	p = vec_fma(p, square, vec_all(2 / 13.0f));
	p = vec_fma(p, square, vec_all(2 / 11.0f));
	p = vec_fma(p, square, vec_all(2 / 9.0f));
	p = vec_fma(p, square, vec_all(2 / 7.0f));
	p = vec_fma(p, square, vec_all(2 / 5.0f));
	p = vec_fma(p, square, vec_all(2 / 3.0f));
	return vec_fma(p * square, s, 2.0f * s);
}

/* a tanh(s u), a and s constants that go into the coefficients: an odd rational function of degree 13/6, its argument
 * cut off at ±most near 8 / s, a point where it rounds to ±a with and without fused multiply-add. Its two lowest
 * coefficients are one number, but for a s, and the division comes before the product with u, so that all small u,
 * denormal ones too, give a s u. NaN stays NaN. Error of tanh below 5 ulp, portable 7 (near |u| = 6, where an ulp is
 * 6e-8). */
INLINE vec vec_scaled_tanh(const double a, const double s, const float most, vec u)
{
	const double s2 = s * s, s4 = s2 * s2, s6 = s4 * s2, as = a * s;
	vec limit = vec_all(most);
	u = vec_most(-limit, vec_least(limit, u));
	vec square = u * u;
	vec p = vec_all((float)(-2.76076847742355e-16 * as * s6 * s6));
	p = vec_fma(p, square, vec_all((float)(2.00018790482477e-13 * as * s6 * s4)));
	p = vec_fma(p, square, vec_all((float)(-8.60467152213735e-11 * as * s6 * s2)));
	p = vec_fma(p, square, vec_all((float)(5.12229709037114e-08 * as * s6)));
	p = vec_fma(p, square, vec_all((float)(1.48572235717979e-05 * as * s4)));
	p = vec_fma(p, square, vec_all((float)(6.37261928875436e-04 * as * s2)));
	p = vec_fma(p, square, vec_all((float)(4.89352518554385e-03 * as)));
	vec q = vec_all((float)(1.19825839466702e-06 * s6));
	q = vec_fma(q, square, vec_all((float)(1.18534705686654e-04 * s4)));
	q = vec_fma(q, square, vec_all((float)(2.26843463243900e-03 * s2)));
	q = vec_fma(q, square, vec_all((float)4.89352518554385e-03));
	return u * (p / q);
}

INLINE vec vec_tanh(vec u)
{
	return vec_scaled_tanh(1, 1, 0x1.fdab2ap+2f, u);
}

/* 1 / (1 + e^−u). NaN stays NaN. Error below 2.5 ulp of results that are normal numbers; for u < −88.72 it is 0, where
 * at most 2^-127 is right. */
INLINE vec vec_sigmoid(vec u)
{
	return 1.0f / (1.0f + vec_exp(-u));
}

#endif
