/* What is wrong with a job text: the walk along the schema, with the place of the first thing that does not fit. */
#include "check.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 128 };

struct walk {
	const struct tree *tree;
	char path[PATH]; /* "layers[2].sparsity": keys of the schema only, so that it fits */
	struct err *err;
};

static int value_check(struct walk *walk, const yaml_node_t *node, const cyaml_schema_value_t *schema);

/* ---- Numbers ---------------------------------------------------------------------------------------------------- */

bool whole_number(const char *text, uint64_t *number)
{
	size_t digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 19 || text[digits] != 0 || (digits > 1 && text[0] == '0'))
		return false;
	uint64_t n = 0;
	for (size_t i = 0; i < digits; i++) /* nineteen digits stay below 2^64 */
		n = 10 * n + (uint64_t)(text[i] - '0');
	*number = n;
	return n <= INT64_MAX;
}

/* [sign] digits [. digits] [e [sign] digits], finite and not so small that it loses digits. */
static bool real_number(const char *text, double *number)
{
	const char *p = text + (*text == '-' || *text == '+');
	size_t before = strspn(p, "0123456789");
	p += before;
	size_t after = 0;
	if (*p == '.') {
		after = strspn(p + 1, "0123456789");
		p += 1 + after;
	}
	if (before + after == 0)
		return false;
	if (*p == 'e' || *p == 'E') {
		p += 1 + (p[1] == '-' || p[1] == '+');
		size_t digits = strspn(p, "0123456789");
		if (digits == 0)
			return false;
		p += digits;
	}
	char *end;
	errno = 0;
	*number = strtod(text, &end);
	return *p == 0 && end == p && errno != ERANGE; /* end != p: a locale with another decimal point */
}

static int number_check(struct walk *walk, const yaml_node_t *node, bool whole)
{
	char shown[SHOWN];
	const char *text = text_shown(shown, node_text(node), node->data.scalar.length);
	double x = 0;
	uint64_t n = 0;
	if (whole ? !whole_number(node_text(node), &n) : !real_number(node_text(node), &x))
		return tree_error(walk->tree, node, walk->err, "%s: '%s' is not a %s", walk->path, text,
		                  whole ? "whole number below 2^63" : "finite number");

	const struct limit *limit = limit_of(walk->path);
	assert(limit != NULL);
	x = whole ? (double)n : x;
	bool fits = (limit->above ? x > limit->least : x >= limit->least) &&
	            (limit->below ? x < limit->most : x <= limit->most);
	if (!fits)
		return tree_error(walk->tree, node, walk->err, "%s is %s, it must be %s %.10g and %s %.10g", walk->path, text,
		                  limit->above ? "above" : "at least", limit->least, limit->below ? "below" : "at most",
		                  limit->most);
	return 0;
}

/* ---- Other scalars ---------------------------------------------------------------------------------------------- */

static int word_check(struct walk *walk, const yaml_node_t *node, const cyaml_schema_value_t *schema)
{
	const char *text = node_text(node);
	for (uint32_t i = 0; i < schema->enumeration.count; i++) {
		if (strcmp(schema->enumeration.strings[i].str, text) == 0)
			return 0;
	}
	char shown[SHOWN], hint[HINT];
	return tree_error(walk->tree, node, walk->err, "%s: unknown word '%s'%s", walk->path,
	                  text_shown(shown, text, node->data.scalar.length),
	                  word_hint(schema->enumeration.strings, schema->enumeration.count, text, hint));
}

static int truth_check(struct walk *walk, const yaml_node_t *node)
{
	const char *text = node_text(node);
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return 0;
	char shown[SHOWN];
	return tree_error(walk->tree, node, walk->err, "%s: '%s' is neither true nor false", walk->path,
	                  text_shown(shown, text, node->data.scalar.length));
}

static int text_check(struct walk *walk, const yaml_node_t *node, const cyaml_schema_value_t *schema)
{
	size_t length = node->data.scalar.length;
	if (length < schema->string.min)
		return tree_error(walk->tree, node, walk->err, "%s is empty", walk->path);
	if (length > schema->string.max)
		return tree_error(walk->tree, node, walk->err, "%s has %zu bytes, at most %u are allowed", walk->path, length,
		                  (unsigned)schema->string.max);
	for (size_t i = 0; i < length; i++) {
		if (node->data.scalar.value[i] < 0x20 || node->data.scalar.value[i] == 0x7f)
			return tree_error(walk->tree, node, walk->err, "%s holds a control character", walk->path);
	}
	return 0;
}

static int scalar_check(struct walk *walk, const yaml_node_t *node, const cyaml_schema_value_t *schema)
{
	if (node_text(node) == NULL)
		return tree_error(walk->tree, node, walk->err, "%s must be a single value", walk->path);
	switch (schema->type) {
	case CYAML_UINT:
		return number_check(walk, node, true);
	case CYAML_FLOAT:
		return number_check(walk, node, false);
	case CYAML_ENUM:
		return word_check(walk, node, schema);
	case CYAML_BOOL:
		return truth_check(walk, node);
	default:
		return text_check(walk, node, schema);
	}
}

/* ---- Mappings and lists ----------------------------------------------------------------------------------------- */

