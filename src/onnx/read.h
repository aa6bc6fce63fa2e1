/* An ONNX file as it stands: nodes, tensors, inputs and outputs. Private to the room onnx. */
#ifndef CONVOY_ONNX_READ_H
#define CONVOY_ONNX_READ_H

#include "proto.h"

/* Most sides of a tensor; nodes and tensors of a file; inputs of a node; numbers in an attribute; bytes of a name. */
enum { FILE_RANK = 8, FILE_NODES = 4096, FILE_TENSORS = 8192, FILE_INPUTS = 32, FILE_NUMBERS = 16, FILE_NAME = 1024 };
/* Lines of metadata that count, and most numbers in a tensor. */
enum { FILE_PAIRS = 64 };
#define FILE_COUNT UINT32_MAX

/* Types of numbers: TensorProto.DataType. */
enum number_type { NUMBER_FLOAT = 1, NUMBER_INT32 = 6, NUMBER_INT64 = 7 };

/* A constant tensor. Its numbers are still in the file. */
struct file_tensor {
	const char *name;
	uint64_t type;
	size_t rank, dims[FILE_RANK], count; /* count: the product of dims */
	bool turned;       /* of two sides: the file has the other one first */
	bool external;     /* the numbers are in another file */
	struct proto body; /* the whole message */
};

struct file_node {
	const char *name, *operator, *domain;
	size_t inputs, outputs;
	const char *input[FILE_INPUTS]; /* "": left out */
	const char *output;             /* the first; "": none */
	struct proto body;
};

struct file_attribute {
	int64_t integer;
	float real;
	char word[64]; /* "" if it is longer than any that is known */
	size_t count;
	int64_t number[FILE_NUMBERS];
	bool has_tensor;
	struct file_tensor tensor;
};

/* An input or output of the graph. */
struct file_value {
	const char *name;
	uint64_t type;
	size_t rank;
	uint64_t dims[FILE_RANK]; /* 0: not a number */
};

struct file_pair {
	struct proto key, value;
};

/* All names end with NUL, are UTF-8, and have no control characters. */
struct file {
	char *names; /* owned: the memory of all names */
	size_t used;
	uint64_t opset; /* of the operators of ONNX itself */
	const char *producer, *graph;
	size_t nodes, tensors, inputs, outputs, pairs;
	struct file_node *node;     /* owned, as the next three */
	struct file_tensor *tensor;
	struct file_value *input, *output;
	struct file_pair pair[FILE_PAIRS];
};

/* Reads a file. The bytes must stay as long as `out`. EX_DATAERR says what is malformed or more than the limits. Free
 * with file_clear, also after a failure. */
int file_parse(struct file *out, const uint8_t *bytes, size_t count, struct err *err);
void file_clear(struct file *file);

/* Finds an attribute of a node. Returns 1, or 0 if it has none of that name. −1 and EX_DATAERR if it is malformed, has
 * more than FILE_NUMBERS numbers, or is a graph. */
int node_attribute(const struct file_node *node, const char *name, struct file_attribute *out, struct err *err);

/* Give all numbers of a tensor: of floats out [count], which must be finite (NULL: only sees if they are there); of
 * integers out [FILE_NUMBERS], and their number. EX_DATAERR with the tensor's name if it has another type, or not as
 * many numbers as its sides say. */
int tensor_floats(const struct file_tensor *tensor, float *out, struct err *err);
int tensor_integers(const struct file_tensor *tensor, int64_t out[FILE_NUMBERS], size_t *count, struct err *err);

/* Reads a tensor. `file` takes its name; NULL: it has none. EX_DATAERR. */
int tensor_read(struct file *file, struct proto body, struct file_tensor *out, struct err *err);

/* Copies a text among the names of the file. EX_DATAERR if it is not as all names are. */
int name_take(struct file *file, const struct proto_field *field, const char **out, struct err *err);

/* Returns the value of a line of metadata, or NULL. *length: its bytes. */
const char *file_metadata(const struct file *file, const char *key, size_t *length);

#endif
