/* Exact sums of floats: whole numbers in limbs of 32 bits, rounded once at the end. */
#include <convoy/kernel.h>

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
	LIMB_BITS = 32,
	SIGNIFICAND_BITS = 52, /* of a double, as it is stored */
	EXPONENT_BIAS = 1023,
	DIGITS = EXACT_WIDE + 6, /* of the largest number here, count · Σx² */
};

/* The exponent of the lowest bit of a sum. */
static int lowest_exponent(size_t limbs)
{
	return limbs == EXACT_LIMBS ? -160 : -320;
}

void exact_add(size_t limbs, int64_t *limb, double x)
{
	__extension__ typedef unsigned __int128 wide;
	uint64_t bits;
	memcpy(&bits, &x, sizeof bits);
	int exponent = (int)(bits >> SIGNIFICAND_BITS & 0x7ff);
	if (exponent == 0)
		return; /* 0, or below all bits of the sum */
	uint64_t whole = (bits & ((UINT64_C(1) << SIGNIFICAND_BITS) - 1)) | UINT64_C(1) << SIGNIFICAND_BITS;
	int at = exponent - EXPONENT_BIAS - SIGNIFICAND_BITS - lowest_exponent(limbs);
	if (at < 0) {
		whole = at > -64 ? whole >> -at : 0;
		at = 0;
	}
	wide shifted = (wide)whole << (at % LIMB_BITS);
	int64_t sign = bits >> 63 != 0 ? -1 : 1;
	for (size_t i = (size_t)at / LIMB_BITS; shifted != 0 && i < limbs; i++) {
		limb[i] += sign * (int64_t)(uint32_t)shifted;
		shifted >>= LIMB_BITS;
	}
	assert(shifted == 0); /* infinite, not a number, or above all bits of the sum: it would be left out in silence */
}

void exact_carry(size_t limbs, int64_t *limb)
{
	for (size_t i = 0; i + 1 < limbs; i++) {
		limb[i + 1] += limb[i] >> LIMB_BITS;
		limb[i] &= UINT32_MAX;
	}
}

/* A whole number: sign and digits of 32 bits, the lowest first. */
struct number {
	bool negative;
	uint32_t digit[DIGITS];
};

static void number_negate(struct number *n)
{
	uint64_t carry = 1;
	for (size_t i = 0; i < DIGITS; i++) {
		carry += (uint32_t)~n->digit[i];
		n->digit[i] = (uint32_t)carry;
		carry >>= LIMB_BITS;
	}
}

static struct number number_of(size_t limbs, const int64_t *limb)
{
	struct number n = {0};
	int64_t carry = 0;
	for (size_t i = 0; i < DIGITS; i++) {
		carry += i < limbs ? limb[i] : 0;
		n.digit[i] = (uint32_t)carry;
		carry >>= LIMB_BITS;
	}
	n.negative = carry < 0;
	if (n.negative)
		number_negate(&n);
	return n;
}

/* a · b, both from digit 0 on. */
static struct number number_multiply(const struct number *a, const struct number *b)
{
	struct number product = {.negative = a->negative != b->negative};
	for (size_t i = 0; i < DIGITS; i++) {
		uint64_t carry = 0;
		for (size_t k = 0; i + k < DIGITS; k++) {
			carry += (uint64_t)a->digit[i] * b->digit[k] + product.digit[i + k];
			product.digit[i + k] = (uint32_t)carry;
			carry >>= LIMB_BITS;
		}
	}
	return product;
}

/* a − b for a, b ≥ 0. */
static struct number number_subtract(const struct number *a, const struct number *b)
{
	struct number rest = {0};
	int64_t carry = 0;
	for (size_t i = 0; i < DIGITS; i++) {
		carry += (int64_t)a->digit[i] - (int64_t)b->digit[i];
		rest.digit[i] = (uint32_t)carry;
		carry >>= LIMB_BITS;
	}
	rest.negative = carry < 0;
	if (rest.negative)
		number_negate(&rest);
	return rest;
}

/* n · 2^exponent, to the nearest double, of two equally near ones the even one. */
static double number_round(const struct number *n, int exponent)
{
	size_t top = DIGITS;
	while (top > 0 && n->digit[top - 1] == 0)
		top--;
	/* The highest three digits; what lies below them only matters if it is 0 or not. */
	__extension__ unsigned __int128 head = 0;
	size_t low = top > 3 ? top - 3 : 0;
	bool rest = false;
	for (size_t i = top; i-- > low;)
		head = head << LIMB_BITS | n->digit[i];
	for (size_t i = 0; i < low; i++)
		rest = rest || n->digit[i] != 0;
	int dropped = 0;
	while (head >> 64 != 0) { /* no bit is lost that the rounding needs: 64 are more than 53 + 2 */
		rest = rest || (head & 1) != 0;
		head >>= 1;
		dropped++;
	}
	double rounded = ldexp((double)((uint64_t)head | rest), (int)low * LIMB_BITS + dropped + exponent);
	return n->negative ? -rounded : rounded;
}

double exact_value(size_t limbs, const int64_t *limb)
{
	struct number n = number_of(limbs, limb);
	return number_round(&n, lowest_exponent(limbs));
}

double exact_spread(uint64_t count, const int64_t sum[EXACT_LIMBS], const int64_t squares[EXACT_WIDE])
{
	struct number times = {.digit = {(uint32_t)count, (uint32_t)(count >> LIMB_BITS)}};
	struct number plain = number_of(EXACT_LIMBS, sum), square = number_of(EXACT_WIDE, squares);
	struct number left = number_multiply(&times, &square), right = number_multiply(&plain, &plain);
	struct number spread = number_subtract(&left, &right);
	return number_round(&spread, lowest_exponent(EXACT_WIDE));
}
