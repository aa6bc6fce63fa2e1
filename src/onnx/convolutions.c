/* Conv becomes a convolution, or a layer that convoy exports as one. */
#include "windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which maps are connected, by kernels that are not all 0; none if all are, or if an output map has no kernel at all.
 * Kernels that are left out leave the numbers. */
static int zeros_leave(struct import *in, struct part *part, size_t inputs, size_t kernel)
{
	size_t maps = part->out.maps, pairs = maps * inputs, used = 0;
	float *number = part->tensor[0].number;
	struct connection_list list = {maps, memory_zeroed(maps + 1, sizeof *list.first, in->err),
	                               memory_zeroed(pairs, sizeof *list.input, in->err)};
	if (list.first == NULL || list.input == NULL) {
		connection_list_free(&list);
		return -1;
	}
	bool empty = false;
	for (size_t j = 0; j < maps; j++) {
		for (size_t p = j * inputs; p < (j + 1) * inputs; p++) {
			size_t i = 0;
			while (i < kernel && number[p * kernel + i] == 0)
				i++;
			if (i < kernel)
				list.input[used++] = (uint32_t)(p - j * inputs);
		}
		list.first[j + 1] = (uint32_t)used;
		empty = empty || list.first[j + 1] == list.first[j];
	}
	if (empty || used == pairs) {
		connection_list_free(&list);
		return 0;
	}
	for (size_t j = 0; j < maps; j++)
		for (uint32_t u = list.first[j]; u < list.first[j + 1]; u++)
			memmove(number + u * kernel, number + (j * inputs + list.input[u]) * kernel, kernel * sizeof *number);
	part->tensor[0].count = used * kernel;
	part->connections = list;
	return 0;
}

/* Each group of output maps has a group of input maps. */
static int groups_list(struct import *in, struct part *part, size_t inputs, size_t groups)
{
	size_t maps = part->out.maps, own = inputs / groups;
	struct connection_list *list = &part->connections;
	*list = (struct connection_list){maps, memory_zeroed(maps + 1, sizeof *list->first, in->err),
	                                 memory_zeroed(maps * own, sizeof *list->input, in->err)};
	if (list->first == NULL || list->input == NULL)
		return -1;
	for (size_t j = 0; j < maps; j++) {
		list->first[j + 1] = (uint32_t)((j + 1) * own);
		for (size_t i = 0; i < own; i++)
			list->input[j * own + i] = (uint32_t)(j / (maps / groups) * own + i);
	}
	return 0;
}

static bool ends_with(const char *text, const char *tail)
{
	size_t length = strlen(text), own = strlen(tail);
	return length >= own && strcmp(text + length - own, tail) == 0;
}

/* Equal numbers in the kernel of each map. */
static bool kernels_flat(const float *number, size_t maps, size_t kernel)
{
	for (size_t i = 0; i < maps * kernel; i++)
		if (number[i] != number[i / kernel * kernel])
			return false;
	return true;
}

static int biases_add(struct import *in, const struct file_node *node, struct part *part)
{
	size_t maps = part->out.maps;
	part->bare = !node_has(node, 2);
	return part->bare ? part_fill(in, part, maps, 0) : part_tensor(part, maps, node_floats(in, node, 2, maps));
}

/* One number for each map, out of kernels of `each` equal ones. */
static int factors_add(struct import *in, const struct file_node *node, struct part *part, const float *number,
                       size_t each)
{
	size_t maps = part->out.maps;
	float *factor = memory_zeroed(maps, sizeof *factor, in->err);
	for (size_t j = 0; factor != NULL && j < maps; j++)
		factor[j] = number[j * each];
	return part_tensor(part, maps, factor) != 0 ? -1 : biases_add(in, node, part);
}

/* A convolution of each map by itself may be a layer that convoy exports so: scaling, with one number for each map, or
 * sub-sampling, with equal numbers in windows side by side. Returns 1 if it is one. */
