/* The inside of the exact sum, and the three forms of its message. */
#ifndef CONVOY_COMM_FORM_H
#define CONVOY_COMM_FORM_H

#include "comm.h"
#include "exchange.h"

#include <stdatomic.h>

/* One form of the accumulators and of the message between nodes: counters, then values, all of one MPI type. A counter
 * is cut into limbs, so that a sum over the nodes cannot overflow. Then the limbs are joined again mod 2^64. */
struct form {
	size_t size;  /* bytes of an accumulator */
	size_t wire;  /* bytes of a number in the message */
	size_t head;  /* numbers in the message before the values: the counters */
	bool early;   /* may travel in pieces: the sum is the same in any order */
	size_t ranks; /* largest number of ranks over which limbs add up exactly */

	/* Adds a block's gradient of a tensor to `values`, those of all tensors. Returns the bits of its largest |g|. */
	uint32_t (*add)(const struct sum *sum, void *values, size_t tensor, const float *g);

	/* to += from, `count` accumulators each. */
	void (*fold)(size_t count, void *to, const void *from);

	/* Returns the numbers of a message: values first … first+count−1 of `values`; with `counters`, where first is 0,
	 * sum->counter before them. They are the accumulators themselves, or lie in sum->wire. */
	void *(*pack)(struct sum *sum, void *values, size_t first, size_t count, bool counters);

	/* Puts them back once they are added up. */
	void (*unpack)(struct sum *sum, void *values, size_t first, size_t count, bool counters);

	/* g = accumulators / sum->divisor, `count` of them of one tensor. */
	void (*mean)(const struct sum *sum, size_t tensor, size_t count, const void *accumulators, float *g);
};

extern const struct form form_exact, form_exact32, form_float;

enum { LIMBS32 = 4, SUM_WIRE_HEAD = SUM_COUNTERS * LIMBS32, SUM_PIECES = 4 };

/* The sums of one thread. */
struct lot {
	uint64_t *counter; /* [SUM_COUNTERS], two's complement */
	uint32_t *largest; /* [tensors]: bits of the largest |g| in this step */
	void *values;      /* [values] accumulators, behind form->head more */
};

/* What a rank shares with the ranks of its node. */
struct desk {
	uint64_t *lots;    /* their number: its threads */
	_Atomic uint64_t *ready; /* sum->turn · SUM_PIECES + the pieces to which it adds no more */
	uint64_t *counter; /* [SUM_COUNTERS] and … */
	uint32_t *largest; /* … [tensors] over all ranks, on the first desk */
	float *mean;       /* of its slice */
	char *lot;         /* [lots] of sum->lot_bytes each */
};

struct sum {
	struct comm *comm;
	const struct kernels *kernels;
	const struct form *form;
	bool exact; /* has exponents: every form but form_float */
	int bits;   /* B: |q| ≤ 2^B for one block */
	struct threads *threads; /* borrowed */
	size_t lots, tensors, values; /* lots: of threads, a lot of accumulators for each */
	size_t *first;     /* [tensors + 1]: tensor t holds values first[t] … first[t+1]−1 */
	int32_t *used;     /* [tensors]: exponents E_t of the integers in this step */
	int32_t *exponent; /* [tensors]: those for the next step */
	bool *begun;       /* [lots][tensors]: whether the thread's accumulators hold something of this step */
	const struct group *group; /* the ranks that share memory */
	struct shared *shared;     /* a desk of each */
	bool single;               /* every rank has one thread */
	size_t pieces, edge[SUM_PIECES + 1]; /* piece k holds values edge[k + 1] … edge[k] − 1; see pieces.c */
	struct exchange *exchange; /* [pieces], and request [pieces][EXCHANGE_REQUESTS]; NULL if there is one piece */
	MPI_Request *request;
	uint64_t turn;             /* reductions so far */
	size_t ready, gone;        /* pieces to which this rank adds no more in this step; that are on their way */
	struct err trouble;        /* of MPI, on the way */
	size_t lot_bytes;
	int32_t *wire;             /* [SUM_WIRE_HEAD + values]: form_exact32's message; NULL on a rank alone */
	double divisor;            /* of the means */
	uint64_t counter[SUM_COUNTERS];
};

/* Return rank r's desk, a lot on it, the slice of piece k that rank r < group->slices adds up, and where the means of
 * that begin on its desk. Local. */
struct desk sum_desk(const struct sum *sum, size_t r);
struct lot sum_lot(const struct sum *sum, const struct desk *desk, size_t i);
struct slice_range {
	size_t first, count;
} sum_slice(const struct sum *sum, size_t k, size_t r);
size_t sum_mean_place(const struct sum *sum, size_t k, size_t r);

/* Zeroes a thread's accumulators of a tensor, if they hold nothing of this step yet. Local. */
void sum_clear(struct sum *sum, const struct lot *lot, size_t thread, size_t tensor);

/* Adds what the lots of the node have of a piece to this rank's first lot, the thread's part of its slice. Local. */
void sum_fold(const struct sum *sum, size_t k, size_t thread);

/* ---- Pieces: pieces.c -------------------------------------------------------------------------------- */

/* Cuts the values into pieces, by what all ranks know. Local. */
void pieces_plan(struct sum *sum);

/* Makes what they need for their way. pieces_close accepts a sum that is not open. Local. */
int pieces_open(struct sum *sum, struct err *err);
void pieces_close(struct sum *sum);

/* Says that this rank adds no more to any piece. Local. */
void pieces_done(struct sum *sum);

/* Starts what is not on its way yet, of which sum_fold has been called for all, and waits until all is added up.
 * Collective among the ranks that exchange slices. */
int pieces_exchange(struct sum *sum, struct err *err);

#endif
