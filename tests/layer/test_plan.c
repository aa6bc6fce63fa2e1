/* layer: plans. What fits and what does not, tensors, sizes, initial parameters. */
#include "layers.h"

#include <math.h>
#include <stdio.h>

static void expect_refused(struct layer_keys keys, struct shape in, const char *text)
{
	struct err err = {0};
	struct layer_spec *spec = spec_make(&keys);
	assert_null(layer_plan(spec, in, &err));
	layer_spec_destroy(spec);
	assert_string_equal(err.text, text);
	assert_int_equal(err.code, EX_CONFIG);
}

static void impossible_layers_are_refused(void **state)
{
	(void)state;
	const struct shape in = {3, 5, 8};
	expect_refused((struct layer_keys){.type = "convolution", .maps = 2, .kernel = 7}, in,
	               "kernel 7 is larger than its 5×8 input (kernel: [5, 7] fits, or padding: same)");
	expect_refused((struct layer_keys){.type = "convolution", .maps = 2, .kernel = 6}, (struct shape){3, 8, 5},
	               "kernel 6 is larger than its 8×5 input (kernel: [6, 5] fits, or padding: same)");
	expect_refused((struct layer_keys){.type = "combination", .maps = 2, .kernel = 6}, in,
	               "kernel 6 is larger than its 5×8 input (kernel: [5, 6] fits, or padding: same)");
	expect_refused((struct layer_keys){.type = "convolution", .maps = 2, .kernel = 5}, (struct shape){1, 1, 512},
	               "kernel 5 is larger than its 1×512 input (kernel: [1, 5] fits, or padding: same)");
	expect_refused((struct layer_keys){.type = "convolution", .maps = 2, .kernel = 3, .kernel_columns = 2,
	                                   .dilation = 2, .dilation_columns = 9}, in,
	               "kernel 3×2 with dilation 2×9 is larger than its 5×8 input (kernel: [3, 1] fits, or padding: "
	               "same)");
	expect_refused((struct layer_keys){.type = "convolution", .maps = 4, .kernel = 3, .groups = 2}, in,
	               "groups 2 do not divide the 3 input maps");
	expect_refused((struct layer_keys){.type = "convolution", .maps = 4, .kernel = 3, .groups = 5}, in,
	               "groups 5 do not divide the 3 input maps");
	expect_refused((struct layer_keys){.type = "convolution", .maps = 4, .kernel = 3, .groups = GROUPS_EACH}, in,
	               "groups 3 do not divide maps: 4");
	expect_refused((struct layer_keys){.type = "convolution", .maps = 3, .kernel = 3, .groups = 3,
	                                   .connections = CONNECT_PAIRS}, in,
	               "connections and groups: a convolution has one of them");
	expect_refused((struct layer_keys){.type = "convolution", .maps = 2, .kernel = 3, .connections = CONNECT_LENET5},
	               in, "connections: lenet5 joins 6 maps to 16, not 3 to 2");
	expect_refused((struct layer_keys){.type = "subsampling", .window = 6}, in,
	               "window 6 is larger than its 5×8 input");
	expect_refused((struct layer_keys){.type = "pooling", .window = 6, .ragged = true}, in,
	               "window 6 is larger than its 5×8 input");
	expect_refused((struct layer_keys){.type = "subsampling", .window = 2}, in,
	               "window 2 does not divide its 5×8 input (ragged: true allows smaller windows at the edge)");
	expect_refused((struct layer_keys){.type = "pooling", .window = 5}, in,
	               "window 5 does not divide its 5×8 input (ragged: true allows smaller windows at the edge)");
	expect_refused((struct layer_keys){.type = "pooling", .window = 5, .window_columns = 9}, in,
	               "window 5×9 is larger than its 5×8 input");
	expect_refused((struct layer_keys){.type = "subsampling", .window = 1, .window_columns = 3}, in,
	               "window 1×3 does not divide its 5×8 input (ragged: true allows smaller windows at the edge)");
	expect_refused((struct layer_keys){.type = "pooling", .window = 3, .stride = 2}, in,
	               "windows 3 in steps of 2 do not end at the edge of their 5×8 input (ragged: true allows smaller "
	               "windows there)");
	expect_refused((struct layer_keys){.type = "pooling", .window = 3, .stride = 3, .padding = "centred"},
	               (struct shape){1, 6, 6}, "centred windows 3 in steps of 3 do not reach the edge of their 6×6 input "
	               "(padding: same does)");
	expect_refused((struct layer_keys){.type = "full", .units = (size_t)1 << 26}, in,
	               "67108864 units on 120 inputs are too many weights");
}

