/* convoy prune CKPT: learned combinations become convolutions with the connections they learned (section 3.3.1). */
#include "app.h"

#include <stdlib.h>
#include <string.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *checkpoint, *output;
	double below;
	uint64_t keep; /* 0: all that are not below */
	bool given;
};

static const struct argp_option options[] = {
	{"below", 'b', "E", 0, "Drop connections with alpha below E (0 … 1); the largest of each output map stays", 0},
	{"keep", 'k', "N", 0, "Keep the N connections with the largest alpha, at least one of each output map", 0},
	{"output", 'o', "CKPT", 0, "The checkpoint to write", 0},
	{0},
};

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'b':
		a->given = app_real("--below", value, 0, 1, &a->below, &a->err) == 0;
		break;
	case 'k':
		return app_number("--keep", value, 1, UINT32_MAX, &a->keep, &a->err) == 0 ? 0 : EINVAL;
	case 'o':
		a->output = value;
		break;
	case ARGP_KEY_ARG:
		operand_take("prune", "checkpoint", value, &a->checkpoint, &a->err);
		break;
	case ARGP_KEY_END:
		if (a->checkpoint == NULL || a->output == NULL || a->given == (a->keep > 0))
			err_set(&a->err, EX_USAGE,
			        "prune: CKPT, --below E or --keep N, and --output CKPT are needed (convoy prune --help)");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->err.code == 0 ? 0 : EINVAL;
}

/* What a net becomes: the new job text, and for each folded layer its parameters. */
struct pruned {
	char *text;
	float **folded; /* [layers], NULL where the layer stays */
	size_t layers;
};

static int descending(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x < y) - (x > y);
}

/* The alpha of the last of `keep` connections, where the largest of each output map come first. */
static int keep_threshold(const struct layer *layer, const float *w, uint64_t keep, double *below, struct err *err)
{
	size_t inputs = layer->in.maps, maps = layer->out.maps, pairs = inputs * maps;
	float *alpha = memory_zeroed(pairs, sizeof *alpha, err);
	if (alpha == NULL)
		return -1;
	layer_shares(layer, w, alpha);
	for (size_t j = 0; j < maps; j++) {
		float *largest = alpha + j * inputs;
		for (size_t i = 1; i < inputs; i++)
			if (alpha[j * inputs + i] > *largest)
				largest = alpha + j * inputs + i;
		*largest = 2;
	}
	qsort(alpha, pairs, sizeof *alpha, descending);
	*below = alpha[keep < pairs ? keep - 1 : pairs - 1];
	free(alpha);
	return 0;
}

static int layer_fold(const struct model *model, size_t l, const struct arguments *a, struct pruned *p, struct err *err)
{
	const struct layer *layer = model->net->layer[l];
	const float *w = model_outcome(model) + model->net->offset[l];
	double below = a->below;
	char key[32];
	if (a->keep > 0 && keep_threshold(layer, w, a->keep, &below, err) != 0)
		return -1;
	struct layer_spec *spec = layer->type->fold(layer, model->job->layer[l], w, below, &p->folded[l], err);
	if (spec == NULL)
		return -1;
	snprintf(key, sizeof key, "layers[%zu]", l);
	char *node = job_layer_text(spec, err);
	char *text = node != NULL ? job_replace(model->job->source, p->text, key, node, err) : NULL;
	free(node);
	layer_spec_destroy(spec);
	free(p->text);
	p->text = text;
	return text != NULL ? 0 : -1;
}

static int layers_fold(const struct model *model, const struct arguments *a, struct pruned *p, struct err *err)
{
	size_t folds = 0;
	p->layers = model->net->layers;
	p->text = memory_text(model->job->text, err);
	p->folded = memory_zeroed(p->layers, sizeof *p->folded, err);
	if (p->text == NULL || p->folded == NULL)
		return -1;
	for (size_t l = 0; l < p->layers; l++) {
		if (!layer_shares(model->net->layer[l], NULL, NULL))
			continue;
		folds++;
		if (layer_fold(model, l, a, p, err) != 0)
			return -1;
	}
	if (folds == 0)
		return err_set(err, EX_DATAERR, "%s has no combination layer to prune", model->job->name);
	return 0;
}

static bool of_confusion(const struct model *model, const void *data)
{
	const struct confusion *c = &model->confusion;
	return data == c->cell || data == c->tally || data == c->pair;
}

