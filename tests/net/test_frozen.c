/* net: frozen layers. What they would need alone is not computed; what learns learns as if nothing were frozen. */
#include "nets.h"

#include <math.h>

enum { MOST = 6, ROUNDS = 60 };

/* A chain of random layers, and the same one with some of them frozen. */
struct scene {
	struct shelf shelf;
	struct net *plain, *frozen;
	float *w, *x; /* [parameters], [input][16] */
	int32_t label[LANES];
};

static bool parameters_of(const struct layer_keys *keys)
{
	return !word_is(keys->type, "pooling") && !word_is(keys->type, "dropout") && !word_is(keys->type, "upsampling");
}

static void scene_make(struct scene *s, struct dice *dice)
{
	struct layer_keys keys[MOST];
	struct shape input = {dice_from(dice, 1, 3), dice_from(dice, 6, 11), dice_from(dice, 6, 11)}, in = input;
	size_t layers = dice_from(dice, 3, MOST), learning = dice_below(dice, layers);
	*s = (struct scene){0};
	for (size_t l = 0; l < layers; l++) {
		keys[l] = spec_random(&s->shelf, dice, l + 1 < layers ? (enum kind)dice_below(dice, KINDS) : FULL, in);
		keys[l].activation = (enum activation)dice_below(dice, ACTIVATIONS);
		struct layer *layer = layer_must(&keys[l], in);
		in = layer->out;
		layer_destroy(layer);
	}
	keys[layers - 1].units = 4;
	keys[layers - 1].activation = ACTIVATION_LINEAR;
	s->plain = net_must(layers, keys, input, 4, LOSS_SOFTMAX_CROSS_ENTROPY);
	while (!parameters_of(&keys[learning]))
		learning++;
	for (size_t l = 0; l < layers; l++)
		keys[l].frozen = l != learning && parameters_of(&keys[l]) && dice_below(dice, 2) == 0;
	s->frozen = net_must(layers, keys, input, 4, LOSS_SOFTMAX_CROSS_ENTROPY);
	s->w = shelf_floats(&s->shelf, s->plain->parameters);
	s->x = shelf_random(&s->shelf, dice, shape_size(input) * LANES);
	net_init(s->plain, dice->thrown, s->w);
	for (size_t i = 0; i < s->plain->parameters; i++)
		s->w[i] += 0.1f * dice_float(dice);
	for (size_t l = 0; l < LANES; l++)
		s->label[l] = (int32_t)dice_below(dice, 4);
}

static void scene_clear(struct scene *s)
{
	net_destroy(s->plain);
	net_destroy(s->frozen);
	shelf_clear(&s->shelf);
}

/* ---- Counting what a pass asks of layers ------------------------------------------------------------------------- */

static struct {
	const struct layer *layer;
	const struct layer_type *own;
	struct layer_type type;
	size_t dx, dw;
} counted[MOST];
static bool inside; /* a curve that is made of `backward` */

static size_t number_of(const struct layer *self)
{
	size_t l = 0;
	while (counted[l].layer != self)
		l++;
	return l;
}

static void counting_backward(const struct layer *self, const struct kernels *k, const float *w, enum activation below,
                              const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch)
{
	size_t l = number_of(self);
	counted[l].dx += dx != NULL && !inside;
	counted[l].dw += dw != NULL && !inside;
	counted[l].own->backward(self, k, w, below, x, dy, dx, dw, keep, scratch);
}

static void counting_curve(const struct layer *self, const struct kernels *k, const float *w, const float *w2,
                           const float *x, const float *x2, const float *hy, float *hx, float *hw, float *keep,
                           float *scratch)
{
	size_t l = number_of(self);
	counted[l].dx += hx != NULL;
	counted[l].dw += hw != NULL;
	inside = true;
	counted[l].own->curve(self, k, w, w2, x, x2, hy, hx, hw, keep, scratch);
	inside = false;
}

