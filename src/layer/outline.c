/* Outlines: what a trained layer computes, as operators that other programs know too. */
#include "layer.h"

#include <assert.h>
#include <stdlib.h>

int layer_outline(const struct layer *layer, const float *w, struct outline *out, struct err *err)
{
	*out = (struct outline){.err = err};
	layer->type->outline(layer, w, out);
	if (err->code == 0)
		return 0;
	outline_clear(out);
	return -1;
}

void outline_clear(struct outline *outline)
{
	for (size_t o = 0; o < outline->operations; o++)
		for (size_t i = 0; i < outline->operation[o].operands; i++)
			free(outline->operation[o].operand[i].value);
	*outline = (struct outline){0};
}

void outline_add(struct outline *outline, struct operation operation)
{
	assert(outline->operations < OUTLINE_OPERATIONS);
	outline->operation[outline->operations++] = operation;
}

float *outline_operand(struct outline *outline, const char *name, size_t rank, const size_t *dims)
{
	assert(outline->operations > 0);
	struct operation *operation = &outline->operation[outline->operations - 1];
	struct operand operand = {.name = name, .rank = rank};
	size_t count = 1;
	for (size_t d = 0; d < rank; d++) {
		operand.dims[d] = dims[d];
		count *= dims[d]; /* of no more numbers than a layer has, or a kernel of each of its maps */
	}
	operand.value = outline->err->code == 0 ? memory_zeroed(count, sizeof *operand.value, outline->err) : NULL;
	if (operand.value == NULL)
		return NULL;
	assert(operation->operands < OUTLINE_OPERANDS);
	operation->operand[operation->operands++] = operand;
	return operand.value;
}

void outline_tensor(struct outline *outline, const struct layer *layer, const float *w, size_t s)
{
	const struct tensor *tensor = &layer->tensor[s];
	float *dense = outline_operand(outline, tensor->name, tensor->rank, tensor->dims);
	if (dense != NULL)
		tensor_expand(tensor, w + tensor->offset, dense);
}
