/* Layers as YAML text, and the comparison of two jobs: both walk the rows. */
#include "job.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Values as text --------------------------------------------------------------------------------------------- */

/* The shortest decimal that reads back as the same number. */
static void real_write(FILE *out, double x)
{
	char text[40];
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, x);
		if (strtod(text, NULL) == x)
			break;
	}
	fputs(text, out);
}

static void scalar_write(FILE *out, const struct key *row, const void *at)
{
	uint64_t whole;
	double real;
	unsigned word;
	switch (row->type) {
	case KEY_WHOLE:
		memcpy(&whole, at, sizeof whole);
		if (row->words != NULL && whole <= UINT_MAX && key_word_name(row->words, (unsigned)whole)[0] != 0)
			fputs(key_word_name(row->words, (unsigned)whole), out);
		else
			fprintf(out, "%llu", (unsigned long long)whole);
		break;
	case KEY_REAL:
		memcpy(&real, at, sizeof real);
		real_write(out, real);
		break;
	case KEY_TRUTH:
		fputs(*(const bool *)at ? "true" : "false", out);
		break;
	case KEY_TEXT:
		fputs(*(char *const *)at != NULL ? *(char *const *)at : "absent", out);
		break;
	default:
		memcpy(&word, at, sizeof word);
		fputs(key_word_name(row->words, word), out);
	}
}

static void connections_write(FILE *out, const struct key *row, const void *base)
{
	const struct connection_spec *spec = (const void *)((const char *)base + row->at);
	if (spec->kind != CONNECT_LIST) {
		fputs(key_word_name(row->words, spec->kind), out);
		return;
	}
	const struct connection_list *list = &spec->list;
	for (size_t j = 0; j < list->out_maps; j++) {
		fputs(j == 0 ? "[" : ", ", out);
		for (uint32_t e = list->first[j]; e < list->first[j + 1]; e++)
			fprintf(out, "%s%u", e == list->first[j] ? "[" : ", ", (unsigned)list->input[e]);
		fputc(']', out);
	}
	fputc(']', out);
}

static void reals_write(FILE *out, const struct key *row, const void *base)
{
	const struct reals *reals = (const void *)((const char *)base + row->at);
	if (reals->entry == NULL)
		fputs(reals->word == 0 ? "absent" : key_word_name(row->words, reals->word), out);
	for (size_t i = 0; i < reals->count; i++) {
		fputs(i == 0 ? "[" : ", ", out);
		const struct real_entry *entry = &reals->entry[i];
		fputs(entry->numbers == 2 ? "[" : "", out);
		real_write(out, entry->number[0]);
		if (entry->numbers == 2) {
			fputs(", ", out);
			real_write(out, entry->number[1]);
			fputc(']', out);
		}
	}
	fputs(reals->count > 0 ? "]" : "", out);
}

static void sides_write(FILE *out, const struct key *row, const void *base)
{
	const struct sides *sides = (const void *)((const char *)base + row->at);
	if (sides->rows == 0)
		fputs(row->words != NULL ? row->words->name : "absent", out);
	else if (sides->rows == sides->columns)
		fprintf(out, "%zu", sides->rows);
	else
		fprintf(out, "[%zu, %zu]", sides->rows, sides->columns);
}

