/* Checks of the numbers of a data set, as they are in memory. */
#include "data.h"
#include "pieces.h"

#include <math.h>

size_t array_finite(const struct data_array *array, size_t count)
{
	const enum store_type type = array->element == ELEMENT_F16 ? STORE_F16 : STORE_F32;
	const struct number_format format = {.type = type};
	if (array->element != ELEMENT_F16 && array->element != ELEMENT_F32)
		return count;
	size_t numbers = count * array->each, at = elements_missing(&format, array->bytes, numbers);
	return at < numbers ? at / array->each : count;
}

int targets_check(const struct dataset *set, const struct dataset *limits, const char *path, struct err *err)
{
	const struct data_array *targets = &set->array[DATA_TARGETS];
	size_t each = targets->each, sample = array_finite(targets, set->count);
	if (sample < set->count)
		return err_set(err, EX_DATAERR, "%s: a value of sample %zu is not finite", path, sample);
	for (size_t i = 0; targets->element == ELEMENT_U16 && i < set->count * each; i++)
		if (class_check(limits, path, i / each, dataset_classes(set)[i], err) != 0)
			return -1;
	for (size_t i = 0; targets->element == ELEMENT_U8 && i < set->count * each; i++)
		if (targets->bytes[i] > 1)
			return err_set(err, EX_DATAERR, "%s: sample %zu has the label %u; labels are 0 or 1", path, i / each,
			               targets->bytes[i]);
	return 0;
}

int weights_round(struct dataset *set, const char *path, struct err *err)
{
	float *weight = (float *)(void *)set->array[DATA_WEIGHTS].bytes;
	double all = 0;
	for (size_t n = 0; n < set->count; n++) {
		if (!(weight[n] >= 0 && weight[n] <= DATA_WEIGHT_MOST))
			return err_set(err, EX_DATAERR, "%s: sample %zu has weight %g; weights are 0 … %d", path, n,
			               (double)weight[n], DATA_WEIGHT_MOST);
		weight[n] = (float)ldexp(rint(ldexp((double)weight[n], DATA_WEIGHT_BITS)), -DATA_WEIGHT_BITS);
		all += (double)weight[n];
	}
	if (set->count > 0 && !(all > 0))
		return err_set(err, EX_DATAERR, "%s: all weights are 0, or less than 2^-%d and rounded to 0; scale them up",
		               path, DATA_WEIGHT_BITS + 1);
	return 0;
}
