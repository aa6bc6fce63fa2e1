/* The numbers of data sets in memory: their types, and where those of a sample are. */
#include "data.h"

#include <math.h>
#include <string.h>

static const struct {
	const char *name;
	size_t bytes;
} elements[ELEMENTS] = {
	[ELEMENT_U8] = {"uint8", 1}, [ELEMENT_I8] = {"int8", 1}, [ELEMENT_U16] = {"uint16", 2},
	[ELEMENT_I16] = {"int16", 2}, [ELEMENT_F16] = {"float16", 2}, [ELEMENT_F32] = {"float32", 4},
};

size_t element_bytes(enum element element)
{
	return elements[element].bytes;
}

const char *element_name(enum element element)
{
	return elements[element].name;
}

size_t array_bytes(const struct data_array *array, size_t count)
{
	return count * array->each * element_bytes(array->element);
}

uint8_t *array_sample(const struct data_array *array, size_t sample)
{
	return array->bytes + array_bytes(array, sample);
}

/* The bits of a float16 in the places of a float32's, times the ratio of the two least numbers. Exact: a float32 holds
 * each finite float16, also those with leading zeros. */
static float half_float(uint16_t half)
{
	uint32_t bits = (uint32_t)(half & 0x7fff) << 13, sign = (uint32_t)(half & 0x8000) << 16;
	float number;
	memcpy(&number, &bits, sizeof number);
	number *= 0x1p112f;
	memcpy(&bits, &number, sizeof bits);
	bits |= sign;
	memcpy(&number, &bits, sizeof number);
	return number;
}

#define FLOATS(type, convert) \
	for (size_t i = 0; i < count; i++) \
		to[i] = convert(((const type *)from)[i])

void elements_float(enum element element, const void *restrict from, size_t count, float *restrict to)
{
	switch (element) {
	case ELEMENT_U8:
		FLOATS(uint8_t, (float));
		break;
	case ELEMENT_I8:
		FLOATS(int8_t, (float));
		break;
	case ELEMENT_U16:
		FLOATS(uint16_t, (float));
		break;
	case ELEMENT_I16:
		FLOATS(int16_t, (float));
		break;
	case ELEMENT_F16:
		FLOATS(uint16_t, half_float);
		break;
	case ELEMENT_F32:
	case ELEMENTS:
		memcpy(to, from, count * sizeof *to);
		break;
	}
}

void array_picture(const struct data_array *array, size_t sample, uint8_t *out)
{
	const uint8_t *at = array_sample(array, sample);
	size_t bytes = element_bytes(array->element);
	float least = INFINITY, most = -INFINITY, number;
	if (array->element == ELEMENT_U8) {
		memcpy(out, at, array->each);
		return;
	}
	for (size_t i = 0; i < array->each; i++) {
		elements_float(array->element, at + i * bytes, 1, &number);
		least = number < least ? number : least;
		most = number > most ? number : most;
	}
	double range = (double)most - (double)least;
	for (size_t i = 0; i < array->each; i++) {
		elements_float(array->element, at + i * bytes, 1, &number);
		out[i] = range > 0 ? (uint8_t)(((double)number - (double)least) / range * 255 + 0.5) : 0;
	}
}
