/* The rows as text, for readers of `convoy help keys`. */
#include "job.h"

#include <stdio.h>
#include <string.h>

enum { PATH = 128 };

static const char *type_name(const struct key *row)
{
	static const char *const names[] = {
		[KEY_WHOLE] = "whole", [KEY_REAL] = "real", [KEY_TRUTH] = "truth", [KEY_WORD] = "word", [KEY_TEXT] = "text",
		[KEY_TEXTS] = "list", [KEY_MAPPING] = "mapping", [KEY_VARIANTS] = "list", [KEY_LISTS] = "word or lists",
		[KEY_REALS] = "word or list", [KEY_SIDES] = "whole or list",
	};
	if (row->type == KEY_WHOLE && row->words != NULL)
		return "whole or word";
	return row->type == KEY_REALS && row->words == NULL ? "number or list" : names[row->type];
}

static void default_write(FILE *out, const struct key *row)
{
	bool conditional = row->absent != NULL && strncmp(row->absent, "needed", strlen("needed")) == 0;
	fputs(row->needed ? "needed" : conditional ? "" : "default ", out);
	if (row->absent != NULL)
		fputs(row->absent, out);
	else if (row->needed)
		return;
	else if (row->type == KEY_WORD || row->type == KEY_LISTS)
		fputs(key_word_name(row->words, (unsigned)row->preset), out);
	else if (row->type == KEY_TRUTH)
		fputs(row->preset != 0 ? "true" : "false", out);
	else if (row->type == KEY_MAPPING)
		fputs("none", out);
	else
		fprintf(out, "%.10g", row->preset);
}

enum { INDENT = 15 }; /* of a further line of a row */

/* Words, on further lines where a terminal of 80 columns is too narrow. */
static void words_write(FILE *out, const struct key_word *words)
{
	enum { BEGIN = 36, WIDTH = 79 }; /* what stands before the words is no longer than BEGIN */
	size_t column = BEGIN;
	for (const struct key_word *word = words; word->name != NULL; word++) {
		size_t length = strlen(word->name) + 2;
		bool wraps = column + length > WIDTH;
		if (wraps)
			column = INDENT;
		column += length;
		fprintf(out, "%s%s%*s%s", word == words ? ":" : ",", wraps ? "\n" : "", wraps ? INDENT : 1, "", word->name);
	}
}

static void values_write(FILE *out, const struct key *row)
{
	switch (row->type) {
	case KEY_WHOLE:
	case KEY_REAL:
		fputs(": ", out);
		for (const struct key_word *word = row->words; word != NULL && word->name != NULL; word++)
			fprintf(out, "%s, ", word->name);
		fprintf(out, "%s%.10g … %s", row->above ? "> " : "", row->least, row->below ? "< " : "");
		if (row->most < 0x1p63)
			fprintf(out, "%.10g", row->most);
		else
			fputs("2^63 − 1", out);
		break;
	case KEY_TRUTH:
		fputs(": true, false", out);
		break;
	case KEY_WORD:
	case KEY_LISTS:
		words_write(out, row->words);
		break;
	case KEY_REALS:
		for (const struct key_word *word = row->words; word != NULL && word->name != NULL; word++)
			fprintf(out, "%s%s", word == row->words ? ": " : ", ", word->name);
		if (row->words != NULL)
			fprintf(out, ",\n%*sor numbers or pairs of numbers of ", INDENT, "");
		else
			fprintf(out, ": numbers of ");
		fprintf(out, "%s%.10g … %.10g", row->above ? "> " : "", row->least, row->most);
		break;
	case KEY_SIDES:
		fprintf(out, ": %s%s%.10g … %.10g, or two in a list", row->words != NULL ? row->words->name : "",
		        row->words != NULL ? ", " : "", row->least, row->most);
		break;
	case KEY_TEXT:
		fprintf(out, ": %.0f … %.0f bytes", row->least, row->most);
		break;
	case KEY_TEXTS:
		fprintf(out, ": %s%.0f … %.0f texts of 1 … %zu bytes", row->bare ? "a text, or " : "", row->least, row->most,
		        row->bytes);
		break;
	case KEY_VARIANTS:
		fprintf(out, ": %.0f … %.0f %s", row->least, row->most, row->name);
		break;
	default:
		break;
	}
}

static void rows_write(FILE *out, const char *heading, const char *path, const struct key *rows);

/* The mappings below the row at `path`. */
static void below_write(FILE *out, const char *path, const struct key *row)
{
	struct key_variant variant;
	char heading[PATH], entry[PATH];
	if (row->type == KEY_MAPPING)
		rows_write(out, path, path, row->rows);
	if (row->type != KEY_VARIANTS)
		return;
	snprintf(entry, sizeof entry, "%s[]", path);
	rows_write(out, entry, entry, row->rows);
	for (size_t i = 0; row->variant(i, &variant); i++) {
		snprintf(heading, sizeof heading, "%s of type %s", entry, variant.name);
		rows_write(out, heading, entry, variant.rows);
	}
}

static void rows_write(FILE *out, const char *heading, const char *path, const struct key *rows)
{
	fprintf(out, "%s\n", heading);
	for (const struct key *row = rows; row->name != NULL; row++) {
		if (row->type == KEY_GONE)
			continue;
		fprintf(out, "  %-12s %s%s%s, ", row->name, row->lone != NULL ? row->lone : "",
		        row->lone != NULL ? " or " : "", type_name(row));
		default_write(out, row);
		values_write(out, row);
		fprintf(out, "\n      %s\n", row->help);
	}
	fputc('\n', out);
	for (const struct key *row = rows; row->name != NULL; row++) {
		char below[PATH];
		snprintf(below, sizeof below, "%s%s%s", path, path[0] == 0 ? "" : ".", row->name);
		below_write(out, below, row);
	}
}

static void same_write(FILE *out, const char *path, const struct key *rows)
{
	for (; rows->name != NULL; rows++) {
		char below[PATH];
		snprintf(below, sizeof below, "%s%s%s", path, path[0] == 0 ? "" : ".", rows->name);
		if (rows->same)
			fprintf(out, "  %s\n", below);
		if (rows->type == KEY_MAPPING)
			same_write(out, below, rows->rows);
	}
}

char *job_keys_text(struct err *err)
{
	struct memory_stream out;
	if (memory_stream_open(&out, err) != 0)
		return NULL;
	rows_write(out.file, "job", "", job_keys);
	fputs("The same in a job that continues a checkpoint:\n", out.file);
	same_write(out.file, "", job_keys);
	return memory_stream_close(&out, NULL, err);
}
