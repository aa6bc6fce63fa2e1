/* The table of a sweep's jobs, sweep.csv: a line of keys, then a line of values for each job. */
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
		return err_set(err, EX_DATAERR, "line 1 is not 'job,KEY,…' with at most %d keys", SWEEP_KEYS);
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
	if (code == 0 && (code = table_read((char *)bytes, out, &own)) != 0)
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
