/* The elementary functions of src/kernel/math.h, by instruction set (vectors.c, compiled once for each). */
#ifndef TESTS_KERNEL_VECTORS_H
#define TESTS_KERNEL_VECTORS_H

#include <stddef.h>

/* y[i] ← f(y[i]) for a multiple of sixteen numbers, aligned to 64 bytes. */
struct vectors {
	const char *isa;
	void (*exp)(size_t count, float *y);
	void (*log)(size_t count, float *y);
	void (*log1p)(size_t count, float *y);
	void (*tanh)(size_t count, float *y);
	void (*sigmoid)(size_t count, float *y);
};

extern const struct vectors vectors_portable, vectors_avx2, vectors_avx512, vectors_neon;

#endif
