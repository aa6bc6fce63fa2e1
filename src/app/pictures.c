/* convoy pictures CKPT|JOB.yaml: what was learned, or what a job will train on, as PNG files. */
#include "app.h"

#include <convoy/view.h>

#include <stdlib.h>

enum { SAMPLES = 64 };

struct arguments {
	struct err err; /* first: see app_parse */
	const char *checkpoint, *output, *data;
	size_t samples;
	uint64_t sample[SAMPLES];
	struct edits edits;
};

static const struct argp_option options[] = {
	{"output", 'o', "DIR", 0, "Directory for the pictures (made if it is missing)", 0},
	{"data", 'd', "DIR", 0, "Read the data set from DIR", 0},
	{"sample", 's', "N", 0, "Draw the maps of test sample N, from 0; can be repeated (default: the first sample of "
	 "each class, or the first ten)", 0},
	{"set", 'S', "KEY=VALUE", 0, "Set any scalar of the job file", 0},
	{0},
};

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'o':
		a->output = value;
		break;
	case 'd':
		a->data = value;
		break;
	case 's':
		if (a->samples == SAMPLES)
			err_set(&a->err, EX_USAGE, "pictures: more than %d samples", SAMPLES);
		else
			app_number("--sample", value, 0, UINT32_MAX, &a->sample[a->samples++], &a->err);
		break;
	case 'S':
		edits_add(&a->edits, NULL, value, &a->err);
		break;
	case ARGP_KEY_ARG:
		operand_take("pictures", "checkpoint or job file", value, &a->checkpoint, &a->err);
		break;
	case ARGP_KEY_END:
		if (operand_check("pictures", "checkpoint or job file", a->checkpoint, &a->err) == 0 && a->output == NULL)
			err_set(&a->err, EX_USAGE, "pictures: --output says where they go");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->err.code == 0 ? 0 : EINVAL;
}

/* Writes DIR/NAME.png and says so. */
static int picture_write(void *context, const char *name, const char *title, const struct canvas *canvas,
                         struct err *err)
{
	(void)title; /* it stands in the picture */
	const struct arguments *a = context;
	size_t count;
	uint8_t *bytes = canvas_png(canvas, &count, err);
	char *file = memory_format(err, "%s.png", name);
	int code = bytes != NULL && file != NULL ? file_write(a->output, file, bytes, count, err) : -1;
	if (code == 0)
		app_print("%s%s%s  %zu×%zu", a->output, path_gap(a->output), file, canvas->width, canvas->height);
	free(file);
	free(bytes);
	return code;
}

/* The first sample of each class, or the first samples. */
static void samples_choose(struct arguments *a, const struct dataset *set)
{
	enum { FEW = 10 };
	while (!dataset_has_classes(set) && a->samples < FEW && a->samples < set->count) {
		a->sample[a->samples] = a->samples;
		a->samples++;
	}
	if (!dataset_has_classes(set))
		return;
	for (size_t k = 0; k < set->classes && a->samples < SAMPLES; k++) {
		size_t s = 0;
		while (s < set->count && dataset_class(set, s) != k)
			s++;
		if (s < set->count)
			a->sample[a->samples++] = s;
	}
}

/* The samples that are guessed wrong, of classes; the pictures of no other task. */
static int wrong_write(struct arguments *a, struct viewer *viewer, struct err *err)
{
	struct canvas canvas = {0};
	struct mistake *mistakes = NULL;
	size_t count;
	int code = view_mistakes(viewer, &count, &mistakes, err);
	if (code == 0 && count > 0)
		code = view_wrong(viewer, count, mistakes, &canvas, err);
	if (code == 0 && count > 0)
		code = picture_write(a, "wrong", NULL, &canvas, err);
	canvas_free(&canvas);
	free(mistakes);
	return code;
}

/* The largest errors of values or labels; of fields a picture for each value, of maps of classes one. */
static int worst_pictures(struct arguments *a, struct viewer *viewer, struct err *err)
{
	enum { VALUES = 16 };
	const struct task_spec *task = &viewer->model->net->task;
	bool fields = task->positions > 1 && task->task == TASK_VALUES;
	int code = 0;
	for (size_t k = 0; code == 0 && k < (fields ? task->count : 1) && k < VALUES; k++) {
		struct canvas canvas = {0};
		char name[48] = "worst";
		if (fields && task->count > 1)
			snprintf(name, sizeof name, "worst-%02zu", k);
		code = view_worst(viewer, k, &canvas, err);
		if (code == 0)
			code = picture_write(a, name, NULL, &canvas, err);
		canvas_free(&canvas);
	}
	return code;
}

