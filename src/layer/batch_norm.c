/* Batch normalisation (Ioffe and Szegedy 2015) with the statistics of a block of sixteen samples (ghost batches, Hoffer
 * et al. 2017), which do not depend on the ranks: y = γ (x − mean) / √(variance + ε) + b, mean and variance over a
 * map's positions and the block's samples. Evaluation uses the running means of both; so do a frozen layer and one of
 * running statistics in training. These are tensors like γ and b: the mean and variance of a block, or the mean square
 * of what differs from the running mean, go into its gradient, and the exact sum adds them up. */
#include "affine.h"

#include <math.h>
#include <stdio.h>

enum statistics { STATISTICS_BLOCK, STATISTICS_RUNNING };

struct norm_spec {
	struct layer_spec base;
	enum statistics statistics;
};

struct norm {
	struct layer base;
	enum statistics statistics;
};

/* What begin leaves in front of `keep` for forward. */
struct header {
	int32_t learns; /* the block's statistics are handed over, for the running ones */
	int32_t own;    /* it is normalised by them */
	int32_t count;  /* samples: lanes in use, from 0 on */
};

/* Behind it, [maps] each: what the layer normalises by, factor being 1 / √(variance + ε), and the block's own. */
enum kept { KEPT_MEAN, KEPT_FACTOR, KEPT_OWN_MEAN, KEPT_OWN_VARIANCE, KEPT };

enum { HEADER = LANES };
_Static_assert(sizeof(struct header) <= HEADER * sizeof(float), "fits in front");

static size_t kept_at(const struct layer *self, enum kept what)
{
	return HEADER + what * self->in.maps;
}

static struct layer *plan(const struct layer_spec *spec, struct shape in, struct err *err)
{
	static const struct tensor tensors[] = {
		{.name = "gamma", .description = "factor of each map after normalising"},
		{.name = "biases", .description = "bias of each map"},
		{.name = "mean", .description = "running mean of each map, for evaluation", .statistic = true},
		{.name = "variance", .description = "running variance of each map, for evaluation", .statistic = true},
	};
	struct layer *self = affine_plan(sizeof(struct norm), in, sizeof tensors / sizeof *tensors, tensors, err);
	if (self == NULL)
		return NULL;
	((struct norm *)self)->statistics = ((const struct norm_spec *)spec)->statistics;
	self->keep = HEADER + KEPT * in.maps;
	return self;
}

static void begin(const struct layer *self, const struct layer_context *context, size_t index, float *keep)
{
	(void)index;
	struct header *header = (struct header *)(void *)keep;
	header->learns = context->training && !self->frozen;
	header->own = header->learns && ((const struct norm *)self)->statistics == STATISTICS_BLOCK;
	header->count = (int32_t)context->count;
}

/* Mean and factor of the maps first … end−1: the block's or the running ones. */
static void statistics_find(const struct layer *self, const struct kernels *k, const struct header *header,
                            const float *w, size_t first, size_t end, const float *x, float *keep)
{
	size_t positions = self->in.rows * self->in.columns;
	const float *mean = w + self->tensor[MEAN].offset, *variance = w + self->tensor[VARIANCE].offset;
	float *own_mean = keep + kept_at(self, KEPT_OWN_MEAN), *own_variance = keep + kept_at(self, KEPT_OWN_VARIANCE);
	if (header->learns)
		k->moments(end - first, positions, (size_t)header->count, x + first * positions * LANES,
		           header->own ? NULL : mean + first, own_mean + first, own_variance + first);
	if (header->own) {
		mean = own_mean;
		variance = own_variance;
	}
	for (size_t j = first; j < end; j++) {
		keep[kept_at(self, KEPT_MEAN) + j] = mean[j];
		keep[kept_at(self, KEPT_FACTOR) + j] = 1 / sqrtf(variance[j] + affine_epsilon);
	}
}

/* A few maps at a time: what is normalised is still in the cache. */
static void forward(const struct layer *self, const struct kernels *k, const float *w, const float *x, float *y,
                    float *keep, float *scratch)
{
	enum { MAPS = 4 };
	(void)scratch;
	const struct header *header = (const struct header *)(const void *)keep;
	for (size_t first = 0, end; first < self->in.maps; first = end) {
		end = first + MAPS < self->in.maps ? first + MAPS : self->in.maps;
		statistics_find(self, k, header, w, first, end, x, keep);
		for (size_t j = first; j < end; j++)
			affine_map(self, k, w, j, keep[kept_at(self, KEPT_MEAN) + j], keep[kept_at(self, KEPT_FACTOR) + j], x, y);
	}
}

