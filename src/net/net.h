/* What the files of this room share. */
#ifndef CONVOY_NET_NET_H
#define CONVOY_NET_NET_H

#include <convoy/net.h>

/* ---- How layers are connected (graph.c) -------------------------------------------------------------------------- */

/* Checks the name of layer l, if it has one: its form, and that no layer before it has the same. EX_CONFIG otherwise.
 */
int graph_name_check(struct layer_spec *const *spec, size_t l, struct err *err);

/* Gives the map that source s of layer l is. EX_CONFIG if there is no such map, or if only a later layer makes it. */
int graph_source(size_t layers, struct layer_spec *const *spec, size_t l, size_t s, size_t *map, struct err *err);

#endif
