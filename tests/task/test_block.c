/* task: the loss of a block, of every task and loss: against float64, differences and written numbers; weights, empty
 * lanes, positions, long sums. */
#include "kernel/lanes.h"

#include <convoy/task.h>

#include <math.h>

/* A task, its targets, and outputs of a block. */
struct scene {
	struct shelf shelf;
	struct task_spec task;
	enum activation f;
	size_t outputs;
	struct block_targets targets;
	float *y; /* [outputs][LANES] */
};

/* Random weights of labels or classes, which float holds. */
static const float *weights_random(struct scene *s, struct dice *dice)
{
	float *weight = shelf_floats(&s->shelf, 2 * s->task.count);
	for (size_t i = 0; i < 2 * s->task.count; i++)
		weight[i] = (float)dice_below(dice, 9) / 4;
	return weight;
}

static void scene_make(struct scene *s, struct dice *dice, enum task task, enum loss loss, size_t count,
                       size_t positions, bool weighted)
{
	struct err err = {0};
	*s = (struct scene){.task = {task, count, loss, 0, 0.6, NULL, positions}, .outputs = count * positions};
	s->task.smoothing = weighted ? 0.25 : 0;
	if (weighted && task != TASK_VALUES)
		s->task.weight = weights_random(s, dice);
	s->f = loss_type(loss)->last_linear ? ACTIVATION_LINEAR : (enum activation)dice_below(dice, ACTIVATIONS);
	s->y = shelf_random(&s->shelf, dice, s->outputs * LANES);
	assert_int_equal(block_targets_open(&s->targets, &s->task, &err), 0);
	s->targets.count = LANES;
	for (size_t i = 0; i < s->outputs * LANES; i++)
		s->y[i] *= 3;
	for (size_t lane = 0; lane < LANES; lane++)
		s->targets.weight[lane] = weighted ? (float)(1 + dice_below(dice, 64)) / 16 : 1;
	for (size_t i = 0; i < task_numbers(&s->task) * LANES; i++)
		if (task == TASK_CLASSES)
			s->targets.class[i] = (int32_t)dice_below(dice, count);
		else
			s->targets.value[i] = task == TASK_VALUES ? 3 * dice_float(dice) : (float)dice_below(dice, 2);
}

/* An empty lane may hold any outputs. */
static void lane_empty(struct scene *s, struct dice *dice, size_t lane)
{
	s->targets.weight[lane] = 0;
	for (size_t i = 0; i < s->outputs; i++)
		s->y[i * LANES + lane] = dice_garbage(dice);
	for (size_t i = 0; s->targets.class != NULL && i < task_numbers(&s->task); i++)
		s->targets.class[i * LANES + lane] = -1;
}

static void scene_clear(struct scene *s)
{
	block_targets_close(&s->targets);
	shelf_clear(&s->shelf);
}

/* Calls check(scene, dice) for every task with each of its losses, some sizes, without and with weights. */
static void each_scene(uint64_t seed, void (*check)(struct scene *s, struct dice *dice))
{
	struct dice dice = {.seed = seed};
	for (size_t n = 0; n < 120; n++)
		for (enum loss loss = 0; loss < LOSSES; loss++) {
			enum task task = (enum task)(n % TASKS);
			size_t count = dice_from(&dice, 1, 9), positions = task != TASK_LABELS && n % 2 == 0 ? n % 7 + 2 : 1;
			struct scene s;
			if ((loss_type(loss)->tasks >> task & 1) == 0)
				continue;
			scene_make(&s, &dice, task, loss, count, positions, n % 4 < 2);
			check(&s, &dice);
			scene_clear(&s);
		}
}

