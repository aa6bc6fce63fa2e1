/* convoy predict CKPT FILE…: what a network says of pictures and of arrays. */
#include "app.h"
#include "answers.h"
#include "images.h"
#include "predictions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *checkpoint;
	size_t count;
	char **file; /* [count] */
	const char *inputs; /* path of an array */
	uint64_t top;
	const char *output;
	bool json, invert, pictures; /* pictures: an option that means nothing to arrays was given */
	struct colour background;
	bool grounded; /* it was given */
};

enum { BACKGROUND = 256, INPUTS };

static const struct argp_option options[] = {
	{"top", 't', "K", 0, "Print the K best classes of each image (default 2)", 0},
	{"output", 'o', "FILE", 0, "Write the scores of all classes into FILE, a row for each image, and print "
	 "nothing: FILE.csv, or FILE.npy for NumPy", 0},
	{"inputs", INPUTS, "PATH", 0, "Array of an HDF5 file to predict from (default: the test inputs of the job in "
	 "CKPT)", 0},
	{"json", 'j', NULL, 0, "Print a JSON object for each image, one a line", 0},
	{"invert", 'i', NULL, 0, "Swap light and dark: for dark strokes on light ground, if the network was trained on "
	 "light on dark as in MNIST", 0},
	{"background", BACKGROUND, "COLOUR", 0, "Colour behind transparent pixels: white, black, #rgb or #rrggbb (default: "
	 "that of the training pictures if it is known, otherwise white)", 0},
	{0},
};

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 't':
		app_number("--top", value, 1, JOB_OUTPUTS, &a->top, &a->err);
		break;
	case 'j':
		a->json = true;
		break;
	case 'i':
		a->invert = a->pictures = true;
		break;
	case 'o':
		a->output = value;
		break;
	case BACKGROUND:
		a->pictures = true;
		a->grounded = app_colour("--background", value, &a->background, &a->err) == 0;
		break;
	case INPUTS:
		a->inputs = value;
		break;
	case ARGP_KEY_ARG:
		if (a->checkpoint != NULL)
			return ARGP_ERR_UNKNOWN; /* the rest at once */
		a->checkpoint = value;
		break;
	case ARGP_KEY_ARGS:
		a->file = state->argv + state->next;
		a->count = (size_t)(state->argc - state->next);
		break;
	case ARGP_KEY_END:
		if (a->checkpoint == NULL)
			err_set(&a->err, EX_USAGE, "predict: which checkpoint, and which images? (convoy predict --help)");
		else if (a->count == 0)
			err_set(&a->err, EX_USAGE, "predict: which images? Files, directories, or - for standard input");
		else if (a->output != NULL && a->json)
			err_set(&a->err, EX_USAGE, "predict: --json prints, --output writes a file instead: one of them");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->err.code == 0 ? 0 : EINVAL;
}

/* Images that wait for each other until sixteen are there. */
struct queue {
	const struct job *job;
	bool json, invert, pictures;
	struct answers answers;
	bool hinted, grounded;      /* a word on --invert, on --background is not needed any more */
	struct predictor predictor;
	struct predictions file; /* without a path: predictions are printed */
	size_t size, used;          /* bytes of a sample; samples that wait */
	struct waiting {
		char *name;
		size_t number;
		bool even;
	} waiting[LANES];
	uint8_t *inputs; /* [16][size] */
	float *scores;   /* [16][numbers] */
	size_t numbers;  /* of a sample: classes, values or labels, at all positions */
	size_t *order;   /* [top] */
	int status;      /* of the first bad image */
};

/* ---- Predicting -------------------------------------------------------------------------------------------------- */

/* Predicts and prints what waits. */
static void queue_flush(struct queue *q)
{
	bool ranked = q->job->output.task == TASK_CLASSES;
	predictor_run(&q->predictor, q->used, q->inputs, q->scores);
	for (size_t i = 0; i < q->used; i++) {
		const float *score = q->scores + i * q->numbers;
		const struct waiting *w = &q->waiting[i];
		struct err err = {0};
		if (ranked)
			predictor_rank(q->numbers, score, q->answers.top, q->order);
		char *name = w->number == IMAGE_ALONE ? memory_text(w->name, &err)
		                                      : memory_format(&err, "%s:%zu", w->name, w->number);
		if (q->file.path != NULL)
			predictions_add(&q->file, w->name, w->number, score);
		else if (q->json)
			answer_json(&q->answers, w->name, w->number, w->even, score, q->order);
		else
			answer_text(&q->answers, name != NULL ? name : w->name, score, q->order);
		free(name);
		free(q->waiting[i].name);
	}
	q->used = 0;
}

