/* What the tests of the arithmetic share: dice, memory with exact ends, single lanes of blocks, comparisons. */
#ifndef TESTS_KERNEL_LANES_H
#define TESTS_KERNEL_LANES_H

#include <convoy/kernel.h>

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Random numbers one after the other: the same in every run. */
struct dice {
	uint64_t seed, thrown;
};
uint64_t dice_below(struct dice *dice, uint64_t n);
size_t dice_from(struct dice *dice, size_t least, size_t most); /* both included */
float dice_float(struct dice *dice);                            /* on [−1, 1) */
void dice_fill(struct dice *dice, size_t count, float *x);
float dice_garbage(struct dice *dice); /* NaN, infinities, huge numbers */

/* Memory of a test: aligned to 64 bytes, ending where it should (AddressSanitizer sees a step beyond), filled with NaN, so
 * that what was not written shows. */
struct shelf {
	void *piece[512];
	size_t pieces;
};
float *shelf_floats(struct shelf *shelf, size_t count);
double *shelf_doubles(struct shelf *shelf, size_t count);
void *shelf_bytes(struct shelf *shelf, size_t bytes); /* zeroed */
float *shelf_random(struct shelf *shelf, struct dice *dice, size_t count);
double *shelf_widened(struct shelf *shelf, size_t count, const float *x);
double *shelf_sizes(struct shelf *shelf, size_t count, const double *x); /* |x| */
void shelf_clear(struct shelf *shelf);

/* out[i] = x[i][lane], and back. */
void lane_take(size_t count, const float *x, size_t lane, double *out);
void lane_put(size_t count, const double *from, size_t lane, float *x);

/* The tables that this program and processor have; returns how many. */
size_t tables_here(const struct kernels *table[3]);

/* Whether both tables have fused multiply-add, and so must agree bit for bit. */
bool tables_alike(const struct kernels *a, const struct kernels *b);

/* One rounding to float, relative. */
static const double half_ulp = 0x1p-24;

/* Each got[i·step] within `terms` roundings of the sum of sizes size[i] from want[i]: the bound of a sum of products whatever
 * the order of its additions. NaN is never close. */
void expect_close(const char *what, const struct kernels *table, size_t count, const float *got, size_t step,
                  const double *want, const double *size, double terms);

/* The same bits. */
void expect_same(const char *what, size_t count, const float *a, const float *b);

/* A connection table out of a matrix [out_maps][in_maps] of 0 and 1; lives on the shelf. */
struct connections *table_make(struct shelf *shelf, size_t in_maps, size_t out_maps, const unsigned char *connected);

/* A random one: full, one to one, sparse, or runs of maps with the same inputs. Each output map has an input. */
struct connections *table_random(struct shelf *shelf, struct dice *dice, size_t in_maps, size_t out_maps);

#endif
