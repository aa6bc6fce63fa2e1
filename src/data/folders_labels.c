/* Labels or values in a CSV file beside one folder of pictures: "file,label" or "file,value…", with a header. */
#include "folders.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* A line of the table, whose texts lie in the table's own memory. */
struct row {
	size_t line; /* from 1 */
	char *file, *label;
	uint32_t number; /* among the rows, as they stand in the table */
	dev_t device; /* of the file that was found; device and inode are 0 where none was */
	ino_t inode;
};

struct table {
	struct csv csv;
	size_t count, room;
	struct row *row;
	size_t file, label, columns; /* numbers of the columns; label == columns: all others are values */
	size_t values, value_room;
	char *name[CSV_COLUMNS]; /* [values] of the columns */
	float *value;        /* [count][values] */
};

/* ---- The table --------------------------------------------------------------------------------------------------- */

static bool is_one_of(const char *name, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcasecmp(name, *words) == 0)
			return true;
	return false;
}

/* The header says which column is which. */
static int header_read(struct table *t, struct err *err)
{
	static const char *const files[] = {"file", "filename", "file_name", "path", "image", "image_id", "id", NULL};
	static const char *const labels[] = {"label", "class", "category", "breed", "target", NULL};
	char *field[CSV_COLUMNS];
	size_t line;
	if (csv_line(&t->csv, field, &t->columns, &line, err) != 0)
		return -1;
	t->file = t->label = t->columns;
	for (size_t c = 0; c < t->columns; c++) {
		if (t->file == t->columns && is_one_of(field[c], files))
			t->file = c;
		else if (t->label == t->columns && is_one_of(field[c], labels))
			t->label = c;
	}
	if (t->file == t->columns || t->columns < 2)
		return csv_fault(&t->csv, t->columns > 0 ? line : 1, err, "the first line must name the columns: file (or "
		                 "filename, path, image, id) and label (or class, category, target), or numbers");
	for (size_t c = 0; c < t->columns && t->label == t->columns; c++)
		if (c != t->file)
			t->name[t->values++] = field[c];
	return 0;
}

/* The numbers of a line. */
static int values_read(struct table *t, char *const field[CSV_COLUMNS], size_t line, struct err *err)
{
	if (t->count * t->values >= t->value_room) {
		size_t more = 2 * t->value_room + 256 * t->values;
		float *value = realloc(t->value, more * sizeof *value);
		if (value == NULL)
			return err_memory(err, more * sizeof *value);
		t->value = value;
		t->value_room = more;
	}
	float *value = t->value + t->count * t->values;
	for (size_t c = 0; c < t->columns; c++) {
		char *end;
		if (c == t->file)
			continue;
		double number = strtod(field[c], &end);
		if (end == field[c] || end[strspn(end, " \t")] != 0 || !isfinite((float)number))
			return csv_fault(&t->csv, line, err, "column %s: '%s' is no number that float32 holds; a column of classes "
			                 "is called label", t->name[c - (c > t->file)], field[c]);
		*value++ = (float)number;
	}
	return 0;
}

static int rows_read(struct table *t, struct err *err)
{
	char *field[CSV_COLUMNS];
	size_t count, line;
	while (csv_line(&t->csv, field, &count, &line, err) == 0) {
		if (count == 0)
			return t->count > 0 ? 0 : csv_fault(&t->csv, t->csv.line, err, "no line behind the header");
		if (count != t->columns)
			return csv_fault(&t->csv, line, err, "%zu columns, the header has %zu", count, t->columns);
		char *label = t->values == 0 ? field[t->label] : NULL;
		if (field[t->file][0] == 0 || (label != NULL && *label == 0))
			return csv_fault(&t->csv, line, err, "no %s", field[t->file][0] == 0 ? "file" : "label");
		if (t->values > 0 && values_read(t, field, line, err) != 0)
			return -1;
		if (t->count == t->room) {
			size_t more = t->room == 0 ? 256 : 2 * t->room;
			struct row *rows = realloc(t->row, more * sizeof *rows);
			if (rows == NULL)
				return err_memory(err, more * sizeof *rows);
			t->row = rows;
			t->room = more;
		}
		t->row[t->count] = (struct row){.line = line, .file = field[t->file], .label = label,
		                                .number = (uint32_t)t->count};
		t->count++;
	}
	return -1;
}

