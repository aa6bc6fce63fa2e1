/* A sum over ranks that goes on while the caller computes. First each rank gets the sum of its own part of the numbers:
 * in the round of a dimension it sends the other ranks their parts of what it has, and adds up what they send of its
 * own. Then the ranks hand round these parts, in the same rounds backwards. Each sends less than twice the numbers,
 * however many ranks there are. Near ranks come first.
 *
 * MPI_Iallreduce does the same, but Open MPI sends all numbers in each round if it works in place (nbc_iallreduce.c of
 * its component libnbc: a binomial tree). */
#include "exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The number of ranks in the next dimension, where `ranks` are left: fours as long as there are any, then primes. More
 * at a time need fewer rounds, but more messages. */
static size_t radix_next(size_t ranks)
{
	if (ranks % 4 == 0)
		return 4;
	for (size_t prime = 2; prime <= EXCHANGE_RADIX; prime++)
		if (ranks % prime == 0)
			return prime;
	return 0;
}

bool exchange_can(size_t ranks)
{
	while (ranks > 1) {
		size_t radix = radix_next(ranks);
		if (radix == 0)
			return false;
		ranks /= radix;
	}
	return ranks == 1;
}

/* Part y of what this rank has before the round of dimension d. */
static void part_of(const struct exchange *e, size_t d, size_t y, size_t *first, size_t *some)
{
	size_t begin = e->some[d] * y / e->radix[d], end = e->some[d] * (y + 1) / e->radix[d];
	*first = e->first[d] + begin;
	*some = end - begin;
}

int exchange_open(struct exchange *out, struct comm *comm, MPI_Comm among, size_t count, size_t size, int tag,
                  MPI_Request *request, struct err *err)
{
	int rank, ranks;
	*out = (struct exchange){.comm = comm, .among = among, .count = count, .size = size, .tag = tag,
	                         .request = request};
	if (mpi_check(MPI_Comm_rank(among, &rank), "MPI_Comm_rank", err) != 0 ||
	    mpi_check(MPI_Comm_size(among, &ranks), "MPI_Comm_size", err) != 0)
		return -1;
	for (size_t i = 0; i < EXCHANGE_REQUESTS; i++)
		request[i] = MPI_REQUEST_NULL;
	out->some[0] = count;
	size_t stride = 1, most = 0;
	for (size_t left = (size_t)ranks; left > 1; left /= out->radix[out->dimensions++]) {
		size_t d = out->dimensions;
		assert(d < EXCHANGE_DIMENSIONS);
		out->radix[d] = radix_next(left);
		out->stride[d] = stride;
		out->digit[d] = (size_t)rank / stride % out->radix[d];
		part_of(out, d, out->digit[d], &out->first[d + 1], &out->some[d + 1]);
		stride *= out->radix[d];
		size_t come = (out->radix[d] - 1) * out->some[d + 1];
		most = most < come ? come : most;
	}
	out->got = memory_zeroed(most, size, err);
	return out->got != NULL ? 0 : -1;
}

void exchange_close(struct exchange *exchange)
{
	free(exchange->got);
	*exchange = (struct exchange){0};
}

/* The rank that differs from this one in the digit of dimension d alone, which is y there. */
static int peer(const struct exchange *e, size_t d, size_t y)
{
	int rank;
	MPI_Comm_rank(e->among, &rank);
	return rank + (int)(y * e->stride[d]) - (int)(e->digit[d] * e->stride[d]);
}

static int message_start(struct exchange *e, bool send, void *numbers, size_t count, int with, MPI_Request *request,
                         struct err *err)
{
	MPI_Datatype type = e->size == sizeof(int64_t) ? MPI_INT64_T : MPI_INT32_T;
	if (count == 0)
		return 0;
	int code = send ? MPI_Isend(numbers, (int)count, type, with, e->tag, e->among, request)
	                : MPI_Irecv(numbers, (int)count, type, with, e->tag, e->among, request);
	return comm_check(e->comm, code, send ? "MPI_Isend" : "MPI_Irecv", err);
}

/* Starts the messages of a round. In the first half what comes is to be added; in the second it goes to its place. */
static int round_start(struct exchange *e, struct err *err)
{
	bool adds = e->round < e->dimensions;
	size_t d = adds ? e->round : 2 * e->dimensions - 1 - e->round, first, some, n = 0;
	size_t own = e->first[d + 1], owns = e->some[d + 1];
	for (size_t i = 1; i < e->radix[d]; i++) { /* not all to the same rank at the same time */
		size_t y = (e->digit[d] + i) % e->radix[d];
		part_of(e, d, y, &first, &some);
		char *theirs = e->values + first * e->size, *mine = e->values + own * e->size;
		char *to = adds ? e->got + (i - 1) * owns * e->size : theirs;
		if (message_start(e, false, to, adds ? owns : some, peer(e, d, y), &e->request[n++], err) != 0 ||
		    message_start(e, true, adds ? theirs : mine, adds ? some : owns, peer(e, d, y), &e->request[n++], err) != 0)
			return -1;
	}
	return 0;
}

/* Unsigned: where a value did not fit, sums wrap around and are thrown away. */
static void numbers_add(size_t size, size_t count, char *to, const char *from)
{
	if (size == sizeof(uint64_t)) {
		uint64_t *restrict a = (uint64_t *)(void *)to;
		const uint64_t *restrict b = (const uint64_t *)(const void *)from;
		for (size_t i = 0; i < count; i++)
			a[i] += b[i];
	} else {
		uint32_t *restrict a = (uint32_t *)(void *)to;
		const uint32_t *restrict b = (const uint32_t *)(const void *)from;
		for (size_t i = 0; i < count; i++)
			a[i] += b[i];
	}
}

/* What has come in the round that has ended. */
static void round_end(struct exchange *e)
{
	size_t d = e->round++;
	if (d >= e->dimensions)
		return;
	for (size_t i = 0; i + 1 < e->radix[d]; i++)
		numbers_add(e->size, e->some[d + 1], e->values + e->first[d + 1] * e->size,
		            e->got + i * e->some[d + 1] * e->size);
}

int exchange_start(struct exchange *exchange, void *values, struct err *err)
{
	exchange->round = 0;
	exchange->values = values;
	return exchange->dimensions > 0 ? round_start(exchange, err) : 0;
}

int exchange_move(struct exchange *exchange, bool *ended, struct err *err)
{
	*ended = false;
	while (exchange->round < 2 * exchange->dimensions) {
		int came;
		int code = MPI_Testall(EXCHANGE_REQUESTS, exchange->request, &came, MPI_STATUSES_IGNORE);
		if (comm_check(exchange->comm, code, "MPI_Testall", err) != 0)
			return -1;
		if (!came)
			return 0;
		round_end(exchange);
		if (exchange->round < 2 * exchange->dimensions && round_start(exchange, err) != 0)
			return -1;
	}
	exchange->values = NULL;
	*ended = true;
	return 0;
}
