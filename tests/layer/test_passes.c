/* layer: forward and backward of every type, in lanes and in float64. */
#include "layers.h"
#include "naive.h"

#include <math.h>

enum { CASES = 40 * KINDS };

/* Sizes of a layer, for short. */
struct sizes {
	size_t x, y, w;
};

static struct sizes sizes_of(const struct layer *layer)
{
	return (struct sizes){shape_size(layer->in), shape_size(layer->out), layer->parameters};
}

/* A property of a layer that was planned by `spec`. */
typedef void property(const struct layer *layer, const struct layer_keys *spec, enum kind kind, struct shelf *shelf,
                      struct dice *dice);

/* Calls `check` for many random layers of every kind. */
static void each_layer(uint64_t seed, size_t cases, property *check)
{
	struct dice dice = {.seed = seed};
	for (size_t n = 0; n < cases; n++) {
		struct shelf shelf = {0};
		struct layer_keys spec;
		struct layer *layer = layer_random(&shelf, &dice, n % KINDS, &spec);
		check(layer, &spec, n % KINDS, &shelf, &dice);
		layer_destroy(layer);
		shelf_clear(&shelf);
	}
}

static double *doubles_random(struct shelf *shelf, struct dice *dice, size_t count)
{
	double *x = shelf_doubles(shelf, count);
	for (size_t i = 0; i < count; i++)
		x[i] = dice_float(dice);
	return x;
}

/* ---- Lanes against float64 --------------------------------------------------------------------------------------- */

struct lanes_results {
	float *y, *dx, *dw;
};

/* Both ways in lanes, from memory full of garbage. */
static struct lanes_results run(const struct layer *layer, const struct kernels *k, const float *w,
                                enum activation below, const float *x, const float *dy, float garbage,
                                struct shelf *shelf)
{
	struct sizes s = sizes_of(layer);
	struct lanes_results r = {shelf_floats(shelf, s.y * LANES), shelf_floats(shelf, s.x * LANES),
	                          shelf_floats(shelf, s.w)};
	float *keep = shelf_floats(shelf, layer->keep), *scratch = shelf_floats(shelf, layer->scratch);
	for (size_t i = 0; i < layer->keep; i++)
		keep[i] = garbage;
	for (size_t i = 0; i < layer->scratch; i++)
		scratch[i] = garbage;
	if (layer->type->prepare != NULL)
		layer->type->prepare(layer, k, w, keep);
	layer->type->forward(layer, k, w, x, r.y, keep, scratch);
	for (size_t i = 0; i < layer->scratch; i++)
		scratch[i] = -garbage; /* scratch does not live until the way back */
	layer->type->backward(layer, k, w, below, x, dy, r.dx, r.dw, keep, scratch);

	/* The first layer needs no dx: the rest is the same. */
	float *dw = shelf_floats(shelf, s.w);
	layer->type->backward(layer, k, w, below, x, dy, NULL, dw, keep, scratch);
	expect_same("dw without dx", s.w, r.dw, dw);
	return r;
}

/* What float64 makes of one lane, or of the sizes of all numbers (logits stay: α is not negative). */
static void lane64(const struct layer *layer, bool size, const float *w, const float *x, const float *dy, size_t lane,
                   double *y, double *dx, double *dw)
{
	struct sizes s = sizes_of(layer);
	struct shelf own = {0};
	double *w64 = shelf_widened(&own, s.w, w), *x64 = shelf_doubles(&own, s.x), *dy64 = shelf_doubles(&own, s.y);
	double *scratch = shelf_doubles(&own, layer->scratch64);
	lane_take(s.x, x, lane, x64);
	lane_take(s.y, dy, lane, dy64);
	if (size) {
		for (size_t i = 0; i < s.x; i++)
			x64[i] = fabs(x64[i]);
		for (size_t i = 0; i < s.y; i++)
			dy64[i] = fabs(dy64[i]);
		for (size_t l = 0; l < layer->tensors; l++)
			for (size_t i = 0; l != 2 && i < layer->tensor[l].count; i++)
				w64[layer->tensor[l].offset + i] = fabs(w64[layer->tensor[l].offset + i]);
	}
	layer->type->forward64(layer, w64, x64, y, scratch);
	for (size_t i = 0; i < layer->scratch64; i++)
		scratch[i] = NAN;
	layer->type->backward64(layer, w64, x64, dy64, dx, dw, scratch);
	/* dc = α (dα − Σ α dα) is no sum of products: it is at most twice Σ |y| |dy| of its map. */
	size_t positions = layer->out.rows * layer->out.columns;
	for (size_t p = 0; size && layer->tensors == 3 && p < layer->tensor[2].count; p++) {
		size_t j = p / layer->in.maps;
		dw[layer->tensor[2].offset + p] = 0;
		for (size_t i = j * positions; i < (j + 1) * positions; i++)
			dw[layer->tensor[2].offset + p] += 2 * y[i] * dy64[i];
	}
	shelf_clear(&own);
}

