/* Samples of the Ising model: spins ±1 on a square lattice that closes on itself, each with its temperature.
 *
 *   h5cc -O2 ising.c -o ising -lm
 *   ./ising ising.h5 [SAMPLES [SEED]]        of each temperature in /train (1000); 1
 *
 * Writes one HDF5 file with three groups. /train and /test have all temperatures, 1.0, 1.1 … 3.5; /away has those that
 * are away from the transition, up to 1.8 and from 2.8 on. Each group holds N samples, the temperatures by turns:
 *
 *   spins         int8     [N][32][32]
 *   temperature   float32  [N]              in units of the coupling (J = k = 1)
 *   phase         uint8    [N]              0 below, 1 above Onsager's temperature 2 / ln(1 + √2) = 2.2692
 *
 * Prints the mean energy and magnetisation of a spin in /train beside Onsager's, which hold for an infinite lattice: so
 * they differ near the transition. Same arguments, same file: all random numbers come from the seed.
 *
 * doc/ising.md trains on this file. */
#include <hdf5.h>

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 32, SPINS = SIDE * SIDE, WARMUP = 200, COLDEST = 10, HOTTEST = 35, TEMPERATURES = HOTTEST - COLDEST + 1 };

/* A lattice at a temperature, with random numbers of its own. */
struct lattice {
	int8_t spin[SPINS];
	double temperature, energy, magnetisation; /* the last two: sums over samples, per spin */
	uint32_t bond;                             /* the probability that equal neighbours belong together, times 2^32 */
	int clusters;                              /* flipped from one sample to the next */
	uint64_t random;
};

/* The samples of a group. */
struct part {
	const char *name;
	hsize_t count;
	int8_t *spins;
	float *temperature;
	uint8_t *phase;
};

static double transition(void)
{
	return 2 / log(1 + sqrt(2));
}

/* ---- Physics ---------------------------------------------------------------------------------------------------- */

/* SplitMix64 (Steele, Lea and Flood 2014): the next 64 random bits. */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Flips one cluster (Wolff 1989): a random spin, and again and again equal neighbours of what has been flipped, each with
 * the probability 1 − exp(−2 / T). Returns how many spins that were. */
static int cluster_flip(struct lattice *lattice)
{
	int stack[SPINS], height = 0, flipped = 1;
	int first = (int)(random_next(&lattice->random) % SPINS), old = lattice->spin[first];
	lattice->spin[first] = (int8_t)-old;
	stack[height++] = first;
	while (height > 0) {
		int place = stack[--height], row = place / SIDE * SIDE, column = place % SIDE;
		int neighbour[4] = {(place + SIDE) % SPINS, (place + SPINS - SIDE) % SPINS, row + (column + 1) % SIDE,
			row + (column + SIDE - 1) % SIDE};
		for (int i = 0; i < 4; i++) {
			int8_t *spin = &lattice->spin[neighbour[i]];
			if (*spin != old || (uint32_t)(random_next(&lattice->random) >> 32) >= lattice->bond)
				continue;
			*spin = (int8_t)-old;
			stack[height++] = neighbour[i];
			flipped++;
		}
	}
	return flipped;
}

static void lattice_start(struct lattice *lattice, double temperature, uint64_t key)
{
	*lattice = (struct lattice){.temperature = temperature, .random = key};
	lattice->random = random_next(&lattice->random); /* far from the keys beside it */
	lattice->bond = (uint32_t)(4294967296.0 * (1 - exp(-2 / temperature)));
	for (int i = 0; i < SPINS; i++)
		lattice->spin[i] = 1;
	/* A run that ended when enough spins are flipped would mostly end with a large cluster, so with too much order. The
	 * number of clusters is fixed now instead: on average they flip two lattices full of spins. */
	int clusters = 0;
	for (int flipped = 0; flipped < WARMUP * SPINS; clusters++)
		flipped += cluster_flip(lattice);
	lattice->clusters = 2 * clusters / WARMUP + 1;
}

/* Adds the lattice to the sums of its temperature. */
static void lattice_measure(struct lattice *lattice)
{
	int bonds = 0, sum = 0;
	for (int i = 0; i < SPINS; i++) {
		int right = i / SIDE * SIDE + (i + 1) % SIDE, below = (i + SIDE) % SPINS;
		bonds += lattice->spin[i] * (lattice->spin[right] + lattice->spin[below]);
		sum += lattice->spin[i];
	}
	lattice->energy -= (double)bonds / SPINS;
	lattice->magnetisation += (double)abs(sum) / SPINS;
}

/* Onsager's energy of a spin (1944). The complete elliptic integral is π / 2 by an arithmetic-geometric mean. */
static double exact_energy(double temperature)
{
	double x = tanh(2 / temperature), k = 2 * x * x - 1, a = 1, b = fabs(k);
	for (int i = 0; i < 8; i++) {
		double mean = (a + b) / 2;
		b = sqrt(a * b);
		a = mean;
	}
	return -(1 + k / a) / x;
}

