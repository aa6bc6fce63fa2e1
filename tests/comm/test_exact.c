/* The numbers of the exact sum, against integers of 128 bits: what it computes, what leaves no trace, how exact. */
#include "one.h"

__extension__ typedef __int128 wide;

static uint64_t draw(uint64_t *counter)
{
	return random_bits(41, RANDOM_CHECK, 0, (*counter)++);
}

/* A finite float from all of them: any sign, any exponent below `top` (8-bit biased), denormals and ±0 often. */
static float any_float(uint64_t *counter, uint32_t top)
{
	uint64_t r = draw(counter);
	uint32_t sign = (uint32_t)(r >> 63) << 31, mantissa = (uint32_t)r & 0x7fffff;
	uint32_t exponent = (uint32_t)(r >> 32 & 0xffff) % (top + 1);
	switch (r >> 52 & 15) {
	case 0:
		return float_of(sign);
	case 1:
		return float_of(sign | mantissa >> (r >> 24 & 15));
	case 2:
		return float_of(sign | top << 23 | 0x7fffff);
	default:
		return float_of(sign | exponent << 23 | mantissa);
	}
}

/* g = mantissa · 2^exponent, exactly. */
static wide take_apart(float g, int *exponent)
{
	double mantissa = frexp((double)g, exponent);
	*exponent -= 24;
	return (wide)(mantissa * 0x1p24);
}

/* rint(g · 2^shift), ties to even, in integers only. */
static wide quantize(float g, int shift)
{
	int exponent;
	wide m = take_apart(g, &exponent);
	int k = exponent + shift;
	if (m == 0)
		return 0;
	if (k >= 0)
		return m * ((wide)1 << k);
	if (k < -40)
		return 0;
	wide unit = (wide)1 << -k, floor = m >= 0 ? m / unit : -((-m + unit - 1) / unit), rest = m - floor * unit;
	if (2 * rest > unit || (2 * rest == unit && floor % 2 != 0))
		floor++;
	return floor;
}

static void exponents_agree_with_frexp(void **state)
{
	(void)state;
	uint64_t counter = 0;
	for (uint32_t i = 1; i < 200000; i++) {
		uint32_t bits = i < 1000 ? i : (uint32_t)draw(&counter) % FLOAT_INFINITE;
		if (i % 3 == 0)
			bits &= 0x7f800000; /* powers of two: not below themselves */
		if (bits == 0)
			continue;
		int expected;
		frexp((double)float_of(bits), &expected);
		assert_int_equal(exponent_of(bits), expected);
	}
	assert_int_equal(exponent_of(0), SUM_EXPONENT_LOWEST);
	assert_int_equal(exponent_of(1), SUM_EXPONENT_LOWEST);
	assert_int_equal(exponent_of(FLOAT_INFINITE - 1), 128);
	assert_int_equal(exponent_next(7, 0), 7);
	assert_int_equal(exponent_next(7, FLOAT_INFINITE - 1), SUM_EXPONENT_HIGHEST);
	assert_int_equal(exponent_next(7, bits_of(1.0f)), 1 + SUM_HEADROOM);
	for (int n = -1022; n <= 1023; n++)
		assert_true(power_of_two(n) == ldexp(1, n));
	/* Every scale the sum can ask for is a finite double, and so is its inverse. */
	assert_true(isfinite(power_of_two(51 - SUM_EXPONENT_LOWEST)));
	assert_true(power_of_two(SUM_EXPONENT_LOWEST - 51) > 0);
}

static void no_number_of_blocks_overflows(void **state)
{
	(void)state;
	assert_int_equal(bits_per_block(SUM_EXACT, 1), 51);
	assert_int_equal(bits_per_block(SUM_EXACT, 2048), 51);
	assert_int_equal(bits_per_block(SUM_EXACT, 2049), 50);
	assert_int_equal(bits_per_block(SUM_EXACT32, 1), 30);
	assert_int_equal(bits_per_block(SUM_EXACT32, 24), 25);
	assert_int_equal(bits_per_block(SUM_EXACT32, 32), 25);
	assert_int_equal(bits_per_block(SUM_EXACT32, 33), 24);
	for (size_t blocks = 1; blocks < 300000; blocks += 1 + blocks / 7) {
		assert_true((wide)blocks << bits_per_block(SUM_EXACT, blocks) <= (wide)1 << 62);
		assert_true((wide)blocks << bits_per_block(SUM_EXACT32, blocks) <= (wide)1 << 30);
	}

	/* The worst case: as many of the largest integers as there may be. */
	for (int mode = SUM_EXACT; mode <= SUM_EXACT32; mode++) {
		enum { BLOCKS = 300 };
		struct sum *sum = make((enum sum_mode)mode, BLOCKS, 2);
		float g[2] = {0x1.fffffep0f, -0x1.fffffep0f}, mean[2];
		struct err err = {0};
		sum_set_exponents(sum, &(int32_t){1});
		sum_begin(sum);
		for (size_t b = 0; b < BLOCKS; b++)
			sum_add(sum, 0, 0, g);
		assert_int_equal(sum_reduce(sum, BLOCKS, &err), SUM_DONE);
		sum_mean(sum, 0, mean);
		/* int32: 21 bits after the point, 2 − 2^−23 is rounded up to 2. */
		float expected = mode == SUM_EXACT ? 0x1.fffffep0f : 2.0f;
		assert_true(mean[0] == expected && mean[1] == -expected);
		sum_destroy(sum);
	}
}

