/* Pictures from files become bytes as they are in a data set. */
#include "photo.h"

#include <stdlib.h>
#include <string.h>

int pixels_size(struct pixels *out, const char *name, size_t columns, size_t rows, size_t maps, struct err *err)
{
	if (columns == 0 || rows == 0 || columns > PHOTO_PIXELS / rows)
		return err_set(err, EX_DATAERR, "%s: %zu×%zu pixels: 1 to %d are read", name, columns, rows, PHOTO_PIXELS);
	*out = (struct pixels){.maps = maps, .rows = rows, .columns = columns};
	out->sample = memory_zeroed(rows * columns, maps, err);
	return out->sample != NULL ? 0 : -1;
}

/* A pixel's luminance (ITU-R BT.601). */
static uint8_t luminance(const uint8_t *pixel)
{
	return (uint8_t)((299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2] + 500) / 1000);
}

static int maps_take(struct photo *out, const struct pixels *pixels, size_t maps, struct err *err)
{
	size_t size = pixels->rows * pixels->columns;
	*out = (struct photo){.maps = maps, .rows = pixels->rows, .columns = pixels->columns};
	out->sample = memory_zeroed(size, maps, err);
	if (out->sample == NULL)
		return -1;
	for (size_t m = 0; m < maps; m++)
		for (size_t i = 0; i < size; i++) {
			const uint8_t *pixel = pixels->sample + i * pixels->maps;
			out->sample[m * size + i] = pixels->maps == 1 ? *pixel : maps == 1 ? luminance(pixel) : pixel[m];
		}
	return 0;
}

int photo_decode(struct photo *out, const char *name, const uint8_t *bytes, size_t count, size_t maps, struct err *err)
{
	static const uint8_t png[] = {0x89, 'P', 'N', 'G'};
	struct pixels pixels = {0};
	int code;
	*out = (struct photo){0};
	if (maps != 1 && maps != 3)
		return err_set(err, EX_DATAERR, "%s: a picture gives 1 or 3 maps, not %zu", name, maps);
	if (count > sizeof png && memcmp(bytes, png, sizeof png) == 0)
		code = png_decode(&pixels, name, bytes, count, err);
	else if (count > 2 && bytes[0] == 'P' && strchr("2356", bytes[1]) != NULL && bytes[1] != 0)
		code = pnm_decode(&pixels, name, bytes, count, err);
	else
		code = err_set(err, EX_DATAERR, "%s: is no PNG, PGM or PPM file", name);
	if (code == 0)
		code = maps_take(out, &pixels, maps, err);
	free(pixels.sample);
	return code;
}

void photo_free(struct photo *photo)
{
	free(photo->sample);
	*photo = (struct photo){0};
}

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
	*out = (struct photo){.maps = photo->maps, .rows = rows, .columns = columns};
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
