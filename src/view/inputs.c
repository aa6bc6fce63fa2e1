/* The inputs of a sample as they are in the set: a picture, or of a signal its curves. */
#include "view.h"

#include <math.h>
#include <stdlib.h>

static const struct colour curve_colours[CURVES] = {
	{0, 114, 178}, {213, 94, 0}, {0, 144, 107}, {176, 87, 143}, {168, 127, 0}, {91, 100, 114},
};

bool shape_is_signal(struct shape shape)
{
	return shape.rows == 1 && shape.columns > 1;
}

struct colour curve_colour(size_t number)
{
	return curve_colours[number % CURVES];
}

/* The curve at t, between two of its numbers. */
static float between(const float *value, size_t stride, double t)
{
	size_t i = (size_t)t;
	float share = (float)(t - (double)i), here = value[i * stride];
	return share > 0 ? here + share * (value[(i + 1) * stride] - here) : here;
}

void curve_draw(struct canvas *canvas, const struct curve *c, const float *value)
{
	float range = c->high - c->low, most = (float)(c->height - c->thick);
	for (size_t column = 0; column < c->width; column++) {
		double from = (double)(column * (c->count - 1)) / (double)c->width;
		double to = (double)((column + 1) * (c->count - 1)) / (double)c->width;
		float low = fminf(between(value, c->stride, from), between(value, c->stride, to));
		float high = fmaxf(between(value, c->stride, from), between(value, c->stride, to));
		for (size_t i = (size_t)from + 1; (double)i < to; i++) {
			low = fminf(low, value[i * c->stride]);
			high = fmaxf(high, value[i * c->stride]);
		}
		float top = range > 0 ? (c->high - high) / range * most : most / 2;
		float bottom = range > 0 ? (c->high - low) / range * most : most / 2;
		top = fmaxf(0, fminf(top, most));
		bottom = fmaxf(top, fminf(bottom, most));
		canvas_fill(canvas, c->x + column, c->y + (size_t)top, 1, (size_t)bottom - (size_t)top + c->thick,
		            c->colour);
	}
}

size_t inputs_zoom(const struct dataset *set, size_t wanted)
{
	return shape_is_signal(set->shape) || set->shape.columns >= wanted ? 1 : wanted / set->shape.columns;
}

size_t inputs_width(const struct dataset *set, size_t zoom)
{
	return (shape_is_signal(set->shape) ? SIGNAL_WIDTH : set->shape.columns) * zoom;
}

size_t inputs_height(const struct dataset *set, size_t zoom)
{
	return (shape_is_signal(set->shape) ? SIGNAL_HEIGHT : set->shape.rows) * zoom;
}

static void signal_draw(struct canvas *canvas, struct shape s, const uint8_t *at, size_t x, size_t y, size_t zoom,
                        float *value)
{
	size_t width = SIGNAL_WIDTH * zoom, height = SIGNAL_HEIGHT * zoom;
	canvas_fill(canvas, x, y, width, height, canvas->clear ? CANVAS_CLEAR : PAPER);
	for (size_t m = s.maps < CURVES ? s.maps : CURVES; m-- > 0;) {
		for (size_t i = 0; i < s.columns; i++)
			value[i] = at[m * s.columns + i];
		curve_draw(canvas, &(struct curve){x, y, width, height, zoom + 1, s.columns, 1, 0, 255, curve_colour(m)},
		           value);
	}
}

int inputs_draw(struct canvas *canvas, const struct dataset *set, size_t sample, size_t x, size_t y, size_t zoom,
                struct err *err)
{
	struct shape s = set->shape;
	size_t size = s.rows * s.columns;
	uint8_t *at = memory_zeroed(shape_size(s), 1, err);
	float *value = at != NULL ? memory_zeroed(s.columns, sizeof *value, err) : NULL;
	if (value != NULL)
		array_picture(&set->array[DATA_INPUTS], sample, at);
	if (value != NULL && shape_is_signal(s))
		signal_draw(canvas, s, at, x, y, zoom, value);
	for (size_t i = 0; value != NULL && !shape_is_signal(s) && i < size; i++) {
		struct colour colour = s.maps == 3 ? (struct colour){at[i], at[size + i], at[2 * size + i]}
		                                   : (struct colour){at[i], at[i], at[i]};
		canvas_fill(canvas, x + i % s.columns * zoom, y + i / s.columns * zoom, zoom, zoom, colour);
	}
	free(value);
	free(at);
	return value != NULL ? 0 : -1;
}

int view_sample(const struct dataset *set, size_t sample, struct canvas *out, struct err *err)
{
	size_t zoom = shape_is_signal(set->shape) ? 2 : 1;
	if (canvas_create(out, inputs_width(set, zoom), inputs_height(set, zoom), PAPER, err) != 0)
		return -1;
	out->clear = shape_is_signal(set->shape);
	return inputs_draw(out, set, sample, 0, 0, zoom, err);
}
