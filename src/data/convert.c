/* Numbers as a file has them, any type in either order of bytes: what they become in memory, and which are missing. */
#include "pieces.h"

#include "data.h"

#include <byteswap.h>
#include <math.h>
#include <string.h>

enum { TILE = 512 }; /* numbers that are looked at together */

union tile {
	uint8_t u8[TILE];
	int8_t i8[TILE];
	uint16_t u16[TILE];
	int16_t i16[TILE];
	uint32_t u32[TILE];
	int32_t i32[TILE];
	uint64_t u64[TILE];
	int64_t i64[TILE];
	float f32[TILE];
	double f64[TILE];
};

static bool is_float(enum store_type type)
{
	return type == STORE_F16 || type == STORE_F32 || type == STORE_F64;
}

enum element element_of(enum store_type type)
{
	switch (type) {
	case STORE_U8:
		return ELEMENT_U8;
	case STORE_I8:
		return ELEMENT_I8;
	case STORE_U16:
		return ELEMENT_U16;
	case STORE_I16:
		return ELEMENT_I16;
	case STORE_F16:
		return ELEMENT_F16;
	default:
		return ELEMENT_F32;
	}
}

static enum store_type type_of(enum element element)
{
	static const enum store_type types[ELEMENTS] = {
		[ELEMENT_U8] = STORE_U8, [ELEMENT_I8] = STORE_I8, [ELEMENT_U16] = STORE_U16, [ELEMENT_I16] = STORE_I16,
		[ELEMENT_F16] = STORE_F16, [ELEMENT_F32] = STORE_F32,
	};
	return types[element];
}

bool numbers_stay(const struct number_format *format, enum element element)
{
	return format->type == type_of(element) && (!format->swapped || element_bytes(element) == 1);
}

/* Numbers in this machine's order of bytes. */
static void tile_load(union tile *tile, const struct number_format *format, const uint8_t *from, size_t count)
{
	size_t bytes = store_type_bytes(format->type);
	memcpy(tile, from, count * bytes);
	if (!format->swapped)
		return;
	for (size_t i = 0; bytes == 2 && i < count; i++)
		tile->u16[i] = bswap_16(tile->u16[i]);
	for (size_t i = 0; bytes == 4 && i < count; i++)
		tile->u32[i] = bswap_32(tile->u32[i]);
	for (size_t i = 0; bytes == 8 && i < count; i++)
		tile->u64[i] = bswap_64(tile->u64[i]);
}

/* The numbers as another type, each rounded once. */
#define TO(out, to_type) \
	switch (format->type) { \
	case STORE_U8: LOOP(out, to_type, tile->u8) break; \
	case STORE_I8: LOOP(out, to_type, tile->i8) break; \
	case STORE_U16: LOOP(out, to_type, tile->u16) break; \
	case STORE_I16: LOOP(out, to_type, tile->i16) break; \
	case STORE_U32: LOOP(out, to_type, tile->u32) break; \
	case STORE_I32: LOOP(out, to_type, tile->i32) break; \
	case STORE_U64: LOOP(out, to_type, tile->u64) break; \
	case STORE_I64: LOOP(out, to_type, tile->i64) break; \
	case STORE_F32: LOOP(out, to_type, tile->f32) break; \
	case STORE_F64: LOOP(out, to_type, tile->f64) break; \
	case STORE_F16: \
	case STORE_TYPES: break; \
	}
#define LOOP(out, to_type, from) \
	for (size_t i = 0; i < count; i++) \
		(out)[i] = (to_type)(from)[i];

static void tile_floats(const union tile *tile, const struct number_format *format, size_t count, float *out)
{
	if (format->type == STORE_F16)
		elements_float(ELEMENT_F16, tile->u16, count, out);
	TO(out, float)
}

static void tile_doubles(const union tile *tile, const struct number_format *format, size_t count, double *out)
{
	float narrow[TILE];
	if (format->type == STORE_F16)
		elements_float(ELEMENT_F16, tile->u16, count, narrow);
	for (size_t i = 0; format->type == STORE_F16 && i < count; i++)
		out[i] = (double)narrow[i] + ((tile->u16[i] & 0x7c00) == 0x7c00 ? NAN : 0); /* infinite, or not a number */
	TO(out, double)
}

