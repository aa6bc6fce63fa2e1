/* Keys of the job file: looking them up, their words, their defaults. */
#include <convoy/base.h>

#include <string.h>

const struct key *key_named(const struct key *rows, const char *name, size_t length)
{
	for (; rows->name != NULL; rows++)
		if (strncmp(rows->name, name, length) == 0 && rows->name[length] == 0)
			return rows;
	return NULL;
}

const char *key_word_name(const struct key_word *words, unsigned value)
{
	for (; words->name != NULL; words++)
		if (words->value == value)
			return words->name;
	return "";
}

bool key_word_value(const struct key_word *words, const char *name, unsigned *value)
{
	for (; words->name != NULL; words++)
		if (strcmp(words->name, name) == 0) {
			*value = words->value;
			return true;
		}
	return false;
}

void keys_preset(const struct key *rows, void *structure)
{
	for (; rows->name != NULL; rows++) {
		void *at = (char *)structure + rows->at;
		uint64_t whole = (uint64_t)rows->preset;
		unsigned word = (unsigned)rows->preset;
		if (rows->type == KEY_MAPPING)
			keys_preset(rows->rows, structure);
		else if (rows->type == KEY_WHOLE)
			memcpy(at, &whole, sizeof whole);
		else if (rows->type == KEY_SIDES)
			memcpy(at, &(struct sides){whole, whole}, sizeof(struct sides));
		else if (rows->type == KEY_REAL)
			memcpy(at, &rows->preset, sizeof rows->preset);
		else if (rows->type == KEY_TRUTH)
			*(bool *)at = rows->preset != 0;
		else if (rows->type == KEY_WORD)
			memcpy(at, &word, sizeof word);
	}
}
