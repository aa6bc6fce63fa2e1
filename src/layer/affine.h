/* What batch normalisation and scaling share: y = γ f (x − m) + b with numbers of each map. A layer with statistics has
 * m, the mean, and f, 1 / √(variance + ε); one without has 0 and 1 in their places. */
#ifndef CONVOY_LAYER_AFFINE_H
#define CONVOY_LAYER_AFFINE_H

#include "layer.h"

static const float affine_epsilon = LAYER_EPSILON; /* added to the variance */

enum { GAMMA, BIASES, MEAN, VARIANCE }; /* its tensors, the last two of a layer with statistics */

/* Plans a layer whose output is like its input, with `tensors` tensors of a number for each map. */
struct layer *affine_plan(size_t bytes, struct shape in, size_t tensors, const struct tensor *tensor, struct err *err);

void affine_init(const struct layer *self, uint64_t seed, size_t index, float *w);

/* Forward of map j with its m and f; x, y: of all maps. */
void affine_map(const struct layer *self, const struct kernels *k, const float *w, size_t j, float mean, float factor,
                const float *x, float *y);

/* Float64 with the running statistics, as one sample alone has none of its own: evaluation. */
void affine_forward64(const struct layer *self, const double *w, const double *x, double *y, double *scratch);
void affine_backward64(const struct layer *self, const double *w, const double *x, const double *dy, double *dx,
                       double *dw, double *scratch);

#endif
