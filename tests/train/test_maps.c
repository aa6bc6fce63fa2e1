/* Evaluation of maps of classes: every count against plain loops over the scores of a predictor. */
#include <convoy/train.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "run.h"

enum { K = 3, ROWS = 5, COLUMNS = 4, P = ROWS * COLUMNS, SAMPLES = 37, TOP = 2 };

/* The batch normalisation's running mean makes classes of all kinds likely. */
static const char text[] = "name: maps\ninput: {maps: 2, rows: 7, columns: 6}\noutput: {classes: 3, weights: [1, 0.5, 2]}\n"
	"layers:\n"
	"  - {type: convolution, maps: 4, kernel: 3, activation: tanh}\n"
	"  - {type: convolution, maps: 3, kernel: 1, activation: linear}\n"
	"loss: softmax-cross-entropy\ntrain: {epochs: 1, batch: 8, rate: 0.1, seed: 2}\n";

static void set_make(struct dataset *set, const struct model *model)
{
	const struct data_need need = model_need(model);
	struct err err = {0};
	assert_int_equal(need.rows * need.columns, P);
	*set = dataset_of(&need);
	assert_int_equal(set->array[DATA_TARGETS].each, P);
	assert_int_equal(dataset_allocate(set, SAMPLES, &err), 0);
	for (size_t i = 0; i < array_bytes(&set->array[DATA_INPUTS], SAMPLES); i++)
		set->array[DATA_INPUTS].bytes[i] = (uint8_t)random_below(1, RANDOM_CHECK, 0, i, 256);
	for (size_t i = 0; i < SAMPLES * P; i++)
		dataset_classes(set)[i] = (uint16_t)random_below(1, RANDOM_CHECK, 1, i, K);
	for (size_t p = 0; p < P; p++)
		dataset_classes(set)[7 * P + p] = 0;
}

struct counts {
	int64_t errors, top_errors, cell[K][K], wrong[SAMPLES];
	double loss, auc[K];
};

/* Of two equal outputs, the lower class comes first. */
static size_t before(const float *score, size_t p, size_t own)
{
	size_t count = 0;
	for (size_t k = 0; k < K; k++)
		count += score[k * P + p] > score[own * P + p] || (score[k * P + p] == score[own * P + p] && k < own);
	return count;
}

static void counts_make(const struct dataset *set, const float *score, struct counts *out)
{
	static const double weight[K] = {1, 0.5, 2};
	double sum = 0, divisor = 0;
	*out = (struct counts){0};
	for (size_t n = 0; n < SAMPLES; n++)
		for (size_t p = 0; p < P; p++) {
			const float *own = score + n * K * P;
			size_t is = dataset_classes(set)[n * P + p], guess = 0;
			while (before(own, p, guess) > 0)
				guess++;
			out->cell[is][guess]++;
			out->wrong[n] += is != guess;
			out->top_errors += before(own, p, is) >= TOP;
			sum -= weight[is] * log((double)own[is * P + p]);
			divisor += weight[is];
		}
	for (size_t n = 0; n < SAMPLES; n++)
		out->errors += out->wrong[n];
	out->loss = sum / divisor;
	for (size_t k = 0; k < K; k++) {
		double right = 0, pairs = 0;
		for (size_t i = 0; i < SAMPLES * P; i++)
			for (size_t j = 0; j < SAMPLES * P; j++) {
				float one = score[(i / P * K + k) * P + i % P], other = score[(j / P * K + k) * P + j % P];
				if (dataset_classes(set)[i] != k || dataset_classes(set)[j] == k)
					continue;
				right += one > other ? 1 : one == other ? 0.5 : 0;
				pairs++;
			}
		out->auc[k] = right / pairs;
	}
}

static void evaluation_counts_positions(void **state)
{
	(void)state;
	static float score[SAMPLES * K * P];
	struct model *model = model_of(text);
	struct dataset set;
	struct predictor predictor;
	struct counts wanted;
	struct err err = {0};
	for (size_t m = 0; m < 2; m++)
		model->normalization.deviation[m] = 100 + 20 * (double)m;
	set_make(&set, model);
	assert_int_equal(predictor_open(&predictor, kernels, model, &err), 0);
	predictor_run(&predictor, SAMPLES, set.array[DATA_INPUTS].bytes, score);
	predictor_close(&predictor);
	counts_make(&set, score, &wanted);
	assert_true(wanted.errors > SAMPLES && wanted.top_errors > 0 && wanted.top_errors < wanted.errors);
	for (size_t count = 1; count <= 3; count += 2) {
		struct threads *threads;
		assert_int_equal(threads_open(&threads, count, &err), 0);
		int64_t guess[SAMPLES];
		double area[K];
		struct evaluation e = {.confusion = &model->confusion, .set = "test", .top = TOP, .guess = guess, .auc = area};
		confusion_clear(&model->confusion);
		assert_int_equal(evaluate(comm, kernels, threads, model, &set, &e, &err), 0);
		assert_int_equal(e.samples, SAMPLES);
		assert_int_equal(e.errors, wanted.errors);
		assert_int_equal(e.top_errors, wanted.top_errors);
		assert_true(totals_measure(&e.totals, &model->net->task) == (double)wanted.errors / (SAMPLES * P));
		assert_true(fabs(e.loss - wanted.loss) < 1e-6);
		assert_memory_equal(model->confusion.cell, wanted.cell, sizeof wanted.cell);
		for (size_t n = 0; n < SAMPLES; n++)
			assert_int_equal(evaluation_wrong(&e, n), wanted.wrong[n]);
		for (size_t k = 0; k < K; k++)
			assert_true(fabs(area[k] - wanted.auc[k]) < 1e-12);
		threads_close(threads);
	}
	dataset_free(&set);
	model_destroy(model);
}

/* Balanced weights follow from all positions of the training samples. */
static void classes_of_positions_are_tallied(void **state)
{
	(void)state;
	struct model *model = model_of(text);
	struct dataset set;
	size_t count[K] = {0}, wanted[K] = {0};
	set_make(&set, model);
	for (size_t n = 0; n < SAMPLES; n++)
		dataset_tally(&set, n, count);
	for (size_t i = 0; i < SAMPLES * P; i++)
		wanted[dataset_classes(&set)[i]]++;
	assert_memory_equal(count, wanted, sizeof count);
	dataset_free(&set);
	model_destroy(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evaluation_counts_positions),
		cmocka_unit_test(classes_of_positions_are_tallied),
	};
	return cmocka_run_group_tests_name("maps", tests, runs_open, runs_close);
}
