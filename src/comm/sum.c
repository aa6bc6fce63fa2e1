/* The exact sum: its memory, and how blocks are added to it.
 *
 * With exponent E and B bits, a block's value g, |g| < 2^E, becomes q = rint(g · 2^(B−E)). Integers are added without
 * error. So the result does not depend on the order and grouping of blocks, and the sum S · 2^(E−B) over N blocks
 * differs from the exact one by at most N · 2^(E−B−1). A float whose lowest bit is ≥ 2^(E−B) is not rounded at all:
 * with B = 51 that is every float of at least 2^(E−28). sum_mean then rounds to double (only beyond 2^53), for the
 * quotient, to float.
 *
 * reduce.c adds up what threads and ranks have. */
#include "exponent.h"
#include "form.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	FEWEST_BITS = 12, /* below it the headroom leaves next to nothing of a gradient */
	LINE = 64,        /* bytes of a cache line */
};

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

/* Checks whether integers of this many blocks, and counters of this many ranks, can be added without overflow. */
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

/* Sets the places of the tensors; their sum, and the counters before it, must be countable. */
static int place_tensors(struct sum *sum, const size_t *counts, struct err *err)
{
	const size_t most = SIZE_MAX / 4 / sizeof(int64_t) / sum->lots - sum->form->head;
	for (size_t t = 0; t < sum->tensors; t++) {
		if (counts[t] > most - sum->first[t])
			return err_set(err, EX_OSERR, "a sum over %zu tensors is larger than the memory", sum->tensors);
		sum->first[t + 1] = sum->first[t] + counts[t];
	}
	sum->values = sum->first[sum->tensors];
	return 0;
}

/* ---- Places in the shared memory: each begins on a cache line of its own ------------------------------ */

static size_t lines(size_t count, size_t size)
{
	return (count * size + LINE - 1) / LINE * LINE;
}

struct slice_range sum_slice(const struct sum *sum, size_t k, size_t r)
{
	size_t from = sum->edge[k + 1], values = sum->edge[k] - from;
	size_t blocks = (values + LANES - 1) / LANES, slices = sum->group->slices;
	size_t first = blocks * r / slices * LANES, end = blocks * (r + 1) / slices * LANES;
	first = first < values ? first : values;
	end = end < values ? end : values;
	return (struct slice_range){from + first, end - first};
}

size_t sum_mean_place(const struct sum *sum, size_t k, size_t r)
{
	size_t bytes = 0;
	for (size_t before = 0; before < k; before++)
		bytes += lines(sum_slice(sum, before, r).count, sizeof(float));
	return bytes / sizeof(float);
}

static size_t mean_bytes(const struct sum *sum, size_t r)
{
	return r < sum->group->slices ? sum_mean_place(sum, sum->pieces, r) * sizeof(float) : 0;
}

struct desk sum_desk(const struct sum *sum, size_t r)
{
	char *at = shared_part(sum->shared, r);
	struct desk desk = {.lots = (uint64_t *)at};
	desk.ready = (_Atomic uint64_t *)(at += LINE);
	desk.counter = (uint64_t *)(at += LINE);
	desk.largest = (uint32_t *)(at += lines(SUM_COUNTERS, sizeof *desk.counter));
	desk.mean = (float *)(at += lines(sum->tensors, sizeof *desk.largest));
	desk.lot = at + mean_bytes(sum, r);
	return desk;
}

static size_t desk_bytes(const struct sum *sum)
{
	return 2 * LINE + lines(SUM_COUNTERS, sizeof(uint64_t)) + lines(sum->tensors, sizeof(uint32_t)) +
	       mean_bytes(sum, sum->group->rank) + sum->lots * sum->lot_bytes;
}

struct lot sum_lot(const struct sum *sum, const struct desk *desk, size_t i)
{
	char *at = desk->lot + i * sum->lot_bytes;
	struct lot lot = {.counter = (uint64_t *)at};
	lot.largest = (uint32_t *)(at += lines(SUM_COUNTERS, sizeof *lot.counter));
	lot.values = at + lines(sum->tensors, sizeof *lot.largest) + lines(sum->form->head, sum->form->size);
	return lot;
}

static size_t lot_bytes(const struct sum *sum)
{
	return lines(SUM_COUNTERS, sizeof(uint64_t)) + lines(sum->tensors, sizeof(uint32_t)) +
	       lines(sum->form->head, sum->form->size) + lines(sum->values, sum->form->size);
}

/* ------------------------------------------------------------------------------------------------------- */

