/* Second derivatives, layer by layer from the loss down (LeCun et al. 1998b, appendix C): squares of weights and of f′
 * in the places of weights and f′, and what f″ would add left out. */
#include <convoy/net.h>

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

void pass_curvature(struct pass *pass, struct curvature *curvature, const float *w, float *h, gradient_done done,
                    void *context)
{
	const struct net *net = pass->net;
	const struct stop *last = &net->stop[net->layers - 1];
	squares(net->parameters, w, curvature->w2);
	loss_curves(&net->task, last->layer->activation, pass->kernels, pass->map[last->out], &pass->targets,
	            pass->dmap[last->dy]);
	for (size_t l = net->layers; l-- > 0;) {
		const struct stop *s = &net->stop[l];
		float *hy = pass->dmap[s->dy];
		if (!s->learns && !s->learns_below)
			continue;
		for (size_t twice = 0; twice < 2; twice++)
			pass->kernels->activate_back(s->layer->activation, shape_size(s->layer->out), pass->map[s->out], hy);
		squares(shape_size(s->layer->in) * LANES, pass->map[s->in], curvature->x2);
		s->layer->type->curve(s->layer, pass->kernels, w + s->parameters, curvature->w2 + s->parameters,
		                      pass->map[s->in], curvature->x2, hy, s->learns_below ? pass->dmap[s->dx] : NULL,
		                      s->learns ? h + s->parameters : NULL, pass->keep[s->number], pass->scratch);
		if (done != NULL && s->learns)
			done(context, s->number, h + s->parameters);
	}
}
