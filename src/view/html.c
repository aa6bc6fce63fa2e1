/* Texts and numbers of a report's page, for HTML and for its script. */
#include "view.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

void html_text(FILE *file, const char *text)
{
	for (const char *t = text; *t != 0; t++)
		switch (*t) {
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '&':
			fputs("&amp;", file);
			break;
		case '"':
			fputs("&quot;", file);
			break;
		default:
			fputc(*t, file);
		}
}

void html_name(FILE *file, const struct model *model, size_t k)
{
	char name[64];
	html_text(file, view_class(model, k, name, sizeof name));
}

void html_number(FILE *file, uint64_t number)
{
	char text[THOUSANDS];
	fputs(text_thousands(number, text), file);
}

void html_percent(FILE *file, double share)
{
	if (isfinite(share))
		fprintf(file, "%.2f%%", 100 * share);
	else
		fputs("–", file);
}

void html_measure(FILE *file, const struct model *model, double measure)
{
	char text[MEASURE_TEXT];
	fputs(isfinite(measure) ? measure_text(task_measure(model->net->task.task), measure, text) : "–", file);
}

void html_duration(FILE *file, double seconds)
{
	if (!(seconds >= 0 && seconds < 1e9)) {
		fputs("–", file);
		return;
	}
	char text[DURATION];
	if (seconds < 60)
		fprintf(file, "%.1f s", seconds);
	else
		fprintf(file, "%s %s", text_duration(seconds, text), seconds + 0.5 < 3600 ? "min" : "h");
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

/* ,"SET_NAME":[…] from a double of each row. */
static void json_column(FILE *file, const char *set, const char *name, const struct run *run, size_t place)
{
	fprintf(file, ",\"%s%s\":[", set, name);
	for (size_t r = 0; r < run->rows; r++) {
		double number = *(const double *)((const char *)&run->row[r] + place);
		fprintf(file, isfinite(number) ? "%s%.9g" : "%snull", r > 0 ? "," : "", number);
	}
	fputc(']', file);
}

void json_runs(FILE *file, size_t runs, const struct run *run)
{
	fputc('[', file);
	for (size_t i = 0; i < runs; i++) {
		fputs(i > 0 ? ",\n{\"name\":" : "{\"name\":", file);
		json_text(file, run[i].directory);
		const struct metric *best = run_best(&run[i]);
		const struct measure *measure = task_measure(run[i].last->net->task.task);
		fprintf(file, ",\"measure\":\"%s\",\"title\":\"%s\",\"share\":%s,\"best\":%" PRIu64
		        ",\"epoch\":[", measure->name, measure->title, measure->share ? "true" : "false",
		        best != NULL ? best->record.epoch : 0);
		for (size_t r = 0; r < run[i].rows; r++)
			fprintf(file, "%s%" PRIu64, r > 0 ? "," : "", run[i].row[r].record.epoch);
		fputc(']', file);
		json_column(file, "", "rate", &run[i], offsetof(struct metric, record.rate));
		json_column(file, "train_", "loss", &run[i], offsetof(struct metric, record.train_loss));
		json_column(file, "train_", measure->name, &run[i], offsetof(struct metric, record.train_measure));
		json_column(file, "validation_", "loss", &run[i], offsetof(struct metric, record.validation_loss));
		json_column(file, "validation_", measure->name, &run[i], offsetof(struct metric, record.validation_measure));
		json_column(file, "test_", "loss", &run[i], offsetof(struct metric, record.test_loss));
		json_column(file, "test_", measure->name, &run[i], offsetof(struct metric, record.test_measure));
		json_column(file, "", "seconds", &run[i], offsetof(struct metric, seconds));
		json_column(file, "", "images_per_second", &run[i], offsetof(struct metric, images_per_second));
		fputc('}', file);
	}
	fputc(']', file);
}
