/* Every optimizer with the most extreme numbers that a job file may hold, against its formulas (mathematics, Updates) in
 * float64: what rounds is a float's last bit, once for each operation and step. Gradients of one sign, so that nothing
 * cancels and the bounds are relative ones. */
#include <convoy/train.h>

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "jobs.h"

enum { UPDATES = 60 };

static const double half_ulp = 0x1p-24;
static const struct kernels *kernels;

/* All that one parameter has, in float64; way: the sum of the sizes of its steps; sign: of its gradients. */
struct twin {
	double sign, w, v, m, s, h, mean, way, largest;
};

static void twin_move(struct twin *p, double step)
{
	p->w -= step;
	p->way += fabs(step);
	p->largest = fmax(p->largest, fabs(p->w));
}

/* Update t (from 1) of a parameter. */
static void twin_update(struct twin *p, double g, const struct job *job, double decay, double t)
{
	double rate = job->train.rate, mu = job->train.optimizer.momentum, e = job->train.optimizer.epsilon;
	double b1 = job->train.optimizer.beta1, b2 = job->train.optimizer.beta2, d = job->train.average, early = (t + 1) / (t + 10);
	switch (job->train.optimizer.kind) {
	case OPTIMIZER_SGD:
		p->v = mu * p->v + g;
		twin_move(p, rate * (job->train.optimizer.nesterov ? g + mu * p->v : p->v) + rate * decay * p->w);
		break;
	case OPTIMIZER_ADAGRAD:
		p->s += g * g;
		twin_move(p, rate * g / (sqrt(p->s) + e) + rate * decay * p->w);
		break;
	case OPTIMIZER_RMSPROP:
		p->s = b2 * p->s + (1 - b2) * g * g;
		p->v = mu * p->v + g / (sqrt(p->s) + e);
		twin_move(p, rate * p->v + rate * decay * p->w);
		break;
	case OPTIMIZER_SDLM:
		p->v = mu * p->v + g;
		twin_move(p, rate / (job->train.optimizer.damping + p->h) * (p->v + decay * p->w));
		break;
	case OPTIMIZER_ADAM:
	case OPTIMIZER_ADAMW: {
		bool coupled = job->train.optimizer.kind == OPTIMIZER_ADAM;
		g += coupled ? decay * p->w : 0;
		p->m = b1 * p->m + (1 - b1) * g;
		p->s = b2 * p->s + (1 - b2) * g * g;
		double step = p->m / -expm1(t * log(b1)) / (sqrt(p->s / -expm1(t * log(b2))) + e);
		twin_move(p, rate * step + (coupled ? 0 : rate * decay * p->w));
		break;
	}
	default:
		fail_msg("no formula for an optimizer");
	}
	p->mean += (1 - fmin(early, d)) * (p->w - p->mean);
}

static void assert_near(const char *words, const char *what, double found, double wanted, double bound)
{
	if (!(fabs(found - wanted) <= bound))
		fail_msg("%s: %s is %.9g, not %.9g: off by %g, bound %g", words, what, found, wanted, fabs(found - wanted),
		         bound);
}

static bool is_decayed(const struct net *net, size_t i)
{
	for (size_t t = 0; t < net->tensors; t++)
		if (i >= net->tensor[t].offset && i < net->tensor[t].offset + net->tensor[t].count)
			return net->tensor[t].own->decays;
	fail();
	return false;
}

/* The vectors after `t` updates: each of a few roundings in every update. */
static void twin_compare(const char *words, const struct model *model, const struct twin *p, size_t i, size_t t)
{
	double few = (double)(4 * t + 8) * half_ulp;
	enum optimizer o = model->job->train.optimizer.kind;
	bool adam = o == OPTIMIZER_ADAM || o == OPTIMIZER_ADAMW;
	const float *squares = o == OPTIMIZER_ADAGRAD ? model->state[0]
	                       : adam || o == OPTIMIZER_RMSPROP ? model->state[1]
	                                                        : NULL;
	if (adam)
		assert_near(words, "the first moment", (double)model->state[0][i], p->m, few * fabs(p->m));
	else if (o != OPTIMIZER_ADAGRAD)
		assert_near(words, "the velocity", (double)model->state[0][i], p->v, few * fabs(p->v));
	if (squares != NULL)
		assert_near(words, "the mean square", (double)squares[i], p->s, few * p->s);
	double bound = 2 * few * p->way + (double)t * half_ulp * p->largest;
	assert_near(words, "the parameter", (double)model->w[i], p->w, bound);
	if (model->average != NULL)
		assert_near(words, "the average", (double)model->average[i], p->mean,
		            bound + 2 * (double)t * half_ulp * p->largest);
}

static void optimizer_follows(const char *words)
{
	char text[2048];
	snprintf(text, sizeof text, JOB_HEAD("data") "layers:\n  - {type: full, units: 4}\nloss: softmax-cross-entropy\n"
	         "train: {epochs: 100, batch: 16, %s}\n", words);
	struct model *model = model_of(text);
	size_t count = model->net->parameters;
	struct twin *twin = calloc(count, sizeof *twin);
	float *gradient = calloc(count, sizeof *gradient);
	assert_true(twin != NULL && gradient != NULL);
	for (size_t i = 0; i < count; i++) {
		twin[i].w = twin[i].mean = (double)model->w[i];
		twin[i].sign = model->w[i] < 0 ? -1 : 1;
		if (model->job->train.optimizer.kind == OPTIMIZER_SDLM)
			twin[i].h = (double)(model->state[1][i] = (float)random_uniform(3, RANDOM_CHECK, 0, i));
	}
	for (size_t t = 1; t <= UPDATES; t++) {
		for (size_t i = 0; i < count; i++) {
			double size = pow(10, -1 - 2 * random_uniform(4, RANDOM_CHECK, t, i));
			gradient[i] = (float)(twin[i].sign * size);
			double decay = is_decayed(model->net, i) ? model->job->train.decay : 0;
			twin_update(&twin[i], (double)gradient[i], model->job, decay, (double)t);
		}
		model_update(model, kernels, 1000, gradient);
		model->step++;
		for (size_t i = 0; i < count; i++)
			twin_compare(words, model, &twin[i], i, t);
	}
	free(twin);
	free(gradient);
	model_destroy(model);
}

