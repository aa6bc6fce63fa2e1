/* Values at positions: input, truth, prediction and difference side by side. */
#include "view.h"

#include <math.h>
#include <stdlib.h>

enum { WORST = 3, ORDINARY = 3, SHOWN = WORST + ORDINARY, VALUES = 4, SIDE = 128 };

/* Value k of the samples that are shown, on common scales. */
struct fields {
	const struct viewer *viewer;
	const struct answers *answers;
	size_t value, rows, columns, count;
	size_t rank[SHOWN]; /* in the order of errors */
	struct scale both, difference;
};

enum panel { PANEL_TRUTH, PANEL_PREDICTION, PANEL_DIFFERENCE, PANELS };
static const char *const panel_names[] = {"truth", "prediction", "difference"};

static size_t sample_of(const struct fields *f, size_t i)
{
	return f->answers->order[f->rank[i]].sample;
}

static float number_of(const struct fields *f, size_t sample, enum panel panel, size_t position)
{
	size_t i = f->value * f->rows * f->columns + position;
	double is = target_number(f->viewer->set, sample, i);
	double says = (double)f->answers->says[sample * f->answers->numbers + i];
	return (float)(panel == PANEL_TRUTH ? is : panel == PANEL_PREDICTION ? says : says - is);
}

/* Chooses the worst samples and some of those between them and the best. */
static struct fields fields_of(const struct viewer *v, const struct answers *a, size_t value)
{
	const struct data_need need = model_need(v->model);
	struct fields f = {.viewer = v, .answers = a, .value = value, .rows = need.rows, .columns = need.columns,
	                   .both = {PALETTE_HEAT, INFINITY, -INFINITY}};
	for (; f.count < WORST && f.count < a->count; f.count++)
		f.rank[f.count] = f.count;
	for (size_t i = 1; i <= ORDINARY && a->count > SHOWN; i++)
		f.rank[f.count++] = WORST + i * (a->count - WORST) / (ORDINARY + 1);
	float most = 0;
	for (size_t i = 0; i < f.count; i++)
		for (size_t p = 0; p < f.rows * f.columns; p++) {
			float is = number_of(&f, sample_of(&f, i), PANEL_TRUTH, p);
			float says = number_of(&f, sample_of(&f, i), PANEL_PREDICTION, p);
			f.both.low = fminf(f.both.low, fminf(is, says));
			f.both.high = fmaxf(f.both.high, fmaxf(is, says));
			most = fmaxf(most, fabsf(says - is));
		}
	f.difference = (struct scale){PALETTE_SIGNED, -most, most};
	return f;
}

static double error_of(const struct fields *f, size_t sample)
{
	double sum = 0;
	for (size_t p = 0; p < f->rows * f->columns; p++)
		sum += fabs((double)number_of(f, sample, PANEL_DIFFERENCE, p));
	return sum / (double)(f->rows * f->columns);
}

/* ---- Panels ------------------------------------------------------------------------------------------------------ */

/* How many numbers of a side become one. */
static size_t step_of(const struct fields *f)
{
	size_t longer = f->rows > f->columns ? f->rows : f->columns;
	return (longer + SIDE - 1) / SIDE;
}

/* A field [rows][columns] as a picture of at most SIDE × SIDE means. */
static void field_draw(struct canvas *canvas, const struct fields *f, size_t sample, enum panel panel, size_t x,
                       size_t y, size_t zoom)
{
	const struct scale *scale = panel == PANEL_DIFFERENCE ? &f->difference : &f->both;
	size_t step = step_of(f);
	for (size_t r = 0; r < f->rows; r += step)
		for (size_t c = 0; c < f->columns; c += step) {
			double sum = 0, count = 0;
			for (size_t i = r; i < r + step && i < f->rows; i++)
				for (size_t j = c; j < c + step && j < f->columns; j++, count++)
					sum += (double)number_of(f, sample, panel, i * f->columns + j);
			canvas_fill(canvas, x + c / step * zoom, y + r / step * zoom, zoom, zoom,
			            scale_colour(scale, (float)(sum / count)));
		}
}

