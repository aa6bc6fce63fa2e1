/* net: the gradient check calls right gradients right, and wrong ones wrong. */
#include "nets.h"

#include <math.h>

static const double limit64 = 1e-6, limit32 = 1e-3; /* mathematics, What must hold 3 */

enum { ROWS = 40 };

/* With five samples, or more than a block of them. */
static void check(const struct net *net, const struct kernels *k, uint64_t seed, size_t entries, struct check_row *rows)
{
	struct err err = {0};
	assert_true(net->tensors <= ROWS);
	assert_int_equal(net_check(net, k, seed, seed % 4 == 0 ? 2 * LANES + 3 : 5, entries, rows, &err), 0);
}

static void expect_right(const struct net *net, const struct kernels *k, uint64_t seed, size_t entries)
{
	struct check_row row[ROWS];
	check(net, k, seed, entries, row);
	for (size_t t = 0; t < net->tensors; t++) {
		const struct net_tensor *tensor = &net->tensor[t];
		assert_int_equal(row[t].layer, tensor->layer);
		assert_ptr_equal(row[t].tensor, tensor->own);
		size_t all = tensor->own->statistic ? 0 : tensor->count;
		assert_int_equal(row[t].entries, all < entries ? all : entries);
		if (!(row[t].error64 <= limit64 && row[t].error32 <= limit32))
			fail_msg("%s: seed %zu: layer %zu %s %s: errors %.2g and %.2g of %.2g", k->isa, (size_t)seed, tensor->layer,
			         net->layer[tensor->layer]->type->name, tensor->own->name, row[t].error64, row[t].error32,
			         row[t].norm);
	}
}

static void random_nets_are_right(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 131};
	for (size_t n = 0; n < 160; n++) {
		struct shelf shelf = {0};
		struct net *net = net_random_any(&shelf, &dice);
		expect_right(net, table[n % tables], n, 6);
		net_destroy(net);
		shelf_clear(&shelf);
	}
}

static void lenet5_is_right(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct net *net = net_lenet5();
	expect_right(net, table[tables - 1], 1, 3);
	net_destroy(net);
}

/* Each activation within a chain, below two readers, and at the end. */
static void every_activation_is_right(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	for (enum activation f = 0; f < ACTIVATIONS; f++) {
		const struct layer_keys specs[] = {
			{.type = "convolution", .maps = 3, .kernel = 3, .activation = f, .slope = 0.3},
			{.type = "scale", .activation = f},
			{.type = "add", .from = {"-1", "-2"}, .activation = f},
			{.type = "full", .units = 5, .activation = f, .slope = 1},
			{.type = "full", .units = 3, .activation = f},
		};
		struct net *net = net_must(5, specs, (struct shape){2, 6, 5}, 3, LOSS_SQUARED_ERROR);
		for (uint64_t seed = 0; seed < 5; seed++)
			expect_right(net, table[seed % tables], seed, 10);
		net_destroy(net);
	}
}

/* A target for the sample, and one at each position; with weights. */
static void every_task_is_right(void **state)
{
	(void)state;
	static const float weight[6] = {0.5f, 2, 0.25f, 3, 1, 0};
	const struct kernels *table[3];
	size_t tables = tables_here(table), n = 0;
	for (enum task task = 0; task < TASKS; task++)
		for (enum loss loss = 0; loss < LOSSES; loss++)
			for (size_t field = 0; field < 2; field++) {
				const struct layer_keys specs[] = {
					{.type = "convolution", .maps = 3, .kernel = 3, .activation = ACTIVATION_TANH},
					{.type = "scale"},
					{.type = "full", .units = 3},
				};
				const struct task_spec spec = {task, 3, loss, n % 3 == 0 ? 0.1 : 0, 0.7, n % 2 == 0 ? weight : NULL, 0, NULL};
				if ((loss_type(loss)->tasks >> task & 1) == 0 || (field > 0 && task == TASK_LABELS))
					continue;
				struct net *net = net_must_learn(3 - field, specs, (struct shape){2, 6, 5}, &spec);
				assert_int_equal(net->task.positions, field > 0 ? 12 : 1);
				for (uint64_t seed = 0; seed < 5; seed++, n++)
					expect_right(net, table[n % tables], seed, 10);
				net_destroy(net);
			}
}

/* The loss has a corner wherever a unit of relu passes 0 or a maximum changes its place: with many units some corner
 * lies within any fixed step of some entry. */
