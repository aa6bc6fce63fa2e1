/* kernel: correlation and full products of every table, over many shapes. */
#include "bilinear.h"

/* Shapes that meet the edges of the tiles. */
static const struct field fields[] = {
	{1, 1, 1, 1, {1, 1}, {1, 1}, {1, 1}}, {1, 1, 5, 5, {5, 5}, {1, 1}, {1, 1}},
	{1, 6, 32, 32, {5, 5}, {1, 1}, {1, 1}}, {6, 16, 14, 14, {5, 5}, {1, 1}, {1, 1}},
	{16, 7, 5, 5, {5, 5}, {1, 1}, {1, 1}}, {3, 5, 4, 9, {4, 4}, {1, 1}, {1, 1}},
	{3, 5, 9, 4, {4, 4}, {1, 1}, {1, 1}}, {2, 4, 3, 14, {1, 1}, {1, 1}, {1, 1}},
	{5, 9, 8, 13, {3, 3}, {2, 2}, {1, 1}}, {9, 5, 7, 12, {3, 3}, {3, 3}, {1, 1}},
	{4, 4, 9, 9, {2, 2}, {3, 3}, {1, 1}}, {4, 8, 6, 6, {6, 6}, {1, 1}, {1, 1}},
	{2, 3, 11, 11, {7, 7}, {2, 2}, {1, 1}}, {1, 13, 6, 11, {6, 6}, {3, 3}, {1, 1}},
	{13, 1, 9, 9, {9, 9}, {2, 2}, {1, 1}}, {4, 4, 2, 2, {1, 1}, {3, 3}, {1, 1}},
	{7, 3, 8, 31, {5, 5}, {1, 1}, {1, 1}}, {8, 12, 3, 8, {2, 2}, {1, 1}, {1, 1}},
	{1, 8, 1, 64, {1, 9}, {1, 2}, {1, 1}}, {8, 8, 1, 40, {1, 5}, {1, 1}, {1, 1}},
	{3, 4, 40, 1, {7, 1}, {3, 1}, {1, 1}}, {2, 5, 4, 30, {1, 13}, {1, 4}, {1, 1}},
	{5, 3, 12, 7, {4, 2}, {1, 3}, {1, 1}}, {4, 6, 9, 9, {2, 9}, {2, 1}, {1, 1}},
	{3, 5, 9, 12, {3, 3}, {1, 1}, {2, 2}}, {2, 4, 1, 40, {1, 5}, {1, 2}, {1, 4}},
	{4, 3, 11, 31, {3, 2}, {2, 3}, {5, 9}}, {1, 1, 3, 33, {1, 2}, {1, 1}, {1, 32}},
};

static void field_random(struct dice *dice, struct field *field)
{
	field->in_maps = dice_from(dice, 1, 9);
	field->out_maps = dice_from(dice, 1, 9);
	field->kernel.rows = field->kernel.columns = dice_from(dice, 1, 6);
	field->stride.rows = field->stride.columns = dice_from(dice, 1, 3);
	if (dice_below(dice, 2) == 0)
		field->kernel.columns = dice_from(dice, 1, 11);
	if (dice_below(dice, 2) == 0)
		field->stride.columns = dice_from(dice, 1, 4);
	field->dilation.rows = field->kernel.rows > 1 && dice_below(dice, 3) == 0 ? dice_from(dice, 1, 4) : 1;
	field->dilation.columns = field->kernel.columns > 1 && dice_below(dice, 3) == 0 ? dice_from(dice, 1, 5) : 1;
	field->rows = (field->kernel.rows - 1) * field->dilation.rows + 1 + dice_from(dice, 0, 6);
	field->columns = (field->kernel.columns - 1) * field->dilation.columns + 1 + dice_from(dice, 0, 14);
}

/* A table of 1 … 4 groups, one map to one at times; changes the numbers of maps to suit. */
static const struct connections *table_of_groups(struct shelf *shelf, struct dice *dice, struct field *field)
{
	size_t groups = dice_from(dice, 1, 4), in = dice_from(dice, 1, 3), out = dice_from(dice, 1, 4);
	unsigned char connected[12 * 16] = {0};
	field->in_maps = groups * in;
	field->out_maps = groups * out;
	for (size_t j = 0; j < field->out_maps; j++)
		memset(connected + j * field->in_maps + j / out * in, 1, in);
	return table_make(shelf, field->in_maps, field->out_maps, connected);
}

