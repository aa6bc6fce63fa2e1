/* Networks of all kinds of layers, tasks and inputs, for tests of ONNX. */
#ifndef TESTS_ONNX_NETWORKS_H
#define TESTS_ONNX_NETWORKS_H

#include <convoy/onnx.h>

enum { NETWORKS = 17 };

/* Every task and loss, and what the inputs were. */
struct network {
	enum element inputs;
	const char *text; /* of the job */
};
extern const struct network networks[NETWORKS];

/* The model of one of them, with numbers everywhere, but variances above 0. Free with model_destroy. */
struct model *model_made(size_t job);

/* Puts a number below 256 as a data set of that type has it, and returns it. */
float number_put(enum element element, size_t at, uint64_t number, void *bytes);

#endif
