/* view: a picture for each tensor, colours that follow the numbers, mistakes as evaluation counts them. */
#include <convoy/view.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "train/jobs.h"

enum { SAMPLES = 37, SIZE = 12 * 12 };

static const char job_all[] = JOB_HEAD("data") LAYERS_ALL TRAIN_ALL;

/* What take() was given: names joined by blanks, and a digest of all pixels. */
struct seen {
	char names[1024];
	struct digest digest[32];
	size_t count, stop_at;
};

static int take(void *context, const char *name, const char *title, const struct canvas *canvas, struct err *err)
{
	struct seen *seen = context;
	assert_true(strlen(title) > 0);
	strcat(strcat(seen->names, name), " ");
	seen->digest[seen->count++] = digest_of(canvas->pixel, canvas->width * canvas->height * sizeof *canvas->pixel);
	return seen->count == seen->stop_at ? err_set(err, EX_IOERR, "enough") : 0;
}

static struct seen look(const struct model *model)
{
	struct err err = {0};
	struct seen seen = {.stop_at = SIZE_MAX};
	assert_int_equal(view_parameters(model, 0, false, take, &seen, &err), 0);
	return seen;
}

static void every_tensor_has_a_picture(void **state)
{
	(void)state;
	struct model *model = model_of(job_all);
	model_scramble(model, 1);
	struct seen seen = look(model);
	assert_string_equal(seen.names,
		"01-convolution-kernels 01-convolution-channels 02-subsampling-channels 03-convolution-kernels "
		"03-convolution-connections 03-convolution-channels 04-combination-kernels 04-combination-alpha "
		"04-combination-channels 05-combination-kernels 05-combination-alpha 05-combination-channels "
		"06-convolution-kernels 06-convolution-connections 06-convolution-channels 08-full-weights 08-full-channels ");

	/* A parameter that changes its sign changes the pictures of its tensor, and no others. */
	for (size_t t = 0; t < model->net->tensors; t++) {
		const struct net_tensor *tensor = &model->net->tensor[t];
		float *w = &model->w[tensor->offset + tensor->count / 2], before = *w;
		*w = *w > 0 ? -0.3f : 0.3f;
		struct seen changed = look(model);
		size_t different = 0;
		for (size_t i = 0; i < seen.count; i++)
			different += memcmp(&seen.digest[i], &changed.digest[i], sizeof seen.digest[i]) != 0;
		assert_int_equal(different, 1);
		*w = before;
	}
	model_destroy(model);
}

static void taking_may_end_it(void **state)
{
	(void)state;
	struct err err = {0};
	struct model *model = model_of(job_all);
	struct seen seen = {.stop_at = 5};
	assert_int_equal(view_parameters(model, 0, false, take, &seen, &err), -1);
	assert_int_equal(seen.count, 5);
	assert_string_equal(err.text, "enough");
	model_destroy(model);
}

struct cuts {
	size_t first, strongest;
};

/* A picture holds at most a million pixels, and says that it is cut where it is. */
static int take_cut(void *context, const char *name, const char *title, const struct canvas *canvas, struct err *err)
{
	(void)name;
	(void)err;
	struct cuts *cuts = context;
	cuts->first += strstr(title, " the first ") != NULL;
	cuts->strongest += strstr(title, " strongest of ") != NULL;
	assert_true(canvas->width * canvas->height < 1000000);
	return 0;
}

static void large_layers_are_cut(void **state)
{
	(void)state;
	static const char job[] =
		"name: large\ndata: {format: idx, directory: data}\ninput: {maps: 1, rows: 40, columns: 40}\noutput: {classes: 2}\n"
		"layers: [{type: full, units: 9000, activation: tanh}, {type: full, units: 2, activation: tanh}]\n"
		"loss: squared-error\ntrain: {epochs: 1, batch: 16, rate: 0.1}\n";
	struct model *model = model_of(job);
	struct seen seen = look(model);
	assert_string_equal(seen.names, "01-full-weights 01-full-channels 02-full-weights 02-full-channels ");
	struct err err = {0};
	struct cuts cuts = {0};
	assert_int_equal(view_parameters(model, 2000, true, take_cut, &cuts, &err), 0);
	assert_int_equal(cuts.first, 3); /* not the two biases of the last layer */
	assert_int_equal(cuts.strongest, 2);
	model_destroy(model);
}

