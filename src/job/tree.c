/* A job text as libyaml sees it: loading, refusing what no job needs, error lines with the place. */
#include "tree.h"

#include <stdio.h>
#include <string.h>

enum { DEPTH = 16 }; /* a job nests four deep */

const char *text_shown(char out[SHOWN], const char *text, size_t length)
{
	size_t n = 0;
	for (; n < length && n < SHOWN - 8; n++) {
		unsigned char byte = (unsigned char)text[n];
		out[n] = byte < 0x20 || byte == 0x7f ? '?' : (char)byte;
	}
	if (n < length) {
		n = text_whole(text, n);
		memcpy(out + n, "…", strlen("…"));
		n += strlen("…");
	}
	out[n] = 0;
	return out;
}

static int error_at(const struct tree *tree, yaml_mark_t mark, struct err *err, const char *format, va_list args)
{
	char text[sizeof err->text];
	vsnprintf(text, sizeof text, format, args);
	return err_set(err, EX_CONFIG, "%s:%zu:%zu: %s", tree->source, mark.line + 1, mark.column + 1, text);
}

int tree_error(const struct tree *tree, const yaml_node_t *node, struct err *err, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	error_at(tree, node->start_mark, err, format, args);
	va_end(args);
	return -1;
}

CONVOY_PRINTF(4, 5)
static int mark_error(const struct tree *tree, yaml_mark_t mark, struct err *err, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	error_at(tree, mark, err, format, args);
	va_end(args);
	return -1;
}

/* The reader, which decodes UTF-8, reports a byte offset and no mark. */
static yaml_mark_t mark_of_offset(const struct tree *tree, size_t offset)
{
	yaml_mark_t mark = {0};
	for (size_t i = 0; i < offset && i < tree->length; i++) {
		if (tree->text[i] == '\n') {
			mark.line++;
			mark.column = 0;
		} else if (text_begins(tree->text[i])) {
			mark.column++;
		}
	}
	return mark;
}

static int parser_error(const struct tree *tree, const yaml_parser_t *parser, struct err *err)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return err_memory(err, tree->length);
	const char *problem = parser->problem != NULL ? parser->problem : "not YAML";
	if (parser->error == YAML_READER_ERROR)
		return mark_error(tree, mark_of_offset(tree, parser->problem_offset), err, "%s", problem);
	if (parser->context != NULL)
		return mark_error(tree, parser->problem_mark, err, "%s (%s)", problem, parser->context);
	return mark_error(tree, parser->problem_mark, err, "%s", problem);
}

static int parser_open(yaml_parser_t *parser, const struct tree *tree, struct err *err)
{
	if (!yaml_parser_initialize(parser))
		return err_memory(err, sizeof *parser);
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(parser, (const unsigned char *)tree->text, tree->length);
	return 0;
}

static int refuse_properties(const struct tree *tree, const yaml_event_t *event, const void *anchor, const void *tag,
                             struct err *err)
{
	if (anchor != NULL)
		return mark_error(tree, event->start_mark, err, "a job file has no anchors (&name)");
	if (tag != NULL)
		return mark_error(tree, event->start_mark, err, "a job file has no tags (!name)");
	return 0;
}

static int event_check(const struct tree *tree, const yaml_event_t *event, size_t *depth, size_t *documents,
                       struct err *err)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++*documents > 1)
			return mark_error(tree, event->start_mark, err, "a job file holds one document, a second begins here");
		return 0;
	case YAML_ALIAS_EVENT:
		return mark_error(tree, event->start_mark, err, "a job file has no aliases (*name)");
	case YAML_SCALAR_EVENT:
		if (memchr(event->data.scalar.value, 0, event->data.scalar.length) != NULL)
			return mark_error(tree, event->start_mark, err, "a NUL in a text");
		return refuse_properties(tree, event, event->data.scalar.anchor, event->data.scalar.tag, err);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		if (++*depth > DEPTH)
			return mark_error(tree, event->start_mark, err, "nested deeper than %d", DEPTH);
		if (event->type == YAML_SEQUENCE_START_EVENT)
			return refuse_properties(tree, event, event->data.sequence_start.anchor,
			                         event->data.sequence_start.tag, err);
		return refuse_properties(tree, event, event->data.mapping_start.anchor, event->data.mapping_start.tag, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		--*depth;
		return 0;
	default:
		return 0;
	}
}

/* The document's nodes remember neither anchors nor aliases, so the events are looked through first. */
static int events_check(const struct tree *tree, struct err *err)
{
	yaml_parser_t parser;
	if (parser_open(&parser, tree, err) != 0)
		return -1;

	int status = 0;
	size_t depth = 0, documents = 0;
	bool more = true;
	while (status == 0 && more) {
		yaml_event_t event;
		if (!yaml_parser_parse(&parser, &event)) {
			status = parser_error(tree, &parser, err);
			break;
		}
		status = event_check(tree, &event, &depth, &documents, err);
		more = event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return status;
}

int tree_load(struct tree *tree, const char *source, const char *text, struct err *err)
{
	*tree = (struct tree){.source = source, .text = text, .length = strlen(text)};
	if (tree->length > JOB_BYTES)
		return err_set(err, EX_CONFIG, "%s: larger than %d bytes, which no job file is", source, JOB_BYTES);
	yaml_parser_t parser;
	if (events_check(tree, err) != 0 || parser_open(&parser, tree, err) != 0)
		return -1;

	int status = 0;
	if (!yaml_parser_load(&parser, &tree->document)) {
		tree->document = (yaml_document_t){0};
		status = parser_error(tree, &parser, err);
	}
	yaml_parser_delete(&parser);

	const yaml_node_t *root = tree_root(tree);
	if (status == 0 && root == NULL)
		status = mark_error(tree, (yaml_mark_t){0}, err, "an empty file is no job");
	else if (status == 0 && root->type != YAML_MAPPING_NODE)
		status = tree_error(tree, root, err, "a job file must be a mapping, key: value");
	if (status != 0)
		tree_free(tree);
	return status;
}

void tree_free(struct tree *tree)
{
	yaml_document_delete(&tree->document);
	*tree = (struct tree){0};
}

bool whole_number(const char *text, uint64_t *number)
{
	size_t digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 19 || text[digits] != 0 || (digits > 1 && text[0] == '0'))
		return false;
	uint64_t n = 0;
	for (size_t i = 0; i < digits; i++) /* nineteen digits stay below 2^64 */
		n = 10 * n + (uint64_t)(text[i] - '0');
	*number = n;
	return n <= INT64_MAX;
}
