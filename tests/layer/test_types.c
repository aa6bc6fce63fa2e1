/* layer: what each type says of itself. */
#include "layers.h"

#include <math.h>
#include <stdio.h>

static void types_are_found_by_name(void **state)
{
	(void)state;
	for (size_t t = 0; layer_type_at(t) != NULL; t++)
		assert_ptr_equal(layer_type_named(layer_type_at(t)->name), layer_type_at(t));
	assert_null(layer_type_named("convolutions"));
	assert_null(layer_type_named(""));
	layer_destroy(NULL);
	layer_spec_destroy(NULL);
}

/* What no type can do without. */
static void types_are_complete(void **state)
{
	(void)state;
	const struct layer_type *type;
	for (size_t t = 0; (type = layer_type_at(t)) != NULL; t++) {
		const void *keys = type->keys, *colour = type->colour;
		bool one = type->plan != NULL && type->forward != NULL && type->backward != NULL && type->curve != NULL &&
		           type->forward64 != NULL && type->backward64 != NULL && type->join == NULL;
		bool join = type->plan_join != NULL && type->join != NULL && type->split != NULL && type->join64 != NULL &&
		            type->split64 != NULL && type->plan == NULL && type->prepare == NULL && type->begin == NULL;
		if (keys == NULL || type->spec_size < sizeof(struct layer_spec) || colour == NULL || type->init == NULL ||
		    type->outline == NULL || one == join)
			fail_msg("%s lacks a member", type->name);
		bool learns = type->shares != NULL;
		assert_true((type->fold != NULL) == learns && (type->fold_squares != NULL) == learns);
	}
}

/* Relative luminance (WCAG 2.1) of a channel. */
static double luminance(unsigned channel)
{
	double c = channel / 255.0;
	return c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* Black on it has a contrast of at least 10. */
static void colours_bear_black_text(void **state)
{
	(void)state;
	const struct layer_type *type;
	for (size_t t = 0; (type = layer_type_at(t)) != NULL; t++) {
		unsigned red, green, blue;
		char end;
		assert_int_equal(strlen(type->colour), 7);
		assert_int_equal(sscanf(type->colour, "#%2x%2x%2x%c", &red, &green, &blue, &end), 3);
		assert_true(0.2126 * luminance(red) + 0.7152 * luminance(green) + 0.0722 * luminance(blue) > 0.45);
	}
}

static void layers_are_described(void **state)
{
	(void)state;
	static const struct {
		struct layer_keys keys;
		const char *text;
	} lines[] = {
		{{.type = "convolution", .kernel = 5}, "5×5"},
		{{.type = "convolution", .kernel = 3, .stride = 2, .padding = "same", .activation = ACTIVATION_RELU},
		 "3×3/2 same relu"},
		{{.type = "convolution", .kernel = 1, .kernel_columns = 9, .stride = 1, .stride_columns = 2, .groups = 8},
		 "1×9/1×2 groups 8"},
		{{.type = "convolution", .kernel = 3, .dilation = 2, .padding = "same", .groups = GROUPS_EACH},
		 "3×3 dilation 2 same groups each"},
		{{.type = "combination", .kernel = 3, .stride = 2, .padding = "same", .kernels = "per-pair"},
		 "3×3/2 same per-pair"},
		{{.type = "subsampling", .window = 2, .activation = ACTIVATION_SCALED_TANH}, "2×2 scaled-tanh"},
		{{.type = "combination", .kernel = 3, .activation = ACTIVATION_TANH}, "3×3 tanh"},
		{{.type = "combination", .kernel = 4, .kernels = "per-pair"}, "4×4 per-pair"},
		{{.type = "full", .units = 7, .activation = ACTIVATION_SIGMOID}, "sigmoid"},
		{{.type = "full", .units = 7}, ""},
		{{.type = "pooling", .window = 2, .method = "max"}, "2×2 max"},
		{{.type = "pooling", .window = 3, .method = "mean", .activation = ACTIVATION_TANH}, "3×3 mean tanh"},
		{{.type = "pooling", .method = "mean"}, "all mean"},
		{{.type = "pooling", .window = 3, .stride = 2, .padding = "same", .method = "max"}, "3×3/2 same max"},
		{{.type = "pooling", .window = 1, .window_columns = 4, .stride = 1, .stride_columns = 2, .method = "max"},
		 "1×4/1×2 max"},
		{{.type = "upsampling", .factor = 2, .factor_columns = 3, .activation = ACTIVATION_RELU}, "2×3 relu"},
		{{.type = "dropout", .rate = 0.25}, "0.25"},
		{{.type = "batch-norm", .activation = ACTIVATION_RELU}, "relu"},
		{{.type = "batch-norm", .statistics = "running", .frozen = true}, "running frozen"},
		{{.type = "scale", .activation = ACTIVATION_TANH}, "tanh"},
		{{.type = "add", .activation = ACTIVATION_RELU}, "relu"},
		{{.type = "scale", .activation = ACTIVATION_LEAKY_RELU}, "leaky-relu 0.01"},
		{{.type = "full", .units = 7, .activation = ACTIVATION_GELU}, "gelu"},
		{{.type = "concatenate"}, ""},
	};
	size_t described = 0;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char text[LAYER_TEXT];
		struct layer_spec *spec = spec_make(&lines[i].keys);
		layer_describe(spec, text);
		assert_string_equal(text, lines[i].text);
		layer_spec_destroy(spec);
	}
	for (size_t t = 0; layer_type_at(t) != NULL; t++) {
		size_t i = 0;
		while (i < sizeof lines / sizeof *lines && strcmp(lines[i].keys.type, layer_type_at(t)->name) != 0)
			i++;
		if (i == sizeof lines / sizeof *lines)
			fail_msg("no line of %s is tried", layer_type_at(t)->name);
		described++;
	}
	assert_true(described >= 7);
}

/* Only what does nothing is remarked on. */
static void remarks_are_of_what_does_nothing(void **state)
{
	(void)state;
	static const char *const penalties[] = {NULL, "entropy", "l1"};
	for (size_t i = 0; i < 3; i++) {
		struct layer_spec *spec = spec_make(&(struct layer_keys){.type = "combination", .penalty = penalties[i]});
		assert_int_equal(spec->type->remark(spec) != NULL, i == 2);
		layer_spec_destroy(spec);
	}
}

static void shapes_are_written(void **state)
{
	(void)state;
	char text[LAYER_TEXT];
	shape_text((struct shape){16, 10, 1}, text);
	assert_string_equal(text, "16×10×1");
	shape_text((struct shape){84, 1, 1}, text);
	assert_string_equal(text, "84");
	shape_text((struct shape){SIZE_MAX, SIZE_MAX, SIZE_MAX - 1}, text);
	assert_true(strlen(text) == 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_found_by_name),
		cmocka_unit_test(types_are_complete),
		cmocka_unit_test(colours_bear_black_text),
		cmocka_unit_test(layers_are_described),
		cmocka_unit_test(remarks_are_of_what_does_nothing),
		cmocka_unit_test(shapes_are_written),
	};
	return cmocka_run_group_tests_name("types", tests, NULL, NULL);
}
