/* Long sums in blocks (kernel.h). The geometry alone decides, so every tile and instruction set adds in the same
 * order. */
#ifndef CONVOY_KERNEL_BLOCKS_H
#define CONVOY_KERNEL_BLOCKS_H

#include "vector.h"

INLINE size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Terms of each block of a sum but the last, which may have fewer. */
INLINE size_t block_terms(size_t terms)
{
	return terms > RUN_TERMS ? BLOCK_TERMS : terms;
}

/* A block of a rectangle: whole rows, or a piece of one. */
struct block {
	size_t row, column, rows, columns;
};

/* The block behind *b, which is {0} at first; false: there is none. */
INLINE bool block_next(size_t rows, size_t columns, struct block *b)
{
	bool whole = rows * columns <= RUN_TERMS;
	size_t tall = whole ? rows : columns < BLOCK_TERMS ? BLOCK_TERMS / columns : 1;
	size_t wide = whole || columns < BLOCK_TERMS ? columns : BLOCK_TERMS;
	b->column += b->columns;
	if (b->column >= columns) {
		b->column = 0;
		b->row += b->rows;
	}
	if (b->row >= rows)
		return false;
	b->rows = smaller(tall, rows - b->row);
	b->columns = smaller(wide, columns - b->column);
	return true;
}

/* Adds the sums of a block to those of the blocks before it. */
INLINE void blocks_add(size_t count, const float *part, double *total)
{
	for (size_t i = 0; i < count; i++)
		total[i] += (double)part[i];
}

INLINE void blocks_end(size_t count, const double *total, float *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (float)total[i];
}

#endif
