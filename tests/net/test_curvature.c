/* net: second derivatives against numeric Jacobians, in the sense of Gauss and Newton: h = diag(Jᵀ H J). */
#include "nets.h"

#include <math.h>

/* ---- One layer at a time: there the diagonal of Jᵀ diag(h) J drops nothing --------------------------------------- */

/* One sample's way through a layer in float64, activation left out. */
struct layer64 {
	const struct layer *layer;
	double *w, *x, *y, *scratch;
};

/* Adds Σ_o (∂u_o/∂*at)² h_o to *sum; u is linear in x and in all parameters but logits. */
static void column_add(const struct layer64 *s, double *at, const double *h, double *above, double *sum)
{
	static const double step = 1e-8; /* so that no maximum changes hands within it */
	size_t outputs = shape_size(s->layer->out);
	double own = *at;
	*at = own + step;
	s->layer->type->forward64(s->layer, s->w, s->x, above, s->scratch);
	*at = own - step;
	s->layer->type->forward64(s->layer, s->w, s->x, s->y, s->scratch);
	*at = own;
	for (size_t o = 0; o < outputs; o++) {
		double slope = (above[o] - s->y[o]) / (2 * step);
		*sum += slope * slope * h[o];
	}
}

/* ‖a − b‖ ≤ tolerance ‖b‖. */
static void assert_near(const char *what, const struct layer *layer, size_t count, const double *a, const double *b,
                        double tolerance)
{
	double difference = 0, norm = 0;
	for (size_t i = 0; i < count; i++) {
		difference += (a[i] - b[i]) * (a[i] - b[i]);
		norm += b[i] * b[i];
	}
	if (!(sqrt(difference) <= tolerance * sqrt(norm) + 1e-9))
		fail_msg("%s of %s: %g of %g", what, layer->type->name, sqrt(difference), sqrt(norm));
}

/* hx of each lane and hw, summed over the lanes, by columns; hw from `lane` on is compared by the caller. */
static void layer_is_exact(const struct layer *layer, const struct kernels *k, struct shelf *shelf, struct dice *dice)
{
	size_t in = shape_size(layer->in), out = shape_size(layer->out), all = layer->parameters;
	float *w = shelf_random(shelf, dice, all), *x = shelf_random(shelf, dice, in * LANES);
	float *hy = shelf_random(shelf, dice, out * LANES), *w2 = shelf_floats(shelf, all);
	float *x2 = shelf_floats(shelf, in * LANES), *y = shelf_floats(shelf, out * LANES);
	float *hx = shelf_floats(shelf, in * LANES), *hw = shelf_floats(shelf, all), *first = shelf_floats(shelf, all);
	float *keep = shelf_floats(shelf, layer->keep), *scratch = shelf_floats(shelf, layer->scratch);
	for (size_t i = 0; i < out * LANES; i++)
		hy[i] = fabsf(hy[i]);
	for (size_t i = 0; i < all; i++)
		w2[i] = w[i] * w[i];
	for (size_t i = 0; i < in * LANES; i++)
		x2[i] = x[i] * x[i];
	for (size_t way = 0; way < 2; way++) { /* the first layer needs no hx */
		if (layer->type->prepare != NULL)
			layer->type->prepare(layer, k, w, keep);
		layer->type->forward(layer, k, w, x, y, keep, scratch);
		for (size_t i = 0; i < layer->scratch; i++)
			scratch[i] = NAN;
		layer->type->curve(layer, k, w, w2, x, x2, hy, way == 0 ? NULL : hx, way == 0 ? first : hw, keep, scratch);
	}
	expect_same("hw without hx", all, hw, first);

	struct layer64 s = {layer, shelf_widened(shelf, all, w), shelf_doubles(shelf, in), shelf_doubles(shelf, out),
	                    shelf_doubles(shelf, layer->scratch64)};
	double *above = shelf_doubles(shelf, out), *h = shelf_doubles(shelf, out), *found = shelf_doubles(shelf, in);
	double *want = shelf_doubles(shelf, in), *want_w = shelf_bytes(shelf, all * sizeof(double));
	for (size_t lane = 0; lane < LANES; lane++) {
		lane_take(in, x, lane, s.x);
		lane_take(out, hy, lane, h);
		lane_take(in, hx, lane, found);
		for (size_t i = 0; i < in; i++) {
			want[i] = 0;
			column_add(&s, &s.x[i], h, above, &want[i]);
		}
		assert_near("hx", layer, in, found, want, 1e-5);
		for (size_t i = 0; i < all; i++)
			column_add(&s, &s.w[i], h, above, &want_w[i]);
	}
	for (size_t t = 0; t < layer->tensors; t++) {
		const struct tensor *tensor = &layer->tensor[t];
		assert_near(tensor->name, layer, tensor->count, shelf_widened(shelf, tensor->count, hw + tensor->offset),
		            want_w + tensor->offset, 1e-5);
	}
}

