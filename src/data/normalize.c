/* Normalisation: mean and deviation of every input map, the same bits however the pixels are ordered. */
#include "data.h"

#include <math.h>
#include <stdlib.h>

static void points_add(uint64_t histogram[TABLES][LEVELS], const uint8_t *pixels, size_t count)
{
	size_t i = 0;
	for (; i + TABLES <= count; i += TABLES)
		for (size_t k = 0; k < TABLES; k++)
			histogram[k][pixels[i + k]]++;
	for (; i < count; i++)
		histogram[0][pixels[i]]++;
}

/* Sums stay integers until the end, so that each result is rounded from its exact value. N < 2^46 (no file is larger),
 * hence Σx² < 2^62 and N Σx² < 2^108. */
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

void histograms_add(struct histogram *histogram, const struct shape *shape, const uint8_t *pixels, size_t images)
{
	size_t maps = shape->maps, points = shape->rows * shape->columns;
	for (size_t m = 0; m < maps; m++)
		for (size_t n = 0; n < images; n++)
			points_add(histogram[m].times, pixels + (n * maps + m) * points, points);
}

void histograms_normalize(struct histogram *histogram, size_t maps, struct normalization *out)
{
	*out = (struct normalization){.maps = maps};
	for (size_t m = 0; m < maps; m++)
		moments(histogram[m].times, &out->mean[m], &out->deviation[m]);
}

int normalization_constant(struct normalization *out, enum normalize mode, size_t maps, struct err *err)
{
	if (maps > NORMALIZATION_MAPS)
		return err_set(err, EX_DATAERR, "images have %zu maps, the limit is %d", maps, NORMALIZATION_MAPS);
	*out = (struct normalization){.maps = maps};
	for (size_t m = 0; m < maps; m++)
		out->deviation[m] = mode == NORMALIZE_UNIT ? 255 : 1;
	return 0;
}

int normalization_measure(struct normalization *out, enum normalize mode, const struct dataset *train, struct err *err)
{
	size_t maps = train->shape.maps;
	if (normalization_constant(out, mode, maps, err) != 0)
		return -1;
	if (train->count == 0)
		return err_set(err, EX_DATAERR, "no images to measure mean and deviation of");
	if (mode != NORMALIZE_STANDARD)
		return 0;
	struct histogram *histogram = memory_zeroed(maps, sizeof *histogram, err);
	if (histogram == NULL)
		return -1;
	histograms_add(histogram, &train->shape, train->array[DATA_INPUTS].bytes, train->count);
	histograms_normalize(histogram, maps, out);
	free(histogram);
	return 0;
}
