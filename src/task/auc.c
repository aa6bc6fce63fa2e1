/* The area under the receiver operating characteristic, from the ranks of the scores. */
#include <convoy/task.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The bits of a float, as a number in the order of the floats; −0 is 0. */
static uint32_t score_order(float score)
{
	enum { SIGN = 31 };
	uint32_t bits;
	score += 0.0f;
	memcpy(&bits, &score, sizeof bits);
	return bits >> SIGN ? ~bits : bits | UINT32_C(1) << SIGN;
}

uint64_t auc_key(float score, bool positive)
{
	return (uint64_t)score_order(score) << 1 | positive;
}

static int key_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

double auc(size_t count, uint64_t *key)
{
	uint64_t positives = 0, negatives = 0, twice = 0; /* pairs in the right order, of equal scores a half */
	qsort(key, count, sizeof *key, key_compare);
	for (size_t first = 0, end; first < count; first = end) {
		uint64_t among = 0;
		for (end = first; end < count && key[end] >> 1 == key[first] >> 1; end++)
			among += key[end] & 1;
		twice += among * (2 * negatives + (end - first - among));
		positives += among;
		negatives += end - first - among;
	}
	return positives > 0 && negatives > 0 ? (double)twice / (2 * (double)positives * (double)negatives) : NAN;
}
