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
	size_t kept;    /* floats, in whole vectors: the results of prepare, and what forward leaves for backward */
	size_t scratch; /* floats: memory of the products */
};

struct correlator correlator_plan(struct correlation c);

/* Prepares keep [r->kept]. Call it again after each change of the kernels w. */
void correlator_prepare(const struct correlator *r, const struct kernels *k, const float *w, float *keep);

/* Computes y = f(x ∗ w + b); b may be NULL. */
void correlator_forward(const struct correlator *r, const struct kernels *k, const float *w, const float *b,
                        enum activation f, const float *x, float *y, float *keep, float *scratch);

/* Computes dw and db for the same x; db may be NULL, or both. If dx is not NULL, also computes dx = ∂E/∂x ∘ f′, where f
 * is the activation below and `below` its result, x without padding. */
void correlator_backward(const struct correlator *r, const struct kernels *k, const float *w, const float *x,
                         const float *dy, float *dw, float *db, enum activation f, const float *below, float *dx,
                         const float *keep, float *scratch);

#endif
