/* Folders of pictures: which of them are of the training and which of the test, and how a test set is split off. */
#include "folders.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* By class, then by path, as list_sieve takes them. */
static int files_compare(const void *one, const void *other)
{
	const struct picture_file *a = one, *b = other;
	int order = a->label != b->label ? (a->label > b->label) - (a->label < b->label) : strcmp(a->path, b->path);
	return order != 0 ? order : (a->page > b->page) - (a->page < b->page);
}

void list_sort(struct list *list)
{
	if (list->count > 0)
		qsort(list->file, list->count, sizeof *list->file, files_compare);
}

/* ---- Fewer pictures, and splitting ------------------------------------------------------------------------------- */

/* The end of the class that begins at file number `first`. */
static size_t class_end(const struct list *list, size_t first)
{
	size_t end = first;
	while (end < list->count && list->file[end].label == list->file[first].label)
		end++;
	return end;
}

/* Keeps `most` files of each class, each choice as likely; `use` keeps such choices apart. */
static void list_thin(const struct folders *f, struct list *list, size_t most, uint64_t use)
{
	size_t kept = 0;
	for (size_t first = 0, end; first < list->count; first = end) {
		end = class_end(list, first);
		size_t wanted = most;
		for (size_t i = first; i < end; i++) {
			struct picture_file file = list->file[i];
			uint64_t key = use << 32 | (1 + (uint64_t)file.label);
			if (random_below(f->options->seed, RANDOM_SPLIT, key, i - first, end - i) < wanted) {
				wanted--;
				list->file[kept++] = file;
			} else {
				free(file.path);
			}
		}
	}
	list->count = kept;
}

/* As many training pictures of each class as the smallest has, of those that have any. */
static void list_balance(const struct folders *f, struct list *list)
{
	size_t least = list->count;
	for (size_t first = 0, end; first < list->count; first = end) {
		end = class_end(list, first);
		least = end - first < least ? end - first : least;
	}
	list_thin(f, list, least, 2);
}

/* Moves a share of each class to the test: of the files of a class that are left, each goes with the probability
 * wanted / left. */
static int split(struct folders *f, double share, struct err *err)
{
	struct list *train = &f->part[SAMPLE_TRAIN], all = *train;
	*train = (struct list){0};
	int code = 0;
	for (size_t first = 0, end; first < all.count; first = end) {
		end = class_end(&all, first);
		size_t wanted = (size_t)((double)(end - first) * share + 0.5);
		for (size_t i = first; i < end; i++) {
			bool out = random_below(f->options->seed, RANDOM_SPLIT, 1 + all.file[i].label, i - first, end - i) < wanted;
			wanted -= out;
			if (code == 0)
				code = list_add(&f->part[out ? SAMPLE_TEST : SAMPLE_TRAIN], &all.file[i], err);
			if (code != 0)
				free(all.file[i].path);
		}
	}
	free(all.file);
	return code;
}

static int parts_check(const struct folders *f, double share, struct err *err)
{
	const char *source = f->options->source;
	size_t train = f->part[SAMPLE_TRAIN].count, test = f->part[SAMPLE_TEST].count;
	if (f->source.classes < 2 && f->source.values == 0)
		return err_set(err, EX_DATAERR, "%s: 1 class, there must be 2 to %d (a folder for each)", source,
		               FOLDER_CLASSES);
	if (train == 0 || test == 0)
		return err_set(err, EX_DATAERR, "%s: --test=%g leaves %zu pictures for the training and %zu for the test",
		               source, share, train, test);
	return 0;
}

/* What a folder holds, by its name. */
enum role { ROLE_TRAIN, ROLE_TEST, ROLE_VALIDATION, ROLES };

static enum role role_of(const char *name)
{
	static const struct {
		const char *name;
		enum role role;
	} known[] = {
		{"train", ROLE_TRAIN}, {"training", ROLE_TRAIN}, {"test", ROLE_TEST}, {"testing", ROLE_TEST},
		{"val", ROLE_VALIDATION}, {"valid", ROLE_VALIDATION}, {"validation", ROLE_VALIDATION},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcasecmp(name, known[i].name) == 0)
			return known[i].role;
	return ROLES;
}

