/* kernel: correlation by points in both directions of every table, over many shapes. */
#include "bilinear.h"

#include <math.h>

/* Shapes that meet the edges of tiles, of groups of tiles and maps, and of vectors; sums that are made in parts. */
static const struct field fields[] = {
	{1, 1, 3, 3, {3, 3}, {1, 1}, {1, 1}},     {1, 5, 3, 9, {3, 3}, {1, 1}, {1, 1}},
	{5, 1, 9, 3, {3, 3}, {1, 1}, {1, 1}},     {16, 16, 16, 30, {3, 3}, {1, 1}, {1, 1}},
	{17, 15, 8, 8, {3, 3}, {1, 1}, {1, 1}},   {3, 40, 7, 15, {3, 3}, {1, 1}, {1, 1}},
	{40, 3, 12, 7, {3, 3}, {1, 1}, {1, 1}},   {48, 49, 9, 5, {3, 3}, {1, 1}, {1, 1}},
	{70, 33, 6, 10, {3, 3}, {1, 1}, {1, 1}},
};

/* The most that a rounding may count. By the sizes in A, B and G it is 64² (64 in one direction, test_winograd.c); over
 * some hundred shapes it was 6.5. */
static const double worst = 16;

static const struct connections *table_full(struct shelf *shelf, size_t in_maps, size_t out_maps)
{
	unsigned char full[70 * 70];
	memset(full, 1, sizeof full);
	return table_make(shelf, in_maps, out_maps, full);
}

static struct bilinear grid_make(struct shelf *shelf, struct correlation *c, const struct field *field)
{
	struct bilinear p = bilinear_of_correlation(c, table_full(shelf, field->in_maps, field->out_maps), field);
	p.grid = true;
	p.scratch = grid_scratch(c);
	p.rounding = worst;
	return p;
}

static struct field field_random(struct dice *dice)
{
	return (struct field){dice_from(dice, 1, 20), dice_from(dice, 1, 20), dice_from(dice, 3, 12),
	                      dice_from(dice, 3, 20), {3, 3}, {1, 1}, {1, 1}};
}

static struct bilinear kind_make(struct shelf *shelf, struct dice *dice, struct correlation *c,
                                 const struct field *field)
{
	(void)dice;
	return grid_make(shelf, c, field);
}

static const struct bilinear_kind kind = {sizeof fields / sizeof *fields, fields, field_random, kind_make};

static void agrees_with_the_reference(void **state)
{
	(void)state;
	bilinear_check(&kind, 1, 40, bilinear_is_right);
}

static void lanes_are_apart(void **state)
{
	(void)state;
	bilinear_check(&kind, 2, 40, bilinear_keeps_lanes_apart);
}

static void products_are_adjoint(void **state)
{
	(void)state;
	bilinear_check(&kind, 3, 40, bilinear_is_adjoint);
}

/* ---- Padding ----------------------------------------------------------------------------------------------------- */

/* The input in the middle of zeros. */
static float *padded(struct shelf *shelf, const struct correlation *c, const float *x)
{
	float *whole = shelf_bytes(shelf, c->table->in_maps * c->rows * c->columns * LANES * sizeof *whole);
	for (size_t line = 0; line < c->table->in_maps * c->in_rows; line++) {
		size_t map = line / c->in_rows, row = line % c->in_rows + c->top;
		memcpy(whole + ((map * c->rows + row) * c->columns + c->left) * LANES, x + line * c->in_columns * LANES,
		       c->in_columns * LANES * sizeof *x);
	}
	return whole;
}

static void sizes(size_t count, float *x)
{
	for (size_t i = 0; i < count; i++)
		x[i] = fabsf(x[i]);
}

/* dx of the part that is not padding, beside what the plain correlation gives. */
static void input_check(const struct bilinear *p, const struct kernels *k, float *w, float *dy, struct shelf *shelf)
{
	const struct correlation *c = p->c;
	size_t count = c->table->in_maps * c->in_rows * c->in_columns * LANES;
	struct bilinear direct = *p;
	direct.grid = false;
	float *dx = shelf_floats(shelf, count), *want = shelf_floats(shelf, count), *size = shelf_floats(shelf, count);
	float *scratch = shelf_floats(shelf, p->scratch), *plain = shelf_floats(shelf, correlate_scratch(c));
	bilinear_input(p, k, w, dy, dx, scratch);
	bilinear_input(&direct, k, w, dy, want, plain);
	sizes(p->w, w);
	sizes(p->y * LANES, dy);
	bilinear_input(&direct, k, w, dy, size, plain);
	for (size_t i = 0; i < count; i++)
		size[i] += 1;
	expect_close("dx beside padding", k, count, dx, 1, shelf_widened(shelf, count, want),
	             shelf_widened(shelf, count, size), p->rounding * ((double)p->terms_x + 2));
}

