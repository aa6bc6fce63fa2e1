/* Which table of kernels this processor gets. */
#include <config.h>
#include <convoy/kernel.h>

#include <stdlib.h>
#include <string.h>

extern const struct kernels kernels_portable, kernels_avx2, kernels_avx512;

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
	return strcmp(isa, "portable") == 0 ? &kernels_portable : NULL;
}

const struct kernels *kernels_choose(struct err *err)
{
	static const char *const best_first[] = {"avx512", "avx2", "portable"};

	const char *forced = getenv("CONVOY_ISA");
	if (forced != NULL && *forced != 0) {
		const struct kernels *kernels = kernels_named(forced);
		if (kernels == NULL)
			err_set(err, EX_USAGE, "CONVOY_ISA=%s: this program and processor have no such instruction set "
			        "(portable, avx2, avx512)", forced);
		return kernels;
	}
	for (size_t i = 0; i < sizeof best_first / sizeof *best_first; i++) {
		const struct kernels *kernels = kernels_named(best_first[i]);
		if (kernels != NULL)
			return kernels;
	}
	return &kernels_portable;
}

size_t correlate_scratch(const struct correlation *c)
{
	enum { TILE_MAPS_MOST = 4 };
	size_t spread = c->table->out_maps * c->out_rows * (c->columns + c->kernel - 1) * LANES;
	size_t sums = TILE_MAPS_MOST * c->kernel * c->kernel * LANES;
	return spread > sums ? spread : sums;
}

/* Direct, an output map costs m·K multiply-adds a tile for each kernel row and input; by points 6, and as much time as
 * about 20 a tile of each input map to make its planes, 60 of each output map to store its and put them together. */
bool winograd_fits(const struct correlation *c)
{
	enum { INPUT_COST = 20, OUTPUT_COST = 60 };
	const struct connections *t = c->table;
	if (c->stride != 1 || c->kernel < 2 || c->kernel > 5)
		return false;
	size_t m = WINOGRAD_POINTS + 1 - c->kernel, tiles = (c->out_columns + m - 1) / m, pairs = t->count * c->kernel;
	size_t planes = INPUT_COST * t->in_maps * c->rows + OUTPUT_COST * t->out_maps * c->out_rows;
	return pairs * c->kernel * c->out_columns * c->out_rows >
	       tiles * (pairs * WINOGRAD_POINTS * c->out_rows + planes);
}

size_t winograd_values(const struct correlation *c)
{
	return WINOGRAD_POINTS * c->table->count * c->kernel;
}

size_t winograd_scratch(const struct correlation *c)
{
	size_t m = WINOGRAD_POINTS + 1 - c->kernel, tiles = (c->out_columns + m - 1) / m;
	size_t positions = c->table->in_maps * c->rows + c->table->out_maps * c->out_rows;
	return WINOGRAD_POINTS * tiles * positions * LANES + winograd_values(c);
}
