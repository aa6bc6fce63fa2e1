/* Random nets. */
#include "nets.h"

#include <stdio.h>

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

/* ---- With branches ----------------------------------------------------------------------------------------------- */

enum { GRAPH_MAPS = 16 };

/* Layers so far: the keys of layer l, the shape of map m, and whether a layer reads it. */
struct graph {
	struct shelf *shelf;
	struct dice *dice;
	size_t layers;
	struct layer_keys keys[GRAPH_MAPS];
	struct shape shape[GRAPH_MAPS + 1];
	bool read[GRAPH_MAPS + 1];
};

/* The next layer reads that map too: by its number back, or its name. */
static void graph_reads(struct graph *g, size_t map)
{
	enum { TEXT = 16 };
	struct layer_keys *keys = &g->keys[g->layers];
	char *text = shelf_bytes(g->shelf, TEXT);
	size_t s = 0;
	while (keys->from[s] != NULL)
		s++;
	if (map == 0 && dice_below(g->dice, 2) == 0)
		snprintf(text, TEXT, "input");
	else if (map > 0 && g->keys[map - 1].name != NULL)
		snprintf(text, TEXT, "%s", g->keys[map - 1].name);
	else
		snprintf(text, TEXT, "-%zu", g->layers + 1 - map);
	keys->from[s] = text;
	g->read[map] = true;
}

static void graph_push(struct graph *g, struct shape out)
{
	enum { TEXT = 16 };
	if (dice_below(g->dice, 3) == 0) {
		char *name = shelf_bytes(g->shelf, TEXT);
		snprintf(name, TEXT, "l%zu", g->layers);
		g->keys[g->layers].name = name;
	}
	g->shape[++g->layers] = out;
}

/* A layer of one input. */
static void graph_grow(struct graph *g, enum kind kind, size_t units)
{
	size_t map = (size_t)dice_below(g->dice, g->layers + 1);
	struct layer_keys *keys = &g->keys[g->layers];
	*keys = spec_random(g->shelf, g->dice, kind, g->shape[map]);
	keys->activation = (enum activation)dice_below(g->dice, ACTIVATIONS);
	keys->units = units > 0 ? units : keys->units;
	struct layer *layer = layer_must(keys, g->shape[map]);
	graph_reads(g, map);
	graph_push(g, layer->out);
	layer_destroy(layer);
}

/* A join of two or three maps that fit; the same map may come twice. */
static void graph_join(struct graph *g)
{
	bool add = dice_below(g->dice, 2) == 0;
	size_t first = (size_t)dice_below(g->dice, g->layers + 1), inputs = dice_from(g->dice, 2, 3);
	struct shape out = g->shape[first];
	g->keys[g->layers] = (struct layer_keys){.type = add ? "add" : "concatenate",
	                                         .activation = (enum activation)dice_below(g->dice, ACTIVATIONS)};
	graph_reads(g, first);
	for (size_t tries = 0, found = 1; found < inputs; tries++) {
		size_t map = tries < 20 ? (size_t)dice_below(g->dice, g->layers + 1) : first;
		struct shape shape = g->shape[map];
		if (shape.rows != out.rows || shape.columns != out.columns || (add && shape.maps != out.maps))
			continue;
		out.maps += add ? 0 : shape.maps;
		graph_reads(g, map);
		found++;
	}
	graph_push(g, out);
}

struct net *net_random_graph(struct shelf *shelf, struct dice *dice)
{
	enum { MOST = 7 };
	struct graph g = {.shelf = shelf, .dice = dice};
	size_t layers = dice_from(dice, 2, MOST), classes = dice_from(dice, 2, 10);
	enum loss loss = dice_below(dice, 2) == 0 ? LOSS_SQUARED_ERROR : LOSS_SOFTMAX_CROSS_ENTROPY;
	g.shape[0] = (struct shape){dice_from(dice, 1, 3), dice_from(dice, 4, 9), dice_from(dice, 4, 9)};
	while (g.layers < layers)
		if (dice_below(dice, 3) == 0)
			graph_join(&g);
		else
			graph_grow(&g, (enum kind)dice_below(dice, KINDS), 0);
	size_t inner = g.layers, ends = 0;
	for (size_t map = 1; map <= inner; map++) {
		if (g.read[map])
			continue;
		g.keys[g.layers] = (struct layer_keys){.type = "full", .units = classes};
		graph_reads(&g, map);
		graph_push(&g, (struct shape){classes, 1, 1});
		ends++;
	}
	if (ends > 1) {
		g.keys[g.layers] = (struct layer_keys){.type = "add"};
		for (size_t e = 0; e < ends; e++)
			graph_reads(&g, inner + 1 + e);
		graph_push(&g, (struct shape){classes, 1, 1});
	}
	return net_must(g.layers, g.keys, g.shape[0], classes, loss);
}

struct net *net_random_any(struct shelf *shelf, struct dice *dice)
{
	return dice_below(dice, 2) == 0 ? net_random(shelf, dice) : net_random_graph(shelf, dice);
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
