/* LeCun's IDX files: a big-endian header (0, 0, element type, rank, then the dimensions), then the elements. */
#include "input.h"
#include "data.h"
#include "source.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAGIC_BYTES = 4, DIMENSION_BYTES = 4, RANKS = 4, UNSIGNED_BYTE = 0x08, LABELS = 256 };

struct idx {
	size_t rank, dims[RANKS];
	size_t header; /* bytes */
};

static const char *type_name(uint8_t type)
{
	switch (type) {
	case UNSIGNED_BYTE: return "unsigned bytes";
	case 0x09: return "signed bytes";
	case 0x0b: return "shorts";
	case 0x0c: return "ints";
	case 0x0d: return "floats";
	case 0x0e: return "doubles";
	default: return NULL;
	}
}

/* Reads a header of rank `low` … `high`. */
static int header_read(struct input *in, size_t low, size_t high, struct idx *out, struct err *err)
{
	uint8_t magic[MAGIC_BYTES], dims[RANKS * DIMENSION_BYTES];
	if (input_read(in, magic, sizeof magic, err) != 0)
		return -1;
	const char *path = input_path(in), *type = type_name(magic[2]);
	if (magic[0] != 0 || magic[1] != 0 || type == NULL)
		return err_set(err, EX_DATAERR, "%s: not an IDX file: begins with 0x%02x%02x%02x%02x, 0x000008%02zx expected",
		               path, magic[0], magic[1], magic[2], magic[3], low);
	if (magic[2] != UNSIGNED_BYTE)
		return err_set(err, EX_DATAERR, "%s: elements are %s (type 0x%02x), only unsigned bytes (0x08) are read", path,
		               type, magic[2]);
	if (magic[3] < low || magic[3] > high)
		return err_set(err, EX_DATAERR, "%s: %u-dimensional data (0x%02x%02x%02x%02x), 0x000008%02zx expected", path,
		               magic[3], magic[0], magic[1], magic[2], magic[3], low);

	out->rank = magic[3];
	out->header = MAGIC_BYTES + out->rank * DIMENSION_BYTES;
	if (input_read(in, dims, out->rank * DIMENSION_BYTES, err) != 0)
		return -1;
	for (size_t d = 0; d < out->rank; d++) {
		const uint8_t *b = dims + d * DIMENSION_BYTES;
		out->dims[d] = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
	}
	return 0;
}

/* The header of the images: as many as there are, of the shape that is expected (NULL: of any), which is found. N ×
 * rows × columns, or with more than one map N × maps × rows × columns. */
static int images_announce(struct input *in, const struct shape *want, struct shape *found, size_t *count,
                           struct err *err)
{
	struct idx idx;
	if (header_read(in, 3, 4, &idx, err) != 0)
		return -1;
	size_t rows = idx.dims[idx.rank - 2], columns = idx.dims[idx.rank - 1];
	size_t maps = idx.rank == 4 ? idx.dims[1] : 1;
	*found = (struct shape){maps, rows, columns};
	if (want != NULL && (maps != want->maps || rows != want->rows || columns != want->columns)) {
		char planes[24] = "";
		if (idx.rank == 4)
			snprintf(planes, sizeof planes, "%zu×", maps);
		return err_set(err, EX_DATAERR,
		               "%s: images are %s%zu×%zu, the job file says input: {maps: %zu, rows: %zu, columns: %zu}",
		               input_path(in), planes, rows, columns, want->maps, want->rows, want->columns);
	}
	*count = idx.dims[0];
	if (*count == 0)
		return err_set(err, EX_DATAERR, "%s: holds no images", input_path(in));
	size_t each;
	if (!size_multiply(maps, rows, &each) || !size_multiply(each, columns, &each) || each == 0)
		return err_set(err, EX_DATAERR, "%s: images are %zu×%zu×%zu", input_path(in), maps, rows, columns);
	return input_announce(in, idx.header, *count, each, err);
}

/* Images and their labels come in one form. Where each is there in another one alone, two data sets may have met. */
static int forms_agree(const struct input *images, const struct input *labels, struct err *err)
{
	if ((input_forms(images) & input_forms(labels)) != 0)
		return 0;
	return err_set(err, EX_DATAERR, "%s: stands beside %s, one packed and one not, as where two data sets meet; gzip "
	               "or gunzip one of them if they belong together", input_path(labels), input_path(images));
}

static int labels_announce(const struct input *images, struct input *in, size_t count, struct err *err)
{
	struct idx idx;
	if (forms_agree(images, in, err) != 0)
		return -1;
	if (header_read(in, 1, 1, &idx, err) != 0)
		return -1;
	if (idx.dims[0] != count)
		return err_set(err, EX_DATAERR, "%s: %zu labels for %zu images", input_path(in), idx.dims[0], count);
	return input_announce(in, idx.header, count, 1, err);
}

