/* Correlation by points (Winograd's short filters; mathematics, Fewer multiplications): m = 7 − K neighbouring outputs
 * of a row, each the sum of K products, are a polynomial product, found from its values at the six points 0, 1, −1, 2,
 * −2 and ∞ with six multiplications instead of m·K. Along the columns only: over rows and maps the values at a point
 * are correlated as they are (planes.h), six planes apart from each other.
 *
 *   y = Aᵀ [(G k) ∘ (Bᵀ x)]      x: 6 columns, k: K, y: m; all three adjoints use the same six products. */
#ifndef CONVOY_KERNEL_WINOGRAD_H
#define CONVOY_KERNEL_WINOGRAD_H

#include "activation.h"
#include "correlate_kernels.h"
#include "planes.h"

/* Sizes of the planes: `tiles` of m columns a row; positions of an input and an output map. */
struct winograd_size {
	size_t tiles, in, out;
};

INLINE struct winograd_size winograd_size(const struct correlation *c)
{
	size_t m = WINOGRAD_POINTS + 1 - c->kernel, tiles = (c->out_columns + m - 1) / m;
	return (struct winograd_size){tiles, c->rows * tiles, c->out_rows * tiles};
}

/* Calls f(K, …) with the kernel's side as a constant. */
#define WINOGRAD(f, kernel, ...)                                                                                       \
	do {                                                                                                           \
		switch (kernel) {                                                                                      \
		case 2: f(2, __VA_ARGS__); break;                                                                      \
		case 3: f(3, __VA_ARGS__); break;                                                                      \
		case 4: f(4, __VA_ARGS__); break;                                                                      \
		default: f(5, __VA_ARGS__); break;                                                                     \
		}                                                                                                      \
	} while (0)

/* ---- The matrices: vectors of six at the points, of K or m in the columns ---------------------------------------- */

/* Bᵀ x */
INLINE void input_values(const vec x[6], vec v[6])
{
	const vec four = vec_all(4), two = vec_all(2), five = vec_all(5);
	vec even = vec_fma(-four, x[2], x[4]), odd = vec_fma(-four, x[1], x[3]);
	vec even2 = x[4] - x[2], odd2 = x[3] - x[1];
	v[0] = vec_fma(four, x[0], vec_fma(-five, x[2], x[4]));
	v[1] = even + odd;
	v[2] = even - odd;
	v[3] = vec_fma(two, odd2, even2);
	v[4] = vec_fma(-two, odd2, even2);
	v[5] = vec_fma(four, x[1], vec_fma(-five, x[3], x[5]));
}

/* B v */
INLINE void input_values_back(const vec v[6], vec x[6])
{
	const vec four = vec_all(4), two = vec_all(2), five = vec_all(5);
	vec sum = v[1] + v[2], sum2 = v[3] + v[4], less = v[1] - v[2], less2 = v[3] - v[4];
	x[0] = four * v[0];
	x[1] = vec_fma(four, v[5] - less, -two * less2);
	x[2] = -vec_fma(four, sum, vec_fma(five, v[0], sum2));
	x[3] = vec_fma(-five, v[5], vec_fma(two, less2, less));
	x[4] = v[0] + (sum + sum2);
	x[5] = v[5];
}

/* Aᵀ v for m outputs */
INLINE void output_of_values(const size_t m, const vec v[6], vec y[6])
{
	vec sum = v[1] + v[2], sum2 = v[3] + v[4], less = v[1] - v[2], less2 = v[3] - v[4];
	y[0] = v[0] + (sum + sum2);
	UNROLL for (size_t c = 1; c < m; c++)
		y[c] = vec_fma(vec_all((float)(1 << c)), c % 2 == 0 ? sum2 : less2, c % 2 == 0 ? sum : less);
	y[m - 1] += v[5];
}

