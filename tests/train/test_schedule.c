/* Learning rates and penalty weights, against their formulas in long double with libm. */
#include <convoy/train.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "jobs.h"

enum { EPOCHS = 9, STEPS = 14 };

static const long double pi = 3.141592653589793238462643383279502884L;

static struct job *job_with(const char *words)
{
	char text[2048];
	snprintf(text, sizeof text, JOB_HEAD("data") LAYERS_ALL "train: {epochs: %d, batch: 16, rate: 0.03, %s}\n", EPOCHS,
	         words);
	return job_of(text);
}

/* The schedule after its warm-up, straight from its description. */
static long double formula(const struct job *job, uint64_t step)
{
	long double rate = job->train.rate, factor = job->train.factor, at = step;
	switch (job->train.schedule) {
	case SCHEDULE_STEP:
		return rate * powl(factor, floorl(at / (job->train.every * (long double)STEPS)));
	case SCHEDULE_EXPONENTIAL:
		return rate * powl(factor, floorl(at / STEPS));
	case SCHEDULE_COSINE: {
		long double warm = job->train.warmup * STEPS, done = (at - warm) / (EPOCHS * STEPS - warm);
		long double low = job->train.minimum;
		return rate * (low + (1 - low) * (1 + cosl(pi * done)) / 2);
	}
	default:
		return rate;
	}
}

static const char *const words[] = {
	"seed: 1",
	"schedule: constant, warmup: 2",
	"schedule: step, factor: 0.1, every: 3",
	"schedule: step, factor: 0.5, every: 0.5",
	"schedule: step, factor: 0.7, every: 2.25, warmup: 3.5",
	"schedule: exponential, factor: 0.8",
	"schedule: exponential, factor: 0.95, warmup: 0.3",
	"schedule: cosine",
	"schedule: cosine, minimum: 0.01",
	"schedule: cosine, minimum: 0.25, warmup: 1.5",
};
enum { WORDS = sizeof words / sizeof *words };

static void rates_follow_their_formulas(void **state)
{
	(void)state;
	for (size_t i = 0; i < WORDS; i++) {
		struct job *job = job_with(words[i]);
		long double warm = job->train.warmup * STEPS;
		for (uint64_t step = 0; step < EPOCHS * STEPS; step++) {
			long double expected = step < warm ? job->train.rate * (step + 1.0L) / (warm + 1) : formula(job, step);
			double rate = schedule_rate(job, step, STEPS);
			assert_true(rate >= 0 && rate <= job->train.rate);
			assert_true(fabsl(rate - expected) <= 1e-14L * job->train.rate);
		}
		job_destroy(job);
	}
}

/* The warm-up ends in the rate itself, and the first step already moves. */
static void warm_up_grows_to_the_rate(void **state)
{
	(void)state;
	struct job *job = job_with("schedule: cosine, warmup: 2");
	assert_true(schedule_rate(job, 0, STEPS) > 0);
	for (uint64_t step = 0; step < 2 * STEPS; step++) {
		double now = schedule_rate(job, step, STEPS), next = schedule_rate(job, step + 1, STEPS);
		assert_true(fabs(next - now - job->train.rate / (2 * STEPS + 1)) < 1e-15);
	}
	assert_true(schedule_rate(job, 2 * STEPS, STEPS) == job->train.rate);
	assert_true(schedule_rate(job, 2 * STEPS + 1, STEPS) < job->train.rate);
	job_destroy(job);
}

static void cosine_ends_at_its_minimum(void **state)
{
	(void)state;
	struct job *job = job_with("schedule: cosine, minimum: 0.125");
	double first = schedule_rate(job, 0, STEPS), last = schedule_rate(job, EPOCHS * STEPS, STEPS);
	assert_true(first == job->train.rate);
	assert_true(fabs(last - 0.125 * job->train.rate) < 1e-16);
	/* A run that is made longer later must not find the rate rising again. */
	assert_true(schedule_rate(job, 2 * EPOCHS * STEPS, STEPS) == last);
	assert_true(schedule_rate(job, 1000 * EPOCHS * STEPS, STEPS) == last);
	job_destroy(job);
}

/* Steps fall at the joint itself, not one update later. */
static void steps_fall_at_their_joints(void **state)
{
	(void)state;
	struct job *job = job_with("schedule: step, factor: 0.5, every: 3");
	assert_true(schedule_rate(job, 3 * STEPS - 1, STEPS) == 0.03);
	assert_true(schedule_rate(job, 3 * STEPS, STEPS) == 0.015);
	assert_true(schedule_rate(job, 6 * STEPS - 1, STEPS) == 0.015);
	assert_true(schedule_rate(job, 6 * STEPS, STEPS) == 0.0075);
	job_destroy(job);
	job = job_with("schedule: exponential, factor: 0.5");
	assert_true(schedule_rate(job, STEPS - 1, STEPS) == 0.03);
	assert_true(schedule_rate(job, STEPS, STEPS) == 0.015);
	job_destroy(job);
}

/* A decimal of a job file: digits / 10^places. */
struct decimal {
	uint64_t digits;
	int places;
	char text[32];
};

static struct decimal decimal_make(uint64_t digits, int places)
{
	struct decimal d = {.digits = digits, .places = places};
	uint64_t ten = 1;
	for (int i = 0; i < places; i++)
		ten *= 10;
	snprintf(d.text, sizeof d.text, "%llu.%0*llu", (unsigned long long)(digits / ten), places > 0 ? places : 1,
	         (unsigned long long)(digits % ten));
	return d;
}

/* ⌊step / (d · steps)⌋ as a quotient of whole numbers: no number here has a point. */
static uint64_t spans_of(const struct decimal *d, uint64_t step, uint64_t steps)
{
	uint64_t over = step, under = d->digits * steps;
	for (int i = 0; i < d->places; i++)
		over *= 10;
	return over / under;
}

