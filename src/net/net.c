/* The plan of a net: its layers, their parameters in one vector. */
#include "net.h"

#include <stdlib.h>

/* The largest net: parameters and floats per block stay far from overflow, and a typing error gets a clear answer. */
static const size_t size_limit = (size_t)1 << 32;

bool net_is_chain(const struct net *net)
{
	bool chain = true;
	for (size_t l = 0; l < net->layers; l++)
		chain = chain && net->stop[l].sources == 1 && net->stop[l].source->map == l;
	return chain;
}

struct shape net_shape(const struct net *net, size_t map)
{
	return map == 0 ? net->input : net->layer[map - 1]->out;
}

/* Makes room for the sources of all layers. */
static int sources_allocate(struct net *net, struct layer_spec *const *spec, struct err *err)
{
	for (size_t l = 0; l < net->layers; l++)
		net->sources += spec[l]->sources > 0 ? spec[l]->sources : 1;
	net->source = memory_zeroed(net->sources, sizeof *net->source, err);
	return net->source != NULL ? 0 : -1;
}

/* Finds the maps that layer l reads, and plans it for them. */
static struct layer *stop_plan(struct net *net, struct layer_spec *const *spec, size_t l, struct err *err)
{
	struct stop *s = &net->stop[l];
	struct layer_input in[LAYER_SOURCES];
	struct source *own = l == 0 ? net->source : &net->source[s[-1].source + s[-1].sources - net->source];
	*s = (struct stop){.number = l, .parameters = net->offset[l], .source = own, .out = l + 1};
	s->sources = spec[l]->sources > 0 ? spec[l]->sources : 1;
	if (graph_name_check(spec, l, err) != 0)
		return NULL;
	for (size_t i = 0; i < s->sources; i++) {
		if (graph_source(net->layers, spec, l, i, &own[i].map, err) != 0)
			return NULL;
		in[i] = (struct layer_input){net_shape(net, own[i].map), own[i].map > 0 ? spec[own[i].map - 1]->line : 0};
	}
	struct layer *layer = layer_plan_join(spec[l], s->sources, in, err);
	s->layer = layer;
	s->learns = layer != NULL && layer->parameters > 0 && !layer->frozen;
	return layer;
}

static int layers_plan(struct net *net, struct layer_spec *const *spec, size_t *bad, struct err *err)
{
	size_t maps = net->widest = shape_size(net->input);
	for (size_t l = 0; l < net->layers; l++) {
		*bad = l;
		struct layer *layer = stop_plan(net, spec, l, err);
		if (layer == NULL)
			return -1;
		net->layer[l] = layer;
		net->offset[l + 1] = net->offset[l] + layer->parameters;
		net->tensors += layer->tensors;
		net->scratch = size_larger(net->scratch, layer->scratch);
		net->widest = size_larger(net->widest, shape_size(layer->out));
		maps += shape_size(layer->out);
		net->multiply_adds += layer->multiply_adds;
		net->learning += net->stop[l].learns ? layer->parameters : 0;
		if (net->offset[l + 1] > size_limit || maps > size_limit || layer->keep > size_limit * LANES)
			return err_set(err, EX_CONFIG, "the net is too large: more than %zu parameters or units", size_limit);
	}
	net->parameters = net->offset[net->layers];
	return 0;
}

/* Checks the last layer, and finds how many targets a sample has. */
static int end_check(struct net *net, struct err *err)
{
	const struct layer *last = net->layer[net->layers - 1];
	size_t outputs = shape_size(last->out);
	struct task_spec *task = &net->task;
	const struct loss_type *loss = loss_type(task->loss);
	bool maps = last->out.maps == task->count && task->task != TASK_LABELS;
	task->positions = outputs != task->count && maps ? last->out.rows * last->out.columns : 1;
	bool labels = task->task == TASK_LABELS && last->out.maps == task->count;
	if (outputs != task->count * task->positions)
		return err_set(err, EX_CONFIG, "the last layer has %zu outputs, the data has %zu %s%s", outputs, task->count,
		               task_name(task->task), labels ? "; at positions there can be classes (output: {classes: K}, for "
		               "one label K = 2) or values, no labels" : "");
	if ((loss->tasks >> task->task & 1) == 0)
		return err_set(err, EX_CONFIG, "loss %s is not for %s", loss->name, task_name(task->task));
	if (loss->last_linear && last->activation != ACTIVATION_LINEAR)
		return err_set(err, EX_CONFIG,
		               "loss %s needs activation: linear in the last layer, it has %s", loss->name,
		               activation_name(last->activation));
	return 0;
}

