/* Writing a file so that its name always holds either the old content or the new, whole and on the disk. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_failed(const struct target *target, const char *action, int number, struct err *err)
{
	return err_set(err, EX_IOERR, "%s%s%s: cannot %s: %s", target->directory, path_gap(target->directory), target->name,
	               action, strerror(number));
}

/* Root may rename a file over /dev/null, and then the whole machine has none. A directory is refused by rename. */
static int device_refuse(const struct target *target, struct err *err)
{
	struct stat old;
	if (fstatat(target->folder, target->name, &old, 0) != 0 || S_ISREG(old.st_mode) || S_ISDIR(old.st_mode))
		return 0;
	return err_set(err, EX_IOERR, "%s%s%s: cannot replace: is not a regular file", target->directory,
	               path_gap(target->directory), target->name);
}

static int temporary_draw(struct target *target, struct err *err)
{
	uint64_t random;
	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return write_failed(target, "draw a temporary name", errno, err);
	int length = snprintf(target->temporary, sizeof target->temporary, ".%s.%016llx.tmp", target->name,
	                      (unsigned long long)random);
	if (length < 0 || (size_t)length >= sizeof target->temporary)
		return write_failed(target, "create", ENAMETOOLONG, err);
	return 0;
}

int temporary_open(struct target *target, struct err *err)
{
	int file = -1;
	target->error = 0;
	for (int attempt = 0; attempt < 16; attempt++) {
		if (temporary_draw(target, err) != 0)
			return -1;
		file = openat(target->folder, target->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
		if (file >= 0 || errno != EEXIST)
			break;
	}
	target->file = file;
	return file < 0 ? write_failed(target, "create", errno, err) : 0;
}

/* Takes the space first, so that a full disk shows before anything is written. */
static void space_reserve(struct target *target, size_t count)
{
	int number;
	do
		number = posix_fallocate(target->file, 0, (off_t)count);
	while (number == EINTR);
	/* Some file systems cannot; EINVAL also stands for a count of 0. */
	if (number != EOPNOTSUPP && number != EINVAL)
		target->error = number;
}

void temporary_put(struct target *target, uint64_t offset, const void *bytes, size_t count)
{
	enum { PIECE = 1 << 30 }; /* the kernel takes no more than 2 GiB at a time */
	const uint8_t *next = bytes;
	while (count > 0 && target->error == 0) {
		ssize_t put = pwrite(target->file, next, count < PIECE ? count : PIECE, (off_t)offset);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			target->error = put < 0 ? errno : ENOSPC;
			return;
		}
		next += put;
		offset += (size_t)put;
		count -= (size_t)put;
	}
}

void temporary_cut(struct target *target, uint64_t size)
{
	while (target->error == 0 && ftruncate(target->file, (off_t)size) < 0)
		target->error = errno == EINTR ? 0 : errno;
}

int temporary_check(const struct target *target, struct err *err)
{
	return target->error == 0 ? 0 : write_failed(target, "write", target->error, err);
}

int temporary_close(struct target *target, int status, bool *lost, struct err *err)
{
	int file = target->file;
	if (file < 0)
		return status;
	target->file = -1;
	if (status == 0)
		status = temporary_check(target, err);
	if (status == 0 && fsync(file) < 0) {
		if (lost != NULL)
			*lost = true;
		status = write_failed(target, "flush", errno, err);
	}
	/* Network file systems report a failed write here. EINTR: the descriptor is closed all the same. */
	if (close(file) < 0 && errno != EINTR)
		status = write_failed(target, "close", errno, err);
	if (status == 0 && renameat(target->folder, target->temporary, target->folder, target->name) < 0)
		status = write_failed(target, "rename", errno, err);
	if (status != 0)
		unlinkat(target->folder, target->temporary, 0);
	return status;
}

/* One attempt at the whole: the temporary file, its content, the rename. */
static int write_once(struct target *target, const void *bytes, size_t count, bool *lost, struct err *err)
{
	if (temporary_open(target, err) != 0)
		return -1;
	space_reserve(target, count);
	temporary_put(target, 0, bytes, count);
	return temporary_close(target, 0, lost, err);
}

int target_open(struct target *target, const char *directory, const char *name, struct err *err)
{
	*target = (struct target){.directory = directory, .name = name, .folder = -1, .file = -1};
	if (name[0] == 0 || strchr(name, '/') != NULL)
		return write_failed(target, "create", EINVAL, err);
	target->folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (target->folder < 0)
		return write_failed(target, "open the directory", errno, err);
	return device_refuse(target, err);
}

