/* The plots of a sweep's page, as SVG: parallel coordinates, and the curves of all runs. The best stand out. */
#include "span.h"
#include "sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 1040, NUMBER = 40, LINE_TALL = 13 };

/* A place in a plot. */
struct point {
	double x, y;
};

static void number_text(const struct measure *measure, double value, char text[NUMBER])
{
	if (measure != NULL && measure->share)
		snprintf(text, NUMBER, "%.4g%%", 100 * value);
	else
		snprintf(text, NUMBER, "%.4g", value);
}

/* ---- Lines of trials --------------------------------------------------------------------------------------------- */

/* Prints the line of trial number i, best first, through points; the pointer on it shows what it is. */
static void trial_line(FILE *file, const struct trials *t, size_t i, size_t points, const struct point *point)
{
	const struct trial *trial = &t->trial[i];
	char text[SWEEP_TEXT], measure[MEASURE_TEXT];
	bool best = i < TRIALS_BEST && i < t->compared;
	if (best)
		fprintf(file, "<path class=\"trial best c%zu\"", i);
	else
		fputs(trial->state == TRIAL_FAILED ? "<path class=\"trial failed\"" : "<path class=\"trial\"", file);
	fprintf(file, " data-job=\"%s\" d=\"", t->sweep.name[trial->job]);
	for (size_t p = 0; p < points; p++)
		fprintf(file, "%c%.1f %.1f", p > 0 ? 'L' : 'M', point[p].x, point[p].y);
	fprintf(file, "%s\"><title>%s  ", points == 1 ? "h.1" : "", t->sweep.name[trial->job]);
	html_text(file, sweep_text(&t->sweep, trial->job, text));
	if (trial->best != NULL && t->measure != NULL)
		fprintf(file, ": %s", measure_text(t->measure, trial_measure(t, &trial->best->record), measure));
	fputs("</title></path>\n", file);
}

/* Says below a plot which trials, of those that `cut` has, end at its top. */
static void cut_print(FILE *file, const struct trials *t, const bool *cut)
{
	enum { SHOWN = 12 };
	size_t count = 0;
	for (size_t i = 0; i < t->sweep.jobs; i++) {
		if (!cut[i])
			continue;
		if (count < SHOWN)
			fprintf(file, "%s%s", count == 0 ? "<p class=\"soft cut\">Above the axis, drawn at its top: " : ", ",
			        t->sweep.name[t->trial[i].job]);
		count++;
	}
	if (count > SHOWN)
		fprintf(file, " and %zu more", count - SHOWN);
	fputs(count > 0 ? ".</p>\n" : "", file);
}

/* ---- Parallel coordinates ---------------------------------------------------------------------------------------- */

enum { LEFT = 84, RIGHT = 84, TOP = 46, TALL = 250, HEIGHT = TOP + TALL + 18, CLOSE = 130 };

/* An axis of a key: numbers, or its different words from top to bottom in the order of the table. */
struct key_axis {
	bool numbers;
	struct span span;
	size_t words;
	const char **word; /* [words] the different values; of numbers too */
};

static bool number_read(const char *text, double *number)
{
	char *end;
	*number = strtod(text, &end);
	return *text != 0 && *end == 0 && isfinite(*number);
}

static int key_axis_make(const struct sweep *sweep, size_t k, struct key_axis *out, struct err *err)
{
	double *number = memory_zeroed(sweep->jobs, sizeof *number, err);
	*out = (struct key_axis){.numbers = true};
	out->word = memory_zeroed(sweep->jobs, sizeof *out->word, err);
	int code = number != NULL && out->word != NULL ? 0 : -1;
	for (size_t j = 0; code == 0 && j < sweep->jobs; j++) {
		const char *value = sweep->value[j * sweep->keys + k];
		size_t w = 0;
		while (w < out->words && strcmp(out->word[w], value) != 0)
			w++;
		if (w == out->words)
			out->word[out->words++] = value;
		out->numbers = number_read(value, &number[j]) && out->numbers;
	}
	if (code == 0 && out->numbers)
		out->span = span_of(sweep->jobs, number, false);
	free(number);
	return code;
}

/* How far down a value lies, in the picture. */
static double key_axis_place(const struct key_axis *axis, const char *value)
{
	double number = 0;
	size_t w = 0;
	if (axis->numbers && number_read(value, &number))
		return TOP + TALL * (1 - span_share(&axis->span, number));
	while (w + 1 < axis->words && strcmp(axis->word[w], value) != 0)
		w++;
	return TOP + TALL * (axis->words > 1 ? (double)w / (double)(axis->words - 1) : 0.5);
}

