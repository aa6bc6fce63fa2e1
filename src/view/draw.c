/* Tiles under a title. */
#include "view.h"

#include <stdio.h>

/* Pixels that a text is wide. */
static size_t text_width(const char *text)
{
	return text_columns(text) * GLYPH_WIDTH;
}

size_t tiles_zoom(size_t side, size_t tiles, size_t wanted)
{
	size_t zoom = wanted / side > 0 ? wanted / side : 1;
	while (zoom > 1 && (side * zoom + 2) * tiles > PICTURE_SIDE)
		zoom--;
	return zoom;
}

/* Tiles of `size` pixels and a gap that fit; at least one. */
static size_t fitting(size_t tiles, size_t size, size_t gap)
{
	size_t most = PICTURE_SIDE / (size + gap);
	return tiles <= most ? tiles : most > 0 ? most : 1;
}

/* How many tiles are drawn: down and across. */
static void tiles_fit(const struct tiles *t, size_t *tall, size_t *wide)
{
	*tall = fitting(t->tall, t->rows * t->zoom, t->step);
	*wide = fitting(t->wide, t->columns * t->zoom, t->step);
	while (t->most > 0 && *tall * *wide * t->rows * t->columns > t->most && (*tall > 1 || *wide > 1)) {
		size_t *longer = *tall > *wide ? tall : wide;
		*longer = (*longer + 1) / 2;
	}
}

static void number_draw(struct canvas *canvas, size_t right, size_t y, size_t number)
{
	char text[24];
	snprintf(text, sizeof text, "%zu", number);
	canvas_text(canvas, right - text_width(text), y, text, INK);
}

/* Every how many tiles of `pitch` pixels a number of `width` pixels has room. */
static size_t stride(size_t pitch, size_t width)
{
	size_t every = 1;
	while (pitch * every < width)
		every *= every % 2 == 0 && every % 5 != 0 ? 5 : 2;
	return every;
}

static void numbers_draw(const struct tiles *t, struct canvas *canvas, size_t tall, size_t wide, size_t left,
                         size_t top)
{
	size_t pitch_x = t->columns * t->zoom + t->step, pitch_y = t->rows * t->zoom + t->step;
	size_t label = 5 * GLYPH_WIDTH;
	for (size_t j = 0; j < tall; j += stride(pitch_y, LINE))
		number_draw(canvas, left - 4, top + j * pitch_y + (t->rows * t->zoom > GLYPH_HEIGHT ?
		            (t->rows * t->zoom - GLYPH_HEIGHT) / 2 : 0), t->wrapped ? j * t->wide : j);
	for (size_t i = 0; !t->wrapped && i < wide; i += stride(pitch_x, label)) {
		char text[24];
		snprintf(text, sizeof text, "%zu", i);
		size_t width = t->columns * t->zoom;
		canvas_text(canvas, left + i * pitch_x + (width > text_width(text) ? (width - text_width(text)) / 2 : 0),
		            top - LINE + 3, text, INK);
	}
}

void tiles_title(const struct tiles *t, char title[TITLE])
{
	size_t tall, wide;
	char cut[64] = "";
	tiles_fit(t, &tall, &wide);
	if (tall < t->tall || wide < t->wide)
		snprintf(cut, sizeof cut, " (the first %zux%zu of %zux%zu)", tall, wide, t->tall, t->wide);
	snprintf(title, TITLE, "%s%s", t->title, cut);
}

int tiles_draw(const struct tiles *t, const char *title, struct canvas *out, struct err *err)
{
	size_t pitch_x = t->columns * t->zoom + t->step, pitch_y = t->rows * t->zoom + t->step;
	size_t tall, wide;
	tiles_fit(t, &tall, &wide);
	size_t left = MARGIN + 6 * GLYPH_WIDTH, top = MARGIN + (size_t)((title != NULL) + !t->wrapped) * LINE;
	size_t width = left + wide * pitch_x + MARGIN, least = title != NULL ? 2 * MARGIN + text_width(title) : 0;
	if (canvas_create(out, width > least ? width : least, top + tall * pitch_y + MARGIN, PAPER, err) != 0)
		return -1;
	if (title != NULL)
		canvas_text(out, MARGIN, MARGIN, title, INK);
	numbers_draw(t, out, tall, wide, left, top);
	for (size_t j = 0; j < tall; j++)
		for (size_t i = 0; i < wide; i++) {
			size_t tile = j * t->wide + i, x = left + i * pitch_x, y = top + j * pitch_y;
			if (t->wrapped && tile >= t->count)
				continue;
			if (t->present == NULL || t->present[tile])
				canvas_values(out, x, y, t->rows, t->columns, t->value + tile * t->rows * t->columns, &t->scale,
				              t->zoom);
			else
				canvas_fill(out, x, y, t->columns * t->zoom, t->rows * t->zoom, FAINT);
		}
	return 0;
}
