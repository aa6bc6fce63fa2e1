/* Layers as YAML text, and two jobs held against each other: both walk the schema's rows. */
#include "check.h"

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

static void word_write(FILE *out, const cyaml_strval_t *words, size_t count, int64_t value)
{
	for (size_t i = 0; i < count; i++) {
		if (words[i].val == value)
			fputs(words[i].str, out);
	}
}

static void scalar_write(FILE *out, const cyaml_schema_value_t *schema, const unsigned char *at)
{
	if (schema->type == CYAML_UINT) {
		uint64_t number;
		memcpy(&number, at, sizeof number);
		fprintf(out, "%llu", (unsigned long long)number);
	} else if (schema->type == CYAML_FLOAT) {
		double number;
		memcpy(&number, at, sizeof number);
		real_write(out, number);
	} else if (schema->type == CYAML_BOOL) {
		fputs(*at ? "true" : "false", out);
	} else {
		unsigned word;
		memcpy(&word, at, sizeof word);
		word_write(out, schema->enumeration.strings, schema->enumeration.count, word);
	}
}
_Static_assert(sizeof(size_t) == sizeof(uint64_t) && sizeof(enum loss) == sizeof(unsigned), "read by scalar_write");

static void connections_write(FILE *out, const struct layer_spec *spec)
{
	if (spec->connections != CONNECT_LIST) {
		word_write(out, connection_words, CONNECTION_WORDS, spec->connections);
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

/* Absent from the text, as by default. */
static bool left_out(const cyaml_schema_field_t *row, const struct layer_spec *spec, const unsigned char *base)
{
	if (row->value.type == CYAML_IGNORE)
		return strcmp(row->key, "connections") == 0 && spec->connections == CONNECT_FULL;
	if (!field_optional(row))
		return false;
	for (size_t i = 0; i < row->value.data_size; i++) {
		if (base[row->data_offset + i] != 0)
			return false;
	}
	return true;
}

static void rows_write(FILE *out, const cyaml_schema_field_t *rows, const struct layer_spec *spec,
                       const unsigned char *base);

static void value_write(FILE *out, const cyaml_schema_field_t *row, const struct layer_spec *spec,
                        const unsigned char *base)
{
	if (row->value.type == CYAML_MAPPING && left_out(row, spec, base))
		fputs("none", out);
	else if (row->value.type == CYAML_MAPPING)
		rows_write(out, row->value.mapping.fields, spec, base + row->data_offset);
	else if (row->value.type != CYAML_IGNORE)
		scalar_write(out, &row->value, base + row->data_offset);
	else if (strcmp(row->key, "type") == 0)
		fputs(spec->type, out);
	else
		connections_write(out, spec);
}

static void rows_write(FILE *out, const cyaml_schema_field_t *rows, const struct layer_spec *spec,
                       const unsigned char *base)
{
	const char *between = "{";
	for (; rows->key != NULL; rows++) {
		if (left_out(rows, spec, base))
			continue;
		fprintf(out, "%s%s: ", between, rows->key);
		value_write(out, rows, spec, base);
		between = ", ";
	}
	fputc('}', out);
}

/* Runs value_write, or rows_write where `row` is NULL, into fresh memory. */
static char *value_text(const cyaml_schema_field_t *row, const struct layer_spec *spec, const void *base,
                        struct err *err)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	if (out == NULL) {
		err_memory(err, 0);
		return NULL;
	}
	if (row != NULL)
		value_write(out, row, spec, base);
	else
		rows_write(out, layer_keys_named(spec->type)->fields, spec, base);
	bool failed = ferror(out) != 0;
	if (fclose(out) != 0 || failed) {
		err_memory(err, length);
		free(text);
		return NULL;
	}
	return text;
}

char *job_layer_text(const struct layer_spec *spec, struct err *err)
{
	if (spec->type == NULL || layer_keys_named(spec->type) == NULL) {
		err_set(err, EX_CONFIG, "layer type '%s' is unknown", spec->type == NULL ? "" : spec->type);
		return NULL;
	}
	return value_text(NULL, spec, spec, err);
}

/* ---- Two jobs --------------------------------------------------------------------------------------------------- */

/* Two values of a row; the two specs are NULL outside the layers. */
static int value_compare(const char *path, const cyaml_schema_field_t *row, const struct layer_spec *spec,
                         const struct layer_spec *earlier_spec, const void *base, const void *earlier_base,
                         struct err *err)
{
	char *now = value_text(row, spec, base, err);
	char *then = now == NULL ? NULL : value_text(row, earlier_spec, earlier_base, err);
	int status = then == NULL ? -1 : 0;
	if (status == 0 && strcmp(now, then) != 0)
		status = err_set(err, EX_CONFIG, "%s is %.160s, the checkpoint was trained with %.160s", path, now, then);
	free(now);
	free(then);
	return status;
}

static int layer_compare(const struct job *job, size_t index, const struct layer_spec *earlier, struct err *err)
{
	const struct layer_spec *spec = &job->layer[index];
	char above[64], path[128];
	snprintf(above, sizeof above, "layers[%zu]", index);
	if (strcmp(spec->type, earlier->type) != 0) {
		err_set(err, EX_CONFIG, "%s.type is %s, the checkpoint was trained with %s", above, spec->type, earlier->type);
		return place_prefix(job, above, above, err);
	}
	for (const cyaml_schema_field_t *row = layer_keys_named(spec->type)->fields; row->key != NULL; row++) {
		snprintf(path, sizeof path, "%s.%s", above, row->key);
		if (value_compare(path, row, spec, earlier, spec, earlier, err) != 0)
			return place_prefix(job, path, above, err);
	}
	return 0;
}

static int key_compare(const char *part, const char *key, const struct job *job, const struct job *earlier,
                       struct err *err)
{
	const cyaml_schema_field_t *row = field_named(job_schema.mapping.fields, part, strlen(part));
	size_t base = key == NULL ? 0 : row->data_offset;
	if (key != NULL)
		row = field_named(row->value.mapping.fields, key, strlen(key));
	char path[64];
	snprintf(path, sizeof path, "%s%s%s", part, key == NULL ? "" : ".", key == NULL ? "" : key);
	if (value_compare(path, row, NULL, NULL, (const char *)job + base, (const char *)earlier + base, err) != 0)
		return place_prefix(job, path, part, err);
	return 0;
}

int job_continues(const struct job *job, const struct job *earlier, struct err *err)
{
	static const char *const keys[][2] = {
		{"input", "maps"}, {"input", "rows"}, {"input", "columns"}, {"input", "classes"}, {"data", "memory"},
		{"data", "pad"}, {"data", "normalize"}, {"data", "validation"}, {"loss", NULL}, {"train", "batch"},
		{"train", "seed"}, {"train", "sum"}, {"train", "optimizer"}, {"train", "average"},
	};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (key_compare(keys[i][0], keys[i][1], job, earlier, err) != 0)
			return -1;
	}
	if (job->layers != earlier->layers) {
		err_set(err, EX_CONFIG, "there are %zu layers, the checkpoint was trained with %zu", job->layers,
		        earlier->layers);
		return place_prefix(job, "layers", "layers", err);
	}
	for (size_t i = 0; i < job->layers; i++) {
		if (layer_compare(job, i, &earlier->layer[i], err) != 0)
			return -1;
	}
	return 0;
}
