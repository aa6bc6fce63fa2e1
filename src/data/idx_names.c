/* The names under which IDX files are passed on: MNIST's own, those of web browsers, EMNIST's with a prefix. */
#include "input.h"
#include "data.h"
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The parts of "PREFIXtrain-images-idx3-ubyte.gz". */
struct idx_name {
	size_t prefix; /* bytes; it ends in '-' */
	const char *part; /* a word of parts */
	char gap;         /* '-' or '.', before "idx" */
	unsigned rank;
};

static const char *const parts[] = {"train", "t10k", "test"};
enum { PARTS = sizeof parts / sizeof *parts };

static bool name_split(const char *name, struct idx_name *out)
{
	static const char images[] = "-images";
	const char *at = strstr(name, images), *gap = at != NULL ? at + strlen(images) : "";
	unsigned rank = 0;
	int end = 0;
	if ((*gap != '-' && *gap != '.') || sscanf(gap + 1, "idx%1u-ubyte%n", &rank, &end) != 1 || end == 0)
		return false;
	const char *tail = gap + 1 + end;
	if ((rank != 3 && rank != 4) || (*tail != 0 && strcmp(tail, ".gz") != 0))
		return false;
	for (size_t p = 0; p < PARTS; p++) {
		size_t length = strlen(parts[p]), before = (size_t)(at - name);
		if (before < length || strncmp(at - length, parts[p], length) != 0)
			continue;
		*out = (struct idx_name){before - length, parts[p], *gap, rank};
		if (out->prefix == 0 || name[out->prefix - 1] == '-')
			return true;
	}
	return false;
}

/* Without ".gz". */
static size_t plain_length(const char *name)
{
	size_t length = strlen(name);
	return length > 3 && strcmp(name + length - 3, ".gz") == 0 ? length - 3 : length;
}

static bool of_part(const struct idx_name *split, enum data_part part)
{
	return (split->part == parts[0]) == (part == DATA_TRAIN);
}

bool idx_holds(const struct listing *listing)
{
	struct idx_name split;
	for (size_t i = 0; i < listing->count; i++)
		if (!listing->folder[i] && name_split(listing->name[i], &split) && of_part(&split, DATA_TRAIN))
			return true;
	return false;
}

/* The one name in a listing that is of the images of a part; NULL: there is none. */
static int images_find(const struct listing *listing, const char *directory, enum data_part part, const char **out,
                       struct err *err)
{
	*out = NULL;
	for (size_t i = 0; i < listing->count; i++) {
		const char *name = listing->name[i];
		struct idx_name split;
		size_t length = plain_length(name);
		if (listing->folder[i] || !name_split(name, &split) || !of_part(&split, part))
			continue;
		if (*out != NULL && (plain_length(*out) != length || strncmp(*out, name, length) != 0))
			return err_set(err, EX_DATAERR, "%s: holds %s and %s: put the files of one data set into a directory of "
			               "their own (links will do)", directory, *out, name);
		*out = name;
	}
	return 0;
}

static bool stands(const char *directory, const char *name)
{
	struct err unheard = {0};
	char *path = memory_format(&unheard, "%s%s%s.gz", directory, path_gap(directory), name);
	bool there = path != NULL && access(path, F_OK) == 0;
	if (path != NULL)
		path[strlen(path) - strlen(".gz")] = 0;
	there = there || (path != NULL && access(path, F_OK) == 0);
	free(path);
	return there;
}

int idx_names_find(const char *directory, enum data_part part, struct idx_names *out, struct err *err)
{
	static const char *const usual[] = {[DATA_TRAIN] = "train", [DATA_TEST] = "t10k"};
	struct listing listing = {0};
	struct err unheard = {0};
	const char *images = NULL;
	int code = 0;
	snprintf(out->images, sizeof out->images, "%s-images-idx3-ubyte", usual[part]);
	snprintf(out->labels, sizeof out->labels, "%s-labels-idx1-ubyte", usual[part]);
	/* MNIST's own names come first. Where a directory cannot be listed, opening them tells why. */
	if (!stands(directory, out->images) && listing_read(&listing, directory, &unheard) == 0)
		code = images_find(&listing, directory, part, &images, err);
	struct idx_name split;
	if (images != NULL && name_split(images, &split) && plain_length(images) < sizeof out->images) {
		snprintf(out->images, sizeof out->images, "%.*s", (int)plain_length(images), images);
		snprintf(out->labels, sizeof out->labels, "%.*s%s-labels%cidx1-ubyte", (int)split.prefix, images, split.part,
		         split.gap);
	}
	listing_free(&listing);
	return code;
}
