/* Pictures of a report's page: a sample's way through the net, wrong samples, parameters. */
#include "view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int image_print(FILE *file, const struct canvas *canvas, const char *about, size_t width, size_t height,
                struct err *err)
{
	size_t count;
	uint8_t *png = canvas_png(canvas, &count, err);
	char *text = png != NULL ? text_base64(png, count, err) : NULL;
	if (text != NULL) {
		fputs("<img alt=\"", file);
		html_text(file, about);
		fprintf(file, "\" width=\"%zu\" height=\"%zu\" src=\"data:image/png;base64,%s\">", width, height, text);
	}
	free(png);
	free(text);
	return text != NULL ? 0 : -1;
}

/* A view_take: a figure. */
static int figure_print(void *context, const char *name, const char *title, const struct canvas *canvas,
                        struct err *err)
{
	FILE *file = context;
	size_t length = strlen(name), suffix = strlen(VIEW_ALL);
	bool all = length > suffix && strcmp(name + length - suffix, VIEW_ALL) == 0;
	fprintf(file, "%s<figure data-name=\"%s\"><figcaption>", all ? "<details><summary>all of them</summary>" : "",
	        name);
	html_text(file, title);
	fputs("</figcaption>", file);
	int code = image_print(file, canvas, title, canvas->width, canvas->height, err);
	fputs(all ? "</figure></details>\n" : "</figure>\n", file);
	return code;
}

int sample_print(FILE *file, const struct dataset *set, size_t sample, struct err *err)
{
	enum { WANTED = 84 };
	struct canvas canvas = {0};
	char about[32];
	snprintf(about, sizeof about, "sample %zu", sample);
	int code = view_sample(set, sample, &canvas, err);
	size_t zoom = inputs_zoom(set, WANTED);
	if (code == 0)
		code = image_print(file, &canvas, about, zoom * canvas.width, zoom * canvas.height, err);
	canvas_free(&canvas);
	return code;
}

void inputs_remark(FILE *file, const struct dataset *set)
{
	if (shape_is_signal(set->shape) && set->shape.maps > CURVES)
		fprintf(file, " The first %d of %zu channels are drawn.", CURVES, set->shape.maps);
	else if (!shape_is_signal(set->shape) && set->shape.maps != 1 && set->shape.maps != 3)
		fprintf(file, " The first of %zu channels is drawn.", set->shape.maps);
}

/* ---- Samples ----------------------------------------------------------------------------------------------------- */

/* Scores of classes or labels as bars; what is right stands out. */
static void scores_print(FILE *file, const struct viewer *viewer, const float *score)
{
	const struct model *model = viewer->model;
	bool labels = model->net->task.task == TASK_LABELS;
	float low = 0, high = 0;
	size_t order[SCORES], shown = scores_shown(model, score, order);
	for (size_t k = 0; k < model->job->output.count; k++) {
		low = fminf(low, score[k]);
		high = fmaxf(high, score[k]);
	}
	fputs("<div class=\"card scroll tall\"><table class=\"scores\"><thead><tr><th>", file);
	if (shown < model->job->output.count)
		fprintf(file, "the %zu best of ", shown);
	fprintf(file, "%zu %s</th><th>score</th></tr></thead><tbody>\n", (size_t)model->job->output.count,
	        labels ? "labels" : "classes");
	for (size_t i = 0; i < shown; i++) {
		size_t k = order[i];
		double share = high > low ? (double)(score[k] - low) / (double)(high - low) : 0;
		bool right = labels ? target_number(viewer->set, 0, k) > 0 : k == dataset_class(viewer->set, 0);
		fprintf(file, "<tr%s><th>", right ? " class=\"right\"" : "");
		html_name(file, model, k);
		fprintf(file, "</th><td class=\"bar\">%.3f<b style=\"--w:%.1f%%\"></b></td></tr>\n", (double)score[k],
		        100 * share);
	}
	fputs("</tbody></table></div>\n", file);
}

/* Values: what they are, and what the net says. */
static void numbers_print(FILE *file, const struct viewer *viewer, const float *score)
{
	const struct model *model = viewer->model;
	fputs("<div class=\"card scroll tall\"><table><thead><tr><th>value</th><th>truth</th><th>prediction</th></tr>"
	      "</thead><tbody>\n", file);
	for (size_t k = 0; k < model->net->task.count && k < SCORES; k++) {
		fputs("<tr><th>", file);
		html_name(file, model, k);
		fprintf(file, "</th><td>%.4g</td><td>%.4g</td></tr>\n", target_number(viewer->set, 0, k), (double)score[k]);
	}
	fputs("</tbody></table></div>\n", file);
}

static int way_print(FILE *file, struct viewer *viewer, struct err *err)
{
	const struct task_spec *task = &viewer->model->net->task;
	float *score = view_scores(viewer, err);
	if (score == NULL)
		return -1;
	fputs("<h2>A sample’s way through the net</h2>\n<p class=\"soft\">Test sample 0", file);
	if (dataset_has_classes(viewer->set)) {
		fputs(", of class ", file);
		html_name(file, viewer->model, dataset_class(viewer->set, 0));
	}
	fprintf(file, ": the maps of each layer, dark least, light most%s.</p>\n<div class=\"figures\">\n",
	        shape_is_signal(viewer->set->shape) ? "; signals as curves" : "");
	int code = view_way(viewer, 0, score, figure_print, file, err);
	fputs("</div>\n", file);
	if (code == 0 && task->positions == 1)
		(task->task == TASK_VALUES ? numbers_print : scores_print)(file, viewer, score);
	free(score);
	return code;
}

