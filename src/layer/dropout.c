/* Dropout (Srivastava et al. 2014): in training each number of a sample is dropped with the probability `rate`, and the
 * others are made larger by 1 / (1 − rate); in evaluation nothing happens. */
#include "layer.h"

#include <stdio.h>
#include <string.h>

struct dropout_spec {
	struct layer_spec base;
	double rate; /* probability to be dropped, 0 … < 1 */
};

static double rate_of(const struct layer_spec *spec)
{
	return ((const struct dropout_spec *)spec)->rate;
}

struct dropout {
	struct layer base;
	uint32_t dropped; /* of 65536 random numbers */
	float factor;     /* of what stays */
};

static const struct dropout *of(const struct layer *self)
{
	return (const struct dropout *)self;
}

static struct layer *dropout_plan(const struct layer_spec *spec, struct shape in, struct err *err)
{
	double rate = rate_of(spec);
	if (!(rate >= 0 && rate < 1)) {
		err_set(err, EX_CONFIG, "rate of dropout must be at least 0 and below 1, not %g", rate);
		return NULL;
	}
	struct dropout *self = memory_zeroed(1, sizeof *self, err);
	if (self == NULL)
		return NULL;
	self->dropped = (uint32_t)(rate * 65536);
	self->factor = (float)(65536.0 / (65536.0 - self->dropped));
	self->base.out = in;
	self->base.keep = shape_size(in) * LANES; /* the factor of each number */
	self->base.frees_x = self->base.in_place = true;
	return &self->base;
}

static void init(const struct layer *self, uint64_t seed, size_t index, float *w)
{
	(void)self, (void)seed, (void)index, (void)w;
}

/* Sixteen bits for each number of each sample. */
static void begin(const struct layer *self, const struct layer_context *context, size_t index, float *keep)
{
	enum { RUN = 64 };
	size_t size = shape_size(self->in);
	uint32_t word[RUN];
	for (size_t i = 0; !context->training && i < size * LANES; i++)
		keep[i] = 1;
	for (size_t lane = 0; context->training && lane < LANES; lane++)
		for (size_t i = 0; i < size; i++) {
			if (i % (2 * RUN) == 0 && lane < context->count)
				random_words(context->seed, RANDOM_DROPOUT, context->step | (uint64_t)index << 48,
				             context->sample[lane], i / 2, RUN, word);
			uint32_t bits = lane < context->count ? word[i / 2 % RUN] >> 16 * (i % 2) & 65535 : 0;
			keep[i * LANES + lane] = lane < context->count && bits >= of(self)->dropped ? of(self)->factor : 0;
		}
}

static void forward(const struct layer *self, const struct kernels *k, const float *w, const float *x, float *y,
                    float *keep, float *scratch)
{
	(void)w, (void)scratch;
	k->multiply(shape_size(self->in), x, keep, y);
}

static void backward(const struct layer *self, const struct kernels *k, const float *w, enum activation below,
                     const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch)
{
	(void)w, (void)dw, (void)scratch;
	if (dx == NULL)
		return;
	k->multiply(shape_size(self->in), dy, keep, dx);
	k->activate_back(below, shape_size(self->in), x, dx);
}

static void curve(const struct layer *self, const struct kernels *k, const float *w, const float *w2, const float *x,
                  const float *x2, const float *hy, float *hx, float *hw, float *keep, float *scratch)
{
	(void)w, (void)w2, (void)x, (void)x2, (void)hw, (void)scratch;
	if (hx == NULL)
		return;
	k->multiply(shape_size(self->in), hy, keep, hx);
	k->multiply(shape_size(self->in), hx, keep, hx);
}

static void forward64(const struct layer *self, const double *w, const double *x, double *y, double *scratch)
{
	(void)w, (void)scratch;
	memcpy(y, x, shape_size(self->in) * sizeof *y);
}

static void backward64(const struct layer *self, const double *w, const double *x, const double *dy, double *dx,
                       double *dw, double *scratch)
{
	(void)w, (void)x, (void)dw, (void)scratch;
	if (dx != NULL)
		memcpy(dx, dy, shape_size(self->in) * sizeof *dx);
}

/* Nothing is dropped, nor made larger, once the network is trained. */
static void outline(const struct layer *self, const float *w, struct outline *out)
{
	(void)self, (void)w, (void)out;
}

static void describe(const struct layer_spec *spec, char text[LAYER_TEXT])
{
	snprintf(text, LAYER_TEXT, "%g", rate_of(spec));
}

static const struct key keys[] = {
	{.name = "rate", .type = KEY_REAL, KEY_AT(struct dropout_spec, rate), .needed = true, .most = 1, .below = true,
	 .help = "share of the numbers that are dropped in training"},
	{0},
};

const struct layer_type dropout_type = {
	.name = "dropout",
	.keys = keys,
	.spec_size = sizeof(struct dropout_spec),
	.colour = "#e4e4e4",
	.describe = describe,
	.plan = dropout_plan,
	.init = init,
	.begin = begin,
	.forward = forward,
	.backward = backward,
	.curve = curve,
	.forward64 = forward64,
	.backward64 = backward64,
	.outline = outline,
};
