/* Scaling: y = γ x + b, a factor and a bias for each map: batch normalisation without statistics, and in its lanes. */
#include "affine.h"

#include <string.h>

static struct layer *plan(const struct layer_spec *spec, struct shape in, struct err *err)
{
	static const struct tensor tensors[] = {
		{.name = "gamma", .description = "factor of each map"}, {.name = "biases", .description = "bias of each map"},
	};
	(void)spec;
	return affine_plan(sizeof(struct layer), in, sizeof tensors / sizeof *tensors, tensors, err);
}

static void forward(const struct layer *self, const struct kernels *k, const float *w, const float *x, float *y,
                    float *keep, float *scratch)
{
	(void)keep, (void)scratch;
	for (size_t j = 0; j < self->in.maps; j++)
		affine_map(self, k, w, j, 0, 1, x, y);
}

static void backward(const struct layer *self, const struct kernels *k, const float *w, enum activation below,
                     const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch)
{
	(void)keep, (void)scratch;
	size_t positions = self->in.rows * self->in.columns, size = positions * LANES;
	for (size_t j = 0; j < self->in.maps; j++) {
		struct batch_norm_slopes slopes = {.scale = w[self->tensor[GAMMA].offset + j]};
		double plain, product;
		if (dw != NULL) {
			k->batch_norm_sums(positions, 0, x + j * size, dy + j * size, &plain, &product);
			dw[self->tensor[GAMMA].offset + j] = (float)product;
			dw[self->tensor[BIASES].offset + j] = (float)plain;
		}
		if (dx == NULL)
			continue;
		k->batch_norm_input(positions, LANES, &slopes, x + j * size, dy + j * size, dx + j * size);
		k->activate_back(below, positions, x + j * size, dx + j * size);
	}
}

/* A convolution of each map by itself with a kernel of one number. */
static void outline(const struct layer *self, const float *w, struct outline *out)
{
	size_t maps = self->in.maps;
	outline_add(out, (struct operation){.operator = OPERATOR_CONVOLVE,
	                                    .side = {1, 1}, .stride = {1, 1}, .groups = maps});
	float *kernels = outline_operand(out, "gamma", 4, (const size_t[]){maps, 1, 1, 1});
	if (kernels != NULL)
		memcpy(kernels, w + self->tensor[GAMMA].offset, maps * sizeof *kernels);
	outline_tensor(out, self, w, BIASES);
}

static const struct key keys[] = {KEY_ACTIVATION, KEY_LEARNING, {0}};

const struct layer_type scale_type = {
	.name = "scale",
	.keys = keys,
	.spec_size = sizeof(struct layer_spec),
	.colour = "#f7ecc4",
	.plan = plan,
	.init = affine_init,
	.forward = forward,
	.backward = backward,
	.curve = curve_by_squares,
	.forward64 = affine_forward64,
	.backward64 = affine_backward64,
	.outline = outline,
};
