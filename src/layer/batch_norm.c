/* Batch normalisation (Ioffe and Szegedy 2015) with the statistics of a block of sixteen samples (ghost batches, Hoffer
 * et al. 2017), which do not depend on the ranks: y = γ (x − mean) / √(variance + ε) + b, mean and variance over a
 * map's positions and the block's samples. Evaluation uses the running means of both, and so does a frozen layer. These
 * are tensors like γ and b: the mean and variance of a block go into its gradient, and the exact sum adds them up. */
#include "affine.h"

#include <math.h>

/* What begin leaves in front of `keep` for forward; behind it stand mean and factor 1 / √(variance + ε) of each map. */
struct header {
	float training;
	int32_t count; /* samples: lanes in use, from 0 on */
};

enum { HEADER = LANES };
_Static_assert(sizeof(struct header) <= HEADER * sizeof(float), "fits in front");

static struct layer *plan(const struct layer_spec *spec, struct shape in, struct err *err)
{
	static const struct tensor tensors[] = {
		{.name = "gamma", .description = "factor of each map after normalising"},
		{.name = "biases", .description = "bias of each map"},
		{.name = "mean", .description = "running mean of each map, for evaluation", .statistic = true},
		{.name = "variance", .description = "running variance of each map, for evaluation", .statistic = true},
	};
	(void)spec;
	struct layer *self = affine_plan(in, sizeof tensors / sizeof *tensors, tensors, err);
	if (self == NULL)
		return NULL;
	self->keep = HEADER + 2 * in.maps;
	return self;
}

static void begin(const struct layer *self, const struct layer_context *context, size_t index, float *keep)
{
	(void)index;
	struct header *header = (struct header *)(void *)keep;
	header->training = context->training && !self->frozen;
	header->count = (int32_t)context->count;
}

/* Mean and factor of map j: the block's in training, otherwise the running ones. */
static void statistics(const struct layer *self, const struct kernels *k, const struct header *header, const float *w,
                       size_t j, const float *x, float *mean, float *factor)
{
	float variance = w[self->tensor[VARIANCE].offset + j];
	*mean = w[self->tensor[MEAN].offset + j];
	if (header->training > 0)
		k->moments(self->in.rows * self->in.columns, (size_t)header->count, x, mean, &variance);
	*factor = 1 / sqrtf(variance + affine_epsilon);
}

static void forward(const struct layer *self, const struct kernels *k, const float *w, const float *x, float *y,
                    float *keep, float *scratch)
{
	(void)scratch;
	const struct header *header = (const struct header *)(const void *)keep;
	size_t size = self->in.rows * self->in.columns * LANES;
	for (size_t j = 0; j < self->in.maps; j++) {
		float *own = keep + HEADER + 2 * j;
		statistics(self, k, header, w, j, x + j * size, &own[0], &own[1]);
		affine_map(self, k, w, j, own[0], own[1], x, y);
	}
	k->activate(self->fused, shape_size(self->out), y);
}

/* What map j adds to the gradient. The result must be a mean over the samples, also that of the statistics: so a block
 * counts with its number of samples. */
static void map_learn(const struct layer *self, const struct header *header, size_t j, float mean, float factor,
                      double plain, double product, float *dw)
{
	float variance = 1 / (factor * factor) - affine_epsilon, count = (float)header->count;
	bool training = header->training > 0;
	dw[self->tensor[GAMMA].offset + j] = (float)product;
	dw[self->tensor[BIASES].offset + j] = (float)plain;
	dw[self->tensor[MEAN].offset + j] = training ? mean * count : 0;
	dw[self->tensor[VARIANCE].offset + j] = training ? variance * count : 0;
}

/* dx = γ f (dy − (Σ dy + x̂ Σ dy ∘ x̂) / N) with x̂ = f (x − mean), in the lanes in use; the sums are absent where mean
 * and f are constants. */
static void backward(const struct layer *self, const struct kernels *k, const float *w, enum activation below,
                     const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch)
{
	(void)scratch;
	const struct header *header = (const struct header *)(const void *)keep;
	size_t maps = self->in.maps, positions = self->in.rows * self->in.columns, size = positions * LANES;
	bool training = header->training > 0;
	double numbers = (double)positions * header->count;
	for (size_t j = 0; j < maps; j++) {
		const float *own = keep + HEADER + 2 * j;
		float mean = own[0], factor = own[1];
		double plain = 0, product = 0;
		if (dw != NULL || training)
			k->batch_norm_sums(positions, mean, x + j * size, dy + j * size, &plain, &product);
		product *= (double)factor;
		if (dw != NULL)
			map_learn(self, header, j, mean, factor, plain, product, dw);
		struct batch_norm_slopes slopes = {.mean = mean, .scale = w[self->tensor[GAMMA].offset + j] * factor,
		                                   .level = training ? (float)(plain / numbers) : 0,
		                                   .slope = training ? (float)(product / numbers) * factor : 0};
		if (dx != NULL)
			k->batch_norm_input(positions, (size_t)header->count, &slopes, x + j * size, dy + j * size, dx + j * size);
	}
	if (dx != NULL)
		k->activate_back(below, shape_size(self->in), x, dx);
}

/* With mean and factor taken for constants. */
static void curve(const struct layer *self, const struct kernels *k, const float *w, const float *w2, const float *x,
                  const float *x2, const float *hy, float *hx, float *hw, float *keep, float *scratch)
{
	(void)w2, (void)x2, (void)scratch;
	size_t maps = self->in.maps, positions = self->in.rows * self->in.columns;
	for (size_t j = 0; j < maps; j++) {
		const float *own = keep + HEADER + 2 * j;
		size_t at = j * positions * LANES;
		double plain, squares;
		k->batch_norm_curve(positions, own[0], own[1], w[self->tensor[GAMMA].offset + j], x + at, hy + at,
		                    hx != NULL ? hx + at : NULL, &plain, &squares);
		if (hw == NULL)
			continue;
		hw[self->tensor[GAMMA].offset + j] = (float)squares;
		hw[self->tensor[BIASES].offset + j] = (float)plain;
		hw[self->tensor[MEAN].offset + j] = hw[self->tensor[VARIANCE].offset + j] = 0;
	}
}

static void outline(const struct layer *self, const float *w, struct outline *out)
{
	outline_add(out, (struct operation){.operator = OPERATOR_BATCH_NORM, .epsilon = affine_epsilon});
	for (size_t s = GAMMA; s <= VARIANCE; s++)
		outline_tensor(out, self, w, s);
}

static const struct key keys[] = {KEY_ACTIVATION, KEY_LEARNING, {0}};

const struct layer_type batch_norm_type = {
	.name = "batch-norm",
	.keys = keys,
	.spec_size = sizeof(struct layer_spec),
	.colour = "#f3e3a5",
	.plan = plan,
	.init = affine_init,
	.begin = begin,
	.forward = forward,
	.backward = backward,
	.curve = curve,
	.forward64 = affine_forward64,
	.backward64 = affine_backward64,
	.outline = outline,
};
