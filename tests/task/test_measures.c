/* task: measures of values and labels over a test set. The expected numbers are those of scikit-learn 1.2.1 (Debian
 * python3-sklearn) for the same data: mean_absolute_error, mean_squared_error, r2_score, confusion_matrix,
 * accuracy_score, precision_score, recall_score, f1_score, jaccard_score, without and with sample_weight. */
#include "kernel/lanes.h"

#include <convoy/task.h>

#include <math.h>

enum { SAMPLES = 24 };

/* Sample i of the data set, which float32 holds. */
static float truth_of(size_t i)
{
	return (float)((int)(i * 7 % 13) - 4) / 4;
}

static float prediction_of(size_t i)
{
	return truth_of(i) + (float)((int)(i * 5 % 11) - 5) / 8;
}

static float weight_of(size_t i, bool weighted)
{
	return weighted ? 1 + (float)(i % 3) / 2 : 1;
}

static bool label_of(size_t i)
{
	return i * 7 % 5 < 2;
}

static float score_of(size_t i)
{
	return (float)((int)(i * 11 % 17) - 8) / 8;
}

static bool close(double a, double b)
{
	return fabs(a - b) <= 1e-14 * fabs(b);
}

/* A block of some samples: outputs, targets, numbers. */
struct block {
	_Alignas(64) float y[2 * LANES], value[2 * LANES];
	struct block_targets targets;
	uint32_t sample[LANES];
};

static void block_begin(struct block *b, size_t count)
{
	*b = (struct block){.targets.count = count};
	b->targets.value = b->value;
	for (size_t i = 0; i < 2 * LANES; i++)
		b->y[i] = b->value[i] = NAN; /* of empty lanes */
}

/* The samples from `first` on, in blocks of at most `each`. Value 1 is value 0, turned round. */
static void values_all(const struct task_spec *task, size_t each, bool weighted, struct value_sums *sums,
                       struct value_largest *largest)
{
	for (size_t first = 0; first < SAMPLES; first += each) {
		struct block b;
		block_begin(&b, SAMPLES - first < each ? SAMPLES - first : each);
		for (size_t l = 0; l < b.targets.count; l++) {
			size_t i = first + l;
			b.y[l] = prediction_of(i);
			b.value[l] = truth_of(i);
			b.y[LANES + l] = -prediction_of(i);
			b.value[LANES + l] = -truth_of(i);
			b.targets.weight[l] = weight_of(i, weighted);
			b.sample[l] = (uint32_t)i;
		}
		values_add(task, b.y, &b.targets, b.sample, sums, largest);
	}
}

static void values_are_those_of_scikit_learn(void **state)
{
	(void)state;
	static const struct value_measures want[2] = {
		{0.33854166666666669, 0.39938103151418364, 0.81240428790199082},
		{0.34027777777777779, 0.40127833925537965, 0.81044564291796761},
	};
	const struct task_spec task = {.task = TASK_VALUES, .count = 2, .positions = 1};
	const struct task_spec field = {.task = TASK_VALUES, .count = 1, .positions = 2};
	for (size_t weighted = 0; weighted < 2; weighted++) {
		struct value_sums sums[2] = {{.weight = 0}, {.weight = 0}}, other[2] = {sums[0], sums[0]};
		struct value_largest largest[2] = {{-1, 0}, {-1, 0}}, again[2] = {largest[0], largest[0]};
		values_all(&task, LANES, weighted == 1, sums, largest);
		values_all(&task, 5, weighted == 1, other, again);
		assert_memory_equal(sums, other, sizeof sums); /* blocks leave no trace */
		for (size_t k = 0; k < 2; k++) {
			struct value_measures m = value_measures(&sums[k], 1);
			assert_true(close(m.mae, want[weighted].mae) && close(m.rmse, want[weighted].rmse));
			assert_true(close(m.r2, want[weighted].r2));
			m = value_measures(&sums[k], 0.25); /* in another unit */
			assert_true(close(m.mae, want[weighted].mae / 4) && close(m.rmse, want[weighted].rmse / 4));
			assert_true(close(m.r2, want[weighted].r2));
			/* 5/8 at samples 0, 2, …: of equals the first. */
			assert_true(largest[k].error == 0.625 && largest[k].sample == 0);
			assert_true(again[k].error == 0.625 && again[k].sample == 0);
		}
		/* As a field of two positions: both count. Its mean is 0. */
		struct value_sums all = {.weight = 0};
		struct value_largest most = {-1, 0};
		values_all(&field, LANES, weighted == 1, &all, &most);
		assert_int_equal(all.weight, 2 * sums[0].weight);
		assert_true(exact_value(EXACT_LIMBS, all.target) == 0);
		assert_true(close(value_measures(&all, 1).mae, want[weighted].mae));
	}
}

