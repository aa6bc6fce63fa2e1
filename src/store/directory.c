/* Directories: making them, and sweeping out what killed writers left. */
#include <convoy/store.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Puts a new name in `parent` on the disk. Best effort: a parent that can be searched but not read cannot be. */
static void directory_flush(const char *parent)
{
	int folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return;
	(void)fsync(folder);
	close(folder);
}

/* Makes one directory whose parent stands. `path` ends in its last name. */
static int directory_make_one(char *path, struct err *err)
{
	struct stat info;
	if (mkdir(path, 0777) < 0) {
		int number = errno; /* EEXIST, but also EROFS or EACCES, where it may stand all the same */
		if (stat(path, &info) == 0)
			number = S_ISDIR(info.st_mode) ? 0 : ENOTDIR;
		else if (number == EEXIST && errno != ENOENT) /* a link to nowhere exists */
			number = errno;
		if (number != 0)
			err_set(err, EX_IOERR, "%s: cannot make the directory: %s", path, strerror(number));
		return number == 0 ? 0 : -1;
	}
	char *slash = strrchr(path, '/');
	if (slash == NULL || slash == path)
		directory_flush(slash == NULL ? "." : "/");
	else {
		*slash = 0;
		directory_flush(path);
		*slash = '/';
	}
	return 0;
}

int directory_make(const char *directory, struct err *err)
{
	if (directory[0] == 0)
		return err_set(err, EX_IOERR, "cannot make a directory without a name");
	char *path = memory_text(directory, err);
	if (path == NULL)
		return -1;
	size_t length = strlen(path);
	while (length > 1 && path[length - 1] == '/')
		path[--length] = 0;

	int status = 0;
	for (size_t i = 1; i < length && status == 0; i++)
		if (path[i] == '/' && path[i - 1] != '/') {
			path[i] = 0;
			status = directory_make_one(path, err);
			path[i] = '/';
		}
	if (status == 0)
		status = directory_make_one(path, err);
	free(path);
	return status;
}

/* ".NAME.0123456789abcdef.tmp", as file_write makes them. */
static bool is_temporary(const char *name)
{
	enum { DIGITS = 16, TAIL = 1 + DIGITS + 4 };
	size_t length = strlen(name);
	if (name[0] != '.' || length < 2 + TAIL)
		return false;
	const char *tail = name + length - TAIL;
	return tail[0] == '.' && strspn(tail + 1, "0123456789abcdef") == DIGITS && strcmp(tail + 1 + DIGITS, ".tmp") == 0;
}

int directory_sweep(const char *directory, struct err *err)
{
	DIR *folder = opendir(directory);
	if (folder == NULL)
		return err_set(err, EX_IOERR, "%s: cannot open the directory: %s", directory, strerror(errno));
	int status = 0;
	for (;;) {
		errno = 0;
		struct dirent *entry = readdir(folder);
		if (entry == NULL)
			break;
		struct stat info;
		if (!is_temporary(entry->d_name) ||
		    fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !(S_ISREG(info.st_mode) || S_ISLNK(info.st_mode)))
			continue;
		if (unlinkat(dirfd(folder), entry->d_name, 0) < 0 && errno != ENOENT)
			status = err_set(err, EX_IOERR, "%s%s%s: cannot remove: %s", directory, path_gap(directory),
			                 entry->d_name, strerror(errno));
	}
	if (errno != 0)
		status = err_set(err, EX_IOERR, "%s: cannot read the directory: %s", directory, strerror(errno));
	closedir(folder);
	return status;
}

int path_split(const char *path, char **directory, char **name, struct err *err)
{
	const char *slash = strrchr(path, '/');
	*directory = slash == NULL ? memory_text(".", err)
	                           : memory_format(err, "%.*s", (int)(slash - path) + (slash == path), path);
	*name = memory_text(slash == NULL ? path : slash + 1, err);
	if (*directory != NULL && *name != NULL && **name != 0)
		return 0;
	free(*directory);
	free(*name);
	*directory = *name = NULL;
	return err_set(err, EX_USAGE, "'%s' names no file", path);
}
