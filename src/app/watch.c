/* convoy watch DIR: follows a run from outside, by the files that it writes. */
#include "app.h"
#include "watched.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *directory;
	double interval;
	bool once;
};

enum { ONCE = 256 }; /* no letter */

static const struct argp_option options[] = {
	{"once", ONCE, NULL, 0, "Print the present state of the run, and end", 0},
	{"interval", 'i', "SECONDS", 0, "Look every so many seconds (default: 2)", 0},
	{0},
};

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ONCE:
		a->once = true;
		break;
	case 'i':
		app_real("--interval", value, 0.1, 3600, &a->interval, &a->err);
		break;
	case ARGP_KEY_ARG:
		operand_take("watch", "directory", value, &a->directory, &a->err);
		break;
	case ARGP_KEY_END:
		operand_check("watch", "run's directory", a->directory, &a->err);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->err.code == 0 ? 0 : EINVAL;
}

/* ---- What is shown ----------------------------------------------------------------------------------------------- */

/* Lines on a terminal are cut to its width, counted in characters, so that they can be drawn over. */
struct screen {
	bool terminal;
	int lines; /* that stand on the terminal */
};

static void line_show(struct screen *s, const char *format, ...) CONVOY_PRINTF(2, 3);
static void line_show(struct screen *s, const char *format, ...)
{
	char text[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	text[text_head(text, s->terminal ? (size_t)terminal_columns() - 1 : sizeof text)] = 0;
	app_print("%s", text);
	s->lines++;
}

static void share_show(struct screen *s, const struct watched *w)
{
	enum { WIDTH = 40, OTHERS = 32 };
	char bar[WIDTH + 1] = "", time[DURATION], left[DURATION + 16] = "";
	int room = s->terminal ? terminal_columns() - OTHERS : WIDTH;
	size_t width = room < WIDTH ? (size_t)room : WIDTH;
	bool moves = !watched_stalls(w);
	double each = watched_epoch_seconds(w);
	double within = isnan(each) || !moves ? 0 : fmin(0.99, watched_idle_seconds(w) / each);
	size_t epoch = w->row[w->rows - 1].record.epoch;
	double done = w->done || epoch >= w->epochs ? 1 : ((double)epoch + within) / (double)w->epochs;
	memset(bar, ' ', width);
	memset(bar, '=', (size_t)(done * (double)width));
	if (!w->done && moves && !isnan(each) && epoch < w->epochs)
		snprintf(left, sizeof left, "  left about %s",
		         text_duration(((double)(w->epochs - epoch) - within) * each, time));
	line_show(s, "[%s] %3.0f%%%s", bar, floor(100 * done), left);
}

static bool has_validation(const struct watched *w)
{
	return w->validation && !isnan(w->row[w->rows - 1].record.validation_measure);
}

static void error_show(struct screen *s, const struct watched *w)
{
	enum { WIDTH = 24, OTHERS = 52 };
	char spark[3 * SPARK + 1], now[MEASURE_TEXT], least[MEASURE_TEXT];
	bool validation = has_validation(w);
	const struct record *last = &w->row[w->rows - 1].record, *best = last;
	if (w->pruned >= w->rows) {
		line_show(s, "these errors are from before the network was pruned");
		return;
	}
	for (size_t r = w->rows; r-- > w->pruned;) {
		const struct record *x = &w->row[r].record;
		if (!isnan(validation ? x->validation_measure : x->test_measure) && !record_better(best, x, validation))
			best = x;
	}
	int room = s->terminal ? terminal_columns() - OTHERS : WIDTH;
	spark_text(&w->row->record, w->rows, sizeof *w->row, validation, room < 1 ? 1 : room < WIDTH ? (size_t)room : WIDTH,
	           spark);
	line_show(s, "%s %s %s, best %s after epoch %llu  %s", validation ? "validation" : "test", w->measure->title,
	          measure_text(w->measure, validation ? last->validation_measure : last->test_measure, now),
	          measure_text(w->measure, validation ? best->validation_measure : best->test_measure, least),
	          (unsigned long long)best->epoch, spark);
}

static void table_show(struct screen *s, const struct watched *w)
{
	enum { MOST = 10, OTHERS = 8 };
	int room = s->terminal ? terminal_lines() - OTHERS : MOST;
	size_t shown = room < 1 ? 1 : room < MOST ? (size_t)room : MOST;
	bool validation = has_validation(w), wide = !s->terminal || terminal_columns() >= 80;
	line_show(s, "%6s%s %10s %8s%s %10s %8s%s", "epoch", wide ? "       rate" : "", "train loss",
	          w->measure->title, validation ? "    valid" : "", "test loss", w->measure->title,
	          wide ? "   images/s" : "");
	for (size_t r = w->rows > shown ? w->rows - shown : 0; r < w->rows; r++) {
		const struct record *x = &w->row[r].record;
		char rate[24] = "", valid[MEASURE_TEXT + 8] = "", speed[24] = "", train[MEASURE_TEXT], test[MEASURE_TEXT];
		if (wide)
			snprintf(rate, sizeof rate, " %10.6f", x->rate);
		if (validation)
			snprintf(valid, sizeof valid, " %8s", measure_text(w->measure, x->validation_measure, test));
		if (wide && !isnan(w->row[r].images_per_second))
			snprintf(speed, sizeof speed, " %10.0f", w->row[r].images_per_second);
		char loss[2][MEASURE_TEXT];
		line_show(s, "%6llu%s %10s %8s%s %10s %8s%s", (unsigned long long)x->epoch, rate,
		          loss_text(w->measure, x->train_loss, loss[0]), measure_text(w->measure, x->train_measure, train),
		          valid, loss_text(w->measure, x->test_loss, loss[1]),
		          measure_text(w->measure, x->test_measure, test), speed);
	}
}

/* The last line: whether it is over, how long ago something was written, what could not be read. */
static void state_show(struct screen *s, const struct watched *w)
{
	char idle[DURATION], each[DURATION];
	text_duration(watched_idle_seconds(w), idle);
	if (w->trouble.code != 0)
		line_show(s, "%s", w->trouble.text);
	if (w->done)
		line_show(s, "done: %zu epoch%s%s", w->records, app_plural(w->records),
		          w->records < w->epochs ? ", ended early: no better" : "");
	else if (!watched_stalls(w))
		line_show(s, "last written %s ago", idle);
	else if (isnan(watched_epoch_seconds(w)))
		line_show(s, "nothing was written for %s: stopped, or stalled?", idle);
	else
		line_show(s, "nothing was written for %s, an epoch takes %s: stopped, or stalled?", idle,
		          text_duration(watched_epoch_seconds(w), each));
}

/* All of it; on a terminal over what stands there. */
static void view_show(struct screen *s, const struct watched *w)
{
	if (s->terminal && s->lines > 0)
		printf("\033[%dA\033[J", s->lines);
	s->lines = 0;
	if (!w->there) {
		line_show(s, "%s: not there yet", w->directory);
	} else if (!w->begun) {
		line_show(s, "%s: no files of a run in it yet", w->directory);
	} else if (w->rows == 0) {
		line_show(s, "%s%s%s: %s", w->directory, w->step > 0 ? ": " : "", w->name,
		          w->records > 0 ? "metrics.csv has no rows" : "no epoch has ended yet");
		state_show(s, w);
	} else {
		unsigned long long epoch = w->row[w->rows - 1].record.epoch;
		if (w->epochs > 0)
			line_show(s, "%s: %s, epoch %llu of %zu", w->directory, w->name, epoch, w->epochs);
		else
			line_show(s, "%s: epoch %llu (the first checkpoint will tell the number of epochs)", w->directory, epoch);
		if (w->epochs > 0)
			share_show(s, w);
		error_show(s, w);
		table_show(s, w);
		state_show(s, w);
	}
	fflush(stdout);
}

/* ---- Following --------------------------------------------------------------------------------------------------- */

/* What was printed already. Without a terminal only news is printed: new rows, and changes of the run's state. */
struct told {
	uint64_t epoch;
	bool waiting, stalled;
};

static void news_tell(struct screen *s, const struct watched *w, struct told *told)
{
	if (!w->begun && !told->waiting)
		line_show(s, "%s: %s", w->directory, w->there ? "no files of a run in it yet" : "not there yet");
	told->waiting = !w->begun;
	if (w->rows == 0 || w->row[w->rows - 1].record.epoch < told->epoch)
		told->epoch = 0; /* it was started afresh */
	for (size_t r = 0; r < w->rows; r++) {
		const struct record *x = &w->row[r].record;
		char validation[MEASURE_TEXT + 16] = "", train[MEASURE_TEXT], test[MEASURE_TEXT];
		if (x->epoch <= told->epoch)
			continue;
		if (!isnan(x->validation_measure))
			snprintf(validation, sizeof validation, "  validation %s",
			         measure_text(w->measure, x->validation_measure, test));
		char loss[MEASURE_TEXT];
		line_show(s, "epoch %llu  loss %s  train %s%s  test %s  rate %.4f", (unsigned long long)x->epoch,
		          loss_text(w->measure, x->train_loss, loss),
		          measure_text(w->measure, x->train_measure, train), validation,
		          measure_text(w->measure, x->test_measure, test), x->rate);
		told->epoch = x->epoch;
	}
	if (w->done || (watched_stalls(w) && !told->stalled))
		state_show(s, w);
	told->stalled = watched_stalls(w);
	fflush(stdout);
}

static int follow(const struct arguments *a, struct err *err)
{
	struct watched w = {.directory = a->directory};
	struct screen screen = {.terminal = terminal_is_watched() && !a->once};
	struct told told = {0};
	int code;
	while ((code = watched_look(&w, err)) == 0) {
		if (a->once && !w.there)
			code = err_set(err, EX_NOINPUT, "%s: no such directory", a->directory);
		else if (a->once || screen.terminal)
			view_show(&screen, &w);
		else
			news_tell(&screen, &w, &told);
		if (a->once || w.done || ferror(stdout))
			break;
		double whole = floor(a->interval);
		nanosleep(&(struct timespec){(time_t)whole, (long)(1e9 * (a->interval - whole))}, NULL);
	}
	if (a->once && code == 0 && w.trouble.code != 0)
		code = err_set(err, w.trouble.code, "%s", w.trouble.text);
	free(w.row);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "DIR",
		"Follows a run, on this machine or another, by the files in its directory: the last epochs, the error so far, "
		"the time left, and when it last wrote. Ends when the run is complete.", NULL, NULL, NULL};
	struct arguments a = {.interval = 2};
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0 || follow(&a, &a.err) != 0)
		return app_fail(&a.err);
	return 0;
}

const struct command watch_command = {"watch", "follows a run by the files that it writes", run};
