/* Pictures of what a model holds. */
#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who takes the pictures. */
struct taker {
	const struct model *model;
	size_t most; /* numbers in a picture; 0: any */
	bool page;   /* titles stand beside the pictures */
	view_take *take;
	void *context;
};

/* STRIP: pixels that a kernel of one row is high, which would be a line otherwise. */
enum { HEAD = 128, KEY = 96, STRIP = 12 };

static int picture_take(const struct taker *taker, size_t l, const char *what, const char *behind, struct tiles *tiles,
                        struct err *err)
{
	struct canvas canvas = {0};
	char layer[LAYER_NAME], name[96], title[TITLE];
	snprintf(name, sizeof name, "%s-%s%s", layer_name(l, taker->model->net->layer[l], layer), what, behind);
	tiles_title(tiles, title);
	int code = tiles_draw(tiles, taker->page ? NULL : title, &canvas, err);
	if (code == 0)
		code = taker->take(taker->context, name, title, &canvas, err);
	canvas_free(&canvas);
	return code;
}

/* A page shows what is strongest first, then all. */
static int hand_over(const struct taker *taker, size_t l, const char *what, struct tiles *tiles, struct err *err)
{
	struct chosen chosen = {0};
	tiles->page = taker->page;
	tiles->most = taker->most;
	int some = taker->page ? tiles_choose(tiles, &chosen, err) : 0, code = some < 0 ? -1 : 0;
	if (some > 0)
		code = picture_take(taker, l, what, "", &chosen.tiles, err);
	if (some > 0 && tiles->columns > 1)
		tiles->zoom = tiles->zoom > 2 ? 2 : tiles->zoom; /* one number after the other is still seen */
	if (code == 0)
		code = picture_take(taker, l, what, some > 0 ? VIEW_ALL : "", tiles, err);
	chosen_free(&chosen);
	return code;
}

/* "blue −0.434, white 0, red 0.434" */
static void key_make(char key[KEY], float most)
{
	snprintf(key, KEY, "blue −%.3g, white 0, red %.3g", (double)most, (double)most);
}

/* Kernels and weights: [tall][wide] tiles. A single column of tiles is wrapped to a block. */
static int tiles_take(const struct taker *taker, size_t l, const struct tensor *tensor, struct tiles *t,
                      struct err *err)
{
	const struct layer *layer = taker->model->net->layer[l];
	float *value = memory_zeroed(tensor_dense_count(tensor), sizeof *value, err);
	bool *present = memory_zeroed(t->tall * t->wide, sizeof *present, err);
	int code = -1;
	if (value != NULL && present != NULL) {
		char head[HEAD], key[KEY];
		tensor_expand(tensor, model_outcome(taker->model) + taker->model->net->offset[l] + tensor->offset, value);
		if (tensor->table != NULL) {
			tensor_connected(tensor, present);
			t->present = present;
		}
		float most = values_largest(tensor_dense_count(tensor), value);
		snprintf(head, sizeof head, "%zu %s: %s %zu×%zu", l + 1, layer->type->name, tensor->name, t->rows, t->columns);
		key_make(key, most);
		t->head = head;
		t->key = key;
		t->value = value;
		t->scale = (struct scale){PALETTE_SIGNED, -most, most};
		if (t->rows == 1 && t->columns > 1)
			t->zoom_down = t->zoom > STRIP ? t->zoom : STRIP;
		code = hand_over(taker, l, tensor->name, t, err);
	}
	free(present);
	free(value);
	return code;
}

static int kernels_take(const struct taker *taker, size_t l, const struct tensor *tensor, struct err *err)
{
	size_t last = tensor->rank - 1, tall = tensor->rank == 4 ? tensor->dims[0] : 1, wide = tensor->dims[last - 2];
	struct tiles t = {.tall = tall, .wide = wide, .rows = tensor->dims[last - 1], .columns = tensor->dims[last],
	                  .step = 2, .down = tensor->labels[0], .across = tensor->labels[last - 2]};
	if (tall == 1 || wide == 1) {
		t.down = tall == 1 ? t.across : t.down;
		t.count = tall * wide;
		t.wide = t.count < 8 ? t.count : 8;
		t.tall = (t.count + t.wide - 1) / t.wide;
		t.wrapped = true;
	}
	size_t more = t.tall > t.wide ? t.tall : t.wide;
	t.zoom = tiles_zoom(t.columns, more, more < 4 ? 240 / more : 60);
	return tiles_take(taker, l, tensor, &t, err);
}

static int weights_take(const struct taker *taker, size_t l, const struct tensor *tensor, struct err *err)
{
	struct shape in = taker->model->net->layer[l]->in;
	struct tiles t = {.tall = tensor->dims[0], .wide = in.maps, .rows = in.rows, .columns = in.columns,
	                  .step = in.rows * in.columns > 1, .down = tensor->labels[0], .across = "input map"};
	t.zoom = tiles_zoom(t.columns, t.wide > t.tall ? t.wide : t.tall, t.step > 0 ? 48 : 10);
	return tiles_take(taker, l, tensor, &t, err);
}

