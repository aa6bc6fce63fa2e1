/* net: layers in a row. Forward, loss and backward of one block; the same in float64 by the plain reference; the
 * gradient check. Floor 3: knows base, kernel, layer, task. All functions are local. */
#ifndef CONVOY_NET_H
#define CONVOY_NET_H

#include <convoy/layer.h>
#include <convoy/task.h>

/* A layer's stop on the way through a net: which maps it reads and writes, and where their gradients lie. All passes,
 * forward and backward, in any arithmetic, go along these stops; none of them knows how layers are connected. Map 0 is
 * the net's input, map l + 1 the output of layer l. Gradients lie in numbered buffers, which are used again. */
struct stop {
	const struct layer *layer;
	size_t number;           /* of the layer */
	size_t parameters;       /* offset of its parameters */
	size_t in, out;          /* maps */
	size_t dy, dx;           /* buffers of ∂E/∂out and ∂E/∂in */
	bool learns_below;       /* ∂E/∂in is needed */
	enum activation below;   /* of map `in`, linear for the net's input */
};

enum { GRADIENT_BUFFERS = 2 };

/* All parameters of a net live in one vector; layer l's begin at offset[l]. Gradient and velocity have the same
 * shape. */
struct net {
	struct shape input; /* after padding */
	size_t classes;
	enum loss loss;
	double smoothing; /* share of the targets that training spreads over all classes; net_create: 0 */
	size_t layers;
	struct layer **layer; /* [layers] */
	struct stop *stop;    /* [layers] forward in this order, backward in the reverse one */
	size_t widest;        /* units of the largest map: what a gradient buffer must hold */
	size_t *offset;       /* [layers + 1]; offset[layers] = parameters */
	size_t parameters;
	size_t tensors;       /* of all layers, in order */
	struct net_tensor {
		size_t layer;
		const struct tensor *own; /* as its layer has it */
		size_t offset, count;     /* within the vector of all parameters */
	} *tensor;            /* [tensors] */
	size_t multiply_adds; /* forward, per image */
	/* Floats per block, for struct pass. */
	size_t scratch;
};

/* Plans a net. EX_CONFIG; *bad is then the number of the layer at fault (or layers, where the whole does not fit: the
 * last layer's size against the classes, softmax-cross-entropy after an activation). NULL on failure. */
struct net *net_create(size_t layers, const struct layer_spec *specs, struct shape input, size_t classes,
                       enum loss loss, size_t *bad, struct err *err);
void net_destroy(struct net *net);

/* Seeded initial parameters w [parameters]. */
void net_init(const struct net *net, uint64_t seed, float *w);

/* Seconds spent in a layer. */
struct layer_time {
	double forward, backward;
};

/* The memory of one block's way through a net. */
struct pass {
	const struct net *net;
	const struct kernels *kernels;
	float **map;     /* [layers + 1]: map[0] input, map[l+1] output of layer l, in lanes */
	float *dmap[GRADIENT_BUFFERS];
	float **keep;    /* [layers] */
	float *scratch;
	float *memory;   /* all of the above */
	const float *prepared;   /* the parameters that pass_prepare got */
	struct layer_context context; /* of the next block: evaluation, unless the caller sets it before pass_forward */
	struct layer_time *time; /* [layers] seconds are added here, activations included; NULL: not measured */
};
int pass_open(struct pass *out, const struct net *net, const struct kernels *kernels, struct err *err);
void pass_close(struct pass *pass);

/* Makes what the layers derive from parameters w alone: to be called whenever numbers in w have changed, before
 * pass_forward with the same w. */
void pass_prepare(struct pass *pass, const float *w);

/* Forward from pass->map[0] with parameters w; then the loss for label[16] (−1: empty lane), that of training, with
 * smoothed targets, where a gradient is asked for, otherwise that of evaluation. With dw: backward, and
 * done(context, layer, dw of that layer) is called as soon as a layer's gradient is there, from the last layer to the
 * first; dw [parameters] holds the sums over the block's samples. */
typedef void (*gradient_done)(void *context, size_t layer, const float *dw);
void pass_forward(struct pass *pass, const float *w);
void pass_loss(struct pass *pass, const int32_t label[LANES], bool gradient, struct verdict *out);
void pass_backward(struct pass *pass, const float *w, float *dw, gradient_done done, void *context);

/* What second derivatives take besides a pass. */
struct curvature {
	float *w2, *x2; /* squares: of all parameters, of a layer's input */
};
int curvature_open(struct curvature *out, const struct net *net, struct err *err);
void curvature_close(struct curvature *curvature);

/* The diagonal of the Gauss–Newton second derivatives of a block's loss (mathematics, Per-weight learning rates), after
 * pass_forward with the same w and pass_loss with a gradient: h [parameters], summed over the block's samples, ≥ 0, and
 * done(context, layer, h of that layer) as pass_backward does. The pass cannot go backward then. */
void pass_curvature(struct pass *pass, struct curvature *curvature, const float *w, const int32_t label[LANES],
                    float *h, gradient_done done, void *context);

/* After pass_forward: the scores of the classes for one lane, [classes]: probabilities (softmax) where the loss is
 * softmax-cross-entropy, the outputs otherwise. */
void pass_scores(const struct pass *pass, size_t lane, float *score);

/* ---- float64 ----------------------------------------------------------------------------------------------------- */

/* The memory of one sample's way through a net by the plain reference. NULL on failure; free with pass64_destroy. */
struct pass64;
struct pass64 *pass64_create(const struct net *net, struct err *err);
void pass64_destroy(struct pass64 *pass);

/* Training's loss of one sample x [maps][rows][columns] with parameters w; dw [parameters], where not NULL, gets ∂E/∂w
 * *added*. */
double pass64_loss(struct pass64 *pass, const double *w, const double *x, size_t label, double *dw);

/* ---- Gradient check (mathematics, What must hold 3) ------------------------------------------------------------- */

struct check_row {
	size_t layer;
	const struct tensor *tensor;
	size_t entries;      /* compared */
	double error64;      /* ‖analytic64 − numeric‖ / max(‖analytic64‖, ‖numeric‖) over those entries, as far as
	                      * rounding of the differences does not explain it */
	double error32;      /* the same for the float32 kernels against numeric */
	double norm;         /* ‖numeric‖ */
};

/* Checks the mean gradient over `samples` seeded random inputs: at most `entries` entries per tensor, chosen by the
 * seed, against the fourth-order central difference of the float64 net, with a step so short that no corner of the loss
 * (relu, maximum) lies inside. rows [tensors]. -1 only for memory. */
int net_check(const struct net *net, const struct kernels *kernels, uint64_t seed, size_t samples, size_t entries,
              struct check_row *rows, struct err *err);

#endif
