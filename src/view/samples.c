/* Samples on their way through the net, and those it gets wrong. */
#include "view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int viewer_open(struct viewer *out, const struct kernels *kernels, const struct model *model,
                const struct dataset *set, struct err *err)
{
	*out = (struct viewer){.model = model, .set = set};
	if (model_batcher(&out->batcher, model, set, err) == 0 &&
	    pass_open(&out->pass, model->net, PASS_INSPECT, kernels, err) == 0) {
		pass_prepare(&out->pass, model_outcome(model));
		return 0;
	}
	viewer_close(out);
	return -1;
}

void viewer_close(struct viewer *viewer)
{
	pass_close(&viewer->pass);
	batcher_close(&viewer->batcher);
	*viewer = (struct viewer){0};
}

void viewer_pass(struct viewer *v, const uint32_t *sample, size_t used, struct verdict *verdict)
{
	batcher_fill(&v->batcher, sample, used, v->pass.map[0], &v->pass.targets);
	pass_forward(&v->pass, model_outcome(v->model));
	pass_loss(&v->pass, false, verdict);
}

int viewer_walk(struct viewer *v, view_passed *take, void *context, struct err *err)
{
	int code = 0;
	for (size_t first = 0; code == 0 && first < v->set->count; first += LANES) {
		uint32_t sample[LANES];
		size_t left = v->set->count - first;
		struct passed block = {.first = first, .used = left < LANES ? left : LANES, .sample = sample};
		for (size_t lane = 0; lane < block.used; lane++)
			sample[lane] = (uint32_t)(first + lane);
		viewer_pass(v, sample, block.used, &block.verdict);
		code = take(context, v, &block, err);
	}
	return code;
}

const char *view_class(const struct model *model, size_t class, char *text, size_t room)
{
	return class_names_cut(&model->names, class, room, text, room);
}

/* ---- Maps -------------------------------------------------------------------------------------------------------- */

enum { COLOURS = 128 }; /* pixels that a picture in colour is about wide */

/* Where the next thing is drawn. */
struct pen {
	struct canvas *canvas; /* NULL: only measures */
	size_t y, width;
	bool page; /* small, and nothing behind it */
};

static void line_draw(struct pen *pen, const char *text)
{
	if (pen->canvas != NULL)
		canvas_text(pen->canvas, MARGIN, pen->y, text, INK);
	pen->y += LINE;
}

/* How a map is drawn: numbers as squares of `zoom` pixels, on a page means of step × step numbers; signals as
 * curves. */
struct look {
	size_t width, height, zoom, step;
};

/* Many maps are smaller, so that a layer stays a strip of the page; single numbers are little squares. */
static struct look look_of(const struct pen *pen, struct shape shape)
{
	enum { CURVE_WIDTH = 128, CURVE_HEIGHT = 48, NUMBER = 18 };
	size_t side = shape.maps <= 8 ? 64 : shape.maps <= 32 ? 48 : shape.maps <= 96 ? 32 : 24;
	struct look look = {CURVE_WIDTH, CURVE_HEIGHT, 1, 1};
	if (shape_is_signal(shape))
		return look;
	if (shape.rows == 1)
		side = NUMBER;
	look.step = pen->page ? (2 * shape.columns + 3 * side - 1) / (3 * side) : 1;
	look.zoom = tiles_zoom((shape.columns - 1) / look.step + 1, 1, side);
	look.width = ((shape.columns - 1) / look.step + 1) * look.zoom;
	look.height = ((shape.rows - 1) / look.step + 1) * look.zoom;
	return look;
}

/* The mean of a square of a map in a block's lane 0. */
static float mean_at(struct shape shape, const float *map, size_t row, size_t column, size_t step)
{
	double sum = 0, count = 0;
	for (size_t r = row; r < row + step && r < shape.rows; r++)
		for (size_t c = column; c < column + step && c < shape.columns; c++, count++)
			sum += (double)map[(r * shape.columns + c) * LANES];
	return (float)(sum / count);
}