/* All but the shared memory. */
static struct sum *create_own(struct comm *comm, enum sum_mode mode, size_t blocks, struct threads *threads,
                              size_t tensors, const size_t *counts, struct err *err)
{
	const struct form *form = form_of(mode);
	if (check_limits(form, mode, blocks, comm->ranks, err) != 0)
		return NULL;
	if (tensors > INT_MAX) {
		err_set(err, EX_CONFIG, "%zu tensors are more than the %d that one message holds", tensors, INT_MAX);
		return NULL;
	}
	struct sum *sum = memory_zeroed(1, sizeof *sum, err);
	if (sum == NULL)
		return NULL;
	*sum = (struct sum){.comm = comm, .form = form, .exact = mode != SUM_FLOAT, .bits = bits_per_block(mode, blocks),
	                    .threads = threads, .lots = threads_count(threads), .tensors = tensors};
	if ((sum->first = memory_zeroed(tensors + 1, sizeof *sum->first, err)) == NULL ||
	    (sum->used = memory_zeroed(tensors, sizeof *sum->used, err)) == NULL ||
	    (sum->exponent = memory_zeroed(tensors, sizeof *sum->exponent, err)) == NULL ||
	    (sum->begun = memory_zeroed(tensors, sum->lots * sizeof *sum->begun, err)) == NULL ||
	    place_tensors(sum, counts, err) != 0)
		goto fail;
	/* Needed between nodes only, and where no memory can be shared each rank is one. */
	if (mode == SUM_EXACT32 && comm->ranks > 1 &&
	    (sum->wire = memory_zeroed(sum->values + SUM_WIRE_HEAD, sizeof *sum->wire, err)) == NULL)
		goto fail;
	sum->lot_bytes = lot_bytes(sum);
	for (size_t t = 0; t < tensors; t++)
		sum->exponent[t] = SUM_EXPONENT_LOWEST;
	return sum;
fail:
	sum_destroy(sum);
	return NULL;
}

/* The desks, in memory shared by the ranks of a node, or where that cannot be had by none. */
static int create_shared(struct sum *sum, struct err *err)
{
	struct err trouble = {0};
	int64_t threads = sum->lots > 1;
	if (comm_sum(sum->comm, 1, &threads, err) != 0)
		return -1;
	sum->single = threads == 0;
	sum->group = &sum->comm->near;
	pieces_plan(sum);
	sum->shared = shared_create_in(sum->comm, sum->group, desk_bytes(sum), &trouble);
	if (sum->shared == NULL) {
		sum->group = &sum->comm->alone;
		pieces_plan(sum);
		sum->shared = shared_create_in(sum->comm, sum->group, desk_bytes(sum), err);
	}
	if (sum->shared == NULL || comm_agree(sum->comm, pieces_open(sum, err), err) != 0)
		return -1;
	*sum_desk(sum, sum->group->rank).lots = sum->lots;
	return shared_wait(sum->shared, err);
}

struct sum *sum_create(struct comm *comm, const struct kernels *kernels, enum sum_mode mode, size_t blocks,
                       struct threads *threads, size_t tensors, const size_t *counts, struct err *err)
{
	struct sum *sum = create_own(comm, mode, blocks, threads, tensors, counts, err);
	if (comm_agree(comm, sum != NULL ? 0 : -1, err) != 0 || create_shared(sum, err) != 0) {
		sum_destroy(sum);
		return NULL;
	}
	sum->kernels = kernels;
	sum_begin(sum);
	return sum;
}

void sum_destroy(struct sum *sum)
{
	if (sum == NULL)
		return;
	/* Where MPI has failed, messages may still be on their way from and to this memory. */
	if (!sum->comm->failed) {
		pieces_close(sum);
		free(sum->wire);
	}
	shared_destroy(sum->shared);
	free(sum->begun);
	free(sum->exponent);
	free(sum->used);
	free(sum->first);
	free(sum);
}

void sum_begin(struct sum *sum)
{
	struct desk desk = sum_desk(sum, sum->group->rank);
	for (size_t i = 0; i < sum->lots; i++) {
		struct lot lot = sum_lot(sum, &desk, i);
		memset(lot.counter, 0, SUM_COUNTERS * sizeof *lot.counter);
		memset(lot.largest, 0, sum->tensors * sizeof *lot.largest);
	}
	memset(sum->begun, 0, sum->lots * sum->tensors * sizeof *sum->begun);
	memcpy(sum->used, sum->exponent, sum->tensors * sizeof *sum->used);
	sum->ready = sum->gone = 0;
}

void sum_clear(struct sum *sum, const struct lot *lot, size_t thread, size_t t)
{
	size_t size = sum->form->size;
	if (!sum->begun[thread * sum->tensors + t])
		memset((char *)lot->values + sum->first[t] * size, 0, (sum->first[t + 1] - sum->first[t]) * size);
	sum->begun[thread * sum->tensors + t] = true;
}

void sum_add(struct sum *sum, size_t thread, size_t tensor, const float *g)
{
	struct desk desk = sum_desk(sum, sum->group->rank);
	struct lot lot = sum_lot(sum, &desk, thread);
	sum_clear(sum, &lot, thread, tensor);
	uint32_t largest = sum->form->add(sum, lot.values, tensor, g);
	if (lot.largest[tensor] < largest)
		lot.largest[tensor] = largest;
}

void sum_count(struct sum *sum, size_t thread, size_t i, int64_t value)
{
	struct desk desk = sum_desk(sum, sum->group->rank);
	sum_lot(sum, &desk, thread).counter[i] += (uint64_t)value;
}

void sum_mean(const struct sum *sum, size_t tensor, float *g)
{
	size_t at = sum->first[tensor], end = sum->first[tensor + 1];
	size_t slices = sum->group->slices;
	for (size_t n = 0; n < sum->pieces * slices && at < end; n++) { /* upwards: the last piece has the first values */
		size_t k = sum->pieces - 1 - n / slices, r = n % slices;
		struct slice_range slice = sum_slice(sum, k, r);
		if (at >= slice.first + slice.count)
			continue;
		size_t rest = slice.first + slice.count - at, some = end - at < rest ? end - at : rest;
		memcpy(g, sum_desk(sum, r).mean + sum_mean_place(sum, k, r) + (at - slice.first), some * sizeof *g);
		at += some;
		g += some;
	}
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