/* An input without its zeros gives y and dw of the input with them, bit for bit. */
static void padding_is_zeros(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 4};
	for (size_t n = 0; n < 60; n++) {
		struct shelf shelf = {0};
		struct field field = field_random(&dice);
		struct correlation whole, inner;
		struct bilinear p = grid_make(&shelf, &whole, &field), q = p;
		inner = whole;
		q.c = &inner;
		inner.top = dice_from(&dice, 0, whole.rows - 1);
		inner.left = dice_from(&dice, 0, whole.columns - 1);
		inner.in_rows = dice_from(&dice, 1, whole.rows - inner.top);
		inner.in_columns = dice_from(&dice, 1, whole.columns - inner.left);
		float *w = shelf_random(&shelf, &dice, p.w), *dy = shelf_random(&shelf, &dice, p.y * LANES);
		float *x = shelf_random(&shelf, &dice, field.in_maps * inner.in_rows * inner.in_columns * LANES);
		float *all = padded(&shelf, &inner, x), *scratch = shelf_floats(&shelf, p.scratch);
		float *y = shelf_floats(&shelf, p.y * LANES), *y2 = shelf_floats(&shelf, p.y * LANES);
		float *dw = shelf_floats(&shelf, p.w), *dw2 = shelf_floats(&shelf, p.w);
		for (size_t t = 0; t < tables; t++) {
			bilinear_forward(&p, table[t], w, NULL, all, y);
			bilinear_forward(&q, table[t], w, NULL, x, y2);
			expect_same("y beside padding", p.y * LANES, y, y2);
			bilinear_weights(&p, table[t], all, dy, dw, NULL, scratch);
			bilinear_weights(&q, table[t], x, dy, dw2, NULL, scratch);
			expect_same("dw beside padding", p.w, dw, dw2);
		}
		for (size_t t = 0; t < tables; t++)
			input_check(&q, table[t], w, dy, &shelf);
		shelf_clear(&shelf);
	}
}

/* ---- Activations ------------------------------------------------------------------------------------------------- */

/* f and f′ act as they do on whole maps. */
static void activations_are_those_of_maps(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 5};
	for (size_t n = 0; n < (ACTIVATION_RELU + 1) * tables; n++) {
		struct shelf shelf = {0};
		struct field field = {6, 18, 9, 11, {3, 3}, {1, 1}, {1, 1}};
		struct correlation c;
		struct bilinear p = grid_make(&shelf, &c, &field);
		enum activation f = (enum activation)(n / tables);
		const struct kernels *k = table[n % tables];
		float *w = shelf_random(&shelf, &dice, p.w), *b = shelf_random(&shelf, &dice, p.b);
		float *x = shelf_random(&shelf, &dice, p.x * LANES), *dy = shelf_random(&shelf, &dice, p.y * LANES);
		float *y = shelf_floats(&shelf, p.y * LANES), *y2 = shelf_floats(&shelf, p.y * LANES);
		float *dx = shelf_floats(&shelf, p.x * LANES), *dx2 = shelf_floats(&shelf, p.x * LANES);
		float *weights = shelf_floats(&shelf, grid_weights(&c)), *scratch = shelf_floats(&shelf, p.scratch);
		k->grid_prepare(&c, w, weights);
		k->grid(&c, weights, b, f, x, y, scratch);
		k->grid(&c, weights, b, ACTIVATION_LINEAR, x, y2, scratch);
		k->activate(f, p.y, y2);
		expect_same("y after the activation", p.y * LANES, y, y2);
		k->grid_input(&c, weights, dy, f, x, dx, scratch);
		k->grid_input(&c, weights, dy, ACTIVATION_LINEAR, x, dx2, scratch);
		k->activate_back(f, p.x, x, dx2);
		expect_same("dx before the activation", p.x * LANES, dx, dx2);
		shelf_clear(&shelf);
	}
}

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

/* Root of the mean square of a − b over that of b. */
static double distance(size_t count, const float *a, size_t step, const double *b)
{
	double sum = 0, size = 0;
	for (size_t i = 0; i < count; i++) {
		double off = (double)a[i * step] - b[i];
		sum += off * off;
		size += b[i] * b[i];
	}
	return sqrt(sum / size);
}

