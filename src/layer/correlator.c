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
	bool whole = c.in_rows == c.rows && c.in_columns == c.columns && c.rows == c.kernel && c.columns == c.kernel;
	if (whole && t->count == t->in_maps * t->out_maps) {
		r.method = METHOD_FULL;
		own = LANES * (inputs(&r) + LANES - 1);
	} else if (winograd_fits(&c)) {
		r.method = METHOD_POINTS;
		r.values = round_lanes(winograd_values(&c));
		own = winograd_scratch(&c);
	}
	/* Second derivatives are always correlated directly. */
	r.scratch = correlate_scratch(&c) > own ? correlate_scratch(&c) : own;
	return r;
}

void correlator_prepare(const struct correlator *r, const struct kernels *k, const float *w, float *values)
{
	if (r->method == METHOD_POINTS)
		k->winograd_prepare(&r->c, w, values);
}

void correlator_forward(const struct correlator *r, const struct kernels *k, const float *w, const float *values,
                        const float *b, enum activation f, const float *x, float *y, float *scratch)
{
	if (r->method == METHOD_FULL)
		k->full(r->c.table->out_maps, inputs(r), 1, w, b, f, x, y);
	else if (r->method == METHOD_POINTS)
		k->winograd(&r->c, values, b, f, x, y, scratch);
	else
		k->correlate(&r->c, w, b, f, x, y);
}

void correlator_input(const struct correlator *r, const struct kernels *k, const float *w, const float *values,
                      const float *dy, enum activation f, const float *x, float *dx, float *scratch)
{
	if (r->method == METHOD_FULL)
		k->full_input(r->c.table->out_maps, inputs(r), 1, w, dy, f, x, dx);
	else if (r->method == METHOD_POINTS)
		k->winograd_input(&r->c, values, dy, f, x, dx, scratch);
	else
		k->correlate_input(&r->c, w, dy, f, x, dx, scratch);
}

void correlator_kernels(const struct correlator *r, const struct kernels *k, const float *x, const float *dy, float *dw,
                        float *db, float *scratch)
{
	if (r->method == METHOD_FULL)
		k->full_weights(r->c.table->out_maps, inputs(r), 1, x, dy, dw, db, scratch);
	else if (r->method == METHOD_POINTS)
		k->winograd_kernels(&r->c, x, dy, dw, db, scratch);
	else
		k->correlate_kernels(&r->c, x, dy, dw, db, scratch);
}
