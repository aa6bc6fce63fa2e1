/* Ways through the tree: by path, and back from a node to its bytes in the text. */
#include "tree.h"

#include <string.h>

const yaml_node_t *tree_root(const struct tree *tree)
{
	return tree_node(tree, 1);
}

const yaml_node_t *tree_node(const struct tree *tree, int index)
{
	const yaml_node_t *node = tree->document.nodes.start;
	return node != NULL && index >= 1 && index <= tree->document.nodes.top - node ? node + index - 1 : NULL;
}

const char *node_text(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

const yaml_node_t *tree_value(const struct tree *tree, const yaml_node_t *mapping, const char *key, size_t length)
{
	const yaml_node_t *value = NULL;
	const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
	for (; pair < mapping->data.mapping.pairs.top; pair++) {
		const char *name = node_text(tree_node(tree, pair->key));
		if (name != NULL && strncmp(name, key, length) == 0 && name[length] == 0)
			value = tree_node(tree, pair->value);
	}
	return value;
}

bool path_step(const char **path, struct step *step)
{
	const char *p = *path;
	*step = (struct step){0};
	if (*p == '[') {
		p++;
		size_t digits = strspn(p, "0123456789");
		if (digits == 0 || digits > 9 || p[digits] != ']')
			return false;
		for (size_t i = 0; i < digits; i++)
			step->index = 10 * step->index + (size_t)(p[i] - '0');
		p += digits + 1;
	} else {
		step->key = p;
		step->length = strcspn(p, ".[]");
		if (step->length == 0)
			return false;
		p += step->length;
	}
	if (*p == '.' && p[1] != 0 && p[1] != '[')
		p++;
	else if (*p != 0 && *p != '[')
		return false;
	*path = p;
	return true;
}

const yaml_node_t *tree_child(const struct tree *tree, const yaml_node_t *node, const struct step *step)
{
	if (step->key != NULL)
		return node->type == YAML_MAPPING_NODE ? tree_value(tree, node, step->key, step->length) : NULL;
	if (node->type != YAML_SEQUENCE_NODE)
		return NULL;
	const yaml_node_item_t *item = node->data.sequence.items.start;
	size_t count = (size_t)(node->data.sequence.items.top - item);
	return step->index < count ? tree_node(tree, item[step->index]) : NULL;
}

const yaml_node_t *tree_find(const struct tree *tree, const char *path)
{
	const yaml_node_t *node = tree_root(tree);
	while (node != NULL && *path != 0) {
		struct step step;
		if (!path_step(&path, &step))
			return NULL;
		node = tree_child(tree, node, &step);
	}
	return node;
}

/* Marks count characters; the text is bytes. */
static size_t mark_offset(const struct tree *tree, yaml_mark_t mark)
{
	size_t offset = 0;
	for (size_t characters = 0; offset < tree->length; offset++) {
		if (text_begins(tree->text[offset]) && characters++ == mark.index)
			break;
	}
	return offset;
}

size_t tree_start(const struct tree *tree, const yaml_node_t *node)
{
	return mark_offset(tree, node->start_mark);
}

/* In block style a collection ends for libyaml where the next thing begins, behind all comments: what counts is where
 * its last leaf ends. The same holds of block scalars and the blank lines behind them. */
size_t tree_end(const struct tree *tree, const yaml_node_t *node)
{
	for (;;) {
		if (node->type == YAML_MAPPING_NODE && node->data.mapping.style != YAML_FLOW_MAPPING_STYLE &&
		    node->data.mapping.pairs.top > node->data.mapping.pairs.start)
			node = tree_node(tree, node->data.mapping.pairs.top[-1].value);
		else if (node->type == YAML_SEQUENCE_NODE && node->data.sequence.style != YAML_FLOW_SEQUENCE_STYLE &&
		         node->data.sequence.items.top > node->data.sequence.items.start)
			node = tree_node(tree, node->data.sequence.items.top[-1]);
		else
			break;
	}
	size_t start = tree_start(tree, node), end = mark_offset(tree, node->end_mark);
	while (end > start && strchr(" \t\r\n", tree->text[end - 1]) != NULL)
		end--;
	return end;
}
