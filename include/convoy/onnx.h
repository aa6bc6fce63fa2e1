/* onnx: writes a network as an ONNX file for other runtimes. The only room that knows protobuf-c. Floor 6: knows
 * model and what lies below it. All functions are local. */
#ifndef CONVOY_ONNX_H
#define CONVOY_ONNX_H

#include <convoy/model.h>

/* What was made of a network. */
struct onnx {
	uint8_t *bytes; /* the file's; to free with free() */
	size_t count, nodes;
};

/* Makes an ONNX model of opset 13 of the network with the parameters that it is evaluated with. Input `inputs`
 * [N][maps][rows][columns], float: the numbers as they are in a data set, whatever their type; border and normalisation
 * are in the model. Its output has the name of onnx_output: what predictor_run gives, [N][K], or [N][K][rows][columns]
 * where each position has an answer; values are in the units of the targets. Equal models give equal bytes. EX_DATAERR
 * where the parameters do not fit the 2 GiB of a protobuf message, or float32 cannot hold the normalisation of targets;
 * EX_UNAVAILABLE if convoy was built without ONNX. */
int onnx_make(const struct model *model, struct onnx *out, struct err *err);

/* Returns the name of the model's output: "values", or "scores" of classes and labels. */
const char *onnx_output(const struct model *model);

#endif
