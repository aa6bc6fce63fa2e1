/* What both tests of the exact sum use: one rank, one tensor, floats and their bits. */
#ifndef TESTS_COMM_ONE_H
#define TESTS_COMM_ONE_H

#include "../../src/comm/exponent.h"
#include "../../src/comm/comm.h"
#include "alone.h"
#include "plain.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static float float_of(uint32_t bits)
{
	float g;
	memcpy(&g, &bits, sizeof g);
	return g;
}

static uint32_t bits_of(float g)
{
	uint32_t bits;
	memcpy(&bits, &g, sizeof bits);
	return bits;
}

static struct sum *make(enum sum_mode mode, size_t blocks, size_t count)
{
	struct err err = {0};
	struct sum *sum = sum_create(comm, &plain_kernels, mode, blocks, NULL, 1, &count, &err);
	if (sum == NULL)
		print_message("%s\n", err.text);
	assert_non_null(sum);
	return sum;
}

/* One step of a sum with one tensor: g [blocks][count]; its means are divided by `divisor`. */
static enum sum_result step_over(double divisor, struct sum *sum, size_t blocks, size_t count, const float *g)
{
	struct err err = {0};
	sum_begin(sum);
	for (size_t b = 0; b < blocks; b++)
		sum_add(sum, 0, 0, g + b * count);
	return sum_reduce(sum, divisor, &err);
}

static enum sum_result step(struct sum *sum, size_t blocks, size_t count, const float *g)
{
	return step_over(1, sum, blocks, count, g);
}

#endif