static void agrees_with_float64(const struct layer *layer, const struct layer_keys *spec, enum kind kind,
                                struct shelf *shelf, struct dice *dice)
{
	struct sizes s = sizes_of(layer);
	const struct kernels *table[3];
	struct lanes_results r[3];
	size_t tables = tables_here(table), kk = keys_kernel(spec).rows * keys_kernel(spec).columns;
	kk += spec->factor * spec->factor_columns + spec->window * (spec->window + spec->window_columns);
	size_t maps = layer->in.maps + layer->out.maps, positions = s.y / layer->out.maps;
	size_t terms = maps * (kk + 1) + positions + (spec->units != 0 ? s.x : 0) + 40;
	float *w = shelf_random(shelf, dice, s.w), *x = shelf_random(shelf, dice, s.x * LANES);
	float *dy = shelf_random(shelf, dice, s.y * LANES);
	double *y64 = shelf_doubles(shelf, 2 * s.y), *dx64 = shelf_doubles(shelf, 2 * s.x);
	double *dw64 = shelf_doubles(shelf, 2 * s.w);
	double *sum = shelf_bytes(shelf, 2 * s.w * sizeof *sum);
	for (size_t t = 0; t < tables; t++) {
		r[t] = run(layer, table[t], w, ACTIVATION_LINEAR, x, dy, NAN, shelf);
		struct lanes_results again = run(layer, table[t], w, ACTIVATION_LINEAR, x, dy, 1e30f, shelf);
		expect_same("y over other garbage", s.y * LANES, r[t].y, again.y);
		expect_same("dx over other garbage", s.x * LANES, r[t].dx, again.dx);
		expect_same("dw over other garbage", s.w, r[t].dw, again.dw);
		if (t == 0 || !tables_alike(table[t], table[t - 1]))
			continue;
		expect_same("y of avx2 and avx512", s.y * LANES, r[t].y, r[t - 1].y);
		expect_same("dx of avx2 and avx512", s.x * LANES, r[t].dx, r[t - 1].dx);
		expect_same("dw of avx2 and avx512", s.w, r[t].dw, r[t - 1].dw);
	}
	for (size_t lane = 0; lane < LANES; lane++) {
		lane64(layer, false, w, x, dy, lane, y64, dx64, dw64);
		lane64(layer, true, w, x, dy, lane, y64 + s.y, dx64 + s.x, dw64 + s.w);
		for (size_t i = 0; i < 2 * s.w; i++)
			sum[i] += dw64[i];
		/* The maxima of |x| are at other places; a number's gradient is the sum of some δ. */
		for (size_t i = 0; i < s.x && kind == POOLING_MAX_STEPS; i++) {
			dx64[s.x + i] = 0;
			for (size_t o = 0; o < s.y; o++)
				dx64[s.x + i] += fabs((double)dy[o * LANES + lane]);
		}
		for (size_t t = 0; t < tables; t++) {
			expect_close("y", table[t], s.y, r[t].y + lane, LANES, y64, y64 + s.y, (double)terms);
			expect_close("dx", table[t], s.x, r[t].dx + lane, LANES, dx64, dx64 + s.x, (double)terms);
		}
	}
	for (size_t t = 0; t < tables; t++)
		expect_close("dw", table[t], s.w, r[t].dw, 1, sum, sum + s.w, (double)terms);
}

