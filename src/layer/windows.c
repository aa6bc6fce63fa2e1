/* Layers over windows: sub-sampling with β and b (section 3.2), and pooling. */
#include "layer.h"

#include <stdio.h>

enum pooling { POOL_MAX, POOL_MEAN };

struct window_spec {
	struct layer_spec base;
	struct sides window; /* 0, 0: the whole map */
	bool ragged;         /* smaller windows at the edge */
	enum padding padding;
};

struct pooling_spec {
	struct window_spec windows;
	enum pooling method;
	struct sides stride; /* 0, 0: the window's */
};

struct windowed {
	struct layer base;
	struct windows windows;
	enum pooling method;
};

static const struct windowed *of(const struct layer *self)
{
	return (const struct windowed *)self;
}

static bool sides_same(struct sides one, struct sides other)
{
	return one.rows == other.rows && one.columns == other.columns;
}

/* Windows along a side; without padding the last may reach beyond it, but begins within. */
static struct padded windows_along(enum padding padding, size_t length, size_t side, size_t step)
{
	if (padding != PADDING_VALID)
		return padded_around(padding, length, side, step);

	size_t last = (length - side + step - 1) / step;
	return (struct padded){(last < (length - 1) / step ? last : (length - 1) / step) + 1, 0, 0};
}

/* Whether no number behind the last window is left out; between longer steps some are in any case. */
static bool centred_reach(size_t length, size_t side, size_t step)
{
	struct padded p = padded_around(PADDING_CENTRED, length, side, step);
	return step > side || (p.out - 1) * step + side >= length + p.before;
}

static int windows_check(const struct window_spec *spec, struct shape in, struct sides side, struct sides step,
                         struct err *err)
{
	char window[SIDES_TEXT], stride[SIDES_TEXT];
	sides_short(side, window);
	if (layer_sides_check("window", side, err) != 0 || layer_sides_check("stride", step, err) != 0)
		return -1;
	if (side.rows > in.rows || side.columns > in.columns)
		return err_set(err, EX_CONFIG, "window %s is larger than its %zu×%zu input", window, in.rows, in.columns);
	if (layer_numbers_check("window", 2, 1, side.rows, side.columns, err) != 0)
		return -1;
	bool padded = spec->padding != PADDING_VALID;
	if (spec->padding == PADDING_CENTRED && !(centred_reach(in.rows, side.rows, step.rows) &&
	                                          centred_reach(in.columns, side.columns, step.columns)))
		return err_set(err, EX_CONFIG, "centred windows %s in steps of %s do not reach the edge of their %zu×%zu input "
		               "(padding: same does)", window, sides_short(step, stride), in.rows, in.columns);
	bool ends = (in.rows - side.rows) % step.rows == 0 && (in.columns - side.columns) % step.columns == 0;
	if (spec->ragged || padded || ends)
		return 0;
	if (sides_same(side, step))
		return err_set(err, EX_CONFIG, "window %s does not divide its %zu×%zu input (ragged: true allows smaller "
		               "windows at the edge)", window, in.rows, in.columns);
	return err_set(err, EX_CONFIG, "windows %s in steps of %s do not end at the edge of their %zu×%zu input (ragged: "
	               "true allows smaller windows there)", window, sides_short(step, stride), in.rows, in.columns);
}

/* step 0, 0: the window's. */
static struct windowed *windowed_plan(const struct layer_spec *base, struct sides step, struct shape in,
                                      struct err *err)
{
	const struct window_spec *spec = (const struct window_spec *)base;
	struct sides side = spec->window;
	if (side.rows == 0 && side.columns == 0)
		side = (struct sides){in.rows, in.columns};
	if (step.rows == 0 && step.columns == 0)
		step = side;
	if (windows_check(spec, in, side, step, err) != 0)
		return NULL;
	struct windowed *self = memory_zeroed(1, sizeof *self, err);
	if (self == NULL)
		return NULL;
	struct padded rows = windows_along(spec->padding, in.rows, side.rows, step.rows);
	struct padded columns = windows_along(spec->padding, in.columns, side.columns, step.columns);
	self->base.out = (struct shape){in.maps, rows.out, columns.out};
	self->windows = (struct windows){in.maps, in.rows, in.columns, rows.out, columns.out, side, step, rows.before,
	                                 columns.before};
	self->base.keep = shape_size(self->base.out) * LANES;
	self->base.frees_x = true;
	return self;
}

