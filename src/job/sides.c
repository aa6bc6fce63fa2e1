/* Keys of two sides: one number for both, or a list [rows, columns]; some also take a word. */
#include "job.h"

#include <stdio.h>
#include <string.h>

enum { PATH = 160 };

static int side_read(const struct tree *tree, const yaml_node_t *node, const struct key *row, const char *path,
                     size_t *side, struct err *err)
{
	uint64_t whole = 0;
	char shown[SHOWN];
	if (node_text(node) == NULL)
		return tree_error(tree, node, err, "%s must be a single value", path);
	text_shown(shown, node_text(node), node->data.scalar.length);
	if (!whole_number(node_text(node), &whole))
		return tree_error(tree, node, err, "%s: '%s' is not a whole number below 2^63%s%s", path, shown,
		                  row->words != NULL ? ", or " : "", row->words != NULL ? row->words->name : "");
	if ((double)whole < row->least || (double)whole > row->most)
		return tree_error(tree, node, err, "%s is %s, it must be at least %.10g and at most %.10g", path, shown,
		                  row->least, row->most);
	*side = whole;
	return 0;
}

int sides_read(const struct tree *tree, const yaml_node_t *node, const struct key *row, const char *path, void *base,
               struct err *err)
{
	struct sides *out = (void *)((char *)base + row->at);
	*out = (struct sides){0, 0};
	if (node_text(node) != NULL && row->words != NULL && strcmp(row->words->name, node_text(node)) == 0)
		return 0;
	if (node->type == YAML_SCALAR_NODE) {
		int status = side_read(tree, node, row, path, &out->rows, err);
		out->columns = out->rows;
		return status;
	}
	const yaml_node_item_t *item = node->data.sequence.items.start;
	if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.top - item != 2)
		return tree_error(tree, node, err, "%s must be a number, or two in a list, [rows, columns]", path);
	size_t *const to[2] = {&out->rows, &out->columns};
	for (size_t i = 0; i < 2; i++) {
		char place[PATH];
		snprintf(place, sizeof place, "%s[%zu]", path, i);
		if (side_read(tree, tree_node(tree, item[i]), row, place, to[i], err) != 0)
			return -1;
	}
	return 0;
}
