/* The checksum of a chunk: that of HDF5's filter Fletcher-32. */
#include "store.h"

/* Congruent modulo 65535, and 0 only where x is. */
static uint64_t fold(uint64_t x)
{
	x = (x & 0xffffffff) + (x >> 32);
	x = (x & 0xffff) + (x >> 16);
	x = (x & 0xffff) + (x >> 16);
	return (x & 0xffff) + (x >> 16);
}

/* As HDF5 computes it: the sum of 16-bit words, the more significant byte first, and the sum of the sums, modulo 65535.
 * Words are added in R runs side by side, as vectors: word R·j + k of G·R is in R·(G − j) − k sums. Read
 * the less significant byte first, a word is 256 times as large, modulo 65535. */
uint32_t checksum_of(const uint8_t *bytes, size_t count)
{
	enum { RUNS = 16, GROUPS = 256 }; /* GROUPS: until 32 bits could overflow */
	uint64_t one = 0, two = 0;
	while (count >= 2 * RUNS) {
		size_t groups = count / (2 * RUNS) < GROUPS ? count / (2 * RUNS) : GROUPS;
		uint32_t sum[RUNS] = {0}, sums[RUNS] = {0};
		for (size_t g = 0; g < groups; g++, bytes += 2 * RUNS)
			for (size_t k = 0; k < RUNS; k++) {
				sum[k] += bytes[2 * k] | (uint32_t)bytes[2 * k + 1] << 8;
				sums[k] += sum[k];
			}
		two += groups * RUNS * one;
		for (size_t k = 0; k < RUNS; k++) {
			two += RUNS * (uint64_t)sums[k] - k * (uint64_t)sum[k];
			one += sum[k];
		}
		one = fold(one);
		two = fold(two);
		count -= groups * 2 * RUNS;
	}
	for (size_t i = 0; i < count; i += 2) {
		one += bytes[i] | (i + 1 < count ? (uint32_t)bytes[i + 1] << 8 : 0u);
		two += one;
	}
	return (uint32_t)fold(256 * fold(two)) << 16 | (uint32_t)fold(256 * fold(one));
}
