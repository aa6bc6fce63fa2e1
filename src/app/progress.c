/* Progress on a terminal, lines in a log. */
#include "progress.h"
#include "app.h"
#include "bar.h"

#include <limits.h>
#include <string.h>

static void clear(struct progress *p)
{
	line_wipe(p->drawn);
	p->drawn = 0;
}

/* A piece of the line, where there is room for it. */
static void piece_take(char *piece, int *room)
{
	int length = (int)strlen(piece);
	if (length <= *room)
		*room -= length;
	else
		*piece = 0;
}

/* "  test ▇▅▃▂▁" from the second epoch on, in half of the room. */
static void spark_take(const struct model *model, char *piece, int *room)
{
	enum { MOST = 16, LEAST = 4 };
	bool validation = model->job->data.validation > 0;
	const char *name = validation ? "  validation " : "  test ";
	int width = (*room - (int)strlen(name)) / 2;
	*piece = 0;
	if (model->records < 2 || width < LEAST)
		return;
	strcpy(piece, name);
	*room -= (int)strlen(name) + (int)spark_text(model->record, model->records, sizeof *model->record, validation,
	                                             (size_t)(width < MOST ? width : MOST), piece + strlen(name));
}

/* Pieces and the bar give way so that the line does not wrap: \r would not reach back over the first of two lines. */
static void progress_draw(struct progress *p, const struct model *model, size_t steps, double now)
{
	enum { WIDTH = 24 };
	char bar[WIDTH + 1] = "", start[64], share[16], loss[32], train[MEASURE_TEXT + 8], left[DURATION + 8];
	char spark[3 * SPARK + 16], time[DURATION], measured[MEASURE_TEXT];
	uint64_t clock = model_clock(model, model->step, steps), all = model->job->train.epochs * steps;
	uint64_t within = clock % steps;
	within = within == 0 ? steps : within;
	double each = (now - p->began) / (double)(model->step - p->first);
	int room = terminal_columns() - 1;
	room -= snprintf(start, sizeof start, "epoch %llu/%zu [", (unsigned long long)((clock - 1) / steps + 1),
	                 model->job->train.epochs);
	room -= snprintf(share, sizeof share, "] %3llu%%", (unsigned long long)(within * 100 / steps));
	const struct measure *m = task_measure(model->net->task.task);
	snprintf(loss, sizeof loss, "  loss %s", loss_text(m, totals_loss(&model->running), measured));
	snprintf(train, sizeof train, "  train %s", measure_text(m, totals_measure(&model->running, &model->net->task),
	         measured));
	snprintf(left, sizeof left, "  left %s", text_duration((double)(all - clock) * each, time));
	piece_take(left, &room);
	piece_take(train, &room);
	spark_take(model, spark, &room);
	if (*spark == 0)
		piece_take(loss, &room);
	else
		*loss = 0;
	size_t width = room < 0 ? 0 : room < WIDTH ? (size_t)room : WIDTH;
	memset(bar, ' ', width);
	memset(bar, '=', (size_t)(within * width / steps));
	char line[512];
	snprintf(line, sizeof line, "%s%s%s%s%s%s%s", start, bar, share, loss, train, left, spark);
	p->drawn = line_draw(line, p->drawn);
}

static void on_progress(void *context, const struct model *model, size_t steps)
{
	struct progress *p = context;
	double now = clock_seconds();
	if (p->began == 0) {
		p->began = p->shown = now;
		p->first = model->step;
		return;
	}
	if (!p->watched || now - p->shown < 0.1)
		return;
	p->shown = now;
	progress_draw(p, model, steps, now);
}

/* On a terminal pieces are left out for which its line has no room: first the speed, then the rate, the loss, … */
static void on_epoch(void *context, const struct model *model, const struct record *r, double speed)
{
	enum { PIECE = 64 };
	struct progress *p = context;
	const struct measure *m = task_measure(model->net->task.task);
	bool validated = model->job->data.validation > 0;
	char start[PIECE], text[MEASURE_TEXT];
	char loss[PIECE], train[PIECE], validation[PIECE] = "", test[PIECE], rate[PIECE] = "", end[PIECE];
	int room = p->watched ? terminal_columns() : INT_MAX;
	room -= snprintf(start, sizeof start, "epoch %llu/%zu", (unsigned long long)r->epoch, model->job->train.epochs);
	snprintf(loss, sizeof loss, "  loss %s", loss_text(m, r->train_loss, text));
	snprintf(train, sizeof train, "  train %s", measure_text(m, r->train_measure, text));
	if (validated)
		snprintf(validation, sizeof validation, "  validation %s", measure_text(m, r->validation_measure, text));
	snprintf(test, sizeof test, "  test %s", measure_text(m, r->test_measure, text));
	if (!validated)
		snprintf(rate, sizeof rate, "  rate %.4f", r->rate);
	snprintf(end, sizeof end, "  %.0f images/s", speed);
	char *const by_worth[] = {test, validation, train, loss, rate, end};
	for (size_t i = 0; i < sizeof by_worth / sizeof *by_worth; i++)
		piece_take(by_worth[i], &room);
	clear(p);
	printf("%s%s%s%s%s%s%s\n", start, loss, train, validation, test, rate, end);
	fflush(stdout);
}

/* Also where there was nothing left to do. */
static void on_end(void *context, const struct model *model, bool stopped, bool kept)
{
	clear(context);
	if (stopped)
		printf("stopped at step %llu with a checkpoint: --resume continues\n", (unsigned long long)model->step);
	else if (model->pruned > 0 && model->pruned == model->records)
		printf("done: %zu epoch%s, none since the net was pruned\n", model->records, app_plural(model->records));
	else if (model->records > 0) {
		const struct record *best = &model->record[model_best(model)];
		const struct measure *m = task_measure(model->net->task.task);
		char validation[MEASURE_TEXT], test[MEASURE_TEXT];
		measure_text(m, best->test_measure, test);
		if (model->job->data.validation > 0)
			printf("done: %zu epoch%s, %s after epoch %llu: validation %s %s, test %s\n",
			       model->records, app_plural(model->records), kept ? "best.h5" : "best (its best.h5 is not here)",
			       (unsigned long long)best->epoch, m->title,
			       measure_text(m, best->validation_measure, validation), test);
		else
			printf("done: %zu epoch%s, best test %s %s after epoch %llu (%s)\n", model->records,
			       app_plural(model->records), m->title, test, (unsigned long long)best->epoch,
			       kept ? "best.h5" : "its best.h5 is not here");
	}
	fflush(stdout);
}

static void on_note(void *context, const char *text)
{
	clear(context);
	fflush(stdout);
	app_say(text);
}

static void on_say(void *context, const char *text)
{
	clear(context);
	app_print("%s", text);
	fflush(stdout);
}

struct train_listener progress_listener(struct progress *progress, bool watched)
{
	*progress = (struct progress){.watched = watched};
	return (struct train_listener){progress, on_progress, on_epoch, on_end, on_note, on_say};
}
