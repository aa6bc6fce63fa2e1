/* Values on a report's page: what they say in numbers, predictions against truth, errors, the worst samples. */
#include "view.h"

#include <math.h>

enum { PLOTTED = 6, WORST = 24, TOLD = 4 };

/* The unit of a value, "" if it has none. */
static const char *unit_of(const struct model *model, size_t k)
{
	return model->job->output.united > 0 ? model->job->output.units[k] : "";
}

/* " J/k" */
static void unit_print(FILE *file, const struct model *model, size_t k)
{
	if (unit_of(model, k)[0] == 0)
		return;
	fputc(' ', file);
	html_text(file, unit_of(model, k));
}

static void number_cell(FILE *file, const char *title, double number)
{
	fprintf(file, isfinite(number) ? "<td data-title=\"%s\">%.4g</td>" : "<td data-title=\"%s\">–</td>", title, number);
}

static void values_table(FILE *file, const struct viewer *v, const struct answers *a)
{
	const struct model *model = v->model;
	fputs("<div class=\"card scroll tall\"><table class=\"stack values\"><thead><tr><th>value</th><th>MAE</th>"
	      "<th>RMSE</th><th>R²</th><th>largest error</th><th>its sample</th></tr></thead><tbody>\n", file);
	for (size_t k = 0; k < model->net->task.count && k < SCORES; k++) {
		double unit = model->targets.deviation[k];
		struct value_measures m = value_measures(&a->value[k], unit);
		fputs("<tr><th>", file);
		html_name(file, model, k);
		fputs("<i>", file);
		unit_print(file, model, k);
		fputs("</i></th>", file);
		number_cell(file, "MAE", m.mae);
		number_cell(file, "RMSE", m.rmse);
		number_cell(file, "R²", m.r2);
		number_cell(file, "largest error", unit * a->largest[k].error);
		fprintf(file, "<td data-title=\"its sample\">%zu</td></tr>\n", a->largest[k].sample);
	}
	fputs("</tbody></table></div>\n", file);
}

/* ---- Plots ------------------------------------------------------------------------------------------------------- */

/* The pairs of a value, of a field at all positions. */
struct plotted {
	const struct viewer *viewer;
	const struct answers *answers;
	size_t value;
};

static struct pair pair_get(const void *context, size_t i)
{
	const struct plotted *p = context;
	size_t positions = p->viewer->model->net->task.positions, sample = i / positions;
	size_t number = p->value * positions + i % positions;
	return (struct pair){target_number(p->viewer->set, sample, number),
	                     (double)p->answers->says[sample * p->answers->numbers + number]};
}

static void caption_print(FILE *file, const struct model *model, size_t k, const char *of)
{
	fprintf(file, "<figcaption><b>%s", class_names_are_numbers(&model->names) ? "value " : "");
	html_name(file, model, k);
	fprintf(file, "</b> %s<br>", of);
}

static int value_plots(FILE *file, const struct viewer *v, const struct answers *a, size_t k, struct err *err)
{
	const struct model *model = v->model;
	const struct plotted plotted = {v, a, k};
	const struct pairs pairs = {a->count * model->net->task.positions, pair_get, &plotted};
	double unit = model->targets.deviation[k];
	struct value_measures m = value_measures(&a->value[k], unit);
	double most = unit * a->largest[k].error, shown = fmin(most, 4 * m.rmse);
	char name[64], about[128], across[128], error[128];
	view_class(model, k, name, sizeof name);
	const char *named = unit_of(model, k), *gap = named[0] != 0 ? ", " : "";
	text_fit(about, sizeof about, "predictions of %s against truth", name);
	text_fit(across, sizeof across, "truth%s%s", gap, named);
	text_fit(error, sizeof error, "prediction − truth%s%s", gap, named);
	fputs("<figure class=\"card plot\">", file);
	caption_print(file, model, k, "predicted");
	fprintf(file, "R² %.4g, MAE %.4g", m.r2, m.mae);
	unit_print(file, model, k);
	fputs("</figcaption>\n", file);
	if (scatter_print(file, &pairs, about, across, "prediction", err) != 0)
		return -1;
	fputs("</figure>\n<figure class=\"card plot\">", file);
	caption_print(file, model, k, "errors");
	fprintf(file, "RMSE %.4g", m.rmse);
	unit_print(file, model, k);
	fprintf(file, ", the largest %.4g", most);
	unit_print(file, model, k);
	fputs("</figcaption>\n", file);
	text_fit(about, sizeof about, "errors of %s", name);
	size_t beyond = histogram_print(file, &pairs, shown, about, error, model->net->task.positions > 1 ? "positions" :
	                             "samples");
	if (beyond > 0) {
		fputs("<p class=\"soft\">The bars at the ends also hold what is beyond them: ", file);
		html_number(file, beyond);
		fputs(".</p>\n", file);
	}
	fputs("</figure>\n", file);
	return 0;
}

