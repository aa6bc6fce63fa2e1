/* Samples of a unit through the network, sixteen at a time, and their answers into a reply. */
#include "predicting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Predicting -------------------------------------------------------------------------------------------------- */

/* The name of a given in answers. */
static const char *name_of(const struct predicting *p, size_t given)
{
	return p->givens->one[given].name;
}

/* What is printed of a sample: its scores; of a map of classes the share of the positions that each is guessed for. */
static const float *answer_of(struct predicting *p, const float *score)
{
	const struct task_spec *task = &p->model->net->task;
	if (task->positions == 1)
		return score;
	memset(p->share, 0, task->count * sizeof *p->share);
	for (size_t at = 0; at < task->positions; at++)
		p->share[predictor_guess(task->count, task->positions, score, at)]++;
	for (size_t k = 0; k < task->count; k++)
		p->share[k] /= (float)task->positions;
	return p->share;
}

/* Predicts what waits. */
static void wait_end(struct predicting *p)
{
	bool ranked = p->model->job->output.task == TASK_CLASSES;
	FILE *to = p->reply->rows.file;
	predictor_run(&p->predictor, p->wait.used, p->wait.inputs, p->wait.scores);
	for (size_t i = 0; i < p->wait.used; i++) {
		const float *score = p->wait.scores + i * p->numbers;
		const struct waiting *w = &p->wait.sample[i];
		const char *name = name_of(p, w->given);
		if (p->ask->output != NULL) {
			predictions_row(&p->file, to, w->given, name, w->number, score);
			continue;
		}
		const float *answer = answer_of(p, score);
		if (ranked)
			predictor_rank(p->model->net->task.count, answer, p->answers.top, p->order);
		if (p->ask->json)
			answer_json(&p->answers, to, name, w->number, w->even, answer, p->order);
		else
			answer_text(&p->answers, to, name, w->number, answer, p->order);
	}
	p->wait.used = 0;
	if (p->comm != NULL)
		comm_progress(p->comm);
}

/* A line at its place among the answers. */
static void remark(struct predicting *p, enum reply_kind kind, const char *text)
{
	wait_end(p);
	reply_say(p->reply, kind, 0, text);
}

static int sample_bad(struct predicting *p, size_t given, const struct err *trouble, struct err *err)
{
	const struct given *g = &p->givens->one[given];
	const char *name = g->piped && g->kind != GIVEN_BAD ? "-" : g->name;
	FILE *to = p->reply->rows.file;
	if (trouble->code == EX_OSERR)
		return err_set(err, trouble->code, "%s", trouble->text);
	wait_end(p);
	if (p->ask->output != NULL)
		predictions_row(&p->file, to, given, name, IMAGE_ALONE, NULL);
	else if (p->ask->json)
		answer_json_bad(to, name, trouble->text);
	reply_say(p->reply, REPLY_BAD, trouble->code, trouble->text);
	return 0;
}

static void sample_take(struct predicting *p, size_t given, size_t number, const uint8_t *inputs, bool even)
{
	if (p->wait.used == LANES)
		wait_end(p);
	memcpy(p->wait.inputs + p->wait.used * p->size, inputs, p->size);
	p->wait.sample[p->wait.used++] = (struct waiting){given, number, even};
}

/* ---- Pictures ---------------------------------------------------------------------------------------------------- */

/* A picture that is as far from the training images as its inverse is near: once, a word on --invert. */
static void hint(struct predicting *p, const struct image_given *image)
{
	const struct normalization *training = &p->model->normalization;
	double sum = 0, mean = 0, deviation = 0;
	char text[512];
	if (p->hinted || p->model->inputs != ELEMENT_U8 || p->model->job->data.normalize != NORMALIZE_STANDARD)
		return;
	for (size_t m = 0; m < training->maps; m++) {
		mean += training->mean[m] / (double)training->maps;
		deviation += training->deviation[m] / (double)training->maps;
	}
	for (size_t i = 0; i < p->size; i++)
		sum += image->pixels[i];
	double here = sum / (double)p->size;
	if (fabs(here - mean) < 1.5 * deviation || fabs(255 - here - mean) > deviation)
		return;
	text_fit(text, sizeof text, "%s: its mean is %.0f, that of the training images %.0f: %s", image->name, here, mean,
	         p->ask->invert ? "without --invert?" : "--invert?");
	remark(p, REPLY_HINT, text);
	p->hinted = true; /* what another rank says first counts */
}