/* What is not the net's: its exponents, and what it guessed, are another's. */
static void members_copy(struct model *new, const struct model *model)
{
	struct member to[MODEL_MEMBERS], from[MODEL_MEMBERS];
	size_t members = model_members(new, to);
	model_members(model, from);
	for (size_t m = 0; m < members; m++) {
		bool plain = to[m].kind == MEMBER_TEXT || to[m].kind == MEMBER_NUMBER || to[m].kind == MEMBER_NOTE ||
		             to[m].kind == MEMBER_ARRAY;
		if (plain && to[m].data != new->exponents && !of_confusion(new, to[m].data))
			memcpy(to[m].data, from[m].data, to[m].count * to[m].size);
	}
}

/* What the optimizer keeps of layer l. A folded layer starts with no velocity; its squares are folded too, since the
 * optimizer would take a long step where they are 0. */
static int vectors_prune(const struct model *model, size_t l, bool folded, struct model *new, struct err *err)
{
	const struct optimizer_type *rule = optimizer_type(new->job->train.optimizer.kind);
	const struct layer *layer = model->net->layer[l], *to = new->net->layer[l];
	size_t at = new->net->offset[l], from = model->net->offset[l];
	for (size_t s = 0; s < OPTIMIZER_VECTORS && new->state[s] != NULL; s++) {
		const float *old = model->state[s] + from;
		float *own = new->state[s] + at;
		if (!folded)
			memcpy(own, old, to->parameters * sizeof *own);
		else if (rule->vector[s].squares &&
		         layer->type->fold_squares(layer, model->w + from, to, old, own, err) != 0)
			return -1;
	}
	return 0;
}

/* The new model: folded parameters, the others as they were, all of them averaged where the model keeps averages, since
 * those are the net that was evaluated. */
static struct model *model_prune(const struct model *model, const struct pruned *p, struct err *err)
{
	struct job *job = job_parse("pruned job", p->text, err);
	struct model *new = job != NULL ? model_create(job, err) : NULL;
	if (new == NULL)
		return NULL;
	for (size_t l = 0; l < p->layers; l++) {
		size_t to = new->net->offset[l], from = model->net->offset[l], count = new->net->layer[l]->parameters;
		bool folded = p->folded[l] != NULL;
		memcpy(new->w + to, folded ? p->folded[l] : model_outcome(model) + from, count * sizeof *new->w);
		if (vectors_prune(model, l, folded, new, err) != 0) {
			model_destroy(new);
			return NULL;
		}
	}
	if (new->average != NULL)
		memcpy(new->average, new->w, new->net->parameters * sizeof *new->w);
	/* Exponents start afresh: the first step after pruning is computed twice. */
	for (size_t t = 0; t < new->net->tensors; t++)
		new->exponents[t] = SUM_EXPONENT_LOWEST;
	members_copy(new, model);
	int code = model_names_adopt(new, &model->names, "the checkpoint", err);
	if (code == 0 && model->start.count > 0)
		code = class_names_copy(&new->start, model->start.count, (const char *const *)model->start.name, err);
	for (size_t r = 0; code == 0 && r < model->records; r++)
		code = model_record(new, &model->record[r], err);
	new->pruned = new->records; /* their errors, and the confusion, were another net's */
	if (code == 0)
		return new;
	model_destroy(new);
	return NULL;
}

static int prune(const struct arguments *a, struct err *err)
{
	struct pruned p = {0};
	struct image image = {0};
	struct model *model = checkpoint_load(a->checkpoint, NULL, err), *new = NULL;
	int code = -1;
	if (model == NULL || app_may_write(a->output, true, err) != 0 || layers_fold(model, a, &p, err) != 0 ||
	    (new = model_prune(model, &p, err)) == NULL)
		goto out;
	for (size_t l = 0; l < p.layers; l++)
		if (p.folded[l] != NULL)
			printf("layer %zu: %zu of %zu connections stay\n", l + 1, new->net->layer[l]->connections,
			       model->net->layer[l]->connections);
	if (checkpoint_image(new, &image, err) != 0 || app_write(a->output, image.bytes, image.count, err) != 0)
		goto out;
	printf("%s: %zu parameters, before %zu\n", a->output, new->net->parameters, model->net->parameters);
	code = 0;
out:
	image_destroy(&image);
	model_destroy(new);
	model_destroy(model);
	free(p.text);
	for (size_t l = 0; p.folded != NULL && l < p.layers; l++)
		free(p.folded[l]);
	free(p.folded);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "CKPT",
		"Turns the learned combinations of a checkpoint into convolutions with the connection table that was learned. "
		"The remaining alphas of an output map are rescaled to sum 1 and folded into the kernels.", NULL, NULL, NULL};
	struct arguments a = {0};
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0 || prune(&a, &a.err) != 0)
		return app_fail(&a.err);
	return 0;
}

const struct command prune_command = {"prune", "turns learned combinations into convolutions", run};
