/* Values at positions: input, truth, prediction and difference side by side. */
#include "view.h"

#include <math.h>
#include <stdlib.h>

enum { VALUES = 4 };

/* Value k of the samples that are shown, on common scales. */
struct fields {
	const struct viewer *viewer;
	const struct answers *answers;
	size_t value, rows, columns, count;
	size_t rank[PANELS_SHOWN], sample[PANELS_SHOWN];
	struct scale both, difference;
};

enum panel { PANEL_TRUTH, PANEL_PREDICTION, PANEL_DIFFERENCE, PANELS };

static float number_of(const struct fields *f, size_t sample, enum panel panel, size_t position)
{
	size_t i = f->value * f->rows * f->columns + position;
	double is = target_number(f->viewer->set, sample, i);
	double says = (double)f->answers->says[sample * f->answers->numbers + i];
	return (float)(panel == PANEL_TRUTH ? is : panel == PANEL_PREDICTION ? says : says - is);
}

static struct fields fields_of(const struct viewer *v, const struct answers *a, size_t value)
{
	const struct data_need need = model_need(v->model);
	struct fields f = {.viewer = v, .answers = a, .value = value, .rows = need.rows, .columns = need.columns,
	                   .both = {PALETTE_HEAT, INFINITY, -INFINITY}};
	f.count = panels_choose(a->count, f.rank);
	float most = 0;
	for (size_t i = 0; i < f.count; i++) {
		f.sample[i] = a->order[f.rank[i]].sample;
		for (size_t p = 0; p < f.rows * f.columns; p++) {
			float is = number_of(&f, f.sample[i], PANEL_TRUTH, p);
			float says = number_of(&f, f.sample[i], PANEL_PREDICTION, p);
			f.both.low = fminf(f.both.low, fminf(is, says));
			f.both.high = fmaxf(f.both.high, fmaxf(is, says));
			most = fmaxf(most, fabsf(says - is));
		}
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

static bool fields_are_signals(const struct fields *f)
{
	return shape_is_signal((struct shape){1, f->rows, f->columns});
}

/* ---- Panels ------------------------------------------------------------------------------------------------------ */

/* The mean of the positions. */
static struct colour patch_colour(const void *context, size_t sample, size_t panel, const struct patch *patch)
{
	const struct fields *f = context;
	double sum = 0, count = 0;
	for (size_t r = patch->row; r < patch->row + patch->side && r < f->rows; r++)
		for (size_t c = patch->column; c < patch->column + patch->side && c < f->columns; c++, count++)
			sum += (double)number_of(f, sample, (enum panel)panel, r * f->columns + c);
	return scale_colour(panel == PANEL_DIFFERENCE ? &f->difference : &f->both, (float)(sum / count));
}

/* The first panel of signals has truth and prediction, the second one the difference. */
static int curves_draw(const void *context, struct canvas *canvas, size_t sample, size_t panel, size_t x, size_t y,
                       size_t zoom, struct err *err)
{
	const struct fields *f = context;
	enum panel first = panel == 0 ? PANEL_TRUTH : PANEL_DIFFERENCE;
	const struct scale *scale = panel == 0 ? &f->both : &f->difference;
	float *value = memory_zeroed(f->columns, sizeof *value, err);
	for (int of = panel == 0 ? PANEL_PREDICTION : PANEL_DIFFERENCE; value != NULL && of >= (int)first; of--) {
		for (size_t p = 0; p < f->columns; p++)
			value[p] = number_of(f, sample, (enum panel)of, p);
		curve_draw(canvas, &(struct curve){x, y, SIGNAL_WIDTH * zoom, SIGNAL_HEIGHT * zoom, zoom + 1, f->columns, 1,
		                                   scale->low, scale->high, curve_colour((size_t)of)}, value);
	}
	free(value);
	return value != NULL ? 0 : -1;
}

static struct panels panels_of(const struct fields *f)
{
	if (fields_are_signals(f))
		return (struct panels){.viewer = f->viewer, .rows = f->rows, .columns = f->columns, .count = 2,
		                       .name = {"truth and prediction", "difference"}, .curves = curves_draw, .context = f};
	return (struct panels){.viewer = f->viewer, .rows = f->rows, .columns = f->columns, .count = PANELS,
	                       .name = {"truth", "prediction", "difference"}, .colour = patch_colour, .context = f};
}

static void caption_make(const struct fields *f, size_t i, char text[PANELS_TEXT])
{
	char rank[PANELS_RANK];
	panels_rank(f->rank[i], f->answers->count, rank);
	snprintf(text, PANELS_TEXT, "sample %zu, MAE %.4g: %s", f->sample[i], error_of(f, f->sample[i]), rank);
}

/* ---- The report and a picture ------------------------------------------------------------------------------------ */

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
		const struct fields f = fields_of(v, a, k);
		const struct panels panels = panels_of(&f);
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
		for (size_t i = 0; code == 0 && i < f.count; i++) {
			char caption[PANELS_TEXT];
			caption_make(&f, i, caption);
			code = panels_print(file, &panels, f.sample[i], caption, err);
		}
		fputs("</div></div>\n", file);
	}
	return code;
}

int fields_draw(const struct viewer *v, const struct answers *a, size_t value, struct canvas *out, struct err *err)
{
	const struct fields f = fields_of(v, a, value);
	const struct panels panels = panels_of(&f);
	char text[256], name[64], caption[PANELS_SHOWN][PANELS_TEXT];
	text_fit(text, sizeof text, "%s: truth and prediction from %.4g to %.4g, differences from %.4g to %.4g",
	         view_class(v->model, value, name, sizeof name), (double)f.both.low, (double)f.both.high,
	         (double)f.difference.low, (double)f.difference.high);
	for (size_t i = 0; i < f.count; i++)
		caption_make(&f, i, caption[i]);
	return panels_draw(&panels, text, 0, f.count, f.sample, caption, out, err);
}
