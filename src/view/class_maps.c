/* Maps of classes: input, truth, guess and what is wrong, side by side. */
#include "view.h"

#include <stdlib.h>
#include <string.h>

#define WRONG ((struct colour){190, 30, 45})

enum { PANEL_TRUTH, PANEL_GUESS, PANEL_WRONG, PANELS };

/* The samples that are shown, and what the net says of them. */
struct class_maps {
	struct viewer *viewer;
	size_t rows, columns, count;
	struct ranked *order; /* [samples of the set], the largest share of wrong positions first */
	size_t rank[PANELS_SHOWN], sample[PANELS_SHOWN];
	uint16_t *guess;      /* [PANELS_SHOWN][positions] */
};

/* ---- Guesses ----------------------------------------------------------------------------------------------------- */

/* Counts the wrong positions of the samples that went through the net; gives the guesses [positions] of the first. */
static void block_guess(struct viewer *v, size_t used, size_t wrong[LANES], uint16_t *guess)
{
	const struct task_spec *task = &v->pass.net->task;
	const struct stop *last = &v->pass.net->stop[v->pass.net->layers - 1];
	memset(wrong, 0, used * sizeof *wrong);
	for (size_t p = 0; p < task->positions; p++) {
		int32_t says[LANES];
		class_guesses(task, v->pass.map[last->out], p, says);
		guess[p] = (uint16_t)says[0];
		for (size_t lane = 0; lane < used; lane++)
			wrong[lane] += says[lane] != v->pass.targets.class[p * LANES + lane];
	}
}

static int block_rank(void *context, struct viewer *v, const struct passed *block, struct err *err)
{
	struct class_maps *m = context;
	size_t wrong[LANES];
	(void)err;
	block_guess(v, block->used, wrong, m->guess);
	for (size_t lane = 0; lane < block->used; lane++)
		m->order[block->first + lane] =
			(struct ranked){block->first + lane, (double)wrong[lane] / (double)(m->rows * m->columns)};
	return 0;
}

static int class_maps_open(struct class_maps *out, struct viewer *v, struct err *err)
{
	const struct data_need need = model_need(v->model);
	size_t positions = need.rows * need.columns, samples = v->set->count;
	*out = (struct class_maps){.viewer = v, .rows = need.rows, .columns = need.columns};
	out->order = memory_zeroed(samples, sizeof *out->order, err);
	out->guess = memory_zeroed(PANELS_SHOWN, positions * sizeof *out->guess, err);
	if (out->order == NULL || out->guess == NULL)
		return -1;
	if (viewer_walk(v, block_rank, out, err) != 0)
		return -1;
	qsort(out->order, samples, sizeof *out->order, ranked_order);
	out->count = panels_choose(samples, out->rank);
	for (size_t i = 0; i < out->count; i++) {
		out->sample[i] = out->order[out->rank[i]].sample;
		struct verdict verdict;
		size_t wrong[LANES];
		viewer_pass(v, &(uint32_t){(uint32_t)out->sample[i]}, 1, &verdict);
		block_guess(v, 1, wrong, out->guess + i * positions);
	}
	return 0;
}

static void class_maps_close(struct class_maps *m)
{
	free(m->order);
	free(m->guess);
}

/* ---- Colours ----------------------------------------------------------------------------------------------------- */

/* A colour for each class; beyond those of the table they become darker. */
static struct colour class_colour(size_t class)
{
	enum { COLOURS = 12, SHADES = 4 };
	static const struct colour colours[COLOURS] = {
		{205, 210, 218}, {0, 114, 178}, {230, 120, 20}, {0, 150, 110}, {176, 87, 143}, {226, 190, 40},
		{60, 190, 200}, {150, 90, 50}, {90, 70, 160}, {150, 200, 60}, {240, 150, 170}, {60, 66, 78},
	};
	struct colour c = colours[class % COLOURS];
	unsigned share = 4 + SHADES - (unsigned)(class / COLOURS % SHADES), whole = 4 + SHADES;
	return (struct colour){(uint8_t)(c.red * share / whole), (uint8_t)(c.green * share / whole),
	                       (uint8_t)(c.blue * share / whole)};
}

static const uint16_t *truth_of(const struct class_maps *m, size_t i)
{
	return dataset_classes(m->viewer->set) + m->sample[i] * m->rows * m->columns;
}

