/* The properties of products that are linear in parameters and in maps. */
#include "bilinear.h"

#include <math.h>

struct bilinear bilinear_of_correlation(struct correlation *c, const struct connections *table,
                                        const struct field *field)
{
	size_t rows = field->rows, columns = field->columns, fan_in = 0, fan_out = 0;
	struct sides kernel = field->kernel, stride = field->stride, dilation = field->dilation;
	*c = (struct correlation){.table = table, .rows = rows, .columns = columns,
	                          .out_rows = (rows - (kernel.rows - 1) * dilation.rows - 1) / stride.rows + 1,
	                          .out_columns = (columns - (kernel.columns - 1) * dilation.columns - 1) / stride.columns + 1,
	                          .kernel = kernel, .stride = stride, .dilation = dilation, .in_rows = rows,
	                          .in_columns = columns};
	for (size_t j = 0; j < table->out_maps; j++)
		fan_in = table->first[j + 1] - table->first[j] > fan_in ? table->first[j + 1] - table->first[j] : fan_in;
	for (size_t i = 0; i < table->in_maps; i++)
		fan_out = table->back[i + 1] - table->back[i] > fan_out ? table->back[i + 1] - table->back[i] : fan_out;
	return (struct bilinear){.c = c,
	                         .x = table->in_maps * rows * columns,
	                         .y = table->out_maps * c->out_rows * c->out_columns,
	                         .w = table->count * kernel_size(c),
	                         .b = table->out_maps,
	                         .scratch = correlate_scratch(c),
	                         .terms_y = fan_in * kernel_size(c),
	                         .terms_x = fan_out * kernel_size(c),
	                         .terms_w = c->out_rows * c->out_columns,
	                         .rounding = 1};
}

static float *values_of(const struct bilinear *p, const struct kernels *k, const float *w, struct shelf *shelf)
{
	float *values = shelf_floats(shelf, winograd_values(p->c));
	k->winograd_prepare(p->c, w, values);
	return values;
}

static float *weights_of(const struct bilinear *p, const struct kernels *k, const float *w, struct shelf *shelf)
{
	float *weights = shelf_floats(shelf, grid_weights(p->c));
	k->grid_prepare(p->c, w, weights);
	return weights;
}

void bilinear_forward(const struct bilinear *p, const struct kernels *k, const float *w, const float *b, const float *x,
                      float *y)
{
	if (p->winograd) {
		struct shelf shelf = {0};
		float *values = values_of(p, k, w, &shelf);
		float *in = shelf_floats(&shelf, winograd_in(p->c));
		k->winograd(p->c, values, b, ACTIVATION_LINEAR, x, y, in, shelf_floats(&shelf, p->scratch));
		shelf_clear(&shelf);
	} else if (p->grid) {
		struct shelf shelf = {0};
		float *weights = weights_of(p, k, w, &shelf);
		k->grid(p->c, weights, b, ACTIVATION_LINEAR, x, y, shelf_floats(&shelf, p->scratch));
		shelf_clear(&shelf);
	} else if (p->c != NULL)
		k->correlate(p->c, w, b, ACTIVATION_LINEAR, x, y);
	else
		k->full(p->units, p->inputs, p->positions, w, b, ACTIVATION_LINEAR, x, y);
}

void bilinear_input(const struct bilinear *p, const struct kernels *k, const float *w, const float *dy, float *dx,
                    float *scratch)
{
	if (p->winograd) {
		struct shelf shelf = {0};
		float *out = shelf_floats(&shelf, winograd_out(p->c));
		k->winograd_delta(p->c, dy, NULL, out);
		k->winograd_input(p->c, values_of(p, k, w, &shelf), out, ACTIVATION_LINEAR, dx, dx, scratch);
		shelf_clear(&shelf);
	} else if (p->grid) {
		struct shelf shelf = {0};
		k->grid_input(p->c, weights_of(p, k, w, &shelf), dy, ACTIVATION_LINEAR, dx, dx, scratch);
		shelf_clear(&shelf);
	} else if (p->c != NULL)
		k->correlate_input(p->c, w, dy, ACTIVATION_LINEAR, dx, dx, scratch);
	else
		k->full_input(p->units, p->inputs, p->positions, w, dy, ACTIVATION_LINEAR, dx, dx);
}

