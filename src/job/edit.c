/* Edits of a job text that leave the rest of it, comments included, as it stands. */
#include "job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where text goes in: bytes [start, end) of the old text make way for before + text + behind. */
struct splice {
	size_t start, end;
	const char *before, *behind;
};

/* ---- What may go in --------------------------------------------------------------------------------------------- */

/* No controls and none of the characters that YAML takes for a line break. */
static int line_check(const char *key, const char *text, struct err *err)
{
	for (const char *p = text; *p != 0; p++)
		if (text_control(p) > 0)
			return err_set(err, EX_USAGE, "%s: the value holds a line break or another control character", key);
	if (strlen(text) > JOB_BYTES)
		return err_set(err, EX_USAGE, "%s: the value is longer than %d bytes", key, JOB_BYTES);
	return 0;
}

static char *wrapped(const char *text, struct err *err)
{
	return memory_format(err, "{v: %s}", text);
}

/* Sets *alone to whether `text` is exactly one YAML node (with `scalar`: one scalar) at any place. */
static int stands_alone(const char *text, bool scalar, bool *alone, struct err *err)
{
	char *line = wrapped(text, err);
	if (line == NULL)
		return -1;
	struct tree tree;
	struct err unheard = {0};
	*alone = tree_load(&tree, "", line, &unheard) == 0;
	if (*alone) {
		const yaml_node_t *node = tree_find(&tree, "v");
		*alone = node != NULL && tree_start(&tree, node) == strlen("{v: ") &&
		         tree_end(&tree, node) == strlen(line) - strlen("}") && text[0] != 0 &&
		         (!scalar || node->type == YAML_SCALAR_NODE);
		tree_free(&tree);
	}
	free(line);
	return unheard.code == EX_OSERR ? err_set(err, EX_OSERR, "%s", unheard.text) : 0;
}

/* 'it''s' */
static char *quoted(const char *text, struct err *err)
{
	char *out = memory_zeroed(2 * strlen(text) + 3, 1, err);
	if (out == NULL)
		return NULL;
	char *p = out;
	*p++ = '\'';
	for (; *text != 0; text++) {
		if (*text == '\'')
			*p++ = '\'';
		*p++ = *text;
	}
	*p = '\'';
	return out;
}

/* The row of a key in the mapping that `row` is, or an entry of the list that it is; NULL: of the job. Those of all
 * variants count: which one it is, job_parse says. */
static const struct key *row_below(const struct key *row, const struct step *step)
{
	static const struct key type = {.name = "type", .type = KEY_WORD};
	if (row == NULL || row->type == KEY_MAPPING)
		return key_named(row == NULL ? job_keys : row->rows, step->key, step->length);
	if (step->length == strlen(type.name) && strncmp(step->key, type.name, step->length) == 0)
		return &type;
	const struct key *found = key_named(row->rows, step->key, step->length);
	struct key_variant variant;
	for (size_t i = 0; found == NULL && row->variant(i, &variant); i++)
		found = key_named(variant.rows, step->key, step->length);
	return found;
}

static void hint_add_below(struct hint *hint, const struct key *row)
{
	if (row == NULL || row->type == KEY_MAPPING) {
		hint_add_keys(hint, row == NULL ? job_keys : row->rows);
		return;
	}
	hint_add(hint, "type", NULL);
	hint_add_keys(hint, row->rows);
	struct key_variant variant, before;
	for (size_t i = 0; row->variant(i, &variant); i++) {
		for (const struct key *key = variant.rows; key->name != NULL; key++) {
			bool again = false; /* in an earlier variant */
			for (size_t k = 0; k < i && row->variant(k, &before); k++)
				again = again || key_named(before.rows, key->name, strlen(key->name)) != NULL;
			if (!again)
				hint_add(hint, key->name, key->aliases);
		}
	}
}