int idx_read(struct dataset *set, const struct data_source *source, enum data_part part, struct err *err)
{
	const char *directory = source->place;
	struct input *labels = NULL;
	struct idx_names names;
	size_t count = 0;
	int result = -1;
	if (idx_names_find(directory, part, &names, err) != 0)
		return -1;

	struct shape found;
	struct input *images = input_open(directory, names.images, true, err);
	if (images == NULL || images_announce(images, &set->shape, &found, &count, err) != 0)
		goto out;
	labels = input_open(directory, names.labels, true, err);
	if (labels == NULL || labels_announce(images, labels, count, err) != 0)
		goto out;

	if (dataset_allocate(set, count, err) != 0)
		goto out;
	uint8_t *bytes = set->array[DATA_TARGETS].bytes + count; /* the last half of their memory */
	if (input_read(labels, bytes, count, err) != 0 || input_end(labels, err) != 0)
		goto out;
	classes_put(set, 0, count, bytes);
	for (size_t n = 0; n < count; n++)
		if (class_check(set, input_path(labels), n, dataset_class(set, n), err) != 0)
			goto out;
	const struct data_array *inputs = &set->array[DATA_INPUTS];
	if (input_read(images, inputs->bytes, array_bytes(inputs, count), err) != 0 || input_end(images, err) != 0)
		goto out;
	result = 0;
out:
	input_close(labels);
	input_close(images);
	return result;
}

struct input *images_adopt(int fd, const char *name, struct shape shape, size_t *count, struct err *err)
{
	struct shape found;
	struct input *images = input_adopt(fd, name, err);
	if (images != NULL && images_announce(images, &shape, &found, count, err) == 0)
		return images;
	input_close(images);
	return NULL;
}

/* ---- Import ------------------------------------------------------------------------------------------------------ */

struct idx_import {
	struct source source; /* first */
	struct input *images[SAMPLE_PARTS];
	uint8_t *label[SAMPLE_PARTS];
	size_t next[SAMPLE_PARTS];
	char digits[LABELS][4]; /* names */
	char *name[LABELS];
};

static int labels_read(struct idx_import *i, const char *directory, const char *name, size_t p, struct err *err)
{
	size_t count = i->source.count[p];
	struct input *labels = input_open(directory, name, true, err);
	int code = labels != NULL ? labels_announce(i->images[p], labels, count, err) : -1;
	i->label[p] = code == 0 ? memory_zeroed(count, 1, err) : NULL;
	if (i->label[p] == NULL || input_read(labels, i->label[p], count, err) != 0 || input_end(labels, err) != 0)
		code = -1;
	for (size_t n = 0; n < count && code == 0; n++)
		if (i->label[p][n] >= i->source.classes)
			i->source.classes = i->label[p][n] + (size_t)1;
	input_close(labels);
	return code;
}

static int idx_next(struct source *source, size_t part, void *image, uint16_t *label, struct err *err)
{
	struct idx_import *i = (struct idx_import *)source;
	*label = i->label[part][i->next[part]++];
	if (input_read(i->images[part], image, shape_size(source->shape), err) != 0)
		return -1;
	return i->next[part] == source->count[part] ? input_end(i->images[part], err) : 0;
}

static void idx_close(struct source *source)
{
	struct idx_import *i = (struct idx_import *)source;
	for (size_t p = 0; p < SAMPLE_PARTS; p++) {
		input_close(i->images[p]);
		free(i->label[p]);
	}
	free(i);
}

struct source *idx_source(const char *directory, struct err *err)
{
	struct idx_import *i = memory_zeroed(1, sizeof *i, err);
	if (i == NULL)
		return NULL;
	i->source = (struct source){.classes = 2, .name = i->name, .numbered = true, .next = idx_next, .close = idx_close};
	for (size_t k = 0; k < LABELS; k++) {
		snprintf(i->digits[k], sizeof i->digits[k], "%u", (unsigned)k % LABELS);
		i->name[k] = i->digits[k];
	}
	for (size_t p = 0; p < SAMPLE_PARTS; p++) {
		const struct shape *want = p == SAMPLE_TRAIN ? NULL : &i->source.shape;
		struct shape found;
		struct idx_names names;
		bool known = idx_names_find(directory, p == SAMPLE_TRAIN ? DATA_TRAIN : DATA_TEST, &names, err) == 0;
		i->images[p] = known ? input_open(directory, names.images, true, err) : NULL;
		if (i->images[p] == NULL || images_announce(i->images[p], want, &found, &i->source.count[p], err) != 0 ||
		    labels_read(i, directory, names.labels, p, err) != 0) {
			idx_close(&i->source);
			return NULL;
		}
		i->source.shape = found;
	}
	return &i->source;
}
