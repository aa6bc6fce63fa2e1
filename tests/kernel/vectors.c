/* The elementary functions of one instruction set, as functions on arrays: what the tables of kernels do not show. */
#include "vectors.h"

#include <kernel/math.h>

#define OVER_ARRAY(f)                                                                                                  \
	static void array_##f(size_t count, float *y)                                                                      \
	{                                                                                                                  \
		for (size_t i = 0; i < count; i += W)                                                                          \
			vec_store(y + i, vec_##f(vec_load(y + i)));                                                                \
	}
OVER_ARRAY(exp)
OVER_ARRAY(log)
OVER_ARRAY(log1p)
OVER_ARRAY(tanh)
OVER_ARRAY(sigmoid)

const struct vectors VECTORS = {
	.isa = VECTOR_ISA,
	.exp = array_exp,
	.log = array_log,
	.log1p = array_log1p,
	.tanh = array_tanh,
	.sigmoid = array_sigmoid,
};
