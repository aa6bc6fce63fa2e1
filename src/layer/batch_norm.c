/* Batch normalisation (Ioffe and Szegedy 2015) with the statistics of a block of sixteen samples (ghost batches, Hoffer
 * et al. 2017), which do not depend on the ranks: y = γ (x − mean) / √(variance + ε) + b, mean and variance over a
 * map's positions and the block's samples. Evaluation uses the running means of both, and so does a frozen layer. These
 * are tensors like γ and b: the mean and variance of a block go into its gradient, and the exact sum adds them up. */
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

/* Of each map, behind the header. */
struct map_keep {
	float mean, factor;    /* factor: 1 / √(variance + ε) */
	float own_mean, own_variance; /* the block's */
};

enum { HEADER = LANES, MAP_KEEP = sizeof(struct map_keep) / sizeof(float) };
_Static_assert(sizeof(struct header) <= HEADER * sizeof(float), "fits in front");

static struct map_keep *maps_of(float *keep)
{
	return (struct map_keep *)(void *)(keep + HEADER);
}

static const struct map_keep *maps_kept(const float *keep)
{
	return (const struct map_keep *)(const void *)(keep + HEADER);
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
	self->keep = HEADER + MAP_KEEP * in.maps;
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

/* Mean and factor of map j: the block's or the running ones. */
static void statistics_find(const struct layer *self, const struct kernels *k, const struct header *header,
                            const float *w, size_t j, const float *x, struct map_keep *map)
{
	float mean = w[self->tensor[MEAN].offset + j], variance = w[self->tensor[VARIANCE].offset + j];
	if (header->learns)
		k->moments(self->in.rows * self->in.columns, (size_t)header->count, x, header->own ? NULL : &mean,
		           &map->own_mean, &map->own_variance);
	map->mean = header->own ? map->own_mean : mean;
	map->factor = 1 / sqrtf((header->own ? map->own_variance : variance) + affine_epsilon);
}

static void forward(const struct layer *self, const struct kernels *k, const float *w, const float *x, float *y,
                    float *keep, float *scratch)
{
	(void)scratch;
	const struct header *header = (const struct header *)(const void *)keep;
	size_t size = self->in.rows * self->in.columns * LANES;
	for (size_t j = 0; j < self->in.maps; j++) {
		struct map_keep *map = &maps_of(keep)[j];
		statistics_find(self, k, header, w, j, x + j * size, map);
		affine_map(self, k, w, j, map->mean, map->factor, x, y);
	}
	k->activate(self->fused, shape_size(self->out), y);
}

/* What map j adds to the gradient. The result must be a mean over the samples, also that of the statistics: so a block
 * counts with its number of samples. */
static void map_learn(const struct layer *self, const struct header *header, size_t j, const struct map_keep *map,
                      double plain, double product, float *dw)
{
	float count = (float)header->count;
	float variance = header->own ? 1 / (map->factor * map->factor) - affine_epsilon : map->own_variance;
	dw[self->tensor[GAMMA].offset + j] = (float)product;
	dw[self->tensor[BIASES].offset + j] = (float)plain;
	dw[self->tensor[MEAN].offset + j] = header->learns ? map->own_mean * count : 0;
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
		const struct map_keep *map = &maps_kept(keep)[j];
		float mean = map->mean, factor = map->factor;
		double plain = 0, product = 0;
		if (dw != NULL || own)
			k->batch_norm_sums(positions, mean, x + j * size, dy + j * size, &plain, &product);
		product *= (double)factor;
		if (dw != NULL)
			map_learn(self, header, j, map, plain, product, dw);
		struct batch_norm_slopes slopes = {.mean = mean, .scale = w[self->tensor[GAMMA].offset + j] * factor,
		                                   .level = own ? (float)(plain / numbers) : 0,
		                                   .slope = own ? (float)(product / numbers) * factor : 0};
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
		const struct map_keep *map = &maps_kept(keep)[j];
		size_t at = j * positions * LANES;
		double plain, squares;
		k->batch_norm_curve(positions, map->mean, map->factor, w[self->tensor[GAMMA].offset + j], x + at, hy + at,
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
