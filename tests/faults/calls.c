/* Preloaded into convoy: numbers the calls that touch FAULT_DIRECTORY or a file in it, and makes one of them fail.
 *
 *   FAULT_DIRECTORY  the directory, as convoy gets to know it
 *   FAULT_OUTPUT     set: the closing of standard output counts too (what stdio writes does not come by here)
 *   FAULT_LOG        a file for a line per call: number, function, name
 *   FAULT_AT         number of the call that fails (from 1)
 *   FAULT_KIND       kill: SIGKILL before the call; torn: SIGKILL when half of a write is done; short: half of a read or
 *                    write; otherwise the name of an error, e.g. ENOSPC
 *   FAULT_ON         set: all calls from FAULT_AT on fail that way */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { KILL = -1, TORN = -2, SHORT = -3, FILES = 4096 };

static struct {
	const char *directory;
	size_t length;
	long at, count;
	int kind;
	bool on;
	int log;
} fault = {.log = -1};

static bool inside[FILES], listed[FILES]; /* by descriptor; listed: its first names have been read */

static const struct {
	const char *name;
	int kind;
} kinds[] = {{"kill", KILL}, {"torn", TORN}, {"short", SHORT}, {"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EDQUOT", EDQUOT},
             {"EROFS", EROFS}, {"EINTR", EINTR}, {"EMFILE", EMFILE}};

