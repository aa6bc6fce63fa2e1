/* Protobuf's wire format (https://protobuf.dev/programming-guides/encoding): no byte is read before it is known to be
 * there, nothing is allocated, and messages within messages are not entered. */
#include "proto.h"

enum { NUMBER_MOST = (1 << 29) - 1 };

size_t proto_left(const struct proto *message)
{
	return (size_t)(message->end - message->at);
}

static int malformed(const struct proto *message, const char *what, struct err *err)
{
	return err_set(err, EX_DATAERR, "byte %zu: %s: not an ONNX file, or a damaged one",
	               (size_t)(message->at - message->file), what);
}

int proto_varint(struct proto *from, uint64_t *value, struct err *err)
{
	uint64_t sum = 0;
	for (unsigned shift = 0; shift < 70; shift += 7) {
		if (from->at == from->end)
			return malformed(from, "a number is cut short", err);
		uint8_t byte = *from->at++;
		if (shift == 63 && byte > 1)
			break;
		sum |= (uint64_t)(byte & 127) << shift;
		if (byte < 128) {
			*value = sum;
			return 0;
		}
	}
	return malformed(from, "a number of more than 64 bits", err);
}

int proto_fixed(struct proto *from, size_t bytes, uint64_t *value, struct err *err)
{
	if (proto_left(from) < bytes)
		return malformed(from, "a number is cut short", err);
	*value = 0;
	for (size_t i = 0; i < bytes; i++)
		*value |= (uint64_t)from->at[i] << (8 * i);
	from->at += bytes;
	return 0;
}

static int bytes_next(struct proto *message, struct proto *bytes, struct err *err)
{
	uint64_t length;
	if (proto_varint(message, &length, err) != 0)
		return -1;
	if (length > proto_left(message))
		return malformed(message, "a length beyond the end", err);
	*bytes = (struct proto){message->file, message->at, message->at + length};
	message->at += length;
	return 0;
}

int proto_next(struct proto *message, struct proto_field *field, struct err *err)
{
	uint64_t key;
	*field = (struct proto_field){0};
	if (message->at == message->end)
		return 0;
	if (proto_varint(message, &key, err) != 0)
		return -1;
	if (key >> 3 == 0 || key >> 3 > NUMBER_MOST)
		return malformed(message, "a field without a number", err);
	field->number = (uint32_t)(key >> 3);
	field->type = (enum proto_type)(key & 7);
	int code = -1;
	switch (key & 7) {
	case PROTO_VARINT:
		code = proto_varint(message, &field->value, err);
		break;
	case PROTO_FIXED64:
		code = proto_fixed(message, 8, &field->value, err);
		break;
	case PROTO_FIXED32:
		code = proto_fixed(message, 4, &field->value, err);
		break;
	case PROTO_BYTES:
		code = bytes_next(message, &field->bytes, err);
		break;
	default:
		code = malformed(message, "a field of a type that is not in use", err);
	}
	return code == 0 ? 1 : -1;
}
