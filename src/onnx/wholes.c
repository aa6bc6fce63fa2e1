/* Whole numbers that nodes compute from shapes and constants, as exporters write `x.view(x.size(0), -1)` or the borders
 * of a padding: no layer comes of them. */
#include "import.h"

#include <string.h>

/* Numbers that are combined stay below this, so that products stay whole. */
#define WHOLE_MOST ((int64_t)1 << 31)

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static bool tensor_whole(const struct file_tensor *tensor)
{
	return tensor->type == NUMBER_INT64 && tensor->rank <= 2 && tensor->count <= FILE_NUMBERS;
}

/* A constant of the file never means the samples. */
static int tensor_wholes(const struct file_tensor *tensor, struct wholes *out, struct err *err)
{
	*out = (struct wholes){.rank = tensor->rank};
	if (!tensor_whole(tensor) && tensor->rank > 2)
		return err_set(err, EX_DATAERR, "tensor '%s' has %zu dimensions; convoy reads whole numbers of at most 2",
		               tensor->name, tensor->rank);
	if (tensor_integers(tensor, out->number, &out->count, err) != 0)
		return -1;
	out->columns = tensor->rank == 2 ? tensor->dims[1] : 1;
	for (size_t i = 0; i < out->count; i++)
		if (out->number[i] == WHOLE_SAMPLES)
			out->number[i]++;
	return 0;
}

int wholes_get(struct import *in, const struct file_node *node, size_t i, struct wholes *out)
{
	const struct value *value = node_has(node, i) ? value_named(in, node->input[i]) : NULL;
	if (value != NULL && value->kind == VALUE_WHOLES) {
		*out = value->wholes;
		return 0;
	}
	const struct file_tensor *tensor = node_tensor(in, node, i);
	return tensor != NULL ? tensor_wholes(tensor, out, in->err) : -1;
}

/* One number, or a list of them. */
static int list_get(struct import *in, const struct file_node *node, size_t i, struct wholes *out)
{
	if (wholes_get(in, node, i, out) != 0)
		return -1;
	return out->rank <= 1 ? 0 : err_set(in->err, EX_DATAERR, "input %zu is a table; convoy takes a list there", i + 1);
}

static int give(struct import *in, const struct file_node *node, struct wholes wholes)
{
	struct value *value = value_named(in, node->output);
	value->kind = VALUE_WHOLES;
	value->wholes = wholes;
	return 0;
}

/* An index that may count from the end. */
static int64_t from_end(int64_t index, size_t count)
{
	return index < 0 && index != WHOLE_SAMPLES ? index + (int64_t)count : index;
}

/* ---- Operators --------------------------------------------------------------------------------------------------- */

/* The shape of whole numbers themselves. */
static int shape_of_wholes(struct import *in, const struct file_node *node)
{
	struct wholes all;
	if (wholes_get(in, node, 0, &all) != 0)
		return -1;
	size_t columns = all.rank == 2 ? all.columns : 1;
	struct wholes out = {.rank = 1, .columns = 1, .count = all.rank,
	                     .number = {columns > 0 ? (int64_t)(all.count / columns) : 0, (int64_t)columns}};
	return give(in, node, out);
}

static int shape_of(struct import *in, const struct file_node *node)
{
	const struct value *given = node_has(node, 0) ? value_named(in, node->input[0]) : NULL;
	if (given != NULL && (given->kind == VALUE_WHOLES || given->kind == VALUE_TENSOR))
		return shape_of_wholes(in, node);
	struct value *x = node_maps(in, node, 0);
	if (x == NULL)
		return -1;
	struct shape shape = map_shape(in, x->map);
	size_t sides = x->row ? 2 : x->line ? 3 : 4;
	int64_t side[4] = {WHOLE_SAMPLES, (int64_t)shape.maps, (int64_t)shape.rows, (int64_t)shape.columns};
	if (x->row)
		side[1] = (int64_t)shape_size(shape);
	if (x->line)
		side[2] = (int64_t)shape.columns;
	int64_t start = from_end(attribute_integer(in, node, "start", 0), sides);
	int64_t end = from_end(attribute_integer(in, node, "end", (int64_t)sides), sides);
	struct wholes out = {.rank = 1, .columns = 1};
	for (int64_t i = start < 0 ? 0 : start; i < end && i < (int64_t)sides; i++)
		out.number[out.count++] = side[i];
	return give(in, node, out);
}

