/* Correlation by points (Winograd's short filters; mathematics, Fewer multiplications): m = P + 1 − K neighbouring
 * outputs of a row, each a sum of K products, are coefficients of a product of polynomials. Its values at P = 6 or 8
 * points determine it, so P multiplications are enough instead of m·K. This is done along the columns only. Over rows
 * and maps the values at each point are correlated directly (planes.h), in P separate planes.
 *
 *   y = Aᵀ [(G k) ∘ (Bᵀ x)]      x: P columns, k: K, y: m; all three adjoints use the same P products. */
#ifndef CONVOY_KERNEL_WINOGRAD_H
#define CONVOY_KERNEL_WINOGRAD_H

#include "correlate_kernels.h"
#include "planes.h"
#include "points.h"

/* Sizes of the planes: `tiles` of m columns a row; positions of an input and an output map. */
struct winograd_size {
	size_t tiles, in, out;
};

INLINE struct winograd_size winograd_size(const struct correlation *c)
{
	size_t m = c->points + 1 - c->kernel.columns, tiles = (c->out_columns + m - 1) / m;
	return (struct winograd_size){tiles, c->rows * tiles, c->out_rows * tiles};
}

/* Calls f(P, K, …) with the number of points and the kernel's columns as constants. */
#define WINOGRAD(f, c, ...)                                                                                            \
	do {                                                                                                           \
		switch ((c)->points * 8 + (c)->kernel.columns) {                                                       \
		case 6 * 8 + 2: f(6, 2, __VA_ARGS__); break;                                                           \
		case 6 * 8 + 3: f(6, 3, __VA_ARGS__); break;                                                           \
		case 6 * 8 + 4: f(6, 4, __VA_ARGS__); break;                                                           \
		case 6 * 8 + 5: f(6, 5, __VA_ARGS__); break;                                                           \
		case 8 * 8 + 2: f(8, 2, __VA_ARGS__); break;                                                           \
		case 8 * 8 + 3: f(8, 3, __VA_ARGS__); break;                                                           \
		case 8 * 8 + 4: f(8, 4, __VA_ARGS__); break;                                                           \
		case 8 * 8 + 5: f(8, 5, __VA_ARGS__); break;                                                           \
		default: f(8, 6, __VA_ARGS__); break;                                                                  \
		}                                                                                                      \
	} while (0)

/* ---- The products ------------------------------------------------------------------------------------------------ */

static void winograd_prepare(const struct correlation *c, const float *k, float *values)
{
	WINOGRAD(values_of_kernels, c, c->table->count * c->kernel.rows, k, values);
}

static void winograd(const struct correlation *c, const float *values, const float *b, enum activation f,
                     const float *x, float *y, float *in, float *scratch)
{
	const struct connections *t = c->table;
	struct winograd_size size = winograd_size(c);
	size_t from = t->in_maps * size.in * LANES, to = t->out_maps * size.out * LANES;
	size_t weights = t->count * c->kernel.rows;
	struct planes planes = {t->first, t->input, NULL, t->out_maps, t->count, c->kernel.rows, size.out, size.in,
	                        (ptrdiff_t)size.tiles};
	WINOGRAD(planes_of_input, c, t->in_maps * c->rows, c->columns, size.tiles, x, from, in);
	for (size_t p = 0; p < c->points; p++)
		planes_correlate(&planes, (struct stretch){0, size.out, 0, c->kernel.rows}, values + p * weights,
		                 in + p * from, scratch + p * to);
	for (size_t j = 0; j < t->out_maps; j++)
		WINOGRAD(output_of_planes, c, c->out_rows, c->out_columns, size.tiles, scratch + j * size.out * LANES, to,
		         b != NULL ? b[j] : 0, f, y + j * c->out_rows * c->out_columns * LANES);
}

/* The rows r … of dx that the same kernel rows a reach. */
static struct stretch rows_reached(const struct correlation *c, size_t r, size_t end, size_t tiles)
{
	size_t a = r >= c->out_rows ? r - c->out_rows + 1 : 0, b = smaller(c->kernel.rows, r + 1), last = r + 1;
	if (a == 0 && b == c->kernel.rows)
		last = c->out_rows;
	last = smaller(last, end);
	return (struct stretch){r * tiles, last * tiles, a, b > a ? b : a};
}

static void winograd_delta(const struct correlation *c, const float *dy, float *db, float *out)
{
	size_t maps = c->table->out_maps, tiles = winograd_size(c).tiles;
	WINOGRAD(planes_of_output, c, maps * c->out_rows, c->out_columns, tiles, dy, winograd_size(c).out * maps * LANES,
	         out);
	if (db != NULL)
		bias_sums(maps, c->out_rows * c->out_columns, dy, db);
}

static void winograd_input(const struct correlation *c, const float *values, const float *out, enum activation f,
                           const float *x, float *dx, float *scratch)
{
	const struct connections *t = c->table;
	struct winograd_size size = winograd_size(c);
	size_t from = t->out_maps * size.out * LANES, to = t->in_maps * size.in * LANES;
	size_t weights = t->count * c->kernel.rows;
	struct planes planes = {t->back, t->back_out, t->back_at, t->in_maps, t->count, c->kernel.rows, size.in, size.out,
	                        -(ptrdiff_t)size.tiles};
	size_t end = c->top + c->in_rows;
	for (size_t p = 0; p < c->points; p++)
		for (size_t r = c->top; r < end;) {
			struct stretch stretch = rows_reached(c, r, end, size.tiles);
			planes_correlate(&planes, stretch, values + p * weights, out + p * from, scratch + p * to);
			r = stretch.end / size.tiles;
		}
	for (size_t i = 0; i < t->in_maps; i++)
		for (size_t r = 0; r < c->in_rows; r++) {
			size_t line = (i * c->in_rows + r) * c->in_columns * LANES;
			WINOGRAD(input_of_planes, c, c->left, c->in_columns, size.tiles,
			         scratch + (i * size.in + (c->top + r) * size.tiles) * LANES, to, dx + line);
			activate_back(f, c->in_columns, x + line, dx + line);
		}
}

static void winograd_kernels(const struct correlation *c, const float *in, const float *out, float *dk, float *scratch)
{
	const struct connections *t = c->table;
	struct winograd_size size = winograd_size(c);
	size_t lines = t->count * c->kernel.rows;
	bool blocks = c->out_rows * c->out_columns > RUN_TERMS;
	float *values = scratch + lines * LANES;
	struct planes planes = {t->first, t->input, NULL, t->out_maps, t->count, c->kernel.rows, size.out, size.in,
	                        (ptrdiff_t)size.tiles};
	for (size_t p = 0; p < c->points; p++)
		planes_kernels(&planes, t, in + p * t->in_maps * size.in * LANES, out + p * t->out_maps * size.out * LANES,
		               blocks, scratch, values + p * lines);
	WINOGRAD(kernels_of_values, c, lines, values, dk);
}

#endif
