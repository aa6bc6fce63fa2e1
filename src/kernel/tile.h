/* Register tiles: groups of outputs that stay in vector registers while the loops run over their products. The order in
 * which an output adds its products does not depend on the tile. */
#ifndef CONVOY_KERNEL_TILE_H
#define CONVOY_KERNEL_TILE_H

#include "blocks.h"

/* Tile sizes by the number of vector registers: maps × columns of outputs, maps × offsets of kernels. With too few
 * sums, additions wait for each other; too many do not fit into the registers. */
#if defined(__AVX512F__)
enum { TILE_MAPS = 4, TILE_COLUMNS = 6, KERNEL_MAPS = 4, KERNEL_OFFSETS = 5 };
#else
enum { TILE_MAPS = 4, TILE_COLUMNS = 3, KERNEL_MAPS = 2, KERNEL_OFFSETS = 5 };
#endif
enum { EDGE_COLUMNS = 2 }; /* tiles at the border of the adjoint to the input are narrower */

/* Calls f(maps, columns, …) with both numbers as constants, so that the tile's loops unroll. */
#define TILE_ROW(f, maps, columns, ...)                                                                                \
	do {                                                                                                           \
		switch (columns) {                                                                                     \
		case 1: f(maps, 1, __VA_ARGS__); break;                                                                \
		case 2: f(maps, 2, __VA_ARGS__); break;                                                                \
		case 3: f(maps, 3, __VA_ARGS__); break;                                                                \
		case 4: f(maps, 4, __VA_ARGS__); break;                                                                \
		case 5: f(maps, 5, __VA_ARGS__); break;                                                                \
		default: f(maps, 6, __VA_ARGS__); break;                                                               \
		}                                                                                                      \
	} while (0)
#define TILE(f, maps, columns, ...)                                                                                    \
	do {                                                                                                           \
		switch (maps) {                                                                                        \
		case 1: TILE_ROW(f, 1, columns, __VA_ARGS__); break;                                                   \
		case 2: TILE_ROW(f, 2, columns, __VA_ARGS__); break;                                                   \
		case 3: TILE_ROW(f, 3, columns, __VA_ARGS__); break;                                                   \
		default: TILE_ROW(f, 4, columns, __VA_ARGS__); break;                                                  \
		}                                                                                                      \
	} while (0)

/* Returns the size of the next tile, if `left` things are shared evenly over tiles of at most `most`. */
INLINE size_t tile_next(size_t left, size_t most)
{
	size_t tiles = (left + most - 1) / most;
	return (left + tiles - 1) / tiles;
}

/* Sums start at the biases of their maps, or at 0. */
INLINE void sums_begin(const size_t maps, const size_t columns, const float *b, vec sum[4][6])
{
	UNROLL for (size_t p = 0; p < maps; p++)
		UNROLL for (size_t q = 0; q < columns; q++)
			sum[p][q] = vec_all(b != NULL ? b[p] : 0);
}

/* ---- Groups of maps ---------------------------------------------------------------------------------------------
 * The maps of a tile are neighbours. If they have the same partners, the tile takes all its maps for each partner. If
 * not, a tile has two maps: it walks along both lists of partners in step, and takes both maps for the partners that
 * they share. */

/* Returns the size of the next tile of maps: the maps from m on with the same partners as m, shared evenly over tiles.
 * first/partner is either half of a table. */
static size_t alike(const uint32_t *first, const uint32_t *partner, size_t maps, size_t m)
{
	size_t count = first[m + 1] - first[m], n = 1;
	while (m + n < maps && first[m + n + 1] - first[m + n] == count &&
	       memcmp(partner + first[m], partner + first[m + n], count * sizeof *partner) == 0)
		n++;
	return tile_next(n, TILE_MAPS);
}

/* Two lists of partners walked in step. */
struct pair_walk {
	const uint32_t *first, *partner; /* the half of the table */
	size_t at[2], end[2];            /* places in `partner` of the two maps */
};

INLINE struct pair_walk pair_begin(const uint32_t *first, const uint32_t *partner, size_t m)
{
	return (struct pair_walk){first, partner, {first[m], first[m + 1]}, {first[m + 1], first[m + 2]}};
}

enum pair_step { PAIR_END, PAIR_LEFT, PAIR_RIGHT, PAIR_BOTH };

/* Returns which map has the next partner. The walk's `at` is at this partner, and the caller moves it on. */
INLINE enum pair_step pair_next(const struct pair_walk *walk)
{
	bool left = walk->at[0] < walk->end[0], right = walk->at[1] < walk->end[1];
	if (!left || !right)
		return left ? PAIR_LEFT : right ? PAIR_RIGHT : PAIR_END;
	uint32_t l = walk->partner[walk->at[0]], r = walk->partner[walk->at[1]];
	return l == r ? PAIR_BOTH : l < r ? PAIR_LEFT : PAIR_RIGHT;
}

#endif
