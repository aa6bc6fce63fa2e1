/* layer: the layer types (src/layer/layer.h lists them) and connection tables. A layer is a plan:
 * geometry and a constant table of functions, no pointers to data. What can fail, fails in layer_plan; what runs cannot
 * fail, allocates nothing, does no I/O. Floor 2: knows base and kernel. All functions are local. */
#ifndef CONVOY_LAYER_H
#define CONVOY_LAYER_H

#include <convoy/kernel.h>

/* The size of the maps between two layers. */
struct shape {
	size_t maps, rows, columns;
};

/* ---- Connection tables (section 3) ------------------------------------------------------------------------------ */

enum connection_kind {
	CONNECT_FULL,    /* every pair */
	CONNECT_LENET5,  /* LeCun et al. 1998, Table I: 6 → 16 maps, 60 connections */
	CONNECT_PAIRS,   /* all pairs of input maps in lexicographic order, cut or cycled */
	CONNECT_TRIPLES, /* all triples likewise */
	CONNECT_LIST,    /* given lists */
};

/* Lists of input maps (0-based, ascending, no double), one per output map. */
struct connection_list {
	size_t out_maps;
	uint32_t *first; /* [out_maps + 1] */
	uint32_t *input; /* [first[out_maps]] */
};

/* Makes the table. EX_CONFIG with the reason where it cannot be (wrong number of maps, an input out of range, an empty
 * list). NULL on failure; free with connections_destroy. `list` only for CONNECT_LIST. */
struct connections *connections_create(enum connection_kind kind, size_t in_maps, size_t out_maps,
                                       const struct connection_list *list, struct err *err);
void connections_destroy(struct connections *table);

/* ---- What a job file says of a layer ----------------------------------------------------------------------------- */

enum padding { PADDING_VALID, PADDING_SAME };
enum sharing { KERNELS_PER_INPUT, KERNELS_PER_PAIR }; /* section 3.3: k_i (the source's) or k_ij */
enum penalty { PENALTY_NONE, PENALTY_L1, PENALTY_ENTROPY }; /* section 3.3.1 */
enum pooling { POOL_MAX, POOL_MEAN };

/* Most maps or units, and the longest side of a kernel or window, in a job file. */
enum { LAYER_MAPS = 65536, LAYER_SIDE = 1024 };

struct layer_spec {
	const char *type; /* "convolution" … */
	enum activation activation;
	size_t maps, kernel, stride; /* convolution, combination; stride 0 means 1 */
	enum padding padding;
	enum connection_kind connections;
	struct connection_list list; /* CONNECT_LIST */
	size_t window;               /* subsampling, pooling: n */
	bool ragged;                 /* allow smaller windows at the edge */
	enum pooling method;
	size_t units; /* full */
	enum sharing kernels;
	enum penalty penalty;
	double lambda; /* weight of the sparsity penalty */
	double warmup; /* epochs over which λ grows linearly from 0 */
	double rate;   /* dropout: probability to be dropped, 0 … < 1 */
};

/* ---- Layers ------------------------------------------------------------------------------------------------------ */

/* A named tensor of a layer's parameters: part of the vectors of all parameters. With a table, only connected pairs are
 * stored, in the order of the table's entries: dims[0], dims[1] are then output and input maps. */
struct tensor {
	const char *name;        /* "kernels", "biases", "beta", "weights", "logits" */
	const char *description; /* one sentence for readers of a checkpoint */
	const char *labels[4];   /* a word per dimension */
	size_t rank, dims[4];    /* the dense shape */
	size_t offset, count;    /* place among the layer's parameters; stored values */
	const struct connections *table; /* NULL: dense */
	bool decays;                     /* weight decay applies */
	bool statistic;                  /* no parameter but the running mean of what blocks hand over in their dw */
};

/* Numbers in the dense shape: the product of dims. */
size_t tensor_dense_count(const struct tensor *tensor);

/* Stored values ↔ dense shape, zeros where a pair is not connected. */
void tensor_expand(const struct tensor *tensor, const float *packed, float *dense);
void tensor_pack(const struct tensor *tensor, const float *dense, float *packed);