/* The curves of a panel of signals: truth has that of the prediction with it. */
static int curves_draw(struct canvas *canvas, const struct fields *f, size_t sample, enum panel panel, size_t x,
                       size_t y, size_t zoom, struct err *err)
{
	const struct scale *scale = panel == PANEL_DIFFERENCE ? &f->difference : &f->both;
	float *value = memory_zeroed(f->columns, sizeof *value, err);
	for (int of = panel == PANEL_TRUTH ? PANEL_PREDICTION : (int)panel; value != NULL && of >= (int)panel; of--) {
		for (size_t p = 0; p < f->columns; p++)
			value[p] = number_of(f, sample, (enum panel)of, p);
		curve_draw(canvas, &(struct curve){x, y, SIGNAL_WIDTH * zoom, SIGNAL_HEIGHT * zoom, zoom + 1, f->columns, 1,
		                                   scale->low, scale->high, curve_colour((size_t)of)}, value);
	}
	free(value);
	return value != NULL ? 0 : -1;
}

static bool fields_are_signals(const struct fields *f)
{
	return shape_is_signal((struct shape){1, f->rows, f->columns});
}

static int panel_create(struct canvas *out, const struct fields *f, size_t sample, enum panel panel, struct err *err)
{
	enum { ZOOM = 2 };
	size_t step = step_of(f);
	if (fields_are_signals(f))
		return canvas_create(out, SIGNAL_WIDTH * ZOOM, SIGNAL_HEIGHT * ZOOM, PAPER, err) == 0
		       ? curves_draw(out, f, sample, panel, 0, 0, ZOOM, err) : -1;
	if (canvas_create(out, (f->columns + step - 1) / step, (f->rows + step - 1) / step, PAPER, err) != 0)
		return -1;
	field_draw(out, f, sample, panel, 0, 0, 1);
	return 0;
}

/* ---- The report -------------------------------------------------------------------------------------------------- */

static int panel_print(FILE *file, const struct fields *f, size_t sample, enum panel panel, struct err *err)
{
	struct canvas canvas = {0};
	const char *name = panel == PANEL_TRUTH && fields_are_signals(f) ? "truth and prediction" : panel_names[panel];
	fputs("<div>", file);
	int code = panel_create(&canvas, f, sample, panel, err);
	if (code == 0)
		code = image_print(file, &canvas, name, canvas.width, canvas.height, err);
	fprintf(file, "<small>%s</small></div>\n", name);
	canvas_free(&canvas);
	return code;
}

/* A scale with its ends: "-0.5 ▭ 0.6 truth and prediction". */
static int key_print(FILE *file, const struct scale *scale, const char *what, struct err *err)
{
	enum { LENGTH = 96 };
	struct canvas canvas = {0};
	if (canvas_create(&canvas, LENGTH, 1, PAPER, err) != 0)
		return -1;
	for (size_t i = 0; i < LENGTH; i++)
		canvas_fill(&canvas, i, 0, 1, 1, scale_colour(scale, scale->low + (scale->high - scale->low) * (float)i /
		                                              (LENGTH - 1)));
	fprintf(file, "<span>%s <span>%.4g ", what, (double)scale->low);
	int code = image_print(file, &canvas, "", LENGTH, 10, err);
	fprintf(file, " %.4g</span></span>\n", (double)scale->high);
	canvas_free(&canvas);
	return code;
}

static int row_print(FILE *file, const struct fields *f, size_t i, struct err *err)
{
	size_t sample = sample_of(f, i);
	bool signals = fields_are_signals(f);
	fprintf(file, "<figure><figcaption>sample %zu, MAE %.4g: ", sample, error_of(f, sample));
	if (f->rank[i] == 0)
		fputs("the worst", file);
	else
		fprintf(file, "%zu of %zu by error", f->rank[i] + 1, f->answers->count);
	fprintf(file, "</figcaption><div class=\"panels%s\">\n<div>", signals ? " broad" : "");
	if (sample_print(file, f->viewer->set, sample, err) != 0)
		return -1;
	fputs("<small>input</small></div>\n", file);
	for (int panel = 0; panel < PANELS; panel++)
		if (!(signals && panel == PANEL_PREDICTION) && panel_print(file, f, sample, (enum panel)panel, err) != 0)
			return -1;
	fputs("</div></figure>\n", file);
	return 0;
}

