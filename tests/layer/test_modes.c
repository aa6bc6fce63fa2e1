/* layer: dropout and batch normalisation, which do something else in training than in evaluation. */
#include "layers.h"

#include <math.h>

static const uint32_t numbers[LANES] = {5, 9, 70000, 3, 1, 0, 8, 400, 31, 17, 22, 23, 24, 4000000, 99, 12};
static const struct shape in = {3, 4, 5};
enum { POINTS = 20, SIZE = 60 };

static struct layer_context training(uint64_t seed, uint64_t step, const uint32_t *sample, size_t count)
{
	return (struct layer_context){.training = true, .seed = seed, .step = step, .sample = sample, .count = count};
}

/* A layer with random parameters, and what a block needs. */
struct scene {
	struct shelf shelf;
	struct dice dice;
	struct layer *layer;
	const struct kernels *k;
	float *w, *x, *y, *dy, *dx, *dw, *keep;
	size_t parameters;
};

static void scene_make(struct scene *s, struct layer_keys spec)
{
	*s = (struct scene){.dice = {.seed = 77}, .k = kernels_named("portable")};
	s->layer = layer_must(&spec, in);
	s->parameters = s->layer->parameters;
	s->w = shelf_random(&s->shelf, &s->dice, s->parameters);
	s->x = shelf_random(&s->shelf, &s->dice, SIZE * LANES);
	s->dy = shelf_random(&s->shelf, &s->dice, SIZE * LANES);
	s->y = shelf_floats(&s->shelf, SIZE * LANES);
	s->dx = shelf_floats(&s->shelf, SIZE * LANES);
	s->dw = shelf_floats(&s->shelf, s->parameters);
	s->keep = shelf_floats(&s->shelf, s->layer->keep);
}

static void scene_clear(struct scene *s)
{
	layer_destroy(s->layer);
	shelf_clear(&s->shelf);
}

static void run(struct scene *s, struct layer_context context, size_t index)
{
	const struct layer_type *type = s->layer->type;
	if (type->begin != NULL)
		type->begin(s->layer, &context, index, s->keep);
	type->forward(s->layer, s->k, s->w, s->x, s->y, s->keep, NULL);
	type->backward(s->layer, s->k, s->w, ACTIVATION_LINEAR, s->x, s->dy, s->dx, s->dw, s->keep, NULL);
}

/* ---- Dropout ----------------------------------------------------------------------------------------------------- */

static const struct layer_keys half = {.type = "dropout", .rate = 0.5}, tenth = {.type = "dropout", .rate = 0.1};

static void dropout_is_nothing_in_evaluation(void **state)
{
	(void)state;
	struct scene s;
	scene_make(&s, half);
	run(&s, (struct layer_context){0}, 2);
	expect_same("y", SIZE * LANES, s.x, s.y);
	expect_same("dx", SIZE * LANES, s.dy, s.dx);
	scene_clear(&s);
}

static void dropout_drops_its_share_and_keeps_the_mean(void **state)
{
	(void)state;
	struct scene s;
	scene_make(&s, tenth);
	size_t dropped = 0, all = 0;
	for (uint64_t step = 0; step < 50; step++) {
		run(&s, training(1, step, numbers, 13), 2);
		for (size_t i = 0; i < SIZE * LANES; i++) {
			bool used = i % LANES < 13;
			dropped += used && s.y[i] == 0;
			all += used;
			assert_true(s.y[i] == 0 || (used && fabsf(s.y[i] / s.x[i] - 1 / 0.9f) < 1e-4f));
			/* The same mask on the way back: the adjoint. */
			assert_true(s.dx[i] == s.dy[i] * (s.y[i] / s.x[i]) || fabsf(s.dx[i] - s.dy[i] * (s.y[i] / s.x[i])) < 1e-6f);
		}
	}
	assert_true(fabs((double)dropped / (double)all - 0.1) < 0.01); /* 39000 draws: five deviations are 0.0076 */
	scene_clear(&s);
}

static size_t masks_agree(struct scene *s, const float *before)
{
	size_t equal = 0;
	for (size_t i = 0; i < SIZE * LANES; i++)
		equal += (s->y[i] == 0) == (before[i] == 0);
	return equal;
}

