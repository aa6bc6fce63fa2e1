/* net: plans. What fits together and what does not, where the parameters stand, how they begin. */
#include "nets.h"

enum { MOST = 4 };

static void expect_refused(size_t layers, const struct layer_keys *keys, struct shape input, size_t classes,
                           enum loss loss, size_t bad, const char *text)
{
	struct err err = {0};
	size_t where = 99;
	struct layer_spec *spec[MOST] = {NULL};
	for (size_t l = 0; l < layers; l++)
		spec[l] = spec_make(&keys[l]);
	const struct task_spec task = {.count = classes, .loss = loss};
	assert_null(net_create(layers, spec, input, &task, &where, &err));
	assert_string_equal(err.text, text);
	assert_int_equal(err.code, EX_CONFIG);
	assert_int_equal(where, bad);
	err = (struct err){0};
	assert_null(net_create(layers, spec, input, &task, NULL, &err));
	assert_string_equal(err.text, text);
	for (size_t l = 0; l < layers; l++)
		layer_spec_destroy(spec[l]);
}

static void impossible_nets_are_refused(void **state)
{
	(void)state;
	const struct shape in = {1, 12, 12};
	const struct layer_keys specs[] = {
		{.type = "convolution", .maps = 4, .kernel = 3},
		{.type = "subsampling", .window = 2},
		{.type = "convolution", .maps = 4, .kernel = 7},
		{.type = "full", .units = 10},
	};
	expect_refused(0, NULL, in, 10, LOSS_SQUARED_ERROR, 0, "a net needs at least one layer");
	expect_refused(4, specs, in, 10, LOSS_SQUARED_ERROR, 2, "kernel 7 is larger than its 5×5 input");
	expect_refused(2, specs, (struct shape){1, 12, 11}, 10, LOSS_SQUARED_ERROR, 1,
	               "window 2 does not divide its 10×9 input (ragged: true allows smaller windows at the edge)");
	expect_refused(2, specs, in, 10, LOSS_SQUARED_ERROR, 2, "the last layer has 100 outputs, the data has 10 classes");
	expect_refused(1, specs + 3, in, 9, LOSS_SQUARED_ERROR, 1, "the last layer has 10 outputs, the data has 9 classes");

	struct layer_keys full = {.type = "full", .units = 10, .activation = ACTIVATION_SCALED_TANH};
	expect_refused(1, &full, in, 10, LOSS_SOFTMAX_CROSS_ENTROPY, 1,
	               "loss softmax-cross-entropy needs activation: linear in the last layer, it has scaled-tanh");
	net_destroy(net_must(1, &full, in, 10, LOSS_SQUARED_ERROR));
	full.activation = ACTIVATION_LINEAR;
	net_destroy(net_must(1, &full, in, 10, LOSS_SOFTMAX_CROSS_ENTROPY));
	net_destroy(NULL);

	struct err err = {0};
	size_t bad;
	struct layer_spec *spec = spec_make(&full);
	const struct task_spec values = {.task = TASK_VALUES, .count = 10, .loss = LOSS_SOFTMAX_CROSS_ENTROPY};
	assert_null(net_create(1, &spec, in, &values, &bad, &err));
	assert_string_equal(err.text, "loss softmax-cross-entropy is not for values");
	assert_int_equal(bad, 1);
	layer_spec_destroy(spec);
}

/* Names and sources: the layer at fault, and what is wrong with it. */
static void wrong_names_and_sources_are_refused(void **state)
{
	(void)state;
	static const char *const name[] = {"", "Stem", "1x", "a b", "a.b", "input", "-2", "_a",
	                                   "a23456789a123456789a123456789a123456789a1"};
	static const struct {
		const char *from, *text;
	} rows[] = {
		{"stam", "from: no layer is called 'stam'; did you mean 'stem', layer 1?"},
		{"inptu", "from: no layer is called 'inptu'; did you mean 'input'?"},
		{"nowhere", "from: no layer is called 'nowhere'; give a layer a name, or take input, or a number back such as "
		            "-2"},
		{"-0", "from: no layer is called '-0'; give a layer a name, or take input, or a number back such as -2"},
		{"middle", "from: middle is this layer itself"},
		{"head", "from: head is layer 3, and layer 2 can read only layers before it"},
		{"-3", "from: -3 leads beyond the input, which is -2"},
		{"-999999999", "from: -999999999 leads beyond the input, which is -2"},
	};
	const struct shape in = {1, 4, 4};
	struct layer_keys keys[] = {
		{.type = "scale", .name = "stem"}, {.type = "scale", .name = "middle"},
		{.type = "full", .units = 10, .name = "head"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		keys[1].from[0] = rows[i].from;
		expect_refused(3, keys, in, 10, LOSS_SQUARED_ERROR, 1, rows[i].text);
	}
	keys[1].from[0] = NULL;
	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		char text[160];
		keys[1].name = name[i];
		snprintf(text, sizeof text, "name: '%s' must begin with a small letter, have only small letters, digits, - and "
		         "_, and not be input", name[i]);
		expect_refused(3, keys, in, 10, LOSS_SQUARED_ERROR, 1, text);
	}
	keys[1].name = "stem";
	expect_refused(3, keys, in, 10, LOSS_SQUARED_ERROR, 1, "name: layer 1 is called stem too");
}

