/* Fields and what heat conduction makes of them: ∂u/∂t = κ ∇²u on a square that closes on itself, solved exactly.
 *
 *   h5cc -O2 heat.c -o heat -lm
 *   ./heat heat.h5 [SAMPLES [SEED]]          in /train (2000), a tenth of it in /test; 1
 *
 * A sample is a sum of waves cos(k·r) and sin(k·r) that fit into the square. Each has a random k and normal random
 * amplitudes. After the time t a wave has exp(−κ |k|² t) of its amplitude, here with κ t = 1 (in units of the grid). Groups
 * /train and /test of an HDF5 file hold
 *
 *   before   float32 [N][44][44]    the field at time 0, with a border of 6 on each side that repeats the other side
 *   after    float32 [N][32][32]    the field at time t
 *   hot      float32 [N][32][32]    another field at time 0: one to four hot bodies on a cold plate without an end
 *   cooled   float32 [N][32][32]    that field at time t, as measured: with normal noise of deviation 0.02
 *
 * So a kernel of 13 × 13 without padding, which is what the heat kernel exp(−r² / 4κt) / 4πκt needs, maps before to after.
 * The bodies are discs and rectangles of temperatures 0.5 … 1 on 0, four points and more from the edge. The field of each
 * is constant on the square around a point, so at time t it is exact, too: a sum of products of error functions.
 * Same arguments, same file: all random numbers come from the seed.
 * doc/heat.md trains on this file. */
#include <hdf5.h>

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 32, BORDER = 6, WIDE = SIDE + 2 * BORDER, WAVES = 24, HIGHEST = SIDE / 2 - 1 };
enum { BODIES = 4, EDGE = 4, SMALLEST = 2, LARGEST = 6 }; /* bodies: at most; points from the edge; half their sides */

static const double pi = 3.14159265358979323846, kappa_t = 1, noise = 0.02;

/* A wave: how often it fits into the sides, and the amplitudes of cosine and sine. */
struct wave {
	int rows, columns;
	double cosine, sine;
};

/* SplitMix64 (Steele, Lea and Flood 2014): the next random number, uniform in 0 … 1 without 0. */
static double random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return ((double)(z >> 11) + 1) / 9007199254740992.0;
}

/* A normal random number of deviation 1 (Box and Muller 1958). */
static double normal_next(uint64_t *state)
{
	double radius = sqrt(-2 * log(random_next(state)));
	return radius * cos(2 * pi * random_next(state));
}

static struct wave wave_draw(uint64_t *random)
{
	int rows = (int)ceil(random_next(random) * (2 * HIGHEST + 1)) - 1 - HIGHEST;
	int columns = (int)ceil(random_next(random) * (2 * HIGHEST + 1)) - 1 - HIGHEST;
	double radius = sqrt(-2 * log(random_next(random)) / WAVES), angle = 2 * pi * random_next(random);
	return (struct wave){rows, columns, radius * cos(angle), radius * sin(angle)}; /* Box and Muller 1958 */
}

/* Writes the sum of the waves to a field of `side` rows and columns that begins `border` above and left of the square. */
static void field_make(float *field, int side, int border, const struct wave wave[WAVES], double time)
{
	double table[SIDE]; /* cosines of a full turn */
	double share[WAVES];
	for (int i = 0; i < SIDE; i++)
		table[i] = cos(2 * pi * i / SIDE);
	for (int w = 0; w < WAVES; w++) {
		double k = 2 * pi / SIDE, rows = k * wave[w].rows, columns = k * wave[w].columns;
		share[w] = exp(-(rows * rows + columns * columns) * time);
	}
	for (int row = 0; row < side; row++)
		for (int column = 0; column < side; column++) {
			double sum = 0;
			for (int w = 0; w < WAVES; w++) {
				int turn = wave[w].rows * (row - border) + wave[w].columns * (column - border);
				unsigned place = (unsigned)turn % SIDE; /* a multiple of the square's side is a whole turn */
				sum += share[w] * (wave[w].cosine * table[place] + wave[w].sine * table[(place + 3 * SIDE / 4) % SIDE]);
			}
			field[row * side + column] = (float)sum;
		}
}

/* Puts a disc or a rectangle onto the field. It covers what lies there. */
static void body_draw(float field[SIDE][SIDE], uint64_t *random)
{
	double half[2], middle[2];
	int disc = random_next(random) < 0.5;
	float temperature = (float)(0.5 + 0.5 * random_next(random));
	for (int i = 0; i < 2; i++) {
		half[i] = i == 1 && disc ? half[0] : SMALLEST + (LARGEST - SMALLEST) * random_next(random);
		middle[i] = EDGE + half[i] + (SIDE - 1 - 2 * (EDGE + half[i])) * random_next(random);
	}
	for (int row = EDGE; row < SIDE - EDGE; row++)
		for (int column = EDGE; column < SIDE - EDGE; column++) {
			double y = (row - middle[0]) / half[0], x = (column - middle[1]) / half[1];
			if (disc ? x * x + y * y <= 1 : fabs(x) <= 1 && fabs(y) <= 1)
				field[row][column] = temperature;
		}
}