static void layers_are_exact(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 71};
	for (size_t n = 0; n < 5 * KINDS; n++) {
		struct shelf shelf = {0};
		struct layer_keys spec;
		struct layer *layer = layer_random(&shelf, &dice, n % KINDS, &spec);
		layer_is_exact(layer, table[n % tables], &shelf, &dice);
		layer_destroy(layer);
		shelf_clear(&shelf);
	}
}

/* ---- Whole nets -------------------------------------------------------------------------------------------------- */

/* ∂ of the outputs of a net in float64, by differences: y [classes] at w. */
static void outputs64(const struct net *net, const double *w, const double *x, double *y)
{
	struct shelf own = {0};
	double **map = shelf_bytes(&own, (net->layers + 1) * sizeof *map);
	map[0] = shelf_doubles(&own, shape_size(net->input));
	memcpy(map[0], x, shape_size(net->input) * sizeof *x);
	for (size_t l = 0; l < net->layers; l++) {
		const struct stop *s = &net->stop[l];
		const struct layer *layer = s->layer;
		const double *in[LAYER_SOURCES];
		for (size_t i = 0; i < s->sources; i++)
			in[i] = map[s->source[i].map];
		double *out = map[l + 1] = shelf_doubles(&own, shape_size(layer->out));
		if (layer->type->join64 != NULL)
			layer->type->join64(layer, in, out);
		else
			layer->type->forward64(layer, w + net->offset[l], in[0], out, shelf_doubles(&own, layer->scratch64));
		reference_activate(layer->activation, layer->slope, shape_size(layer->out), out, out);
	}
	memcpy(y, map[net->layers], net->task.count * sizeof *y);
	shelf_clear(&own);
}

/* h of a block. */
static float *curvature_of(const struct net *net, const struct kernels *k, struct shelf *shelf, const float *w,
                           const float *x, const int32_t *label)
{
	struct err err = {0};
	struct pass pass;
	struct verdict verdict;
	struct curvature curvature;
	float *h = shelf_floats(shelf, net->parameters);
	assert_int_equal(pass_open(&pass, net, PASS_TRAIN, k, &err), 0);
	assert_int_equal(curvature_open(&curvature, net, &err), 0);
	memcpy(pass.map[0], x, shape_size(net->input) * LANES * sizeof *x);
	pass_prepare(&pass, w);
	pass_forward(&pass, w);
	targets_set(&pass.targets, label);
	pass_loss(&pass, true, &verdict);
	pass_curvature(&pass, &curvature, w, h, NULL, NULL);
	curvature_close(&curvature);
	pass_close(&pass);
	return h;
}

