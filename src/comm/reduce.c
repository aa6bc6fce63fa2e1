/* The reduction of the exact sum: over the threads and ranks of a node in shared memory, then over the nodes by
 * messages.
 *
 * A second small message finds the largest |g| of each tensor. From it all ranks know whether all values were finite,
 * whether all values fitted, and the exponents for the next step. */
#include "exponent.h"
#include "form.h"

#include <string.h>

enum { CACHED = 1024 }; /* accumulators that stay in the first cache while all lots are added to them */

/* A thread's part of this rank's slice of a piece, in whole cache lines of every form. */
static struct slice_range thread_slice(const struct sum *sum, size_t k, size_t thread)
{
	struct slice_range slice = sum_slice(sum, k, sum->group->rank);
	size_t blocks = (slice.count + LANES - 1) / LANES;
	size_t first = blocks * thread / sum->lots * LANES, end = blocks * (thread + 1) / sum->lots * LANES;
	first = first < slice.count ? first : slice.count;
	end = end < slice.count ? end : slice.count;
	return (struct slice_range){slice.first + first, end - first};
}

/* Adds `count` values of all lots of the node to those of this rank's first lot. */
static void values_fold(const struct sum *sum, size_t first, size_t count)
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

void sum_fold(const struct sum *sum, size_t k, size_t thread)
{
	struct slice_range slice = thread_slice(sum, k, thread);
	for (size_t done = 0; done < slice.count; done += CACHED)
		values_fold(sum, slice.first + done, slice.count - done < CACHED ? slice.count - done : CACHED);
}

/* Of the pieces that are not on their way yet. */
static void slices_fold(void *context, size_t thread)
{
	const struct sum *sum = context;
	for (size_t k = sum->gone; k < sum->pieces; k++)
		sum_fold(sum, k, thread);
}

/* The means of the tensors, or parts of them, that lie in the slice of a piece. */
static void slice_mean(const struct sum *sum, size_t k, size_t thread)
{
	struct slice_range slice = thread_slice(sum, k, thread);
	size_t rank = sum->group->rank, place = sum_mean_place(sum, k, rank), begin = sum_slice(sum, k, rank).first;
	struct desk own = sum_desk(sum, rank);
	const char *values = sum_lot(sum, &own, 0).values;
	size_t end = slice.first + slice.count;
	for (size_t t = 0; t < sum->tensors; t++) {
		size_t from = sum->first[t] > slice.first ? sum->first[t] : slice.first;
		size_t to = sum->first[t + 1] < end ? sum->first[t + 1] : end;
		if (from < to)
			sum->form->mean(sum, t, to - from, values + from * sum->form->size,
			                own.mean + place + (from - begin));
	}
}

static void slices_mean(void *context, size_t thread)
{
	const struct sum *sum = context;
	for (size_t k = 0; k < sum->pieces; k++)
		slice_mean(sum, k, thread);
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

/* The slice of a sum that travels as a whole. */
static int slice_exchange(struct sum *sum, struct err *err)
{
	const struct form *form = sum->form;
	bool first = sum->group->rank == 0;
	struct slice_range slice = sum_slice(sum, 0, sum->group->rank);
	struct desk own = sum_desk(sum, sum->group->rank);
	void *values = sum_lot(sum, &own, 0).values, *numbers = form->pack(sum, values, slice.first, slice.count, first);
	MPI_Datatype type = form == &form_float ? MPI_FLOAT : form->wire == sizeof(int32_t) ? MPI_INT32_T : MPI_INT64_T;
	size_t count = slice.count + (first ? form->head : 0);
	if (message_sum(sum->comm, sum->group->across, type, count, numbers, err) != 0)
		return -1;
	form->unpack(sum, values, slice.first, slice.count, first);
	return 0;
}

/* The messages between nodes. */
static int nodes_exchange(struct sum *sum, struct err *err)
{
	int (*exchange)(struct sum *, struct err *) = sum->pieces > 1 ? pieces_exchange : slice_exchange;
	struct desk own = sum_desk(sum, sum->group->rank);
	if (sum->group->rank != 0)
		return exchange(sum, err);
	/* The small message goes first and is waited for last, so that it hides behind the large one. */
	MPI_Request request = MPI_REQUEST_NULL;
	MPI_Comm across = sum->group->across;
	int code = message_max_start(sum->comm, across, sum->tensors, own.largest, &request, err);
	if (code != 0 || exchange(sum, err) != 0)
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
	if (sum->trouble.code != 0) {
		err_set(err, sum->trouble.code, "%s", sum->trouble.text);
		return SUM_FAILED;
	}
	rest_clear(sum);
	pieces_done(sum);
	/* Where MPI fails, the others may never come again: no rank may wait for them then. */
	if (shared_wait(sum->shared, err) != 0)
		return SUM_FAILED;
	if (sum->group->rank == 0)
		counters_fold(sum);
	if (sum->group->rank < sum->group->slices) {
		threads_run(sum->threads, slices_fold, sum);
		if (sum->group->groups > 1 && nodes_exchange(sum, err) != 0)
			return SUM_FAILED;
		threads_run(sum->threads, slices_mean, sum);
	}
	if (sum->group->rank == 0)
		memcpy(desk.counter, sum->counter, sizeof sum->counter);
	if (shared_wait(sum->shared, err) != 0)
		return SUM_FAILED;
	memcpy(sum->counter, desk.counter, sizeof sum->counter);
	sum->turn++;

	enum sum_result result = verdict(sum, desk.largest);
	if (sum->exact && result != SUM_NOT_FINITE)
		for (size_t t = 0; t < sum->tensors; t++)
			sum->exponent[t] = exponent_next(sum->exponent[t], desk.largest[t]);
	return result;
}
