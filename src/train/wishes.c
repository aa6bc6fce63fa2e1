/* When to stop: requests from signals and the time limit. */
#include "train.h"

/* A checkpoint slower than this is not begun when a launcher is about to kill all ranks. */
static const double quick_seconds = 0.5;

/* What the first checkpoint is taken for: its bytes on a slow disk. */
static double saving_guess(const struct model *model)
{
	const double slow = 50e6; /* bytes per second */
	return (double)model->net->parameters * 2 * sizeof(float) / slow;
}

int wishes_open(struct wishes *out, struct comm *comm, const struct train_options *options, const struct model *model,
                double began, struct err *err)
{
	*out = (struct wishes){.options = options, .stop_at = options->stop_at, .began = began,
	                       .time_limit = comm_rank(comm) == 0 ? options->time_limit : 0,
	                       .guess = saving_guess(model)};
	return comm_broadcast(comm, &out->stop_at, sizeof out->stop_at, err);
}

/* Returns whether one more step could exceed the time limit. A step can include an evaluation and a checkpoint, so the
 * longest step so far counts. */
static bool time_over(struct wishes *w)
{
	double now = clock_seconds(), step = w->asked > 0 ? now - w->asked : 0;
	double saving = w->saving > 0 ? w->saving : w->guess;
	w->asked = now;
	w->longest = step > w->longest ? step : w->longest;
	return w->time_limit > 0 && now - w->began + 2.5 * w->longest + 2 * saving >= w->time_limit;
}

struct wish wishes_read(struct wishes *wishes)
{
	if (wishes == NULL)
		return (struct wish){0};
	const struct train_options *o = wishes->options;
	bool late = time_over(wishes);
	struct wish wish = {
		.stop = (o->stop != NULL && *o->stop) || late,
		.quit = o->quit != NULL && *o->quit,
		.save = o->save != NULL && *o->save,
	};
	if (wish.save)
		*o->save = 0;
	return wish;
}

int wishes_quit(const struct wishes *wishes, struct comm *comm, uint64_t step, uint64_t saved, struct err *err)
{
	double saving = wishes->saving;
	if (comm_broadcast(comm, &saving, sizeof saving, err) != 0)
		return -1;
	if (saving < quick_seconds)
		return 0;
	return err_set(err, EX_TEMPFAIL, "ended by a signal after step %llu, without a checkpoint: the last, of step %llu, "
	               "took %.1f s; --resume continues from there", (unsigned long long)step, (unsigned long long)saved,
	               saving);
}
