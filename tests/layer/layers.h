/* Random layers of every type, for the tests of layer and net. */
#ifndef TESTS_LAYER_LAYERS_H
#define TESTS_LAYER_LAYERS_H

#include <convoy/layer.h>

#include "kernel/lanes.h"
#include "specs.h"

/* The kinds of layers that differ in what they compute. */
enum kind {
	CONVOLUTION_VALID,
	CONVOLUTION_SAME,
	SUBSAMPLING,
	COMBINATION_PER_INPUT,
	COMBINATION_PER_PAIR,
	FULL,
	POOLING_MAX,
	POOLING_MEAN,
	POOLING_MAX_STEPS, /* of any windows, in steps of any lengths */
	POOLING_MEAN_STEPS,
	SCALE,
	UPSAMPLING,
	KINDS
};

/* Random keys of that kind that fit maps of shape `in`; lists live on the shelf. */
struct layer_keys spec_random(struct shelf *shelf, struct dice *dice, enum kind kind, struct shape in);

/* A random input shape, then a random layer on it. Destroy with layer_destroy. */
struct layer *layer_random(struct shelf *shelf, struct dice *dice, enum kind kind, struct layer_keys *spec);

/* A random combination with that penalty (NULL: none), λ 0.25 and 3 epochs of warm-up, tanh. */
struct layer *combination_random(struct dice *dice, const char *penalty, struct layer_keys *spec);

/* Plans a layer that must be possible. */
struct layer *layer_must(const struct layer_keys *spec, struct shape in);
struct layer *layer_must_plan(const struct layer_spec *spec, struct shape in);

#endif
