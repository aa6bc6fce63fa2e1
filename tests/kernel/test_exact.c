/* kernel: exact sums of floats, against whole numbers of 1024 bits that are added bit by bit. */
#include "lanes.h"

#include <math.h>

__extension__ typedef __int128 int128;

/* ---- Naive whole numbers: two's complement, one bit per byte, the lowest first ----------------------------------- */

enum { BITS = 1024, UNIT = 400 }; /* bit UNIT is worth 1 */

struct naive {
	unsigned char bit[BITS];
};

static void naive_negate(struct naive *n)
{
	unsigned carry = 1;
	for (size_t i = 0; i < BITS; i++) {
		carry += !n->bit[i];
		n->bit[i] = carry & 1;
		carry >>= 1;
	}
}

static void naive_sum(struct naive *to, const struct naive *n)
{
	unsigned carry = 0;
	for (size_t i = 0; i < BITS; i++) {
		carry += (unsigned)to->bit[i] + n->bit[i];
		to->bit[i] = carry & 1;
		carry >>= 1;
	}
}

static struct naive naive_of(double x)
{
	struct naive n = {{0}};
	int exponent;
	double fraction = frexp(fabs(x), &exponent);
	for (int i = 1; fraction != 0; i++) {
		fraction *= 2;
		n.bit[UNIT + exponent - i] = fraction >= 1;
		fraction -= fraction >= 1;
	}
	if (x < 0)
		naive_negate(&n);
	return n;
}

