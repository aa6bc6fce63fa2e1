/* tree: a job text as libyaml's nodes, each with its place. Private to the room job. */
#ifndef CONVOY_JOB_TREE_H
#define CONVOY_JOB_TREE_H

#include <convoy/job.h>

#include <yaml.h>

struct tree {
	const char *source, *text; /* borrowed */
	size_t length;             /* bytes of text */
	yaml_document_t document;
};

/* Parses one YAML document whose root is a mapping. EX_CONFIG, with the place, for syntax errors, aliases, anchors,
 * tags, NUL in a scalar, a second document, nesting deeper than any job's, more than JOB_BYTES. Keeps pointers to
 * `source` and `text`. */
int tree_load(struct tree *tree, const char *source, const char *text, struct err *err);
void tree_free(struct tree *tree);

const yaml_node_t *tree_root(const struct tree *tree);
const yaml_node_t *tree_node(const struct tree *tree, int index);

/* Returns a scalar's text, or NULL if the node is not a scalar. tree_load made sure that it holds no NUL. */
const char *node_text(const yaml_node_t *node);

/* Returns the value of a mapping at the key that is the first `length` bytes of `key`, or NULL. Of equal keys it takes
 * the last. */
const yaml_node_t *tree_value(const struct tree *tree, const yaml_node_t *mapping, const char *key, size_t length);

/* One step of a path such as layers[2].kernel: a key, or a position in a list. */
struct step {
	const char *key; /* NULL: a position */
	size_t length, index;
};

/* Takes the first step off *path. Returns false if the path is malformed. */
bool path_step(const char **path, struct step *step);

/* Returns the child that a step leads to, or NULL. */
const yaml_node_t *tree_child(const struct tree *tree, const yaml_node_t *node, const struct step *step);

/* Returns the node at `path` from the root, or NULL. */
const yaml_node_t *tree_find(const struct tree *tree, const char *path);

/* Return the byte offsets of a node's text: of its first byte, and after its last byte of content (without comments and
 * blanks). */
size_t tree_start(const struct tree *tree, const yaml_node_t *node);
size_t tree_end(const struct tree *tree, const yaml_node_t *node);

/* Sets EX_CONFIG with the node's place before the message. Always returns −1. */
int tree_error(const struct tree *tree, const yaml_node_t *node, struct err *err, const char *format, ...)
	CONVOY_PRINTF(4, 5);

/* Writes `text` for an error line: cuts a long one, and puts '?' for control characters. Returns `out`. */
enum { SHOWN = 64 };
const char *text_shown(char out[SHOWN], const char *text, size_t length);

/* Reads a whole number below 2^63. Returns false unless the text is digits without a leading zero. */
bool whole_number(const char *text, uint64_t *number);

#endif