/* What a page is given of the layer's kernels: the title of the first picture, and its digest. */
struct strong {
	char title[512];
	struct digest digest;
};

static int take_strong(void *context, const char *name, const char *title, const struct canvas *canvas, struct err *err)
{
	struct strong *out = context;
	(void)err;
	if (strcmp(name, "01-convolution-kernels") == 0) {
		snprintf(out->title, sizeof out->title, "%s", title);
		out->digest = digest_of(canvas->pixel, canvas->width * canvas->height * sizeof *canvas->pixel);
	}
	return 0;
}

/* On a page many kernels show those with the largest weights: a weak one is not among them until it grows. */
static void the_strongest_kernels_are_shown(void **state)
{
	(void)state;
	enum { MAPS = 200, KERNEL = 3 * 5 * 5, WEAK = 150 };
	static const char job[] =
		"name: strong\ndata: {format: idx, directory: data}\ninput: {maps: 3, rows: 12, columns: 12}\n"
		"output: {classes: 2}\nlayers: [{type: convolution, maps: 200, kernel: 5}, {type: full, units: 2}]\n"
		"loss: squared-error\ntrain: {epochs: 1, batch: 16, rate: 0.1}\n";
	struct model *model = model_of(job);
	struct strong with[3] = {{{0}, {{0}}}};
	static const float size[] = {0, 0.001f, 4}; /* the largest weight, 5, stays: so the scale of the colours */
	struct err err = {0};
	float *w = model->w + model->net->tensor[0].offset;
	for (size_t i = 0; i < MAPS * KERNEL; i++)
		w[i] = i == 0 ? 5 : (float)(1 + i / KERNEL % 7) / 8;
	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < KERNEL; k++)
			w[WEAK * KERNEL + k] = size[i];
		assert_int_equal(view_parameters(model, 0, true, take_strong, &with[i], &err), 0);
	}
	assert_non_null(strstr(with[0].title, "1 convolution: kernels 5×5, the "));
	assert_non_null(strstr(with[0].title, " strongest of 200 output maps down, 3 input maps across; blue −5, white 0, red 5"));
	assert_memory_equal(&with[0].digest, &with[1].digest, sizeof with[0].digest);
	assert_memory_not_equal(&with[0].digest, &with[2].digest, sizeof with[0].digest);
	model_destroy(model);
}

/* Seeded pixels, classes in turn. */
static struct dataset set_of(uint8_t pixels[SAMPLES * SIZE], uint16_t labels[SAMPLES])
{
	for (size_t i = 0; i < SAMPLES * SIZE; i++)
		pixels[i] = (uint8_t)random_below(3, RANDOM_CHECK, 9, i, 256);
	for (size_t i = 0; i < SAMPLES; i++)
		labels[i] = i % 4;
	struct dataset set = dataset_of(&(struct data_need){.shape = {1, 12, 12}, .classes = 4});
	set.count = SAMPLES;
	set.array[DATA_INPUTS].bytes = pixels;
	set.array[DATA_TARGETS].bytes = (uint8_t *)labels;
	return set;
}

