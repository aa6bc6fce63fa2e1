/* Random nets. */
#include "nets.h"

struct net *net_must(size_t layers, const struct layer_keys *keys, struct shape input, size_t classes, enum loss loss)
{
	return net_must_learn(layers, keys, input, &(struct task_spec){.count = classes, .loss = loss});
}

struct net *net_must_learn(size_t layers, const struct layer_keys *keys, struct shape input,
                           const struct task_spec *task)
{
	struct err err = {0};
	size_t bad = 99;
	struct layer_spec **spec = memory_zeroed(layers, sizeof *spec, &err);
	assert_non_null(spec);
	for (size_t l = 0; l < layers; l++)
		spec[l] = spec_make(&keys[l]);
	struct net *net = net_create(layers, spec, input, task, &bad, &err);
	for (size_t l = 0; l < layers; l++)
		layer_spec_destroy(spec[l]);
	free(spec);
	assert_string_equal(err.text, "");
	assert_non_null(net);
	return net;
}

void targets_set(struct block_targets *targets, const int32_t label[LANES])
{
	for (size_t lane = 0; lane < LANES; lane++) {
		targets->class[lane] = label[lane];
		targets->weight[lane] = label[lane] >= 0;
	}
}

struct net *net_random(struct shelf *shelf, struct dice *dice)
{
	enum { MOST = 5 };
	struct layer_keys specs[MOST];
	struct shape input = {dice_from(dice, 1, 3), dice_from(dice, 6, 11), dice_from(dice, 6, 11)}, in = input;
	size_t layers = dice_from(dice, 2, MOST), classes = dice_from(dice, 2, 10);
	enum loss loss = dice_below(dice, 2) == 0 ? LOSS_SQUARED_ERROR : LOSS_SOFTMAX_CROSS_ENTROPY;
	for (size_t l = 0; l < layers; l++) {
		specs[l] = spec_random(shelf, dice, l + 1 < layers ? (enum kind)dice_below(dice, KINDS) : FULL, in);
		specs[l].activation = (enum activation)dice_below(dice, ACTIVATIONS);
		if (l + 1 == layers)
			specs[l].units = classes;
		if (l + 1 == layers && loss == LOSS_SOFTMAX_CROSS_ENTROPY)
			specs[l].activation = ACTIVATION_LINEAR;
		struct layer *layer = layer_must(&specs[l], in);
		in = layer->out;
		layer_destroy(layer);
	}
	return net_must(layers, specs, input, classes, loss);
}

struct net *net_lenet5(void)
{
	static const enum activation f = ACTIVATION_SCALED_TANH;
	const struct layer_keys specs[] = {
		{.type = "convolution", .maps = 6, .kernel = 5, .activation = f},
		{.type = "subsampling", .window = 2, .activation = f},
		{.type = "convolution", .maps = 16, .kernel = 5, .connections = CONNECT_LENET5, .activation = f},
		{.type = "subsampling", .window = 2, .activation = f},
		{.type = "convolution", .maps = 120, .kernel = 5, .activation = f},
		{.type = "full", .units = 84, .activation = f},
		{.type = "full", .units = 10, .activation = f},
	};
	return net_must(sizeof specs / sizeof *specs, specs, (struct shape){1, 32, 32}, 10, LOSS_SQUARED_ERROR);
}
