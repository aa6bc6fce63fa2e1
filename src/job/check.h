/* check: what is wrong with a job text, in one line with its place. Private to the room job. */
#ifndef CONVOY_JOB_CHECK_H
#define CONVOY_JOB_CHECK_H

#include "schema.h"
#include "tree.h"

/* Walks the tree along libcyaml's schema and refuses whatever libcyaml would (unknown, double and missing keys, wrong
 * kinds and words), but in our words and with the exact place; and what libcyaml lets through: "4.5" and "010" as whole
 * numbers, "nan", numbers outside their limits, keys of another type of layer. Then libcyaml finds nothing wrong. */
int job_check(const struct tree *tree, struct err *err);

/* Puts the place of the node at `path`, or of the one at `above` where that is absent, before the text of an error that
 * is set: "SOURCE:LINE:COLUMN: text". Always −1. */
int place_prefix(const struct job *job, const char *path, const char *above, struct err *err);

/* Digits only, no leading zero, below 2^63. */
bool whole_number(const char *text, uint64_t *number);

#endif
