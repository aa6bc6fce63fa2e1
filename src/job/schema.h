/* schema: the keys of a job file, their words, limits and places in struct job. Private to the room job. */
#ifndef CONVOY_JOB_SCHEMA_H
#define CONVOY_JOB_SCHEMA_H

#include <convoy/job.h>

#include <cyaml/cyaml.h>

extern const cyaml_schema_value_t job_schema;

/* libcyaml knows one kind of layer that may hold every key; which keys belong to which type is said here. */
struct layer_keys {
	const char *type;
	const cyaml_schema_field_t *fields;
};
const struct layer_keys *layer_keys_named(const char *type);
bool schema_is_layer(const cyaml_schema_value_t *schema);

const cyaml_schema_field_t *field_named(const cyaml_schema_field_t *fields, const char *key, size_t length);

/* What to say of a key or word that is unknown: "; did you mean 'rate'?", or `lead` ("one of") and what is known,
 * ", one of: epochs, batch, …". Returns `out`. */
enum { HINT = 448 };
const char *key_hint(const cyaml_schema_field_t *fields, const char *typed, size_t length, const char *lead,
                     char out[HINT]);
const char *word_hint(const cyaml_strval_t *words, uint32_t count, const char *typed, char out[HINT]);
const char *type_hint(const char *typed, char out[HINT]); /* of layers */

static inline bool field_optional(const cyaml_schema_field_t *field)
{
	return (field->value.flags & CYAML_FLAG_OPTIONAL) != 0;
}

/* The numbers that a key may have: least ≤ x ≤ most, `above` and `below` where the end itself is excluded. `path` has
 * empty brackets for every position: "layers[].kernel". */
struct limit {
	const char *path;
	double least, most;
	bool above, below;
};
const struct limit *limit_of(const char *path);

enum { JOB_UNITS = 65536 }; /* most maps of a layer */

/* The words of layers[].connections, which may also be a list of lists and is therefore read by hand. */
enum { CONNECTION_WORDS = 4 };
extern const cyaml_strval_t connection_words[CONNECTION_WORDS];

#endif
