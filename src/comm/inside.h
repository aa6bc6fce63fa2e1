/* What comm's files share: the communicator, and MPI calls that speak `struct err`. The only file that names mpi.h. */
#ifndef CONVOY_COMM_INSIDE_H
#define CONVOY_COMM_INSIDE_H

#include "watch.h"

#include <mpi.h>

struct comm {
	MPI_Comm all; /* a duplicate of MPI_COMM_WORLD: no library's messages mix with ours */
	size_t rank, ranks;
	bool failed;  /* an MPI call between ranks has failed here: the others may wait for ever */
	size_t chunk; /* most elements of one MPI call, whose counts are int; tests make it small */

	struct slot *slot; /* what this rank shows the watchdogs of its node; `own` where nobody watches */
	struct slot own;
	struct watch *watch; /* NULL: none */
	bool watching;       /* its thread runs */
	MPI_Comm node;       /* the ranks of this node, and the memory they share */
	MPI_Win window;
};

/* 0 where an MPI call named `call` gave MPI_SUCCESS; otherwise −1 and MPI's own text, in one line (EX_OSERR). Local. */
int mpi_check(int code, const char *call, struct err *err);

/* The same of a call between the ranks; remembers a failure for comm_close. Local. */
int comm_check(struct comm *comm, int code, const char *call, struct err *err);

/* Around a call that waits for other ranks: within it this rank is not to blame for a stall. comm_check leaves.
 * Local. */
void comm_enter(struct comm *comm);
void comm_leave(struct comm *comm);

/* Frees what the ranks of a node share (collective), and then the watchdog (local), which watches until the end. */
void node_close(struct comm *comm);
void watch_destroy(struct comm *comm);

/* Adds `count` numbers over the ranks, in place, in as many calls as the count needs. Collective. */
int message_sum(struct comm *comm, MPI_Datatype type, size_t count, void *values, struct err *err);

/* Starts the maximum over the ranks, in place, of `count` ≤ INT_MAX numbers, which are to be left alone until `request`
 * has been waited for. Collective. */
int message_max_start(struct comm *comm, size_t count, uint32_t *values, MPI_Request *request, struct err *err);

/* Copies rank `root`'s bytes to all. Collective. */
int message_share(struct comm *comm, size_t root, size_t count, void *bytes, struct err *err);

/* The name and version out of MPI_Get_library_version's text: "Open MPI 4.1.4", "MPICH 4.0.2". Local. */
void library_trim(const char *raw, size_t bytes, char *text);

/* comm_same once every rank's digest is known: digests [ranks]. Local. */
int digests_compare(const char *what, size_t ranks, const struct digest *digests, int code, struct err *err);

#endif
