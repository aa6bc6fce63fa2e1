/* An ONNX file as its bytes are: protobuf's wire format read by hand, by the field numbers of onnx.proto. */
#ifndef TESTS_ONNX_WIRE_H
#define TESTS_ONNX_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_INPUTS = 8, WIRE_ATTRIBUTES = 8, WIRE_INTS = 8, WIRE_MOST = 128, WIRE_TEXT = 64, WIRE_RANK = 4 };

struct wire_attribute {
	char name[WIRE_TEXT], word[WIRE_TEXT];
	int64_t type, i, ints[WIRE_INTS];
	size_t count;
	float f;
};

struct wire_node {
	char type[WIRE_TEXT], name[WIRE_TEXT], input[WIRE_INPUTS][WIRE_TEXT], output[WIRE_TEXT];
	size_t inputs, outputs, attributes;
	struct wire_attribute attribute[WIRE_ATTRIBUTES];
};

/* A tensor, or (without numbers) an input or output: dims 0 then stands for a name, N. */
struct wire_tensor {
	char name[WIRE_TEXT];
	int64_t type;
	size_t rank, dims[WIRE_RANK], count;
	double *number; /* [count] */
};

struct wire_model {
	int64_t ir, opset;
	size_t nodes, tensors, inputs, outputs, pairs;
	struct wire_node node[WIRE_MOST];
	struct wire_tensor tensor[WIRE_MOST], input[2], output[2];
	struct {
		char key[WIRE_TEXT], value[8 * WIRE_TEXT];
	} pair[8];
};

/* Fails the test where the bytes are malformed. Free with wire_free. */
struct wire_model *wire_read(const uint8_t *bytes, size_t count);
void wire_free(struct wire_model *model);

/* The attribute of that name, or NULL. */
const struct wire_attribute *wire_attribute(const struct wire_node *node, const char *name);

#endif
