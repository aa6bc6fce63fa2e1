/* What a rank shows the watchdogs of its node: its phase, its step, signs of progress, calls of MPI. */
#include "comm.h"

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
	if (comm->watchdog != NULL)
		atomic_store(&comm->watchdog->saved, true);
}
