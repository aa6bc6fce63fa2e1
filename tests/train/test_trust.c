/* Trust ratios, lars and lamb: naive float64 loops written straight from the mathematics, Updates; what must hold. */
#include <convoy/train.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "jobs.h"

static const struct kernels *kernels;

/* Every kind of tensor, one layer that is frozen and one with a rate of its own. */
#define LAYERS \
	"layers:\n" \
	"  - {type: convolution, maps: 6, kernel: 3, activation: relu}\n" \
	"  - {type: batch-norm, activation: tanh}\n" \
	"  - {type: convolution, maps: 4, kernel: 1, frozen: true}\n" \
	"  - {type: subsampling, window: 2, activation: tanh, rate: 0.25}\n" \
	"  - {type: combination, maps: 3, kernel: 2, activation: tanh}\n" \
	"  - {type: scale}\n" \
	"  - {type: full, units: 4}\n" \
	"loss: softmax-cross-entropy\n"
enum { STEPS = 6 };

static struct model *model_with(const char *words)
{
	char text[2048];
	snprintf(text, sizeof text, JOB_HEAD("data") LAYERS "train: {epochs: 9, batch: 16, seed: 4, %s}\n", words);
	return model_of(text);
}

/* The gradient of step t, 0 for what is frozen; that of running means stands in its place too. */
static float *gradient_of(const struct model *model, size_t t, float scale)
{
	const struct net *net = model->net;
	float *g = calloc(net->parameters, sizeof *g);
	assert_non_null(g);
	for (size_t i = 0; i < net->tensors; i++)
		for (size_t k = 0; net->tensor[i].learns && k < net->tensor[i].count; k++) {
			size_t at = net->tensor[i].offset + k;
			g[at] = scale * (float)((random_uniform(8, RANDOM_CHECK, t, at) - 0.4) * pow(10, -(double)(i % 4)));
		}
	return g;
}

static void steps_make(struct model *model, size_t count, float scale)
{
	for (size_t t = 0; t < count; t++) {
		float *g = gradient_of(model, t, scale);
		model_update(model, kernels, 100, g);
		model->step++;
		free(g);
	}
}

/* Biases, and what normalises or mixes maps. */
static bool is_exempt(const struct net_tensor *tensor)
{
	static const char *const names[] = {"biases", "gamma", "logits"};
	for (size_t n = 0; n < sizeof names / sizeof *names; n++)
		if (strcmp(tensor->own->name, names[n]) == 0)
			return true;
	return false;
}

/* ---- The loops -------------------------------------------------------------------------------------------------- */

static double length(size_t count, const double *x)
{
	double squares = 0;
	for (size_t i = 0; i < count; i++)
		squares += x[i] * x[i];
	return sqrt(squares);
}

/* Update t (from 1) of a tensor. a, b: the vectors that the optimizer keeps. */
static void naive_update(const struct model *model, const struct net_tensor *tensor, double t, const float *gradient,
                         double *w, double *a, double *b)
{
	const struct optimizer_spec *o = &model->job->train.optimizer;
	bool exempt = is_exempt(tensor), lars = o->kind == OPTIMIZER_LARS;
	double rate = model->job->train.rate * (tensor->layer == 3 ? 0.25 : 1), d[1024];
	double decay = exempt ? 0 : model->job->train.decay;
	assert_true(tensor->count <= sizeof d / sizeof *d);
	for (size_t i = 0; i < tensor->count; i++) {
		double g = (double)gradient[i];
		d[i] = g;
		if (lars)
			continue;
		a[i] = o->beta1 * a[i] + (1 - o->beta1) * g;
		b[i] = o->beta2 * b[i] + (1 - o->beta2) * g * g;
		d[i] = a[i] / (1 - pow(o->beta1, t)) / (sqrt(b[i] / (1 - pow(o->beta2, t))) + o->epsilon) + decay * w[i];
	}
	double own = length(tensor->count, w), other = length(tensor->count, d), ratio = 1;
	if (!exempt && own > 0 && other > 0)
		ratio = lars ? o->trust * own / (other + decay * own + o->epsilon) : own / other;
	for (size_t i = 0; i < tensor->count; i++) {
		double step = ratio * d[i];
		if (lars) {
			double slope = ratio * (d[i] + decay * w[i]);
			a[i] = o->momentum * a[i] + slope;
			step = o->nesterov ? slope + o->momentum * a[i] : a[i];
		}
		w[i] -= rate * step;
	}
}

static void assert_near(const char *words, const char *what, const struct net_tensor *tensor, const float *found,
                        const double *wanted)
{
	double off = 0;
	for (size_t i = 0; i < tensor->count; i++)
		off += ((double)found[i] - wanted[i]) * ((double)found[i] - wanted[i]);
	/* Of a few roundings in each of the steps. */
	if (!(sqrt(off) <= 4e-6 * length(tensor->count, wanted)))
		fail_msg("%s: %s of layer %zu, %s: off by %g of %g", words, tensor->own->name, tensor->layer + 1, what,
		         sqrt(off), length(tensor->count, wanted));
}

