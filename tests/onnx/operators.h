/* The ONNX operators that exported networks use, plainly, in float64, from their specification (opset 13). */
#ifndef TESTS_ONNX_OPERATORS_H
#define TESTS_ONNX_OPERATORS_H

#include "wire.h"

/* Runs inputs [count][…] through the model; the numbers of its output, to be freed. Fails the test for anything that
 * the specification does not allow. */
double *operators_run(const struct wire_model *model, size_t count, const float *inputs, size_t *numbers);

#endif
