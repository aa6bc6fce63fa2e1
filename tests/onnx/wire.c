/* Protobuf's wire format: a key (field number and type) before each value. */
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { VARINT = 0, BYTES = 2, FIXED32 = 5 };

struct span {
	const uint8_t *at, *end;
};

struct field {
	uint64_t number, type, value; /* value: of varint and fixed32 */
	struct span bytes;
};

static uint64_t varint_next(struct span *in)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		assert_true(in->at < in->end);
		uint8_t byte = *in->at++;
		value |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return value;
	}
	fail_msg("a number of more than ten bytes");
	return 0;
}

static bool field_next(struct span *in, struct field *out)
{
	if (in->at == in->end)
		return false;
	uint64_t key = varint_next(in);
	*out = (struct field){.number = key >> 3, .type = key & 7};
	if (out->type == VARINT) {
		out->value = varint_next(in);
	} else if (out->type == BYTES) {
		uint64_t length = varint_next(in);
		assert_true(length <= (uint64_t)(in->end - in->at));
		out->bytes = (struct span){in->at, in->at + length};
		in->at += length;
	} else {
		assert_int_equal(out->type, FIXED32);
		assert_true(in->end - in->at >= 4);
		for (unsigned b = 0; b < 4; b++)
			out->value |= (uint64_t)*in->at++ << 8 * b;
	}
	return true;
}

static float float_of(uint64_t bits)
{
	uint32_t word = (uint32_t)bits;
	float value;
	memcpy(&value, &word, sizeof value);
	return value;
}

static void text_take(const struct field *field, size_t room, char *text)
{
	size_t length = (size_t)(field->bytes.end - field->bytes.at);
	assert_int_equal(field->type, BYTES);
	assert_true(length < room);
	memcpy(text, field->bytes.at, length);
	text[length] = 0;
}

/* A repeated integer, one or packed. */
static void integers_take(const struct field *field, size_t room, size_t *count, int64_t *values)
{
	struct span in = field->bytes;
	do {
		assert_true(*count < room);
		values[(*count)++] = (int64_t)(field->type == VARINT ? field->value : varint_next(&in));
	} while (field->type == BYTES && in.at < in.end);
}

static void attribute_read(struct span in, struct wire_attribute *out)
{
	for (struct field f; field_next(&in, &f);) {
		switch (f.number) {
		case 1: text_take(&f, sizeof out->name, out->name); break;
		case 2: out->f = float_of(f.value); break;
		case 3: out->i = (int64_t)f.value; break;
		case 4: text_take(&f, sizeof out->word, out->word); break;
		case 8: integers_take(&f, WIRE_INTS, &out->count, out->ints); break;
		case 20: out->type = (int64_t)f.value; break;
		default: fail_msg("attribute: field %d", (int)f.number);
		}
	}
}

static void node_read(struct span in, struct wire_node *out)
{
	for (struct field f; field_next(&in, &f);) {
		switch (f.number) {
		case 1:
			assert_true(out->inputs < WIRE_INPUTS);
			text_take(&f, WIRE_TEXT, out->input[out->inputs++]);
			break;
		case 2:
			assert_int_equal(out->outputs++, 0);
			text_take(&f, WIRE_TEXT, out->output);
			break;
		case 3: text_take(&f, WIRE_TEXT, out->name); break;
		case 4: text_take(&f, WIRE_TEXT, out->type); break;
		case 5:
			assert_true(out->attributes < WIRE_ATTRIBUTES);
			attribute_read(f.bytes, &out->attribute[out->attributes++]);
			break;
		default: fail_msg("node: field %d", (int)f.number);
		}
	}
}

