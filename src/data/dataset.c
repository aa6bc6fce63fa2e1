/* Data sets: which reader reads them, their memory. */
#include "input.h"
#include "data.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int (*const reader[])(struct dataset *, const char *, enum data_part, size_t, struct err *) = {
	[DATA_IDX] = idx_read,
	[DATA_CIFAR10] = cifar10_read,
	[DATA_HDF5] = hdf5_read,
};

/* A missing directory is told apart from a missing file. */
static int directory_check(const char *directory, struct err *err)
{
	struct stat status;
	if (stat(directory, &status) != 0)
		return err_set(err, EX_NOINPUT, "%s: %s", directory, errno == ENOENT ? "no such directory" : strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return err_set(err, EX_NOINPUT, "%s: not a directory", directory);
	return 0;
}

enum data_format dataset_format(const char *place)
{
	struct stat status;
	struct err absent = {0};
	if (stat(place, &status) != 0 || !S_ISDIR(status.st_mode))
		return DATA_HDF5;
	char *records = memory_format(&absent, "%s/test_batch.bin", place);
	bool cifar10 = records != NULL && stat(records, &status) == 0;
	free(records);
	return cifar10 ? DATA_CIFAR10 : DATA_IDX;
}

int dataset_read(struct dataset *out, enum data_format format, const char *directory, enum data_part part,
                 struct shape shape, size_t classes, struct err *err)
{
	*out = (struct dataset){.shape = shape, .classes = classes};
	if (format == DATA_MEMORY)
		return err_set(err, EX_CONFIG, "the job has no data (data is left out, or says format: memory), which a "
		               "program would hand over: name a data set by data.format and data.directory or data.file");
	size_t each;
	if (!size_multiply(shape.maps, shape.rows, &each) || !size_multiply(each, shape.columns, &each) || each == 0 ||
	    each > INPUT_LARGEST)
		return err_set(err, EX_DATAERR, "%s: no image has %zu×%zu×%zu pixels; an image has 1 pixel to 64 GiB",
		               directory, shape.maps, shape.rows, shape.columns);
	if ((format == DATA_HDF5 || directory_check(directory, err) == 0) &&
	    reader[format](out, directory, part, each, err) == 0)
		return 0;
	dataset_free(out);
	return -1;
}

void dataset_free(struct dataset *set)
{
	if (set == NULL)
		return;
	if (!set->borrowed) {
		free(set->pixels);
		free(set->labels);
		free((void *)set->number);
	}
	class_names_free(&set->names);
	*set = (struct dataset){0};
}

int dataset_allocate(struct dataset *set, size_t count, size_t each, struct err *err)
{
	set->count = count;
	set->pixels = memory_zeroed(count, each, err);
	if (set->pixels == NULL)
		return -1;
	set->labels = memory_zeroed(count, 1, err);
	return set->labels == NULL ? -1 : 0;
}

int label_check(const struct dataset *set, const char *path, size_t sample, uint8_t label, struct err *err)
{
	if (label < set->classes && (set->names.count == 0 || label < set->names.count))
		return 0;
	if (label < set->classes)
		return err_set(err, EX_DATAERR, "%s: label %u of sample %zu has no name in /classes, which has %zu", path,
		               (unsigned)label, sample, set->names.count);
	return err_set(err, EX_DATAERR, "%s: label %u of sample %zu is not below classes: %zu", path, (unsigned)label,
	               sample, set->classes);
}