/* Warns if an answer means nothing, or depends on a background that nobody chose. */
static void remarks(struct predicting *p, const struct image_given *image)
{
	char text[512], number[32] = "";
	if (image->number != IMAGE_ALONE)
		snprintf(number, sizeof number, ":%zu", image->number);
	if (image->transparent && !p->grounded) {
		text_fit(text, sizeof text, "%s: has transparent pixels; the colour behind them is white (--background)",
		         image->name);
		remark(p, REPLY_GROUND, text);
		p->grounded = true;
	}
	if (image->even) {
		text_fit(text, sizeof text, "%s%s: is even (all pixels are alike), so the answer means nothing", image->name,
		         number);
		remark(p, REPLY_SAY, text);
	} else if (image->number == IMAGE_ALONE) {
		hint(p, image);
	}
}

/* Images on their way from their file. */
struct passage {
	struct predicting *p;
	size_t given;
};

static void image_take(void *context, const struct image_given *image)
{
	const struct passage *passage = context;
	remarks(passage->p, image);
	sample_take(passage->p, passage->given, image->number, image->pixels, image->even);
}

static struct image_sink sink_of(const struct predicting *p, struct passage *passage)
{
	return (struct image_sink){passage, p->model, p->model->job->input, p->ask->background, p->ask->invert, image_take};
}

/* Calls one of the two ways to read with a descriptor of the given's file. */
static int file_use(struct predicting *p, size_t given, int (*use)(struct predicting *p, size_t given, int file,
                    struct err *err), struct err *err)
{
	const struct given *g = &p->givens->one[given];
	if (g->piped) {
		FILE *spool = images_spool(p->givens->input, p->givens->input_bytes, err);
		int code = spool != NULL ? use(p, given, fileno(spool), err) : -1;
		if (spool != NULL)
			fclose(spool);
		return code;
	}
	int file = images_open(g->name, err);
	if (file < 0)
		return -1;
	int code = use(p, given, file, err);
	close(file);
	return code;
}

static int picture_use(struct predicting *p, size_t given, int file, struct err *err)
{
	struct passage passage = {p, given};
	const struct image_sink sink = sink_of(p, &passage);
	return picture_give(&sink, file, name_of(p, given), err);
}

static int images_use(struct predicting *p, size_t given, int file, struct err *err)
{
	p->inputs = inputs_adopt(file, name_of(p, given), p->model->job->input, err);
	return p->inputs != NULL ? 0 : -1;
}

/* ---- Files of many samples --------------------------------------------------------------------------------------- */

static void inputs_end(struct predicting *p)
{
	inputs_close(p->inputs);
	p->inputs = NULL;
	p->open = SIZE_MAX;
}

static int inputs_begin(struct predicting *p, size_t given, struct err *err)
{
	const struct given *g = &p->givens->one[given];
	const struct data_need need = model_need(p->model);
	inputs_end(p);
	if (g->kind == GIVEN_ARRAY)
		p->inputs = inputs_open(g->name, p->ask->array, p->ask->other, &need, (enum element)p->model->inputs, err);
	else if (file_use(p, given, images_use, err) != 0)
		return -1;
	if (p->inputs == NULL)
		return -1;
	p->open = given;
	if (inputs_count(p->inputs) != g->count)
		return err_set(err, EX_DATAERR, "%s: was written to while it was read", g->name);
	return 0;
}

