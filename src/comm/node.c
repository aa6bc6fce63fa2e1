/* Nodes: which ranks share one, and which of them send messages. */
#include "comm.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* The most ranks that share memory: CONVOY_NODE_RANKS; where that is missing or empty, as many as can. Launchers may
 * hand a variable on to some nodes only, so all use the smallest. Collective. */
static int ranks_most(struct comm *comm, int *most, struct err *err)
{
	const char *text = getenv("CONVOY_NODE_RANKS");
	int code = 0;
	*most = INT_MAX;
	if (text != NULL && *text != 0) {
		char *end;
		errno = 0;
		unsigned long number = strtoul(text, &end, 10);
		if (!isdigit((unsigned char)*text) || *end != 0 || number == 0)
			code = err_set(err, EX_USAGE, "CONVOY_NODE_RANKS=%s: not a whole number of ranks from 1 on", text);
		else if (errno == 0 && number < INT_MAX)
			*most = (int)number;
	}
	if (comm_agree(comm, code, err) != 0)
		return -1;
	comm_enter(comm);
	code = MPI_Allreduce(MPI_IN_PLACE, most, 1, MPI_INT, MPI_MIN, comm->all);
	return comm_check(comm, code, "MPI_Allreduce", err);
}

/* Splits `from` by colour, and numbers by rank. */
static int split(struct comm *comm, MPI_Comm from, int colour, MPI_Comm *to, struct err *err)
{
	comm_enter(comm);
	return comm_check(comm, MPI_Comm_split(from, colour, (int)comm->rank, to), "MPI_Comm_split", err);
}

static int inside_open(struct comm *comm, struct group *node, int most, struct err *err)
{
	MPI_Comm all;
	int rank, ranks;
	comm_enter(comm);
	int code = MPI_Comm_split_type(comm->all, MPI_COMM_TYPE_SHARED, (int)comm->rank, MPI_INFO_NULL, &all);
	if (comm_check(comm, code, "MPI_Comm_split_type", err) != 0)
		return -1;
	MPI_Comm_rank(all, &rank);
	code = split(comm, all, rank / most, &node->inside, err);
	MPI_Comm_free(&all);
	if (code != 0)
		return -1;
	MPI_Comm_rank(node->inside, &rank);
	MPI_Comm_size(node->inside, &ranks);
	node->rank = (size_t)rank;
	node->ranks = (size_t)ranks;
	return 0;
}

int groups_open(struct comm *comm, struct err *err)
{
	struct group *node = &comm->near;
	int most = 1;
	comm->alone = (struct group){MPI_COMM_SELF, comm->all, 0, 1, 1, comm->ranks};
	if (ranks_most(comm, &most, err) != 0)
		return -1;
	if (most == 1 || comm->ranks == 1) {
		*node = comm->alone;
		return 0;
	}
	if (inside_open(comm, node, most, err) != 0)
		return -1;
	int slices = (int)node->ranks;
	int64_t leaders = node->rank == 0;
	comm_enter(comm);
	int code = MPI_Allreduce(MPI_IN_PLACE, &slices, 1, MPI_INT, MPI_MIN, comm->all);
	if (comm_check(comm, code, "MPI_Allreduce", err) != 0 || comm_sum(comm, 1, &leaders, err) != 0)
		return -1;
	node->slices = (size_t)slices;
	node->groups = (size_t)leaders;
	return split(comm, comm->all, node->rank < node->slices ? (int)node->rank : MPI_UNDEFINED, &node->across, err);
}

void groups_close(struct comm *comm)
{
	if (comm->near.inside == MPI_COMM_SELF)
		return;
	if (comm->near.inside != MPI_COMM_NULL)
		MPI_Comm_free(&comm->near.inside);
	if (comm->near.across != MPI_COMM_NULL)
		MPI_Comm_free(&comm->near.across);
}

size_t comm_nodes(const struct comm *comm)
{
	return comm->near.groups;
}

size_t comm_node_rank(const struct comm *comm)
{
	return comm->near.rank;
}

size_t comm_node_ranks(const struct comm *comm)
{
	return comm->near.ranks;
}
