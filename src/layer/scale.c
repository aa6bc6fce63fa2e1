/* Scaling: y = γ x + b, a factor and a bias for each map: batch normalisation without statistics, and in its lanes. */
#include "layer.h"

#include <stdlib.h>
#include <string.h>

enum { GAMMA, BIASES };

static struct layer *plan(const struct layer_spec *spec, struct shape in, struct err *err)
{
	(void)spec;
	struct layer *self = memory_zeroed(1, sizeof *self, err);
	if (self == NULL)
		return NULL;
	layer_add_tensor(self, (struct tensor){.name = "gamma", .description = "factor of each map", .labels = {"map"},
	                                       .rank = 1, .dims = {in.maps}});
	layer_add_tensor(self, (struct tensor){.name = "biases", .description = "bias of each map", .labels = {"map"},
	                                       .rank = 1, .dims = {in.maps}});
	self->out = in;
	self->multiply_adds = shape_size(in);
	return self;
}

static void destroy(struct layer *self)
{
	free(self);
}

static void init(const struct layer *self, uint64_t seed, size_t index, float *w)
{
	(void)seed, (void)index;
	for (size_t j = 0; j < self->in.maps; j++)
		w[self->tensor[GAMMA].offset + j] = 1;
}

static void forward(const struct layer *self, const struct kernels *k, const float *w, const float *x, float *y,
                    float *keep, float *scratch)
{
	(void)keep, (void)scratch;
	size_t positions = self->in.rows * self->in.columns, size = positions * LANES;
	for (size_t j = 0; j < self->in.maps; j++)
		k->batch_norm(positions, 0, w[self->tensor[GAMMA].offset + j], w[self->tensor[BIASES].offset + j], x + j * size,
		              y + j * size);
	k->activate(self->activation, shape_size(self->out), y);
}

static void backward(const struct layer *self, const struct kernels *k, const float *w, enum activation below,
                     const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch)
{
	(void)keep, (void)scratch;
	size_t positions = self->in.rows * self->in.columns, size = positions * LANES;
	for (size_t j = 0; j < self->in.maps; j++) {
		struct batch_norm_slopes slopes = {.scale = w[self->tensor[GAMMA].offset + j]};
		double plain, product;
		k->batch_norm_sums(positions, 0, x + j * size, dy + j * size, &plain, &product);
		dw[self->tensor[GAMMA].offset + j] = (float)product;
		dw[self->tensor[BIASES].offset + j] = (float)plain;
		if (dx != NULL)
			k->batch_norm_input(positions, LANES, &slopes, x + j * size, dy + j * size, dx + j * size);
	}
	if (dx != NULL)
		k->activate_back(below, shape_size(self->in), x, dx);
}

static void forward64(const struct layer *self, const double *w, const double *x, double *y, double *scratch)
{
	(void)scratch;
	size_t positions = self->in.rows * self->in.columns;
	for (size_t j = 0; j < self->in.maps; j++)
		reference_batch_norm(positions, 0, w[self->tensor[GAMMA].offset + j], w[self->tensor[BIASES].offset + j],
		                     x + j * positions, y + j * positions);
}

static void backward64(const struct layer *self, const double *w, const double *x, const double *dy, double *dx,
                       double *dw, double *scratch)
{
	(void)scratch;
	size_t positions = self->in.rows * self->in.columns;
	for (size_t j = 0; j < self->in.maps; j++) {
		const double *own = x + j * positions, *down = dy + j * positions;
		reference_batch_norm_sums(positions, 0, own, down, &dw[self->tensor[BIASES].offset + j],
		                          &dw[self->tensor[GAMMA].offset + j]);
		if (dx != NULL)
			reference_batch_norm_input(positions, 0, w[self->tensor[GAMMA].offset + j], 0, 0, own, down,
			                           dx + j * positions);
	}
}

/* A convolution of each map by itself with a kernel of one number. */
static void outline(const struct layer *self, const float *w, struct outline *out)
{
	size_t maps = self->in.maps;
	outline_add(out, (struct operation){.operator = OPERATOR_CONVOLVE, .side = 1, .stride = 1, .groups = maps});
	float *kernels = outline_operand(out, "gamma", 4, (const size_t[]){maps, 1, 1, 1});
	if (kernels != NULL)
		memcpy(kernels, w + self->tensor[GAMMA].offset, maps * sizeof *kernels);
	outline_tensor(out, self, w, BIASES);
}

static const struct key keys[] = {KEY_ACTIVATION, {0}};

const struct layer_type scale_type = {
	.name = "scale",
	.keys = keys,
	.spec_size = sizeof(struct layer_spec),
	.colour = "#f7ecc4",
	.plan = plan,
	.destroy = destroy,
	.init = init,
	.forward = forward,
	.backward = backward,
	.curve = curve_by_squares,
	.forward64 = forward64,
	.backward64 = backward64,
	.outline = outline,
};
