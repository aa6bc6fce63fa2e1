/* How many cores the ranks have, and whether threads share one. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "comm.h"

#include <sched.h>
#include <stdlib.h>

static struct affinity affinity_here(size_t threads)
{
	struct affinity own = {.threads = threads};
#ifdef __linux__
	sched_getaffinity(0, sizeof own.core, (cpu_set_t *)(void *)own.core); /* without an answer: no cores */
#endif
	return own;
}

static size_t cores_count(const struct affinity *own)
{
	size_t count = 0;
	for (size_t w = 0; w < CORE_WORDS; w++)
		count += (size_t)__builtin_popcountll(own->core[w]);
	return count;
}

static bool lies_within(const struct affinity *inner, const struct affinity *outer)
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
		threads += lies_within(&masks[r], own) ? masks[r].threads : 0;
	return threads;
}

void cores_add(size_t ranks, const struct affinity *masks, struct cores *out)
{
	struct affinity all = {.threads = 0};
	bool known = true, crowded = false;
	for (size_t r = 0; r < ranks; r++) {
		size_t own = cores_count(&masks[r]);
		known = known && own > 0;
		crowded = crowded || threads_within(&masks[r], ranks, masks) > own;
		all.threads += masks[r].threads;
		for (size_t w = 0; w < CORE_WORDS; w++)
			all.core[w] |= masks[r].core[w];
	}
	size_t cores = cores_count(&all);
	out->threads += all.threads;
	out->cores += all.threads < cores ? all.threads : cores;
	out->unknown += !known;
	out->crowded += known && (crowded || all.threads > cores);
}

int comm_cores(struct comm *comm, size_t threads, struct cores *out, struct err *err)
{
	const struct group *node = &comm->near;
	struct affinity own = affinity_here(threads), *masks = memory_zeroed(node->ranks, sizeof *masks, err);
	*out = (struct cores){.nodes = node->groups};
	if (comm_agree(comm, masks != NULL ? 0 : -1, err) != 0) {
		free(masks);
		return -1;
	}
	comm_enter(comm);
	int code = MPI_Allgather(&own, sizeof own, MPI_BYTE, masks, sizeof own, MPI_BYTE, node->inside);
	code = comm_check(comm, code, "MPI_Allgather", err);
	if (node->rank == 0 && code == 0)
		cores_add(node->ranks, masks, out);
	free(masks);
	int64_t sums[] = {(int64_t)out->threads, (int64_t)out->cores, (int64_t)out->crowded, (int64_t)out->unknown};
	if (comm_sum(comm, sizeof sums / sizeof *sums, sums, err) != 0 || code != 0)
		return -1;
	out->threads = (size_t)sums[0];
	out->cores = (size_t)sums[1];
	out->crowded = (size_t)sums[2];
	out->unknown = (size_t)sums[3];
	return 0;
}