static void corners_are_stepped_around(void **state)
{
	(void)state;
	const struct layer_keys specs[] = {
		{.type = "convolution", .maps = 6, .kernel = 3, .activation = ACTIVATION_RELU},
		{.type = "pooling", .window = 2, .method = "max"},
		{.type = "convolution", .maps = 8, .kernel = 3, .activation = ACTIVATION_RELU},
		{.type = "pooling", .window = 3, .method = "max", .ragged = true},
		{.type = "full", .units = 10},
	};
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct net *net = net_must(5, specs, (struct shape){1, 20, 20}, 10, LOSS_SOFTMAX_CROSS_ENTROPY);
	for (uint64_t seed = 0; seed < 5; seed++)
		expect_right(net, table[tables - 1], seed, 5);
	net_destroy(net);
}

/* Sums over more positions than one running sum may have, in every kind of layer that has such sums. */
static void large_maps_are_right(void **state)
{
	(void)state;
	const struct layer_keys specs[] = {
		{.type = "convolution", .maps = 2, .kernel = 3, .activation = ACTIVATION_TANH},
		{.type = "batch-norm", .activation = ACTIVATION_TANH},
		{.type = "scale", .activation = ACTIVATION_TANH},
		{.type = "combination", .maps = 2, .kernel = 2, .activation = ACTIVATION_TANH},
		{.type = "convolution", .maps = 2, .kernel = 1, .activation = ACTIVATION_TANH},
		{.type = "subsampling", .window = 1},
		{.type = "full", .units = 3},
	};
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct net *net = net_must(7, specs, (struct shape){1, 90, 90}, 3, LOSS_SOFTMAX_CROSS_ENTROPY);
	expect_right(net, table[tables - 1], 1, 2);
	net_destroy(net);
}

/* Statistics are no parameters: nothing of them is compared. */
static void normalization_is_checked_as_in_evaluation(void **state)
{
	(void)state;
	const struct layer_keys specs[] = {
		{.type = "convolution", .maps = 3, .kernel = 3},
		{.type = "batch-norm", .activation = ACTIVATION_TANH},
		{.type = "batch-norm", .statistics = "running", .activation = ACTIVATION_TANH},
		{.type = "dropout", .rate = 0.5},
		{.type = "full", .units = 4},
	};
	struct net *net = net_must(5, specs, (struct shape){1, 7, 7}, 4, LOSS_SOFTMAX_CROSS_ENTROPY);
	struct check_row row[ROWS];
	expect_right(net, kernels_named("portable"), 1, 100);
	check(net, kernels_named("portable"), 1, 100, row);
	assert_string_equal(row[4].tensor->name, "mean");
	assert_true(row[4].entries == 0 && row[5].entries == 0 && row[3].entries > 0);
	net_destroy(net);
}

/* With one input map α is 1 and c has no effect: the differences are rounding alone, and that is no error. */
static void gradients_of_zero_are_right(void **state)
{
	(void)state;
	const struct layer_keys specs[] = {
		{.type = "combination", .maps = 3, .kernel = 3, .activation = ACTIVATION_TANH},
		{.type = "full", .units = 4, .activation = ACTIVATION_SIGMOID},
	};
	struct net *net = net_must(2, specs, (struct shape){1, 7, 7}, 4, LOSS_SQUARED_ERROR);
	struct check_row row[ROWS];
	expect_right(net, kernels_named("portable"), 1, 100);
	check(net, kernels_named("portable"), 1, 100, row);
	assert_string_equal(row[2].tensor->name, "logits");
	assert_true(row[2].norm < 1e-11 && row[2].error64 == 0 && row[2].error32 == 0);
	assert_true(row[0].norm > 1e-3);
	net_destroy(net);
}

static void checks_are_seeded(void **state)
{
	(void)state;
	struct dice dice = {.seed = 132};
	struct shelf shelf = {0};
	struct net *net = net_random(&shelf, &dice);
	struct check_row a[ROWS], b[ROWS], c[ROWS];
	check(net, kernels_named("portable"), 1, 4, a);
	check(net, kernels_named("portable"), 1, 4, b);
	check(net, kernels_named("portable"), 2, 4, c);
	for (size_t t = 0; t < net->tensors; t++) {
		assert_true(a[t].norm == b[t].norm && a[t].error64 == b[t].error64 && a[t].error32 == b[t].error32);
		assert_true(a[t].norm != c[t].norm);
	}
	net_destroy(net);
	shelf_clear(&shelf);
}

/* ---- Planted faults ---------------------------------------------------------------------------------------------- */

