/* net: branches. What a net with branches computes is what an equal chain computes; where maps lie changes no number. */
#include "nets.h"

#include <math.h>

/* ---- Runs -------------------------------------------------------------------------------------------------------- */

struct outcome {
	float *y, *dw; /* dw: NULL for evaluation */
	struct verdict verdict;
};

/* From memory full of garbage, twice: nothing of the first block is in the second. */
static struct outcome run(const struct net *net, enum pass_use use, const struct kernels *k, struct shelf *shelf,
                          const float *w, const float *x, const int32_t *label)
{
	struct err err = {0};
	struct pass pass;
	size_t outputs = shape_size(net->layer[net->layers - 1]->out) * LANES;
	struct outcome o = {shelf_floats(shelf, outputs), NULL, {{0}, {0}}};
	struct pass_memory memory;
	assert_int_equal(pass_memory(net, use, &memory, &err), 0);
	assert_int_equal(pass_open(&pass, net, use, k, &err), 0);
	if (use != PASS_EVALUATE)
		o.dw = shelf_bytes(shelf, net->parameters * sizeof *o.dw);
	pass_prepare(&pass, w);
	targets_set(&pass.targets, label);
	for (size_t block = 0; block < 2; block++) {
		for (size_t i = 0; block == 0 && i < memory.maps / sizeof(float); i++)
			pass.memory[i] = NAN;
		memcpy(pass.map[0], x, shape_size(net->input) * LANES * sizeof *x);
		pass_forward(&pass, w);
		pass_loss(&pass, use != PASS_EVALUATE, &o.verdict);
		if (use != PASS_EVALUATE)
			pass_backward(&pass, w, o.dw, NULL, NULL);
		memcpy(o.y, pass.map[net->layers], outputs * sizeof *o.y);
	}
	pass_close(&pass);
	return o;
}

/* ---- Equal nets -------------------------------------------------------------------------------------------------- */

/* Runs both nets on the same input in every table: outputs are equal bit by bit. The outcomes stay on the shelf. */
static void runs_agree(struct shelf *shelf, struct dice *dice, struct net *const net[2], float *const w[2],
                       struct outcome out[2])
{
	const struct kernels *table[3];
	int32_t label[LANES];
	size_t outputs = shape_size(net[0]->layer[net[0]->layers - 1]->out);
	float *x = shelf_random(shelf, dice, shape_size(net[0]->input) * LANES);
	for (size_t l = 0; l < LANES; l++)
		label[l] = (int32_t)dice_below(dice, net[0]->task.count);
	for (size_t t = 0, tables = tables_here(table); t < tables; t++) {
		for (size_t n = 0; n < 2; n++)
			out[n] = run(net[n], PASS_TRAIN, table[t], shelf, w[n], x, label);
		expect_same("outputs of equal nets", outputs * LANES, out[0].y, out[1].y);
		assert_memory_equal(out[0].verdict.loss, out[1].verdict.loss, sizeof out[0].verdict.loss);
	}
}

/* x + x is a scaling by 2: also for the layer below, whose gradient is the sum of two. */
static void twice_a_map_is_its_double(void **state)
{
	(void)state;
	struct shelf shelf = {0};
	struct dice dice = {.seed = 151};
	const struct layer_keys sum[] = {
		{.type = "convolution", .maps = 3, .kernel = 3, .name = "below", .activation = ACTIVATION_TANH},
		{.type = "add", .from = {"below", "below"}, .activation = ACTIVATION_SIGMOID},
		{.type = "full", .units = 4},
	};
	const struct layer_keys scale[] = {
		sum[0], {.type = "scale", .activation = ACTIVATION_SIGMOID}, sum[2],
	};
	struct net *net[2] = {net_must(3, sum, (struct shape){2, 6, 5}, 4, LOSS_SOFTMAX_CROSS_ENTROPY),
	                      net_must(3, scale, (struct shape){2, 6, 5}, 4, LOSS_SOFTMAX_CROSS_ENTROPY)};
	float *w[2] = {shelf_random(&shelf, &dice, net[0]->parameters), shelf_floats(&shelf, net[1]->parameters)};
	size_t below = net[0]->offset[1], head = net[0]->parameters - below;
	memcpy(w[1], w[0], below * sizeof(float));
	memcpy(w[1] + below + 6, w[0] + below, head * sizeof(float));
	for (size_t j = 0; j < 3; j++) {
		w[1][below + j] = 2;
		w[1][below + 3 + j] = 0;
	}
	struct outcome out[2];
	runs_agree(&shelf, &dice, net, w, out);
	expect_same("gradient below", below, out[0].dw, out[1].dw);
	expect_same("gradient above", head, out[0].dw + below, out[1].dw + below + 6);
	net_destroy(net[0]);
	net_destroy(net[1]);
	shelf_clear(&shelf);
}

