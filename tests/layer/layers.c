/* Random layers of every type. */
#include "layers.h"

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Any connection table that these numbers of maps allow. */
static void connections_random(struct shelf *shelf, struct dice *dice, size_t in_maps, struct layer_keys *spec)
{
	size_t kind = dice_from(dice, 0, 4);
	if (kind == 0 && in_maps == 6) {
		spec->connections = CONNECT_LENET5;
		spec->maps = 16;
	} else if (kind == 1 && in_maps >= 2) {
		spec->connections = CONNECT_PAIRS;
	} else if (kind == 2 && in_maps >= 3) {
		spec->connections = CONNECT_TRIPLES;
	} else if (kind == 3) {
		const struct connections *table = table_random(shelf, dice, in_maps, spec->maps);
		uint32_t *first = shelf_bytes(shelf, (spec->maps + 1) * sizeof *first);
		uint32_t *input = shelf_bytes(shelf, table->count * sizeof *input);
		memcpy(first, table->first, (spec->maps + 1) * sizeof *first);
		memcpy(input, table->input, table->count * sizeof *input);
		spec->connections = CONNECT_LIST;
		spec->list = (struct connection_list){spec->maps, first, input};
	} else {
		spec->connections = CONNECT_FULL;
	}
}

/* Groups that divide the input maps, often as many, and maps of a multiple of them. */
static void groups_random(struct dice *dice, size_t in_maps, struct layer_keys *spec)
{
	size_t groups = dice_below(dice, 2) == 0 ? in_maps : dice_from(dice, 1, in_maps);
	while (in_maps % groups != 0)
		groups--;
	spec->maps = groups * dice_from(dice, 1, 3);
	spec->groups = groups == in_maps && dice_below(dice, 2) == 0 ? GROUPS_EACH : groups;
}

/* Whether centred windows leave out no number behind the last. */
static bool reaches(size_t side, size_t window, size_t stride)
{
	size_t last = (side - 1) / stride * stride;
	return stride > window || last + window >= side + (window - 1) / 2;
}

/* Sides up to `most`, not always equal, that fit into the input if it is not padded; steps and dilation. */
static void kernel_random(struct dice *dice, bool same, size_t most, struct shape in, struct layer_keys *spec)
{
	bool square = dice_below(dice, 2) == 0;
	spec->padding = !same ? "valid" : dice_below(dice, 2) == 0 ? "same" : "centred";
	spec->kernel = dice_from(dice, 1, same ? most : smaller(most, square ? smaller(in.rows, in.columns) : in.rows));
	spec->kernel_columns = square ? spec->kernel : dice_from(dice, 1, same ? most + 3 : smaller(most + 3, in.columns));
	spec->stride = dice_from(dice, 0, 3);
	spec->stride_columns = spec->stride != 0 && dice_below(dice, 3) == 0 ? dice_from(dice, 1, 4) : spec->stride;
	if (dice_below(dice, 3) != 0)
		return;
	spec->dilation = dice_from(dice, 1, 3);
	spec->dilation_columns = dice_from(dice, 1, 4);
	while (!same && (spec->kernel - 1) * spec->dilation >= in.rows)
		spec->dilation--;
	while (!same && (spec->kernel_columns - 1) * spec->dilation_columns >= in.columns)
		spec->dilation_columns--;
}

