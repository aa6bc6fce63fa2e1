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

/* Digits alone: such a name stays in the directory of the sweep. */
static bool name_good(const char *name)
{
	return *name != 0 && strlen(name) <= 8 && name[strspn(name, "0123456789")] == 0;
}

static int head_read(const struct csv *csv, char **field, size_t fields, struct sweep *out, struct err *err)
{
	if (fields < 2 || strcmp(field[0], "job") != 0 || fields > SWEEP_KEYS + 1)
		return csv_fault(csv, 1, err, "is not 'job,KEY,…' with commas between, at most %d keys", SWEEP_KEYS);
	out->key = memory_zeroed(fields - 1, sizeof *out->key, err);
	out->name = memory_zeroed(SWEEP_JOBS, sizeof *out->name, err);
	out->value = memory_zeroed(SWEEP_JOBS * (fields - 1), sizeof *out->value, err);
	if (out->key == NULL || out->name == NULL || out->value == NULL)
		return -1;
	for (; out->keys + 1 < fields; out->keys++)
		if ((out->key[out->keys] = memory_text(field[out->keys + 1], err)) == NULL)
			return -1;
	return 0;
}

/* The next job, of which there are at most SWEEP_JOBS. lines[j] is where job j stands. */
static int row_read(const struct csv *csv, char **field, size_t fields, size_t *lines, size_t line, struct sweep *out,
                    struct err *err)
{
	size_t j = out->jobs;
	if (j == SWEEP_JOBS)
		return csv_fault(csv, line, err, "more than %d jobs", SWEEP_JOBS);
	if (fields != out->keys + 1)
		return csv_fault(csv, line, err, "%zu field%s, line 1 has %zu", fields, fields == 1 ? "" : "s", out->keys + 1);
	out->jobs++;
	lines[j] = line;
	if ((out->name[j] = memory_text(field[0], err)) == NULL)
		return -1;
	for (size_t k = 0; k < out->keys; k++)
		if ((out->value[j * out->keys + k] = memory_text(field[k + 1], err)) == NULL)
			return -1;
	if (!name_good(out->name[j]))
		return csv_fault(csv, line, err, "the name of a job is digits, not '%s'", out->name[j]);
	for (size_t i = 0; i < j; i++)
		if (strcmp(out->name[i], out->name[j]) == 0)
			return csv_fault(csv, line, err, "there is a job %s in line %zu", out->name[j], lines[i]);
	return 0;
}

static int table_read(struct csv *csv, struct sweep *out, struct err *err)
{
	char *field[CSV_COLUMNS];
	size_t fields, line, lines[SWEEP_JOBS];
	while (csv_line(csv, field, &fields, &line, err) == 0) {
		if (fields == 0)
			return out->jobs > 0 ? 0 : err_set(err, EX_DATAERR, "%s: has no jobs", csv->path);
		int code = out->key == NULL ? head_read(csv, field, fields, out, err)
		                            : row_read(csv, field, fields, lines, line, out, err);
		if (code != 0)
			return -1;
	}
	return -1;
}

int sweep_read(const char *directory, struct sweep *out, struct err *err)
{
	struct csv csv = {0};
	*out = (struct sweep){0};
	char *path = memory_format(err, "%s%ssweep.csv", directory, path_gap(directory));
	int code = path != NULL ? csv_open(&csv, path, err) : -1;
	if (code == 0)
		code = table_read(&csv, out, err);
	csv_free(&csv);
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
