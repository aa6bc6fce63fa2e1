/* A sum that travels between nodes in pieces. Backward is done with the last layers first, and these often have most
 * parameters. So their sums are on their way while the layers below still compute.
 *
 * Piece 0 holds the last values, and so on; the last piece holds the first values and the counters. A rank of a node
 * adds up its slice of a piece once all ranks of the node have said that they add no more to it. Nobody waits for that
 * before sum_reduce. There is one piece, which sum_reduce sends as a whole, on one node, if a rank has several threads
 * (one alone would add up the lots of all), with form_float, and if the number of nodes has a large prime factor. */
#include "form.h"

#include <stdlib.h>

enum {
	TAG = 16, /* of piece 0 */
	REST = 4, /* what is left behind a piece is at most a fourth of what was left before */
};

static size_t whole_lines(size_t values)
{
	return (values + LANES - 1) / LANES * LANES;
}

/* Where a piece that ends at value `end` begins: at a tensor, so that it has three fourths of what is left as soon as
 * can be, or as much as can be. */
static size_t piece_begin(const struct sum *sum, size_t end)
{
	size_t least = end;
	for (size_t t = sum->tensors; t-- > 1;) {
		size_t at = whole_lines(sum->first[t]);
		if (at > 0 && at < least)
			least = at;
		if (at > 0 && at <= end / REST)
			return at;
	}
	return least;
}

void pieces_plan(struct sum *sum)
{
	const struct group *group = sum->group;
	size_t least = sum->comm->early / sum->form->size;
	bool may = sum->single && sum->form->early && group->groups > 1 && exchange_can(group->groups) &&
	           sum->values + sum->form->head <= sum->comm->chunk;
	sum->pieces = 1;
	sum->edge[0] = sum->values;
	while (may && sum->pieces < SUM_PIECES) {
		size_t end = sum->edge[sum->pieces - 1], begin = piece_begin(sum, end);
		if (begin >= end || end - begin < least)
			break;
		sum->edge[sum->pieces++] = begin;
	}
	sum->edge[sum->pieces] = 0;
}

/* Whether the counters travel with this rank's slice of piece k. */
static bool has_counters(const struct sum *sum, size_t k)
{
	return k == sum->pieces - 1 && sum->group->rank == 0;
}

int pieces_open(struct sum *sum, struct err *err)
{
	const struct group *group = sum->group;
	if (sum->pieces == 1 || group->rank >= group->slices)
		return 0;
	sum->exchange = memory_zeroed(sum->pieces, sizeof *sum->exchange, err);
	sum->request = memory_zeroed(sum->pieces, EXCHANGE_REQUESTS * sizeof *sum->request, err);
	int code = sum->exchange != NULL && sum->request != NULL ? 0 : -1;
	for (size_t k = 0; code == 0 && k < sum->pieces; k++) {
		size_t count = sum_slice(sum, k, group->rank).count + (has_counters(sum, k) ? sum->form->head : 0);
		code = exchange_open(&sum->exchange[k], sum->comm, group->across, count, sum->form->wire, TAG + (int)k,
		                     sum->request + k * EXCHANGE_REQUESTS, err);
	}
	return code;
}

void pieces_close(struct sum *sum)
{
	for (size_t k = 0; sum->exchange != NULL && k < sum->pieces; k++)
		exchange_close(&sum->exchange[k]);
	free(sum->exchange);
	free(sum->request);
}

/* Shows the ranks of the node how many pieces are ready here. */
static void ready_show(const struct sum *sum)
{
	atomic_store_explicit(sum_desk(sum, sum->group->rank).ready, sum->turn * SUM_PIECES + sum->ready,
	                      memory_order_release);
}

static bool node_ready(const struct sum *sum, size_t pieces)
{
	for (size_t r = 0; r < sum->group->ranks; r++)
		if (atomic_load_explicit(sum_desk(sum, r).ready, memory_order_acquire) < sum->turn * SUM_PIECES + pieces)
			return false;
	return true;
}

/* Sends off this rank's slice of the next piece, which is folded. */
static int piece_start(struct sum *sum, struct err *err)
{
	size_t k = sum->gone++;
	struct slice_range slice = sum_slice(sum, k, sum->group->rank);
	struct desk own = sum_desk(sum, sum->group->rank);
	void *values = sum_lot(sum, &own, 0).values;
	void *numbers = sum->form->pack(sum, values, slice.first, slice.count, has_counters(sum, k));
	return exchange_start(&sum->exchange[k], numbers, err);
}

/* Moves on what is on its way. *ended: whether all of that is added up. */
static int pieces_move(struct sum *sum, bool *ended, struct err *err)
{
	*ended = true;
	for (size_t k = 0; k < sum->gone; k++) {
		bool this;
		if (exchange_move(&sum->exchange[k], &this, err) != 0)
			return -1;
		*ended = *ended && this;
	}
	return 0;
}

void sum_done(struct sum *sum, size_t tensor)
{
	if (sum->pieces == 1 || sum->trouble.code != 0)
		return;
	struct desk own = sum_desk(sum, sum->group->rank);
	struct lot lot = sum_lot(sum, &own, 0);
	for (size_t t = tensor; t < sum->tensors; t++)
		sum_clear(sum, &lot, 0, t);
	while (sum->ready + 1 < sum->pieces && sum->first[tensor] <= sum->edge[sum->ready + 1])
		sum->ready++;
	ready_show(sum);
	if (sum->group->rank >= sum->group->slices)
		return;
	bool ended;
	int code = 0;
	while (code == 0 && sum->gone < sum->ready && node_ready(sum, sum->gone + 1)) {
		sum_fold(sum, sum->gone, 0);
		code = piece_start(sum, &sum->trouble);
	}
	if (code == 0)
		pieces_move(sum, &ended, &sum->trouble);
}

void pieces_done(struct sum *sum)
{
	if (sum->pieces == 1)
		return;
	sum->ready = sum->pieces - 1;
	ready_show(sum);
}

int pieces_exchange(struct sum *sum, struct err *err)
{
	while (sum->gone < sum->pieces)
		if (piece_start(sum, err) != 0)
			return -1;
	bool ended;
	int code = pieces_move(sum, &ended, err);
	while (code == 0 && !ended) {
		int index, requests = (int)sum->pieces * EXCHANGE_REQUESTS;
		comm_enter(sum->comm);
		code = MPI_Waitany(requests, sum->request, &index, MPI_STATUS_IGNORE);
		code = comm_check(sum->comm, code, "MPI_Waitany", err);
		if (code == 0)
			code = pieces_move(sum, &ended, err);
	}
	if (code != 0)
		return -1;
	struct desk own = sum_desk(sum, sum->group->rank);
	void *values = sum_lot(sum, &own, 0).values;
	for (size_t k = 0; k < sum->pieces; k++) {
		struct slice_range slice = sum_slice(sum, k, sum->group->rank);
		sum->form->unpack(sum, values, slice.first, slice.count, has_counters(sum, k));
	}
	return 0;
}
