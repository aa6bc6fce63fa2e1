/* Fills struct job from the tree of a job text: walks along the rows, up to the first fault. */
#include "job.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 128 };

struct walk {
	const struct tree *tree;
	char path[PATH]; /* "layers[2].sparsity": names of rows only, so that it fits */
	struct err *err;
};

/* The rows of a mapping; of a variant also those that all variants have, and its name. */
struct level {
	const struct key *rows, *common;
	const char *type; /* NULL: no variant */
};

static int value_read(struct walk *walk, const yaml_node_t *node, const struct key *row, void *base);

/* ---- Numbers ---------------------------------------------------------------------------------------------------- */

/* [sign] digits [. digits] [e [sign] digits]; infinite if float64 holds nothing so large. *small: nothing so close to 0
 * with all digits. */
static bool real_number(const char *text, double *number, bool *small)
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
	*small = errno == ERANGE && isfinite(*number);
	return *p == 0 && end == p; /* end != p: a locale with another decimal point */
}

/* Formulas break down on memories of the past that round to 1, so that nothing new comes in, and on divisors that round
 * to 0. */
static int single_check(struct walk *walk, const yaml_node_t *node, const struct key *row, double x)
{
	char shown[SHOWN];
	const char *text = text_shown(shown, node_text(node), node->data.scalar.length);
	if (row->below && (float)x >= 1)
		return tree_error(walk->tree, node, walk->err, "%s is %s, which float32 rounds to 1: take at most "
		                  "0.99999997", walk->path, text);
	if (row->above && !row->below && x < (double)FLT_MIN)
		return tree_error(walk->tree, node, walk->err, "%s is %s, which float32 rounds to 0: take at least "
		                  "1.2e-38", walk->path, text);
	return 0;
}

static int number_read(struct walk *walk, const yaml_node_t *node, const struct key *row, void *at)
{
	char shown[SHOWN];
	const char *text = text_shown(shown, node_text(node), node->data.scalar.length);
	bool whole = row->type == KEY_WHOLE, small = false;
	double x = 0;
	uint64_t n = 0;
	unsigned word;
	if (whole && row->words != NULL && key_word_value(row->words, node_text(node), &word)) {
		n = word;
		memcpy(at, &n, sizeof n);
		return 0;
	}
	if (whole ? !whole_number(node_text(node), &n) : !real_number(node_text(node), &x, &small))
		return tree_error(walk->tree, node, walk->err, "%s: '%s' is not a %s%s%s", walk->path, text,
		                  whole ? "whole number below 2^63" : "finite number",
		                  whole && row->words != NULL ? ", or " : "",
		                  whole && row->words != NULL ? row->words->name : "");
	if (whole) {
		x = (double)n;
		memcpy(at, &n, sizeof n);
	} else {
		memcpy(at, &x, sizeof x);
	}
	if (small)
		return tree_error(walk->tree, node, walk->err, "%s is %s, too close to 0 for float64: take %sat least %s",
		                  walk->path, text, row->above && row->least >= 0 ? "" : "0 or ",
		                  row->above && row->single ? "1.2e-38" : "2.3e-308");
	bool fits = isfinite(x) && (row->above ? x > row->least : x >= row->least) &&
	            (row->below ? x < row->most : x <= row->most);
	if (!fits)
		return tree_error(walk->tree, node, walk->err, "%s is %s, it must be %s %.10g and %s %.10g", walk->path, text,
		                  row->above ? "above" : "at least", row->least, row->below ? "below" : "at most", row->most);
	return row->single ? single_check(walk, node, row, x) : 0;
}
_Static_assert(sizeof(size_t) == sizeof(uint64_t) && sizeof(enum loss) == sizeof(unsigned), "filled by copies");

/* ---- Other scalars ---------------------------------------------------------------------------------------------- */

static int word_read(struct walk *walk, const yaml_node_t *node, const struct key *row, void *at)
{
	const char *text = node_text(node);
	if (key_word_value(row->words, text, at))
		return 0;
	char shown[SHOWN];
	struct hint hint;
	hint_begin(&hint, "one of", text, strlen(text));
	hint_add_words(&hint, row);
	return tree_error(walk->tree, node, walk->err, "%s: unknown word '%s'%s", walk->path,
	                  text_shown(shown, text, node->data.scalar.length), hint_end(&hint));
}