/* To the nearest double, ties to even, as IEEE 754 says it: the digits kept, the first one dropped, the others. */
static double naive_value(struct naive n)
{
	bool negative = n.bit[BITS - 1] != 0;
	if (negative)
		naive_negate(&n);
	int top = BITS - 1;
	while (top >= 0 && n.bit[top] == 0)
		top--;
	double kept = 0;
	int low = top >= 52 ? top - 52 : 0;
	for (int i = top; i >= low; i--)
		kept = 2 * kept + n.bit[i];
	bool half = low > 0 && n.bit[low - 1] != 0, more = false;
	for (int i = 0; i + 1 < low; i++)
		more = more || n.bit[i] != 0;
	if (half && (more || n.bit[low] != 0))
		kept += 1;
	kept = ldexp(kept, low - UNIT);
	return negative ? -kept : kept;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static float float_of(uint32_t bits)
{
	float x;
	memcpy(&x, &bits, sizeof x);
	return x;
}

/* Any finite float; or one of a narrow range, of which sums cancel. */
static float any_float(struct dice *dice, size_t kind)
{
	uint32_t sign = (uint32_t)dice_below(dice, 2) << 31, fraction = (uint32_t)dice_below(dice, 1 << 23);
	switch (kind) {
	case 0:
		return float_of(sign | (uint32_t)dice_below(dice, 255) << 23 | fraction);
	case 1:
		return float_of(sign | fraction); /* denormal */
	case 2:
		return float_of(sign | 254u << 23 | fraction); /* the largest */
	default:
		return float_of(sign | (uint32_t)(120 + dice_below(dice, 8)) << 23 | fraction);
	}
}

static void sums_are_exact(void **state)
{
	(void)state;
	struct dice dice = {.seed = 81};
	for (size_t n = 0; n < 200; n++) {
		size_t count = dice_from(&dice, 0, 40);
		int64_t limb[EXACT_LIMBS] = {0}, back[2][EXACT_LIMBS] = {{0}}, wide[EXACT_WIDE] = {0};
		struct naive sum = {{0}}, products = {{0}};
		float x[40];
		for (size_t i = 0; i < count; i++) {
			x[i] = any_float(&dice, n % 4);
			float y = any_float(&dice, n / 4 % 4);
			double product = (double)x[i] * y;
			struct naive term = naive_of((double)x[i]), both = naive_of(product);
			naive_sum(&sum, &term);
			naive_sum(&products, &both);
			exact_add(EXACT_LIMBS, limb, (double)x[i]);
			exact_add(EXACT_WIDE, wide, product);
		}
		double want = naive_value(sum), got = exact_value(EXACT_LIMBS, limb);
		assert_true(got == want);
		assert_true(exact_value(EXACT_WIDE, wide) == naive_value(products));
		/* In another order, in two parts whose limbs are added, and with carries in between. */
		for (size_t i = count; i-- > 0;) {
			exact_add(EXACT_LIMBS, back[i % 2], (double)x[i]);
			if (i % 5 == 0)
				exact_carry(EXACT_LIMBS, back[i % 2]);
		}
		for (size_t i = 0; i < EXACT_LIMBS; i++)
			back[0][i] += back[1][i];
		assert_true(exact_value(EXACT_LIMBS, back[0]) == want);
		/* All but one taken away again. */
		for (size_t i = 1; i < count; i++)
			exact_add(EXACT_LIMBS, limb, -(double)x[i]);
		assert_true(exact_value(EXACT_LIMBS, limb) == (count > 0 ? (double)x[0] : 0));
	}
}

/* Halfway cases, which random numbers seldom are: 2^53 + 1 and its neighbours, of both signs. */
static void ties_go_to_even(void **state)
{
	(void)state;
	static const struct {
		double term[4], sum;
	} row[] = {
		{{0x1p53, 1}, 0x1p53}, {{0x1p53, 1, 0x1p-149}, 0x1p53 + 2}, {{0x1p53, 1, -0x1p-149}, 0x1p53},
		{{0x1p53, 2, 1}, 0x1p53 + 4}, {{0x1p53, 2, 1, -0x1p-149}, 0x1p53 + 2}, {{0x1p100, 0x1p-149}, 0x1p100},
		{{0x1.fffffep127, 0x1p-149, -0x1.fffffep127}, 0x1p-149}, {{0x1p0, -0x1p0}, 0},
		{{0x1.fffffep127, 0x1.fffffep127, 0x1.fffffep127, 0x1.fffffep127}, 0x1.fffffep129},
	};
	for (size_t r = 0; r < sizeof row / sizeof *row; r++)
		for (int sign = -1; sign <= 1; sign += 2) {
			int64_t limb[EXACT_LIMBS] = {0}, wide[EXACT_WIDE] = {0};
			for (size_t i = 0; i < 4; i++) {
				exact_add(EXACT_LIMBS, limb, sign * row[r].term[i]);
				exact_add(EXACT_WIDE, wide, sign * row[r].term[i]);
			}
			assert_true(exact_value(EXACT_LIMBS, limb) == sign * row[r].sum);
			assert_true(exact_value(EXACT_WIDE, wide) == sign * row[r].sum);
		}
	/* What is below the lowest limb is cut off, on both sides of 0 alike. */
	int64_t limb[EXACT_LIMBS] = {0};
	exact_add(EXACT_LIMBS, limb, -0x1.8p-160);
	assert_true(exact_value(EXACT_LIMBS, limb) == -0x1p-160);
	exact_add(EXACT_LIMBS, limb, 0x1p-300);
	exact_add(EXACT_LIMBS, limb, 0x1p-1074);
	assert_true(exact_value(EXACT_LIMBS, limb) == -0x1p-160);
}

/* As many additions as limbs may take without a carry, and sums of more ranks than there will be. */
static void limbs_have_room(void **state)
{
	(void)state;
	int64_t limb[EXACT_LIMBS] = {0};
	exact_add(EXACT_LIMBS, limb, 0x1.fffffep30);
	for (size_t i = 0; i < EXACT_LIMBS; i++)
		limb[i] *= 1 << 30;
	assert_true(exact_value(EXACT_LIMBS, limb) == 0x1.fffffep60);
	exact_carry(EXACT_LIMBS, limb);
	for (size_t i = 0; i < EXACT_LIMBS; i++) {
		assert_true(limb[i] >= 0 && limb[i] <= UINT32_MAX);
		limb[i] *= -(1 << 30);
	}
	assert_true(exact_value(EXACT_LIMBS, limb) == -0x1.fffffep90);
	exact_carry(EXACT_LIMBS, limb);
	assert_true(exact_value(EXACT_LIMBS, limb) == -0x1.fffffep90);
}

/* Whole numbers against integers; floats of all sizes against the same with numbers of 1024 bits. */
static void spreads_are_exact(void **state)
{
	(void)state;
	struct dice dice = {.seed = 82};
	for (size_t n = 0; n < 100; n++) {
		size_t count = dice_from(&dice, 1, 30);
		int64_t sum[EXACT_LIMBS] = {0}, squares[EXACT_WIDE] = {0}, small[EXACT_LIMBS] = {0}, tiny[EXACT_WIDE] = {0};
		int128 plain = 0, square = 0;
		for (size_t i = 0; i < count; i++) {
			int64_t x = (int64_t)dice_below(&dice, n % 2 == 0 ? 256 : 1 << 24) - (n % 3 == 0 ? 100 : 0);
			if (n % 5 == 0)
				x = 17; /* no spread */
			double scaled = ldexp((double)x, -149);
			plain += x;
			square += x * x;
			exact_add(EXACT_LIMBS, sum, (double)x);
			exact_add(EXACT_WIDE, squares, (double)x * (double)x);
			exact_add(EXACT_LIMBS, small, scaled);
			exact_add(EXACT_WIDE, tiny, scaled * scaled);
		}
		int128 want = (int128)count * square - plain * plain;
		assert_true(exact_spread(count, sum, squares) == (double)want);
		assert_true(exact_spread(count, small, tiny) == ldexp((double)want, -298));
	}
	/* N Σx² and (Σx)² agree in their first 200 digits: x = a, a, a + 2^-149 with a = 2^100. */
	int64_t sum[EXACT_LIMBS] = {0}, squares[EXACT_WIDE] = {0};
	for (size_t i = 0; i < 3; i++) {
		exact_add(EXACT_LIMBS, sum, 0x1p100);
		exact_add(EXACT_WIDE, squares, 0x1p200);
	}
	exact_add(EXACT_LIMBS, sum, 0x1p-149);
	exact_add(EXACT_WIDE, squares, 0x1p-48);
	exact_add(EXACT_WIDE, squares, 0x1p-298);
	assert_true(exact_spread(3, sum, squares) == 2 * 0x1p-298);
	/* As large as an image set can be: 2^46 numbers of 2^127. */
	memset(sum, 0, sizeof sum);
	memset(squares, 0, sizeof squares);
	exact_add(EXACT_LIMBS, sum, 0x1p127);
	exact_add(EXACT_WIDE, squares, 0x1p254);
	assert_true(exact_spread(UINT64_C(1) << 46, sum, squares) == 0x1p300 - 0x1p254);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_exact),
		cmocka_unit_test(ties_go_to_even),
		cmocka_unit_test(limbs_have_room),
		cmocka_unit_test(spreads_are_exact),
	};
	return cmocka_run_group_tests_name("exact", tests, NULL, NULL);
}
