/* What the files about folders of pictures share. */
#ifndef CONVOY_DATA_FOLDERS_H
#define CONVOY_DATA_FOLDERS_H

#include "source.h"

#include <convoy/picture.h>

struct picture_file {
	char *path;
	uint16_t label;
	uint32_t row;   /* of the table of values, if there is one */
	uint64_t place; /* of a page in the file; PHOTO_ALONE: the file has one page */
	size_t page;    /* its number, from 0 */
};

/* Files in the order of their classes and names, and of their pages. */
struct list {
	size_t count, room;
	struct picture_file *file;
};

struct folders {
	struct source source; /* first */
	const struct import_options *options;
	struct colour background;
	char background_text[COLOUR_TEXT];
	struct list part[SAMPLE_PARTS];
	uint32_t *order; /* of the training files */
	size_t next[SAMPLE_PARTS];
	struct ahead *ahead; /* of the part whose images are taken; NULL: none yet */
	size_t hidden;      /* names left out because they begin with a dot */
	size_t transparent; /* pictures with transparent pixels … */
	char *see_through;  /* … and the first of them */
	float *value;       /* [rows of the table][source.values]; NULL: there are classes */
};

enum { FOLDER_CLASSES = 65536 }; /* most classes */

/* Handles a file or folder that should not be there, as import_bad does. */
int folders_stray(struct folders *folders, const char *path, const char *what, struct err *err);

/* Checks the name of a class, from `path`. EX_DATAERR. */
int class_name_check(const char *path, const char *name, struct err *err);

/* Sorts a list by class, then by path. */
void list_sort(struct list *list);

/* Finds the files that a table of labels names (folders_labels.c), and their classes. `listing` is of the source. */
int folders_labelled(struct folders *folders, const struct listing *listing, struct err *err);

/* Adds a file, or a page of it, whose path the list then owns. */
int list_add(struct list *list, const struct picture_file *file, struct err *err);

/* Adds the files of the class folders in `root` to a list. known: all their classes must be there already. EX_DATAERR.
 */
int folders_classes(struct folders *folders, const char *root, bool known, struct list *list, struct err *err);

/* Finds all files of both parts (folders_parts.c). */
int folders_find(struct folders *folders, struct err *err);

/* Makes an entry of each page of the files (folders_pages.c). EX_DATAERR for a file that cannot be read. */
int folders_pages(struct folders *folders, struct err *err);

/* Finds the size of the first training picture if no size is given. With skip_bad, reports all bad files and drops them
 * from the lists, before any choice among the files. EX_DATAERR for a class without a good picture. */
int files_sieve(struct folders *folders, struct err *err);

/* Reads a file, or of its pages one, as the import wants it. Free with photo_free, also on failure. EX_NOINPUT,
 * EX_IOERR, EX_DATAERR. */
int page_read(const struct folders *folders, const struct picture_file *file, struct photo *out, struct err *err);

/* Returns what names a page behind the path of its file: ", page 3"; nothing for a file of one. */
enum { PAGE_TEXT = 32 };
const char *page_text(const struct picture_file *file, char text[PAGE_TEXT]);

/* Pictures of a list that options->threads threads read ahead (folders_ahead.c). Memory does not grow with the list,
 * whose files must stay where they are until the caller has taken them.
 * ahead_open starts the threads. order [list->count]: numbers of files; NULL: as in the list. fits: scales to the size
 * of the options. NULL on failure. ahead_file returns the file of picture n. ahead_next waits for the next picture and
 * gives it, or what page_read said; not to call more often than there are files. Free with photo_free, also on failure.
 */
struct ahead *ahead_open(const struct folders *folders, const struct list *list, const uint32_t *order, bool fits,
                         struct err *err);
const struct picture_file *ahead_file(const struct ahead *ahead, size_t n);
int ahead_next(struct ahead *ahead, struct photo *out, struct err *err);
void ahead_close(struct ahead *ahead);

/* Reads the next image of a part, as struct source says. */
int folders_next(struct source *source, size_t part, void *image, uint16_t *label, struct err *err);

#endif
