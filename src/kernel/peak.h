/* Measures the core's peak: multiply-adds on registers alone. */
#ifndef CONVOY_KERNEL_PEAK_H
#define CONVOY_KERNEL_PEAK_H

#include "vector.h"

/* Runs enough independent sums to fill two pipes of latency 5. Returns the number of operations. */
static double peak(size_t rounds)
{
	enum { SUMS = 12 };
	vec sum[SUMS], x = vec_all(1.0000001f), y = vec_all(1e-9f);
	UNROLL for (size_t i = 0; i < SUMS; i++)
		sum[i] = vec_all((float)i);
	for (size_t r = 0; r < rounds; r++) {
		UNROLL for (size_t i = 0; i < SUMS; i++)
			sum[i] = vec_fma(sum[i], x, y);
#ifdef __x86_64__
		/* Keeps the compiler from joining the rounds. */
		UNROLL for (size_t i = 0; i < SUMS; i++)
			__asm__ volatile("" : "+v"(sum[i]));
#endif
	}
	vec kept = vec_all(0);
	UNROLL for (size_t i = 0; i < SUMS; i++)
		kept += sum[i];
	return kept[0] == 0 ? 0 : 2.0 * W * SUMS * (double)rounds;
}

#endif
