/* Predictions for a file: CSV, or an array of NumPy (numpy.lib.format, version 1.0). */
#include "predictions.h"

#include "app.h"
#include "images.h"

#include <stdlib.h>
#include <string.h>

static bool ends_in(const char *path, const char *ending)
{
	size_t length = strlen(path), tail = strlen(ending);
	return length > tail && strcmp(path + length - tail, ending) == 0;
}

/* A field of a CSV file (RFC 4180). */
static void field_print(FILE *file, const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		fputs(text, file);
		return;
	}
	putc('"', file);
	for (; *text != 0; text++) {
		if (*text == '"')
			putc('"', file);
		putc(*text, file);
	}
	putc('"', file);
}

int predictions_open(struct predictions *out, const char *path, const struct model *model, struct err *err)
{
	const struct task_spec *task = &model->net->task;
	*out = (struct predictions){.path = path, .model = model, .numbers = task->count * task->positions};
	if (path == NULL)
		return 0;
	out->numpy = ends_in(path, ".npy");
	if (!out->numpy && !ends_in(path, ".csv"))
		return err_set(err, EX_USAGE, "--output: %s: a name that ends in .csv or .npy is needed", path);
	if (app_may_write(path, false, err) != 0 || memory_stream_open(&out->rows, err) != 0)
		return -1;
	if (!out->numpy) {
		fputs(task->task == TASK_CLASSES ? "image,number,guess" : "image,number", out->rows.file);
		for (size_t k = 0; k < model->names.count; k++) {
			putc(',', out->rows.file);
			field_print(out->rows.file, model->names.name[k]);
		}
		putc('\n', out->rows.file);
	}
	return 0;
}

/* A row of the array; in files whose channels are last, those of the answers are last too. */
static void row_put(const struct predictions *predictions, const float *score)
{
	const struct model *model = predictions->model;
	size_t count = model->net->task.count, positions = model->net->task.positions;
	bool last = model->job->data.layout == LAYOUT_CHANNELS_LAST;
	for (size_t i = 0; i < predictions->numbers; i++) {
		uint32_t bits = 0x7fc00000; /* NaN, with the same bits everywhere */
		if (score != NULL)
			memcpy(&bits, &score[last ? i % count * positions + i / count : i], sizeof bits);
		for (size_t byte = 0; byte < sizeof bits; byte++)
			putc((int)(bits >> 8 * byte & 0xff), predictions->rows.file);
	}
}

void predictions_add(struct predictions *predictions, const char *name, size_t number, const float *score)
{
	const struct class_names *names = &predictions->model->names;
	FILE *file = predictions->rows.file;
	size_t guess;
	if (predictions->path == NULL)
		return;
	predictions->count++;
	if (predictions->numpy) {
		row_put(predictions, score);
		return;
	}
	field_print(file, name);
	fprintf(file, number == IMAGE_ALONE ? "," : ",%zu", number);
	bool guessed = predictions->model->job->output.task == TASK_CLASSES;
	if (guessed)
		putc(',', file);
	if (guessed && score != NULL) {
		predictor_rank(names->count, score, 1, &guess);
		field_print(file, names->name[guess]);
	}
	for (size_t k = 0; k < names->count; k++)
		if (score != NULL)
			fprintf(file, ",%.9g", (double)score[k]);
		else
			putc(',', file);
	putc('\n', file);
}

/* Returns the header of the array of float32, [rows][columns] or with positions, a multiple of 64 bytes. */
static char *header_make(const struct predictions *predictions, size_t *length, struct err *err)
{
	enum { MAGIC = 10, UNIT = 64 };
	const struct model *model = predictions->model;
	const struct data_need need = model_need(model);
	char shape[96];
	if (model->net->task.positions == 1)
		snprintf(shape, sizeof shape, "%zu", need.classes);
	else if (model->job->data.layout == LAYOUT_CHANNELS_LAST)
		snprintf(shape, sizeof shape, "%zu, %zu, %zu", need.rows, need.columns, need.classes);
	else
		snprintf(shape, sizeof shape, "%zu, %zu, %zu", need.classes, need.rows, need.columns);
	char *text = memory_format(err, "%*s{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %s), }", MAGIC, "",
	                           predictions->count, shape);
	if (text == NULL)
		return NULL;
	size_t used = strlen(text), all = (used + 1 + UNIT - 1) / UNIT * UNIT, behind = all - MAGIC;
	char *header = memory_zeroed(all, 1, err);
	if (header != NULL) {
		memset(header, ' ', all);
		memcpy(header, text, used);
		memcpy(header, "\x93NUMPY\x01\x00", 8);
		header[8] = (char)(behind & 0xff);
		header[9] = (char)(behind >> 8);
		header[all - 1] = '\n';
		*length = all;
	}
	free(text);
	return header;
}

int predictions_write(struct predictions *predictions, struct err *err)
{
	size_t rows, head = 0;
	int code = -1;
	if (predictions->path == NULL)
		return 0;
	char *text = memory_stream_close(&predictions->rows, &rows, err), *header = NULL, *all = NULL;
	if (text != NULL && !predictions->numpy)
		code = app_write(predictions->path, text, rows, err);
	if (text != NULL && predictions->numpy &&
	    (header = header_make(predictions, &head, err)) != NULL &&
	    (all = memory_zeroed(head + rows, 1, err)) != NULL) {
		memcpy(all, header, head);
		memcpy(all + head, text, rows);
		code = app_write(predictions->path, all, head + rows, err);
	}
	free(text);
	free(header);
	free(all);
	return code;
}

void predictions_close(struct predictions *predictions)
{
	struct err none = {0};
	free(memory_stream_close(&predictions->rows, NULL, &none));
}
