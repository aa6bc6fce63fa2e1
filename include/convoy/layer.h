/* layer: the layer types (src/layer/layer.h lists them) and connection tables. A layer is a plan: geometry and a
 * constant table of functions, without pointers to data. Only layer_plan can fail. The functions that run a layer
 * cannot fail, allocate nothing, and do no I/O. Floor 2: knows base and kernel. All functions are local. */
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
	CONNECT_PAIRS,   /* all pairs of input maps in lexicographic order, cut or repeated */
	CONNECT_TRIPLES, /* all triples likewise */
	CONNECT_LIST,    /* given lists */
};

/* A list of input maps for each output map; input maps count from 0, ascend, and are all different. */
struct connection_list {
	size_t out_maps;
	uint32_t *first; /* [out_maps + 1] */
	uint32_t *input; /* [first[out_maps]] */
};

/* Makes a table. `list` is for CONNECT_LIST only. EX_CONFIG with the reason if there is no such table: wrong number of
 * maps, an input out of range, an empty list. NULL on failure. Free with connections_destroy. */
struct connections *connections_create(enum connection_kind kind, size_t in_maps, size_t out_maps,
                                       const struct connection_list *list, struct err *err);

/* Makes a table of that many groups, 1 or more: the first in_maps / groups input maps feed the first out_maps / groups
 * output maps, and so on. EX_CONFIG if there are no such groups. NULL on failure. */
struct connections *connections_groups(size_t groups, size_t in_maps, size_t out_maps, struct err *err);

/* Returns the groups of a table that is just such a one, or 1. */
size_t connections_group_count(const struct connections *table);
void connections_destroy(struct connections *table);
void connection_list_free(struct connection_list *list);

/* What a job file says of connections. */
struct connection_spec {
	enum connection_kind kind;
	struct connection_list list; /* CONNECT_LIST */
};

/* ---- What a job file says of a layer ----------------------------------------------------------------------------- */

/* The largest number of maps or units, and the longest side of a kernel or window, in a job file. */
enum { LAYER_MAPS = 65536, LAYER_SIDE = 1024 };

/* What batch normalisation adds to a variance. */
#define LAYER_EPSILON 1e-5f

/* What a job file says of a layer, as far as all types have it. A type's own structure begins with it. The type's keys
 * fill the rest, and only the type reads it. */
struct layer_spec {
	const struct layer_type *type;
	enum activation activation;
	double slope; /* of leaky-relu */
	bool frozen; /* the parameters stay as they are */
	double rate; /* factor of the learning rate */
	char *name;     /* NULL: none */
	size_t sources; /* 0: the layer before */
	char **source;  /* [sources] names of layers, "input", or numbers back such as "-2" */
	size_t line;    /* in the job file, for messages; 0: unknown */
};

/* The keys in the job file that all types have. They fill a struct layer_spec. */
extern const struct key layer_common_keys[];

enum { LAYER_NAME_MOST = 40, LAYER_SOURCES = 16 }; /* bytes of a layer's own name; most sources of a layer */

/* Returns a spec of that type in which all keys have their defaults. NULL on failure. Free with layer_spec_destroy. */
struct layer_spec *layer_spec_create(const struct layer_type *type, struct err *err);
void layer_spec_destroy(struct layer_spec *spec);

/* Gives `spec`, which has no name and no sources, all that specs of every type have, as `other` has it. EX_OSERR
 * without memory. */
int layer_spec_adopt(struct layer_spec *spec, const struct layer_spec *other, struct err *err);

/* A map that a join reads. */
struct layer_input {
	struct shape shape;
	size_t line; /* of the layer that makes it, as in struct layer_spec */
};

/* ---- Layers ------------------------------------------------------------------------------------------------------ */

/* A named tensor of a layer's parameters, and its part of the vectors of all parameters. With a table it stores only
 * connected pairs, in the order of the table's entries; dims[0] and dims[1] are then output and input maps. */
struct tensor {
	const char *name;        /* "kernels", "biases", "beta", "weights", "logits" */
	const char *description; /* one sentence for readers of a checkpoint */
	const char *labels[4];   /* a word per dimension */
	size_t rank, dims[4];    /* the dense shape */
	size_t offset, count;    /* place among the layer's parameters; stored values */
	const struct connections *table; /* NULL: dense */
	bool decays;                     /* weight decay applies */
	bool statistic;                  /* not a parameter, but the running mean of the values that blocks return in dw */
};

