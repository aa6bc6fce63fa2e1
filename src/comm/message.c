/* MPI calls on counts of any size, with errors as texts. */
#include "comm.h"

#include <string.h>

enum {
	SHORT = 10000, /* bytes: what Open MPI's MPI_Allreduce takes for a short message */
	FEWEST = 4,    /* ranks */
};

int mpi_check(int code, const char *call, struct err *err)
{
	if (code == MPI_SUCCESS)
		return 0;
	char text[MPI_MAX_ERROR_STRING] = "unknown error";
	int length;
	MPI_Error_string(code, text, &length);
	for (char *c = text; *c != 0; c++)
		if (*c == '\n')
			*c = ' ';
	return err_set(err, EX_OSERR, "%s: %s", call, text);
}

int comm_check(struct comm *comm, int code, const char *call, struct err *err)
{
	comm_leave(comm);
	comm->failed = comm->failed || code != MPI_SUCCESS;
	return mpi_check(code, call, err);
}

/* MPI libraries add up a short message by sending all of it log₂(ranks) times, since waiting is what costs then. Where
 * many ranks of a node do so side by side, its network is what costs: a part is added up by each rank and handed round,
 * which sends next to twice the message, however many ranks there are. */
static bool goes_in_parts(const struct comm *comm, MPI_Comm among, size_t ranks, size_t size, size_t count)
{
	size_t beside = among == comm->near.across ? comm->near.slices : 1;
	return ranks >= FEWEST && ranks * size <= SHORT && count * size < SHORT && count * size * beside >= comm->crowd;
}

/* *call: the name of the last call. */
static int parts_sum(MPI_Comm among, MPI_Datatype type, size_t ranks, size_t size, size_t count, void *values,
                     const char **call)
{
	_Alignas(8) char whole[2 * SHORT], part[SHORT];
	size_t each = (count + ranks - 1) / ranks;
	memcpy(whole, values, count * size);
	memset(whole + count * size, 0, (each * ranks - count) * size);
	*call = "MPI_Reduce_scatter_block";
	int code = MPI_Reduce_scatter_block(whole, part, (int)each, type, MPI_SUM, among);
	if (code != MPI_SUCCESS)
		return code;
	*call = "MPI_Allgather";
	code = MPI_Allgather(part, (int)each, type, whole, (int)each, type, among);
	memcpy(values, whole, count * size);
	return code;
}

int message_sum(struct comm *comm, MPI_Comm among, MPI_Datatype type, size_t count, void *values, struct err *err)
{
	int size, ranks;
	if (mpi_check(MPI_Type_size(type, &size), "MPI_Type_size", err) != 0 ||
	    mpi_check(MPI_Comm_size(among, &ranks), "MPI_Comm_size", err) != 0)
		return -1;
	for (size_t done = 0, some; done < count; done += some) {
		some = count - done < comm->chunk ? count - done : comm->chunk;
		char *at = (char *)values + done * (size_t)size;
		bool parts = goes_in_parts(comm, among, (size_t)ranks, (size_t)size, some);
		const char *call = "MPI_Allreduce";
		comm_enter(comm);
		int code = parts ? parts_sum(among, type, (size_t)ranks, (size_t)size, some, at, &call)
		                 : MPI_Allreduce(MPI_IN_PLACE, at, (int)some, type, MPI_SUM, among);
		if (comm_check(comm, code, call, err) != 0)
			return -1;
	}
	return 0;
}

int message_max_start(struct comm *comm, MPI_Comm among, size_t count, uint32_t *values, MPI_Request *request,
                      struct err *err)
{
	int code = MPI_Iallreduce(MPI_IN_PLACE, values, (int)count, MPI_UINT32_T, MPI_MAX, among, request);
	return comm_check(comm, code, "MPI_Iallreduce", err);
}

int message_broadcast(struct comm *comm, size_t root, size_t count, void *bytes, struct err *err)
{
	for (size_t done = 0, part; done < count; done += part) {
		part = count - done < comm->chunk ? count - done : comm->chunk;
		comm_enter(comm);
		int code = MPI_Bcast((char *)bytes + done, (int)part, MPI_BYTE, (int)root, comm->all);
		if (comm_check(comm, code, "MPI_Bcast", err) != 0)
			return -1;
	}
	return 0;
}

int comm_sum(struct comm *comm, size_t count, int64_t *values, struct err *err)
{
	return message_sum(comm, comm->all, MPI_INT64_T, count, values, err);
}
