/* Predictions as a file: CSV, an array of NumPy (numpy.lib.format, version 1.0), or arrays of HDF5. */
#include "predictions.h"

#include "app.h"
#include "images.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum predictions_form predictions_form(const char *path)
{
	return text_ends(path, ".csv") ? PREDICTIONS_CSV : text_ends(path, ".npy") ? PREDICTIONS_NUMPY :
	       text_ends(path, ".h5") ? PREDICTIONS_HDF5 : PREDICTIONS_NONE;
}

/* ---- Rows -------------------------------------------------------------------------------------------------------- */

/* A row on its way to an HDF5 file: this, then the guesses, then the scores. */
struct row_head {
	int64_t number;
	uint64_t given;
};

int predictions_open(struct predictions *out, const char *path, bool guesses, const struct model *model,
                     struct err *err)
{
	const struct task_spec *task = &model->net->task;
	*out = (struct predictions){.path = path, .model = model, .guesses = guesses, .positions = task->positions,
	                            .numbers = task->count * task->positions};
	if (path == NULL && guesses)
		return err_set(err, EX_USAGE, "--guesses is for a file: --output FILE.npy or FILE.h5");
	if (path == NULL)
		return 0;
	out->form = predictions_form(path);
	if (out->form == PREDICTIONS_NONE)
		return err_set(err, EX_USAGE, "--output: %s: a name that ends in .csv, .npy or .h5 is needed", path);
	if (out->form == PREDICTIONS_CSV && guesses)
		return err_set(err, EX_USAGE, "--guesses: %s: a CSV file has them beside the scores", path);
	if (guesses || (out->form == PREDICTIONS_HDF5 && task->task == TASK_CLASSES))
		out->guess_bytes = task->count <= INT16_MAX ? sizeof(int16_t) : sizeof(int32_t);
	if (out->form != PREDICTIONS_CSV)
		out->row = (out->form == PREDICTIONS_HDF5 ? sizeof(struct row_head) : 0) +
		           out->guess_bytes * out->positions + (guesses ? 0 : out->numbers * sizeof(float));
	return 0;
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

static void csv_row(const struct predictions *p, FILE *to, const char *name, size_t number, const float *score)
{
	const struct class_names *names = &p->model->names;
	size_t guess;
	field_print(to, name);
	fprintf(to, number == IMAGE_ALONE ? "," : ",%zu", number);
	bool guessed = p->model->job->output.task == TASK_CLASSES;
	if (guessed)
		putc(',', to);
	if (guessed && score != NULL) {
		predictor_rank(names->count, score, 1, &guess);
		field_print(to, names->name[guess]);
	}
	for (size_t k = 0; k < names->count; k++)
		if (score != NULL)
			fprintf(to, ",%.9g", (double)score[k]);
		else
			putc(',', to);
	putc('\n', to);
}

/* Bytes of whole numbers, the least significant first. */
static void bytes_put(FILE *to, uint64_t bits, size_t bytes)
{
	for (size_t b = 0; b < bytes; b++)
		putc((int)(bits >> 8 * b & 0xff), to);
}

/* The class with the largest score at each position, of equals the first; −1: no scores. */
static void guesses_put(const struct predictions *p, FILE *to, const float *score)
{
	size_t classes = p->numbers / p->positions;
	for (size_t at = 0; at < p->positions; at++)
		bytes_put(to, score != NULL ? predictor_guess(classes, p->positions, score, at) : UINT64_MAX, p->guess_bytes);
}

/* In files whose channels are last, those of the answers are last too. */
static void scores_put(const struct predictions *p, FILE *to, const float *score)
{
	bool last = p->model->job->data.layout == LAYOUT_CHANNELS_LAST;
	size_t count = p->numbers / p->positions;
	for (size_t i = 0; i < p->numbers; i++) {
		uint32_t bits = 0x7fc00000; /* NaN */
		if (score != NULL)
			memcpy(&bits, &score[last ? i % count * p->positions + i / count : i], sizeof bits);
		bytes_put(to, bits, sizeof bits);
	}
}

void predictions_row(const struct predictions *p, FILE *to, size_t given, const char *name, size_t number,
                     const float *score)
{
	if (p->form == PREDICTIONS_CSV) {
		csv_row(p, to, name, number, score);
		return;
	}
	const struct row_head head = {number == IMAGE_ALONE ? -1 : (int64_t)number, given};
	if (p->form == PREDICTIONS_HDF5)
		fwrite(&head, sizeof head, 1, to);
	if (p->guess_bytes > 0)
		guesses_put(p, to, score);
	if (!p->guesses)
		scores_put(p, to, score);
}

/* ---- NumPy ------------------------------------------------------------------------------------------------------- */

/* The dimensions of scores behind the first: [K], or with positions also rows and columns. Returns how many. */
static size_t shape_of(const struct predictions *p, bool guesses, size_t dims[STORE_RANK - 1])
{
	const struct data_need need = model_need(p->model);
	bool last = p->model->job->data.layout == LAYOUT_CHANNELS_LAST;
	size_t rank = 0;
	if (!guesses && !last)
		dims[rank++] = need.classes;
	if (p->positions > 1) {
		dims[rank++] = need.rows;
		dims[rank++] = need.columns;
	}
	if (!guesses && last)
		dims[rank++] = need.classes;
	return rank;
}

/* Returns the header of `count` rows, a multiple of 64 bytes, and as long as that of all that are planned. */
static char *header_make(const struct predictions *p, size_t count, size_t *length, struct err *err)
{
	enum { MAGIC = 10, UNIT = 64, DIGITS = 20 };
	const char *type = !p->guesses ? "<f4" : p->guess_bytes == sizeof(int16_t) ? "<i2" : "<i4";
	size_t dims[STORE_RANK - 1], rank = shape_of(p, p->guesses, dims);
	char shape[STORE_RANK * (DIGITS + 2)] = "";
	size_t used = 0, planned;
	for (size_t i = 0; i < rank; i++)
		used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%zu", i > 0 ? ", " : "", dims[i]);
	planned = (size_t)snprintf(NULL, 0, "%zu", p->planned);
	char *text = memory_format(err, "%*s{'descr': '%s', 'fortran_order': False, 'shape': (%zu,%s%s), }", MAGIC, "",
	                           type, count, rank > 0 ? " " : "", shape);
	if (text == NULL)
		return NULL;
	used = strlen(text);
	size_t most = used + planned - (size_t)snprintf(NULL, 0, "%zu", count);
	size_t all = (most + 1 + UNIT - 1) / UNIT * UNIT, behind = all - MAGIC;
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

/* Writes the header for so many rows; the rows follow. */
static int header_put(struct predictions *p, size_t count, struct err *err)
{
	size_t length;
	char *header = header_make(p, count, &length, err);
	int code = header != NULL ? file_put(p->file, 0, header, length, err) : -1;
	if (code == 0 && p->at == 0)
		p->at = length;
	free(header);
	return code;
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

static int columns_put(struct predictions *p, struct err *err)
{
	const struct class_names *names = &p->model->names;
	struct memory_stream line;
	size_t length;
	if (memory_stream_open(&line, err) != 0)
		return -1;
	fputs(p->model->job->output.task == TASK_CLASSES ? "image,number,guess" : "image,number", line.file);
	for (size_t k = 0; k < names->count; k++) {
		putc(',', line.file);
		field_print(line.file, names->name[k]);
	}
	putc('\n', line.file);
	char *text = memory_stream_close(&line, &length, err);
	int code = text != NULL ? predictions_take(p, (const uint8_t *)text, length, err) : -1;
	free(text);
	return code;
}

/* ---- HDF5 -------------------------------------------------------------------------------------------------------- */

enum { FILE_ARRAY, NUMBER_ARRAY, FIRST_ARRAY }; /* the order of the arrays; then guesses and scores */

/* The names of files, in UTF-8: '?' for bytes that are not. */
static int files_put(struct predictions *p, const struct givens *givens, struct err *err)
{
	const char **name = memory_zeroed(givens->count, sizeof *name, err);
	size_t files = 0;
	p->number = memory_zeroed(givens->count, sizeof *p->number, err);
	int code = name != NULL && p->number != NULL ? 0 : -1;
	for (size_t i = 0; i < givens->count && code == 0; i++) {
		char *clean;
		p->number[i] = (uint32_t)files;
		if (givens->one[i].kind == GIVEN_REMARK)
			continue;
		name[files++] = clean = memory_text(givens->one[i].name, err);
		code = clean != NULL ? 0 : -1;
		for (size_t bytes; code == 0 && *clean != 0; clean += bytes)
			if ((bytes = text_character(clean)) == 0) {
				*clean = '?';
				bytes = 1;
			}
	}
	if (code == 0)
		code = rows_names(p->rows, "/files", files, name, err);
	for (size_t i = 0; name != NULL && i < files; i++)
		free((char *)name[i]);
	free(name);
	return code;
}

static int arrays_add(struct predictions *p, struct err *err)
{
	const struct job *job = p->model->job;
	bool values = job->output.task == TASK_VALUES;
	struct store_array array = {.path = "/file", .type = STORE_U32, .rank = 1, .dims = {p->planned},
	                            .description = "the file of each sample, as a number in /files"};
	if (rows_add(p->rows, &array, err) != 0)
		return -1;
	array.path = "/number";
	array.type = STORE_I64;
	array.description = "the number of each sample in its file, from 0; -1: it is alone";
	if (rows_add(p->rows, &array, err) != 0)
		return -1;
	if (p->guess_bytes > 0) {
		array.path = "/class";
		array.type = p->guess_bytes == sizeof(int16_t) ? STORE_I16 : STORE_I32;
		array.description = "the class with the largest score, as a number in /names; -1: cannot be read";
		array.rank = 1 + shape_of(p, true, array.dims + 1);
		if (rows_add(p->rows, &array, err) != 0)
			return -1;
	}
	if (p->guesses)
		return 0;
	array.path = values ? "/values" : "/scores";
	array.type = STORE_F32;
	array.description = values ? "the values of each sample, in their units" : "the scores of each sample";
	array.rank = 1 + shape_of(p, false, array.dims + 1);
	size_t scores = FIRST_ARRAY + (p->guess_bytes > 0);
	const char *const *units = (const char *const *)job->output.units;
	int code = rows_add(p->rows, &array, err);
	if (code == 0 && values && job->output.united > 0)
		code = rows_attribute(p->rows, scores, "units", job->output.united, units, err);
	return code;
}

static int arrays_begin(struct predictions *p, const struct givens *givens, struct err *err)
{
	const struct class_names *names = &p->model->names;
	const char *task = task_name(p->model->job->output.task);
	if (rows_attribute(p->rows, ROWS_ROOT, "task", 0, &task, err) != 0 || files_put(p, givens, err) != 0 ||
	    rows_names(p->rows, "/names", names->count, (const char *const *)names->name, err) != 0)
		return -1;
	return arrays_add(p, err);
}

static int arrays_take(struct predictions *p, const uint8_t *row, struct err *err)
{
	struct row_head head;
	memcpy(&head, row, sizeof head);
	row += sizeof head;
	size_t array = FIRST_ARRAY;
	if (rows_put(p->rows, FILE_ARRAY, 1, &p->number[head.given], err) != 0 ||
	    rows_put(p->rows, NUMBER_ARRAY, 1, &head.number, err) != 0 ||
	    (p->guess_bytes > 0 && rows_put(p->rows, array++, 1, row, err) != 0))
		return -1;
	row += p->guess_bytes * p->positions;
	return p->guesses ? 0 : rows_put(p->rows, array, 1, row, err);
}

/* ---- The file ---------------------------------------------------------------------------------------------------- */

int predictions_begin(struct predictions *p, const struct givens *givens, struct err *err)
{
	char *directory = NULL, *name = NULL;
	p->planned = givens->samples;
	int code = app_may_write(p->path, false, err) == 0 ? path_split(p->path, &directory, &name, err) : -1;
	if (code == 0 && p->form == PREDICTIONS_HDF5)
		code = (p->rows = rows_create(directory, name, 0, err)) != NULL ? arrays_begin(p, givens, err) : -1;
	else if (code == 0)
		code = (p->file = file_begin(directory, name, err)) != NULL ? 0 : -1;
	if (code == 0 && p->form == PREDICTIONS_CSV)
		code = columns_put(p, err);
	if (code == 0 && p->form == PREDICTIONS_NUMPY)
		code = header_put(p, p->planned, err);
	free(directory);
	free(name);
	return code;
}

int predictions_take(struct predictions *p, const uint8_t *bytes, size_t count, struct err *err)
{
	p->count += p->row > 0 ? count / p->row : 0;
	if (p->form != PREDICTIONS_HDF5) {
		int code = file_put(p->file, p->at, bytes, count, err);
		p->at += count;
		return code;
	}
	for (size_t at = 0; at < count; at += p->row)
		if (arrays_take(p, bytes + at, err) != 0)
			return -1;
	return 0;
}

int predictions_end(struct predictions *p, int status, struct err *err)
{
	if (p->rows != NULL)
		return rows_finish(p->rows, status, err);
	if (status == 0 && p->form == PREDICTIONS_NUMPY && p->count < p->planned)
		status = header_put(p, p->count, err);
	return p->file != NULL ? file_end(p->file, status, err) : status;
}

void predictions_close(struct predictions *p)
{
	file_drop(p->file);
	rows_destroy(p->rows);
	free(p->number);
}