static void against_float64(struct scene *s, struct dice *dice)
{
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	float *dy[3];
	struct verdict out[3], alone;
	for (size_t lane = 0; lane < LANES; lane += dice_from(dice, 1, LANES))
		lane_empty(s, dice, lane);
	for (size_t t = 0; t < tables; t++) {
		dy[t] = shelf_floats(&s->shelf, s->outputs * LANES);
		memset(&out[t], 0x55, sizeof out[t]);
		loss_block(&s->task, s->f, table[t], s->y, &s->targets, dy[t], &out[t]);
		loss_block(&s->task, s->f, table[t], s->y, &s->targets, NULL, &alone);
		assert_memory_equal(&alone, &out[t], sizeof alone);
		if (t > 0 && tables_alike(table[t], table[t - 1])) {
			expect_same("dy of avx2 and avx512", s->outputs * LANES, dy[t], dy[t - 1]);
			assert_memory_equal(&out[t], &out[t - 1], sizeof out[t]);
		}
		for (size_t lane = 0; lane < LANES; lane++) {
			double y[9 * 8], dy64[9 * 8], weight = s->targets.weight[lane];
			if (weight == 0) {
				assert_true(out[t].loss[lane] == 0 && out[t].guess[lane] == -1);
				for (size_t i = 0; i < s->outputs; i++)
					assert_true(dy[t][i * LANES + lane] == 0 && !signbit(dy[t][i * LANES + lane]));
				continue;
			}
			lane_take(s->outputs, s->y, lane, y);
			double want = loss_sample64(&s->task, s->f, y, &s->targets, lane, dy64);
			assert_true(fabs(out[t].loss[lane] - want) <= 2e-6 * (fabs(want) + 9 * weight));
			for (size_t i = 0; i < s->outputs; i++)
				assert_true(fabs(dy[t][i * LANES + lane] - dy64[i]) <= 2e-6 * (fabs(dy64[i]) + 9 * weight));
			assert_int_equal(out[t].guess[lane] >= 0, s->task.task == TASK_CLASSES && s->task.positions == 1);
		}
	}
}

static void losses_agree_with_float64(void **state)
{
	(void)state;
	each_scene(51, against_float64);
}

/* Slopes against differences of the loss, and second derivatives against differences of the slopes. */
static void against_differences(struct scene *s, struct dice *dice)
{
	static const double step = 1e-6;
	double y[9 * 8], dy[9 * 8], above[9 * 8], below[9 * 8];
	size_t lane = dice_from(dice, 0, LANES - 1), numbers = task_numbers(&s->task);
	float *h = shelf_floats(&s->shelf, s->outputs * LANES);
	loss_curves(&s->task, s->f, kernels_named("portable"), s->y, &s->targets, h);
	lane_take(s->outputs, s->y, lane, y);
	loss_sample64(&s->task, s->f, y, &s->targets, lane, dy);
	for (size_t i = 0; i < s->outputs; i++) {
		double at = y[i], size = s->targets.weight[lane] * 3;
		y[i] = at + step;
		double high = loss_sample64(&s->task, s->f, y, &s->targets, lane, above);
		y[i] = at - step;
		double low = loss_sample64(&s->task, s->f, y, &s->targets, lane, below);
		y[i] = at;
		double miss = s->task.task == TASK_VALUES ? fabs(at - s->targets.value[i % numbers * LANES + lane]) : 1;
		if (miss < 1e-4 || fabs(miss - s->task.delta) < 1e-4)
			continue; /* a corner */
		assert_true(fabs((high - low) / (2 * step) - dy[i]) < 1e-7 * (size + fabs(high)));
		assert_true(fabs((above[i] - below[i]) / (2 * step) - h[i * LANES + lane]) < 1e-5 * size);
		assert_true(h[i * LANES + lane] >= 0);
	}
	lane_empty(s, dice, lane);
	loss_curves(&s->task, s->f, kernels_named("portable"), s->y, &s->targets, h);
	for (size_t i = 0; i < s->outputs; i++)
		assert_true(h[i * LANES + lane] == 0);
}

static void slopes_and_curves_are_derivatives(void **state)
{
	(void)state;
	each_scene(52, against_differences);
}

