/* Fixed point for the exact sum. */
#ifndef CONVOY_KERNEL_FIXED_H
#define CONVOY_KERNEL_FIXED_H

#include "vector.h"

/* The low bits of x + 1.5·2^52 are the integer nearest to a double |x| < 2^51. The sum is unsigned, because larger
 * values (in the first step of a run) wrap around. The caller then sees the returned magnitude and discards the
 * sums. */
static uint32_t fixed_add(size_t count, double scale, const float *g, int64_t *sum)
{
	const double shift = 0x1.8p52;
	uint64_t shift_bits;
	memcpy(&shift_bits, &shift, sizeof shift);
	int32_t largest = 0;
	for (size_t i = 0; i < count; i++) {
		double shifted = (double)g[i] * scale + shift;
		uint64_t bits;
		memcpy(&bits, &shifted, sizeof bits);
		sum[i] = (int64_t)((uint64_t)sum[i] + bits - shift_bits);
		int32_t size;
		memcpy(&size, g + i, sizeof size);
		size &= 0x7fffffff;
		largest = size > largest ? size : largest;
	}
	return (uint32_t)largest;
}

/* Both halves of a 64-bit integer become doubles exactly, as bits of 2^84 + 2^63 + (upper half) · 2^32 and of
 * 2^52 + (lower half); their sum is the only rounding. Compilers make vectors of it where a conversion would be one
 * instruction for each number. */
static void fixed_mean(size_t count, double unit, double divisor, const int64_t *restrict sum, float *restrict g)
{
	for (size_t i = 0; i < count; i++) {
#if defined(__AVX512DQ__)
		double s = (double)sum[i];
#else
		uint64_t bits = (uint64_t)sum[i];
		uint64_t upper_bits = (bits >> 32 ^ UINT64_C(0x80000000)) | UINT64_C(0x4530000000000000);
		uint64_t lower_bits = (bits & UINT32_MAX) | UINT64_C(0x4330000000000000);
		double upper, lower;
		memcpy(&upper, &upper_bits, sizeof upper);
		memcpy(&lower, &lower_bits, sizeof lower);
		double s = (upper - (0x1p84 + 0x1p63 + 0x1p52)) + lower;
#endif
		g[i] = (float)(s * unit / divisor);
	}
}

#endif
