/* Scaling: each pixel of the result is the mean of the area that it covers. */
#include <convoy/picture.h>

#include <stdlib.h>
#include <string.h>

/* The stretch of the source that a pixel of the result covers, in units of 1/parts of a source pixel. */
struct stretch {
	size_t from, count, parts;
};

/* `crop` of `side` source pixels, centred, over `parts` result pixels: pixel `at` covers crop units, of which a source
 * pixel has `parts`. */
static struct stretch stretch_of(size_t side, size_t crop, size_t parts, size_t at)
{
	return (struct stretch){(side - crop) / 2 * parts + at * crop, crop, parts};
}

/* Adds up source rows, each as often as the stretch covers its units: sum [columns] of whole numbers, so that the
 * result is the same everywhere. */
static void rows_add(const uint8_t *map, size_t columns, struct stretch tall, uint64_t *restrict sum)
{
	memset(sum, 0, columns * sizeof *sum);
	for (size_t y = tall.from, stop = tall.from + tall.count; y < stop;) {
		size_t next = (y / tall.parts + 1) * tall.parts;
		uint64_t high = (next < stop ? next : stop) - y;
		const uint8_t *restrict row = map + y / tall.parts * columns;
		for (size_t x = 0; x < columns; x++)
			sum[x] += high * row[x];
		y += (size_t)high;
	}
}

/* The mean of the area that a pixel covers, from such sums. */
static uint8_t area_mean(const uint64_t *sum, struct stretch tall, struct stretch wide)
{
	uint64_t all = 0, area = (uint64_t)tall.count * wide.count;
	for (size_t x = wide.from, end = wide.from + wide.count; x < end;) {
		size_t after = (x / wide.parts + 1) * wide.parts;
		size_t broad = (after < end ? after : end) - x;
		all += sum[x / wide.parts] * broad;
		x += broad;
	}
	return (uint8_t)((all + area / 2) / area);
}

/* Scales the centred tall × wide of one map. */
static void map_fit(const uint8_t *map, const struct photo *photo, size_t tall, size_t wide, const struct photo *out,
                    uint64_t *sum, uint8_t *next)
{
	for (size_t r = 0; r < out->rows; r++) {
		struct stretch down = stretch_of(photo->rows, tall, out->rows, r);
		rows_add(map, photo->columns, down, sum);
		for (size_t c = 0; c < out->columns; c++)
			*next++ = area_mean(sum, down, stretch_of(photo->columns, wide, out->columns, c));
	}
}

int photo_fit(struct photo *out, const struct photo *photo, size_t rows, size_t columns, struct err *err)
{
	*out = (struct photo){photo->maps, rows, columns, NULL, photo->transparent};
	if (rows == 0 || columns == 0 || rows > CANVAS_SIDE || columns > CANVAS_SIDE)
		return err_set(err, EX_DATAERR, "a picture of %zu×%zu pixels: sides are 1 to %d", columns, rows, CANVAS_SIDE);
	size_t tall = photo->rows, wide = photo->columns, from = tall * wide, to = rows * columns;
	out->sample = memory_zeroed(to, photo->maps, err);
	uint64_t *sum = out->sample != NULL ? memory_zeroed(wide, sizeof *sum, err) : NULL;
	if (sum == NULL) {
		photo_free(out);
		return -1;
	}
	if (tall * columns > wide * rows)
		tall = wide * rows / columns > 0 ? wide * rows / columns : 1;
	else
		wide = tall * columns / rows > 0 ? tall * columns / rows : 1;
	for (size_t m = 0; m < photo->maps; m++)
		if (rows == photo->rows && columns == photo->columns)
			memcpy(out->sample + m * to, photo->sample + m * from, to);
		else
			map_fit(photo->sample + m * from, photo, tall, wide, out, sum, out->sample + m * to);
	free(sum);
	return 0;
}