/* A connection table as black and white, the α of a combination as heat. */
static int table_take(const struct taker *taker, size_t l, struct err *err)
{
	const struct layer *layer = taker->model->net->layer[l];
	size_t pairs = layer->out.maps * layer->in.maps;
	if (layer->tensor[0].table == NULL && !layer_shares(layer, NULL, NULL))
		return 0;
	float *value = memory_zeroed(pairs, sizeof *value, err);
	bool *connected = memory_zeroed(pairs, sizeof *connected, err);
	char head[HEAD], key[KEY] = "dark: connected";
	struct tiles t = {.head = head, .key = key, .down = "output map", .across = "input map",
	                  .tall = layer->out.maps, .wide = layer->in.maps, .rows = 1, .columns = 1,
	                  .step = 1, .value = value, .zoom = tiles_zoom(1, layer->out.maps + layer->in.maps, 18)};
	int code = value != NULL && connected != NULL ? 0 : -1;
	if (code == 0 && layer_shares(layer, model_outcome(taker->model) + taker->model->net->offset[l], value)) {
		float most = values_largest(pairs, value);
		snprintf(head, sizeof head, "%zu %s: alpha", l + 1, layer->type->name);
		snprintf(key, sizeof key, "dark 0, light %.3f", (double)most);
		t.scale = (struct scale){PALETTE_HEAT, 0, most};
		code = hand_over(taker, l, "alpha", &t, err);
	} else if (code == 0 && layer->tensor[0].table != NULL && layer->tensor[0].table->count < pairs) {
		tensor_connected(&layer->tensor[0], connected);
		for (size_t p = 0; p < pairs; p++)
			value[p] = connected[p] ? 0.2f : 0.9f;
		snprintf(head, sizeof head, "%zu %s: %zu connections of %zu", l + 1, layer->type->name,
		         layer->tensor[0].table->count, pairs);
		t.scale = (struct scale){PALETTE_GREY, 0, 1};
		code = hand_over(taker, l, "connections", &t, err);
	}
	free(connected);
	free(value);
	return code;
}

/* A row of coloured squares for each tensor with a number per map. */
static int channels_take(const struct taker *taker, size_t l, struct err *err)
{
	const struct layer *layer = taker->model->net->layer[l];
	const float *w = model_outcome(taker->model) + taker->model->net->offset[l];
	float *value = memory_zeroed(layer->tensors, layer->out.maps * sizeof *value, err);
	const char *label[LAYER_TENSORS], *across = "map";
	char head[HEAD], key[KEY];
	size_t rows = 0;
	if (value == NULL)
		return -1;
	snprintf(head, sizeof head, "%zu %s:", l + 1, layer->type->name);
	for (size_t s = 0; s < layer->tensors; s++) {
		const struct tensor *tensor = &layer->tensor[s];
		if (tensor->rank != 1 || tensor->dims[0] != layer->out.maps)
			continue;
		memcpy(value + rows * layer->out.maps, w + tensor->offset, layer->out.maps * sizeof *value);
		size_t used = strlen(head);
		snprintf(head + used, sizeof head - used, "%s %s", rows > 0 ? " and" : "", tensor->name);
		across = tensor->labels[0];
		label[rows++] = tensor->name;
	}
	float most = values_largest(rows * layer->out.maps, value);
	key_make(key, most);
	struct tiles t = {.head = head, .key = key, .across = across, .label = label, .tall = rows, .wide = layer->out.maps,
	                  .rows = 1, .columns = 1, .step = 1, .value = value, .scale = {PALETTE_SIGNED, -most, most},
	                  .zoom = tiles_zoom(1, layer->out.maps, 18), .zoom_down = 18};
	int code = rows > 0 ? hand_over(taker, l, "channels", &t, err) : 0;
	free(value);
	return code;
}

int view_parameters(const struct model *model, size_t most, bool page, view_take *take, void *context,
                    struct err *err)
{
	struct taker taker = {model, most, page, take, context};
	for (size_t l = 0; l < model->net->layers; l++) {
		const struct layer *layer = model->net->layer[l];
		if (layer->tensors == 0)
			continue;
		const struct tensor *first = &layer->tensor[0];
		int code = first->rank >= 3 ? kernels_take(&taker, l, first, err)
		           : first->rank == 2 ? weights_take(&taker, l, first, err) : 0;
		if (code != 0 || (first->rank >= 3 && table_take(&taker, l, err) != 0) ||
		    channels_take(&taker, l, err) != 0)
			return -1;
	}
	return 0;
}
