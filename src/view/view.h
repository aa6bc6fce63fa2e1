/* What the files of this room share: pictures of tiles, and the parts of a report's page. */
#ifndef CONVOY_VIEW_VIEW_H
#define CONVOY_VIEW_VIEW_H

#include <convoy/view.h>

#include <stdio.h>

/* ---- Tiles on a canvas (draw.c) ---------------------------------------------------------------------------------- */

#define PAPER ((struct colour){255, 255, 255})
#define INK ((struct colour){30, 35, 45})
#define FAINT ((struct colour){225, 228, 233})
#define BAR ((struct colour){60, 110, 180})

enum { MARGIN = 8, LINE = GLYPH_HEIGHT + 5, PICTURE_SIDE = 4000 };

/* Tiles, arrays [tall][wide][rows][columns], under a title. The rows and columns of tiles have numbers. */
struct tiles {
	const char *title;
	size_t tall, wide, rows, columns;
	const float *value;
	const bool *present; /* [tall][wide]; NULL: all. Others are FAINT */
	struct scale scale;
	size_t zoom, step; /* pixels of a number, of a tile's gap; step 0: no gap */
	bool wrapped;      /* tiles are one sequence, with numbers only at the start of a row */
	size_t count;      /* wrapped: number of tiles */
	size_t most;       /* largest count of numbers to draw; 0: any */
};

/* Returns the pixels per number, so that a tile of `side` numbers is about `wanted` pixels wide and `tiles` of them
 * fit. */
size_t tiles_zoom(size_t side, size_t tiles, size_t wanted);

/* tiles_draw draws tiles below `title` (NULL: no title). It cuts what does not fit into PICTURE_SIDE or is more than
 * `most`. tiles_title makes a title that says if something is cut. */
enum { TITLE = 320 };
void tiles_title(const struct tiles *tiles, char title[TITLE]);
int tiles_draw(const struct tiles *tiles, const char *title, struct canvas *out, struct err *err);

/* ---- The report -------------------------------------------------------------------------------------------------- */

/* The contents of a run's directory. */
struct run {
	const char *directory;
	struct model *last, *best; /* the newest checkpoint; best.h5, or NULL if it cannot be read or is another run's */
	size_t rows;
	struct metric *row; /* rows of the newest checkpoint with the times of metrics.csv, and newer rows of that file */
};

/* The runs of a page, and where the page goes. */
struct page {
	FILE *file;
	const struct report_options *options;
	size_t runs;
	struct run *run;
	char *notes; /* HTML list of what is missing; grows while the page is made */
};

/* Reports to the caller that something is missing, and keeps the text for the page. */
void page_note(struct page *page, const char *text);

int run_open(struct run *out, const char *directory, struct page *page, struct err *err);
void run_close(struct run *run);

/* Return the model whose parameters the page shows, and the row with its lowest error (NULL if there is none). */
const struct model *run_shown(const struct run *run);
const struct metric *run_best(const struct run *run);

/* Prints text as HTML, with < > & " escaped. */
void html_text(FILE *file, const char *text);

/* Prints "60,850". */
void html_number(FILE *file, uint64_t number);

/* Print "12.34%", a measure of the model's task, and "1:02:03" or "4.2 s"; "–" for NaN. */
void html_percent(FILE *file, double share);
void html_measure(FILE *file, const struct model *model, double measure);
void html_duration(FILE *file, double seconds);

/* Prints the runs' columns as JSON that is safe in a script element. */
void json_runs(FILE *file, size_t runs, const struct run *run);

/* Print a table with a row per run, and the lines of job files that not all runs share. */
void table_runs(FILE *file, size_t runs, const struct run *run);
int table_jobs(FILE *file, size_t runs, const struct run *run, struct err *err);

/* Prints the layers of a model. */
void table_layers(FILE *file, const struct model *model);

/* Classes whose scores are shown: all, but of more than SCORES those with the largest. Gives their numbers, order
 * [SCORES], and returns how many there are. */
enum { SCORES = 256, SCORES_BEST = 32 };
size_t scores_shown(const struct model *model, const float *score, size_t order[SCORES]);

/* Prints the confusion matrix, recall and precision of each class, and the pairs that are confused most. */
int confusion_print(FILE *file, const struct model *model, struct err *err);

/* Prints a picture inside the page, without a file. */
int image_print(FILE *file, const struct canvas *canvas, const char *about, size_t width, size_t height,
                struct err *err);

/* samples_print prints a sample's way through the net and the samples that are guessed wrong. A missing data set is an
 * error only if the caller named it. parameters_print prints the parameters. */
int samples_print(struct page *page, const struct model *model, struct err *err);
int parameters_print(FILE *file, const struct model *model, struct err *err);

#endif