/* Joins need maps that fit, and every output a reader. */
static void wrong_joins_are_refused(void **state)
{
	(void)state;
	const struct shape in = {2, 6, 6};
	struct layer_keys keys[] = {
		{.type = "convolution", .maps = 3, .kernel = 3, .name = "stem"}, {.type = "scale", .name = "skip"},
		{.type = "add"}, {.type = "full", .units = 10},
	};
	expect_refused(4, keys, in, 10, LOSS_SQUARED_ERROR, 2,
	               "a layer of type add needs from: [a, b], the 2 to 16 maps that it reads");
	keys[2].from[0] = "skip";
	expect_refused(4, keys, in, 10, LOSS_SQUARED_ERROR, 2,
	               "a layer of type add needs from: [a, b], the 2 to 16 maps that it reads");
	keys[2].from[1] = "input";
	expect_refused(4, keys, in, 10, LOSS_SQUARED_ERROR, 2,
	               "add needs maps of one shape: skip has 3×4×4, input has 2×6×6");
	keys[2].type = "concatenate";
	expect_refused(4, keys, in, 10, LOSS_SQUARED_ERROR, 2,
	               "concatenate needs maps of one size: skip has 3×4×4, input has 2×6×6");
	keys[2].type = "scale";
	expect_refused(4, keys, in, 10, LOSS_SQUARED_ERROR, 2, "from: a layer of type scale reads one map, not 2");
	keys[2] = (struct layer_keys){.type = "add", .from = {"stem", "stem", "nobody"}};
	expect_refused(4, keys, in, 10, LOSS_SQUARED_ERROR, 2,
	               "from: no layer is called 'nobody'; give a layer a name, or take input, or a number back such as -2");
	keys[2].from[2] = NULL;
	expect_refused(4, keys, in, 10, LOSS_SQUARED_ERROR, 1, "no layer reads the output of layer 2");
	keys[3].from[0] = "skip";
	expect_refused(4, keys, in, 10, LOSS_SQUARED_ERROR, 2, "no layer reads the output of layer 3");
	keys[2] = (struct layer_keys){.type = "concatenate", .from = {"stem", "-1"}};
	keys[3].from[0] = NULL;
	struct net *net = net_must(4, keys, in, 10, LOSS_SQUARED_ERROR);
	assert_int_equal(net->layer[2]->out.maps, 6);
	net_destroy(net);
}

/* A chain that says so is the same net, and its layers' names are those of checkpoints and tables. */
static void a_chain_may_say_that_it_is_one(void **state)
{
	(void)state;
	const struct layer_keys keys[] = {
		{.type = "scale", .from = {"input"}, .name = "stem"}, {.type = "scale", .from = {"stem"}},
		{.type = "full", .units = 10, .from = {"-1"}, .name = "x-1_y"},
	};
	static const char *const names[] = {"stem", "02-scale", "x-1_y"};
	struct net *net = net_must(3, keys, (struct shape){1, 4, 4}, 10, LOSS_SQUARED_ERROR);
	for (size_t l = 0; l < 3; l++) {
		char name[LAYER_NAME];
		assert_string_equal(layer_name(l, net->layer[l], name), names[l]);
	}
	net_destroy(net);
}