/* Where only one path leads from a number to the outputs, and those meet in no other: h = Σ_k H_kk (∂y_k/∂w)². */
static void one_path(enum loss loss, size_t layers, const struct layer_keys *specs)
{
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct shelf shelf = {0};
	struct dice dice = {.seed = 72};
	struct net *net = net_must(layers, specs, (struct shape){1, 4, 4}, 4, loss);
	size_t in = shape_size(net->input), all = net->parameters;
	float *w = shelf_random(&shelf, &dice, all);
	float *x = shelf_random(&shelf, &dice, in * LANES);
	double *w64 = shelf_widened(&shelf, all, w), *want = shelf_bytes(&shelf, all * sizeof(double));
	double *x64 = shelf_doubles(&shelf, in), y[3][4];
	int32_t label[LANES];
	for (size_t lane = 0; lane < LANES; lane++)
		label[lane] = lane < 13 ? (int32_t)(lane % 4) : -1;
	for (size_t lane = 0; lane < 13; lane++) {
		double sum = 0, p[4];
		lane_take(in, x, lane, x64);
		outputs64(net, w64, x64, y[2]);
		for (size_t k = 0; k < 4; k++)
			sum += exp(y[2][k]);
		for (size_t k = 0; k < 4; k++)
			p[k] = exp(y[2][k]) / sum;
		for (size_t i = 0; i < all; i++) {
			double own = w64[i], step = 1e-5;
			w64[i] = own + step;
			outputs64(net, w64, x64, y[0]);
			w64[i] = own - step;
			outputs64(net, w64, x64, y[1]);
			w64[i] = own;
			for (size_t k = 0; k < 4; k++) {
				double slope = (y[0][k] - y[1][k]) / (2 * step);
				want[i] += slope * slope * (loss == LOSS_SQUARED_ERROR ? 1 : p[k] * (1 - p[k]));
			}
		}
	}
	for (size_t t = 0; t < tables; t++) {
		const float *h = curvature_of(net, table[t], &shelf, w, x, label);
		for (size_t n = 0; n < net->tensors; n++)
			assert_near(net->tensor[n].own->name, net->layer[net->tensor[n].layer], net->tensor[n].count,
			            shelf_widened(&shelf, net->tensor[n].count, h + net->tensor[n].offset),
			            want + net->tensor[n].offset, 2e-5);
	}
	net_destroy(net);
	shelf_clear(&shelf);
}

static void chain_is_exact(enum loss loss, enum activation last, enum activation middle,
                           const struct layer_keys *first)
{
	const struct layer_keys specs[] = {
		*first, {.type = "full", .units = 1, .activation = middle, .slope = 0.25},
		{.type = "full", .units = 4, .activation = last},
	};
	one_path(loss, 3, specs);
}

static void expect_twice(size_t count, const float *h, const float *twice)
{
	for (size_t i = 0; i < count; i++)
		assert_true(h[i] > 0 && fabsf(twice[i] - 2 * h[i]) <= 1e-6f * twice[i]);
}

static void nets_with_one_path_are_exact(void **state)
{
	(void)state;
	/* The first layer's outputs go each through its own weight to the one unit: exact where its numbers feed one. */
	static const struct layer_keys whole = {.type = "convolution", .maps = 3, .kernel = 4, .activation = ACTIVATION_SIGMOID};
	static const struct layer_keys largest = {.type = "pooling", .method = "max", .window = 2};
	chain_is_exact(LOSS_SQUARED_ERROR, ACTIVATION_SCALED_TANH, ACTIVATION_TANH, &whole);
	chain_is_exact(LOSS_SOFTMAX_CROSS_ENTROPY, ACTIVATION_LINEAR, ACTIVATION_TANH, &whole);
	chain_is_exact(LOSS_SQUARED_ERROR, ACTIVATION_RELU, ACTIVATION_TANH, &largest);
	for (enum activation f = ACTIVATION_LEAKY_RELU; f < ACTIVATIONS; f++) {
		chain_is_exact(LOSS_SQUARED_ERROR, f, ACTIVATION_TANH, &whole);
		chain_is_exact(LOSS_SOFTMAX_CROSS_ENTROPY, ACTIVATION_LINEAR, f, &whole);
	}
}

/* A parameter of one of two branches that are joined has one path too: those beside it add nothing to its own. */
static void branches_are_exact(void **state)
{
	(void)state;
	static const char *const joins[] = {"add", "concatenate"};
	for (size_t j = 0; j < 2; j++) {
		const struct layer_keys specs[] = {
			{.type = "convolution", .maps = 3, .kernel = 4, .activation = ACTIVATION_SIGMOID},
			{.type = "full", .units = 1, .activation = ACTIVATION_TANH},
			{.type = "full", .units = 1, .from = {"input"}, .activation = ACTIVATION_TANH},
			{.type = joins[j], .from = {"-2", "-1"}, .activation = ACTIVATION_TANH},
			{.type = "full", .units = 4},
		};
		one_path(LOSS_SQUARED_ERROR, 5, specs);
		one_path(LOSS_SOFTMAX_CROSS_ENTROPY, 5, specs);
	}
}