static void map_draw(const struct pen *pen, struct shape shape, const struct look *look, const struct scale *scale,
                     const float *map, size_t left, size_t top)
{
	if (shape_is_signal(shape)) {
		if (pen->page)
			canvas_fill(pen->canvas, left, top + look->height - 1, look->width, 1, PAGE_FAINT);
		else
			canvas_fill(pen->canvas, left, top, look->width, look->height, FAINT);
		curve_draw(pen->canvas, &(struct curve){left, top, look->width, look->height, 2, shape.columns, LANES,
		                                        scale->low, scale->high, BAR}, map);
		return;
	}
	for (size_t r = 0; r < shape.rows; r += look->step)
		for (size_t c = 0; c < shape.columns; c += look->step)
			canvas_fill(pen->canvas, left + c / look->step * look->zoom, top + r / look->step * look->zoom, look->zoom,
			            look->zoom, scale_colour(scale, mean_at(shape, map, r, c, look->step)));
}

/* The maps of a block's lane 0, in rows as wide as the picture. Returns the width that they take. */
static size_t maps_draw(struct pen *pen, struct shape shape, const float *x)
{
	enum { GAP = 3 };
	const struct look look = look_of(pen, shape);
	size_t size = shape.rows * shape.columns, pitch_x = look.width + GAP, pitch_y = look.height + GAP;
	size_t wide = (pen->width - 2 * MARGIN) / pitch_x > 0 ? (pen->width - 2 * MARGIN) / pitch_x : 1;
	struct scale scale = {PALETTE_GREY, INFINITY, -INFINITY};
	for (size_t i = 0; i < shape.maps * size; i++) {
		scale.low = fminf(scale.low, x[i * LANES]);
		scale.high = fmaxf(scale.high, x[i * LANES]);
	}
	for (size_t m = 0; pen->canvas != NULL && m < shape.maps; m++)
		map_draw(pen, shape, &look, &scale, x + m * size * LANES, MARGIN + m % wide * pitch_x,
		         pen->y + m / wide * pitch_y);
	pen->y += (shape.maps + wide - 1) / wide * pitch_y + MARGIN;
	return 2 * MARGIN + (shape.maps < wide ? shape.maps : wide) * pitch_x;
}

/* Whether people see a colour picture in the input. */
static bool has_colours(const struct dataset *set)
{
	return set->shape.maps == 3 && !shape_is_signal(set->shape);
}

size_t scores_shown(const struct model *model, const float *score, size_t order[SCORES])
{
	size_t classes = model->job->output.count;
	if (classes > SCORES) {
		predictor_rank(classes, score, SCORES_BEST, order);
		return SCORES_BEST;
	}
	for (size_t k = 0; k < classes; k++)
		order[k] = k;
	return classes;
}

/* Scores of classes or labels as bars; a star marks a label that the sample has. */
static void scores_draw(struct pen *pen, const struct viewer *v, size_t sample, const float *score)
{
	const struct model *model = v->model;
	enum { NAME = 16, BARS = 300 };
	float low = 0, high = 0;
	size_t order[SCORES], shown = scores_shown(model, score, order);
	for (size_t k = 0; k < model->job->output.count; k++) {
		low = fminf(low, score[k]);
		high = fmaxf(high, score[k]);
	}
	for (size_t i = 0; i < shown; i++) {
		size_t k = order[i];
		char name[NAME], text[64];
		view_class(model, k, name, sizeof name);
		bool held = model->net->task.task == TASK_LABELS && target_number(v->set, sample, k) > 0;
		snprintf(text, sizeof text, "%s%*s %7.3f%s", name, text_gap(name, 15), "", (double)score[k], held ? " *" : "");
		if (pen->canvas != NULL) {
			float share = high > low ? (score[k] - low) / (high - low) : 0;
			canvas_fill(pen->canvas, MARGIN + 26 * GLYPH_WIDTH, pen->y, (size_t)(share * BARS) + 1, GLYPH_HEIGHT, BAR);
		}
		line_draw(pen, text);
	}
}

