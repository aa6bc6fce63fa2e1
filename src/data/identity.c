/* What tells one data set from another: its samples. */
#include "data.h"

#include <string.h>

void samples_begin(struct digester *digester, const struct dataset *set, size_t count)
{
	const uint64_t sizes[] = {count, set->shape.maps, set->shape.rows, set->shape.columns};
	digester_part(digester, sizeof sizes);
	digester_add(digester, sizes, sizeof sizes);
}

/* Classes that fit into bytes count as bytes, whatever they are in memory. */
static bool counts_as_bytes(const struct dataset *set, size_t array)
{
	return array == DATA_TARGETS && set->array[array].element == ELEMENT_U16 && set->classes <= 256;
}

void part_begin(struct digester *digester, const struct dataset *set, size_t array, size_t count)
{
	size_t bytes = array_bytes(&set->array[array], count);
	const char *name = element_name(set->array[array].element);
	if (counts_as_bytes(set, array)) {
		digester_part(digester, bytes / 2);
		return;
	}
	if (set->array[array].element != ELEMENT_U8) {
		digester_part(digester, strlen(name));
		digester_add(digester, name, strlen(name));
	}
	digester_part(digester, bytes);
}

void part_add(struct digester *digester, const struct dataset *set, size_t array, const uint8_t *bytes, size_t count)
{
	enum { SOME = 4096 };
	size_t size = array_bytes(&set->array[array], count);
	if (!counts_as_bytes(set, array)) {
		digester_add(digester, bytes, size);
		return;
	}
	const uint16_t *class = (const uint16_t *)(const void *)bytes;
	for (size_t first = 0, all = size / 2; first < all; first += SOME) {
		uint8_t narrow[SOME];
		size_t some = all - first < SOME ? all - first : SOME;
		for (size_t n = 0; n < some; n++)
			narrow[n] = (uint8_t)class[first + n];
		digester_add(digester, narrow, some);
	}
}

enum { SETS = 3 };

/* The set that has the next sample of a file: `at` of each have been seen. */
static size_t set_next(const struct dataset *const set[SETS], const size_t at[SETS])
{
	size_t next = SETS;
	for (size_t s = 0; s < SETS; s++)
		if (set[s] != NULL && at[s] < set[s]->count &&
		    (next == SETS || set[s]->number[at[s]] < set[next]->number[at[next]]))
			next = s;
	return next;
}

/* An array's numbers of all samples, in the order of the file. */
static void samples_add(struct digester *digester, const struct dataset *const set[SETS], size_t all, size_t array)
{
	size_t at[SETS] = {0};
	part_begin(digester, set[0], array, all);
	if (all == set[0]->count)
		part_add(digester, set[0], array, set[0]->array[array].bytes, all);
	for (size_t i = 0; all > set[0]->count && i < all; i++) {
		size_t s = set_next(set, at);
		part_add(digester, set[0], array, array_sample(&set[s]->array[array], at[s]++), 1);
	}
}

int dataset_digest(const struct dataset *set, const struct dataset *const *held, struct digest *out, struct err *err)
{
	const struct dataset *sets[SETS] = {set};
	struct digester *digester = digester_create(err);
	size_t all = set->count;
	if (digester == NULL)
		return -1;
	for (size_t s = 0; held != NULL && held[s] != NULL; s++) {
		sets[s + 1] = held[s];
		all += held[s]->count;
	}
	samples_begin(digester, set, all);
	for (size_t a = 0; a < DATA_ARRAYS; a++)
		if (set->array[a].each > 0)
			samples_add(digester, sets, all, a);
	*out = digester_end(digester);
	digester_destroy(digester);
	return 0;
}