/* What a layer gives each of several readers goes back as the sum of what each of them gives it: with a second reader like
 * the first that is twice as much. */
static void readers_add_their_curvature(void **state)
{
	(void)state;
	const struct layer_keys one[] = {
		{.type = "full", .units = 3, .activation = ACTIVATION_TANH}, {.type = "scale"}, {.type = "full", .units = 4},
	};
	const struct layer_keys two[] = {
		one[0], one[1], {.type = "scale", .from = {"-2"}}, {.type = "full", .units = 4, .from = {"-2"}},
		{.type = "full", .units = 4, .from = {"-2"}}, {.type = "concatenate", .from = {"-2", "-1"}},
	};
	struct net *net[2] = {net_must(3, one, (struct shape){1, 2, 2}, 4, LOSS_SQUARED_ERROR),
	                      net_must(6, two, (struct shape){1, 2, 2}, 8, LOSS_SQUARED_ERROR)};
	struct shelf shelf = {0};
	struct dice dice = {.seed = 74};
	float *x = shelf_random(&shelf, &dice, 4 * LANES), *h[2];
	for (size_t n = 0; n < 2; n++) {
		float *w = shelf_floats(&shelf, net[n]->parameters);
		int32_t label[LANES] = {0};
		net_init(net[n], 5, w);
		for (size_t l = 3; n == 1 && l < 5; l++) /* both as in the first net */
			for (size_t i = 0; i < 12; i++)
				w[net[1]->offset[l] + i] = 0.1f * (float)(i + 1);
		for (size_t i = 0; n == 0 && i < 12; i++)
			w[net[0]->offset[2] + i] = 0.1f * (float)(i + 1);
		h[n] = curvature_of(net[n], kernels_named("portable"), &shelf, w, x, label);
	}
	expect_twice(net[0]->layer[0]->parameters, h[0], h[1]);
	net_destroy(net[0]);
	net_destroy(net[1]);
	shelf_clear(&shelf);
}

/* Curvature is never negative, and empty lanes add nothing, whatever the net. */
static void random_nets_have_no_negative_curvature(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 73};
	for (size_t n = 0; n < 90; n++) {
		struct shelf shelf = {0};
		struct net *net = net_random_any(&shelf, &dice);
		struct err err = {0};
		size_t in = shape_size(net->input), used = dice_from(&dice, 1, LANES);
		float *w = shelf_random(&shelf, &dice, net->parameters), *h[3], *x = shelf_random(&shelf, &dice, in * LANES);
		int32_t label[LANES];
		for (size_t lane = 0; lane < LANES; lane++)
			label[lane] = lane < used ? (int32_t)dice_below(&dice, net->task.count) : -1;
		for (size_t t = 0; t < tables; t++) {
			struct pass pass;
			struct verdict verdict;
			struct curvature curvature;
			h[t] = shelf_floats(&shelf, net->parameters);
			assert_int_equal(pass_open(&pass, net, PASS_TRAIN, table[t], &err), 0);
			assert_int_equal(curvature_open(&curvature, net, &err), 0);
			memcpy(pass.map[0], x, in * LANES * sizeof *x);
			for (size_t i = 0; i < in; i++)
				for (size_t lane = used; lane < LANES; lane++)
					pass.map[0][i * LANES + lane] = dice_float(&dice);
			pass_prepare(&pass, w);
			pass_forward(&pass, w);
			targets_set(&pass.targets, label);
			pass_loss(&pass, true, &verdict);
			pass_curvature(&pass, &curvature, w, h[t], NULL, NULL);
			for (size_t i = 0; i < net->parameters; i++)
				assert_true(h[t][i] >= 0);
			if (t > 0 && tables_alike(table[t], table[t - 1]))
				expect_same("h of avx2 and avx512", net->parameters, h[t], h[t - 1]);
			curvature_close(&curvature);
			pass_close(&pass);
		}
		net_destroy(net);
		shelf_clear(&shelf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers_are_exact),
		cmocka_unit_test(nets_with_one_path_are_exact),
		cmocka_unit_test(branches_are_exact),
		cmocka_unit_test(readers_add_their_curvature),
		cmocka_unit_test(random_nets_have_no_negative_curvature),
	};
	return cmocka_run_group_tests_name("curvature", tests, NULL, NULL);
}
