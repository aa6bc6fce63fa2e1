/* Learned combinations in float64, by the plain reference (section 3.3). */
#include "combination.h"

#include <math.h>

static void softmax64(size_t rows, size_t columns, const double *c, double *alpha)
{
	for (size_t j = 0; j < rows; j++, c += columns, alpha += columns) {
		double largest = c[0], sum = 0;
		for (size_t i = 1; i < columns; i++)
			largest = fmax(largest, c[i]);
		for (size_t i = 0; i < columns; i++)
			sum += exp(c[i] - largest);
		for (size_t i = 0; i < columns; i++)
			alpha[i] = exp(c[i] - largest) / sum;
	}
}

static void softmax64_back(size_t rows, size_t columns, const double *alpha, const double *dalpha, double *dc)
{
	for (size_t j = 0; j < rows; j++, alpha += columns, dalpha += columns, dc += columns) {
		double mean = 0;
		for (size_t i = 0; i < columns; i++)
			mean += alpha[i] * dalpha[i];
		for (size_t i = 0; i < columns; i++)
			dc[i] = alpha[i] * (dalpha[i] - mean);
	}
}

static void scale64(const struct combination *self, const double *alpha, const double *k, double *out)
{
	size_t kk = kernel_size(&self->r.c);
	for (size_t i = 0; i < self->base.tensor[KERNELS].count; i++)
		out[i] = alpha[i / kk] * k[i];
}

void combination_forward64(const struct layer *base, const double *w, const double *x, double *y, double *scratch)
{
	const struct combination *self = combination_of(base);
	size_t maps = base->out.maps, in_maps = base->in.maps;
	const double *b = w + base->tensor[BIASES].offset;
	double *alpha = scratch + self->r.scratch64, *rest = alpha + 2 * maps * in_maps;
	softmax64(maps, in_maps, w + base->tensor[LOGITS].offset, alpha);
	if (self->sharing == KERNELS_PER_INPUT) {
		correlator_forward64(&self->r, w, NULL, x, rest, scratch);
		reference_full(maps, in_maps, self->positions, alpha, b, rest, y);
	} else {
		scale64(self, alpha, w, rest);
		correlator_forward64(&self->r, rest, b, x, y, scratch);
	}
}

void combination_backward64(const struct layer *base, const double *w, const double *x, const double *dy, double *dx,
                            double *dw, double *scratch)
{
	const struct combination *self = combination_of(base);
	size_t maps = base->out.maps, in_maps = base->in.maps, kk = kernel_size(&self->r.c);
	size_t weights = base->tensor[KERNELS].count, mixed = in_maps * self->positions;
	double *db = dw + base->tensor[BIASES].offset;
	double *alpha = scratch + self->r.scratch64, *dalpha = alpha + maps * in_maps, *rest = dalpha + maps * in_maps;
	softmax64(maps, in_maps, w + base->tensor[LOGITS].offset, alpha);
	if (self->sharing == KERNELS_PER_INPUT) {
		double *z = rest, *dz = rest + mixed;
		correlator_forward64(&self->r, w, NULL, x, z, scratch);
		reference_full_weights(maps, in_maps, self->positions, z, dy, dalpha, db);
		reference_full_input(maps, in_maps, self->positions, alpha, dy, dz);
		correlator_backward64(&self->r, w, x, dz, dw, NULL, dx, scratch);
	} else {
		double *scaled = rest, *d = rest + weights;
		scale64(self, alpha, w, scaled);
		correlator_backward64(&self->r, scaled, x, dy, d, db, dx, scratch);
		for (size_t p = 0; p < maps * in_maps; p++) {
			dalpha[p] = 0;
			for (size_t i = p * kk; i < (p + 1) * kk; i++)
				dalpha[p] += w[i] * d[i];
		}
		scale64(self, alpha, d, dw);
	}
	softmax64_back(maps, in_maps, alpha, dalpha, dw + base->tensor[LOGITS].offset);
}