/* A y */
INLINE void output_values(const size_t m, const vec y[6], vec v[6])
{
	vec even = y[0], even2 = y[0], odd = vec_all(0), odd2 = odd;
	UNROLL for (size_t c = 1; c < m; c++) {
		vec scaled = vec_all((float)(1 << c)) * y[c];
		if (c % 2 == 0) {
			even += y[c];
			even2 += scaled;
		} else {
			odd += y[c];
			odd2 += scaled;
		}
	}
	v[0] = y[0];
	v[1] = even + odd;
	v[2] = even - odd;
	v[3] = even2 + odd2;
	v[4] = even2 - odd2;
	v[5] = y[m - 1];
}

static const float winograd_share[5] = {1 / 4.0f, -1 / 6.0f, -1 / 6.0f, 1 / 24.0f, 1 / 24.0f};

/* G k */
static void kernel_values(const size_t K, const float *k, float v[6])
{
	float even = 0, even2 = 0, odd = 0, odd2 = 0;
	for (size_t b = 0; b < K; b++) {
		float scaled = (float)(1 << b) * k[b];
		if (b % 2 == 0) {
			even += k[b];
			even2 += scaled;
		} else {
			odd += k[b];
			odd2 += scaled;
		}
	}
	v[0] = k[0] * winograd_share[0];
	v[1] = (even + odd) * winograd_share[1];
	v[2] = (even - odd) * winograd_share[2];
	v[3] = (even2 + odd2) * winograd_share[3];
	v[4] = (even2 - odd2) * winograd_share[4];
	v[5] = k[K - 1];
}

/* Gᵀ v */
static void kernel_values_back(const size_t K, const float v[6], float *k)
{
	float a = v[1] * winograd_share[1], b = v[2] * winograd_share[2];
	float a2 = v[3] * winograd_share[3], b2 = v[4] * winograd_share[4];
	k[0] = v[0] * winograd_share[0] + ((a + b) + (a2 + b2));
	for (size_t n = 1; n < K; n++)
		k[n] = n % 2 == 0 ? (a + b) + (float)(1 << n) * (a2 + b2) : (a - b) + (float)(1 << n) * (a2 - b2);
	k[K - 1] += v[5];
}

/* ---- Maps to planes and back ------------------------------------------------------------------------------------- */

/* Lines of x, `columns` long, to planes of `tiles` positions a line; plane p begins at values + p·plane. */
INLINE void planes_of_input(const size_t K, size_t lines, size_t columns, size_t tiles, const float *x, size_t plane,
                            float *values)
{
	const size_t m = WINOGRAD_POINTS + 1 - K;
	for (size_t line = 0; line < lines; line++, x += columns * LANES)
		for (size_t t = 0; t < tiles; t++, values += LANES)
			for (size_t h = 0; h < LANES; h += W) {
				const float *from = x + t * m * LANES + h;
				size_t there = columns - t * m;
				vec in[6], v[6];
				UNROLL for (size_t n = 0; n < 6; n++)
					in[n] = n < there ? vec_load(from + n * LANES) : vec_all(0);
				input_values(in, v);
				UNROLL for (size_t p = 0; p < WINOGRAD_POINTS; p++)
					vec_store(values + p * plane + h, v[p]);
			}
}

INLINE void planes_of_output(const size_t K, size_t lines, size_t columns, size_t tiles, const float *y, size_t plane,
                             float *values)
{
	const size_t m = WINOGRAD_POINTS + 1 - K;
	for (size_t line = 0; line < lines; line++, y += columns * LANES)
		for (size_t t = 0; t < tiles; t++, values += LANES)
			for (size_t h = 0; h < LANES; h += W) {
				const float *from = y + t * m * LANES + h;
				size_t there = columns - t * m;
				vec in[6], v[6];
				UNROLL for (size_t n = 0; n < m; n++)
					in[n] = n < there ? vec_load(from + n * LANES) : vec_all(0);
				output_values(m, in, v);
				UNROLL for (size_t p = 0; p < WINOGRAD_POINTS; p++)
					vec_store(values + p * plane + h, v[p]);
			}
}