static void sums_are_those_of_wide_integers(void **state)
{
	(void)state;
	enum { COUNT = 37, BLOCKS = 9 };
	uint64_t counter = 1000000;
	for (int round = 0; round < 1200; round++) {
		enum sum_mode mode = round % 2 ? SUM_EXACT : SUM_EXACT32;
		uint32_t top = round < 6 ? 254 : (uint32_t)draw(&counter) % 255;
		float g[BLOCKS][COUNT], mean[COUNT];
		for (size_t b = 0; b < BLOCKS; b++)
			for (size_t i = 0; i < COUNT; i++)
				g[b][i] = any_float(&counter, top);

		struct sum *sum = make(mode, BLOCKS, COUNT);
		assert_int_equal(step(sum, BLOCKS, COUNT, g[0]), SUM_REDO);
		int32_t exponent = *sum_exponents(sum);
		uint64_t count = 1 + draw(&counter) % 1000;
		assert_int_equal(step_over((double)count, sum, BLOCKS, COUNT, g[0]), SUM_DONE);
		sum_mean(sum, 0, mean);

		int shift = (mode == SUM_EXACT ? 51 : 30 - 4) - exponent;
		for (size_t i = 0; i < COUNT; i++) {
			wide total = 0;
			for (size_t b = 0; b < BLOCKS; b++)
				total += quantize(g[b][i], shift);
			float expected = (float)(ldexp((double)total, -shift) / (double)count);
			assert_int_equal(bits_of(mean[i]), bits_of(expected));
		}
		sum_destroy(sum);
	}
}

static void error_bound_holds(void **state)
{
	(void)state;
	/* Values within 60 octaves, so that the exact sum fits 128 bits; the sums often cancel. */
	enum { COUNT = 20, BLOCKS = 24, OCTAVES = 60 };
	uint64_t counter = 2000000;
	for (int round = 0; round < 400; round++) {
		enum sum_mode mode = round % 2 ? SUM_EXACT : SUM_EXACT32;
		int top = (int)(draw(&counter) % 100) - 10;
		float g[BLOCKS][COUNT], mean[COUNT];
		for (size_t b = 0; b < BLOCKS; b++)
			for (size_t i = 0; i < COUNT; i++) {
				uint64_t r = draw(&counter);
				int e = top - (int)(r >> 40) % (round % 4 < 2 ? 4 : OCTAVES);
				g[b][i] = ldexpf((float)((int32_t)(r & 0x1ffffff) - 0x1000000), e - 24);
			}
		struct sum *sum = make(mode, BLOCKS, COUNT);
		assert_int_equal(step(sum, BLOCKS, COUNT, g[0]), SUM_REDO);
		int exponent = *sum_exponents(sum);
		assert_int_equal(step(sum, BLOCKS, COUNT, g[0]), SUM_DONE);
		sum_mean(sum, 0, mean);

		int unit = top - 24 - OCTAVES - 24, e; /* the exact sum in units of 2^unit */
		int bits = mode == SUM_EXACT ? 51 : 30 - 5;
		for (size_t i = 0; i < COUNT; i++) {
			wide exact = 0, size;
			for (size_t b = 0; b < BLOCKS; b++) {
				wide m = take_apart(g[b][i], &e);
				if (m != 0)
					exact += m * ((wide)1 << (e - unit));
			}
			wide m = take_apart(mean[i], &e), result = m == 0 ? 0 : m * ((wide)1 << (e - unit));
			size = result < 0 ? -result : result;
			wide error = result > exact ? result - exact : exact - result;
			wide bound = (wide)BLOCKS << (exponent - bits - 1 - unit);
			assert_true(error <= bound + (size >> 24) + (size >> 50) + 2);
		}
		sum_destroy(sum);
	}
}

