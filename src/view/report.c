/* The report: one page that needs no network and no other file. */
#include "view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void page_note(struct page *page, const char *text)
{
	struct err err = {0};
	if (page->options->note != NULL)
		page->options->note(page->options->context, text);
	char *notes = memory_format(&err, "%s%s\n", page->notes != NULL ? page->notes : "", text);
	if (notes != NULL) {
		free(page->notes);
		page->notes = notes;
	}
}

/* ---- Head -------------------------------------------------------------------------------------------------------- */

static void head_print(const struct page *page)
{
	FILE *file = page->file;
	const struct run *run = page->run;
	page_begin(page, run->last->job->name, page->runs > 1 ? " and others" : "",
	           page->runs > 1 ? "Runs compared" : run->last->job->name);
	fputs("<p class=\"soft\">", file);
	for (size_t i = 0; i < page->runs; i++) {
		fputs(i > 0 ? ", " : "", file);
		html_text(file, run[i].directory);
	}
	fputs("</p>\n", file);
	page_head_end(page);
}

/* ---- Summary of one run ------------------------------------------------------------------------------------------ */

static void tile_open(FILE *file)
{
	fputs("<div class=\"card\"><b>", file);
}

static void tile_close(FILE *file, const char *what)
{
	fprintf(file, "</b><span>%s</span></div>\n", what);
}

static const char *state_text(const struct run *run)
{
	const struct model *m = run->last;
	if (!model_counts_epochs(m))
		return "epochs: there was no test set";
	if (m->records >= m->job->train.epochs)
		return "epochs, all done";
	return model_done(m) ? "epochs, ended early: no better" : "epochs, not finished";
}

static void errors_print(FILE *file, const struct run *run)
{
	const struct metric *best = run_best(run);
	const struct measure *m = task_measure(run->last->net->task.task);
	char text[96];
	if (run->last->job->data.validation > 0) {
		tile_open(file);
		html_measure(file, run->last, best != NULL ? best->record.validation_measure : NAN);
		snprintf(text, sizeof text, "best validation %s", m->title);
		tile_close(file, text);
	}
	tile_open(file);
	html_measure(file, run->last, best != NULL ? best->record.test_measure : NAN);
	snprintf(text, sizeof text, best != NULL ? "test %s after epoch %llu" : "test %s", m->title,
	         (unsigned long long)(best != NULL ? best->record.epoch : 0));
	tile_close(file, text);
}

static void tiles_print(FILE *file, const struct run *run)
{
	const struct model *m = run->last;
	double fastest = 0;
	for (size_t r = 0; r < run->rows; r++)
		fastest = isfinite(run->row[r].images_per_second) ? fmax(fastest, run->row[r].images_per_second) : fastest;
	fputs("<div class=\"tiles\">\n", file);
	errors_print(file, run);
	tile_open(file);
	if (model_counts_epochs(m))
		fprintf(file, "%zu<small> of %zu</small>", run->rows, m->job->train.epochs);
	else
		fputs("–", file);
	tile_close(file, state_text(run));
	tile_open(file);
	html_number(file, m->net->parameters);
	tile_close(file, "parameters");
	tile_open(file);
	html_duration(file, run->rows > 0 ? run->row[run->rows - 1].seconds : NAN);
	tile_close(file, "wall time");
	tile_open(file);
	if (fastest > 0)
		html_number(file, (uint64_t)(fastest + 0.5));
	else
		fputs("–", file);
	tile_close(file, "images/s, fastest epoch");
	fputs("</div>\n", file);
}

/* ---- The page ---------------------------------------------------------------------------------------------------- */

static void charts_print(const struct page *page)
{
	FILE *file = page->file;
	size_t rows = 0;
	for (size_t i = 0; i < page->runs; i++)
		rows += page->run[i].rows;
	fputs("<h2>Curves</h2>\n", file);
	if (rows == 0) {
		fprintf(file, "<p class=\"soft\">%s</p>\n", model_counts_epochs(page->run->last) ? "No epoch has ended yet."
		        : "The program that trained it had no test set.");
		return;
	}
	fputs("<p class=\"controls\"><span><button data-over=\"epoch\">epochs</button><button data-over=\"seconds\">"
	      "wall time</button></span> <span><button data-scale=\"linear\">linear</button>"
	      "<button data-scale=\"log\">log</button></span></p>\n"
	      "<noscript><p class=\"soft\">The curves need JavaScript.</p></noscript>\n"
	      "<div class=\"charts\" id=\"charts\"></div>\n<script type=\"application/json\" id=\"runs\">", file);
	json_runs(file, page->runs, page->run);
	fputs("</script>\n", file);
}

