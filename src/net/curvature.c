/* Second derivatives, layer by layer from the loss down (LeCun et al. 1998b, appendix C): squares of weights and of f′
 * in the places of weights and f′, and what f″ would add left out. */
#include <convoy/net.h>

#include <stdlib.h>

int curvature_open(struct curvature *out, const struct net *net, struct err *err)
{
	size_t widest = 0;
	for (size_t l = 0; l < net->layers; l++) {
		size_t size = shape_size(net->layer[l]->in);
		widest = size > widest ? size : widest;
	}
	out->w2 = memory_zeroed(net->parameters, sizeof *out->w2, err);
	out->x2 = memory_zeroed(widest, LANES * sizeof *out->x2, err);
	return out->w2 != NULL && out->x2 != NULL ? 0 : -1;
}

void curvature_close(struct curvature *curvature)
{
	free(curvature->w2);
	free(curvature->x2);
	*curvature = (struct curvature){0};
}

/* ∂E/∂y becomes ∂²E/∂y²: 1 for squared errors; p (1 − p) for the cross-entropy, whose gradient is p − t. */
static void loss_curve(const struct net *net, const int32_t label[LANES], float *dy)
{
	double low, high;
	loss_targets(net->loss, net->layer[net->layers - 1]->activation, net->classes, net->smoothing, &low, &high);
	for (size_t i = 0; i < net->classes * LANES; i++) {
		int32_t own = label[i % LANES];
		float p = dy[i] + (float)(own == (int32_t)(i / LANES) ? high : low);
		float curve = net->loss == LOSS_SQUARED_ERROR ? 1 : p * (1 - p);
		dy[i] = own < 0 || curve < 0 ? 0 : curve;
	}
}

static void squares(size_t count, const float *x, float *x2)
{
	for (size_t i = 0; i < count; i++)
		x2[i] = x[i] * x[i];
}

void pass_curvature(struct pass *pass, struct curvature *curvature, const float *w, const int32_t label[LANES],
                    float *h, gradient_done done, void *context)
{
	const struct net *net = pass->net;
	float *hy = pass->dmap[0], *hx = pass->dmap[1];
	squares(net->parameters, w, curvature->w2);
	loss_curve(net, label, hy);
	for (size_t l = net->layers; l-- > 0;) {
		const struct layer *layer = net->layer[l];
		size_t from = net->offset[l];
		for (size_t twice = 0; twice < 2; twice++)
			pass->kernels->activate_back(layer->activation, shape_size(layer->out), pass->map[l + 1], hy);
		squares(shape_size(layer->in) * LANES, pass->map[l], curvature->x2);
		layer->type->curve(layer, pass->kernels, w + from, curvature->w2 + from, pass->map[l], curvature->x2, hy,
		                   l > 0 ? hx : NULL, h + from, pass->keep[l], pass->scratch);
		if (done != NULL)
			done(context, l, h + from);
		float *swap = hy;
		hy = hx;
		hx = swap;
	}
}
