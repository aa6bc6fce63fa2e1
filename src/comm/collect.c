/* Bytes of all ranks to rank 0, in the order of the ranks. */
#include "comm.h"

#include <stdlib.h>

enum { PIECE = 1 << 16, TAG = 1 };
#define FAILED UINT64_MAX

/* On a rank but 0: the length, FAILED for a rank that has none to give, then pieces. */
static int bytes_send(struct comm *comm, int code, const uint8_t *bytes, size_t count, struct err *err)
{
	uint64_t length = code == 0 ? count : FAILED;
	count = code == 0 ? count : 0;
	comm_enter(comm);
	int done = MPI_Send(&length, 1, MPI_UINT64_T, 0, TAG, comm->all);
	if (comm_check(comm, done, "MPI_Send", err) != 0)
		return -1;
	for (size_t sent = 0, some; sent < count; sent += some) {
		some = count - sent < PIECE ? count - sent : PIECE;
		comm_enter(comm);
		done = MPI_Send(bytes + sent, (int)some, MPI_BYTE, 0, TAG, comm->all);
		if (comm_check(comm, done, "MPI_Send", err) != 0)
			return -1;
	}
	return 0;
}

/* Memory for what arrives. Without it, the pieces arrive one over the other. */
struct arrival {
	uint8_t *bytes;
	size_t room;
	uint8_t spare[PIECE];
};

/* On rank 0. *lost: there was no memory for it. */
static int bytes_receive(struct comm *comm, size_t from, struct arrival *a, size_t *count, bool *lost, struct err *err)
{
	uint64_t length;
	struct err none = {0};
	comm_enter(comm);
	int done = MPI_Recv(&length, 1, MPI_UINT64_T, (int)from, TAG, comm->all, MPI_STATUS_IGNORE);
	if (comm_check(comm, done, "MPI_Recv", err) != 0)
		return -1;
	*count = length;
	if (length == FAILED)
		return 0;
	if (length > a->room) {
		free(a->bytes);
		a->bytes = memory_zeroed(length, 1, &none);
		a->room = a->bytes != NULL ? length : 0;
	}
	*lost = length > a->room;
	for (size_t got = 0, some; got < length; got += some) {
		some = length - got < PIECE ? length - got : PIECE;
		comm_enter(comm);
		done = MPI_Recv(*lost ? a->spare : a->bytes + got, (int)some, MPI_BYTE, (int)from, TAG, comm->all,
		                MPI_STATUS_IGNORE);
		if (comm_check(comm, done, "MPI_Recv", err) != 0)
			return -1;
	}
	return 0;
}

int comm_collect(struct comm *comm, int code, const uint8_t *bytes, size_t count,
                 int (*take)(void *context, size_t rank, const uint8_t *bytes, size_t count, struct err *err),
                 void *context, struct err *err)
{
	if (comm->rank > 0)
		return comm_agree(comm, bytes_send(comm, code, bytes, count, err) != 0 ? -1 : code, err);
	struct arrival arrival = {.room = 0};
	bool taking = code == 0; /* no rank has failed yet */
	if (taking)
		code = take(context, 0, bytes, count, err);
	for (size_t r = 1; r < comm->ranks && !comm->failed; r++) {
		bool lost = false;
		size_t length = 0;
		if (bytes_receive(comm, r, &arrival, &length, &lost, err) != 0)
			code = -1;
		else if (length == FAILED)
			taking = false;
		else if (lost)
			code = err_memory(err, length);
		else if (code == 0 && taking)
			code = take(context, r, arrival.bytes, length, err);
	}
	free(arrival.bytes);
	return comm_agree(comm, code, err);
}
