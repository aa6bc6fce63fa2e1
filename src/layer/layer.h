/* What the layer types share among themselves. */
#ifndef CONVOY_LAYER_LAYER_H
#define CONVOY_LAYER_LAYER_H

#include <convoy/layer.h>

/* The layer types, in the order in which they are listed: NAME_type is defined in the type's own file. */
#define LAYER_TYPES(row) \
	row(convolution) row(subsampling) row(combination) row(full) row(pooling) row(dropout) row(batch_norm) \
	row(scale)
#define LAYER_TYPE_DECLARE(name) extern const struct layer_type name##_type;
LAYER_TYPES(LAYER_TYPE_DECLARE)

/* Rows that several types have; `structure` is the type's own. */
#define KEY_ACTIVATION \
	{.name = "activation", .type = KEY_WORD, KEY_AT(struct layer_spec, activation), .words = activation_words, \
	 .help = "f, which each output goes through"}
#define KEY_MAPS(structure) \
	{.name = "maps", .type = KEY_WHOLE, KEY_AT(structure, maps), .needed = true, .least = 1, .most = LAYER_MAPS, \
	 .help = "output maps"}
#define KEY_KERNEL(structure, said) \
	{.name = "kernel", .type = KEY_WHOLE, KEY_AT(structure, kernel), .needed = true, .least = 1, .most = LAYER_SIDE, \
	 .help = said}

/* Appends a tensor to the plan; its offset and count are found here. */
struct tensor *layer_add_tensor(struct layer *layer, struct tensor tensor);

/* For layer_type.outline: adds an operation without operands; then, to the last operation, an operand of zeros that the
 * caller fills (NULL after a failure, which is in outline->err), or tensor number s in its dense shape. */
void outline_add(struct outline *outline, struct operation operation);
float *outline_operand(struct outline *outline, const char *name, size_t rank, const size_t *dims);
void outline_tensor(struct outline *outline, const struct layer *layer, const float *w, size_t s);

/* Uniform random numbers with mean 0 and the standard deviation gain(activation) / √fan_in, into `count` w. */
void init_uniform(const struct layer *layer, uint64_t seed, size_t index, double fan_in, float *w, size_t from,
                  size_t count);

/* -1 and EX_CONFIG ("kernel must be between 1 and …, not 0") unless 1 ≤ size ≤ 2^32. */
int layer_size_check(const char *name, size_t size, struct err *err);

/* -1 and EX_CONFIG unless a·b·c·d ≤ 2^32, the most numbers that a layer's tensor or the maps of a sample may have:
 * what is planned from there (times sixteen lanes, times eight bytes) is far from overflow. */
int layer_numbers_check(const char *name, size_t a, size_t b, size_t c, size_t d, struct err *err);

/* layer_type.curve where u is linear in x and in the parameters apart, and `backward` takes but sums of products with
 * w, x and keep: with their squares it gives what curve asks for. */
void curve_by_squares(const struct layer *self, const struct kernels *k, const float *w, const float *w2,
                      const float *x, const float *x2, const float *hy, float *hx, float *hw, float *keep,
                      float *scratch);

/* count rounded up to a multiple of LANES. */
size_t round_lanes(size_t count);

#endif
