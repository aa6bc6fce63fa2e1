/* metrics.csv: a row per epoch. Only its last two columns, the times, may differ between two runs of a job. And
 * validation.csv. */
#include <convoy/train.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW = 256, METRICS_BYTES = 1 << 28 };

/* The columns that are the same in every run, up to and with their last comma. Those of the test set are empty if there
 * is none. */
static int row_print(char row[ROW], const struct record *r)
{
	int length = snprintf(row, ROW, "%" PRIu64 ",%" PRIu64 ",%.9g,%.9g,%.9g,", r->epoch, r->step, r->rate,
	                      r->train_loss, r->train_measure);
	if (isnan(r->test_measure))
		return length + snprintf(row + length, ROW - (size_t)length, ",,");
	return length + snprintf(row + length, ROW - (size_t)length, "%.9g,%.9g,", r->test_loss, r->test_measure);
}

/* The line of `text` that begins with `row`, or NULL. */
static const char *line_find(const char *text, const char *row)
{
	size_t length = strlen(row);
	for (const char *line = text; line != NULL && *line != 0;) {
		if (strncmp(line, row, length) == 0)
			return line;
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	return NULL;
}

/* The names of the columns, with the newline. */
static int header_print(char row[ROW], const struct measure *m)
{
	return snprintf(row, ROW, "epoch,step,rate,train_loss,train_%s,test_loss,test_%s,seconds,images_per_second\n",
	                m->name, m->name);
}

/* The new file's text: header and one row per record, with the times of the old text's equal rows. */
static char *metrics_text(const struct model *model, const char *old, double *seconds, struct err *err)
{
	size_t room = (1 + model->records) * ROW;
	char *text = memory_zeroed(room, 1, err);
	if (text == NULL)
		return NULL;
	size_t used = (size_t)header_print(text, task_measure(model->net->task.task));
	for (size_t r = 0; r < model->records; r++) {
		char row[ROW];
		int length = row_print(row, &model->record[r]);
		const char *line = line_find(old, row);
		double time = 0, speed = 0;
		char end[2]; /* a line that was cut off, or runs into the next, has no times to trust */
		bool timed = line != NULL && sscanf(line + length, "%lf,%lf%1[\n]", &time, &speed, end) == 3;
		if (timed)
			*seconds = time;
		used += (size_t)snprintf(text + used, room - used, timed ? "%s%.3f,%.1f\n" : "%s,\n", row, time, speed);
	}
	return text;
}

int metrics_restore(const char *directory, const struct model *model, double *seconds, struct err *err)
{
	*seconds = 0;
	uint8_t *old = NULL;
	size_t count;
	struct err absent = {0};
	char *path = memory_format(err, "%s%smetrics.csv", directory, path_gap(directory));
	if (path == NULL)
		return -1;
	if (file_read(path, METRICS_BYTES, &old, &count, &absent) != 0)
		old = NULL;
	free(path);
	char *text = metrics_text(model, old != NULL ? (const char *)old : "", seconds, err);
	int code = text == NULL ? -1 : file_write(directory, "metrics.csv", text, strlen(text), err);
	free(text);
	free(old);
	return code;
}

int metrics_append(const char *directory, const struct record *record, double seconds, double images_per_second,
                   struct err *err)
{
	char row[ROW];
	int length = row_print(row, record);
	length += snprintf(row + length, sizeof row - (size_t)length, "%.3f,%.1f\n", seconds, images_per_second);
	return file_append(directory, "metrics.csv", row, (size_t)length, err);
}

/* Holds no times, so that it is written anew each time. */
int validation_write(const char *directory, const struct model *model, struct err *err)
{
	if (model->job->data.validation == 0)
		return 0;
	size_t room = (1 + model->records) * ROW, used;
	char *text = memory_zeroed(room, 1, err);
	if (text == NULL)
		return -1;
	used = (size_t)snprintf(text, ROW, "epoch,step,validation_loss,validation_%s\n",
	                        task_measure(model->net->task.task)->name);
	for (size_t i = 0; i < model->records; i++) {
		const struct record *r = &model->record[i];
		used += (size_t)snprintf(text + used, room - used, "%" PRIu64 ",%" PRIu64 ",%.9g,%.9g\n", r->epoch, r->step,
		                         r->validation_loss, r->validation_measure);
	}
	int code = file_write(directory, "validation.csv", text, used, err);
	free(text);
	return code;
}