/* Calls `check` for the shapes above and random ones, each with a random table, or one of groups. */
static void correlations(uint64_t seed, size_t random, void (*check)(const struct bilinear *, struct dice *))
{
	struct dice dice = {.seed = seed};
	size_t fixed = sizeof fields / sizeof *fields;
	for (size_t n = 0; n < fixed + random; n++) {
		struct shelf shelf = {0};
		struct field field;
		if (n < fixed)
			field = fields[n];
		else
			field_random(&dice, &field);
		struct correlation c;
		const struct connections *joins = n >= fixed && n % 3 == 0
		                                      ? table_of_groups(&shelf, &dice, &field)
		                                      : table_random(&shelf, &dice, field.in_maps, field.out_maps);
		struct bilinear p = bilinear_of_correlation(&c, joins, &field);
		check(&p, &dice);
		shelf_clear(&shelf);
	}
}

/* A full layer at one point, or the same product at several. */
static void fulls(uint64_t seed, size_t random, void (*check)(const struct bilinear *, struct dice *))
{
	struct dice dice = {.seed = seed};
	for (size_t n = 0; n < random; n++) {
		size_t units = dice_from(&dice, 1, n % 3 == 0 ? 5 : 50), inputs = dice_from(&dice, 1, n % 4 == 0 ? 5 : 50);
		size_t positions = n % 2 == 0 ? 1 : dice_from(&dice, 2, 12);
		struct bilinear p = {.units = units, .inputs = inputs, .positions = positions, .x = inputs * positions,
		                     .y = units * positions, .w = units * inputs, .b = units, .scratch = LANES * (inputs + 15),
		                     .terms_y = inputs, .terms_x = units, .terms_w = positions, .rounding = 1};
		check(&p, &dice);
	}
}

static void correlations_agree_with_the_reference(void **state)
{
	(void)state;
	correlations(1, 200, bilinear_is_right);
}

static void lanes_of_correlations_are_apart(void **state)
{
	(void)state;
	correlations(2, 200, bilinear_keeps_lanes_apart);
}

static void correlations_are_adjoint(void **state)
{
	(void)state;
	correlations(3, 200, bilinear_is_adjoint);
}

static void full_products_agree_with_the_reference(void **state)
{
	(void)state;
	fulls(4, 200, bilinear_is_right);
}

static void lanes_of_full_products_are_apart(void **state)
{
	(void)state;
	fulls(5, 200, bilinear_keeps_lanes_apart);
}

static void full_products_are_adjoint(void **state)
{
	(void)state;
	fulls(6, 200, bilinear_is_adjoint);
}

/* Where part of x is padding, the adjoint gives just the rest, with the same bits. */
static void padding_gets_no_adjoint(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 8};
	for (size_t n = 0; n < 60; n++) {
		struct shelf shelf = {0};
		struct field field;
		field_random(&dice, &field);
		struct correlation whole, inner;
		const struct connections *joins = table_random(&shelf, &dice, field.in_maps, field.out_maps);
		struct bilinear p = bilinear_of_correlation(&whole, joins, &field);
		inner = whole;
		inner.top = dice_from(&dice, 0, whole.rows - 1);
		inner.left = dice_from(&dice, 0, whole.columns - 1);
		inner.in_rows = dice_from(&dice, 1, whole.rows - inner.top);
		inner.in_columns = dice_from(&dice, 1, whole.columns - inner.left);
		float *w = shelf_random(&shelf, &dice, p.w), *dy = shelf_random(&shelf, &dice, p.y * LANES);
		float *dx = shelf_floats(&shelf, p.x * LANES), *part = shelf_floats(&shelf, p.x * LANES);
		float *scratch = shelf_floats(&shelf, p.scratch);
		for (size_t t = 0; t < tables; t++) {
			table[t]->correlate_input(&whole, w, dy, ACTIVATION_LINEAR, dx, dx, scratch);
			table[t]->correlate_input(&inner, w, dy, ACTIVATION_LINEAR, part, part, scratch);
			for (size_t line = 0; line < whole.table->in_maps * inner.in_rows; line++) {
				size_t map = line / inner.in_rows, row = line % inner.in_rows + inner.top;
				const float *from = dx + ((map * whole.rows + row) * whole.columns + inner.left) * LANES;
				assert_memory_equal(part + line * inner.in_columns * LANES, from,
				                    inner.in_columns * LANES * sizeof *part);
			}
		}
		shelf_clear(&shelf);
	}
}

