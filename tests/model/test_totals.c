/* Sums over samples: the same in any order, exact, weighted; what is not finite is no sum. */
#include <convoy/model.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "train/jobs.h"

static const char job_text[] =
	"name: tiny\ndata: {format: idx, directory: data}\n"
	"input: {maps: 1, rows: 12, columns: 12}\noutput: {classes: 4}\n" LAYERS_ALL
	"train: {epochs: 3, batch: 48, rate: 0.05, seed: 5}\n";

enum { BLOCKS = 40 };

/* A model, and a way through its net whose outputs the tests write. */
struct scene {
	struct model *model;
	struct pass pass;
	float *y;
	struct verdict verdict;
};

static void scene_open(struct scene *s)
{
	struct err err = {0};
	s->model = model_of(job_text);
	assert_int_equal(pass_open(&s->pass, s->model->net, PASS_INSPECT, kernels_named("portable"), &err), 0);
	s->y = s->pass.map[s->model->net->layers];
}

static void scene_close(struct scene *s)
{
	pass_close(&s->pass);
	model_destroy(s->model);
}

/* Block b of a set whose last one is short; returns the samples. `turn`: the samples stand in other lanes. */
static size_t block_fill(struct scene *s, size_t b, size_t turn, bool weighted)
{
	size_t used = b + 1 < BLOCKS ? LANES : 5;
	s->pass.targets.count = used;
	for (size_t l = 0; l < LANES; l++) {
		size_t lane = used == LANES ? (l + turn) % LANES : l;
		s->pass.targets.class[lane] = l < used ? (int32_t)((b + l) % 4) : -1;
		s->pass.targets.weight[lane] = l >= used ? 0 : weighted ? (float)((b + 3 * l) % 5) * 0x1.2p-3f : 1;
		for (size_t k = 0; k < 4; k++)
			s->y[k * LANES + lane] =
				ldexpf((float)random_uniform(3, RANDOM_CHECK, b, 4 * l + k) - 0.5f, (int)(b * 7 % 30) - 24);
	}
	pass_loss(&s->pass, false, &s->verdict);
	return used;
}

static void order_and_grouping_leave_no_trace(void **state)
{
	(void)state;
	for (size_t weighted = 0; weighted < 2; weighted++) {
		struct scene s;
		struct totals forth = {.samples = 0}, back = forth, half[2] = {forth, forth}, block;
		double loss = 0, wrong = 0, weight = 0;
		scene_open(&s);
		for (size_t b = 0; b < BLOCKS; b++) {
			size_t used = block_fill(&s, b, 0, weighted == 1);
			assert_true(totals_block(&block, &s.pass, &s.verdict));
			assert_int_equal(block.samples, used);
			totals_add(&forth, &block);
			totals_add(&half[b % 2], &block);
			for (size_t l = 0; l < used; l++) {
				double own = (double)s.pass.targets.weight[l];
				loss += (double)s.verdict.loss[l];
				wrong += own * (s.verdict.guess[l] != s.pass.targets.class[l]);
				weight += own;
			}
		}
		for (size_t b = BLOCKS; b-- > 0;) {
			block_fill(&s, b, 3, weighted == 1);
			assert_true(totals_block(&block, &s.pass, &s.verdict));
			totals_add(&back, &block);
		}
		totals_add(&half[0], &half[1]);
		assert_memory_equal(&forth, &back, sizeof forth);
		assert_memory_equal(&forth, &half[0], sizeof forth);
		assert_int_equal(forth.samples, (BLOCKS - 1) * LANES + 5);
		assert_true((double)forth.weight * 0x1p-20 == weight);
		/* The plain sum of the losses rounds; those of the weights are of few bits. */
		assert_true(fabs(totals_loss(&forth) - loss / weight) <= 1e-12 * loss / weight);
		assert_true(totals_measure(&forth, &s.model->net->task) == wrong / weight);
		if (weighted == 0)
			assert_true(totals_measure(&forth, &s.model->net->task) == wrong / (double)forth.samples);
		scene_close(&s);
	}
}

static void small_and_huge_losses_are_exact(void **state)
{
	(void)state;
	struct scene s;
	struct totals totals = {.samples = 0}, block;
	scene_open(&s);
	block_fill(&s, 0, 0, false);
	static const float loss[] = {0x1p100f, 0x1p-149f, 0x1.fffffep127f, 3, 0x1p-60f}, one[4] = {1, 1, 1, 1};
	s.model->net->task.weight = one; /* no limit but that of floats */
	for (size_t i = 0; i < sizeof loss / sizeof *loss; i++) {
		memset(s.verdict.loss, 0, sizeof s.verdict.loss);
		s.verdict.loss[i] = loss[i];
		assert_true(totals_block(&block, &s.pass, &s.verdict));
		totals_add(&totals, &block);
	}
	for (size_t i = 0; i < sizeof loss / sizeof *loss; i += 2) { /* all but the small ones again, with the other sign */
		memset(s.verdict.loss, 0, sizeof s.verdict.loss);
		s.verdict.loss[i] = -loss[i];
		assert_true(totals_block(&block, &s.pass, &s.verdict));
		totals_add(&totals, &block);
	}
	assert_true(exact_value(EXACT_LIMBS, totals.loss) == 3);
	totals.loss[0] -= 1; /* the smallest denormal is 2^11 units */
	assert_true(exact_value(EXACT_LIMBS, totals.loss) == 3);
	assert_true(totals_loss(&totals) == 3 / (double)(8 * LANES));
	scene_close(&s);
}

static void endless_losses_are_no_sum(void **state)
{
	(void)state;
	struct scene s;
	struct totals block;
	scene_open(&s);
	block_fill(&s, 1, 0, false);
	static const float bad[] = {NAN, INFINITY, -INFINITY, 65536};
	for (size_t i = 0; i < LANES * 4; i++) {
		float before = s.verdict.loss[i % LANES];
		s.verdict.loss[i % LANES] = bad[i / LANES];
		assert_false(totals_block(&block, &s.pass, &s.verdict));
		s.verdict.loss[i % LANES] = before;
	}
	assert_true(totals_block(&block, &s.pass, &s.verdict));
	s.verdict.loss[3] = nextafterf(65536, 0);
	assert_true(totals_block(&block, &s.pass, &s.verdict));
	s.pass.targets.weight[3] = 4;
	s.verdict.loss[3] = 65536; /* four times 16,384 */
	assert_true(totals_block(&block, &s.pass, &s.verdict));
	/* Nothing was learned from: no weight, no mean. */
	assert_true(totals_loss(&(struct totals){.samples = 3}) == 0);
	assert_true(totals_measure(&(struct totals){.samples = 3}, &s.model->net->task) == 0);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_and_grouping_leave_no_trace),
		cmocka_unit_test(small_and_huge_losses_are_exact),
		cmocka_unit_test(endless_losses_are_no_sum),
	};
	return cmocka_run_group_tests_name("totals", tests, NULL, NULL);
}
