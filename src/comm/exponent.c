/* The arithmetic of the exact sum's exponents. */
#include "exponent.h"

#include <float.h>
#include <string.h>

enum { MANTISSA = FLT_MANT_DIG - 1, CONVERSION = 51 /* bits that fixed_add converts */ };

/* The number of bits of n: 0 for 0, 1 for 1, 2 for 2 and 3 … */
static int bit_length(uint64_t n)
{
	return n == 0 ? 0 : 64 - __builtin_clzll(n);
}

int32_t exponent_of(uint32_t bits)
{
	if (bits == 0)
		return SUM_EXPONENT_LOWEST;
	int32_t biased = (int32_t)(bits >> MANTISSA);
	if (biased == 0) /* denormal: bits · 2^−149 */
		return SUM_EXPONENT_LOWEST - 1 + bit_length(bits);
	return biased - (FLT_MAX_EXP - 2);
}

int32_t exponent_next(int32_t current, uint32_t largest)
{
	return largest == 0 ? current : exponent_of(largest) + SUM_HEADROOM;
}

int32_t exponent_clamp(int32_t exponent)
{
	if (exponent < SUM_EXPONENT_LOWEST)
		return SUM_EXPONENT_LOWEST;
	return exponent > SUM_EXPONENT_HIGHEST ? SUM_EXPONENT_HIGHEST : exponent;
}

double power_of_two(int n)
{
	uint64_t bits = (uint64_t)(n + DBL_MAX_EXP - 1) << (DBL_MANT_DIG - 1);
	double power;
	memcpy(&power, &bits, sizeof power);
	return power;
}

int bits_per_block(enum sum_mode mode, size_t blocks)
{
	int wire = mode == SUM_EXACT32 ? 30 : 62;
	int bits = wire - bit_length(blocks - 1); /* ⌈log2 blocks⌉ = the length of blocks − 1 */
	return bits < CONVERSION ? bits : CONVERSION;
}