static int table_read(struct table *t, const char *path, struct err *err)
{
	if (csv_open(&t->csv, path, err) != 0)
		return -1;
	return header_read(t, err) == 0 ? rows_read(t, err) : -1;
}

static int by_file(const void *one, const void *other)
{
	const struct row *a = one, *b = other;
	int order = (a->device > b->device) - (a->device < b->device);
	if (order == 0)
		order = (a->inode > b->inode) - (a->inode < b->inode);
	return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

/* ---- Classes ----------------------------------------------------------------------------------------------------- */

static bool is_number(const char *label, size_t *number)
{
	size_t digits = strspn(label, "0123456789");
	if (digits == 0 || digits > 5 || label[digits] != 0 || (digits > 1 && label[0] == '0'))
		return false;
	*number = (size_t)strtoul(label, NULL, 10);
	return *number < FOLDER_CLASSES;
}

static int by_text(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

/* The values become those of the folders, under the names of their columns. */
static int values_take(struct folders *f, struct table *t, struct err *err)
{
	for (size_t v = 0; v < t->values; v++) {
		if (class_name_check(t->csv.path, t->name[v], err) != 0 ||
		    (f->source.name[v] = memory_text(t->name[v], err)) == NULL)
			return -1;
	}
	f->source.values = t->values;
	f->value = t->value;
	t->value = NULL;
	return 0;
}

/* Names of the classes: the labels in the order of their bytes, or all numbers up to the largest. */
static int classes_find(struct folders *f, struct table *t, struct err *err)
{
	size_t largest = 0, number = 0, count = 0, r = 0;
	while (r < t->count && is_number(t->row[r].label, &number)) {
		largest = number > largest ? number : largest;
		r++;
	}
	f->source.numbered = r == t->count;
	if (f->source.numbered) {
		for (; f->source.classes <= largest; f->source.classes++) {
			char *name = memory_format(err, "%zu", f->source.classes);
			if (name == NULL)
				return -1;
			f->source.name[f->source.classes] = name;
		}
		return 0;
	}
	char **label = memory_zeroed(t->count, sizeof *label, err);
	if (label == NULL)
		return -1;
	for (r = 0; r < t->count; r++)
		label[r] = t->row[r].label;
	qsort(label, t->count, sizeof *label, by_text);
	for (r = 0; r < t->count; r++)
		if (r == 0 || strcmp(label[r], label[r - 1]) != 0)
			label[count++] = label[r];
	int code = 0;
	if (count > FOLDER_CLASSES)
		code = err_set(err, EX_DATAERR, "%s: %zu classes, the limit is %d", t->csv.path, count, FOLDER_CLASSES);
	for (r = 0; r < count && code == 0; r++) {
		code = class_name_check(t->csv.path, label[r], err);
		if (code == 0 && (f->source.name[r] = memory_text(label[r], err)) == NULL)
			code = -1;
		f->source.classes += code == 0;
	}
	free(label);
	return code;
}

static size_t class_of(const struct folders *f, const char *label)
{
	size_t number;
	if (f->source.numbered)
		return is_number(label, &number) ? number : 0;
	char **found = bsearch(&label, f->source.name, f->source.classes, sizeof *found, by_text);
	return found != NULL ? (size_t)(found - f->source.name) : 0;
}

/* ---- Files ------------------------------------------------------------------------------------------------------- */

static bool leads_out(const char *file)
{
	for (const char *part = file; part != NULL; part = strchr(part, '/')) {
		part += *part == '/';
		if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == 0))
			return true;
	}
	return false;
}

/* The path of a picture, which some tables name without its ending. NULL where there is no such file: import_bad has
 * handled that. */
