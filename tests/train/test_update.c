/* Twenty updates of a whole run against naive float64 loops written straight from the mathematics, Updates: every
 * optimizer, clipping, smoothed targets, mixup and averaged parameters, on the net of naive.h. */
#include <convoy/train.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "run.h"

#include "naive.h"

/* All that the loops train. */
struct naive {
	struct net3 net, velocity, first, squares, mean, h;
};

/* One update of parameter i, t-th of the run, as Updates has it. */
static void optimize(struct naive *n, size_t i, double g, const struct job *job, double rate, double t)
{
	double *w = flat(&n->net) + i, *v = flat(&n->velocity) + i, *m = flat(&n->first) + i, *s = flat(&n->squares) + i;
	double mu = job->train.optimizer.momentum, b1 = job->train.optimizer.beta1, b2 = job->train.optimizer.beta2, e = job->train.optimizer.epsilon;
	double decay = decays(i) ? job->train.decay : 0;
	if (job->train.optimizer.kind == OPTIMIZER_SDLM) {
		*v = mu * *v + g;
		*w -= rate / (job->train.optimizer.damping + flat(&n->h)[i]) * (*v + decay * *w);
		return;
	}
	if (job->train.optimizer.kind == OPTIMIZER_ADAM)
		g += decay * *w;
	else
		*w *= 1 - rate * decay;
	switch (job->train.optimizer.kind) {
	case OPTIMIZER_SGD: /* Nesterov looks one step ahead: g + μ v in place of v */
		*v = mu * *v + g;
		*w -= rate * (job->train.optimizer.nesterov ? g + mu * *v : *v);
		break;
	case OPTIMIZER_ADAGRAD:
		*s += g * g;
		*w -= rate * g / (sqrt(*s) + e);
		break;
	case OPTIMIZER_RMSPROP:
		*s = b2 * *s + (1 - b2) * g * g;
		*v = mu * *v + g / (sqrt(*s) + e);
		*w -= rate * *v;
		break;
	default:
		*m = b1 * *m + (1 - b1) * g;
		*s = b2 * *s + (1 - b2) * g * g;
		*w -= rate * (*m / (1 - pow(b1, t))) / (sqrt(*s / (1 - pow(b2, t))) + e);
	}
}

static void update(struct naive *n, struct net3 *gradient, const struct job *job, double rate, double t)
{
	double *g = flat(gradient), norm = 0, memory = fmin(job->train.average, (1 + t) / (10 + t));
	for (size_t i = 0; i < ALL; i++)
		norm += g[i] * g[i];
	norm = sqrt(norm);
	for (size_t i = 0; i < ALL; i++) {
		if (job->train.clip > 0 && norm > job->train.clip)
			g[i] *= job->train.clip / norm;
		optimize(n, i, g[i], job, rate, t);
		flat(&n->mean)[i] = memory * flat(&n->mean)[i] + (1 - memory) * flat(&n->net)[i];
	}
}

/* ---- A whole run of them ---------------------------------------------------------------------------------------- */

/* Mean second derivatives over the first samples of an epoch. */
static void naive_curvature(const struct job *job, const struct samples *s, const uint32_t *order, struct naive *n)
{
	size_t count = job->train.optimizer.curvature < DATA_TRAIN_COUNT ? job->train.optimizer.curvature : DATA_TRAIN_COUNT;
	n->h = (struct net3){0};
	for (size_t i = 0; i < count; i++) {
		struct forward f;
		memcpy(f.x, s->x[order[i]], sizeof f.x);
		forward(&n->net, &f);
		curvature(&n->net, &f, &n->h);
	}
	for (size_t i = 0; i < ALL; i++)
		flat(&n->h)[i] /= (double)count;
}

/* The share of its partner in a sample (mathematics, Mixup). */
static double naive_share(const struct job *job, uint64_t epoch, uint32_t number)
{
	double u = 1 - random_uniform(job->train.seed, RANDOM_MIXUP, epoch, 2 * number + 1), pi = acos(-1);
	double cosine = cos(pi * random_uniform(job->train.seed, RANDOM_MIXUP, epoch, 2 * number));
	double ratio = (pow(u, -1 / job->train.mixup) - 1) * cosine * cosine;
	return rint((0.5 - 0.5 * sqrt(ratio / (1 + ratio))) * 0x1p20) / 0x1p20;
}

