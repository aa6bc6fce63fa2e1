/* The parts of a report's page. */
#ifndef CONVOY_VIEW_PAGE_H
#define CONVOY_VIEW_PAGE_H

#include <convoy/view.h>

#include <stdio.h>

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