/* A line on stderr, at its place among those on stdout. */
static void remark(void *context, const char *text)
{
	queue_flush(context);
	fflush(stdout);
	app_say(text);
}

/* A picture that is as far from the training images as its inverse is near: once, a word on --invert. */
static void hint(struct queue *q, const struct image_given *image)
{
	const struct job *job = q->job;
	const struct normalization *training = &q->predictor.model->normalization;
	double sum = 0, mean = 0, deviation = 0;
	char text[512];
	if (q->hinted || job->data.normalize != NORMALIZE_STANDARD)
		return;
	for (size_t m = 0; m < training->maps; m++) {
		mean += training->mean[m] / (double)training->maps;
		deviation += training->deviation[m] / (double)training->maps;
	}
	for (size_t i = 0; i < q->size; i++)
		sum += image->pixels[i];
	double here = sum / (double)q->size;
	if (fabs(here - mean) < 1.5 * deviation || fabs(255 - here - mean) > deviation)
		return;
	text_fit(text, sizeof text, "%s: its mean is %.0f, that of the training images %.0f: %s", image->name, here, mean,
	         q->invert ? "without --invert?" : "--invert?");
	remark(q, text);
	q->hinted = true;
}

/* Warns if an answer means nothing, or depends on a background that nobody chose. */
static void remarks(struct queue *q, const struct image_given *image)
{
	char text[512], number[32] = "";
	if (image->number != IMAGE_ALONE)
		snprintf(number, sizeof number, ":%zu", image->number);
	if (image->transparent && !q->grounded) {
		text_fit(text, sizeof text, "%s: has transparent pixels; the colour behind them is white (--background)",
		         image->name);
		remark(q, text);
		q->grounded = true;
	}
	if (image->even) {
		text_fit(text, sizeof text, "%s%s: is even (all pixels are alike), so the answer means nothing", image->name,
		         number);
		remark(q, text);
	} else if (image->number == IMAGE_ALONE) {
		hint(q, image);
	}
}

static void image_bad(void *context, const char *name, const struct err *err)
{
	struct queue *q = context;
	queue_flush(q);
	if (q->json) {
		fputs("{\"image\": ", stdout);
		json_text(stdout, name);
		fputs(", \"error\": ", stdout);
		json_text(stdout, err->text);
		puts("}");
	}
	predictions_add(&q->file, name, IMAGE_ALONE, NULL);
	fflush(stdout);
	app_say(err->text);
	q->status = q->status != 0 ? q->status : err->code;
}

static void sample_take(struct queue *q, const char *name, size_t number, const uint8_t *inputs, bool even)
{
	struct err err = {0};
	if (q->used == LANES)
		queue_flush(q);
	char *copy = memory_text(name, &err);
	if (copy == NULL) {
		image_bad(q, name, &err);
		return;
	}
	memcpy(q->inputs + q->used * q->size, inputs, q->size);
	q->waiting[q->used++] = (struct waiting){copy, number, even};
}

static void image_take(void *context, const struct image_given *image)
{
	struct queue *q = context;
	remarks(q, image);
	sample_take(q, image->name, image->number, image->pixels, image->even);
}

/* The samples of an array in a file. */
static void array_take(struct queue *q, const char *path, const char *inputs)
{
	const struct model *model = q->predictor.model;
	const struct data_need need = model_need(model);
	struct dataset set;
	struct err err = {0};
	if (q->pictures) {
		err_set(&err, EX_USAGE, "%s: --invert and --background are for pictures, not for arrays of numbers: leave them "
		        "out", path);
		image_bad(q, path, &err);
		return;
	}
	if (inputs_read(&set, path, inputs, &need, (enum element)model->inputs, &err) != 0) {
		image_bad(q, path, &err);
		return;
	}
	for (size_t i = 0; i < set.count; i++)
		sample_take(q, path, i, array_sample(&set.array[DATA_INPUTS], i), false);
	dataset_free(&set);
}

/* Pictures, or the samples of an array. */
static void file_take(struct queue *q, const struct arguments *a, const char *path)
{
	const struct model *model = q->predictor.model;
	const struct sample_request request = job_request(model->job, DATA_HDF5);
	const char *own = model->job->data.format == DATA_NUMPY ? "/test/inputs" : request.path[SAMPLE_TEST][SAMPLE_INPUTS];
	const char *inputs = a->inputs != NULL ? a->inputs : own;
	const struct image_sink sink = {q, model->job->input, a->background, a->invert, image_take, image_bad, remark};
	struct err err = {0};
	if (strcmp(path, "-") != 0 && holds_arrays(path))
		array_take(q, path, inputs);
	else if (model_takes_bytes(model, &err) == 0)
		images_give(&sink, path);
	else
		image_bad(q, path, &err);
}