/* A weight of 4 counts four times, to the last bit; one of 0 is an empty lane, which no other lane sees. */
static void against_other_weights(struct scene *s, struct dice *dice)
{
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	size_t heavy = dice_from(dice, 0, LANES - 1), light = (heavy + dice_from(dice, 1, LANES - 1)) % LANES;
	const struct block_targets before = s->targets;
	float *dy = shelf_floats(&s->shelf, s->outputs * LANES), *was = shelf_floats(&s->shelf, s->outputs * LANES);
	for (size_t t = 0; t < tables; t++) {
		struct verdict out, first;
		s->targets = before;
		loss_block(&s->task, s->f, table[t], s->y, &s->targets, was, &first);
		s->targets.weight[heavy] *= 4;
		s->targets.weight[light] = 0;
		loss_block(&s->task, s->f, table[t], s->y, &s->targets, dy, &out);
		for (size_t lane = 0; lane < LANES; lane++) {
			float times = lane == heavy ? 4 : lane == light ? 0 : 1;
			assert_true(out.loss[lane] == times * first.loss[lane]);
			for (size_t i = 0; i < s->outputs; i++)
				assert_true(dy[i * LANES + lane] == times * was[i * LANES + lane]);
			assert_int_equal(out.guess[lane], first.guess[lane]);
		}
	}
	s->targets = before;
}

static void weights_scale(void **state)
{
	(void)state;
	each_scene(53, against_other_weights);
}

/* The first measure, from its definition. */
static void measured_by_hand(struct scene *s, struct dice *dice)
{
	const struct task_spec *task = &s->task;
	double measure[LANES], ends[2] = {0, 1}, unit[9];
	struct verdict out;
	lane_empty(s, dice, 3);
	for (size_t k = 0; k < 9; k++)
		unit[k] = (double)k + 0.5;
	s->task.unit = unit;
	block_measure(task, s->f, s->y, &s->targets, measure);
	loss_block(task, s->f, kernels_named("portable"), s->y, &s->targets, NULL, &out);
	if (s->f == ACTIVATION_TANH || s->f == ACTIVATION_SCALED_TANH)
		ends[0] = -1;
	for (size_t lane = 0; lane < LANES; lane++) {
		double want = 0;
		for (size_t i = 0; i < task_numbers(task) && lane != 3; i++) {
			double y = s->y[i * LANES + lane], value = s->targets.value != NULL ? s->targets.value[i * LANES + lane] : 0;
			size_t best = 0;
			for (size_t k = 1; k < task->count && task->task == TASK_CLASSES; k++)
				best = s->y[(k * task->positions + i) * LANES + lane] >
				               s->y[(best * task->positions + i) * LANES + lane] ? k : best;
			if (task->task == TASK_CLASSES)
				want += (int32_t)best != s->targets.class[i * LANES + lane];
			else if (task->task == TASK_VALUES)
				want += unit[i / task->positions] * fabs(y - value);
			else if (task->loss == LOSS_BINARY_CROSS_ENTROPY)
				want += (y > 0) != (value == 1);
			else
				want += (fabs(y - ends[1]) < fabs(y - ends[0])) != (value == 1);
			if (task->task == TASK_CLASSES && task->positions == 1)
				assert_int_equal(out.guess[lane], best);
		}
		assert_true(measure[lane] == want * (double)s->targets.weight[lane]);
	}
}

static void measures_are_those_defined(void **state)
{
	(void)state;
	each_scene(56, measured_by_hand);
}

