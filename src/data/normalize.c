/* Normalisation: mean and deviation of every input map, the same bits however the samples are ordered. */
#include "data.h"

#include <assert.h>
#include <stdlib.h>

/* What numbers of a type are divided by to be at most 1; 0: there is no such number. */
static double unit_of(enum element element)
{
	static const double largest[ELEMENTS] = {
		[ELEMENT_U8] = 255, [ELEMENT_I8] = 128, [ELEMENT_U16] = 65535, [ELEMENT_I16] = 32768,
	};
	return largest[element];
}

int normalization_constant(struct normalization *out, enum normalize mode, enum element element, struct err *err)
{
	double deviation = mode == NORMALIZE_UNIT ? unit_of(element) : 1;
	if (!(deviation > 0))
		return err_set(err, EX_CONFIG, "data.normalize is unit, which is for whole numbers of 8 or 16 bits; the inputs "
		               "are %s: write standard, range or none", element_name(element));
	for (size_t m = 0; m < out->maps; m++) {
		out->mean[m] = 0;
		out->deviation[m] = deviation;
	}
	return 0;
}

int normalization_measure(struct normalization *out, enum normalize mode, const struct dataset *train, struct err *err)
{
	const struct data_array *inputs = &train->array[DATA_INPUTS];
	assert(out->maps == train->shape.maps);
	if (normalization_constant(out, mode, inputs->element, err) != 0)
		return -1;
	if (train->count == 0)
		return err_set(err, EX_DATAERR, "no images to measure mean and deviation of");
	if (!normalize_measures(mode))
		return 0;
	struct moments *moments = memory_zeroed(out->maps, sizeof *moments, err);
	if (moments == NULL)
		return -1;
	moments_add(moments, mode, &train->shape, inputs->element, inputs->bytes, train->count);
	moments_normalize(moments, mode, out);
	free(moments);
	return 0;
}

int targets_begin(struct normalization *out, enum normalize mode, struct moments **moments, struct err *err)
{
	*moments = NULL;
	if (normalization_constant(out, NORMALIZE_NONE, ELEMENT_F32, err) != 0)
		return -1;
	if (out->maps == 0 || mode == NORMALIZE_NONE)
		return 0;
	*moments = memory_zeroed(out->maps, sizeof **moments, err);
	return *moments != NULL ? 0 : -1;
}

void targets_add(struct moments *moments, size_t values, const struct data_array *targets, size_t first, size_t count)
{
	const struct shape shape = {values, 1, targets->each / values};
	moments_add(moments, NORMALIZE_STANDARD, &shape, targets->element, array_sample(targets, first), count);
}

void targets_end(struct moments *moments, struct normalization *out)
{
	if (moments != NULL)
		moments_normalize(moments, NORMALIZE_STANDARD, out);
	free(moments);
}

int targets_measure(struct normalization *out, enum normalize mode, const struct dataset *train, struct err *err)
{
	struct moments *moments;
	if (targets_begin(out, mode, &moments, err) != 0)
		return -1;
	if (moments != NULL)
		targets_add(moments, out->maps, &train->array[DATA_TARGETS], 0, train->count);
	targets_end(moments, out);
	return 0;
}
