/* task: the losses of classes of every table against their float64 twins; empty lanes, ties, huge outputs; second
 * derivatives; the rows of all losses. */
#include "kernel/lanes.h"

#include <convoy/task.h>

#include <math.h>

static const size_t class_losses = LOSS_SOFTMAX_CROSS_ENTROPY + 1; /* the losses of classes are the first */

/* Those of the calls that follow. */
static struct targets targets;

/* Of the widest range of outputs. Those of probabilities add up to 1. */
static void targets_set(enum loss loss, size_t classes, double smoothing)
{
	const struct task_spec task = {.count = classes, .loss = loss, .smoothing = smoothing};
	targets = loss_targets(&task, ACTIVATION_TANH);
	double sum = (double)(classes - 1) * targets.low + targets.high, range = loss_type(loss)->range_of_outputs ? 2 : 1;
	assert_true(!loss_type(loss)->probabilities || fabs(sum - 1) < 1e-12);
	assert_true(fabs(targets.high - targets.low - range * (1 - smoothing)) < 1e-12);
}

/* To what kernels get. */
static void targets_round(void)
{
	targets = (struct targets){(double)(float)targets.low, (double)(float)targets.high};
}

static void loss_call(const struct kernels *k, enum loss loss, size_t classes, const float *y, const int32_t *label,
                      float *dy, struct verdict *out)
{
	float factor[LANES];
	for (size_t lane = 0; lane < LANES; lane++)
		factor[lane] = label[lane] >= 0;
	loss_type(loss)->classes(k)(classes, 1, y, label, (float)targets.low, (float)targets.high, factor, dy, out);
}

static double loss64(enum loss loss, size_t classes, const double *y, size_t label, double *dy)
{
	return loss_type(loss)->classes64(classes, 1, y, label, targets.low, targets.high, dy);
}

/* One lane of a block against the reference. */
static void lane_check(const struct kernels *k, enum loss loss, size_t classes, const float *y, const int32_t *label,
                       const float *dy, const struct verdict *out, size_t lane, struct shelf *shelf)
{
	if (label[lane] < 0) {
		assert_true(out->loss[lane] == 0 && out->guess[lane] == -1);
		for (size_t c = 0; c < classes; c++)
			assert_true(dy[c * LANES + lane] == 0);
		return;
	}
	double *y64 = shelf_doubles(shelf, classes), *dy64 = shelf_doubles(shelf, classes);
	double *size = shelf_doubles(shelf, classes);
	lane_take(classes, y, lane, y64);
	double want = loss64(loss, classes, y64, (size_t)label[lane], dy64), largest = 0;
	size_t best = 0;
	for (size_t c = 0; c < classes; c++) {
		best = y64[c] > y64[best] ? c : best;
		largest = fmax(largest, fabs(y64[c]));
	}
	/* Outputs are rounded when the target or the largest is taken off; an exponential's error grows with that. */
	for (size_t c = 0; c < classes; c++)
		size[c] = loss == LOSS_SQUARED_ERROR ? fabs(y64[c]) + 1 : 1;
	expect_close("dy", k, classes, dy + lane, LANES, dy64, size, loss == LOSS_SQUARED_ERROR ? 1 : (double)classes + 20);
	double bound = loss == LOSS_SQUARED_ERROR ? want : fabs(want) + largest + 1;
	expect_close("loss", k, 1, out->loss + lane, 1, &want, &bound, (double)classes + 8);
	assert_int_equal(out->guess[lane], best);
}

static void losses_agree_with_the_reference(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 41};
	for (size_t n = 0; n < 300; n++) {
		enum loss loss = (enum loss)(n % class_losses);
		size_t classes = dice_from(&dice, 1, n % 5 == 0 ? 300 : 20);
		float scale = n % 3 == 0 ? 1 : n % 3 == 1 ? 10 : 0.01f;
		struct shelf shelf = {0};
		targets_set(loss, classes, n % 4 == 1 ? 0 : 0.3);
		targets_round();
		float *y = shelf_random(&shelf, &dice, classes * LANES), *dy[3];
		int32_t label[LANES];
		struct verdict out[3], alone;
		for (size_t i = 0; i < classes * LANES; i++)
			y[i] *= scale;
		for (size_t l = 0; l < LANES; l++) {
			label[l] = (int32_t)dice_from(&dice, 0, classes) - 1;
			for (size_t c = 0; label[l] < 0 && c < classes; c++) /* an empty lane may hold anything */
				y[c * LANES + l] = dice_garbage(&dice);
		}
		for (size_t t = 0; t < tables; t++) {
			dy[t] = shelf_floats(&shelf, classes * LANES);
			memset(&out[t], 0x55, sizeof out[t]);
			memset(&alone, 0xaa, sizeof alone);
			loss_call(table[t], loss, classes, y, label, dy[t], &out[t]);
			loss_call(table[t], loss, classes, y, label, NULL, &alone);
			assert_memory_equal(&out[t], &alone, sizeof alone);
			for (size_t lane = 0; lane < LANES; lane++)
				lane_check(table[t], loss, classes, y, label, dy[t], &out[t], lane, &shelf);
			if (t > 0 && tables_alike(table[t], table[t - 1])) {
				expect_same("dy of avx2 and avx512", classes * LANES, dy[t], dy[t - 1]);
				assert_memory_equal(&out[t], &out[t - 1], sizeof out[t]);
			}
		}
		shelf_clear(&shelf);
	}
}