static void mistakes_are_those_of_evaluation(void **state)
{
	(void)state;
	static uint8_t pixels[SAMPLES * SIZE];
	static uint16_t labels[SAMPLES];
	struct err err = {0};
	struct model *model = model_of(job_all);
	struct dataset set = set_of(pixels, labels);
	struct viewer viewer;
	struct mistake *mistakes;
	size_t count;
	model_scramble(model, 2);
	assert_int_equal(viewer_open(&viewer, kernels_choose(&err), model, &set, &err), 0);
	assert_int_equal(view_mistakes(&viewer, &count, &mistakes, &err), 0);
	assert_true(count > 0 && count < SAMPLES);

	/* One by one the samples say the same. */
	size_t wrong = 0;
	for (uint32_t s = 0; s < SAMPLES; s++) {
		struct verdict verdict;
		batcher_fill(&viewer.batcher, &s, 1, viewer.pass.map[0], &viewer.pass.targets);
		pass_forward(&viewer.pass, model->w);
		pass_loss(&viewer.pass, false, &verdict);
		wrong += verdict.guess[0] != (int32_t)labels[s];
		for (size_t m = 0; m < count; m++)
			if (mistakes[m].sample == s) {
				assert_int_equal(mistakes[m].label, labels[s]);
				assert_int_equal(mistakes[m].guess, verdict.guess[0]);
			}
	}
	assert_int_equal(count, wrong);
	for (size_t m = 1; m < count; m++)
		assert_true(mistakes[m - 1].score - mistakes[m - 1].right >= mistakes[m].score - mistakes[m].right);

	struct canvas canvas;
	assert_int_equal(view_wrong(&viewer, count, mistakes, &canvas, &err), 0);
	canvas_free(&canvas);
	assert_int_equal(view_maps(&viewer, SAMPLES, &canvas, &err), -1);
	assert_string_equal(err.text, "sample 37: the set has 37 (0 to 36)");
	free(mistakes);
	viewer_close(&viewer);
	model_destroy(model);
}

/* The maps of a sample are drawn from its own numbers. */
static void maps_follow_the_sample(void **state)
{
	(void)state;
	static uint8_t pixels[SAMPLES * SIZE];
	static uint16_t labels[SAMPLES];
	struct err err = {0};
	struct model *model = model_of(job_all);
	struct dataset set = set_of(pixels, labels);
	struct viewer viewer;
	struct canvas one, same, other;
	model_scramble(model, 2);
	memcpy(pixels + 20 * SIZE, pixels + 4 * SIZE, SIZE);
	assert_int_equal(viewer_open(&viewer, kernels_choose(&err), model, &set, &err), 0);
	assert_int_equal(view_maps(&viewer, 4, &one, &err), 0);
	assert_int_equal(view_maps(&viewer, 20, &same, &err), 0);
	assert_int_equal(view_maps(&viewer, 5, &other, &err), 0);
	size_t title = 30 * one.width, all = one.width * one.height; /* below the line with the number */
	assert_memory_equal(one.pixel + title, same.pixel + title, (all - title) * sizeof *one.pixel);
	assert_memory_not_equal(one.pixel + title, other.pixel + title, (all - title) * sizeof *one.pixel);
	canvas_free(&one);
	canvas_free(&same);
	canvas_free(&other);
	viewer_close(&viewer);
	model_destroy(model);
}

/* Signals are curves: a line from the left to the right, which a picture of one row would not be. */
static void signals_are_curves(void **state)
{
	(void)state;
	enum { LENGTH = 3000, PEAK = 1502, FEW = 3 };
	struct err err = {0};
	static uint8_t bytes[FEW * LENGTH];
	for (size_t i = 0; i < FEW * LENGTH; i++)
		bytes[i] = (uint8_t)(i < LENGTH ? i % 256 : i < 2 * LENGTH ? 7 : 255 * (i % LENGTH == PEAK));
	struct dataset set = dataset_of(&(struct data_need){.shape = {1, 1, LENGTH}, .classes = 2});
	set.count = FEW;
	set.array[DATA_INPUTS].bytes = bytes;
	size_t inked[FEW], deepest[FEW];
	for (size_t s = 0; s < FEW; s++) {
		struct canvas canvas;
		assert_int_equal(view_sample(&set, s, &canvas, &err), 0);
		assert_true(canvas.height > 50 && canvas.width > 200);
		deepest[s] = inked[s] = 0;
		for (size_t x = 0; x < canvas.width; x++) {
			size_t ink = 0;
			for (size_t y = 0; y < canvas.height; y++)
				ink += canvas.pixel[y * canvas.width + x].red != 255;
			inked[s] += ink > 0;
			deepest[s] = ink > deepest[s] ? ink : deepest[s];
		}
		assert_int_equal(inked[s], canvas.width);
		assert_true(s == 1 ? deepest[s] < 5 : deepest[s] > canvas.height / 2); /* a peak of one number is seen */
		canvas_free(&canvas);
	}
}

