/* Protobuf's wire format: a message is a row of fields, each with its number. Private to the room onnx. */
#ifndef CONVOY_ONNX_PROTO_H
#define CONVOY_ONNX_PROTO_H

#include <convoy/base.h>

/* The bytes of a message that are still to be read. */
struct proto {
	const uint8_t *file, *at, *end; /* the first byte of the file, for messages */
};

enum proto_type { PROTO_VARINT = 0, PROTO_FIXED64 = 1, PROTO_BYTES = 2, PROTO_FIXED32 = 5 };

struct proto_field {
	uint32_t number; /* 1 … 2^29 − 1 */
	enum proto_type type;
	uint64_t value;     /* of all types but PROTO_BYTES */
	struct proto bytes; /* of PROTO_BYTES: a text, a message, or packed numbers */
};

/* Takes the next field. Returns 1, or 0 at the end of the message. −1 and EX_DATAERR if the bytes are no such message:
 * a number of more than 64 bits, a length beyond the end, a type that protobuf has given up. Local. */
int proto_next(struct proto *message, struct proto_field *field, struct err *err);

/* Take the next number of a packed field; the caller has seen that bytes are left. EX_DATAERR likewise. Local. */
int proto_varint(struct proto *packed, uint64_t *value, struct err *err);
int proto_fixed(struct proto *packed, size_t bytes, uint64_t *value, struct err *err);

/* Returns the bytes that are left. Local. */
size_t proto_left(const struct proto *message);

#endif
