/* The three forms of the exact sum's accumulators and of its message between nodes: int64, int32, float. */
#include "exponent.h"
#include "form.h"

#include <string.h>

enum {
	LIMB32_BITS = 16, /* 2^15 ranks times 2^16 fit an int32 */
	LIMBS_FLOAT = 6,
	LIMB_FLOAT_BITS = 12, /* 2^12 ranks times 2^12 fit a float's 24 bits */
	FLOAT_HEAD = SUM_COUNTERS * LIMBS_FLOAT,
};

static uint64_t limb(uint64_t number, size_t i, unsigned bits)
{
	return number >> i * bits & ((UINT64_C(1) << bits) - 1);
}

/* ---- int64: the accumulators themselves ------------------------------------------------------------- */

static uint32_t integers_add(const struct sum *sum, void *values, size_t t, const float *g)
{
	double scale = power_of_two(sum->bits - sum->used[t]);
	return sum->kernels->fixed_add(sum->first[t + 1] - sum->first[t], scale, g, (int64_t *)values + sum->first[t]);
}

/* Unsigned: where a value did not fit, sums wrap around and are thrown away. */
static void integers_fold(size_t count, void *to, const void *from)
{
	uint64_t *restrict a = to;
	const uint64_t *restrict b = from;
	for (size_t i = 0; i < count; i++)
		a[i] += b[i];
}

static void *integers_pack(struct sum *sum, void *values, size_t first, size_t count, bool counters)
{
	(void)count;
	int64_t *message = (int64_t *)values + first;
	return counters ? memcpy(message - SUM_COUNTERS, sum->counter, sizeof sum->counter) : message;
}

static void integers_unpack(struct sum *sum, void *values, size_t first, size_t count, bool counters)
{
	(void)count;
	if (counters)
		memcpy(sum->counter, (int64_t *)values + first - SUM_COUNTERS, sizeof sum->counter);
}

static void integers_mean(const struct sum *sum, size_t t, size_t count, const void *accumulators, float *g)
{
	sum->kernels->fixed_mean(count, power_of_two(sum->used[t] - sum->bits), sum->divisor, accumulators, g);
}

const struct form form_exact = {sizeof(int64_t), sizeof(int64_t), SUM_COUNTERS, true, SIZE_MAX, integers_add,
                                integers_fold, integers_pack, integers_unpack, integers_mean};

/* ---- int32: the accumulators narrowed; bits_per_block has seen to it that they fit ------------------ */

static void *exact32_pack(struct sum *sum, void *values, size_t first, size_t count, bool counters)
{
	const int64_t *value = (int64_t *)values + first;
	int32_t *wire = sum->wire + SUM_WIRE_HEAD + first, *limbs = sum->wire;
	for (size_t i = 0; counters && i < SUM_WIRE_HEAD; i++)
		limbs[i] = (int32_t)limb(sum->counter[i / LIMBS32], i % LIMBS32, LIMB32_BITS);
	for (size_t i = 0; i < count; i++)
		wire[i] = (int32_t)value[i];
	return counters ? limbs : wire;
}

static void exact32_unpack(struct sum *sum, void *values, size_t first, size_t count, bool counters)
{
	int64_t *value = (int64_t *)values + first;
	const int32_t *wire = sum->wire + SUM_WIRE_HEAD + first, *limbs = sum->wire;
	for (size_t i = 0; i < count; i++)
		value[i] = wire[i];
	if (counters)
		memset(sum->counter, 0, sizeof sum->counter);
	for (size_t i = 0; counters && i < SUM_WIRE_HEAD; i++)
		sum->counter[i / LIMBS32] += (uint64_t)limbs[i] << i % LIMBS32 * LIMB32_BITS;
}

const struct form form_exact32 = {sizeof(int64_t), sizeof(int32_t), SUM_WIRE_HEAD, true, INT16_MAX, integers_add,
                                  integers_fold, exact32_pack, exact32_unpack, integers_mean};

/* ---- float: the usual sum, which depends on the ranks; for measurements ------------------------------ */

static uint32_t float_add(const struct sum *sum, void *values, size_t t, const float *g)
{
	float *s = (float *)values + sum->first[t];
	size_t n = sum->first[t + 1] - sum->first[t];
	uint32_t largest = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t bits;
		memcpy(&bits, &g[i], sizeof bits);
		bits &= INT32_MAX;
		largest = largest < bits ? bits : largest;
		s[i] += g[i];
	}
	return largest;
}

static void float_fold(size_t count, void *to, const void *from)
{
	float *restrict a = to;
	const float *restrict b = from;
	for (size_t i = 0; i < count; i++)
		a[i] += b[i];
}

static void *float_pack(struct sum *sum, void *values, size_t first, size_t count, bool counters)
{
	(void)count;
	float *message = (float *)values + first, *limbs = message - (counters ? FLOAT_HEAD : 0);
	for (size_t i = 0; counters && i < FLOAT_HEAD; i++)
		limbs[i] = (float)limb(sum->counter[i / LIMBS_FLOAT], i % LIMBS_FLOAT, LIMB_FLOAT_BITS);
	return limbs;
}

static void float_unpack(struct sum *sum, void *values, size_t first, size_t count, bool counters)
{
	(void)count;
	const float *limbs = (float *)values + first - (counters ? FLOAT_HEAD : 0);
	if (counters)
		memset(sum->counter, 0, sizeof sum->counter);
	for (size_t i = 0; counters && i < FLOAT_HEAD; i++)
		sum->counter[i / LIMBS_FLOAT] += (uint64_t)limbs[i] << i % LIMBS_FLOAT * LIMB_FLOAT_BITS;
}

static void float_mean(const struct sum *sum, size_t tensor, size_t count, const void *accumulators, float *g)
{
	(void)tensor;
	const float *s = accumulators;
	for (size_t i = 0; i < count; i++)
		g[i] = (float)(s[i] / sum->divisor);
}

const struct form form_float = {sizeof(float), sizeof(float), FLOAT_HEAD, false, 1 << LIMB_FLOAT_BITS, float_add,
                                float_fold, float_pack, float_unpack, float_mean};
