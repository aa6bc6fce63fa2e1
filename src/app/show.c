/* convoy show JOB.yaml|CKPT: the layers as a table; for a checkpoint also its history and what was learned. */
#include "app.h"

#include <stdlib.h>
#include <string.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *path;
	bool job, dot;
	struct edits edits;
};

static const struct argp_option options[] = {
	{"job", 'j', NULL, 0, "Print only the job file (of a checkpoint: the one it was trained with)", 0},
	{"dot", 'g', NULL, 0, "Print the network as a graph for Graphviz's dot", 0},
	{"set", 'S', "KEY=VALUE", 0, "Set any scalar of the job file", 0},
	{0},
};

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'j':
		a->job = true;
		break;
	case 'g':
		a->dot = true;
		break;
	case 'S':
		edits_add(&a->edits, NULL, value, &a->err);
		break;
	case ARGP_KEY_ARG:
		operand_take("show", "file", value, &a->path, &a->err);
		break;
	case ARGP_KEY_END:
		if (operand_check("show", "job file or checkpoint", a->path, &a->err) == 0 && a->job && a->dot)
			err_set(&a->err, EX_USAGE, "show: --job or --dot, not both");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->err.code == 0 ? 0 : EINVAL;
}

/* Pads to a width. */
static void cell(const char *text, size_t width)
{
	printf("%s%*s", text, text_gap(text, width), "");
}

/* A number for a column of ten: from a hundred million on in millions. */
static void number_print(uint64_t number)
{
	char text[THOUSANDS];
	if (number < 100000000)
		printf(" %10s", text_thousands(number, text));
	else
		printf(" %8s M", text_thousands((number + 500000) / 1000000, text));
}

enum { SOURCES = 11 }; /* columns of a list of layers: a line of the table has 80 */

/* "3, 1" or "input" or "2, 3, …": the layers that a layer reads, by their numbers in the table. */
static void sources_text(const struct stop *stop, char text[LAYER_TEXT])
{
	static const size_t more = 3; /* columns of ", …" */
	size_t used = 0;
	for (size_t i = 0; i < stop->sources; i++) {
		char source[LAYER_TEXT];
		size_t room = i + 1 < stop->sources ? SOURCES - more : SOURCES;
		if (stop->source[i].map == 0)
			snprintf(source, sizeof source, "%sinput", i > 0 ? ", " : "");
		else
			snprintf(source, sizeof source, "%s%zu", i > 0 ? ", " : "", stop->source[i].map);
		bool fits = used + strlen(source) <= room;
		used += (size_t)snprintf(text + used, LAYER_TEXT - used, "%s", fits ? source : ", …");
		if (!fits)
			return;
	}
}

/* The columns that a net needs: its layers' sources if it is no chain; then connections are left out. */
struct columns {
	size_t detail, from; /* widths; `from` 0: a chain */
};
enum { COLUMNS = 80, LEAD = 15, OUTPUT = 11, NUMBER = 11 }; /* of a line; widths of the other columns */

static struct columns columns_find(const struct model *model)
{
	const struct net *net = model->net;
	struct columns columns = {.detail = 20};
	char text[LAYER_TEXT];
	for (size_t l = 0; l < net->layers; l++) {
		layer_describe(model->job->layer[l], text);
		columns.detail = size_larger(columns.detail, text_columns(text) + 1);
		sources_text(&net->stop[l], text);
		columns.from = size_larger(columns.from, text_columns(text) + 1);
	}
	columns.from = net_is_chain(net) ? 0 : size_larger(columns.from, strlen("input") + 1);

	/* As wide as the line allows; what is longer goes on below. */
	size_t others = LEAD + columns.from + OUTPUT + (columns.from > 0 ? 2U : 3U) * NUMBER;
	size_t most = others + 21 < COLUMNS ? COLUMNS - others : 21;
	columns.detail = columns.detail < most ? columns.detail : most;
	return columns;
}

/* Prints as many of the text's words as fit, at least one, padded to a width. Returns the rest. */
static const char *words_print(const char *text, size_t width)
{
	char head[LAYER_TEXT];
	size_t end = strcspn(text, " "), next;
	for (; text[end] != 0; end = next) {
		next = end + 1 + strcspn(text + end + 1, " ");
		snprintf(head, sizeof head, "%.*s", (int)next, text);
		if (text_columns(head) >= width)
			break;
	}
	snprintf(head, sizeof head, "%.*s", (int)end, text);
	cell(head, width);
	return text + end + (text[end] != 0);
}

