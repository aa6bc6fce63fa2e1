/* A test set for a model from a checkpoint: converts its classes to the model's, and finds out if it is the run's. */
#include <convoy/model.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How the file's classes were taken for the model's. */
enum matching { BY_NUMBER, BY_NAME, UNNAMED };

/* Returns whether the model's names are those of the file, class by class, as far as that has names. */
static bool names_same(const struct class_names *file, const struct class_names *own)
{
	return class_names_differ(file, own) == file->count;
}

static bool name_stands(const struct class_names *names, const char *name)
{
	for (size_t k = 0; k < names->count; k++)
		if (strcmp(names->name[k], name) == 0)
			return true;
	return false;
}

/* Why a name of the file is not one of the model's. */
static const char *stranger_text(const struct class_names *own, const char *name)
{
	for (size_t k = 0; k < own->count; k++)
		if (class_name_alike(own->name[k], name))
			return "the checkpoint does not know, but one that may look alike, in other bytes (Unicode NFC, NFD)";
	return "the checkpoint does not know";
}

/* The model's class, or label, for each of the file's; `what` says which. */
static int classes_match(const struct class_names *file, const struct class_names *own, const char *place,
                         const char *what, uint16_t *class, struct err *err)
{
	for (size_t k = 0; k < file->count; k++) {
		size_t to = class_names_find(own, file->name[k]);
		if (to == own->count || class_names_find(file, file->name[k]) == file->count)
			return err_set(err, EX_DATAERR, "%s: %s %zu is '%.*s', which %s: it cannot be counted", place, what, k,
			               (int)text_head(file->name[k], 80), file->name[k],
			               to < own->count || name_stands(own, file->name[k])
			               ? "is the name of another class too" : stranger_text(own, file->name[k]));
		class[k] = (uint16_t)to;
	}
	return 0;
}

/* The labels of all samples, in the model's order. */
static int labels_sort(struct dataset *set, const uint16_t *label, const char *place, struct err *err)
{
	const struct data_array *targets = &set->array[DATA_TARGETS];
	size_t labels = targets->each;
	if (set->names.count != labels)
		return err_set(err, EX_DATAERR, "%s: has names for %zu of the checkpoint's %zu labels, and they differ: name "
		               "all of them", place, set->names.count, labels);
	uint8_t *of_file = memory_zeroed(labels, 1, err);
	for (size_t i = 0; of_file != NULL && i < set->count; i++) {
		uint8_t *sample = array_sample(targets, i);
		memcpy(of_file, sample, labels);
		for (size_t k = 0; k < labels; k++)
			sample[label[k]] = of_file[k];
	}
	free(of_file);
	return of_file != NULL ? 0 : -1;
}

static int names_match(struct dataset *set, const struct model *model, const char *place, enum matching *by,
                        struct err *err)
{
	const struct data_array *targets = &set->array[DATA_TARGETS];
	bool labels = model->job->output.task == TASK_LABELS;
	*by = BY_NUMBER;
	if (model->job->output.task == TASK_VALUES || names_same(&set->names, &model->names))
		return 0;
	if (!class_names_count(&set->names, &model->names)) {
		*by = class_names_are_numbers(&set->names) ? BY_NUMBER : UNNAMED;
		return 0;
	}
	*by = BY_NAME;
	uint16_t *class = memory_zeroed(set->names.count, sizeof *class, err);
	int code = class != NULL ? classes_match(&set->names, &model->names, place, labels ? "label" : "class", class, err)
	                         : -1;
	if (code == 0 && labels)
		code = labels_sort(set, class, place, err);
	for (size_t i = 0; code == 0 && !labels && i < set->count * targets->each; i++)
		dataset_classes(set)[i] = class[dataset_classes(set)[i]];
	free(class);
	return code;
}

