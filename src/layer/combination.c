/* Learned combinations of feature maps (section 3.3): u_j = Σ_i α_ij (x_i ∗ k_i) + b_j, α_j = softmax(c_j).
 *
 * Per input, z_i = x_i ∗ k_i is computed once and mixed: u = α z + b, a product of matrices at every position. Per
 * pair, the kernels α_ij k_ij are those of an ordinary convolution; its kernel gradient D_ij gives
 * ∂E/∂k_ij = α_ij D_ij and ∂E/∂α_ij = Σ_ab k_ij D_ij. */
#include "combination.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double logit_noise = 0.1; /* half width of the initial c: small, but breaks the symmetry of the outputs */

struct combination_spec {
	struct layer_spec base;
	size_t maps;
	struct kernel_spec kernel;
	enum sharing kernels;
	enum penalty penalty;
	double lambda, warmup;
};

static const struct combination_spec *spec_of(const struct layer_spec *spec)
{
	return (const struct combination_spec *)spec;
}

static void clear(struct layer *self)
{
	connections_destroy(((struct combination *)self)->table);
}

static struct connections *table_plan(enum sharing sharing, size_t in_maps, size_t maps, struct err *err)
{
	if (sharing == KERNELS_PER_PAIR)
		return connections_create(CONNECT_FULL, in_maps, maps, NULL, err);
	return connections_groups(in_maps, in_maps, in_maps, err);
}

static void tensors_plan(struct combination *self, size_t maps, size_t in_maps, struct sides kernel)
{
	struct tensor kernels = {.name = "kernels",
	                         .description = "correlation kernel of each input map, shared by all outputs",
	                         .labels = {"input map", "row", "column"}, .rank = 3,
	                         .dims = {in_maps, kernel.rows, kernel.columns}, .decays = true};
	if (self->sharing == KERNELS_PER_PAIR)
		kernels = (struct tensor){.name = "kernels", .description = "correlation kernel of each pair of maps",
		                          .labels = {"output map", "input map", "row", "column"}, .rank = 4,
		                          .dims = {maps, in_maps, kernel.rows, kernel.columns}, .decays = true};
	layer_add_tensor(&self->base, kernels);
	layer_add_tensor(&self->base, (struct tensor){.name = "biases", .description = "bias of each output map",
	                                              .labels = {"output map"}, .rank = 1, .dims = {maps}});
	layer_add_tensor(&self->base, (struct tensor){
		.name = "logits", .description = "c: alpha is its softmax over the input maps",
		.labels = {"output map", "input map"}, .rank = 2, .dims = {maps, in_maps}});
}

static struct layer *plan(const struct layer_spec *base, struct shape in, struct err *err)
{
	const struct combination_spec *spec = spec_of(base);
	if (kernel_check(&spec->kernel, spec->maps, in.maps, in, err) != 0)
		return NULL;
	struct combination *self = memory_zeroed(1, sizeof *self, err);
	if (self == NULL)
		return NULL;
	self->sharing = spec->kernels;
	self->table = table_plan(spec->kernels, in.maps, spec->maps, err);
	if (self->table == NULL) {
		free(self);
		return NULL;
	}
	self->kernel = spec->kernel;
	self->r = correlator_plan(&spec->kernel, self->table, in);
	self->base.out = (struct shape){spec->maps, self->r.c.out_rows, self->r.c.out_columns};
	self->positions = self->r.c.out_rows * self->r.c.out_columns;
	self->alphas = round_lanes(spec->maps * in.maps);
	tensors_plan(self, spec->maps, in.maps, spec->kernel.side);

	/* keep: α, the correlator's, and z or the kernels α k; scratch: ∂E/∂α, ∂E/∂z or D, and what the
	 * products need. */
	size_t pairs = in.maps * spec->maps, weights = self->base.tensor[KERNELS].count;
	size_t kept = self->sharing == KERNELS_PER_INPUT ? in.maps * self->positions * LANES : round_lanes(weights);
	self->base.keep = self->alphas + self->r.kept + kept;
	/* curve: α², then squares of the kernels α k, or ∂²E/∂z², and a map of each output and pair (combination_curve). */
	self->base.scratch = self->alphas + kept + self->r.scratch + LANES * (in.maps + LANES) +
	                     (spec->maps + 1) * self->positions * LANES;
	self->base.scratch64 = 2 * pairs + 2 * (self->sharing == KERNELS_PER_INPUT ? in.maps * self->positions : weights) +
	                       self->r.scratch64;
	self->base.multiply_adds = (weights + (self->sharing == KERNELS_PER_INPUT ? pairs : 0)) * self->positions;
	self->base.connections = pairs;
	self->base.method = correlator_method(&self->r);
	self->penalty = spec->penalty;
	self->base.lambda = spec->lambda;
	self->base.warmup = spec->warmup;
	return &self->base;
}