static int single_take(struct import *in, const struct file_node *node, const struct value *x, const struct moves *w,
                       const float *number)
{
	struct shape shape = map_shape(in, x->map), out = moved(w, shape.maps, shape);
	size_t each = w->side[0] * w->side[1];
	bool beside = w->side[0] == w->step[0] && w->side[1] == w->step[1] && w->before[0] + w->before[1] == 0;
	bool all = out.rows * w->step[0] >= shape.rows && out.columns * w->step[1] >= shape.columns;
	if (!beside || !all || !kernels_flat(number, shape.maps, each) || ends_with(node->input[1], "/kernels"))
		return 0;
	struct part *part = part_append(in, node, each == 1 ? "scale" : "subsampling", x, out, false);
	if (part == NULL)
		return -1;
	if (each > 1)
		snprintf(part->keys, PART_KEYS, "window: [%zu, %zu]%s", w->side[0], w->side[1],
		         moves_padded(w) ? ", ragged: true" : "");
	return factors_add(in, node, part, number, each) == 0 ? 1 : -1;
}

static int kernel_check(struct import *in, const struct file_tensor *kernels, struct shape shape, size_t groups,
                        struct moves *w)
{
	if (kernels->rank != 4)
		return err_set(in->err, EX_DATAERR, "kernels '%s' have %zu dimensions; convoy convolves rows and columns, with "
		               "4", kernels->name, kernels->rank);
	if (kernels->count == 0 || groups == 0 || shape.maps % groups != 0 || kernels->dims[0] % groups != 0 ||
	    kernels->dims[1] != shape.maps / groups)
		return err_set(in->err, EX_DATAERR, "kernels '%s' [%zu][%zu][%zu][%zu] in %zu groups do not fit %zu maps",
		               kernels->name, kernels->dims[0], kernels->dims[1], kernels->dims[2], kernels->dims[3], groups,
		               shape.maps);
	w->side[0] = kernels->dims[2];
	w->side[1] = kernels->dims[3];
	return 0;
}

static int convolution_add(struct import *in, const struct file_node *node, const struct value *x,
                           const struct moves *w, size_t maps, size_t groups, float *number, size_t count)
{
	struct shape shape = map_shape(in, x->map);
	struct part *part = part_append(in, node, "convolution", x, moved(w, maps, shape), false);
	if (part == NULL || part_tensor(part, count, number) != 0) {
		free(number);
		return -1;
	}
	if (w->side[0] != w->side[1] || w->step[0] != w->step[1])
		return err_set(in->err, EX_DATAERR, "a kernel of %zu×%zu in steps of %zu×%zu: convoy's convolutions are square",
		               w->side[0], w->side[1], w->step[0], w->step[1]);
	if (moves_padded(w) && !moves_same(w, shape))
		return padding_refuse(in, w, shape);
	int end = snprintf(part->keys, PART_KEYS, "maps: %zu, kernel: %zu", maps, w->side[0]);
	if (w->step[0] > 1)
		end += snprintf(part->keys + end, PART_KEYS - (size_t)end, ", stride: %zu", w->step[0]);
	if (moves_padded(w))
		snprintf(part->keys + end, PART_KEYS - (size_t)end, ", padding: same");
	if (biases_add(in, node, part) != 0)
		return -1;
	return groups > 1 ? groups_list(in, part, shape.maps, groups)
	                  : zeros_leave(in, part, shape.maps, w->side[0] * w->side[1]);
}

int take_conv(struct import *in, const struct file_node *node)
{
	struct moves w = {0};
	struct value *x = maps_get(in, node);
	const struct file_tensor *kernels = x != NULL ? node_tensor(in, node, 1) : NULL;
	int64_t groups = attribute_integer(in, node, "group", 1);
	if (kernels == NULL || kernel_check(in, kernels, map_shape(in, x->map), groups > 0 ? (size_t)groups : 0, &w) != 0 ||
	    moves_get(in, node, map_shape(in, x->map), &w) != 0)
		return -1;
	float *number = node_floats(in, node, 1, kernels->count);
	if (number == NULL)
		return -1;
	bool single = kernels->dims[1] == 1 && (size_t)groups == kernels->dims[0];
	int taken = single ? single_take(in, node, x, &w, number) : 0;
	if (taken == 0)
		return convolution_add(in, node, x, &w, kernels->dims[0], (size_t)groups, number, kernels->count);
	free(number);
	return taken > 0 ? 0 : -1;
}