/* The reference against differences: the loss is what its gradient says. */
static void gradients_are_the_derivatives(void **state)
{
	(void)state;
	static const double step = 1e-5;
	struct dice dice = {.seed = 42};
	for (size_t n = 0; n < 100; n++) {
		enum loss loss = (enum loss)(n % class_losses);
		double y[20], dy[20];
		size_t classes = dice_from(&dice, 1, 20), label = dice_from(&dice, 0, classes - 1);
		targets_set(loss, classes, n % 4 == 1 ? 0 : 0.3);
		for (size_t c = 0; c < classes; c++)
			y[c] = 4 * dice_float(&dice);
		loss64(loss, classes, y, label, dy);
		for (size_t c = 0; c < classes; c++) {
			double at = y[c];
			y[c] = at + step;
			double above = loss64(loss, classes, y, label, NULL);
			y[c] = at - step;
			double below = loss64(loss, classes, y, label, NULL);
			y[c] = at;
			assert_true(fabs((above - below) / (2 * step) - dy[c]) < 1e-9 * (10 + above));
		}
	}
	const struct task_spec task = {.count = 4, .loss = LOSS_SQUARED_ERROR, .smoothing = 0.2};
	struct targets tanh = loss_targets(&task, ACTIVATION_TANH);
	assert_true(fabs(tanh.low + 0.9) < 1e-15 && fabs(tanh.high - 0.7) < 1e-15);
	/* Written out: ½ ((0.5 − 1)² + (0.25 + 1)²); −ln of e / (e + 1). */
	assert_true(fabs(reference_squared_error(2, 1, (double[]){0.5, 0.25}, 0, -1, 1, NULL) - 0.90625) < 1e-15);
	assert_true(fabs(reference_cross_entropy(2, 1, (double[]){1, 0}, 0, 0, 1, NULL) - 0.31326168751822286) < 1e-15);
}

/* Differences of the slope along its own output. */
static void curves_are_second_derivatives(void **state)
{
	(void)state;
	static const double step = 1e-5;
	struct dice dice = {.seed = 44};
	for (size_t n = 0; n < 100; n++)
		for (enum loss loss = 0; loss < class_losses; loss++) {
			double y[20], above[20], below[20], dy[20];
			size_t classes = dice_from(&dice, 1, 20), label = dice_from(&dice, 0, classes - 1);
			targets_set(loss, classes, n % 4 == 1 ? 0 : 0.3);
			for (size_t c = 0; c < classes; c++)
				y[c] = 4 * dice_float(&dice);
			loss64(loss, classes, y, label, dy);
			for (size_t c = 0; c < classes; c++) {
				double at = y[c], t = c == label ? targets.high : targets.low;
				y[c] = at + step;
				loss64(loss, classes, y, label, above);
				y[c] = at - step;
				loss64(loss, classes, y, label, below);
				y[c] = at;
				double curve = (double)loss_type(loss)->curve((float)dy[c], (float)t, 0);
				assert_true(curve >= 0 && fabs((above[c] - below[c]) / (2 * step) - curve) < 1e-6);
			}
		}
}

/* A loss without a row, or with half of one, would crash a run or train as another. */
static void every_loss_has_its_row(void **state)
{
	(void)state;
	for (enum loss loss = 0; loss < LOSSES; loss++) {
		const struct loss_type *type = loss_type(loss);
		bool classes = type->tasks >> TASK_CLASSES & 1, numbers = (type->tasks & ~(1u << TASK_CLASSES)) != 0;
		assert_true(type->name != NULL && type->tasks != 0 && type->tasks < 1 << TASKS);
		assert_true(classes == (type->classes != NULL) && classes == (type->classes64 != NULL));
		assert_true(numbers == (type->numbers != NULL) && numbers == (type->number64 != NULL));
		assert_true((type->curve != NULL) == (loss != LOSS_ABSOLUTE_ERROR));
		assert_true(classes == (loss < class_losses));
		assert_true(loss_words[loss].name == type->name && loss_words[loss].value == loss);
		for (enum loss other = 0; other < loss; other++)
			assert_string_not_equal(type->name, loss_type(other)->name);
	}
}

