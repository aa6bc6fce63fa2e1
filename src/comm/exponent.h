/* The arithmetic of the exact sum's exponents: pure, without libm. */
#ifndef CONVOY_COMM_EXPONENT_H
#define CONVOY_COMM_EXPONENT_H

#include <convoy/comm.h>

enum { FLOAT_INFINITE = 0x7f800000 }; /* the bits of infinity; NaN's are larger, those of finite numbers smaller */

/* The smallest E with |g| < 2^E, from the bits of a finite |g|: −148 (the smallest denormal, and zero) … 128. */
int32_t exponent_of(uint32_t bits);

/* The exponent for the next step where `largest` are the bits of this step's largest |g|: room for growth by
 * 2^SUM_HEADROOM. Where all values were zero there is nothing to go by, and `current` stays. */
int32_t exponent_next(int32_t current, uint32_t largest);

/* E held within what sum_create promises. */
int32_t exponent_clamp(int32_t exponent);

/* 2^n as a double, −1022 ≤ n ≤ 1023. */
double power_of_two(int n);

/* The bits B of one block's integer, |q| ≤ 2^B, such that no sum of `blocks` ≥ 1 of them in any order overflows the
 * wire: blocks · 2^B ≤ 2^62 (int64, and B ≤ 51 for fixed_add) or 2^30 (int32). Small or negative where there are too
 * many blocks. */
int bits_per_block(enum sum_mode mode, size_t blocks);

#endif
