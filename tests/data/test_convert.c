/* Numbers of files become elements: compared with what C says of them, with the definition of float16, and with the
 * limits of each type. */
#include "../../src/data/pieces.h"

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

/* The definition of IEEE 754. */
static double half_value(unsigned bits)
{
	int exponent = bits >> 10 & 31, fraction = bits & 1023;
	double size = exponent == 31 ? (fraction != 0 ? NAN : INFINITY)
	              : exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
	return bits >> 15 != 0 ? -size : size;
}

/* Turns the bytes of each number round. */
static void turn(uint8_t *bytes, size_t item, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t b = 0; b < item / 2; b++) {
			uint8_t *one = bytes + i * item + b, *other = bytes + (i + 1) * item - 1 - b, keep = *one;
			*one = *other;
			*other = keep;
		}
}

static void every_float16_is_what_ieee_says(void **state)
{
	static uint16_t half[65536], same[65536];
	static float found[65536];
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		const struct number_format format = {.type = STORE_F16, .swapped = swapped};
		for (unsigned i = 0; i < 65536; i++)
			half[i] = (uint16_t)(swapped ? i >> 8 | i << 8 : i);
		assert_int_equal(elements_convert(&format, (uint8_t *)half, 65536, ELEMENT_F32, (uint8_t *)found), 65536);
		assert_int_equal(elements_convert(&format, (uint8_t *)half, 65536, ELEMENT_F16, (uint8_t *)same), 65536);
		for (unsigned i = 0; i < 65536; i++) {
			double should = half_value(i);
			assert_int_equal(same[i], i);
			if (isfinite(should)) /* others are refused before */
				assert_true(found[i] == should && !signbit(found[i]) == !signbit(should));
			assert_int_equal(elements_missing(&format, (uint8_t *)(half + i), 1), isfinite(should) ? 1 : 0);
		}
	}
}

/* Each type in both orders of bytes, more numbers than are converted at a time, at any address. */
enum { COUNT = 1300 };

static void number_store(enum store_type type, int64_t number, uint8_t *at)
{
	float narrow = (float)number;
	double wide = (double)number;
	const void *from = type == STORE_F32 ? (const void *)&narrow : type == STORE_F64 ? (const void *)&wide : &number;
	memcpy(at, from, store_type_bytes(type)); /* of integers the low bytes: this machine is little endian */
}

static void whole_numbers_keep_their_value(void **state)
{
	static const struct {
		enum store_type type;
		int64_t least, most;
	} rows[] = {
		{STORE_U8, 0, 255},              {STORE_I8, -128, 127},           {STORE_U16, 0, 65535},
		{STORE_I16, -32768, 32767},      {STORE_U32, 0, 16777216},        {STORE_I32, -16777216, 16777216},
		{STORE_U64, 0, 16777216},        {STORE_I64, -16777216, 16777216}, {STORE_F32, -16777216, 16777216},
		{STORE_F64, -16777216, 16777216},
	};
	static uint8_t bytes[1 + COUNT * 8];
	static float found[COUNT];
	static union {
		int8_t i8[COUNT];
		uint8_t u8[COUNT];
		int16_t i16[COUNT];
		uint16_t u16[COUNT];
	} own;
	(void)state;
	for (size_t t = 0; t < sizeof rows / sizeof *rows; t++)
		for (int swapped = 0; swapped < 2; swapped++) {
			const struct number_format format = {.type = rows[t].type, .swapped = swapped};
			size_t item = store_type_bytes(format.type);
			int64_t span = rows[t].most - rows[t].least;
			for (int64_t i = 0; i < COUNT; i++)
				number_store(format.type, rows[t].least + span * i / (COUNT - 1), bytes + 1 + (size_t)i * item);
			if (swapped)
				turn(bytes + 1, item, COUNT);
			assert_int_equal(elements_convert(&format, bytes + 1, COUNT, ELEMENT_F32, (uint8_t *)found), COUNT);
			assert_int_equal(elements_missing(&format, bytes + 1, COUNT), COUNT);
			enum element element = element_of(format.type);
			assert_int_equal(element_bytes(element), item > 2 ? 4 : item);
			if (element != ELEMENT_F32)
				assert_int_equal(elements_convert(&format, bytes + 1, COUNT, element, (uint8_t *)&own), COUNT);
			for (int64_t i = 0; i < COUNT; i++) {
				int64_t should = rows[t].least + span * i / (COUNT - 1);
				if (found[i] != (float)should)
					fail_msg("type %zu swapped %d: %g is %g", t, swapped, (double)should, (double)found[i]);
				if (element != ELEMENT_F32)
					assert_int_equal(element == ELEMENT_I8 ? own.i8[i] : element == ELEMENT_U8 ? own.u8[i]
					                 : element == ELEMENT_I16 ? own.i16[i] : own.u16[i], should);
			}
		}
}