static void masks_are_keyed(void **state)
{
	(void)state;
	struct scene s;
	uint32_t turned[LANES];
	scene_make(&s, half);
	float *before = shelf_floats(&s.shelf, SIZE * LANES);
	run(&s, training(1, 7, numbers, LANES), 2);
	memcpy(before, s.y, SIZE * LANES * sizeof *before);
	run(&s, training(1, 7, numbers, LANES), 2);
	assert_int_equal(masks_agree(&s, before), SIZE * LANES);

	/* A sample's mask goes with it into another lane. */
	for (size_t l = 0; l < LANES; l++)
		turned[l] = numbers[(l + 5) % LANES];
	run(&s, training(1, 7, turned, LANES), 2);
	for (size_t i = 0; i < SIZE; i++)
		for (size_t l = 0; l < LANES; l++)
			assert_int_equal(s.y[i * LANES + l] == 0, before[i * LANES + (l + 5) % LANES] == 0);

	/* 480 of 960 agree by chance; 600 would be eight deviations. */
	run(&s, training(2, 7, numbers, LANES), 2);
	assert_true(masks_agree(&s, before) < 600);
	run(&s, training(1, 8, numbers, LANES), 2);
	assert_true(masks_agree(&s, before) < 600);
	run(&s, training(1, 7, numbers, LANES), 3);
	assert_true(masks_agree(&s, before) < 600);
	scene_clear(&s);
}

/* ---- Batch normalisation ----------------------------------------------------------------------------------------- */

/* Σ over the lanes in use of dy · y, from the book. */
static double naive(size_t count, const double *w, const double *x, const float *dy)
{
	double sum = 0;
	for (size_t j = 0; j < in.maps; j++) {
		double mean = 0, variance = 0, n = (double)(POINTS * count);
		for (size_t i = j * POINTS; i < (j + 1) * POINTS; i++)
			for (size_t l = 0; l < count; l++)
				mean += x[i * LANES + l] / n;
		for (size_t i = j * POINTS; i < (j + 1) * POINTS; i++)
			for (size_t l = 0; l < count; l++)
				variance += (x[i * LANES + l] - mean) * (x[i * LANES + l] - mean) / n;
		for (size_t i = j * POINTS; i < (j + 1) * POINTS; i++)
			for (size_t l = 0; l < count; l++)
				sum += (double)dy[i * LANES + l] *
				       (w[j] * (x[i * LANES + l] - mean) / sqrt(variance + 1e-5) + w[in.maps + j]);
	}
	return sum;
}

static double slope(size_t count, double *w, double *x, const float *dy, double *at)
{
	const double step = 1e-4, middle = *at;
	*at = middle + step;
	double above = naive(count, w, x, dy);
	*at = middle - step;
	double below = naive(count, w, x, dy);
	*at = middle;
	return (above - below) / (2 * step);
}

/* Also in a short block, whose empty lanes hold anything. */
static void gradients_go_through_the_statistics(void **state)
{
	(void)state;
	static const size_t counts[] = {16, 5, 1};
	for (size_t c = 0; c < 3; c++) {
		size_t count = counts[c];
		struct scene s;
		scene_make(&s, (struct layer_keys){.type = "batch-norm"});
		for (size_t i = 0; i < SIZE * LANES; i++) {
			s.x[i] = i % LANES < count ? 3 * s.x[i] + (float)(i / LANES / POINTS) : 1000;
			s.dy[i] = i % LANES < count ? s.dy[i] : 0;
		}
		run(&s, training(1, 0, numbers, count), 2);
		double *w = shelf_widened(&s.shelf, s.parameters, s.w), *x = shelf_widened(&s.shelf, SIZE * LANES, s.x);
		double sum = 0;
		for (size_t i = 0; i < SIZE * LANES; i++) {
			sum += (double)s.dy[i] * (double)s.y[i];
			if (i % LANES >= count)
				assert_true(s.dx[i] == 0);
			else if (i % 7 == 0)
				assert_true(fabs(slope(count, w, x, s.dy, &x[i]) - (double)s.dx[i]) < 2e-5);
		}
		assert_true(fabs(sum - naive(count, w, x, s.dy)) < 1e-4);
		for (size_t i = 0; i < 2 * in.maps; i++)
			assert_true(fabs(slope(count, w, x, s.dy, &w[i]) - (double)s.dw[i]) < 2e-4);
		scene_clear(&s);
	}
}

