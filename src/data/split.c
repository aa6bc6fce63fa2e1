/* Which samples of a training set are held back, and for what: a function of seed and number alone. */
#include "data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Gives `held` of the `left` samples to train on another fate. Of those that are left, each is drawn with the
 * probability held / left. */
static void fate_draw(uint8_t *fate, size_t count, size_t left, uint64_t seed, enum fate to, size_t held)
{
	for (size_t i = 0, n = 0; held > 0 && i < count; i++) {
		if (fate[i] != FATE_TRAIN)
			continue;
		if (random_below(seed, RANDOM_SPLIT, to == FATE_TEST, n, left - n) < held) {
			fate[i] = (uint8_t)to;
			held--;
		}
		n++;
	}
}

int split_draw(const struct split *split, size_t count, uint8_t *fate, size_t number[FATES], struct err *err)
{
	size_t left = 0;
	memset(number, 0, FATES * sizeof *number);
	for (size_t i = 0; i < count; i++)
		left += fate[i] == FATE_TRAIN;
	number[FATE_LEFT_OUT] = count - left;
	if (split->test > 0)
		number[FATE_TEST] = (size_t)fmax(1, rint(split->test * (double)left));
	if (split->test > 0 && number[FATE_TEST] >= left)
		return err_set(err, EX_CONFIG, "data.test is %g, the training set has only %zu sample%s", split->test, left,
		               left == 1 ? "" : "s");
	fate_draw(fate, count, left, split->seed, FATE_TEST, number[FATE_TEST]);
	left -= number[FATE_TEST];
	if (split->validation >= left)
		return err_set(err, EX_CONFIG, "data.validation is %zu, the training set has only %zu samples%s",
		               split->validation, left, split->test > 0 ? " besides those of data.test" : "");
	number[FATE_VALIDATION] = split->validation;
	number[FATE_TRAIN] = left - split->validation;
	fate_draw(fate, count, left, split->seed, FATE_VALIDATION, split->validation);
	return 0;
}

int split_weigh(const struct data_array *weights, const uint8_t *fate, const size_t number[FATES], size_t count,
                struct err *err)
{
	static const char *const who[] = {
		[FATE_TRAIN] = "all training samples that are not held back",
		[FATE_VALIDATION] = "data.validation: all samples held back", [FATE_TEST] = "data.test: all samples held back",
	};
	bool weighs[FATES] = {false};
	if (weights->each == 0)
		return 0;
	for (size_t i = 0; i < count; i++)
		weighs[fate[i]] = weighs[fate[i]] || *(const float *)(const void *)array_sample(weights, i) > 0;
	for (size_t f = 0; f < FATE_LEFT_OUT; f++)
		if (number[f] > 0 && !weighs[f])
			return err_set(err, EX_DATAERR, "%s (%zu) have weight 0; hold back %s, or others by another train.seed",
			               who[f], number[f], f == FATE_TRAIN ? "fewer" : "more");
	return 0;
}

/* Sample `from` of one set becomes sample `to` of the other. */
static void sample_copy(const struct dataset *source, size_t from, struct dataset *target, size_t to)
{
	if (source == target && from == to)
		return;
	for (size_t a = 0; a < DATA_ARRAYS; a++)
		if (source->array[a].bytes != NULL)
			memcpy(array_sample(&target->array[a], to), array_sample(&source->array[a], from),
			       array_bytes(&source->array[a], 1));
}

/* A set with room for samples of another one. */
static int set_begin(struct dataset *out, const struct dataset *like, size_t count, struct err *err)
{
	*out = (struct dataset){.shape = like->shape, .classes = like->classes};
	memcpy(out->array, like->array, sizeof out->array);
	for (size_t a = 0; a < DATA_ARRAYS; a++)
		out->array[a].bytes = NULL;
	return dataset_allocate(out, count, err);
}

/* Gives all samples to the sets of their fates; those that are left out go. */
static int samples_part(struct dataset *train, const uint8_t *fate, const size_t held[FATES],
                        struct dataset *const to[FATES], struct err *err)
{
	uint32_t *number[FATES] = {NULL};
	size_t at[FATES] = {0};
	int code = 0;
	for (size_t f = 0; f < FATE_LEFT_OUT && code == 0; f++) {
		if (to[f] == NULL)
			continue;
		code = f == FATE_TRAIN ? 0 : set_begin(to[f], train, held[f], err);
		number[f] = memory_zeroed(held[f], sizeof *number[f], err);
		if (number[f] == NULL)
			code = -1;
		if (f != FATE_TRAIN)
			to[f]->number = number[f];
	}
	if (code != 0) {
		free(number[FATE_TRAIN]);
		return -1;
	}
	for (size_t i = 0; i < train->count; i++) {
		size_t f = fate[i];
		if (f == FATE_LEFT_OUT)
			continue;
		sample_copy(train, i, to[f], at[f]);
		number[f][at[f]++] = train->number != NULL ? train->number[i] : (uint32_t)i;
	}
	free((void *)train->number);
	train->number = number[FATE_TRAIN];
	train->count = held[FATE_TRAIN];
	return 0;
}

int dataset_split(struct dataset *train, const struct split *split, struct dataset *validation, struct dataset *test,
                  struct err *err)
{
	struct dataset *const to[FATES] = {[FATE_TRAIN] = train, [FATE_VALIDATION] = validation, [FATE_TEST] = test};
	size_t held[FATES];
	if (validation != NULL)
		*validation = (struct dataset){0};
	if (test != NULL && split->test > 0)
		*test = (struct dataset){0};
	uint8_t *fate = memory_zeroed(train->count, 1, err);
	int code = fate != NULL ? split_draw(split, train->count, fate, held, err) : -1;
	if (code == 0)
		code = split_weigh(&train->array[DATA_WEIGHTS], fate, held, train->count, err);
	if (code == 0)
		code = samples_part(train, fate, held, to, err);
	free(fate);
	return code;
}

int dataset_leave_out(struct dataset *set, const bool *lacks, const char *path, struct err *err)
{
	struct dataset *const to[FATES] = {[FATE_TRAIN] = set};
	size_t held[FATES] = {0};
	uint8_t *fate = memory_zeroed(set->count, 1, err);
	if (fate == NULL)
		return -1;
	for (size_t i = 0; i < set->count; i++) {
		fate[i] = lacks[i] ? FATE_LEFT_OUT : FATE_TRAIN;
		held[fate[i]]++;
	}
	int code = 0;
	set->left_out = held[FATE_LEFT_OUT];
	if (held[FATE_TRAIN] == 0)
		code = err_set(err, EX_DATAERR, "%s: a number is missing of each of the %zu samples: none is left", path,
		               set->count);
	else if (set->left_out > 0)
		code = samples_part(set, fate, held, to, err);
	free(fate);
	return code;
}
