/* Batches: samples that lie one behind the other become a block of normalised floats, sample innermost. */
#include "data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = LANES * LANES }; /* sixteen numbers of sixteen samples */

/* [sixteen numbers][lane]; of bytes, or of all other types. */
union tile {
	uint8_t bytes[TILE];
	float floats[TILE];
};

static int normalization_check(const struct normalization *normalization, size_t maps, struct err *err)
{
	if (normalization->maps != maps)
		return err_set(err, EX_DATAERR, "normalization is for %zu maps, the images have %zu", normalization->maps,
		               maps);
	for (size_t m = 0; m < maps; m++) {
		double mean = normalization->mean[m], deviation = normalization->deviation[m];
		if (!isfinite(mean) || !isnormal(deviation) || deviation < 0)
			return err_set(err, EX_DATAERR, "normalization of map %zu: mean %g, deviation %g; both must be finite, "
			               "the deviation above 0", m, mean, deviation);
		if (!isnormal((float)(1 / deviation)) || !isfinite((float)(mean / deviation)))
			return err_set(err, EX_DATAERR, "normalization of map %zu: mean %g, deviation %g; float32 cannot hold what "
			               "it gives: scale the inputs", m, mean, deviation);
	}
	return 0;
}

int batcher_open(struct batcher *out, const struct dataset *set, const struct normalization *normalization, size_t pad,
                 struct err *err)
{
	size_t maps = set->shape.maps;
	*out = (struct batcher){.set = set, .pad = pad};
	if (normalization_check(normalization, maps, err) != 0)
		return -1;
	out->scale = memory_zeroed(maps, sizeof *out->scale, err);
	out->offset = memory_zeroed(maps, sizeof *out->offset, err);
	if (out->scale == NULL || out->offset == NULL) {
		batcher_close(out);
		return -1;
	}
	for (size_t m = 0; m < maps; m++) {
		out->scale[m] = (float)(1 / normalization->deviation[m]);
		out->offset[m] = (float)((0 - normalization->mean[m]) / normalization->deviation[m]);
	}
	return 0;
}

int batcher_distort(struct batcher *batcher, const struct distortion *ask, uint64_t seed,
                    const struct kernels *kernels, struct err *err)
{
	if (!distortion_any(ask))
		return 0;
	enum element element = batcher->set->array[DATA_INPUTS].element;
	if (element != ELEMENT_U8)
		return err_set(err, EX_CONFIG, "data.distort works on uint8 inputs; these are %s", element_name(element));
	const struct shape shape = batcher->set->shape;
	batcher->distorter = distorter_create(ask, shape, seed, kernels, err);
	batcher->distorted = memory_zeroed(LANES * shape_size(shape), 1, err);
	return batcher->distorter != NULL && batcher->distorted != NULL ? 0 : -1;
}

void batcher_close(struct batcher *batcher)
{
	if (batcher == NULL)
		return;
	free(batcher->scale);
	free(batcher->offset);
	distorter_destroy(batcher->distorter);
	free(batcher->distorted);
	*batcher = (struct batcher){0};
}

/* A perfect shuffle of 256 numbers: the two halves, by turns. It rotates the bits of an index by one, and four of them
 * exchange the upper and the lower half of the index's eight bits: they transpose 16 × 16 numbers. Compilers make it
 * vector instructions, which they do not of a transposing loop.
 *
 * Then `count` numbers of sixteen samples. Empty lanes have scale and offset 0. */
#define TILE_OF(type) \
	static void type##_shuffle(type to[restrict TILE], const type from[restrict TILE]) \
	{ \
		for (size_t i = 0; i < TILE / 2; i++) { \
			to[2 * i] = from[i]; \
			to[2 * i + 1] = from[TILE / 2 + i]; \
		} \
	} \
	static void type##_transpose(type tile[restrict TILE]) \
	{ \
		type other[TILE]; \
		type##_shuffle(other, tile); \
		type##_shuffle(tile, other); \
		type##_shuffle(other, tile); \
		type##_shuffle(tile, other); \
	} \
	static void type##_write(float *restrict x, const type *restrict number, size_t count, \
	                         const float scale[restrict LANES], const float offset[restrict LANES]) \
	{ \
		for (size_t i = 0; i < count; i++) \
			for (size_t lane = 0; lane < LANES; lane++) \
				x[i * LANES + lane] = (float)number[i * LANES + lane] * scale[lane] + offset[lane]; \
	}
TILE_OF(uint8_t)
TILE_OF(float)

/* Loads `some` ≤ 16 numbers of sixteen samples, from number `first` on. */
static void tile_load(union tile *tile, enum element element, const uint8_t *const sample[LANES], size_t first,
                      size_t some)
{
	size_t bytes = element_bytes(element);
	for (size_t lane = 0; lane < LANES; lane++) {
		const uint8_t *from = sample[lane] + first * bytes;
		if (element == ELEMENT_U8 && some == LANES) /* a copy of known size is few instructions */
			memcpy(tile->bytes + lane * LANES, from, LANES);
		else if (element == ELEMENT_U8)
			memcpy(tile->bytes + lane * LANES, from, some);
		else if (element == ELEMENT_F32 && some == LANES)
			memcpy(tile->floats + lane * LANES, from, LANES * sizeof(float));
		else
			elements_float(element, from, some, tile->floats + lane * LANES);
	}
	if (element == ELEMENT_U8)
		uint8_t_transpose(tile->bytes);
	else
		float_transpose(tile->floats);
}