/* The rows of a mapping: for a layer those of its type. NULL and `err` where the type is missing or unknown. */
static const cyaml_schema_field_t *rows_choose(struct walk *walk, const yaml_node_t *node,
                                               const cyaml_schema_value_t *schema, const char **type)
{
	*type = NULL;
	if (!schema_is_layer(schema))
		return schema->mapping.fields;

	char hint[HINT], shown[SHOWN];
	const yaml_node_t *value = tree_value(walk->tree, node, "type", strlen("type"));
	if (value == NULL) {
		tree_error(walk->tree, node, walk->err, "%s lacks the key 'type'", walk->path);
		return NULL;
	}
	const char *text = node_text(value);
	if (text == NULL) {
		tree_error(walk->tree, value, walk->err, "%s.type must be a single value", walk->path);
		return NULL;
	}
	const struct layer_keys *keys = layer_keys_named(text);
	if (keys == NULL) {
		tree_error(walk->tree, value, walk->err, "%s.type: unknown word '%s'%s", walk->path,
		           text_shown(shown, text, value->data.scalar.length), type_hint(text, hint));
		return NULL;
	}
	*type = keys->type;
	return keys->fields;
}

static int unknown_key(struct walk *walk, const yaml_node_t *key, const cyaml_schema_field_t *rows, const char *type)
{
	char shown[SHOWN], hint[HINT], lead[PATH + 8];
	const char *text = node_text(key) != NULL ? node_text(key) : "…";
	if (type != NULL)
		snprintf(lead, sizeof lead, "only");
	else
		snprintf(lead, sizeof lead, "%s has", walk->path[0] == 0 ? "a job" : walk->path);
	key_hint(rows, text, strlen(text), lead, hint);
	text_shown(shown, text, strlen(text));
	if (type != NULL)
		return tree_error(walk->tree, key, walk->err, "layer type '%s' has no key '%s'%s", type, shown, hint);
	return tree_error(walk->tree, key, walk->err, "unknown key '%s'%s", shown, hint);
}

static int mapping_check(struct walk *walk, const yaml_node_t *node, const cyaml_schema_value_t *schema)
{
	size_t length = strlen(walk->path);
	if (node->type != YAML_MAPPING_NODE)
		return tree_error(walk->tree, node, walk->err, "%s must be a mapping, {key: value, …}", walk->path);
	const char *type;
	const cyaml_schema_field_t *rows = rows_choose(walk, node, schema, &type);
	if (rows == NULL)
		return -1;

	uint32_t seen = 0; /* a bit per row; no mapping has 32 */
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	for (; pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = tree_node(walk->tree, pair->key);
		const char *text = node_text(key);
		const cyaml_schema_field_t *row = text == NULL ? NULL : field_named(rows, text, strlen(text));
		if (row == NULL)
			return unknown_key(walk, key, rows, type);
		if (seen & 1u << (row - rows))
			return tree_error(walk->tree, key, walk->err, "key '%s' stands here a second time", text);
		seen |= 1u << (row - rows);

		snprintf(walk->path + length, sizeof walk->path - length, "%s%s", length > 0 ? "." : "", row->key);
		if (value_check(walk, tree_node(walk->tree, pair->value), &row->value) != 0)
			return -1;
		walk->path[length] = 0;
	}
	for (const cyaml_schema_field_t *row = rows; row->key != NULL; row++) {
		if (!field_optional(row) && !(seen & 1u << (row - rows)))
			return tree_error(walk->tree, node, walk->err, "%s lacks the key '%s'",
			                  length > 0 ? walk->path : "the job", row->key);
	}
	return 0;
}

static int list_check(struct walk *walk, const yaml_node_t *node, const cyaml_schema_value_t *schema)
{
	size_t length = strlen(walk->path);
	if (node->type != YAML_SEQUENCE_NODE)
		return tree_error(walk->tree, node, walk->err, "%s must be a list", walk->path);
	const yaml_node_item_t *item = node->data.sequence.items.start;
	size_t count = (size_t)(node->data.sequence.items.top - item);
	if (count < schema->sequence.min || count > schema->sequence.max)
		return tree_error(walk->tree, node, walk->err, "%s has %zu entries, it must have %u to %u", walk->path, count,
		                  (unsigned)schema->sequence.min, (unsigned)schema->sequence.max);
	for (size_t i = 0; i < count; i++) {
		snprintf(walk->path + length, sizeof walk->path - length, "[%zu]", i);
		if (value_check(walk, tree_node(walk->tree, item[i]), schema->sequence.entry) != 0)
			return -1;
		walk->path[length] = 0;
	}
	return 0;
}

static int value_check(struct walk *walk, const yaml_node_t *node, const cyaml_schema_value_t *schema)
{
	switch (schema->type) {
	case CYAML_MAPPING:
		return mapping_check(walk, node, schema);
	case CYAML_SEQUENCE:
		return list_check(walk, node, schema);
	case CYAML_IGNORE: /* read by hand */
		return 0;
	default:
		return scalar_check(walk, node, schema);
	}
}

int job_check(const struct tree *tree, struct err *err)
{
	struct walk walk = {.tree = tree, .err = err};
	return mapping_check(&walk, tree_root(tree), &job_schema);
}
