/* CIFAR-10 in its binary form: records of one label byte and 3×32×32 pixels, map by map. */
#include "input.h"
#include "data.h"
#include "source.h"

#include <stdlib.h>

enum { MAPS = 3, SIDE = 32, PIXELS = MAPS * SIDE * SIDE, RECORD = 1 + PIXELS, FILES = 5, CLASSES = 10 };

static const char *const train_files[FILES] = {
	"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin",
};
static const char *const test_files[1] = {"test_batch.bin"};

int records_announce(struct input *in, size_t record, size_t *count, struct err *err)
{
	if (input_packed(in))
		return err_set(err, EX_DATAERR, "%s: gzip data; unpack it first", input_path(in));
	uint64_t size = input_file_size(in);
	if (size == 0 || size % record != 0)
		return err_set(err, EX_DATAERR, "%s: %ju bytes are no whole number of records of %zu bytes", input_path(in),
		               (uintmax_t)size, record);
	*count = (size_t)(size / record);
	return input_announce(in, 0, *count, record, err);
}

static int records_read(struct input *in, struct dataset *set, size_t first, size_t count, struct err *err)
{
	for (size_t n = 0; n < count; n++) {
		uint8_t label;
		if (input_read(in, &label, 1, err) != 0 || class_check(set, input_path(in), n, label, err) != 0 ||
		    input_read(in, array_sample(&set->array[DATA_INPUTS], first + n), PIXELS, err) != 0)
			return -1;
		classes_put(set, first + n, 1, &label);
	}
	return input_end(in, err);
}

int cifar10_read(struct dataset *set, const struct data_source *source, enum data_part part, struct err *err)
{
	const char *directory = source->place;
	const char *const *name = part == DATA_TRAIN ? train_files : test_files;
	size_t files = part == DATA_TRAIN ? FILES : 1, count[FILES], total = 0;
	struct input *in[FILES] = {0};
	int result = -1;

	if (set->shape.maps != MAPS || set->shape.rows != SIDE || set->shape.columns != SIDE)
		return err_set(err, EX_DATAERR,
		               "%s: CIFAR-10 images are 3×32×32, the job file says input: {maps: %zu, rows: %zu, columns: %zu}",
		               directory, set->shape.maps, set->shape.rows, set->shape.columns);
	for (size_t f = 0; f < files; f++) {
		in[f] = input_open(directory, name[f], false, err);
		if (in[f] == NULL || records_announce(in[f], RECORD, &count[f], err) != 0)
			goto out;
		total += count[f];
	}
	if (dataset_allocate(set, total, err) != 0)
		goto out;
	for (size_t f = 0, first = 0; f < files; first += count[f++])
		if (records_read(in[f], set, first, count[f], err) != 0)
			goto out;
	result = 0;
out:
	for (size_t f = 0; f < files; f++)
		input_close(in[f]);
	return result;
}

/* ---- Import ------------------------------------------------------------------------------------------------------ */

struct cifar10_import {
	struct source source;           /* first */
	struct input *file[FILES + 1];  /* the last is that of the test */
	size_t count[FILES + 1], at, done; /* records of each; the file and the record in it that are next */
	char *name[CLASSES];
};

static int cifar10_next(struct source *source, size_t part, void *image, uint16_t *label, struct err *err)
{
	struct cifar10_import *c = (struct cifar10_import *)source;
	(void)part; /* files and parts stand in the same order */
	const struct dataset limit = {.classes = CLASSES};
	struct input *in = c->file[c->at];
	uint8_t class;
	if (input_read(in, &class, 1, err) != 0 || class_check(&limit, input_path(in), c->done, class, err) != 0 ||
	    input_read(in, image, PIXELS, err) != 0)
		return -1;
	*label = class;
	if (++c->done < c->count[c->at])
		return 0;
	c->done = 0;
	return input_end(c->file[c->at++], err);
}

static void cifar10_close(struct source *source)
{
	struct cifar10_import *c = (struct cifar10_import *)source;
	for (size_t f = 0; f <= FILES; f++)
		input_close(c->file[f]);
	for (size_t k = 0; k < CLASSES; k++)
		free(c->name[k]);
	free(c);
}

struct source *cifar10_source(const char *directory, struct err *err)
{
	static const char *const names[CLASSES] = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse",
	                                           "ship", "truck"};
	struct cifar10_import *c = memory_zeroed(1, sizeof *c, err);
	if (c == NULL)
		return NULL;
	c->source = (struct source){.shape = {MAPS, SIDE, SIDE}, .classes = CLASSES, .name = c->name,
	                            .next = cifar10_next, .close = cifar10_close};
	bool good = true;
	for (size_t k = 0; k < CLASSES && good; k++)
		good = (c->name[k] = memory_text(names[k], err)) != NULL;
	for (size_t f = 0; f <= FILES && good; f++) {
		c->file[f] = input_open(directory, f < FILES ? train_files[f] : test_files[0], false, err);
		good = c->file[f] != NULL && records_announce(c->file[f], RECORD, &c->count[f], err) == 0;
		c->source.count[f < FILES ? SAMPLE_TRAIN : SAMPLE_TEST] += c->count[f];
	}
	if (good)
		return &c->source;
	cifar10_close(&c->source);
	return NULL;
}
