/* convoy eval: the tables and the JSON of values and of labels. */
#include "measures.h"

#include <convoy/view.h>

#include <math.h>

enum { CELL = 24 };

/* A number in ten columns; NaN: a dash. */
static const char *cell_text(double value, char text[CELL])
{
	if (isfinite(value))
		snprintf(text, CELL, "%10.4g", value);
	else
		snprintf(text, CELL, "%9s–", "");
	return text;
}

void json_measure(const char *name, double value)
{
	printf(isfinite(value) ? ", \"%s\": %.9g" : ", \"%s\": null", name, value);
}

double auc_of(const struct evaluation *e, size_t k)
{
	return e->auc != NULL ? e->auc[k] : NAN;
}

/* Begins the object of value or label k. */
static void json_begin(const struct model *model, size_t k)
{
	printf("%s\n    {\"name\": ", k > 0 ? "," : "");
	json_text(stdout, model->names.name[k]);
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
		          named[head] == 0 ? text_gap(named, 10) : 0, "", cell_text(m.mae, mae), cell_text(m.rmse, rmse),
		          cell_text(m.r2, r2), cell_text(unit * e->largest[k].error, largest), e->largest[k].sample);
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
		json_measure("mae", m.mae);
		json_measure("rmse", m.rmse);
		json_measure("r2", m.r2);
		json_measure("largest_error", unit * e->largest[k].error);
		printf(", \"sample\": %zu}", e->largest[k].sample);
	}
	fputs("\n  ]", stdout);
}

/* ---- Labels ------------------------------------------------------------------------------------------------------ */

double labels_exact(const struct evaluation *e)
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
		app_print("%s%*s %s %s %s %s %s", name, text_gap(name, 16), "", cell_text(m.error, error),
		          cell_text(m.recall, recall), cell_text(m.precision, precision), cell_text(m.f1, f1),
		          cell_text(auc_of(e, k), area));
	}
}

void labels_json(const struct model *model, const struct evaluation *e)
{
	printf(",\n  \"exact\": %.9g,\n  \"labels\": [", labels_exact(e));
	for (size_t k = 0; k < model->names.count; k++) {
		struct label_measures m = label_measures(&e->label[k]);
		json_begin(model, k);
		json_measure("error", m.error);
		json_measure("auc", auc_of(e, k));
		json_measure("f1", m.f1);
		json_measure("recall", m.recall);
		json_measure("precision", m.precision);
		putchar('}');
	}
	fputs("\n  ]", stdout);
}