/* Adds loss, error and gradient of each sample of a batch, which has a share of another one. */
static void naive_mixtures(const struct job *job, const struct samples *s, uint64_t epoch, size_t first, size_t count,
                           const uint32_t *sample, const struct net3 *net, struct net3 *g, double sums[2])
{
	uint32_t partner[BATCH];
	memcpy(partner, sample, count * sizeof *partner);
	for (size_t i = count - 1; i > 0; i--) { /* Fisher and Yates */
		size_t j = (size_t)random_below(job->train.seed, RANDOM_PARTNER, epoch, first + i, i + 1);
		uint32_t swap = partner[i];
		partner[i] = partner[j];
		partner[j] = swap;
	}
	for (size_t i = 0; i < count; i++) {
		double share = naive_share(job, epoch, sample[i]);
		struct net3 own = {0}, other = {0};
		struct forward f;
		int guess = 0;
		for (size_t p = 0; p < DATA_SIDE * DATA_SIDE; p++)
			f.x[p / DATA_SIDE][p % DATA_SIDE] =
				(1 - share) * s->x[sample[i]][p / DATA_SIDE][p % DATA_SIDE] +
				share * s->x[partner[i]][p / DATA_SIDE][p % DATA_SIDE];
		forward(net, &f);
		sums[0] += (1 - share) * backward(net, &f, s->class[sample[i]], job->train.smoothing, &own) +
		           share * backward(net, &f, s->class[partner[i]], job->train.smoothing, &other);
		for (size_t n = 0; n < ALL; n++)
			flat(g)[n] += (1 - share) * flat(&own)[n] + share * flat(&other)[n];
		for (int k = 1; k < DATA_CLASSES; k++)
			guess = f.y[k] > f.y[guess] ? k : guess;
		sums[1] += guess != s->class[sample[i]];
	}
}

/* Trains from n->net on; leaves records of the epochs that are done. */
static void naive_run(const struct job *job, const struct samples *s, struct naive *n, struct record *record)
{
	uint32_t order[DATA_TRAIN_COUNT];
	double sums[2] = {0};
	for (uint64_t step = 0; step < UPDATES; step++) {
		struct net3 g = {0};
		size_t first = (size_t)(step % STEPS) * BATCH, count = 0;
		if (first == 0) {
			order_permute(job->train.seed, step / STEPS, DATA_TRAIN_COUNT, order);
			naive_curvature(job, s, order, n);
		}
		for (; count < BATCH && first + count < DATA_TRAIN_COUNT; count++)
			if (job->train.mixup == 0)
				sample_run(s, order[first + count], &n->net, job->train.smoothing, &g, sums);
		if (job->train.mixup > 0)
			naive_mixtures(job, s, step / STEPS, first, count, order + first, &n->net, &g, sums);
		for (size_t i = 0; i < ALL; i++)
			flat(&g)[i] /= (double)count;
		update(n, &g, job, schedule_rate(job, step, STEPS), (double)(step + 1));
		if (first + count < DATA_TRAIN_COUNT)
			continue;
		struct record *r = &record[step / STEPS];
		double test[2] = {0};
		for (size_t i = DATA_TRAIN_COUNT; i < DATA_TRAIN_COUNT + DATA_TEST_COUNT; i++)
			sample_run(s, i, job->train.average > 0 ? &n->mean : &n->net, 0, NULL, test);
		*r = (struct record){.train_loss = sums[0] / DATA_TRAIN_COUNT, .train_measure = sums[1] / DATA_TRAIN_COUNT,
		                     .test_loss = test[0] / DATA_TEST_COUNT, .test_measure = test[1] / DATA_TEST_COUNT};
		sums[0] = sums[1] = 0;
	}
}

/* ---- Against convoy --------------------------------------------------------------------------------------------- */

static const struct part {
	const char *path;
	size_t offset, rank, dims[4];
} parts[] = {
	{"01-convolution/kernels", offsetof(struct net3, k), 4, {MAPS, 1, K, K}},
	{"01-convolution/biases", offsetof(struct net3, kb), 1, {MAPS}},
	{"02-subsampling/beta", offsetof(struct net3, beta), 1, {MAPS}},
	{"02-subsampling/biases", offsetof(struct net3, sb), 1, {MAPS}},
	{"03-full/weights", offsetof(struct net3, w), 2, {DATA_CLASSES, INPUTS}},
	{"03-full/biases", offsetof(struct net3, wb), 1, {DATA_CLASSES}},
};
enum { PARTS = sizeof parts / sizeof *parts };

