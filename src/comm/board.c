/* The board of a node: a slot for each of its ranks in memory that they share; starting and ending its watchdog. */
#include "comm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A slot for each rank of the node, in memory that they share; where there is no room for that, each watches itself. */
static void board_open(struct comm *comm, size_t *peers, size_t *own, struct slot **slot)
{
	struct err unheard = {0};
	const struct group *node = &comm->near;
	comm->board = shared_create(comm, node->rank == 0 ? node->ranks * sizeof **slot : 0, &unheard);
	if (comm->board == NULL)
		return;
	*peers = node->ranks;
	*own = node->rank;
	*slot = shared_part(comm->board, 0);
}

/* Who is on other hosts: "waits for rank 2 on n2", "… the ranks on n2", "… ranks on other hosts". Collective. */
static int absent_name(struct comm *comm, size_t peers, const char *host, char text[ABSENT_BYTES], struct err *err)
{
	size_t others = comm->ranks - peers, last = 0, seen = 0;
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
	else if (seen > 0)
		snprintf(text, ABSENT_BYTES, "waits for the ranks on %.*s (stopped, dead or cut off)", HOST_BYTES - 1,
		         seen == others && one ? hosts + last * HOST_BYTES : "other hosts");
	free(hosts);
	return code;
}

int comm_watch(struct comm *comm, double seconds, void (*stalled)(const char *text, int code), struct err *err)
{
	size_t peers = 1, own = 0;
	struct slot *slot = &comm->own;
	struct watchdog *watch = memory_zeroed(1, sizeof *watch, err);
	if (comm_agree(comm, watch != NULL ? 0 : -1, err) != 0) {
		free(watch);
		return -1;
	}
	comm->watchdog = watch;
	watch->limit = seconds;
	watch->stalled = stalled;
	if (gethostname(watch->host, sizeof watch->host - 1) != 0)
		strcpy(watch->host, "?");
	if (comm->ranks > 1) {
		board_open(comm, &peers, &own, &slot);
		if (absent_name(comm, peers, watch->host, watch->absent, err) != 0)
			return -1;
	}
	comm->slot = slot + own;
	atomic_store(&comm->slot->rank, (uint32_t)comm->rank);
	int code = watchdog_prepare(watch, slot, peers, own, err);
	if (comm_agree(comm, code, err) != 0)
		return -1;
	comm->watching = watchdog_start(watch, err) == 0;
	return comm_agree(comm, comm->watching ? 0 : -1, err);
}

void board_close(struct comm *comm)
{
	struct err err = {0};
	if (comm->watchdog == NULL)
		return;
	comm_phase(comm, PHASE_CLOSE, atomic_load(&comm->slot->step));
	if (!comm->failed)
		comm_agree(comm, 0, &err);
	/* All have come so far: what is left to do is watched over by each rank for itself. */
	comm->own.rank = (uint32_t)comm->rank;
	comm->own.phase = (uint32_t)PHASE_CLOSE;
	comm->own.step = atomic_load(&comm->slot->step);
	comm->own.calls = 0;
	if (comm->watching)
		watchdog_alone(comm->watchdog, &comm->own);
	comm->slot = &comm->own;
	shared_destroy(comm->board);
	comm_enter(comm); /* MPI_Finalize waits for the others too */
}

void watchdog_destroy(struct comm *comm)
{
	if (comm->watchdog == NULL)
		return;
	if (comm->watching)
		watchdog_stop(comm->watchdog);
	watchdog_free(comm->watchdog);
	free(comm->watchdog);
}
