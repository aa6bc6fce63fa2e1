/* Connection tables: which input maps feed which output maps (section 3). */
#include "layer.h"

#include <stdlib.h>
#include <string.h>

/* LeCun et al. 1998, Table I: output maps 0–5 take three neighbours, 6–11 four, 12–14 four in two pairs, 15 all six. */
static const uint8_t lenet5_inputs[16] = {
	0x07, 0x0e, 0x1c, 0x38, 0x31, 0x23, 0x0f, 0x1e, 0x3c, 0x39, 0x33, 0x27, 0x1b, 0x36, 0x2d, 0x3f,
};

static void bytes_to_table(const uint8_t *connected, struct connections *table, uint32_t *first, uint32_t *input,
                           uint32_t *back, uint32_t *back_out, uint32_t *back_at)
{
	uint32_t entry = 0;
	for (size_t j = 0; j < table->out_maps; j++) {
		first[j] = entry;
		for (size_t i = 0; i < table->in_maps; i++)
			if (connected[j * table->in_maps + i])
				input[entry++] = (uint32_t)i;
	}
	first[table->out_maps] = entry;

	/* By input map: count, sum up, then deal the entries out; back[i] runs through the places of map i meanwhile. */
	for (uint32_t e = 0; e < entry; e++)
		back[input[e] + 1]++;
	for (size_t i = 0; i < table->in_maps; i++)
		back[i + 1] += back[i];
	for (size_t j = 0; j < table->out_maps; j++)
		for (uint32_t e = first[j]; e < first[j + 1]; e++) {
			back_out[back[input[e]]] = (uint32_t)j;
			back_at[back[input[e]]++] = e;
		}
	memmove(back + 1, back, table->in_maps * sizeof *back);
	back[0] = 0;
}

/* A table out of a matrix [out_maps][in_maps] of 0 and 1; one allocation holds it all. */
static struct connections *table_create(size_t in_maps, size_t out_maps, const uint8_t *connected, struct err *err)
{
	size_t count = 0;
	for (size_t p = 0; p < in_maps * out_maps; p++)
		count += connected[p];
	size_t numbers = (out_maps + 1) + (in_maps + 1) + 3 * count;
	struct connections *table = memory_zeroed(1, sizeof *table + numbers * sizeof(uint32_t), err);
	if (table == NULL)
		return NULL;
	uint32_t *first = (uint32_t *)(table + 1), *input = first + out_maps + 1, *back = input + count;
	uint32_t *back_out = back + in_maps + 1, *back_at = back_out + count;
	*table = (struct connections){out_maps, in_maps, count, first, input, back, back_out, back_at};
	bytes_to_table(connected, table, first, input, back, back_out, back_at);
	return table;
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
