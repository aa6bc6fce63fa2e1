/* kernel: the arithmetic. A table of loops on lanes, chosen once for the processor; a plain float64 reference of each
 * loop; fixed point for the exact sum. Floor 1: knows base.
 *
 * Sixteen samples form a block, and each has a lane. An activation map is float x[map][row][column][16], 64-byte
 * aligned, the sample innermost. Float pointers x, y, dx, dy have this layout. Parameters are plain floats. A function
 * treats each lane on its own, and its order of additions depends on the geometry alone. So a sample's result does not
 * depend on its block, nor on avx2, avx512 or neon. `portable` has no fused multiply-add and rounds differently. */
#ifndef CONVOY_KERNEL_H
#define CONVOY_KERNEL_H

#include <convoy/base.h>

enum { LANES = 16 };

/* Long sums (mathematics, Long sums). Up to RUN_TERMS terms are one running sum in float32. More terms are cut into
 * blocks of BLOCK_TERMS. Each block is a running sum, and the sums of blocks are added in float64. */
enum { RUN_TERMS = 4096, BLOCK_TERMS = 64 };

/* How gradients are added up over blocks and ranks. */
enum sum_mode {
	SUM_EXACT,   /* in fixed point, int64 between ranks (default) */
	SUM_EXACT32, /* int32 between ranks: half the bytes, coarser, also the same for any number of ranks */
	SUM_FLOAT,   /* plain float32 additions, to measure against; the result depends on the ranks */
};

/* Activations f (mathematics, Conventions). Up to relu other kernels contain them, and f′ is computed from y = f(u).
 * The others are apart: activate_apart goes over a map. f′ of gelu and swish needs u. */
enum activation {
	ACTIVATION_LINEAR,      /* u */
	ACTIVATION_SIGMOID,     /* 1 / (1 + e^−u) */
	ACTIVATION_TANH,        /* tanh u */
	ACTIVATION_SCALED_TANH, /* 1.7159 tanh(2u/3) */
	ACTIVATION_RELU,        /* max(u, 0) */
	ACTIVATION_LEAKY_RELU,  /* u where u > 0, else slope · u, 0 ≤ slope ≤ 1 */
	ACTIVATION_ELU,         /* u where u > 0, else e^u − 1 */
	ACTIVATION_SOFTPLUS,    /* ln(1 + e^u) */
	ACTIVATION_GELU,        /* u Φ(u) = u/2 (1 + erf(u/√2)) */
	ACTIVATION_SWISH,       /* u / (1 + e^−u) */
	ACTIVATIONS
};

/* The connection table of a layer. The input maps input[first[j]] … input[first[j+1]−1], ascending, feed output map j.
 * Entry e has kernel number e. The members back… list the same entries by input map. */
struct connections {
	size_t out_maps, in_maps, count;
	const uint32_t *first;    /* [out_maps + 1] */
	const uint32_t *input;    /* [count] input map of entry e */
	const uint32_t *back;     /* [in_maps + 1] */
	const uint32_t *back_out; /* [count] output map … */
	const uint32_t *back_at;  /* [count] … and entry number, ascending in the output map */
};

/* Geometry of a correlation (section 3): u_j[r][c] = b_j + Σ_{i∈M_j} Σ_ab k_ij[a][b] x_i[r·s + a·d][c·t + b·e],
 * stride s × t, dilation d × e. x is padded already: it has rows × columns numbers. The layer's input is the part of
 * in_rows × in_columns at (top, left); the adjoint gives dx of this part alone. out_rows = (rows − 1 − (kernel.rows −
 * 1)·d) / s + 1, rounded down; columns likewise. */
struct correlation {
	const struct connections *table;
	size_t rows, columns, out_rows, out_columns;
	struct sides kernel, stride, dilation; /* dilation is 1 along a side of 1 */
	size_t top, left, in_rows, in_columns;
	size_t points; /* 0: directly; P = 6 (kernel.columns 2 … 5) or 8 (2 … 6), kernel.rows ≤ 6: as winograd below */
};

/* Returns the numbers of one kernel. Local, pure. */
static inline size_t kernel_size(const struct correlation *c)
{
	return c->kernel.rows * c->kernel.columns;
}

/* Windows of a sub-sampling or pooling layer. Window (u, v) begins at row u·step.rows − top and column v·step.columns −
 * left, and has at most side.rows × side.columns numbers: fewer where it reaches beyond the map, at least one. Windows
 * overlap if a step is shorter than its side. Between longer steps numbers are in no window. */