/* Which pairs [dims[0]][dims[1]] of a tensor of rank 2 or more have values. */
void tensor_connected(const struct tensor *tensor, bool *connected);

struct layer;

/* What a block is of, for the layers that do something else in training than in evaluation. */
struct layer_context {
	bool training;
	uint64_t seed, step;    /* all that follows: in training only */
	const uint32_t *sample; /* [count] their numbers in the training set */
	size_t count;           /* lanes in use, from 0 on */
};

/* ---- What a trained layer computes, for other programs ------------------------------------------------------------
 * A layer's outline is its evaluation as a row of operators, each on the result of the one before. The layer's
 * activation follows, and is not among them. */

enum operator {
	OPERATOR_CONVOLVE,  /* kernels [maps][input maps / groups][side][side] by correlation, biases [maps] or none */
	OPERATOR_POOL_MAX,  /* of each window; what is padded does not count */
	OPERATOR_POOL_MEAN, /* likewise */
	OPERATOR_FULL,      /* weights [units][inputs], biases [units]; maps are taken as one row */
	OPERATOR_BATCH_NORM, /* γ (x − mean) / √(variance + epsilon) + b: γ, b, mean, variance, [maps] each */
};

enum { OUTLINE_OPERATIONS = 2, OUTLINE_OPERANDS = 4 }; /* most of a layer, of an operation */

/* A constant tensor. */
struct operand {
	const char *name; /* within its layer: "kernels" */
	size_t rank, dims[4];
	float *value;
};

struct operation {
	enum operator operator;
	const char *name;             /* of its result within the layer; NULL: the last one's */
	size_t side, stride, pads[4]; /* windows; zeros above, on the left, below, on the right */
	size_t groups;                /* of a convolution: runs of input maps that feed outputs of their own */
	float epsilon;
	size_t operands;
	struct operand operand[OUTLINE_OPERANDS];
};

struct outline {
	struct err *err; /* the first failure */
	size_t operations;
	struct operation operation[OUTLINE_OPERATIONS];
};

enum { LAYER_TEXT = 96 }; /* bytes of a description */

struct layer_type {
	const char *name;
	const struct key *keys; /* its keys in the job file but `type`, which fill a struct layer_spec */
	const char *colour;     /* in graphs, "#rrggbb": as light as the others, so that black text is read on it */

	/* What its keys say besides maps, units and activation: "3×3/2 same". NULL where they say no more. */
	void (*describe)(const struct layer_spec *spec, char text[LAYER_TEXT]);

	/* Makes the plan: checks `spec` against the input shape, fills a new layer. EX_CONFIG, one line naming thing, value
	 * and limit ("kernel 7 is larger than its 5×5 input"). NULL on failure. */
	struct layer *(*plan)(const struct layer_spec *spec, struct shape in, struct err *err);
	void (*destroy)(struct layer *self);

	/* Initial parameters by fan-in (architecture: seeded; index is the layer's number in the net). */
	void (*init)(const struct layer *self, uint64_t seed, size_t index, float *w);

	/* What depends on the parameters w alone, into `keep`: called whenever w has changed, before forward. NULL where
	 * there is nothing. What it wrote stays until it is called again. */
	void (*prepare)(const struct layer *self, const struct kernels *k, const float *w, float *keep);

	/* The beginning of a block, before forward, which finds in `keep` what it needs of the context; index is the
	 * layer's number in the net. NULL where training and evaluation are the same. */
	void (*begin)(const struct layer *self, const struct layer_context *context, size_t index, float *keep);

	/* One block. w: the layer's parameters; x, y: maps in lanes, y after the activation; keep: `keep` floats that
	 * live until backward; scratch: `scratch` floats that do not. */
	void (*forward)(const struct layer *self, const struct kernels *k, const float *w, const float *x, float *y,
	                float *keep, float *scratch);
	/* dy = ∂E/∂u, before the activation; dx = ∂E/∂u of the layer below, so ∂E/∂x ∘ f′ with f′ from x = f(u), f being
	 * `below`; dx may be NULL (first layer). dw is overwritten. */
	void (*backward)(const struct layer *self, const struct kernels *k, const float *w, enum activation below,
	                 const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch);

