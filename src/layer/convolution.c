/* Convolution layers (section 3): correlation with learned kernels over a connection table. */
#include "convolution.h"
#include "correlator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct convolution {
	struct layer base;
	struct connections *table;
	struct correlator r;          /* on the padded input */
	bool padded;
	bool keeps;                   /* the padded input from forward to backward; otherwise it only lies in the scratch */
	size_t padded_size;
};

static const struct convolution *of(const struct layer *self)
{
	return (const struct convolution *)self;
}

static const struct convolution_spec *spec_of(const struct layer_spec *spec)
{
	return (const struct convolution_spec *)spec;
}

static void spec_clear(struct layer_spec *spec)
{
	connection_list_free(&((struct convolution_spec *)spec)->connections.list);
}

static void clear(struct layer *self)
{
	connections_destroy(((struct convolution *)self)->table);
}

static struct padded side_plan(size_t length, size_t kernel, size_t stride, enum padding padding)
{
	if (padding == PADDING_SAME)
		return padded_same(length, kernel, stride);
	return (struct padded){(length - kernel) / stride + 1, 0, 0};
}

/* Where the padded input begins in the scratch, behind the correlator's. */
static size_t whole_at(const struct convolution *self)
{
	return round_lanes(self->r.scratch);
}

static void tensors_plan(struct convolution *self, size_t maps, struct shape in, size_t kernel)
{
	layer_add_tensor(&self->base, (struct tensor){
		.name = "kernels", .description = "correlation kernel of each connected pair of maps (0 where not connected)",
		.labels = {"output map", "input map", "row", "column"}, .rank = 4, .dims = {maps, in.maps, kernel, kernel},
		.table = self->table, .decays = true});
	layer_add_tensor(&self->base, (struct tensor){.name = "biases", .description = "bias of each output map",
	                                              .labels = {"output map"}, .rank = 1, .dims = {maps}});
}

static int spec_check(const struct convolution_spec *spec, struct shape in, struct err *err)
{
	size_t kernel = spec->kernel;
	if (layer_size_check("maps", spec->maps, err) != 0 || layer_size_check("kernel", kernel, err) != 0 ||
	    layer_size_check("stride", spec->stride, err) != 0)
		return -1;
	if (spec->padding == PADDING_VALID && (kernel > in.rows || kernel > in.columns))
		return err_set(err, EX_CONFIG, "kernel %zu is larger than its %zu×%zu input", kernel, in.rows, in.columns);
	if (layer_numbers_check("kernels", spec->maps, in.maps, kernel, kernel, err) != 0 ||
	    layer_numbers_check("padded input", 1, in.maps, in.rows + kernel, in.columns + kernel, err) != 0)
		return -1;
	return layer_numbers_check("output", 1, spec->maps, in.rows, in.columns + kernel, err);
}

static struct layer *plan(const struct layer_spec *base, struct shape in, struct err *err)
{
	const struct convolution_spec *spec = spec_of(base);
	size_t kernel = spec->kernel, stride = spec->stride;
	if (spec_check(spec, in, err) != 0)
		return NULL;
	struct convolution *self = memory_zeroed(1, sizeof *self, err);
	if (self == NULL)
		return NULL;
	self->table = connections_create(spec->connections.kind, in.maps, spec->maps, &spec->connections.list, err);
	if (self->table == NULL) {
		free(self);
		return NULL;
	}
	struct padded rows = side_plan(in.rows, kernel, stride, spec->padding);
	struct padded columns = side_plan(in.columns, kernel, stride, spec->padding);
	self->base.out = (struct shape){spec->maps, rows.out, columns.out};
	self->r = correlator_plan((struct correlation){
		self->table, in.rows + rows.total, in.columns + columns.total, rows.out, columns.out, {kernel, kernel},
		{stride, stride}, rows.before, columns.before, in.rows, in.columns, 0});
	self->padded = rows.total > 0 || columns.total > 0;
	tensors_plan(self, spec->maps, in, kernel);

	self->padded_size = in.maps * self->r.c.rows * self->r.c.columns;
	/* By points backward takes what forward has made of the input: there is nothing more to keep. */
	self->keeps = self->padded && self->r.method != METHOD_POINTS;
	self->base.frees_x = self->keeps;
	self->base.keep = self->r.kept + (self->keeps ? self->padded_size * LANES : 0);
	self->base.scratch = whole_at(self) + (self->padded && !self->keeps ? self->padded_size * LANES : 0);
	self->base.scratch64 = self->padded ? self->padded_size : 0;
	self->base.multiply_adds = self->base.tensor[0].count * rows.out * columns.out;
	self->base.connections = self->table->count;
	return &self->base;
}

static void init(const struct layer *self, uint64_t seed, size_t index, float *w)
{
	const struct connections *t = of(self)->table;
	size_t kk = kernel_size(&of(self)->r.c);
	for (size_t j = 0; j < t->out_maps; j++) {
		size_t inputs = t->first[j + 1] - t->first[j];
		init_uniform(self, seed, index, (double)(inputs * kk), w, t->first[j] * kk, inputs * kk);
	}
}

/* Where the padded input of a block lies. */
static float *whole_of(const struct convolution *self, float *keep, float *scratch)
{
	return self->keeps ? keep + self->r.kept : scratch + whole_at(self);
}

/* Copies the input, `unit` bytes per position, into the middle of zeros. */
static void pad(const struct convolution *self, size_t unit, const void *from, void *to)
{
	struct shape in = self->base.in;
	const struct correlation *c = &self->r.c;
	memset(to, 0, self->padded_size * unit);
	for (size_t i = 0; i < in.maps; i++)
		for (size_t r = 0; r < in.rows; r++) {
			size_t at = (i * c->rows + c->top + r) * c->columns + c->left;
			memcpy((char *)to + at * unit, (const char *)from + (i * in.rows + r) * in.columns * unit,
			       in.columns * unit);
		}
}

