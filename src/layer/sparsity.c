/* What makes a combination sparse (section 3.3.1): the penalties on α, and folding it into a convolution. */
#include "combination.h"
#include "convolution.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

void combination_shares(const struct layer *layer, const float *w, float *alpha)
{
	softmax_rows(layer->out.maps, layer->in.maps, w + layer->tensor[LOGITS].offset, alpha);
}

/* ln Σ_i exp(c_i) of a row, so that ln α_i = c_i − that. */
static double log_sum_exp(size_t inputs, const float *c)
{
	double largest = c[0], sum = 0;
	for (size_t i = 1; i < inputs; i++)
		largest = c[i] > largest ? c[i] : largest;
	for (size_t i = 0; i < inputs; i++)
		sum += scalar_exp(c[i] - largest);
	return largest + scalar_log(sum);
}

/* Ω = Σ_i |α_i|, and its gradient as the source writes it, |α_i| − α_i Σ_k |α_k|: 0 to rounding. */
static double l1_row(double lambda, size_t inputs, const float *c, float *g)
{
	double total = log_sum_exp(inputs, c), sum = 0;
	for (size_t i = 0; i < inputs; i++)
		sum += scalar_exp(c[i] - total);
	for (size_t i = 0; i < inputs; i++) {
		double alpha = scalar_exp(c[i] - total);
		g[i] += (float)(lambda * (alpha - alpha * sum));
	}
	return sum;
}

/* Ω = −Σ_i α_i ln α_i; ∂Ω/∂α_i = −(ln α_i + 1), through the softmax's Jacobian. */
static double entropy_row(double lambda, size_t inputs, const float *c, float *g)
{
	double total = log_sum_exp(inputs, c), omega = 0, mean = 0;
	for (size_t i = 0; i < inputs; i++) {
		double log_alpha = c[i] - total, alpha = scalar_exp(log_alpha);
		omega -= alpha * log_alpha;
		mean -= alpha * (log_alpha + 1);
	}
	for (size_t i = 0; i < inputs; i++) {
		double log_alpha = c[i] - total, alpha = scalar_exp(log_alpha);
		g[i] += (float)(lambda * alpha * (-(log_alpha + 1) - mean));
	}
	return omega;
}

double combination_regularize(const struct layer *base, double lambda, const float *w, float *g)
{
	const struct tensor *logits = &base->tensor[LOGITS];
	enum penalty penalty = combination_of(base)->penalty;
	size_t inputs = base->in.maps;
	double omega = 0;
	if (penalty == PENALTY_NONE)
		return 0;
	for (size_t j = 0; j < base->out.maps; j++) {
		size_t row = logits->offset + j * inputs;
		omega += penalty == PENALTY_L1 ? l1_row(lambda, inputs, w + row, g + row)
		                               : entropy_row(lambda, inputs, w + row, g + row);
	}
	return lambda * omega;
}

/* ---- Folding ----------------------------------------------------------------------------------------------------- */

/* Which inputs of a row of α stay: those ≥ below, and always the largest. Returns the sum of their α. */
static double kept_inputs(size_t inputs, const float *alpha, double below, bool *keep)
{
	size_t largest = 0;
	double sum = 0;
	for (size_t i = 1; i < inputs; i++)
		if (alpha[i] > alpha[largest])
			largest = i;
	for (size_t i = 0; i < inputs; i++) {
		keep[i] = alpha[i] >= below || i == largest;
		sum += keep[i] ? alpha[i] : 0;
	}
	return sum;
}

/* Fills list and parameters of the convolution; biases behind the kernels. */
static void fold_rows(const struct combination *self, const float *w, double below, const float *alpha, bool *keep,
                      struct connection_list *list, float *folded)
{
	size_t inputs = self->base.in.maps, maps = self->base.out.maps, kk = kernel_size(&self->r.c);
	uint32_t entry = 0;
	for (size_t j = 0; j < maps; j++, alpha += inputs) {
		double sum = kept_inputs(inputs, alpha, below, keep);
		list->first[j] = entry;
		for (size_t i = 0; i < inputs; i++) {
			if (!keep[i])
				continue;
			const float *k = w + (self->sharing == KERNELS_PER_INPUT ? i : j * inputs + i) * kk;
			for (size_t a = 0; a < kk; a++)
				folded[entry * kk + a] = (float)(alpha[i] / sum * k[a]);
			list->input[entry++] = (uint32_t)i;
		}
	}
	list->first[maps] = entry;
	for (size_t j = 0; j < maps; j++)
		folded[entry * kk + j] = w[self->base.tensor[BIASES].offset + j];
}