static void follows(const char *words)
{
	struct model *model = model_with(words);
	const struct net *net = model->net;
	double *all = calloc(3 * net->parameters, sizeof *all), *a = all + net->parameters, *b = a + net->parameters;
	float *begun = calloc(net->parameters, sizeof *begun);
	assert_true(all != NULL && begun != NULL);
	for (size_t i = 0; i < net->parameters; i++)
		all[i] = (double)(begun[i] = model->w[i]);
	for (size_t t = 0; t < STEPS; t++) {
		float *g = gradient_of(model, t, 1);
		for (size_t n = 0; n < net->tensors; n++) {
			size_t at = net->tensor[n].offset;
			if (!net->tensor[n].own->statistic && net->tensor[n].learns)
				naive_update(model, &net->tensor[n], (double)t + 1, g + at, all + at, a + at, b + at);
		}
		free(g);
	}
	steps_make(model, STEPS, 1);
	for (size_t n = 0; n < net->tensors; n++) {
		const struct net_tensor *tensor = &net->tensor[n];
		size_t at = tensor->offset, bytes = tensor->count * sizeof *begun;
		if (tensor->own->statistic)
			continue;
		assert_int_equal(memcmp(begun + at, model->w + at, bytes) == 0, tensor->layer == 2);
		assert_near(words, "parameters", tensor, model->w + at, all + at);
		assert_near(words, "first vector", tensor, model->state[0] + at, a + at);
		if (model->state[1] != NULL)
			assert_near(words, "second vector", tensor, model->state[1] + at, b + at);
	}
	free(all);
	free(begun);
	model_destroy(model);
}

static void both_follow_the_formulas(void **state)
{
	(void)state;
	follows("optimizer: lars, rate: 2");
	follows("optimizer: lars, rate: 1, momentum: 0.9, decay: 0.01");
	follows("optimizer: lars, rate: 0.5, momentum: 0.9, nesterov: true, decay: 0.1, trust: 0.02, epsilon: 0.01");
	follows("optimizer: lamb, rate: 0.01");
	follows("optimizer: lamb, rate: 0.02, decay: 0.1, beta1: 0.8, beta2: 0.99, epsilon: 0.001");
}

/* ---- Running means ----------------------------------------------------------------------------------------------- */

/* What stands there after STEPS steps of a batch, by the formula; the file's is given by its name. */
static void means_follow(size_t batch, bool started)
{
	char words[64];
	double share = fmin((double)batch / 6400, 1);
	snprintf(words, sizeof words, "rate: 0.1, momentum: 0.5");
	struct model *model = model_with(words);
	model->job->train.batch = batch;
	struct err err = {0};
	if (started)
		assert_int_equal(class_names_copy(&model->start, 3, (const char *const[]){"0123", "/layers/02-batch-norm/mean",
		                 "/layers/02-batch-norm/variance"}, &err), 0);
	const struct net *net = model->net;
	double *wanted = calloc(net->parameters, sizeof *wanted);
	assert_non_null(wanted);
	for (size_t i = 0; i < net->parameters; i++)
		wanted[i] = (double)model->w[i];
	for (size_t t = 0; t < STEPS; t++) {
		float *g = gradient_of(model, t, 1);
		double come = started ? share : fmax(share, 1 / ((double)t + 1));
		for (size_t i = 0; i < net->parameters; i++)
			wanted[i] += come * ((double)g[i] - wanted[i]);
		free(g);
	}
	steps_make(model, STEPS, 1);
	size_t means = 0;
	for (size_t n = 0; n < net->tensors; n++) {
		const struct net_tensor *tensor = &net->tensor[n];
		if (!tensor->own->statistic || !tensor->learns)
			continue;
		assert_near(words, "running means", tensor, model->w + tensor->offset, wanted + tensor->offset);
		means++;
	}
	assert_int_equal(means, 2);
	free(wanted);
	model_destroy(model);
}

static void running_means_cover_the_last_samples(void **state)
{
	(void)state;
	for (int started = 0; started < 2; started++) {
		means_follow(16, started);
		means_follow(3200, started);
		means_follow(64000, started);
	}
}

/* ---- What must hold --------------------------------------------------------------------------------------------- */