/* One line. */
static void remark_make(struct test_set *t, const struct model *model, enum matching by)
{
	static const char *const matched[][2] = {
		[BY_NUMBER] = {"", ""},
		[BY_NAME] = {"; its classes have other numbers, and were taken by their names",
		             "; its labels have another order, and were taken by their names"},
		[UNNAMED] = {"; the checkpoint has no names for its classes, which were taken by their numbers",
		             "; the checkpoint has no names for its labels, which were taken in their order"},
	};
	const char *what = "not the test set of the checkpoint's run";
	if (strcmp(t->digest, model->data[DATA_TRAIN]) == 0)
		what = "its test set is what the checkpoint's run was trained on";
	else if (model->data[DATA_TEST][0] == 0 && model->job->data.validation > 0)
		what = "the checkpoint's run had no test set";
	else if (model->data[DATA_TEST][0] == 0)
		what = "whether its test set is that of the run is not known, the checkpoint does not say";
	text_fit(t->remark, sizeof t->remark, "%s: %s%s", t->place, what,
	         matched[by][model->job->output.task == TASK_LABELS]);
}

/* The share of the training set that the run was tested with. */
static int share_read(struct dataset *out, const struct model *model, const struct data_source *source, struct err *err)
{
	const struct split split = {.seed = model->job->train.seed, .test = model->job->data.share};
	const struct data_need need = model_need(model);
	struct dataset train;
	if (dataset_read(&train, source, DATA_TRAIN, &need, err) != 0)
		return -1;
	int code = dataset_split(&train, &split, NULL, out, err);
	out->names = train.names;
	out->left_out = train.left_out;
	train.names = (struct class_names){0};
	dataset_free(&train);
	if (code != 0)
		dataset_free(out);
	return code;
}

/* Of another place than the run's its test set comes first, if it has one. */
static int set_read(struct test_set *out, const struct model *model, enum data_format format, struct err *err)
{
	const struct job *job = model->job;
	const struct data_need need = model_need(model);
	bool shares = job->data.share > 0, arrays = format == DATA_HDF5 || format == DATA_NUMPY;
	bool elsewhere = job->data.directory == NULL || strcmp(out->place, job->data.directory) != 0;
	struct sample_request request = job_request(job, format);
	request.advises = false; /* the job is the checkpoint's */
	const struct data_source source = job_source(job, format, out->place, &request);
	if (!shares || (elsewhere && arrays)) {
		request_leave(&request, SAMPLE_TRAIN); /* need not be there any more */
		if (dataset_read(&out->set, &source, DATA_TEST, &need, err) != 0)
			return -1;
		if (out->set.count > 0)
			return 0;
		dataset_free(&out->set);
		request = job_request(job, format);
		request.advises = false;
	}
	if (!shares)
		return err_set(err, EX_NOINPUT, "%s: has no test set; the run chose by data.validation, and nothing tells its "
		               "error on new data (--data names a data set that has one)", out->place);
	request_leave(&request, SAMPLE_TEST);
	return share_read(&out->set, model, &source, err);
}

int test_set_read(struct test_set *out, const struct model *model, const char *place, struct err *err)
{
	const struct job *job = model->job;
	struct digest digest;
	enum matching by;
	enum data_format format = job->data.format;
	*out = (struct test_set){.place = place != NULL ? place : job->data.directory};
	if (format == DATA_MEMORY && place == NULL)
		return err_set(err, EX_USAGE, "the checkpoint names no data set (it was imported, or trained on a program's "
		               "own data): --data names one (a directory of IDX, CIFAR-10 or NumPy files, an HDF5 file)");
	if (format == DATA_MEMORY)
		format = dataset_format(place);
	if (set_read(out, model, format, err) != 0)
		return -1;
	if (dataset_digest(&out->set, NULL, &digest, err) != 0 ||
	    names_match(&out->set, model, out->place, &by, err) != 0) {
		test_set_free(out);
		return -1;
	}
	digest_text(&digest, out->digest);
	out->own = strcmp(out->digest, model->data[DATA_TEST]) == 0 && by != BY_NAME;
	if (!out->own)
		remark_make(out, model, by);
	return 0;
}

void test_set_free(struct test_set *test)
{
	dataset_free(&test->set);
}
