/* CIFAR-100 in its binary form, for import: records of two label bytes, coarse and fine, and 3×32×32 pixels. */
#include "input.h"
#include "data.h"
#include "folders.h"

#include <stdlib.h>
#include <string.h>

enum { MAPS = 3, SIDE = 32, PIXELS = MAPS * SIDE * SIDE, LABELS = 2, RECORD = LABELS + PIXELS, TEXT_BYTES = 1 << 16 };

/* The two kinds of labels, in their order in a record. */
static const struct {
	size_t classes;
	const char *names; /* a file with a line for each class */
} kinds[LABELS] = {{20, "coarse_label_names.txt"}, {100, "fine_label_names.txt"}};

struct cifar100_import {
	struct source source; /* first */
	struct input *file[SAMPLE_PARTS];
	size_t kind, done[SAMPLE_PARTS];
};

bool cifar100_holds(const struct listing *listing)
{
	return listing_has(listing, "train.bin") && listing_has(listing, "test.bin") &&
	       listing_has(listing, kinds[1].names);
}

static int cifar100_next(struct source *source, size_t part, void *image, uint16_t *label, struct err *err)
{
	struct cifar100_import *c = (struct cifar100_import *)source;
	struct input *in = c->file[part];
	uint8_t class[LABELS];
	if (input_read(in, class, sizeof class, err) != 0)
		return -1;
	for (size_t k = 0; k < LABELS; k++) {
		const struct dataset limit = {.classes = kinds[k].classes};
		if (class_check(&limit, input_path(in), c->done[part], class[k], err) != 0)
			return -1;
	}
	if (input_read(in, image, PIXELS, err) != 0)
		return -1;
	*label = class[c->kind];
	return ++c->done[part] < source->count[part] ? 0 : input_end(in, err);
}

static void cifar100_close(struct source *source)
{
	struct cifar100_import *c = (struct cifar100_import *)source;
	for (size_t p = 0; p < SAMPLE_PARTS; p++)
		input_close(c->file[p]);
	for (size_t k = 0; source->name != NULL && k < source->classes; k++)
		free(source->name[k]);
	free(source->name);
	free(c);
}

/* A line of the file for each class. */
static int names_read(struct cifar100_import *c, const char *directory, struct err *err)
{
	struct source *source = &c->source;
	uint8_t *bytes = NULL;
	size_t count;
	char *path = memory_format(err, "%s%s%s", directory, path_gap(directory), kinds[c->kind].names);
	int code = path != NULL ? file_read(path, TEXT_BYTES, &bytes, &count, err) : -1;
	source->classes = kinds[c->kind].classes;
	source->name = code == 0 ? memory_zeroed(source->classes, sizeof *source->name, err) : NULL;
	char *line = (char *)bytes, *next;
	for (size_t k = 0; code == 0 && source->name != NULL && k < source->classes; k++, line = next) {
		size_t length = strcspn(line, "\r\n");
		next = line + length + strspn(line + length, "\r\n");
		line[length] = 0;
		code = class_name_check(path, line, err);
		if (code == 0 && (source->name[k] = memory_text(line, err)) == NULL)
			code = -1;
	}
	if (code == 0 && source->name != NULL && *line != 0)
		code = err_set(err, EX_DATAERR, "%s: more than %zu names", path, source->classes);
	free(bytes);
	free(path);
	return code == 0 && source->name != NULL ? 0 : -1;
}

struct source *cifar100_source(const char *directory, bool coarse, struct err *err)
{
	static const char *const files[SAMPLE_PARTS] = {"train.bin", "test.bin"};
	struct cifar100_import *c = memory_zeroed(1, sizeof *c, err);
	if (c == NULL)
		return NULL;
	c->kind = coarse ? 0 : 1;
	c->source = (struct source){.shape = {MAPS, SIDE, SIDE}, .next = cifar100_next, .close = cifar100_close};
	int code = names_read(c, directory, err);
	for (size_t p = 0; p < SAMPLE_PARTS && code == 0; p++) {
		c->file[p] = input_open(directory, files[p], false, err);
		code = c->file[p] != NULL ? records_announce(c->file[p], RECORD, &c->source.count[p], err) : -1;
	}
	if (code == 0)
		return &c->source;
	cifar100_close(&c->source);
	return NULL;
}