struct windows {
	size_t maps, rows, columns, out_rows, out_columns;
	struct sides side, step;
	size_t top, left;
};

/* A window's part of the map. */
struct window {
	size_t row, column, rows, columns;
};

/* Returns the part of window (u, v) that lies in the map. Local, pure. */
static inline struct window window_at(const struct windows *w, size_t u, size_t v)
{
	size_t row = u * w->step.rows, column = v * w->step.columns;
	size_t row_end = row + w->side.rows - w->top, column_end = column + w->side.columns - w->left;
	row = row > w->top ? row - w->top : 0;
	column = column > w->left ? column - w->left : 0;
	return (struct window){row, column, (row_end < w->rows ? row_end : w->rows) - row,
	                       (column_end < w->columns ? column_end : w->columns) - column};
}

/* Geometry of a distortion (mathematics, Distortion): maps of rows × columns, and nodes of noise. The smoothed noise
 * displaces the positions. The weights are those of the Gaussian that smooths. Row r uses the weights of node_reach
 * nodes from node_first[r] on; its other weights count as 0. */
struct warp {
	size_t rows, columns, pitch; /* pitch: columns rounded up to a multiple of LANES, 64-byte aligned rows of floats */
	size_t node_rows, node_columns, node_reach;
	const uint32_t *node_first; /* [rows], node_first[r] + node_reach ≤ node_rows */
	const float *row_weight;    /* [rows][node_rows] */
	const float *column_weight; /* [node_columns][pitch] */
};

struct verdict {              /* of a loss, per lane */
	float loss[LANES];    /* 0 in empty lanes */
	int32_t guess[LANES]; /* the class with the largest output, of equals the lowest; −1 in empty lanes */
};

/* A loss of classes at one position: y [classes][stride][16], label[16], −1 in an empty lane; low, high: one-of-c
 * targets. factor[16] multiplies loss and dy = ∂E/∂y of each sample. Where it is 0, as it must be in empty lanes, both
 * are exactly 0, whatever y is. dy is laid out like y, and may be NULL. */
typedef void class_loss(size_t classes, size_t stride, const float *y, const int32_t label[LANES], float low,
                        float high, const float factor[LANES], float *dy, struct verdict *out);

/* How outputs are compared with targets t that are numbers: with low + range · t. */
struct comparison {
	float low, range;    /* 0 and 1: with t */
	float delta;         /* of huber_numbers */
	const float *weight; /* [count][2]: of numbers whose t is 0, and 1; NULL: all 1 */
};

/* A loss of numbers: y and t [count][16]; the loss of a sample is the sum over its numbers. factor and dy as above. */
typedef void number_loss(size_t count, const struct comparison *how, const float *y, const float *t,
                         const float factor[LANES], float *dy, float loss[LANES]);

/* The numbers that the gradient of a batch-normalised map needs (mathematics, Layers that know training). level and
 * slope are 0 if mean and factor are constants. */
struct batch_norm_slopes {
	float mean;
	float scale; /* γ f, f = 1 / √(variance + ε) */
	float level; /* Σ dy / N */
	float slope; /* f² Σ dy ∘ (x − mean) / N */
};

/* The numbers that updates of elements need (mathematics, Updates). Each update reads the members in its formula. */
struct update {
	float rate;     /* η; adam: η / (1 − β1^t) */
	float fade;     /* ηλ if the decay acts on w directly; otherwise 0 */
	float decay;    /* λ if the decay is added to the gradient; otherwise 0 */
	float momentum; /* μ */
	double beta1, beta2; /* float64, because 1 − β is computed from them */
	float epsilon;
	float damping;  /* μ of sdlm */
	float root;     /* adam: 1 / √(1 − β2^t) */
	float lift;     /* lamb: 1 / (1 − β1^t) */
	double trust;   /* lars: the coefficient of the trust ratio */
	bool trusted;   /* lars, lamb: the tensor has a trust ratio; otherwise the rule is that of sgd, adam */
	bool nesterov;  /* of sgd, lars */
};

/* Correlation: forward; its adjoints to the input (of `winograd`: k is values, dy is out), and to the kernels. */
typedef void correlation_forward(const struct correlation *c, const float *k, const float *b, enum activation f,
                                 const float *x, float *y);
typedef void correlation_input(const struct correlation *c, const float *k, const float *dy, enum activation f,
                               const float *x, float *dx, float *scratch);