/* A net that cannot learn is a mistake; one that has no parameters at all is not. */
static int learning_check(const struct net *net, size_t *bad, struct err *err)
{
	if (net->learning > 0 || net->parameters == 0)
		return 0;
	for (*bad = 0; !net->layer[*bad]->frozen; ++*bad)
		continue;
	return err_set(err, EX_CONFIG, "all layers with parameters are frozen: nothing is left to learn");
}

static int tensors_list(struct net *net, struct err *err)
{
	net->tensor = memory_zeroed(net->tensors, sizeof *net->tensor, err);
	if (net->tensor == NULL)
		return -1;
	size_t t = 0;
	for (size_t l = 0; l < net->layers; l++)
		for (size_t s = 0; s < net->layer[l]->tensors; s++) {
			const struct tensor *tensor = &net->layer[l]->tensor[s];
			net->tensor[t++] = (struct net_tensor){l, tensor, net->offset[l] + tensor->offset, tensor->count,
			                                       net->stop[l].learns};
		}
	return 0;
}

static int input_check(struct shape input, struct err *err)
{
	size_t size;
	if (size_multiply(input.maps, input.rows, &size) && size_multiply(size, input.columns, &size) && size >= 1 &&
	    size <= size_limit)
		return 0;
	return err_set(err, EX_CONFIG, "an input of %zu maps of %zu×%zu must have between 1 and %zu numbers", input.maps,
	               input.rows, input.columns, size_limit);
}

struct net *net_create(size_t layers, struct layer_spec *const *spec, struct shape input,
                       const struct task_spec *task, size_t *bad, struct err *err)
{
	size_t ignored;
	if (bad == NULL)
		bad = &ignored;
	*bad = layers;
	if (layers == 0) {
		err_set(err, EX_CONFIG, "a net needs at least one layer");
		return NULL;
	}
	if (input_check(input, err) != 0)
		return NULL;
	struct net *net = memory_zeroed(1, sizeof *net, err);
	if (net == NULL)
		return NULL;
	net->input = input;
	net->task = *task;
	net->layers = layers;
	net->layer = memory_zeroed(layers, sizeof(struct layer *), err);
	net->stop = memory_zeroed(layers, sizeof *net->stop, err);
	net->offset = memory_zeroed(layers + 1, sizeof *net->offset, err);
	if (net->layer == NULL || net->stop == NULL || net->offset == NULL || sources_allocate(net, spec, err) != 0 ||
	    layers_plan(net, spec, bad, err) != 0 || graph_connect(net, bad, err) != 0)
		goto fail;
	*bad = layers;
	if (end_check(net, err) != 0 || learning_check(net, bad, err) != 0 || tensors_list(net, err) != 0)
		goto fail;
	return net;
fail:
	net_destroy(net);
	return NULL;
}

void net_destroy(struct net *net)
{
	if (net == NULL)
		return;
	for (size_t l = 0; net->layer != NULL && l < net->layers; l++)
		layer_destroy(net->layer[l]);
	free(net->layer);
	free(net->stop);
	free(net->source);
	free(net->offset);
	free(net->tensor);
	free(net);
}

void net_init(const struct net *net, uint64_t seed, float *w)
{
	for (size_t i = 0; i < net->parameters; i++)
		w[i] = 0;
	for (size_t l = 0; l < net->layers; l++)
		net->layer[l]->type->init(net->layer[l], seed, l, w + net->offset[l]);
}
