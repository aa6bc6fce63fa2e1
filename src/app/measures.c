/* convoy eval: the tables and the JSON of classes, of values and of labels. */
#include "measures.h"

#include <convoy/view.h>

#include <math.h>

enum { CELL = 24 };

/* How a number is written in a column: a share as percent in nine columns, a number from 0 to 1 in seven, any number in
 * ten. */
enum form { PERCENT, FRACTION, NUMBER };

/* NaN: a dash. */
static const char *cell_text(enum form form, double value, char text[CELL])
{
	static const int width[] = {[PERCENT] = 9, [FRACTION] = 7, [NUMBER] = 10};
	if (!isfinite(value))
		snprintf(text, CELL, "%*s–", width[form] - 1, "");
	else if (form == PERCENT)
		snprintf(text, CELL, "%8.2f%%", 100 * value);
	else
		snprintf(text, CELL, form == FRACTION ? "%7.4f" : "%10.4g", value);
	return text;
}

/* Prints ",", a gap, and ""NAME": NUMBER", or null for NaN. */
static void json_measure(const char *gap, const char *name, double value)
{
	printf(isfinite(value) ? ",%s\"%s\": %.9g" : ",%s\"%s\": null", gap, name, value);
}

/* The area of class or label k; NaN if there is none, or it was not computed. */
static double auc_of(const struct evaluation *e, size_t k)
{
	return e->auc != NULL ? e->auc[k] : NAN;
}

/* Begins the object of class, value or label k. */
static void json_begin(const struct model *model, size_t k)
{
	printf("%s\n    {\"name\": ", k > 0 ? "," : "");
	json_text(stdout, model->names.name[k]);
}

/* ---- Classes ----------------------------------------------------------------------------------------------------- */

enum { TABLE = 72 }; /* columns of guesses that fit a terminal */

/* Returns the columns of a cell of the matrix, a space before it. */
static int matrix_column(const struct confusion *confusion)
{
	int64_t most = 0;
	for (size_t i = 0; i < confusion->classes * confusion->classes; i++)
		most = confusion->cell[i] > most ? confusion->cell[i] : most;
	int digits = snprintf(NULL, 0, "%lld", (long long)most);
	return 1 + (digits > 5 ? digits : 5);
}

static void matrix_print(const struct model *model)
{
	size_t classes = model->names.count;
	int column = matrix_column(&model->confusion);
	printf("\nconfusion (rows: true class, columns: guess)\n%-12s", "");
	for (size_t k = 0; k < classes; k++)
		printf("%*zu", column, k);
	putchar('\n');
	for (size_t r = 0; r < classes; r++) {
		char name[10], cells[TABLE + 1] = "";
		for (size_t k = 0; k < classes; k++)
			snprintf(cells + k * (size_t)column, sizeof cells - k * (size_t)column, "%*lld", column,
			         (long long)model->confusion.cell[r * classes + k]);
		view_class(model, r, name, sizeof name);
		app_print("%2zu %s%*s%s", r, name, text_gap(name, 9), "", cells);
	}
}

/* What a class is told of: samples, or the positions of maps. */
static const char *counted(const struct model *model)
{
	return model->net->task.positions > 1 ? "positions" : "samples";
}

/* The mean intersection over union of the classes that there are, or that are guessed; NaN without any. */
static double iou_mean(const struct confusion *confusion)
{
	double sum = 0;
	size_t found = 0;
	for (size_t k = 0; k < confusion->classes; k++) {
		struct class_tally t = confusion_tally(confusion, k);
		if (t.samples + t.guesses == 0)
			continue;
		sum += class_measures(&t).iou;
		found++;
	}
	return found > 0 ? sum / (double)found : NAN;
}

