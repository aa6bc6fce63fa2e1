/* What the layer types share among themselves. */
#ifndef CONVOY_LAYER_LAYER_H
#define CONVOY_LAYER_LAYER_H

#include <convoy/layer.h>

/* The layer types, in the order of lists. The type's own file defines NAME_type. */
#define LAYER_TYPES(row) \
	row(convolution) row(subsampling) row(combination) row(full) row(pooling) row(dropout) row(batch_norm) \
	row(scale) row(add) row(concatenate) row(upsampling)
#define LAYER_TYPE_DECLARE(name) extern const struct layer_type name##_type;
LAYER_TYPES(LAYER_TYPE_DECLARE)

/* Rows that several types have; `structure` is the type's own. */
#define KEY_ACTIVATION \
	{.name = "activation", .type = KEY_WORD, KEY_AT(struct layer_spec, activation), .words = activation_words, \
	 .help = "f, which each output goes through", \
	 .aliases = (const struct key_alias[]){{"softmax", "linear", ", with loss: softmax-cross-entropy"}, \
	                                       {"silu", "swish", ""}, {"leaky", "leaky-relu", ""}, {0}}}, \
	{.name = "slope", .type = KEY_REAL, KEY_AT(struct layer_spec, slope), .preset = 0.01, .most = 1, .single = true, \
	 .help = "of leaky-relu below 0"}
/* Of types with parameters. */
#define KEY_LEARNING \
	{.name = "frozen", .type = KEY_TRUTH, KEY_AT(struct layer_spec, frozen), .changes = true, \
	 .help = "the parameters stay as they are"}, \
	{.name = "rate", .type = KEY_REAL, KEY_AT(struct layer_spec, rate), .changes = true, .preset = 1, .most = 1e6, \
	 .above = true, .single = true, .help = "factor of train.rate"}
#define KEY_MAPS(structure) \
	{.name = "maps", .type = KEY_WHOLE, KEY_AT(structure, maps), .needed = true, .least = 1, .most = LAYER_MAPS, \
	 .help = "output maps", \
	 .aliases = (const struct key_alias[]){{"filters", "maps", ""}, {"channels", "maps", ""}, {0}}}
/* Appends a tensor to the plan, and sets its offset and count. */
struct tensor *layer_add_tensor(struct layer *layer, struct tensor tensor);

/* Does the same for a tensor with a number for each of `maps` maps. */
void layer_add_of_maps(struct layer *layer, size_t maps, struct tensor tensor);

/* For layer_type.outline. outline_add adds an operation without operands. outline_operand adds an operand of zeros to
 * the last operation and returns it for the caller to fill; NULL on failure, with outline->err set. outline_tensor adds
 * tensor number s in its dense shape as an operand. */
void outline_add(struct outline *outline, struct operation operation);
float *outline_operand(struct outline *outline, const char *name, size_t rank, const size_t *dims);
void outline_tensor(struct outline *outline, const struct layer *layer, const float *w, size_t s);

/* Fills w[from … from+count−1] with uniform random numbers of mean 0 and standard deviation gain(activation) /
 * √fan_in. */
void init_uniform(const struct layer *layer, uint64_t seed, size_t index, double fan_in, float *w, size_t from,
                  size_t count);

/* Checks 1 ≤ size ≤ 2^32. EX_CONFIG otherwise ("kernel must be between 1 and …, not 0"). */
int layer_size_check(const char *name, size_t size, struct err *err);

/* Padding of maps along a side: outputs, padding in front and altogether. */
struct padded {
	size_t out, before, total;
};
enum padding { PADDING_VALID, PADDING_SAME, PADDING_CENTRED };
extern const struct key_word padding_words[];

/* Returns the padding for ⌈length / step⌉ outputs of kernels or windows of that side. Same: divided between both ends,
 * the odd one behind. Centred: half a side in front, rounded down, and behind what is read. Not for valid. */
struct padded padded_around(enum padding padding, size_t length, size_t side, size_t step);

/* Checks both of them likewise. */
int layer_sides_check(const char *name, struct sides sides, struct err *err);

/* Write "3×3" or "1×9", and for messages "3" or "1×9". */
enum { SIDES_TEXT = 48 };
const char *sides_text(struct sides sides, char text[SIDES_TEXT]);
const char *sides_short(struct sides sides, char text[SIDES_TEXT]);

/* Checks a·b·c·d ≤ 2^32, the largest number of values in a layer's tensor or in the maps of a sample. EX_CONFIG
 * otherwise. Sixteen lanes of eight bytes each then cannot overflow. */
int layer_numbers_check(const char *name, size_t a, size_t b, size_t c, size_t d, struct err *err);

/* Serves as layer_type.curve if u is linear in x, and linear in the parameters, and `backward` is only sums of products
 * with w, x and keep. Calls `backward` with their squares. */
void curve_by_squares(const struct layer *self, const struct kernels *k, const float *w, const float *w2,
                      const float *x, const float *x2, const float *hy, float *hx, float *hw, float *keep,
                      float *scratch);

/* Returns count rounded up to a multiple of LANES. */
size_t round_lanes(size_t count);

#endif
