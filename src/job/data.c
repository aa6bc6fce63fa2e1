/* What the key `data` says: where the data are, and what they must be. */
#include "job.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((int)DATA_TRAIN == (int)SAMPLE_TRAIN && (int)DATA_TEST == (int)SAMPLE_TEST, "the same numbers");
static const char *const parts[DATA_PARTS] = {[DATA_TRAIN] = "train", [DATA_TEST] = "test"};

/* Whether a run does without a test set in the data: it has a share of the training set, or what validation says. */
static bool other_test(const struct job *job)
{
	return job->data.share > 0 || job->data.validation > 0;
}

/* The files of parts, each of which is data.file if it is not given. */
static int files_check(struct job *job, const struct tree *tree, struct err *err)
{
	char key[32];
	for (size_t p = 0; p < DATA_PARTS; p++) {
		char **file = &job->data.part[p].file;
		snprintf(key, sizeof key, "data.%s.file", parts[p]);
		if (*file != NULL && job->data.format != DATA_HDF5)
			return tree_error(tree, tree_find(tree, key), err, "%s needs format: hdf5; of NumPy each array is a file, "
			                  "data.%s.inputs", key, parts[p]);
		if (*file == NULL && job->data.file == NULL && p == DATA_TEST && other_test(job))
			continue;
		if (*file == NULL && job->data.file == NULL)
			return tree_error(tree, tree_find(tree, "data"), err, "data lacks the key 'file', or %s", key);
		if (*file == NULL && (*file = memory_text(job->data.file, err)) == NULL)
			return -1;
	}
	free(job->data.file);
	job->data.file = NULL;
	if (job->data.directory == NULL)
		job->data.directory = memory_text(".", err);
	return job->data.directory != NULL ? 0 : -1;
}

/* A directory of files, or one file. Both end in data.directory. */
static int place_check(struct job *job, const struct tree *tree, struct err *err)
{
	bool one = job->data.format == DATA_HDF5, none = job->data.format == DATA_MEMORY;
	const char *needed = one ? "file" : "directory", *other = one ? "data.directory" : "data.file";
	if (none && (job->data.directory != NULL || job->data.file != NULL || other_test(job)))
		return tree_error(tree, tree_find(tree, "data"), err, "with format: memory a program holds the data: "
		                  "directory, file, validation and test are not allowed");
	if (!one && job->data.format != DATA_NUMPY && job->data.memory > 0)
		return tree_error(tree, tree_find(tree, "data.memory"), err, "data.memory needs format: hdf5 or numpy");
	if (job->data.part[DATA_TRAIN].file != NULL || job->data.part[DATA_TEST].file != NULL)
		return files_check(job, tree, err);
	if ((one ? job->data.directory : job->data.file) != NULL)
		return tree_error(tree, tree_find(tree, other), err, "%s is not for this data.format, which has data.%s",
		                  other, needed);
	if (one) {
		job->data.directory = job->data.file;
		job->data.file = NULL;
	}
	if (job->data.directory == NULL && !none)
		return tree_error(tree, tree_find(tree, "data"), err, "data lacks the key '%s'", needed);
	return 0;
}

/* The place of an array, as it is given for the part, or by its name; NULL: the usual one. In HDF5 a whole path, or a
 * name below the part; of NumPy a file, seen from the directory. */
static int path_find(const struct tree *tree, bool numpy, enum data_part part, const char *key, const char *name,
                     char **path, struct err *err)
{
	char of_all[32], of_part[32];
	snprintf(of_all, sizeof of_all, "data.%s", key);
	snprintf(of_part, sizeof of_part, "data.%s.%s", parts[part], key);
	if (name != NULL && strchr(name, '/') != NULL)
		return tree_error(tree, tree_find(tree, of_all), err, numpy
		                  ? "%s is the NAME in train-NAME.npy and test-NAME.npy, without a /; whole names go into "
		                    "data.train.%s and data.test.%s"
		                  : "%s is a name below /train and /test, without a /; "
		                    "whole paths go into data.train.%s and data.test.%s", of_all, key, key);
	if (!numpy && *path != NULL && **path != '/')
		return tree_error(tree, tree_find(tree, of_part), err, "%s is a whole path in the file, which begins with a /",
		                  of_part);
	if (*path == NULL && name != NULL)
		*path = numpy ? memory_format(err, "%s-%s.npy", parts[part], name)
		              : memory_format(err, "/%s/%s", parts[part], name);
	return *path == NULL && name != NULL ? -1 : 0;
}