/* A correlation of maps with one input map each, on a map of `in`, padded by less than a kernel. */
static struct correlation single_random(struct dice *dice, const struct connections *table, struct sides in)
{
	struct sides kernel = {dice_from(dice, 1, 6), dice_below(dice, 2) == 0 ? 3 : 5}, stride;
	size_t top = dice_below(dice, kernel.rows), left = dice_below(dice, kernel.columns);
	size_t rows = in.rows + top + dice_below(dice, kernel.rows);
	size_t columns = in.columns + left + dice_below(dice, kernel.columns);
	rows = rows > kernel.rows ? rows : kernel.rows;
	columns = columns > kernel.columns ? columns : kernel.columns;
	stride = (struct sides){dice_from(dice, 1, 3), dice_from(dice, 1, 2)};
	return (struct correlation){.table = table, .rows = rows, .columns = columns,
	                            .out_rows = (rows - kernel.rows) / stride.rows + 1,
	                            .out_columns = (columns - kernel.columns) / stride.columns + 1, .kernel = kernel,
	                            .stride = stride, .dilation = {1, 1}, .top = top, .left = left, .in_rows = in.rows,
	                            .in_columns = in.columns};
}

/* x in zeros, as correlate takes it. */
static float *padded(struct shelf *shelf, const struct correlation *c, const float *x)
{
	float *whole = shelf_floats(shelf, c->table->in_maps * c->rows * c->columns * LANES);
	memset(whole, 0, c->table->in_maps * c->rows * c->columns * LANES * sizeof *whole);
	for (size_t line = 0; line < c->table->in_maps * c->in_rows; line++) {
		size_t row = line / c->in_rows * c->rows + c->top + line % c->in_rows;
		memcpy(whole + (row * c->columns + c->left) * LANES, x + line * c->in_columns * LANES,
		       c->in_columns * LANES * sizeof *x);
	}
	return whole;
}

/* Maps of one input map each have a method of their own, which changes no bit. */
static void single_maps_keep_the_bits(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 9};
	for (size_t n = 0; n < 150; n++) {
		struct shelf shelf = {0};
		size_t maps = dice_from(&dice, 2, 5), outs = dice_from(&dice, 1, 2 * maps);
		unsigned char connected[5 * 10] = {0};
		for (size_t j = 0; j < outs; j++)
			connected[j * maps + dice_below(&dice, maps)] = 1;
		struct sides in = {dice_from(&dice, 1, n == 0 ? 70 : 9), dice_from(&dice, 1, 40)};
		in = n == 0 ? (struct sides){70, 66} : in; /* sums in blocks */
		struct correlation c = single_random(&dice, table_make(&shelf, maps, outs, connected), in);
		assert_true(single_pays(&c));
		size_t xs = maps * in.rows * in.columns, ys = outs * c.out_rows * c.out_columns, ws = outs * kernel_size(&c);
		float *w = shelf_random(&shelf, &dice, ws), *b = shelf_random(&shelf, &dice, outs);
		float *x = shelf_random(&shelf, &dice, xs * LANES), *dy = shelf_random(&shelf, &dice, ys * LANES);
		float *whole = padded(&shelf, &c, x), *scratch = shelf_floats(&shelf, correlate_scratch(&c));
		float *y[2], *dx[2], *dw[2], *db[2];
		for (size_t s = 0; s < 2; s++) {
			y[s] = shelf_floats(&shelf, ys * LANES);
			dx[s] = shelf_floats(&shelf, xs * LANES);
			dw[s] = shelf_floats(&shelf, ws);
			db[s] = shelf_floats(&shelf, outs);
		}
		for (size_t t = 0; t < tables; t++) {
			enum activation f = n % 2 == 0 ? ACTIVATION_LINEAR : ACTIVATION_TANH;
			table[t]->correlate(&c, w, b, f, whole, y[0]);
			table[t]->single(&c, w, b, f, x, y[1]);
			expect_same("y", ys * LANES, y[1], y[0]);
			table[t]->correlate_input(&c, w, dy, f, x, dx[0], scratch);
			table[t]->single_input(&c, w, dy, f, x, dx[1], scratch);
			expect_same("dx", xs * LANES, dx[1], dx[0]);
			table[t]->correlate_kernels(&c, whole, dy, dw[0], db[0], scratch);
			table[t]->single_kernels(&c, x, dy, dw[1], db[1], scratch);
			expect_same("dw", ws, dw[1], dw[0]);
			expect_same("db", outs, db[1], db[0]);
		}
		shelf_clear(&shelf);
	}
}

