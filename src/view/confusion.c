/* The confusion matrix of a report's page. */
#include "view.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { TABLE = 20, PAIRS = 8 };

static int64_t line_sum(const int64_t *first, size_t count, size_t stride)
{
	int64_t sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += first[i * stride];
	return sum;
}

/* A class at the head of a row or column: its number, and its name if it has one. */
static void head_cell(FILE *file, const struct model *model, size_t class)
{
	fprintf(file, "<th><i>%zu</i>", class);
	if (!class_names_are_numbers(&model->names)) {
		fputs("<span>", file);
		html_name(file, model, class);
		fputs("</span>", file);
	}
	fputs("</th>", file);
}

static void matrix_row(FILE *file, const struct model *model, size_t r)
{
	size_t classes = model->job->output.count;
	const int64_t *row = model->confusion.cell + r * classes;
	int64_t sum = line_sum(row, classes, 1);
	fputs("<tr>", file);
	head_cell(file, model, r);
	for (size_t k = 0; k < classes; k++) {
		double share = sum > 0 ? (double)row[k] / (double)sum : 0;
		if (row[k] == 0)
			fputs("<td>·</td>", file);
		else
			fprintf(file, "<td class=\"%s\" style=\"--a:%.2f\">%" PRId64 "</td>", r == k ? "hit" : "miss",
			        r == k ? 0.55 * share : 0.75 * sqrt(share), row[k]);
	}
	fputs("</tr>\n", file);
}

static void matrix_table(FILE *file, const struct model *model)
{
	size_t classes = model->job->output.count;
	fputs("<div class=\"card scroll\"><table class=\"confusion\"><thead><tr><th></th>", file);
	for (size_t k = 0; k < classes; k++)
		head_cell(file, model, k);
	fputs("</tr></thead><tbody>\n", file);
	for (size_t r = 0; r < classes; r++)
		matrix_row(file, model, r);
	fputs("</tbody></table></div>\n", file);
}

/* Many classes: a picture, a square for each pair, lighter where they are more. */
static int matrix_picture(FILE *file, const struct model *model, struct err *err)
{
	size_t classes = model->job->output.count, zoom = 2 * CONFUSION_CLASSES / classes;
	struct canvas canvas = {0};
	float *share = memory_zeroed(classes, classes * sizeof *share, err);
	int code = share != NULL ? 0 : -1;
	for (size_t r = 0; code == 0 && r < classes; r++) {
		int64_t sum = line_sum(model->confusion.cell + r * classes, classes, 1);
		for (size_t k = 0; sum > 0 && k < classes; k++)
			share[r * classes + k] = (float)sqrt((double)model->confusion.cell[r * classes + k] / (double)sum);
	}
	if (code == 0)
		code = canvas_create(&canvas, classes * zoom, classes * zoom, (struct colour){0}, err);
	if (code == 0) {
		canvas_values(&canvas, 0, 0, classes, classes, share, &(struct scale){PALETTE_HEAT, 0, 1}, zoom);
		fputs("<figure class=\"confusion\">", file);
		code = image_print(file, &canvas, "confusion matrix", canvas.width, canvas.height, err);
		fputs("<figcaption>down: true classes, across: guesses; light: many</figcaption></figure>\n", file);
	}
	canvas_free(&canvas);
	free(share);
	return code;
}

/* ---- Classes ----------------------------------------------------------------------------------------------------- */

static void bar_cell(FILE *file, double share)
{
	fputs("<td class=\"bar\">", file);
	html_percent(file, share);
	if (isfinite(share))
		fprintf(file, "<b style=\"--w:%.1f%%\"></b>", 100 * share);
	fputs("</td>", file);
}

/* What is counted. */
static const char *things(const struct model *model)
{
	return model->net->task.positions > 1 ? "positions" : "samples";
}

static void classes_table(FILE *file, const struct model *model)
{
	size_t classes = model->job->output.count;
	bool maps = model->net->task.positions > 1;
	fprintf(file, "<div class=\"card scroll tall\"><table class=\"classes\"><thead><tr><th>%zu classes</th><th>%s</th>"
	        "<th>recall</th><th>precision</th>%s</tr></thead><tbody>\n", classes, things(model),
	        maps ? "<th>IoU</th>" : "");
	for (size_t k = 0; k < classes; k++) {
		struct class_tally t = confusion_tally(&model->confusion, k);
		struct label_measures m = class_measures(&t);
		fprintf(file, "<tr><th><i>%zu</i> ", k);
		if (!class_names_are_numbers(&model->names))
			html_name(file, model, k);
		fputs("</th><td>", file);
		html_number(file, (uint64_t)t.samples);
		fputs("</td>", file);
		bar_cell(file, m.recall);
		bar_cell(file, m.precision);
		if (maps)
			bar_cell(file, m.iou);
		fputs("</tr>\n", file);
	}
	fputs("</tbody></table></div>\n", file);
}

static void pairs_table(FILE *file, const struct model *model)
{
	struct confused pair[PAIRS];
	size_t pairs = confusion_pairs(&model->confusion, PAIRS, pair);
	if (pairs == 0) {
		fputs("<div class=\"card soft\">No class is taken for another.</div>\n", file);
		return;
	}
	fprintf(file, "<div class=\"card scroll\"><table class=\"pairs\"><thead><tr><th>what is</th><th>is taken for</th>"
	        "<th>%s</th><th>of its class</th></tr></thead><tbody>\n", things(model));
	for (size_t i = 0; i < pairs; i++) {
		struct class_tally t = confusion_tally(&model->confusion, (size_t)pair[i].is);
		fputs("<tr><th>", file);
		html_name(file, model, (size_t)pair[i].is);
		fputs("</th><th>", file);
		html_name(file, model, (size_t)pair[i].guess);
		fprintf(file, "</th><td>%" PRId64 "</td>", pair[i].samples);
		bar_cell(file, (double)pair[i].samples / (double)t.samples);
		fputs("</tr>\n", file);
	}
	fputs("</tbody></table></div>\n", file);
}

int confusion_print(FILE *file, const struct model *model, struct err *err)
{
	size_t classes = model->job->output.count;
	bool matrix = model->confusion.cell != NULL;
	int64_t all = 0;
	for (size_t k = 0; k < classes; k++)
		all += confusion_tally(&model->confusion, k).samples;
	fputs("<h2>Confusion</h2>\n", file);
	if (all == 0) {
		bool none = model->records > 0 && model->data[DATA_TEST][0] == 0;
		fprintf(file, "<p class=\"soft\">%s</p>\n", none ? "There is no test set."
		                                                 : "The test set has not been evaluated yet.");
		return 0;
	}
	fputs("<p class=\"soft\">", file);
	html_number(file, (uint64_t)all);
	fputs(model->net->task.positions > 1 ? " positions of test samples" : " test samples", file);
	fputs(matrix ? ": true classes down, guesses across.</p>\n" : ".</p>\n", file);
	int code = 0;
	if (classes <= TABLE)
		matrix_table(file, model);
	else if (matrix)
		code = matrix_picture(file, model, err);
	fputs("<div class=\"pair\">\n", file);
	classes_table(file, model);
	pairs_table(file, model);
	fputs("</div>\n", file);
	return code;
}
