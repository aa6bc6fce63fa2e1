/* connections: the key of that name of a convolution, a word or lists. Private to the room job. */
#ifndef CONVOY_JOB_CONNECTIONS_H
#define CONVOY_JOB_CONNECTIONS_H

#include "tree.h"

#include <convoy/job.h>

/* Reads "full" … "triples", or [[0, 1], [1, 2], …]: per output map its input maps, ascending. `path` for messages. */
int connections_read(const struct tree *tree, const yaml_node_t *node, const char *path, struct layer_spec *spec,
                     struct err *err);

#endif