/* The order of the additions is a promise: map, kernel row, kernel column, whatever the tile. */
static void sums_run_in_the_stated_order(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 7};
	for (size_t n = 0; n < 20; n++) {
		struct shelf shelf = {0};
		struct field field;
		field_random(&dice, &field);
		struct correlation c;
		const struct connections *joins = table_random(&shelf, &dice, field.in_maps, field.out_maps);
		struct bilinear p = bilinear_of_correlation(&c, joins, &field);
		float *w = shelf_random(&shelf, &dice, p.w), *b = shelf_random(&shelf, &dice, p.b);
		float *x = shelf_random(&shelf, &dice, p.x * LANES), *y = shelf_floats(&shelf, p.y * LANES);
		for (size_t t = 0; t < tables; t++) {
			bool fused = strcmp(table[t]->isa, "portable") != 0;
			table[t]->correlate(&c, w, b, ACTIVATION_LINEAR, x, y);
			for (size_t i = 0; i < p.y * LANES; i++) {
				size_t lane = i % LANES, at = i / LANES, v = at % c.out_columns, u = at / c.out_columns % c.out_rows;
				size_t j = at / c.out_columns / c.out_rows;
				float sum = b[j];
				for (size_t e = c.table->first[j]; e < c.table->first[j + 1]; e++)
					for (size_t a = 0; a < c.kernel.rows; a++)
						for (size_t d = 0; d < c.kernel.columns; d++) {
							float k = w[(e * c.kernel.rows + a) * c.kernel.columns + d];
							size_t row = c.table->input[e] * c.rows + u * c.stride.rows + a * c.dilation.rows;
							size_t column = v * c.stride.columns + d * c.dilation.columns;
							float in = x[(row * c.columns + column) * LANES + lane];
							sum = fused ? __builtin_fmaf(k, in, sum) : k * in + sum;
						}
				expect_same("y added in order", 1, y + i, &sum);
			}
		}
		shelf_clear(&shelf);
	}
}

/* So is the tree over the lanes: 8 + 8, 4 + 4, then even and odd pairs. */
static float tree(const float lane[LANES])
{
	float s[8];
	for (size_t l = 0; l < 8; l++)
		s[l] = lane[l] + lane[l + 8];
	for (size_t l = 0; l < 4; l++)
		s[l] += s[l + 4];
	return (s[0] + s[2]) + (s[1] + s[3]);
}

/* With one output position a kernel's gradient is one product of each lane, and a bias's the lanes themselves. */
static void lanes_are_added_as_a_tree(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 8};
	for (size_t n = 0; n < 100; n++) {
		struct shelf shelf = {0};
		size_t side = dice_from(&dice, 1, 6);
		struct field field = {1, 1, side, side, {side, side}, {1, 1}, {1, 1}};
		struct correlation c;
		struct bilinear p = bilinear_of_correlation(&c, table_make(&shelf, 1, 1, (unsigned char[]){1}), &field);
		float *x = shelf_random(&shelf, &dice, p.x * LANES), *dy = shelf_random(&shelf, &dice, LANES);
		float *dw = shelf_floats(&shelf, p.w), *scratch = shelf_floats(&shelf, p.scratch), db, lane[LANES];
		for (size_t t = 0; t < tables; t++) {
			table[t]->correlate_kernels(&c, x, dy, dw, &db, scratch);
			float want = tree(dy);
			expect_same("gradient of a bias", 1, &db, &want);
			for (size_t i = 0; i < p.w; i++) {
				for (size_t l = 0; l < LANES; l++)
					lane[l] = dy[l] * x[i * LANES + l];
				want = tree(lane);
				expect_same("gradient of a kernel", 1, dw + i, &want);
			}
		}
		shelf_clear(&shelf);
	}
}

static void table_is_here(void **state)
{
	if (kernels_named(*state) == NULL) {
		print_message("# the processor or the compiler has no %s\n", (const char *)*state);
		skip();
	}
	assert_string_equal(kernels_named(*state)->isa, *state);

	/* The yardstick counts a multiply-add of a lane as two operations, whatever its vectors. */
	const struct kernels *k = kernels_named(*state);
	assert_true(k->peak(10) > 0 && k->peak(1000) == 100 * k->peak(10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"portable is tested", table_is_here, NULL, NULL, (char[]){"portable"}},
		{"neon is tested", table_is_here, NULL, NULL, (char[]){"neon"}},
		{"avx2 is tested", table_is_here, NULL, NULL, (char[]){"avx2"}},
		{"avx512 is tested", table_is_here, NULL, NULL, (char[]){"avx512"}},
		cmocka_unit_test(correlations_agree_with_the_reference),
		cmocka_unit_test(lanes_of_correlations_are_apart),
		cmocka_unit_test(correlations_are_adjoint),
		cmocka_unit_test(full_products_agree_with_the_reference),
		cmocka_unit_test(lanes_of_full_products_are_apart),
		cmocka_unit_test(full_products_are_adjoint),
		cmocka_unit_test(padding_gets_no_adjoint),
		cmocka_unit_test(single_maps_keep_the_bits),
		cmocka_unit_test(sums_run_in_the_stated_order),
		cmocka_unit_test(lanes_are_added_as_a_tree),
	};
	return cmocka_run_group_tests_name("products", tests, NULL, NULL);
}