/* What map j adds to the gradient. The result must be a mean over the samples, also that of the statistics: so a block
 * counts with its number of samples. */
static void map_learn(const struct layer *self, const float *keep, size_t j, double plain, double product, float *dw)
{
	const struct header *header = (const struct header *)(const void *)keep;
	float count = (float)header->count, factor = keep[kept_at(self, KEPT_FACTOR) + j];
	float mean = keep[kept_at(self, KEPT_OWN_MEAN) + j], variance = keep[kept_at(self, KEPT_OWN_VARIANCE) + j];
	if (header->own)
		variance = 1 / (factor * factor) - affine_epsilon;
	dw[self->tensor[GAMMA].offset + j] = (float)product;
	dw[self->tensor[BIASES].offset + j] = (float)plain;
	dw[self->tensor[MEAN].offset + j] = header->learns ? mean * count : 0;
	dw[self->tensor[VARIANCE].offset + j] = header->learns ? variance * count : 0;
}

/* dx = γ f (dy − (Σ dy + x̂ Σ dy ∘ x̂) / N) with x̂ = f (x − mean), in the lanes in use; the sums are absent where mean
 * and f are constants. */
static void backward(const struct layer *self, const struct kernels *k, const float *w, enum activation below,
                     const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch)
{
	(void)scratch;
	const struct header *header = (const struct header *)(const void *)keep;
	size_t maps = self->in.maps, positions = self->in.rows * self->in.columns, size = positions * LANES;
	bool own = header->own != 0;
	double numbers = (double)positions * header->count;
	for (size_t j = 0; j < maps; j++) {
		float mean = keep[kept_at(self, KEPT_MEAN) + j], factor = keep[kept_at(self, KEPT_FACTOR) + j];
		double plain = 0, product = 0;
		if (dw != NULL || own)
			k->batch_norm_sums(positions, mean, x + j * size, dy + j * size, &plain, &product);
		product *= (double)factor;
		if (dw != NULL)
			map_learn(self, keep, j, plain, product, dw);
		struct batch_norm_slopes slopes = {.mean = mean, .scale = w[self->tensor[GAMMA].offset + j] * factor,
		                                   .level = own ? (float)(plain / numbers) : 0,
		                                   .slope = own ? (float)(product / numbers) * factor : 0};
		if (dx == NULL)
			continue;
		k->batch_norm_input(positions, (size_t)header->count, &slopes, x + j * size, dy + j * size, dx + j * size);
		k->activate_back(below, positions, x + j * size, dx + j * size);
	}
}

/* With mean and factor taken for constants. */
static void curve(const struct layer *self, const struct kernels *k, const float *w, const float *w2, const float *x,
                  const float *x2, const float *hy, float *hx, float *hw, float *keep, float *scratch)
{
	(void)w2, (void)x2, (void)scratch;
	size_t maps = self->in.maps, positions = self->in.rows * self->in.columns;
	for (size_t j = 0; j < maps; j++) {
		size_t at = j * positions * LANES;
		double plain, squares;
		k->batch_norm_curve(positions, keep[kept_at(self, KEPT_MEAN) + j], keep[kept_at(self, KEPT_FACTOR) + j],
		                    w[self->tensor[GAMMA].offset + j], x + at, hy + at,
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

static const struct key_word statistics_words[] = {{"block", STATISTICS_BLOCK}, {"running", STATISTICS_RUNNING}, {0}};

static const struct key keys[] = {
	{.name = "statistics", .type = KEY_WORD, KEY_AT(struct norm_spec, statistics), .words = statistics_words,
	 .help = "in training: of each block of sixteen samples, or the running ones"},
	KEY_ACTIVATION,
	KEY_LEARNING,
	{0},
};

static void describe(const struct layer_spec *spec, char text[LAYER_TEXT])
{
	if (((const struct norm_spec *)spec)->statistics == STATISTICS_RUNNING)
		snprintf(text, LAYER_TEXT, "running");
}

const struct layer_type batch_norm_type = {
	.name = "batch-norm",
	.keys = keys,
	.spec_size = sizeof(struct norm_spec),
	.colour = "#f3e3a5",
	.describe = describe,
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
