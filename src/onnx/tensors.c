/* Constant tensors of an ONNX file, and the attributes of its nodes. */
#include "read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIMS = 1, DATA_TYPE, FLOATS = 4, INTEGERS = 7, NAME, RAW, EXTERNAL = 13, LOCATION };
enum { ATTRIBUTE = 5 }; /* of a node */
enum { ATTRIBUTE_NAME = 1, REAL, INTEGER, WORD, TENSOR, GRAPH, NUMBERS = 8 };

/* ---- What a tensor is -------------------------------------------------------------------------------------------- */

static int side_add(struct file_tensor *tensor, uint64_t side, struct err *err)
{
	if (tensor->rank == FILE_RANK)
		return err_set(err, EX_DATAERR, "tensor '%s' has more than %d dimensions", tensor->name, FILE_RANK);
	if (side > FILE_COUNT)
		return err_set(err, EX_DATAERR, "tensor '%s' has a side of %llu, the limit is %u", tensor->name,
		               (unsigned long long)side, FILE_COUNT);
	tensor->dims[tensor->rank++] = (size_t)side;
	return 0;
}

/* Numbers one by one, or packed. */
static int sides_take(struct file_tensor *tensor, const struct proto_field *field, struct err *err)
{
	struct proto packed = field->bytes;
	uint64_t side;
	if (field->type == PROTO_VARINT)
		return side_add(tensor, field->value, err);
	while (field->type == PROTO_BYTES && proto_left(&packed) > 0)
		if (proto_varint(&packed, &side, err) != 0 || side_add(tensor, side, err) != 0)
			return -1;
	return 0;
}

static int count_set(struct file_tensor *tensor, struct err *err)
{
	tensor->count = 1;
	for (size_t d = 0; d < tensor->rank; d++)
		if (!size_multiply(tensor->count, tensor->dims[d], &tensor->count) || tensor->count > FILE_COUNT)
			return err_set(err, EX_DATAERR, "tensor '%s' has more than %u numbers", tensor->name, FILE_COUNT);
	return 0;
}

int tensor_read(struct file *file, struct proto body, struct file_tensor *out, struct err *err)
{
	struct proto message = body;
	struct proto_field field;
	int code;
	*out = (struct file_tensor){.name = "", .body = body};
	while ((code = proto_next(&message, &field, err)) > 0) {
		if (field.number == DIMS && sides_take(out, &field, err) != 0)
			return -1;
		if (field.number == NAME && file != NULL && name_take(file, &field, &out->name, err) != 0)
			return -1;
		if (field.number == DATA_TYPE && field.type == PROTO_VARINT)
			out->type = field.value;
		if (field.number == EXTERNAL || (field.number == LOCATION && field.value != 0))
			out->external = true;
	}
	return code == 0 ? count_set(out, err) : -1;
}

/* ---- Its numbers ------------------------------------------------------------------------------------------------- */

static const char *type_name(uint64_t type)
{
	static const char *const names[] = {
		"undefined", "float", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16",
		"double", "uint32", "uint64", "complex64", "complex128", "bfloat16",
	};
	return type < sizeof names / sizeof *names ? names[type] : "of another type";
}

/* A walk over the numbers of a tensor, as bits. */
struct walk {
	const struct file_tensor *tensor;
	void (*put)(void *out, size_t i, uint64_t bits);
	void *out;
	size_t done;
};

static int numbers_put(struct walk *walk, struct proto packed, size_t bytes, struct err *err)
{
	uint64_t bits;
	while (proto_left(&packed) > 0) {
		if (walk->done == walk->tensor->count)
			return err_set(err, EX_DATAERR, "tensor '%s' has more numbers than its sides say, %zu", walk->tensor->name,
			               walk->tensor->count);
		if ((bytes > 0 ? proto_fixed(&packed, bytes, &bits, err) : proto_varint(&packed, &bits, err)) != 0)
			return -1;
		if (walk->out != NULL)
			walk->put(walk->out, walk->done, bits);
		walk->done++;
	}
	return 0;
}

/* The numbers lie in `raw_data`, or in the field of their type, one by one or packed. */
static int tensor_walk(struct walk *walk, enum number_type type, struct err *err)
{
	const struct file_tensor *tensor = walk->tensor;
	struct proto message = tensor->body;
	struct proto_field field;
	bool floats = type == NUMBER_FLOAT;
	int code;
	if (tensor->external)
		return err_set(err, EX_DATAERR, "tensor '%s' has its numbers in another file, which convoy does not read: save "
		               "the model as one file (onnx.save with save_as_external_data=False)", tensor->name);
	if (tensor->type != type)
		return err_set(err, EX_DATAERR, "tensor '%s' has numbers of type %s, not %s; convert the model first",
		               tensor->name, type_name(tensor->type), type_name(type));
	while ((code = proto_next(&message, &field, err)) > 0) {
		bool raw = field.number == RAW, own = field.number == (floats ? FLOATS : INTEGERS);
		if (!raw && !own)
			continue;
		if (field.type == PROTO_BYTES) {
			if (numbers_put(walk, field.bytes, raw ? (floats ? 4 : 8) : floats ? 4 : 0, err) != 0)
				return -1;
		} else if (!raw && field.type == (floats ? PROTO_FIXED32 : PROTO_VARINT) && walk->done < tensor->count) {
			if (walk->out != NULL)
				walk->put(walk->out, walk->done, field.value);
			walk->done++;
		} else {
			return err_set(err, EX_DATAERR, "tensor '%s': its numbers are not as their type says", tensor->name);
		}
	}
	if (code == 0 && walk->done != tensor->count)
		return err_set(err, EX_DATAERR, "tensor '%s' has %zu numbers, its sides say %zu", tensor->name, walk->done,
		               tensor->count);
	return code;
}

