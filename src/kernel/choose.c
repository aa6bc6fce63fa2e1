/* Which table of kernels this processor gets. */
#include <config.h>
#include <convoy/kernel.h>

#include "grid_shape.h"
#include "spread_shape.h"

#include <stdlib.h>
#include <string.h>

extern const struct kernels kernels_portable, kernels_avx2, kernels_avx512, kernels_neon;

const struct kernels *kernels_named(const char *isa)
{
#ifdef HAVE_AVX512
	if (strcmp(isa, "avx512") == 0 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
		return &kernels_avx512;
#endif
#ifdef HAVE_AVX2
	if (strcmp(isa, "avx2") == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return &kernels_avx2;
#endif
#ifdef HAVE_NEON
	if (strcmp(isa, "neon") == 0) /* every AArch64 has it */
		return &kernels_neon;
#endif
	return strcmp(isa, "portable") == 0 ? &kernels_portable : NULL;
}

const struct kernels *kernels_choose(struct err *err)
{
	static const char *const best_first[] = {"avx512", "avx2", "neon", "portable"};

	const char *forced = getenv("CONVOY_ISA");
	if (forced != NULL && *forced != 0) {
		const struct kernels *kernels = kernels_named(forced);
		if (kernels == NULL)
			err_set(err, EX_USAGE, "CONVOY_ISA=%s: this program and processor have no such instruction set "
			        "(portable, avx2, avx512, neon)", forced);
		return kernels;
	}
	for (size_t i = 0; i < sizeof best_first / sizeof *best_first; i++) {
		const struct kernels *kernels = kernels_named(best_first[i]);
		if (kernels != NULL)
			return kernels;
	}
	return &kernels_portable;
}

/* More than two output maps of an input map share what is loaded, in the tiles of the direct correlation. */
bool single_pays(const struct correlation *c)
{
	const struct connections *t = c->table;
	for (size_t j = 0; j < t->out_maps; j++)
		if (t->first[j + 1] - t->first[j] != 1)
			return false;
	return t->out_maps <= 2 * t->in_maps && (c->kernel.columns == 3 || c->kernel.columns == 5) &&
	       c->stride.columns <= 2 && c->dilation.rows * c->dilation.columns == 1;
}

size_t correlate_scratch(const struct correlation *c)
{
	enum { TILE_MAPS_MOST = 4 };
	size_t spread = c->table->out_maps * c->out_rows * spread_columns(c) * LANES;
	size_t sums = TILE_MAPS_MOST * kernel_size(c) * (LANES + 3); /* of lanes, of blocks in float64, of all */
	return spread > sums ? spread : sums;
}

/* What a correlation takes, in multiply-adds. Direct, an output map costs m·K a tile for each kernel row and input; by
 * P points P, and as much time as 3 for each point and tile of an input map to make its planes, 6 of an output map to
 * store its and put them together; more where they do not stay in a second cache of a mebibyte. Whatever the machine's:
 * a result may not depend on it. */
static size_t cost_by(const struct correlation *c, size_t points)
{
	enum { CACHE_VECTORS = 1 << 14 };
	const struct connections *t = c->table;
	size_t m = points + 1 - c->kernel.columns, tiles = (c->out_columns + m - 1) / m;
	size_t pairs = t->count * c->kernel.rows;
	size_t in = t->in_maps * c->rows, out = t->out_maps * c->out_rows;
	bool large = tiles * points * (in + out) > CACHE_VECTORS;
	return tiles * points * (pairs * c->out_rows + (large ? 4 : 3) * in + (large ? 10 : 6) * out);
}

size_t winograd_points(const struct correlation *c)
{
	size_t least = c->table->count * kernel_size(c) * c->out_columns * c->out_rows, best = 0, side = c->kernel.columns;
	bool apart = c->stride.rows * c->stride.columns > 1 || c->dilation.rows * c->dilation.columns > 1;
	if (apart || c->kernel.rows != side || side < 2)
		return 0;
	for (size_t points = 6; points <= 8; points += 2)
		if (side <= (points == 6 ? 5 : 6) && cost_by(c, points) < least) {
			best = points;
			least = cost_by(c, points);
		}
	return best;
}

size_t winograd_values(const struct correlation *c)
{
	return c->points * c->table->count * c->kernel.rows;
}

static size_t winograd_tiles(const struct correlation *c)
{
	size_t m = c->points + 1 - c->kernel.columns;
	return (c->out_columns + m - 1) / m;
}

size_t winograd_in(const struct correlation *c)
{
	return c->points * winograd_tiles(c) * c->table->in_maps * c->rows * LANES;
}

size_t winograd_out(const struct correlation *c)
{
	return c->points * winograd_tiles(c) * c->table->out_maps * c->out_rows * LANES;
}

size_t winograd_scratch(const struct correlation *c)
{
	size_t maps = winograd_in(c) > winograd_out(c) ? winograd_in(c) : winograd_out(c);
	size_t kernels = c->table->count * c->kernel.rows * LANES + winograd_values(c);
	return maps > kernels ? maps : kernels;
}

/* ---- Points in both directions ----------------------------------------------------------------------------------- */

/* What training takes, in multiply-adds, as cost_by: three products by points in both directions. Those to the kernels
 * have sixteen input maps in a vector. Each map's way to the points and back costs 3 MAP_WORK a tile in all. */
static size_t cost_by_grid(const struct correlation *c)
{
	enum { MAP_WORK = 250 };
	const struct connections *t = c->table;
	size_t tall = (c->out_rows + GRID_OUTPUTS - 1) / GRID_OUTPUTS, padded = (t->in_maps + LANES - 1) / LANES * LANES;
	size_t tiles = tall * ((c->out_columns + GRID_OUTPUTS - 1) / GRID_OUTPUTS);
	return tiles * (GRID_VALUES * (2 * t->count + t->out_maps * padded) + 3 * MAP_WORK * (t->in_maps + t->out_maps));
}

bool grid_pays(const struct correlation *c)
{
	const struct connections *t = c->table;
	size_t points = winograd_points(c); /* 0 unless stride and dilation are 1 */
	if (c->kernel.rows != GRID_SIDE || c->kernel.columns != GRID_SIDE || t->count != t->in_maps * t->out_maps ||
	    c->out_rows * c->out_columns > RUN_TERMS)
		return false;
	return points > 0 && cost_by_grid(c) < 3 * cost_by(c, points);
}

size_t grid_weights(const struct correlation *c)
{
	return 2 * GRID_VALUES * ((c->table->count + LANES - 1) / LANES | 1) * LANES;
}

/* Forward and to the input: values of GRID_TILES tiles of all maps on one side, of up to GRID_MAPS on the other. To the
 * kernels: the sums, x sideways, and values of TERM_TILES tiles of both. */
size_t grid_scratch(const struct correlation *c)
{
	const struct connections *t = c->table;
	size_t most = t->in_maps > t->out_maps ? t->in_maps : t->out_maps;
	size_t padded = (t->in_maps + LANES - 1) / LANES * LANES, side = padded * c->in_rows * c->in_columns * (LANES + 1);
	size_t maps = GRID_VALUES * (GRID_TILES * (most + GRID_MAPS) + 2) * LANES;
	size_t sums = GRID_VALUES * (padded * t->out_maps + LANES);
	size_t terms = GRID_VALUES * (TERM_TILES * (padded + t->out_maps) + 2) * LANES + LANES;
	return maps > sums + side + terms ? maps : sums + side + terms;
}
