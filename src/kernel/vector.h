/* A vector of W lanes of this instruction set; a block of sixteen lanes is LANES / W of them. Multiplications and
 * additions are fused only where vec_fma is written, so that AVX2 and AVX-512 round alike (the project is built with
 * -ffp-contract=off). The portable set has no fused multiply-add. */
#ifndef CONVOY_KERNEL_VECTOR_H
#define CONVOY_KERNEL_VECTOR_H

#include <convoy/kernel.h>

#include <string.h>

#if defined(__AVX512F__)
#include <immintrin.h>
enum { W = 16 };
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
enum { W = 8 };
#else
enum { W = 4 };
#endif

typedef float vec __attribute__((vector_size(4 * W)));
typedef int32_t ivec __attribute__((vector_size(4 * W)));
typedef float vec_any __attribute__((vector_size(4 * W), aligned(4))); /* at any float */

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")

/* a·b + c, rounded once (portable: twice). */
INLINE vec vec_fma(vec a, vec b, vec c)
{
#if defined(__AVX512F__)
	return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__) && defined(__FMA__)
	return _mm256_fmadd_ps(a, b, c);
#else
	return a * b + c;
#endif
}

INLINE vec vec_all(float value)
{
	return (vec){0} + value;
}

INLINE vec vec_load(const float *from)
{
	return *(const vec *)from;
}

INLINE void vec_store(float *to, vec value)
{
	*(vec *)to = value;
}

/* Lane by lane: where the mask is all ones a, where it is zero b. */
INLINE vec vec_select(ivec mask, vec a, vec b)
{
	return (vec)(((ivec)a & mask) | ((ivec)b & ~mask));
}

/* The sum of sixteen lanes as a fixed tree: 8 + 8, 4 + 4, 2 + 2, 1 + 1. */
INLINE float lanes_sum(const float lane[LANES])
{
	float s[8];
	for (int l = 0; l < 8; l++)
		s[l] = lane[l] + lane[l + 8];
	for (int l = 0; l < 4; l++)
		s[l] = s[l] + s[l + 4];
	return (s[0] + s[2]) + (s[1] + s[3]);
}

#endif
