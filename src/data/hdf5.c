/* Data sets of arrays in HDF5, as convoy import and others write them, or in files of NumPy. */
#include "input.h"
#include "pieces.h"
#include "data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t numbers_each(const struct sample_pieces *p)
{
	return p->dims[1] * p->dims[2] * p->dims[3];
}

/* Maps, rows and columns, or the maps last; one map, or one row, can be left out; a number alone is one map. */
static bool shape_fits(const struct sample_pieces *p, const struct shape *want, bool last)
{
	size_t maps = want->maps, rows = want->rows, columns = want->columns;
	const size_t *of = p->dims + (last ? 1 : 2), channels = p->dims[last ? p->rank - 1 : 1]; /* rows, columns; maps */
	switch (p->rank) {
	case 4:
		return channels == maps && of[0] == rows && of[1] == columns;
	case 3:
		return (maps == 1 && p->dims[1] == rows && p->dims[2] == columns) ||
		       (rows == 1 && channels == maps && of[0] == columns);
	case 2:
		return rows == 1 && ((maps == 1 && p->dims[1] == columns) || (columns == 1 && p->dims[1] == maps));
	default:
		return maps * rows * columns == 1;
	}
}

enum { SHAPE = STORE_RANK * 24 };

/* Writes the shape of a sample: "3×32×32". Returns `text`. */
static const char *sample_text(const struct sample_pieces *p, char text[SHAPE])
{
	size_t used = (size_t)snprintf(text, SHAPE, "%s", p->rank > 1 ? "" : "single numbers");
	for (size_t i = 1; i < p->rank; i++)
		used += (size_t)snprintf(text + used, SHAPE - used, "%s%zu", i > 1 ? "×" : "", p->dims[i]);
	return text;
}

static const char *layout_hint(const struct sample_pieces *p, const struct shape *want, bool last)
{
	return !shape_fits(p, want, !last) ? "" : last ? ", with data.layout: channels-first"
	                                               : ", with data.layout: channels-last";
}

int inputs_check(const char *path, const struct sample_pieces *p, const struct data_need *need, struct err *err)
{
	const struct shape *want = &need->shape;
	char text[SHAPE];
	if (shape_fits(p, want, need->channels_last))
		return 0;
	return err_set(err, EX_DATAERR, "%s: %s: samples are %s, the job file says input: {maps: %zu, rows: %zu, "
	               "columns: %zu}%s", path, p->path, sample_text(p, text), want->maps, want->rows, want->columns,
	               layout_hint(p, want, need->channels_last));
}

/* Targets of positions: a class at each, or values as maps. The order of one map's numbers is that of any layout. */
static int positions_check(const char *path, const struct sample_pieces *p, const struct data_need *need,
                           struct err *err)
{
	bool classes = need->task == TASK_CLASSES, last = need->channels_last;
	const struct shape want = {classes ? 1 : need->classes, need->rows, need->columns};
	char text[SHAPE], form[SHAPE], hint[192] = "";
	if (shape_fits(p, &want, last) || (want.maps == 1 && shape_fits(p, &want, !last)))
		return 0;
	if (want.maps == 1)
		snprintf(form, sizeof form, "%zu×%zu (rows×columns)", want.rows, want.columns);
	else if (last)
		snprintf(form, sizeof form, "%zu×%zu×%zu (rows×columns×values)", want.rows, want.columns, want.maps);
	else
		snprintf(form, sizeof form, "%zu×%zu×%zu (values×rows×columns)", want.maps, want.rows, want.columns);
	if (classes && numbers_each(p) == 1)
		snprintf(hint, sizeof hint, "; for one class of a sample end with a layer of %zu outputs", need->classes);
	else if (classes && numbers_each(p) == need->classes * want.rows * want.columns)
		snprintf(hint, sizeof hint, "; store the number of the class at each position, not a number for each class");
	else
		snprintf(hint, sizeof hint, "%s", layout_hint(p, &want, last));
	return err_set(err, EX_DATAERR, "%s: %s: targets are %s; those of the last layer's maps (output.%s: %zu) are %s%s",
	               path, p->path, sample_text(p, text), task_name(need->task), need->classes, form, hint);
}

