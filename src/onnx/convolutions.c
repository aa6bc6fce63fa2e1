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
	if (!beside || !all || !kernels_flat(number, shape.maps, each) || text_ends(node->input[1], "/kernels"))
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
	size_t rank = w->line ? 3 : 4, rows = w->line ? 1 : kernels->dims[2], columns = kernels->dims[rank - 1];
	if (kernels->rank != rank)
		return err_set(in->err, EX_DATAERR, "kernels '%s' have %zu dimensions; those of [N][maps]%s[columns] have %zu",
		               kernels->name, kernels->rank, w->line ? "" : "[rows]", rank);
	if (kernels->count == 0 || groups == 0 || shape.maps % groups != 0 || kernels->dims[0] % groups != 0 ||
	    kernels->dims[1] != shape.maps / groups)
		return err_set(in->err, EX_DATAERR, "kernels '%s' [%zu][%zu][%zu][%zu] in %zu groups do not fit %zu maps",
		               kernels->name, kernels->dims[0], kernels->dims[1], rows, columns, groups, shape.maps);
	w->side[0] = rows;
	w->side[1] = columns;
	return 0;
}

/* Other zeros in front, as many behind: convoy's padding: same begins there with a kernel that has rows and columns of
 * zeros behind. Returns the kernels, or NULL if none have that padding. */
static float *kernels_grow(struct import *in, struct moves *w, struct shape shape, size_t *count, float *number)
{
	struct shape out = moved(w, 1, shape);
	const size_t length[2] = {shape.rows, shape.columns}, outs[2] = {out.rows, out.columns};
	struct moves old = *w;
	size_t kernel = w->side[0] * w->side[1], pairs = *count / kernel, all;
	for (size_t d = 0; d < 2; d++) {
		size_t reach = (outs[d] - 1) * w->step[d], wanted = length[d] + 2 * w->before[d];
		if (w->dilation[d] != 1 || wanted < reach + w->side[d] || wanted - reach > LAYER_SIDE)
			return NULL;
		w->side[d] = w->reach[d] = wanted - reach;
	}
	if (!moves_same(w, shape) || !size_multiply(pairs, w->side[0] * w->side[1], &all))
		return NULL;
	float *grown = memory_zeroed(all, sizeof *grown, in->err);
	for (size_t i = 0; grown != NULL && i < *count; i++) {
		size_t row = i / old.side[1] % old.side[0];
		grown[(i / kernel * w->side[0] + row) * w->side[1] + i % old.side[1]] = number[i];
	}
	*count = all;
	return grown;
}

/* ", stride: 2", or ", stride: [1, 2]"; nothing where both are 1. */
static int sides_print(char *text, int end, const char *key, const size_t side[2])
{
	size_t room = PART_KEYS - (size_t)end;
	if (side[0] != side[1])
		return end + snprintf(text + end, room, ", %s: [%zu, %zu]", key, side[0], side[1]);
	return side[0] != 1 ? end + snprintf(text + end, room, ", %s: %zu", key, side[0]) : end;
}

static void keys_print(struct part *part, const struct moves *w, const char *padding, size_t groups)
{
	int end = snprintf(part->keys, PART_KEYS, "maps: %zu", part->out.maps);
	if (w->side[0] * w->side[1] == 1)
		end += snprintf(part->keys + end, PART_KEYS - (size_t)end, ", kernel: 1");
	end = sides_print(part->keys, end, "kernel", w->side);
	end = sides_print(part->keys, end, "stride", w->step);
	end = sides_print(part->keys, end, "dilation", w->dilation);
	if (moves_padded(w))
		end += snprintf(part->keys + end, PART_KEYS - (size_t)end, ", padding: %s", padding);
	if (groups > 1)
		snprintf(part->keys + end, PART_KEYS - (size_t)end, ", groups: %zu", groups);
}

/* Takes `number` in any case. */
static int convolution_add(struct import *in, const struct file_node *node, const struct value *x, struct moves *w,
                           size_t maps, size_t groups, float *number, size_t count)
{
	const char *word = "same";
	struct shape shape = map_shape(in, x->map), out = moved(w, maps, shape);
	if (moves_padded(w) && !moves_word(w, shape, &word)) {
		const struct moves old = *w;
		float *grown = kernels_grow(in, w, shape, &count, number);
		free(number);
		if (grown == NULL)
			return padding_refuse(in, &old, shape);
		number = grown;
		word = "same";
	}
	struct part *part = part_append(in, node, "convolution", x, out, false);
	if (part == NULL) {
		free(number);
		return -1;
	}
	part_tensor(part, count, number);
	keys_print(part, w, word, groups);
	if (biases_add(in, node, part) != 0)
		return -1;
	return groups > 1 ? 0 : zeros_leave(in, part, shape.maps, w->side[0] * w->side[1]);
}

int take_conv(struct import *in, const struct file_node *node)
{
	struct value *x = maps_get(in, node);
	struct moves w = {.line = x != NULL && x->line};
	const struct file_tensor *kernels = x != NULL ? node_tensor(in, node, 1) : NULL;
	int64_t groups = attribute_integer(in, node, "group", 1);
	if (kernels == NULL || kernel_check(in, kernels, map_shape(in, x->map), groups > 0 ? (size_t)groups : 0, &w) != 0 ||
	    moves_get(in, node, map_shape(in, x->map), &w) != 0)
		return -1;
	float *number = node_floats(in, node, 1, kernels->count);
	if (number == NULL)
		return -1;
	bool single = kernels->dims[1] == 1 && (size_t)groups == kernels->dims[0] &&
	              w.reach[0] * w.reach[1] == w.side[0] * w.side[1];
	int taken = single ? single_take(in, node, x, &w, number) : 0;
	if (taken == 0)
		return convolution_add(in, node, x, &w, kernels->dims[0], (size_t)groups, number, kernels->count);
	free(number);
	return taken > 0 ? 0 : -1;
}