/* Each position of a map of classes is a sample of its own, but for the mean. */
static void maps_are_means_over_positions(void **state)
{
	(void)state;
	enum { COUNT = 5, POSITIONS = 4 };
	const struct kernels *k = kernels_named("portable");
	struct dice dice = {.seed = 54};
	for (enum loss loss = 0; loss <= LOSS_SOFTMAX_CROSS_ENTROPY; loss++) {
		_Alignas(64) float dy[COUNT * POSITIONS * LANES], y[COUNT * LANES], one[COUNT * LANES];
		double sum[LANES] = {0};
		struct scene s;
		struct verdict out, at;
		scene_make(&s, &dice, TASK_CLASSES, loss, COUNT, POSITIONS, true);
		loss_block(&s.task, s.f, k, s.y, &s.targets, dy, &out);
		struct task_spec single = s.task;
		single.positions = 1;
		for (size_t p = 0; p < POSITIONS; p++) {
			struct block_targets targets = s.targets;
			targets.class += p * LANES;
			for (size_t c = 0; c < COUNT; c++)
				memcpy(y + c * LANES, s.y + (c * POSITIONS + p) * LANES, LANES * sizeof *y);
			loss_block(&single, s.f, k, y, &targets, one, &at);
			for (size_t i = 0; i < COUNT * LANES; i++) /* a division by four is exact */
				assert_true(dy[(i / LANES * POSITIONS + p) * LANES + i % LANES] == one[i] / 4);
			for (size_t lane = 0; lane < LANES; lane++)
				sum[lane] += (double)at.loss[lane] / 4;
		}
		for (size_t lane = 0; lane < LANES; lane++)
			assert_true(out.loss[lane] == (float)sum[lane]);
		scene_clear(&s);
	}
}

/* One number y with target t. */
static float number(enum task task, enum loss loss, float y, float t, float *slope)
{
	const struct task_spec spec = {task, 1, loss, 0, 0.5, NULL, 1, NULL};
	_Alignas(64) float all[LANES], dy[LANES];
	float value[LANES];
	struct block_targets targets = {.value = value};
	struct verdict out;
	for (size_t lane = 0; lane < LANES; lane++) {
		all[lane] = y;
		value[lane] = t;
		targets.weight[lane] = 1;
	}
	loss_block(&spec, ACTIVATION_LINEAR, kernels_named("portable"), all, &targets, dy, &out);
	*slope = dy[LANES - 1];
	return out.loss[LANES - 1];
}

static bool near(float a, double b)
{
	return fabs(a - b) <= 3e-7 * fabs(b);
}

static void numbers_are_those_written_down(void **state)
{
	(void)state;
	float dy;
	assert_true(number(TASK_VALUES, LOSS_SQUARED_ERROR, 1, 3, &dy) == 2 && dy == -2);
	assert_true(number(TASK_VALUES, LOSS_ABSOLUTE_ERROR, 1, 3, &dy) == 2 && dy == -1);
	assert_true(number(TASK_VALUES, LOSS_ABSOLUTE_ERROR, 3, 3, &dy) == 0 && dy == 0);
	/* δ = ½: ½ · ¼² within; ½ (2 − ¼) beyond, and where the pieces meet ½ · ½². */
	assert_true(number(TASK_VALUES, LOSS_HUBER, 1.25f, 1, &dy) == 0.03125f && dy == 0.25f);
	assert_true(number(TASK_VALUES, LOSS_HUBER, 1, 3, &dy) == 0.875f && dy == -0.5f);
	assert_true(number(TASK_VALUES, LOSS_HUBER, 1.5f, 1, &dy) == 0.125f && dy == 0.5f);
	/* ln(1 + e^−1), ln(1 + e), 1 / (1 + e^−1), ln(1 + e^−20): from Python's decimal, 30 digits. */
	assert_true(near(number(TASK_LABELS, LOSS_BINARY_CROSS_ENTROPY, 1, 1, &dy), 0.31326168751822283405));
	assert_true(near(dy, -0.26894142136999512075));
	assert_true(near(number(TASK_LABELS, LOSS_BINARY_CROSS_ENTROPY, 1, 0, &dy), 1.31326168751822283405));
	assert_true(near(dy, 0.73105857863000487925));
	assert_true(near(number(TASK_LABELS, LOSS_BINARY_CROSS_ENTROPY, 20, 1, &dy), 2.0611536203143807e-9));
	assert_true(near(number(TASK_LABELS, LOSS_BINARY_CROSS_ENTROPY, -20, 0, &dy), 2.0611536203143807e-9));
	assert_true(near(dy, 2.0611536181902036e-9));
	/* Nothing overflows. */
	assert_true(number(TASK_LABELS, LOSS_BINARY_CROSS_ENTROPY, 1e4f, 0, &dy) == 1e4f && dy == 1);
	assert_true(number(TASK_LABELS, LOSS_BINARY_CROSS_ENTROPY, -1e4f, 1, &dy) == 1e4f && dy == -1);
	assert_true(number(TASK_LABELS, LOSS_BINARY_CROSS_ENTROPY, 1e4f, 1, &dy) == 0 && dy == 0);
	/* The least and the largest label of squared errors are the ends of the last activation; here 0 and 1. */
	assert_true(number(TASK_LABELS, LOSS_SQUARED_ERROR, 0.5f, 1, &dy) == 0.125f && dy == -0.5f);
}