static void lanes_agree_with_float64(void **state)
{
	(void)state;
	each_layer(91, CASES, agrees_with_float64);
}

/* ---- float64 against the formulas -------------------------------------------------------------------------------- */

/* x ⊗ 1: output (r, c) is input (⌊r / m⌋, ⌊c / n⌋). */
static void repeats_numbers(const struct layer *layer, const struct layer_keys *spec, const double *x, double *y)
{
	struct shape in = layer->in, out = layer->out;
	layer->type->forward64(layer, NULL, x, y, NULL);
	for (size_t j = 0; j < out.maps; j++)
		for (size_t r = 0; r < out.rows; r++)
			for (size_t c = 0; c < out.columns; c++)
				assert_true(y[(j * out.rows + r) * out.columns + c] ==
				            x[(j * in.rows + r / spec->factor) * in.columns + c / spec->factor_columns]);
}

static void agrees_with_formula(const struct layer *layer, const struct layer_keys *spec, enum kind kind,
                                struct shelf *shelf, struct dice *dice)
{
	struct sizes s = sizes_of(layer);
	if (kind == UPSAMPLING) {
		repeats_numbers(layer, spec, doubles_random(shelf, dice, s.x), shelf_doubles(shelf, s.y));
		return;
	}
	if (kind > COMBINATION_PER_PAIR || kind == SUBSAMPLING)
		return; /* the reference kernels are these formulas */
	double *w = doubles_random(shelf, dice, s.w), *x = doubles_random(shelf, dice, s.x);
	double *y = shelf_doubles(shelf, s.y), *want = shelf_doubles(shelf, s.y);
	layer->type->forward64(layer, w, x, y, shelf_doubles(shelf, layer->scratch64));
	naive_forward(spec, layer, w, x, want);
	for (size_t i = 0; i < s.y; i++)
		assert_true(fabs(y[i] - want[i]) <= 1e-12);
}

static void forward_is_the_formula(void **state)
{
	(void)state;
	each_layer(92, CASES, agrees_with_formula);
}

static double product(size_t count, const double *a, const double *b)
{
	double sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += a[i] * b[i];
	return sum;
}

static void is_adjoint(const struct layer *layer, const struct layer_keys *spec, enum kind kind, struct shelf *shelf,
                       struct dice *dice)
{
	(void)spec, (void)kind;
	struct sizes s = sizes_of(layer);
	double *w = doubles_random(shelf, dice, s.w), *x = doubles_random(shelf, dice, s.x);
	double *dy = doubles_random(shelf, dice, s.y);
	double *y = shelf_doubles(shelf, s.y), *dx = shelf_doubles(shelf, s.x), *dw = shelf_doubles(shelf, s.w);
	double *scratch = shelf_doubles(shelf, layer->scratch64);
	double bound = 1e-12 * (double)(s.x + s.y + s.w) * 10;

	/* Linear in the parameters (but for c), biases among them. */
	size_t linear = layer->tensors == 3 ? layer->tensor[2].offset : s.w;
	layer->type->forward64(layer, w, x, y, scratch);
	layer->type->backward64(layer, w, x, dy, dx, dw, scratch);
	if (layer->parameters > 0)
		assert_true(fabs(product(s.y, y, dy) - product(linear, w, dw)) <= bound);

	/* Linear in x without biases; of a maximum that holds piece by piece. */
	if (layer->tensors > 1)
		memset(w + layer->tensor[1].offset, 0, layer->tensor[1].count * sizeof *w);
	layer->type->forward64(layer, w, x, y, scratch);
	layer->type->backward64(layer, w, x, dy, dx, dw, scratch);
	assert_true(fabs(product(s.y, y, dy) - product(s.x, x, dx)) <= bound);

	double *alone = shelf_doubles(shelf, s.w);
	layer->type->backward64(layer, w, x, dy, NULL, alone, scratch);
	assert_memory_equal(alone, dw, s.w * sizeof *dw);
}

static void layers_are_adjoint(void **state)
{
	(void)state;
	each_layer(93, CASES, is_adjoint);
}