/* Checks that the rows have `key`: as a single value, or with `any` as a value of any kind. */
static int key_check(const char *key, bool any, struct err *err)
{
	const struct key *row = NULL;
	bool mapping = true, entry = false; /* of a list */
	const char *rest = key;
	char shown[SHOWN];
	text_shown(shown, key, strlen(key));
	while (*rest != 0) {
		struct step step;
		if (!path_step(&rest, &step))
			return err_set(err, EX_USAGE, "'%s' is no key such as train.rate or layers[2].maps", shown);
		bool list = row != NULL && !entry &&
		            (row->type == KEY_TEXTS || row->type == KEY_VARIANTS || row->type == KEY_REALS ||
		             row->type == KEY_SIDES);
		if (step.key == NULL && list) {
			entry = true;
			mapping = row->type == KEY_VARIANTS;
		} else if (step.key != NULL && mapping) {
			const struct key *below = row_below(row, &step);
			struct hint hint;
			hint_begin(&hint, "known at this place", step.key, step.length);
			hint_add_below(&hint, row);
			if (below == NULL)
				return err_set(err, EX_USAGE, "unknown key '%s'%s", shown, hint_end(&hint));
			row = below;
			mapping = row->type == KEY_MAPPING;
			entry = false;
		} else if (step.key != NULL || row == NULL || row->type != KEY_LISTS) { /* lists of lists, or a word */
			return err_set(err, EX_USAGE, "unknown key '%s'", shown);
		}
	}
	bool list = row != NULL && !entry && !row->bare && (row->type == KEY_TEXTS || row->type == KEY_VARIANTS);
	if (row == NULL || (!any && ((mapping && row->lone == NULL) || list)))
		return err_set(err, EX_USAGE, "'%s' is not the key of a single value", shown);
	return 0;
}

/* ---- Where it goes in ------------------------------------------------------------------------------------------- */

static void splice_replace(const struct tree *tree, const yaml_node_t *node, struct splice *splice)
{
	*splice = (struct splice){.start = tree_start(tree, node), .end = tree_end(tree, node), .before = "", .behind = ""};
	if (splice->start == splice->end) { /* "key:" without a value */
		splice->before = " ";
		splice->behind = " ";
	}
}

/* "train.rate", "0.1" → "train: {rate: 0.1}" */
static char *pairs_text(const char *rest, const char *value, struct err *err)
{
	char *text = memory_zeroed(4 * strlen(rest) + strlen(value) + 4, 1, err);
	if (text == NULL)
		return NULL;
	char *p = text;
	size_t depth = 0;
	for (const char *dot; (dot = strchr(rest, '.')) != NULL; rest = dot + 1, depth++)
		p += sprintf(p, "%.*s: {", (int)(dot - rest), rest);
	p += sprintf(p, "%s: %s", rest, value);
	memset(p, '}', depth);
	return text;
}

/* A new pair goes behind the last one: in flow style after a comma, in block style on a line of its own behind whatever
 * comment follows. `indent` is room for the new line's beginning. */
static int splice_insert(const struct tree *tree, const yaml_node_t *mapping, char **indent, struct splice *splice,
                         struct err *err)
{
	*splice = (struct splice){.before = "", .behind = ""};
	const yaml_node_pair_t *first = mapping->data.mapping.pairs.start, *end = mapping->data.mapping.pairs.top;
	if (first == end) { /* only "{}" is an empty mapping */
		splice->start = splice->end = tree_start(tree, mapping) + 1;
		return 0;
	}
	size_t at = tree_end(tree, tree_node(tree, end[-1].value));
	if (mapping->data.mapping.style == YAML_FLOW_MAPPING_STYLE) {
		splice->before = ", ";
	} else {
		at += strcspn(tree->text + at, "\r\n");
		size_t column = tree_node(tree, first->key)->start_mark.column;
		*indent = memory_format(err, "\n%*s", (int)column, "");
		if (*indent == NULL)
			return -1;
		splice->before = *indent;
	}
	splice->start = splice->end = at;
	return 0;
}

/* Returns whether the edited text has `value` at `key`; an edit that does anything else has failed. */
static bool edit_holds(const char *source, const char *text, const char *key, const char *value, struct err *err)
{
	struct err unheard = {0};
	struct tree tree, wanted;
	bool holds = false;
	char *line = wrapped(value, &unheard);
	if (line == NULL || tree_load(&tree, source, text, &unheard) != 0)
		goto out;
	if (tree_load(&wanted, source, line, &unheard) == 0) {
		const yaml_node_t *a = tree_find(&tree, key), *b = tree_find(&wanted, "v");
		holds = a != NULL && a->type == b->type &&
		        (a->type != YAML_SCALAR_NODE || strcmp(node_text(a), node_text(b)) == 0);
		tree_free(&wanted);
	}
	tree_free(&tree);
out:
	free(line);
	if (unheard.code == EX_OSERR) /* that says nothing of the edit */
		err_set(err, EX_OSERR, "%s", unheard.text);
	return holds;
}