static char *picture_find(struct folders *f, const struct table *t, struct row *row, struct err *err)
{
	static const char *const ends[] = {"", ".jpg", ".jpeg", ".png", ".JPG", ".tif", ".tiff"};
	const char *root = f->options->source;
	struct stat file;
	if (leads_out(row->file)) {
		csv_fault(&t->csv, row->line, err, "%s leads out of %s", row->file, root);
		return NULL;
	}
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		char *path = memory_format(err, "%s%s%s%s", root, path_gap(root), row->file, ends[i]);
		if (path == NULL)
			return NULL;
		if (stat(path, &file) == 0) {
			row->device = file.st_dev;
			row->inode = file.st_ino;
			return path;
		}
		free(path);
	}
	struct err trouble = {0};
	csv_fault(&t->csv, row->line, &trouble, "%s%s%s: no such file", root, path_gap(root), row->file);
	import_bad(f->options, &trouble, err);
	return NULL;
}

static int files_add(struct folders *f, struct table *t, struct err *err)
{
	for (size_t r = 0; r < t->count; r++) {
		struct row *row = &t->row[r];
		char *path = picture_find(f, t, row, err);
		const struct picture_file file = {.path = path, .row = row->number,
		                                  .label = row->label != NULL ? (uint16_t)class_of(f, row->label) : 0};
		if (path != NULL && list_add(&f->part[SAMPLE_TRAIN], &file, err) != 0)
			free(path);
		if (err->code != 0)
			return -1;
	}
	/* By the file itself: one picture under two names could be a training and a test sample. */
	qsort(t->row, t->count, sizeof *t->row, by_file);
	for (size_t r = 1; r < t->count; r++) {
		const struct row *row = &t->row[r];
		if (row->inode != 0 && row->device == row[-1].device && row->inode == row[-1].inode)
			return csv_fault(&t->csv, row->line, err, "%s stands in line %zu too", row->file, row[-1].line);
	}
	if (f->part[SAMPLE_TRAIN].count == 0)
		return err_set(err, EX_DATAERR, "%s: none of its files is in %s", t->csv.path, f->options->source);
	return 0;
}

/* Counts pictures in the folder itself that the table does not name. */
static int unnamed_tell(struct folders *f, const struct listing *l, struct err *err)
{
	const struct list *list = &f->part[SAMPLE_TRAIN];
	const char *root = f->options->source;
	size_t unnamed = 0, first = 0;
	char **named = memory_zeroed(list->count, sizeof *named, err);
	if (named == NULL)
		return -1;
	for (size_t i = 0; i < list->count; i++)
		named[i] = list->file[i].path + strlen(root) + strlen(path_gap(root));
	qsort(named, list->count, sizeof *named, by_text);
	for (size_t i = l->count; i-- > 0;)
		if (!l->folder[i] && photo_named(l->name[i]) &&
		    bsearch(&l->name[i], named, list->count, sizeof *named, by_text) == NULL) {
			unnamed++;
			first = i;
		}
	if (unnamed > 0)
		import_remark(f->options, "%zu picture%s no label in %s, left out; the first: %s", unnamed,
		              unnamed == 1 ? " has" : "s have", f->options->labels, l->name[first]);
	free(named);
	return 0;
}

int folders_labelled(struct folders *f, const struct listing *l, struct err *err)
{
	struct table t = {.count = 0};
	struct list *list = &f->part[SAMPLE_TRAIN];
	int code = table_read(&t, f->options->labels, err);
	if (code == 0 && t.values > 0 && f->options->balance)
		code = err_set(err, EX_USAGE, "import: --balance is for classes, %s holds values", t.csv.path);
	if (code == 0)
		code = t.values > 0 ? values_take(f, &t, err) : classes_find(f, &t, err);
	if (code == 0)
		code = files_add(f, &t, err);
	if (code == 0)
		code = unnamed_tell(f, l, err);
	if (code == 0)
		list_sort(list);
	free(t.value);
	free(t.row);
	csv_free(&t.csv);
	return code;
}