/* The spec of the convolution that takes the list, which is empty then. */
static struct layer_spec *folded_spec(const struct combination *self, const struct layer_spec *own,
                                      struct connection_list *list, struct err *err)
{
	struct layer_spec *base = layer_spec_create(&convolution_type, err);
	if (base == NULL || layer_spec_adopt(base, own, err) != 0) {
		layer_spec_destroy(base);
		return NULL;
	}
	struct convolution_spec *spec = (struct convolution_spec *)base;
	spec->maps = self->base.out.maps;
	spec->kernel = self->kernel;
	spec->connections = (struct connection_spec){CONNECT_LIST, *list};
	*list = (struct connection_list){0};
	return base;
}

struct layer_spec *combination_fold(const struct layer *layer, const struct layer_spec *own, const float *w,
                                    double below, float **folded, struct err *err)
{
	const struct combination *self = combination_of(layer);
	size_t maps = layer->out.maps, pairs = maps * layer->in.maps;
	struct connection_list list = {.out_maps = maps};
	struct layer_spec *spec = NULL;

	float *alpha = memory_zeroed(pairs, sizeof *alpha, err);
	bool *keep = memory_zeroed(layer->in.maps, sizeof *keep, err);
	*folded = memory_zeroed(pairs * kernel_size(&self->r.c) + maps, sizeof **folded, err);
	list.first = memory_zeroed(maps + 1, sizeof *list.first, err);
	list.input = memory_zeroed(pairs, sizeof *list.input, err);
	if (alpha == NULL || keep == NULL || *folded == NULL || list.first == NULL || list.input == NULL)
		goto out;
	combination_shares(layer, w, alpha);
	fold_rows(self, w, below, alpha, keep, &list, *folded);
	spec = folded_spec(self, own, &list, err);
out:
	free(alpha);
	free(keep);
	connection_list_free(&list);
	if (spec == NULL) {
		free(*folded);
		*folded = NULL;
	}
	return spec;
}

/* ∂E/∂k′ of a pair is the D of section 3.3, and ∂E/∂k is α D; of a shared kernel it is Σ_j α_ij D_ij, and the D of
 * different output maps are taken for equal in size and independent. */
int combination_fold_squares(const struct layer *layer, const float *w, const struct layer *to, const float *squares,
                             float *folded, struct err *err)
{
	const struct combination *self = combination_of(layer);
	const struct connections *table = to->tensor[0].table;
	size_t inputs = layer->in.maps, maps = layer->out.maps, kk = kernel_size(&self->r.c);
	bool shared = self->sharing == KERNELS_PER_INPUT;
	float *alpha = memory_zeroed(inputs * maps, sizeof *alpha, err);
	if (alpha == NULL)
		return -1;
	combination_shares(layer, w, alpha);
	for (size_t j = 0; j < maps; j++)
		for (uint32_t e = table->first[j]; e < table->first[j + 1]; e++) {
			size_t i = table->input[e];
			const float *from = squares + (shared ? i : j * inputs + i) * kk;
			double scale = 0;
			for (size_t o = shared ? 0 : j; o < (shared ? maps : j + 1); o++)
				scale += (double)alpha[o * inputs + i] * alpha[o * inputs + i];
			for (size_t a = 0; a < kk; a++) {
				double square = scale > 0 ? from[a] / scale : 0;
				folded[e * kk + a] = (float)(square < (double)FLT_MAX ? square : (double)FLT_MAX);
			}
		}
	memcpy(folded + to->tensor[1].offset, squares + layer->tensor[BIASES].offset, maps * sizeof *folded);
	free(alpha);
	return 0;
}
