/* Full layers (section 2): y = W x + b. */
#include "layer.h"

struct full_spec {
	struct layer_spec base;
	size_t units;
};

static size_t inputs_of(const struct layer *self)
{
	return shape_size(self->in);
}

static struct layer *plan(const struct layer_spec *spec, struct shape in, struct err *err)
{
	size_t units = ((const struct full_spec *)spec)->units, inputs = shape_size(in), weights;
	if (layer_size_check("units", units, err) != 0)
		return NULL;
	if (!size_multiply(inputs, units, &weights) || weights > UINT32_MAX) {
		err_set(err, EX_CONFIG, "%zu units on %zu inputs are too many weights", units, inputs);
		return NULL;
	}
	struct layer *self = memory_zeroed(1, sizeof *self, err);
	if (self == NULL)
		return NULL;
	self->out = (struct shape){units, 1, 1};
	layer_add_tensor(self, (struct tensor){.name = "weights", .description = "weight of each input for each unit",
	                                       .labels = {"unit", "input"}, .rank = 2, .dims = {units, inputs},
	                                       .decays = true});
	layer_add_tensor(self, (struct tensor){.name = "biases", .description = "bias of each unit", .labels = {"unit"},
	                                       .rank = 1, .dims = {units}});
	self->scratch = LANES * (inputs + LANES - 1);
	self->multiply_adds = self->connections = weights;
	return self;
}

static void init(const struct layer *self, uint64_t seed, size_t index, float *w)
{
	init_uniform(self, seed, index, (double)inputs_of(self), w, 0, self->tensor[0].count);
}

static void forward(const struct layer *self, const struct kernels *k, const float *w, const float *x, float *y,
                    float *keep, float *scratch)
{
	(void)keep, (void)scratch;
	k->full(self->out.maps, inputs_of(self), 1, w, w + self->tensor[1].offset, self->fused, x, y);
}

static void backward(const struct layer *self, const struct kernels *k, const float *w, enum activation below,
                     const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch)
{
	(void)keep;
	if (dw != NULL)
		k->full_weights(self->out.maps, inputs_of(self), 1, x, dy, dw, dw + self->tensor[1].offset, scratch);
	if (dx != NULL)
		k->full_input(self->out.maps, inputs_of(self), 1, w, dy, below, x, dx);
}

static void forward64(const struct layer *self, const double *w, const double *x, double *y, double *scratch)
{
	(void)scratch;
	reference_full(self->out.maps, inputs_of(self), 1, w, w + self->tensor[1].offset, x, y);
}

static void backward64(const struct layer *self, const double *w, const double *x, const double *dy, double *dx,
                       double *dw, double *scratch)
{
	(void)scratch;
	reference_full_weights(self->out.maps, inputs_of(self), 1, x, dy, dw, dw + self->tensor[1].offset);
	if (dx != NULL)
		reference_full_input(self->out.maps, inputs_of(self), 1, w, dy, dx);
}

static void outline(const struct layer *self, const float *w, struct outline *out)
{
	outline_add(out, (struct operation){.operator = OPERATOR_FULL});
	outline_tensor(out, self, w, 0);
	outline_tensor(out, self, w, 1);
}

static const struct key keys[] = {
	{.name = "units", .type = KEY_WHOLE, KEY_AT(struct full_spec, units), .needed = true, .least = 1,
	 .most = LAYER_MAPS, .help = "outputs",
	 .aliases = (const struct key_alias[]){{"neurons", "units", ""}, {0}}},
	KEY_ACTIVATION,
	KEY_LEARNING,
	{0},
};

static const struct key_alias aliases[] = {{"dense", "full", ""}, {"linear", "full", ""}, {0}};

const struct layer_type full_type = {
	.name = "full",
	.keys = keys,
	.aliases = aliases,
	.spec_size = sizeof(struct full_spec),
	.colour = "#e3cdec",
	.plan = plan,
	.init = init,
	.forward = forward,
	.backward = backward,
	.curve = curve_by_squares,
	.forward64 = forward64,
	.backward64 = backward64,
	.outline = outline,
};