__attribute__((constructor)) static void fault_open(void)
{
	const char *log = getenv("FAULT_LOG"), *at = getenv("FAULT_AT"), *kind = getenv("FAULT_KIND");
	fault.directory = getenv("FAULT_DIRECTORY");
	if (fault.directory == NULL)
		return;
	fault.length = strlen(fault.directory);
	fault.at = at != NULL ? atol(at) : 0;
	fault.on = getenv("FAULT_ON") != NULL;
	inside[STDOUT_FILENO] = getenv("FAULT_OUTPUT") != NULL;
	for (size_t k = 0; kind != NULL && k < sizeof kinds / sizeof *kinds; k++)
		if (strcmp(kind, kinds[k].name) == 0)
			fault.kind = kinds[k].kind;
	if (log != NULL)
		fault.log = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static bool file_inside(int file)
{
	return file >= 0 && file < FILES && inside[file];
}

static bool path_inside(int folder, const char *path)
{
	if (fault.directory == NULL)
		return false;
	if (path[0] != '/')
		return file_inside(folder);
	return strncmp(path, fault.directory, fault.length) == 0 &&
	       (path[fault.length] == '/' || path[fault.length] == 0);
}

static int note(int file, bool yes)
{
	if (file >= 0 && file < FILES) {
		inside[file] = yes;
		listed[file] = false;
	}
	return file;
}

/* Numbers a call. 0: let it be; a number of an error; or TORN, SHORT. */
static int strike(const char *function, const char *name)
{
	char line[512];
	long number = ++fault.count;
	int length = snprintf(line, sizeof line, "%ld %s %s\n", number, function, name);
	if (fault.log >= 0)
		syscall(SYS_write, fault.log, line, (size_t)length);
	if (fault.at == 0 || (fault.on ? number < fault.at : number != fault.at))
		return 0;
	if (fault.kind == KILL)
		kill(getpid(), SIGKILL);
	return fault.kind;
}

/* The function that this one stands before. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Where a call is to fail, returns with `failure`. Only errors: what is torn or short is up to read and write. */
#define STRIKE(condition, function, name, failure)                                                                     \
	do {                                                                                                               \
		int kind_ = (condition) ? strike(function, name) : 0;                                                          \
		if (kind_ > 0) {                                                                                               \
			errno = kind_;                                                                                             \
			return failure;                                                                                            \
		}                                                                                                              \
	} while (0)

static mode_t mode_of(int flags, va_list list)
{
	return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
}

/* open and its kin, which the headers may turn into one another. */
#define OPEN(name)                                                                                                     \
	int name(const char *path, int flags, ...)                                                                         \
	{                                                                                                                  \
		va_list list;                                                                                                  \
		va_start(list, flags);                                                                                         \
		mode_t mode = mode_of(flags, list);                                                                            \
		va_end(list);                                                                                                  \
		bool in = path_inside(AT_FDCWD, path);                                                                         \
		STRIKE(in, "open", path, -1);                                                                                  \
		return note(REAL(name)(path, flags, mode), in);                                                                \
	}
#define OPENAT(name)                                                                                                   \
	int name(int folder, const char *path, int flags, ...)                                                             \
	{                                                                                                                  \
		va_list list;                                                                                                  \
		va_start(list, flags);                                                                                         \
		mode_t mode = mode_of(flags, list);                                                                            \
		va_end(list);                                                                                                  \
		bool in = path_inside(folder, path);                                                                           \
		STRIKE(in, "open", path, -1);                                                                                  \
		return note(REAL(name)(folder, path, flags, mode), in);                                                        \
	}
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int close(int file)
{
	bool in = file_inside(file);
	int kind = in ? strike("close", "") : 0;
	note(file, false);
	int code = REAL(close)(file);
	if (kind <= 0)
		return code;
	errno = kind; /* closed all the same, as the kernel does it */
	return -1;
}

/* write and read, and their kin that say where. */
#define MOVE(name, called, parameters, arguments)                                                                      \
	ssize_t name parameters                                                                                            \
	{                                                                                                                  \
		int kind = file_inside(file) ? strike(called, "") : 0;                                                         \
		if (kind > 0) {                                                                                                \
			errno = kind;                                                                                              \
			return -1;                                                                                                 \
		}                                                                                                              \
		count = kind != 0 && count > 1 ? count / 2 : count;                                                            \
		ssize_t moved = REAL(name) arguments;                                                                          \
		if (kind == TORN)                                                                                              \
			kill(getpid(), SIGKILL);                                                                                   \
		return moved;                                                                                                  \
	}
MOVE(write, "write", (int file, const void *bytes, size_t count), (file, bytes, count))
MOVE(pwrite, "write", (int file, const void *bytes, size_t count, off_t at), (file, bytes, count, at))
MOVE(pwrite64, "write", (int file, const void *bytes, size_t count, off64_t at), (file, bytes, count, at))
MOVE(read, "read", (int file, void *bytes, size_t count), (file, bytes, count))
MOVE(pread, "read", (int file, void *bytes, size_t count, off_t at), (file, bytes, count, at))
MOVE(pread64, "read", (int file, void *bytes, size_t count, off64_t at), (file, bytes, count, at))

int fsync(int file)
{
	STRIKE(file_inside(file), "fsync", "", -1);
	return REAL(fsync)(file);
}

int posix_fallocate(int file, off_t offset, off_t count)
{
	int kind = file_inside(file) ? strike("fallocate", "") : 0;
	return kind > 0 ? kind : REAL(posix_fallocate)(file, offset, count);
}

off_t lseek(int file, off_t offset, int from)
{
	STRIKE(file_inside(file), "lseek", "", -1);
	return REAL(lseek)(file, offset, from);
}

int ftruncate(int file, off_t count)
{
	STRIKE(file_inside(file), "ftruncate", "", -1);
	return REAL(ftruncate)(file, count);
}

int flock(int file, int operation)
{
	STRIKE(file_inside(file), "flock", "", -1);
	return REAL(flock)(file, operation);
}

int mkdir(const char *path, mode_t mode)
{
	STRIKE(path_inside(AT_FDCWD, path), "mkdir", path, -1);
	return REAL(mkdir)(path, mode);
}

int access(const char *path, int mode)
{
	STRIKE(path_inside(AT_FDCWD, path), "access", path, -1);
	return REAL(access)(path, mode);
}

int stat(const char *restrict path, struct stat *restrict info)
{
	STRIKE(path_inside(AT_FDCWD, path), "stat", path, -1);
	return REAL(stat)(path, info);
}

int fstat(int file, struct stat *info)
{
	STRIKE(file_inside(file), "stat", "", -1);
	return REAL(fstat)(file, info);
}

int fstatat(int folder, const char *restrict path, struct stat *restrict info, int flags)
{
	STRIKE(path_inside(folder, path), "stat", path, -1);
	return REAL(fstatat)(folder, path, info, flags);
}

int renameat(int from, const char *old, int to, const char *new)
{
	STRIKE(path_inside(to, new), "rename", new, -1);
	return REAL(renameat)(from, old, to, new);
}

int symlinkat(const char *to, int folder, const char *path)
{
	STRIKE(path_inside(folder, path), "symlink", path, -1);
	return REAL(symlinkat)(to, folder, path);
}

ssize_t readlinkat(int folder, const char *restrict path, char *restrict to, size_t room)
{
	STRIKE(path_inside(folder, path), "readlink", path, -1);
	return REAL(readlinkat)(folder, path, to, room);
}

int unlink(const char *path)
{
	STRIKE(path_inside(AT_FDCWD, path), "unlink", path, -1);
	return REAL(unlink)(path);
}

int unlinkat(int folder, const char *path, int flags)
{
	STRIKE(path_inside(folder, path), "unlink", path, -1);
	return REAL(unlinkat)(folder, path, flags);
}

DIR *opendir(const char *path)
{
	bool in = path_inside(AT_FDCWD, path);
	STRIKE(in, "open", path, NULL);
	DIR *folder = REAL(opendir)(path);
	if (folder != NULL)
		note(dirfd(folder), in);
	return folder;
}

/* Many names come of one system call: the first one is counted, and the last, which finds no more. */
struct dirent *readdir(DIR *folder)
{
	int file = dirfd(folder);
	if (!file_inside(file))
		return REAL(readdir)(folder);
	if (!listed[file]) {
		listed[file] = true;
		STRIKE(true, "getdents", "", NULL);
	}
	struct dirent *entry = REAL(readdir)(folder);
	STRIKE(entry == NULL, "getdents", "", NULL);
	return entry;
}

int closedir(DIR *folder)
{
	bool in = file_inside(dirfd(folder));
	note(dirfd(folder), false);
	int code = REAL(closedir)(folder);
	STRIKE(in, "close", "", -1);
	return code;
}