void bilinear_weights(const struct bilinear *p, const struct kernels *k, const float *x, const float *dy, float *dw,
                      float *db, float *scratch)
{
	if (p->winograd) {
		struct shelf shelf = {0};
		float *in = shelf_floats(&shelf, winograd_in(p->c)), *out = shelf_floats(&shelf, winograd_out(p->c));
		float *w = shelf_bytes(&shelf, p->w * sizeof *w), *y = shelf_floats(&shelf, p->y * LANES);
		k->winograd(p->c, values_of(p, k, w, &shelf), NULL, ACTIVATION_LINEAR, x, y, in, scratch);
		k->winograd_delta(p->c, dy, db, out);
		k->winograd_kernels(p->c, in, out, dw, scratch);
		shelf_clear(&shelf);
	} else if (p->grid)
		k->grid_kernels(p->c, x, dy, dw, db, scratch);
	else if (p->c != NULL)
		k->correlate_kernels(p->c, x, dy, dw, db, scratch);
	else
		k->full_weights(p->units, p->inputs, p->positions, x, dy, dw, db, scratch);
}

static void forward64(const struct bilinear *p, const double *w, const double *b, const double *x, double *y)
{
	if (p->c != NULL)
		reference_correlate(p->c, w, b, x, y);
	else
		reference_full(p->units, p->inputs, p->positions, w, b, x, y);
}

static void input64(const struct bilinear *p, const double *w, const double *dy, double *dx)
{
	if (p->c != NULL)
		reference_correlate_input(p->c, w, dy, dx);
	else
		reference_full_input(p->units, p->inputs, p->positions, w, dy, dx);
}

static void weights64(const struct bilinear *p, const double *x, const double *dy, double *dw, double *db)
{
	if (p->c != NULL)
		reference_correlate_kernels(p->c, x, dy, dw, db);
	else
		reference_full_weights(p->units, p->inputs, p->positions, x, dy, dw, db);
}

/* ---- Right results ----------------------------------------------------------------------------------------------- */

/* Random operands, and what the reference makes of them: results, and results of the operands' sizes. */
struct operands {
	float *w, *b, *x, *dy;
	double *y[2], *dx[2]; /* [lane][number] */
	double *dw[2], *db[2];
};

static void operands_make(const struct bilinear *p, struct dice *dice, struct shelf *shelf, struct operands *o)
{
	o->w = shelf_random(shelf, dice, p->w);
	o->b = shelf_random(shelf, dice, p->b);
	o->x = shelf_random(shelf, dice, p->x * LANES);
	o->dy = shelf_random(shelf, dice, p->y * LANES);
	const double *w[2] = {shelf_widened(shelf, p->w, o->w), NULL}, *b[2] = {shelf_widened(shelf, p->b, o->b), NULL};
	w[1] = shelf_sizes(shelf, p->w, w[0]);
	b[1] = shelf_sizes(shelf, p->b, b[0]);
	double *x = shelf_doubles(shelf, p->x), *dy = shelf_doubles(shelf, p->y);
	double *dw = shelf_doubles(shelf, p->w), *db = shelf_doubles(shelf, p->b);
	for (size_t s = 0; s < 2; s++) {
		o->y[s] = shelf_doubles(shelf, p->y * LANES);
		o->dx[s] = shelf_doubles(shelf, p->x * LANES);
		o->dw[s] = shelf_bytes(shelf, p->w * sizeof(double));
		o->db[s] = shelf_bytes(shelf, p->b * sizeof(double));
		for (size_t lane = 0; lane < LANES; lane++) {
			lane_take(p->x, o->x, lane, x);
			lane_take(p->y, o->dy, lane, dy);
			for (size_t i = 0; s == 1 && i < p->x; i++)
				x[i] = fabs(x[i]);
			for (size_t i = 0; s == 1 && i < p->y; i++)
				dy[i] = fabs(dy[i]);
			forward64(p, w[s], b[s], x, o->y[s] + lane * p->y);
			input64(p, w[s], dy, o->dx[s] + lane * p->x);
			weights64(p, x, dy, dw, db);
			for (size_t i = 0; i < p->w; i++)
				o->dw[s][i] += dw[i];
			for (size_t i = 0; i < p->b; i++)
				o->db[s][i] += db[i];
		}
	}
}

/* By points, the products of neighbours take part in the rounding too: each is at most 1. */
static void sizes_of_neighbours(const struct bilinear *p, struct operands *o)
{
	for (size_t i = 0; i < p->y * LANES; i++)
		o->y[1][i] += 1;
	for (size_t i = 0; i < p->x * LANES; i++)
		o->dx[1][i] += 1;
	for (size_t i = 0; i < p->w; i++)
		o->dw[1][i] += 1;
}

struct results {
	float *y, *plain, *dx, *dw, *db, *again;
};

static void results_make(const struct bilinear *p, const struct kernels *k, const struct operands *o,
                         struct shelf *shelf, struct results *r)
{
	float *scratch = shelf_floats(shelf, p->scratch);
	*r = (struct results){shelf_floats(shelf, p->y * LANES), shelf_floats(shelf, p->y * LANES),
	                      shelf_floats(shelf, p->x * LANES), shelf_floats(shelf, p->w), shelf_floats(shelf, p->b),
	                      shelf_floats(shelf, p->w)};
	bilinear_forward(p, k, o->w, o->b, o->x, r->y);
	bilinear_forward(p, k, o->w, NULL, o->x, r->plain);
	bilinear_input(p, k, o->w, o->dy, r->dx, scratch);
	bilinear_weights(p, k, o->x, o->dy, r->dw, r->db, scratch);
	bilinear_weights(p, k, o->x, o->dy, r->again, NULL, scratch);
}

