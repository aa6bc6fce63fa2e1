/* Correlation of flat planes, the middle of a correlation by points (winograd.h): a map is one line of positions, and a
 * kernel has `kernel` numbers that reach every `step` positions. There are no columns: a tile is any run of
 * positions. */
#ifndef CONVOY_KERNEL_PLANES_H
#define CONVOY_KERNEL_PLANES_H

#include "lanes.h"
#include "tile.h"

/* One direction: maps `to`, each the sum over its partners in `from`. Forward reaches step positions ahead for each of
 * the kernel's numbers, the adjoint as many back. */
struct planes {
	const uint32_t *first, *partner, *entry; /* half of a table; entry NULL: the number in the list itself */
	size_t to_maps, count, kernel;
	size_t to, from; /* positions of a map */
	ptrdiff_t step;
};

/* Positions begin … end−1 of the maps, for which the kernel's numbers a … b−1 count. */
struct stretch {
	size_t begin, end, a, b;
};

/* Adds what one partner gives to maps p0 … p1−1 of a tile. */
INLINE void planes_add(const size_t p0, const size_t p1, const size_t wide, const struct planes *s, const float *from,
                       struct stretch r, const float *const weight[4], vec sum[4][6])
{
	from += (ptrdiff_t)r.a * s->step * LANES;
	for (size_t a = r.a; a < r.b; a++, from += s->step * LANES) {
		vec in[6];
		UNROLL for (size_t q = 0; q < wide; q++)
			in[q] = vec_hold(from + q * LANES);
		UNROLL for (size_t p = p0; p < p1; p++) {
			vec factor = vec_all(weight[p][a]);
			UNROLL for (size_t q = 0; q < wide; q++)
				sum[p][q] = vec_fma(factor, in[q], sum[p][q]);
		}
	}
}

INLINE void planes_end(const size_t maps, const size_t wide, const struct planes *s, float *to, vec sum[4][6])
{
	UNROLL for (size_t p = 0; p < maps; p++)
		UNROLL for (size_t q = 0; q < wide; q++)
			vec_store(to + (p * s->to + q) * LANES, sum[p][q]);
}

INLINE const float *planes_weight(const struct planes *s, const float *k, size_t at)
{
	return k + (s->entry != NULL ? s->entry[at] : at) * s->kernel;
}

/* A tile of maps with the same partners. */
INLINE void planes_tile(const size_t maps, const size_t wide, const struct planes *s, struct stretch r, const float *k,
                        const float *from, float *to, size_t m)
{
	size_t partners = s->first[m + 1] - s->first[m];
	for (size_t h = 0; h < LANES; h += W) {
		vec sum[4][6];
		sums_begin(maps, wide, NULL, sum);
		for (size_t e = 0; e < partners; e++) {
			const float *weight[4];
			UNROLL for (size_t p = 0; p < maps; p++)
				weight[p] = planes_weight(s, k, s->first[m + p] + e);
			const float *map = from + (s->partner[s->first[m] + e] * s->from + r.begin) * LANES + h;
			planes_add(0, maps, wide, s, map, r, weight, sum);
		}
		planes_end(maps, wide, s, to + (m * s->to + r.begin) * LANES + h, sum);
	}
}

/* A tile of two maps with different ones. */
INLINE void planes_pair(const size_t maps, const size_t wide, const struct planes *s, struct stretch r, const float *k,
                        const float *from, float *to, size_t m)
{
	for (size_t h = 0; h < LANES; h += W) {
		vec sum[4][6];
		sums_begin(maps, wide, NULL, sum);
		struct pair_walk walk = pair_begin(s->first, s->partner, m);
		for (enum pair_step step; (step = pair_next(&walk)) != PAIR_END;) {
			/* A list that is at its end may stand behind the last entry. */
			size_t left = walk.at[0] < s->count ? walk.at[0] : 0, right = walk.at[1] < s->count ? walk.at[1] : 0;
			const float *const weight[4] = {planes_weight(s, k, left), planes_weight(s, k, right)};
			const float *map = from + r.begin * LANES + h, *of_left = map + s->partner[left] * s->from * LANES;
			if (step == PAIR_BOTH)
				planes_add(0, 2, wide, s, of_left, r, weight, sum);
			else if (step == PAIR_LEFT)
				planes_add(0, 1, wide, s, of_left, r, weight, sum);
			else
				planes_add(1, 2, wide, s, map + s->partner[right] * s->from * LANES, r, weight, sum);
			walk.at[0] += step != PAIR_RIGHT;
			walk.at[1] += step != PAIR_LEFT;
		}
		planes_end(maps, wide, s, to + (m * s->to + r.begin) * LANES + h, sum);
	}
}

