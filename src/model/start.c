/* A run's first parameters from a file: those arrays of a checkpoint, or of an HDF5 file of another program, that have
 * the names and shapes of the job's. */
#include "model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 128, SHAPE = 64, SHOWN = 300 };

static const char mean_path[] = "/normalization/mean", deviation_path[] = "/normalization/deviation";

/* A list for the user: as many entries as have room. */
struct list {
	char text[SHOWN];
	size_t count, named;
};

static void list_add(struct list *list, const char *entry)
{
	size_t used = strlen(list->text);
	if (list->named == list->count++ && used + strlen(entry) + 2 < sizeof list->text) {
		snprintf(list->text + used, sizeof list->text - used, "%s%s", list->named > 0 ? ", " : "", entry);
		list->named++;
	}
}

/* What comes into the model. */
struct start {
	struct model *model;
	const struct start_options *options;
	struct store *store; /* of a checkpoint; NULL: the file is of another program */
	bool *asked;         /* [layers] */
	const char **taken;  /* [1 + tensors + 2] the digest, then paths; owned but for the digest */
	size_t takes;
	struct list fresh, differing;
};

/* ---- Arrays of either kind of file ------------------------------------------------------------------------------- */

static bool same_shape(const struct store_array *a, const struct store_array *b)
{
	bool same = a->rank == b->rank;
	for (size_t d = 0; same && d < a->rank; d++)
		same = a->dims[d] == b->dims[d];
	return same;
}

static void shape_write(const struct store_array *array, char text[SHAPE])
{
	size_t used = 0;
	text[0] = 0;
	for (size_t d = 0; d < array->rank && used < SHAPE; d++)
		used += (size_t)snprintf(text + used, SHAPE - used, "%s%zu", d > 0 ? "×" : "", array->dims[d]);
}

static int checkpoint_array(struct store *store, struct store_array *array, size_t count, double *out, struct err *err)
{
	struct store_array found = {.path = array->path};
	if (!store_has(store, array->path)) {
		array->rank = 0;
		return 0;
	}
	if (store_find(store, &found, err) != 0)
		return -1;
	bool same = same_shape(array, &found), narrow = found.type == STORE_F32;
	if (same && !narrow && found.type != STORE_F64)
		return err_set(err, EX_DATAERR, "%s: is no array of floats", array->path);
	*array = found;
	if (!same)
		return 0;
	float *single = narrow ? memory_zeroed(count, sizeof *single, err) : NULL;
	int code = narrow && single == NULL ? -1 : store_get(store, &found, narrow ? (void *)single : out, err);
	for (size_t i = 0; narrow && code == 0 && i < count; i++)
		out[i] = (double)single[i];
	free(single);
	return code;
}

/* Gives the numbers if the file has the array in this shape; otherwise the shape that it has there, of rank 0 if it is
 * not there. */
static int array_take(struct start *s, struct store_array *array, size_t count, double *out, struct err *err)
{
	return s->store != NULL ? checkpoint_array(s->store, array, count, out, err)
	                        : array_plain(s->options->file, array, out, err);
}

/* ---- One tensor -------------------------------------------------------------------------------------------------- */

static int taken_add(struct start *s, const char *path, struct err *err)
{
	char *copy = memory_text(path, err);
	if (copy == NULL)
		return -1;
	s->taken[s->takes++] = copy;
	return 0;
}

/* Puts an array, dense, in place of what was drawn. *fits: false if it holds numbers other than 0 for pairs that are
 * not connected here; nothing is changed then. */
static int tensor_place(struct start *s, const struct net_tensor *tensor, const char *path, const double *from,
                        bool *fits, struct err *err)
{
	size_t dense = tensor_dense_count(tensor->own);
	float *w = s->model->w + tensor->offset;
	float *all = memory_zeroed(dense, sizeof *all, err), *packed = memory_zeroed(tensor->count, sizeof *packed, err);
	float *again = memory_zeroed(dense, sizeof *again, err);
	int code = all != NULL && packed != NULL && again != NULL ? 0 : -1;
	for (size_t i = 0; code == 0 && i < dense; i++) {
		all[i] = (float)from[i];
		if (!isfinite(all[i]))
			code = err_set(err, EX_DATAERR, "%s: %s: number %zu is %g, which float32 cannot hold", s->options->file,
			               path, i, from[i]);
		else if (all[i] < 0 && tensor->own->statistic && strcmp(tensor->own->name, "variance") == 0)
			code = err_set(err, EX_DATAERR, "%s: %s: number %zu is %g, and a variance is not negative",
			               s->options->file, path, i, from[i]);
	}
	if (code == 0) {
		tensor_pack(tensor->own, all, packed);
		tensor_expand(tensor->own, packed, again);
		*fits = true;
		for (size_t i = 0; *fits && i < dense; i++)
			*fits = again[i] == all[i];
		if (*fits)
			memcpy(w, packed, tensor->count * sizeof *w);
	}
	free(all);
	free(packed);
	free(again);
	return code;
}

