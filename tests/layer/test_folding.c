/* layer: folding a combination into a convolution, and what an optimizer keeps of squares with it (section 3.3.1). */
#include "layers.h"

#include <math.h>

/* The outputs of both in float64, largest difference. */
static double outputs_differ(const struct layer *a, const float *wa, const struct layer *b, const float *wb,
                             struct dice *dice)
{
	struct shelf shelf = {0};
	size_t size = shape_size(a->out);
	double *x = shelf_widened(&shelf, shape_size(a->in), shelf_random(&shelf, dice, shape_size(a->in)));
	double *ya = shelf_doubles(&shelf, size), *yb = shelf_doubles(&shelf, size), worst = 0;
	assert_memory_equal(&a->out, &b->out, sizeof a->out);
	a->type->forward64(a, shelf_widened(&shelf, a->parameters, wa), x, ya, shelf_doubles(&shelf, a->scratch64));
	b->type->forward64(b, shelf_widened(&shelf, b->parameters, wb), x, yb, shelf_doubles(&shelf, b->scratch64));
	for (size_t i = 0; i < size; i++)
		worst = fmax(worst, fabs(ya[i] - yb[i]));
	shelf_clear(&shelf);
	return worst;
}

/* Folds a layer of these keys, with a name, a source and a rate that the new spec must have too. */
static struct layer_spec *fold_must(const struct layer *layer, const struct layer_keys *keys, const float *w, double below,
                                    float **folded)
{
	struct err err = {0};
	struct layer_keys named = *keys;
	named.name = "mix";
	named.from[0] = "-2";
	struct layer_spec *own = spec_make(&named);
	own->rate = 0.5;
	own->line = 7;
	struct layer_spec *spec = layer->type->fold(layer, own, w, below, folded, &err);
	assert_non_null(spec);
	assert_string_equal(spec->name, "mix");
	assert_int_equal(spec->sources, 1);
	assert_string_equal(spec->source[0], "-2");
	assert_true(spec->rate == 0.5 && spec->line == 7 && !spec->frozen && spec->activation == own->activation);
	layer_spec_destroy(own);
	return spec;
}

/* Each row of the folded layer against α: who stays, and with which kernel. */
static void expect_folded(const struct layer *layer, const float *w, double below, const struct layer_keys *keys,
                          const struct connection_list *list, const float *folded)
{
	size_t inputs = layer->in.maps, kk = keys->kernel * keys->kernel_columns, entry = 0;
	bool shared = !word_is(keys->kernels, "per-pair");
	float *alpha = calloc(layer->out.maps * inputs, sizeof *alpha), *a = alpha;
	assert_non_null(alpha);
	layer_shares(layer, w, alpha);
	for (size_t j = 0; j < layer->out.maps; j++, a += inputs) {
		size_t largest = 0;
		double sum = 0, total = 0;
		for (size_t i = 0; i < inputs; i++)
			largest = a[i] > a[largest] ? i : largest;
		for (size_t i = 0; i < inputs; i++)
			sum += a[i] >= below || i == largest ? a[i] : 0;
		assert_int_equal(list->first[j], entry);
		for (size_t i = 0; i < inputs; i++) {
			if (!(a[i] >= below || i == largest))
				continue;
			const float *k = w + (shared ? i : j * inputs + i) * kk;
			assert_int_equal(list->input[entry], i);
			for (size_t p = 0; p < kk; p++)
				assert_true(fabs(folded[entry * kk + p] - a[i] / sum * k[p]) <= 1.01 * half_ulp * fabs(k[p]));
			total += a[i] / sum;
			entry++;
		}
		assert_true(fabs(total - 1) <= 1e-12);
		assert_true(entry > list->first[j]);
	}
	assert_int_equal(list->first[layer->out.maps], entry);
	for (size_t j = 0; j < layer->out.maps; j++)
		assert_true(folded[entry * kk + j] == w[layer->tensor[1].offset + j]);
	free(alpha);
}

