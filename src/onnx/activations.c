/* Activations: they become a key of the layer before, or of one that leaves the map as it is. */
#include "import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *operator, *word;
} words[] = {
	{"Relu", "relu"}, {"Sigmoid", "sigmoid"}, {"Tanh", "tanh"}, {"LeakyRelu", "leaky-relu"}, {"Elu", "elu"},
	{"Softplus", "softplus"}, {"Gelu", "gelu"},
};

/* The output of `last`, which is f of x; `readers`: inputs of its nodes that read x. */
static struct part *activation_set(struct import *in, const struct file_node *last, struct value *x, size_t readers,
                                   const char *word)
{
	size_t own = x->readers;
	x->readers = own == readers ? 1 : own; /* to part_open they are one */
	struct part *part = part_open(in, x);
	if (part != NULL) {
		output_alias(in, last, x, x->row);
	} else if ((part = part_append(in, last, "pooling", x, map_shape(in, x->map), x->row)) != NULL) {
		snprintf(part->keys, PART_KEYS, "method: max, window: 1"); /* of one number: the map itself */
	}
	x->readers = own;
	if (part != NULL)
		snprintf(part->activation, sizeof part->activation, "%s", word);
	return part;
}

/* ---- Activations of several nodes -------------------------------------------------------------------------------- */

static bool reads(const struct file_node *node, const char *name)
{
	return node->inputs == 2 && (strcmp(node->input[0], name) == 0 || strcmp(node->input[1], name) == 0);
}

/* Whether input i of a node is one number, within a share `off` of it. */
static bool scalar_is(const struct import *in, const struct file_node *node, size_t i, double number, double off)
{
	const struct value *value = node_has(node, i) ? value_named(in, node->input[i]) : NULL;
	struct err ignored = {0};
	float own;
	return value != NULL && value->kind == VALUE_TENSOR && value->tensor.count == 1 &&
	       tensor_floats(&value->tensor, &own, &ignored) == 0 && fabs((double)own - number) <= off * number;
}

static bool has_scalar(const struct import *in, const struct file_node *node, double number)
{
	return scalar_is(in, node, 0, number, 1e-6) || scalar_is(in, node, 1, number, 1e-6);
}

static const struct file_node *reader_of(const struct import *in, const struct file_node *node, const char *operator)
{
	const struct value *out = node != NULL ? value_named(in, node->output) : NULL;
	const struct file_node *next = out != NULL ? node_behind(in, out) : NULL;
	return next != NULL && strcmp(next->operator, operator) == 0 ? next : NULL;
}

/* Mul, Tanh, Mul with the two numbers of convoy's scaled-tanh. */
static const struct file_node *scaled_tanh_end(const struct import *in, const struct file_node *node)
{
	bool slope = strcmp(node->operator, "Mul") == 0 && scalar_is(in, node, 1, (double)(float)(2 / 3.0), 0);
	const struct file_node *last = slope ? reader_of(in, reader_of(in, node, "Tanh"), "Mul") : NULL;
	return last != NULL && scalar_is(in, last, 1, (double)1.7159f, 0) ? last : NULL;
}

/* u (1 + erf(u / √2)) / 2, in any order of the last two products. */
static const struct file_node *gelu_end(const struct import *in, const struct file_node *node, const char *u)
{
	bool product = strcmp(node->operator, "Mul") == 0 && has_scalar(in, node, sqrt(0.5));
	bool quotient = strcmp(node->operator, "Div") == 0 && scalar_is(in, node, 1, sqrt(2), 1e-6);
	const struct file_node *erf = product || quotient ? reader_of(in, node, "Erf") : NULL;
	const struct file_node *sum = reader_of(in, erf, "Add");
	const struct file_node *first = sum != NULL && has_scalar(in, sum, 1) ? reader_of(in, sum, "Mul") : NULL;
	const struct file_node *last = reader_of(in, first, "Mul");
	if (last == NULL)
		return NULL;
	bool half = has_scalar(in, first, 0.5) && reads(last, u), other = reads(first, u) && has_scalar(in, last, 0.5);
	return half || other ? last : NULL;
}

/* The nodes from one to another, each the only reader of the one before, are done. */
static void chain_done(struct import *in, const struct file_node *node, const struct file_node *last)
{
	while (node != last) {
		const struct file_node *next = node_behind(in, value_named(in, node->output));
		node_done(in, next);
		node = next;
	}
}

int pattern_take(struct import *in, const struct file_node *node, struct value *x)
{
	const struct file_node *last = scaled_tanh_end(in, node), *gelu = gelu_end(in, node, x->name);
	if (last == NULL && gelu == NULL)
		return 0;
	chain_done(in, node, gelu != NULL ? gelu : last);
	struct part *part = gelu != NULL ? activation_set(in, gelu, x, 2, "gelu")
	                                 : activation_set(in, last, x, 1, "scaled-tanh");
	return part != NULL ? 1 : -1;
}

/* ---- Activations of one node ------------------------------------------------------------------------------------- */

int take_activation(struct import *in, const struct file_node *node)
{
	struct value *x = node_maps(in, node, 0);
	struct file_attribute attribute;
	size_t i = 0;
	if (x == NULL)
		return -1;
	const struct file_node *product = strcmp(node->operator, "Sigmoid") == 0 ? reader_of(in, node, "Mul") : NULL;
	if (product != NULL && reads(product, x->name)) {
		node_done(in, product);
		return activation_set(in, product, x, 2, "swish") != NULL ? 0 : -1;
	}
	while (strcmp(words[i].operator, node->operator) != 0)
		i++;
	bool leaky = strcmp(node->operator, "LeakyRelu") == 0;
	float slope = attribute_real(in, node, "alpha", leaky ? 0.01f : 1);
	if (!leaky && slope != 1)
		return err_set(in->err, EX_DATAERR, "alpha %g; convoy's has 1", (double)slope);
	if (leaky && !(slope >= 0 && slope <= 1))
		return err_set(in->err, EX_DATAERR, "alpha %g; convoy takes a slope of 0 … 1", (double)slope);
	if (node_attribute(node, "approximate", &attribute, in->err) > 0 && strcmp(attribute.word, "none") != 0)
		return err_set(in->err, EX_DATAERR, "approximate %s; convoy's gelu is exact", attribute.word);
	struct part *part = activation_set(in, node, x, 1, words[i].word);
	if (part != NULL && leaky)
		snprintf(part->activation, sizeof part->activation, "leaky-relu, slope: %.9g", (double)slope);
	return part != NULL ? 0 : -1;
}
