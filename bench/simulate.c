/* Steps of training without their arithmetic, for SimGrid's SMPI: the sum's messages are made by convoy's own comm
 * room, passes and update take the simulated time that they were measured to take. Built and run by simulate.sh.
 *
 *   simulate TENSORS PARAMETERS COMPUTE_US GBS BLOCKS
 *
 * BLOCKS blocks a step over all ranks, COMPUTE_US a rank computes in it, GBS at which it reads and writes memory. For
 * each way to sum, rank 0 prints: its name, the simulated seconds of the step, of its message (the slowest rank's).
 * "exact" and "exact32" are convoy's own sum where no memory is shared (CONVOY_NODE_RANKS=1). The other ways are
 * models. "node-exact" is what convoy does by default: ranks of a node add up slices of each other's sums in shared
 * memory, and each rank sums its slice with those of its number on the other nodes; in "few-exact" so few ranks of a node
 * exchange the slices of all that a message has 32 KiB or more, and in "few-exact32" they do so with int32. */
#include <convoy/comm.h>

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { LARGE = 32 << 10, SHORT = 10000, CROWD = 64 << 10, NODE = 64 }; /* bytes; ranks of a node */

/* The ranks of a node, of which the first `speakers` exchange slices with their like on other nodes. */
struct node {
	MPI_Comm inside, across;
	size_t speakers;
};

/* Groups that each rank knows beforehand: SMPI's MPI_Comm_split had not ended after ten minutes with 4,096. */
static void node_open(struct node *node, size_t bytes, bool few)
{
	int rank, ranks;
	MPI_Group all, some;
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	MPI_Comm_group(MPI_COMM_WORLD, &all);
	int number = rank % NODE, first = rank - number, last = (first + NODE < ranks ? first + NODE : ranks) - 1;
	MPI_Group_range_incl(all, 1, (int[][3]){{first, last, 1}}, &some);
	MPI_Comm_create_group(MPI_COMM_WORLD, some, 0, &node->inside);
	size_t enough = bytes / LARGE > 0 ? bytes / LARGE : 1, most = (size_t)(last - first + 1);
	node->speakers = few && enough < most ? enough : most;
	node->across = MPI_COMM_NULL;
	if ((size_t)number < node->speakers) {
		MPI_Group_range_incl(all, 1, (int[][3]){{number, ranks - 1, NODE}}, &some);
		MPI_Comm_create_group(MPI_COMM_WORLD, some, 1 + number, &node->across);
	}
}

/* As src/comm/message.c sums: short messages in parts. */
static void slice_sum(const struct node *node, MPI_Datatype type, size_t slice, int64_t *values)
{
	int ranks, size;
	MPI_Comm_size(node->across, &ranks);
	MPI_Type_size(type, &size);
	size_t bytes = slice * (size_t)size, part = (slice + (size_t)ranks - 1) / (size_t)ranks;
	if (ranks < 4 || ranks * size > SHORT || bytes >= SHORT || bytes * node->speakers < CROWD) {
		MPI_Allreduce(MPI_IN_PLACE, values, (int)slice, type, MPI_SUM, node->across);
		return;
	}
	static int64_t whole[SHORT], own[SHORT];
	MPI_Reduce_scatter_block(whole, own, (int)part, type, MPI_SUM, node->across);
	MPI_Allgather(own, (int)part, type, whole, (int)part, type, node->across);
}

static void node_reduce(const struct node *node, MPI_Datatype type, int64_t *values, size_t parameters,
                        double bandwidth)
{
	double fold = (double)parameters * sizeof *values, show = (double)parameters * sizeof(float);
	MPI_Barrier(node->inside);
	smpi_execute(fold / bandwidth); /* a slice of each of the node's sums: as much as one whole sum */
	if (node->across != MPI_COMM_NULL)
		slice_sum(node, type, (parameters + node->speakers - 1) / node->speakers, values);
	MPI_Barrier(node->inside);
	smpi_execute(show / bandwidth); /* the means of the others' slices */
}

