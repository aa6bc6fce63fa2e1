/* A program's arrays as a data set. */
#include "library.h"

#include <stdlib.h>
#include <string.h>

/* The array of the job's task, and no other. */
static int targets_check_given(const struct convoy_samples *given, enum task task, const char *name, struct err *err)
{
	const void *const of[TASKS] = {
		[TASK_CLASSES] = given->classes, [TASK_VALUES] = given->values, [TASK_LABELS] = given->labels,
	};
	for (size_t t = 0; t < TASKS; t++)
		if ((of[t] != NULL) != (t == (size_t)task))
			return err_set(err, EX_USAGE, "%s: the job has output.%s, but the samples %s %s", name, task_name(task),
			               of[t] != NULL ? "have" : "lack", task_name((enum task)t));
	return 0;
}

static int given_check(const struct convoy_samples *given, const struct data_need *need, const char *name,
                       struct err *err)
{
	if (given->type < (int)CONVOY_UINT8 || given->type > (int)CONVOY_FLOAT32)
		return err_set(err, EX_USAGE, "%s: inputs of type %d: no enum convoy_type", name, given->type);
	if (given->inputs == NULL)
		return err_set(err, EX_USAGE, "%s: there are no inputs", name);
	if (need->weighted && given->weights == NULL)
		return err_set(err, EX_USAGE, "%s: the job has data.weights, but the samples lack weights", name);
	return targets_check_given(given, need->task, name, err);
}

/* Classes of two bytes. */
static int classes_copy(struct dataset *set, const int32_t *class, const char *name, struct err *err)
{
	struct data_array *array = &set->array[DATA_TARGETS];
	uint16_t *copy = memory_zeroed(set->count, array_bytes(array, 1), err);
	array->bytes = (uint8_t *)copy;
	for (size_t i = 0; copy != NULL && i < set->count * array->each; i++) {
		if (class[i] < 0 || (size_t)class[i] >= set->classes)
			return err_set(err, EX_DATAERR, "%s: class %ld of sample %zu is not 0 … %zu", name, (long)class[i],
			               i / array->each, set->classes - 1);
		copy[i] = (uint16_t)class[i];
	}
	return copy != NULL ? 0 : -1;
}

static int weights_copy(struct dataset *set, const float *weight, const char *name, struct err *err)
{
	struct data_array *array = &set->array[DATA_WEIGHTS];
	array->bytes = memory_zeroed(set->count, array_bytes(array, 1), err);
	if (array->bytes == NULL)
		return -1;
	memcpy(array->bytes, weight, array_bytes(array, set->count));
	return weights_round(set, name, err);
}

int samples_take_over(struct dataset *out, const struct model *model, const struct convoy_samples *given,
                      const char *name, struct err *err)
{
	struct data_need need = model_need(model);
	*out = (struct dataset){0};
	if (given_check(given, &need, name, err) != 0)
		return -1;
	need.weighted = given->weights != NULL;
	*out = dataset_of(&need);
	out->count = given->count;
	out->borrowed = true;
	out->array[DATA_INPUTS].element = (enum element)(given->type - (int)CONVOY_UINT8);
	out->array[DATA_INPUTS].bytes = (uint8_t *)given->inputs; /* it is only read, as the targets */
	if (need.task == TASK_VALUES)
		out->array[DATA_TARGETS].bytes = (uint8_t *)given->values;
	if (need.task == TASK_LABELS)
		out->array[DATA_TARGETS].bytes = (uint8_t *)given->labels;
	if (given->count == 0 || given->count > UINT32_MAX)
		return 0;
	if (need.task == TASK_CLASSES && classes_copy(out, given->classes, name, err) != 0)
		return -1;
	return need.weighted ? weights_copy(out, given->weights, name, err) : 0;
}

void samples_forget(struct dataset *set)
{
	if (set->array[DATA_TARGETS].element == ELEMENT_U16)
		free(set->array[DATA_TARGETS].bytes);
	free(set->array[DATA_WEIGHTS].bytes);
}
