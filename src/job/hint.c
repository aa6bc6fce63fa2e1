/* The hint for a mistyped key or word: the nearest known word, or all known words. */
#include "job.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Words that other programs have for what a job says in its own. */
static const struct {
	const char *typed, *word, *note;
} aliases[] = {
	{"lr", "rate", ""}, {"learning_rate", "rate", ""}, {"learning-rate", "rate", ""}, {"batch_size", "batch", ""},
	{"weight_decay", "decay", ""}, {"conv", "convolution", ""}, {"conv2d", "convolution", ""}, {"dense", "full", ""},
	{"linear", "full", ""}, {"maxpool", "pooling", ", with method: max"}, {"avgpool", "pooling", ", with method: mean"},
	{"filters", "maps", ""}, {"channels", "maps", ""}, {"kernel_size", "kernel", ""}, {"neurons", "units", ""},
	{"softmax", "linear", ", with loss: softmax-cross-entropy"},
};

void hint_begin(struct hint *hint, const char *lead, const char *typed, size_t length)
{
	*hint = (struct hint){.suggestion = {.typed = typed, .length = length}, .note = ""};
	snprintf(hint->text, HINT, ", %s: ", lead);
}

void hint_add(struct hint *hint, const char *word)
{
	size_t end = strlen(hint->text);
	snprintf(hint->text + end, HINT - end, "%s%s", hint->used++ > 0 ? ", " : "", word);
	suggestion_offer(&hint->suggestion, word);
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
		if (strcmp(aliases[i].word, word) == 0 && strlen(aliases[i].typed) == hint->suggestion.length &&
		    strncasecmp(aliases[i].typed, hint->suggestion.typed, hint->suggestion.length) == 0) {
			hint->suggestion.word = word;
			hint->suggestion.distance = 0;
			hint->note = aliases[i].note;
		}
	}
}

void hint_add_keys(struct hint *hint, const struct key *rows)
{
	for (; rows->name != NULL; rows++)
		if (rows->type != KEY_GONE)
			hint_add(hint, rows->name);
}

void hint_add_words(struct hint *hint, const struct key_word *words)
{
	for (; words->name != NULL; words++)
		hint_add(hint, words->name);
}

void hint_add_types(struct hint *hint, const struct key *row)
{
	struct key_variant variant;
	for (size_t i = 0; row->variant(i, &variant); i++)
		hint_add(hint, variant.name);
}

const char *hint_end(struct hint *hint)
{
	if (hint->suggestion.word != NULL)
		snprintf(hint->text, HINT, "; did you mean '%s'%s?", hint->suggestion.word, hint->note);
	return hint->text;
}
