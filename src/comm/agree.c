/* Agreeing on a failure, sharing bytes, adding a few integers. */
#include "inside.h"

#include <stdlib.h>

int comm_agree(struct comm *comm, int code, struct err *err)
{
	/* One small collective where all is well; the text travels only after a failure. */
	int lowest = code < 0 ? (int)comm->rank : (int)comm->ranks;
	if (code < 0)
		err_set(err, EX_SOFTWARE, "rank %zu failed without saying why", comm->rank);
	comm_enter(comm);
	int done = MPI_Allreduce(MPI_IN_PLACE, &lowest, 1, MPI_INT, MPI_MIN, comm->all);
	if (comm_check(comm, done, "MPI_Allreduce", err) < 0)
		return -1;
	if (lowest == (int)comm->ranks)
		return 0;
	message_share(comm, (size_t)lowest, sizeof *err, err, err);
	return -1;
}

int comm_share(struct comm *comm, void *bytes, size_t count, struct err *err)
{
	return message_share(comm, 0, count, bytes, err);
}

int comm_share_bytes(struct comm *comm, uint8_t **bytes, size_t *count, struct err *err)
{
	bool owner = comm->rank == 0;
	uint64_t size = owner ? *count : 0;
	if (!owner)
		*bytes = NULL;

	int code = message_share(comm, 0, sizeof size, &size, err);
	if (code == 0 && !owner) {
		*count = size;
		*bytes = memory_zeroed(size, 1, err);
		code = *bytes == NULL ? -1 : 0;
	}
	code = comm_agree(comm, code, err);
	if (code == 0)
		code = message_share(comm, 0, size, *bytes, err);
	if (code < 0 && !owner) {
		free(*bytes);
		*bytes = NULL;
		*count = 0;
	}
	return code;
}

int comm_sum(struct comm *comm, size_t count, int64_t *values, struct err *err)
{
	return message_sum(comm, comm->all, MPI_INT64_T, count, values, err);
}