/* `count` positions of the border; their number would be 0. */
static void border_write(float *x, size_t count, const float offset[LANES])
{
	for (size_t i = 0; i < count; i++)
		memcpy(x + i * LANES, offset, LANES * sizeof *x);
}

/* One map: the border, and the numbers of sixteen samples in tiles of sixteen, which run over the ends of rows. */
static void map_fill(const struct shape *shape, size_t pad, enum element element, const uint8_t *const sample[LANES],
                     const float scale[LANES], const float offset[LANES], float *x)
{
	size_t points = shape->rows * shape->columns, columns = shape->columns, column = 0;
	union tile tile = {.floats = {0}};

	border_write(x, pad * (columns + 2 * pad) + pad, offset);
	x += (pad * (columns + 2 * pad) + pad) * LANES;
	for (size_t first = 0; first < points; first += LANES) {
		size_t some = points - first < LANES ? points - first : LANES;
		tile_load(&tile, element, sample, first, some);
		for (size_t i = 0; i < some;) {
			size_t run = some - i < columns - column ? some - i : columns - column;
			if (element == ELEMENT_U8)
				uint8_t_write(x, tile.bytes + i * LANES, run, scale, offset);
			else
				float_write(x, tile.floats + i * LANES, run, scale, offset);
			x += run * LANES;
			i += run;
			column += run;
			if (column == columns) {
				border_write(x, 2 * pad, offset);
				x += 2 * pad * LANES;
				column = 0;
			}
		}
	}
	/* The last row's right border has been written, and with it the first `pad` positions of the next row. */
	if (pad > 0)
		border_write(x, (pad - 1) * (columns + 2 * pad) + columns + pad, offset);
}

/* Target `i` of a sample, normalised. */
static float value_of(const struct batcher *batcher, uint32_t sample, size_t i)
{
	const struct data_array *array = &batcher->set->array[DATA_TARGETS];
	const struct normalization *n = batcher->targets;
	const uint8_t *at = array_sample(array, sample);
	float value;
	elements_float(array->element, at + i * element_bytes(array->element), 1, &value);
	if (n == NULL || n->maps == 0)
		return value;
	size_t k = i / (array->each / n->maps);
	return (float)(((double)value - n->mean[k]) / n->deviation[k]);
}

static float weight_of(const struct dataset *set, uint32_t sample)
{
	float weight = 1;
	if (set->array[DATA_WEIGHTS].bytes != NULL)
		memcpy(&weight, array_sample(&set->array[DATA_WEIGHTS], sample), sizeof weight);
	return weight;
}

static void targets_fill(const struct batcher *batcher, const uint32_t *samples, size_t count,
                         struct block_targets *targets)
{
	const struct dataset *set = batcher->set;
	const struct data_array *array = &set->array[DATA_TARGETS];
	targets->count = count;
	for (size_t lane = 0; lane < LANES; lane++) {
		bool used = lane < count;
		targets->weight[lane] = used ? weight_of(set, samples[lane]) : 0;
		for (size_t i = 0; i < array->each; i++)
			if (array->element == ELEMENT_U16)
				targets->class[i * LANES + lane] = used ? dataset_classes(set)[samples[lane] * array->each + i] : -1;
			else
				targets->value[i * LANES + lane] = used ? value_of(batcher, samples[lane], i) : 0;
	}
}

void batcher_fill(const struct batcher *batcher, const uint32_t *samples, size_t count, float *x,
                  struct block_targets *targets)
{
	const struct dataset *set = batcher->set;
	const struct shape *shape = &set->shape;
	size_t points = shape->rows * shape->columns, pad = batcher->pad;
	size_t padded = (shape->rows + 2 * pad) * (shape->columns + 2 * pad);
	size_t size = shape->maps * points;
	enum element element = set->array[DATA_INPUTS].element;
	const uint8_t *whole[LANES];
	size_t sample[LANES] = {0}; /* an empty lane reads the first sample, times 0 */

	if (targets != NULL)
		targets_fill(batcher, samples, count, targets);
	for (size_t lane = 0; lane < count; lane++)
		sample[lane] = samples[lane];
	for (size_t lane = 0; lane < LANES; lane++) {
		whole[lane] = array_sample(&set->array[DATA_INPUTS], sample[lane]);
		if (batcher->distorter != NULL && lane < count) {
			uint8_t *distorted = batcher->distorted + lane * size;
			uint32_t number = set->number != NULL ? set->number[samples[lane]] : samples[lane];
			distorter_image(batcher->distorter, batcher->epoch, number, whole[lane], distorted);
			whole[lane] = distorted;
		}
	}
	for (size_t m = 0; m < shape->maps; m++) {
		const uint8_t *of_map[LANES];
		float scale[LANES], offset[LANES];
		for (size_t lane = 0; lane < LANES; lane++) {
			of_map[lane] = whole[lane] + m * points * element_bytes(element);
			scale[lane] = lane < count ? batcher->scale[m] : 0;
			offset[lane] = lane < count ? batcher->offset[m] : 0;
		}
		map_fill(shape, pad, element, of_map, scale, offset, x + m * padded * LANES);
	}
}
