/* schema: the rows of the job file's keys. Private to the room job. */
#ifndef CONVOY_JOB_SCHEMA_H
#define CONVOY_JOB_SCHEMA_H

#include <convoy/job.h>

/* Finds the variant named `type` of a row of variants; false where there is none. */
bool variant_named(const struct key *row, const char *type, struct key_variant *out);

/* What to say of a key or word that is unknown: "; did you mean 'rate'?", or `lead` ("one of") and what is known,
 * ", one of: epochs, batch, …". Begin, add all that is known, end. */
enum { HINT = 448 };
struct hint {
	char text[HINT];
	size_t used;
	struct suggestion suggestion;
	const char *note; /* what is said beside the word that was meant */
};
void hint_begin(struct hint *hint, const char *lead, const char *typed, size_t length);
void hint_add(struct hint *hint, const char *word);
void hint_add_keys(struct hint *hint, const struct key *rows);
void hint_add_words(struct hint *hint, const struct key_word *words);
void hint_add_types(struct hint *hint, const struct key *row); /* names of variants */
const char *hint_end(struct hint *hint);

#endif
