/* What metrics.csv and validation.csv hold, for those who watch a run or report of it. */
#include <convoy/train.h>

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TABLE_BYTES = 1 << 28, CELLS = 32 };

struct column {
	const char *name; /* one that ends with _ goes on with that of a measure */
	size_t place; /* in struct metric */
	bool whole;   /* uint64_t; otherwise double */
};

static const struct column columns[] = {
	{"epoch", offsetof(struct metric, record.epoch), true},
	{"step", offsetof(struct metric, record.step), true},
	{"rate", offsetof(struct metric, record.rate), false},
	{"train_loss", offsetof(struct metric, record.train_loss), false},
	{"train_", offsetof(struct metric, record.train_measure), false},
	{"test_loss", offsetof(struct metric, record.test_loss), false},
	{"test_", offsetof(struct metric, record.test_measure), false},
	{"validation_loss", offsetof(struct metric, record.validation_loss), false},
	{"validation_", offsetof(struct metric, record.validation_measure), false},
	{"seconds", offsetof(struct metric, seconds), false},
	{"images_per_second", offsetof(struct metric, images_per_second), false},
};

/* The measure that a text of that length names, or NULL. */
static const struct measure *measure_named(const char *name, size_t length)
{
	const struct measure *m;
	for (size_t i = 0; (m = measure_at(i)) != NULL; i++)
		if (strlen(m->name) == length && memcmp(m->name, name, length) == 0)
			return m;
	return NULL;
}

static const struct column *column_find(const char *name, size_t length, const struct measure **measure)
{
	for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
		size_t own = strlen(columns[c].name);
		if (own > length || memcmp(columns[c].name, name, own) != 0)
			continue;
		if (own == length && name[own - 1] != '_')
			return &columns[c];
		const struct measure *m = name[own - 1] == '_' ? measure_named(name + own, length - own) : NULL;
		if (m != NULL) {
			*measure = m;
			return &columns[c];
		}
	}
	return NULL;
}

/* Sets a column from a cell; false where that is no such number. An empty cell leaves NaN. */
static bool cell_read(const struct column *column, const char *cell, size_t length, struct metric *out)
{
	char text[64], *end;
	if (column == NULL || length == 0)
		return column == NULL || !column->whole;
	if (length >= sizeof text)
		return false;
	memcpy(text, cell, length);
	text[length] = 0;
	if (column->whole) {
		uint64_t number = strtoull(text, &end, 10);
		memcpy((char *)out + column->place, &number, sizeof number);
		return *end == 0 && strspn(text, "0123456789") == length;
	}
	double number = strtod(text, &end);
	memcpy((char *)out + column->place, &number, sizeof number);
	return *end == 0;
}

/* The columns that a header names; later releases may have more. 0 where there are none. */
static size_t header_read(const char *line, const char *end, const struct column *column[CELLS],
                          const struct measure **measure)
{
	size_t cells = 0;
	while (cells < CELLS) {
		size_t length = strcspn(line, ",\n");
		column[cells++] = column_find(line, length, measure);
		line += length;
		if (line++ >= end)
			return column[0] != NULL ? cells : 0;
	}
	return 0;
}

static bool row_read(const char *line, const char *end, const struct column *const column[CELLS], size_t cells,
                     struct metric *out)
{
	struct record none = {.rate = NAN, .train_loss = NAN, .train_measure = NAN, .test_loss = NAN, .test_measure = NAN,
	                      .validation_loss = NAN, .validation_measure = NAN};
	*out = (struct metric){none, NAN, NAN};
	for (size_t c = 0; c < cells; c++) {
		size_t length = strcspn(line, ",\n");
		if (!cell_read(column[c], line, length, out))
			return false;
		line += length;
		if ((line >= end) != (c + 1 == cells))
			return false;
		line++;
	}
	return true;
}

static int table_parse(const char *text, size_t *count, struct metric **row, const struct measure **measure,
                       struct err *err)
{
	const struct column *column[CELLS];
	size_t lines = 0, cells = 0;
	for (const char *t = text; *t != 0; t++)
		lines += *t == '\n';
	*count = 0;
	*row = memory_zeroed(lines, sizeof **row, err);
	if (*row == NULL)
		return -1;
	for (const char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		struct metric *next = &(*row)[*count];
		if (line == text)
			cells = header_read(line, end, column, measure);
		else if (cells > 0 && row_read(line, end, column, cells, next) && next->record.epoch > 0 &&
		         (*count == 0 || next->record.epoch > next[-1].record.epoch))
			++*count;
	}
	return 0;
}

/* The rows of a file; none where it is absent. */
static int table_read(const char *directory, const char *name, size_t *count, struct metric **row,
                      const struct measure **measure, struct err *err)
{
	uint8_t *bytes = NULL;
	size_t size;
	*count = 0;
	*row = NULL;
	char *path = memory_format(err, "%s%s%s", directory, path_gap(directory), name);
	if (path == NULL)
		return -1;
	int code = 0;
	if (access(path, F_OK) == 0 || errno != ENOENT)
		code = file_read(path, TABLE_BYTES, &bytes, &size, err);
	if (code == 0)
		code = table_parse(bytes != NULL ? (const char *)bytes : "", count, row, measure, err);
	free(bytes);
	free(path);
	return code;
}

int metrics_read(const char *directory, size_t *count, struct metric **row, const struct measure **measure,
                 struct err *err)
{
	size_t validations, v = 0;
	struct metric *validation = NULL;
	*row = NULL;
	*measure = task_measure(TASK_CLASSES);
	int code = table_read(directory, "validation.csv", &validations, &validation, measure, err);
	if (code == 0)
		code = table_read(directory, "metrics.csv", count, row, measure, err);
	for (size_t r = 0; code == 0 && r < *count; r++) {
		struct record *record = &(*row)[r].record;
		while (v < validations && validation[v].record.epoch < record->epoch)
			v++;
		if (v < validations && validation[v].record.epoch == record->epoch) {
			record->validation_loss = validation[v].record.validation_loss;
			record->validation_measure = validation[v].record.validation_measure;
		}
	}
	free(validation);
	return code;
}