static int constant_of_shape(struct import *in, const struct file_node *node)
{
	struct wholes shape, number = {.count = 1};
	struct file_attribute attribute;
	int there = node_attribute(node, "value", &attribute, in->err);
	if (there < 0 || list_get(in, node, 0, &shape) != 0)
		return -1;
	if (there == 0 || !attribute.has_tensor || attribute.tensor.type != NUMBER_INT64 || attribute.tensor.count != 1 ||
	    shape.count != 1 || shape.number[0] < 0 || shape.number[0] > FILE_NUMBERS)
		return err_set(in->err, EX_DATAERR, "convoy takes lists of at most %d whole numbers", FILE_NUMBERS);
	attribute.tensor.name = node->output;
	if (tensor_wholes(&attribute.tensor, &number, in->err) != 0)
		return -1;
	struct wholes out = {.rank = 1, .columns = 1, .count = (size_t)shape.number[0]};
	for (size_t i = 0; i < out.count; i++)
		out.number[i] = number.number[0];
	return give(in, node, out);
}

static int gather(struct import *in, const struct file_node *node)
{
	struct wholes list, index;
	if (list_get(in, node, 0, &list) != 0 || list_get(in, node, 1, &index) != 0)
		return -1;
	struct wholes out = {.rank = index.rank, .columns = 1, .count = index.count};
	for (size_t i = 0; i < index.count; i++) {
		int64_t at = from_end(index.number[i], list.count);
		if (at < 0 || at >= (int64_t)list.count)
			return err_set(in->err, EX_DATAERR, "takes number %lld of %zu", (long long)index.number[i], list.count);
		out.number[i] = list.number[at];
	}
	return give(in, node, out);
}

/* One number becomes a list, or a list of one number that number. */
static int wrap(struct import *in, const struct file_node *node)
{
	bool squeeze = strcmp(node->operator, "Squeeze") == 0;
	struct wholes list;
	if (list_get(in, node, 0, &list) != 0)
		return -1;
	if (list.count != 1 || list.rank != squeeze)
		return err_set(in->err, EX_DATAERR, "convoy takes one number there, or a list of one");
	list.rank = !squeeze;
	return give(in, node, list);
}

static int join(struct import *in, const struct file_node *node)
{
	struct wholes out = {.rank = 1, .columns = 1}, list;
	for (size_t i = 0; i < node->inputs; i++) {
		if (list_get(in, node, i, &list) != 0)
			return -1;
		if (out.count + list.count > FILE_NUMBERS)
			return err_set(in->err, EX_DATAERR, "gives more than %d whole numbers", FILE_NUMBERS);
		memcpy(out.number + out.count, list.number, list.count * sizeof *list.number);
		out.count += list.count;
	}
	return give(in, node, out);
}

/* A number of input i, or of an attribute as old files have it. */
static int option_get(struct import *in, const struct file_node *node, size_t i, const char *name, int64_t absent,
                      int64_t *out)
{
	int64_t number[FILE_NUMBERS];
	size_t count;
	if (node_wholes(in, node, i, name, number, &count) != 0)
		return -1;
	if (count == 1 && number[0] == WHOLE_SAMPLES)
		return err_set(in->err, EX_DATAERR, "%s is the number of samples, which is open", name);
	*out = count == 1 ? number[0] : absent;
	return count <= 1 ? 0 : err_set(in->err, EX_DATAERR, "%s has %zu numbers; convoy cuts lists along axis 0", name,
	                                count);
}

/* Some rows of a table, or numbers of a list, perhaps from the last to the first. */
static int slice(struct import *in, const struct file_node *node)
{
	struct wholes all;
	int64_t start, end, axis, step;
	if (wholes_get(in, node, 0, &all) != 0 || option_get(in, node, 1, "starts", 0, &start) != 0 ||
	    option_get(in, node, 2, "ends", 0, &end) != 0 || option_get(in, node, 3, "axes", 0, &axis) != 0 ||
	    option_get(in, node, 4, "steps", 1, &step) != 0)
		return -1;
	if (axis != 0 || all.rank == 0 || step == 0 || step < -FILE_NUMBERS || step > FILE_NUMBERS)
		return err_set(in->err, EX_DATAERR, "convoy cuts lists along axis 0, in steps of 1 … %d", FILE_NUMBERS);
	int64_t rows = all.columns > 0 ? (int64_t)(all.count / all.columns) : 0, least = step < 0 ? -1 : 0;
	int64_t most = step < 0 ? rows - 1 : rows;
	start = start < 0 ? (start < -rows ? 0 : start + rows) : start;
	start = start > most ? most : start;
	end = end < 0 ? (end < -rows ? least : end + rows) : end > most ? most : end;
	struct wholes out = {.rank = all.rank, .columns = all.columns};
	for (int64_t row = start; step < 0 ? row > end : row < end; row += step)
		for (size_t c = 0; c < all.columns; c++)
			out.number[out.count++] = all.number[(size_t)row * all.columns + c];
	return give(in, node, out);
}