/* Some samples of an array, or of an IDX file. */
static int samples_take(struct predicting *p, const struct unit *unit, struct err *err)
{
	if (p->open != unit->given && inputs_begin(p, unit->given, err) != 0)
		return -1;
	if (unit->count > p->rooms) {
		free(p->room);
		p->room = memory_zeroed(unit->count, p->size, err);
		p->rooms = p->room != NULL ? unit->count : 0;
	}
	if (p->room == NULL || inputs_get(p->inputs, unit->first, unit->count, p->room, err) != 0)
		return -1;
	if (p->givens->one[unit->given].kind == GIVEN_IMAGES) {
		struct passage passage = {p, unit->given};
		const struct image_sink sink = sink_of(p, &passage);
		images_give(&sink, p->room, name_of(p, unit->given), unit->first, unit->count);
		return 0;
	}
	for (size_t i = 0; i < unit->count; i++)
		sample_take(p, unit->given, unit->first + i, p->room + i * p->size, false);
	return 0;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static int given_take(struct predicting *p, const struct unit *unit, size_t given, struct err *err)
{
	const struct given *g = &p->givens->one[given];
	struct err trouble = {0};
	int code = 0;
	switch (g->kind) {
	case GIVEN_PICTURE:
		code = file_use(p, given, picture_use, &trouble);
		break;
	case GIVEN_IMAGES:
	case GIVEN_ARRAY:
		code = samples_take(p, unit, &trouble);
		break;
	case GIVEN_BAD:
		code = err_set(&trouble, g->code, "%s", g->text);
		break;
	case GIVEN_REMARK:
		remark(p, REPLY_SAY, g->text);
		break;
	}
	if (code == 0)
		return 0;
	p->failed = given;
	return sample_bad(p, given, &trouble, err);
}

int predicting_unit(struct predicting *p, const struct unit *unit, struct reply *reply, struct err *err)
{
	int code = 0;
	p->reply = reply;
	if (unit->count > 0 && p->failed == unit->given)
		return 0; /* what was bad before is told once */
	for (size_t i = 0; i < unit->givens && code == 0; i++)
		code = given_take(p, unit, unit->given + i, err);
	if (code == 0)
		wait_end(p);
	return code;
}

/* Refuses what an answer of this network cannot be. */
static int ask_check(const struct predict_ask *ask, const struct model *model, const char *place, struct err *err)
{
	const struct task_spec *task = &model->net->task;
	if (ask->top > 0 && task->task != TASK_CLASSES)
		return err_set(err, EX_USAGE, "--top: %s: the network is for %s, not classes; all of them are printed", place,
		               task_name(task->task));
	if (ask->guesses && task->task != TASK_CLASSES)
		return err_set(err, EX_USAGE, "--guesses: %s: the network is for %s, not classes", place,
		               task_name(task->task));
	bool printed = ask->output == NULL, csv = !printed && predictions_form(ask->output) == PREDICTIONS_CSV;
	if (task->positions > 1 && (csv || (printed && task->task != TASK_CLASSES)))
		return err_set(err, EX_USAGE, "%s: the network has answers for %zu positions of each sample: write them with "
		               "--output FILE.npy or FILE.h5", place, task->positions);
	return 0;
}

int predicting_open(struct predicting *out, const struct predict_ask *ask, const struct kernels *kernels,
                    const struct model *model, const char *place, struct err *err)
{
	*out = (struct predicting){.ask = ask, .model = model, .grounded = ask->grounded, .open = SIZE_MAX,
	                           .failed = SIZE_MAX};
	if (predictions_open(&out->file, ask->output, ask->guesses, model, err) != 0 ||
	    ask_check(ask, model, place, err) != 0 || predictor_open(&out->predictor, kernels, model, err) != 0)
		return -1;
	out->size = array_bytes(&out->predictor.block.array[DATA_INPUTS], 1);
	out->answers = answers_over(model, ask->top > 0 ? ask->top : 2, ask->whole);
	out->numbers = model->net->task.count * model->net->task.positions;
	out->wait.inputs = memory_zeroed(LANES, out->size, err);
	out->wait.scores = memory_zeroed(LANES * out->numbers, sizeof *out->wait.scores, err);
	out->share = memory_zeroed(model->net->task.count, sizeof *out->share, err);
	out->order = memory_zeroed(out->answers.top, sizeof *out->order, err);
	if (out->wait.inputs == NULL || out->wait.scores == NULL || out->share == NULL || out->order == NULL)
		return -1;
	for (size_t t = 0; t < out->answers.top; t++)
		out->order[t] = t;
	return 0;
}

void predicting_close(struct predicting *p)
{
	inputs_close(p->inputs);
	predictor_close(&p->predictor);
	predictions_close(&p->file);
	free(p->wait.inputs);
	free(p->wait.scores);
	free(p->order);
	free(p->share);
	free(p->room);
}
