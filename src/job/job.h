/* What the files of this room share: the rows of keys, and from the tree of a text to struct job, along the rows. */
#ifndef CONVOY_JOB_JOB_H
#define CONVOY_JOB_JOB_H

#include "tree.h"

#include <convoy/job.h>

/* ---- Rows (schema.c, hint.c) ------------------------------------------------------------------------------------- */

/* Finds the variant named `type` of a row of variants; false where there is none. */
bool variant_named(const struct key *row, const char *type, struct key_variant *out);

/* Makes the hint for an unknown key or word: "; did you mean 'rate'?", or `lead` ("one of") with the known words, ",
 * one of: epochs, batch, …". Call hint_begin, then hint_add… for all known words, then hint_end. */
enum { HINT = 448 };
struct hint {
	char text[HINT];
	size_t used;
	struct suggestion suggestion;
	const char *note; /* text after the word that was meant */
};
void hint_begin(struct hint *hint, const char *lead, const char *typed, size_t length);
void hint_add(struct hint *hint, const char *word, const struct key_alias *aliases);
void hint_add_keys(struct hint *hint, const struct key *rows);
void hint_add_words(struct hint *hint, const struct key *row);
void hint_add_types(struct hint *hint, const struct key *row); /* names of variants */
const char *hint_end(struct hint *hint);

/* ---- Reading (read.c, data.c, output.c, connections.c) ----------------------------------------------------------- */

/* Fills `job`, which is all 0, from the text and with defaults. EX_CONFIG has the place of the first fault: unknown,
 * repeated and missing keys, wrong kinds and words, numbers outside their limits. job_destroy frees `job` also after a
 * failure. */
int keys_read(const struct tree *tree, struct job *job, struct err *err);

/* Finds the place of the job's data and the paths of their arrays, and checks what keys say to each other: EX_CONFIG
 * with the place. */
int data_check(struct job *job, const struct tree *tree, struct err *err);

/* Finds the job's task, and checks what other keys say to it: EX_CONFIG with the place. */
int output_check(struct job *job, const struct tree *tree, struct err *err);

/* Reads "full" … "triples", or [[0, 1], [1, 2], …], per output map its input maps, ascending, into the structure `base`
 * of a row of KEY_LISTS. `path` for messages. */
int connections_read(const struct tree *tree, const yaml_node_t *node, const struct key *row, const char *path,
                     void *base, struct err *err);

/* Reads the value of a row of KEY_SIDES into the structure at `base`. `path` for messages. */
int sides_read(const struct tree *tree, const yaml_node_t *node, const struct key *row, const char *path, void *base,
               struct err *err);

/* Puts "SOURCE:LINE:COLUMN: " before the text of an error that is set: the place of the node at `path`, or at `above`
 * if there is none. Always returns −1. */
int place_prefix(const struct job *job, const char *path, const char *above, struct err *err);

#endif
