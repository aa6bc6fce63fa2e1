/* Progress on a terminal, lines in a log. */
#include "progress.h"
#include "app.h"

#include <string.h>

static void clear(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stdout);
	p->drawn = false;
}

/* "1:02:03", "2:03". */
static const char *duration(double seconds, char text[32])
{
	unsigned long all = seconds > 0 && seconds < 1e8 ? (unsigned long)(seconds + 0.5) : 0;
	if (all >= 3600)
		snprintf(text, 32, "%lu:%02lu:%02lu", all / 3600, all / 60 % 60, all % 60);
	else
		snprintf(text, 32, "%lu:%02lu", all / 60, all % 60);
	return text;
}

/* The bar gives way so that the line does not wrap: \r would not reach back over the first of two lines. */
static void bar_draw(struct progress *p, const struct model *model, size_t steps, double now)
{
	enum { WIDTH = 24 };
	char bar[WIDTH + 1] = "", before[64], behind[128], left[32];
	uint64_t within = model->step % steps, all = model->job->train.epochs * steps;
	within = within == 0 ? steps : within;
	double each = (now - p->began) / (double)(model->step - p->first);
	int64_t samples = model->running.samples;
	int taken = snprintf(before, sizeof before, "epoch %llu/%zu [", (unsigned long long)((model->step - 1) / steps + 1),
	                     model->job->train.epochs);
	taken += snprintf(behind, sizeof behind, "] %3llu%%  loss %.4f  train %.2f%%  left %s",
	                  (unsigned long long)(within * 100 / steps), loss_mean(model->running.loss, samples),
	                  samples > 0 ? 100 * (double)model->running.errors / (double)samples : 0,
	                  duration((double)(all - model->step) * each, left));
	int room = terminal_columns() - 1 - taken;
	size_t width = room < 0 ? 0 : room < WIDTH ? (size_t)room : WIDTH;
	memset(bar, ' ', width);
	memset(bar, '=', (size_t)(within * width / steps));
	printf("\r%s%s%s\033[K", before, bar, behind);
	fflush(stdout);
	p->drawn = true;
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
	bar_draw(p, model, steps, now);
}

static void on_epoch(void *context, const struct model *model, const struct record *r, double speed)
{
	struct progress *p = context;
	clear(p);
	if (model->job->data.validation > 0)
		printf("epoch %llu/%zu  loss %.4f  train %.2f%%  validation %.2f%%  test %.2f%%  %.0f images/s\n",
		       (unsigned long long)r->epoch, model->job->train.epochs, r->train_loss, 100 * r->train_error,
		       100 * r->validation_error, 100 * r->test_error, speed);
	else
		printf("epoch %llu/%zu  loss %.4f  train %.2f%%  test %.2f%%  rate %.4f  %.0f images/s\n",
		       (unsigned long long)r->epoch, model->job->train.epochs, r->train_loss, 100 * r->train_error,
		       100 * r->test_error, r->rate, speed);
	fflush(stdout);
}

/* Also where there was nothing left to do. */
static void on_end(void *context, const struct model *model, bool stopped)
{
	clear(context);
	if (stopped)
		printf("stopped at step %llu with a checkpoint: --resume continues\n", (unsigned long long)model->step);
	else if (model->records > 0) {
		const struct record *best = &model->record[model_best(model)];
		if (model->job->data.validation > 0)
			printf("done: %zu epoch%s, best.h5 after epoch %llu: validation error %.2f%%, test %.2f%%\n",
			       model->records, model->records == 1 ? "" : "s", (unsigned long long)best->epoch,
			       100 * best->validation_error, 100 * best->test_error);
		else
			printf("done: %zu epoch%s, best test error %.2f%% after epoch %llu (best.h5)\n", model->records,
			       model->records == 1 ? "" : "s", 100 * best->test_error, (unsigned long long)best->epoch);
	}
	fflush(stdout);
}

static void on_note(void *context, const char *text)
{
	clear(context);
	fflush(stdout);
	app_say(text);
}

struct train_listener progress_listener(struct progress *progress, bool watched)
{
	*progress = (struct progress){.watched = watched};
	return (struct train_listener){progress, on_progress, on_epoch, on_end, on_note};
}
