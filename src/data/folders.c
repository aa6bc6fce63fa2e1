/* Folders of pictures as a source: the folder of each class, and what is remarked at the end. */
#include "folders.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 63 };

/* ---- Finding ----------------------------------------------------------------------------------------------------- */

int folders_stray(struct folders *f, const char *path, const char *what, struct err *err)
{
	struct err trouble = {0};
	err_set(&trouble, EX_DATAERR, "%s: %s", path, what);
	return import_bad(f->options, &trouble, err);
}

int list_add(struct list *list, const struct picture_file *file, struct err *err)
{
	if (list->count == UINT32_MAX)
		return err_set(err, EX_DATAERR, "%s: more than %u files", file->path, UINT32_MAX);
	if (list->count == list->room) {
		size_t more = list->room == 0 ? 256 : 2 * list->room;
		struct picture_file *files = realloc(list->file, more * sizeof *files);
		if (files == NULL)
			return err_memory(err, more * sizeof *files);
		list->file = files;
		list->room = more;
	}
	list->file[list->count++] = *file;
	return 0;
}

/* The files of one class go to a list. */
static int class_read(struct folders *f, const char *path, size_t label, struct list *list, struct err *err)
{
	struct listing l;
	int code = listing_read(&l, path, err);
	size_t before = list->count;
	for (size_t i = 0; i < l.count && code == 0; i++) {
		struct picture_file file = {.path = memory_format(err, "%s%s%s", path, path_gap(path), l.name[i]),
		                            .label = (uint16_t)label};
		if (file.path == NULL)
			code = -1;
		else if (l.folder[i])
			code = folders_stray(f, file.path, "a folder inside the folder of a class", err);
		else if ((code = list_add(list, &file, err)) == 0)
			file.path = NULL;
		free(file.path);
	}
	if (code == 0 && list->count == before)
		code = err_set(err, EX_DATAERR, "%s: no picture for this class", path);
	f->hidden += l.hidden;
	listing_free(&l);
	return code;
}

int class_name_check(const char *path, const char *name, struct err *err)
{
	size_t length = strlen(name);
	const char *fault = text_fault(name);
	if (fault != NULL)
		return err_set(err, EX_DATAERR, "%s: the class's name %s", path, fault);
	if (length > NAME_BYTES)
		return err_set(err, EX_DATAERR, "%s: the class's name has %zu bytes, the limit is %d", path, length,
		               NAME_BYTES);
	return 0;
}