static void tick_print(FILE *file, double x, double y, bool right, const char *text)
{
	fprintf(file, "<path class=\"axis\" d=\"M%.1f %.1fh%d\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x,
	        y, right ? 5 : -5, x + (right ? 9 : -9), y + 4, right ? "start" : "end");
	html_text(file, text);
	fputs("</text>", file);
}

static void spans_print(FILE *file, double x, const struct span *span, bool right, const struct measure *measure)
{
	double tick[SPAN_TICKS];
	char text[NUMBER];
	size_t ticks = span_ticks(span, tick);
	for (size_t i = 0; i < ticks; i++) {
		number_text(measure, tick[i], text);
		tick_print(file, x, TOP + TALL * (1 - span_share(span, tick[i])), right, text);
	}
}

/* A line down, with its name above and its values beside it. Few values stand there themselves; of many, round ones. */
static void key_axis_print(FILE *file, double x, size_t k, bool close, const char *name, const struct key_axis *axis)
{
	enum { FEW = 8 };
	fprintf(file, "<path class=\"axis\" d=\"M%.1f %dv%d\"/><text class=\"name\" x=\"%.1f\" y=\"%d\" "
	        "text-anchor=\"middle\">", x, TOP, TALL, x, close && k % 2 == 1 ? 14 : 30);
	html_text(file, name);
	fputs("</text>", file);
	if (axis->numbers && axis->words > FEW) {
		spans_print(file, x, &axis->span, false, NULL);
	} else {
		/* Words are as far apart as all others; numbers may be close to any before them. */
		size_t each = axis->numbers ? 1 : axis->words * LINE_TALL / TALL + 1;
		for (size_t w = 0; w < axis->words; w += each) {
			double y = key_axis_place(axis, axis->word[w]);
			bool room = true;
			for (size_t v = 0; axis->numbers && v < w; v++)
				room = room && fabs(key_axis_place(axis, axis->word[v]) - y) >= LINE_TALL;
			if (room)
				tick_print(file, x, y, false, axis->word[w]);
		}
	}
	fputc('\n', file);
}

/* The axis of the measure, on the right. */
static int measure_axis_make(const struct trials *t, struct span *span, struct err *err)
{
	double *value = memory_zeroed(t->compared, sizeof *value, err);
	if (value == NULL)
		return -1;
	for (size_t i = 0; i < t->compared; i++)
		value[i] = trial_measure(t, &t->trial[i].best->record);
	*span = span_of(t->compared, value, true);
	free(value);
	return 0;
}

static void measure_axis_print(FILE *file, const struct trials *t, const struct span *span)
{
	double x = WIDTH - RIGHT;
	fprintf(file, "<path class=\"axis\" d=\"M%.1f %dv%d\"/><text class=\"name\" x=\"%.1f\" y=\"%d\" "
	        "text-anchor=\"middle\">%s %s</text>", x, TOP, TALL, x, 30, t->validation ? "validation" : "test",
	        t->measure->title);
	spans_print(file, x, span, true, t->measure);
	fputc('\n', file);
}

static void parallel_lines(FILE *file, const struct trials *t, const struct key_axis *axis, const struct span *span,
                           double step, bool *cut)
{
	const struct sweep *s = &t->sweep;
	for (size_t i = s->jobs; i-- > 0;) { /* the best on top */
		const struct trial *trial = &t->trial[i];
		struct point point[SWEEP_KEYS + 1];
		size_t points = 0;
		if (trial->state == TRIAL_WAITS || trial->state == TRIAL_OTHER)
			continue;
		for (; points < s->keys; points++)
			point[points] = (struct point){LEFT + step * (double)points,
			                               key_axis_place(&axis[points], s->value[trial->job * s->keys + points])};
		if (i < t->compared) {
			double measure = trial_measure(t, &trial->best->record), share = span_share(span, measure);
			cut[i] = measure > span->high;
			point[points++] = (struct point){WIDTH - RIGHT, TOP + TALL * (1 - share)};
		}
		trial_line(file, t, i, points, point);
	}
}

int parallel_print(FILE *file, const struct trials *t, struct err *err)
{
	const struct sweep *s = &t->sweep;
	struct key_axis axis[SWEEP_KEYS] = {0};
	struct span span = {0};
	double step = (double)(WIDTH - LEFT - RIGHT) / (double)s->keys;
	bool cut[SWEEP_JOBS] = {false};
	int code = measure_axis_make(t, &span, err);
	for (size_t k = 0; code == 0 && k < s->keys; k++)
		code = key_axis_make(s, k, &axis[k], err);
	if (code == 0) {
		fprintf(file, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Values and measure of each job\">\n",
		        WIDTH, HEIGHT);
		parallel_lines(file, t, axis, &span, step, cut);
		for (size_t k = 0; k < s->keys; k++)
			key_axis_print(file, LEFT + step * (double)k, k, step < CLOSE, s->key[k], &axis[k]);
		measure_axis_print(file, t, &span);
		fputs("</svg>\n", file);
		cut_print(file, t, cut);
	}
	for (size_t k = 0; k < s->keys; k++)
		free(axis[k].word);
	return code;
}