/* Returns the count of numbers in the dense shape: the product of dims. */
size_t tensor_dense_count(const struct tensor *tensor);

/* Convert stored values to the dense shape, with zeros for pairs that are not connected, and back. */
void tensor_expand(const struct tensor *tensor, const float *packed, float *dense);
void tensor_pack(const struct tensor *tensor, const float *dense, float *packed);

/* Gives which pairs [dims[0]][dims[1]] of a tensor of rank 2 or more are connected. */
void tensor_connected(const struct tensor *tensor, bool *connected);

struct layer;

/* What layers need to know of a block if they compute different things in training and evaluation. */
struct layer_context {
	bool training;
	uint64_t seed, step;    /* this and all that follows: in training only */
	const uint32_t *sample; /* [count] the samples' numbers in the training set */
	size_t count;           /* lanes in use, from 0 on */
};

/* ---- What a trained layer computes, for other programs ------------------------------------------------------------
 * A layer's outline is its evaluation as a list of operators. Each takes the result of the one before. The layer's
 * activation is not in the list; it follows. */

enum operator {
	OPERATOR_CONVOLVE,  /* kernels [maps][input maps / groups][rows][columns] by correlation, biases [maps] or none */
	OPERATOR_POOL_MAX,  /* of each window; padding does not count */
	OPERATOR_POOL_MEAN, /* likewise */
	OPERATOR_UPSAMPLE,  /* each number in side.rows rows and side.columns columns; scales [4]: 1, 1, and these */
	OPERATOR_FULL,      /* weights [units][inputs], biases [units]; maps are taken as one row */
	OPERATOR_BATCH_NORM, /* γ (x − mean) / √(variance + epsilon) + b: γ, b, mean, variance, [maps] each */
	OPERATOR_ADD,         /* the sum of all inputs of the layer */
	OPERATOR_CONCATENATE, /* the maps of all inputs of the layer, one behind the other */
};

enum { OUTLINE_OPERATIONS = 2, OUTLINE_OPERANDS = 4 }; /* most operations of a layer, most operands of an operation */

/* A constant tensor. */
struct operand {
	const char *name; /* within its layer: "kernels" */
	size_t rank, dims[4];
	float *value;
};

struct operation {
	enum operator operator;
	const char *name;             /* of its result within the layer; NULL for the last operation */
	struct sides side, stride;    /* of windows */
	struct sides dilation;        /* of kernels; 0, 0: 1, 1 */
	size_t pads[4];               /* zeros above, on the left, below, on the right */
	size_t groups;                /* of a convolution: groups of input maps, each with outputs of its own */
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
	const struct key *keys; /* its keys in the job file but those that all have; they fill its own structure */
	const struct key_alias *aliases; /* of its name; NULL: none */
	size_t spec_size;       /* of that structure, which begins with a struct layer_spec */
	const char *colour;     /* in graphs, "#rrggbb"; as light as the others, so that black text is easy to read */

	/* Frees what a spec points to. NULL if it points to nothing. */
	void (*spec_clear)(struct layer_spec *spec);

	/* Writes what the keys say besides maps, units and activation: "3×3/2 same". NULL if they say no more. */
	void (*describe)(const struct layer_spec *spec, char text[LAYER_TEXT]);

	/* Returns one line for the user on keys that are allowed and have no effect, or NULL. NULL if there are no such
	 * keys. */
	const char *(*remark)(const struct layer_spec *spec);

	/* Makes a plan: checks `spec` against the input shape and fills a new layer. NULL on failure. EX_CONFIG has one
	 * line with thing, value and limit ("kernel 7 is larger than its 5×5 input"). */
	struct layer *(*plan)(const struct layer_spec *spec, struct shape in, struct err *err);

	/* ---- Joins: layers of several inputs -------------------------------------------------------------------------
	 * They have these functions instead of `plan` above, and of `prepare` to `backward64` below. All are NULL in types
	 * of one input. A join has no parameters, and keeps nothing. */

