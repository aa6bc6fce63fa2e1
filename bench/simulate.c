/* Steps of training without their arithmetic, for SimGrid's SMPI: the sum's messages are made by convoy's own comm
 * room, passes and update take the simulated time that they were measured to take. Built and run by simulate.sh.
 *
 *   simulate TENSORS PARAMETERS COMPUTE_US GBS BLOCKS
 *
 * BLOCKS blocks a step over all ranks, COMPUTE_US a rank computes in it, GBS at which it reads and writes memory. For
 * each way to sum, rank 0 prints: its name, the simulated seconds of the step, of its message (the slowest rank's).
 * The ways "node-…" are a model of what convoy does by default: ranks of a node add up slices of each other's sums in
 * shared memory, and each rank sums its slice with those of its number on the other nodes. The others are what it does
 * where no memory is shared (CONVOY_NODE_RANKS=1). */
#include <convoy/comm.h>

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

struct node {
	MPI_Comm inside, across;
	int ranks;
};

static void node_open(struct node *node)
{
	int number;
	MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node->inside);
	MPI_Comm_rank(node->inside, &number);
	MPI_Comm_size(node->inside, &node->ranks);
	MPI_Comm_split(MPI_COMM_WORLD, number, 0, &node->across);
}

static void node_reduce(const struct node *node, void *values, size_t parameters, MPI_Datatype type, double bandwidth)
{
	double fold = (double)parameters * sizeof(int64_t), show = (double)parameters * sizeof(float);
	MPI_Barrier(node->inside);
	smpi_execute(fold / bandwidth); /* a slice of each of the node's sums: as much as one whole sum */
	MPI_Allreduce(MPI_IN_PLACE, values, (int)(parameters / (size_t)node->ranks) + 1, type, MPI_SUM, node->across);
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
	struct sum *sum = sum_create(comm, &kernels, mode, blocks, 1, tensors, counts, err);
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

int main(int argc, char **argv)
{
	static const struct {
		const char *name, *node;
		enum sum_mode mode;
	} ways[] = {{"exact", "node-exact", SUM_EXACT}, {"exact32", "node-exact32", SUM_EXACT32}};
	struct err err = {0};
	struct comm *comm = comm_open(&argc, &argv, &err);
	if (comm == NULL || argc != 6) {
		fprintf(stderr, "simulate: %s\n", comm == NULL ? err.text : "five arguments, please");
		return EX_USAGE;
	}
	size_t tensors = strtoul(argv[1], NULL, 10), parameters = strtoul(argv[2], NULL, 10);
	double compute = 1e-6 * atof(argv[3]), bandwidth = 1e9 * atof(argv[4]);
	struct node node;
	node_open(&node);
	for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
		struct sum *sum = sum_open(comm, ways[w].mode, strtoul(argv[5], NULL, 10), tensors, parameters, &err);
		MPI_Barrier(MPI_COMM_WORLD);
		double began = MPI_Wtime();
		smpi_execute(compute);
		double computed = MPI_Wtime();
		if (sum == NULL || sum_reduce(sum, 1, &err) != SUM_DONE) {
			fprintf(stderr, "simulate: %s\n", err.text);
			comm_abort(comm, EX_SOFTWARE);
		}
		report(comm, ways[w].name, began, computed, MPI_Wtime());
		sum_destroy(sum);

		int64_t *values = memory_zeroed(parameters + 1, sizeof *values, &err);
		MPI_Barrier(MPI_COMM_WORLD);
		began = MPI_Wtime();
		smpi_execute(compute);
		computed = MPI_Wtime();
		node_reduce(&node, values, parameters, ways[w].mode == SUM_EXACT ? MPI_INT64_T : MPI_INT32_T, bandwidth);
		report(comm, ways[w].node, began, computed, MPI_Wtime());
		free(values);
	}
	comm_close(comm);
	return 0;
}
