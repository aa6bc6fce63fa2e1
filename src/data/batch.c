/* Batches: samples that lie one behind the other become a block of normalised floats, sample innermost. */
#include "data.h"
#include "distort.h"

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

/* Gives the maps of targets that move with the inputs; 0: a sample has one target, or nothing moves. */
static int maps_moved(const struct dataset *set, const struct distortion *ask, size_t *maps, struct err *err)
{
	const struct data_array *targets = &set->array[DATA_TARGETS];
	size_t of_position = targets->element == ELEMENT_U16 ? 1 : set->classes;
	size_t positions = targets->each / of_position, points = set->shape.rows * set->shape.columns;
	*maps = positions > 1 && distortion_moves(ask) ? of_position : 0;
	if (*maps == 0 || positions == points)
		return 0;
	return err_set(err, EX_CONFIG, "data.distort moves inputs and targets alike: of %zu positions of targets and %zu "
	               "of inputs none would fit", positions, points);
}

int batcher_distort(struct batcher *batcher, const struct distortion *ask, uint64_t seed,
                    const struct kernels *kernels, struct err *err)
{
	if (!distortion_any(ask))
		return 0;
	const struct data_array *array = batcher->set->array;
	enum element element = array[DATA_INPUTS].element;
	size_t maps;
	if (maps_moved(batcher->set, ask, &maps, err) != 0)
		return -1;
	batcher->distorted[DATA_INPUTS] = array[DATA_INPUTS];
	batcher->distorted[DATA_INPUTS].element = element == ELEMENT_U8 ? ELEMENT_U8 : ELEMENT_F32;
	batcher->distorted[DATA_TARGETS] = array[DATA_TARGETS];
	for (size_t a = 0; a < DATA_WEIGHTS; a++)
		batcher->distorted[a].bytes = NULL;
	for (size_t a = 0; a < DATA_WEIGHTS; a++) {
		struct data_array *to = &batcher->distorted[a];
		if ((a == DATA_INPUTS || maps > 0) && (to->bytes = memory_zeroed(array_bytes(to, LANES), 1, err)) == NULL)
			return -1;
	}
	batcher->distorter = distorter_create(ask, batcher->set->shape, element, maps, seed, kernels, err);
	return batcher->distorter != NULL ? 0 : -1;
}

void batcher_close(struct batcher *batcher)
{
	if (batcher == NULL)
		return;
	free(batcher->scale);
	free(batcher->offset);
	distorter_destroy(batcher->distorter);
	for (size_t a = 0; a < DATA_WEIGHTS; a++)
		free(batcher->distorted[a].bytes);
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

/* Number `i` of a sample's target, normalised. */
static float value_of(const struct batcher *batcher, const uint8_t *target, size_t i)
{
	const struct data_array *array = &batcher->set->array[DATA_TARGETS];
	const struct normalization *n = batcher->targets;
	float value;
	elements_float(array->element, target + i * element_bytes(array->element), 1, &value);
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

/* What a block is made of, an array behind the other: a sample for each lane. */
struct lanes {
	enum element element; /* of the inputs */
	const uint8_t *sample[DATA_WEIGHTS][LANES];
};

static void targets_fill(const struct batcher *batcher, const struct lanes *lanes, const uint32_t *samples,
                         size_t count, struct block_targets *targets)
{
	const struct data_array *array = &batcher->set->array[DATA_TARGETS];
	targets->count = count;
	for (size_t lane = 0; lane < LANES; lane++) {
		bool used = lane < count;
		const uint8_t *target = lanes->sample[DATA_TARGETS][lane];
		targets->weight[lane] = used ? weight_of(batcher->set, samples[lane]) : 0;
		targets->share[lane] = 0;
		targets->other[lane] = -1;
		for (size_t i = 0; i < array->each; i++)
			if (array->element == ELEMENT_U16)
				targets->class[i * LANES + lane] = used ? ((const uint16_t *)(const void *)target)[i] : -1;
			else
				targets->value[i * LANES + lane] = used ? value_of(batcher, target, i) : 0;
	}
}

/* Distorts the sample of a lane; its numbers are then the batcher's. */
static void lane_distort(const struct batcher *batcher, struct lanes *lanes, size_t lane, uint32_t sample)
{
	const struct dataset *set = batcher->set;
	uint32_t number = set->number != NULL ? set->number[sample] : sample;
	const uint8_t *from, **inputs = &lanes->sample[DATA_INPUTS][lane], **targets = &lanes->sample[DATA_TARGETS][lane];
	uint8_t *to = array_sample(&batcher->distorted[DATA_INPUTS], lane);
	distorter_inputs(batcher->distorter, batcher->epoch, number, *inputs, to);
	*inputs = to;
	if (batcher->distorted[DATA_TARGETS].bytes == NULL)
		return;
	from = *targets;
	*targets = to = array_sample(&batcher->distorted[DATA_TARGETS], lane);
	if (set->array[DATA_TARGETS].element == ELEMENT_U16)
		distorter_classes(batcher->distorter, (const uint16_t *)(const void *)from, (uint16_t *)(void *)to);
	else
		distorter_values(batcher->distorter, set->classes, (const float *)(const void *)from, (float *)(void *)to);
}

/* An empty lane has the first lane's numbers, which are then multiplied by 0. */
static void lanes_choose(const struct batcher *batcher, const uint32_t *samples, size_t count, bool targets,
                         struct lanes *lanes)
{
	const struct data_array *array = batcher->set->array;
	bool distorts = batcher->distorter != NULL;
	lanes->element = (distorts ? batcher->distorted : array)[DATA_INPUTS].element;
	for (size_t lane = 0; lane < LANES; lane++) {
		if (lane >= count && lane > 0) {
			lanes->sample[DATA_INPUTS][lane] = lanes->sample[DATA_INPUTS][0];
			continue;
		}
		uint32_t sample = lane < count ? samples[lane] : 0;
		lanes->sample[DATA_INPUTS][lane] = array_sample(&array[DATA_INPUTS], sample);
		lanes->sample[DATA_TARGETS][lane] = targets ? array_sample(&array[DATA_TARGETS], sample) : NULL;
		if (distorts)
			lane_distort(batcher, lanes, lane, sample);
	}
}

void batcher_fill(const struct batcher *batcher, const uint32_t *samples, size_t count, float *x,
                  struct block_targets *targets)
{
	const struct shape *shape = &batcher->set->shape;
	size_t points = shape->rows * shape->columns, pad = batcher->pad;
	size_t padded = (shape->rows + 2 * pad) * (shape->columns + 2 * pad);
	struct lanes lanes;

	lanes_choose(batcher, samples, count, targets != NULL, &lanes);
	if (targets != NULL)
		targets_fill(batcher, &lanes, samples, count, targets);
	for (size_t m = 0; m < shape->maps; m++) {
		const uint8_t *of_map[LANES];
		float scale[LANES], offset[LANES];
		for (size_t lane = 0; lane < LANES; lane++) {
			of_map[lane] = lanes.sample[DATA_INPUTS][lane] + m * points * element_bytes(lanes.element);
			scale[lane] = lane < count ? batcher->scale[m] : 0;
			offset[lane] = lane < count ? batcher->offset[m] : 0;
		}
		map_fill(shape, pad, lanes.element, of_map, scale, offset, x + m * padded * LANES);
	}
}
