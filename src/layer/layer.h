/* What the layer types share among themselves. */
#ifndef CONVOY_LAYER_LAYER_H
#define CONVOY_LAYER_LAYER_H

#include <convoy/layer.h>

extern const struct layer_type convolution_type, subsampling_type, combination_type, full_type, pooling_type;

/* Appends a slice to the plan; its offset and count are found here. */
struct slice *layer_add_slice(struct layer *layer, struct slice slice);

/* Uniform random numbers with mean 0 and the standard deviation gain(activation) / √fan_in, into `count` w. */
void init_uniform(const struct layer *layer, uint64_t seed, size_t index, double fan_in, float *w, size_t from,
                  size_t count);

/* count rounded up to a multiple of LANES. */
size_t round_lanes(size_t count);

#endif