static void counting_begin(const struct net *net)
{
	for (size_t l = 0; l < net->layers; l++) {
		counted[l].own = net->layer[l]->type;
		counted[l].type = *net->layer[l]->type;
		counted[l].layer = net->layer[l];
		counted[l].type.backward = counting_backward;
		counted[l].type.curve = counting_curve;
		counted[l].dx = counted[l].dw = 0;
		net->layer[l]->type = &counted[l].type;
	}
}

static void counting_end(const struct net *net)
{
	for (size_t l = 0; l < net->layers; l++)
		net->layer[l]->type = counted[l].own;
}

/* ---- Gradients and second derivatives ---------------------------------------------------------------------------- */

static size_t calls, last_call;

static void on_done(void *context, size_t layer, const float *dw)
{
	const struct net *net = context;
	assert_non_null(dw);
	assert_false(net->layer[layer]->frozen);
	assert_true(calls == 0 || layer < last_call);
	calls++;
	last_call = layer;
}

/* The gradient of a block, or its second derivatives, on top of what `out` holds. */
static void derive(struct scene *s, const struct net *net, const struct kernels *k, bool curve, float *out)
{
	struct err err = {0};
	struct pass pass;
	struct curvature curvature = {0};
	struct verdict verdict;
	assert_int_equal(pass_open(&pass, net, PASS_TRAIN, k, &err), 0);
	assert_int_equal(curvature_open(&curvature, net, &err), 0);
	memcpy(pass.map[0], s->x, shape_size(net->input) * LANES * sizeof *s->x);
	pass_prepare(&pass, s->w);
	pass_forward(&pass, s->w);
	targets_set(&pass.targets, s->label);
	pass_loss(&pass, true, &verdict);
	calls = 0;
	if (curve)
		pass_curvature(&pass, &curvature, s->w, out, on_done, (void *)net);
	else
		pass_backward(&pass, s->w, out, on_done, (void *)net);
	curvature_close(&curvature);
	pass_close(&pass);
}

static void frozen_layers_are_left_out(bool curve)
{
	const struct kernels *table[3];
	size_t tables = tables_here(table), left_out = 0, not_reached = 0;
	struct dice dice = {.seed = curve ? 81 : 82};
	for (size_t n = 0; n < ROUNDS; n++) {
		struct scene s;
		scene_make(&s, &dice);
		const struct net *net = s.frozen;
		size_t all = net->parameters, learning = 0, learners = 0;
		float *want = shelf_floats(&s.shelf, all), *found = shelf_floats(&s.shelf, all);
		for (size_t i = 0; i < all; i++)
			found[i] = 12345;
		derive(&s, s.plain, table[n % tables], curve, want);
		counting_begin(net);
		derive(&s, net, table[n % tables], curve, found);
		counting_end(net);
		for (size_t l = 0; l < net->layers; l++) {
			const struct layer *layer = net->layer[l];
			bool learns = layer->parameters > 0 && !layer->frozen;
			assert_int_equal(counted[l].dw, learns);
			assert_int_equal(counted[l].dx, learning > 0);
			left_out += layer->frozen;
			not_reached += layer->frozen && learning == 0;
			for (size_t i = net->offset[l]; i < net->offset[l + 1]; i++) {
				float expected = learns ? want[i] : 12345;
				if (memcmp(&found[i], &expected, sizeof expected) != 0)
					fail_msg("layer %zu (%s): %a, not %a", l, layer->type->name, found[i], expected);
			}
			learning += learns ? layer->parameters : 0;
			learners += learns;
		}
		assert_int_equal(net->learning, learning);
		assert_int_equal(calls, learners);
		scene_clear(&s);
	}
	assert_true(left_out > ROUNDS / 2 && not_reached > ROUNDS / 4);
}

static void gradients_of_frozen_layers_are_left_out(void **state)
{
	(void)state;
	frozen_layers_are_left_out(false);
}

