/* One block's way through a net: forward, loss, backward. */
#include "net.h"

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

/* What the layers keep, and their scratch. Returns the floats used. */
static size_t lay_out_layers(struct pass *pass, size_t used)
{
	const struct net *net = pass->net;
	for (size_t l = 0; l < net->layers; l++)
		pass->keep[l] = piece(pass, &used, net->layer[l]->keep);
	pass->scratch = piece(pass, &used, net->scratch);
	return used;
}

static float *placed(const struct pass *pass, size_t offset)
{
	return offset == (size_t)BUFFER_NONE ? NULL : pass->memory + offset * LANES;
}

static void lay_out(struct pass *pass, const struct buffers *buffers)
{
	const struct net *net = pass->net;
	for (size_t m = 0; m <= net->layers; m++) {
		pass->map[m] = placed(pass, buffers->map[m]);
		pass->gradient[m] = placed(pass, buffers->gradient[m]);
	}
	for (size_t s = 0; s < net->sources; s++)
		pass->spare[s] = placed(pass, buffers->spare[s]);
	for (size_t l = 0; l < net->layers; l++)
		pass->before[l] = placed(pass, buffers->before[l]);
	lay_out_layers(pass, buffers->size * LANES);
}

int pass_open(struct pass *out, const struct net *net, enum pass_use use, const struct kernels *kernels,
              struct err *err)
{
	struct buffers buffers;
	*out = (struct pass){.net = net, .kernels = kernels};
	int code = buffers_plan(&buffers, net, use, err);
	out->map = memory_zeroed(net->layers + 1, sizeof(float *), err);
	out->gradient = memory_zeroed(net->layers + 1, sizeof(float *), err);
	out->spare = memory_zeroed(net->sources, sizeof(float *), err);
	out->before = memory_zeroed(net->layers, sizeof(float *), err);
	out->keep = memory_zeroed(net->layers, sizeof(float *), err);
	if (code != 0 || out->map == NULL || out->gradient == NULL || out->spare == NULL || out->before == NULL ||
	    out->keep == NULL)
		goto fail;
	out->memory = memory_zeroed(lay_out_layers(out, buffers.size * LANES), sizeof(float), err);
	if (out->memory == NULL || block_targets_open(&out->targets, &net->task, err) != 0)
		goto fail;
	lay_out(out, &buffers);
	buffers_free(&buffers);
	return 0;
fail:
	buffers_free(&buffers);
	pass_close(out);
	return -1;
}

void pass_close(struct pass *pass)
{
	free(pass->map);
	free(pass->gradient);
	free(pass->spare);
	free(pass->before);
	free(pass->keep);
	free(pass->memory);
	block_targets_close(&pass->targets);
	*pass = (struct pass){0};
}

