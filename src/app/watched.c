/* A run as its files show it to others: its newest checkpoint, the rows of its metrics, when it last wrote. */
#include "watched.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Reads the newest checkpoint where there is a newer one; a large one seldom, to leave the processor to others. */
static void checkpoint_look(struct watched *w)
{
	enum { IDLE = 50 }; /* times as long as reading took */
	size_t count;
	uint64_t *steps, newest;
	struct model *model = NULL;
	double began = clock_seconds();
	if (began < w->again || checkpoint_list(w->directory, &count, &steps, &w->trouble) != 0)
		return;
	newest = count > 0 ? steps[count - 1] : 0;
	free(steps);
	if (newest == w->step || checkpoint_newest(w->directory, NULL, NULL, &model, &w->trouble) != 0)
		return;
	w->again = clock_seconds() + IDLE * (clock_seconds() - began);
	w->step = newest;
	w->done = model != NULL && model_done(model);
	if (model != NULL) {
		snprintf(w->name, sizeof w->name, "%s", model->job->name);
		w->records = model->records;
		w->pruned = model->pruned;
		w->epochs = model->job->train.epochs;
		w->validation = model->job->data.validation > 0;
	}
	model_destroy(model);
}

static void rows_look(struct watched *w)
{
	struct metric *row = NULL;
	size_t rows = 0;
	if (metrics_read(w->directory, &rows, &row, &w->measure, &w->trouble) == 0) {
		free(w->row);
		w->row = row;
		w->rows = rows;
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

int watched_look(struct watched *w, struct err *err)
{
	struct stat info;
	w->trouble = (struct err){0};
	w->there = stat(w->directory, &info) == 0;
	w->begun = w->begun && w->there;
	if (!w->there && errno != ENOENT)
		return err_set(err, EX_NOINPUT, "%s: %s", w->directory, strerror(errno));
	if (!w->there)
		return 0;
	if (!S_ISDIR(info.st_mode))
		return err_set(err, EX_NOINPUT, "%s: is not a directory; give the directory of a run", w->directory);
	time_t metrics = changed(w->directory, "metrics.csv"), directory = changed(w->directory, ".");
	time_t latest = metrics > directory ? metrics : directory;
	checkpoint_look(w); /* first: its epochs have their rows already */
	w->begun = metrics != 0 || w->step > 0 || w->trouble.code != 0;
	/* Within the same second more may be written than was seen. */
	if (latest != w->written || time(NULL) - latest < 3 || w->rows == 0)
		rows_look(w);
	w->written = latest;
	return 0;
}

double watched_epoch_seconds(const struct watched *w)
{
	enum { LAST = 5 };
	for (size_t back = LAST; back > 0; back--)
		if (w->rows > back) {
			const struct metric *to = &w->row[w->rows - 1], *from = to - back;
			double each = (to->seconds - from->seconds) / (double)(to->record.epoch - from->record.epoch);
			if (each > 0)
				return each;
		}
	return w->rows == 1 && w->row->record.epoch == 1 ? w->row->seconds : NAN;
}

double watched_idle_seconds(const struct watched *w)
{
	return fmax(0, difftime(time(NULL), w->written)); /* a file server's clock may be ahead */
}

bool watched_stalls(const struct watched *w)
{
	enum { EPOCHS = 3, LEAST = 60 };
	double each = watched_epoch_seconds(w);
	return w->begun && !w->done && watched_idle_seconds(w) > (isnan(each) ? 5 * LEAST : fmax(LEAST, EPOCHS * each));
}