/* The folders of the parts in `root`; all NULL: it has none. Something else beside them is stray. */
static int roles_find(struct folders *f, const struct listing *l, const char *folder[ROLES], struct err *err)
{
	const char *root = f->options->source;
	const char *twice = NULL;
	int code = 0;
	for (size_t i = 0; i < l->count; i++) {
		enum role role = l->folder[i] ? role_of(l->name[i]) : ROLES;
		if (role == ROLES)
			continue;
		if (folder[role] != NULL)
			twice = l->name[i];
		else
			folder[role] = l->name[i];
	}
	bool parts = folder[ROLE_TRAIN] != NULL && (folder[ROLE_TEST] != NULL || folder[ROLE_VALIDATION] != NULL);
	if (parts && twice != NULL)
		return err_set(err, EX_DATAERR, "%s: has folders %s and %s, which mean the same", root,
		               folder[role_of(twice)], twice);
	for (size_t i = 0; i < l->count && code == 0 && parts; i++) {
		char *path = memory_format(err, "%s%s%s", root, path_gap(root), l->name[i]);
		bool known = l->folder[i] && role_of(l->name[i]) != ROLES;
		if (path == NULL)
			code = -1;
		else if (!known)
			code = folders_stray(f, path, "stands beside the folders of training and test", err);
		free(path);
	}
	for (size_t r = 0; r < ROLES && !parts; r++)
		folder[r] = NULL;
	return code;
}

/* The class folders of a part. */
static int part_read(struct folders *f, const char *name, size_t part, bool known, struct err *err)
{
	const char *root = f->options->source;
	char *path = memory_format(err, "%s%s%s", root, path_gap(root), name);
	int code = path != NULL ? folders_classes(f, path, known, &f->part[part], err) : -1;
	free(path);
	return code;
}

/* A validation set beside a test set has no place in the file: the job holds as many samples back. */
static int parts_read(struct folders *f, const char *const folder[ROLES], struct err *err)
{
	const char *root = f->options->source, *third = folder[ROLE_VALIDATION];
	const char *test = folder[ROLE_TEST] != NULL ? folder[ROLE_TEST] : third;
	struct list *train = &f->part[SAMPLE_TRAIN];
	if (f->options->test >= 0)
		return err_set(err, EX_USAGE, "import: --test: %s has folders %s and %s of its own", root, folder[ROLE_TRAIN],
		               test);
	if (part_read(f, folder[ROLE_TRAIN], SAMPLE_TRAIN, false, err) != 0 ||
	    part_read(f, test, SAMPLE_TEST, true, err) != 0)
		return -1;
	if (third == test)
		import_remark(f->options, "%s%s%s is the test set", root, path_gap(root), third);
	if (third == NULL || third == test)
		return 0;
	size_t before = train->count;
	if (part_read(f, third, SAMPLE_TRAIN, true, err) != 0)
		return -1;
	list_sort(train);
	import_remark(f->options, "%s%s%s: its %zu pictures are training samples; data.validation: %zu in the job holds as "
	              "many back", root, path_gap(root), third, train->count - before, train->count - before);
	return 0;
}

int folders_find(struct folders *f, struct err *err)
{
	struct listing l;
	const char *root = f->options->source, *folder[ROLES] = {NULL};
	double share = f->options->test < 0 ? 0.1 : f->options->test;
	int code = listing_read(&l, root, err);
	if (code == 0 && f->options->labels == NULL)
		code = roles_find(f, &l, folder, err);
	bool given = folder[ROLE_TRAIN] != NULL;
	if (code == 0 && given)
		code = parts_read(f, folder, err);
	else if (code == 0 && f->options->labels != NULL)
		code = folders_labelled(f, &l, err);
	else if (code == 0)
		code = folders_classes(f, root, false, &f->part[SAMPLE_TRAIN], err);
	if (given)
		f->hidden += l.hidden;
	listing_free(&l);
	if (code != 0 || (f->options->pages && folders_pages(f, err) != 0) || files_sieve(f, err) != 0)
		return -1;
	for (size_t p = 0; p < SAMPLE_PARTS && f->options->limit > 0; p++)
		list_thin(f, &f->part[p], f->options->limit, 1);
	if (!given && split(f, share, err) != 0)
		return -1;
	if (f->options->balance)
		list_balance(f, &f->part[SAMPLE_TRAIN]);
	return parts_check(f, share, err);
}