/* Arithmetic takes simulated time only. */
static void nothing_mean(size_t count, double unit, double divisor, const int64_t *sum, float *g)
{
	(void)count, (void)unit, (void)divisor, (void)sum, (void)g;
}

static const struct kernels kernels = {.fixed_mean = nothing_mean};

/* Tensors differ in size, but travel in one message: only their number and their sum matter here. */
static struct sum *sum_open(struct comm *comm, enum sum_mode mode, size_t blocks, size_t tensors, size_t parameters,
                            struct err *err)
{
	size_t *counts = memory_zeroed(tensors, sizeof *counts, err);
	if (counts == NULL)
		return NULL;
	for (size_t t = 0; t < tensors; t++)
		counts[t] = parameters / tensors + (t < parameters % tensors);
	struct sum *sum = sum_create(comm, &kernels, mode, blocks, NULL, tensors, counts, err);
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

/* A step with convoy's own sum. */
static int own_step(struct comm *comm, enum sum_mode mode, size_t blocks, size_t tensors, size_t parameters,
                    double compute, struct err *err)
{
	struct sum *sum = sum_open(comm, mode, blocks, tensors, parameters, err);
	if (sum == NULL)
		return -1;
	MPI_Barrier(MPI_COMM_WORLD);
	double began = MPI_Wtime();
	smpi_execute(compute);
	double computed = MPI_Wtime();
	enum sum_result result = sum_reduce(sum, 1, err);
	report(comm, mode == SUM_EXACT ? "exact" : "exact32", began, computed, MPI_Wtime());
	sum_destroy(sum);
	return result == SUM_DONE ? 0 : -1;
}

/* A step with the model. */
static int node_step(struct comm *comm, const char *name, bool few, enum sum_mode mode, size_t parameters,
                     double compute, double bandwidth, struct err *err)
{
	struct node node;
	int64_t *values = memory_zeroed(parameters, sizeof *values, err);
	if (values == NULL)
		return -1;
	size_t size = mode == SUM_EXACT ? sizeof(int64_t) : sizeof(int32_t);
	node_open(&node, parameters * size, few);
	MPI_Barrier(MPI_COMM_WORLD);
	double began = MPI_Wtime();
	smpi_execute(compute);
	double computed = MPI_Wtime();
	node_reduce(&node, mode == SUM_EXACT ? MPI_INT64_T : MPI_INT32_T, values, parameters, bandwidth);
	report(comm, name, began, computed, MPI_Wtime());
	free(values);
	return 0;
}

int main(int argc, char **argv)
{
	struct err err = {0};
	struct comm *comm = comm_open(&argc, &argv, &err);
	if (comm == NULL || argc != 6) {
		fprintf(stderr, "simulate: %s\n", comm == NULL ? err.text : "five arguments, please");
		return EX_USAGE;
	}
	size_t tensors = strtoul(argv[1], NULL, 10), parameters = strtoul(argv[2], NULL, 10);
	size_t blocks = strtoul(argv[5], NULL, 10);
	double compute = 1e-6 * atof(argv[3]), bandwidth = 1e9 * atof(argv[4]);
	if (own_step(comm, SUM_EXACT, blocks, tensors, parameters, compute, &err) != 0 ||
	    own_step(comm, SUM_EXACT32, blocks, tensors, parameters, compute, &err) != 0 ||
	    node_step(comm, "node-exact", false, SUM_EXACT, parameters, compute, bandwidth, &err) != 0 ||
	    node_step(comm, "few-exact", true, SUM_EXACT, parameters, compute, bandwidth, &err) != 0 ||
	    node_step(comm, "few-exact32", true, SUM_EXACT32, parameters, compute, bandwidth, &err) != 0) {
		fprintf(stderr, "simulate: %s\n", err.text);
		comm_abort(comm, EX_SOFTWARE);
	}
	comm_close(comm);
	return 0;
}