/* Too many classes for a table: those that are confused most. */
static void pairs_print(const struct model *model)
{
	enum { MOST = 8 };
	struct confused pair[MOST];
	size_t pairs = confusion_pairs(&model->confusion, MOST, pair);
	if (pairs > 0)
		printf("\n%-16s %-16s %9s\n", "what is", "is taken for", counted(model));
	for (size_t i = 0; i < pairs; i++) {
		char is[17], guess[17];
		view_class(model, (size_t)pair[i].is, is, sizeof is);
		view_class(model, (size_t)pair[i].guess, guess, sizeof guess);
		app_print("%s%*s %s%*s %9lld", is, text_gap(is, 16), "", guess, text_gap(guess, 16), "",
		          (long long)pair[i].samples);
	}
}

void classes_print(const struct model *model, const struct evaluation *e)
{
	const struct confusion *confusion = &model->confusion;
	bool maps = model->net->task.positions > 1;
	char iou[CELL];
	if (maps)
		printf("mean IoU%s\n", cell_text(FRACTION, iou_mean(confusion), iou));
	printf("\n%-16s %9s %9s %9s %7s %7s%s\n", "class", counted(model), "recall", "precision", "F1", "AUC",
	       maps ? "     IoU" : "");
	for (size_t k = 0; k < model->names.count; k++) {
		char name[17], recall[CELL], precision[CELL], f1[CELL], area[CELL];
		struct class_tally t = confusion_tally(confusion, k);
		struct label_measures m = class_measures(&t);
		view_class(model, k, name, sizeof name);
		app_print("%s%*s %9lld %s %s %s %s%s%s", name, text_gap(name, 16), "", (long long)t.samples,
		          cell_text(PERCENT, m.recall, recall), cell_text(PERCENT, m.precision, precision),
		          cell_text(FRACTION, m.f1, f1), cell_text(FRACTION, auc_of(e, k), area), maps ? " " : "",
		          maps ? cell_text(FRACTION, m.iou, iou) : "");
	}
	bool fits = confusion->cell != NULL && confusion->classes <= TABLE / (size_t)matrix_column(confusion);
	(fits ? matrix_print : pairs_print)(model);
}

/* What the samples of a class were taken for; left out where no matrix is kept. */
static void json_row(const struct confusion *confusion, size_t k)
{
	if (confusion->cell == NULL)
		return;
	fputs(", \"guesses\": [", stdout);
	for (size_t i = 0; i < confusion->classes; i++)
		printf("%s%lld", i > 0 ? ", " : "", (long long)confusion->cell[k * confusion->classes + i]);
	putchar(']');
}

static void json_pairs(const struct confusion *confusion)
{
	struct confused pair[CONFUSED_PAIRS];
	size_t pairs = confusion_pairs(confusion, CONFUSED_PAIRS, pair);
	printf(",\n  \"confused\": [");
	for (size_t i = 0; i < pairs; i++)
		printf("%s\n    {\"class\": %lld, \"guess\": %lld, \"samples\": %lld}", i > 0 ? "," : "",
		       (long long)pair[i].is, (long long)pair[i].guess, (long long)pair[i].samples);
	printf("\n  ]");
}