/* Values as numbers: what they are, and what the net says. */
static void values_draw(struct pen *pen, const struct viewer *v, size_t sample, const float *score)
{
	const struct model *model = v->model;
	char name[16], text[96];
	snprintf(text, sizeof text, "%-15s %10s %10s", "value", "truth", "prediction");
	line_draw(pen, text);
	for (size_t k = 0; k < model->net->task.count && k < SCORES; k++) {
		view_class(model, k, name, sizeof name);
		snprintf(text, sizeof text, "%s%*s %10.4g %10.4g", name, text_gap(name, 15), "",
		         target_number(v->set, sample, k), (double)score[k]);
		line_draw(pen, text);
	}
}

/* Sends a sample through the net. score [K][positions]. */
static int sample_pass(struct viewer *v, size_t sample, struct verdict *verdict, float *score, struct err *err)
{
	if (sample >= v->set->count)
		return err_set(err, EX_USAGE, "sample %zu: the set has %zu (0 to %zu)", sample, v->set->count,
		               v->set->count - 1);
	viewer_pass(v, &(uint32_t){(uint32_t)sample}, 1, verdict);
	pass_scores(&v->pass, 0, score);
	for (size_t i = 0; i < v->model->targets.maps * v->pass.net->task.positions; i++)
		score[i] = model_value(v->model, i / v->pass.net->task.positions, score[i]);
	return 0;
}

float *view_scores(const struct viewer *v, struct err *err)
{
	const struct task_spec *task = &v->model->net->task;
	return memory_zeroed(task->count * task->positions, sizeof(float), err);
}

/* Draws, or with pen->canvas NULL only measures. */
static int sample_draw(struct pen *pen, const struct viewer *v, size_t sample, size_t guess, const float *score,
                       struct err *err)
{
	const struct net *net = v->pass.net;
	const struct task_spec *task = &v->model->net->task;
	char text[160], is[32], taken[32];
	if (dataset_has_classes(v->set))
		snprintf(text, sizeof text, "sample %zu: %s, guessed %s", sample,
		         view_class(v->model, dataset_class(v->set, sample), is, sizeof is),
		         view_class(v->model, guess, taken, sizeof taken));
	else
		snprintf(text, sizeof text, "sample %zu", sample);
	line_draw(pen, text);
	if (has_colours(v->set)) {
		size_t zoom = inputs_zoom(v->set, COLOURS);
		if (pen->canvas != NULL && inputs_draw(pen->canvas, v->set, sample, MARGIN, pen->y, zoom, err) != 0)
			return -1;
		pen->y += inputs_height(v->set, zoom) + MARGIN;
	}
	maps_draw(pen, net->input, v->pass.map[0]);
	for (size_t l = 0; l < net->layers; l++) {
		struct shape shape = net->layer[l]->out;
		snprintf(text, sizeof text, "%zu %s: %zu×%zu×%zu", l + 1, net->layer[l]->type->name, shape.maps, shape.rows,
		         shape.columns);
		line_draw(pen, text);
		maps_draw(pen, shape, v->pass.map[l + 1]);
	}
	if (task->task == TASK_VALUES && task->positions == 1)
		values_draw(pen, v, sample, score);
	else if (task->positions == 1)
		scores_draw(pen, v, sample, score);
	pen->y += MARGIN;
	return 0;
}

int view_maps(struct viewer *v, size_t sample, struct canvas *out, struct err *err)
{
	enum { WIDTH = 900 };
	struct verdict verdict;
	*out = (struct canvas){0};
	float *score = view_scores(v, err);
	if (score == NULL || sample_pass(v, sample, &verdict, score, err) != 0) {
		free(score);
		return -1;
	}
	struct pen pen = {.y = MARGIN, .width = WIDTH};
	int code = sample_draw(&pen, v, sample, (size_t)verdict.guess[0], score, err);
	if (code == 0)
		code = canvas_create(out, WIDTH, pen.y, PAPER, err);
	pen = (struct pen){.canvas = out, .y = MARGIN, .width = WIDTH};
	if (code == 0)
		code = sample_draw(&pen, v, sample, (size_t)verdict.guess[0], score, err);
	free(score);
	return code;
}

/* The input as people see it, before normalisation. */
static int colours_take(const struct viewer *v, size_t sample, view_take *take, void *context, struct err *err)
{
	struct canvas canvas = {0};
	size_t zoom = inputs_zoom(v->set, COLOURS);
	int code = canvas_create(&canvas, inputs_width(v->set, zoom), inputs_height(v->set, zoom), PAPER, err);
	if (code == 0)
		code = inputs_draw(&canvas, v->set, sample, 0, 0, zoom, err);
	if (code == 0)
		code = take(context, "00-colours", "the sample", &canvas, err);
	canvas_free(&canvas);
	return code;
}