/* Sizes of 0 and sizes whose products would wrap around. */
static void absurd_sizes_are_refused(void **state)
{
	(void)state;
	const struct shape in = {3, 5, 8};
	static const char *const types[] = {"convolution", "combination"};
	for (size_t t = 0; t < 2; t++) {
		expect_refused((struct layer_keys){.type = types[t], .maps = 0, .kernel = 3}, in,
		               "maps must be between 1 and 4294967296, not 0");
		expect_refused((struct layer_keys){.type = types[t], .maps = 2, .kernel = 0}, in,
		               "kernel must be between 1 and 4294967296, not 0");
		expect_refused((struct layer_keys){.type = types[t], .maps = SIZE_MAX, .kernel = 3}, in,
		               "maps must be between 1 and 4294967296, not 18446744073709551615");
		expect_refused((struct layer_keys){.type = types[t], .maps = (size_t)1 << 32, .kernel = 1}, in,
		               "kernels of 4294967296×3×1×1: more than 4294967296 numbers");
	}
	expect_refused((struct layer_keys){.type = "full"}, in, "units must be between 1 and 4294967296, not 0");
	expect_refused((struct layer_keys){.type = "dropout", .rate = 1}, in,
	               "rate of dropout must be at least 0 and below 1, not 1");
	expect_refused((struct layer_keys){.type = "pooling", .window_columns = 3}, in,
	               "window must be between 1 and 4294967296, not 0");
	expect_refused((struct layer_keys){.type = "subsampling", .window_columns = 1, .ragged = true}, in,
	               "window must be between 1 and 4294967296, not 0");
	expect_refused((struct layer_keys){.type = "convolution", .maps = 2, .kernel = 3, .stride = SIZE_MAX}, in,
	               "stride must be between 1 and 4294967296, not 18446744073709551615");
	expect_refused((struct layer_keys){.type = "convolution", .maps = 2, .kernel = (size_t)1 << 31,
	                                   .padding = "same"}, in,
	               "kernels of 2×3×2147483648×2147483648: more than 4294967296 numbers");
	expect_refused((struct layer_keys){.type = "convolution", .maps = 1, .kernel = 1},
	               (struct shape){1, 1 << 17, 1 << 17},
	               "padded input of 1×1×131073×131073: more than 4294967296 numbers");
	expect_refused((struct layer_keys){.type = "convolution", .maps = 1 << 14, .kernel = 1},
	               (struct shape){1, 1 << 10, 1 << 10}, "output of 1×16384×1024×1025: more than 4294967296 numbers");
}

