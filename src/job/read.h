/* read: from the tree of a text to struct job, along the rows. Private to the room job. */
#ifndef CONVOY_JOB_READ_H
#define CONVOY_JOB_READ_H

#include "schema.h"
#include "tree.h"

/* Fills `job`, which is all 0, with what the text says and with defaults. EX_CONFIG and the place of the first thing
 * that does not fit: unknown, double and missing keys, wrong kinds and words, numbers outside their limits. What has
 * been filled until then is job_destroy's to free. */
int keys_read(const struct tree *tree, struct job *job, struct err *err);

/* Reads "full" … "triples", or [[0, 1], [1, 2], …], per output map its input maps, ascending, into the structure `base`
 * of a row of KEY_LISTS. `path` for messages. */
int connections_read(const struct tree *tree, const yaml_node_t *node, const struct key *row, const char *path,
                     void *base, struct err *err);

/* Puts the place of the node at `path`, or of the one at `above` where that is absent, before the text of an error that
 * is set: "SOURCE:LINE:COLUMN: text". Always −1. */
int place_prefix(const struct job *job, const char *path, const char *above, struct err *err);

/* Digits only, no leading zero, below 2^63. */
bool whole_number(const char *text, uint64_t *number);

#endif
