/* kernel: fixed point for the exact sum, and the update with momentum. */
#include "lanes.h"

#include <math.h>

static uint32_t bits_of(float x)
{
	uint32_t bits;
	memcpy(&bits, &x, sizeof bits);
	return bits;
}

static float float_of(uint32_t bits)
{
	float x;
	memcpy(&x, &bits, sizeof x);
	return x;
}

/* A float of any exponent for which |g · scale| < 2^51. */
static float below_limit(struct dice *dice, double scale)
{
	for (;;) {
		float g = float_of((uint32_t)dice_below(dice, 1ull << 32));
		if (fabs(g * scale) < 0x1p51)
			return g;
	}
}

static void fixed_point_is_rounded_to_nearest_even(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 51};
	for (size_t n = 0; n < 400; n++) {
		struct shelf shelf = {0};
		size_t count = dice_from(&dice, 0, n % 10 == 0 ? 1000 : 40);
		double scale = ldexp(1, (int)dice_from(&dice, 0, 240) - 100);
		float *g = shelf_floats(&shelf, count);
		int64_t *sum[3], *want = shelf_bytes(&shelf, count * sizeof *want);
		uint32_t largest = 0;
		for (size_t i = 0; i < count; i++) {
			/* Any number, or one that is a multiple of a half after scaling. */
			g[i] = below_limit(&dice, scale);
			if (n % 2 == 0)
				g[i] = (float)(((double)dice_below(&dice, 1 << 12) - 2048) / 2 / scale);
			want[i] = (int64_t)dice_below(&dice, 1ull << 62) - (int64_t)(1ull << 61);
			largest = bits_of(fabsf(g[i])) > largest ? bits_of(fabsf(g[i])) : largest;
		}
		for (size_t t = 0; t < tables; t++) {
			sum[t] = shelf_bytes(&shelf, count * sizeof **sum);
			memcpy(sum[t], want, count * sizeof *want);
			assert_int_equal(table[t]->fixed_add(count, scale, g, sum[t]), largest);
			for (size_t i = 0; i < count; i++)
				if (sum[t][i] != want[i] + (int64_t)rint(g[i] * scale))
					fail_msg("%s: %a times %a became %lld, not %.0f", table[t]->isa, g[i], scale,
					         (long long)(sum[t][i] - want[i]), rint(g[i] * scale));
		}
		shelf_clear(&shelf);
	}
}

static void fixed_point_at_its_ends(void **state)
{
	(void)state;
	static const struct {
		float g;
		double scale;
		int64_t want;
	} cases[] = {
		{0.5f, 1, 0}, {1.5f, 1, 2}, {2.5f, 1, 2}, {-0.5f, 1, 0}, {-1.5f, 1, -2}, {-2.5f, 1, -2},
		{0.49999997f, 1, 0}, {0.50000006f, 1, 1}, {-0.0f, 1, 0}, {0, 0x1p51, 0},
		{0x1p-149f, 1, 0}, {0x1p-149f, 0x1p149, 1}, {0x1p-149f, 0x1p148, 0}, {-0x1.8p-148f, 0x1p148, -2},
		{0x1.fffffep50f, 1, 0x7fffff8000000}, {-0x1.fffffep-1f, 0x1p51, -0x7fffff8000000},
		{0x1.fffffep127f, 0x1p-77, 0x7fffff8000000},
	};
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	for (size_t t = 0; t < tables; t++)
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			int64_t sum = 7;
			assert_int_equal(table[t]->fixed_add(1, cases[i].scale, &cases[i].g, &sum), bits_of(fabsf(cases[i].g)));
			if (sum != 7 + cases[i].want)
				fail_msg("%s: %a times %a became %lld, not %lld", table[t]->isa, cases[i].g, cases[i].scale,
				         (long long)sum - 7, (long long)cases[i].want);
		}
}

