/* A network as a graph for Graphviz: `convoy show --dot JOB | dot -Tsvg`. */
#include "show.h"

#include <string.h>

/* A colour for each type of layer, of the same lightness, so that black text is read on all of them. */
static const char *colour(const char *type)
{
	static const char *const colours[][2] = {
		{"convolution", "#b9d7f2"}, {"subsampling", "#c7e6c0"}, {"combination", "#f6cfa8"}, {"full", "#e3cdec"},
		{"pooling", "#c7e6c0"},     {"dropout", "#e4e4e4"},     {"batch-norm", "#f3e3a5"},
	};
	for (size_t c = 0; c < sizeof colours / sizeof *colours; c++)
		if (strcmp(colours[c][0], type) == 0)
			return colours[c][1];
	return "#ffffff";
}

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
	for (size_t s = 0; s < layer->slices; s++) {
		const struct slice *slice = &layer->slice[s];
		if (slice->table == NULL)
			continue;
		size_t all = slice->dims[0] * slice->dims[1], pairs = slice->count / (slice->dims[2] * slice->dims[3]);
		if (pairs < all)
			printf("\\n%zu of %zu pairs of maps", pairs, all);
	}
}

static void node_print(const struct model *model, size_t l)
{
	const struct layer *layer = model->net->layer[l];
	char detail[96], size[96], number[THOUSANDS];
	layer_detail(&model->job->layer[l], layer, detail, sizeof detail);
	shape_text(layer->out, size, sizeof size);
	printf("\tlayer%zu [fillcolor=\"%s\", label=\"%zu %s", l + 1, colour(layer->type->name), l + 1, layer->type->name);
	if (strspn(detail, " ") < strlen(detail))
		printf("\\n%s", detail);
	pairs_print(layer);
	if (layer->parameters > 0)
		printf("\\n%s parameters", app_thousands(layer->parameters, number));
	printf("\"];\n\t%s%zu -> layer%zu", l == 0 ? "input" : "layer", l, l + 1);
	shape_text(layer->in, size, sizeof size);
	printf(" [label=\" %s\"];\n", size);
}

void dot_print(const struct model *model, bool checkpoint)
{
	const struct job *job = model->job;
	const struct net *net = model->net;
	char size[96], number[THOUSANDS];
	fputs("digraph \"", stdout);
	text_print(job->name);
	fputs("\" {\n\tgraph [label=\"", stdout);
	text_print(job->name);
	printf("\\n%s parameters", app_thousands(net->parameters, number));
	if (checkpoint && model->records > 0)
		printf(", epoch %zu, test error %.2f%%", model->records, 100 * model->record[model->records - 1].test_error);
	puts("\", labelloc=t, fontname=\"Helvetica\"];\n"
	     "\tnode [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11, margin=\"0.2,0.08\"];\n"
	     "\tedge [fontname=\"Helvetica\", fontsize=10];\n"
	     "\tinput0 [fillcolor=\"#ffffff\", label=\"input\"];");
	for (size_t l = 0; l < net->layers; l++)
		node_print(model, l);
	shape_text(net->layer[net->layers - 1]->out, size, sizeof size);
	printf("\toutput [fillcolor=\"#ffffff\", label=\"%s\"];\n\tlayer%zu -> output [label=\" %s\"];\n}\n",
	       loss_type(job->loss)->name, net->layers, size);
}
