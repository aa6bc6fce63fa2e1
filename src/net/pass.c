/* One block's way through a net: forward, loss, backward. */
#include <convoy/net.h>

#include <assert.h>
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
	size_t used = 0;
	pass->map[0] = piece(pass, &used, shape_size(net->input) * LANES);
	for (size_t l = 0; l < net->layers; l++) {
		pass->map[l + 1] = piece(pass, &used, shape_size(net->layer[l]->out) * LANES);
		pass->keep[l] = piece(pass, &used, net->layer[l]->keep);
	}
	for (size_t b = 0; b < GRADIENT_BUFFERS; b++)
		pass->dmap[b] = piece(pass, &used, net->widest * LANES);
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
	if (out->memory == NULL || block_targets_open(&out->targets, &net->task, err) != 0)
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
	block_targets_close(&pass->targets);
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

/* Adds the seconds since *began to a layer's, and begins anew. */
static void time_add(const struct pass *pass, double *seconds, double *began)
{
	double now = pass->time != NULL ? clock_seconds() : 0;
	if (seconds != NULL)
		*seconds += now - *began;
	*began = now;
}

void pass_forward(struct pass *pass, const float *w)
{
	const struct net *net = pass->net;
	assert(pass->prepared == w);
	double began;
	time_add(pass, NULL, &began);
	for (const struct stop *s = net->stop; s < net->stop + net->layers; s++) {
		float *keep = pass->keep[s->number];
		if (s->layer->type->begin != NULL)
			s->layer->type->begin(s->layer, &pass->context, s->number, keep);
		s->layer->type->forward(s->layer, pass->kernels, w + s->parameters, pass->map[s->in], pass->map[s->out], keep,
		                        pass->scratch);
		time_add(pass, pass->time != NULL ? &pass->time[s->number].forward : NULL, &began);
	}
}

void pass_loss(struct pass *pass, bool gradient, struct verdict *out)
{
	const struct net *net = pass->net;
	const struct stop *last = &net->stop[net->layers - 1];
	struct task_spec task = net->task;
	if (!gradient)
		task.smoothing = 0;
	loss_block(&task, last->layer->activation, pass->kernels, pass->map[last->out], &pass->targets,
	           gradient ? pass->dmap[last->dy] : NULL, out);
}

void pass_scores(const struct pass *pass, size_t lane, float *score)
{
	const struct net *net = pass->net;
	loss_scores(&net->task, pass->map[net->stop[net->layers - 1].out] + lane, LANES, score);
}

void pass_backward(struct pass *pass, const float *w, float *dw, gradient_done done, void *context)
{
	const struct net *net = pass->net;
	const struct stop *last = &net->stop[net->layers - 1];
	pass->kernels->activate_back(last->layer->activation, shape_size(last->layer->out), pass->map[last->out],
	                             pass->dmap[last->dy]);
	for (size_t l = net->layers; l-- > 0;) {
		const struct stop *s = &net->stop[l];
		double began;
		if (!s->learns && !s->learns_below)
			continue;
		time_add(pass, NULL, &began);
		s->layer->type->backward(s->layer, pass->kernels, w + s->parameters, s->below, pass->map[s->in],
		                         pass->dmap[s->dy], s->learns_below ? pass->dmap[s->dx] : NULL,
		                         s->learns ? dw + s->parameters : NULL, pass->keep[s->number], pass->scratch);
		time_add(pass, pass->time != NULL ? &pass->time[s->number].backward : NULL, &began);
		if (done != NULL && s->learns)
			done(context, s->number, dw + s->parameters);
	}
}
