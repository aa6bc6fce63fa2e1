/* What the pictures share: colours, and tiles in rows and columns under a title. */
#ifndef CONVOY_VIEW_DRAW_H
#define CONVOY_VIEW_DRAW_H

#include <convoy/view.h>

#define PAPER ((struct colour){255, 255, 255})
#define INK ((struct colour){30, 35, 45})
#define FAINT ((struct colour){225, 228, 233})
#define BAR ((struct colour){60, 110, 180})

enum { MARGIN = 8, LINE = GLYPH_HEIGHT + 5, PICTURE_SIDE = 4000 };

/* Pixels that a text is wide. */
size_t text_width(const char *text);

/* Arrays [tall][wide][rows][columns] under a title, with numbers at the rows and columns of tiles. */
struct tiles {
	const char *title;
	size_t tall, wide, rows, columns;
	const float *value;
	const bool *present; /* [tall][wide]; NULL: all. Others are FAINT */
	struct scale scale;
	size_t zoom, step; /* pixels of a number, of a tile's gap; step 0: no gap */
	bool wrapped;      /* tiles are one sequence, with numbers only where a row begins */
	size_t count;      /* wrapped: tiles that are there */
	size_t most;       /* numbers that are drawn; 0: any */
};

/* Pixels per number so that a tile of `side` numbers is about `wanted` pixels wide and `tiles` of them fit. */
size_t tiles_zoom(size_t side, size_t tiles, size_t wanted);

/* Cuts what does not fit PICTURE_SIDE or is more than `most`; then the title says so. title: what stands above; NULL:
 * nothing. */
enum { TITLE = 320 };
void tiles_title(const struct tiles *tiles, char title[TITLE]);
int tiles_draw(const struct tiles *tiles, const char *title, struct canvas *out, struct err *err);

#endif
