/* A checkpoint's content: which arrays a model becomes and how they are read back. Dense in the file, packed in
 * memory. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 96 };

/* ---- Tensors: connected pairs in memory, all pairs (0 where not connected) in the file --------------------------- */

static void tensor_array(const struct net *net, const struct net_tensor *tensor, const char *group, char path[PATH],
                         struct store_array *array)
{
	char layer[LAYER_NAME];
	snprintf(path, PATH, "/%s/%s/%s", group, layer_name(tensor->layer, net->layer[tensor->layer], layer),
	         tensor->own->name);
	*array = (struct store_array){.path = path, .type = STORE_F32, .rank = tensor->own->rank,
	                              .description = tensor->own->description};
	for (size_t d = 0; d < array->rank; d++) {
		array->dims[d] = tensor->own->dims[d];
		array->labels[d] = tensor->own->labels[d];
	}
}

/* All tensors of a vector of parameters, into (put) or out of the group. */
static int tensors_move(struct store *store, const struct net *net, const char *group, float *vector, bool put,
                        struct err *err)
{
	for (size_t t = 0; t < net->tensors; t++) {
		const struct net_tensor *tensor = &net->tensor[t];
		char path[PATH];
		struct store_array array;
		tensor_array(net, tensor, group, path, &array);
		float *dense = memory_zeroed(tensor_dense_count(tensor->own), sizeof *dense, err);
		if (dense == NULL)
			return -1;
		int code;
		if (put) {
			tensor_expand(tensor->own, vector + tensor->offset, dense);
			code = store_put(store, &array, dense, err);
		} else {
			code = store_get(store, &array, dense, err);
			tensor_pack(tensor->own, dense, vector + tensor->offset);
		}
		free(dense);
		if (code != 0)
			return -1;
	}
	return 0;
}

