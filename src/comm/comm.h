/* What comm's files share: the communicator, and MPI calls that speak `struct err`. The only file that names mpi.h. */
#ifndef CONVOY_COMM_PRIVATE_H
#define CONVOY_COMM_PRIVATE_H

#include "watchdog.h"

#include <mpi.h>

/* Ranks that share memory: those of a node, or each one alone. In every group the first `slices` ranks, as many as the
 * smallest group has, speak for it: each with those of its number in the other groups. */
struct group {
	MPI_Comm inside, across; /* across is MPI_COMM_NULL on ranks that do not speak */
	size_t rank, ranks;      /* in the group */
	size_t slices, groups;
};

struct comm {
	MPI_Comm all; /* a duplicate, of MPI_COMM_WORLD as a rule: no library's messages mix with ours */
	struct group near, alone;
	size_t rank, ranks;
	bool guest;   /* MPI and the communicator that `all` is a copy of are the caller's: they outlive us */
	bool failed;  /* an MPI call between ranks has failed here: the others may wait for ever */
	size_t chunk; /* most elements of one MPI call, whose counts are int; tests make it small */
	size_t crowd; /* bytes that a node sums at once from which on short messages go in parts; likewise */

	struct slot *slot; /* what this rank shows the watchdogs of its node; `own` where nobody watches */
	struct slot own;
	struct watchdog *watchdog; /* NULL: none */
	bool watching;             /* its thread runs */
	struct shared *board;      /* the slots of the node's ranks */
};

/* 0 where an MPI call named `call` gave MPI_SUCCESS; otherwise −1 and MPI's own text, in one line (EX_OSERR). Local. */
int mpi_check(int code, const char *call, struct err *err);

/* The same of a call between the ranks; remembers a failure for comm_close. Local. */
int comm_check(struct comm *comm, int code, const char *call, struct err *err);

/* Mark the begin and the end of a call that waits for other ranks: between them this rank is not to blame for a stall.
 * comm_check calls comm_leave. Local. */
void comm_enter(struct comm *comm);
void comm_leave(struct comm *comm);

/* Takes this rank off the node's board and frees that; the watchdog goes on with this rank alone. Collective. */
void board_close(struct comm *comm);

/* Ends the watchdog's thread and frees it. Local. */
void watchdog_destroy(struct comm *comm);

/* The cores that a rank may run on, a bit each, and the number of its threads. */
enum { CORE_WORDS = 64 };
struct affinity {
	uint64_t core[CORE_WORDS];
	uint64_t threads;
};

/* Adds a node of `ranks` ranks to *out, whose count of nodes is left alone. Local. */
void cores_add(size_t ranks, const struct affinity *masks, struct cores *out);

/* Finds out which ranks share a node. Collective. */
int groups_open(struct comm *comm, struct err *err);
void groups_close(struct comm *comm);

/* Does what shared_create does, in groups of another kind. Collective over all ranks. */
struct shared *shared_create_in(struct comm *comm, const struct group *group, size_t bytes, struct err *err);

/* Adds `count` numbers over the ranks of `among`, in place, in as many calls as the count needs. Collective. */
int message_sum(struct comm *comm, MPI_Comm among, MPI_Datatype type, size_t count, void *values, struct err *err);

/* Starts the maximum over the ranks of `among`, in place, of `count` ≤ INT_MAX numbers, which are to be left alone
 * until `request` has been waited for. Collective. */
int message_max_start(struct comm *comm, MPI_Comm among, size_t count, uint32_t *values, MPI_Request *request,
                      struct err *err);

/* Copies rank `root`'s bytes to all. Collective. */
int message_broadcast(struct comm *comm, size_t root, size_t count, void *bytes, struct err *err);

/* The name and version out of MPI_Get_library_version's text: "Open MPI 4.1.4", "MPICH 4.0.2". Local. */
void library_trim(const char *raw, size_t bytes, char *text);

/* comm_same once every rank's digest is known: digests [ranks]. Local. */
int digests_compare(const char *what, size_t ranks, const struct digest *digests, int code, struct err *err);

#endif
