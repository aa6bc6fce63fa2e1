/* The inside of the exact sum, and the three forms of its message. */
#ifndef CONVOY_COMM_FORM_H
#define CONVOY_COMM_FORM_H

#include "comm.h"

/* One form of the accumulators and of the message between nodes: counters, then values, all of one MPI type. A counter
 * is cut into limbs, so that a sum over the nodes cannot overflow. Then the limbs are joined again mod 2^64. */
struct form {
	size_t size;  /* bytes of an accumulator */
	size_t head;  /* accumulators that the message needs before the values */
	size_t ranks; /* largest number of ranks over which limbs add up exactly */

	/* Adds a block's gradient of a tensor to `values`, those of all tensors. Returns the bits of its largest |g|. */
	uint32_t (*add)(const struct sum *sum, void *values, size_t tensor, const float *g);

	/* to += from, `count` accumulators each. */
	void (*fold)(size_t count, void *to, const void *from);

	/* Sums values first … first+count−1 of `values` over the nodes, and with `counters` sum->counter. */
	int (*exchange)(struct sum *sum, void *values, size_t first, size_t count, bool counters, struct err *err);

	/* g = accumulators / sum->divisor, `count` of them of one tensor. */
	void (*mean)(const struct sum *sum, size_t tensor, size_t count, const void *accumulators, float *g);
};

extern const struct form form_exact, form_exact32, form_float;

enum { LIMBS32 = 4, SUM_WIRE_HEAD = SUM_COUNTERS * LIMBS32 };

/* The sums of one thread. */
struct lot {
	uint64_t *counter; /* [SUM_COUNTERS], two's complement */
	uint32_t *largest; /* [tensors]: bits of the largest |g| in this step */
	void *values;      /* [values] accumulators, behind form->head more */
};

/* What a rank shares with the ranks of its node. */
struct desk {
	uint64_t *lots;    /* their number: its threads */
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
	size_t lot_bytes;
	int32_t *wire;             /* [SUM_WIRE_HEAD + values]: form_exact32's message; NULL on a rank alone */
	double divisor;            /* of the means */
	uint64_t counter[SUM_COUNTERS];
};

/* Return rank r's desk, a lot on it, and the slice of all values that rank r < group->slices adds up. Local. */
struct desk sum_desk(const struct sum *sum, size_t r);
struct lot sum_lot(const struct sum *sum, const struct desk *desk, size_t i);
struct slice_range {
	size_t first, count;
} sum_slice(const struct sum *sum, size_t r);

/* Zeroes a thread's accumulators of a tensor, if they hold nothing of this step yet. Local. */
void sum_clear(struct sum *sum, const struct lot *lot, size_t thread, size_t tensor);

#endif