static void shapes_of_outputs(void **state)
{
	(void)state;
	static const struct {
		struct layer_keys spec;
		struct shape in, out;
	} cases[] = {
		{{.type = "convolution", .maps = 6, .kernel = 5}, {1, 32, 32}, {6, 28, 28}},
		{{.type = "convolution", .maps = 2, .kernel = 3, .stride = 2}, {1, 8, 9}, {2, 3, 4}},
		{{.type = "convolution", .maps = 2, .kernel = 3, .padding = "same"}, {1, 8, 9}, {2, 8, 9}},
		{{.type = "convolution", .maps = 2, .kernel = 4, .stride = 3, .padding = "same"}, {1, 8, 9}, {2, 3, 3}},
		{{.type = "convolution", .maps = 2, .kernel = 5, .padding = "same"}, {1, 2, 1}, {2, 2, 1}},
		{{.type = "convolution", .maps = 2, .kernel = 1, .kernel_columns = 9, .stride = 1, .stride_columns = 2},
		 {1, 1, 512}, {2, 1, 252}},
		{{.type = "convolution", .maps = 2, .kernel = 3, .dilation = 2, .dilation_columns = 4}, {1, 8, 9}, {2, 4, 1}},
		{{.type = "convolution", .maps = 2, .kernel = 3, .stride = 2, .dilation = 3, .padding = "same"}, {1, 8, 9},
		 {2, 4, 5}},
		{{.type = "convolution", .maps = 2, .kernel = 1, .dilation = 99}, {1, 8, 9}, {2, 8, 9}},
		{{.type = "combination", .maps = 4, .kernel = 3, .stride = 2, .padding = "same"}, {3, 8, 9}, {4, 4, 5}},
		{{.type = "combination", .maps = 4, .kernel = 3}, {3, 8, 9}, {4, 6, 7}},
		{{.type = "subsampling", .window = 2}, {6, 28, 14}, {6, 14, 7}},
		{{.type = "subsampling", .window = 3, .ragged = true}, {6, 28, 14}, {6, 10, 5}},
		{{.type = "pooling", .window = 4}, {2, 8, 4}, {2, 2, 1}},
		{{.type = "pooling"}, {7, 13, 5}, {7, 1, 1}},
		{{.type = "upsampling", .factor = 2}, {7, 13, 5}, {7, 26, 10}},
		{{.type = "upsampling", .factor = 1, .factor_columns = 3}, {7, 1, 5}, {7, 1, 15}},
		{{.type = "subsampling"}, {7, 13, 5}, {7, 1, 1}},
		{{.type = "subsampling", .window = 1, .window_columns = 4}, {2, 1, 12}, {2, 1, 3}},
		{{.type = "pooling", .window = 3, .stride = 2}, {2, 7, 5}, {2, 3, 2}},
		{{.type = "pooling", .window = 3, .stride = 2, .ragged = true}, {2, 8, 32}, {2, 4, 16}},
		{{.type = "pooling", .window = 1, .stride = 2, .ragged = true}, {2, 8, 5}, {2, 4, 3}},
		{{.type = "pooling", .window = 3, .stride = 2, .padding = "same"}, {2, 8, 5}, {2, 4, 3}},
		{{.type = "pooling", .window = 3, .stride = 2, .padding = "centred"}, {2, 8, 5}, {2, 4, 3}},
		{{.type = "convolution", .maps = 2, .kernel = 7, .stride = 2, .padding = "centred"}, {1, 8, 9}, {2, 4, 5}},
		{{.type = "pooling", .window = 3, .stride = 1, .padding = "same"}, {2, 8, 5}, {2, 8, 5}},
		{{.type = "pooling", .window = 1, .window_columns = 2, .stride = 2, .stride_columns = 1}, {2, 7, 5}, {2, 4, 4}},
		{{.type = "full", .units = 84}, {120, 2, 1}, {84, 1, 1}},
		{{.type = "scale"}, {6, 28, 14}, {6, 28, 14}},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct layer *layer = layer_must(&cases[i].spec, cases[i].in);
		assert_memory_equal(&layer->out, &cases[i].out, sizeof layer->out);
		assert_memory_equal(&layer->in, &cases[i].in, sizeof layer->in);
		layer_destroy(layer);
	}
	assert_int_equal(shape_size((struct shape){3, 5, 7}), 105);
}