/* Reads a group of the checkpoint NAME into *net. */
static void net_read(const char *name, const char *group, struct net3 *net)
{
	struct err err = {0};
	struct store *store = store_open(in_folder(folder, name), &err);
	assert_string_equal(err.text, "");
	for (size_t p = 0; p < PARTS; p++) {
		char path[64];
		float value[ALL];
		size_t count = 1;
		snprintf(path, sizeof path, "/%s/%s", group, parts[p].path);
		struct store_array array = {.path = path, .type = STORE_F32, .rank = parts[p].rank};
		for (size_t d = 0; d < array.rank; d++)
			count *= array.dims[d] = parts[p].dims[d];
		store_get(store, &array, value, &err);
		assert_string_equal(err.text, "");
		for (size_t i = 0; i < count; i++)
			flat(net)[parts[p].offset / sizeof(double) + i] = (double)value[i];
	}
	store_destroy(store);
}

/* ‖a − b‖ ≤ tolerance ‖b‖ for each tensor. */
static void assert_near(struct net3 *a, struct net3 *b, double tolerance)
{
	for (size_t p = 0; p < PARTS; p++) {
		size_t first = parts[p].offset / sizeof(double);
		size_t end = p + 1 < PARTS ? parts[p + 1].offset / sizeof(double) : ALL;
		double difference = 0, norm = 0;
		for (size_t i = first; i < end; i++) {
			difference += (flat(a)[i] - flat(b)[i]) * (flat(a)[i] - flat(b)[i]);
			norm += flat(b)[i] * flat(b)[i];
		}
		if (!(sqrt(difference) <= tolerance * sqrt(norm)))
			fail_msg("%s: %g of %g, tolerance %g", parts[p].path, sqrt(difference), sqrt(norm), tolerance);
	}
}

static void initial_parameters(const char *text, struct net3 *net)
{
	struct err err = {0};
	struct image image;
	struct model *model = model_of(text);
	assert_int_equal(checkpoint_image(model, &image, &err), 0);
	assert_int_equal(file_write(folder, "initial.h5", image.bytes, image.count, &err), 0);
	image_destroy(&image);
	model_destroy(model);
	net_read("initial.h5", "layers", net);
}

/* Holds a group of the run's checkpoint against what the loops have. */
static void assert_group(const char *group, struct net3 *want, double tolerance)
{
	struct net3 found = {0};
	net_read("run/checkpoint-00000020.h5", group, &found);
	assert_near(&found, want, tolerance);
}

/* words: keys of train; groups: where the vectors that the optimizer keeps must stand. */
static void updates_follow_the_formulas(const char *words, const char *velocity, const char *first,
                                        const char *squares)
{
	/* Float32 against float64: 2^-24 = 6e-8 for each of a few hundred roundings; the largest measured is 6.2e-6. */
	const double tolerance = 2e-5;
	static struct samples samples;
	struct naive n = {0};
	struct record record[2];
	char text[2048];
	samples_make(&samples);
	snprintf(text, sizeof text, JOB_HEAD("data") LAYERS_THREE "train: {epochs: 4, batch: 24, seed: 3, %s}\n",
	         words);
	initial_parameters(text, &n.net);
	n.mean = n.net;
	struct job *job = job_of(text);
	naive_run(job, &samples, &n, record);
	bool averages = job->train.average > 0, sdlm = job->train.optimizer.kind == OPTIMIZER_SDLM;
	job_destroy(job);

	run_ends(TRAIN_STOPPED, text, (struct train_options){.output = "run", .stop_at = UPDATES});
	assert_group("layers", &n.net, tolerance);
	/* What follows is a difference of large numbers, here and there. */
	if (velocity != NULL)
		assert_group(velocity, &n.velocity, 10 * tolerance);
	if (first != NULL)
		assert_group(first, &n.first, 10 * tolerance);
	if (squares != NULL)
		assert_group(squares, &n.squares, 10 * tolerance);
	if (sdlm)
		assert_group("optimizer/curvature", &n.h, tolerance);
	if (averages)
		assert_group("average", &n.mean, tolerance);

	struct model *model = run_model("run/checkpoint-00000020.h5");
	assert_int_equal(model->step, UPDATES);
	assert_int_equal(model->seen, 2 * DATA_TRAIN_COUNT + 2 * BATCH);
	assert_int_equal(model->running.samples, 2 * BATCH);
	assert_int_equal(model->records, UPDATES / STEPS);
	for (size_t r = 0; r < model->records; r++) {
		assert_true(fabs(model->record[r].train_loss - record[r].train_loss) < 1e-6);
		assert_true(fabs(model->record[r].test_loss - record[r].test_loss) < 1e-6);
		assert_true(model->record[r].train_measure == record[r].train_measure);
		assert_true(model->record[r].test_measure == record[r].test_measure);
	}
	model_destroy(model);
}

