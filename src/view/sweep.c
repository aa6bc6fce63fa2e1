/* The page of a sweep: its jobs, the best first, how their values go with the measure, and the curves of all. */
#include "sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- The table --------------------------------------------------------------------------------------------------- */

static void head_cell(FILE *file, const char *title)
{
	fputs("<th>", file);
	html_text(file, title);
	fputs("</th>", file);
}

static void cell_open(FILE *file, const char *title)
{
	fputs("<td data-title=\"", file);
	html_text(file, title);
	fputs("\">", file);
}

static void measure_cell(FILE *file, const struct trial *trial, const char *title, double measure)
{
	char text[MEASURE_TEXT];
	cell_open(file, title);
	fputs(isfinite(measure) ? measure_text(trial->measure, measure, text) : "–", file);
	fputs("</td>", file);
}

static void state_cell(FILE *file, const struct trial *trial)
{
	static const char *const word[] = {
		[TRIAL_WAITS] = "not begun", [TRIAL_FAILED] = "failed", [TRIAL_UNREAD] = "cannot be read",
		[TRIAL_OTHER] = "has other values", [TRIAL_BEGUN] = "not finished", [TRIAL_DONE] = "done",
	};
	cell_open(file, "state");
	bool bad = trial->state == TRIAL_FAILED || trial->state == TRIAL_UNREAD || trial->state == TRIAL_OTHER;
	fprintf(file, bad ? "<em>%s</em>" : "%s", word[trial->state]);
	fputs("</td>", file);
}

/* A line for each job that failed, in the order of the table. */
static void failures_print(FILE *file, const struct trials *t)
{
	for (size_t i = 0; i < t->sweep.jobs; i++)
		if (t->trial[i].state == TRIAL_FAILED) {
			fprintf(file, "<p class=\"soft\"><em>%s failed</em>: ", t->sweep.name[t->trial[i].job]);
			html_text(file, t->trial[i].trouble);
			fputs("</p>\n", file);
		}
}

static void trial_row(FILE *file, const struct trials *t, size_t i, const char *const title[2])
{
	const struct trial *trial = &t->trial[i];
	const struct sweep *s = &t->sweep;
	fprintf(file, "<tr data-job=\"%s\"><th>", s->name[trial->job]);
	if (i < TRIALS_BEST && i < t->compared)
		fprintf(file, "<i class=\"dot c%zu\"></i>", i);
	fprintf(file, "%s</th>", s->name[trial->job]);
	for (size_t k = 0; k < s->keys; k++) {
		cell_open(file, s->key[k]);
		html_text(file, s->value[trial->job * s->keys + k]);
		fputs("</td>", file);
	}
	const struct record *best = trial->best != NULL ? &trial->best->record : NULL;
	if (t->validation)
		measure_cell(file, trial, title[0], best != NULL ? best->validation_measure : NAN);
	measure_cell(file, trial, title[1], best != NULL ? best->test_measure : NAN);
	cell_open(file, "after epoch");
	if (best != NULL)
		html_number(file, best->epoch);
	else
		fputs("–", file);
	fputs("</td>", file);
	cell_open(file, "epochs");
	if (trial->epochs > 0)
		fprintf(file, "%zu of %zu</td>", trial->rows, trial->epochs);
	else
		fputs("–</td>", file);
	cell_open(file, "time");
	html_duration(file, trial->rows > 0 ? trial->row[trial->rows - 1].seconds : NAN);
	fputs("</td>", file);
	state_cell(file, trial);
	fputs("</tr>\n", file);
}

