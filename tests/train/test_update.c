/* Twenty updates of a whole run against naive float64 loops written straight from the mathematics: sections 2, 3, 3.2
 * and Updates. A net of a convolution, a sub-sampling and a full layer, squared error, mini-batches of 24. */
#include <convoy/train.h>

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "run.h"

enum { MAPS = 2, K = 5, U = 8 /* side of the convolution's maps */, S = 4 /* … of the sub-sampling's */ };
enum { INPUTS = MAPS * S * S, BATCH = 24, UPDATES = 20, STEPS = (DATA_TRAIN_COUNT + BATCH - 1) / BATCH };

#define LAYERS_THREE \
	"layers:\n" \
	"  - {type: convolution, maps: 2, kernel: 5, activation: scaled-tanh}\n" \
	"  - {type: subsampling, window: 2, activation: tanh}\n" \
	"  - {type: full, units: 4, activation: sigmoid}\n" \
	"loss: squared-error\n"

/* The net's parameters, or a gradient, or a velocity; all are doubles. */
struct net3 {
	double k[MAPS][K][K], kb[MAPS], beta[MAPS], sb[MAPS], w[DATA_CLASSES][INPUTS], wb[DATA_CLASSES];
};
enum { ALL = sizeof(struct net3) / sizeof(double) };

static double *flat(struct net3 *net)
{
	return (double *)net;
}

/* ---- The loops -------------------------------------------------------------------------------------------------- */

static double scaled_tanh(double u)
{
	return 1.7159 * tanh(2 * u / 3);
}

/* f′ of 1.7159 tanh(2u/3) from y = f(u). */
static double scaled_tanh_slope(double y)
{
	return 2.0 / 3 * (1.7159 - y * y / 1.7159);
}

/* What the way forward leaves for the way back. */
struct forward {
	double x[DATA_SIDE][DATA_SIDE], a[MAPS][U][U], d[MAPS][S][S], s[MAPS][S][S], y[DATA_CLASSES];
};

static void forward(const struct net3 *n, struct forward *f)
{
	for (int j = 0; j < MAPS; j++)
		for (int r = 0; r < U; r++)
			for (int c = 0; c < U; c++) {
				double u = n->kb[j];
				for (int a = 0; a < K; a++)
					for (int b = 0; b < K; b++)
						u += n->k[j][a][b] * f->x[r + a][c + b];
				f->a[j][r][c] = scaled_tanh(u);
			}
	for (int j = 0; j < MAPS; j++)
		for (int r = 0; r < S; r++)
			for (int c = 0; c < S; c++) {
				f->d[j][r][c] = f->a[j][2 * r][2 * c] + f->a[j][2 * r][2 * c + 1] + f->a[j][2 * r + 1][2 * c] +
				                f->a[j][2 * r + 1][2 * c + 1];
				f->s[j][r][c] = tanh(n->beta[j] * f->d[j][r][c] + n->sb[j]);
			}
	for (int k = 0; k < DATA_CLASSES; k++) {
		double u = n->wb[k];
		for (int i = 0; i < INPUTS; i++)
			u += n->w[k][i] * f->s[i / (S * S)][i / S % S][i % S];
		f->y[k] = 1 / (1 + exp(-u));
	}
}

/* Adds the gradient of one sample's E = ½ Σ (t − y)² to g; returns E. */
static double backward(const struct net3 *n, const struct forward *f, int class, struct net3 *g)
{
	double loss = 0, ds[MAPS][S][S] = {0};
	for (int k = 0; k < DATA_CLASSES; k++) {
		double y = f->y[k], t = k == class ? 1 : 0, delta = y * (1 - y) * (y - t);
		loss += (t - y) * (t - y) / 2;
		g->wb[k] += delta;
		for (int i = 0; i < INPUTS; i++) {
			g->w[k][i] += delta * f->s[i / (S * S)][i / S % S][i % S];
			ds[i / (S * S)][i / S % S][i % S] += delta * n->w[k][i];
		}
	}
	for (int j = 0; j < MAPS; j++)
		for (int r = 0; r < U; r++)
			for (int c = 0; c < U; c++) {
				double s = f->s[j][r / 2][c / 2], above = ds[j][r / 2][c / 2] * (1 - s * s);
				if (r % 2 == 0 && c % 2 == 0) {
					g->sb[j] += above;
					g->beta[j] += above * f->d[j][r / 2][c / 2];
				}
				double delta = n->beta[j] * above * scaled_tanh_slope(f->a[j][r][c]);
				g->kb[j] += delta;
				for (int a = 0; a < K; a++)
					for (int b = 0; b < K; b++)
						g->k[j][a][b] += delta * f->x[r + a][c + b];
			}
	return loss;
}