static void outputs_are_normalized_and_statistics_handed_over(void **state)
{
	(void)state;
	enum { COUNT = 11 };
	struct scene s;
	scene_make(&s, (struct layer_keys){.type = "batch-norm"});
	memset(s.w, 0, s.parameters * sizeof *s.w);
	s.layer->type->init(s.layer, 1, 0, s.w);
	run(&s, training(1, 0, numbers, COUNT), 2);
	for (size_t j = 0; j < in.maps; j++) {
		double mean = 0, squares = 0, before = 0, spread = 0, n = POINTS * COUNT;
		for (size_t i = j * POINTS; i < (j + 1) * POINTS; i++)
			for (size_t l = 0; l < COUNT; l++) {
				mean += (double)s.y[i * LANES + l] / n;
				squares += (double)s.y[i * LANES + l] * (double)s.y[i * LANES + l] / n;
				before += (double)s.x[i * LANES + l] / n;
				spread += (double)s.x[i * LANES + l] * (double)s.x[i * LANES + l] / n;
			}
		assert_true(fabs(mean) < 1e-5 && fabs(squares - 1) < 1e-3);
		assert_true(fabs((double)s.dw[2 * in.maps + j] / COUNT - before) < 1e-5);
		assert_true(fabs((double)s.dw[3 * in.maps + j] / COUNT - (spread - before * before)) < 1e-4);
	}
	assert_true(s.layer->tensor[2].statistic && s.layer->tensor[3].statistic);
	assert_false(s.layer->tensor[0].statistic || s.layer->tensor[1].statistic);
	scene_clear(&s);
}

/* In evaluation each sample is on its own, as in float64. */
static void evaluation_takes_the_running_means(void **state)
{
	(void)state;
	struct scene s;
	double y[SIZE], dx[SIZE], x[SIZE], dy[SIZE], sum[6] = {0}, dw[12];
	scene_make(&s, (struct layer_keys){.type = "batch-norm"});
	for (size_t j = 0; j < in.maps; j++)
		s.w[3 * in.maps + j] = 0.5f + (float)j;
	run(&s, (struct layer_context){0}, 2);
	double *w = shelf_widened(&s.shelf, s.parameters, s.w);
	for (size_t l = 0; l < LANES; l++) {
		lane_take(SIZE, s.x, l, x);
		lane_take(SIZE, s.dy, l, dy);
		s.layer->type->forward64(s.layer, w, x, y, NULL);
		s.layer->type->backward64(s.layer, w, x, dy, dx, dw, NULL);
		for (size_t i = 0; i < SIZE; i++) {
			assert_true(fabs((double)s.y[i * LANES + l] - y[i]) < 1e-5);
			assert_true(fabs((double)s.dx[i * LANES + l] - dx[i]) < 1e-5);
		}
		for (size_t i = 0; i < 6; i++)
			sum[i] += dw[i];
		for (size_t i = 6; i < 12; i++)
			assert_true(dw[i] == 0 && s.dw[i] == 0);
	}
	for (size_t i = 0; i < 6; i++)
		assert_true(fabs((double)s.dw[i] - sum[i]) < 1e-3);
	scene_clear(&s);
}

/* ---- Batch normalisation by the running statistics --------------------------------------------------------------- */

static const struct layer_keys running = {.type = "batch-norm", .statistics = "running",
                                          .activation = ACTIVATION_SCALED_TANH};

static void running_make(struct scene *s)
{
	scene_make(s, running);
	for (size_t j = 0; j < in.maps; j++)
		s->w[3 * in.maps + j] = 0.5f + (float)j;
}

/* A block of `count` samples. Of empty lanes dy is 0, and x anything. */
static void lanes_empty(struct scene *s, size_t count)
{
	for (size_t i = 0; i < SIZE * LANES; i++)
		if (i % LANES >= count) {
			s->x[i] = 1000;
			s->dy[i] = 0;
		}
}

/* Training is evaluation, which the test above compares with float64: so is its gradient. Only the statistics are more:
 * mean, and mean square of what differs from the running mean, from the book. */
