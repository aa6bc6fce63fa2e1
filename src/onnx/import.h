/* From the nodes of an ONNX file to the layers of a job. Private to the room onnx. */
#ifndef CONVOY_ONNX_IMPORT_H
#define CONVOY_ONNX_IMPORT_H

#include <convoy/onnx.h>

#include "read.h"

enum { PART_TENSORS = 4, PART_KEYS = 160 };

/* A layer to be. Its tensors stand in the order of the layer's type, packed as the type stores them. */
struct part {
	const char *type;
	char name[LAYER_NAME];   /* "": none */
	char keys[PART_KEYS];    /* "maps: 6, kernel: 5"; "": none */
	char activation[48];     /* and its keys; "": none */
	size_t sources, source[LAYER_SOURCES]; /* maps: 0 is the input, l + 1 the output of layer l */
	struct shape out;
	size_t tensors;
	struct {
		size_t count;
		float *number; /* owned */
	} tensor[PART_TENSORS];
	struct connection_list connections; /* owned; of none: all maps are connected */
	bool join;   /* has several sources */
	bool sum;    /* a join that adds */
	bool closed; /* takes no activation */
	bool bare;   /* has biases that the file does not give: they are 0 */
	bool affine; /* stands for nodes that multiply and add constants */
};

/* Whole numbers that the file computes: one (rank 0), a list (1), or a table of rows (2). WHOLE_SAMPLES among them is
 * the number of samples, which is open. */
struct wholes {
	size_t rank, count, columns; /* columns: of a table; 1 of the others */
	int64_t number[FILE_NUMBERS];
};
#define WHOLE_SAMPLES INT64_MIN

/* What a name of the file stands for. */
struct value {
	const char *name;
	enum value_kind { VALUE_UNKNOWN, VALUE_MAPS, VALUE_TENSOR, VALUE_WHOLES } kind;
	bool needed;    /* the output depends on it */
	size_t readers; /* inputs of needed nodes but Shape, and the output */
	size_t map;     /* as in struct part */
	bool row;       /* is [N][numbers], not [N][maps][rows][columns] */
	bool line;      /* is [N][maps][columns]: one row */
	bool sole;      /* nobody reads the map but by this value */
	struct file_tensor tensor;
	struct wholes wholes;
};

struct import {
	const struct file *file;
	const struct onnx_wishes *wishes;
	struct err *err;
	uint64_t batch;     /* the number of samples that the file wants; 0: any */
	struct shape input; /* with the border */
	size_t pad;
	bool touched;       /* the input has a scale or an offset */
	double *scale, *offset; /* [input.maps] of each number of the input */
	size_t values, slots, *slot; /* a table of names: number of a value, or SIZE_MAX */
	struct value *value;
	bool *done;         /* [nodes] */
	size_t layers;
	struct part *layer; /* [JOB_LAYERS] */
	const char *result; /* the name of the value that the loss gets */
	enum task task;
	enum loss loss;
	bool softmax;       /* it comes behind the result, over this axis */
	int64_t axis;
	const struct part *units; /* values: factors and offsets that give the outputs their units; NULL: none */
};

/* ---- Values (values.c) ------------------------------------------------------------------------------------------- */

/* Lists the names of the file, finds which nodes the output depends on, and counts readers. EX_DATAERR for a name that
 * two things have. */
int values_open(struct import *in);
void values_close(struct import *in);

/* Returns the value of that name, or NULL. */
struct value *value_named(const struct import *in, const char *name);

/* Returns input number i of a node as maps or as a constant tensor. NULL and EX_DATAERR if it is something else, is not
 * there, or is given by no earlier node. */
struct value *node_maps(struct import *in, const struct file_node *node, size_t i);
const struct file_tensor *node_tensor(struct import *in, const struct file_node *node, size_t i);

/* Gives whole numbers: those of input number i, as newer opsets have them, or of an attribute. *count is 0 where there
 * is neither. −1 and EX_DATAERR where they depend on more than shapes and constants, or are malformed. */
int node_wholes(struct import *in, const struct file_node *node, size_t i, const char *attribute,
                int64_t out[FILE_NUMBERS], size_t *count);

/* Returns whether a node has input number i, and whether it is a constant tensor. */
bool node_has(const struct file_node *node, size_t i);
bool node_has_tensor(const struct import *in, const struct file_node *node, size_t i);

/* Returns the numbers of input number i, `count` floats, to be freed. NULL and EX_DATAERR if there are not as many. */
float *node_floats(struct import *in, const struct file_node *node, size_t i, size_t count);

