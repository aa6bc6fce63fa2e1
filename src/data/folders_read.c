/* Reads the pictures of folders, drops bad ones, and scales them. */
#include "folders.h"

#include <stdlib.h>
#include <string.h>

/* With --bands all pictures have the bands and the type of the first. */
static int bands_check(struct folders *f, const char *path, const struct photo *photo, struct err *err)
{
	struct source *source = &f->source;
	if (source->shape.maps == 0) {
		source->shape.maps = photo->maps;
		source->number = photo->number;
	}
	if (photo->maps == source->shape.maps && photo->number == source->number)
		return 0;
	return err_set(err, EX_DATAERR, "%s: %zu band%s of %s, the first picture has %zu of %s", path, photo->maps,
	               photo->maps == 1 ? "" : "s", photo_number_name(photo->number), source->shape.maps,
	               photo_number_name(source->number));
}

int page_read(const struct folders *f, const char *path, size_t page, struct photo *out, struct err *err)
{
	uint8_t *bytes = NULL;
	size_t count, maps = f->options->bands ? PHOTO_BANDS : f->source.shape.maps;
	*out = (struct photo){0};
	int code = file_read(path, PHOTO_FILE, &bytes, &count, err);
	if (code == 0)
		code = photo_decode_page(out, path, bytes, count, page, maps, f->background, err);
	free(bytes);
	return code;
}

/* Reads a picture. All have the size of the first, unless they are scaled. */
static int picture_read(struct folders *f, const struct picture_file *file, struct photo *out, struct err *err)
{
	const char *path = file->path;
	struct shape *shape = &f->source.shape;
	int code = page_read(f, path, file->page, out, err);
	if (code == 0 && f->options->bands)
		code = bands_check(f, path, out, err);
	if (code == 0 && shape->rows == 0) {
		shape->rows = out->rows;
		shape->columns = out->columns;
	}
	if (code == 0 && f->options->rows == 0 && (out->rows != shape->rows || out->columns != shape->columns))
		code = err_set(err, EX_DATAERR, "%s: %zu×%zu pixels, the first picture has %zu×%zu (--size=RxC scales)", path,
		               out->rows, out->columns, shape->rows, shape->columns);
	return code;
}

/* Checks that a file is a good picture. Handles a bad one as import_bad does. */
static int file_test(struct folders *f, const struct picture_file *file, bool *good, struct err *err)
{
	struct photo photo;
	struct err trouble = {0};
	*good = picture_read(f, file, &photo, &trouble) == 0;
	photo_free(&photo);
	if (!*good && import_bad(f->options, &trouble, err) != 0)
		return -1;
	return import_goes_on(f->options, err);
}

static int list_sieve(struct folders *f, struct list *list, size_t *done, size_t all, struct err *err)
{
	size_t kept = 0, i;
	int code = 0;
	for (i = 0; i < list->count && code == 0; i++) {
		struct picture_file file = list->file[i];
		bool good;
		code = file_test(f, &file, &good, err);
		if (f->options->progress != NULL)
			f->options->progress(f->options->context, ++*done, all);
		bool last = i + 1 == list->count || list->file[i + 1].label != file.label;
		if (good)
			list->file[kept++] = file;
		else
			free(file.path);
		if (code == 0 && last && (kept == 0 || list->file[kept - 1].label != file.label))
			code = err_set(err, EX_DATAERR, "%s: class %s has no good picture%s", f->options->source,
			               f->source.name[file.label], list == &f->part[SAMPLE_TEST] ? " for the test" : "");
	}
	for (; i < list->count; i++)
		list->file[kept++] = list->file[i];
	list->count = kept;
	return code;
}

int files_sieve(struct folders *f, struct err *err)
{
	const struct list *train = &f->part[SAMPLE_TRAIN];
	size_t done = 0, all = train->count + f->part[SAMPLE_TEST].count;
	bool good;
	if (!f->options->skip_bad)
		return f->options->rows > 0 && !f->options->bands ? 0 : file_test(f, &train->file[0], &good, err);
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
	const struct shape *shape = &source->shape;
	size_t next = f->next[part]++;
	const struct picture_file *file = &f->part[part].file[part == SAMPLE_TRAIN ? f->order[next] : next];
	struct photo photo, fitted = {0};
	int code = picture_read(f, file, &photo, err);
	if (code == 0)
		code = photo_fit(&fitted, &photo, shape->rows, shape->columns, err);
	if (code == 0)
		memcpy(image, fitted.sample, shape_size(*shape) * photo_number_bytes(source->number));
	if (code == 0 && fitted.transparent)
		code = transparent_note(f, file->path, err);
	*label = file->label;
	source->path = file->path;
	photo_free(&fitted);
	photo_free(&photo);
	return code;
}