typedef void correlation_kernels(const struct correlation *c, const float *x, const float *dy, float *dk, float *db,
                                 float *scratch);

/* The fast kernels of one instruction set. Results overwrite their targets. No kernel fails or allocates. */
struct kernels {
	const char *isa; /* "avx512", "avx2", "neon" or "portable" */

	/* Correlation: forward; adjoint to the input; adjoint to the kernels dk [count][rows][columns], summed over lanes
	 * in a fixed order. k has the shape of dk. b and db are [out_maps] or NULL. scratch: correlate_scratch floats.
	 *
	 * Here and below, forward functions give y = f(u). Adjoints to the input give dx = ∂E/∂x ∘ f′, where f is the
	 * activation of the layer below and f′ comes from x = f(u). If f is linear, they do not read x. */
	correlation_forward *correlate, *single;
	correlation_input *correlate_input, *single_input;
	correlation_kernels *correlate_kernels, *single_kernels;

	/* The same correlation with fewer multiplications (mathematics, Fewer multiplications), at P = c->points points.
	 * winograd_prepare makes values [P][count][kernel.rows], the kernels at the points. winograd leaves x at the points
	 * in `in` (winograd_in floats) for winograd_kernels. winograd_delta makes db, and dy at the points in `out`
	 * (winograd_out floats) for both adjoints. scratch: winograd_scratch floats. */
	void (*winograd_prepare)(const struct correlation *c, const float *k, float *values);
	void (*winograd)(const struct correlation *c, const float *values, const float *b, enum activation f,
	                 const float *x, float *y, float *in, float *scratch);
	void (*winograd_delta)(const struct correlation *c, const float *dy, float *db, float *out);
	correlation_input *winograd_input;
	void (*winograd_kernels)(const struct correlation *c, const float *in, const float *out, float *dk, float *scratch);

	/* The same by points in both directions, where grid_pays. x is not padded: [in_maps][in_rows][in_columns].
	 * grid_prepare makes the kernels at the points, grid_weights floats. scratch: grid_scratch floats. */
	void (*grid_prepare)(const struct correlation *c, const float *k, float *weights);
	void (*grid)(const struct correlation *c, const float *weights, const float *b, enum activation f, const float *x,
	             float *y, float *scratch);
	correlation_input *grid_input;
	correlation_kernels *grid_kernels;

	/* Full layer: y = W x + b, W [units][inputs]; dx = Wᵀ dy; dW = Σ_lanes dy xᵀ. scratch: 16·(inputs+15) floats. b and
	 * db may be NULL. The product is repeated for `positions` positions: x is [inputs][positions][16], y
	 * [units][positions][16] (a full layer has positions = 1; a mix of maps has rows × columns). */
	void (*full)(size_t units, size_t inputs, size_t positions, const float *w, const float *b, enum activation f,
	             const float *x, float *y);
	void (*full_input)(size_t units, size_t inputs, size_t positions, const float *w, const float *dy,
	                   enum activation f, const float *x, float *dx);
	void (*full_weights)(size_t units, size_t inputs, size_t positions, const float *x, const float *dy, float *dw,
	                     float *db, float *scratch);

	/* Sub-sampling (section 3.2); each number is in one window. Forward: d = down(x), sums that are kept for the
	 * adjoint; y_j = β_j d_j + b_j. Adjoint: db_j = Σ dy_j, dβ_j = Σ dy_j ∘ d_j, dx_j = β_j up(dy_j). dx may be NULL,
	 * and dβ with db. */
	void (*subsample)(const struct windows *w, const float *beta, const float *b, enum activation f, const float *x,
	                  float *d, float *y);
	void (*subsample_back)(const struct windows *w, const float *beta, const float *d, const float *dy,
	                       enum activation f, const float *x, float *dx, float *dbeta, float *db);

	/* Pooling by maximum and by mean. choice: the first largest number of each window, kept for the adjoint. dx of a
	 * number is the sum over its windows, by rows. */
	void (*pool_max)(const struct windows *w, const float *x, float *y, int32_t *choice);
	void (*pool_max_back)(const struct windows *w, const int32_t *choice, const float *dy, float *dx);
	void (*pool_mean)(const struct windows *w, const float *x, float *y);
	void (*pool_mean_back)(const struct windows *w, const float *dy, float *dx);