static void prepare(const struct layer *base, const struct kernels *k, const float *w, float *keep)
{
	correlator_prepare(&of(base)->r, k, w, keep);
}

static void forward(const struct layer *base, const struct kernels *k, const float *w, const float *x, float *y,
                    float *keep, float *scratch)
{
	const struct convolution *self = of(base);
	if (self->padded) {
		float *whole = whole_of(self, keep, scratch);
		pad(self, LANES * sizeof *x, x, whole);
		x = whole;
	}
	correlator_forward(&self->r, k, w, w + base->tensor[1].offset, base->fused, x, y, keep, scratch);
}

static void backward(const struct layer *base, const struct kernels *k, const float *w, enum activation below,
                     const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch)
{
	const struct convolution *self = of(base);
	const float *whole = self->keeps ? keep + self->r.kept : x; /* by points it is not read */
	float *db = dw != NULL ? dw + base->tensor[1].offset : NULL;
	correlator_backward(&self->r, k, w, whole, dy, dw, db, below, x, dx, keep, scratch);
}

/* Plain correlations with the squares, which need the most scratch. */
static void curve(const struct layer *base, const struct kernels *k, const float *w, const float *w2, const float *x,
                  const float *x2, const float *hy, float *hx, float *hw, float *keep, float *scratch)
{
	(void)w;
	const struct convolution *self = of(base);
	float *whole = whole_of(self, keep, scratch);
	for (size_t i = 0; self->keeps && i < self->padded_size * LANES; i++)
		whole[i] *= whole[i];
	if (self->padded && !self->keeps)
		pad(self, LANES * sizeof *x2, x2, whole);
	if (self->padded)
		x2 = whole;
	if (hw != NULL)
		k->correlate_kernels(&self->r.c, x2, hy, hw, hw + base->tensor[1].offset, scratch);
	if (hx != NULL)
		k->correlate_input(&self->r.c, w2, hy, ACTIVATION_LINEAR, x, hx, scratch);
}

static void forward64(const struct layer *base, const double *w, const double *x, double *y, double *scratch)
{
	const struct convolution *self = of(base);
	if (self->padded)
		pad(self, sizeof *x, x, scratch);
	reference_correlate(&self->r.c, w, w + base->tensor[1].offset, self->padded ? scratch : x, y);
}

static void backward64(const struct layer *base, const double *w, const double *x, const double *dy, double *dx,
                       double *dw, double *scratch)
{
	const struct convolution *self = of(base);
	if (self->padded)
		pad(self, sizeof *x, x, scratch);
	reference_correlate_kernels(&self->r.c, self->padded ? scratch : x, dy, dw, dw + base->tensor[1].offset);
	if (dx != NULL)
		reference_correlate_input(&self->r.c, w, dy, dx);
}

/* The zeros of `padding: same` are divided between both ends, the odd one behind. */
static void outline(const struct layer *base, const float *w, struct outline *out)
{
	const struct correlation *c = &of(base)->r.c;
	outline_add(out, (struct operation){
		.operator = OPERATOR_CONVOLVE, .side = c->kernel, .stride = c->stride, .groups = 1,
		.pads = {c->top, c->left, c->rows - base->in.rows - c->top, c->columns - base->in.columns - c->left}});
	outline_tensor(out, base, w, 0);
	outline_tensor(out, base, w, 1);
}

static void describe(const struct layer_spec *base, char text[LAYER_TEXT])
{
	const struct convolution_spec *spec = spec_of(base);
	size_t end = (size_t)snprintf(text, LAYER_TEXT, "%zu×%zu", spec->kernel, spec->kernel);
	if (spec->stride > 1)
		end += (size_t)snprintf(text + end, LAYER_TEXT - end, "/%zu", spec->stride);
	if (spec->padding == PADDING_SAME)
		snprintf(text + end, LAYER_TEXT - end, " same");
}

static const struct key_word connections[] = {
	{"full", CONNECT_FULL}, {"lenet5", CONNECT_LENET5}, {"pairs", CONNECT_PAIRS}, {"triples", CONNECT_TRIPLES}, {0},
};
#define AT(member) KEY_AT(struct convolution_spec, member)
static const struct key keys[] = {
	KEY_MAPS(struct convolution_spec),
	KEY_KERNEL(struct convolution_spec, "side of the kernels"),
	{.name = "stride", .type = KEY_WHOLE, AT(stride), .preset = 1, .least = 1, .most = LAYER_SIDE,
	 .help = "step of the kernel in both directions"},
	{.name = "padding", .type = KEY_WORD, AT(padding), .words = padding_words,
	 .help = "same: zeros around the input, so that the output has its size"},
	{.name = "connections", .type = KEY_LISTS, AT(connections), .words = connections,
	 .count_at = offsetof(struct convolution_spec, maps), .help = "which input maps feed which output map"},
	KEY_ACTIVATION,
	KEY_LEARNING,
	{0},
};

static const struct key_alias aliases[] = {
	{"conv", "convolution", ""}, {"conv2d", "convolution", ""}, {0},
};

const struct layer_type convolution_type = {
	.name = "convolution",
	.keys = keys,
	.aliases = aliases,
	.spec_size = sizeof(struct convolution_spec),
	.spec_clear = spec_clear,
	.colour = "#b9d7f2",
	.describe = describe,
	.plan = plan,
	.clear = clear,
	.init = init,
	.prepare = prepare,
	.forward = forward,
	.backward = backward,
	.curve = curve,
	.forward64 = forward64,
	.backward64 = backward64,
	.outline = outline,
};
