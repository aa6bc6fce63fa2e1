/* Distorted images: smooth fields of displacement, and an image seen through an affine map and such a field. Floats are
 * multiplied and added one by one, the rest is integers: every instruction set gives the same bytes. */
#ifndef CONVOY_KERNEL_WARP_H
#define CONVOY_KERNEL_WARP_H

#include "vector.h"

/* y[r][c] = Σ_n a[r][n] x[n][c], n from first[r] (NULL: 0) on; columns in whole vectors. */
static void warp_smooth(size_t rows, size_t columns, size_t step, const uint32_t *first, size_t reach, const float *a,
                        const float *x, float *y)
{
	for (size_t r = 0; r < rows; r++) {
		size_t from = first != NULL ? first[r] : 0;
		for (size_t c = 0; c < columns; c += LANES) {
			vec sum[LANES / W] = {0};
			for (size_t n = from; n < from + reach; n++)
				UNROLL for (size_t v = 0; v < LANES / W; v++)
					sum[v] += vec_all(a[r * step + n]) * vec_load(x + n * columns + c + v * W);
			UNROLL for (size_t v = 0; v < LANES / W; v++)
				vec_store(y + r * columns + c + v * W, sum[v]);
		}
	}
}

static void warp_field(const struct warp *w, const float *noise, float *scratch, float *field)
{
	size_t nodes = w->node_columns;
	warp_smooth(w->node_rows, w->pitch, nodes, NULL, nodes, noise, w->column_weight, scratch);
	warp_smooth(w->rows, w->pitch, w->node_rows, w->node_first, w->node_reach, w->row_weight, scratch, field);
}

enum { WARP_RUN = 512 }; /* pixels that are made at a time: rows lie in it in whole groups of LANES */

/* Where in the frame pixels lie: the index of the one above and left, and how far beyond that one, in 1/256. */
struct warp_run {
	int32_t index[WARP_RUN], down[WARP_RUN], right[WARP_RUN], four[WARP_RUN];
	uint8_t pixel[WARP_RUN];
};

INLINE int32_t warp_place(float at, float most)
{
	at = at + 1; /* the frame */
	at = at > 0 ? at : 0;
	at = at < most ? at : most;
	return (int32_t)(at * 256 + 0.5f);
}

/* `count` pixels from (row, column) on, and what follows up to a whole group. */
static void warp_aim(const struct warp *w, const float map[6], const float *field, size_t row, size_t column,
                     size_t count, struct warp_run *run, size_t at)
{
	float most_row = (float)(w->rows + 1), most_column = (float)(w->columns + 1);
	float from_row = map[0] * (float)row + map[2], from_column = map[3] * (float)row + map[5];
	int32_t wide = (int32_t)w->columns + 3;
	for (size_t i = 0; i < count; i += LANES) {
		float y[LANES], x[LANES];
		for (size_t l = 0; l < LANES; l++) {
			float c = (float)(int32_t)(column + i + l);
			y[l] = map[1] * c + from_row;
			x[l] = map[4] * c + from_column;
		}
		const float *bend = field != NULL ? field + row * w->pitch + column + i : NULL;
		for (size_t l = 0; bend != NULL && l < LANES; l++) {
			y[l] += bend[l];
			x[l] += bend[w->rows * w->pitch + l];
		}
		for (size_t l = 0; l < LANES; l++) {
			int32_t at_row = warp_place(y[l], most_row), at_column = warp_place(x[l], most_column);
			run->index[at + i + l] = (at_row >> 8) * wide + (at_column >> 8);
			run->down[at + i + l] = at_row & 255;
			run->right[at + i + l] = at_column & 255;
		}
	}
}

/* The four neighbours of the pixels of a run, in a word each. */
static void warp_gather(struct warp_run *run, size_t count, size_t wide, const uint8_t *frame)
{
	for (size_t i = 0; i < count; i++) {
		const uint8_t *above = frame + run->index[i], *below = above + wide;
		uint32_t high = (uint32_t)above[0] | (uint32_t)above[1] << 8;
		uint32_t low = (uint32_t)below[0] | (uint32_t)below[1] << 8;
		run->four[i] = (int32_t)(high | low << 16);
	}
}

/* Sums stay below 2^24. */
static void warp_mix(struct warp_run *run, size_t count)
{
	for (size_t i = 0; i < count; i += LANES)
		for (size_t l = i; l < i + LANES; l++) {
			uint32_t four = (uint32_t)run->four[l], right = (uint32_t)run->right[l], down = (uint32_t)run->down[l];
			uint32_t high = (four & 255) * (256 - right) + (four >> 8 & 255) * right;
			uint32_t low = (four >> 16 & 255) * (256 - right) + (four >> 24) * right;
			run->pixel[l] = (uint8_t)((high * (256 - down) + low * down + 32768) >> 16);
		}
}

static void warp_image(const struct warp *w, const float map[6], const float *field, size_t maps, const uint8_t *frame,
                       uint8_t *out)
{
	struct warp_run run;
	size_t wide = w->columns + 3, part = w->columns < WARP_RUN ? w->columns : WARP_RUN;
	size_t step = (part + LANES - 1) / LANES * LANES, some = WARP_RUN / step;
	for (size_t c = 0; c < w->columns; c += part) {
		size_t count = w->columns - c < part ? w->columns - c : part;
		for (size_t first = 0; first < w->rows; first += some) {
			size_t rows = w->rows - first < some ? w->rows - first : some;
			for (size_t r = 0; r < rows; r++)
				warp_aim(w, map, field, first + r, c, count, &run, r * step);
			for (size_t m = 0; m < maps; m++) {
				warp_gather(&run, rows * step, wide, frame + m * (w->rows + 3) * wide);
				warp_mix(&run, rows * step);
				for (size_t r = 0; r < rows; r++)
					memcpy(out + (m * w->rows + first + r) * w->columns + c, run.pixel + r * step, count);
			}
		}
	}
}

#endif
