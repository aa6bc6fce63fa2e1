/* Connection tables: which input maps feed which output maps (section 3). */
#include "layer.h"

#include <stdlib.h>
#include <string.h>

/* LeCun et al. 1998, Table I: output maps 0–5 take three neighbours, 6–11 four, 12–14 four in two pairs, 15 all six. */
static const uint8_t lenet5_inputs[16] = {
	0x07, 0x0e, 0x1c, 0x38, 0x31, 0x23, 0x0f, 0x1e, 0x3c, 0x39, 0x33, 0x27, 0x1b, 0x36, 0x2d, 0x3f,
};

/* The arrays of a table, which are constant to its readers. */
struct lists {
	uint32_t *first, *input, *back, *back_out, *back_at;
};

/* One allocation holds it all; the lists are all 0. */
static struct connections *table_allocate(size_t in_maps, size_t out_maps, size_t count, struct lists *l,
                                          struct err *err)
{
	size_t numbers = (out_maps + 1) + (in_maps + 1) + 3 * count;
	struct connections *table = memory_zeroed(1, sizeof *table + numbers * sizeof(uint32_t), err);
	if (table == NULL)
		return NULL;
	l->first = (uint32_t *)(table + 1);
	l->input = l->first + out_maps + 1;
	l->back = l->input + count;
	l->back_out = l->back + in_maps + 1;
	l->back_at = l->back_out + count;
	*table = (struct connections){out_maps, in_maps, count, l->first, l->input, l->back, l->back_out, l->back_at};
	return table;
}

/* Lists the entries by input map too: counts, sums up, then deals the entries out; back[i] runs through the places of
 * map i meanwhile. */
static void table_turn(const struct connections *table, const struct lists *l)
{
	for (uint32_t e = 0; e < table->count; e++)
		l->back[l->input[e] + 1]++;
	for (size_t i = 0; i < table->in_maps; i++)
		l->back[i + 1] += l->back[i];
	for (size_t j = 0; j < table->out_maps; j++)
		for (uint32_t e = l->first[j]; e < l->first[j + 1]; e++) {
			l->back_out[l->back[l->input[e]]] = (uint32_t)j;
			l->back_at[l->back[l->input[e]]++] = e;
		}
	memmove(l->back + 1, l->back, table->in_maps * sizeof *l->back);
	l->back[0] = 0;
}

/* A table out of a matrix [out_maps][in_maps] of 0 and 1. */
static struct connections *table_create(size_t in_maps, size_t out_maps, const uint8_t *connected, struct err *err)
{
	size_t count = 0;
	for (size_t p = 0; p < in_maps * out_maps; p++)
		count += connected[p];
	struct lists l;
	struct connections *table = table_allocate(in_maps, out_maps, count, &l, err);
	if (table == NULL)
		return NULL;
	uint32_t entry = 0;
	for (size_t j = 0; j < out_maps; j++) {
		l.first[j] = entry;
		for (size_t i = 0; i < in_maps; i++)
			if (connected[j * in_maps + i])
				l.input[entry++] = (uint32_t)i;
	}
	l.first[out_maps] = entry;
	table_turn(table, &l);
	return table;
}

struct connections *connections_groups(size_t groups, size_t in_maps, size_t out_maps, struct err *err)
{
	size_t count, inputs = in_maps / groups, outputs = out_maps / groups; /* of a group */
	if (in_maps % groups != 0 || out_maps % groups != 0) {
		bool of_input = in_maps % groups != 0;
		err_set(err, EX_CONFIG, "groups %zu do not divide %s%zu%s", groups, of_input ? "the " : "maps: ",
		        of_input ? in_maps : out_maps, of_input ? " input maps" : "");
		return NULL;
	}
	if (!size_multiply(inputs, out_maps, &count) || count > UINT32_MAX / 2 || in_maps > UINT32_MAX / 2) {
		err_set(err, EX_CONFIG, "%zu times %zu connections are too many", inputs, out_maps);
		return NULL;
	}
	struct lists l;
	struct connections *table = table_allocate(in_maps, out_maps, count, &l, err);
	if (table == NULL)
		return NULL;
	for (size_t j = 0; j <= out_maps; j++)
		l.first[j] = (uint32_t)(j * inputs);
	for (size_t e = 0; e < count; e++)
		l.input[e] = (uint32_t)(e / inputs / outputs * inputs + e % inputs);
	table_turn(table, &l);
	return table;
}