static void float_put(void *out, size_t i, uint64_t bits)
{
	uint32_t word = (uint32_t)bits;
	memcpy((float *)out + i, &word, sizeof word);
}

static void integer_put(void *out, size_t i, uint64_t bits)
{
	((int64_t *)out)[i] = (int64_t)bits;
}

/* Numbers [dims[1]][dims[0]] become [dims[0]][dims[1]]. */
static int tensor_turn(const struct file_tensor *tensor, float *number, struct err *err)
{
	size_t rows = tensor->dims[0], columns = tensor->dims[1];
	float *from = memory_zeroed(tensor->count, sizeof *from, err);
	if (from == NULL)
		return -1;
	memcpy(from, number, tensor->count * sizeof *from);
	for (size_t i = 0; i < tensor->count; i++)
		number[i] = from[i % columns * rows + i / columns];
	free(from);
	return 0;
}

int tensor_floats(const struct file_tensor *tensor, float *out, struct err *err)
{
	struct walk walk = {tensor, float_put, out, 0};
	if (tensor_walk(&walk, NUMBER_FLOAT, err) != 0)
		return -1;
	for (size_t i = 0; out != NULL && i < tensor->count; i++)
		if (!isfinite(out[i]))
			return err_set(err, EX_DATAERR, "tensor '%s': number %zu is not finite", tensor->name, i);
	return out != NULL && tensor->turned ? tensor_turn(tensor, out, err) : 0;
}

int tensor_integers(const struct file_tensor *tensor, int64_t out[FILE_NUMBERS], size_t *count, struct err *err)
{
	struct walk walk = {tensor, integer_put, out, 0};
	if (tensor->count > FILE_NUMBERS)
		return err_set(err, EX_DATAERR, "tensor '%s' has %zu integers, the limit is %d", tensor->name, tensor->count,
		               FILE_NUMBERS);
	*count = tensor->count;
	return tensor_walk(&walk, NUMBER_INT64, err);
}

/* ---- Attributes -------------------------------------------------------------------------------------------------- */

static int number_add(struct file_attribute *out, const char *name, uint64_t value, struct err *err)
{
	if (out->count == FILE_NUMBERS)
		return err_set(err, EX_DATAERR, "attribute '%s' has more than %d numbers", name, FILE_NUMBERS);
	out->number[out->count++] = (int64_t)value;
	return 0;
}

static int attribute_take(struct file_attribute *out, const char *name, const struct proto_field *field,
                          struct err *err)
{
	struct proto packed = field->bytes;
	uint64_t value;
	size_t length = proto_left(&packed);
	if (field->number == REAL && field->type == PROTO_FIXED32) {
		float_put(&out->real, 0, field->value);
	} else if (field->number == INTEGER && field->type == PROTO_VARINT) {
		out->integer = (int64_t)field->value;
	} else if (field->number == WORD && field->type == PROTO_BYTES && length < sizeof out->word) {
		memcpy(out->word, packed.at, length);
		out->word[length] = 0;
		if (length > 0 && (strlen(out->word) < length || text_fault(out->word) != NULL))
			return err_set(err, EX_DATAERR, "attribute '%s' is no text", name);
	} else if (field->number == TENSOR && field->type == PROTO_BYTES) {
		out->has_tensor = true;
		return tensor_read(NULL, field->bytes, &out->tensor, err);
	} else if (field->number == GRAPH) {
		return err_set(err, EX_DATAERR, "attribute '%s' is a graph", name);
	} else if (field->number == NUMBERS && field->type == PROTO_VARINT) {
		return number_add(out, name, field->value, err);
	} else if (field->number == NUMBERS && field->type == PROTO_BYTES) {
		while (proto_left(&packed) > 0)
			if (proto_varint(&packed, &value, err) != 0 || number_add(out, name, value, err) != 0)
				return -1;
	}
	return 0;
}

static bool named(struct proto attribute, const char *name)
{
	struct proto_field field;
	struct err ignored = {0};
	while (proto_next(&attribute, &field, &ignored) > 0)
		if (field.number == ATTRIBUTE_NAME && field.type == PROTO_BYTES)
			return proto_left(&field.bytes) == strlen(name) && memcmp(field.bytes.at, name, strlen(name)) == 0;
	return false;
}

int node_attribute(const struct file_node *node, const char *name, struct file_attribute *out, struct err *err)
{
	struct proto message = node->body;
	struct proto_field field;
	int code;
	*out = (struct file_attribute){0};
	while ((code = proto_next(&message, &field, err)) > 0) {
		if (field.number != ATTRIBUTE || field.type != PROTO_BYTES || !named(field.bytes, name))
			continue;
		struct proto own = field.bytes;
		while ((code = proto_next(&own, &field, err)) > 0)
			if (attribute_take(out, name, &field, err) != 0)
				return -1;
		return code == 0 ? 1 : -1;
	}
	return code;
}
