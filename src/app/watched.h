/* A run that is seen from outside, by the files in its directory. */
#ifndef CONVOY_APP_WATCHED_H
#define CONVOY_APP_WATCHED_H

#include <convoy/train.h>

#include <time.h>

/* Begins with the directory; the rest is zeroed before the first look. */
struct watched {
	const char *directory;
	bool there, begun; /* the directory; a file of a run in it */
	struct err trouble; /* what could not be read at the last look */
	size_t rows;
	struct metric *row; /* [rows]; to be freed in the end */
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

/* Looks at the directory, and takes what is new. EX_NOINPUT if it never can be a run's: it is no directory, or cannot
 * be looked at. What cannot be read in it is w->trouble, and no failure. */
int watched_look(struct watched *w, struct err *err);

/* Returns the seconds of an epoch, evaluation included: the mean of the last ones; NaN if no times are known. */
double watched_epoch_seconds(const struct watched *w);

/* Returns the seconds since the run last wrote something. */
double watched_idle_seconds(const struct watched *w);

/* Returns whether a run that is not done has written nothing for much longer than an epoch takes. */
bool watched_stalls(const struct watched *w);

#endif
