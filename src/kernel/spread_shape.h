/* The rows that dy is copied into for the adjoint of a correlation (correlate_input.h). */
#ifndef CONVOY_KERNEL_SPREAD_SHAPE_H
#define CONVOY_KERNEL_SPREAD_SHAPE_H

#include <convoy/kernel.h>

/* Returns the zeros before each row of dy. */
static inline size_t spread_edge(const struct correlation *c)
{
	return (c->kernel.columns - 1) * c->dilation.columns / c->stride.columns;
}

/* Returns the length of a row with zeros behind it. */
static inline size_t spread_columns(const struct correlation *c)
{
	return (c->columns + c->stride.columns - 1) / c->stride.columns + spread_edge(c);
}

#endif
