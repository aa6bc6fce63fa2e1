/* Learns numbers from floats: the speed and the acceleration of bodies, by their heights at sixteen times, measured with
 * an error of up to 5 cm. Tests itself after each epoch on bodies that it has not seen.
 *
 *   mpicc values.c $(pkg-config --cflags --libs convoy-mpi) -o values
 *   mpirun -n 2 ./values falls.h5 */
#include <mpi.h>

#include <convoy.h>

#include <stdio.h>

enum { BODIES = 1000, TESTS = 100, TIMES = 16, VALUES = 2 };

static const char job[] =
	"name: falls\n"
	"input: {maps: 1, rows: 1, columns: 16}\n"
	"output: {values: 2, names: [speed, acceleration], units: [m/s, m/s²], normalize: standard}\n"
	"layers:\n"
	"  - {type: full, units: 12, activation: tanh}\n"
	"  - {type: full, units: 2}\n"
	"loss: squared-error\n"
	"train: {epochs: 40, batch: 20, rate: 0.02, momentum: 0.9, seed: 1}\n";

struct bodies {
	float height[BODIES][TIMES], motion[BODIES][VALUES];
};

/* A number between two others, the same ones on all ranks. */
static double between(double least, double most)
{
	static unsigned state = 1;
	state = state * 1103515245u + 12345u;
	return least + (most - least) * ((state >> 8 & 0xffff) / 65535.0);
}

static void bodies_drop(struct bodies *bodies, int count)
{
	for (int n = 0; n < count; n++) {
		double start = between(0, 10), speed = between(-5, 5), acceleration = between(-12, -1);
		bodies->motion[n][0] = (float)speed;
		bodies->motion[n][1] = (float)acceleration;
		for (int i = 0; i < TIMES; i++) {
			double t = i / 8.0;
			bodies->height[n][i] = (float)(start + speed * t + acceleration * t * t / 2 + between(-0.05, 0.05));
		}
	}
}

/* Prints what the network says of a body. */
static int body_tell(const struct convoy_model *model, const struct bodies *bodies, struct convoy_error *error)
{
	float said[VALUES];
	struct convoy_predictor *predictor = convoy_predictor_create(model, error);
	int code = predictor != NULL ? convoy_predict_floats(predictor, 1, bodies->height[0], said, error) : -1;
	for (size_t k = 0; code == 0 && k < VALUES; k++)
		printf("%s %.2f %s, truth %.2f\n", convoy_model_name(model, k), (double)said[k], convoy_model_unit(model, k),
		       (double)bodies->motion[0][k]);
	convoy_predictor_free(predictor);
	return code;
}

int main(int argc, char **argv)
{
	static struct bodies known, other;
	const struct convoy_samples train = {BODIES, CONVOY_FLOAT32, known.height, NULL, known.motion[0], NULL, NULL};
	const struct convoy_samples test = {TESTS, CONVOY_FLOAT32, other.height, NULL, other.motion[0], NULL, NULL};
	struct convoy_error error = {0};
	double of_epoch[CONVOY_FIGURES];
	int rank;
	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	bodies_drop(&known, BODIES);
	bodies_drop(&other, TESTS);

	struct convoy_trainer *trainer = convoy_trainer_create_comm(MPI_COMM_WORLD, job, &train, &test, &error);
	const struct convoy_model *model = trainer != NULL ? convoy_trainer_model(trainer) : NULL;
	for (uint64_t step = 0; model != NULL && error.code == 0 && step < convoy_trainer_steps(trainer); step++)
		convoy_trainer_step(trainer, NULL, NULL, &error);
	if (error.code == 0 && rank == 0 && convoy_model_epoch(model, convoy_model_epochs(model) - 1, of_epoch) == 0)
		printf("mean absolute error of %d bodies: %.3f\n", TESTS, of_epoch[CONVOY_TEST_MEASURE]);
	if (error.code == 0 && argc > 1)
		convoy_trainer_save(trainer, argv[1], &error);
	if (error.code == 0 && rank == 0)
		body_tell(model, &other, &error);
	if (error.code != 0 && rank == 0)
		fprintf(stderr, "%s\n", error.text);
	convoy_trainer_free(trainer);
	MPI_Finalize();
	return error.code != 0;
}
