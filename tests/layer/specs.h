/* Layers' specs for tests, made and read through the rows of their keys, as the job reader does. */
#ifndef TESTS_LAYER_SPECS_H
#define TESTS_LAYER_SPECS_H

#include <convoy/layer.h>

enum { GROUPS_EACH = 1 << 30 };

/* What a job could say of a layer of any type. What is 0 or NULL is not said. */
struct layer_keys {
	const char *type, *name;
	const char *from[LAYER_SOURCES]; /* up to the first NULL */
	enum activation activation;
	size_t maps, units;
	size_t kernel, stride, dilation, window, factor; /* rows, and columns too */
	size_t kernel_columns, stride_columns, dilation_columns, window_columns, factor_columns; /* unless said here */
	size_t groups; /* GROUPS_EACH: each */
	bool ragged, frozen;
	const char *padding, *method, *kernels, *penalty, *statistics; /* words */
	double lambda, warmup, rate, slope;
	enum connection_kind connections;
	struct connection_list list; /* borrowed; of CONNECT_LIST */
};

/* The spec of a type that there is; limits are not held. Free with layer_spec_destroy. */
struct layer_spec *spec_make(const struct layer_keys *keys);

/* What a spec says at a key; 0 or "" where its type has no such key. A side stands for two that are equal. */
size_t spec_whole(const struct layer_spec *spec, const char *key);
struct sides spec_sides(const struct layer_spec *spec, const char *key);
double spec_real(const struct layer_spec *spec, const char *key);
bool spec_truth(const struct layer_spec *spec, const char *key);
const char *spec_word(const struct layer_spec *spec, const char *key);
const struct connection_spec *spec_connections(const struct layer_spec *spec);

/* Both say the same at every key. */
void expect_same_specs(const struct layer_spec *a, const struct layer_spec *b);

/* A convolution's or combination's sides, 1 where nothing was said. */
struct sides keys_kernel(const struct layer_keys *keys);
struct sides keys_stride(const struct layer_keys *keys);
struct sides keys_dilation(const struct layer_keys *keys);

/* Whether a word was said, and is this one. */
bool word_is(const char *word, const char *text);

#endif
