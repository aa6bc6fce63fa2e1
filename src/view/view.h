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

/* Ink and what is faint on a page, which may be light or dark. */
#define PAGE_INK ((struct colour){122, 133, 150})
#define PAGE_FAINT ((struct colour){178, 186, 198})

/* Tiles, arrays [tall][wide][rows][columns], under a title. The rows and columns of tiles have numbers. */
struct tiles {
	const char *head;          /* of the title: "3 convolution: kernels 5×5" */
	const char *down, *across; /* what rows and columns of tiles are: "output map"; down NULL: rows have labels */
	const char *key;           /* what colours mean */
	size_t tall, wide, rows, columns;
	const float *value;
	const bool *present;        /* [tall][wide]; NULL: all. Others are FAINT */
	const char *const *label;   /* [tall] in the place of a row's number; NULL: numbers */
	const size_t *row, *column; /* numbers of rows and columns that were chosen out of all; NULL: these are all */
	size_t all_tall, all_wide;  /* … out of so many */
	struct scale scale;
	size_t zoom, step;  /* pixels of a number, of a tile's gap; step 0: no gap */
	size_t zoom_down;   /* pixels of a number down; 0: as across */
	bool wrapped;       /* tiles are one sequence of `down`, with numbers only at the start of a row */
	bool page;          /* for a page: where there is nothing, it shows through */
	size_t count;       /* wrapped: number of tiles */
	size_t most;        /* largest count of numbers to draw; 0: any */
};

/* Return the pixels from a tile to the next one. */
size_t tiles_pitch_x(const struct tiles *tiles);
size_t tiles_pitch_y(const struct tiles *tiles);

/* Makes tiles fit for a page, about as wide as half of it: smaller, or if they would be too small to be seen, only
 * those rows and columns that have the largest sums of squares, in their order. Returns whether something is left out;
 * *chosen then has them. Release it with chosen_free, also on failure (−1). */
struct chosen {
	struct tiles tiles;
	float *value;
	bool *present;
	size_t *row, *column;
};
int tiles_choose(struct tiles *tiles, struct chosen *chosen, struct err *err);
void chosen_free(struct chosen *chosen);

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
	const char *order; /* what the page says of it */
	char *notes; /* HTML list of what is missing; grows while the page is made */
	bool sweep;  /* it is of a sweep */
};

/* Begins a page: its title, which `more` ends, and its heading. page_head_end ends the head, with the notes; what
 * stands below the heading goes between. page_end ends the page. (page.c) */
void page_begin(const struct page *page, const char *title, const char *more, const char *heading);
void page_head_end(const struct page *page);
void page_end(const struct page *page);

/* Reports to the caller that something is missing, and keeps the text for the page. */
void page_note(struct page *page, const char *text);

int run_open(struct run *out, const char *directory, struct page *page, struct err *err);
void run_close(struct run *run);

/* Return the model whose parameters the page shows, and the row with its lowest error (NULL if there is none). */
const struct model *run_shown(const struct run *run);
const struct metric *run_best(const struct run *run);

/* Prints text as HTML, with < > & " escaped. */
void html_text(FILE *file, const char *text);

/* Prints the name of a class, value or label, cut as view_class does. */
void html_name(FILE *file, const struct model *model, size_t k);

/* Prints "60,850". */
void html_number(FILE *file, uint64_t number);

/* Print "12.34%", a measure of the model's task, and "1:02:03" or "4.2 s"; "–" for NaN. */
void html_percent(FILE *file, double share);
void html_measure(FILE *file, const struct model *model, double measure);
void html_duration(FILE *file, double seconds);

/* Prints the runs' columns as JSON that is safe in a script element. */
void json_runs(FILE *file, size_t runs, const struct run *run);

/* Orders runs from the best to the worst, runs without an epoch last; of equals in their order. Compares the validation
 * measure if all have one, otherwise that of the test set; leaves runs of different measures as they are. Returns what
 * the page says of the order. */
const char *runs_order(size_t runs, struct run *run);

/* Print a table with a row per run under a line about their order, and a table of the keys whose values the jobs do not
 * share. */
void table_runs(FILE *file, size_t runs, const struct run *run, const char *order);
int table_jobs(FILE *file, size_t runs, const struct run *run, struct err *err);

/* Prints a net with branches as a drawing: its layers from the first to the last, and what each reads. EX_OSERR without
 * memory. */
int graph_print(FILE *file, const struct model *model, struct err *err);

