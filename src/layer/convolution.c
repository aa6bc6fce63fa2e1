/* Convolution layers (section 3): correlation with learned kernels over a connection table. */
#include "convolution.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct convolution {
	struct layer base;
	struct connections *table;
	size_t groups; /* that the table consists of; 1: any table */
	struct correlator r;
};

static const struct convolution *of(const struct layer *self)
{
	return (const struct convolution *)self;
}

static const struct convolution_spec *spec_of(const struct layer_spec *spec)
{
	return (const struct convolution_spec *)spec;
}

static void spec_clear(struct layer_spec *spec)
{
	connection_list_free(&((struct convolution_spec *)spec)->connections.list);
}

static void clear(struct layer *self)
{
	connections_destroy(((struct convolution *)self)->table);
}

/* The kernels of `groups` are [maps][maps of a group]: no pair is left out. */
static void tensors_plan(struct convolution *self, size_t maps, size_t in_maps, size_t groups, struct sides kernel)
{
	struct tensor kernels = {
		.name = "kernels", .description = "correlation kernel of each connected pair of maps (0 where not connected)",
		.labels = {"output map", "input map", "row", "column"}, .rank = 4,
		.dims = {maps, in_maps, kernel.rows, kernel.columns}, .table = self->table, .decays = true};
	if (groups > 1) {
		kernels.description = "correlation kernel of each pair of maps of a group";
		kernels.labels[1] = "input map of the group";
		kernels.dims[1] = in_maps / groups;
		kernels.table = NULL;
	}
	layer_add_tensor(&self->base, kernels);
	layer_add_tensor(&self->base, (struct tensor){.name = "biases", .description = "bias of each output map",
	                                              .labels = {"output map"}, .rank = 1, .dims = {maps}});
}

static struct connections *table_plan(const struct convolution_spec *spec, size_t groups, struct shape in,
                                      struct err *err)
{
	if (groups == 1)
		return connections_create(spec->connections.kind, in.maps, spec->maps, &spec->connections.list, err);
	if (spec->connections.kind != CONNECT_FULL) {
		err_set(err, EX_CONFIG, "connections and groups: a convolution has one of them");
		return NULL;
	}
	return connections_groups(groups, in.maps, spec->maps, err);
}

static struct layer *plan(const struct layer_spec *base, struct shape in, struct err *err)
{
	const struct convolution_spec *spec = spec_of(base);
	size_t groups = spec->groups != 0 ? spec->groups : in.maps;
	size_t inputs = groups <= in.maps ? in.maps / groups : 1; /* of an output map */
	if (kernel_check(&spec->kernel, spec->maps, inputs, in, err) != 0)
		return NULL;
	struct convolution *self = memory_zeroed(1, sizeof *self, err);
	if (self == NULL)
		return NULL;
	self->table = table_plan(spec, groups, in, err);
	if (self->table == NULL) {
		free(self);
		return NULL;
	}
	self->groups = connections_group_count(self->table);
	self->r = correlator_plan(&spec->kernel, self->table, in);
	const struct correlation *c = &self->r.c;
	self->base.out = (struct shape){spec->maps, c->out_rows, c->out_columns};
	tensors_plan(self, spec->maps, in.maps, groups, c->kernel);

	self->base.method = correlator_method(&self->r);
	self->base.frees_x = self->r.keeps;
	self->base.keep = self->r.kept;
	self->base.scratch = self->r.scratch;
	self->base.scratch64 = self->r.scratch64;
	self->base.multiply_adds = self->base.tensor[0].count * c->out_rows * c->out_columns;
	self->base.connections = self->table->count;
	return &self->base;
}

static void init(const struct layer *self, uint64_t seed, size_t index, float *w)
{
	const struct connections *t = of(self)->table;
	size_t kk = kernel_size(&of(self)->r.c);
	for (size_t j = 0; j < t->out_maps; j++) {
		size_t inputs = t->first[j + 1] - t->first[j];
		init_uniform(self, seed, index, (double)(inputs * kk), w, t->first[j] * kk, inputs * kk);
	}
}

static void prepare(const struct layer *base, const struct kernels *k, const float *w, float *keep)
{
	correlator_prepare(&of(base)->r, k, w, keep);
}

static void forward(const struct layer *base, const struct kernels *k, const float *w, const float *x, float *y,
                    float *keep, float *scratch)
{
	correlator_forward(&of(base)->r, k, w, w + base->tensor[1].offset, base->fused, x, y, keep, scratch);
}