struct layer_keys spec_random(struct shelf *shelf, struct dice *dice, enum kind kind, struct shape in)
{
	static const char *const type[KINDS] = {"convolution", "convolution", "subsampling", "combination", "combination",
	                                        "full",        "pooling",     "pooling",     "pooling",
	                                        "pooling",     "scale",       "upsampling"};
	size_t side = smaller(in.rows, in.columns);
	struct layer_keys spec = {.type = type[kind]};
	switch (kind) {
	case CONVOLUTION_VALID:
	case CONVOLUTION_SAME:
		spec.maps = dice_from(dice, 1, 6);
		kernel_random(dice, kind == CONVOLUTION_SAME, 5, in, &spec);
		if (dice_below(dice, 3) == 0)
			groups_random(dice, in.maps, &spec);
		else
			connections_random(shelf, dice, in.maps, &spec);
		break;
	case COMBINATION_PER_INPUT:
	case COMBINATION_PER_PAIR:
		spec.maps = dice_from(dice, 1, 6);
		kernel_random(dice, dice_below(dice, 3) == 0, 4, in, &spec);
		spec.kernels = kind == COMBINATION_PER_INPUT ? "per-input" : "per-pair";
		break;
	case FULL:
		spec.units = dice_from(dice, 1, 20);
		break;
	case SCALE:
		break;
	case UPSAMPLING:
		spec.factor = in.rows > 11 ? 1 : dice_from(dice, 1, 3);
		spec.factor_columns = in.columns > 11 ? 1 : dice_from(dice, 1, 3);
		break;
	case POOLING_MAX_STEPS:
	case POOLING_MEAN_STEPS:
		spec.window = dice_from(dice, 1, in.rows);
		spec.window_columns = dice_from(dice, 1, in.columns);
		spec.stride = dice_from(dice, 1, 4);
		spec.stride_columns = dice_from(dice, 1, 4);
		spec.ragged = true;
		spec.padding = ((const char *[]){"same", "centred", NULL, NULL})[dice_below(dice, 4)];
		if (word_is(spec.padding, "centred") && !(reaches(in.rows, spec.window, spec.stride) &&
		                                          reaches(in.columns, spec.window_columns, spec.stride_columns)))
			spec.padding = "same";
		spec.method = kind == POOLING_MAX_STEPS ? "max" : "mean";
		break;
	default:
		spec.window = dice_from(dice, 1, smaller(side, 3));
		spec.window_columns = dice_from(dice, 1, smaller(in.columns, 4));
		spec.ragged = in.rows % spec.window != 0 || in.columns % spec.window_columns != 0;
		spec.method = kind == POOLING_MAX ? "max" : "mean";
	}
	return spec;
}

struct layer *layer_must_plan(const struct layer_spec *spec, struct shape in)
{
	struct err err = {0};
	struct layer *layer = layer_plan(spec, in, &err);
	assert_string_equal(err.text, "");
	assert_non_null(layer);
	return layer;
}

struct layer *layer_must(const struct layer_keys *keys, struct shape in)
{
	struct layer_spec *spec = spec_make(keys);
	struct layer *layer = layer_must_plan(spec, in);
	layer_spec_destroy(spec);
	return layer;
}

struct layer *layer_random(struct shelf *shelf, struct dice *dice, enum kind kind, struct layer_keys *spec)
{
	struct shape in = {dice_below(dice, 3) == 0 ? 6 : dice_from(dice, 1, 5), dice_from(dice, 1, 9),
	                   dice_from(dice, 1, 9)};
	*spec = spec_random(shelf, dice, kind, in);
	return layer_must(spec, in);
}

struct layer *combination_random(struct dice *dice, const char *penalty, struct layer_keys *spec)
{
	*spec = (struct layer_keys){.type = "combination",
	                            .maps = dice_from(dice, 1, 6),
	                            .kernel = dice_from(dice, 1, 3),
	                            .kernel_columns = dice_from(dice, 1, 3),
	                            .stride = dice_from(dice, 1, 2),
	                            .padding = ((const char *[]){"same", "centred", NULL})[dice_below(dice, 3)],
	                            .kernels = dice_below(dice, 2) == 0 ? "per-input" : "per-pair",
	                            .penalty = penalty,
	                            .lambda = 0.25,
	                            .warmup = 3,
	                            .activation = ACTIVATION_TANH};
	struct shape in = {dice_from(dice, 1, 7), dice_from(dice, 3, 7), dice_from(dice, 3, 7)};
	struct layer *layer = layer_must(spec, in);
	assert_true(layer->lambda == 0.25 && layer->warmup == 3);
	return layer;
}
