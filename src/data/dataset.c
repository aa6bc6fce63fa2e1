/* Data sets: which reader reads them, their memory. */
#include "input.h"
#include "data.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int (*const reader[])(struct dataset *, const struct data_source *, enum data_part, struct err *) = {
	[DATA_IDX] = idx_read,
	[DATA_CIFAR10] = cifar10_read,
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
	static const struct {
		const char *file;
		enum data_format format;
	} known[] = {{"test_batch.bin", DATA_CIFAR10}, {"test-inputs.npy", DATA_NUMPY}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		char *path = memory_format(&absent, "%s/%s", place, known[i].file);
		bool there = path != NULL && stat(path, &status) == 0;
		free(path);
		if (there)
			return known[i].format;
	}
	return DATA_IDX;
}

static struct task_spec spec_of(const struct data_need *need)
{
	size_t positions = need->rows * need->columns;
	return (struct task_spec){.task = need->task, .count = need->classes, .positions = positions > 0 ? positions : 1};
}

struct dataset dataset_of(const struct data_need *need)
{
	static const enum element elements[TASKS] = {
		[TASK_CLASSES] = ELEMENT_U16, [TASK_VALUES] = ELEMENT_F32, [TASK_LABELS] = ELEMENT_U8,
	};
	const struct task_spec task = spec_of(need);
	return (struct dataset){
		.shape = need->shape, .classes = need->classes,
		.array = {{ELEMENT_U8, shape_size(need->shape), NULL}, {elements[need->task], task_numbers(&task), NULL},
		          {ELEMENT_F32, need->weighted, NULL}},
	};
}

static bool of_arrays(enum data_format format)
{
	return format == DATA_HDF5 || format == DATA_NUMPY;
}

/* The formats of pictures have a class for each. */
static int format_check(const struct data_source *source, const struct data_need *need, struct err *err)
{
	if (source->format == DATA_MEMORY)
		return err_set(err, EX_CONFIG, "the job has no data (data is left out, or says format: memory), which a "
		               "program would hand over: name a data set by data.format and data.directory or data.file");
	if (!of_arrays(source->format) && need->weighted)
		return err_set(err, EX_CONFIG, "%s: IDX and CIFAR-10 files have no weights: write data: {format: hdf5} or "
		               "{format: numpy}", source->place);
	if (!of_arrays(source->format) && (need->task != TASK_CLASSES || need->rows > 0))
		return err_set(err, EX_CONFIG, "%s: IDX and CIFAR-10 files have a class for each image; for %s%s write data: "
		               "{format: hdf5} or {format: numpy}", source->place, task_name(need->task),
		               need->rows > 0 ? " at each position" : "");
	return 0;
}

int dataset_read(struct dataset *out, const struct data_source *source, enum data_part part,
                 const struct data_need *need, struct err *err)
{
	const struct shape shape = need->shape;
	*out = dataset_of(need);
	if (format_check(source, need, err) != 0)
		return -1;
	size_t each;
	if (!size_multiply(shape.maps, shape.rows, &each) || !size_multiply(each, shape.columns, &each) || each == 0 ||
	    each > INPUT_LARGEST)
		return err_set(err, EX_DATAERR, "%s: no image has %zu×%zu×%zu pixels; an image has 1 pixel to 64 GiB",
		               source->place, shape.maps, shape.rows, shape.columns);
	bool arrays = of_arrays(source->format);
	if ((source->format == DATA_HDF5 || directory_check(source->place, err) == 0) &&
	    (arrays ? arrays_read(out, source, need, part, err) : reader[source->format](out, source, part, err)) == 0)
		return 0;
	dataset_free(out);
	return -1;
}

void dataset_free(struct dataset *set)
{
	if (set == NULL)
		return;
	if (!set->borrowed) {
		for (size_t a = 0; a < DATA_ARRAYS; a++)
			free(set->array[a].bytes);
		free((void *)set->number);
	}
	class_names_free(&set->names);
	*set = (struct dataset){0};
}

int dataset_allocate(struct dataset *set, size_t count, struct err *err)
{
	set->count = count;
	for (size_t a = 0; a < DATA_ARRAYS; a++) {
		struct data_array *array = &set->array[a];
		if (array->each == 0)
			continue;
		array->bytes = memory_zeroed(count, array_bytes(array, 1), err);
		if (array->bytes == NULL)
			return -1;
	}
	return 0;
}

bool dataset_has_classes(const struct dataset *set)
{
	return set->array[DATA_TARGETS].element == ELEMENT_U16 && set->array[DATA_TARGETS].each == 1;
}

void dataset_tally(const struct dataset *set, size_t sample, size_t *count)
{
	const struct data_array *targets = &set->array[DATA_TARGETS];
	const uint8_t *at = array_sample(targets, sample);
	for (size_t i = 0; i < targets->each; i++)
		if (targets->element == ELEMENT_U16)
			count[((const uint16_t *)(const void *)at)[i]]++;
		else if (targets->element == ELEMENT_U8)
			count[2 * i + at[i]]++;
}

uint16_t *dataset_classes(const struct dataset *set)
{
	return (uint16_t *)(void *)set->array[DATA_TARGETS].bytes;
}

size_t dataset_class(const struct dataset *set, size_t sample)
{
	return dataset_classes(set)[sample];
}

/* In ascending order: a class of two bytes never reaches a byte behind it that has not been read. */
void classes_put(struct dataset *set, size_t first, size_t count, const uint8_t *bytes)
{
	uint16_t *class = dataset_classes(set) + first;
	for (size_t n = 0; n < count; n++)
		class[n] = bytes[n];
}

int class_check(const struct dataset *set, const char *path, size_t sample, size_t class, struct err *err)
{
	if (class < set->classes && (set->names.count == 0 || class < set->names.count))
		return 0;
	if (class < set->classes)
		return err_set(err, EX_DATAERR, "%s: label %zu of sample %zu has no name in /classes, which has %zu", path,
		               class, sample, set->names.count);
	return err_set(err, EX_DATAERR, "%s: label %zu of sample %zu is not below classes: %zu", path, class, sample,
	               set->classes);
}
