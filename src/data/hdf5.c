/* Files of samples in HDF5, as convoy import and others write them. */
#include "input.h"
#include "pieces.h"
#include "data.h"

#include <string.h>

/* An array that training takes as it is. */
static int bytes_check(const char *path, const struct sample_pieces *p, size_t rank, struct err *err)
{
	if (p->number.type != STORE_U8 || p->rank != rank)
		return err_set(err, EX_DATAERR, "%s: %s: is %s of %zu dimensions, not uint8 of %zu%s", path, p->path,
		               store_type_name(p->number.type), p->rank, rank,
		               rank == 4 ? " (images, maps, rows, columns)" : "");
	if (p->number.fills > 0)
		return err_set(err, EX_DATAERR, "%s: %s: has the fill value %g; write the array without it", path, p->path,
		               p->number.fill[0]);
	return 0;
}

int samples_suit(const struct sample_reader *r, const struct shape *want, size_t classes, struct err *err)
{
	for (size_t p = 0; p < SAMPLE_PARTS; p++)
		if (bytes_check(r->path, &r->index.array[p][SAMPLE_INPUTS], 4, err) != 0 ||
		    bytes_check(r->path, &r->index.array[p][SAMPLE_TARGETS], 1, err) != 0)
			return -1;
	for (size_t p = 0; p < SAMPLE_PARTS; p++) {
		const struct sample_pieces *images = &r->index.array[p][SAMPLE_INPUTS];
		if (images->dims[1] != want->maps || images->dims[2] != want->rows || images->dims[3] != want->columns)
			return err_set(err, EX_DATAERR, "%s: %s: images are %zu×%zu×%zu, the job file says input: {maps: %zu, "
			               "rows: %zu, columns: %zu}", r->path, images->path, images->dims[1], images->dims[2],
			               images->dims[3], want->maps, want->rows, want->columns);
	}
	if (r->index.classes > classes)
		return err_set(err, EX_DATAERR, "%s: /classes has %zu names, the job file says output: {classes: %zu}", r->path,
		               r->index.classes, classes);
	struct colour ground;
	if (r->index.background[0] != 0 && !colour_parse(r->index.background, &ground))
		return err_set(err, EX_DATAERR, "%s: background is '%s', not " COLOUR_FORMS, r->path,
		               r->index.background);
	return 0;
}

void names_take(struct dataset *set, struct sample_index *index)
{
	set->names = (struct class_names){index->classes, index->name};
	index->classes = 0;
	index->name = NULL;
}

static int array_read(struct sample_reader *r, size_t part, size_t array, size_t each, uint8_t *out, struct err *err)
{
	const struct sample_pieces *p = &r->index.array[part][array];
	for (size_t first = 0; first < p->dims[0]; first += p->each[0])
		if (reader_row(r, part, array, first, out + first * each, err) != 0)
			return -1;
	return 0;
}

int labels_fetch(struct sample_reader *r, size_t part, struct dataset *set, struct err *err)
{
	uint8_t *bytes = set->array[DATA_TARGETS].bytes + set->count; /* the last half of their memory */
	if (array_read(r, part, SAMPLE_TARGETS, 1, bytes, err) != 0)
		return -1;
	dataset_label(set, 0, set->count, bytes);
	return 0;
}

int hdf5_read(struct dataset *set, const char *path, enum data_part part, struct err *err)
{
	struct sample_reader reader;
	size_t p = part == DATA_TRAIN ? SAMPLE_TRAIN : SAMPLE_TEST, each = shape_size(set->shape), all;
	int result = reader_open(&reader, path, &sample_request_usual, err);
	const struct sample_pieces *images = reader.index.array[p];
	if (result == 0)
		result = samples_suit(&reader, &set->shape, set->classes, err);
	if (result == 0 && (!size_multiply(images->dims[0], each, &all) || all > INPUT_LARGEST))
		result = err_set(err, EX_DATAERR, "%s: more than 64 GiB of images, which is the limit", path);
	if (result == 0)
		names_take(set, &reader.index);
	if (result == 0)
		result = dataset_allocate(set, images->dims[0], err);
	if (result == 0)
		result = labels_fetch(&reader, p, set, err);
	for (size_t n = 0; result == 0 && n < set->count; n++)
		result = label_check(set, path, n, dataset_class(set, n), err);
	if (result == 0)
		result = array_read(&reader, p, SAMPLE_INPUTS, each, set->array[DATA_INPUTS].bytes, err);
	memcpy(set->background, reader.index.background, sizeof set->background);
	reader_close(&reader);
	return result;
}