/* What a plate measures at time t that was `hot` at time 0, and 0 outside of it. */
static void field_cool(float *cooled, float hot[SIDE][SIDE], uint64_t *random)
{
	double share[SIDE]; /* of the heat of a point that is at a point so far away */
	double half[SIDE][SIDE];
	for (int d = 0; d < SIDE; d++)
		share[d] = (erf((d + 0.5) / sqrt(4 * kappa_t)) - erf((d - 0.5) / sqrt(4 * kappa_t))) / 2;
	for (int row = 0; row < SIDE; row++)
		for (int column = 0; column < SIDE; column++) {
			half[row][column] = 0;
			for (int from = 0; from < SIDE; from++)
				half[row][column] += share[abs(column - from)] * hot[row][from];
		}
	for (int row = 0; row < SIDE; row++)
		for (int column = 0; column < SIDE; column++) {
			double sum = noise * normal_next(random);
			for (int from = 0; from < SIDE; from++)
				sum += share[abs(row - from)] * half[from][column];
			cooled[row * SIDE + column] = (float)sum;
		}
}

static void array_write(hid_t group, const char *name, hsize_t count, hsize_t side, const float *data)
{
	hid_t how = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_obj_track_times(how, 0); /* the same file, whenever it is made */
	hid_t space = H5Screate_simple(3, (const hsize_t[]){count, side, side}, NULL);
	hid_t array = H5Dcreate2(group, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, how, H5P_DEFAULT);
	if (H5Dwrite(array, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
		exit(1); /* HDF5 has said why */
	H5Dclose(array);
	H5Sclose(space);
	H5Pclose(how);
}

static float *fields_allocate(hsize_t count, hsize_t side)
{
	float *fields = calloc(count * side * side, sizeof *fields);
	if (fields == NULL) {
		fprintf(stderr, "heat: not enough memory\n");
		exit(1);
	}
	return fields;
}

static void waves_write(hid_t group, hsize_t count, uint64_t random)
{
	float *before = fields_allocate(count, WIDE), *after = fields_allocate(count, SIDE);
	for (hsize_t n = 0; n < count; n++) {
		struct wave wave[WAVES];
		for (int w = 0; w < WAVES; w++)
			wave[w] = wave_draw(&random);
		field_make(before + n * WIDE * WIDE, WIDE, BORDER, wave, 0);
		field_make(after + n * SIDE * SIDE, SIDE, 0, wave, kappa_t);
	}
	array_write(group, "before", count, WIDE, before);
	array_write(group, "after", count, SIDE, after);
	free(before);
	free(after);
}

static void bodies_write(hid_t group, hsize_t count, uint64_t random)
{
	float *hot = fields_allocate(count, SIDE), *cooled = fields_allocate(count, SIDE);
	for (hsize_t n = 0; n < count; n++) {
		float(*field)[SIDE] = (void *)(hot + n * SIDE * SIDE);
		int bodies = (int)ceil(random_next(&random) * BODIES);
		for (int b = 0; b < bodies; b++)
			body_draw(field, &random);
		field_cool(cooled + n * SIDE * SIDE, field, &random);
	}
	array_write(group, "hot", count, SIDE, hot);
	array_write(group, "cooled", count, SIDE, cooled);
	free(hot);
	free(cooled);
}

static void part_write(hid_t file, const char *name, hsize_t count, uint64_t random)
{
	hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	waves_write(group, count, random);
	bodies_write(group, count, random ^ 0x3333333333333333u); /* random numbers of their own */
	H5Gclose(group);
}

/* Reads a whole number of decimal digits into *number. Returns whether it is one, from `least` to `most`. */
static int whole_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	char *end;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == 0 && errno == 0 && *number >= least && *number <= most;
}

int main(int argc, char **argv)
{
	uint64_t count = 2000, seed = 1;
	if (argc < 2 || argc > 4 || (argc > 2 && !whole_number(argv[2], 10, 100000, &count)) ||
	    (argc > 3 && !whole_number(argv[3], 0, UINT32_MAX, &seed))) {
		fprintf(stderr, "usage: heat FILE.h5 [SAMPLES [SEED]]      SAMPLES: 10 … 100000, SEED: 0 … 4294967295\n");
		return 64;
	}
	hid_t file = H5Fcreate(argv[1], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	if (file < 0)
		return 1;
	part_write(file, "train", count, seed << 32);
	part_write(file, "test", count / 10, seed << 32 ^ 0x5555555555555555u);
	return H5Fclose(file) < 0;
}