	/* Batch normalisation of maps of `positions` vectors of 16 lanes, of which 0 … lanes−1 are in use (mathematics,
	 * Layers that know training); without fused multiply-add. Of each of `maps` maps mean m and variance v, or, if
	 * mid [maps] is not NULL, mean and mean square of x − mid. Of one map y = f((x − m) factor + b). */
	void (*moments)(size_t maps, size_t positions, size_t lanes, const float *x, const float *mid, float *m, float *v);
	void (*batch_norm)(size_t positions, float m, float factor, float b, enum activation f, const float *x, float *y);

	/* The adjoint: plain = Σ dy and product = Σ dy ∘ (x − mean), with dy = 0 in empty lanes; then dx = scale (dy −
	 * level − (x − mean) slope), in empty lanes dx = scale dy. Second derivatives treat mean and factor as constants:
	 * plain = Σ hy, squares = Σ hy ∘ ((x − mean) factor)²; hx = (γ factor)² hy, may be NULL. dx may be dy, hx hy. */
	void (*batch_norm_sums)(size_t positions, float mean, const float *x, const float *dy, double *plain,
	                        double *product);
	void (*batch_norm_input)(size_t positions, size_t lanes, const struct batch_norm_slopes *s, const float *x,
	                         const float *dy, float *dx);
	void (*batch_norm_curve)(size_t positions, float mean, float factor, float gamma, const float *x, const float *hy,
	                         float *hx, double *plain, double *squares);

	/* y = x ∘ factor, and y = f(a + b), over `count` vectors of 16 lanes; y may be x, a or b. */
	void (*multiply)(size_t count, const float *x, const float *factor, float *y);
	void (*add)(size_t count, const float *a, const float *b, enum activation f, float *y);

	/* y ← f(y) over `count` vectors of 16 lanes; dy ← dy ∘ f′, with f′ from y = f(u). Of activations that are apart: y
	 * = f(u), y may be u; f′ comes from u if activation_keeps_u(f), otherwise from y; only leaky-relu reads slope. */
	void (*activate)(enum activation f, size_t count, float *y);
	void (*activate_back)(enum activation f, size_t count, const float *y, float *dy);
	void (*activate_apart)(enum activation f, float slope, size_t count, const float *u, float *y);
	void (*activate_apart_back)(enum activation f, float slope, size_t count, const float *from, float *dy);

	/* Losses (mathematics, Losses). cross_entropy needs low ≥ 0 and targets that sum to 1. */
	class_loss *squared_error, *cross_entropy;
	number_loss *squared_numbers, *absolute_numbers, *huber_numbers, *binary_entropy;

	/* Distortion: field[rows][pitch] = row_weight · noise[node_rows][node_columns] · column_weight; scratch:
	 * node_rows · pitch floats. */
	void (*warp_field)(const struct warp *w, const float *noise, float *scratch, float *field);
	/* out[maps][rows][columns]: position (r, c) is the map at row map[0] r + map[1] c + map[2] + field[0][r][c], column
	 * map[3] r + map[4] c + map[5] + field[1][r][c] (field [2][rows][pitch] may be NULL), to 1/256 of a position,
	 * bilinear; bytes are rounded, of classes it is the nearest, from half way on the lower and the right one.
	 * frame: each map with a border of what is outside, 1 above and left, 2 below and right. The same bytes with
	 * every instruction set, portable too. */
	void (*warp_image)(const struct warp *w, const float map[6], const float *field, size_t maps,
	                   const uint8_t *frame, uint8_t *out);
	void (*warp_floats)(const struct warp *w, const float map[6], const float *field, size_t maps,
	                    const float *frame, float *out);
	void (*warp_classes)(const struct warp *w, const float map[6], const float *field, const uint16_t *frame,
	                     uint16_t *out);

	/* Fixed point (the exact sum): sum[i] += rint(g[i] · scale), scale a power of two, |g·scale| < 2^51. Returns the
	 * largest |g[i]| as the bits of a float; those of NaN and infinity are larger than those of finite numbers. If it
	 * is ≥ the limit of the caller's exponent, the sums are wrong. */
	uint32_t (*fixed_add)(size_t count, double scale, const float *g, int64_t *sum);

	/* Converts back: g[i] = sum[i] · unit / divisor, unit a power of two; rounded to double twice, then to float. */
	void (*fixed_mean)(size_t count, double unit, double divisor, const int64_t *sum, float *g);