/* Prints the layers of a model. */
void table_layers(FILE *file, const struct model *model);

/* Classes whose scores are shown: all, but of more than SCORES those with the largest. Gives their numbers, order
 * [SCORES], and returns how many there are. */
enum { SCORES = 256, SCORES_BEST = 32 };
size_t scores_shown(const struct model *model, const float *score, size_t order[SCORES]);

/* Prints the confusion matrix, recall and precision of each class, and the pairs that are confused most. */
int confusion_print(FILE *file, const struct model *model, struct err *err);

/* ---- Inputs of samples (inputs.c) -------------------------------------------------------------------------------- */

/* Returns whether maps are signals, which are drawn as curves: they have one row. */
bool shape_is_signal(struct shape shape);

/* A curve of `count` ≥ 2 numbers, each `stride` floats behind the last, in a rectangle from `low` to `high`. */
struct curve {
	size_t x, y, width, height, thick;
	size_t count, stride;
	float low, high;
	struct colour colour;
};
void curve_draw(struct canvas *canvas, const struct curve *curve, const float *value);

/* Returns the colour of a curve beside others. */
struct colour curve_colour(size_t number);

/* The inputs of a sample: a picture, `zoom` pixels for a number, grey or of three maps in colour; curves of the first
 * CURVES maps of a signal, SIGNAL_WIDTH × SIGNAL_HEIGHT times zoom. inputs_zoom returns the zoom for a picture about
 * `wanted` pixels wide; 1 for signals. */
enum { SIGNAL_WIDTH = 264, SIGNAL_HEIGHT = 96, CURVES = 6 };
size_t inputs_zoom(const struct dataset *set, size_t wanted);
size_t inputs_width(const struct dataset *set, size_t zoom);
size_t inputs_height(const struct dataset *set, size_t zoom);
int inputs_draw(struct canvas *canvas, const struct dataset *set, size_t sample, size_t x, size_t y, size_t zoom,
                struct err *err);

/* Prints a picture of them inside the page, and a sentence if not all maps are drawn. */
int sample_print(FILE *file, const struct dataset *set, size_t sample, struct err *err);
void inputs_remark(FILE *file, const struct dataset *set);

/* ---- Panels of positions (panels.c) ------------------------------------------------------------------------------ */

/* Positions that are drawn as one square, side × side of them but for the ends of rows and columns. */
struct patch {
	size_t row, column, side;
};

/* Fields [rows][columns] beside the input of a sample. Signals may have `curves` in the place of colours, which draw
 * into SIGNAL_WIDTH × SIGNAL_HEIGHT times zoom. */
enum { PANELS_MOST = 3, PANELS_RANK = 64, PANELS_TEXT = 128 };
struct panels {
	const struct viewer *viewer;
	size_t rows, columns, count; /* count: of panels */
	const char *name[PANELS_MOST];
	struct colour (*colour)(const void *context, size_t sample, size_t panel, const struct patch *patch);
	int (*curves)(const void *context, struct canvas *canvas, size_t sample, size_t panel, size_t x, size_t y,
	              size_t zoom, struct err *err); /* NULL: colours */
	const void *context;
};

/* Chooses the samples that are shown, by their ranks in the order of errors: the three worst, and three between them
 * and the best. Returns how many. panels_rank writes what such a rank is. */
enum { PANELS_SHOWN = 6 };
size_t panels_choose(size_t samples, size_t rank[PANELS_SHOWN]);
void panels_rank(size_t rank, size_t samples, char text[PANELS_RANK]);

/* Prints a sample in the report. */
int panels_print(FILE *file, const struct panels *panels, size_t sample, const char *caption, struct err *err);

/* Draws samples below each other under a title and `lines` empty lines. panels_width: of the picture, if its title is
 * not wider. */
size_t panels_width(const struct panels *panels);
int panels_draw(const struct panels *panels, const char *title, size_t lines, size_t samples, const size_t *sample,
                char (*caption)[PANELS_TEXT], struct canvas *out, struct err *err);

/* Print and draw the worst maps of classes: input, truth, guess, and what is wrong. */
int class_maps_samples(FILE *file, struct viewer *viewer, struct err *err);
int class_maps_draw(struct viewer *viewer, struct canvas *out, struct err *err);

/* ---- Values and labels (answers.c) ------------------------------------------------------------------------------- */

/* A sample and its mean error. */
struct ranked {
	size_t sample;
	double error;
};

/* Compares two of them for qsort: the larger error, of equals the lower sample first. */
int ranked_order(const void *one, const void *other);

