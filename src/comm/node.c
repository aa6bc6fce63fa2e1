/* Watching over a job: the slots that ranks of a node share, and what a rank shows in its own. */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void slot_move(struct slot *slot)
{
	atomic_fetch_add_explicit(&slot->moves, 1, memory_order_relaxed);
}

void comm_enter(struct comm *comm)
{
	atomic_fetch_add_explicit(&comm->slot->calls, 1, memory_order_relaxed);
	slot_move(comm->slot);
}

void comm_leave(struct comm *comm)
{
	uint64_t calls = atomic_load_explicit(&comm->slot->calls, memory_order_relaxed);
	if (calls % 2 == 1)
		atomic_store_explicit(&comm->slot->calls, calls + 1, memory_order_relaxed);
	slot_move(comm->slot);
}

void comm_phase(struct comm *comm, enum phase phase, uint64_t step)
{
	atomic_store_explicit(&comm->slot->step, step, memory_order_relaxed);
	atomic_store_explicit(&comm->slot->phase, (uint32_t)phase, memory_order_relaxed);
	slot_move(comm->slot);
}

void comm_progress(struct comm *comm)
{
	slot_move(comm->slot);
}

void comm_saved(struct comm *comm)
{
	if (comm->watch != NULL)
		atomic_store(&comm->watch->saved, true);
}

/* The memory that the node's ranks share, a slot each. MPI's own: it knows who is on the node, and cleans up. */
static int node_open(struct comm *comm, int *peers, int *own, struct slot **slot, struct err *err)
{
	MPI_Aint size = sizeof(struct slot);
	int unit, code = -1;
	struct slot *mine;
	if (mpi_check(MPI_Comm_split_type(comm->all, MPI_COMM_TYPE_SHARED, (int)comm->rank, MPI_INFO_NULL, &comm->node),
	              "MPI_Comm_split_type", err) == 0 &&
	    mpi_check(MPI_Comm_size(comm->node, peers), "MPI_Comm_size", err) == 0 &&
	    mpi_check(MPI_Comm_rank(comm->node, own), "MPI_Comm_rank", err) == 0 &&
	    mpi_check(MPI_Win_allocate_shared(size, 1, MPI_INFO_NULL, comm->node, &mine, &comm->window),
	              "MPI_Win_allocate_shared", err) == 0) {
		memset(mine, 0, sizeof *mine);
		code = mpi_check(MPI_Win_shared_query(comm->window, 0, &size, &unit, slot), "MPI_Win_shared_query", err);
	}
	return comm_agree(comm, code, err);
}

/* Who is not on this node: "waits for rank 2 on n2", "… the ranks on n2", "… ranks on other hosts". Collective. */
static int absent_name(struct comm *comm, int peers, const char *host, char text[ABSENT_BYTES], struct err *err)
{
	size_t others = comm->ranks - (size_t)peers, last = 0, seen = 0;
	char own[HOST_BYTES] = "", *hosts = memory_zeroed(comm->ranks, HOST_BYTES, err);
	if (comm_agree(comm, hosts != NULL ? 0 : -1, err) != 0) {
		free(hosts);
		return -1;
	}
	snprintf(own, sizeof own, "%s", host);
	int code = MPI_Allgather(own, HOST_BYTES, MPI_CHAR, hosts, HOST_BYTES, MPI_CHAR, comm->all);
	code = comm_check(comm, code, "MPI_Allgather", err);
	bool one = true;
	for (size_t r = 0; code == 0 && r < comm->ranks; r++) {
		const char *name = hosts + r * HOST_BYTES;
		if (strncmp(name, own, HOST_BYTES) == 0)
			continue;
		one = one && (seen++ == 0 || strncmp(name, hosts + last * HOST_BYTES, HOST_BYTES) == 0);
		last = r;
	}
	if (seen == 1 && others == 1)
		snprintf(text, ABSENT_BYTES, "waits for rank %zu on %.*s (stopped, dead or cut off)", last, HOST_BYTES - 1,
		         hosts + last * HOST_BYTES);
	else if (others > 0)
		snprintf(text, ABSENT_BYTES, "waits for the ranks on %.*s (stopped, dead or cut off)", HOST_BYTES - 1,
		         seen == others && one ? hosts + last * HOST_BYTES : "other hosts");
	free(hosts);
	return code;
}

int comm_watch(struct comm *comm, double seconds, void (*stalled)(const char *text, int code), struct err *err)
{
	int peers = 1, own = 0;
	struct slot *slot = &comm->own;
	struct watch *watch = memory_zeroed(1, sizeof *watch, err);
	if (comm_agree(comm, watch != NULL ? 0 : -1, err) != 0) {
		free(watch);
		return -1;
	}
	comm->watch = watch;
	watch->limit = seconds;
	watch->stalled = stalled;
	if (gethostname(watch->host, sizeof watch->host - 1) != 0)
		strcpy(watch->host, "?");
	if (comm->ranks > 1 && (node_open(comm, &peers, &own, &slot, err) != 0 ||
	                        absent_name(comm, peers, watch->host, watch->absent, err) != 0))
		return -1;
	comm->slot = slot + own;
	atomic_store(&comm->slot->rank, (uint32_t)comm->rank);
	int code = watch_prepare(watch, slot, (size_t)peers, (size_t)own, err);
	if (comm_agree(comm, code, err) != 0)
		return -1;
	comm->watching = watch_start(watch, err) == 0;
	return comm_agree(comm, comm->watching ? 0 : -1, err);
}

void node_close(struct comm *comm)
{
	struct err err = {0};
	if (comm->watch == NULL)
		return;
	comm_phase(comm, PHASE_CLOSE, atomic_load(&comm->slot->step));
	if (!comm->failed)
		comm_agree(comm, 0, &err);
	/* All have come so far: what is left to do is watched over by each rank for itself. */
	comm->own.rank = (uint32_t)comm->rank;
	comm->own.phase = (uint32_t)PHASE_CLOSE;
	comm->own.step = atomic_load(&comm->slot->step);
	comm->own.calls = 1;
	if (comm->watching)
		watch_alone(comm->watch, &comm->own);
	comm->slot = &comm->own;
	if (comm->failed)
		return;
	if (comm->window != MPI_WIN_NULL)
		MPI_Win_free(&comm->window);
	if (comm->node != MPI_COMM_NULL)
		MPI_Comm_free(&comm->node);
}

void watch_destroy(struct comm *comm)
{
	if (comm->watch == NULL)
		return;
	if (comm->watching)
		watch_stop(comm->watch);
	watch_free(comm->watch);
	free(comm->watch);
}