/* The mean is rounded to double, in the quotient, and to float; also where a sum has more than 53 bits. */
static void mean_is_rounded_step_by_step(void **state)
{
	(void)state;
	static const int64_t ends[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT64_C(0x7fffffff), INT64_C(0x80000000),
	                               -INT64_C(0x80000000), INT64_C(0xffffffff), -INT64_C(0x100000000)};
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 53};
	for (size_t n = 0; n < 400; n++) {
		struct shelf shelf = {0};
		size_t count = dice_from(&dice, 0, 100);
		double unit = ldexp(1, (int)dice_from(&dice, 0, 120) - 100), divisor = (double)dice_from(&dice, 1, 5000);
		int64_t *sum = shelf_bytes(&shelf, count * sizeof *sum);
		for (size_t i = 0; i < count; i++) {
			int64_t any = (int64_t)(dice_below(&dice, 1ull << 32) << 32 | dice_below(&dice, 1ull << 32));
			sum[i] = i < sizeof ends / sizeof *ends ? ends[i] : any / ((int64_t)1 << dice_below(&dice, 63));
		}
		for (size_t t = 0; t < tables; t++) {
			float *g = shelf_floats(&shelf, count);
			table[t]->fixed_mean(count, unit, divisor, sum, g);
			for (size_t i = 0; i < count; i++) {
				volatile double s = (double)sum[i], scaled = s * unit, mean = scaled / divisor;
				if (bits_of(g[i]) != bits_of((float)mean))
					fail_msg("%s: %lld times %a over %g became %a, not %a", table[t]->isa, (long long)sum[i], unit,
					         divisor, g[i], (float)mean);
			}
		}
		shelf_clear(&shelf);
	}
}

/* NaN and infinity are larger than all numbers; what is too large wraps around and traps nowhere. */
static void fixed_point_reports_what_is_too_large(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	for (size_t t = 0; t < tables; t++)
		for (size_t at = 0; at < 37; at++) {
			float g[37], again[37];
			int64_t sum[37];
			for (size_t i = 0; i < 37; i++) {
				g[i] = i % 2 == 0 ? -0x1.fffffep127f : 0x1.fffffep127f;
				sum[i] = i % 3 == 0 ? INT64_MAX : INT64_MIN;
			}
			memcpy(again, g, sizeof g);
			assert_int_equal(table[t]->fixed_add(37, 0x1p60, g, sum), 0x7f7fffff);
			g[at] = -INFINITY;
			assert_int_equal(table[t]->fixed_add(37, 0x1p60, g, sum), 0x7f800000);
			g[36 - at] = NAN;
			assert_true(table[t]->fixed_add(37, 0x1p60, g, sum) > 0x7f800000);
			g[36 - at] = float_of(0xff800001); /* the smallest NaN, signalling and negative */
			assert_int_equal(table[t]->fixed_add(37, 0x1p60, g, sum), 0x7f800001);
			/* The others are not touched by it. */
			memset(sum, 0, sizeof sum);
			memset(g, 0, sizeof g);
			g[at] = NAN;
			table[t]->fixed_add(37, 1, g, sum);
			for (size_t i = 0; i < 37; i++)
				assert_true(i == at || sum[i] == 0);
		}
}

/* The product is rounded before it is added: a fused multiply-add would show in the last bit. */
static float rounded(volatile float x)
{
	return x;
}

static void momentum_is_its_formula(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 52};
	for (size_t n = 0; n < 400; n++) {
		struct shelf shelf = {0};
		size_t count = dice_from(&dice, 0, n % 10 == 0 ? 1000 : 40);
		bool nesterov = n % 2 == 0;
		float rate = fabsf(dice_float(&dice)), mu = n % 7 == 0 ? 0 : fabsf(dice_float(&dice));
		float fade = n % 3 == 0 ? 0 : 0.01f * rate;
		const float *w = shelf_random(&shelf, &dice, count), *v = shelf_random(&shelf, &dice, count);
		const float *g = shelf_random(&shelf, &dice, count);
		for (size_t t = 0; t < tables; t++) {
			float *w2 = shelf_floats(&shelf, count), *v2 = shelf_floats(&shelf, count);
			memcpy(w2, w, count * sizeof *w);
			memcpy(v2, v, count * sizeof *v);
			table[t]->momentum(count, w2, v2, g, &(struct update){.rate = rate, .momentum = mu, .fade = fade,
			                                                      .nesterov = nesterov});
			for (size_t i = 0; i < count; i++) {
				float speed = rounded(rounded(mu * v[i]) + g[i]);
				float step = nesterov ? rounded(g[i] + rounded(mu * speed)) : speed;
				float want = rounded(w[i] - rounded(rounded(rate * step) + rounded(fade * w[i])));
				expect_same("velocity", 1, v2 + i, &speed);
				expect_same("parameter", 1, w2 + i, &want);

				double speed64 = (double)mu * v[i] + g[i], step64 = nesterov ? g[i] + mu * speed64 : speed64;
				assert_true(fabs(v2[i] - speed64) <= 2 * half_ulp * (fabs((double)mu * v[i]) + fabs(g[i])));
				assert_true(fabs(w2[i] - (w[i] - (rate * step64 + fade * (double)w[i]))) <= 16 * half_ulp);
			}
		}
		shelf_clear(&shelf);
	}
}

