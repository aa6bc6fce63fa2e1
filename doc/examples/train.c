/* Trains over its own communicator on data that the program makes, as a simulation does: images with a bright half.
 *
 *   mpicc train.c $(pkg-config --cflags --libs convoy-mpi) -o train
 *   mpirun -n 2 ./train halves.h5 */
#include <mpi.h>

#include <convoy.h>

#include <stdio.h>
#include <stdlib.h>

enum { IMAGES = 512, SIDE = 8, SIZE = SIDE * SIDE, STEPS = 40 };

static const char job[] =
	"name: halves\n"
	"input: {maps: 1, rows: 8, columns: 8}\n"
	"output: {classes: 4, names: [left, right, upper, lower]}\n"
	"layers:\n"
	"  - {type: convolution, maps: 4, kernel: 3, activation: relu}\n"
	"  - {type: pooling, method: max, window: 2}\n"
	"  - {type: full, units: 4}\n"
	"loss: softmax-cross-entropy\n"
	"train: {epochs: 3, batch: 32, rate: 0.05, momentum: 0.9, seed: 1}\n";

/* Makes the same data on all ranks: noise, with one half brighter. The class says which half. */
static void data_make(uint8_t *pixels, int32_t *classes)
{
	unsigned noise = 1;
	for (size_t i = 0; i < IMAGES; i++) {
		classes[i] = (int32_t)(i % 4);
		for (size_t p = 0; p < SIZE; p++) {
			size_t row = p / SIDE, column = p % SIDE, place = classes[i] < 2 ? column : row;
			int bright = (place >= SIDE / 2) == classes[i] % 2;
			noise = noise * 1103515245u + 12345u;
			pixels[i * SIZE + p] = (uint8_t)((noise >> 16) % 128 + (bright ? 100 : 0));
		}
	}
}

int main(int argc, char **argv)
{
	static uint8_t pixels[IMAGES * SIZE];
	static int32_t classes[IMAGES];
	const struct convoy_samples samples = {.count = IMAGES, .type = CONVOY_UINT8, .inputs = pixels, .classes = classes};
	struct convoy_error error = {0};
	double loss = 0, wrong = 1;
	int rank, status = 1;
	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	data_make(pixels, classes);

	struct convoy_trainer *trainer =
		convoy_trainer_create_comm(MPI_COMM_WORLD, job, &samples, NULL, &error);
	for (int step = 0; trainer != NULL && error.code == 0 && step < STEPS; step++)
		if (convoy_trainer_step(trainer, &loss, &wrong, &error) == 0 && step % 10 == 9 && rank == 0)
			printf("step %d of %d: loss %.4f, %.1f%% wrong\n", step + 1, STEPS, loss, 100 * wrong);
	if (trainer != NULL && error.code == 0 && (argc < 2 || convoy_trainer_save(trainer, argv[1], &error) == 0))
		status = 0;
	if (error.code != 0 && rank == 0)
		fprintf(stderr, "%s\n", error.text);
	convoy_trainer_free(trainer);
	MPI_Finalize();
	return status;
}
