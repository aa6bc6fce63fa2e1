/* Pictures from files become bytes as they are in a data set. */
#include "decode.h"

#include <stdlib.h>
#include <string.h>

int photo_size(const struct photo_reader *reader, size_t columns, size_t rows, struct err *err)
{
	if (columns == 0 || rows == 0 || columns > PHOTO_PIXELS / rows)
		return err_set(err, EX_DATAERR, "%s: %zu×%zu pixels: 1 to %d are read", reader->name, columns, rows,
		               PHOTO_PIXELS);
	*reader->out = (struct photo){.maps = reader->maps, .rows = rows, .columns = columns};
	reader->out->sample = reader->room != NULL ? reader->room : memory_zeroed(rows * columns, reader->maps, err);
	return reader->out->sample != NULL ? 0 : -1;
}

/* A sample over the background's, in 8 bits: (α v + (1 − α) background), rounded once. */
static uint8_t mixed(uint64_t value, uint64_t alpha, uint64_t most, uint8_t background)
{
	if (alpha == most)
		return (uint8_t)((value * 255 + most / 2) / most);
	return (uint8_t)((value * alpha * 255 + (most - alpha) * most * background + most * most / 2) / (most * most));
}

void photo_put(const struct photo_reader *reader, size_t at, const struct pixel *pixel)
{
	struct photo *out = reader->out;
	uint8_t red = mixed(pixel->colour[0], pixel->alpha, pixel->most, reader->background.red);
	uint8_t green = mixed(pixel->colour[1], pixel->alpha, pixel->most, reader->background.green);
	uint8_t blue = mixed(pixel->colour[2], pixel->alpha, pixel->most, reader->background.blue);
	size_t size = out->rows * out->columns;
	out->transparent = out->transparent || pixel->alpha < pixel->most;
	if (out->maps == 1) {
		out->sample[at] = photo_luma(red, green, blue);
		return;
	}
	out->sample[at] = red;
	out->sample[size + at] = green;
	out->sample[2 * size + at] = blue;
}

static bool is_png(const uint8_t *bytes, size_t count)
{
	static const uint8_t png[] = {0x89, 'P', 'N', 'G'};
	return count > sizeof png && memcmp(bytes, png, sizeof png) == 0;
}

static bool is_pnm(const uint8_t *bytes, size_t count)
{
	return count > 2 && bytes[0] == 'P' && bytes[1] != 0 && strchr("2356", bytes[1]) != NULL;
}

bool photo_begins(const uint8_t *bytes, size_t count)
{
	return is_png(bytes, count) || is_pnm(bytes, count) || decoder_of(bytes, count) != NULL;
}

int photo_decode(struct photo *out, const char *name, const uint8_t *bytes, size_t count, size_t maps,
                 struct colour background, struct err *err)
{
	const struct photo_reader reader = {out, name, bytes, count, maps, background, NULL};
	*out = (struct photo){0};
	if (maps != 1 && maps != 3)
		return err_set(err, EX_DATAERR, "%s: a picture gives 1 map (grey) or 3 (red, green, blue), and %zu are wanted: "
		               "store the samples as an array, in HDF5 or for NumPy", name, maps);
	if (is_png(bytes, count))
		return png_decode(&reader, err);
	if (is_pnm(bytes, count))
		return pnm_decode(&reader, err);
	if (decoder_of(bytes, count) != NULL)
		return confined_decode(&reader, err);
	const char *format = photo_format(bytes, count);
	if (format == NULL)
		return err_set(err, EX_DATAERR, "%s: is no PNG, JPEG, PGM or PPM file", name);
	return err_set(err, EX_DATAERR, "%s: is %s; PNG, JPEG, PGM and PPM are read: " PHOTO_WAY_OUT, name, format);
}

void photo_free(struct photo *photo)
{
	free(photo->sample);
	*photo = (struct photo){0};
}

bool photo_even(const struct photo *photo)
{
	size_t size = photo->rows * photo->columns;
	for (size_t m = 0; m < photo->maps; m++)
		if (memcmp(photo->sample + m * size, photo->sample + m * size + 1, size - 1) != 0)
			return false;
	return true;
}
