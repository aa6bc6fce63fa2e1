/* Second derivatives, layer by layer from the loss down (LeCun et al. 1998b, appendix C): squares of weights and of f′
 * in the places of weights and f′, and what f″ would add left out. */
#include "net.h"

#include <stdlib.h>

int curvature_open(struct curvature *out, const struct net *net, struct err *err)
{
	out->w2 = memory_zeroed(net->parameters, sizeof *out->w2, err);
	out->x2 = memory_zeroed(net->widest, LANES * sizeof *out->x2, err);
	return out->w2 != NULL && out->x2 != NULL ? 0 : -1;
}

void curvature_close(struct curvature *curvature)
{
	free(curvature->w2);
	free(curvature->x2);
	*curvature = (struct curvature){0};
}

static void squares(size_t count, const float *x, float *x2)
{
	for (size_t i = 0; i < count; i++)
		x2[i] = x[i] * x[i];
}

static void stop_curve(struct pass *pass, struct curvature *curvature, const struct stop *s, const float *w, float *h)
{
	const struct layer *layer = s->layer;
	const float *x = pass->map[s->source->map];
	float *hy = pass->gradient[s->out];
	for (size_t twice = 0; twice < 2; twice++)
		pass_derive(pass, s);
	if (layer->type->join != NULL) {
		pass_split(pass, s, false);
	} else {
		if (!layer->frees_x)
			squares(shape_size(layer->in) * LANES, x, curvature->x2);
		layer->type->curve(layer, pass->kernels, w + s->parameters, curvature->w2 + s->parameters, x, curvature->x2,
		                   hy, pass_gradient(pass, s->source), h, pass->keep[s->number], pass->scratch);
	}
	pass_gradients_add(pass, s);
}

void pass_curvature(struct pass *pass, struct curvature *curvature, const float *w, float *h, gradient_done done,
                    void *context)
{
	const struct net *net = pass->net;
	const struct stop *last = &net->stop[net->layers - 1];
	squares(net->parameters, w, curvature->w2);
	loss_curves(&net->task, last->layer->activation, pass->kernels, pass->map[last->out], &pass->targets,
	            pass->gradient[last->out]);
	for (size_t l = net->layers; l-- > 0;) {
		const struct stop *s = &net->stop[l];
		if (s->learns || s->learns_below)
			stop_curve(pass, curvature, s, w, s->learns ? h + s->parameters : NULL);
		if (done != NULL && s->learns)
			done(context, s->number, h + s->parameters);
	}
}