static void table_print(FILE *file, const struct trials *t)
{
	const char *measure = t->measure != NULL ? t->measure->title : "measure";
	char validation[64], test[64];
	const char *const title[2] = {validation, test};
	snprintf(validation, sizeof validation, "validation %s", measure);
	snprintf(test, sizeof test, "test %s", measure);
	fputs("<h2>Jobs</h2>\n<div class=\"card scroll tall\"><table class=\"stack trials\"><thead><tr><th>job</th>", file);
	for (size_t k = 0; k < t->sweep.keys; k++)
		head_cell(file, t->sweep.key[k]);
	if (t->validation)
		head_cell(file, validation);
	head_cell(file, test);
	fputs("<th>after epoch</th><th>epochs</th><th>time</th><th>state</th></tr></thead><tbody>\n", file);
	for (size_t i = 0; i < t->sweep.jobs; i++)
		trial_row(file, t, i, title);
	fputs("</tbody></table></div>\n", file);
	failures_print(file, t);
}

/* ---- The page ---------------------------------------------------------------------------------------------------- */

static size_t trials_count(const struct trials *t, enum trial_state state)
{
	size_t count = 0;
	for (size_t i = 0; i < t->sweep.jobs; i++)
		count += t->trial[i].state == state;
	return count;
}

static void tiles_print(FILE *file, const struct trials *t)
{
	char text[MEASURE_TEXT], values[SWEEP_TEXT];
	size_t failed = trials_count(t, TRIAL_FAILED) + trials_count(t, TRIAL_UNREAD);
	fprintf(file, "<div class=\"tiles\">\n<div class=\"card\"><b>%zu<small> of %zu</small></b><span>jobs done</span>"
	        "</div>\n", trials_count(t, TRIAL_DONE), t->sweep.jobs);
	if (failed > 0)
		fprintf(file, "<div class=\"card\"><b><em>%zu</em></b><span>failed</span></div>\n", failed);
	if (t->compared > 0) {
		const struct trial *best = t->trial;
		fprintf(file, "<div class=\"card\"><b>%s</b><span>least %s %s</span></div>\n",
		        measure_text(t->measure, trial_measure(t, &best->best->record), text),
		        t->validation ? "validation" : "test", t->measure->title);
		fprintf(file, "<div class=\"card\"><b>%s</b><span>", t->sweep.name[best->job]);
		html_text(file, sweep_text(&t->sweep, best->job, values));
		fputs("</span></div>\n", file);
	}
	fputs("</div>\n", file);
}

static int sweep_print(struct page *page, const struct trials *t, const char *directory, struct err *err)
{
	FILE *file = page->file;
	page_begin(page, directory, "", "Sweep");
	fputs("<p class=\"soft\">", file);
	html_text(file, directory);
	fputs("</p>\n", file);
	page_head_end(page);
	tiles_print(file, t);
	table_print(file, t);
	if (t->compared > 0) {
		fputs("<h2>Values</h2>\n<div class=\"card scroll plot parallel\">\n", file);
		if (parallel_print(file, t, err) != 0)
			return -1;
		fprintf(file, "</div>\n<p class=\"soft\">A line is a job; the best %d have a colour, as in the table.%s</p>\n"
		        "<h2>Curves</h2>\n<div class=\"curves\">\n", TRIALS_BEST,
		        trials_count(t, TRIAL_FAILED) > 0 ? " Dashed: jobs that failed." : "");
		if (curves_print(file, t, false, err) != 0 || curves_print(file, t, true, err) != 0)
			return -1;
		fputs("</div>\n", file);
	} else {
		fprintf(file, "<p class=\"soft\">%s</p>\n", t->several ? "In the order of the table: the jobs have different "
		        "measures." : "No epoch has ended yet.");
	}
	page_end(page);
	return 0;
}

char *view_sweep(const struct report_options *options, const char *directory, size_t *count, struct err *err)
{
	struct memory_stream stream = {0};
	struct page page = {.options = options, .sweep = true};
	struct trials trials;
	int code = trials_open(&trials, &page, directory, err);
	if (code == 0)
		code = memory_stream_open(&stream, err);
	page.file = stream.file;
	if (code == 0)
		code = sweep_print(&page, &trials, directory, err);
	char *html = memory_stream_close(&stream, count, err);
	if (code != 0) {
		free(html);
		html = NULL;
	}
	trials_close(&trials);
	free(page.notes);
	return html;
}