#define FOLLOWS(name, words, velocity, first, squares) \
	static void name(void **state) \
	{ \
		(void)state; \
		updates_follow_the_formulas(words, velocity, first, squares); \
	}

FOLLOWS(plain_descent, "rate: 0.4, momentum: 0", "optimizer", NULL, NULL)
FOLLOWS(classical_momentum_and_decay, "rate: 0.4, momentum: 0.8, decay: 0.02", "optimizer", NULL, NULL)
FOLLOWS(nesterov_and_decay, "rate: 0.4, momentum: 0.8, nesterov: true, decay: 0.02", "optimizer", NULL, NULL)
FOLLOWS(nesterov_and_a_cosine_after_warm_up,
        "rate: 0.4, momentum: 0.5, nesterov: true, decay: 0.01, schedule: cosine, warmup: 1.5", "optimizer", NULL, NULL)
FOLLOWS(a_clipped_gradient, "rate: 0.4, momentum: 0.8, clip: 0.05", "optimizer", NULL, NULL)
FOLLOWS(smoothed_targets, "rate: 0.4, smoothing: 0.2", "optimizer", NULL, NULL)
FOLLOWS(mixtures, "rate: 0.4, mixup: 0.5, smoothing: 0.1", "optimizer", NULL, NULL)
FOLLOWS(averaged_parameters, "rate: 0.4, momentum: 0.5, average: 0.6", "optimizer", NULL, NULL)
FOLLOWS(adagrad, "optimizer: adagrad, rate: 0.02, epsilon: 1e-3, decay: 0.02", NULL, NULL, "optimizer/squares")
FOLLOWS(rmsprop, "optimizer: rmsprop, rate: 0.004, beta2: 0.9, epsilon: 1e-2, momentum: 0.5, decay: 0.02", "optimizer",
        NULL, "optimizer/squares")
FOLLOWS(rmsprop_as_it_comes, "optimizer: rmsprop, rate: 0.002", "optimizer", NULL, "optimizer/squares")
FOLLOWS(adam, "optimizer: adam, rate: 0.01, decay: 0.02, epsilon: 1e-4", NULL, "optimizer/first_moment",
        "optimizer/second_moment")
FOLLOWS(sdlm, "optimizer: sdlm, rate: 0.02, decay: 0.02", "optimizer", NULL, NULL)
FOLLOWS(sdlm_with_momentum, "optimizer: sdlm, rate: 0.01, damping: 0.1, curvature: 50, momentum: 0.5", "optimizer", NULL,
        NULL)
FOLLOWS(adamw, "optimizer: adamw, rate: 0.01, beta1: 0.8, beta2: 0.9, decay: 0.02, epsilon: 1e-4", NULL,
        "optimizer/first_moment", "optimizer/second_moment")

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(plain_descent),
		IN_FOLDER(classical_momentum_and_decay),
		IN_FOLDER(nesterov_and_decay),
		IN_FOLDER(nesterov_and_a_cosine_after_warm_up),
		IN_FOLDER(a_clipped_gradient),
		IN_FOLDER(smoothed_targets),
		IN_FOLDER(mixtures),
		IN_FOLDER(averaged_parameters),
		IN_FOLDER(adagrad),
		IN_FOLDER(rmsprop),
		IN_FOLDER(rmsprop_as_it_comes),
		IN_FOLDER(adam),
		IN_FOLDER(sdlm),
		IN_FOLDER(sdlm_with_momentum),
		IN_FOLDER(adamw),
	};
	return cmocka_run_group_tests_name("update", tests, runs_open, runs_close);
}