static void results_check(const struct bilinear *p, const struct kernels *k, const struct operands *o,
                          const struct results *r)
{
	/* A sum of n products errs by at most n + 1 roundings of the sum of their sizes; the lanes' tree adds four. */
	size_t positions = p->b != 0 ? p->y / p->b : 0;
	for (size_t lane = 0; lane < LANES; lane++) {
		expect_close("y", k, p->y, r->y + lane, LANES, o->y[0] + lane * p->y, o->y[1] + lane * p->y,
		             p->rounding * ((double)p->terms_y + 2));
		expect_close("dx", k, p->x, r->dx + lane, LANES, o->dx[0] + lane * p->x, o->dx[1] + lane * p->x,
		             p->rounding * ((double)p->terms_x + 2));
		for (size_t i = 0; i < p->y; i++) {
			double without = o->y[0][lane * p->y + i] - o->b[i / positions];
			expect_close("y without b", k, 1, r->plain + i * LANES + lane, 1, &without, &o->y[1][lane * p->y + i],
			             p->rounding * ((double)p->terms_y + 2));
		}
	}
	expect_close("dw", k, p->w, r->dw, 1, o->dw[0], o->dw[1],
	             p->rounding * ((double)(p->terms_w < LANES ? LANES : p->terms_w) + 6));
	expect_close("db", k, p->b, r->db, 1, o->db[0], o->db[1], (double)positions + 6);
	expect_same("dw without db", p->w, r->dw, r->again);
}

void bilinear_is_right(const struct bilinear *p, struct dice *dice)
{
	struct shelf shelf = {0};
	struct operands operands;
	const struct kernels *table[3];
	struct results r[3];
	size_t tables = tables_here(table);
	operands_make(p, dice, &shelf, &operands);
	if (p->winograd || p->grid)
		sizes_of_neighbours(p, &operands);
	for (size_t t = 0; t < tables; t++) {
		results_make(p, table[t], &operands, &shelf, &r[t]);
		results_check(p, table[t], &operands, &r[t]);
		if (t == 0 || !tables_alike(table[t], table[t - 1]))
			continue;
		expect_same("y of avx2 and avx512", p->y * LANES, r[t].y, r[t - 1].y);
		expect_same("y without b of avx2 and avx512", p->y * LANES, r[t].plain, r[t - 1].plain);
		expect_same("dx of avx2 and avx512", p->x * LANES, r[t].dx, r[t - 1].dx);
		expect_same("dw of avx2 and avx512", p->w, r[t].dw, r[t - 1].dw);
		expect_same("db of avx2 and avx512", p->b, r[t].db, r[t - 1].db);
	}
	shelf_clear(&shelf);
}

/* ---- Lanes ------------------------------------------------------------------------------------------------------- */

/* to[i] gets lane l of from[i] at lane (l + turn) mod 16 where bit l of `kept` is set, garbage elsewhere. */
static void lanes_turn(size_t count, const float *from, size_t turn, unsigned kept, struct dice *dice, float *to)
{
	for (size_t i = 0; i < count * LANES; i++) {
		size_t lane = i % LANES;
		to[i - lane + (lane + turn) % LANES] = kept >> lane & 1 ? from[i] : dice_garbage(dice);
	}
}

static void expect_turned(const char *what, size_t count, const float *was, size_t turn, unsigned kept, const float *is)
{
	for (size_t i = 0; i < count * LANES; i++) {
		size_t lane = i % LANES;
		if (kept >> lane & 1)
			expect_same(what, 1, was + i, is + i - lane + (lane + turn) % LANES);
	}
}

