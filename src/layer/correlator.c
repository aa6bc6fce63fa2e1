/* A correlation of maps, padded or not, by the method that suits its shape. */
#include "correlator.h"

#include <stdio.h>
#include <string.h>

/* ---- What a job says --------------------------------------------------------------------------------------------- */

/* The positions from a kernel's first number to its last. */
static struct sides reach_of(const struct kernel_spec *spec)
{
	return (struct sides){(spec->side.rows - 1) * spec->dilation.rows + 1,
	                      (spec->side.columns - 1) * spec->dilation.columns + 1};
}

static size_t fitting(size_t side, size_t dilation, size_t length)
{
	size_t most = (length - 1) / dilation + 1;
	return side < most ? side : most;
}

/* Names the way out where it is not plain. */
static int larger(const struct kernel_spec *spec, struct sides reach, struct shape in, struct err *err)
{
	struct sides fit = {fitting(spec->side.rows, spec->dilation.rows, in.rows),
	                    fitting(spec->side.columns, spec->dilation.columns, in.columns)};
	char side[SIDES_TEXT], by[SIDES_TEXT], spread[SIDES_TEXT * 2] = "", out[SIDES_TEXT * 2] = "";
	if (reach.rows != spec->side.rows || reach.columns != spec->side.columns)
		snprintf(spread, sizeof spread, " with dilation %s", sides_short(spec->dilation, by));
	if (fit.rows != fit.columns || spread[0] != 0)
		snprintf(out, sizeof out, " (kernel: [%zu, %zu] fits, or padding: same)", fit.rows, fit.columns);
	return err_set(err, EX_CONFIG, "kernel %s%s is larger than its %zu×%zu input%s", sides_short(spec->side, side),
	               spread, in.rows, in.columns, out);
}

int kernel_check(const struct kernel_spec *spec, size_t maps, size_t inputs, struct shape in, struct err *err)
{
	if (layer_size_check("maps", maps, err) != 0 || layer_sides_check("kernel", spec->side, err) != 0 ||
	    layer_sides_check("stride", spec->stride, err) != 0 || layer_sides_check("dilation", spec->dilation, err) != 0)
		return -1;
	struct sides reach = reach_of(spec); /* of sides up to 2^32 */
	if (spec->padding == PADDING_VALID && (reach.rows > in.rows || reach.columns > in.columns))
		return larger(spec, reach, in, err);
	if (layer_numbers_check("kernels", maps, inputs, spec->side.rows, spec->side.columns, err) != 0 ||
	    layer_numbers_check("padded input", 1, in.maps, in.rows + reach.rows, in.columns + reach.columns, err) != 0)
		return -1;
	return layer_numbers_check("output", 1, maps, in.rows, in.columns + reach.columns, err);
}

size_t kernel_text(const struct kernel_spec *spec, char text[LAYER_TEXT])
{
	char side[SIDES_TEXT], step[SIDES_TEXT], by[SIDES_TEXT];
	bool strided = spec->stride.rows * spec->stride.columns > 1;
	bool dilated = spec->dilation.rows * spec->dilation.columns > 1;
	return (size_t)snprintf(text, LAYER_TEXT, "%s%s%s%s%s%s%s", sides_text(spec->side, side), strided ? "/" : "",
	                        strided ? sides_short(spec->stride, step) : "", dilated ? " dilation " : "",
	                        dilated ? sides_short(spec->dilation, by) : "",
	                        spec->padding != PADDING_VALID ? " " : "",
	                        spec->padding != PADDING_VALID ? key_word_name(padding_words, spec->padding) : "");
}

/* ---- The plan ---------------------------------------------------------------------------------------------------- */

static size_t inputs(const struct correlator *r)
{
	return r->c.table->in_maps * r->c.rows * r->c.columns;
}

static struct padded side_plan(size_t length, size_t reach, size_t stride, enum padding padding)
{
	if (padding != PADDING_VALID)
		return padded_around(padding, length, reach, stride);
	return (struct padded){(length - reach) / stride + 1, 0, 0};
}

