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
#include <unistd.h>

/* Between hosts NFS keeps locks of regular files that are open for writing, and no others: so the lock is a file. */
static const char lock_name[] = ".lock";

/* Whether the name still stands for the open file: whoever held it before may just have taken it away. */
static bool lock_stands(const char *path, int file)
{
	struct stat held, named;
	return fstat(file, &held) == 0 && stat(path, &named) == 0 && held.st_dev == named.st_dev &&
	       held.st_ino == named.st_ino;
}

/* The lock's file, open and locked; -1 and `err`, or -1 alone where it is to be tried again. */
static int lock_take(const char *directory, const char *path, bool needed, struct err *err)
{
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (file < 0)
		return err_set(err, EX_IOERR, "%s: cannot open: %s", path, strerror(errno));
	int locked = flock(file, LOCK_EX | LOCK_NB), number = errno;
	if (locked != 0 && number == EWOULDBLOCK) {
		err_set(err, EX_USAGE, "%s: another run is writing there", directory);
	} else if (locked != 0 && needed) {
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
	char *path = memory_format(err, "%s%s%s", directory, path_gap(directory), lock_name);
	*lock = -1;
	while (path != NULL && *lock < 0 && err->code == 0)
		*lock = lock_take(directory, path, needed, err);
	free(path);
	return *lock >= 0 ? 0 : -1;
}

void directory_unlock(const char *directory, int lock)
{
	struct err err = {0};
	char *path = memory_format(&err, "%s%s%s", directory, path_gap(directory), lock_name);
	if (path != NULL)
		unlink(path); /* one that stays is no harm: the lock goes with the descriptor */
	free(path);
	close(lock);
}

void checkpoint_name(uint64_t step, char name[CHECKPOINT_NAME])
{
	snprintf(name, CHECKPOINT_NAME, "checkpoint-%08" PRIu64 ".h5", step);
}

/* Whether `name` is exactly what checkpoint_name makes of a step. */
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
