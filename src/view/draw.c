/* Tiles under a title. */
#include "view.h"

#include <stdio.h>
#include <string.h>

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

size_t tiles_pitch_x(const struct tiles *t)
{
	return t->columns * t->zoom + t->step;
}

/* Pixels down of a number. */
static size_t zoom_down(const struct tiles *t)
{
	return t->zoom_down > 0 ? t->zoom_down : t->zoom;
}

size_t tiles_pitch_y(const struct tiles *t)
{
	return t->rows * zoom_down(t) + t->step;
}

/* Tiles of such a pitch that fit; at least one. */
static size_t fitting(size_t tiles, size_t pitch)
{
	size_t most = PICTURE_SIDE / pitch;
	return tiles <= most ? tiles : most > 0 ? most : 1;
}

/* How many tiles are drawn: down and across. */
static void tiles_fit(const struct tiles *t, size_t *tall, size_t *wide)
{
	*tall = fitting(t->tall, tiles_pitch_y(t));
	*wide = fitting(t->wide, tiles_pitch_x(t));
	while (t->most > 0 && *tall * *wide * t->rows * t->columns > t->most && (*tall > 1 || *wide > 1)) {
		size_t *longer = *tall > *wide ? tall : wide;
		*longer = (*longer + 1) / 2;
	}
}

static struct colour ink_of(const struct tiles *t)
{
	return t->page ? PAGE_INK : INK;
}

/* Every how many tiles of `pitch` pixels a number of `width` pixels has room. */
static size_t stride(size_t pitch, size_t width)
{
	size_t every = 1;
	while (pitch * every < width)
		every *= every % 2 == 0 && every % 5 != 0 ? 5 : 2;
	return every;
}

/* What stands before row j of tiles. */
static const char *row_label(const struct tiles *t, size_t j, char text[24])
{
	size_t tile = t->wrapped ? j * t->wide : j;
	if (t->label != NULL)
		return t->label[j];
	snprintf(text, 24, "%zu", t->row != NULL ? t->row[tile] : tile);
	return text;
}

/* Pixels that the longest of them takes; at least five digits. */
static size_t labels_width(const struct tiles *t, size_t tall)
{
	size_t columns = 5;
	for (size_t j = 0; t->label != NULL && j < tall; j++)
		columns = text_columns(t->label[j]) > columns ? text_columns(t->label[j]) : columns;
	return (columns + 1) * GLYPH_WIDTH;
}

static void numbers_draw(const struct tiles *t, struct canvas *canvas, size_t tall, size_t wide, size_t left,
                         size_t top)
{
	size_t pitch_x = tiles_pitch_x(t), pitch_y = tiles_pitch_y(t), label = 5 * GLYPH_WIDTH;
	char text[24];
	for (size_t j = 0; j < tall; j += t->label != NULL ? 1 : stride(pitch_y, LINE)) {
		const char *name = row_label(t, j, text);
		size_t lower = pitch_y - t->step > GLYPH_HEIGHT ? (pitch_y - t->step - GLYPH_HEIGHT) / 2 : 0;
		canvas_text(canvas, left - 4 - text_width(name), top + j * pitch_y + lower, name, ink_of(t));
	}
	for (size_t i = 0; !t->wrapped && i < wide; i += stride(pitch_x, label)) {
		snprintf(text, sizeof text, "%zu", t->column != NULL ? t->column[i] : i);
		size_t width = pitch_x - t->step;
		canvas_text(canvas, left + i * pitch_x + (width > text_width(text) ? (width - text_width(text)) / 2 : 0),
		            top - LINE + 3, text, ink_of(t));
	}
}

/* "6 output maps", "the 21 strongest of 120 output maps", "the first 60 of 120 output maps". */
static void axis_text(char *out, size_t room, size_t drawn, size_t all, bool chosen, const char *word)
{
	char count[64];
	const char *of = strstr(word, " of ");
	if (drawn == all)
		snprintf(count, sizeof count, "%zu", all);
	else
		snprintf(count, sizeof count, chosen ? "the %zu strongest of %zu" : "the first %zu of %zu", drawn, all);
	size_t head = of != NULL ? (size_t)(of - word) : strlen(word);
	snprintf(out, room, "%s %.*s%s%s", count, (int)head, word, all == 1 ? "" : "s", word + head);
}

void tiles_title(const struct tiles *t, char title[TITLE])
{
	enum { AXIS = 96 };
	char down[AXIS], across[AXIS];
	size_t tall, wide;
	tiles_fit(t, &tall, &wide);
	if (t->wrapped) {
		size_t drawn = tall * wide < t->count ? tall * wide : t->count;
		axis_text(across, AXIS, drawn, t->row != NULL ? t->all_tall : t->count, t->row != NULL, t->down);
		text_fit(title, TITLE, "%s, %s row by row; %s", t->head, across, t->key);
		return;
	}
	axis_text(across, AXIS, wide, t->column != NULL ? t->all_wide : t->wide, t->column != NULL, t->across);
	if (t->down == NULL) {
		text_fit(title, TITLE, "%s, %s across; %s", t->head, across, t->key);
		return;
	}
	axis_text(down, AXIS, tall, t->row != NULL ? t->all_tall : t->tall, t->row != NULL, t->down);
	text_fit(title, TITLE, "%s, %s down, %s across; %s", t->head, down, across, t->key);
}

static void tile_draw(const struct tiles *t, struct canvas *out, size_t tile, size_t x, size_t y)
{
	const float *value = t->value + tile * t->rows * t->columns;
	if (t->present != NULL && !t->present[tile]) {
		canvas_fill(out, x, y, t->columns * t->zoom, t->rows * zoom_down(t), t->page ? PAGE_FAINT : FAINT);
		return;
	}
	for (size_t r = 0; r < t->rows; r++)
		for (size_t c = 0; c < t->columns; c++)
			canvas_fill(out, x + c * t->zoom, y + r * zoom_down(t), t->zoom, zoom_down(t),
			            scale_colour(&t->scale, value[r * t->columns + c]));
}

int tiles_draw(const struct tiles *t, const char *title, struct canvas *out, struct err *err)
{
	size_t pitch_x = tiles_pitch_x(t), pitch_y = tiles_pitch_y(t), tall, wide;
	tiles_fit(t, &tall, &wide);
	size_t left = MARGIN + labels_width(t, tall), top = MARGIN + (size_t)((title != NULL) + !t->wrapped) * LINE;
	size_t width = left + wide * pitch_x + MARGIN, least = title != NULL ? 2 * MARGIN + text_width(title) : 0;
	if (canvas_create(out, width > least ? width : least, top + tall * pitch_y + MARGIN,
	                  t->page ? CANVAS_CLEAR : PAPER, err) != 0)
		return -1;
	out->clear = t->page;
	if (title != NULL)
		canvas_text(out, MARGIN, MARGIN, title, ink_of(t));
	numbers_draw(t, out, tall, wide, left, top);
	for (size_t j = 0; j < tall; j++)
		for (size_t i = 0; i < wide; i++)
			if (!t->wrapped || j * t->wide + i < t->count)
				tile_draw(t, out, j * t->wide + i, left + i * pitch_x, top + j * pitch_y);
	return 0;
}