	/* Optimizers (mathematics, Updates), element-wise, no fused multiply-add; fade = rate·decay. s: squares, v:
	 * velocity, m: first moment.
	 *   momentum: v ← μ v + g; w ← w − (rate·v + fade·w), or w − (rate·(g + μ v) + fade·w) with nesterov
	 *   adagrad: s ← s + g²; w ← w − (rate·g / (√s + ε) + fade·w)
	 *   rmsprop: s ← β2 s + (1 − β2) g²; v ← μ v + g / (√s + ε); w ← w − (rate·v + fade·w)
	 *   adam: g′ = g + decay·w; m ← β1 m + (1 − β1) g′; s ← β2 s + (1 − β2) g′²;
	 *         w ← w − (rate·m / (root·√s + ε) + fade·w)
	 *   sdlm: v ← μ v + g; w ← w − rate / (damping + h) · (v + decay·w); h: second derivatives; `curved`
	 * The means m and s are computed in float64 and rounded once. */
	void (*momentum)(size_t count, float *w, float *v, const float *g, const struct update *u);
	void (*adagrad)(size_t count, float *w, float *s, const float *g, const struct update *u);
	void (*rmsprop)(size_t count, float *w, float *v, float *s, const float *g, const struct update *u);
	void (*adam)(size_t count, float *w, float *m, float *s, const float *g, const struct update *u);
	void (*curved)(size_t count, float *w, float *v, const float *h, const float *g, const struct update *u);

	/* For the trust ratios of lars and lamb. norm returns √Σ x², the squares summed in float64, always in one order.
	 *   slope: g ← scale·(g + decay·w), in float64, rounded once
	 *   lamb: m ← β1 m + (1 − β1) g; s ← β2 s + (1 − β2) g²; g ← lift·m / (root·√s + ε) + decay·w
	 *   descend: w ← w − scale·d, the product in float64
	 * average is the running mean of parameters: mean ← mean + come·(w − mean). */
	double (*norm)(size_t count, const float *x);
	void (*slope)(size_t count, float *g, const float *w, double scale, double decay);
	void (*lamb)(size_t count, const float *w, float *m, float *s, float *g, const struct update *u);
	void (*descend)(size_t count, float *w, const float *d, double scale);
	void (*average)(size_t count, float *mean, const float *w, float come);

	/* Runs `rounds` rounds of multiply-adds on registers. Returns the number of floating-point operations. */
	double (*peak)(size_t rounds);
};

/* kernels_choose returns the best table that this processor can run, or the one that CONVOY_ISA names; NULL and
 * EX_USAGE if the name is unknown or the processor lacks that set. kernels_named returns the table named `isa`; NULL if
 * it is unknown, was not built, or cannot run here. Local. */
const struct kernels *kernels_choose(struct err *err);
const struct kernels *kernels_named(const char *isa);

/* winograd_points returns the best number of points for a correlation; 0: do it directly. grid_pays returns whether
 * points in both directions are faster, single_pays whether `single` is: correlate where each output map has one input
 * map, to the bit, of x without padding. The others return floats: of scratch, of kernels, x, dy at points. Local. */
size_t winograd_points(const struct correlation *c);
bool grid_pays(const struct correlation *c);
bool single_pays(const struct correlation *c);
typedef size_t correlation_floats(const struct correlation *c);
correlation_floats correlate_scratch, winograd_values, winograd_in, winograd_out, winograd_scratch;
correlation_floats grid_weights, grid_scratch;

/* ---- The plain reference: float64, one sample, no lanes, loops like the formulas ------------------- */

void reference_correlate(const struct correlation *c, const double *k, const double *b, const double *x, double *y);
void reference_correlate_input(const struct correlation *c, const double *k, const double *dy, double *dx);
void reference_correlate_kernels(const struct correlation *c, const double *x, const double *dy, double *dk,
                                 double *db);
void reference_full(size_t units, size_t inputs, size_t positions, const double *w, const double *b, const double *x,
                    double *y);
void reference_full_input(size_t units, size_t inputs, size_t positions, const double *w, const double *dy, double *dx);
void reference_full_weights(size_t units, size_t inputs, size_t positions, const double *x, const double *dy,
                            double *dw, double *db);
void reference_subsample(const struct windows *w, const double *beta, const double *b, const double *x, double *d,
                         double *y);
void reference_subsample_back(const struct windows *w, const double *beta, const double *d, const double *dy,
                              double *dx, double *dbeta, double *db);
