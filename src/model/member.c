/* The kinds of members of a model: how each becomes arrays or attributes of a file and is read back. Dense in the file,
 * packed in memory. */
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

static int list_get(const struct member *m, struct store *store, struct err *err)
{
	struct class_names *list = m->data;
	if (!store_has(store, m->array.path))
		return 0;
	class_names_free(list);
	return store_get_names(store, m->array.path, &list->count, &list->name, err);
}

static int list_put(const struct member *m, struct store *store, struct err *err)
{
	const struct class_names *list = m->data;
	return list->count == 0 ? 0 : store_put_names(store, m->array.path, m->array.description, list->count,
	                                              (const char *const *)list->name, err);
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

/* ---- All kinds --------------------------------------------------------------------------------------------------- */

static bool member_empty(const struct member *m)
{
	const char *byte = m->data;
	for (size_t i = 0; i < m->count * m->size; i++)
		if (byte[i] != 0)
			return false;
	return true;
}

int member_put(struct store *store, struct model *model, const struct member *m, struct err *err)
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
	case MEMBER_LIST:
		return list_put(m, store, err);
	}
	return -1;
}

int member_get(struct store *store, struct model *model, const struct member *m, struct err *err)
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
	case MEMBER_LIST:
		return list_get(m, store, err);
	}
	return -1;
}