void classes_json(const struct model *model, const struct evaluation *e)
{
	bool maps = model->net->task.positions > 1;
	if (maps) {
		printf(",\n  \"positions\": %zu", model->net->task.positions);
		json_measure("\n  ", "iou", iou_mean(&model->confusion));
	}
	printf(",\n  \"classes\": [");
	for (size_t k = 0; k < model->names.count; k++) {
		struct class_tally t = confusion_tally(&model->confusion, k);
		struct label_measures m = class_measures(&t);
		json_begin(model, k);
		printf(", \"%s\": %lld", counted(model), (long long)t.samples);
		json_measure(" ", "recall", m.recall);
		json_measure(" ", "precision", m.precision);
		json_measure(" ", "f1", m.f1);
		json_measure(" ", "auc", auc_of(e, k));
		if (maps)
			json_measure(" ", "iou", m.iou);
		json_row(&model->confusion, k);
		putchar('}');
	}
	printf("\n  ]");
	if (model->confusion.cell == NULL)
		json_pairs(&model->confusion);
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

void values_print(const struct model *model, const struct evaluation *e)
{
	printf("\n%-16s %-10s %10s %10s %10s %10s %9s\n", "value", "unit", "MAE", "RMSE", "R²", "largest", "sample");
	for (size_t k = 0; k < model->names.count; k++) {
		double unit = model->targets.deviation[k];
		struct value_measures m = value_measures(&e->value[k], unit);
		const char *named = model->job->output.united > 0 ? model->job->output.units[k] : "";
		char name[17], mae[CELL], rmse[CELL], r2[CELL], largest[CELL];
		int head = (int)text_head(named, 10);
		view_class(model, k, name, sizeof name);
		app_print("%s%*s %.*s%*s %s %s %s %s %9zu", name, text_gap(name, 16), "", head, named,
		          named[head] == 0 ? text_gap(named, 10) : 0, "", cell_text(NUMBER, m.mae, mae),
		          cell_text(NUMBER, m.rmse, rmse), cell_text(NUMBER, m.r2, r2),
		          cell_text(NUMBER, unit * e->largest[k].error, largest), e->largest[k].sample);
	}
}

void values_json(const struct model *model, const struct evaluation *e)
{
	fputs(",\n  \"values\": [", stdout);
	for (size_t k = 0; k < model->names.count; k++) {
		double unit = model->targets.deviation[k];
		struct value_measures m = value_measures(&e->value[k], unit);
		json_begin(model, k);
		if (model->job->output.united > 0) {
			fputs(", \"unit\": ", stdout);
			json_text(stdout, model->job->output.units[k]);
		}
		json_measure(" ", "mae", m.mae);
		json_measure(" ", "rmse", m.rmse);
		json_measure(" ", "r2", m.r2);
		json_measure(" ", "largest_error", unit * e->largest[k].error);
		printf(", \"sample\": %zu}", e->largest[k].sample);
	}
	fputs("\n  ]", stdout);
}

/* ---- Labels ------------------------------------------------------------------------------------------------------ */

/* The share of samples of which all labels are right, by weight. */
static double labels_exact(const struct evaluation *e)
{
	return e->totals.weight > 0 ? (double)e->exact / (double)e->totals.weight : 0;
}

void labels_print(const struct model *model, const struct evaluation *e)
{
	printf("all labels right: %.2f%%\n", 100 * labels_exact(e));
	printf("\n%-16s %10s %10s %10s %10s %10s\n", "label", "error", "recall", "precision", "F1", "AUC");
	for (size_t k = 0; k < model->names.count; k++) {
		struct label_measures m = label_measures(&e->label[k]);
		char name[17], error[CELL], recall[CELL], precision[CELL], f1[CELL], area[CELL];
		view_class(model, k, name, sizeof name);
		app_print("%s%*s %s %s %s %s %s", name, text_gap(name, 16), "", cell_text(NUMBER, m.error, error),
		          cell_text(NUMBER, m.recall, recall), cell_text(NUMBER, m.precision, precision),
		          cell_text(NUMBER, m.f1, f1), cell_text(NUMBER, auc_of(e, k), area));
	}
}

void labels_json(const struct model *model, const struct evaluation *e)
{
	printf(",\n  \"exact\": %.9g,\n  \"labels\": [", labels_exact(e));
	for (size_t k = 0; k < model->names.count; k++) {
		struct label_measures m = label_measures(&e->label[k]);
		json_begin(model, k);
		json_measure(" ", "error", m.error);
		json_measure(" ", "auc", auc_of(e, k));
		json_measure(" ", "f1", m.f1);
		json_measure(" ", "recall", m.recall);
		json_measure(" ", "precision", m.precision);
		putchar('}');
	}
	fputs("\n  ]", stdout);
}
