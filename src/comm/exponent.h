/* The arithmetic of the exact sum's exponents: pure, without libm. */
#ifndef CONVOY_COMM_EXPONENT_H
#define CONVOY_COMM_EXPONENT_H

#include <convoy/comm.h>

enum { FLOAT_INFINITE = 0x7f800000 }; /* the bits of infinity; NaN's are larger, those of finite numbers smaller */

/* Returns the smallest E with |g| < 2^E, from the bits of a finite |g|: −148 (the smallest denormal, and zero) …
 * 128. */
int32_t exponent_of(uint32_t bits);

/* Returns the exponent for the next step, with room for growth by 2^SUM_HEADROOM. `largest` are the bits of this step's
 * largest |g|. If all values were zero, returns `current`. */
int32_t exponent_next(int32_t current, uint32_t largest);

/* Returns an exponent clamped to SUM_EXPONENT_LOWEST … SUM_EXPONENT_HIGHEST. */
int32_t exponent_clamp(int32_t exponent);

/* Returns 2^n as a double, −1022 ≤ n ≤ 1023. */
double power_of_two(int n);

/* Returns the bits B of one block's integer, |q| ≤ 2^B, so that no sum of `blocks` ≥ 1 of them overflows, in any order:
 * blocks · 2^B ≤ 2^62 (int64, and B ≤ 51 for fixed_add) or 2^30 (int32). Small or negative if there are too many
 * blocks. */
int bits_per_block(enum sum_mode mode, size_t blocks);

#endif