static int tensor_refused(struct start *s, const struct net_tensor *tensor, const char *name, const char *said,
                          struct err *err)
{
	char layer[LAYER_NAME];
	if (s->options->layers != NULL)
		return err_set(err, EX_DATAERR, "%s: layer %s, which --layers names, cannot be taken: %s%s", s->options->file,
		               layer_name(tensor->layer, s->model->net->layer[tensor->layer], layer),
		               said == name ? "it has no " : "", said);
	list_add(said == name ? &s->fresh : &s->differing, said);
	return 0;
}

/* `group`: "average" or "layers", in a checkpoint with averaged parameters the first. */
static int tensor_start(struct start *s, const struct net_tensor *tensor, const char *group, struct err *err)
{
	const struct tensor *own = tensor->own;
	size_t count = tensor_dense_count(own);
	char layer[LAYER_NAME], name[PATH], path[PATH + 16], there[SHAPE], here[SHAPE], said[2 * PATH + 2 * SHAPE];
	snprintf(name, sizeof name, "%s/%s", layer_name(tensor->layer, s->model->net->layer[tensor->layer], layer),
	         own->name);
	snprintf(path, sizeof path, "/%s/%s", group, name);
	struct store_array array = {.path = path, .rank = own->rank};
	memcpy(array.dims, own->dims, own->rank * sizeof *own->dims);
	const struct store_array wanted = array;
	double *dense = memory_zeroed(count, sizeof *dense, err);
	bool fits = false;
	int code = dense != NULL ? array_take(s, &array, count, dense, err) : -1;
	bool same = same_shape(&array, &wanted);
	shape_write(&array, there);
	shape_write(&wanted, here);
	if (code == 0 && same)
		code = tensor_place(s, tensor, path, dense, &fits, err);
	free(dense);
	if (code != 0)
		return -1;
	if (fits) {
		snprintf(path, sizeof path, "/layers/%s", name);
		return taken_add(s, path, err);
	}
	if (array.rank == 0)
		return tensor_refused(s, tensor, name, name, err);
	if (same)
		snprintf(said, sizeof said, "%s connects other maps there", name);
	else
		snprintf(said, sizeof said, "%s is %s there, %s here", name, there, here);
	return tensor_refused(s, tensor, name, said, err);
}

/* ---- Layers and normalization ------------------------------------------------------------------------------------ */

static int layer_asked(struct start *s, const char *text, size_t length, struct err *err)
{
	const struct net *net = s->model->net;
	struct list names = {{0}, 0, 0};
	char name[LAYER_NAME];
	for (size_t l = 0; l < net->layers; l++) {
		layer_name(l, net->layer[l], name);
		if (strlen(name) == length && memcmp(name, text, length) == 0) {
			s->asked[l] = true;
			return net->layer[l]->parameters > 0 ? 0 : err_set(err, EX_USAGE, "--layers: %s has no parameters", name);
		}
		if (net->layer[l]->parameters > 0)
			list_add(&names, name);
	}
	return err_set(err, EX_USAGE, "--layers: the job has no layer '%.*s'; with parameters it has %s%s", (int)length,
	               text, names.text, names.named < names.count ? " …" : "");
}

static int layers_choose(struct start *s, struct err *err)
{
	const char *next = s->options->layers;
	for (size_t l = 0; next == NULL && l < s->model->net->layers; l++)
		s->asked[l] = true;
	while (next != NULL) {
		size_t length = strcspn(next, ",");
		if (layer_asked(s, next, length, err) != 0)
			return -1;
		next = next[length] == ',' ? next + length + 1 : NULL;
	}
	return 0;
}

static int layers_start(struct start *s, struct err *err)
{
	const struct net *net = s->model->net;
	for (size_t t = 0; t < net->tensors; t++) {
		char layer[LAYER_NAME], path[PATH];
		const struct net_tensor *tensor = &net->tensor[t];
		if (!s->asked[tensor->layer])
			continue;
		snprintf(path, sizeof path, "/average/%s/%s", layer_name(tensor->layer, net->layer[tensor->layer], layer),
		         tensor->own->name);
		bool averaged = s->store != NULL && store_has(s->store, path);
		if (tensor_start(s, tensor, averaged ? "average" : "layers", err) != 0)
			return -1;
	}
	return 0;
}