static int mistake_print(FILE *file, const struct viewer *viewer, const struct mistake *m, struct err *err)
{
	const struct model *model = viewer->model;
	char is[64], guess[64];
	view_class(model, m->label, is, sizeof is);
	view_class(model, m->guess, guess, sizeof guess);
	fputs("<figure>", file);
	int code = sample_print(file, viewer->set, m->sample, err);
	fputs("<figcaption>", file);
	html_text(file, is);
	fputs("<em>", file);
	html_text(file, guess);
	fprintf(file, "</em><small>%zu · %.2f</small></figcaption></figure>\n", m->sample, (double)m->score);
	return code;
}

/* Other samples than the run's: where they were read, and what follows. */
static void other_print(struct page *page, const struct test_set *test, const char *what)
{
	fputs("<pre class=\"notes\">", page->file);
	html_text(page->file, test->remark);
	fprintf(page->file, ".\n%s</pre>\n", what);
	page_note(page, test->remark);
}

static int mistakes_print(struct page *page, struct viewer *viewer, const struct test_set *test, struct err *err)
{
	enum { MOST = 48 };
	FILE *file = page->file;
	struct mistake *mistakes;
	size_t count;
	if (view_mistakes(viewer, &count, &mistakes, err) != 0)
		return -1;
	fputs("<h2>Wrong samples</h2>\n", file);
	if (!test->own)
		other_print(page, test, "Errors and confusion above come from the checkpoint; wrong samples below are those of "
		            "this set.");
	fputs("<p class=\"soft\">", file);
	html_number(file, count);
	fputs(" of ", file);
	html_number(file, viewer->set->count);
	fprintf(file, " test samples are guessed wrong.%s", count == 0 ? "" :
	        " The most certain: what they are, <em>what they are taken for</em>, number and score.");
	inputs_remark(file, viewer->set);
	fprintf(file, "</p>\n<div class=\"wrong%s\">\n", shape_is_signal(viewer->set->shape) ? " broad signals" : "");
	int code = 0;
	for (size_t m = 0; code == 0 && m < count && m < MOST; m++)
		code = mistake_print(file, viewer, &mistakes[m], err);
	fputs("</div>\n", file);
	free(mistakes);
	return code;
}

/* Maps of classes. */
static int maps_print(struct page *page, struct viewer *viewer, const struct test_set *test, struct err *err)
{
	fputs("<h2>Worst samples</h2>\n", page->file);
	if (!test->own)
		other_print(page, test, "Errors and confusion above come from the checkpoint; the samples below are those of "
		            "this set.");
	return class_maps_samples(page->file, viewer, err);
}

/* What the samples of a set of values or labels say. */
static int answers_print(struct page *page, struct viewer *viewer, const struct test_set *test, struct err *err)
{
	FILE *file = page->file;
	struct answers answers = {0};
	const struct task_spec *task = &viewer->model->net->task;
	bool values = task->task == TASK_VALUES;
	int code = answers_open(&answers, viewer, err);
	if (code == 0) {
		fputs(values ? "<h2>Values</h2>\n" : "<h2>Labels</h2>\n", file);
		if (!test->own)
			other_print(page, test, "The curves above are those of the run; what follows is about this set.");
		code = (values ? values_section : labels_section)(file, viewer, &answers, err);
	}
	if (code == 0) {
		fputs("<h2>Worst samples</h2>\n", file);
		int (*worst)(FILE *, const struct viewer *, const struct answers *, struct err *) =
			!values ? labels_samples : task->positions > 1 ? fields_samples : values_samples;
		code = worst(file, viewer, &answers, err);
	}
	answers_close(&answers);
	return code;
}

int samples_print(struct page *page, const struct model *model, struct err *err)
{
	const struct report_options *o = page->options;
	const struct task_spec *task = &model->net->task;
	bool classes = task->task == TASK_CLASSES, maps = classes && task->positions > 1;
	struct test_set test = {0};
	struct viewer viewer = {0};
	struct err missing = {0};
	int code = test_set_read(&test, model, o->data, &missing);
	if (code == 0)
		code = viewer_open(&viewer, o->kernels, model, &test.set, &missing);
	if (code == 0)
		code = (maps ? maps_print : classes ? mistakes_print : answers_print)(page, &viewer, &test, &missing);
	if (code == 0)
		code = way_print(page->file, &viewer, &missing);
	bool wanted = o->data != NULL || missing.code == EX_OSERR; /* no memory: that says nothing about the data */
	if (code != 0 && wanted)
		err_set(err, missing.code, "%s", missing.text);
	if (code != 0) {
		err_prefix(&missing, "no pictures of samples (--data DIR)");
		fprintf(page->file, "<h2>%s samples</h2>\n<p class=\"soft\">", classes && !maps ? "Wrong" : "Worst");
		html_text(page->file, missing.text);
		fputs("</p>\n", page->file);
		if (!wanted)
			page_note(page, missing.text);
	}
	viewer_close(&viewer);
	test_set_free(&test);
	return wanted ? code : 0;
}

/* ---- Parameters -------------------------------------------------------------------------------------------------- */

int parameters_print(FILE *file, const struct model *model, struct err *err)
{
	enum { MOST = 1 << 15 }; /* numbers in a picture: a page is to be mailed */
	fputs("<h2>Parameters</h2>\n<div class=\"figures parameters\">\n", file);
	int code = view_parameters(model, MOST, true, figure_print, file, err);
	fputs("</div>\n", file);
	return code;
}
