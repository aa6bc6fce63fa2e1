/* Layers' specs through the rows of their keys. */
#include "specs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

bool word_is(const char *word, const char *text)
{
	return word != NULL && strcmp(word, text) == 0;
}

/* ---- Making ------------------------------------------------------------------------------------------------------ */

#define MEMBER(name) {#name, offsetof(struct layer_keys, name)}
static const struct {
	const char *name;
	size_t at;
} members[] = {
	MEMBER(activation), MEMBER(maps),   MEMBER(kernel), MEMBER(stride), MEMBER(window), MEMBER(units), MEMBER(ragged),
	MEMBER(padding),    MEMBER(method), MEMBER(kernels), MEMBER(penalty), MEMBER(lambda), MEMBER(warmup), MEMBER(rate),
	MEMBER(frozen), MEMBER(kernel_columns), MEMBER(stride_columns), MEMBER(window_columns),
	MEMBER(factor), MEMBER(factor_columns), MEMBER(dilation), MEMBER(dilation_columns), MEMBER(groups), MEMBER(slope),
	MEMBER(statistics),
};

static const void *member_of(const struct layer_keys *keys, const char *name)
{
	for (size_t m = 0; m < sizeof members / sizeof *members; m++)
		if (strcmp(members[m].name, name) == 0)
			return (const char *)keys + members[m].at;
	fail_msg("struct layer_keys has no member for the key %s", name);
	return NULL;
}

static void *copy_of(const void *from, size_t bytes)
{
	struct err err = {0};
	void *to = memory_zeroed(1, bytes, &err);
	assert_non_null(to);
	memcpy(to, from, bytes);
	return to;
}

static void connections_put(const struct layer_keys *keys, struct connection_spec *to)
{
	const struct connection_list *list = &keys->list;
	to->kind = keys->connections;
	if (to->kind != CONNECT_LIST)
		return;
	to->list.out_maps = list->out_maps;
	to->list.first = copy_of(list->first, (list->out_maps + 1) * sizeof *list->first);
	to->list.input = copy_of(list->input, list->first[list->out_maps] * sizeof *list->input);
}

static unsigned word_value(const struct key *row, const char *word)
{
	for (const struct key_word *w = row->words; w->name != NULL; w++)
		if (strcmp(w->name, word) == 0)
			return w->value;
	fail_msg("%s has no word %s", row->name, word);
	return 0;
}

static void sides_put(const struct layer_keys *keys, const struct key *row, void *at)
{
	char name[32];
	snprintf(name, sizeof name, "%s_columns", row->name);
	size_t rows = *(const size_t *)member_of(keys, row->name), columns = *(const size_t *)member_of(keys, name);
	if (rows != 0 || row->needed)
		memcpy(at, &(struct sides){rows, columns != 0 ? columns : rows}, sizeof(struct sides));
}

static struct sides sides_said(size_t rows, size_t columns)
{
	rows = rows != 0 ? rows : 1;
	return (struct sides){rows, columns != 0 ? columns : rows};
}

struct sides keys_kernel(const struct layer_keys *keys)
{
	return sides_said(keys->kernel, keys->kernel_columns);
}

struct sides keys_stride(const struct layer_keys *keys)
{
	return sides_said(keys->stride, keys->stride_columns);
}

struct sides keys_dilation(const struct layer_keys *keys)
{
	return sides_said(keys->dilation, keys->dilation_columns);
}

static void rows_put(const struct layer_keys *keys, const struct key *rows, void *base)
{
	static const unsigned char nothing[sizeof(double)] = {0};
	for (; rows->name != NULL; rows++) {
		char *at = (char *)base + rows->at;
		if (rows->type == KEY_SIDES) {
			sides_put(keys, rows, at);
		} else if (rows->type == KEY_MAPPING) {
			rows_put(keys, rows->rows, base);
		} else if (rows->type == KEY_LISTS) {
			connections_put(keys, (void *)at);
		} else if (rows->type == KEY_WORD && strcmp(rows->name, "activation") != 0) {
			const char *word = *(const char *const *)member_of(keys, rows->name);
			unsigned value = word != NULL ? word_value(rows, word) : 0;
			memcpy(at, &value, sizeof value);
		} else if (rows->type == KEY_WHOLE && rows->words != NULL && keys->groups == GROUPS_EACH) {
			memset(at, 0, rows->size);
		} else if (rows->needed || memcmp(member_of(keys, rows->name), nothing, rows->size) != 0) {
			memcpy(at, member_of(keys, rows->name), rows->size);
		}
	}
}

