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
	size_t kept;    /* floats, in whole vectors: what prepare makes of the kernels, and forward leaves for backward */
	size_t scratch; /* floats: memory of the products */
};

struct correlator correlator_plan(struct correlation c);

/* keep [r->kept]: to be prepared again whenever the kernels w change. */
void correlator_prepare(const struct correlator *r, const struct kernels *k, const float *w, float *keep);

/* y = f(x ∗ w + b); b may be NULL. */
void correlator_forward(const struct correlator *r, const struct kernels *k, const float *w, const float *b,
                        enum activation f, const float *x, float *y, float *keep, float *scratch);

/* dw and db of the same x; db may be NULL. Where dx is not NULL also dx = ∂E/∂x ∘ f′, f being the activation below and
 * `below` its result: x without padding. */
void correlator_backward(const struct correlator *r, const struct kernels *k, const float *w, const float *x,
                         const float *dy, float *dw, float *db, enum activation f, const float *below, float *dx,
                         const float *keep, float *scratch);

#endif
