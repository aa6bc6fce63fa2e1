/* How many cores the ranks have, and whether threads, or other runs, share one. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "comm.h"

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

int affinity_read(int64_t process, struct affinity *out)
{
#ifdef __linux__
	return sched_getaffinity((pid_t)process, sizeof out->core, (cpu_set_t *)(void *)out->core);
#else
	(void)process, (void)out;
	return -1;
#endif
}

size_t affinity_count(const struct affinity *own)
{
	size_t count = 0;
	for (size_t w = 0; w < CORE_WORDS; w++)
		count += (size_t)__builtin_popcountll(own->core[w]);
	return count;
}

bool affinity_within(const struct affinity *inner, const struct affinity *outer)
{
	for (size_t w = 0; w < CORE_WORDS; w++)
		if ((inner->core[w] & ~outer->core[w]) != 0)
			return false;
	return true;
}

/* Threads that must run on cores of `own`. */
static size_t threads_within(const struct affinity *own, size_t ranks, const struct affinity *masks)
{
	size_t threads = 0;
	for (size_t r = 0; r < ranks; r++)
		threads += affinity_within(&masks[r], own) ? masks[r].threads : 0;
	return threads;
}

void cores_add(size_t ranks, const struct affinity *masks, struct cores *out)
{
	struct affinity all = {.threads = 0};
	bool known = true, crowded = false, beset = false;
	for (size_t r = 0; r < ranks; r++) {
		size_t own = affinity_count(&masks[r]), within = threads_within(&masks[r], ranks, masks);
		known = known && own > 0;
		crowded = crowded || within > own;
		beset = beset || (masks[r].others > 0 && within + masks[r].others > own);
		all.threads += masks[r].threads;
		for (size_t w = 0; w < CORE_WORDS; w++)
			all.core[w] |= masks[r].core[w];
	}
	size_t cores = affinity_count(&all);
	out->threads += all.threads;
	out->cores += all.threads < cores ? all.threads : cores;
	out->unknown += !known;
	out->crowded += known && (crowded || all.threads > cores);
	out->beset += known && beset;
}

/* Gives the first rank of each node the cores of its ranks, and what else runs on them. */
static int node_collect(struct comm *comm, size_t threads, struct affinity *masks, int64_t *processes, struct err *err)
{
	const struct group *node = &comm->near;
	struct affinity own = {.threads = threads};
	int64_t process = getpid();
	affinity_read(0, &own); /* without an answer: no cores */
	comm_enter(comm);
	int code = MPI_Allgather(&own, sizeof own, MPI_BYTE, masks, sizeof own, MPI_BYTE, node->inside);
	code = comm_check(comm, code, "MPI_Allgather", err);
	comm_enter(comm); /* of all ranks: CONVOY_NODE_RANKS may make several nodes of one */
	int also = MPI_Allgather(&process, 1, MPI_INT64_T, processes, 1, MPI_INT64_T, comm->all);
	code = comm_check(comm, also, "MPI_Allgather", err) != 0 ? -1 : code;
	if (node->rank == 0 && code == 0)
		others_add(node->ranks, masks, comm->ranks, processes);
	return code;
}

int comm_cores(struct comm *comm, size_t threads, struct cores *out, struct err *err)
{
	const struct group *node = &comm->near;
	struct affinity *masks = memory_zeroed(node->ranks, sizeof *masks, err);
	int64_t *processes = masks != NULL ? memory_zeroed(comm->ranks, sizeof *processes, err) : NULL;
	*out = (struct cores){.nodes = node->groups};
	int code = comm_agree(comm, processes != NULL ? 0 : -1, err);
	if (code != 0)
		goto free_all;
	code = node_collect(comm, threads, masks, processes, err);
	if (node->rank == 0 && code == 0)
		cores_add(node->ranks, masks, out);
	int64_t sums[] = {(int64_t)out->threads, (int64_t)out->cores, (int64_t)out->crowded, (int64_t)out->beset,
	                  (int64_t)out->unknown};
	if (comm_sum(comm, sizeof sums / sizeof *sums, sums, err) != 0)
		code = -1;
	out->threads = (size_t)sums[0];
	out->cores = (size_t)sums[1];
	out->crowded = (size_t)sums[2];
	out->beset = (size_t)sums[3];
	out->unknown = (size_t)sums[4];
free_all:
	free(processes);
	free(masks);
	return code;
}
