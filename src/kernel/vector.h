/* A vector of W lanes of this instruction set; a block of sixteen lanes is LANES / W of them. Multiplications and
 * additions are fused only where vec_fma is written, so that AVX2, AVX-512 and NEON round alike (the project is built
 * with -ffp-contract=off). The portable set has no fused multiply-add. */
#ifndef CONVOY_KERNEL_VECTOR_H
#define CONVOY_KERNEL_VECTOR_H

#include <convoy/kernel.h>

#include <string.h>

#if defined(__AVX512F__)
#include <immintrin.h>
enum { W = 16 };
#define VECTOR_ISA "avx512"
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
enum { W = 8 };
#define VECTOR_ISA "avx2"
#elif defined(KERNEL_NEON)
#include <arm_neon.h>
enum { W = 4 };
#define VECTOR_ISA "neon"
#else
enum { W = 4 };
#define VECTOR_ISA "portable"
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
#elif defined(KERNEL_NEON)
	return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
	return a * b + c;
#endif
}

INLINE vec vec_all(float value)
{
#if defined(__AVX512F__)
	return _mm512_set1_ps(value);
#elif defined(__AVX2__) && defined(__FMA__)
	return _mm256_set1_ps(value);
#else
	return (vec){value, value, value, value};
#endif
}

INLINE vec vec_load(const float *from)
{
	return *(const vec *)from;
}

/* Keeps a value in a register for all its uses. */
INLINE void vec_keep(vec *value)
{
#if defined(__AVX2__) && defined(__FMA__)
	__asm__("" : "+v"(*value));
#elif defined(KERNEL_NEON)
	__asm__("" : "+w"(*value));
#else
	(void)value;
#endif
}

/* Loads a value once for all its uses. GCC would load it again for each use, and loads instead of multiplications would
 * then limit the speed. */
INLINE vec vec_hold(const float *from)
{
	vec value = vec_load(from);
	vec_keep(&value);
	return value;
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

/* The smaller and the larger of limit and x; where x is NaN, x. */
INLINE vec vec_least(vec limit, vec x)
{
#if defined(__AVX512F__)
	return _mm512_min_ps(limit, x);
#elif defined(__AVX2__) && defined(__FMA__)
	return _mm256_min_ps(limit, x);
#else
	return vec_select(limit < x, limit, x);
#endif
}

INLINE vec vec_most(vec limit, vec x)
{
#if defined(__AVX512F__)
	return _mm512_max_ps(limit, x);
#elif defined(__AVX2__) && defined(__FMA__)
	return _mm256_max_ps(limit, x);
#else
	return vec_select(limit > x, limit, x);
#endif
}

#endif