/* A net in which every kernel has a part. */
static struct net *net_of_all(enum loss loss)
{
	const struct layer_keys specs[] = {
		{.type = "convolution", .maps = 4, .kernel = 3, .padding = "same", .activation = ACTIVATION_TANH},
		{.type = "subsampling", .window = 2, .activation = ACTIVATION_SCALED_TANH},
		{.type = "combination", .maps = 3, .kernel = 2, .activation = ACTIVATION_SIGMOID},
		{.type = "pooling", .window = 2, .method = "max", .ragged = true},
		{.type = "convolution", .maps = 4, .kernel = 2, .connections = CONNECT_PAIRS, .activation = ACTIVATION_RELU},
		{.type = "pooling", .window = 2, .method = "mean", .ragged = true},
		{.type = "full", .units = 6, .activation = ACTIVATION_TANH},
		{.type = "full", .units = 4, .activation = ACTIVATION_LINEAR},
	};
	return net_must(8, specs, (struct shape){2, 14, 14}, 4, loss);
}

/* Kernels that err: the table's own result, and a mistake of some per cent on it. */
static const struct kernels *right_kernels(void)
{
	return kernels_named("portable");
}

static void spoil(size_t count, float *x)
{
	for (size_t i = 0; x != NULL && i < count; i++)
		x[i] *= 1.02f;
}

static void wrong_input(const struct correlation *c, const float *k, const float *dy, enum activation f,
                        const float *x, float *dx, float *scratch)
{
	right_kernels()->correlate_input(c, k, dy, f, x, dx, scratch);
	spoil(c->table->in_maps * c->rows * c->columns * LANES, dx);
}

static void wrong_kernels(const struct correlation *c, const float *x, const float *dy, float *dk, float *db,
                          float *scratch)
{
	right_kernels()->correlate_kernels(c, x, dy, dk, db, scratch);
	spoil(c->table->count * kernel_size(c), dk);
}

static void wrong_biases(const struct correlation *c, const float *x, const float *dy, float *dk, float *db,
                         float *scratch)
{
	right_kernels()->correlate_kernels(c, x, dy, dk, db, scratch);
	spoil(c->table->out_maps, db);
}

static void wrong_full_input(size_t units, size_t inputs, size_t points, const float *w, const float *dy,
                             enum activation f, const float *x, float *dx)
{
	right_kernels()->full_input(units, inputs, points, w, dy, f, x, dx);
	spoil(inputs * points * LANES, dx);
}

static void wrong_full_weights(size_t units, size_t inputs, size_t points, const float *x, const float *dy, float *dw,
                               float *db, float *scratch)
{
	right_kernels()->full_weights(units, inputs, points, x, dy, dw, db, scratch);
	spoil(units * inputs, dw);
}

static void wrong_full_biases(size_t units, size_t inputs, size_t points, const float *x, const float *dy, float *dw,
                              float *db, float *scratch)
{
	right_kernels()->full_weights(units, inputs, points, x, dy, dw, db, scratch);
	spoil(units, db);
}

static void wrong_subsample_input(const struct windows *w, const float *beta, const float *d, const float *dy,
                                  enum activation f, const float *x, float *dx, float *dbeta, float *db)
{
	right_kernels()->subsample_back(w, beta, d, dy, f, x, dx, dbeta, db);
	spoil(w->maps * w->rows * w->columns * LANES, dx);
}

static void wrong_beta(const struct windows *w, const float *beta, const float *d, const float *dy,
                       enum activation f, const float *x, float *dx, float *dbeta, float *db)
{
	right_kernels()->subsample_back(w, beta, d, dy, f, x, dx, dbeta, db);
	spoil(w->maps, dbeta);
}

static void wrong_maximum(const struct windows *w, const int32_t *choice, const float *dy, float *dx)
{
	right_kernels()->pool_max_back(w, choice, dy, dx);
	spoil(w->maps * w->rows * w->columns * LANES, dx);
}

static void wrong_mean(const struct windows *w, const float *dy, float *dx)
{
	right_kernels()->pool_mean_back(w, dy, dx);
	spoil(w->maps * w->rows * w->columns * LANES, dx);
}

static void wrong_slope(enum activation f, size_t count, const float *y, float *dy)
{
	if (f != ACTIVATION_SIGMOID)
		right_kernels()->activate_back(f, count, y, dy);
}

static void wrong_activation(size_t units, size_t inputs, size_t points, const float *w, const float *b,
                             enum activation f, const float *x, float *y)
{
	right_kernels()->full(units, inputs, points, w, b, f, x, y);
	if (f == ACTIVATION_SIGMOID)
		spoil(units * points * LANES, y);
}

