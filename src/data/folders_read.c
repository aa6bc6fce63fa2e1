/* Reads the pictures of folders, drops bad ones, and scales them. */
#include "folders.h"

#include <stdlib.h>
#include <string.h>

const char *page_text(const struct picture_file *file, char text[PAGE_TEXT])
{
	text[0] = 0;
	if (file->place != PHOTO_ALONE)
		snprintf(text, PAGE_TEXT, ", page %zu", file->page);
	return text;
}

/* With --bands all pictures have the bands and the type of the first. */
static int bands_check(struct folders *f, const struct picture_file *file, const struct photo *photo, struct err *err)
{
	struct source *source = &f->source;
	char page[PAGE_TEXT];
	if (source->shape.maps == 0) {
		source->shape.maps = photo->maps;
		source->number = photo->number;
	}
	if (photo->maps == source->shape.maps && photo->number == source->number)
		return 0;
	return err_set(err, EX_DATAERR, "%s%s: %zu band%s of %s, the first picture has %zu of %s", file->path,
	               page_text(file, page), photo->maps, photo->maps == 1 ? "" : "s", photo_number_name(photo->number),
	               source->shape.maps, photo_number_name(source->number));
}

int page_read(const struct folders *f, const struct picture_file *file, struct photo *out, struct err *err)
{
	uint8_t *bytes = NULL;
	char page[PAGE_TEXT], *name = memory_format(err, "%s%s", file->path, page_text(file, page));
	size_t count, maps = f->options->bands ? PHOTO_BANDS : f->source.shape.maps;
	int code = name != NULL ? 0 : -1;
	*out = (struct photo){0};
	if (code == 0 && file->place != PHOTO_ALONE)
		code = photo_decode_page(out, name, file->path, file->place, maps, f->background, err);
	else if (code == 0 && (code = file_read(file->path, PHOTO_FILE, &bytes, &count, err)) == 0)
		code = photo_decode(out, name, bytes, count, maps, f->background, err);
	free(bytes);
	free(name);
	return code;
}

/* All pictures have the size of the first, unless they are scaled. */
static int picture_check(struct folders *f, const struct picture_file *file, const struct photo *photo, struct err *err)
{
	struct shape *shape = &f->source.shape;
	char page[PAGE_TEXT];
	if (f->options->bands && bands_check(f, file, photo, err) != 0)
		return -1;
	if (shape->rows == 0) {
		shape->rows = photo->rows;
		shape->columns = photo->columns;
	}
	if (f->options->rows > 0 || (photo->rows == shape->rows && photo->columns == shape->columns))
		return 0;
	return err_set(err, EX_DATAERR, "%s%s: %zu×%zu pixels, the first picture has %zu×%zu (--size=RxC scales)",
	               file->path, page_text(file, page), photo->rows, photo->columns, shape->rows, shape->columns);
}

/* The size of the first picture is that of all. */
static int first_read(struct folders *f, struct err *err)
{
	const struct picture_file *file = &f->part[SAMPLE_TRAIN].file[0];
	struct err trouble = {0};
	struct photo photo;
	int code = page_read(f, file, &photo, &trouble);
	if (code == 0)
		code = picture_check(f, file, &photo, &trouble);
	photo_free(&photo);
	return code == 0 ? import_goes_on(f->options, err) : import_bad(f->options, &trouble, err);
}

/* Checks that the next picture is a good one. Handles a bad one as import_bad does. */
static int next_test(struct folders *f, struct ahead *ahead, const struct picture_file *file, bool *good,
                     struct err *err)
{
	struct photo photo;
	struct err trouble = {0};
	*good = ahead_next(ahead, &photo, &trouble) == 0 && picture_check(f, file, &photo, &trouble) == 0;
	photo_free(&photo);
	if (!*good && import_bad(f->options, &trouble, err) != 0)
		return -1;
	return import_goes_on(f->options, err);
}

static int list_sieve(struct folders *f, struct list *list, size_t *done, size_t all, struct err *err)
{
	size_t kept = 0, i;
	struct ahead *ahead = ahead_open(f, list, NULL, false, err);
	int code = ahead != NULL ? 0 : -1;
	for (i = 0; i < list->count && code == 0; i++) {
		struct picture_file file = list->file[i];
		bool good;
		code = next_test(f, ahead, &file, &good, err);
		if (f->options->progress != NULL)
			f->options->progress(f->options->context, ++*done, all);
		bool last = i + 1 == list->count || list->file[i + 1].label != file.label;
		if (good)
			list->file[kept++] = file;
		else
			free(file.path);
		if (code == 0 && last && f->value == NULL && (kept == 0 || list->file[kept - 1].label != file.label))
			code = err_set(err, EX_DATAERR, "%s: class %s has no good picture%s", f->options->source,
			               f->source.name[file.label], list == &f->part[SAMPLE_TEST] ? " for the test" : "");
	}
	ahead_close(ahead);
	if (code == 0 && kept == 0 && list == &f->part[SAMPLE_TRAIN])
		code = err_set(err, EX_DATAERR, "%s: no good picture", f->options->source);
	for (; i < list->count; i++)
		list->file[kept++] = list->file[i];
	list->count = kept;
	return code;
}

int files_sieve(struct folders *f, struct err *err)
{
	const struct list *train = &f->part[SAMPLE_TRAIN];
	size_t done = 0, all = train->count + f->part[SAMPLE_TEST].count;
	if (!f->options->skip_bad)
		return f->options->rows > 0 && !f->options->bands ? 0 : first_read(f, err);
	for (size_t p = 0; p < SAMPLE_PARTS; p++)
		if (list_sieve(f, &f->part[p], &done, all, err) != 0)
			return -1;
	return 0;
}

static int transparent_note(struct folders *f, const char *path, struct err *err)
{
	if (f->transparent++ > 0)
		return 0;
	f->see_through = memory_text(path, err);
	return f->see_through != NULL ? 0 : -1;
}

int folders_next(struct source *source, size_t part, void *image, uint16_t *label, struct err *err)
{
	struct folders *f = (struct folders *)source;
	struct photo photo;
	if (f->next[part] == 0) {
		ahead_close(f->ahead);
		f->ahead = ahead_open(f, &f->part[part], part == SAMPLE_TRAIN ? f->order : NULL, true, err);
	}
	if (f->ahead == NULL)
		return -1;
	const struct picture_file *file = ahead_file(f->ahead, f->next[part]++);
	int code = ahead_next(f->ahead, &photo, err);
	if (code == 0)
		code = picture_check(f, file, &photo, err);
	if (code == 0)
		memcpy(image, photo.sample, shape_size(source->shape) * photo_number_bytes(source->number));
	if (code == 0 && photo.transparent)
		code = transparent_note(f, file->path, err);
	*label = file->label;
	if (f->value != NULL)
		source->value = f->value + file->row * source->values;
	source->path = file->path;
	photo_free(&photo);
	return code;
}
