/* The numbers of data sets in memory: their types, and where those of a sample are. */
#include "data.h"

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
