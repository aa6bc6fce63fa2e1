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
const char *layer_keys_types(char *out, size_t size); /* "convolution, subsampling, …" */
bool schema_is_layer(const cyaml_schema_value_t *schema);

const cyaml_schema_field_t *field_named(const cyaml_schema_field_t *fields, const char *key, size_t length);
const char *fields_list(const cyaml_schema_field_t *fields, char *out, size_t size); /* "epochs, batch, …" */
const char *words_list(const cyaml_schema_value_t *schema, char *out, size_t size);

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
