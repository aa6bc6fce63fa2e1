/* An axis of a sweep's plots. */
#ifndef CONVOY_VIEW_SPAN_H
#define CONVOY_VIEW_SPAN_H

#include "view.h"

/* An axis from low to high; by the logarithm if they are a decade apart and above 0. */
struct span {
	double low, high;
	bool log;
};

/* Makes an axis for numbers, which it sorts. robust: what lies far above most of them does not stretch it. */
struct span span_of(size_t count, double *value, bool robust);

/* Returns where a number lies on it, 0 … 1; at an end if it is beyond. */
double span_share(const struct span *span, double value);

/* Gives round numbers on it. Returns how many. */
enum { SPAN_TICKS = 16 };
size_t span_ticks(const struct span *span, double tick[SPAN_TICKS]);

#endif