/* The last layer's maps say whether a sample has one target or one at each position. */
static void positions_are_those_of_the_last_layer(void **state)
{
	(void)state;
	static const struct {
		enum task task;
		size_t maps, count, positions;
	} rows[] = {
		{TASK_CLASSES, 3, 3, 100}, {TASK_VALUES, 3, 3, 100}, {TASK_VALUES, 3, 300, 1}, {TASK_CLASSES, 3, 300, 1},
		{TASK_LABELS, 3, 300, 1}, {TASK_LABELS, 3, 3, 0}, {TASK_VALUES, 3, 4, 0}, {TASK_VALUES, 3, 100, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct layer_keys keys = {.type = "convolution", .maps = rows[i].maps, .kernel = 3};
		const struct task_spec task = {.task = rows[i].task, .count = rows[i].count};
		struct layer_spec *spec = spec_make(&keys);
		struct err err = {0};
		struct net *net = net_create(1, &spec, (struct shape){2, 12, 12}, &task, NULL, &err);
		assert_int_equal(net != NULL, rows[i].positions > 0);
		if (net != NULL) {
			assert_int_equal(net->task.positions, rows[i].positions);
			assert_int_equal(task_numbers(&net->task), rows[i].task == TASK_CLASSES ? rows[i].positions :
			                                           rows[i].count * rows[i].positions);
		}
		net_destroy(net);
		layer_spec_destroy(spec);
	}
}

static void absurd_nets_are_refused(void **state)
{
	(void)state;
	const struct layer_keys full = {.type = "full", .units = 60000};
	const struct layer_keys wide[] = {full, full, full};
	expect_refused(3, wide, (struct shape){1, 1, 1}, 10, LOSS_SQUARED_ERROR, 2,
	               "the net is too large: more than 4294967296 parameters or units");
	expect_refused(1, wide, (struct shape){0, 5, 5}, 10, LOSS_SQUARED_ERROR, 1,
	               "an input of 0 maps of 5×5 must have between 1 and 4294967296 numbers");
	expect_refused(1, wide, (struct shape){1, 5, 0}, 10, LOSS_SQUARED_ERROR, 1,
	               "an input of 1 maps of 5×0 must have between 1 and 4294967296 numbers");
	expect_refused(1, wide, (struct shape){(size_t)1 << 22, (size_t)1 << 21, (size_t)1 << 21}, 10, LOSS_SQUARED_ERROR,
	               1, "an input of 4194304 maps of 2097152×2097152 must have between 1 and 4294967296 numbers");
}

static void parameters_stand_in_a_row(void **state)
{
	(void)state;
	struct dice dice = {.seed = 111};
	for (size_t n = 0; n < 100; n++) {
		struct shelf shelf = {0};
		struct net *net = net_random_any(&shelf, &dice);
		size_t offset = 0, t = 0, multiply_adds = 0;
		for (size_t l = 0; l < net->layers; l++) {
			assert_int_equal(net->offset[l], offset);
			const struct stop *s = &net->stop[l];
			for (size_t i = 0; i < s->sources; i++) {
				size_t map = s->source[i].map;
				assert_true(map <= l);
				struct shape in = net_shape(net, map);
				assert_int_equal(net->layer[l]->numbers[i], shape_size(in));
				assert_true(s->sources > 1 || memcmp(&net->layer[l]->in, &in, sizeof in) == 0);
			}
			for (size_t p = 0; p < net->layer[l]->tensors; p++, t++) {
				assert_int_equal(net->tensor[t].layer, l);
				assert_ptr_equal(net->tensor[t].own, &net->layer[l]->tensor[p]);
				assert_int_equal(net->tensor[t].offset, offset);
				assert_int_equal(net->tensor[t].count, net->layer[l]->tensor[p].count);
				offset += net->tensor[t].count;
			}
			multiply_adds += net->layer[l]->multiply_adds;
			assert_true(net->scratch >= net->layer[l]->scratch);
		}
		assert_int_equal(net->tensors, t);
		assert_int_equal(net->parameters, offset);
		assert_int_equal(net->offset[net->layers], offset);
		assert_int_equal(net->multiply_adds, multiply_adds);
		net_destroy(net);
		shelf_clear(&shelf);
	}
}

/* The layers' sums of the paper (LeCun et al. 1998, section II-B), with a full last layer instead of RBF units. */
static void lenet5_is_as_large_as_in_the_paper(void **state)
{
	(void)state;
	struct net *net = net_lenet5();
	assert_int_equal(net->parameters, 156 + 12 + 1516 + 32 + 48120 + 10164 + 850);
	assert_int_equal(net->tensors, 14);
	assert_int_equal(net->task.count, 10);
	net_destroy(net);
}

/* Each layer's initial parameters are its own, keyed by its number; what init leaves out is 0. */
static void init_is_that_of_the_layers(void **state)
{
	(void)state;
	struct dice dice = {.seed = 112};
	for (size_t n = 0; n < 50; n++) {
		struct shelf shelf = {0};
		struct net *net = net_random(&shelf, &dice);
		float *w = shelf_floats(&shelf, net->parameters), *want = shelf_bytes(&shelf, net->parameters * sizeof *want);
		net_init(net, n, w);
		for (size_t l = 0; l < net->layers; l++)
			net->layer[l]->type->init(net->layer[l], n, l, want + net->offset[l]);
		expect_same("initial parameters", net->parameters, w, want);
		net_init(net, n + 1000, want);
		assert_true(memcmp(w, want, net->parameters * sizeof *w) != 0);
		net_destroy(net);
		shelf_clear(&shelf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(impossible_nets_are_refused),
		cmocka_unit_test(wrong_names_and_sources_are_refused),
		cmocka_unit_test(wrong_joins_are_refused),
		cmocka_unit_test(a_chain_may_say_that_it_is_one),
		cmocka_unit_test(positions_are_those_of_the_last_layer),
		cmocka_unit_test(absurd_nets_are_refused),
		cmocka_unit_test(parameters_stand_in_a_row),
		cmocka_unit_test(lenet5_is_as_large_as_in_the_paper),
		cmocka_unit_test(init_is_that_of_the_layers),
	};
	return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
