/* convoy predict CKPT IMAGE…: classifies images with a network. */
#include "app.h"
#include "images.h"
#include "predictions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *checkpoint;
	size_t count;
	char **image; /* [count] */
	uint64_t top;
	const char *output;
	bool json, invert;
	struct colour background;
	bool grounded; /* it was given */
};

enum { BACKGROUND = 256 };

static const struct argp_option options[] = {
	{"top", 't', "K", 0, "Print the K best classes of each image (default 2)", 0},
	{"output", 'o', "FILE", 0, "Write the scores of all classes into FILE, a row for each image, and print "
	 "nothing: FILE.csv, or FILE.npy for NumPy", 0},
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
		a->invert = true;
		break;
	case 'o':
		a->output = value;
		break;
	case BACKGROUND:
		a->grounded = app_colour("--background", value, &a->background, &a->err) == 0;
		break;
	case ARGP_KEY_ARG:
		if (a->checkpoint != NULL)
			return ARGP_ERR_UNKNOWN; /* the rest at once */
		a->checkpoint = value;
		break;
	case ARGP_KEY_ARGS:
		a->image = state->argv + state->next;
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

/* ---- Printing ---------------------------------------------------------------------------------------------------- */

/* Images that wait for each other until sixteen are there. */
struct queue {
	const struct job *job;
	bool json, invert;
	bool hinted, grounded;      /* a word on --invert, on --background is not needed any more */
	size_t top, class_columns;  /* columns of the longest class's name */
	struct predictor predictor;
	struct predictions file; /* without a path: predictions are printed */
	size_t size, used;          /* bytes of an image; images that wait */
	struct waiting {
		char *name;
		size_t number;
		bool even;
	} waiting[LANES];
	uint8_t *pixels; /* [16][size] */
	float *scores;   /* [16][classes] */
	size_t *order;   /* [top] */
	int status;      /* of the first bad image */
};

enum { NAME_MOST = 40, NAME_LEAST = 16, CLASS_MOST = 20, SCORE = 8, COLUMNS = 80 };

/* Prints text in exactly so many columns, without what would talk to the terminal; of what is too long the end is seen,
 * since paths differ there. */
static void cell_print(const char *text, size_t columns)
{
	size_t have = text_columns(text);
	int gap = text_gap(text, columns);
	if (have > columns) {
		fputs("…", stdout);
		text += text_head(text, have - columns + 1);
	}
	while (*text != 0) {
		size_t control = text_control(text);
		putchar(control > 0 ? '?' : *text);
		text += control > 0 ? control : 1;
	}
	printf("%*s", gap, "");
}

/* Prints the name of a class in its columns. Of what is too long the beginning is seen. */
static void class_print(const struct queue *q, size_t class)
{
	const struct class_names *names = &q->predictor.model->names;
	char cut[4 * CLASS_MOST + sizeof "…"];
	const char *name = names->name[class];
	if (text_columns(name) > q->class_columns) {
		class_names_cut(names, class, q->class_columns - 1, cut, 4 * CLASS_MOST + 1);
		name = strcat(cut, "…");
	}
	cell_print(name, q->class_columns);
}

static void text_print(const struct queue *q, const char *name, const float *score)
{
	size_t taken = q->top * (2 + q->class_columns + SCORE);
	size_t room = taken + NAME_LEAST < COLUMNS ? COLUMNS - taken : NAME_LEAST;
	cell_print(name, room < NAME_MOST ? room : NAME_MOST);
	for (size_t t = 0; t < q->top; t++) {
		fputs("  ", stdout);
		class_print(q, q->order[t]);
		printf("%*.4f", SCORE, (double)score[q->order[t]]);
	}
	putchar('\n');
}

static void json_print(const struct queue *q, size_t waiting, const float *score)
{
	fputs("{\"image\": ", stdout);
	json_text(stdout, q->waiting[waiting].name);
	if (q->waiting[waiting].number != IMAGE_ALONE)
		printf(", \"number\": %zu", q->waiting[waiting].number);
	if (q->waiting[waiting].even)
		fputs(", \"even\": true", stdout);
	fputs(", \"top\": [", stdout);
	for (size_t t = 0; t < q->top; t++) {
		const size_t class = q->order[t];
		printf("%s{\"class\": %zu, \"name\": ", t > 0 ? ", " : "", class);
		json_text(stdout, q->predictor.model->names.name[class]);
		if (isfinite(score[class]))
			printf(", \"score\": %.9g}", (double)score[class]);
		else
			fputs(", \"score\": null}", stdout);
	}
	puts("]}");
}

/* ---- Predicting -------------------------------------------------------------------------------------------------- */

/* Predicts and prints what waits. */
static void queue_flush(struct queue *q)
{
	size_t classes = q->job->output.count;
	predictor_run(&q->predictor, q->used, q->pixels, q->scores);
	for (size_t i = 0; i < q->used; i++) {
		const float *score = q->scores + i * classes;
		const struct waiting *w = &q->waiting[i];
		struct err err = {0};
		predictor_rank(classes, score, q->top, q->order);
		char *name = w->number == IMAGE_ALONE ? memory_text(w->name, &err)
		                                      : memory_format(&err, "%s:%zu", w->name, w->number);
		if (q->file.path != NULL)
			predictions_add(&q->file, w->name, w->number, score);
		else if (q->json)
			json_print(q, i, score);
		else
			text_print(q, name != NULL ? name : w->name, score);
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

static void image_take(void *context, const struct image_given *image)
{
	struct queue *q = context;
	struct err err = {0};
	if (q->used == LANES)
		queue_flush(q);
	remarks(q, image);
	char *copy = memory_text(image->name, &err);
	if (copy == NULL) {
		image_bad(q, image->name, &err);
		return;
	}
	memcpy(q->pixels + q->used * q->size, image->pixels, q->size);
	q->waiting[q->used++] = (struct waiting){copy, image->number, image->even};
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

static int queue_open(struct queue *q, struct arguments *a, const struct model *model, struct err *err)
{
	const struct job *job = model->job;
	const struct kernels *kernels = kernels_choose(err);
	background_choose(a, model);
	*q = (struct queue){.job = job, .json = a->json, .invert = a->invert,
	                    .grounded = a->grounded, .size = shape_size(job->input)};
	q->top = a->top < job->output.count ? a->top : job->output.count;
	for (size_t k = 0; k < job->output.count; k++) {
		size_t columns = text_columns(model->names.name[k]);
		columns = columns < CLASS_MOST ? columns : CLASS_MOST;
		q->class_columns = columns > q->class_columns ? columns : q->class_columns;
	}
	q->pixels = memory_zeroed(LANES, q->size, err);
	q->scores = memory_zeroed(LANES * job->output.count, sizeof *q->scores, err);
	q->order = memory_zeroed(q->top, sizeof *q->order, err);
	if (kernels == NULL || q->pixels == NULL || q->scores == NULL || q->order == NULL)
		return -1;
	if (predictions_open(&q->file, a->output, model, err) != 0)
		return -1;
	return predictor_open(&q->predictor, kernels, model, err);
}

static void queue_close(struct queue *q)
{
	predictor_close(&q->predictor);
	predictions_close(&q->file);
	free(q->pixels);
	free(q->scores);
	free(q->order);
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "CKPT IMAGE...",
		"Classifies images: prints the best classes of each with their scores, which are probabilities "
		"if the network was trained with softmax-cross-entropy, otherwise its outputs. IMAGE is a PNG, PGM, PPM or "
		"IDX file, a directory of such files, or - for standard input. Pictures are scaled and cropped to the "
		"network's input.\vExit status: 0, or that of the first image that could not be read (65 damaged, 66 missing); "
		"convoy still classifies the others.", NULL, NULL, NULL};
	struct arguments a = {.top = 2, .background = {255, 255, 255}};
	struct queue queue = {0};
	struct model *model = NULL;
	int status = 0;
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0 ||
	    (model = checkpoint_load(a.checkpoint, NULL, &a.err)) == NULL || queue_open(&queue, &a, model, &a.err) != 0) {
		status = app_fail(&a.err);
	} else {
		struct image_sink sink = {&queue, model->job->input, a.background, a.invert, image_take, image_bad, remark};
		for (size_t i = 0; i < a.count; i++)
			images_give(&sink, a.image[i]);
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
