/* The three forms of the exact sum's message: int64, int32, float. */
#include "exponent.h"
#include "form.h"

#include <string.h>

enum {
	LIMBS32 = 4,
	LIMB32_BITS = 16, /* 2^15 ranks times 2^16 fit an int32 */
	LIMBS_FLOAT = 6,
	LIMB_FLOAT_BITS = 12, /* 2^12 ranks times 2^12 fit a float's 24 bits */
};

static uint64_t limb(uint64_t number, size_t i, unsigned bits)
{
	return number >> i * bits & ((UINT64_C(1) << bits) - 1);
}

/* ---- int64: the accumulators themselves ------------------------------------------------------------- */

static uint32_t fixed_add(struct sum *sum, size_t t, const float *g)
{
	double scale = power_of_two(sum->bits - sum->used[t]);
	return sum->kernels->fixed_add(sum->first[t + 1] - sum->first[t], scale, g, sum->integers + sum->first[t]);
}

static int exact_exchange(struct sum *sum, struct err *err)
{
	int64_t *limbs = (int64_t *)sum->wire + sum->values;
	memcpy(limbs, sum->counter, sizeof sum->counter);
	if (message_sum(sum->comm, MPI_INT64_T, sum->values + SUM_COUNTERS, sum->wire, err) < 0)
		return -1;
	memcpy(sum->counter, limbs, sizeof sum->counter);
	return 0;
}

static void exact_mean(const struct sum *sum, size_t t, double count, float *g)
{
	double unit = power_of_two(sum->used[t] - sum->bits);
	const int64_t *s = (const int64_t *)sum->wire + sum->first[t];
	size_t n = sum->first[t + 1] - sum->first[t];
	for (size_t i = 0; i < n; i++)
		g[i] = (float)((double)s[i] * unit / count);
}

const struct form form_exact = {sizeof(int64_t), 1, SIZE_MAX, fixed_add, exact_exchange, exact_mean};

/* ---- int32: the accumulators narrowed; bits_per_block has seen to it that they fit ------------------ */

static int exact32_exchange(struct sum *sum, struct err *err)
{
	int32_t *wire = sum->wire, *limbs = wire + sum->values;
	for (size_t i = 0; i < sum->values; i++)
		wire[i] = (int32_t)sum->integers[i];
	for (size_t i = 0; i < SUM_COUNTERS * LIMBS32; i++)
		limbs[i] = (int32_t)limb(sum->counter[i / LIMBS32], i % LIMBS32, LIMB32_BITS);
	if (message_sum(sum->comm, MPI_INT32_T, sum->values + SUM_COUNTERS * LIMBS32, wire, err) < 0)
		return -1;
	memset(sum->counter, 0, sizeof sum->counter);
	for (size_t i = 0; i < SUM_COUNTERS * LIMBS32; i++)
		sum->counter[i / LIMBS32] += (uint64_t)limbs[i] << i % LIMBS32 * LIMB32_BITS;
	return 0;
}

static void exact32_mean(const struct sum *sum, size_t t, double count, float *g)
{
	double unit = power_of_two(sum->used[t] - sum->bits);
	const int32_t *s = (const int32_t *)sum->wire + sum->first[t];
	size_t n = sum->first[t + 1] - sum->first[t];
	for (size_t i = 0; i < n; i++)
		g[i] = (float)(s[i] * unit / count);
}

const struct form form_exact32 = {sizeof(int32_t), LIMBS32, INT16_MAX, fixed_add, exact32_exchange, exact32_mean};

/* ---- float: the usual sum, which depends on the ranks; for measurements ------------------------------ */

static uint32_t float_add(struct sum *sum, size_t t, const float *g)
{
	float *s = (float *)sum->wire + sum->first[t];
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

static int float_exchange(struct sum *sum, struct err *err)
{
	float *limbs = (float *)sum->wire + sum->values;
	for (size_t i = 0; i < SUM_COUNTERS * LIMBS_FLOAT; i++)
		limbs[i] = (float)limb(sum->counter[i / LIMBS_FLOAT], i % LIMBS_FLOAT, LIMB_FLOAT_BITS);
	if (message_sum(sum->comm, MPI_FLOAT, sum->values + SUM_COUNTERS * LIMBS_FLOAT, sum->wire, err) < 0)
		return -1;
	memset(sum->counter, 0, sizeof sum->counter);
	for (size_t i = 0; i < SUM_COUNTERS * LIMBS_FLOAT; i++)
		sum->counter[i / LIMBS_FLOAT] += (uint64_t)limbs[i] << i % LIMBS_FLOAT * LIMB_FLOAT_BITS;
	return 0;
}

static void float_mean(const struct sum *sum, size_t t, double count, float *g)
{
	const float *s = (const float *)sum->wire + sum->first[t];
	size_t n = sum->first[t + 1] - sum->first[t];
	for (size_t i = 0; i < n; i++)
		g[i] = (float)(s[i] / count);
}

const struct form form_float = {sizeof(float), LIMBS_FLOAT, 1 << LIMB_FLOAT_BITS, float_add, float_exchange,
                                float_mean};
