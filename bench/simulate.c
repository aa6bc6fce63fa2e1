/* Steps of training without their arithmetic, for SimGrid's SMPI: the sum's messages are made by convoy's own comm
 * room, passes and update take the simulated time that they were measured to take. Built and run by simulate.sh.
 *
 *   simulate apart|nodes COMPUTE_US GBS BLOCKS PARAMETERS:BACKWARD_US…
 *
 * A rank computes COMPUTE_US in a step, reads and writes memory at GBS, and all ranks add up BLOCKS blocks. Each layer
 * has PARAMETERS and takes BACKWARD_US of the last block. For each way to sum, rank 0 prints: its name, the simulated
 * seconds of the step, and those behind the last layer (the slowest rank's). "exact" and "exact32" are what convoy does;
 * in "late" and "late32" nothing starts before the last layer is done. "apart" is "exact" with CONVOY_NODE_RANKS=1. */
#include "../src/comm/comm.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODE = 64 }; /* ranks of a node */

/* Nodes that each rank knows beforehand: SMPI's MPI_Comm_split had not ended after ten minutes with 4,096. */
static void node_open(struct group *node)
{
	int rank, ranks;
	MPI_Group all, some;
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	MPI_Comm_group(MPI_COMM_WORLD, &all);
	int number = rank % NODE, first = rank - number, last = (first + NODE < ranks ? first + NODE : ranks) - 1;
	int slices = ranks < NODE ? ranks : ranks % NODE > 0 ? ranks % NODE : NODE; /* the last node may be the smallest */
	*node = (struct group){.rank = (size_t)number, .ranks = (size_t)(last - first + 1), .slices = (size_t)slices,
	                       .groups = (size_t)((ranks + NODE - 1) / NODE), .across = MPI_COMM_NULL};
	MPI_Group_range_incl(all, 1, (int[][3]){{first, last, 1}}, &some);
	MPI_Comm_create_group(MPI_COMM_WORLD, some, 0, &node->inside);
	if (number < slices) {
		MPI_Group_range_incl(all, 1, (int[][3]){{number, ranks - 1, NODE}}, &some);
		MPI_Comm_create_group(MPI_COMM_WORLD, some, 1 + number, &node->across);
	}
}

/* ---- Memory of a node, in place of src/comm/shared.c: SMPI's ranks are threads of one process ------------------------ */

struct shared {
	struct comm *comm;
	const struct group *group;
	void **part;
};

struct shared *shared_create_in(struct comm *comm, const struct group *group, size_t bytes, struct err *err)
{
	struct shared *shared = memory_zeroed(1, sizeof *shared, err);
	void *own = memory_zeroed(bytes, 1, err);
	if (shared == NULL || own == NULL)
		comm_abort(comm, EX_OSERR);
	*shared = (struct shared){comm, group, memory_zeroed(group->ranks, sizeof(void *), err)};
	MPI_Allgather(&own, sizeof own, MPI_BYTE, shared->part, sizeof own, MPI_BYTE, group->inside);
	return shared;
}

struct shared *shared_create(struct comm *comm, size_t bytes, struct err *err)
{
	return shared_create_in(comm, &comm->near, bytes, err);
}

void shared_destroy(struct shared *shared)
{
	if (shared == NULL)
		return;
	MPI_Barrier(shared->group->inside);
	free(shared->part[shared->group->rank]);
	free(shared->part);
	free(shared);
}

void *shared_part(const struct shared *shared, size_t node_rank)
{
	return shared->part[node_rank];
}

int shared_wait(struct shared *shared, struct err *err)
{
	(void)err;
	if (shared->group->ranks > 1)
		MPI_Barrier(shared->group->inside);
	return 0;
}

/* ---- A step ---------------------------------------------------------------------------------------------------------- */

/* Arithmetic takes simulated time only. */
static void nothing_mean(size_t count, double unit, double divisor, const int64_t *sum, float *g)
{
	(void)count, (void)unit, (void)divisor, (void)sum, (void)g;
}

static const struct kernels kernels = {.fixed_mean = nothing_mean};

/* What a layer has and takes. */
struct level {
	size_t parameters;
	double backward; /* seconds of a block */
};

/* What all ranks do in a step. */
struct plan {
	size_t blocks, levels;
	struct level *level;
	double compute; /* seconds of a rank */
	double bytes;   /* a second that a rank reads and writes */
};

