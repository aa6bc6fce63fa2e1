/* The reduction of the exact sum: over the threads and ranks of a node in shared memory, then over the nodes by
 * messages.
 *
 * A second small message finds the largest |g| of each tensor. From it all ranks know whether all values were finite,
 * whether all values fitted, and the exponents for the next step. */
#include "exponent.h"
#include "form.h"

#include <string.h>

enum { PIECE = 1024 }; /* accumulators that stay in the first cache while all lots are added to them */

/* A thread's part of this rank's slice, in whole cache lines of every form. */
static struct slice_range thread_slice(const struct sum *sum, size_t thread)
{
	struct slice_range slice = sum_slice(sum, sum->group->rank);
	size_t blocks = (slice.count + LANES - 1) / LANES;
	size_t first = blocks * thread / sum->lots * LANES, end = blocks * (thread + 1) / sum->lots * LANES;
	first = first < slice.count ? first : slice.count;
	end = end < slice.count ? end : slice.count;
	return (struct slice_range){slice.first + first, end - first};
}

/* Adds `count` values of all lots of the node to those of this rank's first lot. */
static void piece_fold(const struct sum *sum, size_t first, size_t count)
{
	size_t size = sum->form->size;
	struct desk own = sum_desk(sum, sum->group->rank);
	char *to = (char *)sum_lot(sum, &own, 0).values + first * size;
	for (size_t r = 0; r < sum->group->ranks; r++) {
		struct desk desk = sum_desk(sum, r);
		for (size_t i = 0; i < *desk.lots; i++) {
			char *from = (char *)sum_lot(sum, &desk, i).values + first * size;
			if (from != to)
				sum->form->fold(count, to, from);
		}
	}
}

static void slice_fold(void *context, size_t thread)
{
	const struct sum *sum = context;
	struct slice_range slice = thread_slice(sum, thread);
	for (size_t done = 0; done < slice.count; done += PIECE)
		piece_fold(sum, slice.first + done, slice.count - done < PIECE ? slice.count - done : PIECE);
}

/* The means of the tensors, or parts of them, that lie in the slice. */
static void slice_mean(void *context, size_t thread)
{
	const struct sum *sum = context;
	struct slice_range slice = thread_slice(sum, thread);
	struct desk own = sum_desk(sum, sum->group->rank);
	const char *values = sum_lot(sum, &own, 0).values;
	float *mean = own.mean - sum_slice(sum, sum->group->rank).first;
	size_t end = slice.first + slice.count;
	for (size_t t = 0; t < sum->tensors; t++) {
		size_t from = sum->first[t] > slice.first ? sum->first[t] : slice.first;
		size_t to = sum->first[t + 1] < end ? sum->first[t + 1] : end;
		if (from < to)
			sum->form->mean(sum, t, to - from, values + from * sum->form->size, mean + from);
	}
}

/* What is small is added up on the first rank of a node. */
static void counters_fold(struct sum *sum)
{
	struct desk own = sum_desk(sum, 0);
	memset(sum->counter, 0, sizeof sum->counter);
	memset(own.largest, 0, sum->tensors * sizeof *own.largest);
	for (size_t r = 0; r < sum->group->ranks; r++) {
		struct desk desk = sum_desk(sum, r);
		for (size_t i = 0; i < *desk.lots; i++) {
			struct lot lot = sum_lot(sum, &desk, i);
			for (size_t c = 0; c < SUM_COUNTERS; c++)
				sum->counter[c] += lot.counter[c];
			for (size_t t = 0; t < sum->tensors; t++)
				own.largest[t] = own.largest[t] < lot.largest[t] ? lot.largest[t] : own.largest[t];
		}
	}
}

/* The messages between nodes. */
static int slice_exchange(struct sum *sum, struct err *err)
{
	bool first = sum->group->rank == 0;
	struct slice_range slice = sum_slice(sum, sum->group->rank);
	struct desk own = sum_desk(sum, sum->group->rank);
	void *values = sum_lot(sum, &own, 0).values;
	if (!first)
		return sum->form->exchange(sum, values, slice.first, slice.count, false, err);
	/* The small message goes first and is waited for last, so that it hides behind the large one. */
	MPI_Request request = MPI_REQUEST_NULL;
	MPI_Comm across = sum->group->across;
	int code = message_max_start(sum->comm, across, sum->tensors, own.largest, &request, err);
	if (code == 0)
		code = sum->form->exchange(sum, values, slice.first, slice.count, true, err);
	if (code != 0)
		return -1;
	comm_enter(sum->comm);
	return comm_check(sum->comm, MPI_Wait(&request, MPI_STATUS_IGNORE), "MPI_Wait", err);
}

/* What the largest values of all ranks say of this step; the same on every rank. */
static enum sum_result verdict(const struct sum *sum, const uint32_t *largest)
{
	enum sum_result result = SUM_DONE;
	for (size_t t = 0; t < sum->tensors; t++) {
		if (largest[t] >= FLOAT_INFINITE)
			return SUM_NOT_FINITE;
		if (sum->exact && exponent_of(largest[t]) > sum->used[t])
			result = SUM_REDO;
	}
	return result;
}

/* Accumulators that no block has touched. */
static void rest_clear(struct sum *sum)
{
	struct desk own = sum_desk(sum, sum->group->rank);
	for (size_t i = 0; i < sum->lots; i++) {
		struct lot lot = sum_lot(sum, &own, i);
		for (size_t t = 0; t < sum->tensors; t++)
			sum_clear(sum, &lot, i, t);
	}
}

enum sum_result sum_reduce(struct sum *sum, double divisor, struct err *err)
{
	struct desk desk = sum_desk(sum, 0);
	sum->divisor = divisor;
	rest_clear(sum);
	/* Where MPI fails, the others may never come again: no rank may wait for them then. */
	if (shared_wait(sum->shared, err) != 0)
		return SUM_FAILED;
	if (sum->group->rank == 0)
		counters_fold(sum);
	if (sum->group->rank < sum->group->slices) {
		threads_run(sum->threads, slice_fold, sum);
		if (sum->group->groups > 1 && slice_exchange(sum, err) != 0)
			return SUM_FAILED;
		threads_run(sum->threads, slice_mean, sum);
	}
	if (sum->group->rank == 0)
		memcpy(desk.counter, sum->counter, sizeof sum->counter);
	if (shared_wait(sum->shared, err) != 0)
		return SUM_FAILED;
	memcpy(sum->counter, desk.counter, sizeof sum->counter);

	enum sum_result result = verdict(sum, desk.largest);
	if (sum->exact && result != SUM_NOT_FINITE)
		for (size_t t = 0; t < sum->tensors; t++)
			sum->exponent[t] = exponent_next(sum->exponent[t], desk.largest[t]);
	return result;
}