static void wrong_squared_error(size_t classes, size_t stride, const float *y, const int32_t label[LANES], float low,
                                float high, const float factor[LANES], float *dy, struct verdict *out)
{
	right_kernels()->squared_error(classes, stride, y, label, low, high, factor, dy, out);
	spoil(classes * LANES, dy);
}

static void wrong_cross_entropy(size_t classes, size_t stride, const float *y, const int32_t label[LANES], float low,
                                float high, const float factor[LANES], float *dy, struct verdict *out)
{
	right_kernels()->cross_entropy(classes, stride, y, label, low, high, factor, dy, out);
	spoil(classes * LANES, dy);
}

#define WRONG_NUMBERS(name)                                                                                            \
	static void wrong_##name(size_t count, const struct comparison *how, const float *y, const float *t,               \
	                         const float factor[LANES], float *dy, float loss[LANES])                                  \
	{                                                                                                                  \
		right_kernels()->name(count, how, y, t, factor, dy, loss);                                                     \
		spoil(count * LANES, dy);                                                                                      \
	}
WRONG_NUMBERS(squared_numbers)
WRONG_NUMBERS(absolute_numbers)
WRONG_NUMBERS(huber_numbers)
WRONG_NUMBERS(binary_entropy)

/* Which layers' errors exceed the limit for float32, as bits; float64 must stay right. */
static unsigned wrong_layers(enum loss loss, const struct kernels *k)
{
	struct net *net = net_of_all(loss);
	struct check_row row[ROWS];
	unsigned wrong = 0;
	check(net, k, 3, 6, row);
	for (size_t t = 0; t < net->tensors; t++) {
		assert_true(row[t].error64 <= limit64);
		if (!(row[t].error32 <= limit32))
			wrong |= 1u << row[t].layer;
	}
	net_destroy(net);
	return wrong;
}

static bool task_is_wrong(enum task task, enum loss loss, const struct kernels *k)
{
	const struct layer_keys full = {.type = "full", .units = 5};
	const struct task_spec spec = {.task = task, .count = 5, .loss = loss, .delta = 1};
	struct net *net = net_must_learn(1, &full, (struct shape){1, 3, 3}, &spec);
	struct check_row row[ROWS];
	check(net, k, 3, 6, row);
	net_destroy(net);
	return !(row[0].error32 <= limit32) && !(row[1].error32 <= limit32);
}

/* One wrong function at a time: exactly the layers whose gradients pass through it are found wrong. */
static void wrong_kernels_are_caught(void **state)
{
	(void)state;
	enum { ALL = 0xd7 }; /* the layers with parameters */
	const struct kernels right = *right_kernels();
	struct kernels k = right;
	assert_int_equal(wrong_layers(LOSS_SQUARED_ERROR, &k), 0);
	assert_int_equal(wrong_layers(LOSS_SOFTMAX_CROSS_ENTROPY, &k), 0);
#define PLANT(name, function, loss, layers)                                                                            \
	k = right;                                                                                                         \
	k.name = function;                                                                                                 \
	assert_int_equal(wrong_layers(loss, &k), layers)
	PLANT(correlate_input, wrong_input, LOSS_SQUARED_ERROR, 0x07);
	PLANT(correlate_kernels, wrong_kernels, LOSS_SQUARED_ERROR, 0x15);
	PLANT(correlate_kernels, wrong_biases, LOSS_SQUARED_ERROR, 0x11);
	PLANT(full_input, wrong_full_input, LOSS_SQUARED_ERROR, 0x57);
	PLANT(full_weights, wrong_full_weights, LOSS_SQUARED_ERROR, 0xc4);
	PLANT(full_weights, wrong_full_biases, LOSS_SQUARED_ERROR, 0xc4);
	PLANT(subsample_back, wrong_subsample_input, LOSS_SQUARED_ERROR, 0x01);
	PLANT(subsample_back, wrong_beta, LOSS_SQUARED_ERROR, 0x02);
	PLANT(pool_max_back, wrong_maximum, LOSS_SQUARED_ERROR, 0x07);
	PLANT(pool_mean_back, wrong_mean, LOSS_SQUARED_ERROR, 0x17);
	PLANT(activate_back, wrong_slope, LOSS_SQUARED_ERROR, 0x07);
	PLANT(squared_error, wrong_squared_error, LOSS_SQUARED_ERROR, ALL);
	PLANT(cross_entropy, wrong_cross_entropy, LOSS_SOFTMAX_CROSS_ENTROPY, ALL);
	k = right;
	k.full = wrong_activation;
	assert_true(wrong_layers(LOSS_SQUARED_ERROR, &k) != 0);
#undef PLANT
#define PLANT(name, of, loss_of)                                                                                       \
	k = right;                                                                                                         \
	k.name = wrong_##name;                                                                                             \
	assert_true(task_is_wrong(of, loss_of, &k));                                                                       \
	assert_false(task_is_wrong(of, loss_of, &right))
	PLANT(squared_numbers, TASK_VALUES, LOSS_SQUARED_ERROR);
	PLANT(squared_numbers, TASK_LABELS, LOSS_SQUARED_ERROR);
	PLANT(absolute_numbers, TASK_VALUES, LOSS_ABSOLUTE_ERROR);
	PLANT(huber_numbers, TASK_VALUES, LOSS_HUBER);
	PLANT(binary_entropy, TASK_LABELS, LOSS_BINARY_CROSS_ENTROPY);
#undef PLANT
}