/* At each step of a run, for many fractions of an epoch and lengths of one; the first step of each span too. */
static void spans_are_whole_numbers_of_decimals(void **state)
{
	(void)state;
	static const uint64_t lengths[] = {1, 2, 3, 6, 7, 10, 14, 60, 97, 100, 469, 938, 1000};
	for (int places = 0; places <= 4; places++)
		for (uint64_t digits = 1; digits <= 700; digits += digits < 120 ? 1 : 29)
			for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
				const struct decimal every = decimal_make(digits, places);
				double span = strtod(every.text, NULL);
				uint64_t steps = lengths[l], stride = 1 + digits * steps / 300;
				for (uint64_t step = 0; step < 60 * stride; step += stride)
					if (schedule_spans(span, step, steps) != spans_of(&every, step, steps))
						fail_msg("every %s, %llu steps an epoch: %llu after step %llu", every.text,
						         (unsigned long long)steps, (unsigned long long)schedule_spans(span, step, steps),
						         (unsigned long long)step);
				for (uint64_t k = 1; k < 40; k++) {
					uint64_t first = 0, ten = 1;
					for (int i = 0; i < places; i++)
						ten *= 10;
					first = (k * digits * steps + ten - 1) / ten; /* the least that is not below */
					assert_int_equal(schedule_spans(span, first, steps), spans_of(&every, first, steps));
					assert_true(first == 0 || schedule_spans(span, first - 1, steps) < k);
				}
			}
	assert_true(schedule_spans(1e-300, 1, 1) == UINT64_MAX);
	assert_true(schedule_spans(1e6, (uint64_t)1 << 60, (uint64_t)1 << 40) == ((uint64_t)1 << 20) / 1000000);
	assert_true(schedule_spans(1e300, UINT64_MAX, 1) == 0);
}

/* The rate of a run follows them: a fall on the step where the span is over, a warm-up that ends where it says. */
static void fractions_of_an_epoch_end_on_their_step(void **state)
{
	(void)state;
	struct job *job = job_with("schedule: step, factor: 0.5, every: 0.1");
	for (uint64_t step = 0; step < 30; step++) /* 6 steps an epoch: 5 falls every 3 steps */
		assert_true(schedule_rate(job, step, 6) == ldexp(0.03, -(int)(10 * step / 6)));
	job_destroy(job);
	for (uint64_t digits = 1; digits <= 60; digits++) {
		const struct decimal warmup = decimal_make(digits, 2);
		char keys[96];
		snprintf(keys, sizeof keys, "schedule: step, factor: 0.5, every: %s, warmup: %s", warmup.text, warmup.text);
		job = job_with(keys);
		assert_true(schedule_rate(job, digits, 100) == 0.015); /* the first step after the warm-up is a fall, too */
		assert_true(digits == 1 || schedule_rate(job, digits - 1, 100) > 0.015);
		job_destroy(job);
	}
}

/* Far out, and with the smallest numbers that a job file can hold, a rate is still a rate. */
static void extremes_stay_rates(void **state)
{
	(void)state;
	static const char *const extreme[] = {
		"schedule: step, factor: 0.5, every: 1e-300", "schedule: step, factor: 1, every: 1e-300",
		"schedule: exponential, factor: 1e-300", "schedule: cosine, warmup: 1e6", "schedule: cosine, warmup: 1e-300",
		"schedule: cosine, warmup: 9", "schedule: step, factor: 0.9, every: 1e6",
	};
	static const uint64_t steps[] = {1, STEPS, (uint64_t)1 << 40};
	for (size_t i = 0; i < sizeof extreme / sizeof *extreme; i++) {
		struct job *job = job_with(extreme[i]);
		for (size_t s = 0; s < 3; s++)
			for (uint64_t step = 0; step < (uint64_t)1 << 53; step = 3 * step + 1) {
				double rate = schedule_rate(job, step, steps[s]);
				assert_true(rate >= 0 && rate <= 0.03);
			}
		job_destroy(job);
	}
	struct job *job = job_with("schedule: step, factor: 1, every: 1e-300");
	assert_true(schedule_rate(job, 1, STEPS) == 0.03);
	job_destroy(job);
	job = job_with("schedule: step, factor: 0.5, every: 1e-300");
	assert_true(schedule_rate(job, 1, STEPS) == 0);
	job_destroy(job);
}

static void penalty_weight_grows_over_its_warm_up(void **state)
{
	(void)state;
	const struct layer plain = {.lambda = 0.25}, warm = {.lambda = 0.25, .warmup = 2.5};
	for (uint64_t step = 0; step < EPOCHS * STEPS; step++) {
		assert_true(schedule_lambda(&plain, step, STEPS) == 0.25);
		long double done = (long double)step / (2.5L * STEPS);
		double lambda = schedule_lambda(&warm, step, STEPS);
		assert_true(fabsl(lambda - 0.25L * (done < 1 ? done : 1)) < 1e-16L);
		assert_true(lambda >= 0 && lambda <= 0.25);
	}
	assert_true(schedule_lambda(&warm, 0, STEPS) == 0);
	assert_true(schedule_lambda(&warm, 35, STEPS) == 0.25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_follow_their_formulas),
		cmocka_unit_test(warm_up_grows_to_the_rate),
		cmocka_unit_test(cosine_ends_at_its_minimum),
		cmocka_unit_test(steps_fall_at_their_joints),
		cmocka_unit_test(spans_are_whole_numbers_of_decimals),
		cmocka_unit_test(fractions_of_an_epoch_end_on_their_step),
		cmocka_unit_test(extremes_stay_rates),
		cmocka_unit_test(penalty_weight_grows_over_its_warm_up),
	};
	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
