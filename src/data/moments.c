/* Sums of the numbers of each map and of their squares: exact, so they do not depend on the order of samples. */
#include "data.h"

#include <math.h>
#include <string.h>

enum { TILE = 4096 }; /* numbers whose sums fit into 64 bits; those of bytes into 32 */

/* Sums of a tile of whole numbers. */
struct whole {
	int64_t sum;
	uint64_t squares;
};

#define WHOLE_SUMS(type, wide) \
	static struct whole sums_of_##type(const void *from, size_t count) \
	{ \
		const type *number = from; \
		wide sum = 0; \
		u##wide squares = 0; \
		for (size_t i = 0; i < count; i++) { \
			sum += number[i]; \
			squares += (u##wide)((wide)number[i] * number[i]); \
		} \
		return (struct whole){sum, squares}; \
	}
WHOLE_SUMS(uint8_t, int32_t)
WHOLE_SUMS(int8_t, int32_t)
WHOLE_SUMS(uint16_t, int64_t)
WHOLE_SUMS(int16_t, int64_t)

static void whole_add(struct moments *out, struct whole sums)
{
	exact_add(EXACT_LIMBS, out->sum, (double)sums.sum);
	exact_add(EXACT_WIDE, out->squares, (double)sums.squares);
}

/* A table of sums of significands, a row for each exponent: much faster than an exact sum for each number. */
enum { EXPONENTS = 255, SIGNIFICAND = 23, LOWEST = -149, FEW = 64 };
struct table {
	int64_t sum[EXPONENTS];
	uint64_t squares[EXPONENTS];
};

static void table_add(struct table *table, const float *number, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t bits;
		memcpy(&bits, &number[i], sizeof bits);
		uint32_t exponent = bits >> SIGNIFICAND & 255;
		int64_t significand = (bits & ((1u << SIGNIFICAND) - 1)) | (uint32_t)(exponent > 0) << SIGNIFICAND;
		table->sum[exponent] += bits >> 31 != 0 ? -significand : significand;
		table->squares[exponent] += (uint64_t)(significand * significand);
	}
}

static void floats_add(struct moments *out, const float *number, size_t count)
{
	if (count < FEW) {
		for (size_t i = 0; i < count; i++) {
			exact_add(EXACT_LIMBS, out->sum, (double)number[i]);
			exact_add(EXACT_WIDE, out->squares, (double)number[i] * (double)number[i]);
		}
		return;
	}
	struct table table = {{0}, {0}};
	table_add(&table, number, count);
	for (int e = 0; e < EXPONENTS; e++) {
		int unit = LOWEST + (e > 0 ? e - 1 : 0);
		if (table.squares[e] == 0)
			continue;
		exact_add(EXACT_LIMBS, out->sum, ldexp((double)table.sum[e], unit));
		exact_add(EXACT_WIDE, out->squares, ldexp((double)(table.squares[e] >> 32), 2 * unit + 32));
		exact_add(EXACT_WIDE, out->squares, ldexp((double)(uint32_t)table.squares[e], 2 * unit));
	}
}

static void tile_add(struct moments *out, enum element element, const void *from, size_t count)
{
	float number[TILE];
	switch (element) {
	case ELEMENT_U8:
		whole_add(out, sums_of_uint8_t(from, count));
		break;
	case ELEMENT_I8:
		whole_add(out, sums_of_int8_t(from, count));
		break;
	case ELEMENT_U16:
		whole_add(out, sums_of_uint16_t(from, count));
		break;
	case ELEMENT_I16:
		whole_add(out, sums_of_int16_t(from, count));
		break;
	case ELEMENT_F32:
		floats_add(out, from, count);
		break;
	case ELEMENT_F16:
	case ELEMENTS:
		elements_float(element, from, count, number);
		floats_add(out, number, count);
		break;
	}
	exact_carry(EXACT_LIMBS, out->sum);
	exact_carry(EXACT_WIDE, out->squares);
	out->count += count;
}

static void range_add(struct moments *out, enum element element, const void *from, size_t count)
{
	float number[TILE];
	elements_float(element, from, count, number);
	for (size_t i = 0; i < count; i++) {
		out->least = out->count + i == 0 || number[i] < out->least ? number[i] : out->least;
		out->most = out->count + i == 0 || number[i] > out->most ? number[i] : out->most;
	}
	out->count += count;
}

void moments_add(struct moments *moments, enum normalize mode, const struct shape *shape, enum element element,
                 const uint8_t *inputs, size_t samples)
{
	void (*add)(struct moments *, enum element, const void *, size_t) = mode == NORMALIZE_RANGE ? range_add : tile_add;
	size_t maps = shape->maps, points = shape->rows * shape->columns, bytes = element_bytes(element);
	for (size_t m = 0; m < maps; m++)
		for (size_t n = 0; n < samples; n++)
			for (size_t first = 0; first < points; first += TILE)
				add(&moments[m], element, inputs + ((n * maps + m) * points + first) * bytes,
				    points - first < TILE ? points - first : TILE);
}

bool normalize_measures(enum normalize mode)
{
	return mode == NORMALIZE_STANDARD || mode == NORMALIZE_RANGE;
}

void moments_normalize(const struct moments *moments, enum normalize mode, struct normalization *out)
{
	for (size_t m = 0; m < out->maps; m++) {
		if (mode == NORMALIZE_RANGE) {
			out->mean[m] = (double)moments[m].least;
			out->deviation[m] = moments[m].most > moments[m].least ? (double)moments[m].most - out->mean[m] : 1;
			continue;
		}
		double count = (double)moments[m].count;
		double spread = exact_spread(moments[m].count, moments[m].sum, moments[m].squares); /* count² × variance */
		out->mean[m] = exact_value(EXACT_LIMBS, moments[m].sum) / count;
		out->deviation[m] = spread > 0 ? sqrt(spread) / count : 1;
	}
}