/* Of values: the picture of the worst samples is that of their numbers, and what is not finite is told. */
static void worst_values_are_drawn(void **state)
{
	(void)state;
	static const char job[] =
		"name: values\ndata: {format: hdf5, file: none.h5}\ninput: {maps: 1, rows: 12, columns: 12}\noutput: {values: 2}\n"
		"layers: [{type: full, units: 2}]\nloss: squared-error\ntrain: {epochs: 1, batch: 16, rate: 0.1}\n";
	static uint8_t pixels[SAMPLES * SIZE];
	static uint16_t labels[SAMPLES];
	static float targets[2 * SAMPLES];
	struct err err = {0};
	struct model *model = model_of(job);
	struct dataset set = set_of(pixels, labels), values = dataset_of(&(struct data_need){
		.shape = {1, 12, 12}, .classes = 2, .task = TASK_VALUES});
	values.count = SAMPLES;
	values.array[DATA_INPUTS].bytes = set.array[DATA_INPUTS].bytes;
	values.array[DATA_TARGETS].bytes = (uint8_t *)targets;
	model->normalization.deviation[0] = 255;
	model->targets.deviation[0] = model->targets.deviation[1] = 1;
	targets[2 * 20] = 50; /* the worst, by far */
	struct viewer viewer;
	struct canvas one, other;
	assert_int_equal(viewer_open(&viewer, kernels_choose(&err), model, &values, &err), 0);
	assert_int_equal(view_worst(&viewer, 0, &one, &err), 0);
	pixels[20 * SIZE] ^= 128;
	assert_int_equal(view_worst(&viewer, 0, &other, &err), 0);
	assert_int_equal(one.width, other.width);
	/* Its picture is the first: it alone differs, but for the prediction below it. */
	size_t differ = 0, beyond = 0;
	for (size_t i = 0; i < one.width * one.height; i++)
		if (memcmp(&one.pixel[i], &other.pixel[i], sizeof *one.pixel) != 0) {
			differ++;
			beyond += i % one.width > 100 || i / one.width > 150;
		}
	assert_true(differ > 0);
	assert_int_equal(beyond, 0);
	canvas_free(&one);
	canvas_free(&other);
	viewer_close(&viewer);
	model->w[0] = INFINITY;
	err = (struct err){0};
	assert_int_equal(viewer_open(&viewer, kernels_choose(&err), model, &values, &err), 0);
	assert_int_equal(view_worst(&viewer, 0, &one, &err), -1);
	assert_string_equal(err.text, "the loss of test samples 0 to 15 is not finite");
	viewer_close(&viewer);
	model_destroy(model);
}

static void class_names_are_cut_at_characters(void **state)
{
	(void)state;
	char text[16];
	struct model *model = model_of(job_all);
	assert_string_equal(view_class(model, 1, text, sizeof text), "stands");
	assert_string_equal(view_class(model, 1, text, 4), "sta");
	strcpy(model->names.name[1], "a\xc3\xa9\xc3\xa9");
	assert_string_equal(view_class(model, 1, text, 3), "a");
	model_destroy(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_tensor_has_a_picture),
		cmocka_unit_test(taking_may_end_it),
		cmocka_unit_test(large_layers_are_cut),
		cmocka_unit_test(the_strongest_kernels_are_shown),
		cmocka_unit_test(mistakes_are_those_of_evaluation),
		cmocka_unit_test(maps_follow_the_sample),
		cmocka_unit_test(signals_are_curves),
		cmocka_unit_test(worst_values_are_drawn),
		cmocka_unit_test(class_names_are_cut_at_characters),
	};
	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
