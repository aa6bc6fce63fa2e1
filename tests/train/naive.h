/* The mathematics' sections 2, 3, 3.2 as naive float64 loops: a net of a convolution, a sub-sampling and a full layer,
 * squared error, on the tests' images; mini-batches of 24. Include after run.h. */
#ifndef TESTS_TRAIN_NAIVE_H
#define TESTS_TRAIN_NAIVE_H

#include <convoy/train.h>

#include <math.h>
#include <string.h>

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

static inline double *flat(struct net3 *net)
{
	return (double *)net;
}

/* ---- The loops -------------------------------------------------------------------------------------------------- */

static inline double scaled_tanh(double u)
{
	return 1.7159 * tanh(2 * u / 3);
}

/* f′ of 1.7159 tanh(2u/3) from y = f(u). */
static inline double scaled_tanh_slope(double y)
{
	return 2.0 / 3 * (1.7159 - y * y / 1.7159);
}

/* What the way forward leaves for the way back. */
struct forward {
	double x[DATA_SIDE][DATA_SIDE], a[MAPS][U][U], d[MAPS][S][S], s[MAPS][S][S], y[DATA_CLASSES];
};

static inline void forward(const struct net3 *n, struct forward *f)
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
static inline double backward(const struct net3 *n, const struct forward *f, int class, double smoothing,
                              struct net3 *g)
{
	double loss = 0, ds[MAPS][S][S] = {0};
	for (int k = 0; k < DATA_CLASSES; k++) {
		double y = f->y[k], t = (k == class ? 1 : 0) * (1 - smoothing) + smoothing / DATA_CLASSES, delta = y * (1 - y) * (y - t);
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

/* Adds the second derivatives of one sample to h: squares of weights and slopes, f'' left out. */
static inline void curvature(const struct net3 *n, const struct forward *f, struct net3 *h)
{
	double above[MAPS][S][S] = {0};
	for (int k = 0; k < DATA_CLASSES; k++) {
		double slope = f->y[k] * (1 - f->y[k]), own = slope * slope;
		h->wb[k] += own;
		for (int i = 0; i < INPUTS; i++) {
			double s = f->s[i / (S * S)][i / S % S][i % S];
			h->w[k][i] += own * s * s;
			above[i / (S * S)][i / S % S][i % S] += own * n->w[k][i] * n->w[k][i];
		}
	}
	for (int j = 0; j < MAPS; j++)
		for (int r = 0; r < U; r++)
			for (int c = 0; c < U; c++) {
				double s = f->s[j][r / 2][c / 2], own = above[j][r / 2][c / 2] * (1 - s * s) * (1 - s * s);
				if (r % 2 == 0 && c % 2 == 0) {
					h->sb[j] += own;
					h->beta[j] += own * f->d[j][r / 2][c / 2] * f->d[j][r / 2][c / 2];
				}
				double slope = n->beta[j] * scaled_tanh_slope(f->a[j][r][c]), inner = own * slope * slope;
				h->kb[j] += inner;
				for (int a = 0; a < K; a++)
					for (int b = 0; b < K; b++)
						h->k[j][a][b] += inner * f->x[r + a][c + b] * f->x[r + a][c + b];
			}
}

/* Decay on kernels, weights and β, not on biases. */
static inline bool decays(size_t i)
{
	struct net3 mark = {0};
	for (int j = 0; j < MAPS; j++)
		mark.kb[j] = mark.sb[j] = 1;
	for (int k = 0; k < DATA_CLASSES; k++)
		mark.wb[k] = 1;
	return flat(&mark)[i] == 0;
}

/* ---- The images          ---------------------------------------------------------------------------------------- */

struct samples {
	double x[DATA_TRAIN_COUNT + DATA_TEST_COUNT][DATA_SIDE][DATA_SIDE];
	int class[DATA_TRAIN_COUNT + DATA_TEST_COUNT];
};

/* All images, to zero mean and unit variance over the training set. */
static inline void samples_make(struct samples *s)
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
static inline void sample_run(const struct samples *s, size_t n, const struct net3 *net, double smoothing,
                              struct net3 *g, double sums[2])
{
	struct forward f;
	struct net3 unused = {0};
	memcpy(f.x, s->x[n], sizeof f.x);
	forward(net, &f);
	sums[0] += backward(net, &f, s->class[n], smoothing, g != NULL ? g : &unused);
	int guess = 0;
	for (int k = 1; k < DATA_CLASSES; k++)
		guess = f.y[k] > f.y[guess] ? k : guess;
	sums[1] += guess != s->class[n];
}

#endif