static void layer_print(const struct model *model, size_t l, struct columns columns)
{
	const struct layer *layer = model->net->layer[l];
	char text[LAYER_TEXT], detail[LAYER_TEXT];
	printf("%2zu %-11s ", l + 1, layer->type->name);
	sources_text(&model->net->stop[l], text);
	if (columns.from > 0)
		cell(text, columns.from);
	shape_text(layer->out, text);
	cell(text, OUTPUT);
	layer_describe(model->job->layer[l], detail);
	const char *rest = words_print(detail, columns.detail);
	if (columns.from == 0 && layer->connections > 0)
		number_print(layer->connections);
	else if (columns.from == 0)
		printf("%11s", "");
	number_print(layer->parameters);
	number_print(layer->multiply_adds);
	putchar('\n');
	if (*rest != 0)
		printf("%*s%s\n", (int)(LEAD + columns.from + OUTPUT), "", rest);
}

static void layers_print(const struct model *model)
{
	const struct net *net = model->net;
	struct columns columns = columns_find(model);
	bool chain = columns.from == 0;
	printf(" # layer       ");
	if (!chain)
		cell("from", columns.from);
	cell("output", 11);
	cell("detail", columns.detail);
	puts(chain ? "connections parameters  mult-adds" : " parameters  mult-adds");
	for (size_t l = 0; l < net->layers; l++)
		layer_print(model, l, columns);
	printf("%*s", (int)(columns.detail + columns.from) + (chain ? 37 : 26), "");
	number_print(net->parameters);
	number_print(net->multiply_adds);
	putchar('\n');
	char learning[THOUSANDS], all[THOUSANDS];
	if (net->learning < net->parameters)
		printf("%s of %s parameters learn\n", text_thousands(net->learning, learning),
		       text_thousands(net->parameters, all));
}

/* Memory of a block of sixteen samples on its way forward and back. */
static int memory_print(const struct net *net, struct err *err)
{
	static const double mib = 1024 * 1024;
	struct pass_memory memory;
	if (pass_memory(net, PASS_TRAIN, &memory, err) != 0)
		return -1;
	printf("MiB of a thread: maps and gradients %.2f, read by backward %.2f; layers %.2f\n",
	       (double)memory.maps / mib, (double)memory.needed / mib, (double)memory.layers / mib);
	return 0;
}

/* In one line where eighty columns are enough. */
static void head_print(const struct model *model)
{
	const struct job *job = model->job;
	char input[160], loss[64];
	int used = snprintf(input, sizeof input, "input %zu×%zu×%zu", job->input.maps, job->input.rows,
	                    job->input.columns);
	if (job->data.pad > 0)
		snprintf(input + used, sizeof input - (size_t)used, " padded to %zu×%zu", job->input.rows + 2 * job->data.pad,
		         job->input.columns + 2 * job->data.pad);
	snprintf(loss, sizeof loss, "%zu %s, %s", job->output.count, task_name(model->net->task.task),
	         loss_type(job->loss)->name);
	if (text_columns(job->name) + text_columns(input) + text_columns(loss) + 4 <= COLUMNS) {
		app_print("%s: %s, %s", job->name, input, loss);
	} else {
		app_print("%s:", job->name);
		app_print("%s, %s", input, loss);
	}
	putchar('\n');
}

static void history_print(const struct model *model)
{
	enum { LAST = 10 };
	const struct job *job = model->job;
	const struct measure *m = task_measure(model->net->task.task);
	char train[MEASURE_TEXT], test[MEASURE_TEXT];
	if (model_counts_epochs(model))
		printf("\ntrained %zu of %zu epochs, %llu steps", model->records, job->train.epochs,
		       (unsigned long long)model->step);
	else
		printf("\ntrained without a test set, %llu steps", (unsigned long long)model->step);
	if (job->train.optimizer.kind != OPTIMIZER_SGD)
		printf(" of %s", optimizer_name(job->train.optimizer.kind));
	puts(model->average != NULL ? ", averaged parameters" : "");
	if (model->start.count > 0)
		printf("started with %zu arrays of the file with this SHA-256:\n  %s\n", model->start.count - 1,
		       model->start.name[0]);
	if (model->records == 0)
		return;
	printf("%6s %10s %10s %8s %10s %8s\n", "epoch", "rate", "train loss", m->title, "test loss",
	       m->title);
	for (size_t r = model->records > LAST ? model->records - LAST : 0; r < model->records; r++) {
		const struct record *x = &model->record[r];
		char loss[2][MEASURE_TEXT];
		printf("%6llu %10.6f %10s %8s %10s %8s\n", (unsigned long long)x->epoch, x->rate,
		       loss_text(m, x->train_loss, loss[0]), measure_text(m, x->train_measure, train),
		       loss_text(m, x->test_loss, loss[1]), measure_text(m, x->test_measure, test));
	}
	if (model_best(model) == model->records) {
		puts("these errors are from before the network was pruned");
		return;
	}
	const struct record *best = &model->record[model_best(model)];
	if (model->job->data.validation > 0)
		printf("best: epoch %llu, validation %s %s, test %s %s\n", (unsigned long long)best->epoch, m->title,
		       measure_text(m, best->validation_measure, train), m->title, measure_text(m, best->test_measure, test));
	else
		printf("best: epoch %llu, test %s %s\n", (unsigned long long)best->epoch, m->title,
		       measure_text(m, best->test_measure, test));
}