void bilinear_keeps_lanes_apart(const struct bilinear *p, struct dice *dice)
{
	struct shelf shelf = {0};
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	const float *w = shelf_random(&shelf, dice, p->w), *b = shelf_random(&shelf, dice, p->b);
	const float *x = shelf_random(&shelf, dice, p->x * LANES), *dy = shelf_random(&shelf, dice, p->y * LANES);
	float *x2 = shelf_floats(&shelf, p->x * LANES), *dy2 = shelf_floats(&shelf, p->y * LANES);
	float *y = shelf_floats(&shelf, p->y * LANES), *y2 = shelf_floats(&shelf, p->y * LANES);
	float *dx = shelf_floats(&shelf, p->x * LANES), *dx2 = shelf_floats(&shelf, p->x * LANES);
	float *scratch = shelf_floats(&shelf, p->scratch);
	size_t turn = dice_from(dice, 0, LANES - 1);
	unsigned kept = (unsigned)dice_below(dice, 1 << LANES);
	lanes_turn(p->x, x, turn, kept, dice, x2);
	lanes_turn(p->y, dy, turn, kept, dice, dy2);
	for (size_t t = 0; t < tables; t++) {
		bilinear_forward(p, table[t], w, b, x, y);
		bilinear_forward(p, table[t], w, b, x2, y2);
		bilinear_input(p, table[t], w, dy, dx, scratch);
		bilinear_input(p, table[t], w, dy2, dx2, scratch);
		expect_turned("y among garbage", p->y, y, turn, kept, y2);
		expect_turned("dx among garbage", p->x, dx, turn, kept, dx2);
	}
	shelf_clear(&shelf);
}

/* ---- Adjoints ---------------------------------------------------------------------------------------------------- */

static double product(size_t count, const float *a, const float *b)
{
	double sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += (double)a[i] * b[i];
	return sum;
}

static void sizes(size_t count, float *x)
{
	for (size_t i = 0; i < count; i++)
		x[i] = fabsf(x[i]);
}

void bilinear_is_adjoint(const struct bilinear *p, struct dice *dice)
{
	struct shelf shelf = {0};
	const struct kernels *table[3];
	size_t tables = tables_here(table), terms = p->terms_y;
	float *w = shelf_random(&shelf, dice, p->w), *x = shelf_random(&shelf, dice, p->x * LANES);
	float *dy = shelf_random(&shelf, dice, p->y * LANES), *y = shelf_floats(&shelf, p->y * LANES);
	float *dx = shelf_floats(&shelf, p->x * LANES), *dw = shelf_floats(&shelf, p->w);
	float *scratch = shelf_floats(&shelf, p->scratch);
	terms = terms > p->terms_x ? terms : p->terms_x;
	terms = terms > p->terms_w ? terms : p->terms_w;
	double s[3][3], size = 0;
	for (size_t t = 0; t < tables; t++) {
		bilinear_forward(p, table[t], w, NULL, x, y);
		bilinear_input(p, table[t], w, dy, dx, scratch);
		bilinear_weights(p, table[t], x, dy, dw, NULL, scratch);
		s[t][0] = product(p->y * LANES, y, dy);
		s[t][1] = product(p->x * LANES, x, dx);
		s[t][2] = product(p->w, w, dw);
	}
	sizes(p->w, w);
	sizes(p->x * LANES, x);
	sizes(p->y * LANES, dy);
	bilinear_forward(p, table[0], w, NULL, x, y);
	size = product(p->y * LANES, y, dy);
	double bound = 2 * p->rounding * ((double)terms + 20) * half_ulp * size;
	for (size_t t = 0; t < tables; t++)
		if (!(fabs(s[t][0] - s[t][1]) <= bound && fabs(s[t][0] - s[t][2]) <= bound))
			fail_msg("%s: <y, dy> = %.9g, <x, dx> = %.9g, <w, dw> = %.9g differ by more than %.3g", table[t]->isa,
			         s[t][0], s[t][1], s[t][2], bound);
	shelf_clear(&shelf);
}

/* ---- All of a kind ----------------------------------------------------------------------------------------------- */

void bilinear_adds_nothing(const struct bilinear *p, struct dice *dice)
{
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct shelf shelf = {0};
	float *x = shelf_random(&shelf, dice, p->x * LANES), *w = shelf_random(&shelf, dice, p->w);
	float *dw = shelf_floats(&shelf, p->w), *dx = shelf_floats(&shelf, p->x * LANES);
	float *dy = shelf_bytes(&shelf, p->y * LANES * sizeof *dy), *scratch = shelf_floats(&shelf, p->scratch);
	for (size_t t = 0; t < tables; t++) {
		bilinear_weights(p, table[t], x, dy, dw, NULL, scratch);
		bilinear_input(p, table[t], w, dy, dx, scratch);
		for (size_t i = 0; i < p->w; i++)
			assert_true(dw[i] == 0);
		for (size_t i = 0; i < p->x * LANES; i++)
			assert_true(dx[i] == 0);
	}
	shelf_clear(&shelf);
}

void bilinear_check(const struct bilinear_kind *kind, uint64_t seed, size_t random,
                    void (*check)(const struct bilinear *p, struct dice *dice))
{
	struct dice dice = {.seed = seed};
	for (size_t n = 0; n < kind->fields + random; n++) {
		struct shelf shelf = {0};
		struct field field = n < kind->fields ? kind->field[n] : kind->field_random(&dice);
		struct correlation c;
		struct bilinear p = kind->make(&shelf, &dice, &c, &field);
		check(&p, &dice);
		shelf_clear(&shelf);
	}
}
