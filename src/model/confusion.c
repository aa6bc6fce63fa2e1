/* Which classes are taken for which: the matrix of a few classes, the sums and the most confused pairs of many. */
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void confusion_clear(struct confusion *c)
{
	if (c->cell != NULL)
		memset(c->cell, 0, c->classes * c->classes * sizeof *c->cell);
	if (c->tally != NULL)
		memset(c->tally, 0, c->classes * sizeof *c->tally);
	if (c->pair != NULL)
		memset(c->pair, 0, CONFUSED_PAIRS * sizeof *c->pair);
	confusion_forget(c);
}

void confusion_forget(struct confusion *c)
{
	free(c->all);
	c->all = NULL;
	c->pairs = 0;
}

static int order_of_pairs(const void *one, const void *other)
{
	const struct confused *a = one, *b = other;
	if (a->is != b->is)
		return a->is < b->is ? -1 : 1;
	return a->guess < b->guess ? -1 : a->guess > b->guess;
}

/* Puts a pair into a list of the largest, the first among equals first. */
static void pair_insert(struct confused *list, size_t most, struct confused pair)
{
	for (size_t i = 0; i < most; i++)
		if (pair.samples > list[i].samples) {
			struct confused next = list[i];
			list[i] = pair;
			pair = next;
		}
}

int confusion_add(struct confusion *c, size_t count, const struct confused *pair, struct err *err)
{
	if (c->cell != NULL) {
		for (size_t i = 0; i < count; i++)
			c->cell[(size_t)pair[i].is * c->classes + (size_t)pair[i].guess] += pair[i].samples;
		return 0;
	}
	struct confused *all = memory_zeroed(c->pairs + count, sizeof *all, err);
	size_t used = c->pairs, pairs = 0;
	if (all == NULL)
		return -1;
	if (used > 0)
		memcpy(all, c->all, used * sizeof *all);
	for (size_t i = 0; i < count; i++) {
		c->tally[pair[i].is].samples += pair[i].samples;
		c->tally[pair[i].guess].guesses += pair[i].samples;
		if (pair[i].is == pair[i].guess)
			c->tally[pair[i].is].hits += pair[i].samples;
		else
			all[used++] = pair[i];
	}
	qsort(all, used, sizeof *all, order_of_pairs);
	for (size_t i = 0; i < used; i++) {
		if (pairs > 0 && order_of_pairs(&all[pairs - 1], &all[i]) == 0)
			all[pairs - 1].samples += all[i].samples;
		else
			all[pairs++] = all[i];
	}
	confusion_forget(c);
	c->all = all;
	c->pairs = pairs;
	memset(c->pair, 0, CONFUSED_PAIRS * sizeof *c->pair);
	for (size_t i = 0; i < pairs; i++)
		pair_insert(c->pair, CONFUSED_PAIRS, all[i]);
	return 0;
}

struct class_tally confusion_tally(const struct confusion *c, size_t class)
{
	if (c->cell == NULL)
		return c->tally[class];
	struct class_tally tally = {.hits = c->cell[class * c->classes + class]};
	for (size_t k = 0; k < c->classes; k++) {
		tally.samples += c->cell[class * c->classes + k];
		tally.guesses += c->cell[k * c->classes + class];
	}
	return tally;
}

struct label_measures class_measures(const struct class_tally *tally)
{
	struct label_measures measures = label_measures(&(struct label_sums){
		.true_positive = tally->hits,
		.false_positive = tally->guesses - tally->hits,
		.false_negative = tally->samples - tally->hits,
	});
	measures.error = NAN;
	return measures;
}

size_t confusion_pairs(const struct confusion *c, size_t most, struct confused *out)
{
	size_t found = 0;
	most = most < CONFUSED_PAIRS ? most : CONFUSED_PAIRS;
	memset(out, 0, most * sizeof *out);
	for (size_t i = 0; c->cell == NULL && i < most; i++)
		out[i] = c->pair[i];
	for (size_t i = 0; c->cell != NULL && i < c->classes * c->classes; i++)
		if (i / c->classes != i % c->classes)
			pair_insert(out, most, (struct confused){(int64_t)(i / c->classes), (int64_t)(i % c->classes), c->cell[i]});
	while (found < most && out[found].samples > 0)
		found++;
	return found;
}