static int truth_read(struct walk *walk, const yaml_node_t *node, bool *at)
{
	const char *text = node_text(node);
	*at = strcmp(text, "true") == 0;
	if (*at || strcmp(text, "false") == 0)
		return 0;
	char shown[SHOWN];
	return tree_error(walk->tree, node, walk->err, "%s: '%s' is neither true nor false", walk->path,
	                  text_shown(shown, text, node->data.scalar.length));
}

static int text_read(struct walk *walk, const yaml_node_t *node, size_t most, char **at)
{
	size_t length = node->data.scalar.length;
	const char *fault = text_fault(node_text(node));
	if (length > most)
		return tree_error(walk->tree, node, walk->err, "%s has %zu bytes, at most %zu are allowed", walk->path, length,
		                  most);
	if (fault != NULL)
		return tree_error(walk->tree, node, walk->err, "%s %s", walk->path, fault);
	*at = memory_text(node_text(node), walk->err);
	return *at == NULL ? -1 : 0;
}

static int scalar_read(struct walk *walk, const yaml_node_t *node, const struct key *row, void *at)
{
	if (node_text(node) == NULL)
		return tree_error(walk->tree, node, walk->err, "%s must be a single value", walk->path);
	switch (row->type) {
	case KEY_WORD:
		return word_read(walk, node, row, at);
	case KEY_TRUTH:
		return truth_read(walk, node, at);
	case KEY_TEXT:
		return text_read(walk, node, (size_t)row->most, at);
	default:
		return number_read(walk, node, row, at);
	}
}

/* ---- Mappings --------------------------------------------------------------------------------------------------- */

static int unknown_key(struct walk *walk, const yaml_node_t *key, const struct level *level)
{
	const char *type = level->type;
	char shown[SHOWN], lead[PATH + 8];
	const char *text = node_text(key) != NULL ? node_text(key) : "…";
	if (type != NULL)
		snprintf(lead, sizeof lead, "only");
	else
		snprintf(lead, sizeof lead, "%s has", walk->path[0] == 0 ? "a job" : walk->path);
	struct hint hint;
	hint_begin(&hint, lead, text, strlen(text));
	if (type != NULL)
		hint_add(&hint, "type", NULL);
	hint_add_keys(&hint, level->rows);
	if (type != NULL)
		hint_add_keys(&hint, level->common);
	text_shown(shown, text, strlen(text));
	if (type != NULL)
		return tree_error(walk->tree, key, walk->err, "layer type '%s' has no key '%s'%s", type, shown,
		                  hint_end(&hint));
	return tree_error(walk->tree, key, walk->err, "unknown key '%s'%s", shown, hint_end(&hint));
}

/* The row of a key, and its bit among those that were seen. */
static const struct key *level_row(const struct level *level, const char *text, uint64_t *bit)
{
	enum { COMMON = 48 }; /* bits of rows of its own */
	const struct key *row = key_named(level->rows, text, strlen(text));
	if (row != NULL) {
		*bit = UINT64_C(1) << (row - level->rows);
	} else if (level->type != NULL) {
		row = key_named(level->common, text, strlen(text));
		*bit = row != NULL ? UINT64_C(1) << (COMMON + (row - level->common)) : 0;
	}
	return row;
}

/* The keys that are there, in the order of the text. `seen`: a bit for each row, the last one for a variant's type. */
static int pairs_read(struct walk *walk, const yaml_node_t *node, const struct level *level, void *base, uint64_t *seen)
{
	size_t length = strlen(walk->path);
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	for (; pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = tree_node(walk->tree, pair->key);
		const char *text = node_text(key);
		bool of_type = level->type != NULL && text != NULL && strcmp(text, "type") == 0;
		uint64_t bit = UINT64_C(1) << 63;
		const struct key *row = text == NULL || of_type ? NULL : level_row(level, text, &bit);
		if (row == NULL && !of_type)
			return unknown_key(walk, key, level);
		if (*seen & bit)
			return tree_error(walk->tree, key, walk->err, "key '%s' stands here a second time", text);
		*seen |= bit;
		if (of_type)
			continue;
		snprintf(walk->path + length, sizeof walk->path - length, "%s%s", length > 0 ? "." : "", row->name);
		if (row->type != KEY_LISTS && value_read(walk, tree_node(walk->tree, pair->value), row, base) != 0)
			return -1;
		walk->path[length] = 0;
	}
	return 0;
}

