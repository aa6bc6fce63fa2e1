/* Batch normalisation (Ioffe and Szegedy 2015) with the statistics of a block of sixteen samples (ghost batches, Hoffer
 * et al. 2017), so that they know nothing of the ranks: y = γ (x − mean) / √(variance + ε) + b, mean and variance over
 * a map's positions and the block's samples. Evaluation takes the running means of both, which are tensors beside γ and
 * b: what a block measures stands in its gradient and is summed exactly like one. */
#include "layer.h"

#include <math.h>
#include <stdlib.h>

const float normalization_epsilon = 1e-5f;

enum { GAMMA, BIASES, MEAN, VARIANCE };

/* What begin leaves in front of `keep` for forward; behind it stand mean and factor 1 / √(variance + ε) of each map. */
struct header {
	float training;
	int32_t count; /* samples */
	float mask[LANES];
};

enum { HEADER = 2 * LANES };
_Static_assert(sizeof(struct header) <= HEADER * sizeof(float), "fits in front");

static struct layer *normalization_plan(const struct layer_spec *spec, struct shape in, struct err *err)
{
	static const struct slice slices[] = {
		{.name = "gamma", .description = "factor of each map after normalising"},
		{.name = "biases", .description = "bias of each map"},
		{.name = "mean", .description = "running mean of each map, for evaluation", .statistic = true},
		{.name = "variance", .description = "running variance of each map, for evaluation", .statistic = true},
	};
	(void)spec;
	struct layer *self = memory_zeroed(1, sizeof *self, err);
	if (self == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
		struct slice slice = slices[i];
		slice.rank = 1;
		slice.dims[0] = in.maps;
		slice.labels[0] = "map";
		layer_add_slice(self, slice);
	}
	self->out = in;
	self->keep = HEADER + 2 * in.maps;
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
		w[self->slice[GAMMA].offset + j] = w[self->slice[VARIANCE].offset + j] = 1;
}

static void begin(const struct layer *self, const struct layer_context *context, size_t index, float *keep)
{
	(void)self, (void)index;
	struct header *header = (struct header *)(void *)keep;
	header->training = context->training;
	header->count = (int32_t)context->count;
	for (size_t l = 0; l < LANES; l++)
		header->mask[l] = l < context->count;
}

/* Σ over positions of (x − middle)^power and the lanes in use, power 1 or 2; lane by lane first. */
static double moment(const struct header *header, size_t points, const float *x, float middle, bool squares)
{
	float lane[LANES] = {0};
	double sum = 0;
	for (size_t p = 0; p < points; p++)
		for (size_t l = 0; l < LANES; l++) {
			float from = x[p * LANES + l] - middle;
			lane[l] += squares ? from * from : from;
		}
	for (size_t l = 0; l < LANES; l++)
		sum += header->mask[l] > 0 ? (double)lane[l] : 0;
	return sum;
}

/* Mean and factor of map j: the block's in training, otherwise the running ones. */
static void statistics(const struct layer *self, const struct header *header, const float *w, size_t j, const float *x,
                       float *mean, float *factor)
{
	size_t points = self->in.rows * self->in.columns;
	double numbers = (double)points * header->count;
	float variance = w[self->slice[VARIANCE].offset + j];
	*mean = w[self->slice[MEAN].offset + j];
	if (header->training > 0) {
		*mean = (float)(moment(header, points, x, 0, false) / numbers);
		variance = (float)(moment(header, points, x, *mean, true) / numbers);
	}
	*factor = 1 / sqrtf(variance + normalization_epsilon);
}

static void forward(const struct layer *self, const struct kernels *k, const float *w, const float *x, float *y,
                    float *keep, float *scratch)
{
	(void)scratch;
	const struct header *header = (const struct header *)(const void *)keep;
	size_t size = self->in.rows * self->in.columns * LANES;
	for (size_t j = 0; j < self->in.maps; j++) {
		float *own = keep + HEADER + 2 * j;
		statistics(self, header, w, j, x + j * size, &own[0], &own[1]);
		float mean = own[0], factor = own[1] * w[self->slice[GAMMA].offset + j];
		float bias = w[self->slice[BIASES].offset + j];
		for (size_t i = 0; i < size; i++)
			y[j * size + i] = (x[j * size + i] - mean) * factor + bias;
	}
	k->activate(self->activation, shape_size(self->out), y);
}

/* Σ dy and Σ dy ∘ (x − mean): empty lanes have dy = 0. */
static void sums(size_t points, const float *x, const float *dy, float mean, double *plain, double *product)
{
	float lane[LANES] = {0}, lane_product[LANES] = {0};
	for (size_t p = 0; p < points; p++)
		for (size_t l = 0; l < LANES; l++) {
			float d = dy[p * LANES + l];
			lane[l] += d;
			lane_product[l] += d * (x[p * LANES + l] - mean);
		}
	*plain = *product = 0;
	for (size_t l = 0; l < LANES; l++) {
		*plain += (double)lane[l];
		*product += (double)lane_product[l];
	}
}

