/* The contact sheet: training samples of each class, as they are and as a job distorts them. */
#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACROSS = 8, WIDTH = 1400, ROWS = 64, TILE = 64, GAP = 4, BETWEEN = 24, NAME = 20 };

struct sheet {
	const struct model *model;
	const struct dataset *set;
	const struct class_names *names;
	struct dataset inputs;    /* the set as if each sample had one target, which nobody moves */
	struct batcher batcher;
	float *room;              /* for a block, which nobody looks at */
	size_t zoom, width, height; /* of a sample */
	size_t across, rows;      /* samples in a row; rows */
	size_t left, pitch;       /* pixels before the first; from row to row */
	bool classes, distorts;
};

/* Samples in a row: of a class the first in the order of the file. Returns how many. */
static size_t row_samples(const struct sheet *s, size_t row, uint32_t sample[ACROSS])
{
	size_t count = 0;
	if (!s->classes) {
		for (size_t i = row * s->across; i < s->set->count && count < s->across; i++)
			sample[count++] = (uint32_t)i;
		return count;
	}
	for (size_t i = 0; i < s->set->count && count < s->across; i++)
		if (dataset_class(s->set, i) == row)
			sample[count++] = (uint32_t)i;
	return count;
}

/* As many digits as there is room for; none if the rest would be another number. */
static void number_fit(double number, size_t columns, char text[NAME])
{
	int digits = 5;
	do
		snprintf(text, NAME, "%.*g", digits, number);
	while (strlen(text) > columns && --digits > 0);
	if (strlen(text) > columns)
		text[0] = 0;
}

/* What stands under a sample that has no class: its value, the first label that it has, or its number. */
static void caption_make(const struct sheet *s, size_t sample, char text[NAME])
{
	const struct task_spec *task = &s->model->net->task;
	size_t held = 0, columns = s->width / GLYPH_WIDTH;
	if (task->positions > 1) {
		snprintf(text, NAME, "%zu", sample);
		text[strlen(text) > columns ? 0 : strlen(text)] = 0;
	} else if (task->task == TASK_VALUES) {
		number_fit(target_number(s->set, sample, 0), columns, text);
	} else {
		while (held < task->count && !(target_number(s->set, sample, held) > 0))
			held++;
		if (held < task->count)
			class_names_cut(s->names, held, NAME - 1, text, NAME);
		else
			strcpy(text, "none");
	}
	text[text_head(text, columns)] = 0;
}

static void sheet_measure(struct sheet *s)
{
	const struct dataset *set = s->set;
	size_t halves = s->distorts ? 2 : 1;
	s->zoom = inputs_zoom(set, TILE);
	s->width = inputs_width(set, s->zoom);
	s->height = inputs_height(set, s->zoom);
	s->left = MARGIN + (s->classes ? NAME * GLYPH_WIDTH : 0);
	s->across = WIDTH / halves / (s->width + GAP);
	s->across = s->across < 1 ? 1 : s->across > ACROSS ? ACROSS : s->across;
	s->pitch = s->height + GAP + (s->classes ? 0 : LINE);
	size_t all = s->classes ? set->classes : (set->count + s->across - 1) / s->across;
	size_t most = (CANVAS_SIDE - 200) / s->pitch;
	most = most < 1 ? 1 : most > ROWS ? ROWS : most;
	most = !s->classes && most > ACROSS ? ACROSS : most;
	s->rows = all < most ? all : most;
}

static int row_draw(struct sheet *s, struct canvas *out, size_t row, size_t y, struct err *err)
{
	uint32_t sample[ACROSS];
	size_t count = row_samples(s, row, sample), right = s->left + s->across * (s->width + GAP) + BETWEEN;
	struct dataset distorted = *s->set;
	char text[NAME];
	if (s->classes)
		canvas_text(out, MARGIN, y + (s->height > GLYPH_HEIGHT ? (s->height - GLYPH_HEIGHT) / 2 : 0),
		            class_names_cut(s->names, row, NAME - 2, text, sizeof text), INK);
	if (s->distorts && count > 0) {
		batcher_fill(&s->batcher, sample, count, s->room, NULL);
		distorted.array[DATA_INPUTS] = s->batcher.distorted[DATA_INPUTS];
	}
	for (size_t i = 0; i < count; i++) {
		size_t x = i * (s->width + GAP);
		if (inputs_draw(out, s->set, sample[i], s->left + x, y, s->zoom, err) != 0 ||
		    (s->distorts && inputs_draw(out, &distorted, i, right + x, y, s->zoom, err) != 0))
			return -1;
		if (s->classes)
			continue;
		caption_make(s, sample[i], text);
		canvas_text(out, s->left + x, y + s->height + 2, text, INK);
	}
	return 0;
}

static int sheet_draw(struct sheet *s, struct canvas *out, struct err *err)
{
	enum { TOP = MARGIN + 2 * LINE };
	static const char distorted[] = "distorted, as the first epoch has them";
	char title[160], part[64] = "";
	size_t half = s->across * (s->width + GAP), right = s->left + half + BETWEEN;
	if (s->classes && s->rows < s->set->classes)
		snprintf(part, sizeof part, " of the first %zu of %zu classes", s->rows, s->set->classes);
	snprintf(title, sizeof title, "training samples%s, %zu in all", part, s->set->count);
	size_t width = s->left + half + MARGIN, least = 2 * MARGIN + text_columns(title) * GLYPH_WIDTH;
	if (s->distorts)
		width = right + (half > sizeof distorted * GLYPH_WIDTH ? half : sizeof distorted * GLYPH_WIDTH) + MARGIN;
	if (canvas_create(out, width > least ? width : least, TOP + s->rows * s->pitch + MARGIN, PAPER, err) != 0)
		return -1;
	canvas_text(out, MARGIN, MARGIN, title, INK);
	canvas_text(out, s->left, MARGIN + LINE, "as they are", INK);
	if (s->distorts)
		canvas_text(out, right, MARGIN + LINE, distorted, INK);
	for (size_t row = 0; row < s->rows; row++)
		if (row_draw(s, out, row, TOP + row * s->pitch, err) != 0)
			return -1;
	return 0;
}

int view_sheet(const struct model *model, const struct dataset *set, const struct kernels *kernels, struct canvas *out,
               struct err *err)
{
	const struct job *job = model->job;
	size_t maps = set->shape.maps;
	struct sheet s = {
		.model = model, .set = set, .names = set->names.count > 0 ? &set->names : &model->names,
		.classes = dataset_has_classes(set), .distorts = distortion_any(&job->data.distort),
	};
	struct data_array *targets = &s.inputs.array[DATA_TARGETS];
	s.inputs = *set;
	targets->each = targets->element == ELEMENT_U16 ? 1 : set->classes;
	double *normal = memory_zeroed(2 * maps, sizeof *normal, err);
	int code = normal != NULL ? 0 : -1;
	for (size_t m = 0; m < maps && code == 0; m++)
		normal[maps + m] = 1;
	if (code == 0 && s.distorts) {
		const struct normalization none = {maps, normal, normal + maps};
		s.room = memory_zeroed(shape_size(set->shape) * LANES, sizeof *s.room, err);
		code = s.room != NULL && batcher_open(&s.batcher, &s.inputs, &none, 0, err) == 0 ? 0 : -1;
	}
	if (code == 0 && s.distorts)
		code = batcher_distort(&s.batcher, &job->data.distort, job->train.seed, kernels, err);
	sheet_measure(&s);
	if (code == 0)
		code = sheet_draw(&s, out, err);
	batcher_close(&s.batcher);
	free(s.room);
	free(normal);
	return code;
}
