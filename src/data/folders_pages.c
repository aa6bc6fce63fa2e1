/* Pages of TIFF files as pictures of their own. */
#include "folders.h"

#include <stdlib.h>

/* The pages of a file; 0: it was passed over. */
static int pages_count(struct folders *f, const char *path, size_t *pages, struct err *err)
{
	struct err trouble = {0};
	struct photo photo;
	int code = page_read(f, path, 0, &photo, &trouble);
	*pages = code == 0 ? photo.pages : 0;
	photo_free(&photo);
	return code == 0 ? import_goes_on(f->options, err) : import_bad(f->options, &trouble, err);
}

/* Adds the pages of a file. Those that are damaged are found when they are read. */
static int pages_add(struct list *list, const struct picture_file *file, size_t pages, struct err *err)
{
	for (size_t p = 0; p < pages; p++) {
		char *path = memory_text(file->path, err);
		if (path == NULL || list_add(list, path, file->label, p, err) != 0) {
			free(path);
			return -1;
		}
	}
	return 0;
}

int folders_pages(struct folders *f, struct err *err)
{
	size_t before = 0, after = 0;
	int code = 0;
	for (size_t part = 0; part < SAMPLE_PARTS; part++) {
		struct list all = f->part[part];
		f->part[part] = (struct list){0};
		before += all.count;
		for (size_t i = 0; i < all.count; i++) {
			size_t pages = 0;
			if (code == 0)
				code = pages_count(f, all.file[i].path, &pages, err);
			if (code == 0)
				code = pages_add(&f->part[part], &all.file[i], pages, err);
			free(all.file[i].path);
		}
		free(all.file);
		after += f->part[part].count;
	}
	if (code == 0 && after == 0)
		code = err_set(err, EX_DATAERR, "%s: no good picture", f->options->source);
	if (code == 0 && after > before && f->part[SAMPLE_TEST].count == 0)
		import_remark(f->options, "%zu pages of %zu files: pages of one file may be training and test samples, unless "
		              "folders train and test part them", after, before);
	return code;
}