/* Without a trust ratio the rule is that of sgd or adam, to the bit. */
static void exempt_tensors_follow(const char *trusting, const char *plain)
{
	struct model *a = model_with(trusting), *b = model_with(plain);
	steps_make(a, STEPS, 1);
	steps_make(b, STEPS, 1);
	size_t exempt = 0, others = 0;
	for (size_t n = 0; n < a->net->tensors; n++) {
		const struct net_tensor *tensor = &a->net->tensor[n];
		size_t at = tensor->offset, bytes = tensor->count * sizeof *a->w;
		if (tensor->own->statistic || !tensor->learns)
			continue;
		bool same = memcmp(a->w + at, b->w + at, bytes) == 0;
		for (size_t s = 0; same && s < OPTIMIZER_VECTORS && a->state[s] != NULL; s++)
			same = memcmp(a->state[s] + at, b->state[s] + at, bytes) == 0;
		assert_int_equal(same, is_exempt(tensor));
		*(is_exempt(tensor) ? &exempt : &others) += 1;
	}
	assert_true(exempt == 9 && others == 4);
	model_destroy(a);
	model_destroy(b);
}

static void exempt_tensors_have_the_plain_rule(void **state)
{
	(void)state;
	exempt_tensors_follow("optimizer: lars, rate: 0.5, momentum: 0.9, decay: 0.1",
	                      "optimizer: sgd, rate: 0.5, momentum: 0.9, decay: 0.1");
	exempt_tensors_follow("optimizer: lars, rate: 0.5, momentum: 0.9, nesterov: true, clip: 1",
	                      "optimizer: sgd, rate: 0.5, momentum: 0.9, nesterov: true, clip: 1");
	exempt_tensors_follow("optimizer: lamb, rate: 0.01, decay: 0.1",
	                      "optimizer: adam, rate: 0.01, decay: 0.1, epsilon: 1e-6");
}

/* Parameters times 4, gradients times 32: the step is the same share of the parameters. Powers of two round nothing. */
static void steps_are_shares_of_the_norm(void **state)
{
	(void)state;
	static const char *const words[] = {
		"optimizer: lars, rate: 2, momentum: 0.75, epsilon: 2e-38", "optimizer: lamb, rate: 0.25, epsilon: 2e-38",
	};
	for (size_t o = 0; o < sizeof words / sizeof *words; o++) {
		struct model *a = model_with(words[o]), *b = model_with(words[o]);
		for (size_t i = 0; i < a->net->parameters; i++)
			b->w[i] = 4 * a->w[i];
		steps_make(a, STEPS, 1);
		steps_make(b, STEPS, 32);
		size_t seen = 0;
		for (size_t n = 0; n < a->net->tensors; n++) {
			const struct net_tensor *tensor = &a->net->tensor[n];
			if (tensor->own->statistic || is_exempt(tensor))
				continue;
			for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++, seen++)
				assert_true(b->w[i] == 4 * a->w[i]);
		}
		assert_true(seen > 100);
		model_destroy(a);
		model_destroy(b);
	}
}

/* A tensor of zeros takes the plain step, by which it leaves zero; a gradient of zeros leaves the decay alone. */
static void zeros_have_no_ratio(void **state)
{
	(void)state;
	static const char *const words[] = {
		"optimizer: lars, rate: 0.5, decay: 0.125, momentum: 0.5", "optimizer: lamb, rate: 0.125, decay: 0.125, epsilon: 1e-12",
	};
	for (size_t o = 0; o < sizeof words / sizeof *words; o++) {
		struct model *zeros = model_with(words[o]), *still = model_with(words[o]);
		float *g = gradient_of(zeros, 0, 1);
		for (size_t i = 0; i < zeros->net->parameters; i++) {
			zeros->w[i] = 0;
			still->w[i] = 1;
		}
		steps_make(zeros, 1, 1);
		steps_make(still, 1, 0);
		for (size_t n = 0; n < zeros->net->tensors; n++) {
			const struct net_tensor *tensor = &zeros->net->tensor[n];
			if (tensor->own->statistic || !tensor->learns || tensor->layer == 3)
				continue;
			/* At first lamb's direction is the sign. Its decay is all that moves a tensor without a gradient: by its norm. */
			double fade = is_exempt(tensor) ? 0 : o == 0 ? 0.5 * 0.125 : 0.125;
			for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
				double step = o == 0 ? 0.5 * (double)g[i] : copysign(0.125, (double)g[i]);
				assert_true(fabs((double)zeros->w[i] + step) <= 0.02 * fabs(step));
				assert_true(fabs((double)still->w[i] - (1 - fade)) < 1e-6);
			}
		}
		free(g);
		model_destroy(zeros);
		model_destroy(still);
	}
}

static int setup(void **state)
{
	(void)state;
	struct err err = {0};
	kernels = kernels_choose(&err);
	return kernels != NULL ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_follow_the_formulas),
		cmocka_unit_test(running_means_cover_the_last_samples),
		cmocka_unit_test(exempt_tensors_have_the_plain_rule),
		cmocka_unit_test(steps_are_shares_of_the_norm),
		cmocka_unit_test(zeros_have_no_ratio),
	};
	return cmocka_run_group_tests_name("trust", tests, setup, NULL);
}