/* Parameters of LeNet-5 as the paper counts them (LeCun et al. 1998, section II-B), and multiply–adds by hand. */
static void lenet5_has_the_papers_parameters(void **state)
{
	(void)state;
	static const struct {
		struct layer_keys spec;
		size_t parameters, multiply_adds, connections;
	} want[] = {
		{{.type = "convolution", .maps = 6, .kernel = 5}, 156, 6 * 25 * 784, 6},
		{{.type = "subsampling", .window = 2}, 12, 6 * 196, 0},
		{{.type = "convolution", .maps = 16, .kernel = 5, .connections = CONNECT_LENET5}, 1516, 60 * 25 * 100, 60},
		{{.type = "subsampling", .window = 2}, 32, 16 * 25, 0},
		{{.type = "convolution", .maps = 120, .kernel = 5}, 48120, 120 * 16 * 25, 120 * 16},
		{{.type = "full", .units = 84}, 10164, 84 * 120, 84 * 120},
	};
	struct shape in = {1, 32, 32};
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		struct layer *layer = layer_must(&want[i].spec, in);
		assert_int_equal(layer->parameters, want[i].parameters);
		assert_int_equal(layer->multiply_adds, want[i].multiply_adds);
		assert_int_equal(layer->connections, want[i].connections);
		in = layer->out;
		layer_destroy(layer);
	}
	/* Section 3.3: per input I kernels and J·I mixes at every position, per pair J·I kernels. */
	struct layer_keys spec = {.type = "combination", .maps = 4, .kernel = 3};
	struct layer *layer = layer_must(&spec, (struct shape){5, 8, 9});
	assert_int_equal(layer->parameters, 5 * 9 + 4 + 20);
	assert_int_equal(layer->multiply_adds, (5 * 9 + 20) * 42);
	assert_int_equal(layer->connections, 20);
	layer_destroy(layer);
	spec.kernels = "per-pair";
	layer = layer_must(&spec, (struct shape){5, 8, 9});
	assert_int_equal(layer->parameters, 20 * 9 + 4 + 20);
	assert_int_equal(layer->multiply_adds, 20 * 9 * 42);
	layer_destroy(layer);
}

/* Centred windows lie about every stride-th number, and what is outside does not count. */
static void windows_are_centred(void **state)
{
	(void)state;
	enum { ROWS = 8, COLUMNS = 5 };
	double x[ROWS * COLUMNS], y[4 * 3], scratch[64];
	struct layer *layer = layer_must(&(struct layer_keys){.type = "pooling", .method = "max", .window = 3, .stride = 2,
	                                                      .padding = "centred"}, (struct shape){1, ROWS, COLUMNS});
	for (size_t i = 0; i < ROWS * COLUMNS; i++)
		x[i] = -1 - (double)(i * 17 % 40); /* below 0: padding would be the largest */
	assert_true(layer->scratch64 <= 64);
	layer->type->forward64(layer, NULL, x, y, scratch);
	for (size_t o = 0; o < 12; o++) {
		double want = -99;
		for (size_t i = 0; i < ROWS * COLUMNS; i++) {
			bool near = i / COLUMNS + 1 >= o / 3 * 2 && i / COLUMNS <= o / 3 * 2 + 1 && i % COLUMNS + 1 >= o % 3 * 2 &&
			            i % COLUMNS <= o % 3 * 2 + 1;
			want = near && x[i] > want ? x[i] : want;
		}
		assert_true(y[o] == want);
	}
	layer_destroy(layer);
}

/* The way to the products, by shape alone (mathematics, Fewer multiplications). */
static void says_its_method(void **state)
{
	(void)state;
	static const struct {
		struct layer_keys spec;
		struct shape in;
		const char *method;
	} want[] = {
		{{.type = "convolution", .maps = 16, .kernel = 3, .padding = "same"}, {16, 28, 28}, "points 6×6"},
		{{.type = "convolution", .maps = 6, .kernel = 5}, {1, 32, 32}, "points 8"},
		{{.type = "convolution", .maps = 16, .kernel = 3, .padding = "same", .stride = 2},
		 {16, 28, 28}, "direct"},
		{{.type = "convolution", .maps = 16, .kernel = 1}, {16, 28, 28}, "direct"},
		{{.type = "convolution", .maps = 32, .kernel = 3, .padding = "same", .groups = GROUPS_EACH}, {16, 28, 28},
		 "single"},
		{{.type = "convolution", .maps = 48, .kernel = 3, .padding = "same", .groups = GROUPS_EACH}, {16, 28, 28},
		 "direct"}, /* three maps share what is loaded */
		{{.type = "convolution", .maps = 120, .kernel = 5}, {16, 5, 5}, "full"},
		{{.type = "full", .units = 84}, {16, 5, 5}, NULL},
		{{.type = "subsampling", .window = 2}, {6, 28, 28}, NULL},
	};
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		struct layer *layer = layer_must(&want[i].spec, want[i].in);
		assert_string_equal(layer->method != NULL ? layer->method : "", want[i].method != NULL ? want[i].method : "");
		layer_destroy(layer);
	}
}

