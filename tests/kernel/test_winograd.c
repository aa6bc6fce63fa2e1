/* kernel: correlation by points of every table, over many shapes. */
#include "bilinear.h"

#include <math.h>

/* Shapes that meet the edges of the tiles, of the m columns that belong together and of the direct kernels. */
static const struct field fields[] = {
	{1, 1, 5, 5, {5, 5}, {1, 1}, {1, 1}}, {1, 6, 32, 32, {5, 5}, {1, 1}, {1, 1}},
	{6, 16, 14, 14, {5, 5}, {1, 1}, {1, 1}}, {16, 7, 5, 5, {5, 5}, {1, 1}, {1, 1}},
	{3, 5, 4, 9, {4, 4}, {1, 1}, {1, 1}}, {3, 5, 9, 4, {4, 4}, {1, 1}, {1, 1}},
	{2, 4, 2, 14, {2, 2}, {1, 1}, {1, 1}}, {5, 9, 8, 13, {3, 3}, {1, 1}, {1, 1}},
	{9, 5, 7, 12, {3, 3}, {1, 1}, {1, 1}}, {4, 4, 9, 9, {2, 2}, {1, 1}, {1, 1}},
	{4, 8, 3, 3, {3, 3}, {1, 1}, {1, 1}}, {1, 13, 6, 11, {4, 4}, {1, 1}, {1, 1}},
	{13, 1, 9, 9, {2, 2}, {1, 1}, {1, 1}}, {7, 3, 8, 31, {5, 5}, {1, 1}, {1, 1}},
	{8, 12, 3, 8, {2, 2}, {1, 1}, {1, 1}}, {5, 1, 2, 2, {2, 2}, {1, 1}, {1, 1}},
	{3, 5, 9, 17, {1, 3}, {1, 1}, {1, 1}}, {4, 3, 8, 12, {6, 2}, {1, 1}, {1, 1}},
};

/* The most that a rounding counts: the sums of the sizes in A, B and G, over the K products of an output. */
static const double worst = 64;

static struct bilinear winograd_make(struct correlation *c, const struct connections *table, const struct field *field)
{
	struct bilinear p = bilinear_of_correlation(c, table, field);
	p.winograd = true;
	c->points = field->kernel.columns > 5 || field->columns % 2 == 0 ? 8 : 6; /* both, over many shapes */
	p.scratch = winograd_scratch(c);
	p.rounding = worst;
	return p;
}

static struct field field_random(struct dice *dice)
{
	struct field field = {.in_maps = dice_from(dice, 1, 9), .out_maps = dice_from(dice, 1, 9), .stride = {1, 1}, .dilation = {1, 1}};
	field.kernel.rows = field.kernel.columns = dice_from(dice, 2, 6);
	if (dice_below(dice, 3) == 0)
		field.kernel.rows = dice_from(dice, 1, 6);
	field.rows = field.kernel.rows + dice_from(dice, 0, 6);
	field.columns = field.kernel.columns + dice_from(dice, 0, 14);
	return field;
}

static struct bilinear kind_make(struct shelf *shelf, struct dice *dice, struct correlation *c,
                                 const struct field *field)
{
	return winograd_make(c, table_random(shelf, dice, field->in_maps, field->out_maps), field);
}

static const struct bilinear_kind kind = {sizeof fields / sizeof *fields, fields, field_random, kind_make};

static void agrees_with_the_reference(void **state)
{
	(void)state;
	bilinear_check(&kind, 1, 200, bilinear_is_right);
}

static void lanes_are_apart(void **state)
{
	(void)state;
	bilinear_check(&kind, 2, 100, bilinear_keeps_lanes_apart);
}

static void products_are_adjoint(void **state)
{
	(void)state;
	bilinear_check(&kind, 3, 100, bilinear_is_adjoint);
}

/* Where part of x is padding, the adjoint gives just the rest, with the same bits. */
static void padding_gets_no_adjoint(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 4};
	for (size_t n = 0; n < 60; n++) {
		struct shelf shelf = {0};
		struct field field = field_random(&dice);
		struct correlation whole, inner;
		const struct connections *joins = table_random(&shelf, &dice, field.in_maps, field.out_maps);
		struct bilinear p = winograd_make(&whole, joins, &field), q = p;
		inner = whole;
		q.c = &inner;
		inner.top = dice_from(&dice, 0, whole.rows - 1);
		inner.left = dice_from(&dice, 0, whole.columns - 1);
		inner.in_rows = dice_from(&dice, 1, whole.rows - inner.top);
		inner.in_columns = dice_from(&dice, 1, whole.columns - inner.left);
		float *w = shelf_random(&shelf, &dice, p.w), *dy = shelf_random(&shelf, &dice, p.y * LANES);
		float *dx = shelf_floats(&shelf, p.x * LANES), *scratch = shelf_floats(&shelf, p.scratch);
		float *part = shelf_floats(&shelf, field.in_maps * inner.in_rows * inner.in_columns * LANES);
		for (size_t t = 0; t < tables; t++) {
			bilinear_input(&p, table[t], w, dy, dx, scratch);
			bilinear_input(&q, table[t], w, dy, part, scratch);
			for (size_t line = 0; line < whole.table->in_maps * inner.in_rows; line++) {
				size_t map = line / inner.in_rows, row = line % inner.in_rows + inner.top;
				const float *from = dx + ((map * whole.rows + row) * whole.columns + inner.left) * LANES;
				expect_same("dx beside padding", inner.in_columns * LANES,
				            part + line * inner.in_columns * LANES, from);
			}
		}
		shelf_clear(&shelf);
	}
}