/* What `count` windows along a side reach beyond its end. */
static size_t beyond(size_t length, size_t count, size_t side, size_t step)
{
	size_t reach = (count - 1) * step + side;
	return reach > length ? reach - length : 0;
}

/* An operation on the windows: what they reach beyond the maps is padded. */
static struct operation windows_operation(const struct windowed *self, enum operator operator, size_t groups)
{
	const struct windows *w = &self->windows;
	return (struct operation){.operator = operator, .side = w->side, .stride = w->step, .groups = groups,
	                          .pads = {w->top, w->left,
	                                   beyond(w->rows + w->top, w->out_rows, w->side.rows, w->step.rows),
	                                   beyond(w->columns + w->left, w->out_columns, w->side.columns, w->step.columns)}};
}

/* "3×3", "all", "3×3/2 same", "2×3/1×2" */
static size_t windows_text(const struct window_spec *spec, struct sides step, char text[LAYER_TEXT])
{
	char window[SIDES_TEXT], stride[SIDES_TEXT];
	bool all = spec->window.rows == 0;
	bool padded = spec->padding != PADDING_VALID;
	return (size_t)snprintf(text, LAYER_TEXT, "%s%s%s%s%s", all ? "all" : sides_text(spec->window, window),
	                        step.rows != 0 ? "/" : "", step.rows != 0 ? sides_short(step, stride) : "",
	                        padded ? " " : "", padded ? key_word_name(padding_words, spec->padding) : "");
}

/* ---- Sub-sampling: tensors beta, biases; keeps d = down(x) ----------------------------------------------------- */

static struct layer *subsampling_plan(const struct layer_spec *spec, struct shape in, struct err *err)
{
	struct windowed *self = windowed_plan(spec, (struct sides){0, 0}, in, err);
	if (self == NULL)
		return NULL;
	layer_add_of_maps(&self->base, in.maps, (struct tensor){
		.name = "beta", .description = "factor of each map's window sums", .decays = true});
	layer_add_of_maps(&self->base, in.maps, (struct tensor){.name = "biases", .description = "bias of each map"});
	self->base.multiply_adds = shape_size(self->base.out);
	self->base.scratch64 = 2 * shape_size(self->base.out);
	return &self->base;
}

static void subsampling_init(const struct layer *self, uint64_t seed, size_t index, float *w)
{
	(void)seed, (void)index;
	struct sides side = of(self)->windows.side;
	for (size_t j = 0; j < self->in.maps; j++)
		w[j] = 1.0f / (float)(side.rows * side.columns); /* starts as a mean */
}

static void subsampling_forward(const struct layer *self, const struct kernels *k, const float *w, const float *x,
                                float *y, float *keep, float *scratch)
{
	(void)scratch;
	k->subsample(&of(self)->windows, w, w + self->tensor[1].offset, self->fused, x, keep, y);
}

static void subsampling_backward(const struct layer *self, const struct kernels *k, const float *w,
                                 enum activation below, const float *x, const float *dy, float *dx, float *dw,
                                 const float *keep, float *scratch)
{
	(void)scratch;
	float *db = dw != NULL ? dw + self->tensor[1].offset : NULL;
	k->subsample_back(&of(self)->windows, w, keep, dy, below, x, dx, dw, db);
}

static void subsampling_forward64(const struct layer *self, const double *w, const double *x, double *y,
                                  double *scratch)
{
	reference_subsample(&of(self)->windows, w, w + self->tensor[1].offset, x, scratch, y);
}

static void subsampling_backward64(const struct layer *self, const double *w, const double *x, const double *dy,
                                   double *dx, double *dw, double *scratch)
{
	const struct windows *ws = &of(self)->windows;
	double *d = scratch, *y = scratch + shape_size(self->out);
	reference_subsample(ws, w, w + self->tensor[1].offset, x, d, y);
	reference_subsample_back(ws, w, d, dy, dx, dw, dw + self->tensor[1].offset);
}

