/* Reads tables as text with commas. */
#include <convoy/store.h>

#include <stdlib.h>
#include <string.h>

int csv_fault(const struct csv *csv, size_t line, struct err *err, const char *format, ...)
{
	char text[sizeof err->text];
	va_list args;
	va_start(args, format);
	text_vfit(text, sizeof text, format, args);
	va_end(args);
	return err_set(err, EX_DATAERR, "%s:%zu: %s", csv->path, line, text);
}

int csv_open(struct csv *csv, const char *path, struct err *err)
{
	uint8_t *bytes = NULL;
	size_t count;
	*csv = (struct csv){.path = path, .line = 1};
	if (file_read(path, CSV_BYTES, &bytes, &count, err) != 0)
		return -1;
	csv->bytes = (char *)bytes;
	if (strlen(csv->bytes) != count)
		return err_set(err, EX_DATAERR, "%s: a NUL byte at offset %zu: it must be UTF-8 text", path,
		               strlen(csv->bytes));
	const char *behind = text_behind_mark(csv->bytes);
	csv->next = csv->bytes + (behind - csv->bytes);
	return 0;
}

void csv_free(struct csv *csv)
{
	free(csv->bytes);
	*csv = (struct csv){0};
}

/* One field, which loses its quotes in place. *last: it ends the line. NULL where a quote has no end. */
static char *field_read(struct csv *csv, bool *last)
{
	char *from = csv->next, *to = from, *field = from;
	bool quoted = *from == '"';
	from += quoted;
	while (*from != 0 && (quoted || (*from != ',' && *from != '\n' && *from != '\r'))) {
		if (quoted && *from == '"' && from[1] != '"') {
			quoted = false;
			from++;
			continue;
		}
		from += quoted && *from == '"';
		csv->line += *from == '\n';
		*to++ = *from++;
	}
	if (quoted)
		return NULL;
	*last = *from != ',';
	from += *from == '\r' && from[1] == '\n';
	csv->line += *from == '\n';
	csv->next = from + (*from != 0);
	*to = 0;
	return field;
}

int csv_line(struct csv *csv, char *field[CSV_COLUMNS], size_t *count, size_t *line, struct err *err)
{
	*count = 0;
	while (*csv->next == '\n' || *csv->next == '\r') {
		csv->line += *csv->next == '\n';
		csv->next++;
	}
	*line = csv->line;
	for (bool last = *csv->next == 0; !last; ++*count) {
		if (*count == CSV_COLUMNS)
			return csv_fault(csv, *line, err, "more than %d columns", CSV_COLUMNS);
		field[*count] = field_read(csv, &last);
		if (field[*count] == NULL)
			return csv_fault(csv, *line, err, "a quote without its end");
	}
	return 0;
}