/* dx = γ f (dy − (Σ dy + x̂ Σ dy ∘ x̂) / N) with x̂ = f (x − mean), in the lanes in use; the sums are absent where mean
 * and f are constants. */
static void backward(const struct layer *self, const struct kernels *k, const float *w, enum activation below,
                     const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch)
{
	(void)scratch;
	const struct header *header = (const struct header *)(const void *)keep;
	size_t maps = self->in.maps, points = self->in.rows * self->in.columns, size = points * LANES;
	double numbers = (double)points * header->count;
	for (size_t j = 0; j < maps; j++) {
		const float *own = keep + HEADER + 2 * j;
		float mean = own[0], factor = own[1];
		double plain, product;
		sums(points, x + j * size, dy + j * size, mean, &plain, &product);
		product *= (double)factor;
		dw[self->slice[GAMMA].offset + j] = (float)product;
		dw[self->slice[BIASES].offset + j] = (float)plain;
		/* A mean over the samples, as of gradients, is wanted: a block counts for as many as it has. */
		float variance = 1 / (factor * factor) - normalization_epsilon, count = (float)header->count;
		dw[self->slice[MEAN].offset + j] = header->training > 0 ? mean * count : 0;
		dw[self->slice[VARIANCE].offset + j] = header->training > 0 ? variance * count : 0;
		float scale = w[self->slice[GAMMA].offset + j] * factor;
		float level = header->training > 0 ? (float)(plain / numbers) : 0;
		float slope = header->training > 0 ? (float)(product / numbers) * factor : 0;
		for (size_t p = 0; dx != NULL && p < points; p++)
			for (size_t l = 0; l < LANES; l++) {
				size_t i = j * size + p * LANES + l;
				dx[i] = scale * (dy[i] - (level + (x[i] - mean) * slope) * header->mask[l]);
			}
	}
	if (dx != NULL)
		k->activate_back(below, shape_size(self->in), x, dx);
}

/* With mean and factor taken for constants. */
static void curve(const struct layer *self, const struct kernels *k, const float *w, const float *w2, const float *x,
                  const float *x2, const float *hy, float *hx, float *hw, float *keep, float *scratch)
{
	(void)k, (void)w2, (void)x2, (void)scratch;
	size_t maps = self->in.maps, size = self->in.rows * self->in.columns * LANES;
	for (size_t j = 0; j < maps; j++) {
		float mean = keep[HEADER + 2 * j], factor = keep[HEADER + 2 * j + 1];
		float scale = w[self->slice[GAMMA].offset + j] * factor;
		double plain = 0, squares = 0;
		for (size_t i = j * size; i < (j + 1) * size; i++) {
			float from = (x[i] - mean) * factor;
			plain += (double)hy[i];
			squares += (double)(hy[i] * from * from);
			if (hx != NULL)
				hx[i] = hy[i] * scale * scale;
		}
		hw[self->slice[GAMMA].offset + j] = (float)squares;
		hw[self->slice[BIASES].offset + j] = (float)plain;
		hw[self->slice[MEAN].offset + j] = hw[self->slice[VARIANCE].offset + j] = 0;
	}
}

/* One sample alone has no statistics of its own: evaluation, with the running ones. */
static void forward64(const struct layer *self, const double *w, const double *x, double *y, double *scratch)
{
	(void)scratch;
	size_t points = self->in.rows * self->in.columns;
	for (size_t i = 0; i < shape_size(self->in); i++) {
		size_t j = i / points;
		double factor = 1 / sqrt(w[self->slice[VARIANCE].offset + j] + (double)normalization_epsilon);
		y[i] = (x[i] - w[self->slice[MEAN].offset + j]) * factor * w[self->slice[GAMMA].offset + j] +
		       w[self->slice[BIASES].offset + j];
	}
}

static void backward64(const struct layer *self, const double *w, const double *x, const double *dy, double *dx,
                       double *dw, double *scratch)
{
	(void)scratch;
	size_t points = self->in.rows * self->in.columns;
	for (size_t i = 0; i < self->parameters; i++)
		dw[i] = 0;
	for (size_t i = 0; i < shape_size(self->in); i++) {
		size_t j = i / points;
		double factor = 1 / sqrt(w[self->slice[VARIANCE].offset + j] + (double)normalization_epsilon);
		dw[self->slice[GAMMA].offset + j] += dy[i] * (x[i] - w[self->slice[MEAN].offset + j]) * factor;
		dw[self->slice[BIASES].offset + j] += dy[i];
		if (dx != NULL)
			dx[i] = dy[i] * factor * w[self->slice[GAMMA].offset + j];
	}
}

const struct layer_type normalization_type = {
	.name = "batch-norm",
	.plan = normalization_plan,
	.destroy = destroy,
	.init = init,
	.begin = begin,
	.forward = forward,
	.backward = backward,
	.curve = curve,
	.forward64 = forward64,
	.backward64 = backward64,
};