	/* Makes a plan for the maps in [inputs], otherwise as `plan`. */
	struct layer *(*plan_join)(const struct layer_spec *spec, size_t inputs, const struct layer_input *in,
	                           struct err *err);

	/* Computes one block: y after what is fused of the activation from the maps x [inputs]. */
	void (*join)(const struct layer *self, const struct kernels *k, const float *const *x, float *y);

	/* Computes the gradient of input number i: from dy, which is ∂E/∂u, dx as in `backward`. x is this input. The way
	 * of second derivatives is the same, as each number goes into u with the factor 1. */
	void (*split)(const struct layer *self, const struct kernels *k, size_t i, enum activation below, const float *x,
	              const float *dy, float *dx);

	/* Do the same as join, without the activation, and split, without f′, for one sample in float64. */
	void (*join64)(const struct layer *self, const double *const *x, double *y);
	void (*split64)(const struct layer *self, size_t i, const double *dy, double *dx);

	/* ---- All layers ---------------------------------------------------------------------------------------------- */

	/* Frees what a plan points to. NULL if it points to nothing. */
	void (*clear)(struct layer *self);

	/* Gives initial parameters by the seed (mathematics, Initialisation). `index` is the layer's number in the net. */
	void (*init)(const struct layer *self, uint64_t seed, size_t index, float *w);

	/* Writes to `keep` what depends on the parameters w alone. It is called after each change of w, before forward. Its
	 * results stay until the next call. NULL if there is nothing to do. */
	void (*prepare)(const struct layer *self, const struct kernels *k, const float *w, float *keep);

	/* Begins a block: writes to `keep` what forward needs of the context. `index` is the layer's number in the net.
	 * NULL if training and evaluation are the same. */
	void (*begin)(const struct layer *self, const struct layer_context *context, size_t index, float *keep);

	/* Computes one block. w: the layer's parameters; x, y: maps in lanes, y after what is fused of the activation;
	 * keep: `keep` floats that stay until backward; scratch: `scratch` floats that do not stay. */
	void (*forward)(const struct layer *self, const struct kernels *k, const float *w, const float *x, float *y,
	                float *keep, float *scratch);
	/* Computes the gradients of a block. dy is ∂E/∂u, before the activation. dx becomes ∂E/∂x ∘ f′, where f is `below`,
	 * which is not apart, and f′ comes from x = f(u): then that is ∂E/∂u of the layer below. dx is NULL if nothing
	 * below learns. dw is overwritten; it is NULL for a frozen layer. */
	void (*backward)(const struct layer *self, const struct kernels *k, const float *w, enum activation below,
	                 const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch);

	/* Computes second derivatives of a block after forward (mathematics, Per-weight learning rates). hy is the diagonal
	 * of ∂²E/∂u² per sample. Gives that of the input, hx, and that of the parameters, hw, summed over the lanes: h of a
	 * number is the sum of (∂u / ∂number)² hy over all u that it feeds. hx and hw may be NULL, as dx and dw. w2, x2:
	 * squares of w and x. keep is that of forward and may be overwritten. */
	void (*curve)(const struct layer *self, const struct kernels *k, const float *w, const float *w2, const float *x,
	              const float *x2, const float *hy, float *hx, float *hw, float *keep, float *scratch);

	/* Do the same as forward and backward for one sample in float64, with the plain reference. scratch: `scratch64`
	 * doubles. dx may be NULL. */
	void (*forward64)(const struct layer *self, const double *w, const double *x, double *y, double *scratch);
	void (*backward64)(const struct layer *self, const double *w, const double *x, const double *dy, double *dx,
	                   double *dw, double *scratch);

	/* Adds the operators of evaluation with the parameters w; none if evaluation does not change the maps. */
	void (*outline)(const struct layer *self, const float *w, struct outline *out);

	/* Adds λ · ∂Ω/∂w to the mean gradient g and returns λ · Ω. NULL if the type has no penalty. */
	double (*regularize)(const struct layer *self, double lambda, const float *w, float *g);

	/* ---- Learned connections: all NULL if the type learns none --------------------------------------------------- */