/* α of a combination in tenths: rows output maps, columns input maps; '.' below 0.05. */
static int alpha_print(const struct model *model, size_t l, struct err *err)
{
	enum { MOST = 32 };
	const struct layer *layer = model->net->layer[l];
	size_t inputs = layer->in.maps, maps = layer->out.maps;
	float *alpha = memory_zeroed(inputs * maps, sizeof *alpha, err);
	if (alpha == NULL)
		return -1;
	const float *w = model_outcome(model) + model->net->offset[l];
	if (layer_shares(layer, w, alpha) && inputs <= MOST && maps <= MOST) {
		printf("\nlayer %zu, share of each input map (columns) in each output map (rows), in percent\n     ", l + 1);
		for (size_t i = 0; i < inputs; i++)
			printf("%4zu", i);
		for (size_t j = 0; j < maps; j++) {
			printf("\n%4zu ", j);
			for (size_t i = 0; i < inputs; i++)
				printf(alpha[j * inputs + i] < 0.005f ? "   ." : "%4.0f", 100 * (double)alpha[j * inputs + i]);
		}
		putchar('\n');
	}
	free(alpha);
	return 0;
}

/* Range and spread of each tensor. */
static void tensors_print(const struct model *model)
{
	const struct net *net = model->net;
	const char *title = model->average != NULL ? "learned, averaged" : "learned";
	printf("\n%-26s %10s %10s %10s\n", title, "least", "mean", "most");
	for (size_t t = 0; t < net->tensors; t++) {
		const struct net_tensor *tensor = &net->tensor[t];
		const float *w = model_outcome(model) + tensor->offset;
		double least = w[0], most = w[0], sum = 0;
		char name[80], layer[LAYER_NAME];
		for (size_t i = 0; i < tensor->count; i++) {
			least = w[i] < least ? w[i] : least;
			most = w[i] > most ? w[i] : most;
			sum += w[i];
		}
		snprintf(name, sizeof name, "%s/%s", layer_name(tensor->layer, net->layer[tensor->layer], layer),
		         tensor->own->name);
		printf("%-26s %10.4f %10.4f %10.4f\n", name, least, sum / (double)tensor->count, most);
	}
}

static int show(const struct arguments *a, struct err *err)
{
	bool checkpoint = app_is_checkpoint(a->path);
	if (checkpoint && a->edits.count > 0)
		return err_set(err, EX_USAGE, "show: --set is for a job file, and %s is a checkpoint", a->path);
	struct job *job = checkpoint ? NULL : app_job_read(a->path, &a->edits, err);
	struct model *model = NULL;
	if (checkpoint)
		model = checkpoint_load(a->path, NULL, err);
	else if (job != NULL)
		model = model_create(job, err);
	if (model == NULL)
		return -1;
	int code = 0;
	if (a->job) {
		fputs(model->job->text, stdout);
	} else if (a->dot) {
		dot_print(model, checkpoint);
	} else {
		head_print(model);
		layers_print(model);
		code = memory_print(model->net, err);
		if (checkpoint) {
			history_print(model);
			tensors_print(model);
			for (size_t l = 0; code == 0 && l < model->net->layers; l++)
				code = alpha_print(model, l, err);
		}
	}
	model_destroy(model);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "JOB.yaml|CKPT",
		"Shows a network's layers: sizes, connections, parameters, multiply-adds of one image's forward pass; for a "
		"checkpoint also its history and what was learned.", NULL, NULL, NULL};
	struct arguments a = {0};
	int code = app_parse(&argp, argc, argv, &a, &a.err) == 0 ? show(&a, &a.err) : -1;
	edits_free(&a.edits);
	return code == 0 ? 0 : app_fail(&a.err);
}

const struct command show_command = {"show", "shows a network, or what a checkpoint learned", run};
