/* A bar on a terminal for work whose end is known. */
#include "bar.h"

#include "app.h"

#include <string.h>

void line_wipe(size_t drawn)
{
	size_t columns = (size_t)terminal_columns();
	if (drawn > columns)
		printf("\r\033[%zuA\033[J", (drawn - 1) / columns);
	else if (drawn > 0)
		fputs("\r\033[K", stdout);
}

size_t line_draw(const char *line, size_t drawn)
{
	if (drawn > (size_t)terminal_columns())
		line_wipe(drawn);
	printf("\r%s\033[K", line);
	fflush(stdout);
	return text_columns(line);
}

void bar_clear(struct bar *bar)
{
	line_wipe(bar->drawn);
	bar->drawn = 0;
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
	char line[WIDTH + 2 * THOUSANDS + 32];
	snprintf(line, sizeof line, "[%s] %3.0f%%  %s of %s", bar, 100 * (double)done / (double)all,
	         text_thousands(done, some), text_thousands(all, total));
	b->drawn = line_draw(line, b->drawn);
}
