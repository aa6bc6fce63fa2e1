/* The table of layer types, and what all of them share. */
#include "layer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAYER_TYPE_ADDRESS(name) &name##_type,
static const struct layer_type *const types[] = {LAYER_TYPES(LAYER_TYPE_ADDRESS)};

const struct layer_type *layer_type_named(const char *name)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i]->name, name) == 0)
			return types[i];
	return NULL;
}

const struct layer_type *layer_type_at(size_t index)
{
	return index < sizeof types / sizeof *types ? types[index] : NULL;
}

const struct key layer_common_keys[] = {
	{.name = "name", .type = KEY_TEXT, KEY_AT(struct layer_spec, name), .least = 1, .most = LAYER_NAME_MOST,
	 .absent = "none", .help = "for from of other layers, checkpoints and tables"},
	{.name = "from", .type = KEY_TEXTS, KEY_AT(struct layer_spec, source), .least = 1, .most = LAYER_SOURCES,
	 .bytes = LAYER_NAME_MOST, .bare = true, .count_at = offsetof(struct layer_spec, sources),
	 .absent = "-1", .help = "what the layer reads: a name, input, or a number back such as -2"},
	{0},
};

struct layer_spec *layer_spec_create(const struct layer_type *type, struct err *err)
{
	struct layer_spec *spec = memory_zeroed(1, type->spec_size, err);
	if (spec == NULL)
		return NULL;
	spec->type = type;
	keys_preset(layer_common_keys, spec);
	keys_preset(type->keys, spec);
	return spec;
}

void layer_spec_destroy(struct layer_spec *spec)
{
	if (spec == NULL)
		return;
	if (spec->type->spec_clear != NULL)
		spec->type->spec_clear(spec);
	for (size_t s = 0; spec->source != NULL && s < spec->sources; s++)
		free(spec->source[s]);
	free(spec->source);
	free(spec->name);
	free(spec);
}

int layer_spec_adopt(struct layer_spec *spec, const struct layer_spec *other, struct err *err)
{
	spec->activation = other->activation;
	spec->slope = other->slope;
	spec->frozen = other->frozen;
	spec->rate = other->rate;
	spec->line = other->line;
	if (other->name != NULL && (spec->name = memory_text(other->name, err)) == NULL)
		return -1;
	if (other->sources == 0)
		return 0;
	spec->source = memory_zeroed(other->sources, sizeof *spec->source, err);
	if (spec->source == NULL)
		return -1;
	for (; spec->sources < other->sources; spec->sources++) {
		char *text = memory_text(other->source[spec->sources], err);
		if (text == NULL)
			return -1;
		spec->source[spec->sources] = text;
	}
	return 0;
}

struct layer *layer_plan(const struct layer_spec *spec, struct shape in, struct err *err)
{
	return layer_plan_join(spec, 1, &(struct layer_input){.shape = in}, err);
}

static int inputs_check(const struct layer_spec *spec, size_t inputs, struct err *err)
{
	const char *type = spec->type->name;
	if (spec->type->plan_join == NULL && inputs != 1)
		return err_set(err, EX_CONFIG, "from: a layer of type %s reads one map, not %zu", type, inputs);
	if (spec->type->plan_join != NULL && inputs < 2)
		return err_set(err, EX_CONFIG, "a layer of type %s needs from: [a, b], the 2 to %d maps that it reads", type,
		               LAYER_SOURCES);
	return 0;
}

struct layer *layer_plan_join(const struct layer_spec *spec, size_t inputs, const struct layer_input *in,
                              struct err *err)
{
	if (inputs_check(spec, inputs, err) != 0)
		return NULL;
	bool joins = spec->type->plan_join != NULL;
	struct layer *layer =
		joins ? spec->type->plan_join(spec, inputs, in, err) : spec->type->plan(spec, in->shape, err);
	if (layer == NULL)
		return NULL;
	layer->type = spec->type;
	layer->activation = spec->activation;
	layer->fused = activation_apart(spec->activation) ? ACTIVATION_LINEAR : spec->activation;
	layer->slope = spec->slope;
	layer->frozen = spec->frozen;
	layer->rate = spec->rate;
	layer->in = joins ? layer->out : in->shape;
	layer->inputs = inputs;
	for (size_t i = 0; i < inputs; i++)
		layer->numbers[i] = shape_size(in[i].shape);
	if (spec->name != NULL)
		snprintf(layer->name, sizeof layer->name, "%s", spec->name);
	return layer;
}

void layer_destroy(struct layer *layer)
{
	if (layer != NULL && layer->type->clear != NULL)
		layer->type->clear(layer);
	free(layer);
}

size_t shape_size(struct shape shape)
{
	return shape.maps * shape.rows * shape.columns;
}

void shape_text(struct shape shape, char text[LAYER_TEXT])
{
	snprintf(text, LAYER_TEXT, shape.rows * shape.columns > 1 ? "%zu×%zu×%zu" : "%zu", shape.maps, shape.rows,
	         shape.columns);
}

const char *layer_name(size_t index, const struct layer *layer, char name[LAYER_NAME])
{
	if (layer->name[0] != 0)
		memcpy(name, layer->name, LAYER_NAME);
	else
		snprintf(name, LAYER_NAME, "%02zu-%s", index + 1, layer->type->name);
	return name;
}