static void wrong_add(size_t count, const float *a, const float *b, enum activation f, float *y)
{
	right_kernels()->add(count, a, b, f, y);
	spoil(count * LANES, y);
}

/* The gradients of a map with two readers are added: what lies above it does not see that, what lies below does. */
static void wrong_sums_are_caught(void **state)
{
	(void)state;
	const struct layer_keys specs[] = {
		{.type = "full", .units = 6, .activation = ACTIVATION_TANH},
		{.type = "full", .units = 5, .name = "stem", .activation = ACTIVATION_TANH},
		{.type = "full", .units = 4, .activation = ACTIVATION_TANH},
		{.type = "full", .units = 3, .from = {"stem"}, .activation = ACTIVATION_SIGMOID},
		{.type = "concatenate", .from = {"-1", "-2"}},
		{.type = "full", .units = 4},
	};
	struct net *net = net_must(6, specs, (struct shape){1, 3, 3}, 4, LOSS_SQUARED_ERROR);
	struct kernels k = *right_kernels();
	struct check_row row[ROWS];
	expect_right(net, &k, 3, 8);
	k.add = wrong_add;
	check(net, &k, 3, 8, row);
	for (size_t t = 0; t < net->tensors; t++)
		assert_int_equal(row[t].error32 <= limit32, row[t].layer > 1);
	net_destroy(net);
}

/* A layer type whose float64 gradient of one tensor is off by a hundred-thousandth. */
static const struct layer_type *right_type;
static size_t wrong_tensor;

static void wrong_backward64(const struct layer *self, const double *w, const double *x, const double *dy, double *dx,
                             double *dw, double *scratch)
{
	right_type->backward64(self, w, x, dy, dx, dw, scratch);
	const struct tensor *tensor = &self->tensor[wrong_tensor];
	for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++)
		dw[i] *= 1 + 1e-5;
}

static void wrong_float64_is_caught(void **state)
{
	(void)state;
	struct net *net = net_of_all(LOSS_SQUARED_ERROR);
	for (size_t planted = 0; planted < net->tensors; planted++) {
		struct check_row row[ROWS];
		struct layer *layer = net->layer[net->tensor[planted].layer];
		right_type = layer->type;
		wrong_tensor = (size_t)(net->tensor[planted].own - layer->tensor);
		struct layer_type wrong = *right_type;
		wrong.backward64 = wrong_backward64;
		layer->type = &wrong;
		check(net, right_kernels(), 3, 6, row);
		layer->type = right_type;
		for (size_t t = 0; t < net->tensors; t++) {
			assert_int_equal(row[t].error64 > limit64, t == planted);
			assert_true(row[t].error32 <= limit32);
		}
		assert_true(fabs(row[planted].error64 - 1e-5) < 2e-6);
	}
	net_destroy(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_nets_are_right),
		cmocka_unit_test(every_activation_is_right),
		cmocka_unit_test(every_task_is_right),
		cmocka_unit_test(lenet5_is_right),
		cmocka_unit_test(corners_are_stepped_around),
		cmocka_unit_test(large_maps_are_right),
		cmocka_unit_test(normalization_is_checked_as_in_evaluation),
		cmocka_unit_test(gradients_of_zero_are_right),
		cmocka_unit_test(checks_are_seeded),
		cmocka_unit_test(wrong_kernels_are_caught),
		cmocka_unit_test(wrong_sums_are_caught),
		cmocka_unit_test(wrong_float64_is_caught),
	};
	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