/* What a run began with, and what stays as it was. */
static void origin_print(FILE *file, const struct model *model)
{
	enum { SHOWN = 8 };
	const struct class_names *start = &model->start;
	char name[LAYER_NAME];
	size_t frozen = 0;
	if (start->count > 1) {
		fprintf(file, "<p class=\"soft start\">The run began with %zu array%s of a file with the SHA-256 <code>",
		        start->count - 1, start->count > 2 ? "s" : "");
		html_text(file, start->name[0]);
		fputs("</code>: ", file);
		for (size_t i = 1; i < start->count && i <= SHOWN; i++) {
			fputs(i > 1 ? ", " : "", file);
			html_text(file, start->name[i]);
		}
		if (start->count - 1 > SHOWN)
			fprintf(file, " and %zu more", start->count - 1 - SHOWN);
		fputs(".</p>\n", file);
	}
	for (size_t l = 0; l < model->net->layers; l++)
		if (model->net->layer[l]->frozen) {
			fputs(frozen++ == 0 ? "<p class=\"soft frozen\">Frozen: " : ", ", file);
			html_text(file, layer_name(l, model->net->layer[l], name));
		}
	fputs(frozen > 0 ? ".</p>\n" : "", file);
}

/* What a run learned. */
static int learned_print(struct page *page, const struct run *run, struct err *err)
{
	FILE *file = page->file;
	const struct model *model = run_shown(run);
	bool only = page->runs == 1;
	if (!only) {
		fprintf(file, "<details><summary><i class=\"dot c%zu\"></i>", (size_t)(run - page->run) % 8);
		html_text(file, run->directory);
		fputs("</summary>\n", file);
	}
	fputs("<p class=\"soft about\">What follows is about the parameters after ", file);
	if (model_counts_epochs(model))
		fprintf(file, "epoch %zu, ", model->records);
	fprintf(file, "step %llu (%s).</p>\n", (unsigned long long)model->step,
	        model == run->best ? "best.h5" : "the newest checkpoint");
	origin_print(file, model);
	bool classes = model->job->output.task == TASK_CLASSES;
	if (classes && confusion_print(file, model, err) != 0)
		return -1;
	if (samples_print(page, model, err) != 0)
		return -1;
	if (parameters_print(file, model, err) != 0)
		return -1;
	fputs("<h2>Layers</h2>\n", file);
	if (!net_is_chain(model->net) && graph_print(file, model, err) != 0)
		return -1;
	table_layers(file, model);
	fputs("<h2>Job</h2>\n<div class=\"card\"><pre>", file);
	html_text(file, model->job->text);
	fputs(only ? "</pre></div>\n" : "</pre></div>\n</details>\n", file);
	return 0;
}

static int page_print(struct page *page, struct err *err)
{
	head_print(page);
	if (page->runs == 1) {
		tiles_print(page->file, page->run);
	} else {
		fputs("<h2>Summary</h2>\n", page->file);
		table_runs(page->file, page->runs, page->run, page->order);
	}
	charts_print(page);
	if (page->runs > 1) {
		if (table_jobs(page->file, page->runs, page->run, err) != 0)
			return -1;
		fputs("<h2>What each run learned</h2>\n", page->file);
	}
	for (size_t i = 0; i < page->runs; i++)
		if (learned_print(page, &page->run[i], err) != 0)
			return -1;
	page_end(page);
	return 0;
}

/* Whether a run has a test set. */
static bool run_tested(const struct run *run)
{
	return run->last->data[DATA_TEST][0] != 0;
}

/* Errors of different samples do not compare. */
static int tests_compare(struct page *page, struct err *err)
{
	const struct run *first = page->run;
	for (size_t i = 1; i < page->runs; i++) {
		const struct run *run = &page->run[i];
		if (strcmp(run->last->data[DATA_TEST], first->last->data[DATA_TEST]) == 0)
			continue;
		const struct run *untested = run_tested(first) ? run : first;
		char *text =
			run_tested(first) && run_tested(run)
			? memory_format(err, "%s and %s were tested on different test sets: their errors do not compare",
			                first->directory, run->directory)
			: memory_format(err, "%s has no test set: there is no error to compare with that of %s",
			                untested->directory, (untested == run ? first : run)->directory);
		if (text == NULL)
			return -1;
		page_note(page, text);
		free(text);
	}
	return 0;
}

char *view_report(const struct report_options *options, size_t *count, struct err *err)
{
	struct memory_stream stream = {0};
	struct page page = {.options = options, .runs = options->runs};
	page.run = memory_zeroed(page.runs, sizeof *page.run, err);
	int code = page.run != NULL ? 0 : -1;
	for (size_t i = 0; code == 0 && i < page.runs; i++)
		code = run_open(&page.run[i], options->directory[i], &page, err);
	if (code == 0)
		code = tests_compare(&page, err);
	if (code == 0)
		code = memory_stream_open(&stream, err);
	page.file = stream.file;
	if (code == 0)
		page.order = runs_order(page.runs, page.run);
	if (code == 0)
		code = page_print(&page, err);
	char *html = memory_stream_close(&stream, count, err);
	if (code != 0) {
		free(html);
		html = NULL;
	}
	for (size_t i = 0; page.run != NULL && i < page.runs; i++)
		run_close(&page.run[i]);
	free(page.run);
	free(page.notes);
	return html;
}