/* What the net says of a set of values or labels. */
struct answers {
	size_t count, numbers;  /* samples; numbers of a target, [K][positions] */
	float *says;            /* [count][numbers] values in the units of the targets, scores of labels */
	struct targets wanted;  /* the scores that labels should have */
	struct ranked *order;   /* [count] samples, the largest mean error first, of equals the first */
	struct value_sums *value; /* [K] of values */
	struct value_largest *largest; /* [K] of values */
	struct label_sums *label; /* [K] of labels, as those two what evaluate counts */
	int64_t exact;
	double *auc;            /* [K] of labels; NaN of more than CONFUSION_CLASSES */
};

/* Sends all samples through the net. EX_SOFTWARE if a loss is not finite. Release it also on failure. */
int answers_open(struct answers *out, struct viewer *viewer, struct err *err);
void answers_close(struct answers *answers);

/* Returns number i of a sample's target. */
double target_number(const struct dataset *set, size_t sample, size_t i);

/* Return the error of number i of a sample, what the net says minus what it should; and its size, by which samples are
 * ordered: of values a share of their deviation. */
double answers_error(const struct viewer *viewer, const struct answers *answers, size_t sample, size_t i);
double answers_size(const struct viewer *viewer, const struct answers *answers, size_t sample, size_t i);

/* Gives the `most` numbers of a sample with the largest errors, at most all; the largest first. Returns how many. */
size_t answers_worst(const struct viewer *viewer, const struct answers *answers, size_t sample, size_t most,
                     size_t *number);

/* Sends `used` samples, at most LANES, through the net. */
void viewer_pass(struct viewer *viewer, const uint32_t *sample, size_t used, struct verdict *verdict);

/* A block of samples of a set that has gone through the net. viewer_walk sends all of them, in their order, and gives
 * each block to `take`, whose error ends it. */
struct passed {
	size_t first, used;    /* number of its first sample; samples */
	const uint32_t *sample; /* [used] their numbers */
	struct verdict verdict;
};
typedef int view_passed(void *context, struct viewer *viewer, const struct passed *block, struct err *err);
int viewer_walk(struct viewer *viewer, view_passed *take, void *context, struct err *err);

/* Returns memory for what the net says of one sample, [K][positions]. */
float *view_scores(const struct viewer *viewer, struct err *err);

/* Print what values or labels say in numbers and plots, then the worst samples. */
int values_section(FILE *file, const struct viewer *viewer, const struct answers *answers, struct err *err);
int labels_section(FILE *file, const struct viewer *viewer, const struct answers *answers, struct err *err);
int values_samples(FILE *file, const struct viewer *viewer, const struct answers *answers, struct err *err);
int labels_samples(FILE *file, const struct viewer *viewer, const struct answers *answers, struct err *err);
int fields_samples(FILE *file, const struct viewer *viewer, const struct answers *answers, struct err *err);

/* Draws the worst fields of a value: input, truth, prediction, difference. */
int fields_draw(const struct viewer *viewer, const struct answers *answers, size_t value, struct canvas *out,
                struct err *err);

/* ---- Plots (plot.c) ---------------------------------------------------------------------------------------------- */

/* What numbers are, and what the net says. */
struct pair {
	double is, says;
};
struct pairs {
	size_t count;
	struct pair (*get)(const void *context, size_t i);
	const void *context;
};

/* scatter_print prints a square from the least to the largest number, darker where more pairs lie, with its diagonal.
 * histogram_print prints a histogram of says − is from −most to most; the bars at its ends hold also what is beyond.
 * Returns how many that are. `about` tells what it is; across and down: of the axes. */
int scatter_print(FILE *file, const struct pairs *pairs, const char *about, const char *across, const char *down,
                  struct err *err);
size_t histogram_print(FILE *file, const struct pairs *pairs, double most, const char *about, const char *across,
                    const char *down);

/* ---- Parts of the page ------------------------------------------------------------------------------------------- */

/* Prints a picture inside the page, without a file. */
int image_print(FILE *file, const struct canvas *canvas, const char *about, size_t width, size_t height,
                struct err *err);

/* samples_print prints the samples that are guessed wrong, or what the samples of values or labels say, and a sample's
 * way through the net. A missing data set is an
 * error only if the caller named it. parameters_print prints the parameters. */
int samples_print(struct page *page, const struct model *model, struct err *err);
int parameters_print(FILE *file, const struct model *model, struct err *err);

#endif
