/* Distorted samples: smooth fields of displacement, and bytes, floats or classes seen through an affine map and such a
 * field. Floats are multiplied and added one by one, the rest is integers: every instruction set gives the same
 * bytes. */
#ifndef CONVOY_KERNEL_WARP_H
#define CONVOY_KERNEL_WARP_H

#include "vector.h"

/* One row of warp_smooth, `vectors` of its columns at once, as independent sums. */
INLINE void warp_row(size_t vectors, size_t columns, size_t reach, const float *a, const float *x, float *y)
{
	vec sum[2 * LANES / W] = {0};
	for (size_t n = 0; n < reach; n++)
		UNROLL for (size_t v = 0; v < vectors; v++)
			sum[v] += vec_all(a[n]) * vec_load(x + n * columns + v * W);
	UNROLL for (size_t v = 0; v < vectors; v++)
		vec_store(y + v * W, sum[v]);
}

/* y[r][c] = Σ_n a[r][n] x[n][c], n from first[r] (NULL: 0) on; columns in whole vectors. */
static void warp_smooth(size_t rows, size_t columns, size_t step, const uint32_t *first, size_t reach, const float *a,
                        const float *x, float *y)
{
	for (size_t r = 0; r < rows; r++) {
		size_t from = first != NULL ? first[r] : 0, c = 0;
		for (; c + 2 * LANES <= columns; c += 2 * LANES)
			warp_row(2 * LANES / W, columns, reach, a + r * step + from, x + from * columns + c, y + r * columns + c);
		if (c < columns)
			warp_row(LANES / W, columns, reach, a + r * step + from, x + from * columns + c, y + r * columns + c);
	}
}

static void warp_field(const struct warp *w, const float *noise, float *scratch, float *field)
{
	size_t nodes = w->node_columns;
	warp_smooth(w->node_rows, w->pitch, nodes, NULL, nodes, noise, w->column_weight, scratch);
	warp_smooth(w->rows, w->pitch, w->node_rows, w->node_first, w->node_reach, w->row_weight, scratch, field);
}

enum { WARP_RUN = 512 }; /* positions that are made at a time: rows lie in it in whole groups of LANES */

/* Where in the frame positions lie: the index of the one above and left, and how far beyond that one, in 1/256. */
struct warp_run {
	_Alignas(64) int32_t index[WARP_RUN], down[WARP_RUN], right[WARP_RUN];
	union { /* the neighbours: of bytes four in a word, of floats above left, above right, below left, below right */
		int32_t four[WARP_RUN];
		float corner[4][WARP_RUN];
	};
	union { /* what is made */
		uint8_t byte[WARP_RUN];
		float number[WARP_RUN];
		uint16_t class[WARP_RUN];
	};
};

/* Rows that lie in a run: `rows` of `count` positions each, `step` apart. `wide`: columns of the frame. */
struct warp_rows {
	size_t rows, step, count, wide;
};

/* In 1/256 of a position of the frame, no farther than `most`. The value comes first, so that NaN gives way to 0. */
INLINE ivec warp_place(vec at, float most)
{
	at = vec_least(vec_most(at + 1, vec_all(0)), vec_all(most));
	return __builtin_convertvector(at * 256 + 0.5f, ivec);
}