/* 2^63 + 2^39 + 1 is above the middle of two floats; rounded to float64 first it would be the middle. */
static void large_numbers_are_rounded_once(void **state)
{
	const struct number_format whole = {.type = STORE_U64}, wide = {.type = STORE_F64};
	uint64_t number = (UINT64_C(1) << 63) + (UINT64_C(1) << 39) + 1;
	float found[2];
	(void)state;
	assert_int_equal(elements_convert(&whole, (uint8_t *)&number, 1, ELEMENT_F32, (uint8_t *)found), 1);
	assert_true(found[0] == 0x1.000002p63f);
	const double middle[2] = {0x1.000001p0, 0x1.0000010000001p0}; /* to even, and above */
	assert_int_equal(elements_convert(&wide, (const uint8_t *)middle, 2, ELEMENT_F32, (uint8_t *)found), 2);
	assert_true(found[0] == 1 && found[1] == 0x1.000002p0f);
}

/* One number is wrong, at some place among others that are 1. */
static void what_an_element_cannot_hold_is_found(void **state)
{
	static const struct {
		enum store_type type;
		double number;
		enum element to;
		size_t fills;
		bool missing; /* by elements_missing, not by elements_convert */
	} rows[] = {
		{STORE_F64, 1e300, ELEMENT_F32, 0, false},
		{STORE_F64, -3.5e38, ELEMENT_F32, 0, false},
		{STORE_F64, 0x1.ffffffp127, ELEMENT_F32, 0, false},
		{STORE_F64, NAN, ELEMENT_F32, 0, true},
		{STORE_F64, INFINITY, ELEMENT_F32, 0, true},
		{STORE_F32, -INFINITY, ELEMENT_F32, 0, true},
		{STORE_F32, NAN, ELEMENT_F32, 0, true},
		{STORE_F32, -999.9f, ELEMENT_F32, 1, true},
		{STORE_F32, 1e20f, ELEMENT_F32, 2, true},
		{STORE_I64, -7, ELEMENT_F32, 1, true},
		{STORE_U8, 255, ELEMENT_U8, 1, true},
		{STORE_I64, -1, ELEMENT_U16, 0, false},
		{STORE_I32, 65536, ELEMENT_U16, 0, false},
		{STORE_U64, 0x1p63, ELEMENT_U16, 0, false},
		{STORE_F32, 2.5, ELEMENT_U16, 0, false},
		{STORE_F64, 0.1, ELEMENT_U8, 0, false},
	};
	static const size_t places[] = {0, 1, 511, 512, 700, COUNT - 1};
	static uint8_t bytes[COUNT * 8];
	static float out[COUNT];
	(void)state;
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
		for (size_t p = 0; p < sizeof places / sizeof *places; p++)
			for (int swapped = 0; swapped < 2; swapped++) {
				size_t item = store_type_bytes(rows[r].type), at = places[p];
				const uint64_t whole = rows[r].number < 0 ? (uint64_t)(int64_t)rows[r].number : (uint64_t)rows[r].number;
				struct number_format format = {rows[r].type, swapped, rows[r].fills, {rows[r].number, rows[r].number},
				                               {whole, whole}};
				if (format.fills == 2) {
					format.fill[0] = 3;
					format.whole[0] = 3;
				}
				for (size_t i = 0; i < COUNT; i++)
					number_store(rows[r].type, 1, bytes + i * item);
				const float narrow = (float)rows[r].number;
				memcpy(bytes + at * item, rows[r].type == STORE_F32 ? (const void *)&narrow
				       : rows[r].type == STORE_F64 ? (const void *)&rows[r].number : &whole, item);
				if (swapped)
					turn(bytes, item, COUNT);
				assert_int_equal(elements_missing(&format, bytes, COUNT), rows[r].missing ? at : COUNT);
				if (!rows[r].missing)
					assert_int_equal(elements_convert(&format, bytes, COUNT, rows[r].to, (uint8_t *)out), at);
				assert_int_equal(number_value(&format, bytes, at) == rows[r].number, !isnan(rows[r].number));
			}
}

/* The largest float64 that is rounded to a float32 is no error. */
static void the_largest_numbers_are_held(void **state)
{
	const struct number_format format = {.type = STORE_F64};
	const double numbers[] = {0x1.fffffep127, -0x1.fffffep127, 0x1.fffffefffffffp127, 1e-300, 0x1p-149};
	float found[5];
	(void)state;
	assert_int_equal(elements_convert(&format, (const uint8_t *)numbers, 5, ELEMENT_F32, (uint8_t *)found), 5);
	assert_true(found[0] == 0x1.fffffep127f && found[1] == -found[0] && found[2] == found[0] && found[3] == 0 &&
	            found[4] == 0x1p-149f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_float16_is_what_ieee_says),
		cmocka_unit_test(whole_numbers_keep_their_value),
		cmocka_unit_test(large_numbers_are_rounded_once),
		cmocka_unit_test(what_an_element_cannot_hold_is_found),
		cmocka_unit_test(the_largest_numbers_are_held),
	};
	return cmocka_run_group_tests_name("data/convert", tests, NULL, NULL);
}
