/* net: a block's way through a net. Samples do not see their neighbours, empty lanes add nothing. */
#include "nets.h"

#include <math.h>

/* A random net with parameters and a block of samples. */
struct scene {
	struct shelf shelf;
	struct net *net;
	float *w, *x; /* [parameters], [input][16] */
	int32_t label[LANES];
	const struct kernels *table[3];
	size_t tables;
};

static void scene_make(struct scene *s, struct dice *dice)
{
	*s = (struct scene){0};
	s->net = net_random_any(&s->shelf, dice);
	s->tables = tables_here(s->table);
	s->w = shelf_floats(&s->shelf, s->net->parameters);
	s->x = shelf_random(&s->shelf, dice, shape_size(s->net->input) * LANES);
	net_init(s->net, dice->thrown, s->w);
	for (size_t i = 0; i < s->net->parameters; i++)
		s->w[i] += 0.1f * dice_float(dice); /* biases too */
	for (size_t l = 0; l < LANES; l++)
		s->label[l] = (int32_t)dice_below(dice, s->net->task.count);
}

static void scene_clear(struct scene *s)
{
	net_destroy(s->net);
	shelf_clear(&s->shelf);
}

/* Outputs, verdict and gradient of a block; memory from the shelf. */
struct outcome {
	float *y, *dw;
	struct verdict verdict;
};

static struct outcome run(struct scene *s, const struct kernels *k, const float *x, const int32_t *label)
{
	struct err err = {0};
	struct pass pass;
	size_t outputs = s->net->task.count * LANES;
	struct outcome o = {shelf_floats(&s->shelf, outputs), shelf_floats(&s->shelf, s->net->parameters), {{0}, {0}}};
	assert_int_equal(pass_open(&pass, s->net, PASS_TRAIN, k, &err), 0);
	memcpy(pass.map[0], x, shape_size(s->net->input) * LANES * sizeof *x);
	pass_prepare(&pass, s->w);
	pass_forward(&pass, s->w);
	targets_set(&pass.targets, label);
	pass_loss(&pass, true, &o.verdict);
	pass_backward(&pass, s->w, o.dw, NULL, NULL);
	memcpy(o.y, pass.map[s->net->layers], outputs * sizeof *o.y);
	pass_close(&pass);
	assert_true(pass.memory == NULL && pass.map == NULL);
	pass_close(&pass);
	return o;
}

/* Only lane `lane` is used, by the sample of lane `from`; the others hold `rest`. */
static struct outcome run_alone(struct scene *s, const struct kernels *k, size_t from, size_t lane, float rest)
{
	size_t size = shape_size(s->net->input) * LANES;
	float *x = shelf_floats(&s->shelf, size);
	int32_t label[LANES];
	for (size_t i = 0; i < size; i++)
		x[i] = i % LANES == lane ? s->x[i - lane + from] : rest;
	for (size_t l = 0; l < LANES; l++)
		label[l] = l == lane ? s->label[from] : -1;
	return run(s, k, x, label);
}

/* Equal numbers; zeros of both signs are equal (an empty lane may turn −0 into 0). */
static void expect_equal(const char *what, size_t count, const float *a, const float *b)
{
	for (size_t i = 0; i < count; i++)
		if (a[i] != b[i])
			fail_msg("%s[%zu]: %a is not %a", what, i, a[i], b[i]);
}

static void samples_do_not_see_their_lane(void **state)
{
	(void)state;
	struct dice dice = {.seed = 121};
	for (size_t n = 0; n < 60; n++) {
		struct scene s;
		scene_make(&s, &dice);
		size_t size = shape_size(s.net->input) * LANES, turn = dice_from(&dice, 1, LANES - 1);
		float *x = shelf_floats(&s.shelf, size);
		int32_t label[LANES];
		for (size_t i = 0; i < size; i++)
			x[i - i % LANES + (i % LANES + turn) % LANES] = s.x[i];
		for (size_t l = 0; l < LANES; l++)
			label[(l + turn) % LANES] = s.label[l];
		for (size_t t = 0; t < s.tables; t++) {
			struct outcome was = run(&s, s.table[t], s.x, s.label), is = run(&s, s.table[t], x, label);
			for (size_t l = 0; l < LANES; l++) {
				size_t to = (l + turn) % LANES;
				for (size_t k = 0; k < s.net->task.count; k++)
					expect_same("output", 1, was.y + k * LANES + l, is.y + k * LANES + to);
				expect_same("loss", 1, was.verdict.loss + l, is.verdict.loss + to);
				assert_int_equal(was.verdict.guess[l], is.verdict.guess[to]);
			}
		}
		scene_clear(&s);
	}
}

