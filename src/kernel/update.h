/* Element-wise updates, a function for each optimizer: each number by itself, every operation rounded once and in one
 * order, square roots and divisions as IEEE 754 has them: the same bits in every instruction set. */
#ifndef CONVOY_KERNEL_UPDATE_H
#define CONVOY_KERNEL_UPDATE_H

#include "vector.h"

#include <math.h>

static void momentum(size_t count, float *restrict w, float *restrict v, const float *restrict g, float rate, float mu,
                     float keep, bool nesterov)
{
	if (nesterov)
		for (size_t i = 0; i < count; i++) {
			v[i] = mu * v[i] + g[i];
			w[i] = keep * w[i] - rate * (g[i] + mu * v[i]);
		}
	else
		for (size_t i = 0; i < count; i++) {
			v[i] = mu * v[i] + g[i];
			w[i] = keep * w[i] - rate * v[i];
		}
}

static void adagrad(size_t count, float *restrict w, float *restrict squares, const float *restrict g,
                    const struct update *u)
{
	const float rate = u->rate, keep = u->keep, epsilon = u->epsilon;
	for (size_t i = 0; i < count; i++) {
		squares[i] = squares[i] + g[i] * g[i];
		w[i] = keep * w[i] - rate * (g[i] / (sqrtf(squares[i]) + epsilon));
	}
}

static void rmsprop(size_t count, float *restrict w, float *restrict v, float *restrict squares,
                    const float *restrict g, const struct update *u)
{
	const float rate = u->rate, keep = u->keep, epsilon = u->epsilon, mu = u->momentum;
	const float stay = u->beta2, come = 1 - u->beta2;
	for (size_t i = 0; i < count; i++) {
		squares[i] = stay * squares[i] + come * (g[i] * g[i]);
		v[i] = mu * v[i] + g[i] / (sqrtf(squares[i]) + epsilon);
		w[i] = keep * w[i] - rate * v[i];
	}
}

static void adam(size_t count, float *restrict w, float *restrict first, float *restrict second,
                 const float *restrict g, const struct update *u)
{
	const float rate = u->rate, keep = u->keep, decay = u->decay, epsilon = u->epsilon, root = u->root;
	const float stay1 = u->beta1, come1 = 1 - u->beta1, stay2 = u->beta2, come2 = 1 - u->beta2;
	for (size_t i = 0; i < count; i++) {
		float slope = g[i] + decay * w[i];
		first[i] = stay1 * first[i] + come1 * slope;
		second[i] = stay2 * second[i] + come2 * (slope * slope);
		w[i] = keep * w[i] - rate * (first[i] / (root * sqrtf(second[i]) + epsilon));
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

static void average(size_t count, float *restrict mean, const float *restrict w, float come)
{
	for (size_t i = 0; i < count; i++)
		mean[i] = mean[i] + come * (w[i] - mean[i]);
}

#endif
