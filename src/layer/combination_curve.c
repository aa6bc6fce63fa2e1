/* Second derivatives of a learned combination (mathematics, Per-weight learning rates): u_j = Σ_i α_ij z_ij + b_j feeds
 * each c_ij through ∂u_j/∂c_ij = α_ij (z_ij − Σ_k α_kj z_kj). */
#include "combination.h"

/* Where the block of a long sum over positions ends (mathematics, Long sums). */
static size_t block_end(size_t positions, size_t first)
{
	size_t block = positions > RUN_TERMS ? BLOCK_TERMS : positions;
	return positions - first < block ? positions : first + block;
}

/* Σ over positions and lanes of (s − α m)² hy: s = α z of a pair, m = Σ_k α z of its output map. */
static float logit_sum(size_t positions, float alpha, const float *s, const float *m, const float *hy)
{
	double total = 0;
	for (size_t first = 0, end; first < positions; first = end) {
		float sum[LANES] = {0}, all = 0;
		end = block_end(positions, first);
		for (size_t p = first; p < end; p++)
			for (size_t l = 0; l < LANES; l++) {
				float slope = s[p * LANES + l] - alpha * m[p * LANES + l];
				sum[l] += slope * slope * hy[p * LANES + l];
			}
		for (size_t l = 0; l < LANES; l++)
			all += sum[l];
		total += (double)all;
	}
	return (float)total;
}

/* s = α_ij z_ij of pair p from its scaled kernel and its padded input map. */
static void pair_correlate(const struct combination *self, const float *scaled, const float *x, float *s)
{
	const struct correlation *c = &self->r.c;
	for (size_t p = 0; p < self->positions; p++)
		for (size_t l = 0; l < LANES; l++) {
			size_t row = p / c->out_columns * c->stride.rows, column = p % c->out_columns * c->stride.columns;
			float sum = 0;
			for (size_t a = 0; a < c->kernel.rows; a++)
				for (size_t b = 0; b < c->kernel.columns; b++) {
					size_t at = (row + a * c->dilation.rows) * c->columns + column + b * c->dilation.columns;
					sum += scaled[a * c->kernel.columns + b] * x[at * LANES + l];
				}
			s[p * LANES + l] = sum;
		}
}

static void biases_curve(const struct combination *self, const float *hy, float *hb)
{
	for (size_t j = 0; j < self->base.out.maps; j++, hy += self->positions * LANES) {
		double total = 0;
		for (size_t first = 0, end; first < self->positions; first = end) {
			float part = 0;
			end = block_end(self->positions, first);
			for (size_t p = first; p < end; p++) {
				float all = 0;
				for (size_t l = 0; l < LANES; l++)
					all += hy[p * LANES + l];
				part += all;
			}
			total += (double)part;
		}
		hb[j] = (float)total;
	}
}

/* `rest`: z, or the kernels α k. x is padded. `mean`: memory for a map of each output, and one more. */
static void logits_curve(const struct combination *self, const struct kernels *k, const float *alpha,
                         const float *rest, const float *x, const float *hy, float *mean, float *logits)
{
	bool shared = self->sharing == KERNELS_PER_INPUT;
	size_t maps = self->base.out.maps, in_maps = self->base.in.maps, map = self->positions * LANES;
	size_t kk = kernel_size(&self->r.c);
	float *own = mean + maps * map;
	if (shared)
		k->full(maps, in_maps, self->positions, alpha, NULL, ACTIVATION_LINEAR, rest, mean);
	else
		k->correlate(&self->r.c, rest, NULL, ACTIVATION_LINEAR, x, mean);
	for (size_t p = 0; p < maps * in_maps; p++) {
		size_t j = p / in_maps, i = p % in_maps;
		for (size_t n = 0; shared && n < map; n++)
			own[n] = alpha[p] * rest[i * map + n];
		if (!shared)
			pair_correlate(self, rest + p * kk, x + i * self->r.c.rows * self->r.c.columns * LANES, own);
		logits[p] = logit_sum(self->positions, alpha[p], own, mean + j * map, hy + j * map);
	}
}

void combination_curve(const struct layer *base, const struct kernels *k, const float *w, const float *w2,
                       const float *x, const float *x2, const float *hy, float *hx, float *hw, float *keep,
                       float *scratch)
{
	(void)w;
	const struct combination *self = combination_of(base);
	bool shared = self->sharing == KERNELS_PER_INPUT;
	size_t maps = base->out.maps, in_maps = base->in.maps, map = self->positions * LANES;
	size_t kk = kernel_size(&self->r.c), weights = base->tensor[KERNELS].count;
	size_t kept = shared ? in_maps * map : round_lanes(weights);
	float *alpha = keep, *own = keep + self->alphas, *rest = own + self->r.kept;
	float *alpha2 = scratch, *room = alpha2 + self->alphas, *mean = room + kept, *spare = mean + (maps + 1) * map;
	for (size_t p = 0; p < maps * in_maps; p++)
		alpha2[p] = alpha[p] * alpha[p];
	const struct correlator *r = &self->r;
	if (hw != NULL) {
		biases_curve(self, hy, hw + base->tensor[BIASES].offset);
		logits_curve(self, k, alpha, rest, correlator_whole(r, x, own, spare), hy, mean,
		             hw + base->tensor[LOGITS].offset);
		x2 = correlator_squares(r, x2, own, spare);
	}

	/* Squares in place of the products of `backward`. */
	if (shared) {
		k->full_input(maps, in_maps, self->positions, alpha2, hy, ACTIVATION_LINEAR, NULL, room);
		if (hw != NULL)
			k->correlate_kernels(&r->c, x2, room, hw, NULL, spare);
		if (hx != NULL)
			k->correlate_input(&r->c, w2, room, ACTIVATION_LINEAR, x, hx, spare);
		return;
	}
	if (hw != NULL)
		k->correlate_kernels(&r->c, x2, hy, hw, NULL, spare);
	for (size_t i = 0; hw != NULL && i < weights; i++)
		hw[i] *= alpha2[i / kk];
	for (size_t i = 0; i < weights; i++)
		room[i] = rest[i] * rest[i];
	if (hx != NULL)
		k->correlate_input(&r->c, room, hy, ACTIVATION_LINEAR, x, hx, spare);
}
