/* Pages of TIFF files as pictures of their own. */
#include "folders.h"

#include <stdlib.h>

/* Adds the pages of a file. Those that are damaged are found when they are read. */
static int pages_add(struct list *list, const struct picture_file *file, size_t pages, const uint64_t *place,
                     struct err *err)
{
	for (size_t p = 0; p < pages; p++) {
		struct picture_file page = *file;
		page.path = memory_text(file->path, err);
		page.place = place[p];
		page.page = p;
		if (page.path == NULL || list_add(list, &page, err) != 0) {
			free(page.path);
			return -1;
		}
	}
	return 0;
}

/* Finds the pages of a file; none of one that was passed over. */
static int pages_find(struct folders *f, const struct picture_file *file, struct list *list, struct err *err)
{
	struct err trouble = {0};
	uint64_t *place = NULL;
	size_t pages = 0;
	int code = photo_pages(&place, &pages, file->path, &trouble);
	if (code != 0)
		code = import_bad(f->options, &trouble, err);
	else if ((code = pages_add(list, file, pages, place, err)) == 0)
		code = import_goes_on(f->options, err);
	free(place);
	return code;
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
			if (code == 0)
				code = pages_find(f, &all.file[i], &f->part[part], err);
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
