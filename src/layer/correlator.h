/* A correlation of maps, padded or not, by the method that suits its shape. */
#ifndef CONVOY_LAYER_CORRELATOR_H
#define CONVOY_LAYER_CORRELATOR_H

#include "layer.h"

/* What a job file says of a layer's kernels. */
struct kernel_spec {
	struct sides side, stride, dilation;
	enum padding padding;
};

/* Its keys; `structure` has it as the member `kernel`. */
#define KEYS_KERNEL(structure) \
	{.name = "kernel", .type = KEY_SIDES, KEY_AT(structure, kernel.side), .needed = true, .least = 1, \
	 .most = LAYER_SIDE, .help = "rows and columns of the kernels", \
	 .aliases = (const struct key_alias[]){{"kernel_size", "kernel", ""}, {0}}}, \
	{.name = "stride", .type = KEY_SIDES, KEY_AT(structure, kernel.stride), .preset = 1, .least = 1, \
	 .most = LAYER_SIDE, .help = "step of the kernel, along rows and along columns", \
	 .aliases = (const struct key_alias[]){{"strides", "stride", ""}, {0}}}, \
	{.name = "dilation", .type = KEY_SIDES, KEY_AT(structure, kernel.dilation), .preset = 1, .least = 1, \
	 .most = LAYER_SIDE, .help = "distance of the input's positions that neighbours in a kernel meet", \
	 .aliases = (const struct key_alias[]){{"dilation_rate", "dilation", ""}, {"dilations", "dilation", ""}, {0}}}, \
	{.name = "padding", .type = KEY_WORD, KEY_AT(structure, kernel.padding), .words = padding_words, \
	 .help = "same, centred: zeros around the input; only the stride makes it smaller"}

/* Checks the sides, and that the kernels fit on maps of shape `in` and are not too many for `maps` output maps, each of
 * `inputs` input maps. EX_CONFIG otherwise. */
int kernel_check(const struct kernel_spec *spec, size_t maps, size_t inputs, struct shape in, struct err *err);

/* Writes "3×3", "1×9/1×2 dilation 2 same". Returns its length. */
size_t kernel_text(const struct kernel_spec *spec, char text[LAYER_TEXT]);

enum method {
	METHOD_DIRECT,
	METHOD_POINTS, /* fewer multiplications (mathematics, Fewer multiplications) */
	METHOD_GRID,   /* the same, with points in both directions; x is the layer's input, without padding */
	METHOD_SINGLE, /* directly, each output map of one input map; x is the layer's input, without padding */
	METHOD_FULL,   /* one output position, all pairs connected: a full layer over the same numbers */
};

struct correlator {
	struct correlation c; /* on the padded input */
	enum method method;
	bool padded;
	bool keeps;       /* the padded input from forward to backward, which then does not read x */
	size_t whole;     /* numbers of the padded input, per sample */
	size_t products;  /* floats of scratch that the products need; the padded input lies behind them if not kept */
	size_t kept;      /* floats, in whole vectors: the results of prepare, and what forward leaves for backward */
	size_t scratch;   /* floats */
	size_t scratch64; /* doubles per sample */
};

/* Plans a correlation over a table for maps of shape `in`, which has passed kernel_check. */
struct correlator correlator_plan(const struct kernel_spec *spec, const struct connections *table, struct shape in);

/* Returns a word for its method, for layer.method. */
const char *correlator_method(const struct correlator *r);

/* Returns its operation, for layer_type.outline. */
struct operation correlator_operation(const struct correlator *r, size_t groups);

/* Prepares keep [r->kept]. Call it again after each change of the kernels w. */
void correlator_prepare(const struct correlator *r, const struct kernels *k, const float *w, float *keep);

/* Computes y = f(x ∗ w + b) of maps x without padding; b may be NULL. */
void correlator_forward(const struct correlator *r, const struct kernels *k, const float *w, const float *b,
                        enum activation f, const float *x, float *y, float *keep, float *scratch);

/* Computes dw and db for the same x; db may be NULL, or both. If dx is not NULL, also computes dx = ∂E/∂x ∘ f′, where f
 * is the activation below, and x = f(u). */
void correlator_backward(const struct correlator *r, const struct kernels *k, const float *w, const float *x,
                         const float *dy, float *dw, float *db, enum activation f, float *dx, const float *keep,
                         float *scratch);

/* For second derivatives, which are always correlated directly, after forward. Return the padded x, and the padded x2,
 * the squares of x; the second call ends the use of the first one's. They may change keep. */
const float *correlator_whole(const struct correlator *r, const float *x, float *keep, float *scratch);
const float *correlator_squares(const struct correlator *r, const float *x2, float *keep, float *scratch);

/* Do the same as forward, without f, and backward, without f′, for one sample in float64. */
void correlator_forward64(const struct correlator *r, const double *w, const double *b, const double *x, double *y,
                          double *scratch);
void correlator_backward64(const struct correlator *r, const double *w, const double *x, const double *dy, double *dw,
                           double *db, double *dx, double *scratch);

#endif
