/* Joins, layers of several inputs: add, y = f(x₁ + … + xₙ), and concatenate, the maps of all inputs in a row. */
#include "layer.h"

#include <stdio.h>
#include <string.h>

/* "skip (line 7) has 16×14×14", for messages. */
static void input_text(const struct layer_spec *spec, size_t i, struct layer_input in, char *text, size_t room)
{
	char size[LAYER_TEXT], line[32] = "";
	shape_text(in.shape, size);
	if (in.line > 0)
		snprintf(line, sizeof line, " (line %zu)", in.line);
	snprintf(text, room, "%s%s has %s", i < spec->sources ? spec->source[i] : "an input", line, size);
}

static int shapes_differ(const struct layer_spec *spec, const char *what, size_t i, const struct layer_input *in,
                         struct err *err)
{
	char first[3 * LAYER_TEXT], other[3 * LAYER_TEXT];
	input_text(spec, 0, in[0], first, sizeof first);
	input_text(spec, i, in[i], other, sizeof other);
	return err_set(err, EX_CONFIG, "%s needs maps of %s: %s, %s", spec->type->name, what, first, other);
}

static struct layer *join_plan(struct shape out, struct err *err)
{
	if (layer_numbers_check("output", out.maps, out.rows, out.columns, 1, err) != 0)
		return NULL;
	struct layer *self = memory_zeroed(1, sizeof *self, err);
	if (self == NULL)
		return NULL;
	self->out = out;
	self->frees_x = true;
	return self;
}

static void init(const struct layer *self, uint64_t seed, size_t index, float *w)
{
	(void)self, (void)seed, (void)index, (void)w;
}

static const struct key keys[] = {KEY_ACTIVATION, {0}};

/* ---- Add --------------------------------------------------------------------------------------------------------- */

static struct layer *add_plan(const struct layer_spec *spec, size_t inputs, const struct layer_input *in,
                              struct err *err)
{
	for (size_t i = 1; i < inputs; i++)
		if (memcmp(&in[i].shape, &in[0].shape, sizeof in->shape) != 0) {
			shapes_differ(spec, "one shape", i, in, err);
			return NULL;
		}
	struct layer *self = join_plan(in->shape, err);
	if (self == NULL)
		return NULL;
	self->multiply_adds = (inputs - 1) * shape_size(in->shape);
	self->in_place = true;
	return self;
}

static void add_join(const struct layer *self, const struct kernels *k, const float *const *x, float *y)
{
	size_t count = shape_size(self->out);
	for (size_t i = 1; i < self->inputs; i++)
		k->add(count, i == 1 ? x[0] : y, x[i], i + 1 < self->inputs ? ACTIVATION_LINEAR : self->fused, y);
}

static void add_split(const struct layer *self, const struct kernels *k, size_t i, enum activation below,
                      const float *x, const float *dy, float *dx)
{
	(void)i;
	size_t count = shape_size(self->out);
	if (dx != dy)
		memcpy(dx, dy, count * LANES * sizeof *dx);
	k->activate_back(below, count, x, dx);
}

static void add_join64(const struct layer *self, const double *const *x, double *y)
{
	size_t count = shape_size(self->out);
	memcpy(y, x[0], count * sizeof *y);
	for (size_t i = 1; i < self->inputs; i++)
		reference_add(count, x[i], y);
}

static void add_split64(const struct layer *self, size_t i, const double *dy, double *dx)
{
	(void)i;
	memcpy(dx, dy, shape_size(self->out) * sizeof *dx);
}

static void add_outline(const struct layer *self, const float *w, struct outline *out)
{
	(void)self, (void)w;
	outline_add(out, (struct operation){.operator = OPERATOR_ADD});
}

const struct layer_type add_type = {
	.name = "add",
	.keys = keys,
	.spec_size = sizeof(struct layer_spec),
	.colour = "#f6d3c0",
	.plan_join = add_plan,
	.join = add_join,
	.split = add_split,
	.join64 = add_join64,
	.split64 = add_split64,
	.init = init,
	.outline = add_outline,
};

/* ---- Concatenate ------------------------------------------------------------------------------------------------- */

static struct layer *concatenate_plan(const struct layer_spec *spec, size_t inputs, const struct layer_input *in,
                                      struct err *err)
{
	struct shape out = in->shape;
	for (size_t i = 1; i < inputs; i++) {
		if (in[i].shape.rows != out.rows || in[i].shape.columns != out.columns) {
			shapes_differ(spec, "one size", i, in, err);
			return NULL;
		}
		out.maps += in[i].shape.maps; /* at most 16 times 2^32 */
	}
	return join_plan(out, err);
}

/* Where input i lies in the output, in numbers per sample. */
static size_t input_first(const struct layer *self, size_t i)
{
	size_t first = 0;
	while (i-- > 0)
		first += self->numbers[i];
	return first;
}

static void concatenate_join(const struct layer *self, const struct kernels *k, const float *const *x, float *y)
{
	for (size_t i = 0; i < self->inputs; i++)
		memcpy(y + input_first(self, i) * LANES, x[i], self->numbers[i] * LANES * sizeof *y);
	k->activate(self->fused, shape_size(self->out), y);
}

static void concatenate_split(const struct layer *self, const struct kernels *k, size_t i, enum activation below,
                              const float *x, const float *dy, float *dx)
{
	memcpy(dx, dy + input_first(self, i) * LANES, self->numbers[i] * LANES * sizeof *dx);
	k->activate_back(below, self->numbers[i], x, dx);
}

static void concatenate_join64(const struct layer *self, const double *const *x, double *y)
{
	for (size_t i = 0; i < self->inputs; i++)
		memcpy(y + input_first(self, i), x[i], self->numbers[i] * sizeof *y);
}

static void concatenate_split64(const struct layer *self, size_t i, const double *dy, double *dx)
{
	memcpy(dx, dy + input_first(self, i), self->numbers[i] * sizeof *dx);
}

static void concatenate_outline(const struct layer *self, const float *w, struct outline *out)
{
	(void)self, (void)w;
	outline_add(out, (struct operation){.operator = OPERATOR_CONCATENATE});
}

static const struct key_alias concatenate_aliases[] = {{"concat", "concatenate", ""}, {0}};

const struct layer_type concatenate_type = {
	.name = "concatenate",
	.keys = keys,
	.aliases = concatenate_aliases,
	.spec_size = sizeof(struct layer_spec),
	.colour = "#f6d3c0",
	.plan_join = concatenate_plan,
	.join = concatenate_join,
	.split = concatenate_split,
	.join64 = concatenate_join64,
	.split64 = concatenate_split64,
	.init = init,
	.outline = concatenate_outline,
};
