/* net: runs one block through layers, a chain or with branches: forward, loss, backward. Does the same in float64 with
 * the plain reference, and checks gradients. Floor 3: knows base, kernel, layer, task. All functions are local. */
#ifndef CONVOY_NET_H
#define CONVOY_NET_H

#include <convoy/layer.h>
#include <convoy/task.h>

/* A map that a layer reads. */
struct source {
	size_t map;
	bool learns;           /* ∂E/∂x is needed */
	bool adds;             /* ∂E/∂x is added to what another reader of the map has written */
	enum activation below; /* whose f′ goes into ∂E/∂x: that of the map's layer; linear if that layer derives */
};

/* A stop is a layer's place on the way through a net: which maps it reads and writes. All passes go from stop to stop,
 * forward and backward, in any arithmetic. Map 0 is the net's input, map l + 1 the output of layer l. A map and its
 * gradient have the same number. */
struct stop {
	const struct layer *layer;
	size_t number;     /* of the layer */
	size_t parameters; /* offset of its parameters */
	size_t sources;
	const struct source *source; /* [sources] */
	size_t out;        /* map */
	bool learns;       /* the layer has parameters that are not frozen */
	bool learns_below; /* a layer below has some: ∂E/∂x of a source is needed */
	bool derives;      /* ∂E/∂out comes without f′ of this layer: it is the last one, or has several readers, or an
	                    * activation that is apart */
};

/* One vector holds all parameters of a net. Those of layer l begin at offset[l]. Gradient and velocity have the same
 * shape. */
struct net {
	struct shape input; /* after padding */
	struct task_spec task; /* net_create sets its positions */
	size_t layers;
	struct layer **layer; /* [layers] */
	struct stop *stop;    /* [layers] forward in this order, backward in reverse */
	size_t sources;
	struct source *source; /* [sources] those of all stops, in order */
	size_t widest;        /* units of the largest map */
	size_t *offset;       /* [layers + 1]; offset[layers] = parameters */
	size_t parameters;
	size_t learning;      /* of them, those of layers that are not frozen */
	size_t tensors;       /* of all layers, in order */
	struct net_tensor {
		size_t layer;
		const struct tensor *own; /* as its layer has it */
		size_t offset, count;     /* within the vector of all parameters */
		bool learns;              /* its layer is not frozen */
	} *tensor;            /* [tensors] */
	size_t multiply_adds; /* forward, per sample */
	/* Floats per block, for struct pass. */
	size_t scratch;
};

/* Plans a net. A layer reads the maps that its spec names as sources, all from layers before it; each output but the
 * last has a reader. NULL on failure. EX_CONFIG sets *bad to the number of the layer at fault; if all layers with
 * parameters are frozen, that is the first of them. *bad becomes `layers` if
 * each layer is right but the last one does not fit the task: it has neither K outputs nor, for classes and values, K
 * maps; or the loss does not allow its activation, or is for another task. */
struct net *net_create(size_t layers, struct layer_spec *const *spec, struct shape input,
                       const struct task_spec *task, size_t *bad, struct err *err);
void net_destroy(struct net *net);

/* Returns whether each layer reads only the one before it. */
bool net_is_chain(const struct net *net);

/* Returns the shape of a map. */
struct shape net_shape(const struct net *net, size_t map);

/* Gives the initial parameters w [parameters], drawn by the seed. */
void net_init(const struct net *net, uint64_t seed, float *w);

/* Seconds spent in a layer. */
struct layer_time {
	double forward, backward;
};

/* What a pass is for. A map or gradient has its memory only until its last use, and the next one gets it then. No
 * number depends on that. */
enum pass_use {
	PASS_TRAIN,    /* forward, loss, backward or curvature */
	PASS_EVALUATE, /* forward, and loss without a gradient */
	PASS_INSPECT,  /* as PASS_TRAIN; all maps stay until the next block */
};

/* The memory for one block's way through a net. */
struct pass {
	const struct net *net;
	const struct kernels *kernels;
	float **map;     /* [layers + 1]: map[0] input, map[l+1] output of layer l, in lanes; the last one stays */
	struct block_targets targets; /* of the block in map[0]; the caller fills in both, for each block */
	float **gradient; /* [layers + 1] of the maps; NULL where it is not needed */
	float **spare;   /* [sources] for gradients that are added; NULL elsewhere */
	float **before;  /* [layers] outputs before the activation, where backward needs them; NULL elsewhere */
	float **keep;    /* [layers] */
	float *scratch;
	float *memory;   /* all of the above */
	const float *prepared;   /* the parameters that pass_prepare got */
	struct layer_context context; /* of the next block; evaluation, unless the caller sets it before pass_forward */
	struct layer_time *time; /* [layers] seconds are added here, activations included; NULL: not measured */
};
int pass_open(struct pass *out, const struct net *net, enum pass_use use, const struct kernels *kernels,
              struct err *err);
