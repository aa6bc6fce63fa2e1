/* convoy watch DIR: follows a run from outside, by the files that it writes. */
#include "app.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* ---- What is seen ------------------------------------------------------------------------------------------------ */

struct view {
	const char *directory;
	bool there, begun; /* the directory; a file of a run in it */
	struct err trouble; /* what could not be read at the last look */
	size_t rows;
	struct metric *row;
	time_t written;     /* when the run last wrote something */
	/* Of the newest checkpoint: */
	uint64_t step;      /* 0: none */
	char name[256];     /* of the job: all of it */
	size_t records;     /* epochs done */
	size_t pruned;      /* epochs of another net */
	size_t epochs;      /* that the job asks for; 0: not known */
	bool validation, done;
	const struct measure *measure; /* of the rows */
	double again;       /* clock: not to be read before that */
};

/* Reads the newest checkpoint where there is a newer one; a large one seldom, to leave the processor to others. */
static void checkpoint_look(struct view *v)
{
	enum { IDLE = 50 }; /* times as long as reading took */
	size_t count;
	uint64_t *steps, newest;
	struct model *model = NULL;
	double began = clock_seconds();
	if (began < v->again || checkpoint_list(v->directory, &count, &steps, &v->trouble) != 0)
		return;
	newest = count > 0 ? steps[count - 1] : 0;
	free(steps);
	if (newest == v->step || checkpoint_newest(v->directory, NULL, NULL, &model, &v->trouble) != 0)
		return;
	v->again = clock_seconds() + IDLE * (clock_seconds() - began);
	v->step = newest;
	v->done = model != NULL && model_done(model);
	if (model != NULL) {
		snprintf(v->name, sizeof v->name, "%s", model->job->name);
		v->records = model->records;
		v->pruned = model->pruned;
		v->epochs = model->job->train.epochs;
		v->validation = model->job->data.validation > 0;
	}
	model_destroy(model);
}

static void rows_look(struct view *v)
{
	struct metric *row = NULL;
	size_t rows = 0;
	if (metrics_read(v->directory, &rows, &row, &v->measure, &v->trouble) == 0) {
		free(v->row);
		v->row = row;
		v->rows = rows;
	} else {
		free(row);
	}
}

static time_t changed(const char *directory, const char *name)
{
	struct err err = {0};
	struct stat file;
	char *path = memory_format(&err, "%s/%s", directory, name);
	time_t when = path != NULL && stat(path, &file) == 0 ? file.st_mtime : 0;
	free(path);
	return when;
}

/* Looks at the directory. −1 where it never can be a run's. */
static int look(struct view *v, struct err *err)
{
	struct stat info;
	v->trouble = (struct err){0};
	v->there = stat(v->directory, &info) == 0;
	v->begun = v->begun && v->there;
	if (!v->there && errno != ENOENT)
		return err_set(err, EX_NOINPUT, "%s: %s", v->directory, strerror(errno));
	if (!v->there)
		return 0;
	if (!S_ISDIR(info.st_mode))
		return err_set(err, EX_NOINPUT, "%s: is not a directory; give the directory of a run", v->directory);
	time_t metrics = changed(v->directory, "metrics.csv"), directory = changed(v->directory, ".");
	time_t latest = metrics > directory ? metrics : directory;
	checkpoint_look(v); /* first: its epochs have their rows already */
	v->begun = metrics != 0 || v->step > 0 || v->trouble.code != 0;
	/* Within the same second more may be written than was seen. */
	if (latest != v->written || time(NULL) - latest < 3 || v->rows == 0)
		rows_look(v);
	v->written = latest;
	return 0;
}

/* Seconds of an epoch, evaluation included: the mean of the last ones; NaN where no times are known. */
static double epoch_seconds(const struct view *v)
{
	enum { LAST = 5 };
	for (size_t back = LAST; back > 0; back--)
		if (v->rows > back) {
			const struct metric *to = &v->row[v->rows - 1], *from = to - back;
			double each = (to->seconds - from->seconds) / (double)(to->record.epoch - from->record.epoch);
			if (each > 0)
				return each;
		}
	return v->rows == 1 && v->row->record.epoch == 1 ? v->row->seconds : NAN;
}

static double idle_seconds(const struct view *v)
{
	return fmax(0, difftime(time(NULL), v->written)); /* a file server's clock may be ahead */
}

