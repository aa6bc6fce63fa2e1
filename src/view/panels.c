/* Fields of positions beside the input of a sample: in the report, and in a picture. */
#include "view.h"

enum { SIDE = 128, STRIP = 8 };

size_t panels_choose(size_t samples, size_t rank[PANELS_SHOWN])
{
	enum { WORST = 3, ORDINARY = PANELS_SHOWN - WORST };
	size_t count = 0;
	for (; count < WORST && count < samples; count++)
		rank[count] = count;
	for (size_t i = 1; i <= ORDINARY && samples > PANELS_SHOWN; i++)
		rank[count++] = WORST + i * (samples - WORST) / (ORDINARY + 1);
	return count;
}

void panels_rank(size_t rank, size_t samples, char text[PANELS_RANK])
{
	if (rank == 0)
		snprintf(text, PANELS_RANK, "the worst");
	else
		snprintf(text, PANELS_RANK, "%zu of %zu by error", rank + 1, samples);
}

/* ---- A panel ----------------------------------------------------------------------------------------------------- */

/* How many positions of a side become one square, so that a side has at most SIDE of them. */
static size_t step_of(const struct panels *p)
{
	size_t longer = p->rows > p->columns ? p->rows : p->columns;
	return (longer + SIDE - 1) / SIDE;
}

static size_t panel_width(const struct panels *p, size_t zoom)
{
	return zoom * (p->curves != NULL ? SIGNAL_WIDTH : (p->columns - 1) / step_of(p) + 1);
}

/* One row of positions becomes a strip. */
static size_t panel_height(const struct panels *p, size_t zoom)
{
	if (p->curves != NULL)
		return zoom * SIGNAL_HEIGHT;
	return zoom * (p->rows > 1 ? (p->rows - 1) / step_of(p) + 1 : (panel_width(p, 1) - 1) / STRIP + 1);
}

static int panel_draw(struct canvas *canvas, const struct panels *p, size_t sample, size_t panel, size_t x, size_t y,
                      size_t zoom, struct err *err)
{
	size_t step = step_of(p), tall = p->rows > 1 ? zoom : panel_height(p, zoom);
	if (p->curves != NULL)
		return p->curves(p->context, canvas, sample, panel, x, y, zoom, err);
	for (size_t r = 0; r < p->rows; r += step)
		for (size_t c = 0; c < p->columns; c += step)
			canvas_fill(canvas, x + c / step * zoom, y + r / step * zoom, zoom, tall,
			            p->colour(p->context, sample, panel, &(struct patch){r, c, step}));
	return 0;
}

/* ---- The report -------------------------------------------------------------------------------------------------- */

static int panel_print(FILE *file, const struct panels *p, size_t sample, size_t panel, struct err *err)
{
	struct canvas canvas = {0};
	size_t zoom = p->curves != NULL ? 2 : 1;
	fputs("<div>", file);
	int code = canvas_create(&canvas, panel_width(p, zoom), panel_height(p, zoom),
	                         p->curves != NULL ? CANVAS_CLEAR : PAPER, err);
	canvas.clear = p->curves != NULL;
	if (code == 0)
		code = panel_draw(&canvas, p, sample, panel, 0, 0, zoom, err);
	if (code == 0)
		code = image_print(file, &canvas, p->name[panel], canvas.width, canvas.height, err);
	fprintf(file, "<small>%s</small></div>\n", p->name[panel]);
	canvas_free(&canvas);
	return code;
}

int panels_print(FILE *file, const struct panels *p, size_t sample, const char *caption, struct err *err)
{
	fprintf(file, "<figure><figcaption>%s</figcaption><div class=\"panels%s\">\n<div>", caption,
	        p->curves != NULL ? " broad" : "");
	if (sample_print(file, p->viewer->set, sample, err) != 0)
		return -1;
	fputs("<small>input</small></div>\n", file);
	for (size_t panel = 0; panel < p->count; panel++)
		if (panel_print(file, p, sample, panel, err) != 0)
			return -1;
	fputs("</div></figure>\n", file);
	return 0;
}

/* ---- A picture --------------------------------------------------------------------------------------------------- */

/* Where things lie in it: pixels of an input and of a panel with the gaps behind them, and of a number in them. */
struct layout {
	size_t input_zoom, input, zoom, panel, row;
};

static struct layout layout_of(const struct panels *p)
{
	enum { WANTED = 160, GAP = 12 };
	const struct dataset *set = p->viewer->set;
	struct layout l = {.input_zoom = inputs_zoom(set, WANTED), .zoom = 1};
	if (p->curves == NULL)
		l.zoom = tiles_zoom(panel_width(p, 1), 1, WANTED);
	size_t height = panel_height(p, l.zoom), input = inputs_height(set, l.input_zoom);
	l.input = inputs_width(set, l.input_zoom) + GAP;
	l.panel = panel_width(p, l.zoom) + GAP;
	l.row = (height > input ? height : input) + LINE + GAP;
	return l;
}

size_t panels_width(const struct panels *p)
{
	const struct layout l = layout_of(p);
	return 2 * MARGIN + l.input + p->count * l.panel;
}

int panels_draw(const struct panels *p, const char *title, size_t lines, size_t samples, const size_t *sample,
                char (*caption)[PANELS_TEXT], struct canvas *out, struct err *err)
{
	const struct layout l = layout_of(p);
	size_t wide = panels_width(p), least = 2 * MARGIN + text_columns(title) * GLYPH_WIDTH;
	size_t names = MARGIN + (1 + lines) * LINE, top = names + LINE;
	if (canvas_create(out, wide > least ? wide : least, top + samples * l.row, PAPER, err) != 0)
		return -1;
	canvas_text(out, MARGIN, MARGIN, title, INK);
	canvas_text(out, MARGIN, names, "input", INK);
	for (size_t panel = 0; panel < p->count; panel++)
		canvas_text(out, MARGIN + l.input + panel * l.panel, names, p->name[panel], INK);
	for (size_t i = 0; i < samples; i++) {
		size_t y = top + i * l.row;
		canvas_text(out, MARGIN, y, caption[i], INK);
		if (inputs_draw(out, p->viewer->set, sample[i], MARGIN, y + LINE, l.input_zoom, err) != 0)
			return -1;
		for (size_t panel = 0; panel < p->count; panel++)
			if (panel_draw(out, p, sample[i], panel, MARGIN + l.input + panel * l.panel, y + LINE, l.zoom, err) != 0)
				return -1;
	}
	return 0;
}
