/* Element-wise updates, a function for each optimizer: each number by itself, every operation rounded once and in one
 * order, square roots and divisions as IEEE 754 has them: the same bits in every instruction set. */
#ifndef CONVOY_KERNEL_UPDATE_H
#define CONVOY_KERNEL_UPDATE_H

#include "vector.h"

#include <math.h>

static void momentum(size_t count, float *restrict w, float *restrict v, const float *restrict g,
                     const struct update *u)
{
	const float rate = u->rate, mu = u->momentum, fade = u->fade;
	if (u->nesterov)
		for (size_t i = 0; i < count; i++) {
			v[i] = mu * v[i] + g[i];
			w[i] = w[i] - (rate * (g[i] + mu * v[i]) + fade * w[i]);
		}
	else
		for (size_t i = 0; i < count; i++) {
			v[i] = mu * v[i] + g[i];
			w[i] = w[i] - (rate * v[i] + fade * w[i]);
		}
}

static void adagrad(size_t count, float *restrict w, float *restrict squares, const float *restrict g,
                    const struct update *u)
{
	const float rate = u->rate, fade = u->fade, epsilon = u->epsilon;
	for (size_t i = 0; i < count; i++) {
		squares[i] = squares[i] + g[i] * g[i];
		w[i] = w[i] - (rate * (g[i] / (sqrtf(squares[i]) + epsilon)) + fade * w[i]);
	}
}

/* A running mean, in float64 and rounded once. β and 1 − β in float32 would put it off by 10⁻³ where β is 0.99999. */
INLINE float mean_move(double beta, float mean, double x)
{
	return (float)(beta * (double)mean + (1 - beta) * x);
}

static void rmsprop(size_t count, float *restrict w, float *restrict v, float *restrict squares,
                    const float *restrict g, const struct update *u)
{
	const float rate = u->rate, fade = u->fade, epsilon = u->epsilon, mu = u->momentum;
	const double beta = u->beta2;
	for (size_t i = 0; i < count; i++) {
		squares[i] = mean_move(beta, squares[i], (double)g[i] * g[i]);
		v[i] = mu * v[i] + g[i] / (sqrtf(squares[i]) + epsilon);
		w[i] = w[i] - (rate * v[i] + fade * w[i]);
	}
}

static void adam(size_t count, float *restrict w, float *restrict first, float *restrict second,
                 const float *restrict g, const struct update *u)
{
	const float rate = u->rate, fade = u->fade, decay = u->decay, epsilon = u->epsilon, root = u->root;
	const double beta1 = u->beta1, beta2 = u->beta2;
	for (size_t i = 0; i < count; i++) {
		float slope = g[i] + decay * w[i];
		first[i] = mean_move(beta1, first[i], (double)slope);
		second[i] = mean_move(beta2, second[i], (double)slope * slope);
		w[i] = w[i] - (rate * (first[i] / (root * sqrtf(second[i]) + epsilon)) + fade * w[i]);
	}
}

static void curved(size_t count, float *restrict w, float *restrict v, const float *restrict h, const float *restrict g,
                   const struct update *u)
{
	const float rate = u->rate, decay = u->decay, mu = u->momentum, damping = u->damping;
	for (size_t i = 0; i < count; i++) {
		v[i] = mu * v[i] + g[i];
		w[i] = w[i] - rate / (damping + h[i]) * (v[i] + decay * w[i]);
	}
}

/* Eight sums, always the same ones, so that the compiler may add them side by side and the result still knows no
 * instruction set. The square root is IEEE 754's. */
static double norm(size_t count, const float *x)
{
	enum { SUMS = 8 };
	double part[SUMS] = {0}, squares = 0;
	size_t i = 0;
	for (; i + SUMS <= count; i += SUMS)
		for (size_t s = 0; s < SUMS; s++)
			part[s] += (double)x[i + s] * x[i + s];
	for (; i < count; i++)
		part[i % SUMS] += (double)x[i] * x[i];
	for (size_t s = 0; s < SUMS; s++)
		squares += part[s];
	return sqrt(squares);
}

static void slope(size_t count, float *restrict g, const float *restrict w, double scale, double decay)
{
	for (size_t i = 0; i < count; i++)
		g[i] = (float)(scale * ((double)g[i] + decay * (double)w[i]));
}

static void lamb(size_t count, const float *restrict w, float *restrict first, float *restrict second,
                 float *restrict g, const struct update *u)
{
	const float decay = u->decay, epsilon = u->epsilon, root = u->root, lift = u->lift;
	const double beta1 = u->beta1, beta2 = u->beta2;
	for (size_t i = 0; i < count; i++) {
		first[i] = mean_move(beta1, first[i], (double)g[i]);
		second[i] = mean_move(beta2, second[i], (double)g[i] * g[i]);
		g[i] = lift * (first[i] / (root * sqrtf(second[i]) + epsilon)) + decay * w[i];
	}
}

static void descend(size_t count, float *restrict w, const float *restrict d, double scale)
{
	for (size_t i = 0; i < count; i++)
		w[i] = w[i] - (float)(scale * (double)d[i]);
}

static void average(size_t count, float *restrict mean, const float *restrict w, float come)
{
	for (size_t i = 0; i < count; i++)
		mean[i] = mean[i] + come * (w[i] - mean[i]);
}

#endif