/* Of several positions the colour is that of the first; they are wrong if one is. */
static struct colour patch_colour(const void *context, size_t sample, size_t panel, const struct patch *patch)
{
	const struct class_maps *m = context;
	size_t i = 0, first = patch->row * m->columns + patch->column;
	while (m->sample[i] != sample)
		i++;
	const uint16_t *is = truth_of(m, i), *guess = m->guess + i * m->rows * m->columns;
	if (panel != PANEL_WRONG)
		return class_colour(panel == PANEL_TRUTH ? is[first] : guess[first]);
	for (size_t r = patch->row; r < patch->row + patch->side && r < m->rows; r++)
		for (size_t c = patch->column; c < patch->column + patch->side && c < m->columns; c++)
			if (is[r * m->columns + c] != guess[r * m->columns + c])
				return WRONG;
	return FAINT;
}

/* Which classes are to be seen. Returns how many. */
static size_t classes_met(const struct class_maps *m, bool met[CONFUSION_CLASSES])
{
	size_t positions = m->rows * m->columns, count = 0;
	for (size_t k = 0; k < CONFUSION_CLASSES; k++)
		met[k] = false;
	for (size_t i = 0; i < m->count; i++)
		for (size_t p = 0; p < positions; p++)
			met[truth_of(m, i)[p]] = met[m->guess[i * positions + p]] = true;
	for (size_t k = 0; k < CONFUSION_CLASSES; k++)
		count += met[k];
	return count;
}

static struct panels panels_of(const struct class_maps *m)
{
	return (struct panels){.viewer = m->viewer, .rows = m->rows, .columns = m->columns, .count = PANELS,
	                       .name = {"truth", "guess", "wrong"}, .colour = patch_colour, .context = m};
}

static void caption_make(const struct class_maps *m, size_t i, char text[PANELS_TEXT])
{
	char rank[PANELS_RANK];
	panels_rank(m->rank[i], m->viewer->set->count, rank);
	snprintf(text, PANELS_TEXT, "sample %zu, %.2f%% of the positions wrong: %s", m->sample[i],
	         100 * m->order[m->rank[i]].error, rank);
}

/* ---- The report and a picture ------------------------------------------------------------------------------------ */

int class_maps_samples(FILE *file, struct viewer *v, struct err *err)
{
	struct class_maps m;
	bool met[CONFUSION_CLASSES];
	int code = class_maps_open(&m, v, err);
	if (code == 0) {
		const struct panels panels = panels_of(&m);
		fputs("<p class=\"soft\">The worst samples and some ordinary ones.", file);
		inputs_remark(file, v->set);
		fputs("</p>\n<div class=\"card fields\">\n<p class=\"soft keys\">", file);
		classes_met(&m, met);
		for (size_t k = 0; k < CONFUSION_CLASSES; k++) {
			const struct colour c = class_colour(k);
			if (!met[k])
				continue;
			fprintf(file, "<span><b style=\"background:#%02x%02x%02x\"></b> ", c.red, c.green, c.blue);
			html_name(file, v->model, k);
			fputs("</span>\n", file);
		}
		fputs("</p>\n<div class=\"rows\">\n", file);
		for (size_t i = 0; code == 0 && i < m.count; i++) {
			char caption[PANELS_TEXT];
			caption_make(&m, i, caption);
			code = panels_print(file, &panels, m.sample[i], caption, err);
		}
		fputs("</div></div>\n", file);
	}
	class_maps_close(&m);
	return code;
}

int class_maps_draw(struct viewer *v, struct canvas *out, struct err *err)
{
	enum { NAME = 16, KEY = (NAME + 3) * GLYPH_WIDTH };
	struct class_maps m;
	bool met[CONFUSION_CLASSES];
	int code = class_maps_open(&m, v, err);
	if (code == 0) {
		const struct panels panels = panels_of(&m);
		char title[96], caption[PANELS_SHOWN][PANELS_TEXT];
		size_t wide = (panels_width(&panels) - 2 * MARGIN) / KEY, keys = classes_met(&m, met);
		wide = wide > 0 ? wide : 1;
		for (size_t i = 0; i < m.count; i++)
			caption_make(&m, i, caption[i]);
		snprintf(title, sizeof title, "the %zu worst samples of %zu and some ordinary ones", m.count < 3 ? m.count : 3,
		         v->set->count);
		code = panels_draw(&panels, title, (keys + wide - 1) / wide, m.count, m.sample, caption, out, err);
		for (size_t k = 0, key = 0; code == 0 && k < CONFUSION_CLASSES; k++) {
			size_t x = MARGIN + key % wide * KEY, y = MARGIN + LINE + key / wide * LINE;
			char name[NAME];
			if (!met[k])
				continue;
			canvas_fill(out, x, y, GLYPH_HEIGHT, GLYPH_HEIGHT, class_colour(k));
			canvas_text(out, x + 2 * GLYPH_WIDTH, y, view_class(v->model, k, name, sizeof name), INK);
			key++;
		}
	}
	class_maps_close(&m);
	return code;
}
