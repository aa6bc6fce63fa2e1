/* layer: joins, in lanes and in float64. */
#include "layers.h"

enum { INPUTS = 4 };

/* A random join with its inputs and a gradient. */
struct scene {
	struct shelf shelf;
	struct layer *layer;
	struct shape in[INPUTS];
	float *x[INPUTS], *dy;
	double *x64[INPUTS], *dy64; /* of lane 3 */
};

enum { LANE = 3 };

static void scene_make(struct scene *s, struct dice *dice, const char *type, enum activation f)
{
	struct err err = {0};
	size_t inputs = dice_from(dice, 2, INPUTS);
	*s = (struct scene){.in[0] = {dice_from(dice, 1, 4), dice_from(dice, 1, 5), dice_from(dice, 1, 5)}};
	struct layer_spec *spec = spec_make(&(struct layer_keys){.type = type, .activation = f});
	for (size_t i = 0; i < inputs; i++) {
		s->in[i] = s->in[0];
		if (i > 0 && strcmp(type, "concatenate") == 0)
			s->in[i].maps = dice_from(dice, 1, 4);
		s->x[i] = shelf_random(&s->shelf, dice, shape_size(s->in[i]) * LANES);
		s->x64[i] = shelf_doubles(&s->shelf, shape_size(s->in[i]));
		lane_take(shape_size(s->in[i]), s->x[i], LANE, s->x64[i]);
	}
	struct layer_input in[INPUTS];
	for (size_t i = 0; i < inputs; i++)
		in[i] = (struct layer_input){.shape = s->in[i]};
	s->layer = layer_plan_join(spec, inputs, in, &err);
	assert_non_null(s->layer);
	assert_int_equal(s->layer->inputs, inputs);
	size_t size = shape_size(s->layer->out);
	s->dy = shelf_random(&s->shelf, dice, size * LANES);
	s->dy64 = shelf_doubles(&s->shelf, size);
	lane_take(size, s->dy, LANE, s->dy64);
	layer_spec_destroy(spec);
}

static void scene_clear(struct scene *s)
{
	layer_destroy(s->layer);
	shelf_clear(&s->shelf);
}

typedef void property(struct scene *s);

static void each_join(property *check)
{
	static const char *const types[] = {"add", "concatenate"};
	struct dice dice = {.seed = 161};
	for (size_t n = 0; n < 100; n++) {
		struct scene s;
		scene_make(&s, &dice, types[n % 2], (enum activation)(n / 2 % ACTIVATIONS));
		check(&s);
		scene_clear(&s);
	}
}

static void lanes_are_float64(struct scene *s)
{
	const struct kernels *table[3];
	size_t tables = tables_here(table), size = shape_size(s->layer->out);
	double *y64 = shelf_doubles(&s->shelf, size);
	s->layer->type->join64(s->layer, (const double *const *)s->x64, y64);
	reference_activate(s->layer->fused, 0, size, y64, y64);
	for (size_t t = 0; t < tables; t++) {
		float *y = shelf_floats(&s->shelf, size * LANES);
		s->layer->type->join(s->layer, table[t], (const float *const *)s->x, y);
		for (size_t i = 0; i < size; i++)
			assert_true(y[i * LANES + LANE] - y64[i] <= 1e-5 && y[i * LANES + LANE] - y64[i] >= -1e-5);
		for (size_t i = 0; i < s->layer->inputs; i++) {
			size_t numbers = s->layer->numbers[i];
			double *dx64 = shelf_doubles(&s->shelf, numbers);
			float *dx = shelf_floats(&s->shelf, numbers * LANES);
			s->layer->type->split64(s->layer, i, s->dy64, dx64);
			s->layer->type->split(s->layer, table[t], i, ACTIVATION_LINEAR, s->x[i], s->dy, dx);
			for (size_t n = 0; n < numbers; n++)
				assert_true(dx[n * LANES + LANE] == (float)dx64[n]);
			reference_activate_back(ACTIVATION_TANH, 0, numbers, s->x64[i], dx64);
			s->layer->type->split(s->layer, table[t], i, ACTIVATION_TANH, s->x[i], s->dy, dx);
			for (size_t n = 0; n < numbers; n++)
				assert_true(dx[n * LANES + LANE] - dx64[n] <= 1e-6 && dx[n * LANES + LANE] - dx64[n] >= -1e-6);
		}
	}
}

/* ⟨join(x), dy⟩ = Σ ⟨xᵢ, splitᵢ(dy)⟩ */
static void splits_are_adjoint(struct scene *s)
{
	size_t size = shape_size(s->layer->out);
	double *y = shelf_doubles(&s->shelf, size), left = 0, right = 0;
	s->layer->type->join64(s->layer, (const double *const *)s->x64, y);
	for (size_t n = 0; n < size; n++)
		left += y[n] * s->dy64[n];
	for (size_t i = 0; i < s->layer->inputs; i++) {
		double *dx = shelf_doubles(&s->shelf, s->layer->numbers[i]);
		s->layer->type->split64(s->layer, i, s->dy64, dx);
		for (size_t n = 0; n < s->layer->numbers[i]; n++)
			right += dx[n] * s->x64[i][n];
	}
	assert_true(left - right < 1e-9 && right - left < 1e-9);
}

static void joins_in_lanes_are_those_in_float64(void **state)
{
	(void)state;
	each_join(lanes_are_float64);
}

static void joins_and_splits_are_adjoint(void **state)
{
	(void)state;
	each_join(splits_are_adjoint);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_in_lanes_are_those_in_float64),
		cmocka_unit_test(joins_and_splits_are_adjoint),
	};
	return cmocka_run_group_tests_name("joins", tests, NULL, NULL);
}
