/* Pooling and upsampling. */
#include "windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Windows along a side as convoy has them with `ragged: true`: the last begins within, and may reach beyond the end. */
static size_t ragged_count(size_t length, size_t side, size_t step)
{
	size_t last = side < length ? (length - side + step - 1) / step : 0, most = (length - 1) / step;
	return (last < most ? last : most) + 1;
}

/* Checks the outputs along side d, and sets *ragged if not all windows end at the edge. */
static int along_check(struct import *in, const struct moves *w, struct shape shape, size_t d, size_t count,
                       bool *ragged)
{
	size_t length = d == 0 ? shape.rows : shape.columns, whole = ragged_count(length, w->side[d], w->step[d]);
	if (w->before[d] > 0 || w->side[d] > length)
		return padding_refuse(in, w, shape);
	if (count > whole)
		return padding_refuse(in, w, shape);
	if (count < whole)
		return err_set(in->err, EX_DATAERR, "windows of %zu×%zu in steps of %zu×%zu leave out the edge of a %zu×%zu "
		               "input; convoy's reach it: export with ceil_mode=True, or sizes that fit", w->side[0],
		               w->side[1], w->step[0], w->step[1], shape.rows, shape.columns);
	*ragged = *ragged || (length - w->side[d]) % w->step[d] != 0;
	return 0;
}

static int pooling_add(struct import *in, const struct file_node *node, const struct value *x, struct moves *w,
                       const char *method)
{
	struct shape shape = map_shape(in, x->map), out = moved(w, shape.maps, shape);
	const char *word = NULL;
	bool padded = moves_padded(w) && moves_word(w, shape, &word), reaches = true, ragged = false;
	for (size_t d = 0; d < 2; d++) { /* as the layer has it: the edge is not left out */
		size_t length = d == 0 ? shape.rows : shape.columns, outs = d == 0 ? out.rows : out.columns;
		size_t end = (outs - 1) * w->step[d] + w->side[d];
		reaches = reaches && (w->step[d] > w->side[d] || end >= length + w->before[d]);
	}
	if (padded && !reaches)
		return err_set(in->err, EX_DATAERR, "windows of %zu×%zu in steps of %zu×%zu with half a window of padding "
		               "leave out the edge of a %zu×%zu input; convoy's reach it: export with sizes that fit",
		               w->side[0], w->side[1], w->step[0], w->step[1], shape.rows, shape.columns);
	if (!padded && (along_check(in, w, shape, 0, out.rows, &ragged) != 0 ||
	                along_check(in, w, shape, 1, out.columns, &ragged) != 0))
		return -1;
	struct part *part = part_append(in, node, "pooling", x, out, false);
	if (part == NULL)
		return -1;
	int end = snprintf(part->keys, PART_KEYS, "method: %s, window: [%zu, %zu]", method, w->side[0], w->side[1]);
	if (w->side[0] != w->step[0] || w->side[1] != w->step[1])
		end += snprintf(part->keys + end, PART_KEYS - (size_t)end, ", stride: [%zu, %zu]", w->step[0], w->step[1]);
	if (padded)
		snprintf(part->keys + end, PART_KEYS - (size_t)end, ", padding: %s", word);
	else if (ragged)
		snprintf(part->keys + end, PART_KEYS - (size_t)end, ", ragged: true");
	return 0;
}

int take_pool(struct import *in, const struct file_node *node)
{
	bool most = strcmp(node->operator, "MaxPool") == 0;
	struct value *x = maps_get(in, node);
	struct moves w = {.line = x != NULL && x->line};
	if (x == NULL || sides_get(in, node, "kernel_shape", &w, 1, 0, w.side) != 0)
		return -1;
	if (w.side[1] == 0)
		return err_set(in->err, EX_DATAERR, "lacks kernel_shape");
	if (moves_get(in, node, map_shape(in, x->map), &w) != 0)
		return -1;
	if (w.dilation[0] != 1 || w.dilation[1] != 1)
		return err_set(in->err, EX_DATAERR, "dilations [%zu, %zu]: convoy's windows have no holes", w.dilation[0],
		               w.dilation[1]);
	if (!most && moves_padded(&w) && attribute_integer(in, node, "count_include_pad", 0) != 0)
		return err_set(in->err, EX_DATAERR, "count_include_pad: convoy's means do not count padding");
	return pooling_add(in, node, x, &w, most ? "max" : "mean");
}