static int paths_check(struct job *job, const struct tree *tree, struct err *err)
{
	static const char *const keys[] = {
		"data.inputs", "data.targets", "data.weights", "data.train", "data.test", "data.layout", "data.missing",
	};
	bool named = job->data.format == DATA_HDF5 || job->data.format == DATA_NUMPY;
	for (size_t i = 0; !named && i < sizeof keys / sizeof *keys; i++)
		if (tree_find(tree, keys[i]) != NULL && (strcmp(keys[i], "data.test") != 0 || job->data.share == 0))
			return tree_error(tree, tree_find(tree, keys[i]), err, "%s needs format: hdf5 or numpy", keys[i]);
	for (size_t p = 0; p < DATA_PARTS; p++) {
		enum data_part part = (enum data_part)p;
		bool numpy = job->data.format == DATA_NUMPY;
		if (path_find(tree, numpy, part, "inputs", job->data.inputs, &job->data.part[p].inputs, err) != 0 ||
		    path_find(tree, numpy, part, "targets", job->data.targets, &job->data.part[p].targets, err) != 0 ||
		    path_find(tree, numpy, part, "weights", job->data.weights, &job->data.part[p].weights, err) != 0)
			return -1;
	}
	if (job->data.share > 0 || (other_test(job) && !job->data.tested && job->data.part[DATA_TEST].weights == NULL))
		return 0; /* there may be no test set to weigh */
	if ((job->data.part[DATA_TRAIN].weights == NULL) != (job->data.part[DATA_TEST].weights == NULL))
		return tree_error(tree, tree_find(tree, "data"), err, "data.train and data.test: both have weights, or none "
		                  "has");
	return 0;
}

/* The inputs' own normalization. */
static int units_check(const struct job *job, const struct tree *tree, const char *key, const struct reals *reals,
                       struct err *err)
{
	if (reals->count == 0)
		return 0;
	if (job->data.normalize != NORMALIZE_NONE)
		return tree_error(tree, tree_find(tree, key), err, "%s needs data.normalize: none; the other words measure "
		                  "the inputs, and so undo it", key);
	for (size_t i = 0; i < reals->count; i++)
		if (reals->entry[i].numbers != 1)
			return tree_error(tree, tree_find(tree, key), err, "%s[%zu] must be one number", key, i);
	if (reals->count != 1 && reals->count != job->input.maps)
		return tree_error(tree, tree_find(tree, key), err, "%s has %zu numbers, there must be 1, or one for each of "
		                  "input.maps: %zu", key, reals->count, job->input.maps);
	return 0;
}

int data_check(struct job *job, const struct tree *tree, struct err *err)
{
	const struct job_part *test = &job->data.part[DATA_TEST];
	job->data.tested = test->inputs != NULL || test->targets != NULL || test->weights != NULL || test->file != NULL;
	if (job->data.share > 0 && job->data.tested)
		return tree_error(tree, tree_find(tree, "data.test"), err, "data.test: with a share of the training samples "
		                  "there is no other test set: leave out the share or the other keys");
	if (units_check(job, tree, "data.scale", &job->data.scale, err) != 0 ||
	    units_check(job, tree, "data.offset", &job->data.offset, err) != 0)
		return -1;
	return place_check(job, tree, err) != 0 ? -1 : paths_check(job, tree, err);
}

struct split job_split(const struct job *job)
{
	return (struct split){job->train.seed, job->data.share, job->data.validation};
}

struct sample_request job_request(const struct job *job, enum data_format format)
{
	static const struct sample_request of_numbers = {
		.path = {[SAMPLE_TRAIN] = {"/train/inputs", "/train/targets"},
		         [SAMPLE_TEST] = {"/test/inputs", "/test/targets"}},
	};
	bool numpy = format == DATA_NUMPY, classes = job->output.task == TASK_CLASSES;
	struct sample_request request = numpy || classes ? *request_usual(format) : of_numbers;
	for (size_t p = 0; p < DATA_PARTS; p++) {
		if (job->data.part[p].inputs != NULL)
			request.path[p][SAMPLE_INPUTS] = job->data.part[p].inputs;
		if (job->data.part[p].targets != NULL)
			request.path[p][SAMPLE_TARGETS] = job->data.part[p].targets;
		request.path[p][SAMPLE_WEIGHTS] = job->data.part[p].weights;
	}
	request.may_miss[SAMPLE_TEST] = other_test(job) && !job->data.tested;
	request.advises = true;
	return request;
}

struct data_source job_source(const struct job *job, enum data_format format, const char *place,
                              const struct sample_request *request)
{
	bool skip = job->data.missing == MISSING_SKIP;
	struct data_source source = {.format = format, .place = place, .request = request, .skip = skip};
	for (size_t p = 0; p < DATA_PARTS; p++)
		source.file[p] = job->data.part[p].file;
	return source;
}