/* A sample alone in any lane has the outputs it has among others, and the same gradient in every lane, whatever
 * (finite) stands in the empty ones. */
static void samples_do_not_see_their_neighbours(void **state)
{
	(void)state;
	struct dice dice = {.seed = 122};
	for (size_t n = 0; n < 40; n++) {
		struct scene s;
		scene_make(&s, &dice);
		size_t from = dice_from(&dice, 0, LANES - 1), lane = dice_from(&dice, 0, LANES - 1);
		for (size_t t = 0; t < s.tables; t++) {
			struct outcome all = run(&s, s.table[t], s.x, s.label), here = run_alone(&s, s.table[t], from, from, 0);
			struct outcome there = run_alone(&s, s.table[t], from, lane, 0);
			struct outcome among = run_alone(&s, s.table[t], from, lane, 0.7f);
			for (size_t k = 0; k < s.net->task.count; k++) {
				expect_same("output alone", 1, all.y + k * LANES + from, here.y + k * LANES + from);
				expect_same("output elsewhere", 1, all.y + k * LANES + from, there.y + k * LANES + lane);
			}
			expect_same("loss alone", 1, all.verdict.loss + from, there.verdict.loss + lane);
			expect_equal("gradient elsewhere", s.net->parameters, here.dw, there.dw);
			expect_equal("gradient beside other empty lanes", s.net->parameters, here.dw, among.dw);
			for (size_t l = 0; l < LANES; l++)
				assert_true(l == lane || (there.verdict.loss[l] == 0 && there.verdict.guess[l] == -1));
		}
		scene_clear(&s);
	}
}

/* The sum over the lanes as the kernels' tree adds it. */
static float tree(const float lane[LANES])
{
	float s[8];
	for (size_t l = 0; l < 8; l++)
		s[l] = lane[l] + lane[l + 8];
	for (size_t l = 0; l < 4; l++)
		s[l] += s[l + 4];
	return (s[0] + s[2]) + (s[1] + s[3]);
}

/* A block's gradient is the sum of its samples' own ones, exactly so where lanes are summed last. */
static void empty_lanes_add_nothing(void **state)
{
	(void)state;
	struct dice dice = {.seed = 123};
	for (size_t n = 0; n < 16; n++) {
		struct scene s;
		scene_make(&s, &dice);
		size_t used = n, size = shape_size(s.net->input) * LANES;
		for (size_t i = 0; i < size; i++)
			s.x[i] = i % LANES < used ? s.x[i] : 0;
		for (size_t l = used; l < LANES; l++)
			s.label[l] = -1;
		for (size_t t = 0; t < s.tables; t++) {
			struct outcome block = run(&s, s.table[t], s.x, s.label), single[LANES];
			for (size_t l = 0; l < used; l++)
				single[l] = run_alone(&s, s.table[t], l, l, 0);
			for (size_t p = 0; p < s.net->tensors; p++) {
				const struct net_tensor *tensor = &s.net->tensor[p];
				const struct layer *layer = s.net->layer[tensor->layer];
				bool wide = strcmp(layer->type->name, "scale") == 0; /* adds lanes in float64 */
				bool exact = strcmp(tensor->own->name, "biases") == 0 || strcmp(tensor->own->name, "beta") == 0 ||
				             (strcmp(layer->type->name, "convolution") == 0 && layer->out.rows > 1);
				for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
					float lane[LANES] = {0};
					double sum = 0, sizes = 0;
					for (size_t l = 0; l < used; l++) {
						lane[l] = single[l].dw[i];
						sum += lane[l];
						sizes += fabs((double)lane[l]);
					}
					if (exact && !wide)
						assert_true(block.dw[i] == tree(lane));
					else
						assert_true(fabs(block.dw[i] - sum) <= 1e-5 * sizes + 1e-6);
				}
			}
			if (used == 0)
				for (size_t i = 0; i < s.net->parameters; i++)
					assert_true(block.dw[i] == 0);
		}
		scene_clear(&s);
	}
}

/* What gradient_done was told. */
struct told {
	const struct net *net;
	size_t calls, layer[16];
	const float *at[16];
	float *copy; /* the gradient as it was when it was told */
};

static void listen(void *context, size_t layer, const float *dw)
{
	struct told *told = context;
	told->layer[told->calls] = layer;
	told->at[told->calls++] = dw;
	memcpy(told->copy + told->net->offset[layer], dw, told->net->layer[layer]->parameters * sizeof *dw);
}

