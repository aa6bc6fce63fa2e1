/* A bar on a terminal for work whose end is known. */
#include "bar.h"

#include "app.h"

#include <string.h>

void bar_clear(struct bar *bar)
{
	if (bar->drawn)
		fputs("\r\033[K", stdout);
	bar->drawn = false;
	fflush(stdout);
}

void bar_draw(struct bar *b, size_t done, size_t all)
{
	enum { WIDTH = 40 };
	double now = clock_seconds();
	char bar[WIDTH + 1] = "", some[THOUSANDS], total[THOUSANDS];
	if (!b->watched || now - b->shown < 0.1)
		return;
	b->shown = now;
	int room = terminal_columns() - 40;
	size_t width = room < 0 ? 0 : room < WIDTH ? (size_t)room : WIDTH;
	memset(bar, ' ', width);
	memset(bar, '=', (size_t)((double)done / (double)all * (double)width));
	printf("\r[%s] %3.0f%%  %s of %s\033[K", bar, 100 * (double)done / (double)all, text_thousands(done, some),
	       text_thousands(all, total));
	fflush(stdout);
	b->drawn = true;
}
