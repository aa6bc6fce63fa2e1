/* A sum over ranks that goes on while the caller computes. */
#ifndef CONVOY_COMM_EXCHANGE_H
#define CONVOY_COMM_EXCHANGE_H

#include "comm.h"

enum {
	EXCHANGE_RADIX = 31,      /* most ranks that exchange with each other in one round */
	EXCHANGE_DIMENSIONS = 16, /* most rounds of each half: 2^31 ranks, four at a time */
	EXCHANGE_REQUESTS = 2 * (EXCHANGE_RADIX - 1),
};

/* A rank's number among the ranks has a digit for each dimension. In the round of a dimension, ranks that differ in
 * this digit alone exchange messages. */
struct exchange {
	struct comm *comm;
	MPI_Comm among;
	size_t count, size; /* numbers, and the bytes of one: 8 or 4 */
	int tag;
	size_t dimensions, radix[EXCHANGE_DIMENSIONS], digit[EXCHANGE_DIMENSIONS], stride[EXCHANGE_DIMENSIONS];
	size_t first[EXCHANGE_DIMENSIONS + 1]; /* … of the numbers that are this rank's after so many rounds, … */
	size_t some[EXCHANGE_DIMENSIONS + 1];  /* … and how many */
	size_t round;                          /* 0 … 2 · dimensions; then it has ended */
	char *values;                          /* the caller's; NULL while no sum goes on */
	char *got;                             /* what comes in a round */
	MPI_Request *request;                  /* [EXCHANGE_REQUESTS], the caller's */
};

/* Returns whether so many ranks can exchange: no prime factor is above EXCHANGE_RADIX. Local. */
bool exchange_can(size_t ranks);

/* Plans sums of `count` ≤ INT_MAX numbers of `size` bytes over the ranks of `among`, for which exchange_can is true.
 * Plans that go on at the same time have tags of their own. Close it also after a failure. Local. */
int exchange_open(struct exchange *out, struct comm *comm, MPI_Comm among, size_t count, size_t size, int tag,
                  MPI_Request *request, struct err *err);
void exchange_close(struct exchange *exchange);

/* Starts to add up `values` [count], in place. Every rank starts it once. The caller must not touch them before
 * exchange_move has said that it has ended. Local: waits for no rank. */
int exchange_start(struct exchange *exchange, void *values, struct err *err);

/* Goes on as far as messages have come. *ended: whether all is added up. Local: waits for no rank. */
int exchange_move(struct exchange *exchange, bool *ended, struct err *err);

#endif