	/* Second derivatives of a block (mathematics, Per-weight learning rates), after forward: from hy, the diagonal of
	 * ∂²E/∂u² per sample, to hx (may be NULL), that of the input, and hw, that of the parameters, summed over the
	 * lanes: h of a number is the sum, over all u that it feeds, of (∂u / ∂number)² hy. w2, x2: squares of w and x.
	 * keep is forward's and may be overwritten. */
	void (*curve)(const struct layer *self, const struct kernels *k, const float *w, const float *w2, const float *x,
	              const float *x2, const float *hy, float *hx, float *hw, float *keep, float *scratch);

	/* forward and backward in float64 for one sample, by the plain reference; scratch: `scratch64` doubles. dx may be
	 * NULL. */
	void (*forward64)(const struct layer *self, const double *w, const double *x, double *y, double *scratch);
	void (*backward64)(const struct layer *self, const double *w, const double *x, const double *dy, double *dx,
	                   double *dw, double *scratch);

	/* Adds the operators of evaluation with the parameters w; none where it changes nothing. */
	void (*outline)(const struct layer *self, const float *w, struct outline *out);

	/* Adds λ · ∂Ω/∂w to the mean gradient g and returns λ · Ω; NULL where the layer has no penalty. */
	double (*regularize)(const struct layer *self, double lambda, const float *w, float *g);
};

enum { LAYER_TENSORS = 4 };

struct layer {
	const struct layer_type *type;
	enum activation activation;
	struct shape in, out;
	size_t tensors;
	struct tensor tensor[LAYER_TENSORS];
	size_t parameters;    /* Σ tensor counts */
	size_t keep, scratch; /* floats per block */
	size_t scratch64;     /* doubles per sample */
	size_t multiply_adds; /* of the forward pass, per image, no padding counted */
	size_t connections;   /* connected pairs of maps (units × inputs for a full layer); 0: one to one */
	enum penalty penalty;
	double lambda, warmup;
};

/* The type of that name, or NULL. */
const struct layer_type *layer_type_named(const char *name);

/* Type number `index`, counted from 0, or NULL behind the last. */
const struct layer_type *layer_type_at(size_t index);

/* Plans a layer of spec->type on maps of shape `in`. NULL and EX_CONFIG on failure. Free with layer_destroy. */
struct layer *layer_plan(const struct layer_spec *spec, struct shape in, struct err *err);
void layer_destroy(struct layer *layer);

/* The outline of a layer with the parameters w; free with outline_clear. EX_OSERR without memory. Local. */
int layer_outline(const struct layer *layer, const float *w, struct outline *out, struct err *err);
void outline_clear(struct outline *outline);

/* shape.maps × rows × columns. */
size_t shape_size(struct shape shape);

/* Writes "16×10×10", or "10" for maps of one number. Local. */
void shape_text(struct shape shape, char text[LAYER_TEXT]);

/* Writes a layer's one line for tables and graphs, "3×3/2 same relu"; it may be empty. Local. */
void layer_describe(const struct layer_spec *spec, char text[LAYER_TEXT]);

/* A combination layer's α [maps][in.maps] from its parameters w; false where the layer is no combination. With alpha
 * NULL it only says which. */
bool combination_alpha(const struct layer *layer, const float *w, float *alpha);

/* Folds a combination into a convolution (section 3.3.1, pruning): keeps pairs with α_ij ≥ below (always the largest of
 * a row), rescales them to sum 1, and gives the spec of the convolution (spec->list to free with connection_list_free)
 * and its parameters in fresh memory. EX_DATAERR where the layer is no combination. */
int combination_fold(const struct layer *layer, const float *w, double below, struct layer_spec *spec, float **folded,
                     struct err *err);

/* Squares of gradients, or second derivatives, of a combination with the parameters w as those of the convolution that
 * it was folded into with `list` (section 3.3.1, pruning): folded [kernels, then biases]. EX_OSERR without memory. */
int combination_fold_squares(const struct layer *layer, const float *w, const struct connection_list *list,
                             const float *squares, float *folded, struct err *err);
void connection_list_free(struct connection_list *list);

#endif