/* The maps at a place of the net as a picture of their own. */
static int place_take(const struct viewer *v, size_t map, struct shape shape, const char *name, const char *title,
                      view_take *take, void *context, struct err *err)
{
	enum { WIDTH = 560 };
	struct canvas canvas = {0};
	struct pen pen = {.y = MARGIN, .width = WIDTH, .page = true};
	size_t width = maps_draw(&pen, shape, v->pass.map[map]);
	int code = canvas_create(&canvas, width, pen.y, CANVAS_CLEAR, err);
	if (code == 0) {
		canvas.clear = true;
		pen = (struct pen){.canvas = &canvas, .y = MARGIN, .width = WIDTH, .page = true};
		maps_draw(&pen, shape, v->pass.map[map]);
		code = take(context, name, title, &canvas, err);
	}
	canvas_free(&canvas);
	return code;
}

int view_way(struct viewer *v, size_t sample, float *score, view_take *take, void *context, struct err *err)
{
	enum { MAPS = 256 };
	const struct net *net = v->pass.net;
	struct verdict verdict;
	int code = sample_pass(v, sample, &verdict, score, err);
	if (code == 0 && has_colours(v->set))
		code = colours_take(v, sample, take, context, err);
	for (size_t l = 0; code == 0 && l <= net->layers; l++) {
		struct shape shape = l == 0 ? net->input : net->layer[l - 1]->out;
		char name[LAYER_NAME] = "00-input", title[128];
		if (l == 0)
			snprintf(title, sizeof title, "input %zu×%zu×%zu", shape.maps, shape.rows, shape.columns);
		else
			snprintf(title, sizeof title, "%zu %s %zu×%zu×%zu", l, net->layer[l - 1]->type->name, shape.maps,
			         shape.rows, shape.columns);
		if (l > 0)
			layer_name(l - 1, net->layer[l - 1], name);
		size_t used = strlen(title);
		if (shape.maps > MAPS)
			snprintf(title + used, sizeof title - used, ", the first %d maps", MAPS);
		shape.maps = shape.maps < MAPS ? shape.maps : MAPS;
		code = place_take(v, l, shape, name, title, take, context, err);
	}
	return code;
}

/* ---- Mistakes ---------------------------------------------------------------------------------------------------- */

static int mistake_order(const void *one, const void *other)
{
	const struct mistake *a = one, *b = other;
	float by = (b->score - b->right) - (a->score - a->right);
	return by > 0 ? 1 : by < 0 ? -1 : a->sample < b->sample ? -1 : 1;
}

struct mistakes {
	size_t count;
	struct mistake *one;
	float *score; /* room */
};

static int mistakes_add(void *context, struct viewer *v, const struct passed *block, struct err *err)
{
	struct mistakes *out = context;
	(void)err;
	for (size_t lane = 0; lane < block->used; lane++) {
		size_t is = (size_t)v->pass.targets.class[lane], guess = (size_t)block->verdict.guess[lane];
		if (is == guess)
			continue;
		pass_scores(&v->pass, lane, out->score);
		out->one[out->count++] =
			(struct mistake){block->first + lane, is, guess, out->score[guess], out->score[is]};
	}
	return 0;
}

int view_mistakes(struct viewer *v, size_t *count, struct mistake **mistakes, struct err *err)
{
	struct mistakes found = {.one = memory_zeroed(v->set->count, sizeof *found.one, err),
	                         .score = memory_zeroed(v->set->classes, sizeof *found.score, err)};
	int code = found.one != NULL && found.score != NULL ? viewer_walk(v, mistakes_add, &found, err) : -1;
	free(found.score);
	if (code != 0) {
		free(found.one);
		found = (struct mistakes){0};
	}
	*count = found.count;
	*mistakes = found.one;
	if (code == 0)
		qsort(found.one, found.count, sizeof *found.one, mistake_order);
	return code;
}
