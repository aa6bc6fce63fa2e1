/* Where SimGrid 3.32 would simulate something else than an MPI library does; included before every source. Its
 * MPI_Iallreduce sends from each rank to each other: here it is MPI_Allreduce, not hidden behind the large message. Its
 * MPI_Comm_dup costs a message for each pair of ranks, and aligned memory is not shared among simulated ranks. */
#include <mpi.h>
#include <stdlib.h>

#define MPI_Iallreduce(from, to, count, type, op, comm, request) \
	(*(request) = MPI_REQUEST_NULL, MPI_Allreduce(from, to, count, type, op, comm))
#define MPI_Comm_dup(comm, copy) (*(copy) = (comm), MPI_SUCCESS)
#define MPI_Comm_free(comm) (*(comm) = MPI_COMM_NULL)
#define aligned_alloc(alignment, size) malloc(size)