/* What each tensor is, in the order of its offsets: type, name, whether it decays. */
static void tensors_add_up(void **state)
{
	(void)state;
	static const struct {
		const char *type, *name[LAYER_TENSORS];
	} want[] = {
		{"convolution", {"kernels", "biases"}},
		{"subsampling", {"beta", "biases"}},
		{"combination", {"kernels", "biases", "logits"}},
		{"full", {"weights", "biases"}},
		{"pooling", {NULL}},
		{"upsampling", {NULL}},
		{"scale", {"gamma", "biases"}},
	};
	struct dice dice = {.seed = 81};
	for (size_t n = 0; n < 200; n++) {
		struct shelf shelf = {0};
		struct layer_keys spec;
		struct layer *layer = layer_random(&shelf, &dice, n % KINDS, &spec);
		size_t offset = 0, w = 0;
		while (strcmp(want[w].type, spec.type) != 0)
			w++;
		assert_string_equal(layer->type->name, spec.type);
		for (size_t s = 0; s < layer->tensors; s++) {
			const struct tensor *tensor = &layer->tensor[s];
			size_t dense = 1, apart = 1;
			assert_string_equal(tensor->name, want[w].name[s]);
			assert_int_equal(tensor->offset, offset);
			assert_true(tensor->rank >= 1 && tensor->rank <= 4);
			for (size_t d = 0; d < tensor->rank; d++) {
				assert_non_null(tensor->labels[d]);
				dense *= tensor->dims[d];
				apart *= d < 2 ? 1 : tensor->dims[d];
			}
			assert_int_equal(tensor->count, tensor->table != NULL ? tensor->table->count * apart : dense);
			assert_true(tensor->table == NULL || (tensor->dims[0] == layer->out.maps &&
			                                      tensor->dims[1] == layer->in.maps));
			bool held = strcmp(tensor->name, "biases") == 0 || strcmp(tensor->name, "logits") == 0 ||
			            strcmp(tensor->name, "gamma") == 0;
			assert_int_equal(tensor->decays, !held);
			assert_true(strlen(tensor->description) > 10);
			offset += tensor->count;
		}
		assert_true(layer->tensors == LAYER_TENSORS || want[w].name[layer->tensors] == NULL);
		assert_int_equal(layer->parameters, offset);
		assert_true((layer->type->regularize != NULL) == (strcmp(spec.type, "combination") == 0));
		layer_destroy(layer);
		shelf_clear(&shelf);
	}
}

static void init_is_seeded(void **state)
{
	(void)state;
	struct dice dice = {.seed = 82};
	for (size_t n = 0; n < 100; n++) {
		struct shelf shelf = {0};
		struct layer_keys spec;
		struct layer *layer = layer_random(&shelf, &dice, n % KINDS, &spec);
		float *w[4]; /* seeds 1, 1, 2, and another place in the net */
		for (size_t i = 0; i < 4; i++) {
			w[i] = shelf_bytes(&shelf, layer->parameters * sizeof **w);
			layer->type->init(layer, i == 2 ? 2 : 1, i == 3 ? 5 : 4, w[i]);
		}
		expect_same("parameters of a seed", layer->parameters, w[0], w[1]);
		for (size_t s = 0; s < layer->tensors; s++) {
			const struct tensor *tensor = &layer->tensor[s];
			bool biases = strcmp(tensor->name, "biases") == 0, beta = strcmp(tensor->name, "beta") == 0;
			for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
				if (biases)
					assert_true(w[0][i] == 0);
				else if (strcmp(tensor->name, "gamma") == 0)
					assert_true(w[0][i] == 1);
				else if (beta)
					assert_true(w[0][i] == 1 / (float)(spec.window * spec.window_columns));
				else
					assert_true(w[0][i] != w[2][i] && w[0][i] != w[3][i]);
				if (strcmp(tensor->name, "logits") == 0)
					assert_true(fabsf(w[0][i]) <= 0.1f);
			}
		}
		layer_destroy(layer);
		shelf_clear(&shelf);
	}
}