void reference_pool_max(const struct windows *w, const double *x, double *y);
void reference_pool_max_back(const struct windows *w, const double *x, const double *dy, double *dx);
void reference_pool_mean(const struct windows *w, const double *x, double *y);
void reference_pool_mean_back(const struct windows *w, const double *dy, double *dx);
/* Batch normalisation of `count` numbers that share mean and factor; dx = scale (dy − level − (x − mean) slope). */
void reference_moments(size_t count, const double *x, double *mean, double *variance);
void reference_batch_norm(size_t count, double mean, double factor, double b, const double *x, double *y);
void reference_batch_norm_sums(size_t count, double mean, const double *x, const double *dy, double *plain,
                               double *product);
void reference_batch_norm_input(size_t count, double mean, double scale, double level, double slope, const double *x,
                                const double *dy, double *dx);
void reference_batch_norm_curve(size_t count, double mean, double factor, double gamma, const double *x,
                                const double *hy, double *hx, double *plain, double *squares);
void reference_multiply(size_t count, const double *x, const double *factor, double *y);
void reference_add(size_t count, const double *x, double *y);
void reference_activate(enum activation f, double slope, size_t count, const double *u, double *y);
void reference_activate_back(enum activation f, double slope, size_t count, const double *from, double *dy);
/* Return the loss of classes y [classes][stride], stride numbers apart; dy, laid out like y, may be NULL. */
typedef double class_loss64(size_t classes, size_t stride, const double *y, size_t label, double low, double high,
                            double *dy);
class_loss64 reference_squared_error, reference_cross_entropy;
/* Return the loss of one number y with target t, and its slope. Only huber reads delta. */
typedef double number_loss64(double y, double t, double delta, double *dy);
number_loss64 reference_squared_number, reference_absolute_number, reference_huber_number, reference_binary_entropy;

/* ---- Exact sums of floats (mathematics, Exact sums of floats) ---------------------------------------------------- */

/* An exact sum: integer limbs, 32 bits apart. Sums of limbs over pieces, threads and ranks are sums of numbers, so the
 * result does not depend on the order or the grouping. Sums of floats have EXACT_LIMBS limbs, with bits from 2^-160 on.
 * Sums of products of two floats have EXACT_WIDE limbs, with bits from 2^-320 on. A sum begins with limbs of 0. */
enum { EXACT_LIMBS = 10, EXACT_WIDE = 20 };

/* Adds a finite number to a sum of EXACT_LIMBS or EXACT_WIDE limbs: a float, or with EXACT_WIDE the product of two
 * floats in float64. Any double of that size can be added; its bits below the lowest limb are cut off. After at most
 * 2^30 additions, call exact_carry. Local. */
void exact_add(size_t limbs, int64_t *limb, double x);

/* exact_carry moves what is above 32 bits in each limb to the next one, which leaves the sum as it is. exact_value
 * returns the sum, rounded once to the nearest float64. Local. */
void exact_carry(size_t limbs, int64_t *limb);
double exact_value(size_t limbs, const int64_t *limb);

/* Returns count·Σx² − (Σx)² of `count` numbers, the square of count times their deviation. It is exact, then rounded
 * once. Local, pure. */
double exact_spread(uint64_t count, const int64_t sum[EXACT_LIMBS], const int64_t squares[EXACT_WIDE]);

/* ---- Scalars that must be the same bits on every machine (no libm) -------------------------------- */

/* Return e^x, ln x, and cos(πx) for 0 ≤ x ≤ 1, in float64 with an error below 4 ulp. Local, pure. */
double scalar_exp(double x);
double scalar_log(double x);
double scalar_cospi(double x);

/* softmax_rows computes α[j][i] = exp(c[j][i]) / Σ_k exp(c[j][k]), the maximum subtracted first (section 3.3), and
 * softmax_rows_back its adjoint, dc[j][i] = α[j][i] (dα[j][i] − Σ_k α[j][k] dα[j][k]). α may be c, dc dα. Local. */
void softmax_rows(size_t rows, size_t columns, const float *c, float *alpha);
void softmax_rows_back(size_t rows, size_t columns, const float *alpha, const float *dalpha, float *dc);

/* Of an activation: whether it is apart, whether its f′ needs u, its one-of-c targets (section 2.1), which are 0 and 1,
 * or ±1 for tanh and scaled-tanh, and its word, "sigmoid", "scaled-tanh" … Local, pure. */
bool activation_apart(enum activation f);
bool activation_keeps_u(enum activation f);
void activation_targets(enum activation f, float *low, float *high);
extern const struct key_word activation_words[];
const char *activation_name(enum activation f);

#endif
