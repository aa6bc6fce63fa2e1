/* Pictures of the samples that a net has most wrong, with what they are and what it says. */
#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RED ((struct colour){170, 30, 40})

enum { WIDE = 10, WIDE_SIGNALS = 4, MOST = 60, NAME = 17, LINES = 3, TILE = (NAME - 1) * GLYPH_WIDTH,
       PICTURE = 84 };

/* A sample and the lines below it, the last one in red; "": none. */
struct told {
	size_t sample;
	char line[LINES][64];
};

static int told_draw(const struct dataset *set, const char *title, size_t count, const struct told *told,
                     struct canvas *out, struct err *err)
{
	size_t zoom = inputs_zoom(set, PICTURE), wide = shape_is_signal(set->shape) ? WIDE_SIGNALS : WIDE, lines = 0;
	size_t width = inputs_width(set, zoom) > TILE ? inputs_width(set, zoom) : TILE;
	for (size_t l = 0; l < LINES && count > 0; l++)
		lines += told->line[l][0] != 0;
	size_t pitch_x = width + MARGIN, pitch_y = inputs_height(set, zoom) + lines * GLYPH_HEIGHT + MARGIN + 4;
	size_t all = 2 * MARGIN + wide * pitch_x, least = 2 * MARGIN + text_columns(title) * GLYPH_WIDTH;
	if (canvas_create(out, all > least ? all : least, 2 * MARGIN + LINE + (count + wide - 1) / wide * pitch_y, PAPER,
	                  err) != 0)
		return -1;
	canvas_text(out, MARGIN, MARGIN, title, INK);
	for (size_t i = 0; i < count; i++) {
		size_t x = MARGIN + i % wide * pitch_x, y = MARGIN + LINE + i / wide * pitch_y;
		canvas_fill(out, x - 1, y - 1, inputs_width(set, zoom) + 2, inputs_height(set, zoom) + 2, FAINT);
		if (inputs_draw(out, set, told[i].sample, x, y, zoom, err) != 0)
			return -1;
		y += inputs_height(set, zoom) + 2;
		for (size_t l = 0; l < LINES; l++) {
			char text[64];
			strcpy(text, told[i].line[l]);
			text[text_head(text, width / GLYPH_WIDTH)] = 0;
			canvas_text(out, x, y, text, l + 1 < LINES ? INK : RED);
			y += text[0] != 0 ? GLYPH_HEIGHT : 0;
		}
	}
	return 0;
}

int view_wrong(struct viewer *v, size_t count, const struct mistake *mistakes, struct canvas *out, struct err *err)
{
	size_t drawn = count < MOST ? count : MOST;
	char title[160], name[NAME];
	struct told *told = memory_zeroed(drawn, sizeof *told, err);
	if (told == NULL)
		return -1;
	snprintf(title, sizeof title, "%zu of %zu samples are guessed wrong; the most certain %zu: number and score, "
	         "truth, guess", count, v->set->count, drawn);
	for (size_t m = 0; m < drawn; m++) {
		told[m].sample = mistakes[m].sample;
		snprintf(told[m].line[0], sizeof told[m].line[0], "%zu · %.2f", mistakes[m].sample,
		         (double)mistakes[m].score);
		snprintf(told[m].line[1], sizeof told[m].line[1], "%s",
		         view_class(v->model, mistakes[m].label, name, sizeof name));
		snprintf(told[m].line[LINES - 1], sizeof told[m].line[0], "%s",
		         view_class(v->model, mistakes[m].guess, name, sizeof name));
	}
	int code = told_draw(v->set, title, drawn, told, out, err);
	free(told);
	return code;
}

/* The value or label of a sample that is most wrong. */
static struct told answer_tell(const struct viewer *v, const struct answers *a, size_t sample)
{
	struct told told = {.sample = sample};
	size_t k = 0;
	char name[NAME];
	bool values = v->model->net->task.task == TASK_VALUES;
	answers_worst(v, a, sample, 1, &k);
	double is = target_number(v->set, sample, k), says = (double)a->says[sample * a->numbers + k];
	if (a->numbers > 1)
		snprintf(told.line[0], sizeof told.line[0], "%zu %s", sample, view_class(v->model, k, name, sizeof name));
	else
		snprintf(told.line[0], sizeof told.line[0], "%zu", sample);
	snprintf(told.line[1], sizeof told.line[1], "%s%.4g", values ? "" : "is ", is);
	snprintf(told.line[LINES - 1], sizeof told.line[0], values ? "%.4g" : "%.2f", says);
	return told;
}

int view_worst(struct viewer *v, size_t value, struct canvas *out, struct err *err)
{
	*out = (struct canvas){0};
	if (v->model->net->task.task == TASK_CLASSES)
		return class_maps_draw(v, out, err);
	struct answers answers = {0};
	struct told *told = memory_zeroed(MOST, sizeof *told, err);
	int code = told != NULL ? answers_open(&answers, v, err) : -1;
	if (code == 0 && v->model->net->task.positions > 1) {
		code = fields_draw(v, &answers, value, out, err);
	} else if (code == 0) {
		size_t count = answers.count < MOST ? answers.count : MOST;
		char title[160];
		snprintf(title, sizeof title, "the %zu of %zu samples with the largest errors: number, truth, %s", count,
		         answers.count, v->model->net->task.task == TASK_VALUES ? "prediction" : "score");
		for (size_t i = 0; i < count; i++)
			told[i] = answer_tell(v, &answers, answers.order[i].sample);
		code = told_draw(v->set, title, count, told, out, err);
	}
	answers_close(&answers);
	free(told);
	return code;
}