int fields_samples(FILE *file, const struct viewer *v, const struct answers *a, struct err *err)
{
	size_t values = v->model->net->task.count;
	fputs("<p class=\"soft\">The worst samples and some ordinary ones. Truth and prediction have one scale, the "
	      "differences another.", file);
	inputs_remark(file, v->set);
	if (values > VALUES)
		fprintf(file, " The first %d of %zu values.", VALUES, values);
	fputs("</p>\n", file);
	int code = 0;
	for (size_t k = 0; code == 0 && k < values && k < VALUES; k++) {
		struct fields f = fields_of(v, a, k);
		fputs("<div class=\"card fields\"><h3>", file);
		html_name(file, v->model, k);
		fputs("</h3>\n<p class=\"soft keys\">", file);
		if (fields_are_signals(&f))
			fprintf(file, "<span>from %.4g to %.4g: <i style=\"color:var(--c0)\">truth</i>, "
			        "<i style=\"color:var(--c1)\">prediction</i>; difference from %.4g to %.4g</span>",
			        (double)f.both.low, (double)f.both.high, (double)f.difference.low, (double)f.difference.high);
		else if ((code = key_print(file, &f.both, "truth, prediction", err)) == 0)
			code = key_print(file, &f.difference, "prediction − truth", err);
		fprintf(file, "</p>\n<div class=\"rows%s\">\n", fields_are_signals(&f) ? " broad" : "");
		for (size_t i = 0; code == 0 && i < f.count; i++)
			code = row_print(file, &f, i, err);
		fputs("</div></div>\n", file);
	}
	return code;
}

/* ---- A picture --------------------------------------------------------------------------------------------------- */

/* Where things lie in it: pixels of an input and of a panel, and of a number in them. */
struct layout {
	size_t input_zoom, input_width, zoom, width, row, top;
};

static struct layout layout_of(const struct fields *f)
{
	enum { WANTED = 160, GAP = 12 };
	const struct dataset *set = f->viewer->set;
	size_t step = step_of(f), side = (f->columns + step - 1) / step, tall = (f->rows + step - 1) / step;
	bool signals = fields_are_signals(f);
	struct layout l = {.input_zoom = inputs_zoom(set, WANTED), .zoom = signals ? 1 : tiles_zoom(side, 1, WANTED)};
	size_t height = signals ? SIGNAL_HEIGHT : tall * l.zoom, input = inputs_height(set, l.input_zoom);
	l.input_width = inputs_width(set, l.input_zoom) + GAP;
	l.width = (signals ? SIGNAL_WIDTH : side * l.zoom) + GAP;
	l.row = (height > input ? height : input) + LINE + GAP;
	l.top = MARGIN + 2 * LINE;
	return l;
}

/* A sample's input and panels, below a line. */
static int row_draw(struct canvas *out, const struct fields *f, const struct layout *l, size_t i, struct err *err)
{
	size_t sample = sample_of(f, i), y = l->top + i * l->row;
	char text[128];
	snprintf(text, sizeof text, "sample %zu, MAE %.4g: %zu of %zu by error", sample, error_of(f, sample),
	         f->rank[i] + 1, f->answers->count);
	canvas_text(out, MARGIN, y, text, INK);
	if (inputs_draw(out, f->viewer->set, sample, MARGIN, y + LINE, l->input_zoom, err) != 0)
		return -1;
	for (size_t panel = 0; panel < PANELS; panel++) {
		size_t x = MARGIN + l->input_width + panel * l->width;
		if (!fields_are_signals(f))
			field_draw(out, f, sample, (enum panel)panel, x, y + LINE, l->zoom);
		else if (curves_draw(out, f, sample, (enum panel)panel, x, y + LINE, 1, err) != 0)
			return -1;
	}
	return 0;
}

int fields_draw(const struct viewer *v, const struct answers *a, size_t value, struct canvas *out, struct err *err)
{
	const struct fields f = fields_of(v, a, value);
	const struct layout l = layout_of(&f);
	char text[256], name[64];
	text_fit(text, sizeof text, "%s: truth and prediction from %.4g to %.4g, differences from %.4g to %.4g",
	         view_class(v->model, value, name, sizeof name), (double)f.both.low, (double)f.both.high,
	         (double)f.difference.low, (double)f.difference.high);
	size_t wide = 2 * MARGIN + l.input_width + PANELS * l.width, least = 2 * MARGIN + text_columns(text) * GLYPH_WIDTH;
	if (canvas_create(out, wide > least ? wide : least, l.top + f.count * l.row, PAPER, err) != 0)
		return -1;
	canvas_text(out, MARGIN, MARGIN, text, INK);
	canvas_text(out, MARGIN, MARGIN + LINE, "input", INK);
	for (size_t panel = 0; panel < PANELS; panel++)
		canvas_text(out, MARGIN + l.input_width + panel * l.width, MARGIN + LINE, panel_names[panel], INK);
	int code = 0;
	for (size_t i = 0; code == 0 && i < f.count; i++)
		code = row_draw(out, &f, &l, i, err);
	return code;
}
