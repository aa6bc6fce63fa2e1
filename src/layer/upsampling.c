/* Up-sampling: y_j = up(x_j) = x_j ⊗ 1_{m×n} (section 3.2). Its adjoint is down(). */
#include "layer.h"

struct upsampling_spec {
	struct layer_spec base;
	struct sides factor; /* m, n */
};

struct upsampling {
	struct layer base;
	struct windows windows; /* of one output map: an input each */
};

static const struct upsampling *of(const struct layer *self)
{
	return (const struct upsampling *)self;
}

static struct layer *plan(const struct layer_spec *base, struct shape in, struct err *err)
{
	struct sides factor = ((const struct upsampling_spec *)base)->factor;
	if (layer_sides_check("factor", factor, err) != 0 ||
	    layer_numbers_check("output", in.maps * in.rows, factor.rows, in.columns, factor.columns, err) != 0)
		return NULL;
	struct upsampling *self = memory_zeroed(1, sizeof *self, err);
	if (self == NULL)
		return NULL;
	self->base.out = (struct shape){in.maps, in.rows * factor.rows, in.columns * factor.columns};
	self->windows = (struct windows){1, self->base.out.rows, self->base.out.columns, in.rows, in.columns, factor,
	                                 factor, 0, 0};
	self->base.scratch = in.rows * in.columns * LANES;
	self->base.scratch64 = in.rows * in.columns;
	self->base.frees_x = true;
	return &self->base;
}

static void init(const struct layer *self, uint64_t seed, size_t index, float *w)
{
	(void)self, (void)seed, (void)index, (void)w;
}

/* up() is the adjoint of sub-sampling with β = 1. */
static void forward(const struct layer *self, const struct kernels *k, const float *w, const float *x, float *y,
                    float *keep, float *scratch)
{
	(void)w, (void)keep, (void)scratch;
	const struct windows *ws = &of(self)->windows;
	const float one = 1;
	size_t size = self->in.rows * self->in.columns * LANES, out = ws->rows * ws->columns * LANES;
	for (size_t j = 0; j < self->in.maps; j++)
		k->subsample_back(ws, &one, NULL, x + j * size, ACTIVATION_LINEAR, y + j * out, y + j * out, NULL, NULL);
	k->activate(self->fused, shape_size(self->out), y);
}

static void backward(const struct layer *self, const struct kernels *k, const float *w, enum activation below,
                     const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch)
{
	(void)w, (void)dw, (void)keep;
	if (dx == NULL)
		return;
	const struct windows *ws = &of(self)->windows;
	const float one = 1, zero = 0;
	size_t size = self->in.rows * self->in.columns * LANES, out = ws->rows * ws->columns * LANES;
	for (size_t j = 0; j < self->in.maps; j++)
		k->subsample(ws, &one, &zero, ACTIVATION_LINEAR, dy + j * out, scratch, dx + j * size);
	k->activate_back(below, shape_size(self->in), x, dx);
}

static void forward64(const struct layer *self, const double *w, const double *x, double *y, double *scratch)
{
	(void)w, (void)scratch;
	const struct windows *ws = &of(self)->windows;
	const double one = 1;
	double sums[2];
	size_t size = self->in.rows * self->in.columns, out = ws->rows * ws->columns;
	for (size_t j = 0; j < self->in.maps; j++)
		reference_subsample_back(ws, &one, x + j * size, x + j * size, y + j * out, &sums[0], &sums[1]);
}

static void backward64(const struct layer *self, const double *w, const double *x, const double *dy, double *dx,
                       double *dw, double *scratch)
{
	(void)w, (void)x, (void)dw;
	if (dx == NULL)
		return;
	const struct windows *ws = &of(self)->windows;
	const double one = 1, zero = 0;
	size_t size = self->in.rows * self->in.columns, out = ws->rows * ws->columns;
	for (size_t j = 0; j < self->in.maps; j++)
		reference_subsample(ws, &one, &zero, dy + j * out, scratch, dx + j * size);
}

static void outline(const struct layer *self, const float *w, struct outline *out)
{
	(void)w;
	struct sides factor = of(self)->windows.side;
	outline_add(out, (struct operation){.operator = OPERATOR_UPSAMPLE, .side = factor});
	float *scales = outline_operand(out, "scales", 1, (const size_t[]){4});
	const float value[4] = {1, 1, (float)factor.rows, (float)factor.columns};
	for (size_t i = 0; scales != NULL && i < 4; i++)
		scales[i] = value[i];
}

static void describe(const struct layer_spec *spec, char text[LAYER_TEXT])
{
	sides_text(((const struct upsampling_spec *)spec)->factor, text);
}
_Static_assert((int)SIDES_TEXT <= (int)LAYER_TEXT, "sides_text writes a description");

static const struct key keys[] = {
	{.name = "factor", .type = KEY_SIDES, KEY_AT(struct upsampling_spec, factor), .needed = true, .least = 1,
	 .most = LAYER_SIDE, .help = "how often each number stands in rows and in columns"},
	KEY_ACTIVATION,
	{0},
};

static const struct key_alias aliases[] = {{"upsample", "upsampling", ""}, {"upsampling2d", "upsampling", ""}, {0}};

const struct layer_type upsampling_type = {
	.name = "upsampling",
	.keys = keys,
	.aliases = aliases,
	.spec_size = sizeof(struct upsampling_spec),
	.colour = "#dcf0b8",
	.describe = describe,
	.plan = plan,
	.init = init,
	.forward = forward,
	.backward = backward,
	.curve = curve_by_squares,
	.forward64 = forward64,
	.backward64 = backward64,
	.outline = outline,
};