/* Two full layers side by side are one: rows of its matrix. */
static void layers_side_by_side_are_one(void **state)
{
	(void)state;
	struct shelf shelf = {0};
	struct dice dice = {.seed = 152};
	const struct layer_keys two[] = {
		{.type = "full", .units = 5, .name = "a", .activation = ACTIVATION_TANH},
		{.type = "full", .units = 3, .name = "b", .activation = ACTIVATION_TANH, .from = {"input"}},
		{.type = "concatenate", .from = {"a", "b"}},
		{.type = "full", .units = 4},
	};
	const struct layer_keys one[] = {{.type = "full", .units = 8, .activation = ACTIVATION_TANH}, two[3]};
	struct net *net[2] = {net_must(4, two, (struct shape){2, 3, 3}, 4, LOSS_SQUARED_ERROR),
	                      net_must(2, one, (struct shape){2, 3, 3}, 4, LOSS_SQUARED_ERROR)};
	enum { INPUTS = 18 };
	float *w[2] = {shelf_random(&shelf, &dice, net[0]->parameters), shelf_floats(&shelf, net[0]->parameters)};
	assert_int_equal(net[0]->parameters, net[1]->parameters);
	/* a's weights and biases, b's weights and biases; then a's and b's weights, a's and b's biases. */
	static const size_t count[] = {5 * INPUTS, 5, 3 * INPUTS, 3, 8 * 4 + 4};
	static const size_t to[] = {0, 8 * INPUTS, 5 * INPUTS, 8 * INPUTS + 5, 8 * INPUTS + 8};
	for (size_t p = 0, from = 0; p < 5; from += count[p++])
		memcpy(w[1] + to[p], w[0] + from, count[p] * sizeof(float));
	struct outcome out[2];
	runs_agree(&shelf, &dice, net, w, out);
	for (size_t p = 0, from = 0; p < 5; from += count[p++])
		expect_same("gradient", count[p], out[0].dw + from, out[1].dw + to[p]);
	net_destroy(net[0]);
	net_destroy(net[1]);
	shelf_clear(&shelf);
}

/* The order of sources is that of maps. */
static void sources_lie_in_their_order(void **state)
{
	(void)state;
	struct shelf shelf = {0};
	struct dice dice = {.seed = 153};
	const struct layer_keys keys[] = {
		{.type = "pooling", .method = "mean", .window = 1},
		{.type = "concatenate", .from = {"input", "-1", "input"}},
	};
	const struct task_spec task = {.task = TASK_VALUES, .count = 6};
	struct net *net = net_must_learn(2, keys, (struct shape){2, 3, 4}, &task);
	float *x = shelf_random(&shelf, &dice, 24 * LANES);
	struct err err = {0};
	struct pass pass;
	assert_int_equal(pass_open(&pass, net, PASS_EVALUATE, kernels_named("portable"), &err), 0);
	memcpy(pass.map[0], x, 24 * LANES * sizeof *x);
	pass_prepare(&pass, NULL);
	pass_forward(&pass, NULL);
	for (size_t i = 0; i < 3; i++)
		expect_same("source", 24 * LANES, pass.map[2] + i * 24 * LANES, x);
	pass_close(&pass);
	net_destroy(net);
	shelf_clear(&shelf);
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

/* Whether a map keeps its memory to the end, to the last reader, or to the last use on the way back: the numbers are the
 * same. A map or gradient that lay where another is still in use would change them. */
static void memory_changes_no_number(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table), branched = 0;
	struct dice dice = {.seed = 154};
	for (size_t n = 0; n < 200; n++) {
		struct shelf shelf = {0};
		struct net *net = net_random_any(&shelf, &dice);
		size_t outputs = net->task.count * LANES;
		float *w = shelf_random(&shelf, &dice, net->parameters);
		float *x = shelf_random(&shelf, &dice, shape_size(net->input) * LANES);
		int32_t label[LANES];
		for (size_t l = 0; l < LANES; l++)
			label[l] = (int32_t)dice_below(&dice, net->task.count);
		struct outcome all = run(net, PASS_INSPECT, table[n % tables], &shelf, w, x, label);
		struct outcome train = run(net, PASS_TRAIN, table[n % tables], &shelf, w, x, label);
		struct outcome way = run(net, PASS_EVALUATE, table[n % tables], &shelf, w, x, label);
		for (size_t i = 0; i < outputs; i++)
			assert_true(isfinite(all.y[i]));
		expect_same("outputs of training", outputs, all.y, train.y);
		expect_same("outputs of evaluation", outputs, all.y, way.y);
		expect_same("gradient", net->parameters, all.dw, train.dw);
		branched += net->sources > net->layers;
		net_destroy(net);
		shelf_clear(&shelf);
	}
	assert_true(branched > 50);
}

