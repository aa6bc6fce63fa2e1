/* A net in float64 for one sample, by the plain reference: the yardstick of the gradient check. */
#include <convoy/net.h>

#include <stdlib.h>
#include <string.h>

/* The memory of one sample's way through a net. */
struct pass64 {
	const struct net *net;
	double **map, *dmap[2], *scratch, *dw, *memory;
};

static size_t lay_out64(struct pass64 *pass)
{
	const struct net *net = pass->net;
	size_t used = 0, widest = 0, scratch = 0, parameters = 0;
	for (size_t l = 0; l <= net->layers; l++) {
		size_t size = shape_size(l == 0 ? net->input : net->layer[l - 1]->out);
		pass->map[l] = pass->memory + used;
		used += size;
		widest = size > widest ? size : widest;
	}
	for (size_t l = 0; l < net->layers; l++) {
		const struct layer *layer = net->layer[l];
		scratch = layer->scratch64 > scratch ? layer->scratch64 : scratch;
		parameters = layer->parameters > parameters ? layer->parameters : parameters;
	}
	pass->dmap[0] = pass->memory + used;
	pass->dmap[1] = pass->dmap[0] + widest;
	pass->scratch = pass->dmap[1] + widest;
	pass->dw = pass->scratch + scratch;
	return used + 2 * widest + scratch + parameters;
}

static void backward64(struct pass64 *pass, const double *w, double *dw)
{
	const struct net *net = pass->net;
	double *dy = pass->dmap[0], *dx = pass->dmap[1];
	for (size_t l = net->layers; l-- > 0;) {
		const struct layer *layer = net->layer[l];
		reference_activate_back(layer->activation, shape_size(layer->out), pass->map[l + 1], dy);
		layer->type->backward64(layer, w + net->offset[l], pass->map[l], dy, l > 0 ? dx : NULL, pass->dw, pass->scratch);
		for (size_t i = 0; i < layer->parameters; i++)
			dw[net->offset[l] + i] += pass->dw[i];
		double *swap = dy;
		dy = dx;
		dx = swap;
	}
}

int net_loss64(const struct net *net, const double *w, const double *x, size_t label, double *loss, double *dw,
               struct err *err)
{
	static double nothing;
	struct pass64 pass = {.net = net, .memory = &nothing};
	int code = -1;
	pass.map = memory_zeroed(net->layers + 1, sizeof(double *), err);
	double *memory = pass.map == NULL ? NULL : memory_zeroed(lay_out64(&pass), sizeof *memory, err);
	if (memory == NULL)
		goto out;
	pass.memory = memory;
	lay_out64(&pass);

	memcpy(pass.map[0], x, shape_size(net->input) * sizeof *x);
	for (size_t l = 0; l < net->layers; l++) {
		const struct layer *layer = net->layer[l];
		layer->type->forward64(layer, w + net->offset[l], pass.map[l], pass.map[l + 1], pass.scratch);
		reference_activate(layer->activation, shape_size(layer->out), pass.map[l + 1]);
	}
	float low, high;
	activation_targets(net->layer[net->layers - 1]->activation, &low, &high);
	*loss = net->loss == LOSS_SQUARED_ERROR
	        ? reference_squared_error(net->classes, pass.map[net->layers], label, low, high, pass.dmap[0])
	        : reference_cross_entropy(net->classes, pass.map[net->layers], label, pass.dmap[0]);
	if (dw != NULL)
		backward64(&pass, w, dw);
	code = 0;
out:
	free(memory);
	free(pass.map);
	return code;
}