static void running_statistics_make_training_evaluation(void **state)
{
	(void)state;
	static const size_t counts[] = {16, 5, 1};
	for (size_t c = 0; c < 3; c++) {
		struct scene s, e;
		size_t count = counts[c];
		running_make(&s);
		running_make(&e);
		lanes_empty(&s, count);
		lanes_empty(&e, count);
		run(&s, training(1, 0, numbers, count), 2);
		run(&e, (struct layer_context){.count = count}, 2);
		expect_same("y", SIZE * LANES, s.y, e.y);
		expect_same("dx", SIZE * LANES, s.dx, e.dx);
		expect_same("dw", 2 * in.maps, s.dw, e.dw);
		for (size_t j = 0; j < in.maps; j++) {
			double sum = 0, squares = 0, about = (double)s.w[2 * in.maps + j];
			for (size_t i = j * POINTS * LANES; i < (j + 1) * POINTS * LANES; i++) {
				sum += i % LANES < count ? (double)s.x[i] / POINTS : 0;
				squares += i % LANES < count ? pow((double)s.x[i] - about, 2) / POINTS : 0;
			}
			assert_true(fabs((double)s.dw[2 * in.maps + j] - sum) < 1e-4);
			assert_true(fabs((double)s.dw[3 * in.maps + j] - squares) < 1e-4 * squares);
		}
		scene_clear(&s);
		scene_clear(&e);
	}
}

/* What a sample gets, and gives to the running statistics, is its own: another in its block changes no bit of it. */
static void samples_do_not_see_each_other(void **state)
{
	(void)state;
	struct scene s, o;
	running_make(&s);
	running_make(&o);
	for (size_t i = 0; i < SIZE * LANES; i++)
		if (i % LANES == 3)
			o.x[i] = 40 * o.x[i] - 7;
	run(&s, training(1, 0, numbers, LANES), 2);
	run(&o, training(1, 0, numbers, LANES), 2);
	for (size_t i = 0; i < SIZE * LANES; i++)
		assert_true(i % LANES == 3 || (s.y[i] == o.y[i] && s.dx[i] == o.dx[i]));
	for (size_t j = 0; j < 2 * in.maps; j++)
		assert_true(s.dw[2 * in.maps + j] != o.dw[2 * in.maps + j]);
	scene_clear(&s);
	scene_clear(&o);
}

/* ---- Scaling ----------------------------------------------------------------------------------------------------- */

/* Of mean 0 and variance 1 − ε batch-norm has the factor 1. In training and in evaluation scaling is the same. */
static void scaling_is_normalization_without_statistics(void **state)
{
	(void)state;
	struct scene s, n;
	scene_make(&s, (struct layer_keys){.type = "scale", .activation = ACTIVATION_TANH});
	scene_make(&n, (struct layer_keys){.type = "batch-norm", .activation = ACTIVATION_TANH});
	memcpy(n.w, s.w, s.parameters * sizeof *s.w);
	memcpy(n.x, s.x, SIZE * LANES * sizeof *s.x);
	memcpy(n.dy, s.dy, SIZE * LANES * sizeof *s.dy);
	for (size_t j = 0; j < in.maps; j++) {
		n.w[2 * in.maps + j] = 0;
		n.w[3 * in.maps + j] = 1 - 1e-5f;
	}
	run(&n, (struct layer_context){0}, 2);
	for (size_t mode = 0; mode < 2; mode++) {
		run(&s, mode == 0 ? (struct layer_context){0} : training(1, 0, numbers, LANES), 2);
		expect_same("y", SIZE * LANES, n.y, s.y);
		expect_same("dx", SIZE * LANES, n.dx, s.dx);
		expect_same("dw", s.parameters, n.dw, s.dw);
	}
	scene_clear(&s);
	scene_clear(&n);
}

/* A new layer passes on its input. */
static void scaling_starts_as_nothing(void **state)
{
	(void)state;
	struct scene s;
	scene_make(&s, (struct layer_keys){.type = "scale"});
	memset(s.w, 0, s.parameters * sizeof *s.w);
	s.layer->type->init(s.layer, 1, 0, s.w);
	run(&s, (struct layer_context){0}, 2);
	expect_same("y", SIZE * LANES, s.x, s.y);
	expect_same("dx", SIZE * LANES, s.dy, s.dx);
	scene_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dropout_is_nothing_in_evaluation),
		cmocka_unit_test(dropout_drops_its_share_and_keeps_the_mean),
		cmocka_unit_test(masks_are_keyed),
		cmocka_unit_test(gradients_go_through_the_statistics),
		cmocka_unit_test(outputs_are_normalized_and_statistics_handed_over),
		cmocka_unit_test(evaluation_takes_the_running_means),
		cmocka_unit_test(running_statistics_make_training_evaluation),
		cmocka_unit_test(samples_do_not_see_each_other),
		cmocka_unit_test(scaling_is_normalization_without_statistics),
		cmocka_unit_test(scaling_starts_as_nothing),
	};
	return cmocka_run_group_tests_name("layer: training and evaluation", tests, NULL, NULL);
}
