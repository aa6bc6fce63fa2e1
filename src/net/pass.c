/* One block's way through a net: forward, loss, backward. */
#include <convoy/net.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static size_t rounded(size_t floats)
{
	return (floats + LANES - 1) / LANES * LANES;
}

/* Hands out pieces of pass->memory; with memory NULL only counts. */
static float *piece(struct pass *pass, size_t *used, size_t floats)
{
	float *at = pass->memory != NULL ? pass->memory + *used : NULL;
	*used += rounded(floats);
	return at;
}

static size_t lay_out(struct pass *pass)
{
	const struct net *net = pass->net;
	size_t used = 0, widest = 0;
	pass->map[0] = piece(pass, &used, shape_size(net->input) * LANES);
	for (size_t l = 0; l < net->layers; l++) {
		size_t size = shape_size(net->layer[l]->out) * LANES;
		pass->map[l + 1] = piece(pass, &used, size);
		pass->keep[l] = piece(pass, &used, net->layer[l]->keep);
		widest = size > widest ? size : widest;
	}
	pass->dmap[0] = piece(pass, &used, widest);
	pass->dmap[1] = piece(pass, &used, widest);
	pass->scratch = piece(pass, &used, net->scratch);
	return used;
}

int pass_open(struct pass *out, const struct net *net, const struct kernels *kernels, struct err *err)
{
	*out = (struct pass){.net = net, .kernels = kernels};
	out->map = memory_zeroed(net->layers + 1, sizeof(float *), err);
	out->keep = memory_zeroed(net->layers, sizeof(float *), err);
	if (out->map == NULL || out->keep == NULL)
		goto fail;
	out->memory = memory_zeroed(lay_out(out), sizeof(float), err);
	if (out->memory == NULL)
		goto fail;
	lay_out(out);
	return 0;
fail:
	pass_close(out);
	return -1;
}

void pass_close(struct pass *pass)
{
	free(pass->map);
	free(pass->keep);
	free(pass->memory);
	*pass = (struct pass){0};
}

void pass_prepare(struct pass *pass, const float *w)
{
	const struct net *net = pass->net;
	for (size_t l = 0; l < net->layers; l++)
		if (net->layer[l]->type->prepare != NULL)
			net->layer[l]->type->prepare(net->layer[l], pass->kernels, w + net->offset[l], pass->keep[l]);
	pass->prepared = w;
}

void pass_forward(struct pass *pass, const float *w)
{
	const struct net *net = pass->net;
	assert(pass->prepared == w);
	for (size_t l = 0; l < net->layers; l++) {
		const struct layer *layer = net->layer[l];
		double began = pass->time != NULL ? clock_seconds() : 0;
		if (layer->type->begin != NULL)
			layer->type->begin(layer, &pass->context, l, pass->keep[l]);
		layer->type->forward(layer, pass->kernels, w + net->offset[l], pass->map[l], pass->map[l + 1], pass->keep[l],
		                     pass->scratch);
		if (pass->time != NULL)
			pass->time[l].forward += clock_seconds() - began;
	}
}

void pass_loss(struct pass *pass, const int32_t label[LANES], bool gradient, struct verdict *out)
{
	const struct net *net = pass->net;
	const float *y = pass->map[net->layers];
	float *dy = gradient ? pass->dmap[0] : NULL;
	double low, high;
	loss_targets(net->loss, net->layer[net->layers - 1]->activation, net->classes, gradient ? net->smoothing : 0, &low,
	             &high);
	if (net->loss == LOSS_SQUARED_ERROR)
		pass->kernels->squared_error(net->classes, y, label, (float)low, (float)high, dy, out);
	else
		pass->kernels->cross_entropy(net->classes, y, label, (float)low, (float)high, dy, out);
}

void pass_scores(const struct pass *pass, size_t lane, float *score)
{
	size_t classes = pass->net->classes;
	const float *y = pass->map[pass->net->layers] + lane;
	double most = (double)y[0], sum = 0;
	for (size_t k = 0; k < classes; k++)
		most = fmax(most, (double)y[k * LANES]);
	for (size_t k = 0; k < classes; k++)
		sum += exp((double)y[k * LANES] - most);
	for (size_t k = 0; k < classes; k++)
		score[k] = pass->net->loss == LOSS_SOFTMAX_CROSS_ENTROPY ? (float)(exp((double)y[k * LANES] - most) / sum)
		                                                         : y[k * LANES];
}

void pass_backward(struct pass *pass, const float *w, float *dw, gradient_done done, void *context)
{
	const struct net *net = pass->net;
	const struct layer *last = net->layer[net->layers - 1];
	float *dy = pass->dmap[0], *dx = pass->dmap[1];
	pass->kernels->activate_back(last->activation, shape_size(last->out), pass->map[net->layers], dy);
	for (size_t l = net->layers; l-- > 0;) {
		const struct layer *layer = net->layer[l];
		double began = pass->time != NULL ? clock_seconds() : 0;
		enum activation below = l > 0 ? net->layer[l - 1]->activation : ACTIVATION_LINEAR;
		layer->type->backward(layer, pass->kernels, w + net->offset[l], below, pass->map[l], dy, l > 0 ? dx : NULL,
		                      dw + net->offset[l], pass->keep[l], pass->scratch);
		if (pass->time != NULL)
			pass->time[l].backward += clock_seconds() - began;
		if (done != NULL)
			done(context, l, dw + net->offset[l]);
		float *swap = dy;
		dy = dx;
		dx = swap;
	}
}
