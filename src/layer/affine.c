/* Numbers of each map, y = γ f (x − m) + b: what batch normalisation and scaling share. */
#include "affine.h"

#include <math.h>

struct layer *affine_plan(size_t bytes, struct shape in, size_t tensors, const struct tensor *tensor, struct err *err)
{
	struct layer *self = memory_zeroed(1, bytes, err);
	if (self == NULL)
		return NULL;
	for (size_t i = 0; i < tensors; i++)
		layer_add_of_maps(self, in.maps, tensor[i]);
	self->out = in;
	self->in_place = true;
	self->multiply_adds = shape_size(in);
	return self;
}

void affine_init(const struct layer *self, uint64_t seed, size_t index, float *w)
{
	(void)seed, (void)index;
	for (size_t j = 0; j < self->in.maps; j++) {
		w[self->tensor[GAMMA].offset + j] = 1;
		if (self->tensors > VARIANCE)
			w[self->tensor[VARIANCE].offset + j] = 1;
	}
}

void affine_map(const struct layer *self, const struct kernels *k, const float *w, size_t j, float mean, float factor,
                const float *x, float *y)
{
	size_t positions = self->in.rows * self->in.columns, at = j * positions * LANES;
	k->batch_norm(positions, mean, factor * w[self->tensor[GAMMA].offset + j], w[self->tensor[BIASES].offset + j],
	              self->fused, x + at, y + at);
}

static double mean64(const struct layer *self, const double *w, size_t j)
{
	return self->tensors > MEAN ? w[self->tensor[MEAN].offset + j] : 0;
}

static double factor64(const struct layer *self, const double *w, size_t j)
{
	return self->tensors > VARIANCE ? 1 / sqrt(w[self->tensor[VARIANCE].offset + j] + (double)affine_epsilon) : 1;
}

void affine_forward64(const struct layer *self, const double *w, const double *x, double *y, double *scratch)
{
	(void)scratch;
	size_t positions = self->in.rows * self->in.columns;
	for (size_t j = 0; j < self->in.maps; j++)
		reference_batch_norm(positions, mean64(self, w, j), factor64(self, w, j) * w[self->tensor[GAMMA].offset + j],
		                     w[self->tensor[BIASES].offset + j], x + j * positions, y + j * positions);
}

void affine_backward64(const struct layer *self, const double *w, const double *x, const double *dy, double *dx,
                       double *dw, double *scratch)
{
	(void)scratch;
	size_t positions = self->in.rows * self->in.columns;
	for (size_t i = 0; i < self->parameters; i++)
		dw[i] = 0;
	for (size_t j = 0; j < self->in.maps; j++) {
		double factor = factor64(self, w, j), mean = mean64(self, w, j), product;
		const double *own = x + j * positions, *down = dy + j * positions;
		reference_batch_norm_sums(positions, mean, own, down, &dw[self->tensor[BIASES].offset + j], &product);
		dw[self->tensor[GAMMA].offset + j] = product * factor;
		if (dx != NULL)
			reference_batch_norm_input(positions, mean, factor * w[self->tensor[GAMMA].offset + j], 0, 0, own, down,
			                           dx + j * positions);
	}
}
