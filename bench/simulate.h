/* Where SimGrid 3.32 would simulate something else than an MPI library does; included before every source. Its
 * MPI_Iallreduce sends from each rank to each other: here it is MPI_Allreduce, not hidden behind the large message. */
#include <mpi.h>

#define MPI_Iallreduce(from, to, count, type, op, comm, request) \
	(*(request) = MPI_REQUEST_NULL, MPI_Allreduce(from, to, count, type, op, comm))
