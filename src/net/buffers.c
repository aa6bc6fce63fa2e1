/* Where maps and gradients lie: each has its memory from its first use to its last, and those that are never in use at
 * the same time share it. A layer that can work in place hands its memory on. */
#include "net.h"

#include <stdlib.h>

/* ---- Times ------------------------------------------------------------------------------------------------------ */

/* A pass as a row of points in time: the input is filled at 0, layer l runs forward at l + 1; then comes the loss, and
 * backward from the last layer to the first. */
static size_t time_forward(size_t l)
{
	return l + 1;
}

static size_t time_loss(const struct net *net)
{
	return net->layers + 1;
}

static size_t time_backward(const struct net *net, size_t l)
{
	return 2 * net->layers + 1 - l;
}

static size_t time_end(const struct net *net)
{
	return time_backward(net, 0) + 1;
}

/* Something that needs memory between two points in time, both included. */
struct piece {
	size_t size, first, last, index;
	size_t *offset;
	struct piece *in;    /* the piece whose memory it takes over, until they are sorted; NULL: it has its own */
	const size_t *taken; /* the place of that */
};

static void piece_use(struct piece *piece, size_t time)
{
	piece->first = time < piece->first ? time : piece->first;
	piece->last = time > piece->last ? time : piece->last;
}

/* ---- What needs memory, and when --------------------------------------------------------------------------------- */

/* All pieces of a net: maps, gradients, spares, maps before their activations. */
struct list {
	const struct net *net;
	enum pass_use use;
	size_t pieces;
	struct piece *piece;
	struct piece *map, *gradient, *spare, *before; /* parts of it: [layers + 1], [layers + 1], [sources], [layers] */
};

static size_t pieces_of(const struct net *net)
{
	return 2 * (net->layers + 1) + net->sources + net->layers;
}

static bool derived(enum activation f)
{
	return f != ACTIVATION_LINEAR;
}

/* f′ of a layer is computed from its output, or from what was before the activation. */
static void derive_uses(struct list *list, const struct stop *s, size_t now)
{
	if (activation_keeps_u(s->layer->activation)) {
		piece_use(&list->before[s->number], time_forward(s->number));
		piece_use(&list->before[s->number], now);
	} else if (derived(s->layer->activation)) {
		piece_use(&list->map[s->out], now);
	}
}

/* Backward, or the way of second derivatives, at a layer. */
static void backward_uses(struct list *list, const struct stop *s)
{
	size_t now = time_backward(list->net, s->number);
	derive_uses(list, s, now);
	piece_use(&list->gradient[s->out], now);
	for (size_t i = 0; i < s->sources; i++) {
		const struct source *source = &s->source[i];
		if (!s->layer->frees_x || (source->learns && derived(source->below)))
			piece_use(&list->map[source->map], now);
		if (source->learns)
			piece_use(&list->gradient[source->map], now);
		if (source->adds)
			piece_use(&list->spare[source - list->net->source], now);
	}
}

static void uses_find(struct list *list)
{
	const struct net *net = list->net;
	piece_use(&list->map[0], 0);
	for (const struct stop *s = net->stop; s < net->stop + net->layers; s++) {
		for (size_t i = 0; i < s->sources; i++)
			piece_use(&list->map[s->source[i].map], time_forward(s->number));
		piece_use(&list->map[s->out], time_forward(s->number));
		if (list->use != PASS_EVALUATE && (s->learns || s->learns_below))
			backward_uses(list, s);
	}
	if (list->use != PASS_EVALUATE)
		piece_use(&list->gradient[net->layers], time_loss(net));
	for (size_t m = 0; m <= net->layers; m++)
		if (list->use == PASS_INSPECT || m == net->layers)
			piece_use(&list->map[m], time_end(net));
}

/* ---- What is computed in place ----------------------------------------------------------------------------------- */

static struct piece *piece_root(struct piece *piece)
{
	while (piece->in != NULL)
		piece = piece->in;
	return piece;
}

/* Gives `next` the memory of `piece`, if that is last used when `next` is first. */
static bool piece_hand_on(struct piece *piece, struct piece *next)
{
	struct piece *root = piece_root(piece);
	if (root->last != next->first || next->in != NULL)
		return false;
	next->in = root;
	root->last = next->last;
	return true;
}

/* Whether a join reads source i once more when it has begun to write. */
static bool read_again(const struct stop *s, size_t i)
{
	size_t j = 2;
	while (j < s->sources && s->source[j].map != s->source[i].map)
		j++;
	return j < s->sources;
}

/* y in the place of x. */
static void output_place(struct list *list, const struct stop *s)
{
	for (size_t i = 0; i < s->sources && i < 2; i++)
		if (!read_again(s, i) && piece_hand_on(&list->map[s->source[i].map], &list->map[s->out]))
			return;
}

/* dx in the place of dy: of the last source, as those before it are still made from dy. */
static void gradient_place(struct list *list, const struct stop *s)
{
	const struct source *last = NULL;
	for (size_t i = 0; i < s->sources; i++)
		if (s->source[i].learns)
			last = &s->source[i];
	if (last != NULL)
		piece_hand_on(&list->gradient[s->out],
		              last->adds ? &list->spare[last - list->net->source] : &list->gradient[last->map]);
}