static int names_compare(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

/* The number of a class; those of the test must be known from the training, whose folders came in the order of their
 * names. */
static int class_number(struct folders *f, const char *path, const char *name, bool known, size_t *label,
                        struct err *err)
{
	if (known) {
		char **found = bsearch(&name, f->source.name, f->source.classes, sizeof *found, names_compare);
		*label = found != NULL ? (size_t)(found - f->source.name) : 0;
		return found != NULL ? 0 : err_set(err, EX_DATAERR, "%s: a class for the test, but not for the training", path);
	}
	*label = f->source.classes;
	if (class_name_check(path, name, err) != 0)
		return -1;
	if (f->source.classes == FOLDER_CLASSES)
		return err_set(err, EX_DATAERR, "%s: more than %d classes, which is the limit", path, FOLDER_CLASSES);
	f->source.name[*label] = memory_text(name, err);
	if (f->source.name[*label] == NULL)
		return -1;
	f->source.classes++;
	return 0;
}

int folders_classes(struct folders *f, const char *root, bool known, struct list *list, struct err *err)
{
	struct listing l;
	int code = listing_read(&l, root, err);
	size_t folders = 0, label;
	for (size_t i = 0; i < l.count && code == 0; i++) {
		char *path = memory_format(err, "%s%s%s", root, path_gap(root), l.name[i]);
		if (path == NULL)
			code = -1;
		else if (!l.folder[i])
			code = folders_stray(f, path, "a file beside the folders of the classes", err);
		else if (++folders > 0 && (code = class_number(f, path, l.name[i], known, &label, err)) == 0)
			code = class_read(f, path, label, list, err);
		free(path);
	}
	if (code == 0 && folders == 0)
		code = err_set(err, EX_DATAERR, "%s: neither folders of pictures (one for each class), nor IDX files, nor "
		               "CIFAR-10's", root);
	f->hidden += l.hidden;
	listing_free(&l);
	return code;
}

/* ---- The source -------------------------------------------------------------------------------------------------- */

static void folders_close(struct source *source)
{
	struct folders *f = (struct folders *)source;
	ahead_close(f->ahead);
	for (size_t p = 0; p < SAMPLE_PARTS; p++) {
		for (size_t i = 0; i < f->part[p].count; i++)
			free(f->part[p].file[i].path);
		free(f->part[p].file);
	}
	for (size_t i = 0; i < FOLDER_CLASSES && source->name != NULL; i++)
		free(source->name[i]);
	free(source->name);
	free(f->value);
	free(f->see_through);
	free(f->order);
	free(f);
}

/* Classes that training or test has no picture of: a share of few pictures may be none. */
static void absent_tell(const struct folders *f)
{
	static const char *const what[SAMPLE_PARTS] = {"training", "test"};
	for (size_t p = 0; p < SAMPLE_PARTS; p++) {
		struct err unheard = {0};
		bool *there = f->source.classes == 0 ? NULL : memory_zeroed(f->source.classes, sizeof *there, &unheard);
		size_t absent = 0, first = 0;
		if (there == NULL)
			return;
		for (size_t i = 0; i < f->part[p].count; i++)
			there[f->part[p].file[i].label] = true;
		for (size_t k = f->source.classes; k-- > 0;)
			if (!there[k]) {
				absent++;
				first = k;
			}
		if (absent > 0)
			import_remark(f->options, "%zu class%s no %s picture, the first: %s", absent,
			              absent == 1 ? " has" : "es have", what[p], f->source.name[first]);
		free(there);
	}
}

static void folders_remark(const struct source *source)
{
	const struct folders *f = (const struct folders *)source;
	absent_tell(f);
	if (f->transparent > 0 && f->options->background == NULL)
		import_remark(f->options, "%zu picture%s transparent pixels; the colour behind them is white (--background); "
		              "the first: %s", f->transparent, f->transparent == 1 ? " has" : "s have", f->see_through);
	size_t one, other;
	if (class_names_alike(&(struct class_names){source->classes, source->name}, &one, &other))
		import_remark(f->options, "classes %zu and %zu, %s, may look alike: the folders' names differ in bytes only "
		              "(Unicode NFC, NFD)", one, other, source->name[one]);
	if (f->hidden > 0)
		import_remark(f->options, "%zu name%s with a dot, left out", f->hidden,
		              f->hidden == 1 ? " that begins" : "s that begin");
}

struct source *folders_source(const struct import_options *options, struct err *err)
{
	struct folders *f = memory_zeroed(1, sizeof *f, err);
	if (f == NULL)
		return NULL;
	f->options = options;
	f->background = options->background != NULL ? *options->background : (struct colour){255, 255, 255};
	colour_text(f->background, f->background_text);
	f->source = (struct source){
		.shape = {options->bands ? 0 : options->maps > 0 ? options->maps : 3, options->rows, options->columns},
		.skips = true,
		.background = options->bands ? NULL : f->background_text,
		.next = folders_next,
		.remark = folders_remark,
		.close = folders_close,
		.name = memory_zeroed(FOLDER_CLASSES, sizeof *f->source.name, err),
	};
	if (f->source.name == NULL || folders_find(f, err) != 0)
		goto fail;
	size_t count = f->part[SAMPLE_TRAIN].count;
	f->order = memory_zeroed(count, sizeof *f->order, err);
	if (f->order == NULL)
		goto fail;
	order_permute(options->seed, 0, count, f->order); /* classes mixed, for those who read run by run */
	for (size_t p = 0; p < SAMPLE_PARTS; p++)
		f->source.count[p] = f->part[p].count;
	return &f->source;
fail:
	folders_close(&f->source);
	return NULL;
}