void pass_close(struct pass *pass);

/* Bytes that a block needs on its way through a net. */
struct pass_memory {
	size_t maps;   /* maps and gradients, at their peak */
	size_t needed; /* sum of the maps that backward reads */
	size_t layers; /* what layers keep and compute in between */
};
int pass_memory(const struct net *net, enum pass_use use, struct pass_memory *out, struct err *err);

/* Computes what layers derive from the parameters w alone. Call it after each change of w, before pass_forward with the
 * same w. */
void pass_prepare(struct pass *pass, const float *w);

/* pass_forward runs from pass->map[0] with parameters w. pass_loss computes the loss for pass->targets. With `gradient`
 * that is the loss of training, with smoothed targets; otherwise it is that of evaluation.
 * pass_backward then gives dw [parameters], sums over the block's samples. It goes from the last layer to the lowest
 * that learns, and calls done(context, layer, dw of that layer) as soon as a layer's gradient is ready. It leaves the
 * places of frozen layers in dw as they are, and computes nothing that only they would need. */
typedef void (*gradient_done)(void *context, size_t layer, const float *dw);
void pass_forward(struct pass *pass, const float *w);
void pass_loss(struct pass *pass, bool gradient, struct verdict *out);
void pass_backward(struct pass *pass, const float *w, float *dw, gradient_done done, void *context);

/* The memory that second derivatives need besides a pass. */
struct curvature {
	float *w2, *x2; /* squares of all parameters, and of a layer's input */
};
int curvature_open(struct curvature *out, const struct net *net, struct err *err);
void curvature_close(struct curvature *curvature);

/* Gives the diagonal of the Gauss–Newton second derivatives of a block's loss (mathematics, Per-weight learning rates):
 * h [parameters] ≥ 0, summed over the block's samples. Call it after pass_forward with the same w and pass_loss with a
 * gradient. Calls done(context, layer, h of that layer) and leaves out what is frozen, as pass_backward does. Do not
 * call pass_backward after it. */
void pass_curvature(struct pass *pass, struct curvature *curvature, const float *w, float *h, gradient_done done,
                    void *context);

/* Gives the scores [K][positions] of one lane after pass_forward: probabilities or outputs, as the loss's row says. */
void pass_scores(const struct pass *pass, size_t lane, float *score);

/* ---- float64 ----------------------------------------------------------------------------------------------------- */

/* The memory for one sample's way through a net by the plain reference. NULL on failure. Free with pass64_destroy. */
struct pass64;
struct pass64 *pass64_create(const struct net *net, struct err *err);
void pass64_destroy(struct pass64 *pass);

/* Returns the loss of training for one sample x [maps][rows][columns] with parameters w and the targets of a lane. Adds
 * ∂E/∂w to dw [parameters], if dw is not NULL. */
double pass64_loss(struct pass64 *pass, const double *w, const double *x, const struct block_targets *targets,
                   size_t lane, double *dw);

/* ---- Gradient check (mathematics, What must hold 3) ------------------------------------------------------------- */

struct check_row {
	size_t layer;
	const struct tensor *tensor;
	size_t entries;      /* compared */
	double error64;      /* ‖analytic64 − numeric‖ / max(‖analytic64‖, ‖numeric‖) over those entries, minus what the
	                      * rounding of the differences explains */
	double error32;      /* the same for the float32 kernels against numeric */
	double norm;         /* ‖numeric‖ */
};

/* Compares the mean gradient over `samples` random inputs with fourth-order central differences of the float64 net. The
 * seed chooses the inputs and at most `entries` entries per tensor. The differences use a step so short that it
 * contains no kink of the loss (relu, maximum). Gives rows [tensors]. Fails only without memory (EX_OSERR). */
int net_check(const struct net *net, const struct kernels *kernels, uint64_t seed, size_t samples, size_t entries,
              struct check_row *rows, struct err *err);

#endif