/* A layer with parameters has two tensors, as weights and biases are. */
static struct sum *sum_open(struct comm *comm, const struct plan *plan, enum sum_mode mode, struct err *err)
{
	size_t *counts = memory_zeroed(2 * plan->levels, sizeof *counts, err);
	if (counts == NULL)
		return NULL;
	for (size_t l = 0; l < plan->levels; l++) {
		counts[2 * l + 1] = plan->level[l].parameters > 1;
		counts[2 * l] = plan->level[l].parameters - counts[2 * l + 1];
	}
	struct sum *sum = sum_create(comm, &kernels, mode, plan->blocks, NULL, 2 * plan->levels, counts, err);
	free(counts);
	return sum;
}

/* From a common start to the slowest rank's end. */
static void report(struct comm *comm, const char *name, double began, double computed, double summed)
{
	double own[2] = {summed - began, summed - computed}, slowest[2];
	MPI_Reduce(own, slowest, 2, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
	if (comm_rank(comm) == 0)
		printf("%s %.9f %.9f\n", name, slowest[0], slowest[1]);
}

/* A step with convoy's own sum. Backward of the last block goes layer by layer, as in src/train/tensors.c. A rank reads
 * as much of the sums of its node as it has parameters, when the sums start on their way or behind, and all means. */
static int step(struct comm *comm, const struct plan *plan, const char *name, enum sum_mode mode, struct err *err)
{
	struct sum *sum = sum_open(comm, plan, mode, err);
	if (sum == NULL)
		return -1;
	bool folds = comm->near.ranks > 1;
	double rest = plan->compute, means = 0;
	for (size_t l = 0; l < plan->levels; l++) {
		rest -= plan->level[l].backward;
		means += (double)plan->level[l].parameters * sizeof(float) / plan->bytes;
	}
	MPI_Barrier(MPI_COMM_WORLD);
	double began = MPI_Wtime();
	smpi_execute(rest);
	for (size_t l = plan->levels; l-- > 0;) {
		double fold = (double)plan->level[l].parameters * sizeof(int64_t) / plan->bytes;
		smpi_execute(plan->level[l].backward + (folds ? fold : 0));
		if (plan->level[l].parameters > 0)
			sum_done(sum, 2 * l);
	}
	double computed = MPI_Wtime();
	enum sum_result result = sum_reduce(sum, 1, err);
	smpi_execute(folds ? means : 0);
	report(comm, name, began, computed, MPI_Wtime());
	sum_destroy(sum);
	return result == SUM_DONE ? 0 : -1;
}

/* Steps of ranks that share their nodes' memory, with sums that start early and late. */
static int steps(struct comm *comm, const struct plan *plan, struct err *err)
{
	struct group apart = comm->near;
	size_t usual = comm->early;
	node_open(&comm->near);
	int code = step(comm, plan, "exact", SUM_EXACT, err);
	if (code == 0)
		code = step(comm, plan, "exact32", SUM_EXACT32, err);
	comm->early = SIZE_MAX;
	if (code == 0)
		code = step(comm, plan, "late", SUM_EXACT, err);
	if (code == 0)
		code = step(comm, plan, "late32", SUM_EXACT32, err);
	comm->near = apart;
	comm->early = usual;
	return code;
}

int main(int argc, char **argv)
{
	struct err err = {0};
	struct comm *comm = comm_open(&argc, &argv, &err);
	if (comm == NULL || argc < 6) {
		fprintf(stderr, "simulate: %s\n", comm == NULL ? err.text : "five arguments or more, please");
		return EX_USAGE;
	}
	struct plan plan = {.blocks = strtoul(argv[4], NULL, 10), .levels = (size_t)argc - 5, .compute = 1e-6 * atof(argv[2]),
	                    .bytes = 1e9 * atof(argv[3])};
	plan.level = memory_zeroed(plan.levels, sizeof *plan.level, &err);
	for (size_t l = 0; plan.level != NULL && l < plan.levels; l++) {
		char *behind;
		plan.level[l].parameters = strtoul(argv[5 + l], &behind, 10);
		plan.level[l].backward = 1e-6 * atof(behind + (*behind != 0));
	}
	int code = plan.level != NULL ? 0 : -1;
	if (code == 0)
		code = strcmp(argv[1], "apart") == 0 ? step(comm, &plan, "apart", SUM_EXACT, &err) : steps(comm, &plan, &err);
	if (code != 0) {
		fprintf(stderr, "simulate: %s\n", err.text);
		comm_abort(comm, EX_SOFTWARE);
	}
	free(plan.level);
	comm_close(comm);
	return 0;
}