/* to[m][q] = Σ_partners Σ_a k[entry][a] from[partner][q + a·step] over a stretch. */
static void planes_correlate(const struct planes *s, struct stretch r, const float *k, const float *from, float *to)
{
	size_t maps;
	for (size_t m = 0; m < s->to_maps; m += maps) {
		maps = alike(s->first, s->partner, s->to_maps, m);
		bool pair = maps == 1 && m + 1 < s->to_maps;
		maps = pair ? 2 : maps;
		struct stretch tile = r;
		for (size_t wide; tile.begin < r.end; tile.begin += wide) {
			wide = tile_next(r.end - tile.begin, TILE_COLUMNS);
			if (pair)
				TILE_ROW(planes_pair, 2, wide, s, tile, k, from, to, m);
			else
				TILE(planes_tile, maps, wide, s, tile, k, from, to, m);
		}
	}
}

/* ---- Adjoint to the kernels -------------------------------------------------------------------------------------- */

/* rows[entry of p][a][16] = Σ_q dy[partner of p][q] x[q + a·step], begin ≤ q < end: a tile of one input map, some of
 * its outputs, all of the kernel. */
INLINE void planes_kernels_tile(const size_t maps, const size_t kernel, const struct planes *s, const uint32_t *out,
                                const uint32_t *entry, const float *x, const float *dy, float *rows, size_t begin,
                                size_t end)
{
	for (size_t h = 0; h < LANES; h += W) {
		const float *g[4], *from = x + h;
		UNROLL for (size_t p = 0; p < maps; p++)
			g[p] = dy + out[p] * s->to * LANES + h;
		vec sum[4][6];
		sums_begin(maps, kernel, NULL, sum);
		for (size_t q = begin * LANES; q < end * LANES; q += LANES) {
			vec in[6];
			UNROLL for (size_t a = 0; a < kernel; a++)
				in[a] = vec_hold(from + q + a * (size_t)s->step * LANES);
			UNROLL for (size_t p = 0; p < maps; p++) {
				vec factor = vec_load(g[p] + q);
				UNROLL for (size_t a = 0; a < kernel; a++)
					sum[p][a] = vec_fma(factor, in[a], sum[p][a]);
			}
		}
		UNROLL for (size_t p = 0; p < maps; p++)
			UNROLL for (size_t a = 0; a < kernel; a++)
				vec_store(rows + (entry[p] * kernel + a) * LANES + h, sum[p][a]);
	}
}

static void planes_kernels_run(size_t maps, const struct planes *s, const uint32_t *out, const uint32_t *entry,
                               const float *x, const float *dy, float *rows, size_t begin, size_t end)
{
	TILE(planes_kernels_tile, maps, s->kernel, s, out, entry, x, dy, rows, begin, end);
}

/* dk of such a tile, in blocks. */
static void planes_kernels_blocks(size_t maps, const struct planes *s, const uint32_t *out, const uint32_t *entry,
                                  const float *x, const float *dy, float *dk)
{
	static const uint32_t own[4] = {0, 1, 2, 3};
	_Alignas(64) float lane[4 * 6 * LANES];
	float part[4 * 6];
	double total[4 * 6] = {0};
	size_t count = maps * s->kernel;
	for (size_t q = 0; q < s->to; q += BLOCK_TERMS) {
		planes_kernels_run(maps, s, out, own, x, dy, lane, q, smaller(q + BLOCK_TERMS, s->to));
		lanes_sums(count, lane, part);
		blocks_add(count, part, total);
	}
	blocks_end(count, total, part);
	for (size_t p = 0; p < maps; p++)
		memcpy(dk + entry[p] * s->kernel, part + p * s->kernel, s->kernel * sizeof *dk);
}

/* dk[entry][a] = Σ_lanes Σ_q dy[out][q] x[in][q + a·step]; s is the forward direction of table t. The same outputs are
 * taken for all inputs, one after the other, so that their dy stay in the first cache. rows: a vector of each dk.
 * blocks: sums over maps of this size are long. */
static void planes_kernels(const struct planes *s, const struct connections *t, const float *x, const float *dy,
                           bool blocks, float *rows, float *dk)
{
	size_t maps = 0;
	for (size_t i = 0; i < t->in_maps; i++)
		maps = t->back[i + 1] - t->back[i] > maps ? t->back[i + 1] - t->back[i] : maps;
	for (size_t begin = 0; begin < maps; begin += KERNEL_MAPS)
		for (size_t i = 0; i < t->in_maps; i++) {
			size_t at = t->back[i] + begin;
			if (at >= t->back[i + 1])
				continue;
			size_t tall = smaller(t->back[i + 1] - at, KERNEL_MAPS);
			const float *map = x + i * s->from * LANES;
			if (blocks)
				planes_kernels_blocks(tall, s, t->back_out + at, t->back_at + at, map, dy, dk);
			else
				planes_kernels_run(tall, s, t->back_out + at, t->back_at + at, map, dy, rows, 0, s->to);
		}
	if (!blocks)
		lanes_sums(t->count * s->kernel, rows, dk);
}

#endif
