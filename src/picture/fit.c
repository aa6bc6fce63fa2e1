/* Scaling: each pixel of the result is the mean of the area that it covers. */
#include <convoy/picture.h>

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

/* Whole sums, so that the result is the same everywhere. */
static uint8_t area_mean(const uint8_t *map, size_t columns, struct stretch tall, struct stretch wide)
{
	uint64_t sum = 0, area = (uint64_t)tall.count * wide.count;
	for (size_t y = tall.from; y < tall.from + tall.count;) {
		size_t next = (y / tall.parts + 1) * tall.parts, stop = tall.from + tall.count;
		size_t high = (next < stop ? next : stop) - y;
		const uint8_t *row = map + y / tall.parts * columns;
		for (size_t x = wide.from; x < wide.from + wide.count;) {
			size_t after = (x / wide.parts + 1) * wide.parts, end = wide.from + wide.count;
			size_t broad = (after < end ? after : end) - x;
			sum += (uint64_t)row[x / wide.parts] * high * broad;
			x += broad;
		}
		y += high;
	}
	return (uint8_t)((sum + area / 2) / area);
}

int photo_fit(struct photo *out, const struct photo *photo, size_t rows, size_t columns, struct err *err)
{
	*out = (struct photo){photo->maps, rows, columns, NULL, photo->transparent};
	if (rows == 0 || columns == 0 || rows > CANVAS_SIDE || columns > CANVAS_SIDE)
		return err_set(err, EX_DATAERR, "a picture of %zu×%zu pixels: sides are 1 to %d", columns, rows, CANVAS_SIDE);
	out->sample = memory_zeroed(rows * columns, photo->maps, err);
	if (out->sample == NULL)
		return -1;
	size_t tall = photo->rows, wide = photo->columns;
	if (tall * columns > wide * rows)
		tall = wide * rows / columns > 0 ? wide * rows / columns : 1;
	else
		wide = tall * columns / rows > 0 ? tall * columns / rows : 1;
	for (size_t m = 0; m < photo->maps; m++)
		for (size_t r = 0; r < rows; r++)
			for (size_t c = 0; c < columns; c++)
				out->sample[(m * rows + r) * columns + c] =
					area_mean(photo->sample + m * photo->rows * photo->columns, photo->columns,
				              stretch_of(photo->rows, tall, rows, r), stretch_of(photo->columns, wide, columns, c));
	return 0;
}