static bool is_stalled(const struct view *v)
{
	enum { EPOCHS = 3, LEAST = 60 };
	double each = epoch_seconds(v);
	return v->begun && !v->done && idle_seconds(v) > (isnan(each) ? 5 * LEAST : fmax(LEAST, EPOCHS * each));
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

static void share_show(struct screen *s, const struct view *v)
{
	enum { WIDTH = 40, OTHERS = 32 };
	char bar[WIDTH + 1] = "", time[DURATION], left[DURATION + 16] = "";
	int room = s->terminal ? terminal_columns() - OTHERS : WIDTH;
	size_t width = room < WIDTH ? (size_t)room : WIDTH;
	double each = epoch_seconds(v), within = isnan(each) || is_stalled(v) ? 0 : fmin(0.99, idle_seconds(v) / each);
	size_t epoch = v->row[v->rows - 1].record.epoch;
	double done = v->done || epoch >= v->epochs ? 1 : ((double)epoch + within) / (double)v->epochs;
	memset(bar, ' ', width);
	memset(bar, '=', (size_t)(done * (double)width));
	if (!v->done && !is_stalled(v) && !isnan(each) && epoch < v->epochs)
		snprintf(left, sizeof left, "  left about %s",
		         text_duration(((double)(v->epochs - epoch) - within) * each, time));
	line_show(s, "[%s] %3.0f%%%s", bar, floor(100 * done), left);
}

static bool has_validation(const struct view *v)
{
	return v->validation && !isnan(v->row[v->rows - 1].record.validation_measure);
}

static void error_show(struct screen *s, const struct view *v)
{
	enum { WIDTH = 24, OTHERS = 52 };
	char spark[3 * SPARK + 1], now[MEASURE_TEXT], least[MEASURE_TEXT];
	bool validation = has_validation(v);
	const struct record *last = &v->row[v->rows - 1].record, *best = last;
	if (v->pruned >= v->rows) {
		line_show(s, "these errors are from before the network was pruned");
		return;
	}
	for (size_t r = v->rows; r-- > v->pruned;) {
		const struct record *x = &v->row[r].record;
		if (!isnan(validation ? x->validation_measure : x->test_measure) && !record_better(best, x, validation))
			best = x;
	}
	int room = s->terminal ? terminal_columns() - OTHERS : WIDTH;
	spark_text(&v->row->record, v->rows, sizeof *v->row, validation, room < 1 ? 1 : room < WIDTH ? (size_t)room : WIDTH,
	           spark);
	line_show(s, "%s %s %s, best %s after epoch %llu  %s", validation ? "validation" : "test", v->measure->title,
	          measure_text(v->measure, validation ? last->validation_measure : last->test_measure, now),
	          measure_text(v->measure, validation ? best->validation_measure : best->test_measure, least),
	          (unsigned long long)best->epoch, spark);
}

static void table_show(struct screen *s, const struct view *v)
{
	enum { MOST = 10, OTHERS = 8 };
	int room = s->terminal ? terminal_lines() - OTHERS : MOST;
	size_t shown = room < 1 ? 1 : room < MOST ? (size_t)room : MOST;
	bool validation = has_validation(v), wide = !s->terminal || terminal_columns() >= 80;
	line_show(s, "%6s%s %10s %8s%s %10s %8s%s", "epoch", wide ? "       rate" : "", "train loss",
	          v->measure->title, validation ? "    valid" : "", "test loss", v->measure->title,
	          wide ? "   images/s" : "");
	for (size_t r = v->rows > shown ? v->rows - shown : 0; r < v->rows; r++) {
		const struct record *x = &v->row[r].record;
		char rate[24] = "", valid[MEASURE_TEXT + 8] = "", speed[24] = "", train[MEASURE_TEXT], test[MEASURE_TEXT];
		if (wide)
			snprintf(rate, sizeof rate, " %10.6f", x->rate);
		if (validation)
			snprintf(valid, sizeof valid, " %8s", measure_text(v->measure, x->validation_measure, test));
		if (wide && !isnan(v->row[r].images_per_second))
			snprintf(speed, sizeof speed, " %10.0f", v->row[r].images_per_second);
		line_show(s, "%6llu%s %10.4f %8s%s %10.4f %8s%s", (unsigned long long)x->epoch, rate, x->train_loss,
		          measure_text(v->measure, x->train_measure, train), valid, x->test_loss,
		          measure_text(v->measure, x->test_measure, test), speed);
	}
}

/* The last line: whether it is over, how long ago something was written, what could not be read. */
static void state_show(struct screen *s, const struct view *v)
{
	char idle[DURATION], each[DURATION];
	text_duration(idle_seconds(v), idle);
	if (v->trouble.code != 0)
		line_show(s, "%s", v->trouble.text);
	if (v->done)
		line_show(s, "done: %zu epoch%s%s", v->records, app_plural(v->records),
		          v->records < v->epochs ? ", ended early: no better" : "");
	else if (!is_stalled(v))
		line_show(s, "last written %s ago", idle);
	else if (isnan(epoch_seconds(v)))
		line_show(s, "nothing was written for %s: stopped, or stalled?", idle);
	else
		line_show(s, "nothing was written for %s, an epoch takes %s: stopped, or stalled?", idle,
		          text_duration(epoch_seconds(v), each));
}

/* All of it; on a terminal over what stands there. */
static void view_show(struct screen *s, const struct view *v)
{
	if (s->terminal && s->lines > 0)
		printf("\033[%dA\033[J", s->lines);
	s->lines = 0;
	if (!v->there) {
		line_show(s, "%s: not there yet", v->directory);
	} else if (!v->begun) {
		line_show(s, "%s: no files of a run in it yet", v->directory);
	} else if (v->rows == 0) {
		line_show(s, "%s%s%s: %s", v->directory, v->step > 0 ? ": " : "", v->name,
		          v->records > 0 ? "metrics.csv has no rows" : "no epoch has ended yet");
		state_show(s, v);
	} else {
		unsigned long long epoch = v->row[v->rows - 1].record.epoch;
		if (v->epochs > 0)
			line_show(s, "%s: %s, epoch %llu of %zu", v->directory, v->name, epoch, v->epochs);
		else
			line_show(s, "%s: epoch %llu (the first checkpoint will tell the number of epochs)", v->directory, epoch);
		if (v->epochs > 0)
			share_show(s, v);
		error_show(s, v);
		table_show(s, v);
		state_show(s, v);
	}
	fflush(stdout);
}

/* ---- Following --------------------------------------------------------------------------------------------------- */

/* What was printed already. Without a terminal only news is printed: new rows, and changes of the run's state. */
struct told {
	uint64_t epoch;
	bool waiting, stalled;
};

static void news_tell(struct screen *s, const struct view *v, struct told *told)
{
	if (!v->begun && !told->waiting)
		line_show(s, "%s: %s", v->directory, v->there ? "no files of a run in it yet" : "not there yet");
	told->waiting = !v->begun;
	if (v->rows == 0 || v->row[v->rows - 1].record.epoch < told->epoch)
		told->epoch = 0; /* it was started afresh */
	for (size_t r = 0; r < v->rows; r++) {
		const struct record *x = &v->row[r].record;
		char validation[MEASURE_TEXT + 16] = "", train[MEASURE_TEXT], test[MEASURE_TEXT];
		if (x->epoch <= told->epoch)
			continue;
		if (!isnan(x->validation_measure))
			snprintf(validation, sizeof validation, "  validation %s",
			         measure_text(v->measure, x->validation_measure, test));
		line_show(s, "epoch %llu  loss %.4f  train %s%s  test %s  rate %.4f", (unsigned long long)x->epoch,
		          x->train_loss, measure_text(v->measure, x->train_measure, train), validation,
		          measure_text(v->measure, x->test_measure, test), x->rate);
		told->epoch = x->epoch;
	}
	if (v->done || (is_stalled(v) && !told->stalled))
		state_show(s, v);
	told->stalled = is_stalled(v);
	fflush(stdout);
}

static int follow(const struct arguments *a, struct err *err)
{
	struct view v = {.directory = a->directory};
	struct screen screen = {.terminal = terminal_is_watched() && !a->once};
	struct told told = {0};
	int code;
	while ((code = look(&v, err)) == 0) {
		if (a->once && !v.there)
			code = err_set(err, EX_NOINPUT, "%s: no such directory", a->directory);
		else if (a->once || screen.terminal)
			view_show(&screen, &v);
		else
			news_tell(&screen, &v, &told);
		if (a->once || v.done || ferror(stdout))
			break;
		double whole = floor(a->interval);
		nanosleep(&(struct timespec){(time_t)whole, (long)(1e9 * (a->interval - whole))}, NULL);
	}
	if (a->once && code == 0 && v.trouble.code != 0)
		code = err_set(err, v.trouble.code, "%s", v.trouble.text);
	free(v.row);
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
