/* Looking up keys of the job file, and their words. */
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
