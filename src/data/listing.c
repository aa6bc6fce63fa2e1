/* What a directory holds, in an order that every machine agrees on. */
#include "source.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int name_add(struct listing *l, size_t *room, const char *name, struct err *err)
{
	if (l->count == *room) {
		size_t more = *room == 0 ? 64 : 2 * *room;
		char **names = realloc(l->name, more * sizeof *names);
		if (names == NULL)
			return err_memory(err, more * sizeof *names);
		l->name = names;
		*room = more;
	}
	l->name[l->count] = memory_text(name, err);
	if (l->name[l->count] == NULL)
		return -1;
	l->count++;
	return 0;
}

/* What systems leave in folders, which nobody needs to hear of. */
static bool is_litter(const char *name)
{
	static const char *const litter[] = {"__MACOSX", "Thumbs.db", "ehthumbs.db", "desktop.ini"};
	for (size_t i = 0; i < sizeof litter / sizeof *litter; i++)
		if (strcasecmp(name, litter[i]) == 0)
			return true;
	return false;
}

int listing_read(struct listing *out, const char *directory, struct err *err)
{
	*out = (struct listing){0};
	size_t room = 0;
	int code = 0;
	DIR *open = opendir(directory);
	if (open == NULL)
		return err_set(err, EX_NOINPUT, "%s: %s", directory, errno == ENOENT ? "no such directory" : strerror(errno));
	errno = 0;
	for (struct dirent *entry; code == 0 && (entry = readdir(open)) != NULL; errno = 0)
		if (entry->d_name[0] != '.' && !is_litter(entry->d_name))
			code = name_add(out, &room, entry->d_name, err);
		else if (entry->d_name[0] == '.')
			out->hidden += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	if (code == 0 && errno != 0)
		code = err_set(err, EX_IOERR, "%s: cannot read the directory: %s", directory, strerror(errno));
	if (out->count > 0)
		qsort(out->name, out->count, sizeof *out->name, by_bytes);
	out->folder = code == 0 ? memory_zeroed(out->count, sizeof *out->folder, err) : NULL;
	for (size_t i = 0; out->folder != NULL && i < out->count; i++) {
		struct stat status;
		out->folder[i] = fstatat(dirfd(open), out->name[i], &status, 0) == 0 && S_ISDIR(status.st_mode);
	}
	closedir(open);
	return out->folder != NULL ? 0 : -1;
}

void listing_free(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		free(listing->name[i]);
	free(listing->name);
	free(listing->folder);
	*listing = (struct listing){0};
}

bool listing_has(const struct listing *listing, const char *name)
{
	for (size_t i = 0; i < listing->count; i++)
		if (strcmp(listing->name[i], name) == 0)
			return true;
	return false;
}