struct layer_spec *spec_make(const struct layer_keys *keys)
{
	struct err err = {0};
	assert_non_null(layer_type_named(keys->type));
	struct layer_spec *spec = layer_spec_create(layer_type_named(keys->type), &err);
	assert_non_null(spec);
	rows_put(keys, spec->type->keys, spec);
	struct layer_spec whole = *spec; /* with texts that are not changed */
	whole.name = (char *)keys->name;
	whole.source = (char **)keys->from;
	while (whole.sources < LAYER_SOURCES && keys->from[whole.sources] != NULL)
		whole.sources++;
	assert_int_equal(layer_spec_adopt(spec, &whole, &err), 0);
	return spec;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static const struct key *row_named(const struct key *rows, const char *name)
{
	const struct key *found = NULL;
	for (; found == NULL && rows->name != NULL; rows++)
		found = rows->type == KEY_MAPPING       ? row_named(rows->rows, name)
		        : strcmp(rows->name, name) == 0 ? rows
		                                        : NULL;
	return found;
}

/* Copies the value at a key; leaves `to` where there is none. Returns its row. */
static const struct key *value_take(const struct layer_spec *spec, const char *key, enum key_type type, void *to)
{
	const struct key *row = row_named(spec->type->keys, key);
	if (row == NULL)
		return NULL;
	assert_int_equal(row->type, type);
	memcpy(to, (const char *)spec + row->at, row->size);
	return row;
}

struct sides spec_sides(const struct layer_spec *spec, const char *key)
{
	struct sides sides = {0, 0};
	value_take(spec, key, KEY_SIDES, &sides);
	return sides;
}

size_t spec_whole(const struct layer_spec *spec, const char *key)
{
	const struct key *row = row_named(spec->type->keys, key);
	size_t whole = 0;
	if (row == NULL || row->type != KEY_SIDES) {
		value_take(spec, key, KEY_WHOLE, &whole);
		return whole;
	}
	struct sides sides = spec_sides(spec, key);
	assert_int_equal(sides.rows, sides.columns);
	return sides.rows;
}

double spec_real(const struct layer_spec *spec, const char *key)
{
	double real = 0;
	value_take(spec, key, KEY_REAL, &real);
	return real;
}

bool spec_truth(const struct layer_spec *spec, const char *key)
{
	bool truth = false;
	value_take(spec, key, KEY_TRUTH, &truth);
	return truth;
}

const char *spec_word(const struct layer_spec *spec, const char *key)
{
	unsigned value = 0;
	const struct key *row = value_take(spec, key, KEY_WORD, &value);
	return row != NULL ? key_word_name(row->words, value) : "";
}

const struct connection_spec *spec_connections(const struct layer_spec *spec)
{
	const struct key *row = row_named(spec->type->keys, "connections");
	assert_non_null(row);
	return (const void *)((const char *)spec + row->at);
}

/* ---- Comparing --------------------------------------------------------------------------------------------------- */

static void expect_same_connections(const struct connection_spec *a, const struct connection_spec *b)
{
	size_t maps = a->list.out_maps;
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(maps, b->list.out_maps);
	if (maps == 0)
		return;
	assert_memory_equal(a->list.first, b->list.first, (maps + 1) * sizeof *a->list.first);
	assert_memory_equal(a->list.input, b->list.input, a->list.first[maps] * sizeof *a->list.input);
}

static void expect_same_rows(const struct key *rows, const struct layer_spec *a, const struct layer_spec *b)
{
	for (; rows->name != NULL; rows++) {
		if (rows->type == KEY_MAPPING)
			expect_same_rows(rows->rows, a, b);
		else if (rows->type == KEY_LISTS)
			expect_same_connections(spec_connections(a), spec_connections(b));
		else
			assert_memory_equal((const char *)a + rows->at, (const char *)b + rows->at, rows->size);
	}
}

void expect_same_specs(const struct layer_spec *a, const struct layer_spec *b)
{
	assert_ptr_equal(a->type, b->type);
	assert_string_equal(a->name != NULL ? a->name : "", b->name != NULL ? b->name : "");
	assert_int_equal(a->sources, b->sources);
	for (size_t s = 0; s < a->sources; s++)
		assert_string_equal(a->source[s], b->source[s]);
	expect_same_rows(a->type->keys, a, b);
}