void layer_describe(const struct layer_spec *spec, char text[LAYER_TEXT])
{
	text[0] = 0;
	if (spec->type->describe != NULL)
		spec->type->describe(spec, text);
	size_t end = strlen(text);
	if (spec->activation != ACTIVATION_LINEAR)
		end += (size_t)snprintf(text + end, LAYER_TEXT - end, "%s%s", end > 0 ? " " : "",
		                        activation_name(spec->activation));
	if (spec->activation == ACTIVATION_LEAKY_RELU)
		end += (size_t)snprintf(text + end, LAYER_TEXT - end, " %g", spec->slope);
	if (spec->frozen)
		snprintf(text + end, LAYER_TEXT - end, "%sfrozen", end > 0 ? " " : "");
	else if (spec->rate > 0 && spec->rate != 1)
		snprintf(text + end, LAYER_TEXT - end, "%srate %g", end > 0 ? " " : "", spec->rate);
}

bool layer_shares(const struct layer *layer, const float *w, float *alpha)
{
	if (layer->type->shares != NULL && alpha != NULL)
		layer->type->shares(layer, w, alpha);
	return layer->type->shares != NULL;
}

static const size_t size_limit = (size_t)1 << 32;

int layer_size_check(const char *name, size_t size, struct err *err)
{
	if (size >= 1 && size <= size_limit)
		return 0;
	return err_set(err, EX_CONFIG, "%s must be between 1 and %zu, not %zu", name, size_limit, size);
}

const struct key_word padding_words[] = {{"valid", PADDING_VALID}, {"same", PADDING_SAME},
                                         {"centred", PADDING_CENTRED}, {0}};

struct padded padded_around(enum padding padding, size_t length, size_t side, size_t step)
{
	size_t out = (length + step - 1) / step, reach = (out - 1) * step + side;
	size_t total = reach > length ? reach - length : 0, half = (side - 1) / 2;
	if (padding == PADDING_CENTRED)
		return (struct padded){out, half, total > half ? total : half};
	return (struct padded){out, total / 2, total};
}

int layer_sides_check(const char *name, struct sides sides, struct err *err)
{
	return layer_size_check(name, sides.rows, err) == 0 ? layer_size_check(name, sides.columns, err) : -1;
}

const char *sides_text(struct sides sides, char text[SIDES_TEXT])
{
	snprintf(text, SIDES_TEXT, "%zu×%zu", sides.rows, sides.columns);
	return text;
}

const char *sides_short(struct sides sides, char text[SIDES_TEXT])
{
	if (sides.rows != sides.columns)
		return sides_text(sides, text);
	snprintf(text, SIDES_TEXT, "%zu", sides.rows);
	return text;
}

int layer_numbers_check(const char *name, size_t a, size_t b, size_t c, size_t d, struct err *err)
{
	size_t product;
	if (size_multiply(a, b, &product) && size_multiply(product, c, &product) && size_multiply(product, d, &product) &&
	    product <= size_limit)
		return 0;
	return err_set(err, EX_CONFIG, "%s of %zu×%zu×%zu×%zu: more than %zu numbers", name, a, b, c, d, size_limit);
}

size_t round_lanes(size_t count)
{
	return (count + LANES - 1) / LANES * LANES;
}

struct tensor *layer_add_tensor(struct layer *layer, struct tensor tensor)
{
	tensor.offset = layer->parameters;
	tensor.count = 1;
	size_t dense = 0;
	if (tensor.table != NULL) {
		tensor.count = tensor.table->count;
		dense = 2;
	}
	for (size_t d = dense; d < tensor.rank; d++)
		tensor.count *= tensor.dims[d];
	layer->parameters += tensor.count;
	layer->tensor[layer->tensors] = tensor;
	return &layer->tensor[layer->tensors++];
}

void layer_add_of_maps(struct layer *layer, size_t maps, struct tensor tensor)
{
	tensor.rank = 1;
	tensor.dims[0] = maps;
	tensor.labels[0] = "map";
	layer_add_tensor(layer, tensor);
}

void curve_by_squares(const struct layer *self, const struct kernels *k, const float *w, const float *w2,
                      const float *x, const float *x2, const float *hy, float *hx, float *hw, float *keep,
                      float *scratch)
{
	(void)w, (void)x;
	for (size_t i = 0; i < self->keep; i++)
		keep[i] *= keep[i];
	self->type->backward(self, k, w2, ACTIVATION_LINEAR, x2, hy, hx, hw, keep, scratch);
}

/* How much larger than 1/√fan_in the deviation should be for signals to keep their size through the activation: √2 for
 * relu and those that are close to it (He et al. 2015), 4 for sigmoid (Glorot and Bengio 2010), 1 otherwise (LeCun et
 * al. 1998). */
static double activation_gain(const struct layer *layer)
{
	switch (layer->activation) {
	case ACTIVATION_RELU:
	case ACTIVATION_GELU:
	case ACTIVATION_SWISH:
		return sqrt(2);
	case ACTIVATION_LEAKY_RELU:
		return sqrt(2 / (1 + layer->slope * layer->slope));
	case ACTIVATION_SIGMOID:
		return 4;
	default:
		return 1;
	}
}

void init_uniform(const struct layer *layer, uint64_t seed, size_t index, double fan_in, float *w, size_t from,
                  size_t count)
{
	double radius = sqrt(3 / fan_in) * activation_gain(layer);
	for (size_t i = from; i < from + count; i++)
		w[i] = (float)(radius * (2 * random_uniform(seed, RANDOM_WEIGHTS, index, i) - 1));
}
