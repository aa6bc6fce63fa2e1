/* view: shows what a network learned: pictures of its parameters, of samples on their way through it, of samples that
 * it guesses wrong, and the report. Floor 7: knows every room but app. All functions are local. */
#ifndef CONVOY_VIEW_H
#define CONVOY_VIEW_H

#include <convoy/picture.h>
#include <convoy/train.h>

#include <stdio.h>

/* Receives a picture: its name of letters, digits and dashes, and one line that says what it shows. Returns −1 to
 * end. */
typedef int view_take(void *context, const char *name, const char *title, const struct canvas *canvas, struct err *err);

/* Calls take for each picture of the model's parameters, in the order of the layers:
 *   NN-TYPE-kernels      output maps below each other, input maps side by side; blue negative, red positive
 *   NN-TYPE-connections  the connection table; NN-combination-alpha: the share of each input map
 *   NN-TYPE-weights      of a full layer: a row per unit, its weights in the shape of the input maps
 *   NN-TYPE-channels     a bar for each map's β (or γ) and for its bias
 * What would be larger than a picture can be, or holds more than `most` numbers (0: any), is cut, and its title says
 * so. Titles stand in the pictures too; not with `page`, for a page. There a picture that would be too large to look at
 * shows the strongest maps (those with the largest sums of squares), and the next one, whose name ends in VIEW_ALL, has
 * all. Stops at take's −1. */
#define VIEW_ALL "-all"
int view_parameters(const struct model *model, size_t most, bool page, view_take *take, void *context,
                    struct err *err);

/* Who looks at samples: a model, a set in its memory, and one block's way through the net. */
struct viewer {
	const struct model *model;
	const struct dataset *set;
	struct batcher batcher;
	struct pass pass;
};
int viewer_open(struct viewer *out, const struct kernels *kernels, const struct model *model,
                const struct dataset *set, struct err *err);
void viewer_close(struct viewer *viewer);

/* Draws sample number `sample` of the set, layer by layer: the input, each layer's maps in grey from their least to
 * their largest value (signals as curves), and the scores of classes or labels as bars, or the values. EX_USAGE if the
 * set has no such sample. */
int view_maps(struct viewer *viewer, size_t sample, struct canvas *out, struct err *err);

/* Draws the same, smaller, as pictures without words for `take`: the input (three maps that are no signals also in
 * colour) and each layer's maps. score [K][positions] gets the
 * scores of the classes or labels, or the values in their units. */
int view_way(struct viewer *viewer, size_t sample, float *score, view_take *take, void *context, struct err *err);

/* Draws the inputs of a sample as they are in the set: pixels, or the curves of a signal. */
int view_sample(const struct dataset *set, size_t sample, struct canvas *out, struct err *err);

/* Draws training samples of a set: a row for each class with its name, of other tasks rows of samples with their value,
 * label or number; as they are, and beside them as the model's job distorts them in its first epoch. Draws the first 64
 * classes, and the first samples of each. */
int view_sheet(const struct model *model, const struct dataset *set, const struct kernels *kernels, struct canvas *out,
               struct err *err);

/* A sample that is guessed wrong. */
struct mistake {
	size_t sample, label, guess;
	float score, right; /* of the guess and of the true class, see pass_scores */
};

/* Finds the samples of the set that are guessed wrong, the most certain first (by score − right, then by number). Free
 * *mistakes with free(). */
int view_mistakes(struct viewer *viewer, size_t *count, struct mistake **mistakes, struct err *err);

/* Draws the first `count` of them (60 at most), each with what it is, what it is taken for, and the score. */
int view_wrong(struct viewer *viewer, size_t count, const struct mistake *mistakes, struct canvas *out,
               struct err *err);

/* Draws the samples of a network of values or labels with the largest mean errors, 60 at most: each with its number,
 * truth, and what the net says of the value or label that is most wrong. Of fields it draws those of `value`, below K:
 * input, truth, prediction and difference of the three worst samples and of three ordinary ones; of maps of classes
 * input, truth, guess and wrong positions. EX_SOFTWARE if a loss is not finite. */
int view_worst(struct viewer *viewer, size_t value, struct canvas *out, struct err *err);

/* A self-contained HTML page about runs, the output directories of train: curves of all, and what each one learned;
 * samples where the data set can be read, from `data` or (NULL) from the job's directory. The same files give the same
 * page. EX_NOINPUT for a directory without a good checkpoint. *count its bytes; to free with free(). NULL on
 * failure. */
struct report_options {
	size_t runs;
	const char *const *directory;
	const struct kernels *kernels;
	const char *data;
	void (*note)(void *context, const char *text); /* what is missing, as the page says it; may be NULL */
	void *context;
};
char *view_report(const struct report_options *options, size_t *count, struct err *err);

/* Makes such a page about the jobs of a sweep, in the directory that convoy sweep makes: a table, the best first, how
 * their values go with the measure, and the curves of all. Of the options it takes `note`. What has not begun, has
 * failed or cannot be read is shown as such. Errors are those of sweep_read. */
char *view_sweep(const struct report_options *options, const char *directory, size_t *count, struct err *err);

/* Writes the class's name into `text`, cut as class_names_cut does, to `room` bytes with the final 0. Returns text. */
const char *view_class(const struct model *model, size_t class, char *text, size_t room);

#endif