/* Return an attribute's number, or `absent`. Errors are left in in->err. */
int64_t attribute_integer(struct import *in, const struct file_node *node, const char *name, int64_t absent);
float attribute_real(struct import *in, const struct file_node *node, const char *name, float absent);

/* Gives the output of a node the map, as [N][maps][rows][columns] or [N][numbers]; or that of another value, with a
 * line if that has one. */
struct value *output_set(struct import *in, const struct file_node *node, size_t map, bool row);
int output_alias(struct import *in, const struct file_node *node, const struct value *of, bool row);

/* Returns the shape of a map. */
struct shape map_shape(const struct import *in, size_t map);

/* Returns the only node that reads a value, not done yet, or NULL. */
const struct file_node *node_behind(const struct import *in, const struct value *value);
void node_done(struct import *in, const struct file_node *node);

/* ---- Layers (parts.c) -------------------------------------------------------------------------------------------- */

/* Appends a layer that reads `from` and makes it the output of the node, a line if `from` is one. NULL and EX_DATAERR
 * for more layers than a job has. */
struct part *part_append(struct import *in, const struct file_node *node, const char *type, const struct value *from,
                      struct shape out, bool row);

/* Gives a layer the name of another node, if that fits. */
void part_rename(const struct import *in, const struct file_node *node, struct part *part);

/* Gives a layer one more tensor, which then owns `number`. NULL is a failure that is passed on: −1. */
int part_tensor(struct part *part, size_t count, float *number);

/* Gives a layer a tensor of equal numbers. */
int part_fill(struct import *in, struct part *part, size_t count, float number);

/* Returns the layer of a value if a node can still change what it gives, because nobody else reads it and it has no
 * activation; otherwise NULL. */
struct part *part_open(struct import *in, const struct value *value);

/* ---- Operators: each takes a node into layers -------------------------------------------------------------------- */

int take_conv(struct import *in, const struct file_node *node);          /* convolutions.c */
int take_pool(struct import *in, const struct file_node *node);          /* pools.c */
int take_global_pool(struct import *in, const struct file_node *node);
int take_reduce_mean(struct import *in, const struct file_node *node);
int take_resize(struct import *in, const struct file_node *node);
int take_gemm(struct import *in, const struct file_node *node);          /* products.c */
int take_matmul(struct import *in, const struct file_node *node);
int take_batch_norm(struct import *in, const struct file_node *node);
int take_concat(struct import *in, const struct file_node *node);
int values_join(struct import *in, const struct file_node *node);
int take_arithmetic(struct import *in, const struct file_node *node);    /* constants.c */
int take_activation(struct import *in, const struct file_node *node);    /* activations.c */

/* Takes an activation of several nodes that begins with this one, which combines x with a constant. Returns 1 if there
 * is one, 0 if not. (activations.c) */
int pattern_take(struct import *in, const struct file_node *node, struct value *x);

int take_transpose(struct import *in, const struct file_node *node);     /* shapes.c */
int take_flatten(struct import *in, const struct file_node *node);
int take_reshape(struct import *in, const struct file_node *node);
int take_pad(struct import *in, const struct file_node *node);
int take_squeeze(struct import *in, const struct file_node *node);
int take_dropout(struct import *in, const struct file_node *node);
int take_same(struct import *in, const struct file_node *node);

/* Takes a node that computes whole numbers. Returns 1 if it is one, 0 if not, or −1 and EX_DATAERR. (wholes.c) */
int wholes_take(struct import *in, const struct file_node *node);

/* Gives input number i of a node, which is whole numbers: computed ones, or a constant. (wholes.c) */
int wholes_get(struct import *in, const struct file_node *node, size_t i, struct wholes *out);

/* Takes all nodes that the result depends on (operators.c). */
int nodes_take(struct import *in);

/* ---- What comes out (result.c, text.c) --------------------------------------------------------------------------- */

/* Finds task and loss by what the file says and by its last nodes. */
int result_find(struct import *in);

/* Checks the result, once all nodes are taken; layers that give values their units become the normalisation. */
int result_check(struct import *in);

/* Returns the text of the job. Free with free(). */
char *job_text(const struct import *in);

/* Returns whether metadata has that text. */
bool metadata_is(const struct import *in, const char *key, const char *text);

/* Takes the next line of metadata, its bytes in *length; NULL behind the last. */
const char *line_next(const char **text, size_t *left, size_t *length);

#endif