static int samples_write(struct arguments *a, struct viewer *viewer, struct err *err)
{
	for (size_t i = 0; i < a->samples; i++) {
		struct canvas canvas = {0};
		char name[48];
		snprintf(name, sizeof name, "sample-%05llu-maps", (unsigned long long)a->sample[i]);
		int code = view_maps(viewer, a->sample[i], &canvas, err);
		if (code == 0)
			code = picture_write(a, name, NULL, &canvas, err);
		canvas_free(&canvas);
		if (code != 0)
			return -1;
	}
	return (dataset_has_classes(viewer->set) ? wrong_write : worst_pictures)(a, viewer, err);
}

/* Draws the pictures that need the test set. If it is missing, prints a line and goes on; it is an error only if --data
 * or --sample was given. */
static int data_pictures(struct arguments *a, const struct model *model, struct err *err)
{
	struct test_set test = {0};
	struct err missing = {0};
	if (test_set_read(&test, model, a->data, &missing) != 0) {
		if (a->data != NULL || a->samples > 0 || missing.code == EX_OSERR)
			return err_set(err, missing.code, "%s", missing.text);
		err_prefix(&missing, "no pictures of samples (--data DIR)");
		app_say(missing.text);
		return 0;
	}
	const struct kernels *kernels = kernels_choose(err);
	struct viewer viewer = {0};
	int code = -1;
	if (test.remark[0] != 0)
		app_say(test.remark);
	if (a->samples == 0)
		samples_choose(a, &test.set);
	if (kernels != NULL && viewer_open(&viewer, kernels, model, &test.set, err) == 0)
		code = samples_write(a, &viewer, err);
	viewer_close(&viewer);
	test_set_free(&test);
	return code;
}

/* The training samples of a job, before there is a checkpoint. */
static int sheet_write(struct arguments *a, const struct model *model, struct err *err)
{
	const struct job *job = model->job;
	const char *place = a->data != NULL ? a->data : job->data.directory;
	if (job->data.format == DATA_MEMORY)
		return err_set(err, EX_USAGE, "%s: its data are a program's own, which no file holds", a->checkpoint);
	const struct data_need need = model_need(model);
	struct sample_request request = job_request(job, job->data.format);
	request_leave(&request, SAMPLE_TEST);
	const struct data_source source = job_source(job, job->data.format, place, &request);
	const struct kernels *kernels = kernels_choose(err);
	struct dataset set = {0};
	struct canvas canvas = {0};
	int code = kernels != NULL ? dataset_read(&set, &source, DATA_TRAIN, &need, err) : -1;
	if (code == 0)
		code = view_sheet(model, &set, kernels, &canvas, err);
	if (code == 0)
		code = picture_write(a, "training", NULL, &canvas, err);
	canvas_free(&canvas);
	dataset_free(&set);
	return code;
}

static int job_pictures(struct arguments *a, struct err *err)
{
	if (a->samples > 0)
		return err_set(err, EX_USAGE, "pictures: --sample is for a checkpoint, and %s is a job file", a->checkpoint);
	struct job *job = app_job_read(a->checkpoint, &a->edits, err);
	struct model *model = job != NULL ? model_create(job, err) : NULL;
	int code = model != NULL && directory_make(a->output, err) == 0 ? sheet_write(a, model, err) : -1;
	model_destroy(model);
	return code;
}

static int checkpoint_pictures(struct arguments *a, struct err *err)
{
	if (a->edits.count > 0)
		return err_set(err, EX_USAGE, "pictures: --set is for a job file, and %s is a checkpoint", a->checkpoint);
	if (holds_arrays(a->checkpoint) && !store_begins(a->checkpoint))
		return err_set(err, EX_USAGE, "pictures: %s is a data set: name the job file that reads it, and its samples "
		               "are drawn as it trains on them", a->checkpoint);
	struct model *model = checkpoint_load(a->checkpoint, NULL, err);
	int code = model == NULL || directory_make(a->output, err) != 0 || data_pictures(a, model, err) != 0 ||
	           view_parameters(model, 0, false, picture_write, a, err) != 0 ? -1 : 0;
	model_destroy(model);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "CKPT|JOB.yaml",
		"Writes what a network learned as PNG pictures: kernels, weights, connection tables or alpha, beta and biases; "
		"the maps of test samples layer by layer, and the samples that it gets most wrong. For a job file it draws "
		"training samples of each class, as they are and as the job distorts them.", NULL, NULL, NULL};
	struct arguments a = {0};
	int code = app_parse(&argp, argc, argv, &a, &a.err);
	if (code == 0)
		code = (app_is_checkpoint(a.checkpoint) ? checkpoint_pictures : job_pictures)(&a, &a.err);
	edits_free(&a.edits);
	return code != 0 ? app_fail(&a.err) : 0;
}

const struct command pictures_command = {"pictures", "writes kernels, alpha, maps and mistakes as PNG", run};
