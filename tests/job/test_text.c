/* A layer's text, read back, is the layer: for random layers of every type. */
#include "layer/specs.h"
#include "text.h"

enum { ROUNDS = 300, SEED = 11 };

/* Random numbers for round `round`: draw(&dice, n) is one of 0 … n−1. */
struct dice {
	uint64_t round, thrown;
};

static size_t draw(struct dice *dice, size_t n)
{
	return random_below(SEED, RANDOM_CHECK, dice->round, dice->thrown++, n);
}

static double draw_real(struct dice *dice)
{
	static const double some[] = {0, 1, 0.1, 1e-5, 123456.789, 5e-324 * 0x1p60, 1.0 / 3};
	size_t i = draw(dice, 14);
	return i < 7 ? some[i] : random_uniform(SEED, RANDOM_CHECK, dice->round, dice->thrown++);
}

static void draw_list(struct dice *dice, struct layer_keys *spec)
{
	struct err err = {0};
	spec->connections = CONNECT_LIST;
	spec->maps = 1 + draw(dice, 20);
	spec->list.out_maps = spec->maps;
	spec->list.first = memory_zeroed(spec->maps + 1, sizeof *spec->list.first, &err);
	spec->list.input = memory_zeroed(8 * spec->maps, sizeof *spec->list.input, &err);
	assert_non_null(spec->list.first);
	assert_non_null(spec->list.input);
	for (size_t j = 0; j < spec->maps; j++) {
		uint32_t count = 1 + (uint32_t)draw(dice, 8), map = 0;
		for (uint32_t i = 0; i < count; i++) {
			map += (i > 0) + (uint32_t)draw(dice, 1000);
			spec->list.input[spec->list.first[j] + i] = map;
		}
		spec->list.first[j + 1] = spec->list.first[j] + count;
	}
}

static struct layer_keys draw_layer(struct dice *dice)
{
	static const char *const types[] = {"convolution", "subsampling", "combination", "full", "pooling",
	                                    "dropout", "batch-norm", "scale"};
	static const char *const penalties[] = {NULL, "l1", "entropy"};
	size_t type = draw(dice, 8);
	struct layer_keys spec = {.type = types[type], .activation = (enum activation)draw(dice, ACTIVATIONS)};
	if (spec.activation == ACTIVATION_LEAKY_RELU)
		spec.slope = 0.25 * (double)draw(dice, 5);
	static const char *const names[] = {NULL, "a", "stage2-block_3", "input", "-2"};
	spec.name = names[draw(dice, 3)];
	for (size_t s = 0, sources = draw(dice, 4); s < sources; s++)
		spec.from[s] = names[1 + draw(dice, 4)];
	if (type == 0 || type == 2) {
		spec.maps = 1 + draw(dice, 65536);
		spec.kernel = 1 + draw(dice, 1024);
		spec.kernel_columns = draw(dice, 2) ? 1 + draw(dice, 1024) : 0;
		spec.stride = 1 + draw(dice, 3);
		spec.stride_columns = draw(dice, 2) ? 1 + draw(dice, 3) : 0;
		spec.dilation = draw(dice, 2) ? 1 + draw(dice, 1024) : 0;
		spec.dilation_columns = spec.dilation != 0 && draw(dice, 2) ? 1 + draw(dice, 1024) : 0;
		spec.padding = draw(dice, 2) ? "same" : "valid";
	}
	switch (type) {
	case 0:
		spec.groups = draw(dice, 2) ? 0 : draw(dice, 2) ? GROUPS_EACH : 1 + draw(dice, 65536);
		spec.connections = (enum connection_kind)draw(dice, 4);
		if (draw(dice, 2))
			draw_list(dice, &spec);
		break;
	case 2:
		spec.kernels = draw(dice, 2) ? "per-pair" : "per-input";
		spec.penalty = penalties[draw(dice, 3)];
		spec.lambda = spec.penalty == NULL ? 0 : draw_real(dice);
		spec.warmup = spec.penalty == NULL ? 0 : draw_real(dice);
		break;
	case 3:
		spec.units = 1 + draw(dice, 65536);
		break;
	case 5:
		spec.rate = (double)draw(dice, 1000) / 1000;
		spec.activation = ACTIVATION_LINEAR;
		break;
	case 6:
	case 7:
		break;
	default:
		spec.window = draw(dice, 3) ? 1 + draw(dice, 1024) : 0;
		spec.window_columns = spec.window != 0 && draw(dice, 2) ? 1 + draw(dice, 1024) : 0;
		spec.stride = type == 4 && draw(dice, 2) ? 1 + draw(dice, 1024) : 0;
		spec.stride_columns = spec.stride != 0 && draw(dice, 2) ? 1 + draw(dice, 1024) : 0;
		spec.padding = type == 4 && draw(dice, 2) ? "same" : NULL;
		spec.ragged = draw(dice, 2);
		spec.method = type == 4 && draw(dice, 2) ? "mean" : "max";
		break;
	}
	return spec;
}

static void random_layers_come_back(void **state)
{
	(void)state;
	static const char *const at[] = {"layers[0]", "layers[2]", "layers[4]"}; /* flow, block, and the last */
	for (uint64_t round = 0; round < ROUNDS; round++) {
		struct dice dice = {.round = round};
		struct err err = {0};
		struct layer_keys keys = draw_layer(&dice);
		struct layer_spec *spec = spec_make(&keys);
		char *line = job_layer_text(spec, &err);
		assert_non_null(line);
		char *text = job_replace("J", good, at[round % 3], line, &err);
		struct job *job = text == NULL ? NULL : job_parse("J", text, &err);
		if (job == NULL)
			print_error("%s: %s\n", line, err.text);
		assert_non_null(job);
		expect_same_specs(job->layer[2 * (round % 3)], spec);
		assert_int_equal(job->layers, 5);
		job_destroy(job);
		free(text);
		free(line);
		layer_spec_destroy(spec);
		free(keys.list.first);
		free(keys.list.input);
	}
}

static void defaults_are_left_out(void **state)
{
	(void)state;
	struct err err = {0};
	uint32_t first[] = {0, 2, 3}, input[] = {0, 1, 1};
	struct layer_keys keys[] = {
		{.type = "convolution", .maps = 16, .kernel = 5},
		{.type = "convolution", .maps = 2, .kernel = 5, .stride = 1, .padding = "same",
		 .connections = CONNECT_LIST, .list = {2, first, input}, .activation = ACTIVATION_RELU},
		{.type = "combination", .maps = 1, .kernel = 2, .penalty = "entropy", .lambda = 0.1},
		{.type = "pooling", .window = 3, .window_columns = 1, .stride = 2, .method = "max", .padding = "same"},
		{.type = "subsampling"},
	};
	static const char *const texts[] = {
		"{type: convolution, maps: 16, kernel: 5}",
		("{type: convolution, maps: 2, kernel: 5, padding: same, connections: [[0, 1], [1]], "
		 "activation: relu}"),
		"{type: combination, maps: 1, kernel: 2, sparsity: {penalty: entropy, lambda: 0.1}}",
		"{type: pooling, method: max, window: [3, 1], stride: 2, padding: same}",
		"{type: subsampling, window: all}",
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct layer_spec *spec = spec_make(&keys[i]);
		char *text = job_layer_text(spec, &err);
		assert_non_null(text);
		assert_string_equal(text, texts[i]);
		layer_spec_destroy(spec);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_layers_come_back),
		cmocka_unit_test(defaults_are_left_out),
	};
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