static int mapping_read(struct walk *walk, const yaml_node_t *node, const struct level *level, void *base)
{
	size_t length = strlen(walk->path);
	uint64_t seen = 0;
	if (pairs_read(walk, node, level, base, &seen) != 0)
		return -1;
	for (const struct key *row = level->rows; row->name != NULL; row++) {
		bool there = seen >> (row - level->rows) & 1;
		if (row->needed && !there)
			return tree_error(walk->tree, node, walk->err, "%s lacks the key '%s'",
			                  length > 0 ? walk->path : "the job", row->name);
		if (row->type != KEY_LISTS || !there)
			continue;
		/* As many lists as maps: these are known now. */
		char path[PATH];
		snprintf(path, sizeof path, "%s.%s", walk->path, row->name);
		if (connections_read(walk->tree, tree_value(walk->tree, node, row->name, strlen(row->name)), row, path, base,
		                     walk->err) != 0)
			return -1;
	}
	return 0;
}

static int mapping_expect(struct walk *walk, const yaml_node_t *node)
{
	if (node->type == YAML_MAPPING_NODE)
		return 0;
	return tree_error(walk->tree, node, walk->err, "%s must be a mapping, {key: value, …}", walk->path);
}

/* ---- Lists ------------------------------------------------------------------------------------------------------ */

/* A mapping whose key `type` chooses the variant: *at gets its structure. */
static int variant_read(struct walk *walk, const yaml_node_t *node, const struct key *row, void **at)
{
	if (mapping_expect(walk, node) != 0)
		return -1;
	const yaml_node_t *value = tree_value(walk->tree, node, "type", strlen("type"));
	if (value == NULL)
		return tree_error(walk->tree, node, walk->err, "%s lacks the key 'type'", walk->path);
	const char *text = node_text(value);
	if (text == NULL)
		return tree_error(walk->tree, value, walk->err, "%s.type must be a single value", walk->path);
	struct key_variant variant;
	if (!variant_named(row, text, &variant)) {
		char shown[SHOWN];
		struct hint hint;
		hint_begin(&hint, "one of", text, strlen(text));
		hint_add_types(&hint, row);
		return tree_error(walk->tree, value, walk->err, "%s.type: unknown word '%s'%s", walk->path,
		                  text_shown(shown, text, value->data.scalar.length), hint_end(&hint));
	}
	*at = variant.create(variant.type, walk->err);
	const struct level level = {variant.rows, row->rows, variant.name};
	return *at == NULL ? -1 : mapping_read(walk, node, &level, *at);
}

static int list_read(struct walk *walk, const yaml_node_t *node, const struct key *row, void *base)
{
	size_t length = strlen(walk->path);
	bool bare = row->bare && node->type == YAML_SCALAR_NODE;
	if (!bare && node->type != YAML_SEQUENCE_NODE)
		return tree_error(walk->tree, node, walk->err, "%s must be a list", walk->path);
	const yaml_node_item_t *item = bare ? NULL : node->data.sequence.items.start;
	size_t count = bare ? 1 : (size_t)(node->data.sequence.items.top - item);
	if ((double)count < row->least || (double)count > row->most)
		return tree_error(walk->tree, node, walk->err, "%s has %zu entries, it must have %.0f to %.0f", walk->path,
		                  count, row->least, row->most);

	const struct key each = {.type = KEY_TEXT, .most = (double)row->bytes}; /* of KEY_TEXTS */
	void **entries = memory_zeroed(count, sizeof *entries, walk->err); /* char * or structures */
	if (entries == NULL)
		return -1;
	memcpy((char *)base + row->at, &entries, sizeof entries);
	memcpy((char *)base + row->count_at, &count, sizeof count);
	for (size_t i = 0; i < count; i++) {
		const yaml_node_t *value = bare ? node : tree_node(walk->tree, item[i]);
		void *at = &entries[i];
		if (!bare)
			snprintf(walk->path + length, sizeof walk->path - length, "[%zu]", i);
		if ((row->type == KEY_VARIANTS ? variant_read(walk, value, row, at) : scalar_read(walk, value, &each, at)) != 0)
			return -1;
		walk->path[length] = 0;
	}
	return 0;
}