static void places_share(struct list *list)
{
	const struct net *net = list->net;
	if (list->use == PASS_INSPECT)
		return;
	for (size_t l = 0; l < net->layers; l++)
		if (net->layer[l]->in_place)
			output_place(list, &net->stop[l]);
	for (size_t l = net->layers; list->use == PASS_TRAIN && l-- > 0;)
		if (net->layer[l]->in_place && (net->stop[l].learns || net->stop[l].learns_below))
			gradient_place(list, &net->stop[l]);
	for (struct piece *piece = list->piece; piece < list->piece + list->pieces; piece++)
		piece->taken = piece->in != NULL ? piece_root(piece)->offset : NULL;
}

static int list_make(struct list *list, struct buffers *out, struct err *err)
{
	const struct net *net = list->net;
	list->pieces = pieces_of(net);
	list->piece = memory_zeroed(list->pieces, sizeof *list->piece, err);
	if (list->piece == NULL)
		return -1;
	list->map = list->piece;
	list->gradient = list->map + net->layers + 1;
	list->spare = list->gradient + net->layers + 1;
	list->before = list->spare + net->sources;
	for (size_t p = 0; p < list->pieces; p++)
		list->piece[p] = (struct piece){.first = SIZE_MAX, .index = p, .offset = &out->memory[p]};
	for (size_t m = 0; m <= net->layers; m++)
		list->map[m].size = list->gradient[m].size = shape_size(net_shape(net, m));
	for (size_t s = 0; s < net->sources; s++)
		list->spare[s].size = list->map[net->source[s].map].size;
	for (size_t l = 0; l < net->layers; l++)
		list->before[l].size = list->map[net->stop[l].out].size;
	uses_find(list);
	places_share(list);
	return 0;
}

/* ---- Places ------------------------------------------------------------------------------------------------------ */

static int larger_first(const void *a, const void *b)
{
	const struct piece *left = a, *right = b;
	if (left->size != right->size)
		return left->size < right->size ? 1 : -1;
	if (left->first != right->first)
		return left->first > right->first ? 1 : -1;
	return left->index > right->index ? 1 : -1;
}

static bool together(const struct piece *a, const struct piece *b)
{
	return a->first <= b->last && b->first <= a->last;
}

/* The smallest gap that the pieces in use at the same time leave; otherwise behind them. `placed` ascends. */
static size_t gap_find(const struct piece *piece, size_t count, struct piece *const *placed)
{
	size_t end = 0, best = SIZE_MAX, least = SIZE_MAX;
	for (size_t p = 0; p < count; p++) {
		if (!together(piece, placed[p]))
			continue;
		size_t at = *placed[p]->offset, after = at + placed[p]->size;
		if (at >= end + piece->size && at - end < least) {
			best = end;
			least = at - end;
		}
		end = after > end ? after : end;
	}
	return best != SIZE_MAX ? best : end;
}

/* Gives the largest pieces their places first. Returns the size of all of it. */
static size_t pieces_place(size_t pieces, struct piece *piece, struct piece **placed)
{
	size_t count = 0, size = 0;
	qsort(piece, pieces, sizeof *piece, larger_first);
	for (size_t p = 0; p < pieces; p++) {
		if (piece[p].first == SIZE_MAX)
			*piece[p].offset = (size_t)BUFFER_NONE;
		if (piece[p].first == SIZE_MAX || piece[p].taken != NULL)
			continue;
		size_t at = gap_find(&piece[p], count, placed), i = count++;
		*piece[p].offset = at;
		for (; i > 0 && *placed[i - 1]->offset > at; i--)
			placed[i] = placed[i - 1];
		placed[i] = &piece[p];
		size = at + piece[p].size > size ? at + piece[p].size : size;
	}
	for (size_t p = 0; p < pieces; p++)
		if (piece[p].taken != NULL)
			*piece[p].offset = *piece[p].taken;
	return size;
}

int buffers_plan(struct buffers *out, const struct net *net, enum pass_use use, struct err *err)
{
	struct list list = {.net = net, .use = use};
	struct piece **placed = NULL;
	int code = -1;
	*out = (struct buffers){.memory = memory_zeroed(pieces_of(net), sizeof *out->memory, err)};
	if (out->memory == NULL || list_make(&list, out, err) != 0 ||
	    (placed = memory_zeroed(list.pieces, sizeof *placed, err)) == NULL)
		goto out;
	out->map = out->memory;
	out->gradient = out->map + net->layers + 1;
	out->spare = out->gradient + net->layers + 1;
	out->before = out->spare + net->sources;
	for (size_t m = 0; m <= net->layers; m++)
		if (list.map[m].in == NULL && list.map[m].last > time_loss(net))
			out->needed += list.map[m].size;
	for (size_t l = 0; l < net->layers; l++)
		if (list.before[l].first != SIZE_MAX)
			out->needed += list.before[l].size;
	out->size = pieces_place(list.pieces, list.piece, placed);
	code = 0;
out:
	free(placed);
	free(list.piece);
	return code;
}

void buffers_free(struct buffers *buffers)
{
	free(buffers->memory);
	*buffers = (struct buffers){0};
}
