/* What a training run shows: a bar with the time left on a terminal, a line per epoch anyway. */
#ifndef CONVOY_APP_PROGRESS_H
#define CONVOY_APP_PROGRESS_H

#include <convoy/train.h>

struct progress {
	bool watched;         /* a terminal: draw the bar */
	size_t drawn;         /* columns of the bar's line; 0: there is none */
	double began, shown;  /* clock: first step of this run, last drawing */
	uint64_t first;       /* step at `began` */
};

/* The listener of a run on rank 0; watched: by a terminal. `progress` must outlive it. */
struct train_listener progress_listener(struct progress *progress, bool watched);

#endif
