/* Operators that move a window over maps. */
#include "windows.h"

#include <string.h>

/* `count` whole numbers, least … 2^20; absent: each if the node does not have the attribute. */
static int numbers_get(struct import *in, const struct file_node *node, const char *name, size_t count, int64_t least,
                       size_t absent, size_t *out)
{
	struct file_attribute attribute;
	int there = node_attribute(node, name, &attribute, in->err);
	for (size_t i = 0; there == 0 && i < count; i++)
		out[i] = absent;
	if (there <= 0)
		return there;
	if (attribute.count != count)
		return err_set(in->err, EX_DATAERR, "%s has %zu numbers, not the %zu of windows on such maps", name,
		               attribute.count, count);
	for (size_t i = 0; i < count; i++) {
		if (attribute.number[i] < least || attribute.number[i] > 1 << 20)
			return err_set(in->err, EX_DATAERR, "%s has %lld; convoy takes %lld … %d", name,
			               (long long)attribute.number[i], (long long)least, 1 << 20);
		out[i] = (size_t)attribute.number[i];
	}
	return 0;
}

int sides_get(struct import *in, const struct file_node *node, const char *name, const struct moves *w, int64_t least,
              size_t absent, size_t out[2])
{
	out[0] = 1;
	return w->line ? numbers_get(in, node, name, 1, least, absent, out + 1)
	               : numbers_get(in, node, name, 2, least, absent, out);
}

/* The zeros of auto_pad SAME_UPPER, which are those of convoy's `padding: same`: the odd one is behind. */
static void same_pads(struct moves *w, struct shape shape)
{
	for (size_t d = 0; d < 2; d++) {
		size_t length = d == 0 ? shape.rows : shape.columns;
		size_t reach = ((length + w->step[d] - 1) / w->step[d] - 1) * w->step[d] + w->reach[d];
		w->before[d] = reach > length ? (reach - length) / 2 : 0;
		w->behind[d] = reach > length ? reach - length - w->before[d] : 0;
	}
}

static int pads_get(struct import *in, const struct file_node *node, struct shape shape, struct moves *w)
{
	struct file_attribute word;
	size_t pads[4] = {0}, sides = w->line ? 1 : 2;
	int automatic = node_attribute(node, "auto_pad", &word, in->err);
	if (automatic < 0 || numbers_get(in, node, "pads", 2 * sides, 0, 0, pads) != 0)
		return -1;
	for (size_t d = 0; d < sides; d++) {
		w->before[2 - sides + d] = pads[d];
		w->behind[2 - sides + d] = pads[d + sides];
	}
	if (automatic == 0 || strcmp(word.word, "NOTSET") == 0)
		return 0;
	memset(w->before, 0, sizeof w->before);
	memset(w->behind, 0, sizeof w->behind);
	if (strcmp(word.word, "SAME_UPPER") == 0)
		same_pads(w, shape);
	else if (strcmp(word.word, "VALID") != 0)
		return err_set(in->err, EX_DATAERR, "auto_pad %s: convoy takes SAME_UPPER, VALID and explicit pads", word.word);
	return 0;
}

int moves_get(struct import *in, const struct file_node *node, struct shape shape, struct moves *w)
{
	if (sides_get(in, node, "strides", w, 1, 1, w->step) != 0 ||
	    sides_get(in, node, "dilations", w, 1, 1, w->dilation) != 0)
		return -1;
	for (size_t d = 0; d < 2; d++)
		if (w->side[d] > LAYER_SIDE || w->dilation[d] > LAYER_SIDE || w->step[d] > LAYER_SIDE)
			return err_set(in->err, EX_DATAERR, "a window, step or dilation of more than %d", LAYER_SIDE);
		else
			w->reach[d] = (w->side[d] - 1) * w->dilation[d] + 1;
	if (pads_get(in, node, shape, w) != 0)
		return -1;
	w->ceiling = attribute_integer(in, node, "ceil_mode", 0) != 0;
	for (size_t d = 0; d < 2; d++) {
		size_t length = d == 0 ? shape.rows : shape.columns;
		if (w->reach[d] > length + w->before[d] + w->behind[d])
			return err_set(in->err, EX_DATAERR, "its window of %zu×%zu is larger than its %zu×%zu input", w->reach[0],
			               w->reach[1], shape.rows, shape.columns);
		if (w->before[d] >= w->reach[d] || w->behind[d] >= w->reach[d])
			return err_set(in->err, EX_DATAERR, "pads as long as the window: convoy has no such padding");
	}
	return in->err->code == 0 ? 0 : -1;
}

static size_t moved_along(const struct moves *w, size_t length, size_t d)
{
	size_t way = length + w->before[d] + w->behind[d] - w->reach[d], count = way / w->step[d] + 1;
	return count + (w->ceiling && way % w->step[d] > 0 && count * w->step[d] < length + w->before[d]);
}

struct shape moved(const struct moves *w, size_t maps, struct shape in)
{
	return (struct shape){maps, moved_along(w, in.rows, 0), moved_along(w, in.columns, 1)};
}

bool moves_padded(const struct moves *w)
{
	return w->before[0] + w->before[1] + w->behind[0] + w->behind[1] > 0;
}

/* One window in each step. Further zeros behind are read by none. */
static bool moves_all(const struct moves *w, struct shape shape)
{
	struct shape out = moved(w, 1, shape);
	return out.rows == (shape.rows + w->step[0] - 1) / w->step[0] &&
	       out.columns == (shape.columns + w->step[1] - 1) / w->step[1];
}

bool moves_same(const struct moves *w, struct shape shape)
{
	struct moves same = *w;
	same_pads(&same, shape);
	return moves_all(w, shape) && memcmp(same.before, w->before, sizeof w->before) == 0;
}

bool moves_word(const struct moves *w, struct shape shape, const char **word)
{
	bool same = moves_same(w, shape);
	*word = same ? "same" : "centred";
	return same || (moves_all(w, shape) && w->before[0] == (w->reach[0] - 1) / 2 &&
	                w->before[1] == (w->reach[1] - 1) / 2);
}

int padding_refuse(struct import *in, const struct moves *w, struct shape shape)
{
	struct moves same = *w;
	same_pads(&same, shape);
	return err_set(in->err, EX_DATAERR, "pads [%zu, %zu, %zu, %zu]; at stride [%zu, %zu] on %zu×%zu convoy has none, "
	               "or a window in each step, with those of padding: same, [%zu, %zu, %zu, %zu], or half a window on "
	               "all sides", w->before[0], w->before[1], w->behind[0], w->behind[1], w->step[0], w->step[1],
	               shape.rows, shape.columns, same.before[0], same.before[1], same.behind[0], same.behind[1]);
}

struct value *maps_get(struct import *in, const struct file_node *node)
{
	struct value *x = node_maps(in, node, 0);
	if (x == NULL || !x->row)
		return x;
	err_set(in->err, EX_DATAERR, "its input '%s' has two dimensions, convoy takes [N][maps][rows][columns] there",
	        x->name);
	return NULL;
}

int word_check(struct import *in, const struct file_node *node, const char *name, const char *absent,
               const char *want, const char *does)
{
	struct file_attribute attribute;
	int there = node_attribute(node, name, &attribute, in->err);
	const char *word = there > 0 ? attribute.word : absent;
	if (there < 0 || strcmp(word, want) == 0)
		return there < 0 ? -1 : 0;
	return err_set(in->err, EX_DATAERR, "%s is %s; convoy %s: %s", name, word, does, want);
}
