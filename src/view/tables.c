/* Tables of a report's page: runs, jobs, layers. */
#include "view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A cell that has its column's title with it: where the page is narrow, a row becomes a list. */
static void cell_open(FILE *file, const char *title)
{
	fprintf(file, "<td data-title=\"%s\">", title);
}

/* "best test error"; the measure is that of the run's task. */
static void measure_cell(FILE *file, const struct model *model, const char *of, double measure)
{
	char title[64];
	snprintf(title, sizeof title, "%s %s", of, task_measure(model->net->task.task)->title);
	cell_open(file, title);
	html_measure(file, model, measure);
	fputs("</td>", file);
}

static void run_row(FILE *file, size_t number, const struct run *run)
{
	const struct model *m = run->last;
	const struct metric *best = run_best(run), *last = run->rows > 0 ? &run->row[run->rows - 1] : NULL;
	fprintf(file, "<tr><th><i class=\"dot c%zu\"></i>", number % 8);
	html_text(file, run->directory);
	fputs("</th>", file);
	cell_open(file, "job");
	html_text(file, m->job->name);
	fputs("</td>", file);
	cell_open(file, "epochs");
	fprintf(file, "%zu of %zu</td>", run->rows, m->job->train.epochs);
	measure_cell(file, m, "best test", best != NULL ? best->record.test_measure : NAN);
	measure_cell(file, m, "validation",
	             best != NULL && m->job->data.validation > 0 ? best->record.validation_measure : NAN);
	cell_open(file, "after epoch");
	html_number(file, best != NULL ? best->record.epoch : 0);
	fputs("</td>", file);
	measure_cell(file, m, "last test", last != NULL ? last->record.test_measure : NAN);
	measure_cell(file, m, "last train", last != NULL ? last->record.train_measure : NAN);
	cell_open(file, "parameters");
	html_number(file, m->net->parameters);
	fputs("</td>", file);
	cell_open(file, "wall time");
	html_duration(file, last != NULL ? last->seconds : NAN);
	fputs("</td></tr>\n", file);
}

void table_runs(FILE *file, size_t runs, const struct run *run)
{
	const char *title = task_measure(run->last->net->task.task)->title;
	for (size_t i = 1; i < runs; i++)
		if (strcmp(task_measure(run[i].last->net->task.task)->title, title) != 0)
			title = "measure";
	fprintf(file, "<div class=\"card scroll\"><table class=\"stack runs\"><thead><tr><th>run</th><th>job</th>"
	        "<th>epochs</th><th>best test %s</th><th>validation %s</th><th>after epoch</th><th>last test %s</th>"
	        "<th>last train %s</th><th>parameters</th><th>wall time</th></tr></thead><tbody>\n", title, title, title,
	        title);
	for (size_t i = 0; i < runs; i++)
		run_row(file, i, &run[i]);
	fputs("</tbody></table></div>\n", file);
}

/* ---- Jobs -------------------------------------------------------------------------------------------------------- */

/* Bytes of the line at `line` up to its comment, if any, and the blanks before that. */
static size_t line_length(const char *line)
{
	size_t length = strcspn(line, "\n");
	for (size_t i = 0; i < length; i++)
		if (line[i] == '#' && (i == 0 || line[i - 1] == ' '))
			length = i;
	while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\r'))
		length--;
	return length;
}

/* Behind the line; NULL behind the last. */
static const char *line_next(const char *line)
{
	line = strchr(line, '\n');
	return line != NULL ? line + 1 : NULL;
}

/* Returns whether `text` has that line. */
static bool line_stands(const char *text, const char *line, size_t length)
{
	for (const char *at = text; at != NULL; at = line_next(at))
		if (line_length(at) == length && memcmp(at, line, length) == 0)
			return true;
	return false;
}

static int line_print(FILE *file, const char *line, size_t length, struct err *err)
{
	char *copy = memory_format(err, "%.*s", (int)length, line);
	if (copy == NULL)
		return -1;
	html_text(file, copy);
	fputc('\n', file);
	free(copy);
	return 0;
}

/* The lines of job `i` that another one has not, comments aside. */
static int lines_print(FILE *file, size_t runs, const struct run *run, size_t i, struct err *err)
{
	int code = 0;
	size_t printed = 0;
	for (const char *line = run[i].last->job->text; code == 0 && line != NULL; line = line_next(line)) {
		size_t length = line_length(line), sharing = 0;
		for (size_t other = 0; other < runs; other++)
			sharing += line_stands(run[other].last->job->text, line, length);
		if (length > 0 && sharing < runs) {
			code = line_print(file, line, length, err);
			printed++;
		}
	}
	if (printed == 0)
		fputs("nothing of its own", file);
	return code;
}

int table_jobs(FILE *file, size_t runs, const struct run *run, struct err *err)
{
	int code = 0;
	fputs("<h2>What the jobs do not share</h2>\n<div class=\"pair\">\n", file);
	for (size_t i = 0; code == 0 && i < runs; i++) {
		fprintf(file, "<div class=\"card\"><h3><i class=\"dot c%zu\"></i>", i % 8);
		html_text(file, run[i].directory);
		fputs("</h3><pre>", file);
		code = lines_print(file, runs, run, i, err);
		fputs("</pre></div>\n", file);
	}
	fputs("</div>\n", file);
	return code;
}

/* ---- Layers ------------------------------------------------------------------------------------------------------ */

void table_layers(FILE *file, const struct model *model)
{
	const struct net *net = model->net;
	fputs("<div class=\"card scroll\"><table class=\"layers\"><thead><tr><th>layer</th><th>output</th>"
	      "<th class=\"wide\">connections</th><th>parameters</th><th>mult–adds</th></tr></thead><tbody>\n", file);
	for (size_t l = 0; l < net->layers; l++) {
		const struct layer *layer = net->layer[l];
		char detail[LAYER_TEXT], size[LAYER_TEXT];
		layer_describe(model->job->layer[l], detail);
		shape_text(layer->out, size);
		fprintf(file, "<tr><th>%zu %s<small>%s</small></th><td>%s</td><td class=\"wide\">", l + 1, layer->type->name,
		        detail, size);
		if (layer->connections > 0)
			html_number(file, layer->connections);
		fputs("</td><td>", file);
		html_number(file, layer->parameters);
		fputs("</td><td>", file);
		html_number(file, layer->multiply_adds);
		fputs("</td></tr>\n", file);
	}
	fputs("</tbody><tfoot><tr><th>all</th><td></td><td class=\"wide\"></td><td>", file);
	html_number(file, net->parameters);
	fputs("</td><td>", file);
	html_number(file, net->multiply_adds);
	fputs("</td></tr></tfoot></table></div>\n", file);
}
