/* Pixels in memory: rectangles, text, arrays of numbers. */
#include "glyphs.h"

#include <convoy/picture.h>

#include <stdlib.h>
#include <string.h>

int canvas_create(struct canvas *out, size_t width, size_t height, struct colour colour, struct err *err)
{
	*out = (struct canvas){.width = width, .height = height};
	if (width == 0 || height == 0 || width > CANVAS_SIDE || height > CANVAS_SIDE)
		return err_set(err, EX_DATAERR, "a picture of %zu×%zu pixels: sides are 1 to %d", width, height, CANVAS_SIDE);
	out->pixel = memory_zeroed(width * height, sizeof *out->pixel, err);
	if (out->pixel == NULL)
		return -1;
	canvas_fill(out, 0, 0, width, height, colour);
	return 0;
}

void canvas_free(struct canvas *canvas)
{
	free(canvas->pixel);
	*canvas = (struct canvas){0};
}

static size_t until(size_t from, size_t count, size_t limit)
{
	return from >= limit ? from : count < limit - from ? from + count : limit;
}

void canvas_fill(struct canvas *canvas, size_t x, size_t y, size_t width, size_t height, struct colour colour)
{
	size_t right = until(x, width, canvas->width), bottom = until(y, height, canvas->height);
	for (size_t r = y; r < bottom; r++)
		for (size_t c = x; c < right; c++)
			canvas->pixel[r * canvas->width + c] = colour;
}

static void glyph_draw(struct canvas *canvas, size_t x, size_t y, const uint8_t rows[GLYPH_ROWS], struct colour colour)
{
	for (size_t r = 0; r < GLYPH_ROWS; r++)
		for (size_t c = 0; c < GLYPH_COLUMNS; c++)
			if (rows[r] >> (GLYPH_COLUMNS - 1 - c) & 1)
				canvas_fill(canvas, x + c, y + r, 1, 1, colour);
}

/* The shape of the character that begins at `text`. */
static const uint8_t *glyph_of(const char *text)
{
	if (*text >= ' ' && *text <= '~')
		return glyphs[*text - ' '];
	for (size_t i = 0; i < sizeof glyphs_beyond / sizeof *glyphs_beyond; i++)
		if (strncmp(text, glyphs_beyond[i].text, strlen(glyphs_beyond[i].text)) == 0)
			return glyphs_beyond[i].rows;
	return glyph_unknown;
}

void canvas_text(struct canvas *canvas, size_t x, size_t y, const char *text, struct colour colour)
{
	for (const char *t = text; *t != 0; t++) {
		if (!text_begins(*t))
			continue;
		glyph_draw(canvas, x, y, glyph_of(t), colour);
		x += GLYPH_WIDTH;
	}
}

void canvas_values(struct canvas *canvas, size_t x, size_t y, size_t rows, size_t columns, const float *value,
                   const struct scale *scale, size_t zoom)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < columns; c++)
			canvas_fill(canvas, x + c * zoom, y + r * zoom, zoom, zoom,
			            scale_colour(scale, value[r * columns + c]));
}