int pass_memory(const struct net *net, enum pass_use use, struct pass_memory *out, struct err *err)
{
	struct buffers buffers;
	*out = (struct pass_memory){0};
	int code = buffers_plan(&buffers, net, use, err);
	out->maps = buffers.size * LANES * sizeof(float);
	out->needed = buffers.needed * LANES * sizeof(float);
	for (size_t l = 0; l < net->layers; l++)
		out->layers += rounded(net->layer[l]->keep) * sizeof(float);
	out->layers += rounded(net->scratch) * sizeof(float);
	buffers_free(&buffers);
	return code;
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

/* The layer itself, with what is fused of its activation. */
static void layer_forward(struct pass *pass, const struct stop *s, const float *w, float *y)
{
	const struct layer_type *type = s->layer->type;
	float *keep = pass->keep[s->number];
	if (type->join != NULL) {
		const float *x[LAYER_SOURCES];
		for (size_t i = 0; i < s->sources; i++)
			x[i] = pass->map[s->source[i].map];
		type->join(s->layer, pass->kernels, x, y);
		return;
	}
	if (type->begin != NULL)
		type->begin(s->layer, &pass->context, s->number, keep);
	type->forward(s->layer, pass->kernels, w + s->parameters, pass->map[s->source->map], y, keep, pass->scratch);
}

static void stop_forward(struct pass *pass, const struct stop *s, const float *w)
{
	const struct layer *layer = s->layer;
	float *y = pass->map[s->out], *u = pass->before[s->number] != NULL ? pass->before[s->number] : y;
	layer_forward(pass, s, w, u);
	if (activation_apart(layer->activation))
		pass->kernels->activate_apart(layer->activation, (float)layer->slope, shape_size(layer->out), u, y);
}

void pass_forward(struct pass *pass, const float *w)
{
	const struct net *net = pass->net;
	assert(pass->prepared == w);
	double began;
	time_add(pass, NULL, &began);
	for (const struct stop *s = net->stop; s < net->stop + net->layers; s++) {
		stop_forward(pass, s, w);
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
	           gradient ? pass->gradient[last->out] : NULL, out);
}

void pass_scores(const struct pass *pass, size_t lane, float *score)
{
	const struct net *net = pass->net;
	loss_scores(&net->task, pass->map[net->stop[net->layers - 1].out] + lane, LANES, score);
}

void pass_derive(struct pass *pass, const struct stop *s)
{
	const struct layer *layer = s->layer;
	enum activation f = layer->activation;
	float *dy = pass->gradient[s->out];
	const float *from = activation_keeps_u(f) ? pass->before[s->number] : pass->map[s->out];
	if (activation_apart(f))
		pass->kernels->activate_apart_back(f, (float)layer->slope, shape_size(layer->out), from, dy);
	else
		pass->kernels->activate_back(f, shape_size(layer->out), from, dy);
}

float *pass_gradient(struct pass *pass, const struct source *source)
{
	if (!source->learns)
		return NULL;
	return source->adds ? pass->spare[source - pass->net->source] : pass->gradient[source->map];
}

void pass_gradients_add(struct pass *pass, const struct stop *s)
{
	for (size_t i = 0; i < s->sources; i++)
		if (s->source[i].adds) {
			float *sum = pass->gradient[s->source[i].map];
			pass->kernels->add(s->layer->numbers[i], sum, pass_gradient(pass, &s->source[i]), ACTIVATION_LINEAR, sum);
		}
}

void pass_split(struct pass *pass, const struct stop *s, bool derive)
{
	for (size_t i = 0; i < s->sources; i++) {
		const struct source *source = &s->source[i];
		if (source->learns)
			s->layer->type->split(s->layer, pass->kernels, i, derive ? source->below : ACTIVATION_LINEAR,
			                      pass->map[source->map], pass->gradient[s->out], pass_gradient(pass, source));
	}
}

static void stop_backward(struct pass *pass, const struct stop *s, const float *w, float *dw)
{
	const struct layer_type *type = s->layer->type;
	const struct source *source = s->source;
	float *dy = pass->gradient[s->out];
	if (s->derives)
		pass_derive(pass, s);
	if (type->join != NULL)
		pass_split(pass, s, true);
	else
		type->backward(s->layer, pass->kernels, w + s->parameters, source->below, pass->map[source->map], dy,
		               pass_gradient(pass, source), dw, pass->keep[s->number], pass->scratch);
	pass_gradients_add(pass, s);
}

void pass_backward(struct pass *pass, const float *w, float *dw, gradient_done done, void *context)
{
	const struct net *net = pass->net;
	for (size_t l = net->layers; l-- > 0;) {
		const struct stop *s = &net->stop[l];
		double began;
		if (!s->learns && !s->learns_below)
			continue;
		time_add(pass, NULL, &began);
		stop_backward(pass, s, w, s->learns ? dw + s->parameters : NULL);
		time_add(pass, pass->time != NULL ? &pass->time[s->number].backward : NULL, &began);
		if (done != NULL && s->learns)
			done(context, s->number, dw + s->parameters);
	}
}
