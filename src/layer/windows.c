/* Layers over windows: sub-sampling with β and b (section 3.2), and pooling. */
#include "layer.h"

#include <stdio.h>

enum pooling { POOL_MAX, POOL_MEAN };

struct window_spec {
	struct layer_spec base;
	size_t window; /* n */
	bool ragged;   /* smaller windows at the edge */
};

struct pooling_spec {
	struct window_spec windows;
	enum pooling method;
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

static struct windowed *windowed_plan(const struct layer_spec *base, struct shape in, struct err *err)
{
	const struct window_spec *spec = (const struct window_spec *)base;
	size_t n = spec->window;
	if (layer_size_check("window", n, err) != 0)
		return NULL;
	if (n > in.rows || n > in.columns) {
		err_set(err, EX_CONFIG, "window %zu is larger than its %zu×%zu input", n, in.rows, in.columns);
		return NULL;
	}
	if (!spec->ragged && (in.rows % n != 0 || in.columns % n != 0)) {
		err_set(err, EX_CONFIG, "window %zu does not divide its %zu×%zu input (ragged: true allows smaller windows at "
		        "the edge)", n, in.rows, in.columns);
		return NULL;
	}
	struct windowed *self = memory_zeroed(1, sizeof *self, err);
	if (self == NULL)
		return NULL;
	self->base.out = (struct shape){in.maps, (in.rows + n - 1) / n, (in.columns + n - 1) / n};
	self->windows = (struct windows){in.maps, in.rows, in.columns, self->base.out.rows, self->base.out.columns, n};
	self->base.keep = shape_size(self->base.out) * LANES;
	self->base.frees_x = true;
	return self;
}

/* An operation on the windows: what they reach beyond the maps at a ragged edge is padded behind. */
static struct operation windows_operation(const struct windowed *self, enum operator operator, size_t groups)
{
	const struct windows *w = &self->windows;
	return (struct operation){.operator = operator, .side = w->n, .stride = w->n, .groups = groups,
	                          .pads = {0, 0, w->out_rows * w->n - w->rows, w->out_columns * w->n - w->columns}};
}

/* ---- Sub-sampling: tensors beta, biases; keeps d = down(x) ----------------------------------------------------- */

static struct layer *subsampling_plan(const struct layer_spec *spec, struct shape in, struct err *err)
{
	struct windowed *self = windowed_plan(spec, in, err);
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
	size_t n = of(self)->windows.n;
	for (size_t j = 0; j < self->in.maps; j++)
		w[j] = 1.0f / (float)(n * n); /* starts as a mean */
}

static void subsampling_forward(const struct layer *self, const struct kernels *k, const float *w, const float *x,
                                float *y, float *keep, float *scratch)
{
	(void)scratch;
	k->subsample(&of(self)->windows, w, w + self->tensor[1].offset, self->activation, x, keep, y);
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
	size_t n = of(self)->windows.n, maps = self->in.maps;
	outline_add(out, windows_operation(of(self), OPERATOR_CONVOLVE, maps));
	float *kernels = outline_operand(out, "beta", 4, (const size_t[]){maps, 1, n, n});
	for (size_t i = 0; kernels != NULL && i < maps * n * n; i++)
		kernels[i] = w[i / (n * n)];
	outline_tensor(out, self, w, 1);
}

static void subsampling_describe(const struct layer_spec *spec, char text[LAYER_TEXT])
{
	size_t n = ((const struct window_spec *)spec)->window;
	snprintf(text, LAYER_TEXT, "%zu×%zu", n, n);
}

#define KEY_WINDOW \
	{.name = "window", .type = KEY_WHOLE, KEY_AT(struct window_spec, window), .needed = true, .least = 1, \
	 .most = LAYER_SIDE, .help = "side n of the windows, at most the input's"}
#define KEY_RAGGED \
	{.name = "ragged", .type = KEY_TRUTH, KEY_AT(struct window_spec, ragged), \
	 .help = "allow smaller windows at the edge where n does not divide the side"}
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
	struct windowed *self = windowed_plan(spec, in, err);
	if (self == NULL)
		return NULL;
	self->method = ((const struct pooling_spec *)spec)->method;
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
	k->activate(self->activation, shape_size(self->out), y);
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

/* The maximum hands hy to its choice; the mean of m numbers gives each hy / m². */
static void pooling_curve(const struct layer *self, const struct kernels *k, const float *w, const float *w2,
                          const float *x, const float *x2, const float *hy, float *hx, float *hw, float *keep,
                          float *scratch)
{
	(void)w2, (void)x2;
	pooling_backward(self, k, w, ACTIVATION_LINEAR, x, hy, hx, hw, keep, scratch);
	if (hx == NULL || of(self)->method == POOL_MAX)
		return;
	k->pool_mean(&of(self)->windows, hx, scratch); /* hy / m */
	k->pool_mean_back(&of(self)->windows, scratch, hx);
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
	size_t n = spec->windows.window;
	snprintf(text, LAYER_TEXT, "%zu×%zu %s", n, n, key_word_name(methods, spec->method));
}

static const struct key pooling_keys[] = {
	{.name = "method", .type = KEY_WORD, KEY_AT(struct pooling_spec, method), .needed = true, .words = methods,
	 .help = "the largest number of a window, or the mean"},
	KEY_WINDOW,
	KEY_RAGGED,
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