/* The same in lanes: the sums over all lanes. */
static void is_adjoint_in_lanes(const struct layer *layer, const struct layer_keys *spec, enum kind kind,
                                struct shelf *shelf, struct dice *dice)
{
	(void)spec, (void)kind;
	struct sizes s = sizes_of(layer);
	const struct kernels *table[3];
	size_t tables = tables_here(table), linear = layer->tensors == 3 ? layer->tensor[2].offset : s.w;
	float *w = shelf_random(shelf, dice, s.w), *x = shelf_random(shelf, dice, s.x * LANES);
	float *dy = shelf_random(shelf, dice, s.y * LANES);
	for (size_t t = 0; t < tables; t++)
		for (size_t biased = 0; biased < 2; biased++) {
			double sum[3] = {0}, size = 0;
			if (biased == 0 && layer->tensors > 1)
				memset(w + layer->tensor[1].offset, 0, layer->tensor[1].count * sizeof *w);
			else if (layer->tensors > 1)
				dice_fill(dice, layer->tensor[1].count, w + layer->tensor[1].offset);
			struct lanes_results r = run(layer, table[t], w, ACTIVATION_LINEAR, x, dy, 3, shelf);
			for (size_t i = 0; i < s.y * LANES; i++) {
				sum[0] += (double)r.y[i] * dy[i];
				size += fabs((double)r.y[i] * dy[i]);
			}
			for (size_t i = 0; i < s.x * LANES; i++)
				sum[1] += (double)x[i] * r.dx[i];
			for (size_t i = 0; i < linear; i++)
				sum[2] += (double)w[i] * r.dw[i];
			if (biased == 0)
				assert_true(fabs(sum[0] - sum[1]) <= 1e-5 * size);
			else if (s.w > 0)
				assert_true(fabs(sum[0] - sum[2]) <= 1e-5 * size);
		}
}

static void layers_are_adjoint_in_lanes(void **state)
{
	(void)state;
	each_layer(94, CASES, is_adjoint_in_lanes);
}

/* ---- Differences ------------------------------------------------------------------------------------------------- */

/* The slope of ⟨y, dy⟩ along v[at], v being w or x. */
static double slope(const struct layer *layer, const double *w, const double *x, double *v, size_t at, double step,
                    const double *dy, double *y, double *scratch)
{
	static const double to[4] = {-2, -1, 1, 2}, factor[4] = {1, -8, 8, -1};
	double was = v[at], sum = 0;
	for (size_t i = 0; i < 4; i++) {
		v[at] = was + to[i] * step;
		layer->type->forward64(layer, w, x, y, scratch);
		sum += factor[i] * product(shape_size(layer->out), y, dy);
	}
	v[at] = was;
	return sum / (12 * step);
}

static void has_right_gradient(const struct layer *layer, const struct layer_keys *spec, enum kind kind,
                               struct shelf *shelf, struct dice *dice)
{
	(void)spec, (void)kind;
	struct sizes s = sizes_of(layer);
	double *w = doubles_random(shelf, dice, s.w), *x = doubles_random(shelf, dice, s.x);
	double *dy = doubles_random(shelf, dice, s.y);
	double *y = shelf_doubles(shelf, s.y), *dx = shelf_doubles(shelf, s.x), *dw = shelf_doubles(shelf, s.w);
	double *scratch = shelf_doubles(shelf, layer->scratch64);
	/* Apart by more than the step, so that no maximum changes its place. */
	for (size_t i = 0; i < s.x; i++)
		x[i] = ((double)dice_below(dice, 1000) * 1000 + (double)i) / 500000 - 1;
	layer->type->backward64(layer, w, x, dy, dx, dw, scratch);
	for (size_t n = 0; n < 30; n++) {
		size_t i = dice_from(dice, 0, s.x - 1), p = s.w != 0 ? dice_from(dice, 0, s.w - 1) : 0;
		if (layer->tensors == 3 && n % 2 == 0)
			p = layer->tensor[2].offset + dice_from(dice, 0, layer->tensor[2].count - 1);
		assert_true(fabs(slope(layer, w, x, x, i, 4e-7, dy, y, scratch) - dx[i]) <= 1e-6);
		assert_true(s.w == 0 || fabs(slope(layer, w, x, w, p, 1e-4, dy, y, scratch) - dw[p]) <= 1e-8);
	}
}

