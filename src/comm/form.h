/* The exact sum from inside, and the three forms its message can take. */
#ifndef CONVOY_COMM_FORM_H
#define CONVOY_COMM_FORM_H

#include "inside.h"

/* One form of the message: the values of all tensors, then the counters, all numbers of one MPI type. A counter is
 * cut into limbs that a sum over the ranks cannot overflow; they are put together again mod 2^64. */
struct form {
	size_t size;  /* bytes of a number */
	size_t limbs; /* numbers per counter */
	size_t ranks; /* most ranks over which limbs add up exactly */

	/* Adds a block's gradient of a tensor; returns the bits of its largest |g|. */
	uint32_t (*add)(struct sum *sum, size_t tensor, const float *g);

	/* Sums values and counters over the ranks. */
	int (*exchange)(struct sum *sum, struct err *err);

	/* g = sum / count. */
	void (*mean)(const struct sum *sum, size_t tensor, double count, float *g);
};

extern const struct form form_exact, form_exact32, form_float;

struct sum {
	struct comm *comm;
	const struct kernels *kernels;
	const struct form *form;
	bool exact; /* has exponents: every form but form_float */
	int bits;   /* B: |q| ≤ 2^B for one block */
	size_t tensors, values;
	size_t *first;     /* [tensors + 1]: tensor t holds values first[t] … first[t+1]−1 */
	int32_t *used;     /* [tensors]: exponents E_t of the integers in this step */
	int32_t *exponent; /* [tensors]: those for the next step */
	uint32_t *largest; /* [tensors]: bits of the largest |g| in this step */
	void *wire;        /* [values + SUM_COUNTERS · limbs]: the message */
	int64_t *integers; /* [values]: accumulators; the wire itself where that is int64, NULL for floats */
	uint64_t counter[SUM_COUNTERS]; /* two's complement */
};

#endif