	/* Gives α [maps][in.maps], the learned share of each input map in each output map, from the parameters w. A row has
	 * the sum 1. */
	void (*shares)(const struct layer *self, const float *w, float *alpha);

	/* Folds the layer into one with a connection table (section 3.3.1, pruning). Keeps pairs with α_ij ≥ below, and
	 * always the largest of a row, and rescales their α to sum 1. Returns the spec of the new layer, with all that
	 * specs of every type have as in `spec`, and gives its parameters in new memory, *folded. NULL on failure. */
	struct layer_spec *(*fold)(const struct layer *self, const struct layer_spec *spec, const float *w, double below,
	                           float **folded, struct err *err);

	/* Converts squares of gradients, or second derivatives, of the layer with the parameters w to those of `to`, which
	 * it was folded into (section 3.3.1, pruning). Gives folded [to->parameters]. EX_OSERR without memory. */
	int (*fold_squares)(const struct layer *self, const float *w, const struct layer *to, const float *squares,
	                    float *folded, struct err *err);
};

enum { LAYER_TENSORS = 4 };

enum { LAYER_NAME = 48 };

struct layer {
	const struct layer_type *type;
	char name[LAYER_NAME]; /* as the job says; "": none */
	enum activation activation;
	enum activation fused; /* what forward contains of it: all, or linear if it is apart */
	double slope; /* as in its spec, and what follows */
	bool frozen;
	double rate;
	size_t inputs;                 /* 1, or those of a join */
	size_t numbers[LAYER_SOURCES]; /* of each input, per sample */
	struct shape in, out;          /* `in` of a join is as `out` */
	bool frees_x;                  /* backward and curve do not read x, unless for f′ of the layer below */
	bool in_place;                 /* y may lie in the memory of x (of a join: of one of the first two), dx in that of
	                                * dy (of a join: dx of the last input that learns) */
	size_t tensors;
	struct tensor tensor[LAYER_TENSORS];
	size_t parameters;    /* Σ tensor counts */
	size_t keep, scratch; /* floats per block */
	size_t scratch64;     /* doubles per sample */
	size_t multiply_adds; /* of the forward pass, per sample, no padding counted */
	size_t connections;   /* connected pairs of maps (units × inputs for a full layer); 0: one to one */
	const char *method;   /* a word for the way to its products that its shape chose; NULL: there is one way */
	double lambda, warmup; /* weight of the penalty, if any; epochs over which it grows linearly from 0 */
};

/* Returns the type of that name, or NULL. */
const struct layer_type *layer_type_named(const char *name);

/* Returns type number `index`, counted from 0, or NULL after the last. */
const struct layer_type *layer_type_at(size_t index);

/* Plans a layer of spec->type for maps of shape `in`. NULL and EX_CONFIG on failure. Free with layer_destroy. */
struct layer *layer_plan(const struct layer_spec *spec, struct shape in, struct err *err);

/* Does the same for the maps in [inputs], 1 ≤ inputs ≤ LAYER_SOURCES. EX_CONFIG if the type takes another number of
 * them. */
struct layer *layer_plan_join(const struct layer_spec *spec, size_t inputs, const struct layer_input *in,
                              struct err *err);
void layer_destroy(struct layer *layer);

/* Makes the outline of a layer with the parameters w. Free with outline_clear. EX_OSERR without memory. */
int layer_outline(const struct layer *layer, const float *w, struct outline *out, struct err *err);
void outline_clear(struct outline *outline);

/* Returns maps × rows × columns. */
size_t shape_size(struct shape shape);

/* Writes "16×10×10", or "10" for maps of one number. */
void shape_text(struct shape shape, char text[LAYER_TEXT]);

/* Writes the name of a net's layer in checkpoints and tables: its own, or "01-convolution" for index 0. Returns `name`.
 */
const char *layer_name(size_t index, const struct layer *layer, char name[LAYER_NAME]);

/* Writes a layer's line for tables and graphs, "3×3/2 same relu frozen"; it may be empty. */
void layer_describe(const struct layer_spec *spec, char text[LAYER_TEXT]);

/* Gives a layer's shares, layer_type.shares. Returns false if the layer learns none. `alpha` may be NULL, to test only
 * that. */
bool layer_shares(const struct layer *layer, const float *w, float *alpha);

#endif
