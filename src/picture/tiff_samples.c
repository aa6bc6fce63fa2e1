/* Samples of TIFF files: grey, colours, palettes and inks as bytes, or all bands as numbers. */
#include "tiff.h"

#include <math.h>
#include <string.h>

/* The bits of a sample of the piece. */
static uint64_t bits_at(const struct tiff *f, size_t band, size_t x, size_t y)
{
	const uint8_t *row = f->piece + (f->planes ? band * f->size : 0) + y * f->stride;
	size_t at = f->planes ? x : x * f->bands + band, bit = at * f->depth;
	uint16_t two;
	uint32_t four;
	uint64_t eight;
	switch (f->depth) {
	case 8:
		return row[at];
	case 16:
		memcpy(&two, row + 2 * at, sizeof two);
		return two;
	case 32:
		memcpy(&four, row + 4 * at, sizeof four);
		return four;
	case 64:
		memcpy(&eight, row + 8 * at, sizeof eight);
		return eight;
	default:
		return (uint64_t)row[bit / 8] >> (8 - f->depth - bit % 8) & ((1u << f->depth) - 1);
	}
}

/* A sample as float32. Returns what is wrong with it, or NULL. */
static const char *number_at(const struct tiff *f, uint64_t bits, float *number)
{
	static const char beyond[] = "a sample that float32 cannot hold", not_finite[] = "a sample that is not finite";
	uint32_t low = (uint32_t)bits;
	if (f->format == SAMPLEFORMAT_IEEEFP && f->depth == 32) {
		memcpy(number, &low, sizeof *number);
		return isfinite(*number) ? NULL : not_finite;
	}
	if (f->format == SAMPLEFORMAT_IEEEFP) {
		double wide;
		memcpy(&wide, &bits, sizeof wide);
		*number = (float)wide;
		return isfinite(*number) ? NULL : isfinite(wide) ? beyond : not_finite;
	}
	bool negative = f->format == SAMPLEFORMAT_INT && bits >> (f->depth - 1) & 1;
	uint64_t mask = f->depth == 64 ? UINT64_MAX : ((uint64_t)1 << f->depth) - 1;
	uint64_t size = negative ? (~bits + 1) & mask : bits;
	*number = negative ? -(float)size : (float)size;
	return size <= (uint64_t)1 << 53 && (double)fabsf(*number) == (double)size ? NULL : beyond;
}

/* The high byte of a colour; where all colours are below 256 their writer took bytes. */
void palette_narrow(struct tiff *f)
{
	size_t colours = (size_t)1 << f->depth;
	uint16_t most = 0;
	for (size_t i = 0; i < 3 * colours; i++)
		most = f->palette[i / colours][i % colours] > most ? f->palette[i / colours][i % colours] : most;
	for (size_t i = 0; i < 3 * colours && most > UINT8_MAX; i++)
		f->palette[i / colours][i % colours] >>= 8;
}

static struct pixel pixel_at(const struct tiff *f, size_t x, size_t y)
{
	uint32_t most = f->palette[0] != NULL ? UINT8_MAX : (1u << f->depth) - 1, value[INKS] = {0};
	struct pixel pixel = {.alpha = most, .most = most, .multiplied = f->multiplied};
	for (size_t c = 0; c < f->colours; c++)
		value[c] = (uint32_t)bits_at(f, c, x, y);
	if (f->alpha)
		pixel.alpha = (uint32_t)bits_at(f, f->colours, x, y);
	for (size_t c = 0; c < 3; c++)
		if (f->palette[0] != NULL)
			pixel.colour[c] = f->palette[c][value[0]];
		else if (f->colours == INKS)
			pixel.colour[c] = ((most - value[c]) * (most - value[3]) + most / 2) / most;
		else
			pixel.colour[c] = value[f->colours == 1 ? 0 : c];
	for (size_t c = 0; c < 3 && f->photometric == PHOTOMETRIC_MINISWHITE; c++)
		pixel.colour[c] = (pixel.multiplied ? pixel.alpha : most) - pixel.colour[c];
	return pixel;
}

/* All bands of a pixel, as they are, whichever number stands for white. */
static int bands_put(const struct tiff *f, size_t at, size_t x, size_t y, struct err *err)
{
	const struct photo *out = f->reader->out;
	size_t plane = out->rows * out->columns;
	for (size_t b = 0; b < f->bands; b++) {
		uint64_t bits = bits_at(f, b, x, y);
		uint16_t wide;
		float number;
		const char *fault;
		wide = (uint16_t)bits;
		if (out->number == PHOTO_U8)
			out->sample[b * plane + at] = (uint8_t)bits;
		else if (out->number == PHOTO_U16)
			memcpy(out->sample + (b * plane + at) * sizeof wide, &wide, sizeof wide);
		else if ((fault = number_at(f, bits, &number)) == NULL)
			memcpy(out->sample + (b * plane + at) * sizeof number, &number, sizeof number);
		else
			return err_set(err, EX_DATAERR, "%s: band %zu, row %zu, column %zu: %s", f->reader->name, b,
			               at / out->columns, at % out->columns, fault);
	}
	return 0;
}

int piece_put(const struct tiff *f, size_t row, size_t column, size_t rows, struct err *err)
{
	bool bands = f->reader->maps == PHOTO_BANDS && f->palette[0] == NULL;
	size_t columns = f->columns - column < f->wide ? f->columns - column : f->wide;
	for (size_t y = 0; y < rows; y++)
		for (size_t x = 0; x < columns; x++) {
			size_t at = (row + y) * f->columns + column + x;
			if (bands && bands_put(f, at, x, y, err) != 0)
				return -1;
			if (bands)
				continue;
			struct pixel pixel = pixel_at(f, x, y);
			photo_put(f->reader, at, &pixel);
		}
	return 0;
}
