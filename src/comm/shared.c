/* Memory that the ranks of a node share: an MPI window. */
#include "comm.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

enum {
	ALIGNMENT = 64,     /* a cache line */
	PAGES = 256 * 1024, /* what MPI may add to a part */
};

struct shared {
	struct comm *comm;
	const struct group *group;
	MPI_Win window;    /* MPI_WIN_NULL where one rank has all to itself */
	void *own;         /* its memory then */
	void **part;       /* [group->ranks] */
};

/* Checks whether the system has room for all parts of a node. MPI libraries keep them in files there, and some leave
 * other ranks waiting when one cannot be made. Collective in the group. */
static int room_check(struct shared *shared, size_t bytes, struct err *err)
{
	int64_t needed = (int64_t)bytes + PAGES;
	if (message_sum(shared->comm, shared->group->inside, MPI_INT64_T, 1, &needed, err) != 0)
		return -1;
	struct statvfs files;
	if (statvfs("/dev/shm", &files) != 0 || files.f_bavail > (uint64_t)needed / files.f_frsize)
		return 0;
	return err_set(err, EX_OSERR, "/dev/shm: no room for %lld bytes that the ranks of a node share", (long long)needed);
}

/* Every part begins on a page of its own, so that it lies in the memory beside the core that first writes to it. */
static int window_open(struct shared *shared, size_t bytes, struct err *err)
{
	MPI_Info info;
	void *base;
	if (mpi_check(MPI_Info_create(&info), "MPI_Info_create", err) != 0)
		return -1;
	MPI_Info_set(info, "alloc_shared_noncontig", "true");
	comm_enter(shared->comm);
	int code = MPI_Win_allocate_shared((MPI_Aint)(bytes + ALIGNMENT), 1, info, shared->group->inside, &base,
	                                   &shared->window);
	comm_leave(shared->comm);
	MPI_Info_free(&info);
	if (mpi_check(code, "MPI_Win_allocate_shared", err) != 0) {
		shared->window = MPI_WIN_NULL;
		return -1;
	}
	MPI_Win_set_errhandler(shared->window, MPI_ERRORS_RETURN);
	return mpi_check(MPI_Win_lock_all(MPI_MODE_NOCHECK, shared->window), "MPI_Win_lock_all", err);
}

/* Where the parts are. A page begins at the same place of a line in every process. */
static int parts_find(struct shared *shared, struct err *err)
{
	for (size_t r = 0; r < shared->group->ranks; r++) {
		MPI_Aint size;
		int unit;
		char *base;
		int code = MPI_Win_shared_query(shared->window, (int)r, &size, &unit, &base);
		if (mpi_check(code, "MPI_Win_shared_query", err) != 0)
			return -1;
		size_t over = (uintptr_t)base % ALIGNMENT, skip = over > 0 ? ALIGNMENT - over : 0;
		shared->part[r] = base + skip;
	}
	return 0;
}

struct shared *shared_create_in(struct comm *comm, const struct group *group, size_t bytes, struct err *err)
{
	struct shared *shared = memory_zeroed(1, sizeof *shared, err);
	int code = -1;
	if (shared != NULL) {
		*shared = (struct shared){.comm = comm, .group = group, .window = MPI_WIN_NULL};
		shared->part = memory_zeroed(group->ranks, sizeof *shared->part, err);
		code = shared->part != NULL ? 0 : -1;
		if (code == 0 && bytes > PTRDIFF_MAX / 2 / comm->ranks)
			code = err_memory(err, bytes);
	}
	if (code == 0 && group->ranks == 1) {
		shared->part[0] = shared->own = memory_zeroed(bytes, 1, err);
		code = shared->own != NULL ? 0 : -1;
	}
	if (comm_agree(comm, code, err) != 0)
		goto fail;
	if (group->ranks > 1)
		code = room_check(shared, bytes, err);
	if (comm_agree(comm, code, err) != 0)
		goto fail;
	if (group->ranks > 1)
		code = window_open(shared, bytes, err);
	if (group->ranks > 1 && code == 0)
		code = parts_find(shared, err);
	if (group->ranks > 1 && code == 0)
		memset(shared->part[group->rank], 0, bytes);
	if (comm_agree(comm, code, err) == 0)
		return shared;
	/* Some may have no window, and freeing one waits for all. */
	shared->window = MPI_WIN_NULL;
fail:
	shared_destroy(shared);
	return NULL;
}

struct shared *shared_create(struct comm *comm, size_t bytes, struct err *err)
{
	return shared_create_in(comm, &comm->near, bytes, err);
}

void shared_destroy(struct shared *shared)
{
	if (shared == NULL)
		return;
	/* Freeing waits for the others, who do not come any more where MPI has failed. */
	if (shared->window != MPI_WIN_NULL && !shared->comm->failed) {
		comm_enter(shared->comm);
		MPI_Win_unlock_all(shared->window);
		MPI_Win_free(&shared->window);
		comm_leave(shared->comm);
	}
	/* Nor is known then which messages are still on their way from and to this memory. */
	if (!shared->comm->failed)
		free(shared->own);
	free(shared->part);
	free(shared);
}

void *shared_part(const struct shared *shared, size_t node_rank)
{
	return shared->part[node_rank];
}

int shared_wait(struct shared *shared, struct err *err)
{
	if (shared->window == MPI_WIN_NULL)
		return 0;
	MPI_Win_sync(shared->window);
	comm_enter(shared->comm);
	int code = comm_check(shared->comm, MPI_Barrier(shared->group->inside), "MPI_Barrier", err);
	MPI_Win_sync(shared->window);
	return code;
}