static void done_is_told_from_last_to_first(void **state)
{
	(void)state;
	struct dice dice = {.seed = 124};
	for (size_t n = 0; n < 30; n++) {
		struct scene s;
		struct err err = {0};
		struct pass pass;
		struct verdict verdict;
		scene_make(&s, &dice);
		struct told told = {.net = s.net, .copy = shelf_floats(&s.shelf, s.net->parameters)};
		float *dw = shelf_floats(&s.shelf, s.net->parameters);
		assert_int_equal(pass_open(&pass, s.net, PASS_TRAIN, s.table[s.tables - 1], &err), 0);
		memcpy(pass.map[0], s.x, shape_size(s.net->input) * LANES * sizeof *s.x);
		pass_prepare(&pass, s.w);
		pass_forward(&pass, s.w);
		targets_set(&pass.targets, s.label);
		pass_loss(&pass, true, &verdict);
		pass_backward(&pass, s.w, dw, listen, &told);
		size_t calls = 0;
		for (size_t l = s.net->layers; l-- > 0;) {
			if (s.net->layer[l]->parameters == 0) /* no gradient */
				continue;
			assert_true(calls < told.calls);
			assert_int_equal(told.layer[calls], l);
			assert_ptr_equal(told.at[calls++], dw + s.net->offset[l]);
		}
		assert_int_equal(told.calls, calls);
		expect_same("gradient when told", s.net->parameters, told.copy, dw);

		/* Without a gradient the verdict is the same. */
		struct verdict again;
		pass_loss(&pass, false, &again);
		assert_memory_equal(&again, &verdict, sizeof again);
		pass_close(&pass);
		scene_clear(&s);
	}
}

/* Losses and gradients of every lane against the float64 net; that one adds to its gradient. */
static void blocks_agree_with_float64(void **state)
{
	(void)state;
	struct dice dice = {.seed = 125};
	for (size_t n = 0; n < 40; n++) {
		struct scene s;
		struct err err = {0};
		scene_make(&s, &dice);
		size_t size = shape_size(s.net->input);
		double *w = shelf_widened(&s.shelf, s.net->parameters, s.w), *x = shelf_doubles(&s.shelf, size), loss[LANES];
		double *dw = shelf_bytes(&s.shelf, s.net->parameters * sizeof *dw), largest = 0;
		struct pass64 *pass = pass64_create(s.net, &err);
		assert_non_null(pass);
		for (size_t l = 0; l < LANES; l++) {
			lane_take(size, s.x, l, x);
			struct block_targets targets = {.class = (int32_t[LANES]){0}};
			targets_set(&targets, s.label);
			loss[l] = pass64_loss(pass, w, x, &targets, l, dw);
			assert_true(loss[l] == pass64_loss(pass, w, x, &targets, l, NULL));
		}
		for (size_t i = 0; i < s.net->parameters; i++)
			largest = fmax(largest, fabs(dw[i]));
		struct outcome o[3];
		for (size_t t = 0; t < s.tables; t++) {
			o[t] = run(&s, s.table[t], s.x, s.label);
			for (size_t l = 0; l < LANES; l++) {
				assert_true(fabs(o[t].verdict.loss[l] - loss[l]) <= 1e-5 * (1 + loss[l]));
				size_t guess = (size_t)o[t].verdict.guess[l];
				for (size_t k = 0; k < s.net->task.count; k++)
					assert_true(o[t].y[k * LANES + l] <= o[t].y[guess * LANES + l]);
			}
			for (size_t i = 0; i < s.net->parameters; i++)
				assert_true(fabs(o[t].dw[i] - dw[i]) <= 1e-4 * largest);
			if (t > 0 && tables_alike(s.table[t], s.table[t - 1])) {
				expect_same("output of avx2 and avx512", s.net->task.count * LANES, o[t].y, o[t - 1].y);
				expect_same("gradient of avx2 and avx512", s.net->parameters, o[t].dw, o[t - 1].dw);
			}
		}
		pass64_destroy(pass);
		scene_clear(&s);
	}
	pass64_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_do_not_see_their_lane),
		cmocka_unit_test(samples_do_not_see_their_neighbours),
		cmocka_unit_test(empty_lanes_add_nothing),
		cmocka_unit_test(done_is_told_from_last_to_first),
		cmocka_unit_test(blocks_agree_with_float64),
	};
	return cmocka_run_group_tests_name("pass", tests, NULL, NULL);
}