int target_close(struct target *target, int status, struct err *err)
{
	/* Until the directory is on the disk the new name is not. EINVAL: a file system that cannot flush directories. */
	if (status == 0 && fsync(target->folder) < 0 && errno != EINVAL)
		status = write_failed(target, "flush the directory", errno, err);
	if (target->folder >= 0)
		close(target->folder);
	target->folder = -1;
	return status;
}

int file_write(const char *directory, const char *name, const void *bytes, size_t count, struct err *err)
{
	struct target target;
	/* After a failed fsync the kernel marks the pages clean: a second fsync of the same file would succeed and mean
	 * nothing. So the content is written once more, to a new file. */
	struct err first = {0}, second = {0};
	bool lost = false;
	int status = target_open(&target, directory, name, &first);
	if (status == 0)
		status = write_once(&target, bytes, count, &lost, &first);
	if (status != 0 && lost)
		status = write_once(&target, bytes, count, &lost, &second);
	if (status != 0)
		err_set(err, EX_IOERR, "%s", second.code != 0 ? second.text : first.text);
	return target_close(&target, status, err);
}

struct file_writer {
	struct target target;
	char *directory, *name; /* what target points to */
};

struct file_writer *file_begin(const char *directory, const char *name, struct err *err)
{
	struct file_writer *w = memory_zeroed(1, sizeof *w, err);
	if (w == NULL)
		return NULL;
	w->target = (struct target){.folder = -1, .file = -1};
	w->directory = memory_text(directory, err);
	w->name = memory_text(name, err);
	if (w->directory != NULL && w->name != NULL && target_open(&w->target, w->directory, w->name, err) == 0 &&
	    temporary_open(&w->target, err) == 0)
		return w;
	file_drop(w);
	return NULL;
}

int file_put(struct file_writer *w, uint64_t offset, const void *bytes, size_t count, struct err *err)
{
	temporary_put(&w->target, offset, bytes, count);
	return temporary_check(&w->target, err);
}

int file_end(struct file_writer *w, int status, struct err *err)
{
	status = temporary_close(&w->target, status, NULL, err);
	return target_close(&w->target, status, err);
}

void file_drop(struct file_writer *w)
{
	struct err ignored = {.code = EX_IOERR};
	if (w == NULL)
		return;
	temporary_close(&w->target, -1, NULL, &ignored);
	target_close(&w->target, -1, &ignored);
	free(w->directory);
	free(w->name);
	free(w);
}

int file_append(const char *directory, const char *name, const void *bytes, size_t count, struct err *err)
{
	struct target target = {.directory = directory, .name = name, .folder = -1, .file = -1};
	char *path = memory_format(err, "%s%s%s", directory, path_gap(directory), name);
	if (path == NULL)
		return -1;
	target.file = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	free(path);
	off_t end = target.file < 0 ? -1 : lseek(target.file, 0, SEEK_END);
	if (end < 0)
		target.error = errno;
	temporary_put(&target, (uint64_t)end, bytes, count);
	/* Half of it would spoil what follows. Nobody is left to tell where even that fails. */
	if (target.error != 0 && end >= 0 && ftruncate(target.file, end) < 0)
		end = -1;
	if (target.file >= 0 && close(target.file) < 0 && errno != EINTR && target.error == 0)
		target.error = errno;
	return temporary_check(&target, err);
}

/* A link under a temporary name, then its name: a reader finds the old one or the new. */
static int link_replace(struct target *target, const char *to, struct err *err)
{
	if (temporary_draw(target, err) != 0)
		return -1;
	if (symlinkat(to, target->folder, target->temporary) < 0)
		return write_failed(target, "make the link", errno, err);
	if (renameat(target->folder, target->temporary, target->folder, target->name) == 0)
		return 0;
	write_failed(target, "rename", errno, err);
	unlinkat(target->folder, target->temporary, 0);
	return -1;
}

int link_write(const char *directory, const char *name, const char *to, struct err *err)
{
	struct target target = {.directory = directory, .name = name, .folder = -1, .file = -1};
	char old[256];
	target.folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (target.folder < 0)
		return write_failed(&target, "open the directory", errno, err);
	ssize_t length = readlinkat(target.folder, name, old, sizeof old);
	if (length == (ssize_t)strlen(to) && memcmp(old, to, (size_t)length) == 0) {
		close(target.folder);
		return 0;
	}
	int status = -1;
	if (length < 0 && errno != ENOENT)
		write_failed(&target, "make the link", errno == EINVAL ? EEXIST : errno, err);
	else
		status = link_replace(&target, to, err);
	if (status != 0 && length >= 0)
		unlinkat(target.folder, name, 0); /* it would lead to what is deleted soon */
	return target_close(&target, status, err);
}