static void folding_keeps_what_matters(void **state)
{
	(void)state;
	struct dice dice = {.seed = 104};
	for (size_t n = 0; n < 120; n++) {
		static const double thresholds[] = {0, 0.05, 0.2, 0.5, 2};
		double below = thresholds[n % 5];
		struct shelf shelf = {0};
		struct layer_keys keys;
		struct layer *layer = combination_random(&dice, "entropy", &keys);
		float *w = shelf_random(&shelf, &dice, layer->parameters), *folded = NULL;
		for (size_t i = layer->tensor[2].offset; i < layer->parameters; i++)
			w[i] *= 2;
		if (n % 10 == 3) { /* a threshold that one α meets exactly: it stays */
			float alpha[6 * 7];
			assert_true(layer_shares(layer, w, alpha));
			below = alpha[dice_below(&dice, layer->in.maps)];
		}
		struct layer_spec *spec = fold_must(layer, &keys, w, below, &folded);
		assert_string_equal(spec->type->name, "convolution");
		assert_int_equal(spec->activation, ACTIVATION_TANH);
		assert_int_equal(spec_connections(spec)->kind, CONNECT_LIST);
		assert_int_equal(spec_sides(spec, "kernel").rows, keys.kernel);
		assert_int_equal(spec_sides(spec, "kernel").columns, keys.kernel_columns);
		assert_int_equal(spec_sides(spec, "stride").rows, keys.stride);
		assert_string_equal(spec_word(spec, "padding"), keys.padding != NULL ? keys.padding : "valid");
		const struct connection_list *list = &spec_connections(spec)->list;
		expect_folded(layer, w, below, &keys, list, folded);
		struct layer *convolution = layer_must_plan(spec, layer->in);
		assert_int_equal(convolution->parameters,
		                 list->first[layer->out.maps] * keys.kernel * keys.kernel_columns + layer->out.maps);
		if (below == 0)
			assert_true(outputs_differ(layer, w, convolution, folded, &dice) <= 1e-6);
		if (below > 1)
			assert_int_equal(convolution->connections, layer->out.maps);
		layer_destroy(convolution);
		layer_destroy(layer);
		layer_spec_destroy(spec);
		free(folded);
		shelf_clear(&shelf);
	}
}

static void only_combinations_fold(void **state)
{
	(void)state;
	struct layer *layer = layer_must(&(struct layer_keys){.type = "full", .units = 2}, (struct shape){1, 2, 2});
	assert_null(layer->type->fold);
	assert_false(layer_shares(layer, NULL, NULL));
	layer_destroy(layer);
}

/* ---- Folding what an optimizer keeps of squares --------------------------------------------------------------------- */

/* A combination and the convolution it becomes where all pairs stay, with room for gradients of both. */
struct folding {
	struct shelf shelf;
	struct layer *layer, *convolution;
	struct layer_keys keys;
	float *w, *folded; /* parameters */
	float *squares;    /* of the combination's … */
	float *got;        /* … folded */
	double *want;      /* of the convolution */
};

static void folding_open(struct folding *f, struct dice *dice)
{
	*f = (struct folding){0};
	f->layer = combination_random(dice, NULL, &f->keys);
	f->w = shelf_random(&f->shelf, dice, f->layer->parameters);
	struct layer_spec *spec = fold_must(f->layer, &f->keys, f->w, 0, &f->folded);
	f->convolution = layer_must_plan(spec, f->layer->in);
	layer_spec_destroy(spec);
	f->squares = shelf_bytes(&f->shelf, f->layer->parameters * sizeof *f->squares);
	f->got = shelf_floats(&f->shelf, f->convolution->parameters);
	f->want = shelf_bytes(&f->shelf, f->convolution->parameters * sizeof *f->want);
}

static void folding_close(struct folding *f)
{
	layer_destroy(f->layer);
	layer_destroy(f->convolution);
	free(f->folded);
	shelf_clear(&f->shelf);
}

static void squares_fold(const struct folding *f, const struct layer *convolution, float *out)
{
	struct err err = {0};
	assert_int_equal(f->layer->type->fold_squares(f->layer, f->w, convolution, f->squares, out, &err), 0);
}

/* Mean squares of both layers' gradients, each by its own float64 backward, over `times` samples whose ∂E/∂u are noise,
 * as strong and as good as independent in all output maps. */
static void gradients_square(struct folding *f, struct dice *dice, size_t times)
{
	const struct layer *both[2] = {f->layer, f->convolution};
	const float *w[2] = {f->w, f->folded};
	double *sum[2] = {shelf_bytes(&f->shelf, f->layer->parameters * sizeof(double)), f->want};
	size_t in = shape_size(f->layer->in), out = shape_size(f->layer->out);
	double *x = shelf_widened(&f->shelf, in, shelf_random(&f->shelf, dice, in));
	double *dy = shelf_doubles(&f->shelf, out);
	for (size_t n = 0; n < times; n++) {
		struct shelf own = {0};
		for (size_t i = 0; i < out; i++)
			dy[i] = dice_float(dice);
		for (size_t b = 0; b < 2; b++) {
			double *dw = shelf_doubles(&own, both[b]->parameters);
			both[b]->type->backward64(both[b], shelf_widened(&own, both[b]->parameters, w[b]), x, dy, NULL, dw,
			                          shelf_doubles(&own, both[b]->scratch64));
			for (size_t i = 0; i < both[b]->parameters; i++)
				sum[b][i] += dw[i] * dw[i] / (double)times;
		}
		shelf_clear(&own);
	}
	for (size_t i = 0; i < f->layer->parameters; i++)
		f->squares[i] = (float)sum[0][i];
}

