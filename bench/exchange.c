/* What a node's own messages cost, to calibrate simulated nodes: an MPI_Allreduce of int64 over 2 ranks that worked on
 * other memory before, as training does. Prints the microseconds of 8 bytes and the GB/s of 1 MiB, addition included;
 * medians. Built and run by simulate.sh. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 201, MOST = 1 << 17, OTHER = 8 << 20 };

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double seconds(int count)
{
	static int64_t value[MOST];
	static char other[OTHER];
	double took[TRIES];
	for (int i = 0; i < TRIES; i++) {
		memset(other, i, sizeof other);
		MPI_Barrier(MPI_COMM_WORLD);
		double began = MPI_Wtime();
		MPI_Allreduce(MPI_IN_PLACE, value, count, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
		took[i] = MPI_Wtime() - began;
	}
	qsort(took, TRIES, sizeof *took, compare);
	return took[TRIES / 2];
}

int main(int argc, char **argv)
{
	int rank;
	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	double small = seconds(1), large = seconds(MOST);
	if (rank == 0)
		printf("%.3f %.3f\n", 1e6 * small, 1e-9 * MOST * (double)sizeof(int64_t) / large);
	MPI_Finalize();
	return 0;
}