/* A convolution of each map by itself with kernels of equal numbers β: sums over windows, zeros padded at a ragged
 * edge. */
static void subsampling_outline(const struct layer *self, const float *w, struct outline *out)
{
	struct sides side = of(self)->windows.side;
	size_t maps = self->in.maps, numbers = side.rows * side.columns;
	outline_add(out, windows_operation(of(self), OPERATOR_CONVOLVE, maps));
	float *kernels = outline_operand(out, "beta", 4, (const size_t[]){maps, 1, side.rows, side.columns});
	for (size_t i = 0; kernels != NULL && i < maps * numbers; i++)
		kernels[i] = w[i / numbers];
	outline_tensor(out, self, w, 1);
}

static void subsampling_describe(const struct layer_spec *spec, char text[LAYER_TEXT])
{
	windows_text((const struct window_spec *)spec, (struct sides){0, 0}, text);
}

#define KEY_WINDOW \
	{.name = "window", .type = KEY_SIDES, KEY_AT(struct window_spec, window), .needed = true, .least = 1, \
	 .most = LAYER_SIDE, .words = window_words, \
	 .help = "rows and columns of the windows; all: those of the input"}
#define KEY_RAGGED \
	{.name = "ragged", .type = KEY_TRUTH, KEY_AT(struct window_spec, ragged), \
	 .help = "allow smaller windows at the edge if they do not end there"}
static const struct key_word window_words[] = {{"all", 0}, {0}};
static const struct key subsampling_keys[] = {KEY_WINDOW, KEY_RAGGED, KEY_ACTIVATION, KEY_LEARNING, {0}};

const struct layer_type subsampling_type = {
	.name = "subsampling",
	.keys = subsampling_keys,
	.spec_size = sizeof(struct window_spec),
	.colour = "#c7e6c0",
	.describe = subsampling_describe,
	.plan = subsampling_plan,
	.init = subsampling_init,
	.forward = subsampling_forward,
	.backward = subsampling_backward,
	.curve = curve_by_squares,
	.forward64 = subsampling_forward64,
	.backward64 = subsampling_backward64,
	.outline = subsampling_outline,
};

/* ---- Pooling: no parameters; the maximum keeps each window's choice -------------------------------------------- */

static struct layer *pooling_plan(const struct layer_spec *spec, struct shape in, struct err *err)
{
	const struct pooling_spec *pooling = (const struct pooling_spec *)spec;
	struct windowed *self = windowed_plan(spec, pooling->stride, in, err);
	if (self == NULL)
		return NULL;
	self->method = pooling->method;
	self->base.scratch = shape_size(self->base.out) * LANES;
	if (self->method == POOL_MEAN)
		self->base.keep = 0;
	return &self->base;
}

static void pooling_init(const struct layer *self, uint64_t seed, size_t index, float *w)
{
	(void)self, (void)seed, (void)index, (void)w;
}

static void pooling_forward(const struct layer *self, const struct kernels *k, const float *w, const float *x, float *y,
                            float *keep, float *scratch)
{
	(void)w, (void)scratch;
	if (of(self)->method == POOL_MAX)
		k->pool_max(&of(self)->windows, x, y, (int32_t *)(void *)keep);
	else
		k->pool_mean(&of(self)->windows, x, y);
	k->activate(self->fused, shape_size(self->out), y);
}

static void pooling_backward(const struct layer *self, const struct kernels *k, const float *w,
                             enum activation below, const float *x, const float *dy, float *dx, float *dw,
                             const float *keep, float *scratch)
{
	(void)w, (void)dw, (void)scratch;
	if (dx == NULL)
		return;
	if (of(self)->method == POOL_MAX)
		k->pool_max_back(&of(self)->windows, (const int32_t *)(const void *)keep, dy, dx);
	else
		k->pool_mean_back(&of(self)->windows, dy, dx);
	k->activate_back(below, shape_size(self->in), x, dx);
}