/* w − (step + fade w), every operation rounded. */
static float moved(float w, float step, const struct update *u)
{
	return rounded(w - rounded(step + rounded(u->fade * w)));
}

/* β mean + (1 − β) x in float64, rounded once to float. */
static float mean_moved(double beta, float mean, double x)
{
	volatile double stays = beta * mean, come = 1 - beta, comes = come * x, sum = stays + comes;
	return (float)sum;
}

/* Each formula once more, every operation rounded by itself. */
static void one_update(int rule, const struct update *u, float g, float *w, float *a, float *b)
{
	if (rule == 0) {
		*a = rounded(*a + rounded(g * g));
		*w = moved(*w, rounded(u->rate * rounded(g / rounded(sqrtf(*a) + u->epsilon))), u);
	} else if (rule == 1) {
		*b = mean_moved(u->beta2, *b, (double)g * g);
		*a = rounded(rounded(u->momentum * *a) + rounded(g / rounded(sqrtf(*b) + u->epsilon)));
		*w = moved(*w, rounded(u->rate * *a), u);
	} else if (rule == 2) {
		g = rounded(g + rounded(u->decay * *w));
		*a = mean_moved(u->beta1, *a, (double)g);
		*b = mean_moved(u->beta2, *b, (double)g * g);
		float under = rounded(rounded(u->root * sqrtf(*b)) + u->epsilon);
		*w = moved(*w, rounded(u->rate * rounded(*a / under)), u);
	} else if (rule == 3) {
		*a = rounded(rounded(u->momentum * *a) + g);
		float rate = rounded(u->rate / rounded(u->damping + *b));
		*w = rounded(*w - rounded(rate * rounded(*a + rounded(u->decay * *w))));
	} else {
		*a = rounded(*a + rounded(u->rate * rounded(*w - *a)));
	}
}

static void other_updates_are_their_formulas(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 53};
	for (int n = 0; n < 400; n++) {
		struct shelf shelf = {0};
		size_t count = dice_from(&dice, 0, n % 10 == 0 ? 1000 : 40);
		struct update u = {.rate = fabsf(dice_float(&dice)), .fade = n % 2 == 0 ? 0 : 0.01f * fabsf(dice_float(&dice)),
		                   .decay = n % 3 == 0 ? 0 : 0.01f, .momentum = 0.9f, .beta1 = 0.8, .beta2 = n % 4 == 0 ? 1e-9 : 1 - 1e-7,
		                   .epsilon = 1e-6f, .damping = 0.1f, .root = 1 + fabsf(dice_float(&dice))};
		const float *w = shelf_random(&shelf, &dice, count), *g = shelf_random(&shelf, &dice, count);
		float *a = shelf_random(&shelf, &dice, count), *b = shelf_random(&shelf, &dice, count);
		for (size_t i = 0; i < count; i++) {
			a[i] = n % 5 == 0 ? fabsf(a[i]) : a[i]; /* sums of squares */
			b[i] = fabsf(b[i]);
		}
		for (size_t t = 0; t < tables; t++) {
			float *in[3];
			for (size_t v = 0; v < 3; v++) {
				in[v] = shelf_floats(&shelf, count);
				memcpy(in[v], v == 0 ? w : v == 1 ? a : b, count * sizeof *w);
			}
			if (n % 5 == 0)
				table[t]->adagrad(count, in[0], in[1], g, &u);
			else if (n % 5 == 1)
				table[t]->rmsprop(count, in[0], in[1], in[2], g, &u);
			else if (n % 5 == 2)
				table[t]->adam(count, in[0], in[1], in[2], g, &u);
			else if (n % 5 == 3)
				table[t]->curved(count, in[0], in[1], in[2], g, &u);
			else
				table[t]->average(count, in[1], in[0], u.rate);
			for (size_t i = 0; i < count; i++) {
				float want[3] = {w[i], a[i], b[i]};
				one_update(n % 5, &u, g[i], &want[0], &want[1], &want[2]);
				for (size_t v = 0; v < 3; v++)
					expect_same("an optimizer's vector", 1, in[v] + i, &want[v]);
			}
		}
		shelf_clear(&shelf);
	}
}

