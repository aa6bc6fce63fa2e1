/* The keys that stand in a job text, each with its value: for comparing jobs. */
#include "job.h"

#include <stdlib.h>
#include <string.h>

static int node_take(const struct tree *tree, const yaml_node_t *node, const char *path, struct job_entries *out,
                     struct err *err);

/* Prints a value in YAML's flow style. */
static void node_print(const struct tree *tree, const yaml_node_t *node, FILE *file)
{
	if (node->type == YAML_SCALAR_NODE) {
		fputs(node_text(node), file);
	} else if (node->type == YAML_SEQUENCE_NODE) {
		fputc('[', file);
		for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
			fputs(i > node->data.sequence.items.start ? ", " : "", file);
			node_print(tree, tree_node(tree, *i), file);
		}
		fputc(']', file);
	} else {
		fputc('{', file);
		for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++) {
			fputs(p > node->data.mapping.pairs.start ? ", " : "", file);
			node_print(tree, tree_node(tree, p->key), file);
			fputs(": ", file);
			node_print(tree, tree_node(tree, p->value), file);
		}
		fputc('}', file);
	}
}

/* Whether a list holds mappings alone, so that its entries have keys of their own. */
static bool list_has_keys(const struct tree *tree, const yaml_node_t *node)
{
	if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.start == node->data.sequence.items.top)
		return false;
	for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++)
		if (tree_node(tree, *i)->type != YAML_MAPPING_NODE)
			return false;
	return true;
}

static int entry_add(const struct tree *tree, const yaml_node_t *node, const char *path, struct job_entries *out,
                     struct err *err)
{
	enum { STEP = 64 };
	struct memory_stream stream = {0};
	if (out->count % STEP == 0) {
		struct job_entry *more = memory_zeroed(out->count + STEP, sizeof *more, err);
		if (more == NULL)
			return -1;
		if (out->count > 0)
			memcpy(more, out->entry, out->count * sizeof *more);
		free(out->entry);
		out->entry = more;
	}
	if (memory_stream_open(&stream, err) != 0)
		return -1;
	node_print(tree, node, stream.file);
	struct job_entry entry = {.value = memory_stream_close(&stream, NULL, err)};
	entry.path = entry.value != NULL ? memory_text(path, err) : NULL;
	if (entry.path == NULL) {
		free(entry.value);
		return -1;
	}
	out->entry[out->count++] = entry;
	return 0;
}

static int mapping_take(const struct tree *tree, const yaml_node_t *node, const char *path, struct job_entries *out,
                        struct err *err)
{
	int code = 0;
	for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; code == 0 && p < node->data.mapping.pairs.top;
	     p++) {
		const char *key = node_text(tree_node(tree, p->key));
		char *below = memory_format(err, "%s%s%s", path, path[0] != 0 ? "." : "", key != NULL ? key : "?");
		code = below != NULL ? node_take(tree, tree_node(tree, p->value), below, out, err) : -1;
		free(below);
	}
	return code;
}

static int node_take(const struct tree *tree, const yaml_node_t *node, const char *path, struct job_entries *out,
                     struct err *err)
{
	if (node->type == YAML_MAPPING_NODE)
		return mapping_take(tree, node, path, out, err);
	if (!list_has_keys(tree, node))
		return entry_add(tree, node, path, out, err);
	const yaml_node_item_t *first = node->data.sequence.items.start;
	int code = 0;
	for (const yaml_node_item_t *i = first; code == 0 && i < node->data.sequence.items.top; i++) {
		char *below = memory_format(err, "%s[%zu]", path, (size_t)(i - first));
		code = below != NULL ? mapping_take(tree, tree_node(tree, *i), below, out, err) : -1;
		free(below);
	}
	return code;
}

int job_entries_read(struct job_entries *out, const char *text, struct err *err)
{
	struct tree tree;
	*out = (struct job_entries){0};
	if (tree_load(&tree, "job", text, err) != 0)
		return -1;
	int code = node_take(&tree, tree_root(&tree), "", out, err);
	tree_free(&tree);
	if (code != 0)
		job_entries_free(out);
	return code;
}

void job_entries_free(struct job_entries *entries)
{
	for (size_t i = 0; i < entries->count; i++) {
		free(entries->entry[i].path);
		free(entries->entry[i].value);
	}
	free(entries->entry);
	*entries = (struct job_entries){0};
}

const char *job_entries_value(const struct job_entries *entries, const char *path)
{
	for (size_t i = 0; i < entries->count; i++)
		if (strcmp(entries->entry[i].path, path) == 0)
			return entries->entry[i].value;
	return NULL;
}

/* Returns the digits of a whole number without zeros in front, or NULL. */
static const char *digits_of(const char *text)
{
	return *text != 0 && text[strspn(text, "0123456789")] == 0 ? text + strspn(text, "0") : NULL;
}

bool job_values_agree(const char *one, const char *other)
{
	if (one == NULL || other == NULL)
		return one == other;
	const char *digits = digits_of(one), *other_digits = digits_of(other);
	if (digits != NULL && other_digits != NULL)
		return strcmp(digits, other_digits) == 0; /* seeds may be above 2^53 */
	char *end, *other_end;
	double number = strtod(one, &end), other_number = strtod(other, &other_end);
	return strcmp(one, other) == 0 ||
	       (end > one && *end == 0 && other_end > other && *other_end == 0 && number == other_number);
}

const char *job_entries_differ(const struct job_entries *one, const struct job_entries *other)
{
	for (size_t i = 0; i < one->count; i++)
		if (!job_values_agree(one->entry[i].value, job_entries_value(other, one->entry[i].path)))
			return one->entry[i].path;
	for (size_t i = 0; i < other->count; i++)
		if (job_entries_value(one, other->entry[i].path) == NULL)
			return other->entry[i].path;
	return NULL;
}