/* Every order of the blocks (Heap's algorithm), counting those whose result has other bits than the first one's. */
struct orders {
	struct sum *sum;
	size_t blocks, count, tried, different;
	const float *g; /* [blocks][count] */
	float first[16];
};

static void try_order(struct orders *o, const size_t *order)
{
	float mean[16];
	struct err err = {0};
	sum_begin(o->sum);
	for (size_t b = 0; b < o->blocks; b++)
		sum_add(o->sum, 0, 0, o->g + order[b] * o->count);
	assert_int_equal(sum_reduce(o->sum, 112, &err), SUM_DONE);
	sum_mean(o->sum, 0, mean);
	if (o->tried++ == 0)
		memcpy(o->first, mean, sizeof mean);
	o->different += memcmp(o->first, mean, o->count * sizeof *mean) != 0;
}

static void try_orders(struct orders *o, size_t n, size_t *order)
{
	if (n == 1) {
		try_order(o, order);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		try_orders(o, n - 1, order);
		size_t j = n % 2 ? 0 : i, kept = order[j];
		order[j] = order[n - 1];
		order[n - 1] = kept;
	}
}

static void order_of_blocks_leaves_no_trace(void **state)
{
	(void)state;
	enum { COUNT = 16 };
	uint64_t counter = 3000000;
	size_t seen[3] = {0};
	for (size_t blocks = 1; blocks <= 7; blocks++) {
		float g[7 * COUNT];
		for (size_t i = 0; i < blocks * COUNT; i++)
			g[i] = any_float(&counter, 130) * (i % 2 ? 1.0f : 0x1p-20f);
		for (int mode = SUM_EXACT; mode <= SUM_FLOAT; mode++) {
			struct sum *sum = make((enum sum_mode)mode, 7, COUNT);
			if (mode != SUM_FLOAT)
				assert_int_equal(step(sum, blocks, COUNT, g), SUM_REDO);
			struct orders orders = {.sum = sum, .blocks = blocks, .count = COUNT, .g = g};
			size_t order[7] = {0, 1, 2, 3, 4, 5, 6};
			try_orders(&orders, blocks, order);
			seen[mode] += orders.different;
			size_t factorial = 1;
			for (size_t n = 2; n <= blocks; n++)
				factorial *= n;
			assert_int_equal(orders.tried, factorial);
			sum_destroy(sum);
		}
	}
	assert_int_equal(seen[SUM_EXACT], 0);
	assert_int_equal(seen[SUM_EXACT32], 0);
	assert_true(seen[SUM_FLOAT] > 1000); /* otherwise this test could not see the difference */
}

static void twenty_eight_octaves_are_exact(void **state)
{
	(void)state;
	enum { E = 5, COUNT = 29 };
	float small[COUNT], big[COUNT], minus[COUNT], mean[COUNT];
	for (int i = 0; i < COUNT; i++) {
		small[i] = ldexpf(i % 2 ? -0x1.fffffep0f : 0x1.000002p0f, E - 1 - i); /* down to 2^(E−28) … */
		if (i == COUNT - 1)
			small[i] = ldexpf(0x1.000002p0f, E - COUNT); /* … and one more: its last bit is lost */
		big[i] = ldexpf(0x1.fffffep0f, E - 1);
		minus[i] = -big[i];
	}
	struct sum *sum = make(SUM_EXACT, 2048, COUNT);
	struct err err = {0};
	sum_set_exponents(sum, &(int32_t){E});
	sum_begin(sum);
	sum_add(sum, 0, 0, big);
	sum_add(sum, 0, 0, small);
	sum_add(sum, 0, 0, minus);
	assert_int_equal(sum_reduce(sum, 1, &err), SUM_DONE);
	sum_mean(sum, 0, mean);
	for (int i = 0; i < COUNT - 1; i++)
		assert_int_equal(bits_of(mean[i]), bits_of(small[i]));
	assert_int_not_equal(bits_of(mean[COUNT - 1]), bits_of(small[COUNT - 1]));
	sum_destroy(sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exponents_agree_with_frexp),
		cmocka_unit_test(no_number_of_blocks_overflows),
		cmocka_unit_test(sums_are_those_of_wide_integers),
		cmocka_unit_test(error_bound_holds),
		cmocka_unit_test(order_of_blocks_leaves_no_trace),
		cmocka_unit_test(twenty_eight_octaves_are_exact),
	};
	return cmocka_run_group_tests_name("exact", tests, open_comm, close_comm);
}