/* Mean 0 and variance gain² / fan-in, within five standard deviations of these estimates; none beyond the radius. */
static void expect_spread(size_t count, const float *w, double variance)
{
	double sum = 0, square = 0;
	for (size_t i = 0; i < count; i++) {
		assert_true(w[i] * (double)w[i] <= 3 * variance * 1.000001);
		sum += w[i];
		square += w[i] * (double)w[i];
	}
	assert_true(fabs(sum / (double)count) <= 5 * sqrt(variance / (double)count));
	assert_true(fabs(square / (double)count / variance - 1) <= 5 * sqrt(0.8 / (double)count));
}

static void init_is_spread_by_fan_in(void **state)
{
	(void)state;
	static const double gain2[ACTIVATIONS] = {
		[ACTIVATION_LINEAR] = 1, [ACTIVATION_SIGMOID] = 16, [ACTIVATION_TANH] = 1, [ACTIVATION_SCALED_TANH] = 1,
		[ACTIVATION_RELU] = 2, [ACTIVATION_LEAKY_RELU] = 2 / 1.25, [ACTIVATION_ELU] = 1, [ACTIVATION_SOFTPLUS] = 1,
		[ACTIVATION_GELU] = 2, [ACTIVATION_SWISH] = 2,
	};
	for (enum activation f = 0; f < ACTIVATIONS; f++) {
		struct shelf shelf = {0};
		struct layer_keys spec = {.type = "full", .units = 80, .activation = f, .slope = 0.5};
		struct layer *layer = layer_must(&spec, (struct shape){5, 4, 3});
		float *w = shelf_bytes(&shelf, layer->parameters * sizeof *w);
		layer->type->init(layer, 1, 0, w);
		expect_spread(80 * 60, w, gain2[f] / 60);
		assert_int_equal(layer->activation, f);
		layer_destroy(layer);

		/* Fan-in counts connected maps only: 3, 4 and 6 of them. */
		spec = (struct layer_keys){.type = "convolution", .maps = 16, .kernel = 9, .connections = CONNECT_LENET5,
		                           .activation = f, .slope = 0.5};
		layer = layer_must(&spec, (struct shape){6, 9, 9});
		w = shelf_bytes(&shelf, layer->parameters * sizeof *w);
		layer->type->init(layer, 1, 0, w);
		expect_spread(6 * 3 * 81, w, gain2[f] / (3 * 81));
		expect_spread(9 * 4 * 81, w + 18 * 81, gain2[f] / (4 * 81));
		expect_spread(6 * 81, w + 54 * 81, gain2[f] / (6 * 81));
		layer_destroy(layer);

		/* α is near 1/I: I inputs of variance 1 give u the variance K² / I that of a kernel value. */
		spec = (struct layer_keys){.type = "combination", .maps = 3, .kernel = 9, .activation = f, .slope = 0.5};
		layer = layer_must(&spec, (struct shape){6, 9, 9});
		w = shelf_bytes(&shelf, layer->parameters * sizeof *w);
		layer->type->init(layer, 1, 0, w);
		expect_spread(6 * 81, w, gain2[f] * 6 / 81);
		layer_destroy(layer);
		shelf_clear(&shelf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(impossible_layers_are_refused),
		cmocka_unit_test(absurd_sizes_are_refused),
		cmocka_unit_test(shapes_of_outputs),
		cmocka_unit_test(lenet5_has_the_papers_parameters),
		cmocka_unit_test(windows_are_centred),
		cmocka_unit_test(says_its_method),
		cmocka_unit_test(tensors_add_up),
		cmocka_unit_test(init_is_seeded),
		cmocka_unit_test(init_is_spread_by_fan_in),
	};
	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
