/* view: what a network learned, for eyes: pictures of its parameters, of samples on their way through it, of samples
 * it gets wrong. Floor 6: knows every room but app. All functions are local. */
#ifndef CONVOY_VIEW_H
#define CONVOY_VIEW_H

#include <convoy/picture.h>
#include <convoy/train.h>

/* Calls take(context, name, canvas) for each picture of the model's parameters, in the order of the layers:
 *   NN-TYPE-kernels      output maps below each other, input maps side by side; blue negative, red positive
 *   NN-TYPE-connections  the connection table; NN-combination-alpha: the share of each input map
 *   NN-TYPE-weights      of a full layer: a row per unit, its weights in the shape of the input maps
 *   NN-TYPE-channels     a bar for each map's β (or γ) and for its bias
 * What would be larger than a picture can be is cut, and its title says so. Stops at take's −1. */
int view_parameters(const struct model *model,
                    int (*take)(void *context, const char *name, const struct canvas *canvas, struct err *err),
                    void *context, struct err *err);

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

/* Sample number `sample` of the set layer by layer: the input, each layer's maps in grey from their least to their
 * largest value, the scores of the classes as bars. EX_USAGE where the set has no such sample. */
int view_maps(struct viewer *viewer, size_t sample, struct canvas *out, struct err *err);

/* A sample that is guessed wrong. */
struct mistake {
	size_t sample, label, guess;
	float score, right; /* of the guess and of the true class, see pass_scores */
};

/* The samples of the set that are guessed wrong, the most certain first (score − right, then by number);
 * *mistakes to free with free(). */
int view_mistakes(struct viewer *viewer, size_t *count, struct mistake **mistakes, struct err *err);

/* The first `count` of them (at most 60 are drawn), each with what it is, what it is taken for, and the score. */
int view_wrong(struct viewer *viewer, size_t count, const struct mistake *mistakes, struct canvas *out,
               struct err *err);

/* The class's name, or its number, cut to `room` − 1 bytes at a whole character. */
const char *view_class(const struct job *job, size_t class, char *text, size_t room);

#endif
