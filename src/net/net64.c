/* A net in float64 for one sample, by the plain reference: the yardstick of the gradient check. */
#include "net.h"

#include <stdlib.h>
#include <string.h>

/* The memory of one sample's way through a net. */
struct pass64 {
	const struct net *net;
	struct buffers buffers;
	double *scratch, *dw, *memory;
};

void pass64_destroy(struct pass64 *pass)
{
	if (pass == NULL)
		return;
	buffers_free(&pass->buffers);
	free(pass->memory);
	free(pass);
}

static double *map_of(struct pass64 *pass, size_t map)
{
	return pass->memory + pass->buffers.map[map];
}

static double *gradient_of(struct pass64 *pass, size_t map)
{
	return pass->memory + pass->buffers.gradient[map];
}

/* Where a layer writes the gradient of a source; NULL if it is not needed. */
static double *source_gradient(struct pass64 *pass, const struct source *source)
{
	if (!source->learns)
		return NULL;
	return source->adds ? pass->memory + pass->buffers.spare[source - pass->net->source]
	                    : gradient_of(pass, source->map);
}

struct pass64 *pass64_create(const struct net *net, struct err *err)
{
	size_t scratch = 0, parameters = 0;
	for (size_t l = 0; l < net->layers; l++) {
		scratch = size_larger(scratch, net->layer[l]->scratch64);
		parameters = size_larger(parameters, net->layer[l]->parameters);
	}
	struct pass64 *pass = memory_zeroed(1, sizeof *pass, err);
	if (pass == NULL)
		return NULL;
	pass->net = net;
	if (buffers_plan(&pass->buffers, net, PASS_INSPECT, err) == 0) /* float64 forms of all layers read x */
		pass->memory = memory_zeroed(pass->buffers.size + scratch + parameters, sizeof(double), err);
	if (pass->memory == NULL) {
		pass64_destroy(pass);
		return NULL;
	}
	pass->scratch = pass->memory + pass->buffers.size;
	pass->dw = pass->scratch + scratch;
	return pass;
}

/* Where the output of a layer lies before its activation: apart from it if backward needs it. */
static double *before_of(struct pass64 *pass, const struct stop *s)
{
	size_t offset = pass->buffers.before[s->number];
	return offset != (size_t)BUFFER_NONE ? pass->memory + offset : map_of(pass, s->out);
}

static void stop_forward64(struct pass64 *pass, const struct stop *s, const double *w)
{
	const struct layer *layer = s->layer;
	const struct layer_type *type = layer->type;
	double *u = before_of(pass, s), *y = map_of(pass, s->out);
	if (type->join64 != NULL) {
		const double *x[LAYER_SOURCES];
		for (size_t i = 0; i < s->sources; i++)
			x[i] = map_of(pass, s->source[i].map);
		type->join64(layer, x, u);
	} else {
		type->forward64(layer, w + s->parameters, map_of(pass, s->source->map), u, pass->scratch);
	}
	reference_activate(layer->activation, (float)layer->slope, shape_size(layer->out), u, y);
}

static void stop_backward64(struct pass64 *pass, const struct stop *s, const double *w, double *dw)
{
	const struct layer_type *type = s->layer->type;
	double *dy = gradient_of(pass, s->out);
	enum activation f = s->layer->activation;
	const double *from = activation_keeps_u(f) ? before_of(pass, s) : map_of(pass, s->out);
	reference_activate_back(f, (float)s->layer->slope, shape_size(s->layer->out), from, dy);
	if (type->join64 == NULL)
		type->backward64(s->layer, w + s->parameters, map_of(pass, s->source->map), dy,
		                 source_gradient(pass, s->source), pass->dw, pass->scratch);
	for (size_t i = 0; s->learns && i < s->layer->parameters; i++)
		dw[s->parameters + i] += pass->dw[i];
	for (size_t i = 0; i < s->sources; i++) {
		double *dx = source_gradient(pass, &s->source[i]);
		if (type->split64 != NULL && dx != NULL)
			type->split64(s->layer, i, dy, dx);
		if (s->source[i].adds)
			reference_add(s->layer->numbers[i], dx, gradient_of(pass, s->source[i].map));
	}
}

double pass64_loss(struct pass64 *pass, const double *w, const double *x, const struct block_targets *targets,
                   size_t lane, double *dw)
{
	const struct net *net = pass->net;
	const struct stop *last = &net->stop[net->layers - 1];
	memcpy(map_of(pass, 0), x, shape_size(net->input) * sizeof *x);
	for (const struct stop *s = net->stop; s <= last; s++)
		stop_forward64(pass, s, w);
	double loss = loss_sample64(&net->task, last->layer->activation, map_of(pass, last->out), targets, lane,
	                            gradient_of(pass, last->out));
	for (size_t l = net->layers; dw != NULL && l-- > 0;)
		if (net->stop[l].learns || net->stop[l].learns_below)
			stop_backward64(pass, &net->stop[l], w, dw);
	return loss;
}
