/* LeCun's IDX files: a big-endian header (0, 0, element type, rank, then the dimensions), then the elements. */
#include "input.h"
#include "reader.h"

#include <stdio.h>

enum { MAGIC_BYTES = 4, DIMENSION_BYTES = 4, RANKS = 4, UNSIGNED_BYTE = 0x08 };

static const char *const image_files[] = {
	[DATA_TRAIN] = "train-images-idx3-ubyte",
	[DATA_TEST] = "t10k-images-idx3-ubyte",
};
static const char *const label_files[] = {
	[DATA_TRAIN] = "train-labels-idx1-ubyte",
	[DATA_TEST] = "t10k-labels-idx1-ubyte",
};

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

/* The header of the images: as many as there are, of the shape that is expected. N × rows × columns, or with more than
 * one map N × maps × rows × columns. */
static int images_announce(struct input *in, struct shape want, size_t each, size_t *count, struct err *err)
{
	struct idx idx;
	if (header_read(in, 3, 4, &idx, err) != 0)
		return -1;
	size_t rows = idx.dims[idx.rank - 2], columns = idx.dims[idx.rank - 1];
	size_t maps = idx.rank == 4 ? idx.dims[1] : 1;
	if (maps != want.maps || rows != want.rows || columns != want.columns) {
		char planes[24] = "";
		if (idx.rank == 4)
			snprintf(planes, sizeof planes, "%zu×", maps);
		return err_set(err, EX_DATAERR,
		               "%s: images are %s%zu×%zu, the job file says input: {maps: %zu, rows: %zu, columns: %zu}",
		               input_path(in), planes, rows, columns, want.maps, want.rows, want.columns);
	}
	*count = idx.dims[0];
	if (*count == 0)
		return err_set(err, EX_DATAERR, "%s: holds no images", input_path(in));
	return input_announce(in, idx.header, *count, each, err);
}

static int labels_announce(struct input *in, size_t count, struct err *err)
{
	struct idx idx;
	if (header_read(in, 1, 1, &idx, err) != 0)
		return -1;
	if (idx.dims[0] != count)
		return err_set(err, EX_DATAERR, "%s: %zu labels for %zu images", input_path(in), idx.dims[0], count);
	return input_announce(in, idx.header, count, 1, err);
}

int idx_read(struct dataset *set, const char *directory, enum data_part part, size_t each, struct err *err)
{
	struct input *labels = NULL;
	size_t count = 0;
	int result = -1;

	struct input *images = input_open(directory, image_files[part], true, err);
	if (images == NULL || images_announce(images, set->shape, each, &count, err) != 0)
		goto out;
	labels = input_open(directory, label_files[part], true, err);
	if (labels == NULL || labels_announce(labels, count, err) != 0)
		goto out;

	if (dataset_allocate(set, count, each, err) != 0)
		goto out;
	if (input_read(labels, set->labels, count, err) != 0 || input_end(labels, err) != 0)
		goto out;
	for (size_t n = 0; n < count; n++)
		if (label_check(set, input_path(labels), n, set->labels[n], err) != 0)
			goto out;
	if (input_read(images, set->pixels, count * each, err) != 0 || input_end(images, err) != 0)
		goto out;
	result = 0;
out:
	input_close(labels);
	input_close(images);
	return result;
}

int images_read(struct dataset *out, int fd, const char *name, struct shape shape, struct err *err)
{
	*out = (struct dataset){.shape = shape, .classes = 1};
	size_t each = shape_size(shape), count;
	struct input *images = input_adopt(fd, name, err);
	int code = -1;
	if (images != NULL && images_announce(images, shape, each, &count, err) == 0 &&
	    dataset_allocate(out, count, each, err) == 0 &&
	    input_read(images, out->pixels, count * each, err) == 0 && input_end(images, err) == 0)
		code = 0;
	input_close(images);
	if (code != 0)
		dataset_free(out);
	return code;
}
