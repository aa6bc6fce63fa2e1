/* What the three kinds of samples share: whole.c, streamed.c and arrays.c. Other files use the part in train.h. */
#ifndef CONVOY_TRAIN_SAMPLES_H
#define CONVOY_TRAIN_SAMPLES_H

#include "train.h"

/* A kind of samples. */
struct samples_type {
	size_t bytes; /* of a struct that begins with its struct samples */
	/* Does the work of samples_take. */
	const uint32_t *(*take)(struct samples *s, uint64_t epoch, size_t first, size_t count, struct err *err);
	/* Returns piece number `piece` of the test set for the evaluation after an epoch; NULL on failure. It stays until
	 * the next call of any of these functions. Collective. */
	const struct dataset *(*test)(struct samples *s, uint64_t epoch, size_t piece, struct err *err);
	/* Does what samples_tally says; NULL: the targets of all samples are in memory. */
	void (*tally)(const struct samples *s, size_t *count);
	/* Frees the members that the kind has added. */
	void (*close)(struct samples *s);
};

struct samples {
	const struct samples_type *type;
	struct comm *comm;
	struct dataset train;      /* count: of an epoch; arrays and numbers: as `take` leaves them */
	struct dataset validation; /* all of it; empty if the job has none */
	size_t pieces;             /* of the test set; 0: there is none */
	size_t left_out[DATA_PARTS]; /* samples with missing numbers; on ranks that read, as rank 0 does */
	uint64_t seed, epochs;     /* the job's */
	uint64_t ordered;          /* of order_take: the epoch that `order` is for, plus one; 0: none */
	uint32_t *order;           /* [train.count]; NULL before order_open */
};

/* What identifies the data of a run: digests of both parts, and the sizes of windows and chunks if it is streamed,
 * otherwise 0. */
struct samples_facts {
	struct digest part[DATA_PARTS];
	uint64_t window, span;
	uint64_t tested; /* whether there is a test set */
};

/* Makes samples of a kind, empty except for the values of the job. NULL on failure. Collective. */
struct samples *samples_alloc(const struct samples_type *type, struct comm *comm, const struct job *job,
                              struct err *err);

/* Open the samples of a run, measure their normalization and give their facts. NULL on failure. streamed_open sets
 * *fits and returns NULL if all data fits into memory; that is no failure. Collective. */
struct samples *whole_open(struct comm *comm, struct model *model, const char *place, struct samples_facts *facts,
                           struct err *err);
struct samples *streamed_open(struct comm *comm, struct model *model, const char *place, bool *fits,
                              struct samples_facts *facts, struct err *err);

/* For training sets that are whole in memory: order_open allocates the order of an epoch, order_take serves as `take`.
 * Local. */
int order_open(struct samples *s, struct err *err);
const uint32_t *order_take(struct samples *s, uint64_t epoch, size_t first, size_t count, struct err *err);

/* Which ranks read the data: one rank of each node for the others, or each rank for itself. */
struct readers {
	bool share; /* ranks of a node can try to share memory: all have named the same place */
	bool own;   /* this rank reads */
};

/* Returns whether this rank reads the data at `place`, and for whom. Collective. */
struct readers readers_of(struct comm *comm, const char *place);

/* Parts of shared memory begin at whole cache lines. part_bytes returns the bytes that a part takes. part_take returns
 * the part at *at, and moves *at to its end. */
size_t part_bytes(size_t bytes);
uint8_t *part_take(uint8_t **at, size_t bytes);

/* Sets the weights of classes of a new model by the training set, if they are balanced; rank 0 counts. Collective. */
int weights_balance(struct comm *comm, struct model *model, const struct samples *samples, struct err *err);

/* Do the same for the arrays of a set, for `count` samples: each array that the set has numbers of is a part.
 * arrays_place points the set to these parts. */
size_t arrays_bytes(const struct dataset *set, size_t count);
void arrays_place(struct dataset *set, uint8_t **at, size_t count);

#endif