/* Root of the mean square of a − b over that of b. */
static double distance(size_t count, const float *a, const float *b)
{
	double sum = 0, size = 0;
	for (size_t i = 0; i < count; i++) {
		sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
		size += (double)b[i] * b[i];
	}
	return sqrt(sum / size);
}

/* As a rule the error is that of a direct sum, times two or so. */
static void errs_little(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 5};
	for (size_t n = 0; n < 9; n++) {
		struct shelf shelf = {0};
		struct correlation c;
		size_t kernel = 2 + n / 2;
		struct field field = {20, 20, 14, n % 2 == 0 ? 14 : 15, {kernel, kernel}, {1, 1}, {1, 1}};
		unsigned char full[400];
		memset(full, 1, sizeof full);
		struct bilinear p = winograd_make(&c, table_make(&shelf, 20, 20, full), &field), q = p;
		q.winograd = false;
		float *w = shelf_random(&shelf, &dice, p.w), *x = shelf_random(&shelf, &dice, p.x * LANES);
		float *dy = shelf_random(&shelf, &dice, p.y * LANES), *scratch = shelf_floats(&shelf, p.scratch);
		float *direct = shelf_floats(&shelf, correlate_scratch(&c));
		float *y = shelf_floats(&shelf, p.y * LANES), *y2 = shelf_floats(&shelf, p.y * LANES);
		float *dx = shelf_floats(&shelf, p.x * LANES), *dx2 = shelf_floats(&shelf, p.x * LANES);
		float *dw = shelf_floats(&shelf, p.w), *dw2 = shelf_floats(&shelf, p.w);
		double most = c.points == 6 ? 1e-6 : 2e-6;
		for (size_t t = 0; t < tables; t++) {
			bilinear_forward(&p, table[t], w, NULL, x, y);
			bilinear_forward(&q, table[t], w, NULL, x, y2);
			bilinear_input(&p, table[t], w, dy, dx, scratch);
			bilinear_input(&q, table[t], w, dy, dx2, direct);
			bilinear_weights(&p, table[t], x, dy, dw, NULL, scratch);
			bilinear_weights(&q, table[t], x, dy, dw2, NULL, direct);
			assert_true(distance(p.y * LANES, y, y2) < most);
			assert_true(distance(p.x * LANES, dx, dx2) < most);
			assert_true(distance(p.w, dw, dw2) < most);
		}
		shelf_clear(&shelf);
	}
}

static void nothing_stays_nothing(void **state)
{
	(void)state;
	bilinear_check(&kind, 6, 0, bilinear_adds_nothing);
}

/* Only what the points can do, and only where it pays. */
static void fits_what_it_can_do(void **state)
{
	(void)state;
	struct dice dice = {.seed = 7};
	struct shelf shelf = {0};
	const struct connections *wide = table_random(&shelf, &dice, 1, 1);
	unsigned char full[4096];
	memset(full, 1, sizeof full);
	struct connections *table = table_make(&shelf, 64, 64, full);
	for (size_t kernel = 1; kernel <= 7; kernel++)
		for (size_t stride = 1; stride <= 2; stride++) {
			size_t out = (20 - kernel) / stride + 1;
			struct correlation c = {table, 20, 20, out, out, {kernel, kernel}, {stride, stride}, {1, 1}, 0, 0, 20, 20,
			                        0};
			assert_int_equal(winograd_points(&c) > 0, kernel >= 2 && kernel <= 6 && stride == 1);
			c.table = wide;
			assert_int_equal(winograd_points(&c), 0);
		}
	shelf_clear(&shelf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_reference), cmocka_unit_test(lanes_are_apart),
		cmocka_unit_test(products_are_adjoint),      cmocka_unit_test(padding_gets_no_adjoint),
		cmocka_unit_test(errs_little),               cmocka_unit_test(nothing_stays_nothing),
		cmocka_unit_test(fits_what_it_can_do),
	};
	return cmocka_run_group_tests_name("winograd", tests, NULL, NULL);
}
