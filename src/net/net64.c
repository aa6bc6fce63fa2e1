/* A net in float64 for one sample, by the plain reference: the yardstick of the gradient check. */
#include <convoy/net.h>

#include <stdlib.h>
#include <string.h>

/* The memory of one sample's way through a net. */
struct pass64 {
	const struct net *net;
	double **map, *dmap[GRADIENT_BUFFERS], *scratch, *dw, *memory;
};

void pass64_destroy(struct pass64 *pass)
{
	if (pass == NULL)
		return;
	free(pass->map);
	free(pass->memory);
	free(pass);
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

struct pass64 *pass64_create(const struct net *net, struct err *err)
{
	size_t maps = shape_size(net->input), scratch = 0, parameters = 0;
	for (size_t l = 0; l < net->layers; l++) {
		const struct layer *layer = net->layer[l];
		maps += shape_size(layer->out);
		scratch = larger(scratch, layer->scratch64);
		parameters = larger(parameters, layer->parameters);
	}
	struct pass64 *pass = memory_zeroed(1, sizeof *pass, err);
	if (pass == NULL)
		return NULL;
	pass->net = net;
	pass->map = memory_zeroed(net->layers + 1, sizeof(double *), err);
	pass->memory = memory_zeroed(maps + GRADIENT_BUFFERS * net->widest + scratch + parameters, sizeof(double), err);
	if (pass->map == NULL || pass->memory == NULL) {
		pass64_destroy(pass);
		return NULL;
	}
	double *next = pass->memory;
	pass->map[0] = next;
	next += shape_size(net->input);
	for (size_t l = 0; l < net->layers; next += shape_size(net->layer[l++]->out))
		pass->map[l + 1] = next;
	for (size_t b = 0; b < GRADIENT_BUFFERS; b++, next += net->widest)
		pass->dmap[b] = next;
	pass->scratch = next;
	pass->dw = pass->scratch + scratch;
	return pass;
}

static void backward64(struct pass64 *pass, const double *w, double *dw)
{
	const struct net *net = pass->net;
	for (size_t l = net->layers; l-- > 0;) {
		const struct stop *s = &net->stop[l];
		double *dy = pass->dmap[s->dy];
		if (!s->learns && !s->learns_below)
			continue;
		reference_activate_back(s->layer->activation, shape_size(s->layer->out), pass->map[s->out], dy);
		s->layer->type->backward64(s->layer, w + s->parameters, pass->map[s->in], dy,
		                           s->learns_below ? pass->dmap[s->dx] : NULL, pass->dw, pass->scratch);
		for (size_t i = 0; s->learns && i < s->layer->parameters; i++)
			dw[s->parameters + i] += pass->dw[i];
	}
}

double pass64_loss(struct pass64 *pass, const double *w, const double *x, const struct block_targets *targets,
                   size_t lane, double *dw)
{
	const struct net *net = pass->net;
	const struct stop *last = &net->stop[net->layers - 1];
	memcpy(pass->map[0], x, shape_size(net->input) * sizeof *x);
	for (const struct stop *s = net->stop; s <= last; s++) {
		s->layer->type->forward64(s->layer, w + s->parameters, pass->map[s->in], pass->map[s->out], pass->scratch);
		reference_activate(s->layer->activation, shape_size(s->layer->out), pass->map[s->out]);
	}
	double loss = loss_sample64(&net->task, last->layer->activation, pass->map[last->out], targets, lane,
	                            pass->dmap[last->dy]);
	if (dw != NULL)
		backward64(pass, w, dw);
	return loss;
}
