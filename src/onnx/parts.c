/* Layers to be. */
#include "import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool name_fits(const struct import *in, const char *name, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz", others[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	if (length == 0 || length > LAYER_NAME_MOST || strchr(letters, name[0]) == NULL || strspn(name, others) < length)
		return false;
	if (length == strlen("input") && memcmp(name, "input", length) == 0)
		return false;
	for (size_t l = 0; l < in->layers; l++)
		if (strlen(in->layer[l].name) == length && memcmp(in->layer[l].name, name, length) == 0)
			return false;
	return true;
}

/* The node's name, which convoy's export puts behind layers/ where it is taken; otherwise that of PyTorch's module, of
 * which conv1.weight is a tensor; otherwise none. */
static void name_set(const struct import *in, const struct file_node *node, struct part *part)
{
	static const char weight[] = ".weight", own[] = "layers/";
	const char *said = node->name + (strncmp(node->name, own, sizeof own - 1) == 0 ? sizeof own - 1 : 0);
	size_t length = strlen(said), tail = sizeof weight - 1;
	char name[FILE_NAME + 1];
	memcpy(name, said, length + 1);
	if (!name_fits(in, name, length) && node_has(node, 1) && strlen(node->input[1]) > tail) {
		length = strlen(node->input[1]) - tail;
		memcpy(name, node->input[1], length);
		name[length] = 0;
		if (strcmp(node->input[1] + length, weight) != 0)
			return;
		for (size_t i = 0; i < length; i++)
			name[i] = (char)(name[i] == '.' ? '-' : name[i]);
	}
	if (name_fits(in, name, length))
		memcpy(part->name, name, length + 1);
}

void part_rename(const struct import *in, const struct file_node *node, struct part *part)
{
	part->name[0] = 0;
	name_set(in, node, part);
}

struct part *part_append(struct import *in, const struct file_node *node, const char *type, const struct value *from,
                      struct shape out, bool row)
{
	size_t numbers;
	if (in->layers == JOB_LAYERS) {
		err_set(in->err, EX_DATAERR, "the network has more than %d layers, the limit of convoy", JOB_LAYERS);
		return NULL;
	}
	if (!size_multiply(out.maps, out.rows, &numbers) || !size_multiply(numbers, out.columns, &numbers) ||
	    numbers > FILE_COUNT) {
		err_set(in->err, EX_DATAERR, "gives more than %u numbers", FILE_COUNT);
		return NULL;
	}
	struct part *part = &in->layer[in->layers];
	*part = (struct part){.type = type, .sources = 1, .source = {from->map}, .out = out};
	name_set(in, node, part);
	in->layers++;
	output_set(in, node, in->layers, row)->line = from->line && !row;
	return part;
}

int part_tensor(struct part *part, size_t count, float *number)
{
	if (number == NULL)
		return -1;
	part->tensor[part->tensors].count = count;
	part->tensor[part->tensors++].number = number;
	return 0;
}

int part_fill(struct import *in, struct part *part, size_t count, float number)
{
	float *all = memory_zeroed(count, sizeof *all, in->err);
	for (size_t i = 0; all != NULL && i < count; i++)
		all[i] = number;
	return part_tensor(part, count, all);
}

struct part *part_open(struct import *in, const struct value *value)
{
	struct part *part = value->map > 0 ? &in->layer[value->map - 1] : NULL;
	bool may = part != NULL && part->activation[0] == 0 && !part->closed;
	return may && value->sole && value->readers == 1 ? part : NULL;
}
