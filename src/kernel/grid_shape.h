/* The shape of correlations by points in both directions (grid.h): of windows, and of what is at work at a time. */
#ifndef CONVOY_KERNEL_GRID_SHAPE_H
#define CONVOY_KERNEL_GRID_SHAPE_H

enum {
	GRID_SIDE = 3,                              /* K: side of the kernels */
	GRID_POINTS = 6,                            /* P */
	GRID_OUTPUTS = GRID_POINTS + 1 - GRID_SIDE, /* m */
	GRID_VALUES = GRID_POINTS * GRID_POINTS,
	GRID_TILES = 6, /* tiles at a time, forward and to the input */
	GRID_MAPS = 16, /* their outputs at a time */
	TERM_TILES = 4, /* tiles at a time, to the kernels: each sum over them is added to the sum so far */
};

#endif
