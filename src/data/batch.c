/* Batches: images that lie one behind the other as bytes become a block of normalised floats, sample innermost. */
#include <convoy/data.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = LANES * LANES }; /* sixteen pixels of sixteen images */

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

/* A perfect shuffle of 256 bytes: the two halves, by turns. It rotates the bits of an index by one, and four of them
 * exchange the upper and the lower half of the index's eight bits: they transpose 16 × 16 bytes. Compilers make it
 * vector instructions, which they do not of a transposing loop. */
static void tile_shuffle(uint8_t to[restrict TILE], const uint8_t from[restrict TILE])
{
	for (size_t i = 0; i < TILE / 2; i++) {
		to[2 * i] = from[i];
		to[2 * i + 1] = from[TILE / 2 + i];
	}
}

static void tile_transpose(uint8_t tile[restrict TILE])
{
	uint8_t other[TILE];
	tile_shuffle(other, tile);
	tile_shuffle(tile, other);
	tile_shuffle(other, tile);
	tile_shuffle(tile, other);
}

/* `count` pixels of sixteen samples. Empty lanes have scale and offset 0. */
static void pixels_write(float *restrict x, const uint8_t *restrict pixel, size_t count,
                         const float scale[restrict LANES], const float offset[restrict LANES])
{
	for (size_t i = 0; i < count; i++)
		for (size_t lane = 0; lane < LANES; lane++)
			x[i * LANES + lane] = (float)pixel[i * LANES + lane] * scale[lane] + offset[lane];
}

/* `count` pixels of the border; their byte would be 0. */
static void border_write(float *x, size_t count, const float offset[LANES])
{
	for (size_t i = 0; i < count; i++)
		memcpy(x + i * LANES, offset, LANES * sizeof *x);
}

/* One map: the border, and the pixels of sixteen images in tiles of sixteen, which run over the ends of rows. */
static void map_fill(const struct shape *shape, size_t pad, const uint8_t *const image[LANES], const float scale[LANES],
                     const float offset[LANES], float *x)
{
	size_t points = shape->rows * shape->columns, columns = shape->columns, column = 0;
	uint8_t tile[TILE] = {0};

	border_write(x, pad * (columns + 2 * pad) + pad, offset);
	x += (pad * (columns + 2 * pad) + pad) * LANES;
	for (size_t first = 0; first < points; first += LANES) {
		size_t some = points - first < LANES ? points - first : LANES;
		for (size_t lane = 0; lane < LANES; lane++) {
			if (some == LANES) /* a copy of known size is one instruction */
				memcpy(tile + lane * LANES, image[lane] + first, LANES);
			else
				memcpy(tile + lane * LANES, image[lane] + first, some);
		}
		tile_transpose(tile);
		for (size_t i = 0; i < some;) {
			size_t run = some - i < columns - column ? some - i : columns - column;
			pixels_write(x, tile + i * LANES, run, scale, offset);
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
	/* The last row's right border has been written, and with it the first `pad` pixels of the next row. */
	if (pad > 0)
		border_write(x, (pad - 1) * (columns + 2 * pad) + columns + pad, offset);
}

static void targets_fill(const struct dataset *set, const uint32_t *samples, size_t count,
                         struct block_targets *targets)
{
	targets->count = count;
	for (size_t lane = 0; lane < LANES; lane++)
		targets->label[lane] = lane < count ? (int32_t)dataset_class(set, samples[lane]) : -1;
}

void batcher_fill(const struct batcher *batcher, const uint32_t *samples, size_t count, float *x,
                  struct block_targets *targets)
{
	const struct dataset *set = batcher->set;
	const struct shape *shape = &set->shape;
	size_t points = shape->rows * shape->columns, pad = batcher->pad;
	size_t padded = (shape->rows + 2 * pad) * (shape->columns + 2 * pad);
	size_t size = shape->maps * points;
	const uint8_t *whole[LANES];
	size_t sample[LANES] = {0}; /* an empty lane reads the first image, times 0 */

	if (targets != NULL)
		targets_fill(set, samples, count, targets);
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
		const uint8_t *image[LANES];
		float scale[LANES], offset[LANES];
		for (size_t lane = 0; lane < LANES; lane++) {
			image[lane] = whole[lane] + m * points;
			scale[lane] = lane < count ? batcher->scale[m] : 0;
			offset[lane] = lane < count ? batcher->offset[m] : 0;
		}
		map_fill(shape, pad, image, scale, offset, x + m * padded * LANES);
	}
}