/* hy / m of windows of m numbers each, which may overlap. */
static void windows_share(const struct windows *w, const float *hy, float *share)
{
	for (size_t o = 0; o < w->maps * w->out_rows * w->out_columns; o++, hy += LANES, share += LANES) {
		struct window at = window_at(w, o / w->out_columns % w->out_rows, o % w->out_columns);
		float part = 1.0f / (float)(at.rows * at.columns);
		for (size_t l = 0; l < LANES; l++)
			share[l] = part * hy[l];
	}
}

/* The maximum hands hy to its choice; the mean of m numbers gives each hy / m². */
static void pooling_curve(const struct layer *self, const struct kernels *k, const float *w, const float *w2,
                          const float *x, const float *x2, const float *hy, float *hx, float *hw, float *keep,
                          float *scratch)
{
	(void)w2, (void)x2;
	const struct windows *ws = &of(self)->windows;
	pooling_backward(self, k, w, ACTIVATION_LINEAR, x, hy, hx, hw, keep, scratch);
	if (hx == NULL || of(self)->method == POOL_MAX)
		return;
	if (sides_same(ws->side, ws->step))
		k->pool_mean(ws, hx, scratch); /* hy / m */
	else
		windows_share(ws, hy, scratch);
	k->pool_mean_back(ws, scratch, hx);
}

static void pooling_forward64(const struct layer *self, const double *w, const double *x, double *y, double *scratch)
{
	(void)w, (void)scratch;
	if (of(self)->method == POOL_MAX)
		reference_pool_max(&of(self)->windows, x, y);
	else
		reference_pool_mean(&of(self)->windows, x, y);
}

static void pooling_backward64(const struct layer *self, const double *w, const double *x, const double *dy, double *dx,
                               double *dw, double *scratch)
{
	(void)w, (void)dw, (void)scratch;
	if (dx == NULL)
		return;
	if (of(self)->method == POOL_MAX)
		reference_pool_max_back(&of(self)->windows, x, dy, dx);
	else
		reference_pool_mean_back(&of(self)->windows, dy, dx);
}

static void pooling_outline(const struct layer *self, const float *w, struct outline *out)
{
	(void)w;
	bool most = of(self)->method == POOL_MAX;
	outline_add(out, windows_operation(of(self), most ? OPERATOR_POOL_MAX : OPERATOR_POOL_MEAN, 1));
}

static const struct key_word methods[] = {{"max", POOL_MAX}, {"mean", POOL_MEAN}, {0}};

static void pooling_describe(const struct layer_spec *base, char text[LAYER_TEXT])
{
	const struct pooling_spec *spec = (const struct pooling_spec *)base;
	size_t end = windows_text(&spec->windows, spec->stride, text);
	snprintf(text + end, LAYER_TEXT - end, " %s", key_word_name(methods, spec->method));
}

static const struct key pooling_keys[] = {
	{.name = "method", .type = KEY_WORD, KEY_AT(struct pooling_spec, method), .needed = true, .words = methods,
	 .help = "the largest number of a window, or the mean"},
	KEY_WINDOW,
	{.name = "stride", .type = KEY_SIDES, KEY_AT(struct pooling_spec, stride), .least = 1, .most = LAYER_SIDE,
	 .absent = "as window", .help = "step of the windows, which overlap if it is shorter than they are"},
	KEY_RAGGED,
	{.name = "padding", .type = KEY_WORD, KEY_AT(struct window_spec, padding), .words = padding_words,
	 .help = "same, centred: windows reach over all edges; one in each stride"},
	KEY_ACTIVATION,
	{0},
};

static const struct key_alias pooling_aliases[] = {
	{"maxpool", "pooling", ", with method: max"}, {"avgpool", "pooling", ", with method: mean"}, {0},
};

const struct layer_type pooling_type = {
	.name = "pooling",
	.keys = pooling_keys,
	.aliases = pooling_aliases,
	.spec_size = sizeof(struct pooling_spec),
	.colour = "#c7e6c0",
	.describe = pooling_describe,
	.plan = pooling_plan,
	.init = pooling_init,
	.forward = pooling_forward,
	.backward = pooling_backward,
	.curve = pooling_curve,
	.forward64 = pooling_forward64,
	.backward64 = pooling_backward64,
	.outline = pooling_outline,
};