/* Targets around a million with steps of 1/8: the variance is left when the means are taken off. */
static void spread_is_exact(void **state)
{
	(void)state;
	const struct task_spec task = {.task = TASK_VALUES, .count = 1, .positions = 1};
	struct value_sums sums = {.weight = 0}, one = sums;
	struct value_largest largest = {-1, 0};
	struct block b;
	block_begin(&b, LANES);
	for (size_t l = 0; l < LANES; l++) {
		b.value[l] = 1e6f + (float)l / 8;
		b.y[l] = b.value[l] + (l % 2 == 1 ? 0.125f : -0.125f);
		b.targets.weight[l] = 1;
	}
	values_add(&task, b.y, &b.targets, b.sample, &sums, &largest);
	assert_true(close(value_measures(&sums, 1).r2, 0.95294117647058818));

	/* No sample; equal targets, without and with an error, as r2_score has them. */
	struct value_measures none = value_measures(&one, 1);
	assert_true(isnan(none.mae) && isnan(none.rmse) && isnan(none.r2));
	for (size_t l = 0; l < LANES; l++)
		b.y[l] = b.value[l] = 2;
	values_add(&task, b.y, &b.targets, b.sample, &one, &largest);
	assert_true(value_measures(&one, 1).r2 == 1 && value_measures(&one, 1).mae == 0);
	b.y[3] = 1;
	values_add(&task, b.y, &b.targets, b.sample, &one, &largest);
	assert_true(value_measures(&one, 1).r2 == 0);
	/* A sample of weight 0 has no error. */
	b.y[5] = 1e9f;
	b.targets.weight[5] = 0;
	values_add(&task, b.y, &b.targets, b.sample, &one, &largest);
	assert_true(largest.error == 1);
}

static void labels_are_those_of_scikit_learn(void **state)
{
	(void)state;
	static const struct label_measures want[2] = {
		{0.5, 0.41666666666666669, 0.5, 0.45454545454545453, 0.29411764705882354},
		{0.45833333333333337, 0.45161290322580644, 0.46666666666666667, 0.45901639344262296, 0.2978723404255319},
	};
	static const double cells[2][4] = {{7, 7, 5, 5}, {12.5, 8.5, 8, 7}};
	const struct task_spec task = {.task = TASK_LABELS, .count = 2, .positions = 1, .loss = LOSS_BINARY_CROSS_ENTROPY};
	for (size_t weighted = 0; weighted < 2; weighted++) {
		struct label_sums sums[2] = {{0}};
		int64_t exact = 0;
		for (size_t first = 0; first < SAMPLES; first += LANES) {
			struct block b;
			block_begin(&b, SAMPLES - first < LANES ? SAMPLES - first : LANES);
			for (size_t l = 0; l < b.targets.count; l++) {
				b.y[l] = score_of(first + l);
				b.value[l] = label_of(first + l);
				b.y[LANES + l] = first + l < 20 ? 1 : -1; /* always right but for the last four */
				b.value[LANES + l] = 1;
				b.targets.weight[l] = weight_of(first + l, weighted == 1);
			}
			labels_add(&task, ACTIVATION_LINEAR, b.y, &b.targets, sums, &exact);
		}
		struct label_measures m = label_measures(&sums[0]);
		assert_true(close(m.error, want[weighted].error) && close(m.precision, want[weighted].precision));
		assert_true(close(m.recall, want[weighted].recall) && close(m.f1, want[weighted].f1));
		assert_true(close(m.iou, want[weighted].iou));
		const int64_t cell[4] = {sums[0].true_negative, sums[0].false_positive, sums[0].false_negative,
		                         sums[0].true_positive};
		for (size_t c = 0; c < 4; c++)
			assert_true((double)cell[c] * 0x1p-20 == cells[weighted][c]);
		double right = 0;
		for (size_t i = 0; i < 20; i++)
			right += label_of(i) == (score_of(i) > 0) ? (double)weight_of(i, weighted == 1) : 0;
		assert_true((double)exact * 0x1p-20 == right);
		m = label_measures(&sums[1]);
		assert_true(m.precision == 1 && m.recall < 1);
	}
	struct label_measures none = label_measures(&(struct label_sums){0});
	assert_true(isnan(none.error) && isnan(none.precision) && isnan(none.recall) && isnan(none.f1) && isnan(none.iou));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_those_of_scikit_learn),
		cmocka_unit_test(spread_is_exact),
		cmocka_unit_test(labels_are_those_of_scikit_learn),
	};
	return cmocka_run_group_tests_name("measures", tests, NULL, NULL);
}
