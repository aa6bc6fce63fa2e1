/* Normalisation: mean and deviation of every input map, the same bits however the pixels are ordered. */
#include <convoy/data.h>

#include <math.h>

enum { LEVELS = 256 };

/* How often each byte occurs in a map: all that mean and variance depend on. In several tables by turns, since runs of
 * equal bytes, as a background has, would make each count wait for the last. */
enum { TABLES = 4 };

static void histogram_add(uint64_t histogram[TABLES][LEVELS], const uint8_t *pixels, size_t count)
{
	size_t i = 0;
	for (; i + TABLES <= count; i += TABLES)
		for (size_t k = 0; k < TABLES; k++)
			histogram[k][pixels[i + k]]++;
	for (; i < count; i++)
		histogram[0][pixels[i]]++;
}

/* Sums stay integers until the end, so that each result is rounded from its exact value. N ≤ 2^36 (INPUT_LARGEST),
 * hence Σx² < 2^52 and N Σx² < 2^88. */
static void moments(uint64_t histogram[TABLES][LEVELS], double *mean, double *deviation)
{
	__extension__ typedef unsigned __int128 wide;
	uint64_t count = 0, sum = 0, squares = 0;
	for (uint64_t v = 0; v < LEVELS; v++) {
		uint64_t times = 0;
		for (size_t k = 0; k < TABLES; k++)
			times += histogram[k][v];
		count += times;
		sum += v * times;
		squares += v * v * times;
	}
	wide spread = (wide)count * squares - (wide)sum * sum; /* N² × variance */
	*mean = (double)sum / (double)count;
	*deviation = spread == 0 ? 1 : sqrt((double)spread) / (double)count;
}

int normalization_measure(struct normalization *out, enum normalize mode, const struct dataset *train, struct err *err)
{
	size_t maps = train->shape.maps, points = train->shape.rows * train->shape.columns;
	if (maps > NORMALIZATION_MAPS)
		return err_set(err, EX_DATAERR, "images have %zu maps, the limit is %d", maps, NORMALIZATION_MAPS);
	if (train->count == 0)
		return err_set(err, EX_DATAERR, "no images to measure mean and deviation of");

	*out = (struct normalization){.maps = maps};
	for (size_t m = 0; m < maps; m++) {
		out->deviation[m] = mode == NORMALIZE_UNIT ? 255 : 1;
		if (mode != NORMALIZE_STANDARD)
			continue;
		uint64_t histogram[TABLES][LEVELS] = {{0}};
		for (size_t n = 0; n < train->count; n++)
			histogram_add(histogram, train->pixels + (n * maps + m) * points, points);
		moments(histogram, &out->mean[m], &out->deviation[m]);
	}
	return 0;
}
