/* A network as a graph for Graphviz: `convoy show --dot JOB | dot -Tsvg`. */
#include "app.h"

/* Between quotes, without what would end them or talk to a terminal. */
static void text_print(const char *text)
{
	for (; *text != 0; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
	}
}

/* "\n60 of 96 pairs of maps", where a convolution does not join all. */
static void pairs_print(const struct layer *layer)
{
	for (size_t s = 0; s < layer->tensors; s++) {
		const struct tensor *tensor = &layer->tensor[s];
		if (tensor->table == NULL)
			continue;
		size_t all = tensor->dims[0] * tensor->dims[1], pairs = tensor->count / (tensor->dims[2] * tensor->dims[3]);
		if (pairs < all)
			printf("\\n%zu of %zu pairs of maps", pairs, all);
	}
}

static void node_print(const struct model *model, size_t l)
{
	const struct layer *layer = model->net->layer[l];
	char detail[LAYER_TEXT], size[LAYER_TEXT], number[THOUSANDS];
	layer_describe(model->job->layer[l], detail);
	printf("\tlayer%zu [fillcolor=\"%s\", label=\"%zu %s", l + 1, layer->type->colour, l + 1, layer->type->name);
	if (layer->name[0] != 0)
		printf(" %s", layer->name);
	if (detail[0] != 0)
		printf("\\n%s", detail);
	pairs_print(layer);
	if (layer->parameters > 0)
		printf("\\n%s parameters", text_thousands(layer->parameters, number));
	puts("\"];");
	const struct stop *stop = &model->net->stop[l];
	for (size_t i = 0; i < stop->sources; i++) {
		size_t map = stop->source[i].map;
		shape_text(net_shape(model->net, map), size);
		printf("\t%s%zu -> layer%zu [label=\" %s\"];\n", map == 0 ? "input" : "layer", map, l + 1, size);
	}
}

void dot_print(const struct model *model, bool checkpoint)
{
	const struct job *job = model->job;
	const struct net *net = model->net;
	const struct measure *measure = task_measure(net->task.task);
	char size[LAYER_TEXT], number[THOUSANDS], test[MEASURE_TEXT];
	fputs("digraph \"", stdout);
	text_print(job->name);
	fputs("\" {\n\tgraph [label=\"", stdout);
	text_print(job->name);
	printf("\\n%s parameters", text_thousands(net->parameters, number));
	if (checkpoint && model->records > 0)
		printf(", epoch %zu, test %s %s", model->records, measure->title,
		       measure_text(measure, model->record[model->records - 1].test_measure, test));
	puts("\", labelloc=t, fontname=\"Helvetica\"];\n"
	     "\tnode [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11, margin=\"0.2,0.08\"];\n"
	     "\tedge [fontname=\"Helvetica\", fontsize=10];\n"
	     "\tinput0 [fillcolor=\"#ffffff\", label=\"input\"];");
	for (size_t l = 0; l < net->layers; l++)
		node_print(model, l);
	shape_text(net->layer[net->layers - 1]->out, size);
	printf("\toutput [fillcolor=\"#ffffff\", label=\"%s\"];\n\tlayer%zu -> output [label=\" %s\"];\n}\n",
	       loss_type(job->loss)->name, net->layers, size);
}
