/* Reads PNG files. libpng unpacks and checks them. This file converts the samples by the PNG specification: palette,
 * transparency, depth. It ignores the chunks about colour (gAMA, sRGB, cHRM, iCCP, sBIT) and all others, because a data
 * set holds the samples as they are. */
#include "picture.h"

#include <png.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CHANNELS = 4, TROUBLE = 128 };

struct png {
	const struct photo_reader *reader;
	png_structp png;
	png_infop info;
	size_t read;           /* bytes */
	char trouble[TROUBLE]; /* libpng's words */
	int depth, type, passes;
	size_t channels, rows, columns, stride; /* stride: bytes of a row */
	uint8_t *raw;                           /* [rows][stride], or one row where the file is not interlaced */
	png_colorp palette;
	int colours, alphas;
	png_bytep alpha;         /* of the palette's first colours */
	png_color_16p invisible; /* of grey or colour: the one that is transparent, NULL: none */
};

/* ---- libpng ------------------------------------------------------------------------------------------------------ */

static void on_error(png_structp png, png_const_charp text)
{
	struct png *f = png_get_error_ptr(png);
	snprintf(f->trouble, sizeof f->trouble, "%s", text);
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static void on_read(png_structp png, png_bytep out, png_size_t count)
{
	struct png *f = png_get_io_ptr(png);
	if (count > f->reader->count - f->read)
		png_error(png, "cut short");
	memcpy(out, f->reader->bytes + f->read, count);
	f->read += count;
}

/* Everything before the pixels. A chunk that is damaged or stands at a wrong place is an error there: without its tRNS
 * a picture would be another one. false: libpng has jumped out. */
static bool header_read(struct png *f)
{
	if (setjmp(png_jmpbuf(f->png)))
		return false;
	png_set_read_fn(f->png, f, on_read);
	png_set_user_limits(f->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* photo_size has others */
	png_set_crc_action(f->png, PNG_CRC_DEFAULT, PNG_CRC_ERROR_QUIT);
	png_set_keep_unknown_chunks(f->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1); /* but IHDR, PLTE, tRNS, IDAT, IEND */
	png_set_benign_errors(f->png, 0);
	png_read_info(f->png, f->info);
	png_set_benign_errors(f->png, 1);
	f->depth = png_get_bit_depth(f->png, f->info);
	f->type = png_get_color_type(f->png, f->info);
	f->channels = png_get_channels(f->png, f->info);
	f->rows = png_get_image_height(f->png, f->info);
	f->columns = png_get_image_width(f->png, f->info);
	f->stride = png_get_rowbytes(f->png, f->info);
	png_get_PLTE(f->png, f->info, &f->palette, &f->colours);
	png_get_tRNS(f->png, f->info, &f->alpha, &f->alphas, &f->invisible);
	return true;
}

/* One row of one pass over the picture. false: as above. */
static bool row_read(struct png *f, uint8_t *row)
{
	if (setjmp(png_jmpbuf(f->png)))
		return false;
	png_read_row(f->png, row, NULL);
	return true;
}

/* ---- Samples ----------------------------------------------------------------------------------------------------- */

/* A sample of a row, `at` counted over pixels and channels. */
static uint32_t sample_at(const uint8_t *row, size_t at, int depth)
{
	size_t bit = at * (size_t)depth;
	if (depth == 16)
		return (uint32_t)row[2 * at] << 8 | row[2 * at + 1];
	return (uint32_t)row[bit / 8] >> (8 - (size_t)depth - bit % 8) & ((1u << depth) - 1);
}

static int indexed_pixel(const struct png *f, uint32_t index, struct pixel *out, struct err *err)
{
	if (index >= (uint32_t)f->colours)
		return err_set(err, EX_DATAERR, "%s: no good PNG: a pixel has colour %u of a palette of %d", f->reader->name,
		               index, f->colours);
	const png_color *colour = &f->palette[index];
	*out = (struct pixel){{colour->red, colour->green, colour->blue}, 255, 255, false};
	if (index < (uint32_t)f->alphas)
		out->alpha = f->alpha[index];
	return 0;
}

static struct pixel plain_pixel(const struct png *f, const uint32_t *sample)
{
	uint32_t most = (1u << f->depth) - 1;
	bool colour = f->type & PNG_COLOR_MASK_COLOR;
	struct pixel pixel = {{sample[0], sample[colour ? 1 : 0], sample[colour ? 2 : 0]}, most, most, false};
	if (f->type & PNG_COLOR_MASK_ALPHA)
		pixel.alpha = sample[f->channels - 1];
	else if (f->invisible != NULL && colour)
		pixel.alpha = sample[0] == (f->invisible->red & most) && sample[1] == (f->invisible->green & most) &&
		              sample[2] == (f->invisible->blue & most) ? 0 : most;
	else if (f->invisible != NULL)
		pixel.alpha = sample[0] == (f->invisible->gray & most) ? 0 : most;
	return pixel;
}

static int row_put(const struct png *f, size_t y, const uint8_t *row, struct err *err)
{
	for (size_t x = 0; x < f->columns; x++) {
		uint32_t sample[MAX_CHANNELS];
		struct pixel pixel;
		for (size_t c = 0; c < f->channels; c++)
			sample[c] = sample_at(row, x * f->channels + c, f->depth);
		if (f->type != PNG_COLOR_TYPE_PALETTE)
			pixel = plain_pixel(f, sample);
		else if (indexed_pixel(f, sample[0], &pixel, err) != 0)
			return -1;
		photo_put(f->reader, y * f->columns + x, &pixel);
	}
	return 0;
}

/* A palette's colours may have alpha. */
static size_t bands_of(const struct png *f)
{
	return f->type == PNG_COLOR_TYPE_PALETTE ? 3 + (f->alphas > 0) : f->channels;
}

static int fail(const struct png *f, struct err *err)
{
	return err_set(err, EX_DATAERR, "%s: no good PNG: %s", f->reader->name, f->trouble);
}

static int pixels_read(struct png *f, struct err *err)
{
	f->passes = png_set_interlace_handling(f->png);
	bool whole = f->passes > 1;
	f->raw = memory_zeroed(whole ? f->rows : 1, f->stride, err);
	if (f->raw == NULL)
		return -1;
	for (int pass = 0; pass < f->passes; pass++)
		for (size_t y = 0; y < f->rows; y++) {
			uint8_t *row = f->raw + (whole ? y * f->stride : 0);
			if (!row_read(f, row))
				return fail(f, err);
			if (pass == f->passes - 1 && row_put(f, y, row, err) != 0)
				return -1;
		}
	return 0;
}

int png_decode(const struct photo_reader *reader, struct err *err)
{
	struct png f = {.reader = reader};
	int code = -1;
	f.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &f, on_error, on_warning);
	f.info = f.png == NULL ? NULL : png_create_info_struct(f.png);
	if (f.info == NULL)
		err_set(err, EX_OSERR, "%s: libpng has no memory, or is another version", reader->name);
	else if (!header_read(&f))
		fail(&f, err);
	else if (photo_size(reader, &(struct photo_form){f.columns, f.rows, bands_of(&f),
	                    f.depth > 8 ? PHOTO_U16 : PHOTO_U8}, err) == 0)
		code = pixels_read(&f, err);
	png_destroy_read_struct(&f.png, &f.info, NULL);
	free(f.raw);
	return code;
}