/* Against float64, in layers as networks have them. */
static void errs_little(void **state)
{
	(void)state;
	static const struct field wide[] = {
		{16, 16, 30, 30, {3, 3}, {1, 1}, {1, 1}}, {32, 32, 16, 16, {3, 3}, {1, 1}, {1, 1}},
		{64, 64, 9, 9, {3, 3}, {1, 1}, {1, 1}},   {8, 12, 64, 64, {3, 3}, {1, 1}, {1, 1}},
	};
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 6};
	for (size_t n = 0; n < sizeof wide / sizeof *wide; n++) {
		struct shelf shelf = {0};
		struct correlation c;
		struct bilinear p = grid_make(&shelf, &c, &wide[n]);
		float *w = shelf_random(&shelf, &dice, p.w), *x = shelf_random(&shelf, &dice, p.x * LANES);
		float *dy = shelf_random(&shelf, &dice, p.y * LANES), *scratch = shelf_floats(&shelf, p.scratch);
		float *y = shelf_floats(&shelf, p.y * LANES), *dx = shelf_floats(&shelf, p.x * LANES);
		float *dw = shelf_floats(&shelf, p.w);
		double *x64 = shelf_doubles(&shelf, p.x), *y64 = shelf_doubles(&shelf, p.y);
		double *dx64 = shelf_doubles(&shelf, p.x), *dy64 = shelf_doubles(&shelf, p.y);
		double *w64 = shelf_widened(&shelf, p.w, w), *dw64 = shelf_doubles(&shelf, p.w);
		double *sum64 = shelf_bytes(&shelf, p.w * sizeof(double)), *db64 = shelf_doubles(&shelf, p.b);
		lane_take(p.x, x, 3, x64);
		lane_take(p.y, dy, 3, dy64);
		reference_correlate(&c, w64, NULL, x64, y64);
		reference_correlate_input(&c, w64, dy64, dx64);
		for (size_t lane = 0; lane < LANES; lane++) {
			lane_take(p.x, x, lane, x64);
			lane_take(p.y, dy, lane, dy64);
			reference_correlate_kernels(&c, x64, dy64, dw64, db64);
			for (size_t i = 0; i < p.w; i++)
				sum64[i] += dw64[i];
		}
		for (size_t t = 0; t < tables; t++) {
			bilinear_forward(&p, table[t], w, NULL, x, y);
			bilinear_input(&p, table[t], w, dy, dx, scratch);
			bilinear_weights(&p, table[t], x, dy, dw, NULL, scratch);
			double off[3] = {distance(p.y, y + 3, LANES, y64), distance(p.x, dx + 3, LANES, dx64),
			                 distance(p.w, dw, 1, sum64)};
			for (size_t i = 0; i < 3; i++)
				if (!(off[i] < 3e-6))
					fail_msg("%s: a distance of %.3g", table[t]->isa, off[i]);
		}
		shelf_clear(&shelf);
	}
}

static void nothing_stays_nothing(void **state)
{
	(void)state;
	bilinear_check(&kind, 7, 0, bilinear_adds_nothing);
}

/* Only squares of 3×3 at stride 1 between all maps, only where it pays, and only sums that need no blocks. */
static void fits_what_it_can_do(void **state)
{
	(void)state;
	struct shelf shelf = {0};
	const struct connections *wide = table_full(&shelf, 64, 64), *narrow = table_full(&shelf, 1, 6);
	unsigned char some[32 * 32];
	memset(some, 1, sizeof some);
	some[5] = 0;
	for (size_t rows = 1; rows <= 5; rows++)
		for (size_t columns = 1; columns <= 5; columns++)
			for (size_t stride = 1; stride <= 2; stride++) {
				size_t down = (20 - rows) / stride + 1, across = (20 - columns) / stride + 1;
				struct correlation c = {wide, 20, 20, down, across, {rows, columns}, {stride, stride}, {1, 1}, 0, 0,
				                        20, 20, 0};
				assert_int_equal(grid_pays(&c), rows == 3 && columns == 3 && stride == 1);
				c.table = narrow;
				assert_false(grid_pays(&c));
			}
	struct correlation c = {wide, 66, 66, 64, 64, {3, 3}, {1, 1}, {1, 1}, 0, 0, 66, 66, 0};
	assert_true(grid_pays(&c));
	c.columns = c.in_columns = 67;
	c.out_columns = 65;
	assert_false(grid_pays(&c));
	c = (struct correlation){wide, 20, 20, 16, 16, {3, 3}, {1, 1}, {2, 2}, 0, 0, 20, 20, 0};
	assert_false(grid_pays(&c));
	struct correlation sparse = {table_make(&shelf, 32, 32, some), 16, 16, 14, 14, {3, 3}, {1, 1}, {1, 1}, 0, 0,
	                             16, 16, 0};
	assert_false(grid_pays(&sparse));
	shelf_clear(&shelf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_reference),     cmocka_unit_test(lanes_are_apart),
		cmocka_unit_test(products_are_adjoint),          cmocka_unit_test(padding_is_zeros),
		cmocka_unit_test(activations_are_those_of_maps), cmocka_unit_test(errs_little),
		cmocka_unit_test(nothing_stays_nothing),         cmocka_unit_test(fits_what_it_can_do),
	};
	return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