static struct correlation correlation_of(const struct kernel_spec *spec, const struct connections *table,
                                         struct shape in)
{
	struct sides reach = reach_of(spec), dilation = spec->dilation;
	struct padded rows = side_plan(in.rows, reach.rows, spec->stride.rows, spec->padding);
	struct padded columns = side_plan(in.columns, reach.columns, spec->stride.columns, spec->padding);
	dilation.rows = spec->side.rows > 1 ? dilation.rows : 1;
	dilation.columns = spec->side.columns > 1 ? dilation.columns : 1;
	return (struct correlation){.table = table, .rows = in.rows + rows.total, .columns = in.columns + columns.total,
	                            .out_rows = rows.out, .out_columns = columns.out, .kernel = spec->side,
	                            .stride = spec->stride, .dilation = dilation, .top = rows.before,
	                            .left = columns.before, .in_rows = in.rows, .in_columns = in.columns};
}

/* Where the padded input begins in the scratch. */
static size_t whole_at(const struct correlator *r)
{
	return round_lanes(r->products);
}

struct correlator correlator_plan(const struct kernel_spec *spec, const struct connections *table, struct shape in)
{
	struct correlator r = {.c = correlation_of(spec, table, in), .method = METHOD_DIRECT};
	const struct correlation *c = &r.c;
	size_t own = 0;
	r.padded = c->rows > in.rows || c->columns > in.columns;
	bool whole = !r.padded && c->rows == c->kernel.rows && c->columns == c->kernel.columns;
	if (whole && table->count == table->in_maps * table->out_maps) {
		r.method = METHOD_FULL;
		own = LANES * (inputs(&r) + LANES - 1);
	} else if (single_pays(c)) {
		r.method = METHOD_SINGLE;
	} else if (grid_pays(c)) {
		r.method = METHOD_GRID;
		r.kept = grid_weights(c);
		own = grid_scratch(c);
	} else if ((r.c.points = winograd_points(c)) > 0) {
		r.method = METHOD_POINTS;
		r.kept = round_lanes(winograd_values(c)) + winograd_in(c);
		own = winograd_out(c) + winograd_scratch(c);
	}
	/* Second derivatives are always correlated directly. */
	r.products = correlate_scratch(c) > own ? correlate_scratch(c) : own;

	/* The others take what forward has made of the input, or the input itself. */
	r.keeps = r.padded && r.method == METHOD_DIRECT;
	r.whole = r.padded ? inputs(&r) : 0;
	r.kept += r.keeps ? r.whole * LANES : 0;
	r.scratch = whole_at(&r) + (r.keeps ? 0 : r.whole * LANES);
	r.scratch64 = r.whole;
	return r;
}

const char *correlator_method(const struct correlator *r)
{
	if (r->method == METHOD_POINTS)
		return r->c.points == 6 ? "points 6" : "points 8";
	if (r->method == METHOD_GRID)
		return "points 6×6";
	return r->method == METHOD_FULL ? "full" : r->method == METHOD_SINGLE ? "single" : "direct";
}

struct operation correlator_operation(const struct correlator *r, size_t groups)
{
	const struct correlation *c = &r->c;
	return (struct operation){.operator = OPERATOR_CONVOLVE, .side = c->kernel, .stride = c->stride,
	                          .dilation = c->dilation, .groups = groups,
	                          .pads = {c->top, c->left, c->rows - c->in_rows - c->top,
	                                   c->columns - c->in_columns - c->left}};
}

/* ---- Padding ----------------------------------------------------------------------------------------------------- */

/* Copies the input, `unit` bytes per position, into the middle of zeros. */
static void pad(const struct correlator *r, size_t unit, const void *from, void *to)
{
	const struct correlation *c = &r->c;
	memset(to, 0, r->whole * unit);
	for (size_t i = 0; i < c->table->in_maps; i++)
		for (size_t row = 0; row < c->in_rows; row++) {
			size_t at = (i * c->rows + c->top + row) * c->columns + c->left;
			memcpy((char *)to + at * unit, (const char *)from + (i * c->in_rows + row) * c->in_columns * unit,
			       c->in_columns * unit);
		}
}

/* Makes the padded input of a block where it belongs. */
static const float *pad_block(const struct correlator *r, const float *x, float *keep, float *scratch)
{
	if (!r->padded)
		return x;
	float *whole = r->keeps ? keep : scratch + whole_at(r);
	pad(r, LANES * sizeof *x, x, whole);
	return whole;
}

const float *correlator_whole(const struct correlator *r, const float *x, float *keep, float *scratch)
{
	return r->keeps ? keep : pad_block(r, x, keep, scratch);
}