static int turn(struct import *in, const struct file_node *node)
{
	struct wholes table;
	if (wholes_get(in, node, 0, &table) != 0)
		return -1;
	if (table.rank != 2 || table.columns == 0)
		return err_set(in->err, EX_DATAERR, "convoy turns tables of whole numbers alone");
	struct wholes out = {.rank = 2, .count = table.count, .columns = table.count / table.columns};
	for (size_t i = 0; i < table.count; i++)
		out.number[i % table.columns * out.columns + i / table.columns] = table.number[i];
	return give(in, node, out);
}

/* A list, or a table whose number of columns is given. */
static int reshape(struct import *in, const struct file_node *node)
{
	struct wholes all, side;
	if (wholes_get(in, node, 0, &all) != 0 || list_get(in, node, 1, &side) != 0)
		return -1;
	int64_t columns = side.count == 2 ? side.number[1] : 1, rows = side.count > 0 ? side.number[0] : 0;
	bool fits = (side.count == 1 || side.count == 2) && columns > 0 && columns <= FILE_NUMBERS &&
	            all.count % (size_t)columns == 0 && (rows == -1 || rows == (int64_t)all.count / columns);
	if (!fits)
		return err_set(in->err, EX_DATAERR, "convoy gives whole numbers the shapes [-1] and [-1, columns] alone");
	all.rank = side.count;
	all.columns = (size_t)columns;
	return give(in, node, all);
}

static int whole_calculate(const struct file_node *node, int64_t a, int64_t b, int64_t *out)
{
	const char *type = node->operator;
	bool small = a > -WHOLE_MOST && a < WHOLE_MOST && b > -WHOLE_MOST && b < WHOLE_MOST;
	bool division = strcmp(type, "Div") == 0;
	if (!small || (division && b == 0))
		return -1;
	*out = division ? a / b : strcmp(type, "Mul") == 0 ? a * b : strcmp(type, "Sub") == 0 ? a - b : a + b;
	return 0;
}

static int calculate(struct import *in, const struct file_node *node)
{
	struct wholes a, b;
	if (list_get(in, node, 0, &a) != 0 || list_get(in, node, 1, &b) != 0)
		return -1;
	if (a.count != b.count && a.count != 1 && b.count != 1)
		return err_set(in->err, EX_DATAERR, "combines %zu whole numbers with %zu", a.count, b.count);
	struct wholes out = {.rank = a.rank > b.rank ? a.rank : b.rank, .columns = 1,
	                     .count = a.count > b.count ? a.count : b.count};
	out.count = a.count == 0 || b.count == 0 ? 0 : out.count;
	for (size_t i = 0; i < out.count; i++)
		if (whole_calculate(node, a.number[a.count == 1 ? 0 : i], b.number[b.count == 1 ? 0 : i], &out.number[i]) != 0)
			return err_set(in->err, EX_DATAERR, "computes with the number of samples, which is open, or out of range");
	return give(in, node, out);
}

/* Between types of whole numbers. */
static int cast(struct import *in, const struct file_node *node)
{
	struct wholes all;
	int64_t to = attribute_integer(in, node, "to", 0);
	if (wholes_get(in, node, 0, &all) != 0)
		return -1;
	if (to != NUMBER_INT64 && to != NUMBER_INT32)
		return err_set(in->err, EX_DATAERR, "makes other numbers of whole numbers; convoy has floats as layers alone");
	for (size_t i = 0; to == NUMBER_INT32 && i < all.count; i++)
		if (all.number[i] != WHOLE_SAMPLES && all.number[i] != (int32_t)all.number[i])
			return err_set(in->err, EX_DATAERR, "makes %lld a number of 32 bits, which cannot hold it",
			               (long long)all.number[i]);
	return give(in, node, all);
}

static const struct {
	const char *name;
	int (*take)(struct import *in, const struct file_node *node);
} operators[] = {
	{"Shape", shape_of}, {"ConstantOfShape", constant_of_shape}, {"Gather", gather}, {"Unsqueeze", wrap},
	{"Squeeze", wrap}, {"Concat", join}, {"Slice", slice}, {"Transpose", turn}, {"Reshape", reshape}, {"Cast", cast},
	{"Add", calculate}, {"Sub", calculate}, {"Mul", calculate}, {"Div", calculate},
};
enum { OPERATORS = sizeof operators / sizeof *operators };

int wholes_take(struct import *in, const struct file_node *node)
{
	const struct value *first = node_has(node, 0) ? value_named(in, node->input[0]) : NULL;
	bool whole = strcmp(node->operator, "Shape") == 0 || (first != NULL && (first->kind == VALUE_WHOLES ||
	             (first->kind == VALUE_TENSOR && tensor_whole(&first->tensor))));
	for (size_t o = 0; whole && o < OPERATORS; o++)
		if (strcmp(operators[o].name, node->operator) == 0)
			return operators[o].take(in, node) == 0 ? 1 : -1;
	return 0;
}