/* Sets the colour behind transparent pixels: that of --background, or that of the training pictures if it is known. */
static void background_choose(struct arguments *a, const struct model *model)
{
	struct colour trained;
	char text[128], asked[COLOUR_TEXT];
	if (!colour_parse(model->background, &trained))
		return;
	colour_text(a->background, asked);
	if (a->grounded && strcmp(asked, model->background) != 0) {
		snprintf(text, sizeof text, "--background: transparent pixels of the training pictures have %s behind them, "
		         "not %s",
		         model->background, asked);
		app_say(text);
	} else {
		a->background = trained;
	}
	a->grounded = true;
}

/* Refuses what an answer of this network cannot be printed as. */
static int answers_check(const struct arguments *a, const struct model *model, struct err *err)
{
	const struct task_spec *task = &model->net->task;
	size_t length = a->output != NULL ? strlen(a->output) : 0;
	if (a->top > 0 && task->task != TASK_CLASSES)
		return err_set(err, EX_USAGE, "--top: %s: the network is for %s, not classes; all of them are printed",
		               a->checkpoint, task_name(task->task));
	if (task->positions > 1 && (length < 4 || strcmp(a->output + length - 4, ".npy") != 0))
		return err_set(err, EX_USAGE, "%s: the network has answers for %zu positions of each sample: write them with "
		               "--output FILE.npy", a->checkpoint, task->positions);
	return 0;
}

static int queue_open(struct queue *q, struct arguments *a, const struct model *model, struct err *err)
{
	const struct job *job = model->job;
	const struct kernels *kernels = kernels_choose(err);
	background_choose(a, model);
	*q = (struct queue){.job = job, .json = a->json, .invert = a->invert, .pictures = a->pictures,
	                    .grounded = a->grounded};
	if (kernels == NULL || answers_check(a, model, err) != 0)
		return -1;
	if (predictor_open(&q->predictor, kernels, model, err) != 0)
		return -1;
	q->size = array_bytes(&q->predictor.block.array[DATA_INPUTS], 1);
	q->answers = answers_over(model, a->top > 0 ? a->top : 2);
	q->numbers = model->net->task.count * model->net->task.positions;
	q->inputs = memory_zeroed(LANES, q->size, err);
	q->scores = memory_zeroed(LANES * q->numbers, sizeof *q->scores, err);
	q->order = memory_zeroed(q->answers.top, sizeof *q->order, err);
	if (q->inputs == NULL || q->scores == NULL || q->order == NULL)
		return -1;
	for (size_t t = 0; t < q->answers.top; t++)
		q->order[t] = t;
	return predictions_open(&q->file, a->output, model, err);
}

static void queue_close(struct queue *q)
{
	predictor_close(&q->predictor);
	predictions_close(&q->file);
	free(q->inputs);
	free(q->scores);
	free(q->order);
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "CKPT IMAGE...",
		"Classifies images: prints the best classes of each with their scores, which are probabilities "
		"if the network was trained with softmax-cross-entropy, otherwise its outputs. IMAGE is a PNG, PGM, PPM, IDX "
		"or HDF5 file, a directory of pictures and IDX files, or - for standard input. Pictures are scaled and "
		"cropped to the network's input.\vExit status: 0, or that of the first image that could not be read (65 "
		"damaged, 66 missing); convoy still classifies the others.", NULL, NULL, NULL};
	struct arguments a = {.background = {255, 255, 255}};
	struct queue queue = {0};
	struct model *model = NULL;
	int status = 0;
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0 ||
	    (model = checkpoint_load(a.checkpoint, NULL, &a.err)) == NULL || queue_open(&queue, &a, model, &a.err) != 0) {
		status = app_fail(&a.err);
	} else {
		for (size_t i = 0; i < a.count; i++)
			file_take(&queue, &a, a.file[i]);
		queue_flush(&queue);
		status = queue.status;
		/* Without memory an image's place in the file is not certain. */
		if (status != EX_OSERR && predictions_write(&queue.file, &a.err) != 0)
			status = app_fail(&a.err);
	}
	queue_close(&queue);
	model_destroy(model);
	return status;
}

const struct command predict_command = {"predict", "classifies images with a network", run};