/* Texts of layers, which YAML takes without quotes. */
static void texts_write(FILE *out, const struct key *row, const void *base)
{
	char *const *text = *(char *const *const *)(const void *)((const char *)base + row->at);
	size_t count = *(const size_t *)(const void *)((const char *)base + row->count_at);
	if (text == NULL)
		fputs("absent", out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%s", i > 0 ? ", " : count > 1 ? "[" : "", text[i]);
	fputs(count > 1 ? "]" : "", out);
}

static void mapping_write(FILE *out, const struct key *row, const void *base);

/* A mapping that is absent is all 0. */
static bool all_zero(const struct key *row, const void *base)
{
	const unsigned char *at = (const unsigned char *)base + row->at;
	for (size_t i = 0; i < row->size; i++)
		if (at[i] != 0)
			return false;
	return true;
}

static void value_write(FILE *out, const struct key *row, const void *base)
{
	if (row->type == KEY_LISTS)
		connections_write(out, row, base);
	else if (row->type == KEY_REALS)
		reals_write(out, row, base);
	else if (row->type == KEY_SIDES)
		sides_write(out, row, base);
	else if (row->type == KEY_TEXTS)
		texts_write(out, row, base);
	else if (row->type != KEY_MAPPING)
		scalar_write(out, row, (const char *)base + row->at);
	else if (all_zero(row, base))
		fputs("none", out);
	else
		mapping_write(out, row, base);
}

/* As by default, and so absent from the text. */
static bool left_out(const struct key *row, const void *base)
{
	const void *at = (const char *)base + row->at;
	if (row->needed)
		return false;
	if (row->type == KEY_REAL)
		return *(const double *)at == row->preset;
	if (row->type == KEY_WHOLE)
		return *(const size_t *)at == (size_t)row->preset;
	if (row->type == KEY_SIDES) {
		const struct sides *sides = at;
		return sides->rows == (size_t)row->preset && sides->columns == (size_t)row->preset;
	}
	return all_zero(row, base); /* the first word, false, no mapping */
}

/* `between` stands before the first pair. */
static void pairs_write(FILE *out, const struct key *rows, const char *between, const void *base)
{
	for (; rows->name != NULL; rows++) {
		if (rows->type == KEY_GONE || left_out(rows, base))
			continue;
		fprintf(out, "%s%s: ", between, rows->name);
		value_write(out, rows, base);
		between = ", ";
	}
}

static void mapping_write(FILE *out, const struct key *row, const void *base)
{
	pairs_write(out, row->rows, "{", base);
	fputc('}', out);
}

static void layer_write(FILE *out, const struct layer_spec *spec)
{
	fprintf(out, "{type: %s", spec->type->name);
	pairs_write(out, layer_common_keys, ", ", spec);
	pairs_write(out, spec->type->keys, ", ", spec);
	fputc('}', out);
}

/* Runs value_write, or layer_write where `row` is NULL, into fresh memory. */
static char *value_text(const struct key *row, const void *base, struct err *err)
{
	struct memory_stream out;
	if (memory_stream_open(&out, err) != 0)
		return NULL;
	if (row != NULL)
		value_write(out.file, row, base);
	else
		layer_write(out.file, base);
	return memory_stream_close(&out, NULL, err);
}

char *job_layer_text(const struct layer_spec *spec, struct err *err)
{
	return value_text(NULL, spec, err);
}

/* ---- Two jobs --------------------------------------------------------------------------------------------------- */

/* A walk over the rows of two jobs. */
struct two_jobs {
	const struct job *job, *earlier;
	struct job_changes *changes; /* NULL: none are allowed */
	struct err *err;
};

static void change_add(struct job_changes *changes, const char *path, const char *then, const char *now)
{
	enum { MOST = 40 };
	size_t used = strlen(changes->text);
	char text[CHANGES_TEXT];
	int length = snprintf(text, sizeof text, "%s%s %.*s → %.*s", changes->count > 0 ? ", " : "", path,
	                      (int)text_head(then, MOST), then, (int)text_head(now, MOST), now);
	if (used + (size_t)length + sizeof " …" <= sizeof changes->text)
		memcpy(changes->text + used, text, (size_t)length + 1);
	else if (used < 3 || strcmp(changes->text + used - 3, "…") != 0)
		snprintf(changes->text + used, sizeof changes->text - used, " …");
	changes->count++;
}

/* Two values of a row. `above`: the place where the key is absent. */
static int value_compare(const struct two_jobs *c, const char *path, const char *above, const struct key *row,
                         const void *base, const void *earlier)
{
	enum { MOST = 160 };
	char *now = value_text(row, base, c->err);
	char *then = now == NULL ? NULL : value_text(row, earlier, c->err);
	int status = then == NULL ? -1 : 0;
	if (status == 0 && strcmp(now, then) != 0 && row->changes && c->changes != NULL) {
		change_add(c->changes, path, then, now);
	} else if (status == 0 && strcmp(now, then) != 0) {
		err_set(c->err, EX_CONFIG, "%s is %.*s, the checkpoint was trained with %.*s%s", path,
		        (int)text_head(now, MOST), now, (int)text_head(then, MOST), then,
		        row->changes ? " (--changed allows it)" : "");
		status = place_prefix(c->job, path, above, c->err);
	}
	free(now);
	free(then);
	return status;
}

static int layer_compare(const struct two_jobs *c, size_t index)
{
	const struct layer_spec *spec = c->job->layer[index], *earlier = c->earlier->layer[index];
	char above[64], path[128];
	snprintf(above, sizeof above, "layers[%zu]", index);
	if (spec->type != earlier->type) {
		err_set(c->err, EX_CONFIG, "%s.type is %s, the checkpoint was trained with %s", above, spec->type->name,
		        earlier->type->name);
		return place_prefix(c->job, above, above, c->err);
	}
	const struct key *const rows[] = {layer_common_keys, spec->type->keys};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (const struct key *row = rows[i]; row->name != NULL; row++) {
			snprintf(path, sizeof path, "%s.%s", above, row->name);
			if (value_compare(c, path, above, row, spec, earlier) != 0)
				return -1;
		}
	return 0;
}

static int layers_compare(const struct two_jobs *c)
{
	if (c->job->layers != c->earlier->layers) {
		err_set(c->err, EX_CONFIG, "there are %zu layers, the checkpoint was trained with %zu", c->job->layers,
		        c->earlier->layers);
		return place_prefix(c->job, "layers", "layers", c->err);
	}
	for (size_t i = 0; i < c->job->layers; i++)
		if (layer_compare(c, i) != 0)
			return -1;
	return 0;
}

/* The rows of the mapping at `part`, or those of the whole job. */
static int rows_compare(const struct two_jobs *c, const struct key *rows, const char *part)
{
	for (; rows->name != NULL; rows++) {
		char path[128];
		int status = 0;
		snprintf(path, sizeof path, "%s%s%s", part, part[0] == 0 ? "" : ".", rows->name);
		if (rows->type == KEY_MAPPING)
			status = rows_compare(c, rows->rows, path);
		else if (rows->same && rows->type == KEY_VARIANTS)
			status = layers_compare(c);
		else if (rows->same)
			status = value_compare(c, path, part, rows, c->job, c->earlier);
		if (status != 0)
			return -1;
	}
	return 0;
}

int job_continues(const struct job *job, const struct job *earlier, struct job_changes *changes, struct err *err)
{
	if (job->output.task != earlier->output.task) {
		err_set(err, EX_CONFIG, "the job has output.%s, the checkpoint was trained with output.%s",
		        task_name(job->output.task), task_name(earlier->output.task));
		return place_prefix(job, "output", "output", err);
	}
	return rows_compare(&(struct two_jobs){job, earlier, changes, err}, job_keys, "");
}