static void gradients_are_the_differences(void **state)
{
	(void)state;
	each_layer(95, CASES, has_right_gradient);
}

/* A convolution as wide as its input runs as a full product: the same numbers as a full layer with those weights. */
static void wide_convolution_is_a_full_layer(void **state)
{
	(void)state;
	struct dice dice = {.seed = 96};
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	for (size_t n = 0; n < 20; n++) {
		struct shelf shelf = {0};
		size_t side = dice_from(&dice, 1, 5), units = dice_from(&dice, 1, 20);
		struct shape in = {dice_from(&dice, 1, 5), side, side};
		struct layer_keys wide = {.type = "convolution", .maps = units, .kernel = side};
		struct layer *convolution = layer_must(&wide, in);
		struct layer *full = layer_must(&(struct layer_keys){.type = "full", .units = units}, in);
		struct sizes s = sizes_of(full);
		assert_int_equal(convolution->parameters, s.w);
		float *w = shelf_random(&shelf, &dice, s.w), *x = shelf_random(&shelf, &dice, s.x * LANES);
		float *dy = shelf_random(&shelf, &dice, s.y * LANES);
		for (size_t t = 0; t < tables; t++) {
			struct lanes_results a = run(convolution, table[t], w, ACTIVATION_LINEAR, x, dy, NAN, &shelf);
			struct lanes_results b = run(full, table[t], w, ACTIVATION_LINEAR, x, dy, NAN, &shelf);
			expect_same("y", s.y * LANES, a.y, b.y);
			expect_same("dx", s.x * LANES, a.dx, b.dx);
			expect_same("dw", s.w, a.dw, b.dw);
		}
		layer_destroy(convolution);
		layer_destroy(full);
		shelf_clear(&shelf);
	}
}

/* ---- Activations ------------------------------------------------------------------------------------------------- */

/* A layer's y is f of the linear layer's, but for an f that is apart, its dx the linear layer's times the slope of the layer below, bit by bit. */
static void finishes_activations(const struct layer *layer, const struct layer_keys *spec, enum kind kind,
                                 struct shelf *shelf, struct dice *dice)
{
	(void)kind;
	struct sizes s = sizes_of(layer);
	struct layer_keys active = *spec;
	active.activation = (enum activation)dice_below(dice, ACTIVATIONS);
	struct layer *with = layer_must(&active, layer->in);
	enum activation below = (enum activation)dice_below(dice, ACTIVATION_LEAKY_RELU); /* none that is apart */
	const struct kernels *table[3];
	float *w = shelf_random(shelf, dice, s.w), *x = shelf_random(shelf, dice, s.x * LANES);
	float *dy = shelf_random(shelf, dice, s.y * LANES);
	for (size_t t = 0, tables = tables_here(table); t < tables; t++) {
		struct lanes_results plain = run(layer, table[t], w, ACTIVATION_LINEAR, x, dy, 0, shelf);
		struct lanes_results r = run(with, table[t], w, below, x, dy, 0, shelf);
		assert_int_equal(with->fused, activation_apart(with->activation) ? ACTIVATION_LINEAR : with->activation);
		table[t]->activate(with->fused, s.y, plain.y);
		table[t]->activate_back(below, s.x, x, plain.dx);
		expect_same("y after the activation", s.y * LANES, r.y, plain.y);
		expect_same("dx before the activation below", s.x * LANES, r.dx, plain.dx);
		expect_same("dw", s.w, r.dw, plain.dw);
	}
	layer_destroy(with);
}

static void activations_are_finished(void **state)
{
	(void)state;
	each_layer(17, CASES, finishes_activations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lanes_agree_with_float64),
		cmocka_unit_test(forward_is_the_formula),
		cmocka_unit_test(layers_are_adjoint),
		cmocka_unit_test(layers_are_adjoint_in_lanes),
		cmocka_unit_test(gradients_are_the_differences),
		cmocka_unit_test(wide_convolution_is_a_full_layer),
		cmocka_unit_test(activations_are_finished),
	};
	return cmocka_run_group_tests_name("passes", tests, NULL, NULL);
}
