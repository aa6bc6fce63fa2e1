/* The kernels that the exact sum uses, as plain loops, so that comm is tested on its own. */
#ifndef TESTS_COMM_PLAIN_H
#define TESTS_COMM_PLAIN_H

#include <convoy/kernel.h>

#include <string.h>

static uint32_t plain_fixed_add(size_t count, double scale, const float *g, int64_t *sum)
{
	uint32_t largest = 0;
	for (size_t i = 0; i < count; i++) {
		/* In 1.5 · 2^52 + x the last bit is worth 1: adding rounds, and the bits are the integer. */
		double magic = 0x1.8p52, x = (double)g[i] * scale + magic;
		uint64_t bits, zero, total;
		memcpy(&bits, &x, sizeof bits);
		memcpy(&zero, &magic, sizeof zero);
		total = (uint64_t)sum[i] + (bits - zero);
		sum[i] = (int64_t)total;

		uint32_t size;
		memcpy(&size, &g[i], sizeof size);
		size &= INT32_MAX;
		largest = largest < size ? size : largest;
	}
	return largest;
}

static void plain_fixed_mean(size_t count, double unit, double divisor, const int64_t *sum, float *g)
{
	for (size_t i = 0; i < count; i++)
		g[i] = (float)((double)sum[i] * unit / divisor);
}

static const struct kernels plain_kernels = {
	.isa = "plain", .fixed_add = plain_fixed_add, .fixed_mean = plain_fixed_mean};

#endif
