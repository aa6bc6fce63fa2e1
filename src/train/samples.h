/* What the three kinds of samples have in common: whole.c, streamed.c and arrays.c. Others see train.h's part. */
#ifndef CONVOY_TRAIN_SAMPLES_H
#define CONVOY_TRAIN_SAMPLES_H

#include "train.h"

/* A kind of samples. */
struct samples_type {
	size_t bytes; /* of a struct that begins with its struct samples */
	/* Does what samples_take says. */
	const uint32_t *(*take)(struct samples *s, uint64_t epoch, size_t first, size_t count, struct err *err);
	/* Returns piece number `piece` of the test set, for the evaluation behind an epoch; NULL on failure. It stays until
	 * the next call of any of these. Collective. */
	const struct dataset *(*test)(struct samples *s, uint64_t epoch, size_t piece, struct err *err);
	/* Does what samples_tally says; NULL: the labels of all samples are in memory. */
	void (*tally)(const struct samples *s, size_t count[256]);
	/* Frees what the kind has added. */
	void (*close)(struct samples *s);
};

struct samples {
	const struct samples_type *type;
	struct comm *comm;
	struct dataset train;      /* count: of an epoch; pixels, labels and numbers: where `take` says */
	struct dataset validation; /* all of it; empty unless the job asks for one */
	size_t pieces;             /* that the test set comes in; 0: there is none */
	uint64_t seed, epochs;     /* the job's */
	uint64_t ordered;          /* of order_take: the epoch that `order` is for, plus one; 0: none */
	uint32_t *order;           /* [train.count]; NULL before order_open */
};

/* What tells the data of a run from others: digests of their parts, and in what pieces they are streamed (0: not). */
struct samples_facts {
	struct digest part[DATA_PARTS];
	uint64_t window, span;
};

/* Makes samples of a kind, empty but for what stands in the job. NULL on failure. Collective. */
struct samples *samples_alloc(const struct samples_type *type, struct comm *comm, const struct job *job,
                              struct err *err);

/* Open the samples of a run, measure their normalization and give their facts. NULL on failure. With windows it is no
 * failure if the data fit into memory: *fits. Collective. */
struct samples *whole_open(struct comm *comm, struct model *model, const char *place, struct samples_facts *facts,
                           struct err *err);
struct samples *streamed_open(struct comm *comm, struct model *model, const char *place, bool *fits,
                              struct samples_facts *facts, struct err *err);

/* The order of an epoch, for a training set that lies whole in memory: makes room for it, and is such a kind's `take`.
 * Local. */
int order_open(struct samples *s, struct err *err);
const uint32_t *order_take(struct samples *s, uint64_t epoch, size_t first, size_t count, struct err *err);

/* Who reads the data at a place: a rank of each node for the others of it, or each rank for itself. */
struct readers {
	bool share; /* ranks of a node can try to share memory: all have named the same place */
	bool own;   /* this rank reads */
};
struct readers readers_of(struct comm *comm, const char *place);

/* Parts of memory that ranks share begin at whole cache lines: the bytes that one takes, and the place of one at *at,
 * which moves behind it. */
size_t part_bytes(size_t bytes);
uint8_t *part_take(uint8_t **at, size_t bytes);

#endif
