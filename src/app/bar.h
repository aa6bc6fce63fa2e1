/* A bar on a terminal for work whose end is known. */
#ifndef CONVOY_APP_BAR_H
#define CONVOY_APP_BAR_H

#include <stdbool.h>
#include <stddef.h>

struct bar {
	bool watched;  /* by a terminal */
	size_t drawn;  /* columns of the line that the bar stands on; 0: there is none */
	double shown;  /* clock */
};

/* Draws a line in the place of one of `drawn` columns (0: none). Returns the columns of the new one. line_wipe takes it
 * away: also where the terminal has become narrower since, and shows the line as several. */
size_t line_draw(const char *line, size_t drawn);
void line_wipe(size_t drawn);

/* Draws `done` of `all` > 0 on stdout, now and then, if a terminal watches. */
void bar_draw(struct bar *bar, size_t done, size_t all);

/* Takes the bar away, and flushes stdout. Call it before other output. */
void bar_clear(struct bar *bar);

#endif