static char *splice_apply(const struct tree *tree, const struct splice *splice, const char *key, const char *text,
                          const char *value, struct err *err)
{
	char *edited = memory_format(err, "%.*s%s%s%s%s", (int)splice->start, tree->text, splice->before, text,
	                             splice->behind, tree->text + splice->end);
	if (edited != NULL && !edit_holds(tree->source, edited, key, value, err)) {
		err_set(err, EX_USAGE, "%s: '%s' cannot be put into this text", tree->source, key);
		free(edited);
		edited = NULL;
	}
	return edited;
}

/* ---- The edits -------------------------------------------------------------------------------------------------- */

/* `key` is missing: the deepest mapping of its path that is there takes the rest. */
static char *missing_insert(const struct tree *tree, const char *key, const char *value, struct err *err)
{
	const yaml_node_t *node = tree_root(tree), *child = node;
	const char *rest = key, *next = key;
	struct step step;
	while (path_step(&next, &step) && (child = tree_child(tree, node, &step)) != NULL) {
		node = child;
		rest = next;
	}
	if (node->type == YAML_SEQUENCE_NODE && *rest == '[') {
		err_set(err, EX_USAGE, "%s: there is no '%s': the list has %td entries, counted from 0", tree->source, key,
		        node->data.sequence.items.top - node->data.sequence.items.start);
		return NULL;
	}
	if (node->type != YAML_MAPPING_NODE || strchr(rest, '[') != NULL) {
		err_set(err, EX_USAGE, "%s: there is no place for '%s'", tree->source, key);
		return NULL;
	}
	struct splice splice;
	char *indent = NULL, *edited = NULL, *text = pairs_text(rest, value, err);
	if (text != NULL && splice_insert(tree, node, &indent, &splice, err) == 0)
		edited = splice_apply(tree, &splice, key, text, value, err);
	free(indent);
	free(text);
	return edited;
}

char *job_edit(const char *source, const char *text, const char *key, const char *value, struct err *err)
{
	struct tree tree;
	bool plain;
	char *quotes = NULL, *edited = NULL;
	if (key_check(key, false, err) != 0 || line_check(key, value, err) != 0 ||
	    stands_alone(value, true, &plain, err) != 0 || tree_load(&tree, source, text, err) != 0)
		return NULL;
	if (!plain) {
		value = quotes = quoted(value, err);
		if (quotes == NULL)
			goto out;
	}
	const yaml_node_t *node = tree_find(&tree, key);
	if (node == NULL) {
		edited = missing_insert(&tree, key, value, err);
	} else if (node->type != YAML_SCALAR_NODE) {
		err_set(err, EX_USAGE, "%s: '%s' is not a single value", source, key);
	} else {
		struct splice splice;
		splice_replace(&tree, node, &splice);
		edited = splice_apply(&tree, &splice, key, value, value, err);
	}
out:
	free(quotes);
	tree_free(&tree);
	return edited;
}

char *job_replace(const char *source, const char *text, const char *key, const char *node, struct err *err)
{
	struct tree tree;
	bool alone;
	char *edited = NULL;
	if (key_check(key, true, err) != 0 || line_check(key, node, err) != 0 ||
	    stands_alone(node, false, &alone, err) != 0)
		return NULL;
	if (!alone) {
		err_set(err, EX_USAGE, "%s: not one YAML value in flow style", key);
		return NULL;
	}
	if (tree_load(&tree, source, text, err) != 0)
		return NULL;
	const yaml_node_t *old = tree_find(&tree, key);
	if (old == NULL) {
		err_set(err, EX_USAGE, "%s: there is no '%s'", source, key);
	} else {
		struct splice splice;
		splice_replace(&tree, old, &splice);
		edited = splice_apply(&tree, &splice, key, node, node, err);
	}
	tree_free(&tree);
	return edited;
}