/* A number, or a list of two. */
static int real_entry_read(struct walk *walk, const yaml_node_t *node, const struct key *row, struct real_entry *out)
{
	size_t length = strlen(walk->path);
	if (node->type != YAML_SEQUENCE_NODE)
		return scalar_read(walk, node, row, &out->number[out->numbers++]);
	const yaml_node_item_t *item = node->data.sequence.items.start;
	out->numbers = (size_t)(node->data.sequence.items.top - item);
	int code = out->numbers == 2 ? 0 : tree_error(walk->tree, node, walk->err, "%s: one number or two", walk->path);
	for (size_t i = 0; code == 0 && i < 2; i++) {
		snprintf(walk->path + length, sizeof walk->path - length, "[%zu]", i);
		code = scalar_read(walk, tree_node(walk->tree, item[i]), row, &out->number[i]);
	}
	return code;
}

static int reals_read(struct walk *walk, const yaml_node_t *node, const struct key *row, struct reals *out)
{
	size_t length = strlen(walk->path);
	struct key each = *row;
	each.type = KEY_REAL;
	if (node->type == YAML_SCALAR_NODE && row->words != NULL)
		return word_read(walk, node, row, &out->word);
	if (node->type == YAML_SCALAR_NODE) {
		out->count = 1;
		out->entry = memory_zeroed(1, sizeof *out->entry, walk->err);
		return out->entry != NULL ? real_entry_read(walk, node, &each, out->entry) : -1;
	}
	if (node->type != YAML_SEQUENCE_NODE)
		return tree_error(walk->tree, node, walk->err, "%s must be a %s or a list of numbers", walk->path,
		                  row->words != NULL ? "word" : "number");
	const yaml_node_item_t *item = node->data.sequence.items.start;
	out->count = (size_t)(node->data.sequence.items.top - item);
	if (out->count == 0)
		return tree_error(walk->tree, node, walk->err, "%s has no entries", walk->path);
	out->entry = memory_zeroed(out->count, sizeof *out->entry, walk->err);
	int code = out->entry == NULL ? -1 : 0;
	for (size_t i = 0; code == 0 && i < out->count; i++) {
		snprintf(walk->path + length, sizeof walk->path - length, "[%zu]", i);
		code = real_entry_read(walk, tree_node(walk->tree, item[i]), &each, &out->entry[i]);
	}
	return code;
}

/* A key of earlier releases, with the line to write instead. */
static int gone_say(struct walk *walk, const yaml_node_t *node, const struct key *row)
{
	size_t start = tree_start(walk->tree, node), end = tree_end(walk->tree, node);
	char shown[SHOWN];
	return tree_error(walk->tree, node, walk->err, "%s has moved: write %s%s}", walk->path, row->help,
	                  text_shown(shown, walk->tree->text + start, end - start));
}

static int value_read(struct walk *walk, const yaml_node_t *node, const struct key *row, void *base)
{
	if (row->lone != NULL && node->type == YAML_SCALAR_NODE) {
		const struct key *lone = key_named(row->rows, row->lone, strlen(row->lone));
		return scalar_read(walk, node, lone, (char *)base + lone->at);
	}
	switch (row->type) {
	case KEY_MAPPING:
		return mapping_expect(walk, node) != 0 ? -1
		                                       : mapping_read(walk, node, &(struct level){.rows = row->rows}, base);
	case KEY_TEXTS:
	case KEY_VARIANTS:
		return list_read(walk, node, row, base);
	case KEY_REALS:
		return reals_read(walk, node, row, (struct reals *)(void *)((char *)base + row->at));
	case KEY_SIDES:
		return sides_read(walk->tree, node, row, walk->path, base, walk->err);
	case KEY_GONE:
		return gone_say(walk, node, row);
	default:
		return scalar_read(walk, node, row, (char *)base + row->at);
	}
}

int keys_read(const struct tree *tree, struct job *job, struct err *err)
{
	struct walk walk = {.tree = tree, .err = err};
	keys_preset(job_keys, job);
	return mapping_read(&walk, tree_root(tree), &(struct level){.rows = job_keys}, job);
}
