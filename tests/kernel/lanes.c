/* What the tests of the arithmetic share. */
#include "lanes.h"

#include <math.h>

/* ---- Dice -------------------------------------------------------------------------------------------------------- */

uint64_t dice_below(struct dice *dice, uint64_t n)
{
	return random_below(dice->seed, RANDOM_CHECK, 0, dice->thrown++, n);
}

size_t dice_from(struct dice *dice, size_t least, size_t most)
{
	return least + (size_t)dice_below(dice, most - least + 1);
}

float dice_float(struct dice *dice)
{
	return (float)(2 * random_uniform(dice->seed, RANDOM_CHECK, 0, dice->thrown++) - 1);
}

void dice_fill(struct dice *dice, size_t count, float *x)
{
	for (size_t i = 0; i < count; i++)
		x[i] = dice_float(dice);
}

float dice_garbage(struct dice *dice)
{
	static const float garbage[] = {NAN, -NAN, INFINITY, -INFINITY, 0x1.fffffep127f, -0x1p127f, 0x1p-149f, -0.0f};
	return garbage[dice_below(dice, sizeof garbage / sizeof *garbage)];
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

void *shelf_bytes(struct shelf *shelf, size_t bytes)
{
	void *memory = NULL;
	assert_true(shelf->pieces < sizeof shelf->piece / sizeof *shelf->piece);
	assert_int_equal(posix_memalign(&memory, 64, bytes != 0 ? bytes : 1), 0);
	shelf->piece[shelf->pieces++] = memory;
	return memset(memory, 0, bytes);
}

float *shelf_floats(struct shelf *shelf, size_t count)
{
	float *x = shelf_bytes(shelf, count * sizeof *x);
	for (size_t i = 0; i < count; i++)
		x[i] = NAN;
	return x;
}

double *shelf_doubles(struct shelf *shelf, size_t count)
{
	double *x = shelf_bytes(shelf, count * sizeof *x);
	for (size_t i = 0; i < count; i++)
		x[i] = NAN;
	return x;
}

float *shelf_random(struct shelf *shelf, struct dice *dice, size_t count)
{
	float *x = shelf_floats(shelf, count);
	dice_fill(dice, count, x);
	return x;
}

double *shelf_widened(struct shelf *shelf, size_t count, const float *x)
{
	double *wide = shelf_doubles(shelf, count);
	for (size_t i = 0; i < count; i++)
		wide[i] = x[i];
	return wide;
}

double *shelf_sizes(struct shelf *shelf, size_t count, const double *x)
{
	double *size = shelf_doubles(shelf, count);
	for (size_t i = 0; i < count; i++)
		size[i] = fabs(x[i]);
	return size;
}

void shelf_clear(struct shelf *shelf)
{
	while (shelf->pieces > 0)
		free(shelf->piece[--shelf->pieces]);
}

void lane_take(size_t count, const float *x, size_t lane, double *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = x[i * LANES + lane];
}

void lane_put(size_t count, const double *from, size_t lane, float *x)
{
	for (size_t i = 0; i < count; i++)
		x[i * LANES + lane] = (float)from[i];
}

/* ---- Tables of kernels, comparisons ------------------------------------------------------------------------------ */

size_t tables_here(const struct kernels *table[3])
{
	static const char *const names[] = {"portable", "neon", "avx2", "avx512"};
	size_t count = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (kernels_named(names[i]) != NULL)
			table[count++] = kernels_named(names[i]);
	return count;
}

bool tables_alike(const struct kernels *a, const struct kernels *b)
{
	return strcmp(a->isa, "portable") != 0 && strcmp(b->isa, "portable") != 0;
}

void expect_close(const char *what, const struct kernels *table, size_t count, const float *got, size_t step,
                  const double *want, const double *size, double terms)
{
	for (size_t i = 0; i < count; i++) {
		double miss = fabs(got[i * step] - want[i]), bound = terms * half_ulp * size[i] + 0x1p-149;
		if (!(miss <= bound))
			fail_msg("%s: %s[%zu] is %.9g, not %.9g: %.3g off, at most %.3g", table->isa, what, i, got[i * step],
			         want[i], miss, bound);
	}
}

void expect_same(const char *what, size_t count, const float *a, const float *b)
{
	if (memcmp(a, b, count * sizeof *a) == 0)
		return;
	size_t i = 0;
	while (memcmp(a + i, b + i, sizeof *a) == 0)
		i++;
	fail_msg("%s[%zu]: %a and %a are not the same bits", what, i, a[i], b[i]);
}

/* ---- Connection tables ------------------------------------------------------------------------------------------- */

struct connections *table_make(struct shelf *shelf, size_t in_maps, size_t out_maps, const unsigned char *connected)
{
	size_t count = 0;
	for (size_t p = 0; p < in_maps * out_maps; p++)
		count += connected[p];
	struct connections *table = shelf_bytes(shelf, sizeof *table);
	uint32_t *first = shelf_bytes(shelf, (out_maps + 1) * sizeof *first);
	uint32_t *input = shelf_bytes(shelf, count * sizeof *input);
	uint32_t *back = shelf_bytes(shelf, (in_maps + 1) * sizeof *back);
	uint32_t *back_out = shelf_bytes(shelf, count * sizeof *back_out);
	uint32_t *back_at = shelf_bytes(shelf, count * sizeof *back_at);
	uint32_t *entry = shelf_bytes(shelf, in_maps * out_maps * sizeof *entry), e = 0;
	for (size_t j = 0; j < out_maps; j++) {
		for (size_t i = 0; i < in_maps; i++)
			if (connected[j * in_maps + i]) {
				entry[j * in_maps + i] = e;
				input[e++] = (uint32_t)i;
			}
		first[j + 1] = e;
	}
	e = 0;
	for (size_t i = 0; i < in_maps; i++) {
		for (size_t j = 0; j < out_maps; j++)
			if (connected[j * in_maps + i]) {
				back_out[e] = (uint32_t)j;
				back_at[e++] = entry[j * in_maps + i];
			}
		back[i + 1] = e;
	}
	*table = (struct connections){out_maps, in_maps, count, first, input, back, back_out, back_at};
	return table;
}

struct connections *table_random(struct shelf *shelf, struct dice *dice, size_t in_maps, size_t out_maps)
{
	unsigned char *connected = shelf_bytes(shelf, in_maps * out_maps);
	size_t kind = dice_from(dice, 0, 3), density = dice_from(dice, 2, 5);
	for (size_t j = 0; j < out_maps; j++) {
		unsigned char *row = connected + j * in_maps;
		for (size_t i = 0; i < in_maps; i++)
			row[i] = kind == 0 || (kind == 1 && i == j % in_maps) || (kind >= 2 && dice_below(dice, density) == 0);
		if (kind == 3 && j > 0 && dice_below(dice, 3) != 0)
			memcpy(row, row - in_maps, in_maps);
		if (memchr(row, 1, in_maps) == NULL)
			row[dice_from(dice, 0, in_maps - 1)] = 1;
	}
	return table_make(shelf, in_maps, out_maps, connected);
}