size_t connections_group_count(const struct connections *table)
{
	size_t inputs = table->first[1];
	size_t groups = inputs > 0 && table->in_maps % inputs == 0 ? table->in_maps / inputs : 1;
	if (groups < 2 || table->out_maps % groups != 0 || table->count != table->out_maps * inputs)
		return 1;
	size_t outputs = table->out_maps / groups;
	for (size_t j = 0; j < table->out_maps; j++) {
		if (table->first[j + 1] != (j + 1) * inputs)
			return 1;
		for (size_t i = 0; i < inputs; i++)
			if (table->input[j * inputs + i] != j / outputs * inputs + i)
				return 1;
	}
	return groups;
}

static int connect_lenet5(size_t in_maps, size_t out_maps, uint8_t *connected, struct err *err)
{
	if (in_maps != 6 || out_maps != 16)
		return err_set(err, EX_CONFIG, "connections: lenet5 joins 6 maps to 16, not %zu to %zu", in_maps, out_maps);
	for (size_t j = 0; j < out_maps; j++)
		for (size_t i = 0; i < in_maps; i++)
			connected[j * in_maps + i] = lenet5_inputs[j] >> i & 1;
	return 0;
}

/* All sets of `size` (2 or 3) input maps in lexicographic order, from the first again after the last. */
static int connect_sets(size_t size, size_t in_maps, size_t out_maps, uint8_t *connected, struct err *err)
{
	if (in_maps < size)
		return err_set(err, EX_CONFIG, "connections: %s needs at least %zu input maps, there are %zu",
		               size == 2 ? "pairs" : "triples", size, in_maps);
	size_t chosen[3] = {0, 1, 2};
	for (size_t j = 0; j < out_maps; j++) {
		for (size_t s = 0; s < size; s++)
			connected[j * in_maps + chosen[s]] = 1;
		size_t s = size;
		while (s > 0 && chosen[s - 1] == in_maps - size + s - 1)
			s--;
		if (s == 0) {
			for (size_t r = 0; r < size; r++)
				chosen[r] = r;
			continue;
		}
		chosen[s - 1]++;
		for (size_t r = s; r < size; r++)
			chosen[r] = chosen[r - 1] + 1;
	}
	return 0;
}

static int connect_list(const struct connection_list *list, size_t in_maps, size_t out_maps, uint8_t *connected,
                        struct err *err)
{
	if (list->out_maps != out_maps)
		return err_set(err, EX_CONFIG, "connections lists %zu output maps, the layer has maps: %zu", list->out_maps,
		               out_maps);
	for (size_t j = 0; j < out_maps; j++) {
		if (list->first[j] == list->first[j + 1])
			return err_set(err, EX_CONFIG, "connections: output map %zu has no input", j);
		for (size_t e = list->first[j]; e < list->first[j + 1]; e++) {
			if (list->input[e] >= in_maps)
				return err_set(err, EX_CONFIG,
				               "connections: output map %zu takes input map %u, there are %zu (from 0)", j,
				               (unsigned)list->input[e], in_maps);
			connected[j * in_maps + list->input[e]] = 1;
		}
	}
	return 0;
}

struct connections *connections_create(enum connection_kind kind, size_t in_maps, size_t out_maps,
                                       const struct connection_list *list, struct err *err)
{
	size_t pairs;
	if (!size_multiply(in_maps, out_maps, &pairs) || pairs > UINT32_MAX / 2) {
		err_set(err, EX_CONFIG, "%zu times %zu connections are too many", in_maps, out_maps);
		return NULL;
	}
	uint8_t *connected = memory_zeroed(pairs, 1, err);
	if (connected == NULL)
		return NULL;

	int code = 0;
	switch (kind) {
	case CONNECT_FULL:
		memset(connected, 1, pairs);
		break;
	case CONNECT_LENET5:
		code = connect_lenet5(in_maps, out_maps, connected, err);
		break;
	case CONNECT_PAIRS:
	case CONNECT_TRIPLES:
		code = connect_sets(kind == CONNECT_PAIRS ? 2 : 3, in_maps, out_maps, connected, err);
		break;
	case CONNECT_LIST:
		code = connect_list(list, in_maps, out_maps, connected, err);
		break;
	}
	struct connections *table = code == 0 ? table_create(in_maps, out_maps, connected, err) : NULL;
	free(connected);
	return table;
}

void connections_destroy(struct connections *table)
{
	free(table);
}

void connection_list_free(struct connection_list *list)
{
	free(list->first);
	free(list->input);
	*list = (struct connection_list){0};
}