/* ---- Worst samples ----------------------------------------------------------------------------------------------- */

size_t answers_worst(const struct viewer *v, const struct answers *a, size_t sample, size_t most, size_t *value)
{
	size_t count = 0;
	for (size_t k = 0; k < a->numbers; k++) {
		size_t at = count < most ? count : most;
		double size = answers_size(v, a, sample, k);
		for (; at > 0 && answers_size(v, a, sample, value[at - 1]) < size; at--)
			if (at < most)
				value[at] = value[at - 1];
		if (at < most)
			value[at] = k;
		count += count < most;
	}
	return count;
}

static int worst_print(FILE *file, const struct viewer *v, const struct answers *a, size_t sample, struct err *err)
{
	const struct model *model = v->model;
	size_t value[TOLD], told = answers_worst(v, a, sample, TOLD, value);
	fputs("<figure>", file);
	if (sample_print(file, v->set, sample, err) != 0)
		return -1;
	fputs("<figcaption>", file);
	for (size_t i = 0; i < told; i++) {
		size_t k = value[i];
		fputs("<span>", file);
		if (a->numbers > 1) {
			fputs("<i>", file);
			html_name(file, model, k);
			fputs("</i> ", file);
		}
		fprintf(file, "%.4g", target_number(v->set, sample, k));
		unit_print(file, model, k);
		fprintf(file, "<em>%.4g", (double)a->says[sample * a->numbers + k]);
		unit_print(file, model, k);
		fputs("</em></span>", file);
	}
	fprintf(file, "<small>%zu", sample);
	if (a->numbers == 1)
		fprintf(file, " · %+.3g", answers_error(v, a, sample, 0));
	fputs("</small></figcaption></figure>\n", file);
	return 0;
}

int values_samples(FILE *file, const struct viewer *v, const struct answers *a, struct err *err)
{
	fputs("<p class=\"soft\">Truth, <em>prediction</em>", file);
	if (a->numbers > TOLD)
		fprintf(file, " of the %d values with the largest errors", TOLD);
	fprintf(file, ", and number of the sample%s", a->numbers == 1 ? " with its error." : ".");
	inputs_remark(file, v->set);
	bool signals = shape_is_signal(v->set->shape);
	fprintf(file, "</p>\n<div class=\"wrong%s%s\">\n", a->numbers > 1 || signals ? " broad" : "",
	        signals ? " signals" : "");
	int code = 0;
	for (size_t i = 0; code == 0 && i < a->count && i < WORST; i++)
		code = worst_print(file, v, a, a->order[i].sample, err);
	fputs("</div>\n", file);
	return code;
}

int values_section(FILE *file, const struct viewer *v, const struct answers *a, struct err *err)
{
	size_t values = v->model->net->task.count, positions = v->model->net->task.positions;
	fputs("<p class=\"soft\">", file);
	html_number(file, a->count);
	fputs(a->count == 1 ? " test sample" : " test samples", file);
	if (positions > 1) {
		fputs(", fields of ", file);
		html_number(file, positions);
		fputs(" positions", file);
	}
	if (values > SCORES)
		fprintf(file, "; the first %d of %zu values", SCORES, values);
	if (values > PLOTTED)
		fprintf(file, "; plots of the first %d of %zu values", PLOTTED, values);
	fputs(".</p>\n", file);
	values_table(file, v, a);
	fputs("<div class=\"plots\">\n", file);
	int code = 0;
	for (size_t k = 0; code == 0 && k < values && k < PLOTTED; k++)
		code = value_plots(file, v, a, k, err);
	fputs("</div>\n", file);
	return code;
}
