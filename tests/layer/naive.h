/* Layers with parameters over windows of their input, straight from the formulas of section 3: zeros around the map
 * instead of a padded copy, a rule instead of a connection table. */
#ifndef TESTS_LAYER_NAIVE_H
#define TESTS_LAYER_NAIVE_H

#include "specs.h"

/* Whether input map i feeds output map j. */
bool naive_connected(const struct layer_keys *spec, const struct layer *layer, size_t j, size_t i);

/* y of a convolution or combination for one sample x with parameters w. */
void naive_forward(const struct layer_keys *spec, const struct layer *layer, const double *w, const double *x,
                   double *y);

#endif
