/* What a job file says of a convolution. Folding a combination makes such a spec (sparsity.c). */
#ifndef CONVOY_LAYER_CONVOLUTION_H
#define CONVOY_LAYER_CONVOLUTION_H

#include "correlator.h"

struct convolution_spec {
	struct layer_spec base;
	size_t maps, groups; /* groups 0: one for each input map */
	struct kernel_spec kernel;
	struct connection_spec connections;
};

#endif
