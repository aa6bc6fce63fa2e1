/* The hint for a mistyped key or word: the nearest known word, or all known words. */
#include "job.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void hint_begin(struct hint *hint, const char *lead, const char *typed, size_t length)
{
	*hint = (struct hint){.suggestion = {.typed = typed, .length = length}, .note = ""};
	snprintf(hint->text, HINT, ", %s: ", lead);
}

void hint_add(struct hint *hint, const char *word, const struct key_alias *alias)
{
	size_t end = strlen(hint->text);
	snprintf(hint->text + end, HINT - end, "%s%s", hint->used++ > 0 ? ", " : "", word);
	suggestion_offer(&hint->suggestion, word);
	for (; alias != NULL && alias->typed != NULL; alias++) {
		if (strcmp(alias->word, word) == 0 && strlen(alias->typed) == hint->suggestion.length &&
		    strncasecmp(alias->typed, hint->suggestion.typed, hint->suggestion.length) == 0) {
			hint->suggestion.word = word;
			hint->suggestion.distance = 0;
			hint->note = alias->note;
		}
	}
}

void hint_add_keys(struct hint *hint, const struct key *rows)
{
	for (; rows->name != NULL; rows++)
		if (rows->type != KEY_GONE)
			hint_add(hint, rows->name, rows->aliases);
}

void hint_add_words(struct hint *hint, const struct key *row)
{
	for (const struct key_word *word = row->words; word->name != NULL; word++)
		hint_add(hint, word->name, row->aliases);
}

void hint_add_types(struct hint *hint, const struct key *row)
{
	struct key_variant variant;
	for (size_t i = 0; row->variant(i, &variant); i++)
		hint_add(hint, variant.name, variant.aliases);
}

const char *hint_end(struct hint *hint)
{
	if (hint->suggestion.word != NULL)
		snprintf(hint->text, HINT, "; did you mean '%s'%s?", hint->suggestion.word, hint->note);
	return hint->text;
}
