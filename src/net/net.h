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

/* Finds who reads each map, which gradients are needed, and where f′ goes in, for a net whose stops have their layers
 * and maps. EX_CONFIG if a layer has no reader: *bad is its number then. */
int graph_connect(struct net *net, size_t *bad, struct err *err);

/* ---- Gradients of maps (pass.c) ---------------------------------------------------------------------------------- */

/* Multiplies ∂E/∂out of a stop, or its curvature once, by f′ of its layer. */
void pass_derive(struct pass *pass, const struct stop *s);

/* Returns where a layer writes the gradient of a source; NULL if it is not needed. */
float *pass_gradient(struct pass *pass, const struct source *source);

/* Adds the gradients that stop s has written beside those that other layers wrote. */
void pass_gradients_add(struct pass *pass, const struct stop *s);

/* Gives the gradients of a join's sources. With `derive` they include f′, as the source says. */
void pass_split(struct pass *pass, const struct stop *s, bool derive);

/* ---- Where maps and gradients lie (buffers.c) -------------------------------------------------------------------- */

/* A plan of the memory: offsets and sizes in numbers per sample. */
struct buffers {
	size_t size;   /* of all of it */
	size_t needed; /* sum of the maps that backward reads */
	size_t *map, *gradient; /* [layers + 1] */
	size_t *spare; /* [sources] */
	size_t *before; /* [layers] a map before its activation */
	size_t *memory; /* the four above */
};
enum { BUFFER_NONE = -1 }; /* as a size_t: has no memory */

/* Plans the memory of a pass. EX_OSERR without memory. Free with buffers_free, also after a failure. */
int buffers_plan(struct buffers *out, const struct net *net, enum pass_use use, struct err *err);
void buffers_free(struct buffers *buffers);

#endif
