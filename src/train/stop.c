/* When to stop: what signals and a limit of time ask for. */
#include "trainer.h"

/* A checkpoint slower than this is not begun when a launcher is about to kill all ranks. */
static const double quick_seconds = 0.5;

/* Before the first checkpoint: what its bytes take on a slow disk. */
static double saving_guess(const struct trainer *t)
{
	const double slow = 50e6; /* bytes per second */
	return t->saving > 0 ? t->saving : (double)t->model->net->parameters * 2 * sizeof(float) / slow;
}

/* Whether the limit of time would be broken if it were looked at again only after another step. A step may bring an
 * evaluation and a checkpoint with it: the longest so far is the measure. */
static bool time_over(struct trainer *t)
{
	double now = clock_seconds(), step = t->asked > 0 ? now - t->asked : 0;
	t->asked = now;
	t->longest = step > t->longest ? step : t->longest;
	return t->options->time_limit > 0 &&
	       now - t->started + 2.5 * t->longest + 2 * saving_guess(t) >= t->options->time_limit;
}

struct wishes wishes_read(struct trainer *t)
{
	const struct train_options *o = t->options;
	bool late = comm_rank(t->comm) == 0 && time_over(t);
	struct wishes wishes = {
		.stop = (o->stop != NULL && *o->stop) || late,
		.quit = o->quit != NULL && *o->quit,
		.save = o->save != NULL && *o->save,
	};
	if (wishes.save)
		*o->save = 0;
	return wishes;
}

int quit_early(struct trainer *t, struct err *err)
{
	const struct model *model = t->model;
	double saving = t->saving;
	if (comm_broadcast(t->comm, &saving, sizeof saving, err) != 0)
		return -1;
	if (saving < quick_seconds)
		return 0;
	return err_set(err, EX_TEMPFAIL, "ended by a signal after step %llu, without a checkpoint: the last, of step %llu, "
	               "took %.1f s; --resume continues from there", (unsigned long long)model->step,
	               (unsigned long long)t->saved, saving);
}
