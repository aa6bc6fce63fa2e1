/* MPI calls on counts of any size, with errors as texts. */
#include "inside.h"

#include <string.h>

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

int message_sum(struct comm *comm, MPI_Comm among, MPI_Datatype type, size_t count, void *values, struct err *err)
{
	int size;
	if (mpi_check(MPI_Type_size(type, &size), "MPI_Type_size", err) < 0)
		return -1;
	for (size_t done = 0, part; done < count; done += part) {
		part = count - done < comm->chunk ? count - done : comm->chunk;
		char *at = (char *)values + done * (size_t)size;
		comm_enter(comm);
		int code = MPI_Allreduce(MPI_IN_PLACE, at, (int)part, type, MPI_SUM, among);
		if (comm_check(comm, code, "MPI_Allreduce", err) < 0)
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

int message_share(struct comm *comm, size_t root, size_t count, void *bytes, struct err *err)
{
	for (size_t done = 0, part; done < count; done += part) {
		part = count - done < comm->chunk ? count - done : comm->chunk;
		comm_enter(comm);
		int code = MPI_Bcast((char *)bytes + done, (int)part, MPI_BYTE, (int)root, comm->all);
		if (comm_check(comm, code, "MPI_Bcast", err) < 0)
			return -1;
	}
	return 0;
}