/* Decay on kernels, weights and β, not on biases. */
static bool decays(size_t i)
{
	struct net3 mark = {0};
	for (int j = 0; j < MAPS; j++)
		mark.kb[j] = mark.sb[j] = 1;
	for (int k = 0; k < DATA_CLASSES; k++)
		mark.wb[k] = 1;
	return flat(&mark)[i] == 0;
}

/* w ← (1 − ηλ) w − η v with v ← μ v + g; Nesterov looks one step ahead: g + μ v in place of v. */
static void update(struct net3 *n, struct net3 *velocity, struct net3 *gradient, const struct job *job, double rate)
{
	double *w = flat(n), *v = flat(velocity), *g = flat(gradient), mu = job->train.momentum;
	for (size_t i = 0; i < ALL; i++) {
		v[i] = mu * v[i] + g[i];
		w[i] *= decays(i) ? 1 - rate * job->train.decay : 1;
		w[i] -= rate * (job->train.nesterov ? g[i] + mu * v[i] : v[i]);
	}
}

/* ---- A whole run of them ---------------------------------------------------------------------------------------- */

struct samples {
	double x[DATA_TRAIN_COUNT + DATA_TEST_COUNT][DATA_SIDE][DATA_SIDE];
	int class[DATA_TRAIN_COUNT + DATA_TEST_COUNT];
};

/* All images, to zero mean and unit variance over the training set. */
static void samples_make(struct samples *s)
{
	enum { PIXELS = DATA_SIDE * DATA_SIDE };
	double sum = 0, squares = 0, count = (double)DATA_TRAIN_COUNT * PIXELS;
	for (size_t n = 0; n < DATA_TRAIN_COUNT + DATA_TEST_COUNT; n++) {
		uint8_t pixels[PIXELS];
		s->class[n] = data_image(1, n, pixels);
		for (size_t p = 0; p < PIXELS; p++) {
			double x = s->x[n][p / DATA_SIDE][p % DATA_SIDE] = pixels[p];
			sum += n < DATA_TRAIN_COUNT ? x : 0;
			squares += n < DATA_TRAIN_COUNT ? x * x : 0;
		}
	}
	double mean = sum / count, deviation = sqrt(squares / count - mean * mean);
	for (size_t n = 0; n < DATA_TRAIN_COUNT + DATA_TEST_COUNT; n++)
		for (size_t p = 0; p < PIXELS; p++)
			s->x[n][p / DATA_SIDE][p % DATA_SIDE] = (s->x[n][p / DATA_SIDE][p % DATA_SIDE] - mean) / deviation;
}

/* Adds loss, error and, where g is not NULL, gradient of a sample. */
static void sample_run(const struct samples *s, size_t n, const struct net3 *net, struct net3 *g, double sums[2])
{
	struct forward f;
	struct net3 unused = {0};
	memcpy(f.x, s->x[n], sizeof f.x);
	forward(net, &f);
	sums[0] += backward(net, &f, s->class[n], g != NULL ? g : &unused);
	int guess = 0;
	for (int k = 1; k < DATA_CLASSES; k++)
		guess = f.y[k] > f.y[guess] ? k : guess;
	sums[1] += guess != s->class[n];
}