/* For readers: connection tables of convolutions, α of combinations. Not read back. */
static int tables_put(struct store *store, const struct model *model, struct err *err)
{
	const struct net *net = model->net;
	for (size_t l = 0; l < net->layers; l++) {
		const struct layer *layer = net->layer[l];
		const struct connections *t = layer->tensors > 0 ? layer->tensor[0].table : NULL;
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

/* ---- Everything else --------------------------------------------------------------------------------------------- */

/* The columns of /history, as they stand in struct record. */
static const struct column {
	const char *name, *description; /* a name that ends with _ goes on with that of the task's measure of this set */
	size_t offset;
	bool whole; /* an unsigned number; otherwise float64 */
	bool held;  /* only with a validation set */
} columns[] = {
	{"epoch", "epochs done", offsetof(struct record, epoch), true, false},
	{"step", "updates made", offsetof(struct record, step), true, false},
	{"rate", "learning rate of the epoch's last update", offsetof(struct record, rate), false, false},
	{"train_loss", "mean loss of the epoch's samples, each before its update", offsetof(struct record, train_loss),
	 false, false},
	{"train_", "the epoch's samples", offsetof(struct record, train_measure), false, false},
	{"test_loss", "mean loss on the test set", offsetof(struct record, test_loss), false, false},
	{"test_", "the test set", offsetof(struct record, test_measure), false, false},
	{"validation_loss", "mean loss on the validation set", offsetof(struct record, validation_loss), false, true},
	{"validation_", "the validation set", offsetof(struct record, validation_measure), false, true},
};

static int history_move(struct store *store, struct model *model, bool put, struct err *err)
{
	const struct measure *measure = task_measure(model->net->task.task);
	for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
		char path[PATH], description[PATH];
		bool measured = columns[c].name[strlen(columns[c].name) - 1] == '_';
		if (columns[c].held && model->job->data.validation == 0)
			continue;
		snprintf(path, sizeof path, "/history/%s%s", columns[c].name, measured ? measure->name : "");
		snprintf(description, sizeof description, "%s%s%s", measured ? measure->before : "", columns[c].description,
		         measured ? measure->after : "");
		struct store_array array = {.path = path, .type = columns[c].whole ? STORE_U64 : STORE_F64, .rank = 1,
		                            .dims = {model->records}, .labels = {"record"},
		                            .description = description};
		char *cells = memory_zeroed(model->records, 8, err); /* uint64_t and double alike */
		if (cells == NULL)
			return -1;
		for (size_t r = 0; put && r < model->records; r++)
			memcpy(cells + 8 * r, (char *)&model->record[r] + columns[c].offset, 8);
		int code = put ? store_put(store, &array, cells, err) : store_get(store, &array, cells, err);
		for (size_t r = 0; !put && r < model->records; r++)
			memcpy((char *)&model->record[r] + columns[c].offset, cells + 8 * r, 8);
		free(cells);
		if (code != 0)
			return -1;
	}
	return 0;
}

static int classes_get(struct model *model, struct store *store, struct err *err)
{
	struct class_names names = {0};
	if (store_get_names(store, "/classes", &names.count, &names.name, err) != 0)
		return -1;
	if (names.count != model->names.count) {
		err_set(err, EX_DATAERR, "/classes has %zu names, there are %zu classes", names.count, model->names.count);
		class_names_free(&names);
		return -1;
	}
	class_names_free(&model->names);
	model->names = names;
	return names_agree(&model->names, model->job, err);
}

/* A colour. */
static int note_get(const struct member *m, struct store *store, struct err *err)
{
	size_t count;
	char **text;
	struct colour colour;
	if (!store_has(store, m->array.path))
		return 0;
	if (store_get_names(store, m->array.path, &count, &text, err) != 0)
		return -1;
	int code = 0;
	if (count != 1 || strlen(text[0]) >= m->size || !colour_parse(text[0], &colour))
		code = err_set(err, EX_DATAERR, "%s is '%.*s', not " COLOUR_FORMS, m->array.path,
		               (int)text_head(text[0], 80), text[0]);
	if (code == 0)
		strcpy(m->data, text[0]);
	free(text);
	return code;
}

/* The digest of a part of the data, as text. */
static int text_get(const struct member *m, struct store *store, struct err *err)
{
	char *text = store_text(store, m->array.path, err);
	if (text == NULL)
		return -1;
	int code = strlen(text) < m->size ? 0 : err_set(err, EX_DATAERR, "%s is no SHA-256", m->array.path);
	if (code == 0)
		strcpy(m->data, text);
	free(text);
	return code;
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

static bool member_empty(const struct member *m)
{
	const char *byte = m->data;
	for (size_t i = 0; i < m->count * m->size; i++)
		if (byte[i] != 0)
			return false;
	return true;
}

static int member_put(struct store *store, struct model *model, const struct member *m, struct err *err)
{
	const char *path = m->array.path, *text = m->data;
	switch (m->kind) {
	case MEMBER_TEXT:
		return store_set_text(store, path, text, err);
	case MEMBER_NUMBER:
		return store_set_number(store, path, *(const uint64_t *)m->data, err);
	case MEMBER_NOTE:
		return text[0] == 0 ? 0 : store_put_names(store, path, m->array.description, 1, &text, err);
	case MEMBER_TENSORS:
		return tensors_move(store, model->net, path, m->data, true, err);
	case MEMBER_ARRAY:
		return m->seldom && member_empty(m) ? 0 : store_put(store, &m->array, m->data, err);
	case MEMBER_HISTORY:
		return history_move(store, model, true, err);
	case MEMBER_NAMES:
		return store_put_names(store, path, m->array.description, model->names.count,
		                       (const char *const *)model->names.name, err);
	}
	return -1;
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

static int member_get(struct store *store, struct model *model, const struct member *m, struct err *err)
{
	const char *path = m->array.path;
	switch (m->kind) {
	case MEMBER_TEXT:
		return text_get(m, store, err);
	case MEMBER_NUMBER:
		return store_number(store, path, m->data, err);
	case MEMBER_NOTE:
		return note_get(m, store, err);
	case MEMBER_TENSORS:
		return tensors_move(store, model->net, path, m->data, false, err);
	case MEMBER_ARRAY:
		return m->seldom && !store_has(store, path) ? 0 : store_get(store, &m->array, m->data, err);
	case MEMBER_HISTORY:
		return history_move(store, model, false, err);
	case MEMBER_NAMES:
		return classes_get(model, store, err);
	}
	return -1;
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
