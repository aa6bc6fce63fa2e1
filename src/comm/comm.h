/* What comm's files share: the communicator, and MPI calls with `struct err`. The only header that includes mpi.h. */
#ifndef CONVOY_COMM_COMM_H
#define CONVOY_COMM_COMM_H

#include "watchdog.h"

#include <mpi.h>

/* Ranks that share memory: the ranks of a node, or each rank alone. The first `slices` ranks of each group exchange
 * messages with the ranks of the same number in other groups. `slices` is the size of the smallest group. */
struct group {
	MPI_Comm inside, across; /* across is MPI_COMM_NULL on ranks that send no messages */
	size_t rank, ranks;      /* in the group */
	size_t slices, groups;
};

struct comm {
	MPI_Comm all; /* a duplicate, usually of MPI_COMM_WORLD: keeps messages of libraries apart */
	struct group near, alone;
	size_t rank, ranks;
	bool guest;   /* MPI and the communicator that `all` duplicates belong to the caller */
	bool failed;  /* an MPI call between ranks has failed here: others may wait for ever */
	size_t chunk; /* most elements of one MPI call, whose counts are int; tests make it small */
	size_t crowd; /* from so many bytes of a node on, short messages go in parts; tests make it small */
	size_t early; /* fewest bytes that travel before the rest of a sum; tests make it small */

	struct slot *slot; /* what this rank shows the watchdogs of its node; &own without a watchdog */
	struct slot own;
	struct watchdog *watchdog; /* NULL: none */
	bool watching;             /* its thread runs */
	struct shared *board;      /* the slots of the node's ranks */
};

/* Returns 0 if the MPI call named `call` gave MPI_SUCCESS. Otherwise EX_OSERR has MPI's own text in one line. Local. */
int mpi_check(int code, const char *call, struct err *err);

/* Does the same for a call between the ranks, and remembers a failure for comm_close. Local. */
int comm_check(struct comm *comm, int code, const char *call, struct err *err);

/* Mark the start and the end of a call that waits for other ranks. In between, a stall is not this rank's fault.
 * comm_check calls comm_leave. Local. */
void comm_enter(struct comm *comm);
void comm_leave(struct comm *comm);

/* Frees the node's board. The watchdog then watches this rank alone. Collective. */
void board_close(struct comm *comm);

/* Ends the watchdog's thread and frees it. Local. */
void watchdog_destroy(struct comm *comm);

/* The cores that a rank may run on, a bit each, and the number of its threads. */
enum { CORE_WORDS = 64 };
struct affinity {
	uint64_t core[CORE_WORDS];
	uint64_t threads;
	uint64_t others; /* processes of other runs that are bound to some of these cores */
};

/* Reads the cores of a process of this machine, 0 for this one. Returns −1 without an answer. Local. */
int affinity_read(int64_t process, struct affinity *out);

/* Return the number of cores, and whether all cores of `inner` are also those of `outer`. Local. */
size_t affinity_count(const struct affinity *own);
bool affinity_within(const struct affinity *inner, const struct affinity *outer);

/* Counts into masks[ranks].others the processes with this one's program and command that must run on cores of a rank
 * which is bound, but the `count` processes `own`. Finds nothing where /proc is missing or hidden. Local. */
void others_add(size_t ranks, struct affinity *masks, size_t count, const int64_t *own);

/* Adds a node of `ranks` ranks to *out, but does not change out->nodes. Local. */
void cores_add(size_t ranks, const struct affinity *masks, struct cores *out);

/* Finds out which ranks share a node. Collective. */
int groups_open(struct comm *comm, struct err *err);
void groups_close(struct comm *comm);

/* Does what shared_create does, in groups of another kind. Collective over all ranks. */
struct shared *shared_create_in(struct comm *comm, const struct group *group, size_t bytes, struct err *err);

/* Adds `count` numbers over the ranks of `among`, in place, in as many calls as the count needs. Collective. */
int message_sum(struct comm *comm, MPI_Comm among, MPI_Datatype type, size_t count, void *values, struct err *err);

/* Starts the maximum over the ranks of `among`, in place, of `count` ≤ INT_MAX numbers. The caller must not touch them
 * before it has waited for `request`. Collective. */
int message_max_start(struct comm *comm, MPI_Comm among, size_t count, uint32_t *values, MPI_Request *request,
                      struct err *err);

/* Copies rank `root`'s bytes to all ranks. Collective. */
int message_broadcast(struct comm *comm, size_t root, size_t count, void *bytes, struct err *err);

/* Writes the name and version from MPI_Get_library_version's text: "Open MPI 4.1.4", "MPICH 4.0.2". Local. */
void library_trim(const char *raw, size_t bytes, char *text);

/* Compares the digests [ranks] for comm_same. Local. */
int digests_compare(const char *what, size_t ranks, const struct digest *digests, int code, struct err *err);

#endif
