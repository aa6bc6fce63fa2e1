/* The exact sum: a step's life, the verdict, the exponents.
 *
 * With exponent E and B bits, a block's value g, |g| < 2^E, becomes q = rint(g · 2^(B−E)). Integers are added without
 * error, so the order and the grouping of blocks leave no trace, and the sum S · 2^(E−B) over N blocks differs from the
 * exact one by at most N · 2^(E−B−1). A float whose lowest bit is ≥ 2^(E−B) is not rounded at all: with B = 51 every
 * float down to 28 octaves below 2^E. sum_mean then rounds to double (only beyond 2^53), for the quotient, to float.
 *
 * The largest |g| of each tensor goes round beside the message. It tells every rank the same: whether all was
 * finite, whether all fitted, and the exponents for the next step. */
#include "exponent.h"
#include "form.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { FEWEST_BITS = 12 }; /* below it the headroom leaves next to nothing of a gradient */

static const struct form *form_of(enum sum_mode mode)
{
	switch (mode) {
	case SUM_EXACT32:
		return &form_exact32;
	case SUM_FLOAT:
		return &form_float;
	case SUM_EXACT:
		break;
	}
	return &form_exact;
}

/* Whether integers of this many blocks, and counters of this many ranks, can be added without overflow. */
static int check_limits(const struct form *form, enum sum_mode mode, size_t blocks, size_t ranks, struct err *err)
{
	int bits = bits_per_block(mode, blocks);
	if (mode != SUM_FLOAT && bits < FEWEST_BITS)
		return err_set(err, EX_CONFIG, "%zu blocks of samples leave %d bits to each in the exact sum; "
		               "%d are needed", blocks, bits, FEWEST_BITS);
	if (ranks > form->ranks)
		return err_set(err, EX_CONFIG, "%zu ranks are more than the %zu that this form of the sum can count",
		               ranks, form->ranks);
	return 0;
}

/* Sets the places of the tensors; their sum, and the counters behind it, must be countable. */
static int place_tensors(struct sum *sum, const size_t *counts, struct err *err)
{
	for (size_t t = 0; t < sum->tensors; t++) {
		if (counts[t] > SIZE_MAX - SUM_COUNTERS * sum->form->limbs - sum->first[t])
			return err_set(err, EX_OSERR, "a sum over %zu tensors is larger than the memory", sum->tensors);
		sum->first[t + 1] = sum->first[t] + counts[t];
	}
	sum->values = sum->first[sum->tensors];
	return 0;
}

/* The message, and the accumulators beside it where the message is not made of them. */
static int create_message(struct sum *sum, enum sum_mode mode, struct err *err)
{
	sum->wire = memory_zeroed(sum->values + SUM_COUNTERS * sum->form->limbs, sum->form->size, err);
	if (sum->wire == NULL)
		return -1;
	if (mode == SUM_EXACT)
		sum->integers = sum->wire;
	if (mode == SUM_EXACT32)
		sum->integers = memory_zeroed(sum->values, sizeof *sum->integers, err);
	return mode != SUM_FLOAT && sum->integers == NULL ? -1 : 0;
}

struct sum *sum_create(struct comm *comm, const struct kernels *kernels, enum sum_mode mode, size_t blocks,
                       size_t tensors, const size_t *counts, struct err *err)
{
	const struct form *form = form_of(mode);
	if (check_limits(form, mode, blocks, comm->ranks, err) < 0)
		return NULL;
	if (tensors > INT_MAX) {
		err_set(err, EX_CONFIG, "%zu tensors are more than the %d that one message holds", tensors, INT_MAX);
		return NULL;
	}
	struct sum *sum = memory_zeroed(1, sizeof *sum, err);
	if (sum == NULL)
		return NULL;
	sum->comm = comm;
	sum->kernels = kernels;
	sum->form = form;
	sum->exact = mode != SUM_FLOAT;
	sum->bits = bits_per_block(mode, blocks);
	sum->tensors = tensors;
	if ((sum->first = memory_zeroed(tensors + 1, sizeof *sum->first, err)) == NULL ||
	    (sum->used = memory_zeroed(tensors, sizeof *sum->used, err)) == NULL ||
	    (sum->exponent = memory_zeroed(tensors, sizeof *sum->exponent, err)) == NULL ||
	    (sum->largest = memory_zeroed(tensors, sizeof *sum->largest, err)) == NULL ||
	    place_tensors(sum, counts, err) < 0 || create_message(sum, mode, err) < 0) {
		sum_destroy(sum);
		return NULL;
	}
	for (size_t t = 0; t < tensors; t++)
		sum->exponent[t] = SUM_EXPONENT_LOWEST;
	sum_begin(sum);
	return sum;
}

void sum_destroy(struct sum *sum)
{
	if (sum == NULL)
		return;
	if (sum->integers != sum->wire)
		free(sum->integers);
	free(sum->wire);
	free(sum->largest);
	free(sum->exponent);
	free(sum->used);
	free(sum->first);
	free(sum);
}

void sum_begin(struct sum *sum)
{
	memset(sum->wire, 0, sum->values * sum->form->size);
	if (sum->integers != NULL)
		memset(sum->integers, 0, sum->values * sizeof *sum->integers);
	memset(sum->counter, 0, sizeof sum->counter);
	memset(sum->largest, 0, sum->tensors * sizeof *sum->largest);
	memcpy(sum->used, sum->exponent, sum->tensors * sizeof *sum->used);
}

void sum_add(struct sum *sum, size_t tensor, const float *g)
{
	uint32_t largest = sum->form->add(sum, tensor, g);
	if (sum->largest[tensor] < largest)
		sum->largest[tensor] = largest;
}

void sum_count(struct sum *sum, size_t i, int64_t value)
{
	sum->counter[i] += (uint64_t)value;
}

/* What the largest values of all ranks say of this step; the same on every rank. */
static enum sum_result verdict(const struct sum *sum)
{
	enum sum_result result = SUM_DONE;
	for (size_t t = 0; t < sum->tensors; t++) {
		if (sum->largest[t] >= FLOAT_INFINITE)
			return SUM_NOT_FINITE;
		if (sum->exact && exponent_of(sum->largest[t]) > sum->used[t])
			result = SUM_REDO;
	}
	return result;
}

enum sum_result sum_reduce(struct sum *sum, struct err *err)
{
	/* The small message goes first and is waited for last, so that it hides behind the large one. */
	MPI_Request request = MPI_REQUEST_NULL;
	int code = message_max_start(sum->comm, sum->tensors, sum->largest, &request, err);
	if (code == 0)
		code = sum->form->exchange(sum, err);
	comm_enter(sum->comm);
	if (comm_check(sum->comm, MPI_Wait(&request, MPI_STATUS_IGNORE), "MPI_Wait", err) < 0 || code < 0)
		return SUM_FAILED;

	enum sum_result result = verdict(sum);
	if (sum->exact && result != SUM_NOT_FINITE)
		for (size_t t = 0; t < sum->tensors; t++)
			sum->exponent[t] = exponent_next(sum->exponent[t], sum->largest[t]);
	return result;
}

void sum_mean(const struct sum *sum, size_t tensor, uint64_t count, float *g)
{
	sum->form->mean(sum, tensor, (double)count, g);
}

int64_t sum_counter(const struct sum *sum, size_t i)
{
	return (int64_t)sum->counter[i];
}

const int32_t *sum_exponents(const struct sum *sum)
{
	return sum->exponent;
}

void sum_set_exponents(struct sum *sum, const int32_t *exponents)
{
	for (size_t t = 0; t < sum->tensors; t++)
		sum->exponent[t] = exponent_clamp(exponents[t]);
}