static void labels_of_tanh_are_its_ends(void **state)
{
	(void)state;
	const struct task_spec plain = {.task = TASK_LABELS, .count = 3, .loss = LOSS_SQUARED_ERROR};
	const struct task_spec soft = {.task = TASK_LABELS, .count = 3, .loss = LOSS_BINARY_CROSS_ENTROPY, .smoothing = 0.5};
	struct targets ends = loss_targets(&plain, ACTIVATION_TANH);
	assert_true(ends.low == -1 && ends.high == 1);
	/* Half of each label is spread over its two answers, not over the three labels. */
	ends = loss_targets(&soft, ACTIVATION_LINEAR);
	assert_true(ends.low == 0.25 && ends.high == 0.75);
}

/* A sample of two classes has the shares of both losses, of their slopes and of their divisors. */
static void shares_are_weighed(struct scene *s, struct dice *dice)
{
	struct err err = {0};
	const struct kernels *table[3];
	size_t t = tables_here(table) - 1;
	struct block_targets *targets = &s->targets;
	if (s->task.task != TASK_CLASSES || s->task.positions > 1)
		return;
	assert_int_equal(block_targets_mix(targets, &s->task, &err), 0);
	enum { EMPTY = LANES - 1 };
	lane_empty(s, dice, EMPTY);
	targets->count = EMPTY;
	int32_t class[2][LANES];
	float weight[2][LANES], *dy[3];
	struct verdict out[3];
	for (size_t lane = 0; lane < LANES; lane++) {
		targets->share[lane] = targets->weight[lane] * (float)dice_below(dice, 5) / 8;
		targets->other[lane] = lane == EMPTY ? -1 : (int32_t)dice_below(dice, s->task.count);
		class[0][lane] = targets->class[lane];
		class[1][lane] = targets->other[lane];
		weight[0][lane] = targets->weight[lane] - targets->share[lane];
		weight[1][lane] = targets->share[lane];
	}
	int64_t divisor = block_divisor(&s->task, targets), both = 0;
	for (size_t n = 0; n < 3; n++) {
		dy[n] = shelf_floats(&s->shelf, s->outputs * LANES);
		if (n > 0) {
			memcpy(targets->class, class[n - 1], sizeof class[0]);
			memcpy(targets->weight, weight[n - 1], sizeof weight[0]);
			memset(targets->share, 0, sizeof targets->share);
			both += block_divisor(&s->task, targets);
		}
		loss_block(&s->task, s->f, table[t], s->y, targets, dy[n], &out[n]);
	}
	assert_true(divisor == both);
	for (size_t lane = 0; lane < LANES; lane++) {
		assert_true(out[0].loss[lane] == out[1].loss[lane] + out[2].loss[lane]);
		for (size_t i = 0; i < s->outputs; i++)
			assert_true(dy[0][i * LANES + lane] == dy[1][i * LANES + lane] + dy[2][i * LANES + lane]);
	}
}

static void shares_of_classes_are_weighed(void **state)
{
	(void)state;
	each_scene(57, shares_are_weighed);
}