/* With each of `ends` in the place of %s. */
static void with_each(const char *format, size_t count, const char *const *end)
{
	for (size_t i = 0; i < count; i++) {
		char words[256];
		snprintf(words, sizeof words, format, end[i]);
		optimizer_follows(words);
	}
}

static const char *const memories[] = {"1e-9", "0.1", "0.5", "0.9", "0.99", "0.999", "0.9999", "0.99999", "0.999999",
                                       "0.9999999", "0.99999997"};
static const char *const decays[] = {"0", "1e-12", "1e-8", "1e-4", "1e-2"};
#define EACH(format, ends) with_each(format, sizeof(ends) / sizeof *(ends), ends)

static void sgd_follows_at_its_ends(void **state)
{
	(void)state;
	EACH("rate: 1e-3, momentum: %s", memories);
	EACH("rate: 1e-3, nesterov: true, momentum: %s", memories);
	EACH("rate: 1e-2, momentum: 0.9, decay: %s", decays);
	EACH("rate: 1e-2, average: %s", memories);
}

static void adam_follows_at_its_ends(void **state)
{
	(void)state;
	EACH("optimizer: adam, rate: 1e-4, beta1: %s", memories);
	EACH("optimizer: adam, rate: 1e-4, beta2: %s", memories);
	EACH("optimizer: adamw, rate: 1e-4, beta1: 0.9999999, beta2: %s", memories);
	EACH("optimizer: adamw, rate: 1e-3, epsilon: 1e-30, decay: %s", decays);
	EACH("optimizer: adam, rate: 1e-3, epsilon: 1, average: %s", memories);
}

static void the_others_follow_at_their_ends(void **state)
{
	(void)state;
	EACH("optimizer: rmsprop, rate: 1e-4, momentum: 0.9999, beta2: %s", memories);
	EACH("optimizer: rmsprop, rate: 1e-4, beta2: 0.99999, momentum: %s", memories);
	EACH("optimizer: rmsprop, rate: 1e-4, decay: %s", decays);
	EACH("optimizer: adagrad, rate: 1e-3, epsilon: 1e-30, decay: %s", decays);
	EACH("optimizer: sdlm, rate: 1e-4, damping: 1e-3, momentum: %s", memories);
}

/* Decay by far less than a float's last bit in a step (2·10⁻⁸ of the parameter) adds up, where gradients move the
 * parameter to and fro: over 20,000 steps to 4·10⁻⁴ of it. */
static void a_small_decay_adds_up(void **state)
{
	(void)state;
	enum { LONG = 20000 };
	static const char *const rules[] = {"sgd", "adamw", "rmsprop", "adagrad"};
	for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
		char text[2][1024];
		struct model *model[2];
		for (size_t d = 0; d < 2; d++) {
			snprintf(text[d], sizeof text[d], JOB_HEAD("data") "layers:\n  - {type: full, units: 4}\n"
			         "loss: softmax-cross-entropy\n"
			         "train: {epochs: 9, batch: 16, optimizer: %s, rate: 1e-3, decay: %s}\n",
			         rules[r], d == 0 ? "0" : "2e-5");
			model[d] = model_of(text[d]);
		}
		size_t count = model[0]->net->parameters;
		float *gradient[2] = {calloc(count, sizeof(float)), calloc(count, sizeof(float))};
		for (size_t i = 0; i < count; i++)
			model[0]->w[i] = model[1]->w[i] = 1;
		for (size_t t = 0; t < LONG; t++)
			for (size_t d = 0; d < 2; d++) {
				for (size_t i = 0; i < count; i++)
					gradient[d][i] = (float)(random_uniform(5, RANDOM_CHECK, t, i) - 0.5);
				model_update(model[d], kernels, 10000, gradient[d]);
				model[d]->step++;
			}
		double faded = 0;
		size_t decayed = 0;
		for (size_t i = 0; i < count; i++) {
			faded += is_decayed(model[0]->net, i) ? (double)model[0]->w[i] - (double)model[1]->w[i] : 0;
			decayed += is_decayed(model[0]->net, i);
		}
		faded /= (double)decayed;
		if (!(faded > 0.95 * 4e-4 && faded < 1.05 * 4e-4))
			fail_msg("%s: parameters fade by %g, not by 4e-4", rules[r], faded);
		for (size_t d = 0; d < 2; d++) {
			free(gradient[d]);
			model_destroy(model[d]);
		}
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
		cmocka_unit_test(sgd_follows_at_its_ends),
		cmocka_unit_test(adam_follows_at_its_ends),
		cmocka_unit_test(the_others_follow_at_their_ends),
		cmocka_unit_test(a_small_decay_adds_up),
	};
	return cmocka_run_group_tests_name("extremes", tests, setup, NULL);
}