static void squares_fold_as_gradients_do(void **state)
{
	(void)state;
	struct dice dice = {.seed = 105};
	for (size_t n = 0; n < 40; n++) {
		struct folding f;
		folding_open(&f, &dice);
		bool shared = !word_is(f.keys.kernels, "per-pair");
		size_t biases = f.convolution->tensor[1].offset, all = f.convolution->parameters;
		gradients_square(&f, &dice, shared ? 1000 : 1);
		squares_fold(&f, f.convolution, f.got);
		double got = 0, want = 0;
		for (size_t i = 0; i < all; i++) {
			if (!shared || i >= biases)
				assert_true(fabs(f.got[i] - f.want[i]) <= 1e-5 * f.want[i]);
			got += i < biases ? f.got[i] : 0;
			want += i < biases ? f.want[i] : 0;
		}
		/* Independent on the average only. */
		assert_true(got >= 0.9 * want && got <= 1.1 * want);
		folding_close(&f);
	}
}

/* Second derivatives of both layers, by their own rules. hy is the same in all output maps. */
static void curvatures_fold_as_they_are_measured(void **state)
{
	(void)state;
	const struct kernels *table[3];
	size_t tables = tables_here(table);
	struct dice dice = {.seed = 106};
	for (size_t n = 0; n < 40; n++) {
		struct folding f;
		folding_open(&f, &dice);
		struct shelf *shelf = &f.shelf;
		const struct layer *both[2] = {f.layer, f.convolution};
		const float *w[2] = {f.w, f.folded};
		float *hw[2] = {f.squares, shelf_floats(shelf, f.convolution->parameters)};
		size_t in = shape_size(f.layer->in) * LANES, map = shape_size(f.layer->out) / f.layer->out.maps * LANES;
		float *x = shelf_random(shelf, &dice, in), *x2 = shelf_floats(shelf, in);
		float *hy = shelf_random(shelf, &dice, f.layer->out.maps * map), *y = shelf_floats(shelf, f.layer->out.maps * map);
		for (size_t i = 0; i < in; i++)
			x2[i] = x[i] * x[i];
		for (size_t i = 0; i < f.layer->out.maps * map; i++)
			hy[i] = fabsf(hy[i % map]);
		for (size_t b = 0; b < 2; b++) {
			const struct layer *layer = both[b];
			const struct kernels *k = table[n % tables];
			float *keep = shelf_floats(shelf, layer->keep), *scratch = shelf_floats(shelf, layer->scratch);
			layer->type->prepare(layer, k, w[b], keep);
			layer->type->forward(layer, k, w[b], x, y, keep, scratch);
			layer->type->curve(layer, k, w[b], w[b], x, x2, hy, NULL, hw[b], keep, scratch);
		}
		squares_fold(&f, f.convolution, f.got);
		for (size_t i = 0; i < f.convolution->parameters; i++)
			assert_true(fabs((double)f.got[i] - (double)hw[1][i]) <= 2e-5 * (double)hw[1][i]);
		folding_close(&f);
	}
}

/* What stays has the squares that it had with all others there; whatever α is, they are finite and not below 0. */
static void squares_of_what_stays_do_not_see_the_cut(void **state)
{
	(void)state;
	struct dice dice = {.seed = 107};
	for (size_t n = 0; n < 60; n++) {
		struct folding f;
		folding_open(&f, &dice);
		size_t inputs = f.layer->in.maps, maps = f.layer->out.maps, kk = f.keys.kernel * f.keys.kernel_columns;
		bool wild = n % 3 == 0;
		for (size_t i = f.layer->tensor[2].offset; wild && i < f.layer->parameters; i++)
			f.w[i] *= 60;
		for (size_t i = 0; i < f.layer->parameters; i++)
			f.squares[i] = wild ? 1e38f : fabsf(dice_float(&dice));
		squares_fold(&f, f.convolution, f.got);
		for (size_t i = 0; i < f.convolution->parameters; i++)
			assert_true(isfinite(f.got[i]) && f.got[i] >= 0);

		float *folded, *some = shelf_floats(&f.shelf, f.convolution->parameters);
		struct layer_spec *spec = fold_must(f.layer, &f.keys, f.w, 0.3, &folded);
		struct layer *cut = layer_must_plan(spec, f.layer->in);
		const struct connections *table = cut->tensor[0].table;
		squares_fold(&f, cut, some);
		for (size_t j = 0; j < maps; j++)
			for (uint32_t e = table->first[j]; e < table->first[j + 1]; e++)
				expect_same("squares of what stays", kk, some + e * kk, f.got + (j * inputs + table->input[e]) * kk);
		expect_same("biases", maps, some + table->first[maps] * kk, f.squares + f.layer->tensor[1].offset);
		layer_destroy(cut);
		layer_spec_destroy(spec);
		free(folded);
		folding_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folding_keeps_what_matters),
		cmocka_unit_test(only_combinations_fold),
		cmocka_unit_test(squares_fold_as_gradients_do),
		cmocka_unit_test(curvatures_fold_as_they_are_measured),
		cmocka_unit_test(squares_of_what_stays_do_not_see_the_cut),
	};
	return cmocka_run_group_tests_name("folding", tests, NULL, NULL);
}
