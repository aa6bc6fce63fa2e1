/* A bar on a terminal for work whose end is known. */
#ifndef CONVOY_APP_BAR_H
#define CONVOY_APP_BAR_H

#include <stdbool.h>
#include <stddef.h>

struct bar {
	bool watched, drawn; /* by a terminal; the bar stands on the current line */
	double shown;        /* clock */
};

/* Draws `done` of `all` > 0 on stdout, now and then, if a terminal watches. */
void bar_draw(struct bar *bar, size_t done, size_t all);

/* Takes the bar away, and flushes stdout. Call it before other output. */
void bar_clear(struct bar *bar);

#endif
