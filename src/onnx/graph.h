/* An ONNX graph under construction: a list of nodes, each with the value of the one before, and a list of tensors. The
 * graph owns all memory. After a failure (graph->err) functions do nothing and return NULL. */
#ifndef CONVOY_ONNX_GRAPH_H
#define CONVOY_ONNX_GRAPH_H

#include <convoy/onnx.h>

#include "onnx.pb-c.h"

enum { GRAPH_NODES = 2 * LAYER_SOURCES + 8, GRAPH_TENSORS = LAYER_SOURCES + 8 }; /* most that a layer adds */

/* The name of a tensor that nodes pass on: maps [N][maps][rows][columns], or a row [N][numbers]. */
struct value {
	char *name;
	bool row;
};

struct graph {
	struct err *err;
	struct piece *memory; /* the last piece */
	Onnx__GraphProto proto;
	size_t room_nodes, room_tensors;
	struct value value; /* what the next node gets */
	struct value *map;  /* [layers + 1] the net's input, and the output of each layer so far */
};

int graph_open(struct graph *out, size_t layers, struct err *err);
void graph_close(struct graph *graph);

/* Returns zeroed memory that graph_close frees. */
void *graph_take(struct graph *graph, size_t count, size_t size);

/* Prints into such memory and returns it. */
char *graph_text(struct graph *graph, const char *format, ...) CONVOY_PRINTF(2, 3);

/* Adds a tensor and returns its name. `data` must live as long as the graph. */
char *graph_floats(struct graph *graph, char *name, size_t rank, const size_t *dims, float *data);
char *graph_integers(struct graph *graph, char *name, size_t count, const int64_t *values);

/* Adds one number, as a tensor without dimensions, and returns its name. */
char *graph_scalar(struct graph *graph, char *name, float value);

/* Adds a node whose inputs are the last value and the names up to NULL. Its only output has the node's name. */
Onnx__NodeProto *graph_node(struct graph *graph, const char *operator, char *name, ...);

/* Add an attribute to a node. Do nothing if the node is NULL. */
void node_integers(struct graph *graph, Onnx__NodeProto *node, const char *name, size_t count, const size_t *values);
void node_integer(struct graph *graph, Onnx__NodeProto *node, const char *name, int64_t value);
void node_word(struct graph *graph, Onnx__NodeProto *node, const char *name, const char *word);
void node_float(struct graph *graph, Onnx__NodeProto *node, const char *name, float value);

/* Adds the nodes of layer l, with its parameters w: from the values of the maps that it reads to that of its output. */
void layer_export(struct graph *graph, const struct net *net, size_t l, const float *w);

/* Make the last value a row [N][numbers], or maps [N][maps][rows][columns], if it is not yet. */
void graph_row(struct graph *graph, char *name);
void graph_maps(struct graph *graph, char *name, struct shape shape);

#endif