/* One map's lines of y from its planes. */
INLINE void output_of_planes(const size_t K, size_t lines, size_t columns, size_t tiles, const float *values,
                             size_t plane, float b, enum activation f, float *y)
{
	const size_t m = WINOGRAD_POINTS + 1 - K;
	for (size_t line = 0; line < lines; line++, y += columns * LANES) {
		for (size_t t = 0; t < tiles; t++, values += LANES)
			for (size_t h = 0; h < LANES; h += W) {
				float *to = y + t * m * LANES + h;
				size_t there = columns - t * m;
				vec v[6], out[6];
				UNROLL for (size_t p = 0; p < WINOGRAD_POINTS; p++)
					v[p] = vec_load(values + p * plane + h);
				output_of_values(m, v, out);
				UNROLL for (size_t n = 0; n < m; n++)
					if (n < there)
						vec_store(to + n * LANES, out[n] + b);
			}
		activate(f, columns, y);
	}
}

/* One line of dx, columns left … left+columns−1 of what the planes hold. Neighbouring tiles share K − 1 columns: what a
 * tile gives to the next one's waits in `over`. */
INLINE void input_of_planes(const size_t K, size_t left, size_t columns, size_t tiles, const float *values,
                            size_t plane, float *dx)
{
	const size_t m = WINOGRAD_POINTS + 1 - K;
	for (size_t h = 0; h < LANES; h += W) {
		vec over[6], v[6], in[6];
		UNROLL for (size_t n = 0; n < 6; n++)
			over[n] = vec_all(0);
		float *to = dx - left * LANES + h;
		for (size_t t = 0; t < tiles; t++) {
			UNROLL for (size_t p = 0; p < WINOGRAD_POINTS; p++)
				v[p] = vec_load(values + p * plane + t * LANES + h);
			input_values_back(v, in);
			UNROLL for (size_t n = 0; n + 1 < K; n++)
				in[n] += over[n];
			UNROLL for (size_t n = 0; n < m; n++)
				if (t * m + n - left < columns)
					vec_store(to + (t * m + n) * LANES, in[n]);
			UNROLL for (size_t n = 0; n + 1 < K; n++)
				over[n] = in[m + n];
		}
		UNROLL for (size_t n = 0; n + 1 < K; n++)
			if (tiles * m + n - left < columns)
				vec_store(to + (tiles * m + n) * LANES, over[n]);
	}
}

/* ---- The products ------------------------------------------------------------------------------------------------ */

static void winograd_prepare(const struct correlation *c, const float *k, float *values)
{
	size_t lines = c->table->count * c->kernel;
	for (size_t n = 0; n < lines; n++) {
		float v[6];
		kernel_values(c->kernel, k + n * c->kernel, v);
		for (size_t p = 0; p < WINOGRAD_POINTS; p++)
			values[p * lines + n] = v[p];
	}
}

static void winograd(const struct correlation *c, const float *values, const float *b, enum activation f,
                     const float *x, float *y, float *scratch)
{
	const struct connections *t = c->table;
	struct winograd_size size = winograd_size(c);
	size_t from = t->in_maps * size.in * LANES, to = t->out_maps * size.out * LANES, weights = t->count * c->kernel;
	float *in = scratch, *out = scratch + WINOGRAD_POINTS * from;
	struct planes planes = {t->first, t->input, NULL, t->out_maps, t->count, c->kernel, size.out, size.in,
	                        (ptrdiff_t)size.tiles};
	WINOGRAD(planes_of_input, c->kernel, t->in_maps * c->rows, c->columns, size.tiles, x, from, in);
	for (size_t p = 0; p < WINOGRAD_POINTS; p++)
		planes_correlate(&planes, (struct stretch){0, size.out, 0, c->kernel}, values + p * weights, in + p * from,
		                 out + p * to);
	for (size_t j = 0; j < t->out_maps; j++)
		WINOGRAD(output_of_planes, c->kernel, c->out_rows, c->out_columns, size.tiles, out + j * size.out * LANES, to,
		         b != NULL ? b[j] : 0, f, y + j * c->out_rows * c->out_columns * LANES);
}

