/* Pictures of a report's page: a sample's way through the net, wrong samples, parameters. */
#include "view.h"

#include <math.h>
#include <stdlib.h>

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
	fprintf(file, "<figure data-name=\"%s\"><figcaption>", name);
	html_text(file, title);
	fputs("</figcaption>", file);
	int code = image_print(file, canvas, title, canvas->width, canvas->height, err);
	fputs("</figure>\n", file);
	return code;
}

/* ---- Samples ----------------------------------------------------------------------------------------------------- */

static void scores_print(FILE *file, const struct model *model, size_t label, const float *score)
{
	float low = 0, high = 0;
	size_t order[SCORES], shown = scores_shown(model, score, order);
	for (size_t k = 0; k < model->job->output.count; k++) {
		low = fminf(low, score[k]);
		high = fmaxf(high, score[k]);
	}
	fputs("<div class=\"card scroll tall\"><table class=\"scores\"><thead><tr><th>class</th><th>score</th></tr></thead>"
	      "<tbody>\n", file);
	for (size_t i = 0; i < shown; i++) {
		size_t k = order[i];
		char name[64];
		double share = high > low ? (double)(score[k] - low) / (double)(high - low) : 0;
		fprintf(file, "<tr%s><th>", k == label ? " class=\"right\"" : "");
		html_text(file, view_class(model, k, name, sizeof name));
		fprintf(file, "</th><td class=\"bar\">%.3f<b style=\"--w:%.1f%%\"></b></td></tr>\n", (double)score[k],
		        100 * share);
	}
	fputs("</tbody></table></div>\n", file);
}

static int way_print(FILE *file, struct viewer *viewer, struct err *err)
{
	const struct model *model = viewer->model;
	size_t label = dataset_class(viewer->set, 0);
	char name[64];
	float *score = memory_zeroed(viewer->set->classes, sizeof *score, err);
	if (score == NULL)
		return -1;
	fputs("<h2>A sample’s way through the net</h2>\n<p class=\"soft\">Test sample 0, of class ", file);
	html_text(file, view_class(model, label, name, sizeof name));
	fputs(": the maps of each layer, dark least, light most.</p>\n<div class=\"figures\">\n", file);
	int code = view_way(viewer, 0, score, figure_print, file, err);
	fputs("</div>\n", file);
	if (code == 0)
		scores_print(file, model, label, score);
	free(score);
	return code;
}

static int mistake_print(FILE *file, const struct viewer *viewer, const struct mistake *m, struct err *err)
{
	const struct dataset *set = viewer->set;
	const struct model *model = viewer->model;
	struct canvas canvas = {0};
	char is[64], guess[64];
	view_class(model, m->label, is, sizeof is);
	view_class(model, m->guess, guess, sizeof guess);
	size_t zoom = set->shape.columns < 84 ? 84 / set->shape.columns : 1;
	int code = view_sample(set, m->sample, &canvas, err);
	fputs("<figure>", file);
	if (code == 0)
		code = image_print(file, &canvas, is, zoom * canvas.width, zoom * canvas.height, err);
	fputs("<figcaption>", file);
	html_text(file, is);
	fputs("<em>", file);
	html_text(file, guess);
	fprintf(file, "</em><small>%zu · %.2f</small></figcaption></figure>\n", m->sample, (double)m->score);
	canvas_free(&canvas);
	return code;
}

/* Other samples than the run's: where they were read, and what follows. */
static void other_print(struct page *page, const struct test_set *test)
{
	fputs("<pre class=\"notes\">", page->file);
	html_text(page->file, test->remark);
	fputs(".\nErrors and confusion above come from the checkpoint; wrong samples below are those of this set.</pre>\n",
	      page->file);
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
		other_print(page, test);
	fputs("<p class=\"soft\">", file);
	html_number(file, count);
	fputs(" of ", file);
	html_number(file, viewer->set->count);
	fprintf(file, " test samples are guessed wrong%s</p>\n<div class=\"wrong\">\n", count == 0 ? "." :
	        ". The most certain: what they are, <em>what they are taken for</em>, number and score.");
	int code = 0;
	for (size_t m = 0; code == 0 && m < count && m < MOST; m++)
		code = mistake_print(file, viewer, &mistakes[m], err);
	fputs("</div>\n", file);
	free(mistakes);
	return code;
}

int samples_print(struct page *page, const struct model *model, struct err *err)
{
	const struct report_options *o = page->options;
	struct test_set test = {0};
	struct viewer viewer = {0};
	struct err missing = {0};
	int code = test_set_read(&test, model, o->data, &missing);
	if (code == 0)
		code = viewer_open(&viewer, o->kernels, model, &test.set, &missing);
	if (code == 0)
		code = mistakes_print(page, &viewer, &test, &missing) != 0 || way_print(page->file, &viewer, &missing) != 0;
	bool wanted = o->data != NULL || missing.code == EX_OSERR; /* no memory: that says nothing about the data */
	if (code != 0 && wanted)
		err_set(err, missing.code, "%s", missing.text);
	if (code != 0) {
		err_prefix(&missing, "no pictures of samples (--data DIR)");
		fputs("<h2>Wrong samples</h2>\n<p class=\"soft\">", page->file);
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
	int code = view_parameters(model, MOST, false, figure_print, file, err);
	fputs("</div>\n", file);
	return code;
}
