/* A run's directory: its lock, names of checkpoints, writing and retiring them, the newest good one. */
#include "train.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Between hosts NFS keeps locks of regular files that are open for writing, and no others: so the lock is a file. */
static const char lock_name[] = ".lock";

/* Returns whether `path` still names the open file: the run that held the lock before may just have removed it. */
static bool lock_stands(const char *path, int file)
{
	struct stat held, named;
	return fstat(file, &held) == 0 && stat(path, &named) == 0 && held.st_dev == named.st_dev &&
	       held.st_ino == named.st_ino;
}

/* The lock's file, open; −1 and `err`, or −1 alone where it has just gone. *made: it was not there. */
static int lock_open(const char *path, bool *made, struct err *err)
{
	const int how = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
	int file = open(path, how | O_CREAT | O_EXCL, 0666);
	bool stood = file < 0 && errno == EEXIST;
	*made = file >= 0;
	if (stood)
		file = open(path, how);
	if (file < 0 && !(stood && errno == ENOENT))
		err_set(err, EX_IOERR, "%s: cannot open: %s", path, strerror(errno));
	return file;
}

/* The lock's file, open and locked; −1 and `err`, or −1 alone where it is to be tried again. Where locks cannot be had
 * here, the file may all the same be the lock of a run on another host: only our own goes. */
static int lock_take(const char *directory, const char *path, bool needed, struct err *err)
{
	bool made;
	int file = lock_open(path, &made, err);
	if (file < 0)
		return -1;
	int locked = flock(file, LOCK_EX | LOCK_NB), number = errno;
	if (locked != 0 && number == EWOULDBLOCK) {
		err_set(err, EX_USAGE, "%s: another run is writing there", directory);
	} else if (locked != 0 && needed) {
		if (made)
			unlink(path);
		err_set(err, EX_USAGE, "%s: cannot keep out other tasks, which may write there too (%s): --output names a "
		        "directory for each", path, strerror(number));
	} else if (lock_stands(path, file)) {
		return file;
	}
	close(file);
	return -1;
}

int directory_lock(const char *directory, bool needed, int *lock, struct err *err)
{
	enum { TRIES = 100, SWIFT = 10, PAUSE = 10 * 1000 * 1000 }; /* nanoseconds */
	char *path = memory_format(err, "%s%s%s", directory, path_gap(directory), lock_name);
	*lock = -1;
	for (int i = 0; path != NULL && *lock < 0 && err->code == 0; i++) {
		if (i == TRIES) /* runs that end take less: a file system that shows it under another number, for one */
			err_set(err, EX_IOERR, "%s: cannot be kept: each time it was opened, it was another file by then", path);
		else
			*lock = lock_take(directory, path, needed, err);
		if (*lock < 0 && err->code == 0 && i >= SWIFT)
			nanosleep(&(struct timespec){.tv_nsec = PAUSE}, NULL);
	}
	free(path);
	return *lock >= 0 ? 0 : -1;
}

void directory_unlock(const char *directory, int lock)
{
	struct err err = {0};
	char *path = memory_format(&err, "%s%s%s", directory, path_gap(directory), lock_name);
	/* One that stays is no harm: the lock goes with the descriptor. It is another's where none could be had here. */
	bool others = flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	if (path != NULL && !others && lock_stands(path, lock))
		unlink(path);
	free(path);
	close(lock);
}

void checkpoint_name(uint64_t step, char name[CHECKPOINT_NAME])
{
	snprintf(name, CHECKPOINT_NAME, "checkpoint-%08" PRIu64 ".h5", step);
}

/* Returns whether `name` is exactly what checkpoint_name makes of a step. */
static bool checkpoint_step(const char *name, uint64_t *step)
{
	char canonical[CHECKPOINT_NAME];
	if (sscanf(name, "checkpoint-%" SCNu64, step) != 1)
		return false;
	checkpoint_name(*step, canonical);
	return strcmp(name, canonical) == 0;
}

static int steps_compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

static int steps_append(uint64_t **steps, size_t *count, uint64_t step, struct err *err)
{
	if ((*count & (*count - 1)) == 0) { /* a power of two: full */
		uint64_t *larger = memory_zeroed(*count == 0 ? 1 : 2 * *count, sizeof *larger, err);
		if (larger == NULL)
			return -1;
		if (*count > 0)
			memcpy(larger, *steps, *count * sizeof *larger);
		free(*steps);
		*steps = larger;
	}
	(*steps)[(*count)++] = step;
	return 0;
}

int checkpoint_list(const char *directory, size_t *count, uint64_t **steps, struct err *err)
{
	*count = 0;
	*steps = NULL;
	DIR *dir = opendir(directory);
	if (dir == NULL)
		return errno == ENOENT ? 0 : err_set(err, EX_IOERR, "%s: cannot list: %s", directory, strerror(errno));
	int code = 0;
	while (code == 0) {
		uint64_t step;
		errno = 0;
		struct dirent *entry = readdir(dir);
		if (entry == NULL && errno != 0) /* what cannot be listed must not pass for empty */
			code = err_set(err, EX_IOERR, "%s: cannot list: %s", directory, strerror(errno));
		if (entry == NULL)
			break;
		if (checkpoint_step(entry->d_name, &step))
			code = steps_append(steps, count, step, err);
	}
	closedir(dir);
	if (code != 0) {
		free(*steps);
		*steps = NULL;
		*count = 0;
	}
	if (*count > 1)
		qsort(*steps, *count, sizeof **steps, steps_compare);
	return code;
}

static char *checkpoint_path(const char *directory, uint64_t step, struct err *err)
{
	char name[CHECKPOINT_NAME];
	checkpoint_name(step, name);
	return memory_format(err, "%s%s%s", directory, path_gap(directory), name);
}

int checkpoint_retire(const char *directory, uint64_t step, size_t keep, struct err *err)
{
	size_t count, older = 0;
	uint64_t *steps;
	int code = checkpoint_list(directory, &count, &steps, err);
	while (code == 0 && older < count && steps[older] <= step)
		older++;
	for (size_t i = 0; code == 0 && i + keep < older; i++) {
		char *path = checkpoint_path(directory, steps[i], err);
		if (path == NULL || (unlink(path) != 0 && errno != ENOENT))
			code = err_set(err, EX_IOERR, "%s: cannot delete: %s", path, strerror(errno));
		free(path);
	}
	free(steps);
	return code;
}

int checkpoint_write(const struct model *model, const char *directory, const struct image *image, struct err *err)
{
	char name[CHECKPOINT_NAME];
	checkpoint_name(model->step, name);
	return file_write(directory, name, image->bytes, image->count, err);
}

int checkpoint_newest(const char *directory, void (*skipped)(void *context, const char *text), void *context,
                      struct model **found, struct err *err)
{
	size_t count;
	uint64_t *steps;
	*found = NULL;
	int code = checkpoint_list(directory, &count, &steps, err);
	while (code == 0 && count > 0 && *found == NULL) {
		struct err reason = {0};
		char *path = checkpoint_path(directory, steps[--count], err);
		if (path == NULL) {
			code = -1;
			break;
		}
		bool foreign;
		*found = checkpoint_load(path, &foreign, &reason);
		free(path);
		if (*found == NULL && (foreign || reason.code != EX_DATAERR))
			code = err_set(err, reason.code, "%s", reason.text);
		else if (*found == NULL && skipped != NULL)
			skipped(context, reason.text);
	}
	free(steps);
	return code;
}