/* Trains from *net on; leaves records of the epochs that are done. */
static void naive_run(const struct job *job, const struct samples *s, struct net3 *net, struct net3 *v,
                      struct record *record)
{
	uint32_t order[DATA_TRAIN_COUNT];
	double sums[2] = {0};
	for (uint64_t step = 0; step < UPDATES; step++) {
		struct net3 g = {0};
		size_t first = (size_t)(step % STEPS) * BATCH, count = 0;
		if (first == 0)
			order_permute(job->train.seed, step / STEPS, DATA_TRAIN_COUNT, order);
		for (; count < BATCH && first + count < DATA_TRAIN_COUNT; count++)
			sample_run(s, order[first + count], net, &g, sums);
		for (size_t i = 0; i < ALL; i++)
			flat(&g)[i] /= (double)count;
		update(net, v, &g, job, schedule_rate(job, step, STEPS));
		if (first + count < DATA_TRAIN_COUNT)
			continue;
		struct record *r = &record[step / STEPS];
		double test[2] = {0};
		for (size_t n = DATA_TRAIN_COUNT; n < DATA_TRAIN_COUNT + DATA_TEST_COUNT; n++)
			sample_run(s, n, net, NULL, test);
		*r = (struct record){.train_loss = sums[0] / DATA_TRAIN_COUNT, .train_error = sums[1] / DATA_TRAIN_COUNT,
		                     .test_loss = test[0] / DATA_TEST_COUNT, .test_error = test[1] / DATA_TEST_COUNT};
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
	model->normalization.maps = 1;
	assert_int_equal(checkpoint_image(model, &image, &err), 0);
	assert_int_equal(file_write(folder, "initial.h5", image.bytes, image.count, &err), 0);
	image_destroy(&image);
	model_destroy(model);
	net_read("initial.h5", "layers", net);
}

static void updates_follow_the_formulas(const char *words)
{
	/* Float32 against float64: 2^-24 = 6e-8 for each of a few hundred roundings; the largest measured is 6.2e-6. */
	const double tolerance = 2e-5;
	static struct samples samples;
	struct net3 net = {0}, v = {0}, w_found = {0}, v_found = {0};
	struct record record[2];
	char text[2048];
	samples_make(&samples);
	snprintf(text, sizeof text, JOB_HEAD("data") LAYERS_THREE "train: {epochs: 4, batch: 24, rate: 0.4, seed: 3, %s}\n",
	         words);
	initial_parameters(text, &net);
	struct job *job = job_of(text);
	naive_run(job, &samples, &net, &v, record);
	job_destroy(job);

	run_ends(TRAIN_STOPPED, text, (struct train_options){.output = "run", .stop_at = UPDATES});
	net_read("run/checkpoint-00000020.h5", "layers", &w_found);
	net_read("run/checkpoint-00000020.h5", "optimizer", &v_found);
	assert_near(&w_found, &net, tolerance);
	assert_near(&v_found, &v, 10 * tolerance); /* a difference of large numbers, here and there */

	struct model *model = run_model("run/checkpoint-00000020.h5");
	assert_int_equal(model->step, UPDATES);
	assert_int_equal(model->seen, 2 * DATA_TRAIN_COUNT + 2 * BATCH);
	assert_int_equal(model->running.samples, 2 * BATCH);
	assert_int_equal(model->records, UPDATES / STEPS);
	for (size_t r = 0; r < model->records; r++) {
		assert_true(fabs(model->record[r].train_loss - record[r].train_loss) < 1e-6);
		assert_true(fabs(model->record[r].test_loss - record[r].test_loss) < 1e-6);
		assert_true(model->record[r].train_error == record[r].train_error);
		assert_true(model->record[r].test_error == record[r].test_error);
	}
	model_destroy(model);
}

static void plain_descent(void **state)
{
	(void)state;
	updates_follow_the_formulas("momentum: 0");
}

static void classical_momentum_and_decay(void **state)
{
	(void)state;
	updates_follow_the_formulas("momentum: 0.8, decay: 0.02");
}

static void nesterov_and_decay(void **state)
{
	(void)state;
	updates_follow_the_formulas("momentum: 0.8, nesterov: true, decay: 0.02");
}

static void nesterov_and_a_cosine_after_warm_up(void **state)
{
	(void)state;
	updates_follow_the_formulas("momentum: 0.5, nesterov: true, decay: 0.01, schedule: cosine, warmup: 1.5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(plain_descent),
		RUN(classical_momentum_and_decay),
		RUN(nesterov_and_decay),
		RUN(nesterov_and_a_cosine_after_warm_up),
	};
	return cmocka_run_group_tests_name("update", tests, runs_open, runs_close);
}