/* The rows r … of dx that the same kernel rows a reach. */
static struct stretch rows_reached(const struct correlation *c, size_t r, size_t end, size_t tiles)
{
	size_t a = r >= c->out_rows ? r - c->out_rows + 1 : 0, b = smaller(c->kernel, r + 1), last = r + 1;
	if (a == 0 && b == c->kernel)
		last = c->out_rows;
	last = smaller(last, end);
	return (struct stretch){r * tiles, last * tiles, a, b > a ? b : a};
}

static void winograd_input(const struct correlation *c, const float *values, const float *dy, enum activation f,
                           const float *x, float *dx, float *scratch)
{
	const struct connections *t = c->table;
	struct winograd_size size = winograd_size(c);
	size_t from = t->out_maps * size.out * LANES, to = t->in_maps * size.in * LANES, weights = t->count * c->kernel;
	float *out = scratch, *in = scratch + WINOGRAD_POINTS * from;
	struct planes planes = {t->back, t->back_out, t->back_at, t->in_maps, t->count, c->kernel, size.in, size.out,
	                        -(ptrdiff_t)size.tiles};
	WINOGRAD(planes_of_output, c->kernel, t->out_maps * c->out_rows, c->out_columns, size.tiles, dy, from, out);
	size_t end = c->top + c->in_rows;
	for (size_t p = 0; p < WINOGRAD_POINTS; p++)
		for (size_t r = c->top; r < end;) {
			struct stretch stretch = rows_reached(c, r, end, size.tiles);
			planes_correlate(&planes, stretch, values + p * weights, out + p * from, in + p * to);
			r = stretch.end / size.tiles;
		}
	for (size_t i = 0; i < t->in_maps; i++)
		for (size_t r = 0; r < c->in_rows; r++) {
			size_t line = (i * c->in_rows + r) * c->in_columns * LANES;
			WINOGRAD(input_of_planes, c->kernel, c->left, c->in_columns, size.tiles,
			         in + (i * size.in + (c->top + r) * size.tiles) * LANES, to, dx + line);
			activate_back(f, c->in_columns, x + line, dx + line);
		}
}

static void winograd_kernels(const struct correlation *c, const float *x, const float *dy, float *dk, float *db,
                             float *scratch)
{
	const struct connections *t = c->table;
	struct winograd_size size = winograd_size(c);
	size_t in = t->in_maps * size.in * LANES, out = t->out_maps * size.out * LANES, lines = t->count * c->kernel;
	float *from = scratch, *to = scratch + WINOGRAD_POINTS * in, *values = to + WINOGRAD_POINTS * out;
	struct planes planes = {t->first, t->input, NULL, t->out_maps, t->count, c->kernel, size.out, size.in,
	                        (ptrdiff_t)size.tiles};
	WINOGRAD(planes_of_input, c->kernel, t->in_maps * c->rows, c->columns, size.tiles, x, in, from);
	WINOGRAD(planes_of_output, c->kernel, t->out_maps * c->out_rows, c->out_columns, size.tiles, dy, out, to);
	for (size_t p = 0; p < WINOGRAD_POINTS; p++)
		planes_kernels(&planes, t, from + p * in, to + p * out, values + p * lines);
	for (size_t n = 0; n < lines; n++) {
		float v[6];
		for (size_t p = 0; p < WINOGRAD_POINTS; p++)
			v[p] = values[p * lines + n];
		kernel_values_back(c->kernel, v, dk + n * c->kernel);
	}
	if (db != NULL)
		bias_sums(t->out_maps, c->out_rows * c->out_columns, dy, db);
}

#endif
