/* A correlation by the method that suits its shape. */
#include "correlator.h"

#include "layer.h"

static size_t inputs(const struct correlator *r)
{
	return r->c.table->in_maps * r->c.rows * r->c.columns;
}

struct correlator correlator_plan(struct correlation c)
{
	const struct connections *t = c.table;
	struct correlator r = {.c = c, .method = METHOD_DIRECT};
	size_t own = 0;
	bool whole = c.in_rows == c.rows && c.in_columns == c.columns && c.rows == c.kernel.rows &&
	             c.columns == c.kernel.columns;
	if (whole && t->count == t->in_maps * t->out_maps) {
		r.method = METHOD_FULL;
		own = LANES * (inputs(&r) + LANES - 1);
	} else if ((r.c.points = winograd_points(&c)) > 0) {
		r.method = METHOD_POINTS;
		r.kept = round_lanes(winograd_values(&r.c)) + winograd_in(&r.c);
		own = winograd_out(&r.c) + winograd_scratch(&r.c);
	}
	/* Second derivatives are always correlated directly. */
	r.scratch = correlate_scratch(&c) > own ? correlate_scratch(&c) : own;
	return r;
}

void correlator_prepare(const struct correlator *r, const struct kernels *k, const float *w, float *keep)
{
	if (r->method == METHOD_POINTS)
		k->winograd_prepare(&r->c, w, keep);
}

void correlator_forward(const struct correlator *r, const struct kernels *k, const float *w, const float *b,
                        enum activation f, const float *x, float *y, float *keep, float *scratch)
{
	if (r->method == METHOD_FULL)
		k->full(r->c.table->out_maps, inputs(r), 1, w, b, f, x, y);
	else if (r->method == METHOD_POINTS)
		k->winograd(&r->c, keep, b, f, x, y, keep + round_lanes(winograd_values(&r->c)), scratch);
	else
		k->correlate(&r->c, w, b, f, x, y);
}

static void backward_by_points(const struct correlator *r, const struct kernels *k, const float *dy, float *dw,
                               float *db, enum activation f, const float *below, float *dx, const float *keep,
                               float *scratch)
{
	const float *in = keep + round_lanes(winograd_values(&r->c));
	float *out = scratch, *rest = scratch + winograd_out(&r->c);
	k->winograd_delta(&r->c, dy, db, out);
	if (dw != NULL)
		k->winograd_kernels(&r->c, in, out, dw, rest);
	if (dx != NULL)
		k->winograd_input(&r->c, keep, out, f, below, dx, rest);
}

void correlator_backward(const struct correlator *r, const struct kernels *k, const float *w, const float *x,
                         const float *dy, float *dw, float *db, enum activation f, const float *below, float *dx,
                         const float *keep, float *scratch)
{
	size_t maps = r->c.table->out_maps;
	if (r->method == METHOD_POINTS) {
		backward_by_points(r, k, dy, dw, db, f, below, dx, keep, scratch);
	} else if (r->method == METHOD_FULL) {
		if (dw != NULL)
			k->full_weights(maps, inputs(r), 1, x, dy, dw, db, scratch);
		if (dx != NULL)
			k->full_input(maps, inputs(r), 1, w, dy, f, below, dx);
	} else {
		if (dw != NULL)
			k->correlate_kernels(&r->c, x, dy, dw, db, scratch);
		if (dx != NULL)
			k->correlate_input(&r->c, w, dy, f, below, dx, scratch);
	}
}