/* What lars and lamb need beside: norms to the last bits of float64, all else rounded as it is written. */
static void norms_and_slopes_are_their_formulas(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 54};
	for (int n = 0; n < 400; n++) {
		struct shelf shelf = {0};
		size_t count = dice_from(&dice, 0, n % 10 == 0 ? 1000 : 40);
		struct update u = {.decay = n % 3 == 0 ? 0 : 0.01f, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 1e-6f,
		                   .root = 1 + fabsf(dice_float(&dice)), .lift = 1 + fabsf(dice_float(&dice))};
		const float *w = shelf_random(&shelf, &dice, count), *g = shelf_random(&shelf, &dice, count);
		const float *a = shelf_random(&shelf, &dice, count), *b = shelf_random(&shelf, &dice, count);
		volatile double scale = (double)dice_float(&dice) / 3, decay = 0.1;
		double squares = 0, norm = table[0]->norm(count, w);
		for (size_t i = 0; i < count; i++)
			squares += (double)w[i] * (double)w[i];
		assert_true(fabs(norm - sqrt(squares)) <= 1e-13 * norm);
		for (size_t t = 0; t < tables; t++) {
			float *in[5];
			for (size_t v = 0; v < 5; v++) {
				in[v] = shelf_floats(&shelf, count);
				memcpy(in[v], v < 2 ? g : v == 2 ? a : v == 3 ? b : w, count * sizeof *w);
				for (size_t i = 0; v == 3 && i < count; i++)
					in[v][i] = fabsf(in[v][i]);
			}
			double other = table[t]->norm(count, w);
			assert_memory_equal(&other, &norm, sizeof norm);
			table[t]->slope(count, in[0], w, scale, decay);
			table[t]->lamb(count, w, in[2], in[3], in[1], &u);
			table[t]->descend(count, in[4], g, scale);
			for (size_t i = 0; i < count; i++) {
				volatile double faded = decay * (double)w[i], sum = (double)g[i] + faded, product = scale * sum;
				volatile double step = scale * (double)g[i];
				float first = mean_moved(u.beta1, a[i], (double)g[i]);
				float second = mean_moved(u.beta2, fabsf(b[i]), (double)g[i] * g[i]);
				float under = rounded(rounded(u.root * sqrtf(second)) + u.epsilon);
				float way = rounded(rounded(u.lift * rounded(first / under)) + rounded(u.decay * w[i]));
				const float want[5] = {(float)product, way, first, second, rounded(w[i] - (float)step)};
				for (size_t v = 0; v < 5; v++)
					expect_same("slope, direction, moments, step", 1, in[v] + i, &want[v]);
			}
		}
		shelf_clear(&shelf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_point_is_rounded_to_nearest_even),
		cmocka_unit_test(fixed_point_at_its_ends),
		cmocka_unit_test(fixed_point_reports_what_is_too_large),
		cmocka_unit_test(mean_is_rounded_step_by_step),
		cmocka_unit_test(momentum_is_its_formula),
		cmocka_unit_test(other_updates_are_their_formulas),
		cmocka_unit_test(norms_and_slopes_are_their_formulas),
	};
	return cmocka_run_group_tests_name("update", tests, NULL, NULL);
}