const float *correlator_squares(const struct correlator *r, const float *x2, float *keep, float *scratch)
{
	if (!r->keeps)
		return pad_block(r, x2, keep, scratch);
	for (size_t i = 0; i < r->whole * LANES; i++)
		keep[i] *= keep[i];
	return keep;
}

/* ---- A block ----------------------------------------------------------------------------------------------------- */

void correlator_prepare(const struct correlator *r, const struct kernels *k, const float *w, float *keep)
{
	if (r->method == METHOD_POINTS)
		k->winograd_prepare(&r->c, w, keep);
	else if (r->method == METHOD_GRID)
		k->grid_prepare(&r->c, w, keep);
}

void correlator_forward(const struct correlator *r, const struct kernels *k, const float *w, const float *b,
                        enum activation f, const float *x, float *y, float *keep, float *scratch)
{
	if (r->method == METHOD_GRID) {
		k->grid(&r->c, keep, b, f, x, y, scratch);
		return;
	}
	if (r->method == METHOD_SINGLE) {
		k->single(&r->c, w, b, f, x, y);
		return;
	}
	x = pad_block(r, x, keep, scratch);
	if (r->method == METHOD_FULL)
		k->full(r->c.table->out_maps, inputs(r), 1, w, b, f, x, y);
	else if (r->method == METHOD_POINTS)
		k->winograd(&r->c, keep, b, f, x, y, keep + round_lanes(winograd_values(&r->c)), scratch);
	else
		k->correlate(&r->c, w, b, f, x, y);
}

static void backward_by_points(const struct correlator *r, const struct kernels *k, const float *x, const float *dy,
                               float *dw, float *db, enum activation f, float *dx, const float *keep, float *scratch)
{
	const float *in = keep + round_lanes(winograd_values(&r->c));
	float *out = scratch, *rest = scratch + winograd_out(&r->c);
	k->winograd_delta(&r->c, dy, db, out);
	if (dw != NULL)
		k->winograd_kernels(&r->c, in, out, dw, rest);
	if (dx != NULL)
		k->winograd_input(&r->c, keep, out, f, x, dx, rest);
}

void correlator_backward(const struct correlator *r, const struct kernels *k, const float *w, const float *x,
                         const float *dy, float *dw, float *db, enum activation f, float *dx, const float *keep,
                         float *scratch)
{
	size_t maps = r->c.table->out_maps;
	if (r->method == METHOD_POINTS) {
		backward_by_points(r, k, x, dy, dw, db, f, dx, keep, scratch);
	} else if (r->method == METHOD_GRID) {
		if (dw != NULL)
			k->grid_kernels(&r->c, x, dy, dw, db, scratch);
		if (dx != NULL)
			k->grid_input(&r->c, keep, dy, f, x, dx, scratch);
	} else if (r->method == METHOD_SINGLE) {
		if (dw != NULL)
			k->single_kernels(&r->c, x, dy, dw, db, scratch);
		if (dx != NULL)
			k->single_input(&r->c, w, dy, f, x, dx, scratch);
	} else if (r->method == METHOD_FULL) {
		if (dw != NULL)
			k->full_weights(maps, inputs(r), 1, x, dy, dw, db, scratch);
		if (dx != NULL)
			k->full_input(maps, inputs(r), 1, w, dy, f, x, dx);
	} else {
		if (dw != NULL)
			k->correlate_kernels(&r->c, r->keeps ? keep : x, dy, dw, db, scratch);
		if (dx != NULL)
			k->correlate_input(&r->c, w, dy, f, x, dx, scratch);
	}
}

/* ---- A sample in float64 ----------------------------------------------------------------------------------------- */

static const double *pad_sample(const struct correlator *r, const double *x, double *scratch)
{
	if (r->padded)
		pad(r, sizeof *x, x, scratch);
	return r->padded ? scratch : x;
}

void correlator_forward64(const struct correlator *r, const double *w, const double *b, const double *x, double *y,
                          double *scratch)
{
	reference_correlate(&r->c, w, b, pad_sample(r, x, scratch), y);
}

void correlator_backward64(const struct correlator *r, const double *w, const double *x, const double *dy, double *dw,
                           double *db, double *dx, double *scratch)
{
	reference_correlate_kernels(&r->c, pad_sample(r, x, scratch), dy, dw, db);
	if (dx != NULL)
		reference_correlate_input(&r->c, w, dy, dx);
}