static void tensor_read(struct span in, struct wire_tensor *out)
{
	int64_t dims[WIRE_RANK] = {0}, integers[16];
	size_t whole = 0;
	for (struct field f; field_next(&in, &f);) {
		switch (f.number) {
		case 1: integers_take(&f, WIRE_RANK, &out->rank, dims); break;
		case 2: out->type = (int64_t)f.value; break;
		case 4:
			assert_int_equal(f.type, BYTES);
			out->count = (size_t)(f.bytes.end - f.bytes.at) / 4;
			out->number = calloc(out->count + 1, sizeof *out->number);
			for (size_t i = 0; i < 4 * out->count; i += 4)
				out->number[i / 4] = (double)float_of((uint64_t)f.bytes.at[i] | (uint64_t)f.bytes.at[i + 1] << 8 |
				                                      (uint64_t)f.bytes.at[i + 2] << 16 |
				                                      (uint64_t)f.bytes.at[i + 3] << 24);
			break;
		case 7: integers_take(&f, 16, &whole, integers); break;
		case 8: text_take(&f, WIRE_TEXT, out->name); break;
		default: fail_msg("tensor: field %d", (int)f.number);
		}
	}
	size_t size = 1;
	for (size_t d = 0; d < out->rank; d++)
		size *= out->dims[d] = (size_t)dims[d];
	if (whole > 0) {
		out->count = whole;
		out->number = calloc(whole, sizeof *out->number);
		for (size_t i = 0; i < whole; i++)
			out->number[i] = (double)integers[i];
	}
	assert_int_equal(out->count, size);
}

/* ValueInfoProto: name, and within type, tensor type and shape the dims. */
static void value_read(struct span in, struct wire_tensor *out)
{
	for (struct field f; field_next(&in, &f);) {
		if (f.number == 1) {
			text_take(&f, WIRE_TEXT, out->name);
			continue;
		}
		struct field tensor, part, dim, side;
		assert_true(f.number == 2 && field_next(&f.bytes, &tensor) && tensor.number == 1);
		while (field_next(&tensor.bytes, &part)) {
			out->type = part.number == 1 ? (int64_t)part.value : out->type;
			while (part.number == 2 && field_next(&part.bytes, &dim)) {
				assert_true(out->rank < WIRE_RANK && field_next(&dim.bytes, &side));
				assert_true(side.number == 1 || (side.number == 2 && *side.bytes.at == 'N'));
				out->dims[out->rank++] = side.number == 1 ? (size_t)side.value : 0;
			}
		}
	}
}

static void graph_read(struct span in, struct wire_model *out)
{
	for (struct field f; field_next(&in, &f);) {
		assert_true(out->nodes < WIRE_MOST && out->tensors < WIRE_MOST && out->inputs < 2 && out->outputs < 2);
		switch (f.number) {
		case 1: node_read(f.bytes, &out->node[out->nodes++]); break;
		case 2: break; /* its name */
		case 5: tensor_read(f.bytes, &out->tensor[out->tensors++]); break;
		case 11: value_read(f.bytes, &out->input[out->inputs++]); break;
		case 12: value_read(f.bytes, &out->output[out->outputs++]); break;
		default: fail_msg("graph: field %d", (int)f.number);
		}
	}
}

struct wire_model *wire_read(const uint8_t *bytes, size_t count)
{
	struct wire_model *out = calloc(1, sizeof *out);
	struct span in = {bytes, bytes + count};
	for (struct field f, inner; field_next(&in, &f);) {
		switch (f.number) {
		case 1: out->ir = (int64_t)f.value; break;
		case 2: case 3: case 6: break; /* producer, its version, a sentence */
		case 7: graph_read(f.bytes, out); break;
		case 8:
			while (field_next(&f.bytes, &inner))
				out->opset = inner.number == 2 ? (int64_t)inner.value : out->opset;
			break;
		case 14:
			assert_true(out->pairs < 8);
			while (field_next(&f.bytes, &inner))
				text_take(&inner, inner.number == 1 ? WIRE_TEXT : 8 * WIRE_TEXT,
				          inner.number == 1 ? out->pair[out->pairs].key : out->pair[out->pairs].value);
			out->pairs++;
			break;
		default: fail_msg("model: field %d", (int)f.number);
		}
	}
	return out;
}

void wire_free(struct wire_model *model)
{
	for (size_t t = 0; t < model->tensors; t++)
		free(model->tensor[t].number);
	free(model);
}

const struct wire_attribute *wire_attribute(const struct wire_node *node, const char *name)
{
	for (size_t a = 0; a < node->attributes; a++)
		if (strcmp(node->attribute[a].name, name) == 0)
			return &node->attribute[a];
	return NULL;
}
