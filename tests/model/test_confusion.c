/* Which classes are taken for which: a matrix and the sums of many classes say the same of the same samples, and what a
 * plain count says. */
#include <convoy/model.h>

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { CLASSES = 20, SAMPLES = 3000, PARTS = 3, MANY = 1000 };

/* Samples of classes 0 … CLASSES−1, some of the pairs far more often than others. */
static void samples_draw(struct confused pair[SAMPLES])
{
	for (size_t i = 0; i < SAMPLES; i++) {
		uint64_t a = random_below(3, RANDOM_CHECK, 0, i, CLASSES), b = random_below(3, RANDOM_CHECK, 1, i, CLASSES);
		pair[i] = (struct confused){(int64_t)a, (int64_t)(b % (a + 1)), 1};
	}
}

static struct confusion confusion_made(size_t classes)
{
	struct err err = {0};
	struct confusion c = {.classes = classes};
	if (classes <= CONFUSION_CLASSES) {
		c.cell = memory_zeroed(classes * classes, sizeof *c.cell, &err);
	} else {
		c.tally = memory_zeroed(classes, sizeof *c.tally, &err);
		c.pair = memory_zeroed(CONFUSED_PAIRS, sizeof *c.pair, &err);
	}
	assert_int_equal(err.code, 0);
	return c;
}

static void confusion_end(struct confusion *c)
{
	confusion_forget(c);
	free(c->cell);
	free(c->tally);
	free(c->pair);
}

static void samples_add(struct confusion *c, const struct confused *pair, size_t pieces)
{
	struct err err = {0};
	for (size_t p = 0; p < pieces; p++)
		assert_int_equal(confusion_add(c, SAMPLES / pieces, pair + p * (SAMPLES / pieces), &err), 0);
}

static void many_classes_count_as_a_matrix_does(void **state)
{
	(void)state;
	static struct confused pair[SAMPLES];
	struct confusion few = confusion_made(CLASSES), many = confusion_made(MANY), pieces = confusion_made(MANY);
	struct confused list[3][CONFUSED_PAIRS];
	samples_draw(pair);
	samples_add(&few, pair, 1);
	samples_add(&many, pair, 1);
	samples_add(&pieces, pair, PARTS);
	for (size_t k = 0; k < CLASSES; k++) {
		struct class_tally plain = {0}, told;
		for (size_t i = 0; i < SAMPLES; i++) {
			plain.samples += pair[i].is == (int64_t)k;
			plain.guesses += pair[i].guess == (int64_t)k;
			plain.hits += pair[i].is == (int64_t)k && pair[i].guess == (int64_t)k;
		}
		told = confusion_tally(&few, k);
		assert_memory_equal(&told, &plain, sizeof plain);
		told = confusion_tally(&many, k);
		assert_memory_equal(&told, &plain, sizeof plain);
		told = confusion_tally(&pieces, k);
		assert_memory_equal(&told, &plain, sizeof plain);
	}
	const struct confusion *each[] = {&few, &many, &pieces};
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(confusion_pairs(each[i], CONFUSED_PAIRS, list[i]), CONFUSED_PAIRS);
	assert_memory_equal(list[0], list[1], sizeof list[0]);
	assert_memory_equal(list[0], list[2], sizeof list[0]);
	for (size_t i = 0; i < CONFUSED_PAIRS; i++) {
		int64_t samples = 0;
		for (size_t s = 0; s < SAMPLES; s++)
			samples += pair[s].is == list[0][i].is && pair[s].guess == list[0][i].guess;
		assert_int_equal(list[0][i].samples, samples);
		assert_true(list[0][i].is != list[0][i].guess);
		assert_true(i == 0 || list[0][i].samples <= list[0][i - 1].samples);
	}
	confusion_end(&few);
	confusion_end(&many);
	confusion_end(&pieces);
}

static void nothing_is_left(void **state)
{
	(void)state;
	static struct confused pair[SAMPLES];
	struct confused list[1];
	samples_draw(pair);
	for (size_t classes = CLASSES; classes <= MANY; classes += MANY - CLASSES) {
		struct confusion c = confusion_made(classes);
		samples_add(&c, pair, 1);
		assert_int_equal(confusion_pairs(&c, 1, list), 1);
		confusion_clear(&c);
		assert_int_equal(confusion_pairs(&c, 1, list), 0);
		for (size_t k = 0; k < CLASSES; k++)
			assert_int_equal(confusion_tally(&c, k).samples, 0);
		samples_add(&c, pair, 1); /* … as on the first day */
		assert_int_equal(confusion_tally(&c, 0).guesses > 0, 1);
		confusion_end(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_classes_count_as_a_matrix_does),
		cmocka_unit_test(nothing_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
