/* The connections of a convolution: a word, or a list of lists, which no other key is. */
#include "job.h"

#include <stdio.h>
#include <string.h>

enum { PATH = 64 };

static int word_read(const struct tree *tree, const yaml_node_t *node, const struct key *row, const char *path,
                     struct connection_spec *spec, struct err *err)
{
	const char *text = node_text(node);
	unsigned value;
	if (key_word_value(row->words, text, &value)) {
		spec->kind = (enum connection_kind)value;
		return 0;
	}
	char shown[SHOWN];
	struct hint hint;
	hint_begin(&hint, "one of", text, strlen(text));
	hint_add_words(&hint, row);
	hint_end(&hint);
	return tree_error(tree, node, err, "%s: unknown word '%s'%s%s", path,
	                  text_shown(shown, text, node->data.scalar.length), hint.text,
	                  hint.text[0] == ',' ? "; or lists, [[0, 1], [1, 2], …]" : "");
}

/* One list: fills input[] and returns how many there are, 0 and `err` on failure. */
static size_t row_read(const struct tree *tree, const yaml_node_t *row, const char *path, uint32_t *input,
                       struct err *err)
{
	const yaml_node_item_t *item = row->data.sequence.items.start;
	size_t count = 0;
	for (; item < row->data.sequence.items.top; item++, count++) {
		const yaml_node_t *node = tree_node(tree, *item);
		uint64_t map = 0;
		char shown[SHOWN] = "…";
		if (node_text(node) != NULL)
			text_shown(shown, node_text(node), node->data.scalar.length);
		if (node_text(node) == NULL || !whole_number(node_text(node), &map) || map >= LAYER_MAPS) {
			tree_error(tree, node, err, "%s: '%s' is no input map, 0 … %d", path, shown, LAYER_MAPS - 1);
			return 0;
		}
		if (count > 0 && map <= input[count - 1]) {
			tree_error(tree, node, err, "%s: input map %s after %u, they must ascend", path, shown,
			           (unsigned)input[count - 1]);
			return 0;
		}
		input[count] = (uint32_t)map;
	}
	if (count == 0)
		tree_error(tree, row, err, "%s has no input map", path);
	return count;
}

static int lists_read(const struct tree *tree, const yaml_node_t *node, const char *path, size_t maps,
                      struct connection_spec *spec, struct err *err)
{
	const yaml_node_item_t *item = node->data.sequence.items.start;
	size_t rows = (size_t)(node->data.sequence.items.top - item), total = 0;
	if (rows != maps)
		return tree_error(tree, node, err, "%s has %zu lists, the layer has %zu maps", path, rows, maps);
	for (size_t j = 0; j < rows; j++) {
		const yaml_node_t *row = tree_node(tree, item[j]);
		if (row->type != YAML_SEQUENCE_NODE)
			return tree_error(tree, row, err, "%s[%zu] must be a list of input maps", path, j);
		total += (size_t)(row->data.sequence.items.top - row->data.sequence.items.start);
	}

	struct connection_list *list = &spec->list; /* from here on it is the caller's to free */
	list->first = memory_zeroed(rows + 1, sizeof *list->first, err);
	list->input = memory_zeroed(total, sizeof *list->input, err);
	if (list->first == NULL || list->input == NULL)
		return -1;
	for (size_t j = 0; j < rows; j++) {
		char place[PATH];
		snprintf(place, sizeof place, "%s[%zu]", path, j);
		size_t count = row_read(tree, tree_node(tree, item[j]), place, list->input + list->first[j], err);
		if (count == 0)
			return -1;
		list->first[j + 1] = list->first[j] + (uint32_t)count; /* a text of JOB_BYTES has fewer than 2^32 numbers */
	}
	list->out_maps = rows;
	spec->kind = CONNECT_LIST;
	return 0;
}

int connections_read(const struct tree *tree, const yaml_node_t *node, const struct key *row, const char *path,
                     void *base, struct err *err)
{
	struct connection_spec *spec = (void *)((char *)base + row->at);
	size_t maps;
	memcpy(&maps, (const char *)base + row->count_at, sizeof maps);
	if (node->type == YAML_SCALAR_NODE)
		return word_read(tree, node, row, path, spec, err);
	if (node->type == YAML_SEQUENCE_NODE)
		return lists_read(tree, node, path, maps, spec, err);
	return tree_error(tree, node, err, "%s must be a word or a list of lists", path);
}