static void init(const struct layer *self, uint64_t seed, size_t index, float *w)
{
	/* α starts near 1/I, so that u's variance is (1/I) K² times that of the kernels: fan-in counts as K² / I. */
	const struct tensor *kernels = &self->tensor[KERNELS], *logits = &self->tensor[LOGITS];
	double fan_in = (double)kernel_size(&combination_of(self)->r.c) / (double)self->in.maps;
	init_uniform(self, seed, index, fan_in, w, kernels->offset, kernels->count);
	for (size_t i = logits->offset; i < logits->offset + logits->count; i++)
		w[i] = (float)(logit_noise * (2 * random_uniform(seed, RANDOM_WEIGHTS, index, i) - 1));
}

/* out[p][ab] = α[p] k[p][ab] over all pairs. */
static void scale_kernels(const struct combination *self, const float *alpha, const float *k, float *out)
{
	size_t kk = kernel_size(&self->r.c), pairs = self->base.tensor[LOGITS].count;
	for (size_t p = 0; p < pairs; p++)
		for (size_t i = p * kk; i < (p + 1) * kk; i++)
			out[i] = alpha[p] * k[i];
}

static void prepare(const struct layer *base, const struct kernels *k, const float *w, float *keep)
{
	const struct combination *self = combination_of(base);
	float *alpha = keep, *own = keep + self->alphas, *scaled = own + self->r.kept;
	softmax_rows(base->out.maps, base->in.maps, w + base->tensor[LOGITS].offset, alpha);
	if (self->sharing == KERNELS_PER_PAIR)
		scale_kernels(self, alpha, w, scaled);
	correlator_prepare(&self->r, k, self->sharing == KERNELS_PER_PAIR ? scaled : w, own);
}

static void forward(const struct layer *base, const struct kernels *k, const float *w, const float *x, float *y,
                    float *keep, float *scratch)
{
	const struct combination *self = combination_of(base);
	const float *b = w + base->tensor[BIASES].offset, *alpha = keep;
	float *own = keep + self->alphas, *rest = own + self->r.kept;
	if (self->sharing == KERNELS_PER_INPUT) {
		correlator_forward(&self->r, k, w, NULL, ACTIVATION_LINEAR, x, rest, own, scratch);
		k->full(base->out.maps, base->in.maps, self->positions, alpha, b, base->fused, rest, y);
	} else {
		correlator_forward(&self->r, k, rest, b, base->fused, x, y, own, scratch);
	}
}

static void backward_per_pair(const struct combination *self, const struct kernels *k, const float *w,
                              enum activation below, const float *x, const float *dy, float *dx, float *dw,
                              const float *keep, float *scratch)
{
	const struct layer *base = &self->base;
	const float *alpha = keep, *own = keep + self->alphas, *scaled = own + self->r.kept;
	float *dalpha = scratch, *d = scratch + self->alphas;
	size_t kk = kernel_size(&self->r.c), weights = base->tensor[KERNELS].count;
	float *rest = d + round_lanes(weights);
	if (dw == NULL) {
		correlator_backward(&self->r, k, scaled, x, dy, NULL, NULL, below, dx, own, rest);
		return;
	}
	correlator_backward(&self->r, k, scaled, x, dy, d, dw + base->tensor[BIASES].offset, below, dx, own, rest);
	for (size_t p = 0; p < base->tensor[LOGITS].count; p++) {
		double sum = 0;
		for (size_t i = p * kk; i < (p + 1) * kk; i++)
			sum += (double)w[i] * d[i];
		dalpha[p] = (float)sum;
	}
	scale_kernels(self, alpha, d, dw);
	softmax_rows_back(base->out.maps, base->in.maps, alpha, dalpha, dw + base->tensor[LOGITS].offset);
}

static void backward(const struct layer *base, const struct kernels *k, const float *w, enum activation below,
                     const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch)
{
	const struct combination *self = combination_of(base);
	if (self->sharing == KERNELS_PER_PAIR) {
		backward_per_pair(self, k, w, below, x, dy, dx, dw, keep, scratch);
		return;
	}
	const float *alpha = keep, *own = keep + self->alphas, *z = own + self->r.kept;
	float *dalpha = scratch, *dz = scratch + self->alphas, *rest = dz + base->in.maps * self->positions * LANES;
	if (dw != NULL) {
		k->full_weights(base->out.maps, base->in.maps, self->positions, z, dy, dalpha,
		                dw + base->tensor[BIASES].offset, rest);
		softmax_rows_back(base->out.maps, base->in.maps, alpha, dalpha, dw + base->tensor[LOGITS].offset);
	}
	k->full_input(base->out.maps, base->in.maps, self->positions, alpha, dy, ACTIVATION_LINEAR, NULL, dz);
	correlator_backward(&self->r, k, w, x, dz, dw, NULL, below, dx, own, rest);
}

