/* Preloaded into convoy: writes down, with their data, the calls that change FAULT_DIRECTORY or flush it, and what is
 * said on standard output. FAULT_JOURNAL is the file, which runs one after the other may share; see journal.h. */
#define _GNU_SOURCE
#include "journal.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILES = 1024 };

static char *path_of[FILES]; /* by descriptor, of those inside */
static int journal = -1;

__attribute__((constructor)) static void journal_open(void)
{
	const char *path = getenv("FAULT_JOURNAL");
	if (path != NULL)
		journal = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void note(enum event_kind kind, const char *path, const char *other, int64_t at, const void *bytes, size_t count)
{
	struct event event = {.kind = (int32_t)kind, .at = at, .count = count};
	int saved = errno;
	snprintf(event.path, sizeof event.path, "%s", path);
	snprintf(event.other, sizeof event.other, "%s", other);
	if (syscall(SYS_write, journal, &event, sizeof event) != sizeof event ||
	    (bytes != NULL && syscall(SYS_write, journal, bytes, count) != (long)count))
		_exit(1);
	errno = saved;
}

/* The whole path, where it is inside; otherwise NULL. */
static const char *inside(int folder, const char *path, char whole[EVENT_PATH])
{
	const char *directory = getenv("FAULT_DIRECTORY");
	if (journal < 0 || directory == NULL)
		return NULL;
	if (path[0] != '/' && (folder < 0 || folder >= FILES || path_of[folder] == NULL))
		return NULL;
	snprintf(whole, EVENT_PATH, "%s%s%s", path[0] == '/' ? "" : path_of[folder], path[0] == '/' ? "" : "/", path);
	return strncmp(whole, directory, strlen(directory)) == 0 ? whole : NULL;
}

static const char *path_inside(int file)
{
	return journal >= 0 && file >= 0 && file < FILES ? path_of[file] : NULL;
}

static int opened(int file, const char *path, bool made)
{
	if (file < 0 || file >= FILES || path == NULL)
		return file;
	free(path_of[file]);
	path_of[file] = strdup(path);
	if (made)
		note(MAKE, path, "", 0, NULL, 0);
	return file;
}

static int open_both(int folder, const char *path, int flags, mode_t mode)
{
	char whole[EVENT_PATH];
	const char *in = inside(folder, path, whole);
	bool made = in != NULL && (flags & O_CREAT) != 0 && syscall(SYS_faccessat, folder, path, F_OK) != 0;
	return opened((int)syscall(SYS_openat, folder, path, flags, mode), in, made);
}

static mode_t mode_of(int flags, va_list list)
{
	return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
	va_list list;
	va_start(list, flags);
	mode_t mode = mode_of(flags, list);
	va_end(list);
	return open_both(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
	va_list list;
	va_start(list, flags);
	mode_t mode = mode_of(flags, list);
	va_end(list);
	return open_both(folder, path, flags, mode);
}

int close(int file)
{
	if (path_inside(file) != NULL) {
		free(path_of[file]);
		path_of[file] = NULL;
	}
	return REAL(close)(file);
}

ssize_t write(int file, const void *bytes, size_t count)
{
	ssize_t put = REAL(write)(file, bytes, count);
	const char *path = path_inside(file);
	if (put > 0 && path != NULL)
		note(WRITE, path, "", syscall(SYS_lseek, file, 0, SEEK_CUR) - put, bytes, (size_t)put);
	return put;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at)
{
	ssize_t put = REAL(pwrite)(file, bytes, count, at);
	const char *path = path_inside(file);
	if (put > 0 && path != NULL)
		note(WRITE, path, "", at, bytes, (size_t)put);
	return put;
}

/* The library writes what was printed by ways of its own. */
int fflush(FILE *file)
{
	if (journal >= 0 && file == stdout)
		note(SAY, "", "", 0, file->_IO_write_base, (size_t)(file->_IO_write_ptr - file->_IO_write_base));
	return REAL(fflush)(file);
}

int fsync(int file)
{
	int code = REAL(fsync)(file);
	const char *path = path_inside(file);
	if (code == 0 && path != NULL)
		note(FLUSH, path, "", 0, NULL, 0);
	return code;
}

int posix_fallocate(int file, off_t offset, off_t count)
{
	int code = REAL(posix_fallocate)(file, offset, count);
	const char *path = path_inside(file);
	if (code == 0 && path != NULL)
		note(LENGTH, path, "", offset + count, NULL, 0);
	return code;
}

int ftruncate(int file, off_t count)
{
	int code = REAL(ftruncate)(file, count);
	const char *path = path_inside(file);
	if (code == 0 && path != NULL)
		note(LENGTH, path, "", count, NULL, 0);
	return code;
}

int mkdir(const char *path, mode_t mode)
{
	char whole[EVENT_PATH];
	int code = REAL(mkdir)(path, mode);
	if (code == 0 && inside(AT_FDCWD, path, whole) != NULL)
		note(FOLDER, whole, "", 0, NULL, 0);
	return code;
}

int renameat(int from, const char *old, int to, const char *new)
{
	char whole[EVENT_PATH], other[EVENT_PATH];
	int code = REAL(renameat)(from, old, to, new);
	if (code == 0 && inside(from, old, whole) != NULL && inside(to, new, other) != NULL)
		note(RENAME, whole, other, 0, NULL, 0);
	return code;
}

int symlinkat(const char *to, int folder, const char *path)
{
	char whole[EVENT_PATH];
	int code = REAL(symlinkat)(to, folder, path);
	if (code == 0 && inside(folder, path, whole) != NULL)
		note(LINK, whole, to, 0, NULL, 0);
	return code;
}

int unlink(const char *path)
{
	char whole[EVENT_PATH];
	int code = REAL(unlink)(path);
	if (code == 0 && inside(AT_FDCWD, path, whole) != NULL)
		note(REMOVE, whole, "", 0, NULL, 0);
	return code;
}

int unlinkat(int folder, const char *path, int flags)
{
	char whole[EVENT_PATH];
	int code = REAL(unlinkat)(folder, path, flags);
	if (code == 0 && inside(folder, path, whole) != NULL)
		note(REMOVE, whole, "", 0, NULL, 0);
	return code;
}
