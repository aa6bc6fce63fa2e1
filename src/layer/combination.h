/* A learned combination's plan, shared by its passes (combination.c), its float64 reference, penalty and folding. */
#ifndef CONVOY_LAYER_COMBINATION_H
#define CONVOY_LAYER_COMBINATION_H

#include "correlator.h"
#include "layer.h"

enum { KERNELS, BIASES, LOGITS }; /* its tensors */

enum sharing { KERNELS_PER_INPUT, KERNELS_PER_PAIR };      /* section 3.3: k_i (the source's) or k_ij */
enum penalty { PENALTY_NONE, PENALTY_L1, PENALTY_ENTROPY }; /* section 3.3.1 */

struct combination {
	struct layer base;
	enum sharing sharing;
	enum penalty penalty;
	struct connections *table; /* per-input: map i to map i; per-pair: all to all */
	struct kernel_spec kernel;
	struct correlator r;
	size_t positions;          /* of an output map */
	size_t alphas;             /* maps × input maps, rounded up to whole vectors */
};

static inline const struct combination *combination_of(const struct layer *self)
{
	return (const struct combination *)self;
}

void combination_forward64(const struct layer *self, const double *w, const double *x, double *y, double *scratch);
void combination_backward64(const struct layer *self, const double *w, const double *x, const double *dy, double *dx,
                            double *dw, double *scratch);
void combination_curve(const struct layer *self, const struct kernels *k, const float *w, const float *w2,
                       const float *x, const float *x2, const float *hy, float *hx, float *hw, float *keep,
                       float *scratch);
void combination_shares(const struct layer *self, const float *w, float *alpha);
struct layer_spec *combination_fold(const struct layer *self, const struct layer_spec *spec, const float *w,
                                    double below, float **folded, struct err *err);
int combination_fold_squares(const struct layer *self, const float *w, const struct layer *to, const float *squares,
                             float *folded, struct err *err);
double combination_regularize(const struct layer *self, double lambda, const float *w, float *g);

#endif