/* With a kernel for each input map: a convolution of each map by itself, then the shares α as a convolution of 1 × 1.
 * With one for each pair: a convolution with the kernels α k. */
static void outline(const struct layer *base, const float *w, struct outline *out)
{
	const struct combination *self = combination_of(base);
	bool shared = self->sharing == KERNELS_PER_INPUT;
	size_t maps = base->out.maps, inputs = base->in.maps, kk = kernel_size(&self->r.c);
	struct sides side = self->r.c.kernel;
	const float *k = w + base->tensor[KERNELS].offset;
	float *alpha = memory_zeroed(maps * inputs, sizeof *alpha, out->err);
	if (alpha == NULL)
		return;
	softmax_rows(maps, inputs, w + base->tensor[LOGITS].offset, alpha);
	struct operation convolve = correlator_operation(&self->r, shared ? inputs : 1);
	convolve.name = shared ? "single" : NULL;
	outline_add(out, convolve);
	const size_t dims[] = {shared ? inputs : maps, shared ? 1 : inputs, side.rows, side.columns};
	float *kernels = outline_operand(out, "kernels", 4, dims);
	for (size_t i = 0; kernels != NULL && i < (shared ? inputs : maps * inputs) * kk; i++)
		kernels[i] = shared ? k[i] : alpha[i / kk] * k[i];
	if (shared) {
		outline_add(out, (struct operation){.operator = OPERATOR_CONVOLVE,
		                                    .side = {1, 1}, .stride = {1, 1}, .groups = 1});
		float *mix = outline_operand(out, "alpha", 4, (const size_t[]){maps, inputs, 1, 1});
		if (mix != NULL)
			memcpy(mix, alpha, maps * inputs * sizeof *mix);
	}
	outline_tensor(out, base, w, BIASES);
	free(alpha);
}

static void describe(const struct layer_spec *base, char text[LAYER_TEXT])
{
	const struct combination_spec *spec = spec_of(base);
	size_t end = kernel_text(&spec->kernel, text);
	if (spec->kernels == KERNELS_PER_PAIR)
		snprintf(text + end, LAYER_TEXT - end, " per-pair");
}

static const char *remark(const struct layer_spec *spec)
{
	return spec_of(spec)->penalty != PENALTY_L1
	           ? NULL
	           : "penalty l1 on a softmax is constant and does not make alpha sparse; penalty: entropy does";
}

static const struct key_word sharings[] = {{"per-input", KERNELS_PER_INPUT}, {"per-pair", KERNELS_PER_PAIR}, {0}};
static const struct key_word penalties[] = {{"l1", PENALTY_L1}, {"entropy", PENALTY_ENTROPY}, {0}};
#define AT(member) KEY_AT(struct combination_spec, member)
static const struct key sparsity_keys[] = {
	{.name = "penalty", .type = KEY_WORD, AT(penalty), .needed = true, .words = penalties,
	 .help = "l1 has no effect, being constant"},
	{.name = "lambda", .type = KEY_REAL, AT(lambda), .needed = true, .most = 1e6, .help = "its weight"},
	{.name = "warmup", .type = KEY_REAL, AT(warmup), .most = 1e6,
	 .help = "epochs over which the weight grows linearly from 0"},
	{0},
};
static const struct key keys[] = {
	KEY_MAPS(struct combination_spec),
	KEYS_KERNEL(struct combination_spec),
	{.name = "kernels", .type = KEY_WORD, AT(kernels), .words = sharings,
	 .help = "a kernel for each input map, or for each pair"},
	{.name = "sparsity", .type = KEY_MAPPING, AT(penalty), .rows = sparsity_keys,
	 .help = "a penalty on the shares α"},
	KEY_ACTIVATION,
	KEY_LEARNING,
	{0},
};

const struct layer_type combination_type = {
	.name = "combination",
	.keys = keys,
	.spec_size = sizeof(struct combination_spec),
	.colour = "#f6cfa8",
	.describe = describe,
	.remark = remark,
	.plan = plan,
	.clear = clear,
	.init = init,
	.prepare = prepare,
	.forward = forward,
	.backward = backward,
	.curve = combination_curve,
	.forward64 = combination_forward64,
	.backward64 = combination_backward64,
	.outline = outline,
	.regularize = combination_regularize,
	.shares = combination_shares,
	.fold = combination_fold,
	.fold_squares = combination_fold_squares,
};
