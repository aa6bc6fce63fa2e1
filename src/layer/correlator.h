/* A correlation by the method that suits its shape. */
#ifndef CONVOY_LAYER_CORRELATOR_H
#define CONVOY_LAYER_CORRELATOR_H

#include <convoy/kernel.h>

enum method {
	METHOD_DIRECT,
	METHOD_POINTS, /* fewer multiplications (mathematics, Fewer multiplications) */
	METHOD_FULL,   /* one output position, all pairs connected: a full layer over the same numbers */
};

struct correlator {
	struct correlation c;
	enum method method;
	size_t values, scratch; /* floats: what prepare makes of the kernels, in whole vectors; memory of the products */
};

struct correlator correlator_plan(struct correlation c);

/* values [r->values] are the kernels k as the products want them: to be made again whenever k changes. Elsewhere both
 * are given. b, db may be NULL. */
void correlator_prepare(const struct correlator *r, const struct kernels *k, const float *w, float *values);
void correlator_forward(const struct correlator *r, const struct kernels *k, const float *w, const float *values,
                        const float *b, enum activation f, const float *x, float *y, float *scratch);
void correlator_input(const struct correlator *r, const struct kernels *k, const float *w, const float *values,
                      const float *dy, enum activation f, const float *x, float *dx, float *scratch);
void correlator_kernels(const struct correlator *r, const struct kernels *k, const float *x, const float *dy, float *dw,
                        float *db, float *scratch);

#endif