static void backward(const struct layer *base, const struct kernels *k, const float *w, enum activation below,
                     const float *x, const float *dy, float *dx, float *dw, const float *keep, float *scratch)
{
	float *db = dw != NULL ? dw + base->tensor[1].offset : NULL;
	correlator_backward(&of(base)->r, k, w, x, dy, dw, db, below, dx, keep, scratch);
}

/* Plain correlations with the squares, which need the most scratch. */
static void curve(const struct layer *base, const struct kernels *k, const float *w, const float *w2, const float *x,
                  const float *x2, const float *hy, float *hx, float *hw, float *keep, float *scratch)
{
	(void)w;
	const struct correlator *r = &of(base)->r;
	if (hw != NULL)
		k->correlate_kernels(&r->c, correlator_squares(r, x2, keep, scratch), hy, hw, hw + base->tensor[1].offset,
		                     scratch);
	if (hx != NULL)
		k->correlate_input(&r->c, w2, hy, ACTIVATION_LINEAR, x, hx, scratch);
}

static void forward64(const struct layer *base, const double *w, const double *x, double *y, double *scratch)
{
	correlator_forward64(&of(base)->r, w, w + base->tensor[1].offset, x, y, scratch);
}

static void backward64(const struct layer *base, const double *w, const double *x, const double *dy, double *dx,
                       double *dw, double *scratch)
{
	correlator_backward64(&of(base)->r, w, x, dy, dw, dw + base->tensor[1].offset, dx, scratch);
}

/* Kernels of groups as they are; those of other tables with zeros for pairs that are not connected. */
static void outline(const struct layer *base, const float *w, struct outline *out)
{
	const struct convolution *self = of(base);
	const struct tensor *kernels = &base->tensor[0];
	outline_add(out, correlator_operation(&self->r, self->groups));
	if (self->groups > 1) {
		const size_t dims[] = {base->out.maps, base->in.maps / self->groups, kernels->dims[2], kernels->dims[3]};
		float *packed = outline_operand(out, kernels->name, 4, dims);
		if (packed != NULL)
			memcpy(packed, w + kernels->offset, kernels->count * sizeof *packed);
	} else {
		outline_tensor(out, base, w, 0);
	}
	outline_tensor(out, base, w, 1);
}

static void describe(const struct layer_spec *base, char text[LAYER_TEXT])
{
	const struct convolution_spec *spec = spec_of(base);
	size_t end = kernel_text(&spec->kernel, text);
	if (spec->groups == 0)
		snprintf(text + end, LAYER_TEXT - end, " groups each");
	else if (spec->groups > 1)
		snprintf(text + end, LAYER_TEXT - end, " groups %zu", spec->groups);
}

static const struct key_word connections[] = {
	{"full", CONNECT_FULL}, {"lenet5", CONNECT_LENET5}, {"pairs", CONNECT_PAIRS}, {"triples", CONNECT_TRIPLES}, {0},
};
static const struct key_word groups[] = {{"each", 0}, {0}};
#define AT(member) KEY_AT(struct convolution_spec, member)
static const struct key keys[] = {
	KEY_MAPS(struct convolution_spec),
	KEYS_KERNEL(struct convolution_spec),
	{.name = "groups", .type = KEY_WHOLE, AT(groups), .words = groups, .preset = 1, .least = 1, .most = LAYER_MAPS,
	 .help = "groups of maps that are apart; each: one for each input map (depthwise)",
	 .aliases = (const struct key_alias[]){{"group", "groups", ""}, {0}}},
	{.name = "connections", .type = KEY_LISTS, AT(connections), .words = connections,
	 .count_at = offsetof(struct convolution_spec, maps), .help = "which input maps feed which output map"},
	KEY_ACTIVATION,
	KEY_LEARNING,
	{0},
};

static const struct key_alias aliases[] = {
	{"conv", "convolution", ""}, {"conv2d", "convolution", ""}, {"conv1d", "convolution", ", with kernel: [1, K]"},
	{"depthwise", "convolution", ", with groups: each"}, {0},
};

const struct layer_type convolution_type = {
	.name = "convolution",
	.keys = keys,
	.aliases = aliases,
	.spec_size = sizeof(struct convolution_spec),
	.spec_clear = spec_clear,
	.colour = "#b9d7f2",
	.describe = describe,
	.plan = plan,
	.clear = clear,
	.init = init,
	.prepare = prepare,
	.forward = forward,
	.backward = backward,
	.curve = curve,
	.forward64 = forward64,
	.backward64 = backward64,
	.outline = outline,
};