/* Sums of more numbers than a running sum may have: within the bound for all lengths (mathematics, Long sums). */
static void long_sums_are_accurate(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	static const size_t counts[] = {RUN_TERMS, RUN_TERMS + 1, 65536};
	for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
		struct shelf shelf = {0};
		const struct task_spec task = {TASK_VALUES, 1, LOSS_ABSOLUTE_ERROR, 0, 0, NULL, counts[c], NULL};
		float *y = shelf_floats(&shelf, counts[c] * LANES), *value = shelf_bytes(&shelf, counts[c] * LANES * 4);
		struct block_targets targets = {.value = value, .weight = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}};
		double want = (double)counts[c] * 0.1f, bound = counts[c] <= RUN_TERMS ? (double)counts[c] : 70;
		for (size_t i = 0; i < counts[c] * LANES; i++)
			y[i] = 0.1f;
		for (size_t t = 0; t < tables; t++) {
			struct verdict out;
			loss_block(&task, ACTIVATION_LINEAR, table[t], y, &targets, NULL, &out);
			for (size_t lane = 0; lane < LANES; lane++)
				assert_true(fabs(out.loss[lane] - want) <= bound * half_ulp * want);
		}
		shelf_clear(&shelf);
	}
}

/* A net that diverged must not report a finite loss, whichever output went wrong. */
static void broken_outputs_show(struct scene *s, struct dice *dice)
{
	const struct kernels *table[3];
	size_t tables = tables_here(table), wrong = dice_from(dice, 0, s->outputs - 1);
	float *dy = shelf_floats(&s->shelf, s->outputs * LANES);
	s->task.weight = NULL;
	s->y[wrong * LANES + 5] = NAN;
	s->y[wrong * LANES + 6] = INFINITY;
	for (size_t t = 0; t < tables; t++) {
		struct verdict out;
		loss_block(&s->task, s->f, table[t], s->y, &s->targets, dy, &out);
		for (size_t lane = 0; lane < LANES; lane++)
			if (lane != 6)
				assert_int_equal(isfinite(out.loss[lane]) != 0, lane != 5);
		assert_true(s->task.loss == LOSS_BINARY_CROSS_ENTROPY || !isfinite(out.loss[6]));
		assert_true(isnan(dy[wrong * LANES + 5]));
	}
}

static void loss_of_nan_is_nan(void **state)
{
	(void)state;
	each_scene(55, broken_outputs_show);
}

/* Written out: 1 / (1 + e^−2). */
static void scores_of_labels_are_probabilities(void **state)
{
	(void)state;
	const struct task_spec soft = {TASK_LABELS, 3, LOSS_BINARY_CROSS_ENTROPY, 0, 0, NULL, 1, NULL};
	const struct task_spec plain = {TASK_LABELS, 3, LOSS_SQUARED_ERROR, 0, 0, NULL, 1, NULL};
	const struct task_spec maps = {TASK_CLASSES, 2, LOSS_SOFTMAX_CROSS_ENTROPY, 0, 0, NULL, 2, NULL};
	float score[4];
	loss_scores(&soft, (float[]){2, 9, 0, 9, -1e4f}, 2, score);
	assert_true(near(score[0], 0.88079707797788243514) && score[1] == 0.5f && score[2] == 0);
	loss_scores(&plain, (float[]){2, 9, 0, 9, -1e4f}, 2, score);
	assert_true(score[0] == 2 && score[1] == 0 && score[2] == -1e4f);
	/* Of maps: at each position over the classes. */
	loss_scores(&maps, (float[]){1, 5, 3, 5}, 1, score);
	assert_true(near(score[0], 0.11920292202211755) && near(score[2], 0.8807970779778823));
	assert_true(score[1] == 0.5f && score[3] == 0.5f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_agree_with_float64),
		cmocka_unit_test(slopes_and_curves_are_derivatives),
		cmocka_unit_test(weights_scale),
		cmocka_unit_test(measures_are_those_defined),
		cmocka_unit_test(maps_are_means_over_positions),
		cmocka_unit_test(numbers_are_those_written_down),
		cmocka_unit_test(labels_of_tanh_are_its_ends),
		cmocka_unit_test(shares_of_classes_are_weighed),
		cmocka_unit_test(long_sums_are_accurate),
		cmocka_unit_test(loss_of_nan_is_nan),
		cmocka_unit_test(scores_of_labels_are_probabilities),
	};
	return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
