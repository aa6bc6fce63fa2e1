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

void table_runs(FILE *file, size_t runs, const struct run *run, const char *order)
{
	const char *title = task_measure(run->last->net->task.task)->title;
	for (size_t i = 1; i < runs; i++)
		if (strcmp(task_measure(run[i].last->net->task.task)->title, title) != 0)
			title = "measure";
	fprintf(file, "<p class=\"soft\">%s</p>\n"
	        "<div class=\"card scroll\"><table class=\"stack runs\"><thead><tr><th>run</th><th>job</th>"
	        "<th>epochs</th><th>best test %s</th><th>validation %s</th><th>after epoch</th><th>last test %s</th>"
	        "<th>last train %s</th><th>parameters</th><th>wall time</th></tr></thead><tbody>\n", order, title, title,
	        title, title);
	for (size_t i = 0; i < runs; i++)
		run_row(file, i, &run[i]);
	fputs("</tbody></table></div>\n", file);
}

/* ---- Jobs -------------------------------------------------------------------------------------------------------- */

/* Whether one of the first `jobs` jobs has the key. */
static bool key_met(size_t jobs, const struct job_entries *job, const char *path)
{
	for (size_t i = 0; i < jobs; i++)
		if (job_entries_value(&job[i], path) != NULL)
			return true;
	return false;
}

/* The row of a key, if not all jobs have the same value. Returns whether it was printed. */
static bool key_row(FILE *file, size_t runs, const struct job_entries *job, const struct run *run, const char *path)
{
	bool agree = true;
	for (size_t i = 1; i < runs; i++)
		agree = agree && job_values_agree(job_entries_value(&job[0], path), job_entries_value(&job[i], path));
	if (agree)
		return false;
	fputs("<tr><th>", file);
	html_text(file, path);
	fputs("</th>", file);
	for (size_t i = 0; i < runs; i++) {
		const char *value = job_entries_value(&job[i], path);
		fputs("<td data-title=\"", file);
		html_text(file, run[i].directory);
		fputs("\">", file);
		html_text(file, value != NULL ? value : "–");
		fputs("</td>", file);
	}
	fputs("</tr>\n", file);
	return true;
}

static void keys_print(FILE *file, size_t runs, const struct job_entries *job, const struct run *run)
{
	size_t rows = 0;
	fputs("<div class=\"card scroll\"><table class=\"stack settings\"><thead><tr><th>key</th>", file);
	for (size_t i = 0; i < runs; i++) {
		fprintf(file, "<th><i class=\"dot c%zu\"></i>", i % 8);
		html_text(file, run[i].directory);
		fputs("</th>", file);
	}
	fputs("</tr></thead><tbody>\n", file);
	for (size_t i = 0; i < runs; i++)
		for (size_t e = 0; e < job[i].count; e++)
			if (!key_met(i, job, job[i].entry[e].path))
				rows += key_row(file, runs, job, run, job[i].entry[e].path);
	if (rows == 0)
		fprintf(file, "<tr><th class=\"soft\" colspan=\"%zu\">nothing: the jobs say the same</th></tr>\n", runs + 1);
	fputs("</tbody></table></div>\n", file);
}

int table_jobs(FILE *file, size_t runs, const struct run *run, struct err *err)
{
	struct job_entries *job = memory_zeroed(runs, sizeof *job, err);
	int code = job != NULL ? 0 : -1;
	for (size_t i = 0; code == 0 && i < runs; i++)
		code = job_entries_read(&job[i], run[i].last->job->text, err);
	if (code == 0) {
		fputs("<h2>What the jobs do not share</h2>\n", file);
		keys_print(file, runs, job, run);
	}
	for (size_t i = 0; job != NULL && i < runs; i++)
		job_entries_free(&job[i]);
	free(job);
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