/* The magnetisation of a spin (announced by Onsager in 1948, proved by Yang in 1952). */
static double exact_magnetisation(double temperature)
{
	return temperature < transition() ? pow(1 - pow(sinh(2 / temperature), -4), 0.125) : 0;
}

/* ---- Samples ---------------------------------------------------------------------------------------------------- */

/* Takes the samples of a group: `each` of each temperature, tenths but those between `from` and `to`, by turns. */
static void part_take(struct part *part, struct lattice *lattices, hsize_t each, int from, int to, uint64_t key)
{
	int count = 0;
	for (int tenths = COLDEST; tenths <= HOTTEST; tenths++)
		if (tenths <= from || tenths >= to)
			lattice_start(&lattices[count++], tenths / 10.0, key + (uint64_t)tenths);
	part->count = each * (hsize_t)count;
	part->spins = malloc(part->count * SPINS);
	part->temperature = malloc(part->count * sizeof *part->temperature);
	part->phase = malloc(part->count);
	if (part->spins == NULL || part->temperature == NULL || part->phase == NULL) {
		fprintf(stderr, "ising: not enough memory\n");
		exit(1);
	}
	for (hsize_t n = 0; n < part->count; n++) {
		struct lattice *lattice = &lattices[n % (hsize_t)count];
		for (int i = 0; i < lattice->clusters; i++)
			cluster_flip(lattice);
		lattice_measure(lattice);
		/* Neither sign is special, and a cold lattice would flip nearly as a whole from sample to sample. */
		int sign = random_next(&lattice->random) >> 63 ? 1 : -1;
		for (int i = 0; i < SPINS; i++)
			part->spins[n * SPINS + (hsize_t)i] = (int8_t)(sign * lattice->spin[i]);
		part->temperature[n] = (float)lattice->temperature;
		part->phase[n] = lattice->temperature > transition();
	}
}

/* Writes an array of `rank` dimensions, of which the first is the samples, as /GROUP/NAME. */
static void array_write(hid_t group, const char *name, hid_t stored, hid_t type, int rank, hsize_t count, const void *data)
{
	hid_t how = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_obj_track_times(how, 0); /* the same file, whenever it is made */
	hid_t space = H5Screate_simple(rank, (const hsize_t[]){count, SIDE, SIDE}, NULL);
	hid_t array = H5Dcreate2(group, name, stored, space, H5P_DEFAULT, how, H5P_DEFAULT);
	if (H5Dwrite(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
		exit(1); /* HDF5 has said why */
	H5Dclose(array);
	H5Sclose(space);
	H5Pclose(how);
}

static void part_write(struct part *part, hid_t file)
{
	hid_t group = H5Gcreate2(file, part->name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	array_write(group, "spins", H5T_STD_I8LE, H5T_NATIVE_INT8, 3, part->count, part->spins);
	array_write(group, "temperature", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 1, part->count, part->temperature);
	array_write(group, "phase", H5T_STD_U8LE, H5T_NATIVE_UINT8, 1, part->count, part->phase);
	H5Gclose(group);
	free(part->spins);
	free(part->temperature);
	free(part->phase);
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
	static struct lattice lattices[TEMPERATURES], others[TEMPERATURES];
	struct part train = {.name = "train"}, test = {.name = "test"}, away = {.name = "away"};
	uint64_t each = 1000, seed = 1;
	if (argc < 2 || argc > 4 || (argc > 2 && !whole_number(argv[2], 5, 100000, &each)) ||
	    (argc > 3 && !whole_number(argv[3], 0, UINT32_MAX, &seed))) {
		fprintf(stderr, "usage: ising FILE.h5 [SAMPLES [SEED]]      SAMPLES: 5 … 100000, SEED: 0 … 4294967295\n");
		return 64;
	}
	uint64_t key = seed << 32;
	hid_t file = H5Fcreate(argv[1], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	if (file < 0)
		return 1;
	part_take(&train, lattices, each, HOTTEST, HOTTEST, key);
	part_take(&test, others, each / 5, HOTTEST, HOTTEST, key + 1000);
	part_write(&test, file);
	part_take(&away, others, each, 18, 28, key + 2000);
	part_write(&away, file);
	part_write(&train, file);
	if (H5Fclose(file) < 0)
		return 1;

	printf("           energy of a spin    magnetisation\n"
	       "      T    here     Onsager    here    exact\n");
	for (int i = 0; i < TEMPERATURES; i++) {
		const struct lattice *l = &lattices[i];
		printf("%7.1f %9.4f %9.4f %9.4f %7.4f\n", l->temperature, l->energy / (double)each,
			exact_energy(l->temperature), l->magnetisation / (double)each, exact_magnetisation(l->temperature));
	}
	return 0;
}