/* Returns the place of the first number that float32 cannot hold. */
static size_t floats_convert(const union tile *tile, const struct number_format *format, size_t count, float *out)
{
	tile_floats(tile, format, count, out);
	for (size_t i = 0; format->type == STORE_F64 && i < count; i++)
		if (!isfinite(out[i]))
			return i;
	return count;
}

/* Returns the place of the first number that is no whole number from 0 to the type's largest. */
static size_t whole_convert(const union tile *tile, const struct number_format *format, size_t count,
                            enum element to, uint8_t *out)
{
	double number[TILE], most = to == ELEMENT_U8 ? UINT8_MAX : UINT16_MAX;
	tile_doubles(tile, format, count, number);
	for (size_t i = 0; i < count; i++) {
		if (!(number[i] >= 0 && number[i] <= most && number[i] == floor(number[i])))
			return i;
		uint16_t whole = (uint16_t)number[i];
		if (to == ELEMENT_U8)
			out[i] = (uint8_t)whole;
		else
			memcpy(out + i * sizeof whole, &whole, sizeof whole);
	}
	return count;
}

size_t elements_convert(const struct number_format *format, const uint8_t *from, size_t count, enum element to,
                        uint8_t *out)
{
	size_t bytes = store_type_bytes(format->type), size = element_bytes(to);
	for (size_t first = 0; first < count; first += TILE) {
		union tile tile;
		float number[TILE];
		size_t some = count - first < TILE ? count - first : TILE, good = some;
		tile_load(&tile, format, from + first * bytes, some);
		if (format->type == type_of(to)) {
			memcpy(out + first * size, &tile, some * size);
		} else if (to == ELEMENT_F32) {
			good = floats_convert(&tile, format, some, number);
			memcpy(out + first * size, number, some * size);
		} else {
			good = whole_convert(&tile, format, some, to, out + first * size);
		}
		if (good < some)
			return first + good;
	}
	return count;
}

/* Floats, by their exponents: much faster than one by one. */
static bool tile_finite(const union tile *tile, enum store_type type, size_t count)
{
	bool finite = true;
	for (size_t i = 0; type == STORE_F16 && i < count; i++)
		finite &= (tile->u16[i] & 0x7c00) != 0x7c00;
	for (size_t i = 0; type == STORE_F32 && i < count; i++)
		finite &= (tile->u32[i] & 0x7f800000) != 0x7f800000;
	for (size_t i = 0; type == STORE_F64 && i < count; i++)
		finite &= (tile->u64[i] & 0x7ff0000000000000) != 0x7ff0000000000000;
	return finite;
}

static bool is_fill(const struct number_format *format, double number)
{
	for (size_t f = 0; f < format->fills; f++)
		if (number == format->fill[f])
			return true;
	return false;
}

/* Whole numbers of 64 bits: float64 does not tell all of them apart. */
static size_t tile_fill(const union tile *tile, const struct number_format *format, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t f = 0; f < format->fills; f++)
			if (tile->u64[i] == format->whole[f])
				return i;
	return count;
}

size_t elements_missing(const struct number_format *format, const uint8_t *from, size_t count)
{
	size_t bytes = store_type_bytes(format->type);
	if (!is_float(format->type) && format->fills == 0)
		return count;
	for (size_t first = 0; first < count; first += TILE) {
		union tile tile;
		double number[TILE];
		size_t some = count - first < TILE ? count - first : TILE;
		tile_load(&tile, format, from + first * bytes, some);
		if (format->fills == 0 && tile_finite(&tile, format->type, some))
			continue;
		if (format->type == STORE_I64 || format->type == STORE_U64) {
			size_t at = tile_fill(&tile, format, some);
			if (at < some)
				return first + at;
			continue;
		}
		tile_doubles(&tile, format, some, number);
		for (size_t i = 0; i < some; i++)
			if (!isfinite(number[i]) || is_fill(format, number[i]))
				return first + i;
	}
	return count;
}

double number_value(const struct number_format *format, const uint8_t *from, size_t at)
{
	union tile tile;
	double number = 0;
	tile_load(&tile, format, from + at * store_type_bytes(format->type), 1);
	tile_doubles(&tile, format, 1, &number);
	return number;
}
