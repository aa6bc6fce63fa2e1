/* A net in float64 for one sample, by the plain reference: the yardstick of the gradient check. */
#include <convoy/net.h>

#include <stdlib.h>
#include <string.h>

/* The memory of one sample's way through a net. */
struct pass64 {
	const struct net *net;
	double **map, *dmap[2], *scratch, *dw, *memory;
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
	size_t widest = shape_size(net->input), maps = widest, scratch = 0, parameters = 0;
	for (size_t l = 0; l < net->layers; l++) {
		const struct layer *layer = net->layer[l];
		widest = larger(widest, shape_size(layer->out));
		maps += shape_size(layer->out);
		scratch = larger(scratch, layer->scratch64);
		parameters = larger(parameters, layer->parameters);
	}
	struct pass64 *pass = memory_zeroed(1, sizeof *pass, err);
	if (pass == NULL)
		return NULL;
	pass->net = net;
	pass->map = memory_zeroed(net->layers + 1, sizeof(double *), err);
	pass->memory = memory_zeroed(maps + 2 * widest + scratch + parameters, sizeof(double), err);
	if (pass->map == NULL || pass->memory == NULL) {
		pass64_destroy(pass);
		return NULL;
	}
	double *next = pass->memory;
	pass->map[0] = next;
	next += shape_size(net->input);
	for (size_t l = 0; l < net->layers; next += shape_size(net->layer[l++]->out))
		pass->map[l + 1] = next;
	pass->dmap[0] = next;
	pass->dmap[1] = next + widest;
	pass->scratch = next + 2 * widest;
	pass->dw = pass->scratch + scratch;
	return pass;
}

static void backward64(struct pass64 *pass, const double *w, double *dw)
{
	const struct net *net = pass->net;
	double *dy = pass->dmap[0], *dx = pass->dmap[1];
	for (size_t l = net->layers; l-- > 0;) {
		const struct layer *layer = net->layer[l];
		reference_activate_back(layer->activation, shape_size(layer->out), pass->map[l + 1], dy);
		layer->type->backward64(layer, w + net->offset[l], pass->map[l], dy, l > 0 ? dx : NULL, pass->dw,
		                        pass->scratch);
		for (size_t i = 0; i < layer->parameters; i++)
			dw[net->offset[l] + i] += pass->dw[i];
		double *swap = dy;
		dy = dx;
		dx = swap;
	}
}

double pass64_loss(struct pass64 *pass, const double *w, const double *x, size_t label, double *dw)
{
	const struct net *net = pass->net;
	memcpy(pass->map[0], x, shape_size(net->input) * sizeof *x);
	for (size_t l = 0; l < net->layers; l++) {
		const struct layer *layer = net->layer[l];
		layer->type->forward64(layer, w + net->offset[l], pass->map[l], pass->map[l + 1], pass->scratch);
		reference_activate(layer->activation, shape_size(layer->out), pass->map[l + 1]);
	}
	double low, high;
	loss_targets(net->loss, net->layer[net->layers - 1]->activation, net->classes, net->smoothing, &low, &high);
	const double *y = pass->map[net->layers];
	double loss = net->loss == LOSS_SQUARED_ERROR
	              ? reference_squared_error(net->classes, y, label, low, high, pass->dmap[0])
	              : reference_cross_entropy(net->classes, y, label, low, high, pass->dmap[0]);
	if (dw != NULL)
		backward64(pass, w, dw);
	return loss;
}