/* Evaluation needs two maps of a chain at a time, however long it is, or one of layers that work in place; training also
 * all maps that backward reads. */
static void memory_of_chain(const char *type, size_t least)
{
	enum { LAYERS = 20, MAP = 4 * 8 * 8 * LANES * sizeof(float) };
	struct layer_keys keys[LAYERS];
	struct err err = {0};
	struct pass_memory evaluate, train, inspect;
	for (size_t l = 0; l < LAYERS; l++)
		keys[l] = l % 2 == 0 ? (struct layer_keys){.type = type, .maps = 4, .kernel = 1}
		                     : (struct layer_keys){.type = "dropout", .rate = 0.5};
	const struct task_spec task = {.task = TASK_VALUES, .count = 4};
	struct net *net = net_must_learn(LAYERS, keys, (struct shape){4, 8, 8}, &task);
	assert_int_equal(pass_memory(net, PASS_EVALUATE, &evaluate, &err), 0);
	assert_int_equal(pass_memory(net, PASS_TRAIN, &train, &err), 0);
	assert_int_equal(pass_memory(net, PASS_INSPECT, &inspect, &err), 0);
	assert_int_equal(evaluate.maps, least * MAP);
	/* The inputs of ten layers, and the output. */
	assert_int_equal(train.needed, 11 * MAP);
	assert_int_equal(train.maps, (11 + least) * MAP); /* and gradients */
	assert_int_equal(inspect.maps, (LAYERS + 1 + 2) * MAP);
	net_destroy(net);
}

static void memory_is_used_again(void **state)
{
	(void)state;
	memory_of_chain("convolution", 2);
	memory_of_chain("scale", 1);
}

/* What nobody learns from has no gradient: below the first layer with parameters, and beside it. */
static void gradients_end_where_nothing_learns(void **state)
{
	(void)state;
	const struct layer_keys keys[] = {
		{.type = "pooling", .method = "max", .window = 2, .name = "small"},
		{.type = "scale"},
		{.type = "add", .from = {"-1", "small"}},
		{.type = "full", .units = 3},
	};
	static const bool learns[] = {false, true, false, true}, below[] = {false, false, true, true};
	static const bool source[] = {false, false, true, false, true};
	struct net *net = net_must(4, keys, (struct shape){2, 6, 6}, 3, LOSS_SQUARED_ERROR);
	for (size_t l = 0; l < 4; l++)
		assert_true(net->stop[l].learns == learns[l] && net->stop[l].learns_below == below[l]);
	for (size_t s = 0; s < 5; s++)
		assert_int_equal(net->source[s].learns, source[s]);
	net_destroy(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twice_a_map_is_its_double),
		cmocka_unit_test(layers_side_by_side_are_one),
		cmocka_unit_test(sources_lie_in_their_order),
		cmocka_unit_test(memory_changes_no_number),
		cmocka_unit_test(memory_is_used_again),
		cmocka_unit_test(gradients_end_where_nothing_learns),
	};
	return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