static int numbers_start(struct start *s, const char *path, double *out, struct err *err)
{
	size_t maps = s->model->normalization.maps;
	const struct store_array wanted = {.path = path, .rank = 1, .dims = {maps}};
	struct store_array array = wanted;
	char there[SHAPE];
	if (array_take(s, &array, maps, out, err) != 0)
		return -1;
	shape_write(&array, there);
	if (array.rank == 0)
		return err_set(err, EX_DATAERR, "%s: has no %s, which --take-normalization needs", s->options->file, path);
	if (!same_shape(&array, &wanted))
		return err_set(err, EX_DATAERR, "%s: %s has %s numbers, the job's inputs have %zu maps", s->options->file, path,
		               there, maps);
	return taken_add(s, path, err);
}

static int normalization_start(struct start *s, struct err *err)
{
	struct normalization *n = &s->model->normalization;
	if (numbers_start(s, mean_path, n->mean, err) != 0 || numbers_start(s, deviation_path, n->deviation, err) != 0)
		return -1;
	for (size_t j = 0; j < n->maps; j++)
		if (!isfinite(n->mean[j]) || !(n->deviation[j] > 0) || !isfinite(n->deviation[j]))
			return err_set(err, EX_DATAERR, "%s: /normalization of map %zu is %g and %g: a mean and a deviation above "
			               "0 are needed", s->options->file, j, n->mean[j], n->deviation[j]);
	return 0;
}

/* ---- All of it --------------------------------------------------------------------------------------------------- */

static void report_write(const struct start *s, size_t taken, struct start_report *report)
{
	const struct list *fresh = &s->fresh, *differing = &s->differing;
	size_t drawn = s->model->net->tensors - taken - differing->count;
	text_fit(report->line[0], START_LINE, "start: %zu array%s taken from %s, %zu drawn anew%s%s%s", taken,
	         taken == 1 ? "" : "s", s->options->file, drawn, fresh->named > 0 ? ": " : "", fresh->text,
	         fresh->named > 0 && fresh->named < drawn ? " …" : "");
	if (differing->count > 0)
		text_fit(report->line[1], START_LINE, "start: %zu drawn anew, as they differ: %s%s", differing->count,
		         differing->text, differing->named < differing->count ? " …" : "");
}

static int start_run(struct start *s, struct start_report *report, struct err *err)
{
	struct model *model = s->model;
	struct digest digest;
	char text[DIGEST_TEXT];
	if (layers_choose(s, err) != 0 || digest_of_file(s->options->file, &digest, err) != 0)
		return -1;
	digest_text(&digest, text);
	s->taken[s->takes++] = text;
	bool checkpoint = store_begins(s->options->file);
	if (checkpoint && (s->store = store_open(s->options->file, err)) == NULL)
		return -1;
	int code = layers_start(s, err);
	size_t taken = s->takes - 1;
	if (code == 0 && taken == 0) {
		const struct list *list = s->differing.count > 0 ? &s->differing : &s->fresh;
		code = err_set(err, EX_DATAERR, "%s: none of its arrays fits the job's%s%s%s", s->options->file,
		               list == &s->differing ? ": " : ", such as /layers/", list->text,
		               list->named < list->count ? " …" : "");
	}
	if (code == 0 && s->options->normalization)
		code = normalization_start(s, err);
	if (code == 0 && model->average != NULL)
		memcpy(model->average, model->w, model->net->parameters * sizeof *model->w);
	if (code == 0)
		code = class_names_copy(&model->start, s->takes, s->taken, err);
	if (code == 0)
		report_write(s, taken, report);
	store_destroy(s->store);
	return code;
}

int model_start(struct model *model, const struct start_options *options, struct start_report *report,
                struct err *err)
{
	struct start s = {.model = model, .options = options};
	*report = (struct start_report){0};
	s.asked = memory_zeroed(model->net->layers, sizeof *s.asked, err);
	s.taken = memory_zeroed(model->net->tensors + 3, sizeof *s.taken, err);
	int code = s.asked != NULL && s.taken != NULL ? start_run(&s, report, err) : -1;
	for (size_t i = 1; i < s.takes; i++)
		free((char *)s.taken[i]);
	free(s.taken);
	free(s.asked);
	return code;
}

bool model_started_with(const struct model *model, const char *path)
{
	for (size_t i = 1; i < model->start.count; i++)
		if (strcmp(model->start.name[i], path) == 0)
			return true;
	return false;
}

bool model_tensor_started(const struct model *model, const struct net_tensor *tensor)
{
	char path[PATH + 16], layer[LAYER_NAME];
	snprintf(path, sizeof path, "/layers/%s/%s", layer_name(tensor->layer, model->net->layer[tensor->layer], layer),
	         tensor->own->name);
	return model_started_with(model, path);
}
