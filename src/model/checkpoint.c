/* A checkpoint: the members of a model in a file, with what readers want beside them, and back. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 96 };

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

/* For readers: connection tables of convolutions, α of combinations. Not read back. */
static int tables_put(struct store *store, const struct model *model, struct err *err)
{
	const struct net *net = model->net;
	for (size_t l = 0; l < net->layers; l++) {
		const struct layer *layer = net->layer[l];
		const struct connections *t = layer->tensors > 0 ? layer->tensor[0].table : NULL;
		if (t == NULL && !layer_shares(layer, NULL, NULL))
			continue;
		size_t pairs = layer->out.maps * layer->in.maps;
		char path[PATH], of_layer[LAYER_NAME];
		struct store_array array = {.path = path, .rank = 2, .dims = {layer->out.maps, layer->in.maps},
		                            .labels = {"output map", "input map"}};
		float *alpha = memory_zeroed(pairs, sizeof *alpha, err);
		bool *connected = memory_zeroed(pairs, sizeof *connected, err); /* bytes of 0 or 1 */
		int code = alpha != NULL && connected != NULL ? 0 : -1;
		const char *name = t != NULL ? "connections" : "alpha";
		snprintf(path, sizeof path, "/layers/%s/%s", layer_name(l, layer, of_layer), name);
		if (code == 0 && t != NULL) {
			tensor_connected(&layer->tensor[0], connected);
			array.type = STORE_U8;
			array.description = "1 where an input map feeds an output map";
			code = store_put(store, &array, connected, err);
		} else if (code == 0 && layer_shares(layer, model->w + net->offset[l], alpha)) {
			array.type = STORE_F32;
			array.description = "softmax of the logits: share of each input map";
			code = store_put(store, &array, alpha, err);
		}
		free(alpha);
		free(connected);
		if (code != 0)
			return -1;
	}
	return 0;
}

static int numbers_put(struct store *store, const struct model *model, struct err *err)
{
	return store_set_number(store, "seed", model->job->train.seed, err) == 0
		? store_set_number(store, "epoch", model->records, err) : -1;
}

/* What follows from the members is written for readers, each behind the member of that name: equal models have equal
 * bytes, whatever wrote them. */
static int extras_put(struct store *store, const struct model *model, const char *behind, struct err *err)
{
	static const struct {
		const char *behind;
		int (*put)(struct store *store, const struct model *model, struct err *err);
	} extras[] = {{"span", numbers_put}, {"layers", tables_put}, {"/background", pictures_put}};
	for (size_t e = 0; e < sizeof extras / sizeof *extras; e++)
		if (strcmp(extras[e].behind, behind) == 0 && extras[e].put(store, model, err) != 0)
			return -1;
	return 0;
}

static int members_put(struct store *store, const struct model *model, struct err *err)
{
	struct member member[MODEL_MEMBERS];
	size_t members = model_members(model, member);
	/* The functions that move arrays both ways do not change what they put. */
	struct model *source = (struct model *)model;
	for (size_t m = 0; m < members; m++)
		if (member_put(store, source, &member[m], err) != 0 ||
		    extras_put(store, model, member[m].array.path, err) != 0)
			return -1;
	return 0;
}

int checkpoint_image(const struct model *model, struct image *out, struct err *err)
{
	if (model_finite(model, err) != 0)
		return -1;
	struct store *store = store_create(err);
	if (store == NULL)
		return -1;
	int code = -1;
	if (store_set_text(store, "format", "convoy-checkpoint", err) == 0 &&
	    store_set_number(store, "format_version", CHECKPOINT_FORMAT, err) == 0 &&
	    store_set_number(store, "numerics", NUMERICS, err) == 0 &&
	    store_set_text(store, "job", model->job->text, err) == 0 && members_put(store, model, err) == 0)
		code = store_image(store, model->step, out, err);
	store_destroy(store);
	return code;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static int number_expect(struct store *store, const char *name, uint64_t expected, struct err *err)
{
	uint64_t number;
	if (store_number(store, name, &number, err) != 0)
		return -1;
	if (number != expected)
		return err_set(err, EX_DATAERR, "%s is %llu, this convoy reads %llu", name, (unsigned long long)number,
		               (unsigned long long)expected);
	return 0;
}

static struct model *model_of_store(struct store *store, const char *path, struct err *err)
{
	char *text = store_text(store, "job", err);
	char *source = text != NULL ? memory_format(err, "%s: job", path) : NULL;
	struct job *job = source != NULL ? job_parse(source, text, err) : NULL;
	free(source);
	free(text);
	return job != NULL ? model_create(job, err) : NULL;
}

/* Room for the records that the file holds. */
static int records_expect(struct model *model, struct store *store, struct err *err)
{
	uint64_t records;
	struct store_array epochs = {.path = "/history/epoch"};
	if (store_number(store, "epoch", &records, err) != 0 || store_find(store, &epochs, err) != 0)
		return -1;
	if (epochs.rank != 1 || epochs.dims[0] != records)
		return err_set(err, EX_DATAERR, "/history has %zu records, epoch is %llu",
		               epochs.rank == 1 ? epochs.dims[0] : 0, (unsigned long long)records);
	while (model->records < records)
		if (model_record(model, &(struct record){0}, err) != 0)
			return -1;
	return 0;
}

static int model_fill(struct model *model, struct store *store, struct err *err)
{
	struct member member[MODEL_MEMBERS];
	struct err broken = {0};
	if (records_expect(model, store, err) != 0)
		return -1;
	size_t members = model_members(model, member);
	for (size_t m = 0; m < members; m++)
		if (member_get(store, model, &member[m], err) != 0)
			return -1;
	if (model->pruned > model->records)
		return err_set(err, EX_DATAERR, "/pruned is %llu, /history has %zu records", (unsigned long long)model->pruned,
		               model->records);
	if (model_finite(model, &broken) != 0)
		return err_set(err, EX_DATAERR, "%s", broken.text);
	return 0;
}

struct model *checkpoint_load(const char *path, bool *foreign, struct err *err)
{
	if (foreign != NULL)
		*foreign = false;
	struct store *store = store_open(path, err);
	if (store == NULL)
		return NULL;
	struct err inner = {0};
	bool known = number_expect(store, "format_version", CHECKPOINT_FORMAT, &inner) == 0 &&
	             number_expect(store, "numerics", NUMERICS, &inner) == 0;
	if (foreign != NULL)
		*foreign = !known;
	struct model *model = known ? model_of_store(store, path, &inner) : NULL;
	if (model != NULL && model_fill(model, store, &inner) != 0) {
		model_destroy(model);
		model = NULL;
	}
	if (model == NULL) {
		/* Whatever is wrong inside a file that carries a good checksum is the file's fault, not the user's job file. */
		int code = inner.code == EX_CONFIG ? EX_DATAERR : inner.code;
		bool named = strncmp(inner.text, path, strlen(path)) == 0;
		err_set(err, code, "%s%s%s", named ? "" : path, named ? "" : ": ", inner.text);
	}
	store_destroy(store);
	return model;
}