int take_global_pool(struct import *in, const struct file_node *node)
{
	struct value *x = maps_get(in, node);
	if (x == NULL)
		return -1;
	struct part *part = part_append(in, node, "pooling", x, (struct shape){map_shape(in, x->map).maps, 1, 1}, false);
	if (part != NULL)
		snprintf(part->keys, PART_KEYS, "method: %s, window: all",
		         strcmp(node->operator, "GlobalMaxPool") == 0 ? "max" : "mean");
	return part != NULL ? 0 : -1;
}

/* A mean over rows and columns, axes 2 and 3; over columns alone, axis 2, where there are no rows. */
int take_reduce_mean(struct import *in, const struct file_node *node)
{
	int64_t axis[FILE_NUMBERS];
	size_t count;
	bool keep = attribute_integer(in, node, "keepdims", 1) != 0;
	const struct value *x = maps_get(in, node);
	if (x == NULL)
		return -1;
	int64_t sides = x->line ? 3 : 4;
	if (node_wholes(in, node, 1, "axes", axis, &count) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		axis[i] += axis[i] < 0 && axis[i] >= -sides ? sides : 0;
	bool both = count == 2 && ((axis[0] == 2 && axis[1] == 3) || (axis[0] == 3 && axis[1] == 2));
	if (x->line ? count != 1 || axis[0] != 2 : !both)
		return err_set(in->err, EX_DATAERR, "convoy takes means over rows and columns, axes %s",
		               x->line ? "[2]" : "[2, 3]");
	if (take_global_pool(in, node) != 0)
		return -1;
	struct value *out = value_named(in, node->output);
	out->row = !keep;
	out->line = out->line && keep;
	return 0;
}

/* ---- Upsampling -------------------------------------------------------------------------------------------------- */

/* How often each number stands, by `scales` or by `sizes`. */
static int factors_get(struct import *in, const struct file_node *node, struct shape shape, bool line,
                       size_t factor[2])
{
	size_t at = node->inputs == 2 ? 1 : 2, count, sides = line ? 3 : 4;
	int64_t size[FILE_NUMBERS];
	const size_t length[2] = {shape.rows, shape.columns};
	float *scale = NULL;
	if (node_has(node, 3)) {
		if (node_wholes(in, node, 3, "sizes", size, &count) != 0)
			return -1;
		if (count != sides)
			return err_set(in->err, EX_DATAERR, "has %zu sizes, not %zu", count, sides);
	} else if ((scale = node_floats(in, node, at, sides)) == NULL) {
		return -1;
	}
	int code = 0;
	factor[0] = 1;
	for (size_t d = 4 - sides; d < 2 && code == 0; d++) {
		size_t side = d + sides - 2;
		double times = scale != NULL ? (double)scale[side] : (double)size[side] / (double)length[d];
		bool whole = times >= 1 && times <= LAYER_SIDE && times == (double)(size_t)times;
		bool once = scale != NULL ? scale[0] == 1 && scale[1] == 1 : size[1] == (int64_t)shape.maps;
		if (!whole || !once)
			code = err_set(in->err, EX_DATAERR, "scales by %g; convoy repeats rows and columns 1 … %d times, and maps "
			               "once", times, LAYER_SIDE);
		else
			factor[d] = (size_t)times;
	}
	free(scale);
	return code;
}

int take_resize(struct import *in, const struct file_node *node)
{
	static const char repeats[] = "repeats numbers";
	size_t factor[2];
	struct value *x = maps_get(in, node);
	bool resize = strcmp(node->operator, "Resize") == 0;
	if (x == NULL || word_check(in, node, "mode", "nearest", "nearest", repeats) != 0)
		return -1;
	if (resize && in->file->opset > 10 &&
	    (word_check(in, node, "coordinate_transformation_mode", "half_pixel", "asymmetric", repeats) != 0 ||
	     word_check(in, node, "nearest_mode", "round_prefer_floor", "floor", repeats) != 0))
		return -1;
	struct shape shape = map_shape(in, x->map);
	if (factors_get(in, node, shape, x->line, factor) != 0)
		return -1;
	shape.rows *= factor[0];
	shape.columns *= factor[1];
	struct part *part = part_append(in, node, "upsampling", x, shape, false);
	if (part != NULL)
		snprintf(part->keys, PART_KEYS, "factor: [%zu, %zu]", factor[0], factor[1]);
	return part != NULL ? 0 : -1;
}
