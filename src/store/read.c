/* Reading whole regular files. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int regular_open(const char *path, size_t *size, struct err *err)
{
	/* A link is followed: what it leads to is looked at once it is open, and is no other by then. O_NONBLOCK: opening a
	 * pipe must not wait for its writer. It means nothing to a regular file. */
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0) {
		bool missing = errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP;
		return err_set(err, missing ? EX_NOINPUT : EX_IOERR, "%s: cannot open: %s", path, strerror(errno));
	}
	struct stat info;
	if (fstat(file, &info) < 0)
		err_set(err, EX_IOERR, "%s: cannot read: %s", path, strerror(errno));
	else if (!S_ISREG(info.st_mode))
		err_set(err, EX_DATAERR, "%s: is not a regular file", path);
	else {
		*size = (size_t)info.st_size;
		return file;
	}
	close(file);
	return -1;
}

int regular_read(int file, const char *path, void *bytes, size_t count, struct err *err)
{
	enum { PIECE = 1 << 30 }; /* the kernel takes no more than 2 GiB at a time */
	uint8_t *next = bytes;
	while (count > 0) {
		ssize_t got = read(file, next, count < PIECE ? count : PIECE);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, EX_IOERR, "%s: cannot read: %s", path, strerror(errno));
		if (got == 0)
			return err_set(err, EX_IOERR, "%s: became shorter while it was read", path);
		next += got;
		count -= (size_t)got;
	}
	return 0;
}

int file_read(const char *path, size_t limit, uint8_t **bytes, size_t *count, struct err *err)
{
	int status = -1;
	size_t size = 0;
	uint8_t *content = NULL;
	int file = regular_open(path, &size, err);
	if (file < 0)
		return -1;
	if (size > limit) {
		err_set(err, EX_DATAERR, "%s: has %zu bytes, more than the limit of %zu", path, size, limit);
		goto out;
	}
	content = memory_zeroed(size + 1, 1, err);
	if (content == NULL || regular_read(file, path, content, size, err) != 0)
		goto out;
	*bytes = content;
	*count = size;
	content = NULL;
	status = 0;
out:
	free(content);
	close(file);
	return status;
}
