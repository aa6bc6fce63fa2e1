/* The agreement on a failure that ends a piece of work. */
#include "comm.h"

int comm_agree(struct comm *comm, int code, struct err *err)
{
	/* One small collective where all is well; the text travels only after a failure. */
	int lowest = code != 0 ? (int)comm->rank : (int)comm->ranks;
	if (code != 0)
		err_set(err, EX_SOFTWARE, "rank %zu failed without saying why", comm->rank);
	comm_enter(comm);
	int done = MPI_Allreduce(MPI_IN_PLACE, &lowest, 1, MPI_INT, MPI_MIN, comm->all);
	if (comm_check(comm, done, "MPI_Allreduce", err) != 0)
		return -1;
	if (lowest == (int)comm->ranks)
		return 0;
	message_broadcast(comm, (size_t)lowest, sizeof *err, err, err);
	return -1;
}
