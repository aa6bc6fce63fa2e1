/* ONNX files by hand, by the field numbers of onnx.proto. */
#include "onnx/build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void byte_put(struct built *out, unsigned byte)
{
	assert_true(out->count < sizeof out->bytes);
	out->bytes[out->count++] = (uint8_t)byte;
}

static void varint_put(struct built *out, uint64_t value)
{
	for (; value >= 128; value >>= 7)
		byte_put(out, (unsigned)(value & 127) | 128);
	byte_put(out, (unsigned)value);
}

static void bytes_put(struct built *out, unsigned field, const void *bytes, size_t count)
{
	varint_put(out, field << 3 | 2);
	varint_put(out, count);
	for (size_t i = 0; i < count; i++)
		byte_put(out, ((const uint8_t *)bytes)[i]);
}

static void text_put(struct built *out, unsigned field, const char *text)
{
	bytes_put(out, field, text, strlen(text));
}

static void message_put(struct built *out, unsigned field, const struct built *message)
{
	bytes_put(out, field, message->bytes, message->count);
}

static void number_put(struct built *out, unsigned field, int64_t value)
{
	varint_put(out, field << 3);
	varint_put(out, (uint64_t)value);
}

static void float_put(struct built *out, float value)
{
	uint32_t bits;
	memcpy(&bits, &value, sizeof bits);
	for (unsigned b = 0; b < 32; b += 8)
		byte_put(out, bits >> b & 255);
}

/* The next word of a line, or NULL. */
static char *word_next(char **line)
{
	char *word = *line + strspn(*line, " ");
	if (*word == 0)
		return NULL;
	*line = word + strcspn(word, " ");
	if (**line != 0)
		*(*line)++ = 0;
	return word;
}

static void value_build(char *line, struct built *value)
{
	static struct built shape, side, tensor, type;
	shape.count = tensor.count = type.count = 0;
	text_put(value, 1, word_next(&line));
	side.count = 0;
	text_put(&side, 2, "N");
	message_put(&shape, 1, &side);
	for (char *word; (word = word_next(&line)) != NULL;) {
		side.count = 0;
		if (strcmp(word, "0") == 0)
			text_put(&side, 2, "open");
		else
			number_put(&side, 1, atoll(word));
		message_put(&shape, 1, &side);
	}
	number_put(&tensor, 1, 1);
	message_put(&tensor, 2, &shape);
	message_put(&type, 1, &tensor);
	message_put(value, 2, &type);
}

/* Floats of a tensor: raw, packed, or each as a field. */
static void floats_build(const char *kind, size_t count, struct built *tensor)
{
	static struct built numbers;
	numbers.count = 0;
	for (size_t i = 0; i < count; i++) {
		float number = strcmp(kind, "zeros") == 0 ? 0 : (float)(i + 1) * (i % 2 == 0 ? 0.5f : -0.5f);
		if (strcmp(kind, "floats") == 0) {
			varint_put(tensor, 4 << 3 | 5);
			float_put(tensor, number);
		} else {
			float_put(&numbers, number);
		}
	}
	if (numbers.count > 0)
		message_put(tensor, strcmp(kind, "packed") == 0 ? 4 : 9, &numbers);
}

static void tensor_build(const char *kind, char *line, struct built *tensor)
{
	size_t count = 1, integers = 0;
	int64_t integer[16], type = strcmp(kind, "whole") == 0 ? 7 : 1;
	text_put(tensor, 8, word_next(&line));
	if (strcmp(kind, "type") == 0)
		type = atoll(word_next(&line));
	for (char *word; (word = word_next(&line)) != NULL;) {
		if (strcmp(kind, "whole") == 0)
			integer[integers++] = atoll(word);
		else
			number_put(tensor, 1, atoll(word));
		count *= (size_t)atoll(word);
	}
	number_put(tensor, 2, type);
	if (strcmp(kind, "whole") == 0)
		number_put(tensor, 1, (int64_t)integers);
	for (size_t i = 0; i < integers; i++)
		number_put(tensor, 7, integer[i]);
	if (strcmp(kind, "outer") == 0)
		number_put(tensor, 14, 1);
	else if (type == 1 && strcmp(kind, "type") != 0)
		floats_build(kind, count, tensor);
}

static void attribute_build(char *word, struct built *node)
{
	static struct built attribute;
	char *value = strchr(word, '=') + 1, *kind = strchr(word, ':') + 1;
	attribute.count = 0;
	kind[-1] = value[-1] = 0;
	text_put(&attribute, 1, word);
	switch (*kind) {
	case 'i':
		number_put(&attribute, 3, atoll(value));
		break;
	case 'f':
		varint_put(&attribute, 2 << 3 | 5);
		float_put(&attribute, strtof(value, NULL));
		break;
	case 's':
		text_put(&attribute, 4, value);
		break;
	case 'g':
		text_put(&attribute, 6, value);
		break;
	default:
		for (char *end = value; *value != 0; value = end + (*end == ','))
			number_put(&attribute, 8, strtoll(value, &end, 10));
	}
	message_put(node, 5, &attribute);
}

static void names_put(struct built *node, unsigned field, char *names)
{
	for (char *end; names != NULL; names = end) {
		end = strchr(names, ',');
		if (end != NULL)
			*end++ = 0;
		text_put(node, field, strcmp(names, "-") == 0 ? "" : names);
	}
}

static void node_build(char *line, struct built *node)
{
	text_put(node, 4, word_next(&line));
	names_put(node, 1, word_next(&line));
	assert_string_equal(word_next(&line), ">");
	names_put(node, 2, word_next(&line));
	for (char *word; (word = word_next(&line)) != NULL;) {
		if (strncmp(word, "name=", 5) == 0)
			text_put(node, 3, word + 5);
		else if (strncmp(word, "domain=", 7) == 0)
			text_put(node, 7, word + 7);
		else
			attribute_build(word, node);
	}
}

static void line_build(char *line, struct built *graph, struct built *model)
{
	static struct built part;
	char *kind = word_next(&line);
	part.count = 0;
	if (strcmp(kind, "opset") == 0) {
		number_put(&part, 2, atoll(word_next(&line)));
		message_put(model, 8, &part);
	} else if (strcmp(kind, "meta") == 0) {
		text_put(&part, 1, word_next(&line));
		text_put(&part, 2, line);
		message_put(model, 14, &part);
	} else if (strcmp(kind, "input") == 0 || strcmp(kind, "output") == 0) {
		value_build(line, &part);
		message_put(graph, *kind == 'i' ? 11 : 12, &part);
	} else if (strcmp(kind, "node") == 0) {
		node_build(line, &part);
		message_put(graph, 1, &part);
	} else {
		tensor_build(kind, line, &part);
		message_put(graph, 5, &part);
	}
}

void onnx_build(const char *text, struct built *out)
{
	static struct built graph;
	char line[256];
	out->count = graph.count = 0;
	number_put(out, 1, 7);
	for (; *text != 0; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t length = strcspn(text, "\n");
		assert_true(length < sizeof line);
		memcpy(line, text, length);
		line[length] = 0;
		if (length > 0)
			line_build(line, &graph, out);
	}
	message_put(out, 7, &graph);
}