/* `count` positions from (row, column) on, and what follows up to a whole group. */
static void warp_aim(const struct warp *w, const float map[6], const float *field, size_t row, size_t column,
                     size_t count, struct warp_run *run, size_t at)
{
	static const float ramp[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	vec lanes;
	memcpy(&lanes, ramp, sizeof lanes);
	float most_row = (float)(w->rows + 1), most_column = (float)(w->columns + 1);
	float from_row = map[0] * (float)row + map[2], from_column = map[3] * (float)row + map[5];
	int32_t wide = (int32_t)w->columns + 3;
	size_t whole = (count + LANES - 1) / LANES * LANES;
	for (size_t i = 0; i < whole; i += W) {
		vec c = lanes + (float)(column + i);
		vec y = map[1] * c + from_row, x = map[4] * c + from_column;
		if (field != NULL) {
			const float *bend = field + row * w->pitch + column + i;
			y += vec_load(bend);
			x += vec_load(bend + w->rows * w->pitch);
		}
		ivec at_row = warp_place(y, most_row), at_column = warp_place(x, most_column);
		*(ivec *)(run->index + at + i) = (at_row >> 8) * wide + (at_column >> 8);
		*(ivec *)(run->down + at + i) = at_row & 255;
		*(ivec *)(run->right + at + i) = at_column & 255;
	}
}

/* A way to make the numbers of a run from a map's frame. */
typedef void warp_make(struct warp_run *run, struct warp_rows rows, const void *frame);

/* Between the neighbours above, between those below, between the two. */
INLINE void warp_bytes(struct warp_run *run, struct warp_rows rows, const void *frame)
{
	typedef uint8_t bytes __attribute__((vector_size(W)));
	for (size_t r = 0; r < rows.rows; r++)
		for (size_t i = r * rows.step; i < r * rows.step + rows.count; i++) {
			const uint8_t *above = (const uint8_t *)frame + run->index[i], *below = above + rows.wide;
			uint32_t high = (uint32_t)above[0] | (uint32_t)above[1] << 8;
			uint32_t low = (uint32_t)below[0] | (uint32_t)below[1] << 8;
			run->four[i] = (int32_t)(high | low << 16);
		}
	for (size_t i = 0; i < rows.rows * rows.step; i += W) {
		ivec four = *(ivec *)(run->four + i), right = *(ivec *)(run->right + i), down = *(ivec *)(run->down + i);
		ivec above = four & 255, below = four >> 16 & 255;
		ivec high = above * 256 + ((four >> 8 & 255) - above) * right;
		ivec low = below * 256 + ((four >> 24 & 255) - below) * right;
		ivec sum = high * 256 + (low - high) * down + 32768; /* at most 2^24 */
		bytes byte = __builtin_convertvector(sum >> 16, bytes);
		memcpy(run->byte + i, &byte, sizeof byte);
	}
}

/* The same. A number that is not moved, or lies between equal ones, stays as it is. */
INLINE void warp_numbers(struct warp_run *run, struct warp_rows rows, const void *frame)
{
	for (size_t r = 0; r < rows.rows; r++)
		for (size_t i = r * rows.step; i < r * rows.step + rows.count; i++) {
			const float *above = (const float *)frame + run->index[i], *below = above + rows.wide;
			run->corner[0][i] = above[0];
			run->corner[1][i] = above[1];
			run->corner[2][i] = below[0];
			run->corner[3][i] = below[1];
		}
	for (size_t i = 0; i < rows.rows * rows.step; i += W) {
		vec right = __builtin_convertvector(*(ivec *)(run->right + i), vec) * 0x1p-8f;
		vec down = __builtin_convertvector(*(ivec *)(run->down + i), vec) * 0x1p-8f;
		vec above = vec_load(run->corner[0] + i), below = vec_load(run->corner[2] + i);
		vec high = above + (vec_load(run->corner[1] + i) - above) * right;
		vec low = below + (vec_load(run->corner[3] + i) - below) * right;
		vec_store(run->number + i, high + (low - high) * down);
	}
}

/* The nearest: from half way on the one below, and the one to the right. */
INLINE void warp_nearest(struct warp_run *run, struct warp_rows rows, const void *frame)
{
	for (size_t r = 0; r < rows.rows; r++)
		for (size_t i = r * rows.step; i < r * rows.step + rows.count; i++) {
			size_t at = (size_t)run->index[i] + (size_t)(run->down[i] >> 7) * rows.wide + (size_t)(run->right[i] >> 7);
			run->class[i] = ((const uint16_t *)frame)[at];
		}
}

/* All maps, of numbers of `bytes` bytes. */
INLINE void warp_maps(const struct warp *w, const float map[6], const float *field, size_t maps, size_t bytes,
                      const void *frame, void *out, warp_make *make)
{
	struct warp_run run;
	memset(run.corner, 0, sizeof run.corner); /* behind the last position of a row too */
	size_t wide = w->columns + 3, part = w->columns < WARP_RUN ? w->columns : WARP_RUN;
	size_t step = (part + LANES - 1) / LANES * LANES, some = WARP_RUN / step;
	for (size_t c = 0; c < w->columns; c += part) {
		size_t count = w->columns - c < part ? w->columns - c : part;
		for (size_t first = 0; first < w->rows; first += some) {
			size_t rows = w->rows - first < some ? w->rows - first : some;
			for (size_t r = 0; r < rows; r++)
				warp_aim(w, map, field, first + r, c, count, &run, r * step);
			for (size_t m = 0; m < maps; m++) {
				make(&run, (struct warp_rows){rows, step, count, wide},
				     (const uint8_t *)frame + m * (w->rows + 3) * wide * bytes);
				for (size_t r = 0; r < rows; r++)
					memcpy((uint8_t *)out + ((m * w->rows + first + r) * w->columns + c) * bytes,
					       run.byte + r * step * bytes, count * bytes);
			}
		}
	}
}

static void warp_image(const struct warp *w, const float map[6], const float *field, size_t maps, const uint8_t *frame,
                       uint8_t *out)
{
	warp_maps(w, map, field, maps, 1, frame, out, warp_bytes);
}

static void warp_floats(const struct warp *w, const float map[6], const float *field, size_t maps, const float *frame,
                        float *out)
{
	warp_maps(w, map, field, maps, sizeof *out, frame, out, warp_numbers);
}

static void warp_classes(const struct warp *w, const float map[6], const float *field, const uint16_t *frame,
                         uint16_t *out)
{
	warp_maps(w, map, field, 1, sizeof *out, frame, out, warp_nearest);
}

#endif