static int targets_suit(const char *path, const struct sample_pieces *p, const struct data_need *need,
                        const struct dataset *set, struct err *err)
{
	bool whole = p->number.type != STORE_F16 && p->number.type != STORE_F32 && p->number.type != STORE_F64;
	size_t each = set->array[DATA_TARGETS].each;
	if (need->task == TASK_CLASSES && !whole)
		return err_set(err, EX_DATAERR, "%s: %s: is %s; classes are whole numbers: store integers", path, p->path,
		               store_type_name(p->number.type));
	if (need->rows > 0)
		return positions_check(path, p, need, err);
	if (numbers_each(p) != each)
		return err_set(err, EX_DATAERR, "%s: %s: has %zu number%s for each sample; the job has %zu (output.%s: %zu)%s",
		               path, p->path, numbers_each(p), numbers_each(p) == 1 ? "" : "s", each, task_name(need->task),
		               need->classes, need->task != TASK_CLASSES ? "" : "; for a class at each position the last layer "
		               "has a map of that size for each class");
	return 0;
}

/* The arrays of one part; `element` is the type that inputs become. */
static int part_suits(const struct sample_reader *r, size_t p, const struct data_need *need, const struct dataset *set,
                      struct err *err)
{
	const struct sample_pieces *part = r->index.array[p], *weights = &part[SAMPLE_WEIGHTS];
	const struct sample_pieces *train = &r->index.array[SAMPLE_TRAIN][SAMPLE_INPUTS];
	bool one = strcmp(r->path[p], r->path[SAMPLE_TRAIN]) == 0;
	if (inputs_check(r->path[p], &part[SAMPLE_INPUTS], need, err) != 0 ||
	    targets_suit(r->path[p], &part[SAMPLE_TARGETS], need, set, err) != 0)
		return -1;
	if (element_of(part[SAMPLE_INPUTS].number.type) != set->array[DATA_INPUTS].element)
		return err_set(err, EX_DATAERR, "%s: %s is %s, %s%s%s is %s: store both as one type", r->path[p],
		               part[SAMPLE_INPUTS].path, store_type_name(part[SAMPLE_INPUTS].number.type),
		               one ? "" : r->path[SAMPLE_TRAIN], one ? "" : ": ", train->path,
		               store_type_name(train->number.type));
	if (need->weighted && weights->rank == 0)
		return err_set(err, EX_DATAERR, "%s: the %s set has no weights, the other has: name them in data.%s.weights",
		               r->path[p], p == SAMPLE_TRAIN ? "training" : "test", p == SAMPLE_TRAIN ? "train" : "test");
	if (need->weighted && numbers_each(weights) != 1)
		return err_set(err, EX_DATAERR, "%s: %s: has %zu numbers for each sample; a weight is one number", r->path[p],
		               weights->path, numbers_each(weights));
	return 0;
}

int samples_suit(struct sample_reader *r, const struct data_need *need, struct dataset *set, struct err *err)
{
	const struct sample_pieces *train = &r->index.array[SAMPLE_TRAIN][SAMPLE_INPUTS];
	const struct sample_pieces *any = train->rank > 0 ? train : &r->index.array[SAMPLE_TEST][SAMPLE_INPUTS];
	size_t classes = set->classes;
	set->array[DATA_INPUTS].element = element_of(any->number.type);
	if (need->channels_last && need->shape.maps > 1)
		r->channels[SAMPLE_INPUTS] = need->shape.maps;
	if (need->channels_last && need->rows > 0 && need->task != TASK_CLASSES && classes > 1)
		r->channels[SAMPLE_TARGETS] = classes;
	for (size_t p = 0; p < SAMPLE_PARTS; p++)
		if (r->index.array[p][SAMPLE_INPUTS].rank > 0 && part_suits(r, p, need, set, err) != 0)
			return -1;
	if (r->index.classes > classes && need->task != TASK_VALUES)
		return err_set(err, EX_DATAERR, "%s: /classes has %zu names, the job file says output: {%s: %zu}",
		               r->path[SAMPLE_TRAIN], r->index.classes, task_name(need->task), classes);
	struct colour ground;
	if (r->index.background[0] != 0 && !colour_parse(r->index.background, &ground))
		return err_set(err, EX_DATAERR, "%s: background is '%s', not " COLOUR_FORMS,
		               r->path[SAMPLE_TRAIN], r->index.background);
	return 0;
}

