/* Labels on a report's page: how well each one is told, and the worst samples. */
#include "view.h"

#include <math.h>

enum { WORST = 24, TOLD = 4 };

/* A number from 0 to 1 with a bar. */
static void fraction_cell(FILE *file, double fraction)
{
	if (isfinite(fraction))
		fprintf(file, "<td class=\"bar\">%.4f<b style=\"--w:%.1f%%\"></b></td>", fraction, 100 * fraction);
	else
		fputs("<td class=\"bar\">–</td>", file);
}

/* How many samples have label k. */
static size_t label_samples(const struct viewer *v, size_t k)
{
	size_t count = 0;
	for (size_t i = 0; i < v->set->count; i++)
		count += target_number(v->set, i, k) > 0;
	return count;
}

int labels_section(FILE *file, const struct viewer *v, const struct answers *a, struct err *err)
{
	(void)err; /* as values_section */
	fputs("<p class=\"soft\">", file);
	html_number(file, a->count);
	fputs(a->count == 1 ? " test sample" : " test samples", file);
	if (v->model->net->task.count > SCORES)
		fprintf(file, "; the first %d of %zu labels", SCORES, v->model->net->task.count);
	fputs(".</p>\n<div class=\"card scroll tall\"><table class=\"labels\"><thead><tr><th>label</th>"
	      "<th class=\"wide\">samples that have it</th><th>error</th><th>AUC</th><th>F1</th></tr></thead><tbody>\n",
	      file);
	for (size_t k = 0; k < v->model->net->task.count && k < SCORES; k++) {
		struct label_measures m = label_measures(&a->label[k]);
		fputs("<tr><th>", file);
		html_name(file, v->model, k);
		fputs("</th><td class=\"wide\">", file);
		html_number(file, label_samples(v, k));
		fputs("</td><td>", file);
		html_percent(file, m.error);
		fputs("</td>", file);
		fraction_cell(file, a->auc[k]);
		fraction_cell(file, m.f1);
		fputs("</tr>\n", file);
	}
	fputs("</tbody></table></div>\n", file);
	return 0;
}

/* The labels that a sample has. */
static void held_print(FILE *file, const struct viewer *v, const struct answers *a, size_t sample)
{
	size_t held = 0;
	for (size_t k = 0; k < a->numbers; k++) {
		if (!(target_number(v->set, sample, k) > 0))
			continue;
		if (held < TOLD) {
			fputs(held > 0 ? ", " : "", file);
			html_name(file, v->model, k);
		}
		held++;
	}
	if (held > TOLD)
		fprintf(file, " and %zu more", held - TOLD);
	if (held == 0)
		fputs("none", file);
}

static int worst_print(FILE *file, const struct viewer *v, const struct answers *a, size_t sample, struct err *err)
{
	size_t label[TOLD], told = answers_worst(v, a, sample, TOLD, label);
	fputs("<figure>", file);
	if (sample_print(file, v->set, sample, err) != 0)
		return -1;
	fputs("<figcaption><span>", file);
	held_print(file, v, a, sample);
	fputs("</span>", file);
	for (size_t i = 0; i < told; i++) {
		double size = answers_size(v, a, sample, label[i]);
		if (i > 0 && 2 * size <= a->wanted.high - a->wanted.low)
			break;
		fputs("<em>", file);
		html_name(file, v->model, label[i]);
		fprintf(file, " %.2f</em>", (double)a->says[sample * a->numbers + label[i]]);
	}
	fprintf(file, "<small>%zu</small></figcaption></figure>\n", sample);
	return 0;
}

int labels_samples(FILE *file, const struct viewer *v, const struct answers *a, struct err *err)
{
	fputs("<p class=\"soft\">The labels that the sample has, <em>those with the largest errors and their scores</em>, "
	      "and its number.", file);
	inputs_remark(file, v->set);
	fprintf(file, "</p>\n<div class=\"wrong broad%s\">\n", shape_is_signal(v->set->shape) ? " signals" : "");
	int code = 0;
	for (size_t i = 0; code == 0 && i < a->count && i < WORST; i++)
		code = worst_print(file, v, a, a->order[i].sample, err);
	fputs("</div>\n", file);
	return code;
}