/* Written out: e^1 / (e^1 + e^3) and e^3 / (e^1 + e^3), at a stride of 2. */
static void scores_are_probabilities_where_the_row_says_so(void **state)
{
	(void)state;
	const struct task_spec soft = {.count = 2, .positions = 1, .loss = LOSS_SOFTMAX_CROSS_ENTROPY};
	const struct task_spec plain = {.count = 2, .positions = 1, .loss = LOSS_SQUARED_ERROR};
	float score[2];
	loss_scores(&soft, (float[]){1, 9, 3}, 2, score);
	assert_true(fabs((double)score[0] - 0.11920292202211755) < 1e-7);
	assert_true(fabs((double)score[1] - 0.8807970779778823) < 1e-7);
	loss_scores(&plain, (float[]){1, 9, 3}, 2, score);
	assert_true(score[0] == 1 && score[1] == 3);
	loss_scores(&soft, (float[]){3e38f, 0, -3e38f}, 2, score);
	assert_true(score[0] == 1 && score[1] == 0);
	loss_scores(&soft, (float[]){1, 0, NAN}, 2, score);
	assert_true(isnan(score[0]) && isnan(score[1]));
}

static void guesses_are_the_lowest_of_equals(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 43};
	for (size_t t = 0; t < tables; t++)
		for (enum loss loss = 0; loss < class_losses; loss++) {
			enum { CLASSES = 7 };
			_Alignas(64) float y[CLASSES * LANES];
			int32_t label[LANES] = {0};
			struct verdict out;
			for (size_t i = 0; i < CLASSES * LANES; i++)
				y[i] = (float)dice_below(&dice, 2);
			for (size_t c = 0; c < CLASSES; c++) {
				y[c * LANES] = -3;                     /* all equal: the first */
				y[c * LANES + 1] = c >= 4 ? 0.0f : -1; /* three equals at the end */
			}
			loss_call(table[t], loss, CLASSES, y, label, NULL, &out);
			assert_int_equal(out.guess[0], 0);
			assert_int_equal(out.guess[1], 4);
			for (size_t l = 2; l < LANES; l++) {
				int32_t first = 0;
				while (first < CLASSES && y[(size_t)first * LANES + l] == 0)
					first++;
				assert_int_equal(out.guess[l], first == CLASSES ? 0 : first);
			}
		}
}

static void huge_outputs_stay_finite(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	for (size_t t = 0; t < tables; t++) {
		_Alignas(64) float y[3 * LANES], dy[3 * LANES];
		int32_t label[LANES];
		struct verdict out;
		for (size_t l = 0; l < LANES; l++) {
			/* High, low, and high or 0; which class is which turns with the lane. */
			label[l] = (int32_t)(l % 3);
			y[l / 3 % 3 * LANES + l] = 1e4f;
			y[(l / 3 + 1) % 3 * LANES + l] = -1e4f;
			y[(l / 3 + 2) % 3 * LANES + l] = l < 8 ? 1e4f : 0;
		}
		targets = (struct targets){0, 1};
		loss_call(table[t], LOSS_SOFTMAX_CROSS_ENTROPY, 3, y, label, dy, &out);
		for (size_t l = 0; l < LANES; l++) {
			double shares = l < 8 ? 2 : 1; /* how many outputs are at the top */
			double want = 1e4 - (double)y[(size_t)label[l] * LANES + l] + log(shares);
			assert_true(fabs(out.loss[l] - want) < 2e-3);
			for (size_t c = 0; c < 3; c++) {
				double share = y[c * LANES + l] == 1e4f ? 1 / shares : 0;
				assert_true(fabs(dy[c * LANES + l] - (share - (label[l] == (int32_t)c))) < 1e-6);
			}
		}
	}
}

/* A net that diverged must not report a finite loss, whichever class went wrong. */
static void loss_of_nan_is_nan(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	for (size_t t = 0; t < tables; t++)
		for (enum loss loss = 0; loss < class_losses; loss++)
			for (size_t wrong = 0; wrong < 4; wrong++) {
				_Alignas(64) float y[4 * LANES] = {0}, dy[4 * LANES];
				int32_t label[LANES] = {0};
				struct verdict out;
				y[wrong * LANES + 5] = NAN;
				y[wrong * LANES + 6] = INFINITY;
				loss_call(table[t], loss, 4, y, label, dy, &out);
				for (size_t l = 0; l < LANES; l++)
					assert_int_equal(isfinite(out.loss[l]) != 0, l != 5 && l != 6);
				assert_true(dy[wrong * LANES + 5] != dy[wrong * LANES + 5]);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_agree_with_the_reference),
		cmocka_unit_test(gradients_are_the_derivatives),
		cmocka_unit_test(curves_are_second_derivatives),
		cmocka_unit_test(every_loss_has_its_row),
		cmocka_unit_test(scores_are_probabilities_where_the_row_says_so),
		cmocka_unit_test(guesses_are_the_lowest_of_equals),
		cmocka_unit_test(huge_outputs_stay_finite),
		cmocka_unit_test(loss_of_nan_is_nan),
	};
	return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
