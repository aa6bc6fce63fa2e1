/* The table of a sweep's jobs, sweep.csv: a line of keys, then a line of values for each job; whether jobs are its. */
#include <convoy/job.h>
#include <convoy/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *sweep_table(const struct sweep *sweep, struct err *err)
{
	struct memory_stream stream = {0};
	if (memory_stream_open(&stream, err) != 0)
		return NULL;
	fputs("job", stream.file);
	for (size_t k = 0; k < sweep->keys; k++)
		fprintf(stream.file, ",%s", sweep->key[k]);
	fputc('\n', stream.file);
	for (size_t j = 0; j < sweep->jobs; j++) {
		fputs(sweep->name[j], stream.file);
		for (size_t k = 0; k < sweep->keys; k++)
			fprintf(stream.file, ",%s", sweep->value[j * sweep->keys + k]);
		fputc('\n', stream.file);
	}
	return memory_stream_close(&stream, NULL, err);
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static size_t fields_of(const char *line)
{
	size_t count = 1;
	for (; *line != 0; line++)
		count += *line == ',';
	return count;
}

/* Cuts the next field off a line; *line is then behind it. */
static char *field_take(const char **line, struct err *err)
{
	size_t length = strcspn(*line, ",");
	char *field = memory_format(err, "%.*s", (int)length, *line);
	*line += length + ((*line)[length] != 0);
	return field;
}

/* Digits alone: such a name stays in the directory of the sweep. */
static bool name_good(const char *name)
{
	return *name != 0 && strlen(name) <= 8 && name[strspn(name, "0123456789")] == 0;
}

static int head_read(const char *line, struct sweep *out, struct err *err)
{
	size_t fields = fields_of(line);
	if (strncmp(line, "job,", strlen("job,")) != 0 || fields > SWEEP_KEYS + 1)
		return err_set(err, EX_DATAERR, "line 1 is not 'job,KEY,…' with commas, no quotes, at most %d keys",
		               SWEEP_KEYS);
	out->key = memory_zeroed(fields - 1, sizeof *out->key, err);
	if (out->key == NULL)
		return -1;
	line += strlen("job,");
	for (; out->keys + 1 < fields; out->keys++)
		if ((out->key[out->keys] = field_take(&line, err)) == NULL)
			return -1;
	return 0;
}

/* The next job, of which there are at most `jobs`. */
static int row_read(const char *line, struct sweep *out, struct err *err)
{
	size_t j = out->jobs;
	if (j == SWEEP_JOBS)
		return err_set(err, EX_DATAERR, "more than %d jobs", SWEEP_JOBS);
	if (fields_of(line) != out->keys + 1)
		return err_set(err, EX_DATAERR, "line %zu has %zu fields, line 1 has %zu", j + 2, fields_of(line),
		               out->keys + 1);
	out->jobs++;
	if ((out->name[j] = field_take(&line, err)) == NULL)
		return -1;
	for (size_t k = 0; k < out->keys; k++)
		if ((out->value[j * out->keys + k] = field_take(&line, err)) == NULL)
			return -1;
	if (!name_good(out->name[j]))
		return err_set(err, EX_DATAERR, "line %zu: the name of a job is digits, not '%s'", j + 2, out->name[j]);
	for (size_t i = 0; i < j; i++)
		if (strcmp(out->name[i], out->name[j]) == 0)
			return err_set(err, EX_DATAERR, "line %zu: there is a job %s in line %zu", j + 2, out->name[j], i + 2);
	return 0;
}

static int table_read(char *text, struct sweep *out, struct err *err)
{
	char *next = NULL;
	for (char *line = text; *line != 0; line = next) {
		size_t length = strcspn(line, "\r\n");
		next = line + length + strspn(line + length, "\r\n");
		line[length] = 0;
		int code = out->key == NULL ? head_read(line, out, err) : 0;
		if (code == 0 && out->name == NULL) {
			out->name = memory_zeroed(SWEEP_JOBS, sizeof *out->name, err);
			out->value = memory_zeroed(SWEEP_JOBS * out->keys, sizeof *out->value, err);
			code = out->name != NULL && out->value != NULL ? 0 : -1;
		} else if (code == 0) {
			code = row_read(line, out, err);
		}
		if (code != 0)
			return -1;
	}
	return out->jobs > 0 ? 0 : err_set(err, EX_DATAERR, "has no jobs");
}

int sweep_read(const char *directory, struct sweep *out, struct err *err)
{
	enum { MOST = 1 << 24 };
	uint8_t *bytes = NULL;
	size_t count = 0;
	struct err own = {0};
	*out = (struct sweep){0};
	char *path = memory_format(err, "%s%ssweep.csv", directory, path_gap(directory));
	int code = path != NULL ? file_read(path, MOST, &bytes, &count, err) : -1;
	char *text = (char *)bytes;
	if (code == 0 && (code = table_read(text + (text_behind_mark(text) - text), out, &own)) != 0)
		err_set(err, own.code, "%s: %s", path, own.text);
	free(bytes);
	free(path);
	return code;
}

void sweep_free(struct sweep *sweep)
{
	for (size_t k = 0; sweep->key != NULL && k < sweep->keys; k++)
		free(sweep->key[k]);
	for (size_t j = 0; sweep->name != NULL && j < sweep->jobs; j++)
		free(sweep->name[j]);
	for (size_t v = 0; sweep->value != NULL && v < sweep->jobs * sweep->keys; v++)
		free(sweep->value[v]);
	free(sweep->key);
	free(sweep->name);
	free(sweep->value);
	*sweep = (struct sweep){0};
}

/* ---- Its jobs ---------------------------------------------------------------------------------------------------- */

/* The keys of a job text after those of the table were set to the values of job j. */
static int edited_read(struct job_entries *out, const struct sweep *sweep, size_t j, const char *text, struct err *err)
{
	struct err own = {0};
	char *edited = memory_text(text, &own);
	for (size_t k = 0; edited != NULL && k < sweep->keys; k++) {
		char *next = job_edit("job", edited, sweep->key[k], sweep->value[j * sweep->keys + k], &own);
		free(edited);
		edited = next;
	}
	int code = edited != NULL ? job_entries_read(out, edited, &own) : -1;
	free(edited);
	if (code != 0)
		err_set(err, own.code == EX_OSERR ? EX_OSERR : EX_CONFIG, "sweep.csv: %s", own.text);
	return code;
}

static const char *value_shown(const struct job_entries *entries, const char *path)
{
	const char *value = job_entries_value(entries, path);
	return value != NULL ? value : "missing";
}

int sweep_agrees(const struct sweep *sweep, size_t job, const char *text, struct err *err)
{
	struct job_entries is = {0}, says = {0};
	int code = job_entries_read(&is, text, err);
	if (code == 0)
		code = edited_read(&says, sweep, job, text, err);
	const char *path = code == 0 ? job_entries_differ(&is, &says) : NULL;
	if (path != NULL)
		code = err_set(err, EX_CONFIG, "%s is %s here and %s in sweep.csv: correct one of them", path,
		               value_shown(&is, path), value_shown(&says, path));
	job_entries_free(&is);
	job_entries_free(&says);
	return code;
}

int sweep_alike(const struct sweep *sweep, const char *text, size_t other, const char *other_text, struct err *err)
{
	struct job_entries one = {0}, two = {0};
	int code = edited_read(&one, sweep, other, text, err);
	if (code == 0)
		code = job_entries_read(&two, other_text, err);
	const char *path = code == 0 ? job_entries_differ(&one, &two) : NULL;
	if (path != NULL)
		code = err_set(err, EX_CONFIG, "%s is %s here and %s in job %s: make it the same in all, or a column of "
		               "sweep.csv", path, value_shown(&one, path), value_shown(&two, path), sweep->name[other]);
	job_entries_free(&one);
	job_entries_free(&two);
	return code;
}

const char *sweep_text(const struct sweep *sweep, size_t job, char text[SWEEP_TEXT])
{
	size_t used = 0;
	text[0] = 0;
	for (size_t k = 0; k < sweep->keys; k++) {
		const char *key = sweep->key[k], *value = sweep->value[job * sweep->keys + k];
		if (used + strlen(key) + strlen(value) + strlen(" = …") >= SWEEP_TEXT) {
			snprintf(text + used, SWEEP_TEXT - used, " …");
			break;
		}
		used += (size_t)snprintf(text + used, SWEEP_TEXT - used, "%s%s=%s", k > 0 ? " " : "", key, value);
	}
	return text;
}