static void second_derivatives_of_frozen_layers_are_left_out(void **state)
{
	(void)state;
	frozen_layers_are_left_out(true);
}

/* ---- Batch normalisation ----------------------------------------------------------------------------------------- */

/* Frozen, it takes its running means in training too: the block's samples do not see each other. */
static void frozen_batch_norm_is_that_of_evaluation(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 83};
	const struct layer_keys keys[] = {
		{.type = "convolution", .maps = 5, .kernel = 3, .rate = 2},
		{.type = "batch-norm", .activation = ACTIVATION_RELU, .frozen = true},
		{.type = "full", .units = 4},
	};
	struct net *net = net_must(3, keys, (struct shape){2, 7, 7}, 4, LOSS_SOFTMAX_CROSS_ENTROPY);
	struct shelf shelf = {0};
	struct err err = {0};
	size_t all = net->parameters, size = shape_size(net->input) * LANES, inner = shape_size(net->layer[1]->out) * LANES;
	float *w = shelf_random(&shelf, &dice, all), *x = shelf_random(&shelf, &dice, size);
	float *dw[2], *y[2];
	int32_t label[LANES];
	uint32_t sample[LANES] = {0};
	for (size_t i = net->offset[1]; i < net->offset[2]; i++)
		w[i] = 0.5f + fabsf(w[i]);
	for (size_t l = 0; l < LANES; l++)
		label[l] = (int32_t)l % 4;
	for (size_t training = 0; training < 2; training++) {
		struct pass pass;
		struct verdict verdict;
		dw[training] = shelf_bytes(&shelf, all * sizeof(float));
		assert_int_equal(pass_open(&pass, net, PASS_TRAIN, table[0], &err), 0);
		pass.context = (struct layer_context){.training = training == 1, .sample = sample, .count = LANES};
		memcpy(pass.map[0], x, size * sizeof *x);
		pass_prepare(&pass, w);
		pass_forward(&pass, w);
		targets_set(&pass.targets, label);
		pass_loss(&pass, true, &verdict);
		pass_backward(&pass, w, dw[training], NULL, NULL);
		y[training] = shelf_floats(&shelf, inner);
		memcpy(y[training], pass.map[2], inner * sizeof *x);
		pass_close(&pass);
	}
	assert_true(tables > 0);
	expect_same("y", inner, y[1], y[0]);
	expect_same("dw", all, dw[1], dw[0]);
	for (size_t i = net->offset[1]; i < net->offset[2]; i++)
		assert_true(dw[1][i] == 0);
	net_destroy(net);
	shelf_clear(&shelf);
}

/* ---- A net that cannot learn ------------------------------------------------------------------------------------- */

static void all_frozen_is_refused(void **state)
{
	(void)state;
	struct err err = {0};
	size_t bad = 99;
	const struct layer_keys keys[] = {
		{.type = "pooling", .method = "max", .window = 1}, {.type = "scale", .frozen = true},
		{.type = "full", .units = 4, .frozen = true},
	};
	struct layer_spec *spec[3];
	for (size_t l = 0; l < 3; l++)
		spec[l] = spec_make(&keys[l]);
	const struct task_spec task = {.count = 4, .loss = LOSS_SOFTMAX_CROSS_ENTROPY};
	assert_null(net_create(3, spec, (struct shape){1, 4, 4}, &task, &bad, &err));
	assert_int_equal(err.code, EX_CONFIG);
	assert_string_equal(err.text, "all layers with parameters are frozen: nothing is left to learn");
	assert_int_equal(bad, 1);
	for (size_t l = 0; l < 3; l++)
		layer_spec_destroy(spec[l]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gradients_of_frozen_layers_are_left_out),
		cmocka_unit_test(second_derivatives_of_frozen_layers_are_left_out),
		cmocka_unit_test(frozen_batch_norm_is_that_of_evaluation),
		cmocka_unit_test(all_frozen_is_refused),
	};
	return cmocka_run_group_tests_name("frozen", tests, NULL, NULL);
}
