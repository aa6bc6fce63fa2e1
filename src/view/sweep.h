/* A sweep's runs as its page needs them, and the plots of them. */
#ifndef CONVOY_VIEW_SWEEP_H
#define CONVOY_VIEW_SWEEP_H

#include "view.h"

/* How far the run of a job is. */
enum trial_state { TRIAL_WAITS, TRIAL_FAILED, TRIAL_UNREAD, TRIAL_OTHER, TRIAL_BEGUN, TRIAL_DONE };

/* A job of a sweep. */
struct trial {
	size_t job; /* its number in the table, from 0 */
	enum trial_state state;
	char *trouble;             /* why it failed; or NULL */
	size_t rows, epochs;       /* epochs done, and those of the job */
	struct metric *row;        /* [rows] */
	const struct metric *best; /* of `row`, or NULL */
	const struct measure *measure; /* with `best` */
};

/* All of them, the best first. Those that compare by nothing come last, in the order of the table. */
struct trials {
	struct sweep sweep;
	struct trial *trial; /* [sweep.jobs] */
	const struct measure *measure; /* by which they compare; NULL: no epoch has ended, or they have several */
	bool several;
	bool validation; /* on the validation set, which all have; otherwise on the test set */
	size_t compared; /* how many have the measure */
	char *first;     /* the text of the first job that has a run, and its number in the table */
	size_t first_job;
};

/* Opens the runs of a sweep, with notes on the page about what is wrong with them. A run whose job has not the values
 * of the table has no epochs here. EX_NOINPUT, EX_DATAERR of the table; EX_OSERR. Close also on failure. */
int trials_open(struct trials *trials, struct page *page, const char *directory, struct err *err);
void trials_close(struct trials *trials);

/* As many stand out, each in a colour of its own. */
enum { TRIALS_BEST = 5 };

/* Returns the measure of a record, or the loss of training. NaN: there is none. */
double trial_measure(const struct trials *trials, const struct record *record);

/* Prints an axis for each key and one for the measure, and a line through them for each trial. EX_OSERR. */
int parallel_print(FILE *file, const struct trials *trials, struct err *err);

/* Prints the curves of all trials over epochs: the measure, or the loss of training. Prints nothing if there are none.
 * EX_OSERR. */
int curves_print(FILE *file, const struct trials *trials, bool loss, struct err *err);

#endif
