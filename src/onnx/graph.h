/* A graph under construction: nodes in a row, each with the value of the one before; tensors beside them. All memory is
 * the graph's. After a failure (graph->err) functions do nothing and give NULL. */
#ifndef CONVOY_ONNX_GRAPH_H
#define CONVOY_ONNX_GRAPH_H

#include <convoy/onnx.h>

#include "onnx.pb-c.h"

enum { GRAPH_NODES = 8, GRAPH_TENSORS = 8 }; /* most that a layer adds */

struct graph {
	struct err *err;
	struct piece *memory; /* the last piece */
	Onnx__GraphProto proto;
	size_t room_nodes, room_tensors;
	char *value; /* the name of what the next node gets: maps [N][maps][rows][columns] … */
	bool row;    /* … or a row [N][numbers] */
};

int graph_open(struct graph *out, size_t layers, struct err *err);
void graph_close(struct graph *graph);

/* Zeroed memory that graph_close frees. */
void *graph_take(struct graph *graph, size_t count, size_t size);

/* printf into such memory. */
char *graph_text(struct graph *graph, const char *format, ...) CONVOY_PRINTF(2, 3);

/* Adds a tensor and returns its name. `data` must live as long as the graph. */
char *graph_floats(struct graph *graph, char *name, size_t rank, const size_t *dims, float *data);
char *graph_integers(struct graph *graph, char *name, size_t count, const int64_t *values);

/* One number, as a tensor without dimensions. */
char *graph_scalar(struct graph *graph, char *name, float value);

/* Adds a node that gets the last value, and further inputs up to NULL; its only output has its name. */
Onnx__NodeProto *graph_node(struct graph *graph, const char *operator, char *name, ...);

/* Adds an attribute to the node; nothing where that is NULL. */
void node_integers(struct graph *graph, Onnx__NodeProto *node, const char *name, size_t count, const size_t *values);
void node_integer(struct graph *graph, Onnx__NodeProto *node, const char *name, int64_t value);
void node_float(struct graph *graph, Onnx__NodeProto *node, const char *name, float value);

/* The nodes of layer number `number`, from 0, with its parameters w. */
void layer_export(struct graph *graph, size_t number, const struct layer *layer, const float *w);

/* Makes the last value a row [N][numbers], or maps [N][maps][rows][columns], where it is not. */
void graph_row(struct graph *graph, char *name);
void graph_maps(struct graph *graph, char *name, struct shape shape);

#endif
