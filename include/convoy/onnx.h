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

/* Makes an ONNX model of opset 13 of the network with the parameters that it is evaluated with. Input `pixels`
 * [N][maps] [rows][columns], float, bytes 0 … 255 as they are in a data set; border and normalisation are in the model.
 * Output `scores` [N][classes], see predictor_run. Equal models give equal bytes. EX_DATAERR where the parameters do
 * not fit the 2 GiB of a protobuf message; EX_UNAVAILABLE if convoy was built without ONNX. */
int onnx_make(const struct model *model, struct onnx *out, struct err *err);

#endif
