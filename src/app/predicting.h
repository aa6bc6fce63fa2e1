/* Predicts samples, and says what the network says of them in a reply. */
#ifndef CONVOY_APP_PREDICTING_H
#define CONVOY_APP_PREDICTING_H

#include "answers.h"
#include "given.h"
#include "images.h"
#include "predictions.h"
#include "reply.h"

#include <convoy/comm.h>

/* What the user wants. */
struct predict_ask {
	uint64_t top;              /* best classes of an answer; 0: the default */
	const char *output;        /* a file to write; NULL: answers are printed */
	const char *array, *other; /* paths of arrays in an HDF5 file, as in struct given_ask */
	bool json, whole, guesses; /* JSON; names of any length; the file has guesses instead of scores */
	bool invert;
	struct colour background;  /* colour behind transparent pixels */
	bool grounded;             /* it was chosen, or is that of the training pictures */
};

struct predicting {
	const struct predict_ask *ask;
	const struct givens *givens;
	const struct model *model;
	struct predictor predictor;
	struct answers answers;
	struct predictions file;   /* the form of rows */
	struct reply *reply;       /* of the unit */
	struct comm *comm;         /* to be told of progress; NULL: none */
	bool hinted, grounded;     /* a word on --invert, on --background is not needed any more */
	struct {                   /* samples that wait until sixteen are there */
		size_t used;
		struct waiting {
			size_t given, number;
			bool even;
		} sample[LANES];
		uint8_t *inputs; /* [16][size] */
		float *scores;   /* [16][numbers] */
	} wait;
	size_t size, numbers;      /* bytes of a sample; of a sample: classes, values or labels, at all positions */
	size_t *order;             /* [top] */
	float *share;              /* [classes]: of the positions, of maps of classes */
	size_t open, failed;       /* number of the given that is open; of the last one that failed. SIZE_MAX: none */
	struct inputs *inputs;     /* its samples */
	uint8_t *room;             /* for those of a unit */
	size_t rooms;
};

/* Opens. EX_USAGE for what this network cannot do; the text begins with `place`, the checkpoint. Close it also after a
 * failure. */
int predicting_open(struct predicting *out, const struct predict_ask *ask, const struct kernels *kernels,
                    const struct model *model, const char *place, struct err *err);
void predicting_close(struct predicting *predicting);

/* Predicts a unit of p->givens. What cannot be read is REPLY_BAD. −1 without memory. */
int predicting_unit(struct predicting *predicting, const struct unit *unit, struct reply *reply, struct err *err);

#endif
