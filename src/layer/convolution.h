/* What a job file says of a convolution. Folding a combination makes such a spec (sparsity.c). */
#ifndef CONVOY_LAYER_CONVOLUTION_H
#define CONVOY_LAYER_CONVOLUTION_H

#include "layer.h"

struct convolution_spec {
	struct layer_spec base;
	size_t maps, kernel, stride;
	enum padding padding;
	struct connection_spec connections;
};

#endif
