/* What the files of this room share: pictures of tiles, and the parts of a report's page. */
#ifndef CONVOY_VIEW_PRIVATE_H
#define CONVOY_VIEW_PRIVATE_H

#include <convoy/view.h>

#include <stdio.h>

/* ---- Tiles on a canvas (draw.c) ---------------------------------------------------------------------------------- */

#define PAPER ((struct colour){255, 255, 255})
#define INK ((struct colour){30, 35, 45})
#define FAINT ((struct colour){225, 228, 233})
#define BAR ((struct colour){60, 110, 180})

enum { MARGIN = 8, LINE = GLYPH_HEIGHT + 5, PICTURE_SIDE = 4000 };

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

/* ---- The report -------------------------------------------------------------------------------------------------- */

/* A run's directory, read. */
struct run {
	const char *directory;
	struct model *last, *best; /* the newest checkpoint; best.h5, or NULL where that cannot be read */
	size_t rows;
	struct metric *row; /* of the newest checkpoint, with the times of metrics.csv, and what that holds beyond */
};

/* What the page is made of, and where it goes. */
struct page {
	FILE *file;
	const struct report_options *options;
	size_t runs;
	struct run *run;
	char *notes; /* HTML list of what is missing; grows while the page is made */
};

/* Tells the caller of something that is missing, and keeps it for the page. */
void page_note(struct page *page, const char *text);

int run_open(struct run *out, const char *directory, struct page *page, struct err *err);
void run_close(struct run *run);

/* The model whose parameters are shown; the row with its lowest error (NULL where there is none). */
const struct model *run_shown(const struct run *run);
const struct metric *run_best(const struct run *run);

/* Text as HTML: < > & " are escaped. */
void html_text(FILE *file, const char *text);

/* "60,850". */
void html_number(FILE *file, uint64_t number);

/* "12.34%", "1:02:03" or "4.2 s"; "–" for NaN. */
void html_percent(FILE *file, double share);
void html_duration(FILE *file, double seconds);

/* The runs' columns as JSON, which may stand in a script element. */
void json_runs(FILE *file, size_t runs, const struct run *run);

/* A row per run; the lines of job files that not all runs share. */
void table_runs(FILE *file, size_t runs, const struct run *run);
int table_jobs(FILE *file, size_t runs, const struct run *run, struct err *err);

/* The layers of a model. */
void table_layers(FILE *file, const struct model *model);

/* Confusion matrix, recall and precision of each class, the pairs that are confused most. */
int confusion_print(FILE *file, const struct model *model, struct err *err);

/* A picture that needs no file. */
int image_print(FILE *file, const struct canvas *canvas, const char *about, size_t width, size_t height,
                struct err *err);

/* A sample's way through the net and the samples that are guessed wrong, where there is a data set (an error only where
 * the caller named it); the parameters. */
int samples_print(struct page *page, const struct model *model, struct err *err);
int parameters_print(FILE *file, const struct model *model, struct err *err);

#endif