void names_take(struct dataset *set, struct sample_index *index)
{
	set->names = (struct class_names){index->classes, index->name};
	index->classes = 0;
	index->name = NULL;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static int missing_refuse(const struct sample_reader *r, size_t part, const struct sample_pieces *p, size_t sample,
                          double number, struct err *err)
{
	const char *key = r->advises ? " (data.missing: skip)" : "";
	if (isfinite(number))
		return err_set(err, EX_DATAERR, "%s: %s: sample %zu holds the fill value %.9g: a number is missing; leave this "
		               "sample out%s", r->path[part], p->path, sample, number, key);
	return err_set(err, EX_DATAERR, "%s: %s: sample %zu holds a number that is not finite; leave this sample out%s",
	               r->path[part], p->path, sample, key);
}

static int number_refuse(const char *path, const struct sample_pieces *p, size_t sample, double number,
                         enum element element, struct err *err)
{
	if (element == ELEMENT_F32)
		return err_set(err, EX_DATAERR, "%s: %s: sample %zu holds %.9g, more than float32 can hold; scale the numbers",
		               path, p->path, sample, number);
	if (element == ELEMENT_U8) /* only targets are converted to bytes */
		return err_set(err, EX_DATAERR, "%s: %s: sample %zu holds %.9g; labels are 0 or 1", path, p->path, sample,
		               number);
	return err_set(err, EX_DATAERR, "%s: %s: sample %zu holds %.9g, not a whole number from 0 to %u", path, p->path,
	               sample, number, UINT16_MAX);
}

size_t row_bytes(const struct sample_reader *r, size_t part, size_t array, enum element element)
{
	const struct sample_pieces *p = &r->index.array[part][array];
	size_t count = p->each[0] < p->dims[0] ? p->each[0] : p->dims[0], bytes = store_type_bytes(p->number.type);
	return r->channels[array] == 0 && numbers_stay(&p->number, element) ? 0 : count * numbers_each(p) * bytes;
}

/* Converts samples [points][channels] to [channels][points]. `sample` has room for one. Returns as elements_convert. */
static size_t channels_convert(const struct number_format *format, const uint8_t *from, size_t samples, size_t channels,
                               size_t points, enum element element, uint8_t *sample, uint8_t *out)
{
	size_t each = channels * points, bytes = element_bytes(element);
	for (size_t n = 0; n < samples; n++, out += each * bytes) {
		size_t at = elements_convert(format, from + n * each * store_type_bytes(format->type), each, element, sample);
		if (at < each)
			return n * each + at;
		for (size_t c = 0; c < channels; c++)
			for (size_t p = 0; p < points; p++)
				memcpy(out + (c * points + p) * bytes, sample + (p * channels + c) * bytes, bytes);
	}
	return samples * each;
}

/* Converts the numbers of whole samples, those of `array`. Returns as elements_convert. */
static size_t samples_convert(struct sample_reader *r, size_t part, size_t array, const uint8_t *from, size_t count,
                              enum element element, uint8_t *out)
{
	const struct sample_pieces *p = &r->index.array[part][array];
	size_t each = numbers_each(p), channels = r->channels[array], row = row_bytes(r, part, array, element);
	if (channels == 0)
		return elements_convert(&p->number, from, count, element, out);
	return channels_convert(&p->number, from, count / each, channels, each / channels, element, r->row + row, out);
}

/* Does so sample by sample: those with a missing number are marked, and become 0. */
static size_t samples_sift(struct sample_reader *r, size_t part, size_t array, size_t first, const uint8_t *from,
                           size_t count, enum element element, uint8_t *out)
{
	const struct sample_pieces *p = &r->index.array[part][array];
	size_t each = numbers_each(p), item = store_type_bytes(p->number.type), bytes = each * element_bytes(element);
	for (size_t n = 0; n < count / each; n++) {
		const uint8_t *sample = from + n * each * item;
		if (elements_missing(&p->number, sample, each) < each) {
			r->lacks[part][first + n] = true;
			memset(out + n * bytes, 0, bytes);
			continue;
		}
		size_t at = each;
		if (row_bytes(r, part, array, element) > 0)
			at = samples_convert(r, part, array, sample, each, element, out + n * bytes);
		else if (sample != out + n * bytes)
			memcpy(out + n * bytes, sample, bytes);
		if (at < each)
			return n * each + at;
	}
	return count;
}

uint8_t *numbers_view(struct sample_reader *r, size_t part, size_t array, size_t first, enum element element,
                      uint8_t *room, struct err *err)
{
	const struct sample_pieces *p = &r->index.array[part][array];
	size_t each = numbers_each(p), left = p->dims[0] - first, row = row_bytes(r, part, array, element);
	size_t count = (left < p->each[0] ? left : p->each[0]) * each;
	size_t room_needed = row + each * sizeof(float); /* and one sample for channels_convert */
	if (row > 0 && room_needed > r->row_room) {
		free(r->row);
		r->row = memory_zeroed(room_needed, 1, err);
		r->row_room = r->row != NULL ? room_needed : 0;
		if (r->row == NULL)
			return NULL;
	}
	uint8_t *from = reader_view(r, part, array, first, row > 0 ? r->row : room, err);
	if (from == NULL)
		return NULL;
	size_t at = elements_missing(&p->number, from, count);
	if (at < count && r->lacks[part] == NULL) {
		missing_refuse(r, part, p, first + at / each, number_value(&p->number, from, at), err);
		return NULL;
	}
	if (at == count && row == 0)
		return from;
	at = at < count ? samples_sift(r, part, array, first, from, count, element, room)
	                : samples_convert(r, part, array, from, count, element, room);
	if (at == count)
		return room;
	number_refuse(r->path[part], p, first + at / each, number_value(&p->number, from, at), element, err);
	return NULL;
}

static int array_fetch(struct sample_reader *r, size_t part, size_t array, struct data_array *out, struct err *err)
{
	const struct sample_pieces *p = &r->index.array[part][array];
	for (size_t first = 0; first < p->dims[0]; first += p->each[0]) {
		size_t left = p->dims[0] - first, count = left < p->each[0] ? left : p->each[0];
		uint8_t *to = array_sample(out, first), *from = numbers_view(r, part, array, first, out->element, to, err);
		if (from == NULL)
			return -1;
		if (from != to)
			memcpy(to, from, array_bytes(out, count));
	}
	return 0;
}

static int weights_fetch(struct sample_reader *r, size_t part, struct dataset *set, struct err *err)
{
	if (array_fetch(r, part, SAMPLE_WEIGHTS, &set->array[DATA_WEIGHTS], err) != 0)
		return -1;
	char *path = memory_format(err, "%s: %s", r->path[part], r->index.array[part][SAMPLE_WEIGHTS].path);
	int code = path != NULL ? weights_round(set, path, err) : -1;
	free(path);
	return code;
}

int targets_fetch(struct sample_reader *r, size_t part, const struct dataset *limits, struct dataset *set,
                  struct err *err)
{
	if (array_fetch(r, part, SAMPLE_TARGETS, &set->array[DATA_TARGETS], err) != 0 ||
	    targets_check(set, limits, r->path[part], err) != 0)
		return -1;
	return set->array[DATA_WEIGHTS].each > 0 ? weights_fetch(r, part, set, err) : 0;
}

int arrays_read(struct dataset *set, const struct data_source *source, const struct data_need *need,
                enum data_part part, struct err *err)
{
	struct sample_reader reader;
	size_t p = part == DATA_TRAIN ? SAMPLE_TRAIN : SAMPLE_TEST, all;
	int result = source_open(&reader, source, err);
	const struct sample_pieces *inputs = &reader.index.array[p][SAMPLE_INPUTS];
	if (result == 0)
		result = samples_suit(&reader, need, set, err);
	if (result == 0 && inputs->rank == 0) { /* which may be */
		reader_close(&reader);
		return 0;
	}
	if (result == 0 && (!size_multiply(inputs->dims[0], array_bytes(&set->array[DATA_INPUTS], 1), &all) ||
	                    all > INPUT_LARGEST))
		result = err_set(err, EX_DATAERR, "%s: %s takes more than 64 GiB, which is the limit", source->place,
		                 inputs->path);
	if (result == 0 && need->task != TASK_VALUES)
		names_take(set, &reader.index);
	if (result == 0)
		result = dataset_allocate(set, inputs->dims[0], err);
	if (result == 0)
		result = targets_fetch(&reader, p, set, set, err);
	if (result == 0)
		result = array_fetch(&reader, p, SAMPLE_INPUTS, &set->array[DATA_INPUTS], err);
	if (result == 0 && reader.lacks[p] != NULL)
		result = dataset_leave_out(set, reader.lacks[p], reader.path[p], err);
	memcpy(set->background, reader.index.background, sizeof set->background);
	reader_close(&reader);
	return result;
}