/* ---- Curves ------------------------------------------------------------------------------------------------------ */

enum { CURVES_LEFT = 58, CURVES_TOP = 10, CURVES_TALL = 250, CURVES_RIGHT = 14, CURVES_HEIGHT = 306 };

static double curve_value(const struct trials *t, const struct metric *row, bool loss)
{
	return loss ? row->record.train_loss : trial_measure(t, &row->record);
}

/* The axes of all curves; the epochs are at least two. */
static int curves_axes(const struct trials *t, bool loss, uint64_t *epochs, struct span *span, size_t *count,
                       struct err *err)
{
	size_t rows = 0;
	for (size_t i = 0; i < t->sweep.jobs; i++)
		rows += t->trial[i].rows;
	double *value = memory_zeroed(rows, sizeof *value, err);
	if (value == NULL)
		return -1;
	*count = 0;
	*epochs = 2;
	for (size_t i = 0; i < t->sweep.jobs; i++)
		for (size_t r = 0; r < t->trial[i].rows; r++) {
			const struct metric *row = &t->trial[i].row[r];
			double y = curve_value(t, row, loss);
			if (!isfinite(y))
				continue;
			value[(*count)++] = y;
			*epochs = row->record.epoch > *epochs ? row->record.epoch : *epochs;
		}
	*span = span_of(*count, value, true);
	free(value);
	return 0;
}

static void curves_grid(FILE *file, const struct span *span, uint64_t epochs, const struct measure *measure)
{
	double tick[SPAN_TICKS], wide = WIDTH - CURVES_LEFT - CURVES_RIGHT;
	char text[NUMBER];
	size_t ticks = span_ticks(span, tick);
	for (size_t i = 0; i < ticks; i++) {
		double y = CURVES_TOP + CURVES_TALL * (1 - span_share(span, tick[i]));
		number_text(measure, tick[i], text);
		fprintf(file, "<path class=\"grid\" d=\"M%d %.1fh%.0f\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s"
		        "</text>", CURVES_LEFT, y, wide, CURVES_LEFT - 8, y + 4, text);
	}
	struct span across = {1, (double)epochs, false};
	ticks = span_ticks(&across, tick);
	for (size_t i = 0; i < ticks; i++)
		if (tick[i] == floor(tick[i]))
			fprintf(file, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.9g</text>",
			        CURVES_LEFT + wide * span_share(&across, tick[i]), CURVES_TOP + CURVES_TALL + 20, tick[i]);
	fprintf(file, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">epoch</text>\n", WIDTH - CURVES_RIGHT,
	        CURVES_HEIGHT - 4);
}

int curves_print(FILE *file, const struct trials *t, bool loss, struct err *err)
{
	struct span span;
	uint64_t epochs;
	size_t count;
	bool cut[SWEEP_JOBS] = {false};
	if (curves_axes(t, loss, &epochs, &span, &count, err) != 0)
		return -1;
	if (count == 0)
		return 0;
	const char *set = loss ? "Loss of training" : t->validation ? "On the validation set: " : "On the test set: ";
	fprintf(file, "<div class=\"card plot\"><h3>%s%s</h3>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\""
	        "Curves of all jobs\">\n", set, loss ? "" : t->measure->title, WIDTH, CURVES_HEIGHT);
	curves_grid(file, &span, epochs, loss ? NULL : t->measure);
	struct span across = {1, (double)epochs, false};
	int code = 0;
	for (size_t i = t->sweep.jobs; code == 0 && i-- > 0;) {
		const struct trial *trial = &t->trial[i];
		struct point *point = memory_zeroed(trial->rows, sizeof *point, err);
		size_t points = 0;
		code = point != NULL ? 0 : -1;
		for (size_t r = 0; code == 0 && r < trial->rows; r++) {
			double y = curve_value(t, &trial->row[r], loss);
			cut[i] = cut[i] || (isfinite(y) && y > span.high);
			if (isfinite(y))
				point[points++] = (struct point){
					CURVES_LEFT + (WIDTH - CURVES_LEFT - CURVES_RIGHT) *
						span_share(&across, (double)trial->row[r].record.epoch),
					CURVES_TOP + CURVES_TALL * (1 - span_share(&span, y))};
		}
		if (points > 0)
			trial_line(file, t, i, points, point);
		free(point);
	}
	fputs("</svg>\n", file);
	cut_print(file, t, cut);
	fputs("</div>\n", file);
	return code;
}
