#include <convoy/base.h>

#include <Random123/philox.h>

static philox4x32_ctr_t four_words(uint64_t seed, enum random_use use, uint64_t a, uint64_t b)
{
	philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
	/* b is an index below 2^40 or so, a a layer, epoch or tensor below 2^48: the counter has room for both. */
	philox4x32_ctr_t counter = {{(uint32_t)b, (uint32_t)(b >> 32) ^ ((uint32_t)use << 24),
	                             (uint32_t)a, (uint32_t)(a >> 32)}};
	return philox4x32(counter, key);
}

uint64_t random_bits(uint64_t seed, enum random_use use, uint64_t a, uint64_t b)
{
	philox4x32_ctr_t word = four_words(seed, use, a, b);
	return (uint64_t)word.v[1] << 32 | word.v[0];
}

double random_uniform(uint64_t seed, enum random_use use, uint64_t a, uint64_t b)
{
	return (double)(random_bits(seed, use, a, b) >> 11) * 0x1p-53;
}

uint64_t random_below(uint64_t seed, enum random_use use, uint64_t a, uint64_t b, uint64_t n)
{
	__extension__ typedef unsigned __int128 wide;
	return (uint64_t)((wide)random_bits(seed, use, a, b) * n >> 64);
}

void random_words(uint64_t seed, enum random_use use, uint64_t a, uint32_t b, size_t first, size_t count,
                  uint32_t *word)
{
	for (size_t i = 0; i < count; i += 4) {
		philox4x32_ctr_t four = four_words(seed, use, a, (uint64_t)((first + i) / 4) << 32 | b);
		for (size_t k = 0; k < 4 && i + k < count; k++)
			word[i + k] = four.v[k];
	}
}
